/*
 * node_cache.c - partial offload: the slot holds exact results of the function,
 * the C body judges what the slot punts, in order, and tells the slot.  The
 * twin of the slot is the cache's own C body, which is told the same.  See
 * node_in.h.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/fast.h"
#include "host/chain/node_in.h"
#include "host/chain/recorder.h"

/* The twin of the slot has these writes, from the next burst on. */
static void record(struct node *n, const struct write_list *w)
{
    if (w->n > 0) {
        recorder_learn(n->report->recorder, n->v->name, n->cache->fn,
                       n->next_item, w);
    }
}

/*
 * Gives the slot what its twin has.  If it says no or nothing, false: it is
 * repaired, or the C body serves.
 */
static bool tell(struct node *n, const struct write_list *w)
{
    struct twin_verdict v = {.kind = TWIN_HANG,
                             .first_item = n->next_item,
                             .text = "it cannot be told"};

    if (w->n == 0 || write_list_apply(w, n->rtl) == 0) {
        return true;
    }
    if (node_repairs(n) && (n->mode == NODE_RTL || node_in_repair(n))) {
        node_end_between(n, &v);
        return false;
    }
    report_verdict(n->report, n->v->name, n->device_name, &v);
    if (n->mode != NODE_RTL) {
        node_say_move(n, n->mode == NODE_SHADOW_UP, n->next_item, v.text);
    }
    node_quarantine(n, n->next_item);
    return false;
}

int node_cache_reset(struct node *n)
{
    struct write_list w = {0};
    int err = fast_forget(n->cache->fn, n->c, write_list_emit, &w);

    err = err < 0 ? err : write_list_apply(&w, n->cache);
    err = err < 0 ? err : write_list_apply(&w, n->rtl);
    record(n, &w);
    write_list_close(&w);
    return err;
}

/* The offset in the function of what is the cache's clock; 0 without one. */
static uint32_t clock_of(const struct node *n)
{
    const struct csr_layout *slow = n->v->fn->csr, *fast = n->cache->fn->csr;
    uint32_t clock = n->cache->fn->clock;

    for (size_t k = 0; clock != 0 && k < slow->n_regs; k++) {
        if (strcmp(slow->regs[k].name,
                   fast->regs[csr_find(fast, clock)].name) == 0) {
            return slow->regs[k].offset;
        }
    }
    return 0;
}

int node_cache_set(struct node *n, const struct write_list *w)
{
    struct write_list clock = {0};
    uint32_t from = clock_of(n);
    int err = 0;

    for (size_t k = 0; k < w->n; k++) {
        if (w->at[k].offset != from) {
            return node_cache_reset(n);
        }
    }
    for (size_t k = 0; err == 0 && k < w->n; k++) {
        err = write_list_emit(&clock, n->cache->fn->clock, w->at[k].value);
    }
    err = err < 0 ? err : write_list_apply(&clock, n->cache);
    err = err < 0 ? err : write_list_apply(&clock, n->rtl);
    record(n, &clock);
    write_list_close(&clock);
    return err;
}

int node_cache_open(struct node *n, const struct fn *cache, char *why,
                    size_t n_why)
{
    int err = body_open_c(cache, &n->cache);

    if (err == 0) {
        err = node_cache_reset(n);
    }
    if (err < 0) {
        (void)snprintf(why, n_why, "the cache cannot be set up");
    }
    return err;
}

/* The body that counts: without a twin that in the slot. */
static struct body *counting(const struct node *n)
{
    return n->twin == CHAIN_TWIN_OFF ? n->rtl : n->cache;
}

uint32_t node_cache_count(const struct node *n, const char *name)
{
    uint32_t value = 0;

    for (size_t k = 0; n->cache != NULL && k < n->cache->fn->csr->n_regs; k++) {
        const struct csr_reg *r = &n->cache->fn->csr->regs[k];
        if (r->access == CSR_COUNT && strcmp(r->name, name) == 0) {
            (void)body_read(counting(n), r->offset, &value); /* or 0 */
        }
    }
    return value;
}

/* The cache counts from 0: its C body and, with 'slot', the one in the slot. */
static int zero_counts(struct node *n, bool slot)
{
    const struct csr_layout *l = n->cache->fn->csr;
    struct write_list w = {0};
    int err = 0;

    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        if (l->regs[k].access == CSR_COUNT) {
            err = write_list_emit(&w, l->regs[k].offset, 0);
        }
    }
    err = err < 0 ? err : write_list_apply(&w, n->cache);
    record(n, &w);
    if (err == 0 && slot) {
        (void)tell(n, &w); /* what it does not take has been dealt with */
    }
    write_list_close(&w);
    return err;
}

