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

/* Makes the C bodies beside the twin those of 'fn'. */
static int open_bodies(struct node_care *c, const struct fn *fn)
{
    int err = 0;

    if (c->before == NULL || c->again == NULL || c->again->fn != fn) {
        body_close(c->before);
        body_close(c->again);
        c->before = c->again = NULL;
        err = body_open_c(fn, &c->before);
        err = err < 0 ? err : body_open_c(fn, &c->again);
    }
    return err;
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
    err = c->bytes == NULL ? ERR_NO_MEM : open_bodies(c, n->v->fn);
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

/* What the slot reported since, behind the first 'have' bytes. */
static void fetch(struct node *n, size_t have)
{
    struct node_care *c = n->care;
    size_t came = 0;

    if (device_telemetry(n->device, n->slot, c->frames + have,
                         sizeof c->frames - have, &came) < 0) {
        came = 0; /* the slot is gone; its answers say so */
    }
    c->n_frames = have + came;
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
    w->image = n->rtl->image;
    do { /* what it said of what was before */
        fetch(n, 0);
    } while (n->care->n_frames == sizeof n->care->frames);
    return err;
}

int node_care_begin(struct node *n)
{
    struct node_care *c = n->care;
    struct body *twin = node_twin(n);
    bool taps = twin->fn->run_taps != NULL && n->repair.window_beats > 0;
    size_t none;
    int err = open_bodies(c, twin->fn);

    if (c->device != n->device || c->slot != n->slot) {
        c->machine = (struct repair){.forgive = n->repair.forgive};
    }
    c->device = n->device;
    c->slot = n->slot;
    c->loads++;
    c->all = true;
    c->reports = taps && device_telemetry(n->device, n->slot, c->frames,
                                          sizeof c->frames, &none) == 0;
    twin_watch_begin(&c->watch, twin, n->items.in, c->loads);
    err = err < 0 ? err : body_level(twin, n->rtl);
    if (err == 0 && c->reports) {
        err = node_care_join(n, &c->watch, twin, n->items.in, true,
                             n->repair.window_beats);
    }
    if (err == ERR_MISSING) { /* a slot without telemetry */
        c->reports = false;
        err = 0;
    }
    c->active = err == 0;
    return err;
}

void node_care_before(struct node *n, uint64_t item0)
{
    struct node_care *c = n->care;

    body_copy(node_twin(n), c->before, c->all);
    c->all = false;
    /* In a line it had what earlier nodes drop, too. */
    c->watch.item0 = item0 - c->watch.items;
}

int node_care_run(struct node *n, struct twin_watch *w,
                  const struct fn_span *in, struct fn_span *out,
                  struct twin_verdict *told)
{
    if (!n->care->reports) {
        *told = (struct twin_verdict){.kind = TWIN_EQUAL};
        return body_run(w->c, in, out);
    }
    fetch(n, 0);
    return twin_watch_run(w, in, out, n->care->frames, n->care->n_frames, told);
}

void node_care_settle(struct node *n, struct twin_verdict *told)
{
    struct node_care *c = n->care;
    struct fn_span none = {.type = node_twin(n)->fn->csr->in,
                           .items = c->pkt[2],
                           .item0 = n->next_item};
    struct fn_span out = none;
    uint32_t seen;

    *told = (struct twin_verdict){.kind = TWIN_EQUAL};
    if (!c->reports) {
        return;
    }
    /*
     * A frame that waits begins when the one before has left and the host is
     * not on the bus, and the next answer comes behind it.  A slot that gives
     * none shows when it runs.
     */
    fetch(n, 0);
    (void)body_read(n->rtl, CSR_WINDOW_INDEX, &seen);
    (void)body_read(n->rtl, CSR_WINDOW_INDEX, &seen);
    fetch(n, c->n_frames);
    (void)twin_watch_run(&c->watch, &none, &out, c->frames, c->n_frames,
                         told); /* of no items: cannot fail */
    node_record_frames(n, n->next_item);
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
