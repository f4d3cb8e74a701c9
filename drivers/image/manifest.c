/* manifest.c - see manifest.h. */
#include "drivers/image/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common_csr.h"
#include "core/base/err.h"
#include "drivers/image/manifest_part.h"

#define SUM_KEY "sum: "

enum {
    SUM_LINE = sizeof SUM_KEY - 1 + IMAGE_SHA_TEXT, /* with its line end */
    ENTRIES_MAX = 1 << 28,                          /* words of a window */
};

/* --- the sum -------------------------------------------------------------- */

/* Does the last line hold the hash of all lines before it? */
static int check_sum(const char *file, const unsigned char *text, size_t n)
{
    char has[SUM_LINE + 1] = "";
    char sum[IMAGE_SHA_TEXT];
    uint8_t sha256[IMAGE_SHA_BYTES];
    size_t at = n > SUM_LINE ? n - SUM_LINE : 0;
    size_t line = 1;

    memcpy(has, text + at, n - at);
    for (size_t k = 0; k + 1 < n; k++) {
        line += text[k] == '\n';
    }
    if (at == 0 || text[at - 1] != '\n' || has[SUM_LINE - 1] != '\n' ||
        strncmp(has, SUM_KEY, sizeof SUM_KEY - 1) != 0) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%zu:1: no sum in the last line, expected a whole "
                       "manifest",
                       file, line);
    }
    has[SUM_LINE - 1] = '\0';
    image_hash(text, at, sha256);
    image_hash_text(sha256, sum);
    if (strcmp(has + sizeof SUM_KEY - 1, sum) != 0) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%zu:6: the sum is not that of the lines before it, "
                       "expected %.12s...: the manifest was changed",
                       file, line, sum);
    }
    return 0;
}

/* --- what a function's images have in common ------------------------------ */

/* A number that has to be 'want'. */
static int want_u32(const struct manifest_part *r, const yaml_node_t *node,
                    const char *what, uint32_t want)
{
    uint32_t v = 0;
    int err = manifest_u32(r, node, what, 0, UINT32_MAX, &v);

    if (err == 0 && v != want) {
        err = yaml_doc_say(&r->y, node,
                           want > 0xffff
                               ? "%s is 0x%08x, expected 0x%08x, that of this "
                                 "program"
                               : "%s is %u, expected %u, that of this program",
                           what, v, want);
    }
    return err;
}

/* Text that has to be 'want'. */
static int want_text(const struct manifest_part *r, const yaml_node_t *node,
                     const char *what, const char *want)
{
    const char *text;
    int err = yaml_doc_text(&r->y, node, what, &text);

    if (err == 0 && strcmp(text, want) != 0) {
        err = yaml_doc_say(&r->y, node, "%s is '%.64s', expected %s", what,
                           text, want);
    }
    return err;
}

static int read_abi(struct manifest_part *r, const yaml_node_t *node)
{
    enum { IMAGE, SLOT, METADATA };
    static const struct yaml_doc_key keys[] = {[IMAGE] = {"image", true},
                                               [SLOT] = {"slot", true},
                                               [METADATA] = {"metadata", true},
                                               {0}};
    const yaml_node_t *values[YAML_DOC_KEYS] = {NULL};
    int err = yaml_doc_map(&r->y, node, "abi", keys, values);

    if (err == 0) {
        err = want_u32(r, values[IMAGE], "abi of the image", r->abi);
    }
    if (err == 0) {
        err = want_u32(r, values[SLOT], "abi of the slot", common_csr.version);
    }
    if (err == 0) {
        err = want_u32(r, values[METADATA], "metadata", MANIFEST_METADATA_BITS);
    }
    return err;
}

static int read_streams(struct manifest_part *r, const yaml_node_t *node)
{
    enum { IN, OUT };
    static const struct yaml_doc_key keys[] = {
        [IN] = {"in", true}, [OUT] = {"out", true}, {0}};
    static const char *const names[] = {[FN_IQ16] = "iq16",
                                        [FN_PKT] = "pkt",
                                        [FN_CF32] = "cf32",
                                        [FN_REC] = "rec"};
    const yaml_node_t *values[YAML_DOC_KEYS] = {NULL};
    int err = yaml_doc_map(&r->y, node, "streams", keys, values);

    if (err == 0) {
        err = want_text(r, values[IN], "stream in", names[r->fn->in]);
    }
    if (err == 0) {
        err = want_text(r, values[OUT], "stream out", names[r->fn->out]);
    }
    return err;
}

