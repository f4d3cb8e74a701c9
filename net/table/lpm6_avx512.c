/* lpm6_avx512.c - 64 lookups at a time; see lpm6.h. */
#include "net/table/lpm6.h"

#if defined(__x86_64__)
#include <immintrin.h>

enum { GROUPS = 4 }; /* of 16 addresses, at most */

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl")))

bool lpm6_has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl");
}

/* 32 bits of each of 16 addresses: word 1 of four is bits 0..31, word 0 bits
 * 32..63. */
AVX512 static inline __m512i words(const struct lpm6_addr *addr, int word)
{
    const __m512i each =
        _mm512_add_epi32(_mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 0, 4, 8,
                                           12, 16, 20, 24, 28),
                         _mm512_set1_epi32(word));
    __m512i a = _mm512_permutex2var_epi32(_mm512_loadu_si512(addr), each,
                                          _mm512_loadu_si512(addr + 4));
    __m512i b = _mm512_permutex2var_epi32(_mm512_loadu_si512(addr + 8), each,
                                          _mm512_loadu_si512(addr + 12));

    return _mm512_shuffle_i64x2(a, b, 0x44);
}

/* Goes on from 'e' by 8 of 'bits' in those lanes that are at a node. */
AVX512 static inline __m512i below(const struct lpm6 *t, __m512i e,
                                   __mmask16 more, __m512i bits, unsigned shift)
{
    __m512i at = _mm512_or_si512(
        _mm512_slli_epi32(e, 8), /* what says that it is a node falls out */
        _mm512_and_si512(_mm512_srl_epi32(bits, _mm_cvtsi32_si128((int)shift)),
                         _mm512_set1_epi32(0xff)));

    return _mm512_mask_i32gather_epi32(e, more, at, t->entry, 4);
}

/* What 24 bits of 16 addresses lead to. */
AVX512 static inline __m512i first(const struct lpm6 *t, __m512i bits)
{
    __mmask16 wide = _mm512_cmpeq_epi32_mask(_mm512_srli_epi32(bits, 29),
                                             _mm512_set1_epi32(1));
    __m512i at = _mm512_mask_sub_epi32(_mm512_srli_epi32(bits, 16), wide,
                                       _mm512_srli_epi32(bits, 8),
                                       _mm512_set1_epi32(LPM6_WIDE));
    __m512i e = _mm512_i32gather_epi32(at, t->entry, 4);

    if (wide != 0xffff) {
        __mmask16 more =
            _mm512_test_epi32_mask(e, _mm512_set1_epi32((int)LPM6_NODE));
        e = below(t, e, (__mmask16)(more & ~wide), bits, 8);
    }
    return e;
}

/* Level by level for 16 'groups' addresses, a constant: their cache misses run
 * side by side. */
AVX512 static inline __attribute__((always_inline)) void
find_groups(const struct lpm6 *t, const struct lpm6_addr *addr, uint16_t *hop,
            size_t groups)
{
    const __m512i node = _mm512_set1_epi32((int)LPM6_NODE);
    __m512i e[GROUPS], bits[GROUPS];
    __mmask16 more[GROUPS];
    uint32_t any = 0;

#pragma GCC unroll 4 /* the vectors stay in registers */
    for (size_t g = 0; g < groups; g++) {
        bits[g] = words(addr + g * 16, 1);
        e[g] = first(t, bits[g]);
        more[g] = _mm512_test_epi32_mask(e[g], node);
        any |= more[g];
    }
    for (unsigned depth = 24; depth < 64 && any != 0; depth += 8) {
        if (depth == 32) {
#pragma GCC unroll 4
            for (size_t g = 0; g < groups; g++) {
                bits[g] = words(addr + g * 16, 0);
            }
        }
        any = 0;
#pragma GCC unroll 4
        for (size_t g = 0; g < groups; g++) {
            e[g] = below(t, e[g], more[g], bits[g], 24 - depth % 32);
            more[g] = _mm512_test_epi32_mask(e[g], node);
            any |= more[g];
        }
    }
#pragma GCC unroll 4
    for (size_t g = 0; g < groups; g++) {
        _mm256_storeu_si256((__m256i *)(void *)(hop + g * 16),
                            _mm512_cvtepi32_epi16(e[g]));
        /* Prefixes of more than 64 bits are few. */
        for (uint32_t left = more[g]; left != 0; left &= left - 1) {
            size_t k = g * 16 + (size_t)__builtin_ctz(left);
            hop[k] = lpm6_find(t, addr[k]);
        }
    }
}

AVX512 void lpm6_find_avx512(const struct lpm6 *t, const struct lpm6_addr *addr,
                             uint16_t *hop, size_t n)
{
    size_t k = 0;

    for (; k + 64 <= n; k += 64) {
        find_groups(t, addr + k, hop + k, 4);
    }
    if (k + 32 <= n) {
        find_groups(t, addr + k, hop + k, 2);
        k += 32;
    }
    lpm6_find_scalar(t, addr + k, hop + k, n - k);
}

#else

bool lpm6_has_avx512(void)
{
    return false;
}

void lpm6_find_avx512(const struct lpm6 *t, const struct lpm6_addr *addr,
                      uint16_t *hop, size_t n)
{
    lpm6_find_scalar(t, addr, hop, n);
}

#endif
