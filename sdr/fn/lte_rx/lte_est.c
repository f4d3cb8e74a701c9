/*
 * lte_est.c - see lte_est.h.  The channel is taken as constant over the
 * subframe but for the turn of the carrier: reference signals of all its
 * symbols make one comb of every third subcarrier, which a Wiener filter for
 * short and long echoes alike smooths and fills.
 */
#include "sdr/fn/lte_rx/lte_est.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "sdr/dsp/cf.h"
#include "sdr/dsp/lte_seq.h"

enum {
    COMB_MAX = 4 * LTE_PRB_MAX,
    PILOTS_MAX = 2 * LTE_PRB_MAX,
    SYMBOLS_CRS = 6, /* of a subframe with reference signals, at most */
};

static const double spacing_hz = 15e3;
static const double short_s = 1.0e-6, long_s = 5.6e-6; /* spreads of echoes */
static const double long_share = 0.3;
static const double noise_share = 0.1; /* of a pilot's power */
static const float keep = 0.6f; /* of what the subframes before measured */

static double sinc(double x)
{
    return fabs(x) < 1e-9 ? 1 : sin(M_PI * x) / (M_PI * x);
}

/* Correlation of the channel 'k' subcarriers apart. */
static double est_correlation(int k)
{
    double hz = spacing_hz * k;

    return (1 - long_share) * sinc(hz * short_s) +
           long_share * sinc(hz * long_s);
}

/* a[n][n + 1] by elimination; positive definite. */
static void est_solve(double a[LTE_EST_TAPS][LTE_EST_TAPS + 1])
{
    for (int i = 0; i < LTE_EST_TAPS; i++) {
        for (int j = 0; j < LTE_EST_TAPS; j++) {
            double f = j == i ? 0 : a[j][i] / a[i][i];
            for (int c = i; c <= LTE_EST_TAPS; c++) {
                a[j][c] -= f * a[i][c];
            }
        }
    }
}

void lte_est_table_init(struct lte_est_table *t)
{
    memset(t, 0, sizeof *t);
    for (int place = 0; place < LTE_EST_PLACES; place++) {
        double a[LTE_EST_TAPS][LTE_EST_TAPS + 1];
        for (int i = 0; i < LTE_EST_TAPS; i++) {
            for (int j = 0; j < LTE_EST_TAPS; j++) {
                a[i][j] =
                    est_correlation(3 * (i - j)) + (i == j ? noise_share : 0);
            }
            a[i][LTE_EST_TAPS] =
                est_correlation(place - LTE_EST_BEFORE - 3 * i);
        }
        est_solve(a);
        for (int i = 0; i < LTE_EST_TAPS; i++) {
            t->w[place][i] = (float)(a[i][LTE_EST_TAPS] / a[i][i]);
        }
    }
}

/* Which of the table's three a symbol of a slot is. */
static unsigned est_which(unsigned l)
{
    return l == 0 ? 0 : l == 1 ? 2 : 1;
}

void lte_est_table_cell(struct lte_est_table *t, const struct lte_layout *g)
{
    unsigned other = lte_layout_slot_symbols(g) - 3;

    if (t->has_crs && t->grid.pci == g->pci && t->grid.prb == g->prb &&
        t->grid.extended == g->extended) {
        return;
    }
    t->has_crs = true;
    t->grid = *g;
    for (unsigned slot = 0; slot < 20; slot++) {
        lte_layout_crs_bits(g, slot, 0, t->crs[slot][0]);
        lte_layout_crs_bits(g, slot, other, t->crs[slot][1]);
        lte_layout_crs_bits(g, slot, 1, t->crs[slot][2]);
    }
}

/* Nominal sample at 1.92 Msps of the useful part of symbol l. */
static double symbol_time(const struct lte_subframe *s, unsigned l)
{
    unsigned per_slot = lte_layout_slot_symbols(&s->grid);

    return (double)lte_symbol_at(s->grid.extended, l / per_slot, l % per_slot);
}

static bool subframe_symbol(struct lte_subframe *s, unsigned l)
{
    if ((s->have >> l & 1) == 0 && (s->lost >> l & 1) == 0) {
        double at =
            s->start + symbol_time(s, l) * s->samples->factor * s->clock;
        bool there = lte_fft_symbol(s->fft, s->samples, at, s->cfo_hz,
                                    s->grid.prb, s->y[l]);
        s->have |= (there ? 1u : 0u) << l;
        s->lost |= (there ? 0u : 1u) << l;
    }
    return (s->have >> l & 1) != 0;
}

/* Reference signals of one port in one symbol. */
struct pilots {
    unsigned l, first;
    float complex h[PILOTS_MAX];
};

struct port_pilots {
    size_t n;
    struct pilots p[4];
};

