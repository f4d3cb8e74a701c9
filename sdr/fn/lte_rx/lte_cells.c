/*
 * lte_cells.c - successive cancellation: the clearest cell that is decoded is
 * taken out before the next is looked for.
 */
#include "sdr/fn/lte_rx/lte_cells.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"
#include "sdr/fn/lte_rx/lte_cancel.h"
#include "sdr/fn/lte_rx/lte_crs.h"
#include "sdr/fn/lte_rx/lte_mib.h"
#include "sdr/fn/lte_rx/lte_search.h"

enum {
    ROUNDS = 8,      /* of search, decode and cancel, at most */
    WIDE_EVERY = 12, /* windows: how often all frequencies are searched anew */
    MISSED_MAX = 6,  /* windows after which a cell is gone */
    RANGES_MAX = LTE_SEARCH_RANGES,
};

/* Least PSS, in deviations of noise, of a cell that nothing hides. */
static const float pss_open = 10;
static const double pss_apart = 12;   /* samples */
static const double near_hz = 2000;   /* cells of one frequency */
static const float evidence_gone = 6; /* of a known cell that is not there */

struct lte_cells {
    struct lte_search *search;
    struct lte_mib *mib;
    struct lte_cancel *cancel;
    struct lte_ofdm *ofdm;
    struct lte_chan chan;
    struct lte_known known[LTE_CELLS_MAX]; /* the strongest first */
    size_t n;
    size_t n_candidates;
    unsigned n_windows;
    float complex rest[LTE_CELLS_WINDOW]; /* what is not explained so far */
};

int lte_cells_open(struct lte_cells **out)
{
    struct lte_cells *c = calloc(1, sizeof *c);

    if (c == NULL || lte_search_open(&c->search) < 0 ||
        lte_mib_open(&c->mib) < 0 || lte_cancel_open(&c->cancel) < 0 ||
        lte_ofdm_open(&c->ofdm) < 0) {
        lte_cells_close(c);
        return ERR_NO_MEM;
    }
    lte_chan_init(&c->chan);
    *out = c;
    return 0;
}

void lte_cells_close(struct lte_cells *c)
{
    if (c != NULL) {
        lte_search_close(c->search);
        lte_mib_close(c->mib);
        lte_cancel_close(c->cancel);
        lte_ofdm_close(c->ofdm);
    }
    free(c);
}

void lte_cells_lend(struct lte_cells *c, enum lte_kernel which,
                    const struct fn_kernel *kernel)
{
    lte_mib_lend(c->mib, which, kernel);
    lte_search_lend(c->search, which, kernel);
    if (which == LTE_KERNEL_FFT) {
        lte_cancel_lend(c->cancel, kernel);
        lte_ofdm_lend(c->ofdm, kernel);
    }
}

void lte_cells_clear(struct lte_cells *c)
{
    c->n = 0;
    c->n_windows = 0;
}

void lte_cells_move(struct lte_cells *c, size_t n)
{
    for (size_t k = 0; k < c->n; k++) {
        c->known[k].cand.start -= (double)n;
        c->known[k].cell.frame_start -= (double)n;
    }
}

/* Moves a frame start by whole frames, into (-1, 0] frames. */
static void cells_to_front(const struct lte_iq *iq, struct lte_cand *cand)
{
    double period = LTE_FRAME * lte_clock(iq, cand->cfo_hz);

    cand->start -= period * ceil(cand->start / period);
}

/* Brings what is said of the cell up to what was measured. */
static void cells_update(const struct lte_iq *iq, struct lte_known *k)
{
    double clock = lte_clock(iq, k->cand.cfo_hz);
    double frames =
        round((k->cand.start - k->cell.frame_start) / (LTE_FRAME * clock));

    if (k->cand.start < -0.5) {
        frames += 1; /* the first that is whole */
    }
    k->cell.cfo_hz = k->cand.cfo_hz;
    k->cell.ppm = (clock - 1) * 1e6;
    k->cell.frame_start = k->cand.start;
    if (k->cand.start < -0.5) {
        k->cell.frame_start += LTE_FRAME * clock;
    }
    k->cell.sfn = (int)fmod(k->cell.sfn + frames + 1024 * 1024, 1024);
    k->cell.snr_db = k->cand.snr_db;
    k->cell.rsrp_db = k->cand.rsrp_db;
    k->cell.rsrq_db = k->cand.rsrq_db;
}

static void cells_take_out(struct lte_cells *c, const struct lte_iq *rest,
                           const struct lte_known *k)
{
    double period = LTE_FRAME * lte_clock(rest, k->cand.cfo_hz);
    double back = round((k->cell.frame_start - k->cand.start) / period);
    struct lte_mib_fields mib = {
        .prb = (unsigned)k->cell.prb,
        .phich_extended = k->cell.phich_dur != 0,
        .phich_resources = (unsigned)k->cell.phich_ng,
        .sfn = (unsigned)(k->cell.sfn + 1024 - (int)back) % 1024,
        .spare = k->cell.spare,
    };

    lte_cancel_run(c->cancel, &c->chan, rest, &k->cand, (unsigned)k->cell.ports,
                   &mib, c->rest);
}

/* Measures a known cell in what the stronger ones left; false: it is gone. */
static bool cells_follow(struct lte_cells *c, const struct lte_iq *rest,
                         struct lte_known *k)
{
    struct lte_cand now = k->cand;

