/*
 * lte_cancel.c - regeneration and subtraction, one subframe after the other.
 *
 * The channel of each port comes from the reference signals of the subframe.
 * Subframes 0 and 5 have them in every cell; in the others a symbol counts only
 * when they are as expected from those: uplink and MBSFN subframes have none.
 * PSS and SSS may leave by any mixture of the ports, which is fitted.
 */
#include "sdr/fn/lte_rx/lte_cancel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"

enum { SUBFRAMES = 10, SYMBOLS_MAX = 7 };

static const float fit_min = 0.5f;  /* of the expected amplitude of a symbol */
static const float loading = 1e-3f; /* of the ports' fit, against likeness */

struct lte_cancel {
    struct lte_ofdm *ofdm;
    /* Of this run. */
    const struct lte_chan *chan;
    const struct lte_iq *iq;
    const struct lte_cand *cell;
    double clock;
    float complex *x;
    struct lte_grid grid;
    float complex pbch[LTE_GRID_TTI][LTE_N_PBCH];
    unsigned n_symbols; /* of a slot */
    double frame;       /* its start */
    /* Of the subframe at hand. */
    float complex y[2 * SYMBOLS_MAX][LTE_N_SC];
    bool there[2 * SYMBOLS_MAX], has_crs[2 * SYMBOLS_MAX];
    /* Of the last subframe that had one. */
    float complex h[LTE_GRID_PORTS][LTE_N_SC];
    bool known;
};

int lte_cancel_open(struct lte_cancel **out)
{
    struct lte_cancel *w = calloc(1, sizeof *w);

    if (w == NULL || lte_ofdm_open(&w->ofdm) < 0) {
        lte_cancel_close(w);
        return ERR_NO_MEM;
    }
    *out = w;
    return 0;
}

void lte_cancel_close(struct lte_cancel *w)
{
    if (w != NULL) {
        lte_ofdm_close(w->ofdm);
    }
    free(w);
}

void lte_cancel_lend(struct lte_cancel *w, const struct fn_kernel *kernel)
{
    lte_ofdm_lend(w->ofdm, kernel);
}

static double cancel_at(const struct lte_cancel *w, unsigned sf, unsigned i)
{
    size_t at = lte_symbol_at(w->cell->id.extended, 2 * sf + i / w->n_symbols,
                              i % w->n_symbols);

    return w->frame + (double)at * w->clock;
}

static void cancel_receive(struct lte_cancel *w, unsigned sf)
{
    double at[2 * SYMBOLS_MAX];

    for (unsigned i = 0; i < 2 * w->n_symbols; i++) {
        at[i] = cancel_at(w, sf, i);
    }
    uint32_t there = lte_ofdm_symbols(
        w->ofdm, w->iq, at, (size_t)2 * w->n_symbols, w->cell->cfo_hz, w->y);
    for (unsigned i = 0; i < 2 * w->n_symbols; i++) {
        w->there[i] = (there >> i & 1) != 0;
    }
}

/* Whether symbol i has the CRS of 'p' with about the channel known so far. */
static bool cancel_has(const struct lte_cancel *w, const struct lte_pilot *p,
                       unsigned i)
{
    const float complex *r = lte_grid_crs(&w->grid, p);
    size_t first = lte_crs_first(&w->cell->id, p);
    float fit = 0, power = 0;

    for (size_t m = 0; m < LTE_N_CRS; m++) {
        size_t k = first + 6 * m;
        float complex v = cf_mul(w->h[p->port][k], r[m]);
        fit += crealf(cf_mul_conj(w->y[i][k], v));
        power += cf_norm(v);
    }
    return fit > fit_min * power;
}

/* Symbol of the subframe with pilot 'p'. */
static unsigned cancel_symbol(const struct lte_cancel *w,
                              const struct lte_pilot *p)
{
    return p->slot % 2 * w->n_symbols + lte_crs_symbol(&w->cell->id, p);
}

/* Says in which symbols the CRS are: all of subframes 0 and 5, else those of
 * port 0 decide. */
static void cancel_find(struct lte_cancel *w, unsigned sf)
{
    for (unsigned i = 0; i < 2 * w->n_symbols; i++) {
        w->has_crs[i] = false;
    }
    for (unsigned k = 0; k < 4; k++) {
        struct lte_pilot p = {0, 2 * sf + k / 2, k % 2 != 0};
        unsigned i = cancel_symbol(w, &p);
        w->has_crs[i] = w->there[i] && (sf % 5 == 0 || cancel_has(w, &p, i));
        if (k % 2 == 0) { /* ports 2 and 3 follow in the next symbol */
            w->has_crs[i + 1] = w->has_crs[i] && w->there[i + 1];
        }
    }
}

/* Channel of a port from the symbols that have its CRS; false: none. */
static bool cancel_channel(struct lte_cancel *w, unsigned sf, unsigned port)
{
    float complex comb[2][LTE_N_CRS] = {{0}};
    float complex pilots[LTE_CHAN_N];
    float n[2] = {0, 0};

    for (unsigned k = 0; k < 4; k++) {
        struct lte_pilot p = {port, 2 * sf + k / 2, k % 2 != 0};
        if (port >= 2 && p.is_second) {
            continue;
        }
        unsigned i = cancel_symbol(w, &p);
        const float complex *r = lte_grid_crs(&w->grid, &p);
        size_t first = lte_crs_first(&w->cell->id, &p);
        for (size_t m = 0; w->has_crs[i] && m < LTE_N_CRS; m++) {
            comb[first / 3][m] += cf_mul_conj(w->y[i][first + 6 * m], r[m]);
        }
        n[first / 3] += w->has_crs[i] ? 1 : 0;
    }
    if (!(n[0] > 0) || !(n[1] > 0)) {
        return false;
    }
    for (size_t i = 0; i < LTE_CHAN_N; i++) {
        pilots[i] = comb[i % 2][i / 2] / n[i % 2];
    }
    (void)lte_chan_estimate(w->chan, w->cell->id.cell_id % 3u, pilots,
                            w->h[port]); /* its noise is not asked for */
    return true;
}

