/* sib_write.h - unaligned PER with values by chance; see sib_random.h. */
#ifndef TESTS_RADIO_SIB_WRITE_H
#define TESTS_RADIO_SIB_WRITE_H

#include <stdbool.h>
#include <string.h>

#include "core/base/rng.h"
#include "core/rec.h"

struct sib_writer {
    struct rng r;
    uint8_t bytes[4 * REC_SI_MAX];
    size_t at; /* bits; may be more than there is room for */
};

static inline void sib_put(struct sib_writer *o, unsigned n, uint32_t value)
{
    for (unsigned k = 0; k < n; k++, o->at++) {
        if (o->at < 8 * sizeof o->bytes) {
            o->bytes[o->at / 8] |=
                (uint8_t)((value >> (n - 1 - k) & 1) << (7 - o->at % 8));
        }
    }
}

/* One of n values, in 'bits' bits, now and then the first or the last one. */
static inline uint32_t sib_any(struct sib_writer *o, unsigned bits, uint32_t n)
{
    uint32_t how = rng_below(&o->r, 8);
    uint32_t v = how == 0 ? 0 : how == 1 ? n - 1 : rng_below(&o->r, n);

    sib_put(o, bits, v);
    return v;
}

static inline void sib_bits(struct sib_writer *o, unsigned bits)
{
    for (unsigned k = 0; k < bits; k++) {
        sib_put(o, 1, rng_below(&o->r, 2));
    }
}

static inline bool sib_flag(struct sib_writer *o)
{
    return sib_any(o, 1, 2) != 0;
}

/* How many, 1 to 2^bits, most often few. */
static inline uint32_t sib_count(struct sib_writer *o, unsigned bits)
{
    uint32_t n =
        1 + rng_below(&o->r, rng_below(&o->r, 8) == 0 ? 1u << bits : 3);

    sib_put(o, bits, n - 1);
    return n;
}

/* An extension marker; additions, if it is set, come at the end. */
static inline bool sib_mark(struct sib_writer *o)
{
    bool is_extended = rng_below(&o->r, 4) == 0;

    sib_put(o, 1, is_extended);
    return is_extended;
}

static inline void sib_open(struct sib_writer *o, unsigned n_bytes)
{
    if (n_bytes < 128) {
        sib_put(o, 8, n_bytes);
    } else {
        sib_put(o, 16, 0x8000u | n_bytes);
    }
    sib_bits(o, 8 * n_bytes);
}

/* Of 27 to 32 places the last few are taken: none that has a meaning. */
static inline void sib_additions(struct sib_writer *o, bool is_extended)
{
    unsigned n = 27 + rng_below(&o->r, 6), places = rng_below(&o->r, 3);

    if (is_extended) {
        sib_put(o, 7, n - 1);
        for (unsigned k = 0; k < n; k++) {
            sib_put(o, 1, k >= n - places);
        }
        for (unsigned k = 0; k < places; k++) {
            sib_open(o, rng_below(&o->r, 16) == 0 ? 130 : rng_below(&o->r, 4));
        }
    }
}

#endif
