/* chain_load_devices.c - the devices of a chain file. */
#include "host/chain/chain_load.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

enum {
    LOAD_SLOTS = 4, /* of a device, unless said otherwise */
    LOAD_SLOTS_MAX = 16,
    LOAD_WIDTH_BITS = 64,
    LOAD_BAUD = 3000000,
    LOAD_BAUD_MIN = 9600,
    LOAD_BAUD_MAX = 4000000,
};

enum { KIND, SLOTS, WIDTH, LINK, PATH, BAUD, IMAGE };

/* Which keys belong to which kind. */
struct load_kind {
    const char *name;
    bool path, baud, link, image;
};

static const struct load_kind load_kinds[] = {
    {.name = "sim", .link = true},
    {.name = "socket", .path = true},
    {.name = "serial", .path = true, .baud = true},
    {.name = "board", .image = true},
};

static int load_kind(struct chain_load *l, const yaml_node_t *node,
                     const struct load_kind **out)
{
    const char *text = NULL;
    int err = yaml_doc_text(&l->y, node, "kind", &text);

    if (err != 0) {
        return err;
    }
    for (size_t k = 0; k < sizeof load_kinds / sizeof load_kinds[0]; k++) {
        if (strcmp(load_kinds[k].name, text) == 0) {
            *out = &load_kinds[k];
            return 0;
        }
    }
    return yaml_doc_say(&l->y, node,
                        "kind is '%.64s', expected one of: sim, socket, "
                        "serial, board",
                        text);
}

/* Keys that the kind does not know, and the one that it must have. */
static int check_keys(struct chain_load *l, const yaml_node_t *node,
                      const struct load_kind *kind,
                      const yaml_node_t *const *values)
{
    const struct {
        const char *name;
        const yaml_node_t *value;
        bool allowed;
    } keys[] = {
        {"link", values[LINK], kind->link},
        {"path", values[PATH], kind->path},
        {"baud", values[BAUD], kind->baud},
        {"image", values[IMAGE], kind->image},
        {"slots", values[SLOTS], !kind->image}, /* a board's are fixed */
        {"width", values[WIDTH], !kind->image},
    };

    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        if (keys[k].value != NULL && !keys[k].allowed) {
            return yaml_doc_say(&l->y, keys[k].value,
                                "a device of kind %s has no %s", kind->name,
                                keys[k].name);
        }
    }
    if ((kind->path && values[PATH] == NULL) ||
        (kind->image && values[IMAGE] == NULL)) {
        return yaml_doc_say(&l->y, node,
                            "a device of kind %s without %s, expected one",
                            kind->name, kind->path ? "a path" : "an image");
    }
    return 0;
}

static int load_link(struct chain_load *l, const yaml_node_t *node,
                     bool *framed)
{
    const char *text = NULL;
    int err = yaml_doc_text(&l->y, node, "link", &text);

    if (err == 0 && strcmp(text, "framed") != 0 &&
        strcmp(text, "direct") != 0) {
        err = yaml_doc_say(&l->y, node,
                           "link is '%.64s', expected direct or framed", text);
    }
    *framed = err == 0 && strcmp(text, "framed") == 0;
    return err;
}

/* Slots, width and baud, with their defaults. */
static int load_numbers(struct chain_load *l, const yaml_node_t *const *values,
                        struct chain_device *d)
{
    uint64_t slots = values[IMAGE] != NULL ? 1 : LOAD_SLOTS;
    uint64_t width = LOAD_WIDTH_BITS;
    uint64_t baud = LOAD_BAUD;
    int err = 0;

    if (values[SLOTS] != NULL) {
        err = yaml_doc_u64(&l->y, values[SLOTS], "slots", 1, LOAD_SLOTS_MAX,
                           &slots);
    }
    if (err == 0 && values[WIDTH] != NULL) {
        err =
            yaml_doc_u64(&l->y, values[WIDTH], "width", 0, UINT32_MAX, &width);
    }
    if (err == 0 && width != 32 && width != 64 && width != 256) {
        err = yaml_doc_say(&l->y, values[WIDTH],
                           "width is %u, expected 32, 64 or 256",
                           (unsigned)width);
    }
    if (err == 0 && values[BAUD] != NULL) {
        err = yaml_doc_u64(&l->y, values[BAUD], "baud", LOAD_BAUD_MIN,
                           LOAD_BAUD_MAX, &baud);
    }
    d->n_slots = (uint32_t)slots;
    d->width_bits = (uint32_t)width;
    d->baud = (uint32_t)baud;
    return err;
}

static int load_device(struct chain_load *l, const yaml_node_t *name,
                       const yaml_node_t *node)
{
    static const struct yaml_doc_key keys[] = {
        [KIND] = {"kind", true},    [SLOTS] = {"slots", false},
        [WIDTH] = {"width", false}, [LINK] = {"link", false},
        [PATH] = {"path", false},   [BAUD] = {"baud", false},
        [IMAGE] = {"image", false}, {0}};
    const yaml_node_t *values[YAML_DOC_KEYS] = {NULL};
    struct chain_device *d = &l->c->device[l->c->n_devices++];
    const struct load_kind *kind = &load_kinds[0];
    const char *path = NULL;
    int err = chain_load_name(l, name, "device", &d->name);

    d->line = yaml_doc_line(name);
    d->column = yaml_doc_column(name);
    if (err == 0) {
        err = yaml_doc_map(&l->y, node, d->name, keys, values);
    }
    if (err == 0) {
        err = load_kind(l, values[KIND], &kind);
    }
    if (err == 0) {
        err = check_keys(l, values[KIND], kind, values);
    }
    if (err == 0 && values[LINK] != NULL) {
        err = load_link(l, values[LINK], &d->framed);
    }
    if (err == 0 && values[PATH] != NULL) {
        err = yaml_doc_text(&l->y, values[PATH], "path", &path);
    }
    if (err == 0 && values[IMAGE] != NULL) {
        err = yaml_doc_text(&l->y, values[IMAGE], "image", &path);
    }
    if (err == 0) {
        err = load_numbers(l, values, d);
    }
    if (err != 0) {
        return err;
    }
    d->kind = strdup(kind->name);
    d->path = path != NULL ? strdup(path) : NULL;
    return d->kind == NULL || (path != NULL && d->path == NULL) ? ERR_NO_MEM
                                                                : 0;
}

int chain_load_devices(struct chain_load *l, const yaml_node_t *node)
{
    const yaml_node_t *key;
    const yaml_node_t *value;
    size_t n = 0;
    int err = yaml_doc_map_count(&l->y, node, "devices", &n);

    if (err != 0) {
        return err;
    }
    if (n > CHAIN_DEVICES_MAX) {
        return yaml_doc_say(&l->y, node, "%zu devices, expected at most %d", n,
                            CHAIN_DEVICES_MAX);
    }
    l->c->device = calloc(n + 1, sizeof *l->c->device);
    err = l->c->device == NULL ? ERR_NO_MEM : 0;
    for (size_t k = 0; err == 0 && k < n; k++) {
        err = yaml_doc_entry(&l->y, node, k, &key, &value);
        if (err != 0) {
            return err;
        }
        const char *name = (const char *)key->data.scalar.value;
        if (yaml_doc_repeats(&l->y, node, k)) {
            return yaml_doc_say(&l->y, key,
                                "a second device '%.64s', expected one", name);
        }
        err = load_device(l, key, value);
    }
    return err;
}