static void est_pilots(const struct lte_subframe *s, struct pilots *p)
{
    unsigned per_slot = lte_layout_slot_symbols(&s->grid);
    const uint8_t *bits = s->table->crs[2 * s->subframe + p->l / per_slot]
                                       [est_which(p->l % per_slot)];

    for (unsigned m = 0; m < 2u * s->grid.prb; m++) {
        float complex y = s->y[p->l][p->first + 6 * m];
        float re = bits[2 * m] ? -(float)M_SQRT1_2 : (float)M_SQRT1_2;
        float im = bits[2 * m + 1] ? -(float)M_SQRT1_2 : (float)M_SQRT1_2;
        p->h[m] = cf_mul_conj(y, cf(re, im));
    }
}

static void est_port(struct lte_subframe *s, unsigned port,
                     struct port_pilots *out)
{
    out->n = 0;
    for (unsigned l = 0; l < s->n_symbols && out->n < 4; l++) {
        struct pilots *p = &out->p[out->n];
        p->l = l;
        if (lte_layout_crs(&s->grid, port, l, &p->first) &&
            subframe_symbol(s, l)) {
            est_pilots(s, p);
            out->n++;
        }
    }
}

/* Mean product of values half a millisecond apart. */
static float complex est_turn(const struct lte_subframe *s,
                              const struct port_pilots *port)
{
    unsigned n = 2u * s->grid.prb;
    float complex sum = 0;

    for (size_t a = 0; a < port->n; a++) {
        for (size_t b = a + 1; b < port->n; b++) {
            if (port->p[a].first == port->p[b].first) {
                for (unsigned m = 0; m < n; m++) {
                    sum += cf_mul_conj(port->p[b].h[m], port->p[a].h[m]);
                }
            }
        }
    }
    return sum;
}

/* Mean product of values six subcarriers apart. */
static float complex est_slope(const struct lte_subframe *s,
                               const struct port_pilots *port)
{
    float complex sum = 0;

    for (size_t a = 0; a < port->n; a++) {
        for (unsigned m = 1; m < 2u * s->grid.prb; m++) {
            sum += cf_mul_conj(port->p[a].h[m], port->p[a].h[m - 1]);
        }
    }
    return sum;
}

/* Turns the carrier's residual offset and the mean delay out. */
static void est_straighten(const struct lte_subframe *s,
                           struct port_pilots *port)
{
    for (size_t a = 0; a < port->n; a++) {
        struct pilots *p = &port->p[a];
        double turn = -(double)s->rotation * symbol_time(s, p->l) / (2 * M_PI);
        float complex w = lte_phasor(turn - (double)s->delay * p->first);
        float complex step = lte_phasor(-6 * (double)s->delay);
        for (unsigned m = 0; m < 2u * s->grid.prb; m++) {
            p->h[m] = cf_mul(p->h[m], w);
            w = cf_mul(w, step);
        }
    }
}

/* Half the mean square of differences on the same subcarriers; 0: none. */
static float est_noise(const struct lte_subframe *s,
                       const struct port_pilots *port)
{
    unsigned n = 2u * s->grid.prb, count = 0;
    float sum = 0;

    for (size_t a = 0; a < port->n; a++) {
        for (size_t b = a + 1; b < port->n; b++) {
            if (port->p[a].first == port->p[b].first) {
                for (unsigned m = 0; m < n; m++) {
                    sum += cf_norm(port->p[b].h[m] - port->p[a].h[m]);
                }
                count += n;
            }
        }
    }
    return count > 0 ? sum / (2 * (float)count) : 0;
}

/* The comb of one port, smoothed and filled: s->h[port]; false: half of it is
 * missing. */
static bool est_fill(struct lte_subframe *s, unsigned port,
                     const struct port_pilots *pilots)
{
    unsigned first = s->grid.pci % 3u;
    unsigned n_comb = 4u * s->grid.prb;
    unsigned n_sc = 12u * s->grid.prb;
    float complex comb[COMB_MAX] = {0};
    float weight[2] = {0, 0};

    for (size_t a = 0; a < pilots->n; a++) {
        const struct pilots *p = &pilots->p[a];
        unsigned odd = (p->first - first) / 3;
        weight[odd]++;
        for (unsigned m = 0; m < n_comb / 2; m++) {
            comb[2 * m + odd] += p->h[m];
        }
    }
    if (!(weight[0] > 0) || !(weight[1] > 0)) {
        return false;
    }
    for (unsigned i = 0; i < n_comb; i++) {
        comb[i] /= weight[i % 2];
    }
    float complex w = 1, step = lte_phasor(s->delay);
    for (unsigned k = 0; k < n_sc; k++) {
        int low = ((int)k - (int)first) / 3 - LTE_EST_TAPS / 2 + 1;
        int top = (int)n_comb - LTE_EST_TAPS;
        low = low < 0 ? 0 : low > top ? top : low;
        int place = (int)k - (int)first - 3 * low + LTE_EST_BEFORE;
        const float *taps = s->table->w[place];
        float re = 0, im = 0;
        for (int i = 0; i < LTE_EST_TAPS; i++) {
            re += taps[i] * crealf(comb[low + i]);
            im += taps[i] * cimagf(comb[low + i]);
        }
        s->h[port][k] = cf_mul(cf(re, im), w);
        w = k % 64 == 63 ? lte_phasor((double)s->delay * (k + 1))
                         : cf_mul(w, step);
    }
    return true;
}

