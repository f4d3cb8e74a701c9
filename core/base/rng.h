/*
 * rng.h - seeded random numbers for tests and generators: the same seed gives
 * the same sequence on every machine.  Never used by a function body.
 *
 * SplitMix64: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014.
 */
#ifndef CORE_BASE_RNG_H
#define CORE_BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state; /* any value is a seed */
};

static inline uint64_t rng_next(struct rng *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Uniform in [0, n), n >= 1; the bias of 2^-32 n does not matter here. */
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

/* 'value', but once in 'one_in' times with one of its 'n_bits' lowest bits
 * wrong; 1..32 of them. */
static inline uint32_t rng_nearly(struct rng *r, uint32_t value,
                                  uint32_t n_bits, uint32_t one_in)
{
    uint32_t bit = UINT32_C(1) << rng_below(r, n_bits);

    return rng_below(r, one_in) == 0 ? value ^ bit : value;
}

/* Turns one to four bits of 'n' words: at one or two places a bit, or two side
 * by side. */
static inline void rng_turn_bits(struct rng *r, uint32_t *words, uint32_t n)
{
    for (uint32_t k = rng_below(r, 2); k < 2; k++) {
        uint32_t bits = 1 + 2 * rng_below(r, 2);
        uint32_t word = rng_below(r, n);
        words[word] ^= bits << rng_below(r, 32);
    }
}

/* Turns two bits of 'n' words, or one: a comparison that is wrong in just these
 * shows when nothing else differs. */
static inline void rng_turn_pair(struct rng *r, uint32_t *words, uint32_t n)
{
    for (uint32_t k = rng_below(r, 4) == 0; k < 2; k++) {
        uint32_t bit = rng_below(r, 32 * n);
        words[bit / 32] ^= UINT32_C(1) << bit % 32;
    }
}

/* A byte that is another one than 'byte', mostly by one to three bits. */
static inline uint8_t rng_turn_byte(struct rng *r, uint8_t byte)
{
    uint64_t any = rng_next(r);
    uint8_t wrong = (uint8_t)(any & any >> 8);

    return byte ^ (wrong != 0 ? wrong : (uint8_t)(1u << (any >> 16) % 8));
}

#endif