    cells_to_front(rest, &now);
    lte_crs_measure(c->ofdm, rest, &now);
    if (now.evidence < evidence_gone) {
        k->n_missed++;
        return k->n_missed < MISSED_MAX;
    }
    k->cand = now;
    k->n_missed = 0;
    k->n_windows++;
    cells_update(rest, k);
    cells_take_out(c, rest, k);
    return true;
}

static void cells_follow_all(struct lte_cells *c, const struct lte_iq *rest)
{
    size_t n = 0;

    for (size_t k = 0; k < c->n; k++) {
        if (cells_follow(c, rest, &c->known[k])) {
            c->known[n++] = c->known[k];
        }
    }
    c->n = n;
}

static bool cells_has(const struct lte_cells *c, unsigned pci)
{
    for (size_t k = 0; k < c->n; k++) {
        if (c->known[k].cell.pci == (int)pci) {
            return true;
        }
    }
    return false;
}

/* Frequencies of the known cells; all when there is none. */
static size_t cells_ranges(const struct lte_cells *c, double cfo_max_hz,
                           bool wide, struct lte_pss_range range[RANGES_MAX])
{
    size_t n = 0;

    for (size_t k = 0; !wide && k < c->n && n < RANGES_MAX; k++) {
        double hz = c->known[k].cand.cfo_hz;
        bool is_new = fabs(hz) <= cfo_max_hz;
        for (size_t i = 0; i < n; i++) {
            is_new = is_new && fabs(range[i].from_hz - hz) > near_hz;
        }
        if (is_new) {
            range[n++] = (struct lte_pss_range){hz, hz};
        }
    }
    if (n == 0) {
        range[n++] = (struct lte_pss_range){-cfo_max_hz, cfo_max_hz};
    }
    return n;
}

/* Starts with samples that are numbers, and without the receiver's own
 * carrier, which is in no cell. */
static void cells_begin(struct lte_cells *c, const struct lte_iq *iq)
{
    double re = 0, im = 0;

    for (size_t k = 0; k < iq->n; k++) {
        c->rest[k] =
            cf(lte_clean(crealf(iq->x[k])), lte_clean(cimagf(iq->x[k])));
        re += (double)crealf(c->rest[k]);
        im += (double)cimagf(c->rest[k]);
    }
    float complex mean =
        iq->n > 0 ? cf((float)(re / (double)iq->n), (float)(im / (double)iq->n))
                  : 0;
    for (size_t k = 0; k < iq->n; k++) {
        c->rest[k] -= mean;
    }
}

/* Whether the PSS of 'cand' is also that of a cell found from 'first' on. */
static bool cells_shares_pss(const struct lte_cells *c, size_t first,
                             const struct lte_cand *cand)
{
    for (size_t k = first; k < c->n; k++) {
        const struct lte_cand *other = &c->known[k].cand;
        double apart =
            fabs(remainder(other->start - cand->start, LTE_HALF_FRAME));
        if (other->id.cell_id % 3 == cand->id.cell_id % 3 &&
            apart < pss_apart) {
            return true;
        }
    }
    return false;
}

/*
 * One search in what is left; how many new cells.  Of cells that share a PSS
 * one is taken: the next round shows what the PSS of the others is worth.
 */
static size_t cells_round(struct lte_cells *c, const struct lte_iq *rest,
                          double cfo_max_hz, bool wide, float pss_min)
{
    struct lte_cand cand[LTE_SEARCH_MAX];
    struct lte_pss_range range[RANGES_MAX];
    size_t n_ranges = cells_ranges(c, cfo_max_hz, wide, range);
    size_t skip = rest->n > LTE_PSS_MAX ? rest->n - LTE_PSS_MAX : 0;
    struct lte_iq part = {rest->x + skip, rest->n - skip, rest->carrier_hz};
    size_t n_cand =
        lte_search_run(c->search, &part, range, n_ranges, pss_min, cand);
    size_t first = c->n;

    c->n_candidates += n_cand;
    for (size_t k = 0; k < n_cand && c->n < LTE_CELLS_MAX; k++) {
        struct lte_known *new = &c->known[c->n];
        cand[k].start += (double)skip;
        cells_to_front(rest, &cand[k]);
        if (cells_has(c, cand[k].id.cell_id) ||
            cells_shares_pss(c, first, &cand[k]) ||
            !lte_mib_decode(c->mib, rest, &cand[k], &new->cell)) {
            continue;
        }
        new->cand = cand[k];
        new->n_windows = 1;
        new->n_missed = 0;
        cells_update(rest, new);
        cells_take_out(c, rest, new);
        c->n++;
    }
    return c->n - first;
}

void lte_cells_run(struct lte_cells *c, const struct lte_iq *iq,
                   const struct lte_cells_limits *limits)
{
    struct lte_iq rest = {c->rest, iq->n, iq->carrier_hz};
    bool wide = c->n == 0 || c->n_windows % WIDE_EVERY == 0;
    size_t n_new = 1;

    assert(iq->n <= LTE_CELLS_WINDOW);
    cells_begin(c, iq);
    c->n_candidates = 0;
    cells_follow_all(c, &rest);
    for (unsigned k = 0; k < ROUNDS && n_new > 0; k++) {
        n_new = cells_round(c, &rest, limits->cfo_max_hz, wide,
                            c->n == 0 ? pss_open : limits->pss_hidden);
        wide = false;
    }
    c->n_windows++;
}

const struct lte_known *lte_cells_known(const struct lte_cells *c, size_t *n)
{
    *n = c->n;
    return c->known;
}

size_t lte_cells_n_candidates(const struct lte_cells *c)
{
    return c->n_candidates;
}