void node_cache_close(struct node *n)
{
    int err = 0;

    if (n->cache == NULL) {
        return;
    }
    err = fast_add_counts(counting(n), n->c);
    if (err == 0 && n->twin != CHAIN_TWIN_OFF) {
        err = zero_counts(n, false);
    }
    if (err < 0) {
        report_action(n->report, n->v->name, "count", n->items.in, 0,
                      "what the cache counted is lost: it does not answer");
    }
}

void node_cache_zero(struct node *n)
{
    if (n->cache != NULL) {
        (void)zero_counts(n, true); /* without memory the counts differ */
    }
}

/* learn(), and the cache's C body knows at once; 'w' is for the slot. */
static int learn(struct node *n, const struct pkt *in, const struct pkt *out,
                 struct write_list *w)
{
    struct fn_reason why = {.known = false};
    size_t k = w->n;

    if (n->c->fn->reason != NULL) {
        n->c->fn->reason(body_c_state(n->c), in, &why);
    }
    int err = n->cache->fn->learn(body_c_state(n->cache), in, out, &why,
                                  write_list_emit, w);

    for (; err == 0 && k < w->n; k++) {
        err = body_write(n->cache, w->at[k].offset, w->at[k].value);
    }
    return err;
}

/* True when the cache punted packet k of 'out', which had come unjudged. */
static bool is_punted(const struct fn_span *in, const struct fn_span *out,
                      size_t k)
{
    const struct pkt *x = in->items, *y = out->items;

    return !pkt_is_done(&x[k]) && (y[k].flags & PKT_PUNT) != 0;
}

/*
 * 'judged' is what the cache made of 'in'.  Where it punted, the C body judges
 * (unless 'out' is its answer already); everything else leaves as it is.  What
 * the cache has to learn goes to 'w'.
 */
static int judge(struct node *n, const struct fn_span *in,
                 const struct fn_span *judged, bool have_out,
                 struct fn_span *out, struct write_list *w)
{
    const struct pkt *x = in->items, *y = judged->items;
    struct pkt *z = out->items;
    int err = 0;

    for (size_t k = 0; err == 0 && k < judged->n && k < in->n; k++) {
        struct fn_span one = node_rest(in, k), one_out = node_rest(out, k);
        struct pkt came = y[k]; /* as it came, but for the flag */
        bool punted = is_punted(in, judged, k);
        one.n = 1;
        came.flags = x[k].flags;
        if (!punted && !have_out) {
            z[k] = y[k];
        }
        if (punted && !have_out) {
            err = body_run(n->c, &one, &one_out);
        }
        if (punted && err == 0) {
            err = learn(n, &came, &z[k], w);
        }
    }
    return err;
}

/* What the slot said in a shadow run is not what the twin or the function
 * says. */
static void end_shadow(struct node *n, const struct twin_verdict *v)
{
    bool repair = node_in_repair(n);

    report_verdict(n->report, n->v->name, n->device_name, v);
    if (repair) {
        node_repair_act(n, REPAIR_FAILED, v->first_item);
        return;
    }
    node_say_move(n, n->mode == NODE_SHADOW_UP, v->first_item,
                  "the bodies differ in the shadow run");
    node_unload(n);
}

/*
 * The function judges all, in 'out'; what the cache holds must say the same.
 * 'v' is how cache and slot compare.
 */
static int run_shadow(struct node *n, const struct fn_span *in,
                      struct fn_span *out, const struct fn_span *twin,
                      struct fn_span *device, struct twin_verdict v)
{
    struct write_list w = {0};
    int err;

    if (v.kind != TWIN_EQUAL && node_in_repair(n)) {
        (void)node_repair_look(n, in, twin, &v);
    }
    err = body_run(n->c, in, out);
    for (size_t k = 0; v.kind == TWIN_EQUAL && k < in->n; k++) {
        if (is_punted(in, device, k)) {
            n->from_device[k] = ((struct pkt *)out->items)[k];
        }
    }
    if (v.kind == TWIN_EQUAL) {
        v = twin_compare(out, device, 0);
    }
    if (v.kind != TWIN_EQUAL) {
        end_shadow(n, &v);
        return err;
    }
    err = err < 0 ? err : judge(n, in, twin, true, out, &w);
    record(n, &w);
    if (err == 0 && tell(n, &w)) {
        node_shadow_step(n, in->n, n->next_item);
        err = n->mode == NODE_RTL ? zero_counts(n, true) : 0;
    }
    write_list_close(&w);
    return err;
}

