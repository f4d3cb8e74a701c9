/*
 * fft_avx2.c - a block in eight or sixteen registers of eight samples; see
 * fft_block.h.  The first stages have their butterflies between registers; then
 * each eight of them are transposed, and so have the last three.
 *
 * A sum that reaches an end of 16 bits may have been clipped: then the block is
 * left to fft_block(), which counts.
 */
#include "sdr/fft/fft_block.h"

#if defined __x86_64__

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2"), always_inline)) static inline

enum { LANES = 8, ROWS_MAX = 16 };

/* Who gets -j times the lower place. */
enum minus_j { NONE, ALL, ODD_LANES };

struct rows {
    __m256i r[ROWS_MAX];
    __m256i max, min; /* of all parts so far */
};

bool fft_has_avx2(void)
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

/*
 * All butterflies of 'rows' rows that are 'span' apart; in the second stage of
 * a pair 'odd' says that the first stage's places were in a row.
 */
AVX2 void stage(struct rows *x, int rows, int span, bool second, bool odd,
                bool half)
{
#pragma GCC unroll 16
    for (int k = 0; k < rows; k++) {
        if ((k & span) != 0) {
            continue;
        }
        if (second && odd) { /* rows are the lower bits of places */
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
AVX2 __m256i eight_turns(const int16_t t[][2], int at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)t[at]);
}

AVX2 __m256i two_turns(const int16_t t[][2], int even, int odd)
{
    int32_t a, b;

    memcpy(&a, t[even], sizeof a);
    memcpy(&b, t[odd], sizeof b);
    return _mm256_blend_epi32(_mm256_set1_epi32(a), _mm256_set1_epi32(b), 0xaa);
}

/* The rotations of every fourth place, eight of them. */
AVX2 __m256i fourth_turns(const int16_t t[][2], int at)
{
    const __m256i each = _mm256_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28);

    return _mm256_i32gather_epi32((const int *)(const void *)t[at], each, 4);
}

/* Eight rows become columns. */
AVX2 void transpose(__m256i *r)
{
    __m256i a[LANES], b[LANES];

#pragma GCC unroll 4
    for (int k = 0; k < LANES; k += 2) {
        a[k] = _mm256_unpacklo_epi32(r[k], r[k + 1]);
        a[k + 1] = _mm256_unpackhi_epi32(r[k], r[k + 1]);
    }
#pragma GCC unroll 4
    for (int k = 0; k < LANES / 2; k++) {
        int at = (k & 2) * 2 + (k & 1); /* 0, 1, 4, 5 */
        b[2 * k] = _mm256_unpacklo_epi64(a[at], a[at + 2]);
        b[2 * k + 1] = _mm256_unpackhi_epi64(a[at], a[at + 2]);
    }
#pragma GCC unroll 4
    for (int k = 0; k < LANES / 2; k++) {
        r[k] = _mm256_permute2x128_si256(b[k], b[k + 4], 0x20);
        r[k + 4] = _mm256_permute2x128_si256(b[k], b[k + 4], 0x31);
    }
}

/* A row whose lanes are bins, bits of their numbers reversed. */
AVX2 void store(__m256i row, struct iq16 *y)
{
    const __m256i order = _mm256_setr_epi32(0, 4, 2, 6, 1, 5, 3, 7);

    _mm256_storeu_si256((__m256i *)(void *)y,
                        _mm256_permutevar8x32_epi32(row, order));
}

/* Of two such rows the bins in turns. */
AVX2 void store_two(__m256i even, __m256i odd, struct iq16 *y)
{
    const __m256i order = _mm256_setr_epi32(0, 4, 2, 6, 1, 5, 3, 7);
    __m256i a = _mm256_permutevar8x32_epi32(even, order);
    __m256i b = _mm256_permutevar8x32_epi32(odd, order);
    __m256i low = _mm256_unpacklo_epi32(a, b);
    __m256i high = _mm256_unpackhi_epi32(a, b);

    _mm256_storeu_si256((__m256i *)(void *)y,
                        _mm256_permute2x128_si256(low, high, 0x20));
    _mm256_storeu_si256((__m256i *)(void *)(y + LANES),
                        _mm256_permute2x128_si256(low, high, 0x31));
}

AVX2 void load(struct rows *b, int rows, const struct iq16 *x)
{
    b->max = _mm256_setzero_si256();
    b->min = _mm256_setzero_si256();
#pragma GCC unroll 16
    for (int k = 0; k < rows; k++) {
        b->r[k] =
            _mm256_loadu_si256((const __m256i *)(const void *)(x + LANES * k));
    }
}

