/* segment_end.c - the end of a line; see segment_in.h. */
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "host/chain/segment_in.h"

/*
 * The node whose slot stopped the line, lost packets or made more of them: the
 * first that gave more than it took; else the last that gave not what came to
 * it, or, when a slot waits for the next to take something, that next one.
 */
static size_t stopper(struct segment *s, const struct segment_burst *b)
{
    size_t offered = b->in->n;
    size_t who = s->n - 1;

    for (size_t j = 0; b->before.known && j < s->n; j++) {
        const struct slot_counters *was = &b->before.slot[j];
        struct slot_counters now;
        if (device_counters(s->device, s->slot[j], &now) < 0) {
            return j;
        }
        size_t took = now.items_in - was->items_in;
        size_t gave = now.items_out - was->items_out;
        uint64_t waited = now.stalls_out - was->stalls_out;
        if (gave > took) {
            return j;
        }
        if (waited > (now.cycles - was->cycles) / 2 && j + 1 < s->n) {
            who = j + 1;
        } else if (gave != offered) {
            who = j;
        }
        offered = gave;
    }
    return who;
}

/* The first node whose state is wrong, since what is wrong later may come of
 * it; else the last. */
static size_t misled(struct segment *s)
{
    size_t j = 0;

    while (j + 1 < s->n && node_is_same_state(s->node[j])) {
        j++;
    }
    return j;
}

void segment_take(struct segment_burst *b, size_t n)
{
    const struct pkt *x = b->device.items;
    struct pkt *y = b->out->items;

    for (size_t k = 0; k < n; k++) {
        y[k] = x[k];
    }
}

/* Packet k has left as the device gave it: if it dropped what no C body drops,
 * that was 'who'. */
static void note_left(const struct segment *s, struct segment_burst *b,
                      size_t k, size_t who)
{
    const struct pkt *y = b->out->items;

    if ((y[k].flags & PKT_DROP) == 0) {
        b->by[k] = s->n;
    } else if (b->by[k] == s->n) {
        b->by[k] = who;
    }
}

/* Of the first n packets, those that come to node j. */
static size_t reaching(const struct segment_burst *b, size_t n, size_t j)
{
    size_t reached = 0;

    for (size_t k = 0; k < n; k++) {
        reached += b->by[k] >= j;
    }
    return reached;
}

/* The slot of node 'who' was wrong, '*v'; the C bodies serve from packet 'at'
 * on, or the slots when they are repaired. */
static void end_all(struct segment *s, const struct segment_burst *b,
                    struct twin_verdict *v, size_t who, size_t at)
{
    struct fn_span in, out;

    segment_run_again(s, b, who, &in, &out);
    memcpy(v->stage, b->told[who].stage, sizeof v->stage);
    for (size_t j = 0; j < s->n; j++) {
        uint64_t at_item = node_items(s->node[j]) + reaching(b, at, j);
        if (j == who) {
            node_end_line_by(s->node[j], v, &in, &out, at_item);
        } else {
            node_end_line(s->node[j], at_item);
        }
    }
}

void segment_fall_back(struct segment *s, struct segment_burst *b,
                       const struct twin_verdict *v, bool checked, size_t wrong)
{
    bool left = !checked && (v->kind == TWIN_DIFFER || v->kind == TWIN_SWAPPED);
    size_t at = v->index + left;
    size_t told = segment_first_told(s, b);
    size_t who = b->device_err < 0 ? stopper(s, b)
                 : wrong < s->n    ? wrong
                 : told < s->n     ? told
                                   : misled(s);
    struct twin_verdict own = *v;

    segment_take(b, at);
    if (left) {
        note_left(s, b, v->index, who);
    }
    own.first_item = node_items(s->node[who]) + reaching(b, v->index, who);
    end_all(s, b, &own, who, at);
}

void segment_end_masked(struct segment *s, const struct segment_burst *b,
                        size_t wrong, size_t told)
{
    size_t who = wrong < s->n ? wrong : told;
    struct twin_verdict v = b->told[who];
    uint64_t item0 = node_items(s->node[who]);

    if (wrong < s->n) {
        v = (struct twin_verdict){.kind = TWIN_DIFFER, .first_item = item0};
        (void)snprintf(v.text, sizeof v.text,
                       "digest of what it gave, within %zu items", b->in->n);
    } else {
        v.first_item = item0 + reaching(b, v.index, who);
    }
    end_all(s, b, &v, who, b->in->n);
}

/*
 * had[j]: packets of the burst that slot j has had, so that they are in the
 * state that the C body takes from it; 0 when it cannot.
 */
static void rescue_states(struct segment *s, const struct segment_burst *b,
                          size_t *had)
{
    struct segment_counted now = segment_counters(s);

    for (size_t j = 0; j < s->n; j++) {
        uint32_t gave = now.slot[j].items_out - b->before.slot[j].items_out;
        bool known = now.known && b->before.known;
        size_t n = gave < b->in->n ? gave : b->in->n;
        had[j] = node_rescue(s->node[j]) && known ? n : 0;
    }
}

int segment_rescue(struct segment *s, struct segment_burst *b)
{
    size_t done = b->device.n < b->in->n ? b->device.n : b->in->n;
    size_t had[SEGMENT_NODES_MAX], dropped[SEGMENT_NODES_MAX];
    uint32_t sig[SEGMENT_NODES_MAX] = {0};
    size_t who = stopper(s, b);
    struct twin_verdict v = {
        .kind = b->device_err == ERR_HANG ? TWIN_HANG
                : b->device.n < b->in->n  ? TWIN_LOST
                                          : TWIN_DUPLICATED,
    };
    int err;

    (void)snprintf(v.text, sizeof v.text, "%zu items expected, %zu came",
                   b->in->n, b->device.n); /* fits */
    rescue_states(s, b, had);
    err = segment_run_twins(s, b, had, sig);
    if (err < 0) {
        return err;
    }
    segment_take(b, done);
    for (size_t k = 0; k < done; k++) {
        note_left(s, b, k, who);
    }
    v.first_item = node_items(s->node[who]) + reaching(b, done, who);
    end_all(s, b, &v, who, done);
    segment_drops_by_twins(s, b, dropped);
    segment_count(s, b, dropped, false);
    return 0;
}
