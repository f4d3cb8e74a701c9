/*
 * node_watch.c - what is kept beside a slot so that it can be repaired: the
 * state before each burst, and what the slot reports by itself.  See node_in.h.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "host/chain/node_in.h"

/* Bytes of the packets of a burst, with room behind each. */
static size_t burst_bytes(void)
{
    return NODE_BURST_BYTES + (size_t)FN_BURST_PKT * NODE_PKT_ROOM;
}

int node_watch(struct node *n, const struct chain_repair *how)
{
    struct node_care *c = NULL;
    int err = 0;

    n->repair = *how;
    if (n->twin == CHAIN_TWIN_OFF) {
        return 0;
    }
    c = calloc(1, sizeof *c);
    if (c == NULL) {
        return ERR_NO_MEM;
    }
    c->machine.forgive = how->forgive;
    c->bytes = malloc(NODE_SPARE * burst_bytes());
    err = c->bytes == NULL ? ERR_NO_MEM : body_open_c(n->v->fn, &c->before);
    err = err < 0 ? err : body_open_c(n->v->fn, &c->again);
    if (err < 0) {
        node_care_close(c);
        return err;
    }
    n->care = c;
    return 0;
}

void node_care_close(struct node_care *c)
{
    if (c != NULL) {
        body_close(c->before);
        body_close(c->again);
        free(c->bytes);
        free(c);
    }
}

/* What the slot reported since. */
static void fetch(struct node *n)
{
    struct node_care *c = n->care;

    c->n_frames = 0;
    if (device_telemetry(n->device, n->slot, c->frames, sizeof c->frames,
                         &c->n_frames) < 0) {
        c->n_frames = 0; /* the slot is gone; its answers say so */
    }
}

int node_care_join(struct node *n, struct twin_watch *w, struct body *c,
                   uint64_t item0, bool fresh, uint32_t window)
{
    struct device_watch watch = {
        .window_beats = window,
        .walk_words = n->repair.walk_words,
        .epoch = n->care->loads,
        .hang_clocks = DEVICE_HANG_CLOCKS,
    };
    struct telemetry now = {.window = 0};
    int err = body_watch(n->rtl, &watch);

    if (err == 0 && !fresh) {
        err = body_telemetry(n->rtl, &now);
    }
    twin_watch_join(w, c, item0, watch.epoch, &now);
    do { /* what it said of what was before */
        fetch(n);
    } while (n->care->n_frames == sizeof n->care->frames);
    return err;
}

int node_care_begin(struct node *n)
{
    struct node_care *c = n->care;
    bool taps = n->v->fn->run_taps != NULL && n->repair.window_beats > 0;
    size_t none;
    int err;

    if (c->device != n->device || c->slot != n->slot) {
        c->machine = (struct repair){.forgive = n->repair.forgive};
    }
    c->device = n->device;
    c->slot = n->slot;
    c->loads++;
    c->all = true;
    c->stale = false;
    c->reports = taps && device_telemetry(n->device, n->slot, c->frames,
                                          sizeof c->frames, &none) == 0;
    twin_watch_begin(&c->watch, n->c, n->items.in, c->loads);
    err = body_level(n->c, n->rtl);
    if (err == 0 && c->reports) {
        err = node_care_join(n, &c->watch, n->c, n->items.in, true,
                             n->repair.window_beats);
    }
    if (err == ERR_MISSING) { /* a slot without telemetry */
        c->reports = false;
        err = 0;
    }
    c->active = err == 0;
    return err;
}

void node_care_before(struct node *n, const struct fn_span *in,
                      struct fn_span *out)
{
    struct node_care *c = n->care;

    if (c->stale && c->reports) {
        /* A slot that does not answer shows when it runs. */
        (void)node_care_join(n, &c->watch, n->c, in->item0, false,
                             n->repair.window_beats);
    }
    c->stale = false;
    body_copy(n->c, c->before, c->all);
    c->all = false;
    if (in->type == FN_PKT) {
        node_own_bytes(n, in, out->items);
    }
}

int node_care_run(struct node *n, struct twin_watch *w,
                  const struct fn_span *in, struct fn_span *out,
                  struct twin_verdict *told)
{
    if (!n->care->reports) {
        *told = (struct twin_verdict){.kind = TWIN_EQUAL};
        return body_run(w->c, in, out);
    }
    fetch(n);
    return twin_watch_run(w, in, out, n->care->frames, n->care->n_frames, told);
}

struct fn_span node_care_room(struct node *n, size_t k,
                              const struct fn_span *in)
{
    struct node_care *c = n->care;
    struct fn_span s = {.type = in->type, .items = c->iq[k], .cap = in->n};
    uint8_t *at = c->bytes + k * burst_bytes();
    const struct pkt *x = in->items;

    if (in->type != FN_PKT) {
        return s;
    }
    s.items = c->pkt[k];
    for (size_t j = 0; j < in->n; j++) {
        uint32_t room = x[j].len_bytes + NODE_PKT_ROOM;
        c->pkt[k][j] = (struct pkt){.data = at, .room_bytes = room};
        at += room;
    }
    return s;
}
