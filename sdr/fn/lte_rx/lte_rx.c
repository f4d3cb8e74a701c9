/*
 * lte_rx.c - receiver of LTE cells: samples at 1.92 Msps in, cells out.
 *
 * Works in windows of 160 ms, four periods of the MIB.  A cell is reported once
 * a stretch, when its MIB is known.
 */
#include "lte_rx_csr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/fn.h"
#include "sdr/fn/lte_rx/lte_mib.h"
#include "sdr/fn/lte_rx/lte_search.h"

enum {
    WINDOW = 16 * 19200,
    LEAST = 19200, /* a frame: shorter stretches hold no cell */
    CELL_IDS = 504,
};

struct lte_rx {
    struct lte_search *search;
    struct lte_mib *mib;
    uint64_t first; /* number of held[0] in the stream */
    size_t n_held;
    struct lte_cand cand[LTE_SEARCH_MAX]; /* of this window ... */
    size_t n_cand, cand_at;               /* ... and the next to be decoded */
    bool searched;                        /* they are those of 'held' */
    bool seen[CELL_IDS];                  /* reported in this stretch */
    /* Each call decodes a candidate at least, while more samples come. */
    float complex held[WINDOW + (LTE_SEARCH_MAX + 1) * FN_BURST_IQ];
};

static int lte_rx_open(struct fn_state *s)
{
    struct lte_rx *w = calloc(1, sizeof *w);

    s->own = w;
    return w == NULL || lte_search_open(WINDOW, &w->search) < 0 ||
                   lte_mib_open(&w->mib) < 0
               ? ERR_NO_MEM
               : 0;
}

static void lte_rx_close(struct fn_state *s)
{
    struct lte_rx *w = s->own;

    if (w != NULL) {
        lte_search_close(w->search);
        lte_mib_close(w->mib);
        free(w);
    }
}

static void make_record(const struct lte_rx *w, const struct lte_cell *c,
                        const struct lte_cand *cand, struct rec *rec)
{
    static const uint8_t sixths[] = {1, 3, 6, 12};
    struct rec_lte_cell *r = &rec->lte;

    memset(rec, 0, sizeof *rec); /* padding crosses a process border, too */
    rec->type = REC_LTE_CELL;
    r->frame_start_sample = (double)w->first + c->frame_start_sample;
    r->cfo_hz = c->cfo_hz;
    /* Coherence of the reference signals is SNR / (1 + SNR). */
    r->snr_db = cand->coherence > 0 && cand->coherence < 0.9999f
                    ? 10 * log10((double)cand->coherence /
                                 (1 - (double)cand->coherence))
                    : 0;
    r->cell_id = c->cell_id;
    r->is_tdd = c->tdd;
    r->extended_cp = c->extended;
    r->has_mib = 1;
    r->ports = (uint8_t)c->ports;
    r->prb = (uint8_t)c->prb;
    r->extended_phich = c->phich_extended;
    r->phich_sixths = sixths[c->phich_resources & 3];
    r->sfn = (uint16_t)c->sfn;
}

/* Searches the window, or goes on with what was found; until 'out' is full. */
static void work(struct fn_state *s, struct fn_span *out)
{
    struct lte_rx *w = s->own;
    struct lte_rx_regs *regs = s->regs;
    struct lte_iq iq = {w->held, w->n_held < WINDOW ? w->n_held : WINDOW,
                        1e3 * regs->carrier_khz};

    if (!w->searched) {
        double cfo_max_hz =
            regs->cfo_max_hz < 200000 ? regs->cfo_max_hz : 199999;
        w->n_cand = lte_search_run(w->search, &iq, cfo_max_hz, w->cand);
        w->cand_at = 0;
        w->searched = true;
        regs->n_windows++;
        regs->n_candidates += (uint32_t)w->n_cand;
    }
    while (w->cand_at < w->n_cand && out->n < out->cap) {
        const struct lte_cand *cand = &w->cand[w->cand_at++];
        struct lte_cell cell;
        if (lte_mib_decode(w->mib, &iq, cand, &cell) &&
            cell.cell_id < CELL_IDS && !w->seen[cell.cell_id]) {
            w->seen[cell.cell_id] = true;
            regs->n_cells++;
            make_record(w, &cell, cand, (struct rec *)out->items + out->n++);
        }
    }
}

/* True when the window at the front has nothing more to give. */
static bool is_done(const struct lte_rx *w)
{
    return w->searched && w->cand_at == w->n_cand;
}

static void forget_window(struct lte_rx *w)
{
    size_t n = w->n_held < WINDOW ? w->n_held : WINDOW;

    memmove(w->held, w->held + n, (w->n_held - n) * sizeof w->held[0]);
    w->n_held -= n;
    w->first += n;
    w->searched = false;
}

static void lte_rx_run(struct fn_state *s, const struct fn_span *in,
                       struct fn_span *out)
{
    struct lte_rx *w = s->own;
    size_t enough = in->n == 0 ? LEAST : WINDOW;

    out->n = 0;
    if (in->n > 0 && in->item0 != w->first + w->n_held) {
        w->first = in->item0;
        w->n_held = 0;
        w->searched = false;
        memset(w->seen, 0, sizeof w->seen);
    }
    if (in->n > 0) {
        memcpy(w->held + w->n_held, in->items, in->n * sizeof w->held[0]);
        w->n_held += in->n;
    }
    while (w->n_held >= enough && out->n < out->cap) {
        work(s, out);
        if (is_done(w)) {
            forget_window(w);
        }
    }
}

const struct fn lte_rx_fn = {
    .csr = &lte_rx_csr,
    .summary = "receiver of LTE cells and their master information block",
    .run = lte_rx_run,
    .rate_hz = 1.92e6,
    .open = lte_rx_open,
    .close = lte_rx_close,
};
