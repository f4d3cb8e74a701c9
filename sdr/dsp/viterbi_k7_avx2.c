/*
 * viterbi_k7_avx2.c - the 64 metrics in two registers; see viterbi_k7.c.  Each
 * state's cost is picked from the four of the step by a shuffle.
 */
#include "sdr/dsp/viterbi_k7_steps.h"

#if defined __x86_64__

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

/* The 16 bytes at 'p'. */
AVX2 static inline __m128i load16(const void *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

AVX2 void viterbi_k7_costs_avx2(const int8_t *soft, size_t n,
                                uint32_t cost[VITERBI_K7_PIECE])
{
    const __m128i zero = _mm_setzero_si128();
    const __m128i top = _mm_set1_epi8(VITERBI_K7_SOFT_MAX);
    const __m128i low = _mm_set1_epi16(0xff);
    int8_t padded[2 * VITERBI_K7_PIECE];

    if (n < VITERBI_K7_PIECE) {
        memset(padded, 0, sizeof padded);
        memcpy(padded, soft, 2 * n);
        soft = padded;
    }
    for (size_t k = 0; k < VITERBI_K7_PIECE; k += 8) {
        __m128i x = load16(soft + 2 * k);
        __m128i is0 = _mm_min_epi8(_mm_max_epi8(x, zero), top);
        __m128i is1 = _mm_min_epi8(_mm_subs_epi8(zero, _mm_min_epi8(x, zero)),
                                   top); /* costs of a 0 and of a 1 */
        /* Both costs of the first bits, then of the second. */
        __m128i a =
            _mm_or_si128(_mm_and_si128(is0, low), _mm_slli_epi16(is1, 8));
        __m128i b =
            _mm_or_si128(_mm_srli_epi16(is0, 8), _mm_andnot_si128(low, is1));
        _mm_storeu_si128(
            (__m128i *)(void *)(cost + k),
            _mm_add_epi8(_mm_unpacklo_epi16(a, a), _mm_unpacklo_epi8(b, b)));
        _mm_storeu_si128(
            (__m128i *)(void *)(cost + k + 4),
            _mm_add_epi8(_mm_unpackhi_epi16(a, a), _mm_unpackhi_epi8(b, b)));
    }
}

struct metrics {
    __m256i low, high; /* of the states 0 to 31, and of the others */
};

AVX2 static inline __m256i least(const struct metrics *m)
{
    __m256i x = _mm256_min_epu8(m->low, m->high);
    __m128i y =
        _mm_min_epu8(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));

    y = _mm_minpos_epu16(_mm_min_epu8(y, _mm_srli_epi16(y, 8)));
    return _mm256_broadcastb_epi8(y);
}

/* One step; 'pair' as viterbi_k7_pair.  The metrics of even and odd states are
 * brought together within lanes, then across. */
AVX2 static inline uint64_t step(struct metrics *m, __m256i pair,
                                 uint32_t costs)
{
    const __m256i apart = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15));
    __m256i all = _mm256_set1_epi32((int)costs);
    __m256i c = _mm256_shuffle_epi8(all, pair);
    __m256i not_c =
        _mm256_shuffle_epi8(all, _mm256_xor_si256(pair, _mm256_set1_epi8(3)));
    __m256i x = _mm256_shuffle_epi8(m->low, apart);
    __m256i y = _mm256_shuffle_epi8(m->high, apart);
    __m256i even = _mm256_permute4x64_epi64(_mm256_unpacklo_epi64(x, y), 0xd8);
    __m256i odd = _mm256_permute4x64_epi64(_mm256_unpackhi_epi64(x, y), 0xd8);
    __m256i even_low = _mm256_adds_epu8(even, c);
    __m256i even_high = _mm256_adds_epu8(even, not_c);

    m->low = _mm256_min_epu8(even_low, _mm256_adds_epu8(odd, not_c));
    m->high = _mm256_min_epu8(even_high, _mm256_adds_epu8(odd, c));
    return ~((uint64_t)(uint32_t)_mm256_movemask_epi8(
                 _mm256_cmpeq_epi8(m->low, even_low)) |
             (uint64_t)(uint32_t)_mm256_movemask_epi8(
                 _mm256_cmpeq_epi8(m->high, even_high))
                 << 32);
}

AVX2 static void steps(uint8_t metric[VITERBI_K7_STATES], const int8_t *soft,
                       size_t n, uint64_t *decision)
{
    const __m256i pair =
        _mm256_loadu_si256((const __m256i *)(const void *)viterbi_k7_pair);
    struct metrics m = {
        _mm256_loadu_si256((const __m256i *)(const void *)metric),
        _mm256_loadu_si256((const __m256i *)(const void *)(metric + 32))};
    uint32_t cost[VITERBI_K7_PIECE];

    for (size_t at = 0, some; at < n; at += some) {
        size_t k = 0;
        some = n - at < VITERBI_K7_PIECE ? n - at : VITERBI_K7_PIECE;
        viterbi_k7_costs_avx2(soft + 2 * at, some, cost);
        for (; k + VITERBI_K7_GROUP <= some; k += VITERBI_K7_GROUP) {
            __m256i off = least(&m);
            for (size_t j = k; j < k + VITERBI_K7_GROUP; j++) {
                decision[at + j] = step(&m, pair, cost[j]);
            }
            m.low = _mm256_sub_epi8(m.low, off);
            m.high = _mm256_sub_epi8(m.high, off);
        }
        for (; k < some; k++) {
            decision[at + k] = step(&m, pair, cost[k]);
        }
    }
    _mm256_storeu_si256((__m256i *)(void *)metric, m.low);
    _mm256_storeu_si256((__m256i *)(void *)(metric + 32), m.high);
}

viterbi_k7_steps_fn *viterbi_k7_steps_avx2(void)
{
    return __builtin_cpu_supports("avx2") ? steps : NULL;
}

#else

viterbi_k7_steps_fn *viterbi_k7_steps_avx2(void)
{
    return NULL;
}

#endif
