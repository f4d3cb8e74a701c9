/* rerun.c - see rerun.h. */
#include "twin/rerun.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/digest.h"

enum {
    BURST_BYTES = 4 << 20, /* of packets; one longer one is a burst */
};

struct scratch {
    struct pkt pkt[FN_BURST_PKT];
    struct iq16 iq[FN_BURST_IQ];
    uint8_t bytes[BURST_BYTES + FN_PKT_BYTES + FN_BURST_PKT * TWIN_RERUN_ROOM];
};

/* Applies the writes that take effect before item 'item'. */
static int apply(const struct twin_window *w, struct body *b, uint64_t item,
                 size_t *next)
{
    int err = 0;

    while (err == 0 && *next < w->n_writes && w->write[*next].item <= item) {
        err = body_write(b, w->write[*next].offset, w->write[*next].value);
        (*next)++;
    }
    return err;
}

/* Items from index 'at' on that are run at once. */
static size_t burst(const struct twin_window *w, size_t at, uint64_t end)
{
    const struct pkt *p = w->in.items;
    size_t most = w->in.type == FN_PKT ? FN_BURST_PKT : FN_BURST_IQ;
    size_t n = 0, bytes = 0;

    while (n < most && at + n < w->in.n && w->in.item0 + at + n < end &&
           bytes < BURST_BYTES) {
        bytes += w->in.type == FN_PKT ? p[at + n].len_bytes : 0;
        n++;
    }
    return n;
}

/* The span of 'n' items from index 'at' on, and room for what comes of it. */
static void spans(const struct twin_window *w, size_t at, size_t n,
                  struct scratch *s, struct fn_span *in, struct fn_span *out)
{
    uint8_t *bytes = s->bytes;

    *in = w->in;
    in->n = in->cap = n;
    in->item0 += at;
    *out = (struct fn_span){
        .type = w->fn->csr->out, .items = s->iq, .cap = n, .item0 = in->item0};
    if (w->in.type != FN_PKT) {
        in->items = (struct iq16 *)w->in.items + at;
        return;
    }
    in->items = (struct pkt *)w->in.items + at;
    out->items = s->pkt;
    for (size_t k = 0; k < n; k++) {
        uint32_t room =
            ((struct pkt *)in->items)[k].len_bytes + TWIN_RERUN_ROOM;
        s->pkt[k] = (struct pkt){.data = bytes, .room_bytes = room};
        bytes += room;
    }
}

/* One burst, and what its taker says. */
static int run_burst(struct body *b, const struct twin_rerun *how,
                     const struct fn_span *in, struct fn_span *out)
{
    struct twin_digests *d = how->digests;
    int err, each_err = 0;

    if (d != NULL) {
        d->sig_in = digest_span(d->sig_in, in);
        err = body_run_taps(b, in, out, &d->taps);
    } else {
        err = body_run(b, in, out);
    }
    out->item0 = in->item0;
    if (how->each != NULL) {
        each_err = how->each(how->ctx, in, out);
    }
    return err < 0 ? err : each_err;
}

int twin_rerun(const struct twin_window *w, struct body *b,
               const struct twin_rerun *how)
{
    struct scratch *s = malloc(sizeof *s);
    size_t next_write = 0, next_cut = 0, n;
    int err = s == NULL ? ERR_NO_MEM : 0;

    for (size_t at = 0; err == 0 && at < w->in.n; at += n) {
        uint64_t item = w->in.item0 + at, end = UINT64_MAX;
        struct fn_span in, out;
        err = apply(w, b, item, &next_write);
        while (next_cut < how->n_cuts && how->cut[next_cut] <= item) {
            next_cut++;
        }
        end = next_cut < how->n_cuts ? how->cut[next_cut] : end;
        if (next_write < w->n_writes && w->write[next_write].item < end) {
            end = w->write[next_write].item;
        }
        n = burst(w, at, end);
        spans(w, at, n, s, &in, &out);
        err = err < 0 ? err : run_burst(b, how, &in, &out);
    }
    err = err < 0 ? err : apply(w, b, w->in.item0 + w->in.n, &next_write);
    free(s);
    return err;
}
