/* lte_dci.c - see lte_dci.h. */
#include "sdr/dsp/lte_dci.h"

#include <assert.h>

enum {
    GAP_FROM = 50, /* bandwidths from here on have a second gap */
};

/* TS 36.213 Table 7.1.7.2.1-1, columns of 2 and 3 resource blocks. */
static const uint16_t tbs_1a[27][2] = {
    {32, 56},     {56, 88},     {72, 144},    {104, 176},   {120, 208},
    {144, 224},   {176, 256},   {224, 328},   {256, 392},   {296, 456},
    {328, 504},   {376, 584},   {440, 680},   {488, 744},   {552, 840},
    {600, 904},   {632, 968},   {696, 1064},  {776, 1160},  {840, 1288},
    {904, 1384},  {1000, 1480}, {1064, 1608}, {1128, 1736}, {1192, 1800},
    {1256, 1864}, {1480, 2216},
};

/* Table 7.1.7.2.3-1. */
static const uint16_t tbs_1c[32] = {
    40,  56,   72,   120,  136,  144,  176,  208,  224,  256,  280,
    296, 328,  336,  392,  488,  552,  600,  632,  696,  776,  840,
    904, 1000, 1064, 1128, 1224, 1288, 1384, 1480, 1608, 1736,
};

/* Bits that count n things. */
static unsigned bits_for(unsigned n)
{
    unsigned bits = 0;

    while ((1u << bits) < n) {
        bits++;
    }
    return bits;
}

/* Ngap, TS 36.211 Table 6.2.3.2-1, for the bandwidths of the MIB. */
static unsigned gap_of(const struct lte_layout *g, bool second_gap)
{
    switch (g->prb) {
    case 6: return 3;
    case 15: return 8;
    case 25: return 12;
    case 50: return second_gap ? 9 : 27;
    case 75: return second_gap ? 16 : 32;
    default: return second_gap ? 16 : 48;
    }
}

unsigned lte_dci_vrbs(const struct lte_layout *g, bool second_gap)
{
    unsigned gap = gap_of(g, second_gap);

    if (second_gap) {
        return g->prb / (2 * gap) * 2 * gap;
    }
    return 2 * (gap < g->prb - gap ? gap : g->prb - gap);
}

/* Format 1C counts virtual resource blocks in steps. */
static unsigned step_of(const struct lte_layout *g)
{
    return g->prb < GAP_FROM ? 2 : 4;
}

static unsigned riv_bits(unsigned n)
{
    return bits_for(n * (n + 1) / 2);
}

unsigned lte_dci_size(const struct lte_layout *g, enum lte_dci_format format)
{
    static const uint8_t ambiguous[] = {12, 14, 16, 20, 24, 26, 32, 40, 44, 56};

    if (format == LTE_DCI_1C) {
        return (g->prb < GAP_FROM ? 0 : 1) +
               riv_bits(lte_dci_vrbs(g, false) / step_of(g)) + 5;
    }
    /* Longer than format 0 of an uplink as wide as the downlink. */
    unsigned size = riv_bits(g->prb) + (g->tdd ? 18 : 15);
    for (unsigned k = 0; k < sizeof ambiguous; k++) {
        if (size == ambiguous[k]) {
            return size + 1;
        }
    }
    return size;
}

/* Resource indication value, 36.213 7.1.6.3. */
static unsigned riv_of(unsigned total, unsigned first, unsigned n)
{
    return n - 1 <= total / 2 ? total * (n - 1) + first
                              : total * (total - n + 1) + total - 1 - first;
}

/* False: it means nothing in 'total' blocks. */
static bool riv_read(unsigned total, unsigned riv, unsigned *first, unsigned *n)
{
    unsigned a = riv / total, b = riv % total;

    if (a + b < total) {
        *n = a + 1;
        *first = b;
    } else {
        *n = total - a + 1;
        *first = total - 1 - b;
    }
    return *n >= 1 && *n <= total && *first + *n <= total &&
           riv_of(total, *first, *n) == riv;
}

unsigned lte_dci_tbs(enum lte_dci_format format, unsigned mcs, bool three)
{
    if (format == LTE_DCI_1C) {
        return mcs < 32 ? tbs_1c[mcs] : 0;
    }
    return mcs < 27 ? tbs_1a[mcs][three ? 1 : 0] : 0;
}

uint64_t lte_dci_pack(const struct lte_layout *g, const struct lte_dci *d)
{
    unsigned size = lte_dci_size(g, d->format);
    unsigned n_riv = riv_bits(g->prb);
    unsigned used = n_riv + (g->tdd ? 18 : 15);
    uint64_t bits;

    if (d->format == LTE_DCI_1C) {
        unsigned step = step_of(g);
        unsigned total = lte_dci_vrbs(g, d->second_gap) / step;
        assert(d->first % step == 0 && d->n % step == 0 && d->n >= step &&
               (d->first + d->n) / step <= total && d->mcs < 32);
        n_riv = riv_bits(lte_dci_vrbs(g, false) / step);
        bits = d->second_gap && g->prb >= GAP_FROM ? 1 : 0;
        bits = bits << n_riv | riv_of(total, d->first / step, d->n / step);
        return bits << 5 | d->mcs;
    }
    assert(d->n >= 1 && d->first + d->n <= g->prb && d->mcs < 32 && d->rv < 4);
    bits = 1u << 1 | (d->distributed ? 1 : 0); /* not format 0 */
    bits = bits << n_riv | riv_of(g->prb, d->first, d->n);
    bits = bits << 5 | d->mcs;
    bits <<= g->tdd ? 4 : 3; /* HARQ process */
    bits = bits << 1 | (d->second_gap ? 1 : 0);
    bits = bits << 2 | d->rv;
    bits = bits << 2 | (d->three ? 1 : 0);
    bits <<= g->tdd ? 2 : 0; /* downlink assignment index */
    return bits << (size - used);
}

