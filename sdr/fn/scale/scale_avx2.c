/*
 * scale_avx2.c - eight samples at a time; see scale_some.h.  A product of 16
 * bits with sign and 16 without fits 32 bits, and so does it with what rounds
 * it.
 */
#include "sdr/fn/scale/scale_some.h"

#if defined __x86_64__

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

enum { AT_ONCE = 8 };

bool scale_has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

/* Q1.15 in 32 bits, times the gain, with what rounds it half up. */
AVX2 static inline __m256i product(__m256i x, __m256i gain)
{
    return _mm256_add_epi32(_mm256_mullo_epi32(x, gain),
                            _mm256_set1_epi32(1 << 13));
}

/* What the tap takes: scale.c's tap_word(). */
AVX2 static inline __m256i tap_words(__m256i i, __m256i q)
{
    const __m256i one = _mm256_set1_epi32(1);
    __m256i high = _mm256_srai_epi32(q, 1);
    __m256i low =
        _mm256_or_si256(_mm256_slli_epi32(_mm256_and_si256(q, one), 1),
                        _mm256_and_si256(i, one));

    high = _mm256_or_si256(_mm256_slli_epi32(high, 16),
                           _mm256_srli_epi32(high, 16));
    return _mm256_xor_si256(_mm256_xor_si256(_mm256_srai_epi32(i, 1), high),
                            low);
}

AVX2 static inline __m256i clip(__m256i y)
{
    return _mm256_max_epi32(_mm256_min_epi32(y, _mm256_set1_epi32(INT16_MAX)),
                            _mm256_set1_epi32(INT16_MIN));
}

AVX2 uint32_t scale_some_avx2(const struct iq16 *x, struct iq16 *y, size_t n,
                              uint32_t gain, uint32_t *words)
{
    const __m256i by = _mm256_set1_epi32((int)gain);
    uint32_t n_clipped = 0;
    size_t k = 0;

    for (; k + AT_ONCE <= n; k += AT_ONCE) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(x + k));
        __m256i i =
            product(_mm256_srai_epi32(_mm256_slli_epi32(v, 16), 16), by);
        __m256i q = product(_mm256_srai_epi32(v, 16), by);
        __m256i yi = _mm256_srai_epi32(i, 14), yq = _mm256_srai_epi32(q, 14);
        __m256i ci = clip(yi), cq = clip(yq);
        __m256i kept = _mm256_and_si256(_mm256_cmpeq_epi32(yi, ci),
                                        _mm256_cmpeq_epi32(yq, cq));
        if (words != NULL) {
            _mm256_storeu_si256((__m256i *)(void *)(words + k),
                                tap_words(i, q));
        }
        _mm256_storeu_si256(
            (__m256i *)(void *)(y + k),
            _mm256_blend_epi16(ci, _mm256_slli_epi32(cq, 16), 0xaa));
        n_clipped += (uint32_t)__builtin_popcount(
            ~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(kept)) & 0xff);
    }
    return n_clipped + scale_some(x + k, y + k, n - k, gain,
                                  words != NULL ? words + k : NULL);
}

#else

bool scale_has_avx2(void)
{
    return false;
}

uint32_t scale_some_avx2(const struct iq16 *x, struct iq16 *y, size_t n,
                         uint32_t gain, uint32_t *words)
{
    return scale_some(x, y, n, gain, words);
}

#endif
