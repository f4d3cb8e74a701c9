/*
 * lte_rx.c - receiver of LTE cells: samples at a multiple of 1.92 Msps in,
 * cells and their system information out.
 *
 * Works on windows of 160 ms, four periods of the MIB, each of which begins 80
 * ms after the last; the first is half as long.  A cell is reported when
 * its MIB is known, once more if its SIB1 comes later, and again as
 * REPORT_EVERY says.
 */
#include "lte_rx_csr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/fn.h"
#include "sdr/fn/lte_rx/lte_cells.h"
#include "sdr/fn/lte_rx/lte_wide.h"

enum {
    WINDOW = LTE_CELLS_WINDOW,
    HOP = WINDOW / 2, /* new samples of a window */
    LEAST = 19200,    /* a frame: shorter stretches hold no cell */
    HELD = WINDOW + FN_BURST_IQ,
};

struct lte_rx {
    struct lte_cells *cells;
    struct lte_wide *wide;
    uint64_t next;  /* number of the stream's next sample */
    uint64_t first; /* number of held[0], at 1.92 Msps */
    size_t n_held;
    size_t n_old;                /* of them, seen in a window before */
    bool seen[LTE_N_CELLS];      /* reported in this stretch ... */
    bool seen_sib1[LTE_N_CELLS]; /* ... with SIB1 */
    bool due[LTE_N_CELLS];       /* to be reported */
    uint32_t n_refused;          /* as counted in the register */
    float complex held[HELD];
};

static int lte_rx_open(struct fn_state *s)
{
    struct lte_rx *w = calloc(1, sizeof *w);

    s->own = w;
    return w == NULL || lte_cells_open(&w->cells) < 0 ||
                   lte_wide_open(HELD, &w->wide) < 0
               ? ERR_NO_MEM
               : 0;
}

static void lte_rx_close(struct fn_state *s)
{
    struct lte_rx *w = s->own;

    if (w != NULL) {
        lte_cells_close(w->cells);
        lte_wide_close(w->wide);
        free(w);
    }
}

/* In the order of enum lte_kernel. */
static const char *const kernels[] = {"viterbi_tb", "fft128", "pss_correlate",
                                      NULL};

static void lte_rx_lend(const struct fn_state *s, size_t k,
                        const struct fn_kernel *kernel)
{
    const struct lte_rx *w = s->own;

    lte_cells_lend(w->cells, (enum lte_kernel)k, kernel);
    lte_wide_lend(w->wide, (enum lte_kernel)k, kernel);
}

static void make_record(const struct lte_rx *w, const struct lte_cell *c,
                        struct rec *rec)
{
    static const uint8_t sixths[] = {1, 3, 6, 12};
    struct rec_lte_cell *r = &rec->lte;

    memset(rec, 0, sizeof *rec); /* padding crosses a process border, too */
    rec->type = REC_LTE_CELL;
    r->frame_start_sample = (double)w->first + c->frame_start;
    r->cfo_hz = c->cfo_hz;
    r->snr_db = (double)c->snr_db;
    r->rsrp_db = (double)c->rsrp_db;
    r->rsrq_db = (double)c->rsrq_db;
    r->cell_id = (uint16_t)c->pci;
    r->is_tdd = c->tdd;
    r->extended_cp = c->ext_cp;
    r->has_mib = 1;
    r->ports = (uint8_t)c->ports;
    r->prb = (uint8_t)c->prb;
    r->extended_phich = c->phich_dur != 0;
    r->phich_sixths = sixths[c->phich_ng & 3];
    r->sfn = (uint16_t)c->sfn;
    const struct lte_si *si = lte_wide_si(w->wide, c->pci);
    if (si != NULL && si->has_sib1) {
        r->n_sib1 = (uint16_t)si->n_sib1_bytes;
        memcpy(r->sib1, si->sib1_bytes, si->n_sib1_bytes);
    }
}

/* Is the cell's SIB1 known, and was it not when the cell was reported? */
static bool sib1_is_new(const struct lte_rx *w, int pci)
{
    const struct lte_si *si = lte_wide_si(w->wide, pci);

    return si != NULL && si->has_sib1 && !w->seen_sib1[pci];
}

/* Says which cells are to be reported: new ones, those whose SIB1 is, and those
 * seen in another 'every' windows. */
static void mark_due(struct lte_rx *w, uint32_t every)
{
    size_t n;
    const struct lte_known *k = lte_cells_known(w->cells, &n);

    for (; n > 0; n--, k++) {
        bool again = every > 0 && k->n_windows > 1 && k->n_missed == 0 &&
                     (k->n_windows - 1) % every == 0;
        w->due[k->cell.pci] =
            again || !w->seen[k->cell.pci] || sib1_is_new(w, k->cell.pci);
    }
}

