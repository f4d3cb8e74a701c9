/*
 * wifi_kernel_check.h - a kernel in this process: the C body of a function, as
 * a receiver has it, and what it was given.
 */
#ifndef SDR_FN_WIFI_RX_WIFI_KERNEL_CHECK_H
#define SDR_FN_WIFI_RX_WIFI_KERNEL_CHECK_H

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/body.h"
#include "core/registry.h"

struct lent {
    struct fn_kernel kernel;
    struct body *body;
    size_t n_calls, n_packets, longest; /* bytes */
    bool deaf;                          /* answers nothing */
    uint32_t cut; /* bytes that answers lack; the others are wrong */
    uint8_t bytes[FN_BURST_PKT * 256];
};

static inline bool lent_run(void *ctx, const struct fn_span *in,
                            struct fn_span *out)
{
    struct lent *l = ctx;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    size_t at = 0;

    l->n_calls++;
    for (size_t k = 0; k < in->n; k++) { /* 'in' stays as it is */
        assert_true(at + x[k].len_bytes <= sizeof l->bytes);
        y[k] =
            (struct pkt){.data = l->bytes + at, .room_bytes = x[k].len_bytes};
        at += x[k].len_bytes;
        l->n_packets++;
        l->longest = x[k].len_bytes > l->longest ? x[k].len_bytes : l->longest;
    }
    assert_int_equal(body_run(l->body, in, out), 0);
    for (size_t k = 0; k < in->n; k++) {
        assert_int_equal(y[k].flags & PKT_DROP, 0);
        y[k].len_bytes -= l->cut;
        memset(y[k].data, 0, l->cut > 0 ? y[k].len_bytes : 0);
    }
    return !l->deaf;
}

static inline struct lent *lent_open(const char *name)
{
    struct lent *l = calloc(1, sizeof *l);

    assert_non_null(l);
    assert_int_equal(body_open_c(registry_find(name), &l->body), 0);
    l->kernel = (struct fn_kernel){lent_run, l};
    return l;
}

static inline void lent_close(struct lent *l)
{
    body_close(l->body);
    free(l);
}

#endif
