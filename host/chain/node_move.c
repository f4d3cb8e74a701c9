/* node_move.c - moves of a node between its C body and a slot; see node_in.h.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/fast.h"
#include "core/registry.h"
#include "host/chain/node_in.h"
#include "host/chain/recorder.h"

void node_empty(struct node *n)
{
    body_close(n->rtl);
    n->rtl = NULL;
    n->mode = NODE_C;
    if (n->care != NULL) {
        n->care->active = false;
    }
}

void node_unload(struct node *n)
{
    node_empty(n);
    body_close(n->cache);
    n->cache = NULL;
}

void node_say_move(const struct node *n, bool up, uint64_t at_item,
                   const char *refused)
{
    struct slot_counters slot;
    bool counted =
        n->rtl != NULL && device_counters(n->device, n->slot, &slot) == 0;
    struct report_move m = {
        .node = n->v->name,
        .from = up ? "c" : "rtl",
        .to = up ? "rtl" : "c",
        .device = n->device_name,
        .image = n->rtl != NULL ? n->rtl->fn->csr->name : n->v->fn->csr->name,
        .at_item = at_item,
        .shadow_items = n->shadow_done,
        .ns = clock_ns() - n->move_ns,
        .lost = n->sent > n->got ? n->sent - n->got : 0,
        .duplicated = n->got > n->sent ? n->got - n->sent : 0,
        .reordered = n->reordered,
        .is_compared = n->twin != CHAIN_TWIN_OFF || n->sent == n->shadow_done,
        .slot = counted ? &slot : NULL,
        .refused = refused,
    };

    /* The slot counts by itself: what it says counts, too. */
    if (counted && slot.items_out < (uint32_t)n->sent) {
        m.lost = (uint32_t)n->sent - slot.items_out;
    }
    if (counted && slot.items_out > (uint32_t)n->sent) {
        m.duplicated = slot.items_out - (uint32_t)n->sent;
    }
    report_move(n->report, &m);
}

static void begin_shadow(struct node *n, enum node_mode mode, uint64_t shadow)
{
    n->mode = mode;
    n->shadow_left = shadow;
    n->shadow_done = 0;
}

int node_copy_state(struct body *from, struct body *to, char *why, size_t n_why)
{
    struct blob blob = {0}, back = {0};
    size_t table;
    uint32_t have, hold;
    int err = body_save(from, &blob);

    if (err == 0 && !body_fits(to, &blob, &table, &have, &hold)) {
        (void)snprintf(why, n_why,
                       "table %s has %u entries, the image holds %u",
                       from->fn->csr->tables[table].name, have, hold);
        blob_close(&blob);
        return ERR_CAPACITY;
    }
    if (err == 0) {
        err = body_load(to, &blob);
    }
    if (err == 0) {
        err = body_save(to, &back);
    }
    if (err == 0 && blob_differs(&blob, &back) >= 0) {
        err = ERR_DEVICE;
    }
    if (err < 0) {
        (void)snprintf(why, n_why, "%s",
                       err == ERR_HANG ? "the slot does not answer"
                                       : "the state does not read back");
    }
    blob_close(&blob);
    blob_close(&back);
    return err;
}

/* Loads the image of 'fn' into the slot. */
static int load_image(struct node *n, const struct fn *fn, char *why,
                      size_t n_why)
{
    int err;

    err_hold(why, n_why); /* what the device says becomes the reason */
    err = device_load(n->device, n->slot, fn, &n->rtl);
    err_release();
    return err;
}

/*
 * Loads the function into the slot, with its state; a cache of it when there is
 * one and the function does not fit, or has no RTL body.  0, or why not.
 */
