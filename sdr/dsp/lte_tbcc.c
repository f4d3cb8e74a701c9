/* lte_tbcc.c - see lte_tbcc.h. */
#include "sdr/dsp/lte_tbcc.h"

#include <assert.h>

/* Bit 6 is the newest bit of the register: 133, 171, 165 octal. */
static const unsigned generator[3] = {0133, 0171, 0165};

const uint8_t lte_tbcc_column[LTE_TBCC_COLUMNS] = {
    1, 17, 9, 25, 5, 21, 13, 29, 3, 19, 11, 27, 7, 23, 15, 31,
    0, 16, 8, 24, 4, 20, 12, 28, 2, 18, 10, 26, 6, 22, 14, 30};

static uint8_t tbcc_parity(unsigned x)
{
    return (uint8_t)(__builtin_popcount(x) & 1);
}

void lte_tbcc_encode(uint64_t block, unsigned n, uint8_t *coded)
{
    /* The register starts with the last six bits, the newest highest. */
    unsigned reg = 0;

    assert(n >= LTE_TBCC_MIN && n <= LTE_TBCC_MAX);
    for (unsigned i = 0; i < 6; i++) {
        reg |= (unsigned)(block >> i & 1) << (6 - i);
    }
    for (unsigned k = 0; k < n; k++) {
        reg = reg >> 1 | (unsigned)(block >> (n - 1 - k) & 1) << 6;
        for (unsigned i = 0; i < 3; i++) {
            coded[i * n + k] = tbcc_parity(reg & generator[i]);
        }
    }
}

void lte_tbcc_order(unsigned n, uint8_t *order)
{
    unsigned n_rows = (n + LTE_TBCC_COLUMNS - 1) / LTE_TBCC_COLUMNS;
    unsigned n_places = n_rows * LTE_TBCC_COLUMNS;
    unsigned n_dummy = n_places - n;
    size_t k = 0;

    assert(n >= LTE_TBCC_MIN && n <= LTE_TBCC_MAX);
    for (unsigned stream = 0; stream < 3; stream++) {
        for (unsigned j = 0; j < n_places; j++) {
            unsigned at =
                j % n_rows * LTE_TBCC_COLUMNS + lte_tbcc_column[j / n_rows];
            if (at >= n_dummy) {
                order[k++] = (uint8_t)(stream * n + at - n_dummy);
            }
        }
    }
}
