/* lte_seq.c - sequences and grid of LTE, 3GPP TS 36.211. */
#include "sdr/dsp/lte_seq.h"

#include <assert.h>
#include <math.h>

enum {
    SSS_M = 31,        /* length of the m-sequences of the SSS */
    GOLD_NC = 1600,    /* bits dropped at the start, 7.2 */
    GOLD_AT_ONCE = 28, /* bits: the taps are in the lowest four of 31 */
    CRS_CENTRE = 104,  /* m' of the first of the 12 central values: 110 - 6 */
};

float complex lte_phasor(double turns)
{
    float angle = (float)(2 * M_PI * (turns - floor(turns)));

    return cosf(angle) + I * sinf(angle);
}

void lte_pss(unsigned n_id_2, float complex d[LTE_N_SYNC])
{
    static const unsigned root[3] = {25, 29, 34};

    assert(n_id_2 < 3);
    for (unsigned n = 0; n < LTE_N_SYNC; n++) {
        unsigned m = n < 31 ? n : n + 1; /* element 31 lies on the carrier */
        d[n] = lte_phasor(-(double)(root[n_id_2] * m * (m + 1)) / 126.0);
    }
}

/* m-sequence +1/-1 with x(i + 5) = sum of x(i + j) over bits j of 'taps'. */
static void sss_m_sequence(unsigned taps, float s[SSS_M])
{
    unsigned x[SSS_M] = {0, 0, 0, 0, 1};

    for (size_t i = 0; i + 5 < SSS_M; i++) {
        for (size_t j = 0; j < 5; j++) {
            x[i + 5] ^= (taps >> j & 1) & x[i + j];
        }
    }
    for (size_t i = 0; i < SSS_M; i++) {
        s[i] = x[i] ? -1.0f : 1.0f;
    }
}

void lte_sss(unsigned cell_id, unsigned half, float d[LTE_N_SYNC])
{
    unsigned n1 = cell_id / 3;
    unsigned n2 = cell_id % 3;
    unsigned q0 = n1 / 30;
    unsigned q = (n1 + q0 * (q0 + 1) / 2) / 30;
    unsigned m = n1 + q * (q + 1) / 2;
    unsigned m0 = m % SSS_M;
    unsigned m1 = (m0 + m / SSS_M + 1) % SSS_M;
    float s[SSS_M];
    float c[SSS_M];
    float z[SSS_M];

    assert(cell_id < LTE_N_CELLS && half < 2);
    sss_m_sequence(0x05, s);
    sss_m_sequence(0x09, c);
    sss_m_sequence(0x17, z);
    if (half == 1) { /* subframe 5 has the two parts exchanged */
        unsigned swap = m0;
        m0 = m1;
        m1 = swap;
    }
    for (size_t n = 0; n < SSS_M; n++) {
        d[2 * n] = s[(n + m0) % SSS_M] * c[(n + n2) % SSS_M];
        d[2 * n + 1] = s[(n + m1) % SSS_M] * c[(n + n2 + 3) % SSS_M] *
                       z[(n + m0 % 8) % SSS_M];
    }
}

/* Both registers, 31 bits each, 'n' <= GOLD_AT_ONCE steps on: so many new bits
 * follow from those that stand there. */
static void gold_step(uint32_t *x1, uint32_t *x2, unsigned n)
{
    uint32_t some = (1U << n) - 1;
    uint32_t new1 = (*x1 ^ *x1 >> 3) & some;
    uint32_t new2 = (*x2 ^ *x2 >> 1 ^ *x2 >> 2 ^ *x2 >> 3) & some;

    *x1 = *x1 >> n | new1 << (31 - n);
    *x2 = *x2 >> n | new2 << (31 - n);
}

void lte_gold(uint32_t c_init, uint8_t *c, size_t n)
{
    uint32_t x1 = 1;
    uint32_t x2 = c_init & 0x7fffffff;

    for (unsigned k = 0; k < GOLD_NC / GOLD_AT_ONCE; k++) {
        gold_step(&x1, &x2, GOLD_AT_ONCE);
    }
    gold_step(&x1, &x2, GOLD_NC % GOLD_AT_ONCE);
    for (size_t at = 0; at < n; at += GOLD_AT_ONCE) {
        uint32_t bits = x1 ^ x2;
        for (size_t k = at; k < n && k < at + GOLD_AT_ONCE; k++) {
            c[k] = bits & 1;
            bits >>= 1;
        }
        gold_step(&x1, &x2, GOLD_AT_ONCE);
    }
}

unsigned lte_n_symbols(bool extended)
{
    return extended ? 6 : 7;
}

size_t lte_symbol_at(bool extended, unsigned slot, unsigned l)
{
    /* Normal prefix: 10 samples at the first symbol, 9 at the others. */
    size_t at = extended ? 32 + l * (size_t)160 : 10 + l * (size_t)137;

    return slot * (size_t)LTE_SLOT + at;
}

unsigned lte_crs_symbol(const struct lte_id *id, const struct lte_pilot *p)
{
    if (p->port >= 2) {
        return 1;
    }
    return p->is_second ? lte_n_symbols(id->extended) - 3 : 0;
}

unsigned lte_crs_first(const struct lte_id *id, const struct lte_pilot *p)
{
    bool moved = p->port >= 2 ? p->slot % 2 != 0 : p->is_second;
    unsigned v = (p->port % 2 != 0) != moved ? 3 : 0;

    return (v + id->cell_id) % 6;
}

uint32_t lte_crs_init(const struct lte_id *id, const struct lte_pilot *p)
{
    uint32_t l = lte_crs_symbol(id, p);

    return ((7 * (p->slot + 1) + l + 1) * (2u * id->cell_id + 1) << 10) +
           2u * id->cell_id + (id->extended ? 0 : 1);
}

void lte_crs(const struct lte_id *id, const struct lte_pilot *p,
             float complex r[LTE_N_CRS])
{
    uint8_t c[2 * (CRS_CENTRE + LTE_N_CRS)];

    lte_gold(lte_crs_init(id, p), c, sizeof c);
    for (size_t m = 0; m < LTE_N_CRS; m++) {
        const uint8_t *bit = &c[2 * (CRS_CENTRE + m)];
        r[m] = (bit[0] ? -1.0f : 1.0f) * (float)M_SQRT1_2 +
               I * ((bit[1] ? -1.0f : 1.0f) * (float)M_SQRT1_2);
    }
}

size_t lte_pbch_at(const struct lte_id *id, uint16_t at[LTE_N_PBCH])
{
    size_t n = 0;

    for (unsigned l = 0; l < 4; l++) {
        /* Reference signals of four ports are left out, however many exist. */
        bool has_crs = l < 2 || (id->extended && l == 3);
        for (unsigned k = 0; k < LTE_N_SC; k++) {
            if (!has_crs || k % 3 != id->cell_id % 3u) {
                at[n++] = (uint16_t)(l * LTE_N_SC + k);
            }
        }
    }
    return n;
}
