/* lte_bch.c - coding of the broadcast channel, 3GPP TS 36.212 5.1 and 5.3.1. */
#include "sdr/dsp/lte_bch.h"

#include <assert.h>

enum {
    N_STATES = 64,
    N_LAPS = 3, /* the middle one of them is the answer */
    N_STEPS = N_LAPS * LTE_BCH_BITS,
    N_COLUMNS = 32,
    N_ROWS = 2,
    N_DUMMY = N_ROWS * N_COLUMNS - LTE_BCH_BITS,
};

/* Bit 6 is the newest bit of the register: 133, 171, 165 octal. */
static const unsigned generator[3] = {0133, 0171, 0165};

static const unsigned prb_of[6] = {6, 15, 25, 50, 75, 100};

uint16_t lte_crc16(uint64_t bits, unsigned n)
{
    uint32_t crc = 0;

    assert(n <= 64);
    while (n-- > 0) {
        uint32_t top = (crc >> 15 ^ (uint32_t)(bits >> n)) & 1;
        crc = (crc << 1 & 0xffff) ^ (top ? 0x1021 : 0);
    }
    return (uint16_t)crc;
}

uint16_t lte_crc_mask(unsigned ports)
{
    assert(ports == 1 || ports == 2 || ports == 4);
    return ports == 1 ? 0x0000 : ports == 2 ? 0xffff : 0x5555;
}

uint32_t lte_mib_pack(const struct lte_mib_fields *f)
{
    uint32_t width = 0;

    while (width < 6 && prb_of[width] != f->prb) {
        width++;
    }
    assert(width < 6 && f->phich_resources < 4);
    return width << 21 | (f->phich_extended ? 1u : 0u) << 20 |
           f->phich_resources << 18 |
           (f->sfn >> 2 & 0xff) << LTE_MIB_SFN_SHIFT | (f->spare & 0x3ff);
}

bool lte_mib_unpack(uint32_t mib, struct lte_mib_fields *f)
{
    uint32_t width = mib >> 21 & 7;

    if (width >= 6) {
        return false;
    }
    *f = (struct lte_mib_fields){
        .prb = prb_of[width],
        .phich_extended = (mib >> 20 & 1) != 0,
        .phich_resources = mib >> 18 & 3,
        .sfn = (mib >> LTE_MIB_SFN_SHIFT & 0xff) << 2,
        .spare = mib & 0x3ff,
    };
    return true;
}

static uint8_t bch_parity(unsigned x)
{
    return (uint8_t)(__builtin_popcount(x) & 1);
}

void lte_bch_code(uint64_t block, uint8_t coded[LTE_BCH_CODED])
{
    /* The register starts with the last six bits, the newest highest. */
    unsigned reg = 0;

    for (unsigned i = 0; i < 6; i++) {
        reg |= (unsigned)(block >> i & 1) << (6 - i);
    }
    for (size_t k = 0; k < LTE_BCH_BITS; k++) {
        reg = reg >> 1 | (unsigned)(block >> (LTE_BCH_BITS - 1 - k) & 1) << 6;
        for (size_t i = 0; i < 3; i++) {
            coded[i * LTE_BCH_BITS + k] = bch_parity(reg & generator[i]);
        }
    }
}

void lte_bch_encode(uint32_t mib, unsigned ports, uint8_t coded[LTE_BCH_CODED])
{
    uint16_t crc = lte_crc16(mib, LTE_MIB_BITS) ^ lte_crc_mask(ports);

    lte_bch_code((uint64_t)mib << 16 | crc, coded);
}

void lte_bch_order(uint8_t order[LTE_BCH_CODED])
{
    static const uint8_t column[N_COLUMNS] = {
        1, 17, 9, 25, 5, 21, 13, 29, 3, 19, 11, 27, 7, 23, 15, 31,
        0, 16, 8, 24, 4, 20, 12, 28, 2, 18, 10, 26, 6, 22, 14, 30};
    size_t n = 0;

    for (unsigned stream = 0; stream < 3; stream++) {
        for (unsigned j = 0; j < N_ROWS * N_COLUMNS; j++) {
            unsigned at = j % N_ROWS * N_COLUMNS + column[j / N_ROWS];
            if (at >= N_DUMMY) {
                order[n++] = (uint8_t)(stream * LTE_BCH_BITS + at - N_DUMMY);
            }
        }
    }
    assert(n == LTE_BCH_CODED);
}

/* The three coded bits of every register, the first stream's lowest. */
static void bch_outputs(uint8_t output[2 * N_STATES])
{
    for (unsigned reg = 0; reg < 2 * N_STATES; reg++) {
        output[reg] = 0;
        for (unsigned i = 0; i < 3; i++) {
            output[reg] |= (uint8_t)(bch_parity(reg & generator[i]) << i);
        }
    }
}

/*
 * One step of the trellis.  A state is the last six bits, the newest highest;
 * its predecessors differ in the bit that falls out at the bottom.
 * branch: [128] by register; from, to: [64].  One bit of choice a state.
 */
static uint64_t bch_step(const float *branch, const float *from, float *to)
{
    uint64_t choice = 0;

    for (unsigned s = 0; s < N_STATES; s++) {
        unsigned reg = s << 1;
        float a = from[reg % N_STATES] + branch[reg];
        float b = from[reg % N_STATES + 1] + branch[reg + 1];
        to[s] = b > a ? b : a;
        choice |= (uint64_t)(b > a) << s;
    }
    return choice;
}

/* Gain of each register's three bits at step k; branch: [128]. */
static void bch_branches(const float *soft, unsigned k, const uint8_t *output,
                         float *branch)
{
    float gain[8];

    for (unsigned c = 0; c < 8; c++) {
        gain[c] = 0;
        for (unsigned i = 0; i < 3; i++) {
            float bit = soft[i * LTE_BCH_BITS + k];
            gain[c] += c >> i & 1 ? -bit : bit;
        }
    }
    for (unsigned reg = 0; reg < 2 * N_STATES; reg++) {
        branch[reg] = gain[output[reg]];
    }
}

uint64_t lte_bch_decode(const float soft[LTE_BCH_CODED])
{
    uint8_t output[2 * N_STATES];
    float branch[2 * N_STATES];
    uint64_t choice[N_STEPS];
    float metric[2][N_STATES] = {{0}};
    uint64_t block = 0;
    unsigned s = 0;

    bch_outputs(output);
    for (unsigned t = 0; t < N_STEPS; t++) {
        bch_branches(soft, t % LTE_BCH_BITS, output, branch);
        choice[t] = bch_step(branch, metric[t % 2], metric[(t + 1) % 2]);
    }
    for (unsigned i = 1; i < N_STATES; i++) {
        s = metric[N_STEPS % 2][i] > metric[N_STEPS % 2][s] ? i : s;
    }
    for (unsigned t = N_STEPS; t-- > LTE_BCH_BITS;) {
        if (t < 2 * LTE_BCH_BITS) {
            block |= (uint64_t)(s >> 5) << (2 * LTE_BCH_BITS - 1 - t);
        }
        s = (s << 1 | (unsigned)(choice[t] >> s & 1)) & (N_STATES - 1);
    }
    return block;
}
