/*
 * pss_correlate_stimulus.c - blocks for tests: synchronization signals in
 * noise, and samples as large as they get; most of short half-frames, since a
 * window takes 32 clocks on the fabric.
 */
#include "pss_correlate_csr.h"

#include "sdr/fn/pss_correlate/pss_correlate_block.h"

enum {
    SHORT = 63,     /* samples without a window */
    MOST = 130,     /* samples of a block, but for a few */
    WINDOWS = 16,   /* of most blocks */
    LONG = 256,     /* of a few at least, or twice as many */
    LONGEST = 4000, /* of the longest block, of 8 KiB nearly */
    USEFUL = 64,    /* samples of a signal */
};

/* Windows of a long block, of which a half-frame has up to as many. */
static uint32_t some_long(struct rng *r, uint32_t span)
{
    uint32_t at_least = rng_below(r, 4) == 0 ? 2 * LONG : LONG;

    return at_least + rng_below(r, span);
}

/* A few and one bit above them, of 'bits'. */
static uint32_t more_by_one_bit(struct rng *r, uint32_t bits)
{
    uint32_t few = rng_below(r, WINDOWS / 2);

    return few | (uint32_t)WINDOWS << rng_below(r, bits);
}

int pss_correlate_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t halves = 1 + rng_below(r, 4), period = WINDOWS / halves;
    int err;

    switch (rng_below(r, 16)) {
    case 0: /* the ends */
        period = rng_below(r, 2) == 0 ? 0 : 0x1fff - rng_below(r, 4000);
        halves = rng_below(r, 2) == 0 ? 0 : 40 + rng_below(r, 216);
        break;
    case 1: /* as long as the longest blocks */
    case 2:
        period = some_long(r, 2 * WINDOWS);
        halves = 1;
        break;
    case 3: /* in few half-frames or many */
    case 4:
        halves =
            2 + rng_below(r, rng_below(r, 2) == 0 ? 2 * WINDOWS : LONG - 2);
        period = LONG / halves;
        break;
    case 5: /* more than most blocks have, by one bit */
    case 6:
        period = 1;
        halves = 1 + more_by_one_bit(r, 4);
        break;
    case 7:
    case 8:
    case 9: period = 1 + more_by_one_bit(r, 9); break;
    case 10: /* many places */
        period = LONGEST - rng_below(r, LONGEST / 2);
        halves = 1;
        break;
    case 11: /* a signal in each of many half-frames, at one place */
        period = USEFUL;
        halves = LONGEST / USEFUL - rng_below(r, 16);
        break;
    default: break;
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

/* Turns by so many eighths, odd ones with sqrt(2). */
static void turn(uint32_t eighths, int *i, int *q)
{
    int x = *i, y = *q;

    switch (eighths) {
    case 1: *i = x - y, *q = x + y; break;
    case 2: *i = -y, *q = x; break;
    case 3: *i = -x - y, *q = x - y; break;
    default: break;
    }
}

/* A signal each 'period' samples, some clipped, in noise of up to 'noise'. */
static void store_signals(struct rng *r, uint8_t *d, uint32_t n)
{
    uint32_t id = rng_below(r, 3);
    uint32_t period = rng_below(r, 2) == 0 ? USEFUL : USEFUL + rng_below(r, 16);
    uint32_t at = rng_below(r, period);
    uint32_t eighths = rng_below(r, 4);
    int level = (int)rng_below(r, rng_below(r, 2) == 0 ? 5 : 17);
    int noise = (int)rng_below(r, rng_below(r, 4) == 0 ? 8 : 256);

    for (uint32_t k = 0; k < n; k++) {
        uint32_t place = (k + at) % period;
        int i = 0, q = 0;
        if (place >= 1 && place <= 63) {
            tap_of(id, place, &i, &q);
            turn(eighths, &i, &q);
        }
        d[2 * k] = clipped(i * level / 4 - noise / 2 +
                           (int)rng_below(r, (uint32_t)noise + 1));
        d[2 * k + 1] = clipped(q * level / 4 - noise / 2 +
                               (int)rng_below(r, (uint32_t)noise + 1));
    }
}

/* Of a packet with so much room. */
static uint32_t some_samples(struct rng *r, uint32_t room_bytes)
{
    switch (rng_below(r, 32)) {
    case 0: return SHORT + some_long(r, 4 * WINDOWS);
    case 1:
        if (room_bytes > PSS_CORRELATE_SAMPLE * (SHORT + LONGEST)) {
            return SHORT + LONGEST;
        }
        break;
    default: break;
    }
    switch (rng_below(r, 8)) {
    case 0: return rng_below(r, SHORT + WINDOWS);
    case 1: return SHORT + rng_below(r, MOST - SHORT);
    default: return SHORT + WINDOWS;
    }
}

void pss_correlate_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint8_t same[] = {0, 0x80, 0x7f, 0x81};
    uint32_t n = some_samples(r, p->room_bytes);
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
    p->flags |=
        rng_below(r, 8) == 0 ? 1U << (4 + rng_below(r, 11)) : 0; /* any */
}
