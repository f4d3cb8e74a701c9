/*
 * nr_rx.c - receiver of NR cells: samples at 7.68 Msps in, cells out.
 *
 * Works at 256 times the subcarrier spacing, at 15 kHz with half of the
 * samples, on groups of them as they come.  Eleven of them, 20 ms at 30 kHz,
 * are searched, then SKIP are not, so that blocks of any period are met sooner
 * or later.  A cell is reported half a frame after its first MIB, with the
 * strongest of the blocks seen until then, and once a stretch.
 */
#include "nr_rx_csr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/fn.h"
#include "sdr/dsp/cf.h"
#include "sdr/fn/nr_rx/nr_block.h"
#include "sdr/fn/nr_rx/nr_half.h"
#include "sdr/fn/nr_rx/nr_pss.h"
#include "sdr/fn/nr_rx/nr_sync.h"

enum {
    GROUP = NR_PSS_GROUP,
    BEFORE = 32,                         /* samples kept before a group */
    BEHIND = NR_PSS_NEEDS + NR_SLOT / 3, /* and from its first on */
    NEEDS = BEFORE + BEHIND,
    HELD = NEEDS + FN_BURST_IQ,
    SEARCHED = 11, /* groups */
    CELLS_MAX = 32,
};

_Static_assert(GROUP + NR_BLOCK + 16 < BEHIND, "a block is held whole");

/* A cell of this stretch. */
struct known {
    struct rec_nr_cell cell;
    uint64_t since; /* sample of the stream */
    bool reported;
};

struct nr_rx {
    struct nr_sync sync; /* lanes are aligned */
    struct nr_pss_search *pss;
    struct nr_half half;
    uint64_t next;     /* number of the stream's next sample */
    uint64_t start;    /* and of its first */
    uint64_t first;    /* number of held[BEFORE], from the start */
    uint64_t n_groups; /* of this stretch */
    size_t n_held;     /* samples, those before the group included */
    struct known known[CELLS_MAX];
    size_t n_known;
    float complex clean[FN_BURST_IQ]; /* the burst at hand */
    float complex held[HELD];
};

static int nr_rx_open(struct fn_state *s)
{
    size_t bytes = (sizeof(struct nr_rx) + 63) / 64 * 64;
    struct nr_rx *w = aligned_alloc(64, bytes);

    s->own = w;
    if (w == NULL) {
        return ERR_NO_MEM;
    }
    memset(w, 0, sizeof *w);
    nr_sync_init(&w->sync);
    return nr_pss_open(&w->pss);
}

static void nr_rx_close(struct fn_state *s)
{
    struct nr_rx *w = s->own;

    if (w != NULL) {
        nr_pss_close(w->pss);
    }
    free(w);
}

/* A register may hold anything. */
static unsigned scs_khz(const struct nr_rx_regs *regs)
{
    return regs->scs_khz == 15 ? 15 : 30;
}

/* Samples of the stream for one that is worked on. */
static unsigned stride(const struct nr_rx_regs *regs)
{
    return 30 / scs_khz(regs);
}

/* What is known of a cell from one of its blocks. */
static void make_cell(const struct nr_rx *w, const struct nr_rx_regs *regs,
                      const struct nr_ssb *b, const struct nr_block *block,
                      struct rec_nr_cell *c)
{
    unsigned khz = scs_khz(regs);
    struct nr_mib mib;
    double at = (double)w->first + (double)b->at - BEFORE + block->late;
    size_t half = block->bch.half_frame ? nr_half_frame(khz) : 0;
    size_t in_half =
        nr_block_at(khz, (regs->case_b & 1) != 0, block->ssb_index);

    nr_mib_read(&block->bch, &mib);
    memset(c, 0, sizeof *c); /* padding crosses a process border, too */
    c->frame_start_sample =
        (double)w->start + (at - (double)(half + in_half)) * stride(regs);
    c->cfo_hz = b->turns * NR_FFT * khz * 1e3;
    c->snr_db = (double)block->snr_db;
    c->cell_id = (uint16_t)b->cell_id;
    c->sfn = mib.sfn;
    c->scs_khz = (uint8_t)khz;
    c->ssb_index = (uint8_t)block->ssb_index;
    c->half_frame = block->bch.half_frame;
    c->ssb_seen = (uint8_t)(1u << block->ssb_index);
    c->scs_common_khz = mib.scs_common_30 ? 30 : 15;
    c->k_ssb = mib.k_ssb;
    c->dmrs_type_a_pos = mib.dmrs_type_a_pos;
    c->pdcch_config_sib1 = mib.pdcch_config_sib1;
    c->barred = mib.barred;
    c->reselection = mib.reselection;
    for (unsigned k = 0; k < sizeof c->mib; k++) {
        c->mib[k] = (uint8_t)(block->bch.mib >> (16 - 8 * k));
    }
}

/* A block of a cell, new or not; its strongest stands for it. */
static void keep(struct nr_rx *w, struct nr_rx_regs *regs,
                 const struct rec_nr_cell *c)
{
    struct known *k = w->known;

    while (k < w->known + w->n_known && k->cell.cell_id != c->cell_id) {
        k++;
    }
    if (k == w->known + CELLS_MAX) {
        return;
    }
    if (k == w->known + w->n_known) {
        *k = (struct known){.cell = *c, .since = w->next};
        w->n_known++;
        regs->n_cells++;
        return;
    }
    uint8_t seen = k->cell.ssb_seen | c->ssb_seen;
    if (c->snr_db > k->cell.snr_db) {
        k->cell = *c;
    }
    k->cell.ssb_seen = seen;
}

