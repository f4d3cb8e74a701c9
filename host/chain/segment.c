/*
 * segment.c - see segment.h.  The device runs first, into memory of the first
 * node; then, where there is a twin, the C bodies run one after the other on
 * the same items (segment_twin.c), and the ends are compared.  What becomes of
 * a line that is not what it should be is in segment_end.c.
 *
 * A packet that a node drops goes on through the later slots, unchanged and not
 * counted by their functions, so item k in is item k out of the whole line.
 */
#include <assert.h>

#include "core/base/err.h"
#include "host/chain/segment_in.h"

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

void segment_count(struct segment *s, const struct segment_burst *b,
                   const size_t *dropped, bool right)
{
    size_t in = b->in->n;

    for (size_t j = 0; j < s->n; j++) {
        node_count(s->node[j],
                   &(struct node_count){.in = in,
                                        .dropped = dropped[j],
                                        .right = right ? b->in->n : 0});
        in -= dropped[j];
    }
}

struct segment_counted segment_counters(struct segment *s)
{
    struct segment_counted c = {.known = true};

    for (size_t j = 0; c.known && j < s->n; j++) {
        c.known = device_counters(s->device, s->slot[j], &c.slot[j]) == 0;
    }
    return c;
}

static size_t count_flagged(const struct fn_span *span)
{
    const struct pkt *p = span->items;
    size_t flagged = 0;

    for (size_t k = 0; k < span->n; k++) {
        flagged += (p[k].flags & PKT_DROP) != 0;
    }
    return flagged;
}

/*
 * The slots count what they give flagged, whoever flagged it, so a node's own
 * is what its slot counts beyond the slot before.  Nothing that the slots say
 * makes the sum more than what came flagged.
 */
static void drops_by_slots(struct segment *s, const struct segment_burst *b,
                           size_t *dropped)
{
    struct segment_counted after = {.known = false};
    size_t flagged = count_flagged(&b->device);
    size_t sum = 0;

    if (flagged > 0 && b->before.known) {
        after = segment_counters(s);
    }
    for (size_t j = 0; j < s->n; j++) {
        size_t all = after.known && j + 1 < s->n
                         ? after.slot[j].dropped - b->before.slot[j].dropped
                         : flagged;
        all = all < sum ? sum : all > flagged ? flagged : all;
        dropped[j] = all - sum;
        sum += dropped[j];
    }
}

/* --- runs ------------------------------------------------------------------
 */

/* The device, and the twin's word on it. */
static int run_watched(struct segment *s, bool checked, struct segment_burst *b)
{
    uint32_t sig[SEGMENT_NODES_MAX];
    size_t dropped[SEGMENT_NODES_MAX];
    size_t wrong = s->n, told;
    struct twin_verdict v;
    bool right;
    int err;

    for (size_t j = 0; j < s->n; j++) {
        sig[j] = b->before.slot[j].sig_out;
    }
    err = segment_run_twins(s, b, NULL, sig);
    if (err < 0) {
        return err;
    }
    if (b->before.known) {
        wrong = segment_first_wrong(s, sig);
    }
    told = segment_first_told(s, b);
    v = twin_compare(b->out, &b->device, b->device_err);
    right = v.kind == TWIN_EQUAL && wrong == s->n && told == s->n;
    if (v.kind != TWIN_EQUAL) {
        segment_fall_back(s, b, &v, checked, wrong);
    } else {
        segment_take(b, b->in->n);
    }
    if (v.kind == TWIN_EQUAL && !right) {
        segment_end_masked(s, b, wrong, told);
    }
    segment_drops_by_twins(s, b, dropped);
    segment_count(s, b, dropped, right);
    return 0;
}

static int run_unwatched(struct segment *s, struct segment_burst *b)
{
    size_t dropped[SEGMENT_NODES_MAX];

    if (b->device_err < 0 || b->device.n != b->in->n) {
        return segment_rescue(s, b);
    }
    drops_by_slots(s, b, dropped);
    segment_take(b, b->in->n);
    segment_count(s, b, dropped, true);
    return 0;
}

int segment_run(struct segment *s, enum chain_twin twin,
                const struct fn_span *in, struct fn_span *out)
{
    struct segment_burst b = {
        .in = in, .out = out, .before = segment_counters(s)};
    int err;

    assert(s->n >= 2 && in->type == FN_PKT && in->n <= FN_BURST_PKT);
    assert(out->cap >= in->n);
    node_room(s->node[0], in, &b.device);
    b.device_err = device_run_line(s->device, s->slot, s->n, in, &b.device);
    if (b.device_err == ERR_MISSING) {
        return b.device_err;
    }
    out->type = FN_PKT;
    for (size_t j = 0; j < s->n; j++) {
        node_sent(s->node[j], in->n, b.device.n);
    }
    err = twin == CHAIN_TWIN_OFF
              ? run_unwatched(s, &b)
              : run_watched(s, twin == CHAIN_TWIN_CHECKED, &b);
    out->n = in->n;
    return err;
}