static enum lte_dci_refusal unpack_1c(const struct lte_layout *g, uint64_t bits,
                                      struct lte_dci *d)
{
    unsigned step = step_of(g);
    unsigned n_riv = riv_bits(lte_dci_vrbs(g, false) / step);
    unsigned first, n;

    d->format = LTE_DCI_1C;
    d->distributed = true;
    d->second_gap = g->prb >= GAP_FROM && (bits >> (5 + n_riv) & 1) != 0;
    d->mcs = bits & 31;
    d->rv = LTE_DCI_NO_RV;
    if (!riv_read(lte_dci_vrbs(g, d->second_gap) / step,
                  (unsigned)(bits >> 5) & ((1u << n_riv) - 1), &first, &n)) {
        return LTE_DCI_RANGE;
    }
    d->first = (uint8_t)(first * step);
    d->n = (uint8_t)(n * step);
    return LTE_DCI_OK;
}

static enum lte_dci_refusal unpack_1a(const struct lte_layout *g, uint64_t bits,
                                      struct lte_dci *d)
{
    unsigned n_riv = riv_bits(g->prb);
    unsigned pad = lte_dci_size(g, LTE_DCI_1A) - n_riv - (g->tdd ? 18 : 15);
    unsigned first, n;

    if (bits & ((1u << pad) - 1)) {
        return LTE_DCI_OTHER;
    }
    bits >>= pad + (g->tdd ? 2 : 0);
    d->format = LTE_DCI_1A;
    d->three = (bits & 1) != 0;
    d->rv = bits >> 2 & 3;
    bool gap = (bits >> 4 & 1) != 0;
    bits >>= g->tdd ? 9 : 8;
    d->mcs = bits & 31;
    unsigned riv = (unsigned)(bits >> 5) & ((1u << n_riv) - 1);
    bits >>= 5 + n_riv;
    d->distributed = (bits & 1) != 0;
    d->second_gap = d->distributed && gap && g->prb >= GAP_FROM;
    if ((bits >> 1 & 1) == 0) {
        return LTE_DCI_OTHER;
    }
    if (!riv_read(g->prb, riv, &first, &n) ||
        (d->distributed && first + n > lte_dci_vrbs(g, d->second_gap))) {
        return LTE_DCI_RANGE;
    }
    d->first = (uint8_t)first;
    d->n = (uint8_t)n;
    return LTE_DCI_OK;
}

enum lte_dci_refusal lte_dci_unpack(const struct lte_layout *g,
                                    enum lte_dci_format format, uint64_t bits,
                                    struct lte_dci *d)
{
    struct lte_dci made = {0};
    enum lte_dci_refusal why = format == LTE_DCI_1C ? unpack_1c(g, bits, &made)
                                                    : unpack_1a(g, bits, &made);

    if (why != LTE_DCI_OK) {
        return why;
    }
    made.tbs = (uint16_t)lte_dci_tbs(format, made.mcs, made.three);
    if (made.tbs == 0) {
        return LTE_DCI_SIZE;
    }
    *d = made;
    return LTE_DCI_OK;
}

/* Place of virtual block v in an even slot before the gap, 6.2.3.2. */
static unsigned dci_interleave(unsigned v, unsigned unit, unsigned prb)
{
    unsigned p = prb <= 10 ? 1 : prb <= 26 ? 2 : prb <= 63 ? 3 : 4;
    unsigned rows = (unit + 4 * p - 1) / (4 * p) * p;
    unsigned nulls = 4 * rows - unit;
    unsigned at = rows * (v % 4) + v / 4;

    if (nulls != 0 && v >= unit - nulls) {
        at = 2 * rows * (v % 2) + v / 2;
        return v % 2 == 1 ? at - rows : at - rows + nulls / 2;
    }
    return nulls != 0 && v % 4 >= 2 ? at - nulls / 2 : at;
}

static void dci_mark(const struct lte_layout *g, const struct lte_dci *d,
                     bool used[2][LTE_PRB_MAX])
{
    unsigned gap = gap_of(g, d->second_gap);
    unsigned all = lte_dci_vrbs(g, d->second_gap);
    unsigned unit = d->second_gap ? 2 * gap : all;

    for (unsigned v = d->first; v < (unsigned)d->first + d->n; v++) {
        unsigned base = v / unit * unit;
        unsigned at[2] = {v, v};
        if (d->distributed) {
            at[0] = dci_interleave(v % unit, unit, g->prb);
            at[1] = (at[0] + unit / 2) % unit;
            for (unsigned slot = 0; slot < 2; slot++) {
                at[slot] += base + (at[slot] < unit / 2 ? 0 : gap - unit / 2);
            }
        }
        used[0][at[0]] = true;
        used[1][at[1]] = true;
    }
}

void lte_dci_prbs(const struct lte_layout *g, const struct lte_dci *d,
                  uint8_t prb[2][LTE_PRB_MAX])
{
    bool used[2][LTE_PRB_MAX] = {{false}};

    assert((unsigned)d->first + d->n <=
           (d->distributed ? lte_dci_vrbs(g, d->second_gap) : g->prb));
    dci_mark(g, d, used);
    for (unsigned slot = 0; slot < 2; slot++) {
        size_t n = 0;
        for (unsigned k = 0; k < g->prb; k++) {
            if (used[slot][k]) {
                prb[slot][n++] = (uint8_t)k;
            }
        }
        assert(n == d->n);
    }
}