AVX2 bool reached_an_end(const struct rows *b)
{
    __m256i ends = _mm256_or_si256(
        _mm256_cmpeq_epi16(b->max, _mm256_set1_epi16(INT16_MAX)),
        _mm256_cmpeq_epi16(b->min, _mm256_set1_epi16(INT16_MIN)));

    return !_mm256_testz_si256(ends, ends);
}

__attribute__((target("avx2"))) static bool
block_64(const struct iq16 *x, struct iq16 *y, uint32_t halve)
{
    enum { ROWS = 8 };
    static const int reversed[ROWS] = {0, 4, 2, 6, 1, 5, 3, 7};
    struct rows b;

    load(&b, ROWS, x);
    stage(&b, ROWS, 4, false, false, (halve & 1) != 0);
    stage(&b, ROWS, 2, true, false, (halve & 2) != 0);
#pragma GCC unroll 8
    for (int k = 2; k < ROWS; k++) { /* 0 and 1 stay as they are */
        turn(&b, k, eight_turns(fft_turn_64[0], LANES * k),
             eight_turns(fft_turn_64[1], LANES * k));
    }
    stage(&b, ROWS, 1, false, false, (halve & 4) != 0);
    transpose(b.r);
    stage(&b, ROWS, 4, true, true, (halve & 8) != 0);
#pragma GCC unroll 8
    for (int k = 1; k < ROWS; k++) {
        if (k != 4) { /* it and 0 stay as they are */
            turn(&b, k, two_turns(fft_turn_64[0], 4 * k, 4 * (ROWS + k)),
                 two_turns(fft_turn_64[1], 4 * k, 4 * (ROWS + k)));
        }
    }
    stage(&b, ROWS, 2, false, false, (halve & 16) != 0);
    stage(&b, ROWS, 1, true, false, (halve & 32) != 0);
    if (reached_an_end(&b)) {
        return false;
    }
#pragma GCC unroll 8
    for (int k = 0; k < ROWS; k++) {
        store(b.r[k], y + (size_t)(ROWS * reversed[k]));
    }
    return true;
}

/* Behind the transposition lane l of row 8 h + k has place 64 h + 8 l + k. */
__attribute__((target("avx2"))) static bool
block_128(const struct iq16 *x, struct iq16 *y, uint32_t halve)
{
    enum { ROWS = 16 };
    static const int reversed[LANES] = {0, 4, 2, 6, 1, 5, 3, 7};
    struct rows b;

    load(&b, ROWS, x);
    stage(&b, ROWS, 8, false, false, (halve & 1) != 0);
    stage(&b, ROWS, 4, true, false, (halve & 2) != 0);
#pragma GCC unroll 16
    for (int k = 4; k < ROWS; k++) { /* the others stay as they are */
        turn(&b, k, eight_turns(fft_turn_128[0], LANES * k),
             eight_turns(fft_turn_128[1], LANES * k));
    }
    stage(&b, ROWS, 2, false, false, (halve & 4) != 0);
    stage(&b, ROWS, 1, true, false, (halve & 8) != 0);
#pragma GCC unroll 16
    for (int k = 0; k < ROWS; k++) {
        if (k % 4 != 0) { /* place 8 k + l has what 32 k + 4 l has */
            turn(&b, k, fourth_turns(fft_turn_128[0], k % 4 * 32),
                 fourth_turns(fft_turn_128[1], k % 4 * 32));
        }
    }
    transpose(b.r);
    transpose(b.r + LANES);
    stage(&b, ROWS, 4, false, false, (halve & 16) != 0);
    stage(&b, ROWS, 2, true, false, (halve & 32) != 0);
#pragma GCC unroll 16
    for (int k = 0; k < ROWS; k++) {
        if (k % 2 != 0 && k % 8 != 1) { /* the others stay as they are */
            int at = 16 * (k % 8);
            turn(&b, k, two_turns(fft_turn_128[0], at, at),
                 two_turns(fft_turn_128[1], at, at));
        }
    }
    stage(&b, ROWS, 1, false, false, (halve & 64) != 0);
    if (reached_an_end(&b)) {
        return false;
    }
#pragma GCC unroll 8
    for (int k = 0; k < LANES; k++) {
        store_two(b.r[k], b.r[LANES + k], y + (size_t)(16 * reversed[k]));
    }
    return true;
}

bool fft_block_avx2(const struct iq16 *x, struct iq16 *y, unsigned log2_n,
                    uint32_t halve)
{
    return log2_n == 6 ? block_64(x, y, halve) : block_128(x, y, halve);
}

#else

bool fft_has_avx2(void)
{
    return false;
}

bool fft_block_avx2(const struct iq16 *x, struct iq16 *y, unsigned log2_n,
                    uint32_t halve)
{
    (void)x;
    (void)y;
    (void)log2_n;
    (void)halve;
    return false;
}

#endif