static float blend(float old, float now)
{
    return old + (1 - keep) * (now - old);
}

/* Carrier and delay of this subframe, with those before it. */
static void est_measure(struct lte_subframe *s,
                        const struct port_pilots port[2], unsigned n_ports)
{
    float complex turn = 0, slope = 0;

    for (unsigned k = 0; k < n_ports; k++) {
        turn += est_turn(s, &port[k]);
        slope += est_slope(s, &port[k]);
    }
    if (cf_norm(turn) > 0) {
        float now = cargf(turn) / LTE_SLOT;
        s->rotation = s->noise > 0 ? blend(s->rotation, now) : now;
    }
    if (cf_norm(slope) > 0) {
        float now = cargf(slope) / (6 * 2 * (float)M_PI);
        s->delay = s->noise > 0 ? blend(s->delay, now) : now;
    }
}

bool lte_subframe_open(struct lte_subframe *s)
{
    struct port_pilots port[2];
    unsigned n_first = s->grid.ports == 1 ? 1 : 2;
    float noise = 0;

    s->have = 0;
    s->lost = 0;
    s->n_symbols = lte_layout_symbols(&s->grid, s->subframe);
    if (s->n_symbols == 0) {
        return false;
    }
    for (unsigned k = 0; k < n_first; k++) {
        est_port(s, k, &port[k]);
        if (port[k].n < 2) {
            return false;
        }
    }
    est_measure(s, port, n_first);
    for (unsigned k = 0; k < n_first; k++) {
        est_straighten(s, &port[k]);
        noise += est_noise(s, &port[k]) / (float)n_first;
        if (!est_fill(s, k, &port[k])) {
            return false;
        }
    }
    for (unsigned k = 2; k < s->grid.ports; k++) {
        est_port(s, k, &port[0]);
        est_straighten(s, &port[0]);
        if (!est_fill(s, k, &port[0])) {
            return false;
        }
    }
    s->power = 0;
    for (unsigned k = 0; k < 12u * s->grid.prb; k++) {
        s->power += cf_norm(s->h[0][k]) / (12 * (float)s->grid.prb);
    }
    float least = 1e-4f * s->power;
    noise = noise > 0 ? noise : s->noise;
    s->noise = noise > least ? noise : least;
    return s->noise > 0;
}

/* Two soft bits of a QPSK symbol: real part first. */
static void soft_bits(float complex v, float scale, float *soft)
{
    soft[0] = crealf(v) * scale;
    soft[1] = cimagf(v) * scale;
}

/* A pair sent from ports a and b: x0, x1 and -x1*, x0*, 36.211 6.3.4.3. */
static void soft_pair(const struct lte_subframe *s, const float complex y[2],
                      const unsigned k[2], unsigned a, float *soft)
{
    unsigned b = s->grid.ports == 4 ? a + 2 : 1;
    float scale = 1 / s->noise;
    float complex x0 =
        cf_mul_conj(y[0], s->h[a][k[0]]) + cf_mul_conj(s->h[b][k[1]], y[1]);
    float complex x1 =
        cf_mul_conj(y[1], s->h[a][k[1]]) - cf_mul_conj(s->h[b][k[0]], y[0]);

    soft_bits(x0, scale, soft);
    soft_bits(x1, scale, soft + 2);
}

bool lte_subframe_soft(struct lte_subframe *s, const uint16_t *re, size_t n,
                       float *soft)
{
    unsigned n_sc = 12u * s->grid.prb;
    float complex turn[LTE_SYMBOLS_MAX];

    assert(s->grid.ports == 1 || n % 2 == 0);
    for (unsigned l = 0; l < s->n_symbols; l++) {
        turn[l] =
            lte_phasor(-(double)s->rotation * symbol_time(s, l) / (2 * M_PI));
    }
    for (size_t i = 0; i < n; i++) {
        if (!subframe_symbol(s, re[i] / n_sc)) {
            return false;
        }
    }
    for (size_t i = 0; s->grid.ports == 1 && i < n; i++) {
        unsigned l = re[i] / n_sc, k = re[i] % n_sc;
        float complex y = cf_mul(s->y[l][k], turn[l]);
        soft_bits(cf_mul_conj(y, s->h[0][k]), 1 / s->noise, soft + 2 * i);
    }
    for (size_t i = 0; s->grid.ports > 1 && i < n; i += 2) {
        unsigned k[2];
        float complex y[2];
        for (size_t j = 0; j < 2; j++) {
            k[j] = re[i + j] % n_sc;
            y[j] = cf_mul(s->y[re[i + j] / n_sc][k[j]], turn[re[i + j] / n_sc]);
        }
        /* With four ports, pairs alternate between 0, 2 and 1, 3. */
        unsigned a = s->grid.ports == 4 ? i / 2 % 2 : 0;
        soft_pair(s, y, k, a, soft + 2 * i);
    }
    return true;
}
