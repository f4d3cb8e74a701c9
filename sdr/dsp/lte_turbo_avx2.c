/*
 * lte_turbo_avx2.c - half an iteration of 16 lanes, a register for each state;
 * see lte_turbo.c, to which it is equal.
 */
#include "sdr/dsp/lte_turbo.h"

#if defined __x86_64__

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

enum {
    STATES = LTE_TURBO_STATES,
    LANES = LTE_TURBO_LANES,
};

/* Metrics of the states, a lane in each 16 bits; by name they are registers. */
struct metrics {
    __m256i s0, s1, s2, s3, s4, s5, s6, s7;
};

AVX2 static inline __m256i get(const int16_t *p)
{
    return _mm256_load_si256((const __m256i *)(const void *)p);
}

AVX2 static inline void put(int16_t *p, __m256i v)
{
    _mm256_store_si256((__m256i *)(void *)p, v);
}

AVX2 static inline __m256i add(__m256i a, __m256i b)
{
    return _mm256_add_epi16(a, b);
}

AVX2 static inline __m256i max(__m256i a, __m256i b)
{
    return _mm256_max_epi16(a, b);
}

AVX2 static inline __m256i sub(__m256i a, __m256i b)
{
    return _mm256_sub_epi16(a, b);
}

AVX2 static inline struct metrics level(struct metrics m)
{
    return (struct metrics){
        _mm256_setzero_si256(), sub(m.s1, m.s0), sub(m.s2, m.s0),
        sub(m.s3, m.s0),        sub(m.s4, m.s0), sub(m.s5, m.s0),
        sub(m.s6, m.s0),        sub(m.s7, m.s0),
    };
}

AVX2 static inline struct metrics forward(struct metrics a, __m256i x,
                                          __m256i y)
{
    __m256i xy = add(x, y);

    return level((struct metrics){
        max(add(a.s0, xy), a.s4),
        max(a.s0, add(a.s4, xy)),
        max(add(a.s1, x), add(a.s5, y)),
        max(add(a.s1, y), add(a.s5, x)),
        max(add(a.s2, y), add(a.s6, x)),
        max(add(a.s2, x), add(a.s6, y)),
        max(a.s3, add(a.s7, xy)),
        max(add(a.s3, xy), a.s7),
    });
}

AVX2 static inline struct metrics backward(struct metrics b, __m256i x,
                                           __m256i y)
{
    __m256i xy = add(x, y);

    return level((struct metrics){
        max(add(b.s0, xy), b.s1),
        max(add(b.s2, x), add(b.s3, y)),
        max(add(b.s4, y), add(b.s5, x)),
        max(b.s6, add(b.s7, xy)),
        max(b.s0, add(b.s1, xy)),
        max(add(b.s2, y), add(b.s3, x)),
        max(add(b.s4, x), add(b.s5, y)),
        max(add(b.s6, xy), b.s7),
    });
}

AVX2 static inline struct metrics load(const int16_t *p)
{
    return (struct metrics){
        get(p),
        get(p + 1 * LANES),
        get(p + 2 * LANES),
        get(p + 3 * LANES),
        get(p + 4 * LANES),
        get(p + 5 * LANES),
        get(p + 6 * LANES),
        get(p + 7 * LANES),
    };
}

AVX2 static inline void store(int16_t *p, struct metrics m)
{
    put(p, m.s0);
    put(p + 1 * LANES, m.s1);
    put(p + 2 * LANES, m.s2);
    put(p + 3 * LANES, m.s3);
    put(p + 4 * LANES, m.s4);
    put(p + 5 * LANES, m.s5);
    put(p + 6 * LANES, m.s6);
    put(p + 7 * LANES, m.s7);
}

/* Largest a[i] + b[j] of four pairs. */
AVX2 static inline __m256i max4(__m256i a, __m256i b, __m256i c, __m256i d)
{
    return max(max(a, b), max(c, d));
}

AVX2 static inline __m256i extrinsic(struct metrics a, struct metrics b,
                                     __m256i y)
{
    const __m256i top = _mm256_set1_epi16(LTE_TURBO_EXTRINSIC_MAX);
    const __m256i low = _mm256_set1_epi16(-LTE_TURBO_EXTRINSIC_MAX);
    __m256i same0 = max4(add(a.s0, b.s0), add(a.s4, b.s1), add(a.s3, b.s7),
                         add(a.s7, b.s6));
    __m256i other0 = max4(add(a.s1, b.s2), add(a.s5, b.s3), add(a.s2, b.s5),
                          add(a.s6, b.s4));
    __m256i same1 = max4(add(a.s1, b.s3), add(a.s5, b.s2), add(a.s2, b.s4),
                         add(a.s6, b.s5));
    __m256i other1 = max4(add(a.s0, b.s1), add(a.s4, b.s0), add(a.s3, b.s6),
                          add(a.s7, b.s7));
    __m256i e = sub(max(add(same0, y), other0), max(add(same1, y), other1));

    e = sub(e, _mm256_srai_epi16(e, 2));
    return _mm256_max_epi16(_mm256_min_epi16(e, top), low);
}

/* Lane 0 begins as the block does, the others as those before them end. */
AVX2 static void keep_first(struct lte_turbo_border *b, struct metrics m)
{
    _Alignas(32) int16_t v[STATES][LANES];

    store(v[0], m);
    for (int s = 0; s < STATES; s++) {
        memcpy(&b->first[s][1], v[s], (LANES - 1) * sizeof v[s][0]);
    }
}

AVX2 static void keep_last(struct lte_turbo_border *b, struct metrics m)
{
    _Alignas(32) int16_t v[STATES][LANES];

    store(v[0], m);
    for (int s = 0; s < STATES; s++) {
        memcpy(b->last[s], &v[s][1], (LANES - 1) * sizeof v[s][0]);
    }
}

AVX2 static void half_avx2(struct lte_turbo *t, unsigned code)
{
    struct lte_turbo_border *border = &t->border[code];
    const int16_t *parity = t->parity[code];
    const int16_t *x = t->x;
    int16_t *alpha = t->alpha;
    struct metrics m = load(border->first[0]);
    size_t n = (size_t)t->steps * LANES;

    for (size_t i = 0; i < n; i += LANES) {
        store(alpha + STATES * i, m);
        m = forward(m, get(x + i), get(parity + i));
    }
    keep_first(border, m);
    m = load(border->last[0]);
    for (size_t i = n; i > 0;) {
        i -= LANES;
        __m256i y = get(parity + i);
        put(t->extrinsic + i, extrinsic(load(alpha + STATES * i), m, y));
        m = backward(m, get(x + i), y);
    }
    keep_last(border, m);
}

lte_turbo_half_fn *lte_turbo_half_avx2(void)
{
    return __builtin_cpu_supports("avx2") ? half_avx2 : NULL;
}

#else

lte_turbo_half_fn *lte_turbo_half_avx2(void)
{
    return NULL;
}

#endif