/* Solves a[n][n] v = b in place; the matrix is Hermitian, positive definite. */
static void cancel_solve(float complex a[LTE_GRID_PORTS][LTE_GRID_PORTS],
                         float complex b[LTE_GRID_PORTS], unsigned n)
{
    for (unsigned p = 0; p < n; p++) {
        float complex scale = 1 / a[p][p];
        for (unsigned j = p; j < n; j++) {
            a[p][j] = cf_mul(a[p][j], scale);
        }
        b[p] = cf_mul(b[p], scale);
        for (unsigned i = 0; i < n; i++) {
            float complex factor = i == p ? 0 : a[i][p];
            for (unsigned j = p; j < n; j++) {
                a[i][j] -= cf_mul(factor, a[p][j]);
            }
            b[i] -= cf_mul(factor, b[p]);
        }
    }
}

/* Adds to 's' the sync signal as the mixture of ports that fits y best. */
static void cancel_fit_sync(const struct lte_cancel *w, const float complex *y,
                            const struct lte_grid_symbol *s, float complex *out)
{
    float complex a[LTE_GRID_PORTS][LTE_GRID_PORTS] = {{0}};
    float complex b[LTE_GRID_PORTS] = {0};
    unsigned n = w->grid.ports;
    float trace = 0;

    for (size_t k = LTE_SYNC_K; k < LTE_SYNC_K + LTE_N_SYNC; k++) {
        for (unsigned i = 0; i < n; i++) {
            float complex v = cf_mul(w->h[i][k], s->sync[k]);
            b[i] += cf_mul_conj(y[k], v);
            for (unsigned j = 0; j < n; j++) {
                a[i][j] += cf_mul_conj(cf_mul(w->h[j][k], s->sync[k]), v);
            }
        }
    }
    for (unsigned i = 0; i < n; i++) {
        trace += crealf(a[i][i]);
    }
    if (!(trace > 0)) {
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        a[i][i] += loading * trace;
    }
    cancel_solve(a, b, n);
    for (size_t k = 0; k < LTE_N_SC; k++) {
        for (unsigned i = 0; i < n; i++) {
            out[k] += cf_mul(b[i], cf_mul(w->h[i][k], s->sync[k]));
        }
    }
}

/* Takes out all that is known of subframe 'sf'. */
static void cancel_subframe(struct lte_cancel *w, unsigned sf,
                            unsigned frame_in_tti)
{
    for (unsigned i = 0; i < 2 * w->n_symbols; i++) {
        struct lte_grid_symbol s;
        float complex out[LTE_N_SC] = {0};
        lte_grid_symbol(&w->grid, 2 * sf + i / w->n_symbols, i % w->n_symbols,
                        w->pbch[frame_in_tti], &s);
        s.has_crs = s.has_crs && w->has_crs[i];
        if (!w->there[i] || !(s.has_crs || s.has_pbch || s.has_sync)) {
            continue;
        }
        for (unsigned p = 0; (s.has_crs || s.has_pbch) && p < w->grid.ports;
             p++) {
            for (size_t k = 0; k < LTE_N_SC; k++) {
                out[k] += cf_mul(w->h[p][k], s.port[p][k]);
            }
        }
        if (s.has_sync) {
            cancel_fit_sync(w, w->y[i], &s, out);
        }
        bool is_first = i % w->n_symbols == 0;
        size_t prefix = w->cell->id.extended ? 32 : is_first ? 10 : 9;
        lte_ofdm_subtract(w->ofdm, w->x, w->iq->n, cancel_at(w, sf, i), prefix,
                          w->cell->cfo_hz, out);
    }
}

/* Channels of all ports; stays what it was where a port has none. */
static void cancel_channels(struct lte_cancel *w, unsigned sf)
{
    bool all = true;

    for (unsigned p = 0; p < w->grid.ports; p++) {
        all = cancel_channel(w, sf, p) && all;
    }
    w->known = w->known || all;
}

static void cancel_frame(struct lte_cancel *w, unsigned sfn)
{
    for (unsigned sf = 0; sf < SUBFRAMES; sf++) {
        if (sf % 5 != 0 && !w->known) {
            continue; /* nothing says whether it has reference signals */
        }
        cancel_receive(w, sf);
        cancel_find(w, sf);
        cancel_channels(w, sf);
        if (w->known) {
            cancel_subframe(w, sf, sfn % LTE_GRID_TTI);
        }
    }
}

void lte_cancel_run(struct lte_cancel *w, const struct lte_chan *chan,
                    const struct lte_iq *iq, const struct lte_cand *c,
                    unsigned ports, const struct lte_mib_fields *mib,
                    float complex *x)
{
    struct lte_mib_fields now = *mib;
    bool fresh = true;

    w->chan = chan;
    w->iq = iq;
    w->cell = c;
    w->x = x;
    w->known = false;
    w->clock = lte_clock(iq, c->cfo_hz);
    w->n_symbols = lte_n_symbols(c->id.extended);
    lte_grid_init(&w->grid, &c->id, c->tdd, ports);
    for (w->frame = c->start; w->frame < (double)iq->n;
         w->frame += LTE_FRAME * w->clock) {
        if (fresh || now.sfn % LTE_GRID_TTI == 0) {
            lte_grid_pbch(&w->grid, &now, w->pbch);
        }
        fresh = false;
        cancel_frame(w, now.sfn);
        now.sfn = (now.sfn + 1) % 1024;
    }
}
