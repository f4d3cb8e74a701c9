/*
 * pss_correlate_sizes.c - taps and correlations, one window after the other.
 *
 * The PSS of N_ID2 u is d(n), 3GPP TS 36.211 6.11.1.1, on the 62 subcarriers
 * around the carrier.  In time it is the same forwards and backwards, as d is
 * in frequency, so samples are added in pairs before they are multiplied. Roots
 * 29 and 34 = 63 - 29 are conjugates of each other: the four real products of a
 * sample and a tap of one are those of the other.
 */
#include "sdr/fn/pss_correlate/pss_correlate_block.h"

/* 127 / 11.69 of the samples, so that the largest part is 127;
 * pss_correlate_test.c has the formula. */
const int16_t pss_correlate_taps[2][PSS_CORRELATE_PAIRS][2] = {
    {
        {-68, 47},  {-2, -92}, {76, 15},  {-20, 80},  {-82, 24},  {-90, 0},
        {-93, -9},  {-71, 48}, {-6, 68},  {93, 1},    {-58, -99}, {4, 80},
        {-18, -76}, {40, 18},  {-55, 38}, {-48, -99}, {83, -48},  {67, 8},
        {74, 45},   {67, 24},  {81, -18}, {25, -99},  {-99, -24}, {37, 56},
        {-9, -53},  {-7, -14}, {16, 47},  {-96, -83}, {127, -36}, {2, 59},
        {32, 77},   {-37, 36},
    },
    {
        {43, -64},  {91, 15},    {90, 21},   {30, -82},   {-49, 77}, {-14, -60},
        {52, -62},  {69, -55},   {-82, -50}, {65, 65},    {-54, 42}, {-77, -13},
        {-88, -20}, {10, 108},   {-7, -48},  {63, -18},   {81, 71},  {90, 36},
        {3, -62},   {16, 25},    {-9, 95},   {-111, -14}, {-54, 82}, {36, 24},
        {30, 38},   {-117, -23}, {51, -88},  {-112, -48}, {33, 51},  {-27, 46},
        {-39, -81}, {25, -30},
    },
};

/* x times the conjugates of a tap and of its conjugate: what is added. */
struct products {
    int32_t ii, qq, qi, iq; /* part of x, part of the tap */
};

static void add(struct products *p, int32_t i, int32_t q, const int16_t tap[2])
{
    p->ii += i * tap[0];
    p->qq += q * tap[1];
    p->qi += q * tap[0];
    p->iq += i * tap[1];
}

void pss_correlate_sizes_portable(const uint8_t *x, size_t n,
                                  uint32_t (*size)[PSS_CORRELATE_IDS])
{
    for (size_t k = 0; k < n; k++, x += PSS_CORRELATE_SAMPLE) {
        struct products p[2] = {{0, 0, 0, 0}, {0, 0, 0, 0}};
        for (size_t j = 0; j < PSS_CORRELATE_PAIRS; j++) {
            const int8_t *a = (const int8_t *)x + 2 * (1 + j);
            const int8_t *b = (const int8_t *)x + 2 * (63 - j);
            int32_t i = a[0] + b[0], q = a[1] + b[1];
            add(&p[0], i, q, pss_correlate_taps[0][j]);
            add(&p[1], i, q, pss_correlate_taps[1][j]);
        }
        for (size_t id = 0; id < 2; id++) {
            size[k][id] =
                pss_correlate_size(p[id].ii + p[id].qq, p[id].qi - p[id].iq);
        }
        size[k][2] = pss_correlate_size(p[1].ii - p[1].qq, p[1].qi + p[1].iq);
    }
}
