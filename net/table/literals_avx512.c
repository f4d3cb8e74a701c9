/*
 * literals_avx512.c - 64 places at a time: VBMI looks each byte up in a table
 * of 256 that stands in four registers; see literals.h.
 */
#include "net/table/literals.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "net/table/literals_index.h"

#define AVX512 \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,bmi,bmi2")))

enum { LANES = 64 };

bool literals_has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("bmi2");
}

struct bytes256 {
    __m512i part[4];
};

AVX512 static inline struct bytes256 table_of(const uint8_t *t)
{
    return (struct bytes256){{_mm512_load_si512(t), _mm512_load_si512(t + 64),
                              _mm512_load_si512(t + 128),
                              _mm512_load_si512(t + 192)}};
}

AVX512 static inline __m512i look_up(const struct bytes256 *t, __m512i x)
{
    __m512i low = _mm512_permutex2var_epi8(t->part[0], x, t->part[1]);
    __m512i high = _mm512_permutex2var_epi8(t->part[2], x, t->part[3]);

    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
}

/* The first 'n' bytes at 'p', zeros behind them. */
AVX512 static inline __m512i load(const uint8_t *p, size_t n)
{
    if (n >= LANES) {
        return _mm512_loadu_si512(p);
    }
    return _mm512_maskz_loadu_epi8(_bzhi_u64(UINT64_MAX, (uint32_t)n), p);
}

/* Tries the places from 'at' on of which 'groups' is not 0. */
AVX512 static inline void try_all(struct literals_seek *s, size_t at,
                                  __m512i groups)
{
    uint64_t left = _mm512_test_epi8_mask(groups, groups);
    _Alignas(64) uint8_t group[LANES];

    if (left == 0) {
        return;
    }
    _mm512_store_si512(group, groups);
    for (; left != 0; left = _blsr_u64(left)) {
        uint32_t k = (uint32_t)_tzcnt_u64(left);
        literals_try(s, at + k, group[k]);
    }
}

AVX512 void literals_seek_avx512(struct literals_seek *s)
{
    const uint8_t(*may)[256] = s->table->may;
    const struct bytes256 t0 = table_of(may[0]), t1 = table_of(may[1]),
                          t2 = table_of(may[2]), t3 = table_of(may[3]);
    const uint8_t *x = s->data;
    size_t n = s->n_bytes;

    for (size_t at = 0; at < n; at += LANES) {
        size_t rest = n - at;
        __m512i g = look_up(&t0, load(x + at, rest));
        g = _mm512_and_si512(
            g, look_up(&t1, load(x + at + 1, rest > 1 ? rest - 1 : 0)));
        g = _mm512_and_si512(
            g, look_up(&t2, load(x + at + 2, rest > 2 ? rest - 2 : 0)));
        g = _mm512_and_si512(
            g, look_up(&t3, load(x + at + 3, rest > 3 ? rest - 3 : 0)));
        if (rest < LANES) {
            g = _mm512_maskz_mov_epi8(_bzhi_u64(UINT64_MAX, (uint32_t)rest), g);
        }
        try_all(s, at, g);
    }
}

#else

bool literals_has_avx512(void)
{
    return false;
}

void literals_seek_avx512(struct literals_seek *s)
{
    literals_seek_scalar(s);
}

#endif
