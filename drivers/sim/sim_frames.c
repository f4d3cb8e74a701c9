/* sim_frames.c - see sim_frames.h.  iq16 is little-endian as tdata is. */
#include "drivers/sim/sim_frames.h"

#include "core/iq.h"

static size_t of_packets(struct sim_frames *f, const struct fn_span *in,
                         const struct fn_span *out, size_t *n_in)
{
    const struct pkt *x = in->items;
    const struct pkt *y = out->items;
    size_t cap = out->cap < FN_BURST_PKT ? out->cap : FN_BURST_PKT;

    for (size_t k = 0; k < in->n; k++) {
        f->in[k] = (struct sim_frame){
            .data = x[k].data,
            .len = x[k].len_bytes,
            .user = pkt_user(&x[k]),
        };
    }
    for (size_t k = 0; k < cap; k++) {
        f->out[k] = (struct sim_frame){
            .data = y[k].data,
            .room = y[k].room_bytes,
        };
    }
    *n_in = in->n;
    return cap;
}

static size_t of_samples(struct sim_frames *f, const struct fn_span *in,
                         const struct fn_span *out, size_t *n_in)
{
    f->in[0] = (struct sim_frame){
        .data = in->items,
        .len = (uint32_t)(in->n * sizeof(struct iq16)),
    };
    f->out[0] = (struct sim_frame){
        .data = out->items,
        .room = (uint32_t)(out->cap * sizeof(struct iq16)),
    };
    *n_in = in->n > 0;
    return 1;
}

size_t sim_frames_of(struct sim_frames *f, const struct fn_span *in,
                     const struct fn_span *out, size_t *n_in)
{
    return in->type == FN_PKT ? of_packets(f, in, out, n_in)
                              : of_samples(f, in, out, n_in);
}

void sim_frames_to(const struct sim_frames *f, size_t n,
                   const struct fn_span *in, struct fn_span *out)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    if (in->type != FN_PKT) {
        out->n = n > 0 ? f->out[0].len / sizeof(struct iq16) : 0;
        return;
    }
    for (size_t k = 0; k < n; k++) {
        struct pkt p = y[k];
        p.len_bytes = f->out[k].len;
        /* What travels beside a packet is known by its number. */
        p.wire_bytes = k < in->n ? x[k].wire_bytes : p.len_bytes;
        p.t_ns = k < in->n ? x[k].t_ns : 0;
        p.item = k < in->n ? x[k].item : 0;
        pkt_set_user(&p, f->out[k].user);
        y[k] = p;
    }
    out->n = n;
}