static int read_tables(struct manifest_part *r, const yaml_node_t *node)
{
    const yaml_node_t *key, *value;
    size_t n = 0;
    int err = yaml_doc_map_count(&r->y, node, "tables", &n);

    if (err == 0 && n != r->fn->n_tables) {
        err = yaml_doc_say(&r->y, node, "%zu tables, expected %zu", n,
                           r->fn->n_tables);
    }
    for (size_t k = 0; err == 0 && k < n; k++) {
        struct manifest_table *t = &r->m->table[k];
        err = yaml_doc_entry(&r->y, node, k, &key, &value);
        if (err == 0) {
            err = want_text(r, key, "table", r->fn->tables[k].name);
        }
        if (err == 0) {
            err = manifest_word(r, key, "table", t->name);
        }
        if (err == 0) {
            err =
                manifest_u32(r, value, t->name, 0, ENTRIES_MAX, &t->n_entries);
        }
    }
    r->m->n_tables = n;
    return err;
}

static int read_tools(struct manifest_part *r, const yaml_node_t *node)
{
    const yaml_node_t *key, *value;
    size_t n = 0;
    int err = yaml_doc_map_count(&r->y, node, "tools", &n);

    if (err == 0 && n == 0) {
        err = yaml_doc_say(&r->y, node, "no tools, expected at least one");
    }
    if (err == 0 && n > MANIFEST_TOOLS_MAX) {
        err = yaml_doc_say(&r->y, node, "%zu tools, expected at most %d", n,
                           MANIFEST_TOOLS_MAX);
    }
    for (size_t k = 0; err == 0 && k < n; k++) {
        struct manifest_tool *t = &r->m->tool[k];
        err = yaml_doc_entry(&r->y, node, k, &key, &value);
        if (err == 0 && yaml_doc_repeats(&r->y, node, k)) {
            err =
                yaml_doc_say(&r->y, key, "a second tool '%.64s', expected one",
                             (const char *)key->data.scalar.value);
        }
        if (err == 0) {
            err = manifest_word(r, key, "tool", t->name);
        }
        if (err == 0) {
            err = manifest_word(r, value, t->name, t->version);
        }
    }
    r->m->n_tools = n;
    return err;
}

/* --- the manifest --------------------------------------------------------- */

enum { IMAGE, ID, LAYOUT, ABI, STREAMS, TABLES, C, SIMULATED, BITSTREAMS };
enum { TOOLS = BITSTREAMS + 1, SUM };

/* Which function is it for? */
static int read_names(struct manifest_part *r, const yaml_node_t *const *values)
{
    char symbol[MANIFEST_TEXT + 3];
    int err = want_text(r, values[IMAGE], "image", r->fn->name);

    (void)snprintf(symbol, sizeof symbol, "%s_fn", r->fn->name); /* fits */
    if (err == 0) {
        err = want_u32(r, values[ID], "id", r->fn->id);
    }
    if (err == 0) {
        err = want_u32(r, values[LAYOUT], "layout", r->fn->version);
    }
    return err != 0 ? err : want_text(r, values[C], "c", symbol);
}

static int read_all(struct manifest_part *r)
{
    static const struct yaml_doc_key keys[] = {
        [IMAGE] = {"image", true},
        [ID] = {"id", true},
        [LAYOUT] = {"layout", true},
        [ABI] = {"abi", true},
        [STREAMS] = {"streams", true},
        [TABLES] = {"tables", true},
        [C] = {"c", true},
        [SIMULATED] = {"simulated", true},
        [BITSTREAMS] = {"bitstreams", false},
        [TOOLS] = {"tools", true},
        [SUM] = {"sum", true},
        {0}};
    const yaml_node_t *values[YAML_DOC_KEYS] = {NULL};
    int err = yaml_doc_map(&r->y, r->y.root, "manifest", keys, values);

    if (err == 0) {
        err = read_names(r, values);
    }
    if (err == 0) {
        err = read_abi(r, values[ABI]);
    }
    if (err == 0) {
        err = read_streams(r, values[STREAMS]);
    }
    if (err == 0) {
        err = read_tables(r, values[TABLES]);
    }
    if (err == 0) {
        err = manifest_simulated(r, values[SIMULATED]);
    }
    if (err == 0 && values[BITSTREAMS] != NULL) {
        err = manifest_bitstreams(r, values[BITSTREAMS]);
    }
    return err != 0 ? err : read_tools(r, values[TOOLS]);
}

int manifest_read(const char *file, const struct csr_layout *fn, uint32_t abi,
                  struct manifest *out)
{
    struct manifest m = {.n_images = 0};
    struct manifest_part r = {.fn = fn, .abi = abi, .m = &m};
    unsigned char *text = NULL;
    size_t n = 0;
    int err = image_file_read(file, "a manifest", MANIFEST_BYTES, &text, &n);

    if (err == 0) {
        err = check_sum(file, text, n);
    }
    if (err == 0) {
        err = yaml_doc_parse(file, text, n, &r.y);
        if (err == ERR_NO_MEM) {
            err_say(err, "%s: not enough memory to read it", file);
        }
    }
    if (err == 0) {
        err = read_all(&r);
    }
    yaml_doc_close(&r.y);
    free(text);
    if (err == 0) {
        *out = m;
    }
    return err;
}