/* Looks behind a peak. */
static void try_peak(struct fn_state *s, unsigned n_id_2, struct nr_peak *peak)
{
    struct nr_rx *w = s->own;
    struct nr_rx_regs *regs = s->regs;
    struct nr_block block;
    struct rec_nr_cell cell;

    peak->at += BEFORE;
    nr_pss_refine(w->pss, w->held, n_id_2, peak);
    struct nr_ssb b = {.at = peak->at, .turns = peak->turns, .n_id_2 = n_id_2};
    if (nr_sync_run(&w->sync, w->held, &b)) {
        regs->n_tried++;
        if (nr_block_read(&w->sync, w->held, &b, &block)) {
            make_cell(w, regs, &b, &block, &cell);
            keep(w, regs, &cell);
        }
    }
}

/* Searches the group that begins at held[BEFORE]. */
static void search(struct fn_state *s)
{
    struct nr_rx *w = s->own;
    struct nr_rx_regs *regs = s->regs;
    double rate_hz = scs_khz(regs) * 1e3 * NR_FFT;
    double turns = fmin(regs->cfo_max_hz / rate_hz, NR_PSS_TURNS_MAX);

    nr_pss_load(w->pss, w->held + BEFORE);
    regs->n_groups++;
    for (unsigned n_id_2 = 0; n_id_2 < 3; n_id_2++) {
        struct nr_peak peak[NR_PSS_PEAKS];
        size_t n = nr_pss_find(w->pss, n_id_2, turns, peak);
        regs->n_peaks += (uint32_t)n;
        for (size_t k = 0; k < n; k++) {
            try_peak(s, n_id_2, &peak[k]);
        }
    }
}

/* Searches the group at hand if it is its turn, and goes on to the next. */
static void take_group(struct fn_state *s)
{
    struct nr_rx *w = s->own;
    const struct nr_rx_regs *regs = s->regs;
    uint64_t round = SEARCHED + (uint64_t)regs->skip;

    if (w->n_groups++ % round < SEARCHED) {
        search(s);
    }
    w->n_held -= GROUP;
    memmove(w->held, w->held + GROUP, w->n_held * sizeof w->held[0]);
    w->first += GROUP;
}

/* Reports cells whose half-frame is over, or all, while 'out' has room. */
static void report(struct nr_rx *w, bool all, struct fn_span *out)
{
    uint64_t half_frame = nr_half_frame(30);

    for (size_t i = 0; i < w->n_known && out->n < out->cap; i++) {
        struct known *k = &w->known[i];
        if (!k->reported && (all || w->next - k->since > half_frame)) {
            struct rec *rec = (struct rec *)out->items + out->n++;
            memset(rec, 0, sizeof *rec);
            rec->type = REC_NR_CELL;
            rec->nr = k->cell;
            k->reported = true;
        }
    }
}

static void begin(struct nr_rx *w, uint64_t item0)
{
    w->next = item0;
    w->start = item0;
    w->first = 0;
    w->n_groups = 0;
    w->n_known = 0;
    w->n_held = BEFORE;
    memset(w->held, 0, BEFORE * sizeof w->held[0]);
    nr_half_begin(&w->half);
}

static float clean(float part)
{
    return part > -1e6f && part < 1e6f ? part : 0;
}

/* The rest of a stretch, as if silence came behind it. */
static void finish(struct fn_state *s)
{
    struct nr_rx *w = s->own;

    while (w->n_held > BEFORE) {
        size_t n = w->n_held;
        for (size_t k = n; k < NEEDS; k++) {
            w->held[k] = 0;
        }
        w->n_held = n < NEEDS ? NEEDS : n;
        take_group(s);
        w->n_held = n > GROUP + BEFORE ? n - GROUP : BEFORE;
    }
    w->next = 0; /* what comes begins a new stretch */
}

static void nr_rx_run(struct fn_state *s, const struct fn_span *in,
                      struct fn_span *out)
{
    struct nr_rx *w = s->own;
    const float complex *x = in->items;

    out->n = 0;
    if (in->n > 0 && (in->item0 != w->next || w->next == 0)) {
        begin(w, in->item0);
    }
    for (size_t k = 0; k < in->n; k++) {
        w->clean[k] = cf(clean(crealf(x[k])), clean(cimagf(x[k])));
    }
    if (stride(s->regs) == 1) {
        memcpy(w->held + w->n_held, w->clean, in->n * sizeof *x);
        w->n_held += in->n;
    } else {
        w->n_held +=
            nr_half_push(&w->half, w->clean, in->n, w->held + w->n_held);
    }
    w->next += in->n;
    if (in->n == 0) {
        finish(s);
    } else if (w->n_held >= NEEDS) {
        take_group(s);
    }
    report(w, in->n == 0, out);
}

const struct fn nr_rx_fn = {
    .csr = &nr_rx_csr,
    .summary = "receiver of NR cells: synchronization blocks and their MIB",
    .run = nr_rx_run,
    .rate_hz = 7.68e6,
    .open = nr_rx_open,
    .close = nr_rx_close,
};
