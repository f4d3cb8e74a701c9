/*
 * segment.c - see segment.h.  The device runs first, into memory of the first
 * node; then, where there is a twin, the C bodies run one after the other on
 * the same items, and the ends are compared.
 *
 * A packet that a node drops goes on through the later slots, unchanged and not
 * counted by their functions, so item k in is item k out of the whole line.
 */
#include "host/chain/segment.h"

#include <assert.h>
#include <stdio.h>

#include "core/base/err.h"
#include "core/digest.h"

void segment_plan(const struct chain *c, size_t *next)
{
    for (size_t k = 0; k < c->n_vertices; k++) {
        const struct chain_link *only = NULL;
        size_t n_out = 0, n_in = 0;
        next[k] = SEGMENT_NONE;
        for (size_t j = 0; j < c->n_links; j++) {
            if (c->link[j].from == k) {
                only = &c->link[j];
                n_out++;
            }
        }
        for (size_t j = 0; n_out == 1 && j < c->n_links; j++) {
            n_in += c->link[j].to == only->to;
        }
        if (n_out == 1 && n_in == 1 && only->from_port == CHAIN_PORT_ANY &&
            only->to_port == CHAIN_PORT_ANY &&
            c->vertex[k].kind == CHAIN_NODE && !c->vertex[k].fn->floods &&
            c->vertex[only->to].kind == CHAIN_NODE) {
            next[k] = only->to;
        }
    }
}

bool segment_add(struct segment *s, struct node *node)
{
    struct device *device;
    uint32_t slot;

    if (s->n == SEGMENT_NODES_MAX || !node_is_stable_on(node, &device, &slot) ||
        (s->n > 0 && device != s->device)) {
        return false;
    }
    s->device = device;
    s->node[s->n] = node;
    s->slot[s->n++] = slot;
    return true;
}

/* --- who dropped what ------------------------------------------------------
 */

/* dropped[j] of the items that come to the first node are dropped by node j. */
static void count(struct segment *s, const size_t *dropped, size_t n_items,
                  size_t n_got)
{
    size_t in = n_items;

    for (size_t j = 0; j < s->n; j++) {
        node_count(s->node[j], &(struct node_count){.sent = n_items,
                                                    .got = n_got,
                                                    .in = in,
                                                    .dropped = dropped[j]});
        in -= dropped[j];
    }
}

/* What the slots of a segment have counted by themselves. */
struct counted {
    struct slot_counters slot[SEGMENT_NODES_MAX];
    bool known;
};

static struct counted read_counters(struct segment *s)
{
    struct counted c = {.known = true};

    for (size_t j = 0; c.known && j < s->n; j++) {
        c.known = device_counters(s->device, s->slot[j], &c.slot[j]) == 0;
    }
    return c;
}

static size_t count_flagged(const struct fn_span *span, size_t n)
{
    const struct pkt *p = span->items;
    size_t flagged = 0;

    for (size_t k = 0; k < n; k++) {
        flagged += (p[k].flags & PKT_DROP) != 0;
    }
    return flagged;
}

/*
 * The slots count what they give flagged, whoever flagged it, so a node's own
 * is what its slot counts beyond the slot before.  Nothing that the slots say
 * makes the sum more than what came flagged.
 */
static void drops_by_slots(struct segment *s, const struct counted *before,
                           size_t flagged, size_t *dropped)
{
    struct counted after = {.known = false};
    size_t sum = 0;

    if (flagged > 0 && before->known) {
        after = read_counters(s);
    }
    for (size_t j = 0; j < s->n; j++) {
        size_t all = after.known && j + 1 < s->n
                         ? after.slot[j].dropped - before->slot[j].dropped
                         : flagged;
        all = all < sum ? sum : all > flagged ? flagged : all;
        dropped[j] = flagged > 0 ? all - sum : 0;
        sum += dropped[j];
    }
}

/* --- the C bodies ------------------------------------------------------------
 */

/*
 * Runs 'in' through all C bodies, in place, and notes in by[k] which node
 * dropped packet k: s->n when none did.  sig[j] goes on by what node j gave.
 */
static int run_twins(struct segment *s, const struct fn_span *in,
                     struct fn_span *out, size_t *by, uint32_t *sig)
{
    struct fn_span from = *in;
    struct pkt *y = out->items;
    int err = 0;

