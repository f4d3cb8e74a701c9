/*
 * fir_decim_avx2.c - the samples of fir_decim.c, eight products at a time; see
 * fir_decim_some.h.  I and Q are taken apart first, so that pairs of products
 * add up in 32 bits; four samples leave at once.
 */
#include "sdr/fn/fir_decim/fir_decim_some.h"

#if defined __x86_64__

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

enum {
    SAMPLE = sizeof(struct iq16),
    LANES = 16,   /* parts in a register */
    CHUNK = 1024, /* samples taken apart at a time */
    AT_ONCE = 4,  /* samples that leave */
    /* That are read behind a chunk: by zeros behind the taps, and for samples
     * that do not leave. */
    BEHIND = LANES + (AT_ONCE - 1) * FIR_DECIM_MAX,
};

struct apart {
    int16_t i[CHUNK + BEHIND], q[CHUNK + BEHIND];
};

bool fir_decim_has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

AVX2 static inline __m256i load(const void *p)
{
    return _mm256_loadu_si256(p);
}

AVX2 static void take_apart(const uint8_t *x, size_t n, struct apart *a)
{
    size_t k = 0;

    for (; k + LANES <= n; k += LANES) {
        __m256i lo = load(x + k * SAMPLE), hi = load(x + k * SAMPLE + 32);
        __m256i i = _mm256_packs_epi32(
            _mm256_srai_epi32(_mm256_slli_epi32(lo, 16), 16),
            _mm256_srai_epi32(_mm256_slli_epi32(hi, 16), 16));
        __m256i q = _mm256_packs_epi32(_mm256_srai_epi32(lo, 16),
                                       _mm256_srai_epi32(hi, 16));
        _mm256_storeu_si256((void *)(a->i + k),
                            _mm256_permute4x64_epi64(i, 0xd8));
        _mm256_storeu_si256((void *)(a->q + k),
                            _mm256_permute4x64_epi64(q, 0xd8));
    }
    for (; k < n; k++) {
        struct iq16 s;
        memcpy(&s, x + k * SAMPLE, SAMPLE);
        a->i[k] = s.i;
        a->q[k] = s.q;
    }
}

/* Sums of each of eight registers: I of four samples, Q of them. */
AVX2 static inline __m256i add_up(const __m256i s[2 * AT_ONCE])
{
    __m256i i = _mm256_hadd_epi32(_mm256_hadd_epi32(s[0], s[1]),
                                  _mm256_hadd_epi32(s[2], s[3]));
    __m256i q = _mm256_hadd_epi32(_mm256_hadd_epi32(s[4], s[5]),
                                  _mm256_hadd_epi32(s[6], s[7]));

    return _mm256_add_epi32(_mm256_permute2x128_si256(i, q, 0x20),
                            _mm256_permute2x128_si256(i, q, 0x31));
}

/* Of four samples, the first at 'at', I and then Q: sums of each eighth pair.
 */
AVX2 static inline void four(const struct fir_decim_filter *f,
                             const struct apart *a, size_t at,
                             __m256i s[2 * AT_ONCE])
{
    const int16_t *i = a->i + at, *q = a->q + at;
    size_t d = f->decimation;

#pragma GCC unroll 8
    for (size_t k = 0; k < 2 * AT_ONCE; k++) {
        s[k] = _mm256_setzero_si256();
    }
    for (size_t t = 0; t < f->n_taps; t += LANES) {
        __m256i h = load(f->tap + t);
#pragma GCC unroll 4
        for (size_t k = 0; k < AT_ONCE; k++) {
            s[k] = _mm256_add_epi32(s[k],
                                    _mm256_madd_epi16(h, load(i + k * d + t)));
            s[AT_ONCE + k] = _mm256_add_epi32(
                s[AT_ONCE + k], _mm256_madd_epi16(h, load(q + k * d + t)));
        }
    }
}

/* 'n' of the four to y, of a narrow filter; returns how many clip. */
AVX2 static inline uint32_t store_narrow(const struct fir_decim_filter *f,
                                         const __m256i s[2 * AT_ONCE], size_t n,
                                         uint8_t *y)
{
    __m256i sums = add_up(s);
    __m256i half = _mm256_set1_epi32((int)(1u << f->shift >> 1));
    __m256i v = _mm256_sra_epi32(_mm256_add_epi32(sums, half),
                                 _mm_cvtsi32_si128((int)f->shift));
    /* i i i i q q q q */
    __m256i c = _mm256_permute4x64_epi64(
        _mm256_packs_epi32(v, _mm256_setzero_si256()), 0x08);
    __m128i iq =
        _mm_unpacklo_epi16(_mm256_castsi256_si128(c),
                           _mm_srli_si128(_mm256_castsi256_si128(c), 8));
    __m256i kept =
        _mm256_cmpeq_epi32(v, _mm256_cvtepi16_epi32(_mm256_castsi256_si128(c)));
    unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(kept));
    unsigned clipped = ~(mask & mask >> AT_ONCE) & ((1u << n) - 1);
    uint8_t out[AT_ONCE * SAMPLE];

    _mm_storeu_si128((void *)out, iq);
    memcpy(y, out, n * SAMPLE);
    return (uint32_t)__builtin_popcount(clipped);
}

/* The same of any other that fits. */
AVX2 static uint32_t store_wide(const struct fir_decim_filter *f,
                                const __m256i s[2 * AT_ONCE], size_t n,
                                uint8_t *y)
{
    uint32_t n_clipped = 0;
    int16_t part[2];

    for (size_t k = 0; k < n; k++) {
        bool clipped = false;
        for (size_t j = 0; j < 2; j++) {
            int64_t sum = (int64_t)1 << f->shift >> 1;
            int32_t lane[LANES / 2];
            _mm256_storeu_si256((void *)lane, s[j * AT_ONCE + k]);
            for (size_t l = 0; l < LANES / 2; l++) {
                sum += lane[l];
            }
            part[j] = fir_decim_part(sum, f->shift, &clipped);
        }
        memcpy(y + k * SAMPLE, part, SAMPLE);
        n_clipped += clipped;
    }
    return n_clipped;
}

AVX2 uint32_t fir_decim_some_avx2(const struct fir_decim_filter *f,
                                  const uint8_t *x, size_t n, uint8_t *y)
{
    size_t d = f->decimation, most = (CHUNK - f->n_taps) / d + 1;
    uint32_t n_clipped = 0;
    struct apart a;

    memset(&a, 0, sizeof a);
    for (size_t at = 0, part; at < n; at += part) {
        part = n - at < most ? n - at : most;
        take_apart(x + at * d * SAMPLE, (part - 1) * d + f->n_taps, &a);
        for (size_t k = 0; k < part; k += AT_ONCE) {
            size_t left = part - k < AT_ONCE ? part - k : AT_ONCE;
            uint8_t *to = y + (at + k) * SAMPLE;
            __m256i s[2 * AT_ONCE];
            four(f, &a, k * d, s);
            n_clipped += f->narrow ? store_narrow(f, s, left, to)
                                   : store_wide(f, s, left, to);
        }
    }
    return n_clipped;
}

#else

bool fir_decim_has_avx2(void)
{
    return false;
}

uint32_t fir_decim_some_avx2(const struct fir_decim_filter *f, const uint8_t *x,
                             size_t n, uint8_t *y)
{
    return fir_decim_some(f, x, n, y, NULL);
}

#endif
