/*
 * fft64_avx2.c - a block in eight registers of eight samples; see
 * fft64_block.h.  Three stages have their butterflies between registers; then
 * the block is transposed, and so have the other three.
 *
 * A sum that reaches an end of 16 bits may have been clipped: then the block is
 * left to fft64_block(), which counts.
 */
#include "sdr/fn/fft64/fft64_block.h"

#if defined __x86_64__

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2"), always_inline)) static inline

enum { ROWS = 8 };

/* Who gets -j times the lower place. */
enum minus_j { NONE, ALL, ODD_LANES };

struct rows {
    __m256i r[ROWS];
    __m256i max, min; /* of all parts so far */
};

bool fft64_has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

/* I for Q. */
AVX2 __m256i swapped(__m256i x)
{
    return _mm256_shufflehi_epi16(_mm256_shufflelo_epi16(x, 0xb1), 0xb1);
}

AVX2 __m256i keep(struct rows *b, __m256i x)
{
    b->max = _mm256_max_epi16(b->max, x);
    b->min = _mm256_min_epi16(b->min, x);
    return x;
}

/* a + b, or half of it: the mean of unsigned parts is rounded half up. */
AVX2 __m256i sum(__m256i a, __m256i b, bool half)
{
    const __m256i top = _mm256_set1_epi16(INT16_MIN);

    return half ? _mm256_xor_si256(_mm256_avg_epu16(_mm256_xor_si256(a, top),
                                                    _mm256_xor_si256(b, top)),
                                   top)
                : _mm256_adds_epi16(a, b);
}

/* a - b, or half of it: -(b - a) / 2, where b + ~a + 1 is b - a. */
AVX2 __m256i difference(__m256i a, __m256i b, bool half)
{
    const __m256i ones = _mm256_set1_epi16(-1);

    return half ? _mm256_subs_epi16(_mm256_setzero_si256(),
                                    sum(b, _mm256_xor_si256(a, ones), true))
                : _mm256_subs_epi16(a, b);
}

AVX2 void butterfly(struct rows *x, int upper, int lower, enum minus_j which,
                    bool half)
{
    __m256i a = x->r[upper], b = x->r[lower], s, d;

    if (which == ALL) {
        b = swapped(b);
    } else if (which == ODD_LANES) {
        b = _mm256_blend_epi32(b, swapped(b), 0xaa);
    }
    s = keep(x, sum(a, b, half));
    d = keep(x, difference(a, b, half));
    x->r[upper] = which == NONE  ? s
                  : which == ALL ? _mm256_blend_epi16(s, d, 0xaa)
                                 : _mm256_blend_epi16(s, d, 0x88);
    x->r[lower] = which == NONE  ? d
                  : which == ALL ? _mm256_blend_epi16(d, s, 0xaa)
                                 : _mm256_blend_epi16(d, s, 0x88);
}

/* All butterflies of rows that are 'span' apart. */
AVX2 void stage(struct rows *x, int span, bool second, bool half)
{
#pragma GCC unroll 8
    for (int k = 0; k < ROWS; k++) {
        if ((k & span) != 0) {
            continue;
        }
        if (second && span == 4) { /* rows are the lower bits of places */
            butterfly(x, k, k + span, ODD_LANES, half);
        } else if (second && (k & 2 * span) != 0) {
            butterfly(x, k, k + span, ALL, half);
        } else {
            butterfly(x, k, k + span, NONE, half);
        }
    }
}

/* Row k by {cos, sin} and {-sin, cos}. */
AVX2 void turn(struct rows *x, int k, __m256i by_i, __m256i by_q)
{
    const __m256i round = _mm256_set1_epi32(1 << 13);
    const __m256i order = _mm256_setr_epi8(
        0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15, /* in halves */
        0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15);
    __m256i i = _mm256_add_epi32(_mm256_madd_epi16(x->r[k], by_i), round);
    __m256i q = _mm256_add_epi32(_mm256_madd_epi16(x->r[k], by_q), round);
    __m256i y =
        _mm256_packs_epi32(_mm256_srai_epi32(i, 14), _mm256_srai_epi32(q, 14));

    x->r[k] = keep(x, _mm256_shuffle_epi8(y, order));
}

