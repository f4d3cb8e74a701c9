/*
 * lte_pbch.c - PBCH demodulation, 3GPP TS 36.211 6.6 and 6.3.4.3: maximum ratio
 * combining for one port, Alamouti pairs for two and four.
 */
#include "sdr/fn/lte_rx/lte_pbch.h"

#include "sdr/fn/lte_rx/lte_crs.h"

enum {
    N_PORTS = 4,
    N_SLOTS = 3,   /* whose reference signals serve: the PBCH is in slot 1 */
    N_SYMBOLS = 5, /* of each, with all of these; the PBCH is in the first 4 */
};

_Static_assert(N_SLOTS *N_SYMBOLS <= (int)LTE_OFDM_SYMBOLS, "at once");

static const float noise_min = 1e-3f; /* of the channel's power */

/* Everything that names one frame of one cell. */
struct pbch_source {
    struct lte_ofdm *ofdm;
    const struct lte_iq *iq;
    const struct lte_cand *cell;
    double start;
};

/* One frame: what came in, and how it came. */
struct pbch_frame {
    uint32_t there; /* bit N_SYMBOLS slot + l */
    float complex y[N_SLOTS * N_SYMBOLS][LTE_N_SC];
    float complex h[N_PORTS][LTE_N_SC];
    float noise;
    uint16_t at[LTE_N_PBCH]; /* l * 72 + k of each symbol sent */
    size_t n;
};

/* Weighted sums of pilots on the lower and upper half of six subcarriers. */
struct pbch_combs {
    float complex sum[2][LTE_N_CRS];
    float weight[2];
};

static void pbch_add_pilots(const struct pbch_source *s,
                            const struct pbch_frame *f,
                            const struct lte_pilot *p, float weight,
                            struct pbch_combs *c)
{
    float complex h[LTE_N_CRS];
    size_t which = lte_crs_first(&s->cell->id, p) / 3;
    size_t at = p->slot * N_SYMBOLS + lte_crs_symbol(&s->cell->id, p);

    if ((f->there >> at & 1) == 0) {
        return;
    }
    lte_crs_pilots(s->cell, p, f->y[at], h);
    for (size_t m = 0; m < LTE_N_CRS; m++) {
        c->sum[which][m] += weight * h[m];
    }
    c->weight[which] += weight;
}

/*
 * Channel of one port over slots 0 to 2, in which it is taken as constant.
 * False when half of the pilots are missing.
 */
static bool pbch_channel(const struct pbch_source *s,
                         const struct lte_chan *chan, unsigned port,
                         struct pbch_frame *f)
{
    static const float weight[N_SLOTS] = {1, 2, 1}; /* nearness to slot 1 */
    struct pbch_combs c = {0};
    float complex p[LTE_CHAN_N] = {0};
    float power = 0;

    for (unsigned slot = 0; slot < N_SLOTS; slot++) {
        struct lte_pilot pilot = {port, slot, false};
        pbch_add_pilots(s, f, &pilot, weight[slot], &c);
        pilot.is_second = true;
        if (port < 2 && slot < 2) {
            pbch_add_pilots(s, f, &pilot, 1, &c);
        }
    }
    if (!(c.weight[0] > 0) || !(c.weight[1] > 0)) {
        return false;
    }
    for (size_t i = 0; i < LTE_CHAN_N; i++) {
        p[i] = c.sum[i % 2][i / 2] / c.weight[i % 2];
        power += crealf(p[i] * conjf(p[i])) / LTE_CHAN_N;
    }
    unsigned first = s->cell->id.cell_id % 3u;
    float noise = lte_chan_estimate(chan, first, p, f->h[port]);
    if (port == 0) {
        f->noise = noise > noise_min * power ? noise : noise_min * power;
    }
    return true;
}

static bool pbch_receive(const struct pbch_source *s,
                         const struct lte_chan *chan, struct pbch_frame *f)
{
    static const uint32_t pbch = 0xf << N_SYMBOLS;
    double clock = lte_clock(s->iq, s->cell->cfo_hz);
    double at[N_SLOTS * N_SYMBOLS];

    for (unsigned k = 0; k < N_SLOTS * N_SYMBOLS; k++) {
        at[k] = s->start + (double)lte_symbol_at(s->cell->id.extended,
                                                 k / N_SYMBOLS, k % N_SYMBOLS) *
                               clock;
    }
    f->there = lte_ofdm_symbols(s->ofdm, s->iq, at, N_SLOTS * N_SYMBOLS,
                                s->cell->cfo_hz, f->y);
    if ((f->there & pbch) != pbch) {
        return false;
    }
    for (unsigned port = 0; port < N_PORTS; port++) {
        if (!pbch_channel(s, chan, port, f)) {
            return false;
        }
    }
    f->n = lte_pbch_at(&s->cell->id, f->at);
    return true;
}

/* Two soft bits of a QPSK symbol: real part first. */
static void pbch_bits(float complex v, float scale, float *soft)
{
    soft[0] = crealf(v) * scale;
    soft[1] = cimagf(v) * scale;
}

/* Symbol i that was sent, as received. */
static float complex pbch_at(const struct pbch_frame *f, size_t i)
{
    return f->y[N_SYMBOLS + f->at[i] / LTE_N_SC][f->at[i] % LTE_N_SC];
}

static void pbch_one_port(const struct pbch_frame *f, float *soft)
{
    for (size_t i = 0; i < f->n; i++) {
        float complex h = f->h[0][f->at[i] % LTE_N_SC];
        pbch_bits(conjf(h) * pbch_at(f, i), 1 / f->noise, soft + 2 * i);
    }
}

/* Symbols i and i + 1, sent from ports a and b: x0, x1 and -x1*, x0*. */
static void pbch_pair(const struct pbch_frame *f, size_t i, unsigned a,
                      unsigned b, float *soft)
{
    float complex y0 = pbch_at(f, i);
    float complex y1 = pbch_at(f, i + 1);
    size_t k0 = f->at[i] % LTE_N_SC;
    size_t k1 = f->at[i + 1] % LTE_N_SC;
    float complex x0 = conjf(f->h[a][k0]) * y0 + f->h[b][k1] * conjf(y1);
    float complex x1 = conjf(f->h[a][k1]) * y1 - f->h[b][k0] * conjf(y0);

    pbch_bits(x0, 1 / f->noise, soft + 2 * i);
    pbch_bits(x1, 1 / f->noise, soft + 2 * i + 2);
}

bool lte_pbch_demod(const struct lte_chan *chan, struct lte_ofdm *o,
                    const struct lte_iq *iq, const struct lte_cand *c,
                    double frame_start, struct lte_pbch_bits *out)
{
    struct pbch_source s = {o, iq, c, frame_start};
    struct pbch_frame f;

    if (!pbch_receive(&s, chan, &f) || !(f.noise > 0)) {
        return false;
    }
    out->n = 2 * f.n;
    pbch_one_port(&f, out->soft[0]);
    for (size_t i = 0; i < f.n; i += 2) {
        pbch_pair(&f, i, 0, 1, out->soft[1]);
        /* With four ports, pairs alternate between 0, 2 and 1, 3. */
        unsigned a = i / 2 % 2;
        pbch_pair(&f, i, a, a + 2, out->soft[2]);
    }
    return true;
}
