/*
 * rules4_avx512.c - rows of 16 keys at a time, without branches; where a row is
 * of RULES4_SHORT words, they are compared as two vectors and the summary is
 * left out; see rules4.h.
 */
#include "net/table/rules4.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "net/table/rules4_index.h"

#define AVX512 __attribute__((target("avx512f,bmi")))

enum { LANES = 16 };

bool rules4_has_avx512(void)
{
    return __builtin_cpu_supports("avx512f");
}

/* One byte further down from those entries that lead to groups. */
AVX512 static inline __m512i descend(const struct rules4 *r, __m512i e,
                                     __m512i byte)
{
    __mmask16 more =
        _mm512_test_epi32_mask(e, _mm512_set1_epi32((int)RULES4_MORE));
    __m512i at = _mm512_or_si512(_mm512_slli_epi32(e, 8), byte);

    return _mm512_mask_i32gather_epi32(e, more, at, r->groups.at, 4);
}

AVX512 static inline __m512i rows_of_address(const struct rules4 *r, enum dim d,
                                             __m512i value)
{
    const __m512i low = _mm512_set1_epi32(0xff);
    __m512i e =
        _mm512_i32gather_epi32(_mm512_srli_epi32(value, 16), r->map[d], 4);

    e = descend(r, e, _mm512_and_si512(_mm512_srli_epi32(value, 8), low));
    return descend(r, e, _mm512_and_si512(value, low));
}

/* The rows of 16 keys, [dimension][key]. */
AVX512 static inline void rows_of(const struct rules4 *r,
                                  const struct net_key4 *key,
                                  uint32_t row[DIMS][LANES])
{
    for (size_t k = 0; k < LANES; k++) {
        row[SRC][k] = key[k].src;
        row[DST][k] = key[k].dst;
        row[SPORT][k] = key[k].sport;
        row[DPORT][k] = key[k].dport;
        row[PROTO][k] = rules4_proto(&key[k]);
    }
    _mm512_storeu_si512(row[SRC],
                        rows_of_address(r, SRC, _mm512_loadu_si512(row[SRC])));
    _mm512_storeu_si512(row[DST],
                        rows_of_address(r, DST, _mm512_loadu_si512(row[DST])));
    for (size_t k = 0; k < LANES; k++) {
        row[SPORT][k] = r->map[SPORT][row[SPORT][k]];
        row[DPORT][k] = r->map[DPORT][row[DPORT][k]];
        row[PROTO][k] = r->map[PROTO][row[PROTO][k]];
    }
    _mm512_storeu_si512(row[DSCP], _mm512_set1_epi32((int)r->map[DSCP][0]));
    for (size_t k = 0; r->asks_dscp && k < LANES; k++) {
        row[DSCP][k] = r->map[DSCP][key[k].dscp % DSCPS];
    }
}

/* Which of 8 words are not 0 in what six rows have in common. */
AVX512 static inline uint32_t common(const uint64_t *a, const uint64_t *b,
                                     const uint64_t *c, const uint64_t *d,
                                     const uint64_t *e, const uint64_t *f)
{
    __m512i x = _mm512_and_si512(_mm512_loadu_si512(a), _mm512_loadu_si512(b));
    __m512i y = _mm512_and_si512(_mm512_loadu_si512(c), _mm512_loadu_si512(d));

    x = _mm512_and_si512(x, _mm512_loadu_si512(e));
    y = _mm512_and_si512(y, _mm512_loadu_si512(f));
    return _mm512_test_epi64_mask(x, y);
}

/* For the key 'j' of 16. */
AVX512 static inline uint32_t first_short(const struct rules4 *r,
                                          uint32_t row[DIMS][LANES], size_t j)
{
    const uint64_t *words = r->rows.at;
    const size_t size = RULES4_SHORT;
    const uint64_t *a = words + row[SRC][j] * size,
                   *b = words + row[DST][j] * size;
    const uint64_t *c = words + row[SPORT][j] * size,
                   *d = words + row[DPORT][j] * size;
    const uint64_t *e = words + row[PROTO][j] * size,
                   *f = words + row[DSCP][j] * size;
    uint32_t found = common(a, b, c, d, e, f) |
                     common(a + 8, b + 8, c + 8, d + 8, e + 8, f + 8) << 8;

    if (found == 0) {
        return 0;
    }
    uint32_t w = (uint32_t)__builtin_ctz(found);
    uint64_t bits = a[w] & b[w] & c[w] & d[w] & e[w] & f[w];
    return w * 64 + (uint32_t)__builtin_ctzll(bits) + 1;
}

/* Has the first words fetched that six long rows have to be compared in. */
AVX512 static inline void fetch_long(const struct rules4 *r,
                                     const uint32_t row[DIMS])
{
    const uint64_t *sums = r->sums.at, *words = r->rows.at;

    for (size_t s = 0; s < r->n_sums; s++) {
        uint64_t both = ~UINT64_C(0);
        for (int d = 0; d < DIMS; d++) {
            both &= sums[row[d] * r->n_sums + s];
        }
        if (both != 0) {
            size_t w = s * 64 + (size_t)__builtin_ctzll(both);
            for (int d = 0; d < DIMS; d++) {
                __builtin_prefetch(words + row[d] * r->n_words + w);
            }
            return;
        }
    }
}

AVX512 static void find_long(const struct rules4 *r, uint32_t row[DIMS][LANES],
                             uint32_t *rule)
{
    uint32_t of[LANES][DIMS];

    for (size_t k = 0; k < LANES; k++) {
        for (int d = 0; d < DIMS; d++) {
            of[k][d] = row[d][k];
        }
        fetch_long(r, of[k]);
    }
    for (size_t k = 0; k < LANES; k++) {
        rule[k] = rules4_first(r, of[k]);
    }
}

AVX512 void rules4_find_avx512(const struct rules4 *r,
                               const struct net_key4 *key, uint32_t *rule,
                               size_t n)
{
    uint32_t row[DIMS][LANES];
    size_t k = 0;

    for (; k + LANES <= n; k += LANES) {
        rows_of(r, key + k, row);
        if (r->n_words != RULES4_SHORT) {
            find_long(r, row, rule + k);
            continue;
        }
        for (size_t j = 0; j < LANES; j++) {
            rule[k + j] = first_short(r, row, j);
        }
    }
    rules4_find_scalar(r, key + k, rule + k, n - k);
}

#else

bool rules4_has_avx512(void)
{
    return false;
}

void rules4_find_avx512(const struct rules4 *r, const struct net_key4 *key,
                        uint32_t *rule, size_t n)
{
    rules4_find_scalar(r, key, rule, n);
}

#endif