    for (size_t k = 0; k < in->n; k++) {
        y[k] = (struct pkt){.data = NULL}; /* edited in place */
        by[k] = s->n;
    }
    for (size_t j = 0; err == 0 && j < s->n; j++) {
        struct fn_span to = *out;
        to.cap = in->n;
        from.item0 = node_items(s->node[j]);
        err = body_run(node_c_body(s->node[j]), &from, &to);
        sig[j] = err == 0 ? digest_span(sig[j], &to) : 0;
        for (size_t k = 0; err == 0 && k < in->n; k++) {
            if (by[k] == s->n && (y[k].flags & PKT_DROP) != 0) {
                by[k] = j;
            }
            if (j + 1 < s->n) {
                y[k].out_port = 0; /* as behind a link, and in the crossbar */
            }
        }
        from = to;
        from.n = in->n;
    }
    out->type = FN_PKT;
    out->n = in->n;
    out->item0 = node_items(s->node[0]);
    return err;
}

static void drops_by_twins(const struct segment *s, const size_t *by, size_t n,
                           size_t *dropped)
{
    for (size_t j = 0; j < s->n; j++) {
        dropped[j] = 0;
    }
    for (size_t k = 0; k < n; k++) {
        if (by[k] < s->n) {
            dropped[by[k]]++;
        }
    }
}

/* --- the end of a segment ----------------------------------------------------
 */

/* The first node whose slot gave something else than 'sig'; s->n: none did. */
static size_t first_wrong(struct segment *s, const uint32_t *sig)
{
    struct counted now = read_counters(s);
    size_t j = 0;

    while (j < s->n && (!now.known || now.slot[j].sig_out == sig[j])) {
        j++;
    }
    return j;
}

/*
 * The node whose slot is wrong, when no digest tells: the first whose state is,
 * since what is wrong later may come of it; in a line that stands still the
 * first that holds something back; else the last.
 */
static size_t suspect(struct segment *s, enum twin_kind kind)
{
    struct slot_counters c;

    for (size_t j = 0; kind == TWIN_HANG && j < s->n; j++) {
        if (device_counters(s->device, s->slot[j], &c) < 0 ||
            c.items_in != c.items_out) {
            return j;
        }
    }
    for (size_t j = 0; kind != TWIN_HANG && j < s->n; j++) {
        if (!node_is_same_state(s->node[j])) {
            return j;
        }
    }
    return s->n - 1;
}

/* Lets the first n packets of the device leave in place of the twin's. */
static void take_device(struct fn_span *out, const struct fn_span *device,
                        size_t n)
{
    for (size_t k = 0; k < n; k++) {
        ((struct pkt *)out->items)[k] = ((const struct pkt *)device->items)[k];
    }
}

/* Of the first n packets, those that come to node j. */
static size_t reaching(const size_t *by, size_t n, size_t j)
{
    size_t reached = 0;

    for (size_t k = 0; k < n; k++) {
        reached += by[k] >= j;
    }
    return reached;
}

/*
 * The twin differs at packet v->index.  What is equal leaves, and in watched
 * mode the wrong packet, too; from there on the C bodies serve.
 */
static void fall_back(struct segment *s, struct twin_verdict *v, bool checked,
                      struct fn_span *out, const struct fn_span *device,
                      size_t *by, size_t wrong)
{
    const struct pkt *y = out->items;
    bool left = !checked && (v->kind == TWIN_DIFFER || v->kind == TWIN_SWAPPED);
    size_t at = v->index + left;
    size_t who = wrong < s->n ? wrong : suspect(s, v->kind);

    take_device(out, device, at);
    if (left && (y[v->index].flags & PKT_DROP) == 0) {
        by[v->index] = s->n;
    } else if (left && by[v->index] == s->n) {
        by[v->index] = who;
    }
    for (size_t j = 0; j < s->n; j++) {
        struct twin_verdict own = *v;
        uint64_t item0 = node_items(s->node[j]);
        own.first_item = item0 + reaching(by, v->index, j);
        node_end_line(s->node[j], j == who ? &own : NULL,
                      item0 + reaching(by, at, j));
    }
}

/*
 * The end is right, but not what slot 'wrong' gave to the next: what is wrong
 * there does not show.  All of it leaves; from the next burst on the C bodies
 * serve.
 */
static void end_masked(struct segment *s, size_t wrong, const size_t *by,
                       size_t n)
{
    for (size_t j = 0; j < s->n; j++) {
        struct twin_verdict v = {.kind = TWIN_DIFFER,
                                 .first_item = node_items(s->node[j])};
        (void)snprintf(v.text, sizeof v.text,
                       "digest of what it gave, within %zu items", n);
        node_end_line(s->node[j], j == wrong ? &v : NULL,
                      v.first_item + reaching(by, n, j));
    }
}

