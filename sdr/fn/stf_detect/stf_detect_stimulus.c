/*
 * stf_detect_stimulus.c - blocks for tests: short training fields of any 16
 * samples, at any place, level and noise, tones, silence, steps of level; and
 * bytes that are no samples.
 */
#include "stf_detect_csr.h"

#include "sdr/fn/stf_detect/stf_detect_block.h"

enum {
    SAMPLES = 448, /* most of a block */
    LONG = 2000,   /* ... of one with more candidates than its list holds */
    SHORT = 32,    /* of most blocks */
    PERIOD = 16,
};

int stf_detect_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    bool any = rng_below(r, 8) == 0;
    uint32_t threshold = any ? rng_below(r, 1024) : 60 + rng_below(r, 100);
    uint32_t veto = any ? rng_below(r, 32) : 4 + rng_below(r, 4);
    uint32_t plateau = rng_below(r, 8) == 0 ? rng_below(r, 12) : 1;
    int err = emit(ctx, STF_DETECT_THRESHOLD, threshold);

    err = err < 0 ? err : emit(ctx, STF_DETECT_VETO, veto);
    return err < 0 ? err : emit(ctx, STF_DETECT_PLATEAU, plateau);
}

/* Of up to 'bits' bits, with sign, or the largest ones. */
static int16_t some_part(struct rng *r, unsigned bits)
{
    uint32_t v = (uint32_t)rng_next(r);

    if (bits == 16 && (v & 7) == 0) {
        return (v & 8) != 0 ? INT16_MIN : INT16_MAX;
    }
    return bits == 0 ? 0 : (int16_t)((int16_t)(v >> 16) >> (16 - bits));
}

static int16_t add(int16_t a, int16_t b)
{
    int32_t sum = a + b;

    return (int16_t)(sum > INT16_MAX   ? INT16_MAX
                     : sum < INT16_MIN ? INT16_MIN
                                       : sum);
}

/* One period of a field. */
static void store_period(struct rng *r, unsigned bits, struct iq16 *field)
{
    for (size_t k = 0; k < PERIOD; k++) {
        field[k] = (struct iq16){some_part(r, bits), some_part(r, bits)};
    }
}

/* n samples that come again after 'period', between noise. */
static void store_field(struct rng *r, uint32_t n, struct iq16 *x)
{
    unsigned bits = 1 + rng_below(r, 16), noise = rng_below(r, bits);
    uint32_t period = rng_below(r, 8) == 0 ? PERIOD / 2 : PERIOD;
    bool whole = rng_below(r, 4) > 0;
    uint32_t from = whole ? 0 : rng_below(r, n + 1);
    uint32_t len = whole ? n : rng_below(r, n + 1);
    struct iq16 field[PERIOD];

    store_period(r, bits, field);
    for (uint32_t k = 0; k < n; k++) {
        bool in = k >= from && k - from < len;
        struct iq16 f = in ? field[k % period] : (struct iq16){0, 0};
        x[k] = (struct iq16){add(f.i, some_part(r, noise)),
                             add(f.q, some_part(r, noise))};
    }
}

/* The same, long, in no noise or in less and less: many candidates, or one of
 * many windows. */
static void store_long(struct rng *r, uint32_t n, struct iq16 *x)
{
    unsigned bits = 1 + rng_below(r, 16);
    unsigned most = bits + 2 < 16 ? bits + 2 : 16;
    unsigned noise = rng_below(r, 2) * most;
    struct iq16 field[PERIOD];

    store_period(r, bits, field);
    for (uint32_t k = 0; k < n; k++) {
        unsigned still = noise * (n - k) / n;
        x[k] = (struct iq16){add(field[k % PERIOD].i, some_part(r, still)),
                             add(field[k % PERIOD].q, some_part(r, still))};
    }
}

/* Samples: about a window, any number, or some groups. */
static uint32_t some_length(struct rng *r)
{
    uint32_t kind = rng_below(r, 32);

    return kind == 0  ? rng_below(r, SAMPLES + 1)
           : kind < 9 ? 140 + rng_below(r, 24)
                      : rng_below(r, SHORT);
}

void stf_detect_stimulus_packet(struct rng *r, struct pkt *p)
{
    uint32_t n = some_length(r);
    uint32_t len = n * sizeof(struct iq16);
    struct iq16 x[LONG];

    if (rng_below(r, 64) == 0 && p->room_bytes >= sizeof x) {
        n = LONG - rng_below(r, 256);
        len = n * sizeof(struct iq16);
        store_long(r, n, x);
    } else if (rng_below(r, 8) == 0) {
        unsigned bits = rng_below(r, 17);
        for (uint32_t k = 0; k < n; k++) {
            x[k] = (struct iq16){some_part(r, bits), some_part(r, bits)};
        }
    } else {
        store_field(r, n, x);
    }
    memcpy(p->data, x, len);
    if (rng_below(r, 12) == 0) {
        len -= len > 0 ? 1 + rng_below(r, 3) : 0;
    }
    p->len_bytes = len;
    p->wire_bytes = len;
    p->in_port = (uint8_t)rng_next(r);
    p->out_port = (uint8_t)rng_next(r);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 16) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 12) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 12) == 0 ? PKT_PUNT : 0;
}
