/* image_store.c - see image_store.h. */
#include "drivers/image/image_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/beside.h"
#include "core/base/err.h"
#include "core/yaml/yaml_doc.h"

enum { VERIFIED_MAX = 64 };

struct image_store {
    char dir[IMAGE_PATH];
    uint32_t abi;
    struct {
        struct image_stamp stamp;
        uint8_t sha256[IMAGE_SHA_BYTES];
    } verified[VERIFIED_MAX]; /* the oldest is replaced */
    size_t n_verified;        /* ever */
};

static int find_dir(char dir[IMAGE_PATH])
{
    const char *fixed = getenv("PRECAST_IMAGES");

    if (fixed != NULL) {
        return snprintf(dir, IMAGE_PATH, "%s", fixed) < IMAGE_PATH
                   ? 0
                   : err_say(ERR_MISSING,
                             "PRECAST_IMAGES is too long, expected at most %d "
                             "bytes",
                             IMAGE_PATH - 1);
    }
    return beside_find("image", "images of the fabric", dir);
}

int image_store_open(uint32_t abi, struct image_store **out)
{
    struct image_store *s = calloc(1, sizeof *s);
    int err;

    if (s == NULL) {
        return err_say(ERR_NO_MEM, "images: not enough memory");
    }
    s->abi = abi;
    err = find_dir(s->dir);
    if (err < 0) {
        free(s);
        return err;
    }
    *out = s;
    return 0;
}

int image_store_open_below(uint32_t abi, const char *below,
                           struct image_store **out)
{
    int err = image_store_open(abi, out);
    size_t n;

    if (err < 0) {
        return err;
    }
    n = strlen((*out)->dir);
    if (snprintf((*out)->dir + n, IMAGE_PATH - n, "/%s", below) >=
        (int)(IMAGE_PATH - n)) {
        image_store_close(*out);
        return err_say(ERR_MISSING, "images: the path of %s is too long",
                       below);
    }
    return 0;
}

void image_store_close(struct image_store *s)
{
    free(s);
}

const char *image_store_dir(const struct image_store *s)
{
    return s->dir;
}

/* "DIR/NAME.SUFFIX", or an error when no path can be that long. */
static int make_path(const struct image_store *s, const char *name,
                     const char *suffix, char path[IMAGE_PATH])
{
    int n = snprintf(path, IMAGE_PATH, "%s/%s%s", s->dir, name, suffix);

    return n > 0 && n < IMAGE_PATH
               ? 0
               : err_say(ERR_MISSING,
                         "%s/%s%s: no such file, expected a path of at most %d "
                         "bytes",
                         s->dir, name, suffix, IMAGE_PATH - 1);
}

int image_store_manifest(const struct image_store *s,
                         const struct csr_layout *fn, struct manifest *out)
{
    char path[IMAGE_PATH];
    int err = make_path(s, fn->name, ".yaml", path);

    return err < 0 ? err : manifest_read(path, fn, s->abi, out);
}

static bool is_verified(const struct image_store *s, const char *path,
                        const uint8_t sha256[IMAGE_SHA_BYTES])
{
    struct image_stamp now;

    if (!image_file_stamp(path, &now)) {
        return false;
    }
    for (size_t k = 0; k < s->n_verified && k < VERIFIED_MAX; k++) {
        if (image_stamp_equal(&now, &s->verified[k].stamp) &&
            memcmp(sha256, s->verified[k].sha256, IMAGE_SHA_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static void remember(struct image_store *s, const struct image_stamp *stamp,
                     const uint8_t sha256[IMAGE_SHA_BYTES])
{
    size_t k = s->n_verified % VERIFIED_MAX;

    if (!stamp->settled) {
        return; /* a write in this tick of the clock would go unnoticed */
    }
    s->verified[k].stamp = *stamp;
    memcpy(s->verified[k].sha256, sha256, IMAGE_SHA_BYTES);
    s->n_verified++;
}

int image_store_verify(struct image_store *s, const struct manifest_image *i,
                       char path[IMAGE_PATH])
{
    uint8_t sha256[IMAGE_SHA_BYTES];
    struct image_stamp stamp;
    int err = make_path(s, i->file, "", path);

    if (err < 0 || is_verified(s, path, i->sha256)) {
        return err;
    }
    err = image_file_hash(path, sha256, &stamp);
    if (err < 0) {
        return err;
    }
    if (memcmp(sha256, i->sha256, IMAGE_SHA_BYTES) != 0) {
        char has[IMAGE_SHA_TEXT], want[IMAGE_SHA_TEXT];
        image_hash_text(sha256, has);
        image_hash_text(i->sha256, want);
        return err_say(ERR_BAD_INPUT,
                       "%s: has SHA-256 %.12s..., expected %.12s..., that of "
                       "its manifest",
                       path, has, want);
    }
    remember(s, &stamp, sha256);
    return 0;
}

/* Says what the manifest has instead: "32, 64, 64 with faults". */
static int say_no_entry(const struct image_store *s,
                        const struct csr_layout *fn, const struct manifest *m,
                        uint32_t width_bits, bool faults)
{
    struct yaml_names names = {0};

    for (size_t k = 0; k < m->n_images; k++) {
        if (m->image[k].board[0] == '\0') {
            char text[40];
            (void)snprintf(text, sizeof text, "%u%s", m->image[k].width_bits,
                           m->image[k].faults ? " with faults" : ""); /* fits */
            yaml_names_add(&names, text);
        }
    }
    return err_say(ERR_MISSING,
                   "%s/%s.yaml: no simulated image of width %u%s, expected one "
                   "of: %s",
                   s->dir, fn->name, width_bits, faults ? " with faults" : "",
                   yaml_names_text(&names));
}

int image_store_find(struct image_store *s, const struct csr_layout *fn,
                     uint32_t width_bits, bool faults, struct image_found *out)
{
    struct manifest m;
    struct image_found found = {.path = ""};
    const struct manifest_image *i = NULL;
    int err = image_store_manifest(s, fn, &m);

    if (err < 0) {
        return err;
    }
    for (size_t k = 0; k < m.n_images; k++) {
        if (m.image[k].board[0] == '\0' &&
            m.image[k].width_bits == width_bits &&
            m.image[k].faults == faults) {
            i = &m.image[k];
        }
    }
    if (i == NULL) {
        return say_no_entry(s, fn, &m, width_bits, faults);
    }
    err = image_store_verify(s, i, found.path);
    if (err < 0) {
        return err;
    }
    found.build = i->build;
    for (size_t k = 0; k < m.n_tables; k++) {
        found.capacity[k] = m.table[k].n_entries;
    }
    *out = found;
    return 0;
}
