/* manifest_images.c - the entries of a manifest, one an image. */
#include <string.h>

#include "core/base/err.h"
#include "drivers/image/manifest_part.h"

enum {
    WIDTH_MAX = 1024,
    FMAX_MAX_MHZ = 10000,
};

int manifest_word(const struct manifest_part *r, const yaml_node_t *node,
                  const char *what, char out[MANIFEST_TEXT])
{
    static const char chars[] = "0123456789_.+-"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz";
    const char *text;
    int err = yaml_doc_text(&r->y, node, what, &text);

    if (err != 0) {
        return err;
    }
    if (text[0] == '\0' || text[0] == '.' || strlen(text) >= MANIFEST_TEXT ||
        text[strspn(text, chars)] != '\0') {
        return yaml_doc_say(&r->y, node,
                            "%s is '%.64s', expected 1 to 63 letters, digits "
                            "and _ . + -, the first not a point",
                            what, text);
    }
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

int manifest_u32(const struct manifest_part *r, const yaml_node_t *node,
                 const char *what, uint32_t min, uint32_t max, uint32_t *value)
{
    uint64_t v = 0;
    int err = yaml_doc_u64(&r->y, node, what, min, max, &v);

    if (err == 0) {
        *value = (uint32_t)v;
    }
    return err;
}

static int read_sha256(const struct manifest_part *r, const yaml_node_t *node,
                       uint8_t sha256[IMAGE_SHA_BYTES])
{
    const char *text;
    int err = yaml_doc_text(&r->y, node, "sha256", &text);

    if (err == 0 && !image_hash_parse(text, sha256)) {
        err = yaml_doc_say(&r->y, node,
                           "sha256 is '%.70s', expected 64 digits 0-9, a-f",
                           text);
    }
    return err;
}

/* --- images --------------------------------------------------------------- */

enum { FILE_NAME, WIDTH, BUILD, SHA256, FAULTS };
enum { BOARD = FAULTS, FMAX, CELLS, SEED };

/* What images of both kinds have. */
static int read_image(struct manifest_part *r, const yaml_node_t *const *values,
                      struct manifest_image *out)
{
    int err = manifest_word(r, values[FILE_NAME], "file", out->file);

    if (err == 0) {
        err = manifest_u32(r, values[WIDTH], "width", 8, WIDTH_MAX,
                           &out->width_bits);
    }
    if (err == 0 && out->width_bits % 8 != 0) {
        err = yaml_doc_say(&r->y, values[WIDTH],
                           "width is %u, expected a multiple of 8",
                           out->width_bits);
    }
    if (err == 0) {
        err =
            manifest_u32(r, values[BUILD], "build", 0, UINT32_MAX, &out->build);
    }
    return err != 0 ? err : read_sha256(r, values[SHA256], out->sha256);
}

static int read_simulated(struct manifest_part *r, const yaml_node_t *node,
                          struct manifest_image *out)
{
    static const struct yaml_doc_key keys[] = {
        [FILE_NAME] = {"file", true}, [WIDTH] = {"width", true},
        [BUILD] = {"build", true},    [SHA256] = {"sha256", true},
        [FAULTS] = {"faults", true},  {0}};
    const yaml_node_t *values[YAML_DOC_KEYS] = {NULL};
    int err = yaml_doc_map(&r->y, node, "simulated image", keys, values);

    if (err == 0) {
        err = read_image(r, values, out);
    }
    if (err == 0) {
        err = yaml_doc_bool(&r->y, values[FAULTS], "faults", &out->faults);
    }
    return err;
}

static int read_bitstream(struct manifest_part *r, const yaml_node_t *node,
                          struct manifest_image *out)
{
    static const struct yaml_doc_key keys[] = {[FILE_NAME] = {"file", true},
                                               [WIDTH] = {"width", true},
                                               [BUILD] = {"build", true},
                                               [SHA256] = {"sha256", true},
                                               [BOARD] = {"board", true},
                                               [FMAX] = {"fmax_mhz", true},
                                               [CELLS] = {"cells", true},
                                               [SEED] = {"seed", true},
                                               {0}};
    const yaml_node_t *values[YAML_DOC_KEYS] = {NULL};
    int err = yaml_doc_map(&r->y, node, "bitstream", keys, values);

    if (err == 0) {
        err = read_image(r, values, out);
    }
    if (err == 0) {
        err = manifest_word(r, values[BOARD], "board", out->board);
    }
    if (err == 0) {
        err = yaml_doc_real(&r->y, values[FMAX], "fmax_mhz", 0, FMAX_MAX_MHZ,
                            &out->fmax_mhz);
    }
    if (err == 0) {
        err =
            manifest_u32(r, values[CELLS], "cells", 0, UINT32_MAX, &out->cells);
    }
    if (err == 0) {
        err = manifest_u32(r, values[SEED], "seed", 0, UINT32_MAX, &out->seed);
    }
    return err;
}

/* True when a loader could not tell the last image from one before it. */
static bool repeats(const struct manifest *m)
{
    const struct manifest_image *last = &m->image[m->n_images - 1];

    for (size_t k = 0; k + 1 < m->n_images; k++) {
        const struct manifest_image *i = &m->image[k];
        if (strcmp(i->board, last->board) == 0 &&
            i->width_bits == last->width_bits && i->faults == last->faults) {
            return true;
        }
    }
    return false;
}

static int
read_images(struct manifest_part *r, const yaml_node_t *node, const char *what,
            int (*read)(struct manifest_part *r, const yaml_node_t *node,
                        struct manifest_image *out))
{
    size_t n = 0;
    int err = yaml_doc_seq_count(&r->y, node, what, &n);

    if (err == 0 && n > MANIFEST_IMAGES_MAX) {
        err = yaml_doc_say(&r->y, node, "%zu %s images, expected at most %d", n,
                           what, MANIFEST_IMAGES_MAX);
    }
    for (size_t k = 0; err == 0 && k < n; k++) {
        const yaml_node_t *item = yaml_doc_item(&r->y, node, k);
        struct manifest_image *i = &r->m->image[r->m->n_images++];
        err = read(r, item, i);
        if (err == 0 && repeats(r->m)) {
            err = yaml_doc_say(&r->y, item,
                               "a second image of %s%s%u bits%s, expected one",
                               i->board, i->board[0] != '\0' ? ", " : "",
                               i->width_bits, i->faults ? " with faults" : "");
        }
    }
    return err;
}

int manifest_simulated(struct manifest_part *r, const yaml_node_t *node)
{
    return read_images(r, node, "simulated", read_simulated);
}

int manifest_bitstreams(struct manifest_part *r, const yaml_node_t *node)
{
    return read_images(r, node, "bitstream", read_bitstream);
}
