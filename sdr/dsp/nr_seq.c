/* nr_seq.c - see nr_seq.h. */
#include "sdr/dsp/nr_seq.h"

#include <assert.h>
#include <math.h>

#include "sdr/dsp/cf.h"
#include "sdr/dsp/lte_seq.h"

enum {
    EDGE = 48, /* subcarriers of symbol 2 on either side of the SSS */
    SLOT_SYMBOLS = 14,
};

/* m-sequence with x(i + 7) = x(i + tap) + x(i); bit i of 'first' is x(i). */
static void m_sequence(unsigned tap, unsigned first, uint8_t x[NR_N_SYNC])
{
    for (unsigned i = 0; i < NR_N_SYNC; i++) {
        x[i] = i < 7 ? first >> i & 1 : x[i - 7 + tap] ^ x[i - 7];
    }
}

void nr_pss(unsigned n_id_2, float d[NR_N_SYNC])
{
    uint8_t x[NR_N_SYNC];

    assert(n_id_2 < 3);
    m_sequence(4, 0x76, x);
    for (unsigned n = 0; n < NR_N_SYNC; n++) {
        d[n] = x[(n + 43 * n_id_2) % NR_N_SYNC] ? -1.0f : 1.0f;
    }
}

void nr_sss(unsigned cell_id, float d[NR_N_SYNC])
{
    unsigned n_id_1 = cell_id / 3;
    unsigned m0 = 15 * (n_id_1 / 112) + 5 * (cell_id % 3);
    unsigned m1 = n_id_1 % 112;
    uint8_t x0[NR_N_SYNC], x1[NR_N_SYNC];

    assert(cell_id < NR_N_CELLS);
    m_sequence(4, 1, x0);
    m_sequence(1, 1, x1);
    for (unsigned n = 0; n < NR_N_SYNC; n++) {
        int bit = x0[(n + m0) % NR_N_SYNC] ^ x1[(n + m1) % NR_N_SYNC];
        d[n] = bit != 0 ? -1.0f : 1.0f;
    }
}

void nr_dmrs(unsigned cell_id, unsigned index, float complex r[NR_N_DMRS])
{
    uint32_t init = ((index + 1) * (cell_id / 4 + 1) << 11) +
                    ((index + 1) << 6) + cell_id % 4;
    uint8_t c[2 * NR_N_DMRS];

    assert(cell_id < NR_N_CELLS && index < NR_N_INDEX);
    lte_gold(init, c, sizeof c); /* 5.2.1 is 36.211 7.2 */
    for (size_t m = 0; m < NR_N_DMRS; m++) {
        r[m] = cf(c[2 * m] ? -1.0f : 1.0f, c[2 * m + 1] ? -1.0f : 1.0f) *
               (float)M_SQRT1_2;
    }
}

/* Has the broadcast channel, or its reference signals, this place? */
static bool has_pbch(unsigned l, unsigned k)
{
    return l == 1 || l == 3 || (l == 2 && (k < EDGE || k >= NR_N_SC - EDGE));
}

void nr_dmrs_at(unsigned cell_id, uint16_t at[NR_N_DMRS])
{
    size_t n = 0;

    for (unsigned l = 1; l < NR_SYMBOLS; l++) {
        for (unsigned k = cell_id % 4; k < NR_N_SC; k += 4) {
            if (has_pbch(l, k)) {
                at[n++] = (uint16_t)(l * NR_N_SC + k);
            }
        }
    }
    assert(n == NR_N_DMRS);
}

void nr_pbch_at(unsigned cell_id, uint16_t at[NR_N_PBCH])
{
    size_t n = 0;

    for (unsigned l = 1; l < NR_SYMBOLS; l++) {
        for (unsigned k = 0; k < NR_N_SC; k++) {
            if (has_pbch(l, k) && k % 4 != cell_id % 4) {
                at[n++] = (uint16_t)(l * NR_N_SC + k);
            }
        }
    }
    assert(n == NR_N_PBCH);
}

void nr_pbch_scrambling(unsigned cell_id, unsigned v, uint8_t c[NR_PBCH_BITS])
{
    uint8_t all[8 * NR_PBCH_BITS];

    assert(cell_id < NR_N_CELLS && v < 8);
    lte_gold(cell_id, all, (size_t)(v + 1) * NR_PBCH_BITS);
    for (size_t k = 0; k < NR_PBCH_BITS; k++) {
        c[k] = all[(size_t)v * NR_PBCH_BITS + k];
    }
}

void nr_turn(double turns, float complex w[NR_FFT])
{
    enum { ROW = 16 };

    for (size_t n = 0; n < ROW; n++) {
        w[n] = lte_phasor(turns * (double)n);
    }
    for (size_t at = ROW; at < NR_FFT; at += ROW) {
        float complex first = lte_phasor(turns * (double)at);
        for (size_t n = 0; n < ROW; n++) {
            w[at + n] = cf_mul(first, w[n]);
        }
    }
}

size_t nr_half_frame(unsigned scs_khz)
{
    assert(scs_khz == 15 || scs_khz == 30);
    return (size_t)NR_SLOT * 5 * scs_khz / 15;
}

size_t nr_symbol_at(unsigned scs_khz, unsigned slot, unsigned l)
{
    /* The first prefix of every half millisecond is longer. */
    size_t longer = scs_khz == 30 ? 4 : l < 7 ? 2 : 4;

    assert(l < SLOT_SYMBOLS && (scs_khz == 15 || scs_khz == 30));
    return slot * (size_t)NR_SLOT + l * (size_t)NR_SYMBOL + NR_PREFIX + longer;
}

size_t nr_block_at(unsigned scs_khz, bool case_b, unsigned index)
{
    static const unsigned b[4] = {4, 8, 16, 20};
    bool is_b = scs_khz == 30 && case_b;
    unsigned symbol = is_b ? 28 * (index / 4) + b[index % 4]
                           : 14 * (index / 2) + (index % 2 == 0 ? 2 : 8);

    assert(index < NR_N_INDEX);
    return nr_symbol_at(scs_khz, symbol / SLOT_SYMBOLS, symbol % SLOT_SYMBOLS);
}