/* The device alone; what it did not answer the C body does. */
static int run_unwatched(struct node *n, const struct fn_span *in,
                         struct fn_span *out, const struct fn_span *device,
                         int device_err)
{
    struct twin_verdict v = {.kind = TWIN_LOST};
    struct write_list w = {0};
    int err = judge(n, in, device, false, out, &w);

    if (device_err < 0 || device->n != in->n) {
        size_t done = device->n < in->n ? device->n : in->n;
        struct fn_span rest = node_rest(in, done);
        struct fn_span rest_out = node_rest(out, done);
        v.kind = device_err == ERR_HANG ? TWIN_HANG
                 : device->n < in->n    ? TWIN_LOST
                                        : TWIN_DUPLICATED;
        v.first_item = rest.item0;
        (void)snprintf(v.text, sizeof v.text, "%zu items expected, %zu came",
                       in->n, device->n); /* fits */
        report_verdict(n->report, n->v->name, n->device_name, &v);
        node_quarantine(n, rest.item0);
        err = err < 0 || rest.n == 0 ? err : body_run(n->c, &rest, &rest_out);
    } else if (err == 0) {
        (void)tell(n, &w); /* what it does not take has been dealt with */
    }
    write_list_close(&w);
    return err;
}

/* The cache's C body and the function answer; the device must agree. */
static int run_watched(struct node *n, const struct fn_span *in,
                       struct fn_span *out, const struct fn_span *twin,
                       const struct fn_span *device, struct twin_verdict v)
{
    struct write_list w = {0};
    bool differs = v.kind != TWIN_EQUAL;
    bool repair = differs && node_repairs(n);
    enum repair_event event = REPAIR_CLEAN;
    size_t k = v.index;
    bool left = n->twin != CHAIN_TWIN_CHECKED &&
                (v.kind == TWIN_DIFFER || v.kind == TWIN_SWAPPED) &&
                k < in->n && !is_punted(in, twin, k) &&
                !is_punted(in, device, k);
    uint64_t at_item = v.first_item + left;
    int err;

    if (repair) { /* before the twin learns */
        (void)repair_step(&n->care->machine, REPAIR_DIFFERS);
        event = node_repair_look(n, in, twin, &v);
    }
    err = judge(n, in, twin, false, out, &w);
    record(n, &w);
    if (left) {
        ((struct pkt *)out->items)[k] = n->from_device[k];
    }
    if (differs) {
        n->reordered += v.kind == TWIN_SWAPPED;
        report_verdict(n->report, n->v->name, n->device_name, &v);
    }
    if (repair) {
        node_repair_act(n, event, at_item);
    } else if (differs) {
        node_quarantine(n, at_item);
    } else if (n->care != NULL) {
        repair_count(&n->care->machine, in->n);
    }
    /* Who was repaired has it with the state. */
    if (err == 0 && n->mode == NODE_RTL) {
        (void)tell(n, &w); /* what it does not take has been dealt with */
    }
    write_list_close(&w);
    return err;
}

/* True when the C body is to judge a packet, so that the cache learns. */
static bool has_punted(const struct fn_span *in, const struct fn_span *out)
{
    size_t k = 0;

    while (k < in->n && k < out->n && !is_punted(in, out, k)) {
        k++;
    }
    return k < in->n && k < out->n;
}

int node_cache_run(struct node *n, const struct fn_span *in,
                   struct fn_span *out)
{
    struct fn_span device;
    struct fn_span twin = {.items = n->from_cache, .cap = in->n};
    struct twin_verdict v, told;
    int err;

    if (n->mode == NODE_RTL && n->twin == CHAIN_TWIN_OFF) {
        int device_err = node_run_device(n, in, &device);
        return run_unwatched(n, in, out, &device, device_err);
    }
    err = node_run_both(n, in, &twin, &device, &v);
    if (err < 0) {
        return err;
    }
    if (v.kind == TWIN_EQUAL && n->care != NULL && n->care->active &&
        (n->mode != NODE_RTL || has_punted(in, &twin))) {
        node_care_settle(n, &told); /* before the cache is written to */
        if (told.kind != TWIN_EQUAL) {
            v = told;
            v.index = in->n;
        }
    }
    return n->mode == NODE_RTL ? run_watched(n, in, out, &twin, &device, v)
                               : run_shadow(n, in, out, &twin, &device, v);
}