/* System information of the cells that are in the window of 'n'. */
static void follow(struct fn_state *s, size_t n)
{
    struct lte_rx *w = s->own;
    struct lte_rx_regs *regs = s->regs;
    size_t n_known;
    const struct lte_known *k = lte_cells_known(w->cells, &n_known);

    for (; n_known > 0; n_known--, k++) {
        if (k->n_missed == 0) {
            lte_wide_run(w->wide, &k->cell, w->first, w->first + n);
        }
    }
    uint32_t n_refused = lte_wide_n_refused(w->wide);
    regs->n_si_refused += n_refused - w->n_refused;
    w->n_refused = n_refused;
}

/* Looks at what is held: a window. */
static void search(struct fn_state *s)
{
    struct lte_rx *w = s->own;
    struct lte_rx_regs *regs = s->regs;
    size_t n = w->n_held < w->n_old + HOP ? w->n_held : w->n_old + HOP;
    struct lte_iq iq = {w->held, n, 1e3 * regs->carrier_khz};

    struct lte_cells_limits limits = {
        .cfo_max_hz = regs->cfo_max_hz < 200000 ? regs->cfo_max_hz : 199999,
        .pss_hidden = (float)regs->hidden_pss,
    };

    lte_cells_run(w->cells, &iq, &limits);
    follow(s, n);
    mark_due(w, regs->report_every);
    w->n_old = n;
    regs->n_windows++;
    regs->n_candidates += (uint32_t)lte_cells_n_candidates(w->cells);
}

/* Reports messages that were found, while 'out' has room. */
static void report_messages(struct fn_state *s, struct fn_span *out)
{
    struct lte_rx *w = s->own;
    struct lte_rx_regs *regs = s->regs;
    struct lte_si_message m;

    while (out->n < out->cap && lte_wide_take(w->wide, &m)) {
        struct rec *rec = (struct rec *)out->items + out->n++;
        memset(rec, 0, sizeof *rec);
        rec->type = REC_LTE_SI;
        rec->si = (struct rec_lte_si){
            .frame_start_sample = m.frame_start,
            .cell_id = (uint16_t)m.pci,
            .sfn = (uint16_t)m.sfn,
            .subframe = (uint8_t)m.subframe,
            .n = (uint16_t)m.n,
        };
        memcpy(rec->si.bytes, m.bytes, m.n);
        regs->n_si++;
    }
}

/* Reports what is due, while 'out' has room. */
static void report(struct fn_state *s, struct fn_span *out)
{
    struct lte_rx *w = s->own;
    struct lte_rx_regs *regs = s->regs;
    size_t n;
    const struct lte_known *k = lte_cells_known(w->cells, &n);

    for (; n > 0 && out->n < out->cap; n--, k++) {
        int pci = k->cell.pci;
        if (w->due[pci]) {
            regs->n_cells += w->seen[pci] ? 0 : 1;
            w->seen_sib1[pci] = w->seen_sib1[pci] || sib1_is_new(w, pci);
            w->seen[pci] = true;
            w->due[pci] = false;
            make_record(w, &k->cell, (struct rec *)out->items + out->n++);
        }
    }
    report_messages(s, out);
}

/* Lets go of what the next window does not need. */
static void move_on(struct lte_rx *w)
{
    if (w->n_old >= WINDOW) {
        memmove(w->held, w->held + HOP, (w->n_held - HOP) * sizeof w->held[0]);
        w->n_held -= HOP;
        w->n_old -= HOP;
        w->first += HOP;
        lte_cells_move(w->cells, HOP);
        lte_wide_forget(w->wide, w->first);
    }
}

static void begin(struct fn_state *s, uint64_t item0)
{
    struct lte_rx *w = s->own;
    const struct lte_rx_regs *regs = s->regs;

    w->first = lte_wide_begin(w->wide, regs->rate_factor, item0);
    w->next = item0;
    w->n_held = 0;
    w->n_old = 0;
    memset(w->seen, 0, sizeof w->seen);
    memset(w->seen_sib1, 0, sizeof w->seen_sib1);
    memset(w->due, 0, sizeof w->due);
    lte_cells_clear(w->cells);
}

static void lte_rx_run(struct fn_state *s, const struct fn_span *in,
                       struct fn_span *out)
{
    struct lte_rx *w = s->own;
    size_t least = in->n == 0 ? LEAST : HOP;

    out->n = 0;
    if (in->n > 0 && (in->item0 != w->next || w->next == 0)) {
        begin(s, in->item0);
    }
    if (in->n > 0) { /* less than a hop, and there was no whole one */
        w->n_held +=
            lte_wide_push(w->wide, in->items, in->n, w->held + w->n_held);
        w->next += in->n;
    }
    if (w->n_held - w->n_old >= least) {
        search(s);
    }
    report(s, out);
    move_on(w);
}

const struct fn lte_rx_fn = {
    .csr = &lte_rx_csr,
    .summary = "receiver of LTE cells and their system information",
    .run = lte_rx_run,
    .rate_hz = 1.92e6,
    .open = lte_rx_open,
    .close = lte_rx_close,
    .kernels = kernels,
    .lend = lte_rx_lend,
};
