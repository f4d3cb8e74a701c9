/*
 * balancer_maglev.h - the lookup table of consistent hashing: D. Eisenbud and
 * others, "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI
 * 2016, 3.4, with weights.
 */
#ifndef NET_FN_BALANCER_BALANCER_MAGLEV_H
#define NET_FN_BALANCER_BALANCER_MAGLEV_H

#include <stddef.h>
#include <stdint.h>

enum { MAGLEV_BACKENDS = 32, MAGLEV_NONE = 0xff };

/* A backend's permutation of the places: (offset + k * skip) mod 'places'. */
struct maglev_backend {
    uint32_t offset; /* 0 .. places - 1 */
    uint32_t skip;   /* 1 .. places - 1 */
    uint32_t weight; /* 0: it gets no places */
};

/*
 * The permutation that belongs to a name of 64 bits, of 'places' places: of
 * SplitMix64's first number from that seed (core/base/rng.h) the upper 32 bits
 * modulo 'places' are the offset, the lower ones modulo 'places' - 1, plus 1,
 * the skip.
 */
struct maglev_backend maglev_named(uint64_t name, uint32_t places,
                                   uint32_t weight);

/*
 * Fills table[0 .. places - 1], 'places' a prime, with numbers of the n <=
 * MAGLEV_BACKENDS backends; with MAGLEV_NONE when none has a weight.  In each
 * round the backends take the next free place of their permutation in turn, in
 * the order of their numbers, those with the greatest weight w in each round
 * and one with weight v in round r = 1, 2, ... when r * v / w, rounded down, is
 * more than in the round before.  Backend 'without' is left out; n for none.
 */
void maglev_fill(const struct maglev_backend *b, size_t n, size_t without,
                 uint8_t *table, uint32_t places);

#endif
