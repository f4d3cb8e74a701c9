/*
 * pss_correlate_stimulus.c - blocks for tests: synchronization signals in
 * noise, and samples as large as they get; of short half-frames, since a window
 * takes 32 clocks on the fabric.
 */
#include "pss_correlate_csr.h"

#include "sdr/fn/pss_correlate/pss_correlate_block.h"

enum {
    SHORT = 63,   /* samples without a window */
    MOST = 130,   /* samples of a block */
    WINDOWS = 16, /* of most blocks */
};

int pss_correlate_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t halves = 1 + rng_below(r, 4), period = WINDOWS / halves;
    int err;

    if (rng_below(r, 16) == 0) { /* the ends */
        period = rng_below(r, 2) == 0 ? 0 : 0x1fff - rng_below(r, 4000);
        halves = rng_below(r, 2) == 0 ? 0 : 40 + rng_below(r, 216);
    }
    err = emit(ctx, PSS_CORRELATE_PERIOD, period);
    return err < 0 ? err : emit(ctx, PSS_CORRELATE_FOLD, halves);
}

/* Sample n of the useful part of N_ID2 'id', n = 1..63. */
static void tap_of(uint32_t id, uint32_t n, int *i, int *q)
{
    uint32_t j = n > 32 ? 63 - n : n - 1;
    const int16_t *t = pss_correlate_taps[id > 0][j];
    int twice = n == 32 ? 2 : 1;

    *i = twice * t[0];
    *q = (id == 2 ? -twice : twice) * t[1];
}

static uint8_t clipped(int x)
{
    return (uint8_t)(x > INT8_MAX ? INT8_MAX : x < INT8_MIN ? INT8_MIN : x);
}

/* A signal each 'period' samples, in noise of up to 'noise'. */
static void store_signals(struct rng *r, uint8_t *d, uint32_t n)
{
    uint32_t id = rng_below(r, 3), period = 64 + rng_below(r, 16);
    uint32_t at = rng_below(r, period);
    int level = (int)rng_below(r, 5), noise = (int)rng_below(r, 128);

    for (uint32_t k = 0; k < n; k++) {
        uint32_t place = (k + at) % period;
        int i = 0, q = 0;
        if (place >= 1 && place <= 63) {
            tap_of(id, place, &i, &q);
        }
        d[2 * k] = clipped(i * level / 4 - noise / 2 +
                           (int)rng_below(r, (uint32_t)noise + 1));
        d[2 * k + 1] = clipped(q * level / 4 - noise / 2 +
                               (int)rng_below(r, (uint32_t)noise + 1));
    }
}

void pss_correlate_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint8_t same[] = {0, 0x80, 0x7f, 0x81};
    uint32_t kind = rng_below(r, 8);
    uint32_t n = kind == 0   ? rng_below(r, SHORT + WINDOWS)
                 : kind == 1 ? SHORT + rng_below(r, MOST - SHORT)
                             : SHORT + WINDOWS;
    uint32_t len = PSS_CORRELATE_SAMPLE * n;

    switch (rng_below(r, 8)) {
    case 0: memset(p->data, same[rng_below(r, sizeof same)], len); break;
    case 1:
        for (uint32_t k = 0; k < len; k++) {
            p->data[k] = same[rng_below(r, sizeof same)];
        }
        break;
    case 2:
        for (uint32_t k = 0; k < len; k++) {
            p->data[k] = (uint8_t)rng_next(r);
        }
        break;
    default: store_signals(r, p->data, n);
    }
    if (rng_below(r, 8) == 0) { /* half a sample */
        p->data[len++] = (uint8_t)rng_next(r);
    }
    p->len_bytes = len;
    p->wire_bytes = len;
    p->in_port = (uint8_t)rng_next(r);
    p->out_port = (uint8_t)rng_next(r);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 16) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 8) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 8) == 0 ? PKT_PUNT : 0;
}
