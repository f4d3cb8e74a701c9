/*
 * pss_correlate_avx2.c - eight windows at a time; see pss_correlate_block.h.
 * Each part of a correlation is a sum of i times one part of the taps and q
 * times the other, which is one instruction.
 */
#include "sdr/fn/pss_correlate/pss_correlate_block.h"

#if defined __x86_64__

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2"), always_inline)) static inline

enum {
    LANES = 8,
    PARTS = 2 * PSS_CORRELATE_IDS, /* re and im for each N_ID2 */
};

/* What i and q are multiplied with, one beside the other. */
static int32_t both(int i, int q)
{
    return (int32_t)((uint32_t)(uint16_t)i | (uint32_t)(uint16_t)q << 16);
}

static void factors(int32_t by[PSS_CORRELATE_PAIRS][PARTS])
{
    for (size_t j = 0; j < PSS_CORRELATE_PAIRS; j++) {
        const int16_t *a = pss_correlate_taps[0][j];
        const int16_t *b = pss_correlate_taps[1][j];
        by[j][0] = both(a[0], a[1]);
        by[j][1] = both(-a[1], a[0]);
        by[j][2] = both(b[0], b[1]);
        by[j][3] = both(-b[1], b[0]);
        by[j][4] = both(b[0], -b[1]);
        by[j][5] = both(b[1], b[0]);
    }
}

/* Eight samples as 16 bits. */
AVX2 __m256i samples(const uint8_t *x)
{
    return _mm256_cvtepi8_epi16(
        _mm_loadu_si128((const __m128i *)(const void *)x));
}

AVX2 __m256i sizes(__m256i re, __m256i im)
{
    __m256i a = _mm256_abs_epi32(re), b = _mm256_abs_epi32(im);
    __m256i big = _mm256_max_epu32(a, b), small = _mm256_min_epu32(a, b);
    __m256i near =
        _mm256_add_epi32(_mm256_sub_epi32(big, _mm256_srli_epi32(big, 3)),
                         _mm256_srli_epi32(small, 1));

    return _mm256_max_epu32(near, big);
}

__attribute__((target("avx2"))) static void
sizes_avx2(const uint8_t *x, size_t n, uint32_t (*size)[PSS_CORRELATE_IDS])
{
    int32_t by[PSS_CORRELATE_PAIRS][PARTS];
    size_t k = 0;

    factors(by);
    for (; k + LANES <= n; k += LANES, x += LANES * PSS_CORRELATE_SAMPLE) {
        __m256i sum[PARTS];
        uint32_t out[PSS_CORRELATE_IDS][LANES];
#pragma GCC unroll 6
        for (size_t p = 0; p < PARTS; p++) {
            sum[p] = _mm256_setzero_si256();
        }
        for (size_t j = 0; j < PSS_CORRELATE_PAIRS; j++) {
            __m256i pair =
                _mm256_add_epi16(samples(x + PSS_CORRELATE_SAMPLE * (1 + j)),
                                 samples(x + PSS_CORRELATE_SAMPLE * (63 - j)));
#pragma GCC unroll 6
            for (size_t p = 0; p < PARTS; p++) {
                __m256i m =
                    _mm256_madd_epi16(pair, _mm256_set1_epi32(by[j][p]));
                sum[p] = _mm256_add_epi32(sum[p], m);
            }
        }
#pragma GCC unroll 3
        for (size_t id = 0; id < PSS_CORRELATE_IDS; id++) {
            _mm256_storeu_si256((__m256i *)(void *)out[id],
                                sizes(sum[2 * id], sum[2 * id + 1]));
        }
        for (size_t l = 0; l < LANES; l++) {
            for (size_t id = 0; id < PSS_CORRELATE_IDS; id++) {
                size[k + l][id] = out[id][l];
            }
        }
    }
    pss_correlate_sizes_portable(x, n - k, size + k);
}

pss_correlate_sizes_fn *pss_correlate_sizes_avx2(void)
{
    return __builtin_cpu_supports("avx2") ? sizes_avx2 : NULL;
}

#else

pss_correlate_sizes_fn *pss_correlate_sizes_avx2(void)
{
    return NULL;
}

#endif