static int load(struct node *n, bool may_cache, char *why, size_t n_why)
{
    const struct fn *cache = may_cache ? fast_find(n->v->fn) : NULL;
    bool whole = cache == NULL || registry_has_rtl(n->v->fn->csr->name);
    int err = whole ? load_image(n, n->v->fn, why, n_why) : ERR_CAPACITY;

    if (err == 0) {
        err = node_copy_state(n->c, n->rtl, why, n_why);
    }
    if (cache != NULL && err == ERR_CAPACITY) {
        node_unload(n);
        err = load_image(n, cache, why, n_why);
        err = err < 0 ? err : node_cache_open(n, cache, why, n_why);
    }
    if (err == 0 && n->care != NULL) {
        err = node_care_begin(n);
        (void)snprintf(why, n_why, "the slot does not answer");
    }
    return err;
}

/* Loads the slot and begins the shadow run, or says why not. */
static void move_up(struct node *n)
{
    char why[1024];

    n->sent = n->got = n->reordered = n->served = 0;
    if (load(n, n->may_cache, why, sizeof why) < 0) {
        node_say_move(n, true, n->items.in, why);
        node_unload(n);
        return;
    }
    node_record_begin(n);
    begin_shadow(n, NODE_SHADOW_UP, n->shadow);
}

/* True for the slot that failed too often. */
static bool is_condemned(const struct node *n, const struct device *device,
                         uint32_t slot)
{
    return n->care != NULL && n->care->device == device &&
           n->care->slot == slot && n->care->machine.state == REPAIR_CONDEMNED;
}

void node_concretize(struct node *n, struct device *device,
                     const char *device_name, uint32_t slot, uint64_t shadow,
                     bool may_cache)
{
    n->move_ns = clock_ns();
    n->shadow_done = 0;
    if (n->mode != NODE_C) {
        node_say_move(n, true, n->items.in,
                      "it is on the fabric, or on its way");
        return;
    }
    n->device = device;
    (void)snprintf(n->device_name, sizeof n->device_name, "%s/%u", device_name,
                   slot); /* a long name is cut */
    n->slot = slot;
    n->shadow = shadow;
    n->may_cache = may_cache;
    if (is_condemned(n, device, slot)) {
        node_say_move(n, true, n->items.in, "the slot is condemned");
        return;
    }
    move_up(n);
}

void node_reload(struct node *n)
{
    char why[160] = "";
    uint64_t item = n->items.in;

    n->move_ns = clock_ns();
    n->shadow_done = 0;
    if (n->mode != NODE_RTL) {
        report_action(n->report, n->v->name, "reload", item, 0,
                      "refused: it is not on the fabric");
        return;
    }
    if (n->twin != CHAIN_TWIN_OFF) {
        (void)node_same_state(n,
                              item); /* says so; what the twin has is right */
    } else if (n->cache == NULL &&
               node_copy_state(n->rtl, n->c, why, sizeof why) < 0) {
        report_action(n->report, n->v->name, "reload", item, 0, why);
        return;
    }
    if (node_repairs(n)) {
        node_repair_act(n, REPAIR_REFRESH, item);
        return;
    }
    node_cache_close(n);
    node_unload(n);
    report_action(n->report, n->v->name, "reload", item, 0,
                  "the C body serves");
    move_up(n);
}

void node_quarantine(struct node *n, uint64_t at_item)
{
    if (n->mode == NODE_RTL) {
        node_cache_close(n);
    }
    report_action(n->report, n->v->name, "quarantine", at_item, 0,
                  "the C body serves");
    node_unload(n);
}

bool node_same_state(struct node *n, uint64_t item)
{
    struct blob twin = {0}, device = {0};
    struct twin_verdict v = {.kind = TWIN_PARAMETER, .first_item = item};
    int err = body_save(node_twin(n), &twin);

    err = err < 0 ? err : body_save(n->rtl, &device);
    if (err == 0) {
        v = twin_compare_state(n->rtl->fn->csr, &twin, &device, item);
    } else {
        v.kind = err == ERR_HANG ? TWIN_HANG : TWIN_PARAMETER;
        (void)snprintf(v.text, sizeof v.text, "%s", /* fits */
                       err == ERR_HANG ? "the slot does not answer"
                                       : "a table claims more than it holds");
    }
    blob_close(&twin);
    blob_close(&device);
    if (v.kind != TWIN_EQUAL) {
        report_verdict(n->report, n->v->name, n->device_name, &v);
    }
    return v.kind == TWIN_EQUAL;
}

