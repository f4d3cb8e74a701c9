/* lpm4_avx512.c - 16 lookups at a time; see lpm4.h. */
#include "net/table/lpm4.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl")))

bool lpm4_has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl");
}

/* A gather reads 32 bits for an entry of 16: the upper half is the next one's.
 */
AVX512 static inline __m512i find16(const struct lpm4 *t, __m512i addr)
{
    const __m512i low = _mm512_set1_epi32(0xffff);
    __m512i e = _mm512_and_si512(
        _mm512_i32gather_epi32(_mm512_srli_epi32(addr, 8), t->root, 2), low);
    __mmask16 more = _mm512_test_epi32_mask(e, _mm512_set1_epi32(LPM4_GROUP));

    if (more != 0) {
        __m512i at = _mm512_or_si512(
            _mm512_slli_epi32(
                _mm512_and_si512(e, _mm512_set1_epi32(LPM4_HOP_MAX)), 8),
            _mm512_and_si512(addr, _mm512_set1_epi32(0xff)));
        e = _mm512_mask_i32gather_epi32(e, more, at, t->leaf, 2);
        e = _mm512_and_si512(e, low);
    }
    return e;
}

AVX512 void lpm4_find_avx512(const struct lpm4 *t, const uint32_t *addr,
                             uint16_t *hop, size_t n)
{
    size_t k = 0;

    for (; k + 16 <= n; k += 16) {
        __m512i e = find16(t, _mm512_loadu_si512(addr + k));
        _mm256_storeu_si256((__m256i *)(void *)(hop + k),
                            _mm512_cvtepi32_epi16(e));
    }
    lpm4_find_scalar(t, addr + k, hop + k, n - k);
}

#else

bool lpm4_has_avx512(void)
{
    return false;
}

void lpm4_find_avx512(const struct lpm4 *t, const uint32_t *addr, uint16_t *hop,
                      size_t n)
{
    lpm4_find_scalar(t, addr, hop, n);
}

#endif
