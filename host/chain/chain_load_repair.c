/* chain_load_repair.c - what a chain file says of slots that err. */
#include "host/chain/chain_load.h"

#include <string.h>

#include "core/telemetry.h"

enum {
    REPAIR_SELF_TEST = 256, /* items */
    REPAIR_FORGIVE = 100000,
    REPAIR_ITEMS_MAX = 1000000000,
    REPAIR_WALK = 16, /* words a window */
    REPAIR_WALK_MAX = 255,
    REPAIR_WINDOW_MAX = 65535, /* beats */
};

const struct chain_repair chain_repair_default = {
    .on = true,
    .self_test = REPAIR_SELF_TEST,
    .forgive = REPAIR_FORGIVE,
    .window_beats = TELEMETRY_WINDOW,
    .walk_words = REPAIR_WALK,
};

/* The number at 'node', which may be left out. */
static int load_number(const struct chain_load *l, const yaml_node_t *node,
                       const char *what, uint64_t min, uint64_t max,
                       uint64_t *value)
{
    return node == NULL ? 0 : yaml_doc_u64(&l->y, node, what, min, max, value);
}

static int load_on(const struct chain_load *l, const yaml_node_t *node,
                   bool *on)
{
    const char *text;
    int err = yaml_doc_text(&l->y, node, "repair", &text);

    if (err == 0 && strcmp(text, "on") != 0 && strcmp(text, "off") != 0) {
        return yaml_doc_say(
            &l->y, node, "repair is '%.64s', expected one of: on, off", text);
    }
    *on = err == 0 && strcmp(text, "on") == 0;
    return err;
}

static int load_telemetry(struct chain_load *l, const yaml_node_t *node,
                          uint64_t *window, uint64_t *walk)
{
    enum { WINDOW, WALK };
    static const struct yaml_doc_key keys[] = {
        [WINDOW] = {"window", false}, [WALK] = {"walk", false}, {0}};
    const yaml_node_t *values[YAML_DOC_KEYS] = {NULL};
    int err =
        node == NULL ? 0 : yaml_doc_map(&l->y, node, "telemetry", keys, values);

    if (err == 0) {
        err = load_number(l, values[WINDOW], "window", 0, REPAIR_WINDOW_MAX,
                          window);
    }
    return err != 0
               ? err
               : load_number(l, values[WALK], "walk", 1, REPAIR_WALK_MAX, walk);
}

int chain_load_repair(struct chain_load *l, const struct chain_load_repair *at)
{
    struct chain_repair *r = &l->c->repair;
    int err = 0;

    *r = chain_repair_default;
    uint64_t self_test = r->self_test;
    uint64_t window = r->window_beats, walk = r->walk_words;
    if (at->repair != NULL) {
        err = load_on(l, at->repair, &r->on);
    }
    if (err == 0) {
        err = load_number(l, at->self_test, "self_test", 1, REPAIR_ITEMS_MAX,
                          &self_test);
    }
    if (err == 0) {
        err =
            load_number(l, at->forgive, "forgive", 1, UINT64_MAX, &r->forgive);
    }
    if (err == 0) {
        err = load_number(l, at->reload_every, "reload_every", 1, UINT64_MAX,
                          &r->reload_every);
    }
    if (err == 0) {
        err = load_telemetry(l, at->telemetry, &window, &walk);
    }
    r->self_test = (uint32_t)self_test;
    r->window_beats = (uint32_t)window;
    r->walk_words = (uint32_t)walk;
    return err;
}