void node_virtualize(struct node *n, uint64_t shadow)
{
    char why[160] = "";

    n->move_ns = clock_ns();
    n->shadow_done = 0;
    if (n->mode == NODE_RTL) {
        node_settle(n);
    }
    if (n->mode != NODE_RTL) {
        node_say_move(n, false, n->items.in, "it is not on the fabric");
        return;
    }
    if (n->twin != CHAIN_TWIN_OFF) {
        if (!node_same_state(n, n->items.in)) {
            node_say_move(n, false, n->items.in, "the states differ");
            node_quarantine(n, n->items.in);
            return;
        }
    } else if (n->cache == NULL &&
               node_copy_state(n->rtl, n->c, why, sizeof why) < 0) {
        node_say_move(n, false, n->items.in, why);
        return;
    }
    node_cache_close(n);
    node_cache_zero(n);
    if (n->mode != NODE_RTL) {
        node_say_move(n, false, n->items.in, "the slot does not answer");
        return;
    }
    begin_shadow(n, NODE_SHADOW_DOWN, shadow);
}

/* Gives the writes to the body in the slot; 0, or why it cannot have them. */
static int set_device(struct node *n, const struct write_list *w, char *why,
                      size_t n_why)
{
    struct blob blob = {0};
    size_t table;
    uint32_t have, hold;
    int err = body_save(n->c, &blob); /* with the writes applied */

    if (err == 0 && !body_fits(n->rtl, &blob, &table, &have, &hold)) {
        (void)snprintf(why, n_why,
                       "table %s has %u entries, the image holds %u",
                       n->v->fn->csr->tables[table].name, have, hold);
        err = ERR_CAPACITY;
    } else if (err == 0) {
        err = write_list_apply(w, n->rtl);
        (void)snprintf(why, n_why, "the slot does not answer");
    }
    blob_close(&blob);
    return err;
}

void node_tick(struct node *n, const struct write_list *w)
{
    char why[160] = "";
    int err = 0;

    node_settle(n);
    recorder_set(n->report->recorder, n->v->name, n->v->fn, n->items.in, w);
    /* The C body is up to date, but for a twin that is off. */
    if (n->mode == NODE_RTL && n->twin == CHAIN_TWIN_OFF && n->cache == NULL) {
        err = node_copy_state(n->rtl, n->c, why, sizeof why);
    }
    (void)write_list_apply(w, n->c); /* checked when the chain was loaded */
    if (n->care != NULL) {
        n->care->all = true;
    }
    if (err == 0 && n->cache != NULL) {
        err = node_cache_set(n, w);
        (void)snprintf(why, sizeof why, "the slot does not answer");
    } else if (err == 0 && n->mode != NODE_C) {
        err = set_device(n, w, why, sizeof why);
    }
    if (err < 0) {
        n->move_ns = clock_ns();
        n->shadow_done = 0;
        node_say_move(n, n->mode == NODE_SHADOW_UP, n->items.in, why);
        if (n->mode == NODE_RTL) {
            node_cache_close(n);
        }
        report_action(n->report, n->v->name, "virtualize", n->items.in, 0, why);
        node_unload(n);
    }
}

void node_set(struct node *n, const struct write_list *w)
{
    node_tick(n, w);
    report_action(n->report, n->v->name, "set", n->items.in, 0, "applied");
}

void node_shadow_step(struct node *n, size_t n_items, uint64_t next_item)
{
    n->shadow_done += n_items;
    n->shadow_left -= n_items;
    if (n->shadow_left > 0) {
        return;
    }
    if (node_in_repair(n)) {
        node_repair_return(n, next_item);
        return;
    }
    node_say_move(n, n->mode == NODE_SHADOW_UP, next_item, NULL);
    if (n->mode == NODE_SHADOW_UP) {
        n->mode = NODE_RTL;
    } else {
        node_unload(n);
    }
}
