/*
 * viterbi_k7_avx512.c - the 64 metrics in one register, in which VBMI brings
 * even and odd states together; the comparison's mask is the decisions.
 */
#include "sdr/dsp/viterbi_k7_steps.h"

#if defined __x86_64__

#include <immintrin.h>

#define AVX512 __attribute__((target("avx2,avx512f,avx512bw,avx512vbmi")))

AVX512 static inline __m512i least(__m512i metric)
{
    __m256i x = _mm256_min_epu8(_mm512_castsi512_si256(metric),
                                _mm512_extracti64x4_epi64(metric, 1));
    __m128i y =
        _mm_min_epu8(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));

    y = _mm_minpos_epu16(_mm_min_epu8(y, _mm_srli_epi16(y, 8)));
    return _mm512_broadcastb_epi8(y);
}

struct lanes {
    __m512i even, odd; /* the two states that lead into each */
    __m512i c, not_c;  /* what is coded on the way from them */
};

AVX512 static inline uint64_t step(__m512i *metric, const struct lanes *l,
                                   uint32_t costs)
{
    __m512i all = _mm512_set1_epi32((int)costs);
    __m512i even = _mm512_adds_epu8(_mm512_permutexvar_epi8(l->even, *metric),
                                    _mm512_shuffle_epi8(all, l->c));
    __m512i odd = _mm512_adds_epu8(_mm512_permutexvar_epi8(l->odd, *metric),
                                   _mm512_shuffle_epi8(all, l->not_c));

    *metric = _mm512_min_epu8(even, odd);
    return _mm512_cmplt_epu8_mask(odd, even);
}

AVX512 static struct lanes lanes_make(void)
{
    uint8_t even[VITERBI_K7_STATES], c[VITERBI_K7_STATES];
    struct lanes l;

    for (size_t s = 0; s < VITERBI_K7_STATES; s++) {
        size_t j = s % (VITERBI_K7_STATES / 2);
        even[s] = (uint8_t)(2 * j);
        c[s] = (uint8_t)(viterbi_k7_pair[j] ^ (s == j ? 0 : 3));
    }
    l.even = _mm512_loadu_si512(even);
    l.odd = _mm512_or_si512(l.even, _mm512_set1_epi8(1));
    l.c = _mm512_loadu_si512(c);
    l.not_c = _mm512_xor_si512(l.c, _mm512_set1_epi8(3));
    return l;
}

AVX512 static void steps(uint8_t metric[VITERBI_K7_STATES], const int8_t *soft,
                         size_t n, uint64_t *decision)
{
    const struct lanes l = lanes_make();
    __m512i m = _mm512_loadu_si512(metric);
    uint32_t cost[VITERBI_K7_PIECE];

    for (size_t at = 0, some; at < n; at += some) {
        size_t k = 0;
        some = n - at < VITERBI_K7_PIECE ? n - at : VITERBI_K7_PIECE;
        viterbi_k7_costs_avx2(soft + 2 * at, some, cost);
        for (; k + VITERBI_K7_GROUP <= some; k += VITERBI_K7_GROUP) {
            __m512i off = least(m);
            for (size_t j = k; j < k + VITERBI_K7_GROUP; j++) {
                decision[at + j] = step(&m, &l, cost[j]);
            }
            m = _mm512_sub_epi8(m, off);
        }
        for (; k < some; k++) {
            decision[at + k] = step(&m, &l, cost[k]);
        }
    }
    _mm512_storeu_si512(metric, m);
}

viterbi_k7_steps_fn *viterbi_k7_steps_avx512(void)
{
    return __builtin_cpu_supports("avx2") &&
                   __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vbmi")
               ? steps
               : NULL;
}

#else

viterbi_k7_steps_fn *viterbi_k7_steps_avx512(void)
{
    return NULL;
}

#endif