/* The device, and the twin's word on it. */
static int run_watched(struct segment *s, bool checked,
                       const struct fn_span *in, struct fn_span *out,
                       const struct fn_span *device,
                       const struct counted *before, int device_err)
{
    size_t by[FN_BURST_PKT], dropped[SEGMENT_NODES_MAX];
    uint32_t sig[SEGMENT_NODES_MAX];
    size_t wrong = s->n;
    struct twin_verdict v;
    int err;

    for (size_t j = 0; j < s->n; j++) {
        sig[j] = before->slot[j].sig_out;
    }
    err = run_twins(s, in, out, by, sig);
    if (err < 0) {
        return err;
    }
    if (before->known) {
        wrong = first_wrong(s, sig);
    }
    v = twin_compare(out, device, device_err);
    if (v.kind != TWIN_EQUAL) {
        fall_back(s, &v, checked, out, device, by, wrong);
    } else {
        take_device(out, device, in->n);
    }
    if (v.kind == TWIN_EQUAL && wrong < s->n) {
        end_masked(s, wrong, by, in->n);
    }
    drops_by_twins(s, by, in->n, dropped);
    count(s, dropped, in->n, device->n);
    return 0;
}

/* --- without a twin ----------------------------------------------------------
 */

/*
 * Too few came, too many, or none.  What came leaves; the C bodies, from the
 * slots' states if those can be read, do the rest.
 */
static int rescue(struct segment *s, const struct fn_span *in,
                  struct fn_span *out, const struct fn_span *device,
                  const struct counted *before, int device_err)
{
    size_t done = device->n < in->n ? device->n : in->n;
    size_t by[FN_BURST_PKT], early[SEGMENT_NODES_MAX], late[SEGMENT_NODES_MAX];
    struct fn_span rest = *in, rest_out = *out;
    struct twin_verdict v = {
        .kind = device_err == ERR_HANG ? TWIN_HANG
                : device->n < in->n    ? TWIN_LOST
                                       : TWIN_DUPLICATED,
    };
    size_t who = suspect(s, TWIN_HANG);
    size_t reached = done;
    uint32_t sig[SEGMENT_NODES_MAX] = {0};
    int err;

    (void)snprintf(v.text, sizeof v.text, "%zu items expected, %zu came", in->n,
                   device->n); /* fits */
    drops_by_slots(s, before, count_flagged(device, done), early);
    take_device(out, device, done);
    rest.items = (struct pkt *)in->items + done;
    rest.n = in->n - done;
    rest_out.items = (struct pkt *)out->items + done;
    rest_out.cap = rest.n;
    for (size_t j = 0; j < s->n; j++) {
        v.first_item = node_items(s->node[j]) + reached;
        node_rescue(s->node[j], v.first_item);
        node_end_line(s->node[j], j == who ? &v : NULL, v.first_item);
        reached -= early[j];
    }
    err = run_twins(s, &rest, &rest_out, by, sig);
    drops_by_twins(s, by, err == 0 ? rest.n : 0, late);
    for (size_t j = 0; j < s->n; j++) {
        early[j] += late[j];
    }
    count(s, early, in->n, device->n);
    return err;
}

static int run_unwatched(struct segment *s, const struct fn_span *in,
                         struct fn_span *out, const struct fn_span *device,
                         const struct counted *before, int device_err)
{
    size_t dropped[SEGMENT_NODES_MAX];

    if (device_err < 0 || device->n != in->n) {
        return rescue(s, in, out, device, before, device_err);
    }
    drops_by_slots(s, before, count_flagged(device, in->n), dropped);
    take_device(out, device, in->n);
    count(s, dropped, in->n, device->n);
    return 0;
}

int segment_run(struct segment *s, enum chain_twin twin,
                const struct fn_span *in, struct fn_span *out)
{
    struct counted before = read_counters(s);
    struct fn_span device;
    int err;

    assert(s->n >= 2 && in->type == FN_PKT && in->n <= FN_BURST_PKT);
    assert(out->cap >= in->n);
    node_room(s->node[0], in, &device);
    err = device_run_line(s->device, s->slot, s->n, in, &device);
    if (err == ERR_MISSING) {
        return err;
    }
    out->type = FN_PKT;
    err = twin == CHAIN_TWIN_OFF
              ? run_unwatched(s, in, out, &device, &before, err)
              : run_watched(s, twin == CHAIN_TWIN_CHECKED, in, out, &device,
                            &before, err);
    out->n = in->n;
    return err;
}