/* The rotations of eight places on, and of two in turns. */
AVX2 __m256i eight_turns(const int16_t t[FFT64_N][2], int at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)t[at]);
}

AVX2 __m256i two_turns(const int16_t t[FFT64_N][2], int even, int odd)
{
    int32_t a, b;

    memcpy(&a, t[even], sizeof a);
    memcpy(&b, t[odd], sizeof b);
    return _mm256_blend_epi32(_mm256_set1_epi32(a), _mm256_set1_epi32(b), 0xaa);
}

/* Rows become columns. */
AVX2 void transpose(struct rows *x)
{
    __m256i a[ROWS], b[ROWS];

#pragma GCC unroll 4
    for (int k = 0; k < ROWS; k += 2) {
        a[k] = _mm256_unpacklo_epi32(x->r[k], x->r[k + 1]);
        a[k + 1] = _mm256_unpackhi_epi32(x->r[k], x->r[k + 1]);
    }
#pragma GCC unroll 4
    for (int k = 0; k < ROWS / 2; k++) {
        int at = (k & 2) * 2 + (k & 1); /* 0, 1, 4, 5 */
        b[2 * k] = _mm256_unpacklo_epi64(a[at], a[at + 2]);
        b[2 * k + 1] = _mm256_unpackhi_epi64(a[at], a[at + 2]);
    }
#pragma GCC unroll 4
    for (int k = 0; k < ROWS / 2; k++) {
        x->r[k] = _mm256_permute2x128_si256(b[k], b[k + 4], 0x20);
        x->r[k + 4] = _mm256_permute2x128_si256(b[k], b[k + 4], 0x31);
    }
}

__attribute__((target("avx2"))) bool
fft64_block_avx2(const struct iq16 x[FFT64_N], struct iq16 y[FFT64_N],
                 uint32_t halve)
{
    static const int reversed[ROWS] = {0, 4, 2, 6, 1, 5, 3, 7};
    const __m256i order = _mm256_setr_epi32(0, 4, 2, 6, 1, 5, 3, 7);
    struct rows b = {.max = _mm256_setzero_si256(),
                     .min = _mm256_setzero_si256()};
    __m256i ends;

#pragma GCC unroll 8
    for (int k = 0; k < ROWS; k++) {
        b.r[k] =
            _mm256_loadu_si256((const __m256i *)(const void *)(x + ROWS * k));
    }
    stage(&b, 4, false, (halve & 1) != 0);
    stage(&b, 2, true, (halve & 2) != 0);
#pragma GCC unroll 8
    for (int k = 2; k < ROWS; k++) { /* 0 and 1 stay as they are */
        turn(&b, k, eight_turns(fft64_turn[0], ROWS * k),
             eight_turns(fft64_turn[1], ROWS * k));
    }
    stage(&b, 1, false, (halve & 4) != 0);
    transpose(&b);
    stage(&b, 4, true, (halve & 8) != 0);
#pragma GCC unroll 8
    for (int k = 1; k < ROWS; k++) {
        if (k != 4) { /* it and 0 stay as they are */
            turn(&b, k, two_turns(fft64_turn[0], 4 * k, 4 * (ROWS + k)),
                 two_turns(fft64_turn[1], 4 * k, 4 * (ROWS + k)));
        }
    }
    stage(&b, 2, false, (halve & 16) != 0);
    stage(&b, 1, true, (halve & 32) != 0);
    ends = _mm256_or_si256(
        _mm256_cmpeq_epi16(b.max, _mm256_set1_epi16(INT16_MAX)),
        _mm256_cmpeq_epi16(b.min, _mm256_set1_epi16(INT16_MIN)));
    if (!_mm256_testz_si256(ends, ends)) {
        return false;
    }
#pragma GCC unroll 8
    for (int k = 0; k < ROWS; k++) {
        _mm256_storeu_si256(
            (__m256i *)(void *)(y + (size_t)(ROWS * reversed[k])),
            _mm256_permutevar8x32_epi32(b.r[k], order));
    }
    return true;
}

#else

bool fft64_has_avx2(void)
{
    return false;
}

bool fft64_block_avx2(const struct iq16 x[FFT64_N], struct iq16 y[FFT64_N],
                      uint32_t halve)
{
    (void)x;
    (void)y;
    (void)halve;
    return false;
}

#endif
