/* lte_si.c - see lte_si.h. */
#include "sdr/fn/lte_rx/lte_si.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "sdr/dsp/crc32.h"
#include "sdr/dsp/lte_seq.h"
#include "sdr/dsp/lte_tb.h"
#include "sdr/fn/lte_rx/lte_est.h"
#include "sdr/fn/lte_rx/lte_sched.h"

enum {
    SFN_MASK = 1023,
    SUBFRAME = LTE_FRAME / 10, /* samples at 1.92 Msps */
    ITERATIONS = 8,
    SOFT_LEVEL = 20, /* mean magnitude the turbo decoder is given */
    BLOCK_SIB1 = 0,
    BLOCK_OTHER = 1,
    PHICH_FACTORS = 3, /* m_i is 0, 1 or 2 */
};

struct lte_si_work {
    struct lte_fft *fft;
    struct lte_est_table table;
    struct lte_subframe subframe;
    struct lte_sched sched;
    struct lte_turbo turbo;
    struct lte_rate rate;
    int8_t soft[LTE_SI_SOFT];
    uint8_t bits[LTE_SI_TBS_MAX + LTE_CRC24];
};

/* One run: whose, of what, to whom. */
struct si_run {
    struct lte_si_work *w;
    struct lte_si *si;
    const struct lte_samples *samples;
    double clock;
    lte_si_take *take;
    void *ctx;
};

int lte_si_open(struct lte_si_work **out)
{
    struct lte_si_work *w = aligned_alloc(64, (sizeof *w + 63) / 64 * 64);
    int err = ERR_NO_MEM;

    if (w != NULL) {
        memset(w, 0, sizeof *w);
        err = lte_fft_open(&w->fft);
    }
    if (err < 0) {
        lte_si_close(w);
        return err;
    }
    lte_est_table_init(&w->table);
    *out = w;
    return 0;
}

void lte_si_close(struct lte_si_work *w)
{
    if (w != NULL) {
        lte_fft_close(w->fft);
    }
    free(w);
}

void lte_si_lend(struct lte_si_work *w, enum lte_kernel which,
                 const struct fn_kernel *kernel)
{
    if (which == LTE_KERNEL_VITERBI) {
        w->sched.viterbi.kernel = kernel;
    } else if (which == LTE_KERNEL_FFT) {
        lte_fft_lend(w->fft, kernel);
    }
}

bool lte_si_fits(const struct lte_cell *cell, unsigned factor)
{
    return lte_fft_factor_valid(factor) &&
           12 * cell->prb < LTE_FFT * (int)factor;
}

static struct lte_layout si_layout(const struct lte_cell *c,
                                   const struct lte_sib1 *sib1)
{
    struct lte_layout g = {
        .pci = (uint16_t)c->pci,
        .prb = (uint8_t)c->prb,
        .ports = (uint8_t)c->ports,
        .ng = (uint8_t)c->phich_ng,
        .extended = c->ext_cp,
        .long_phich = c->phich_dur != 0,
        .tdd = c->tdd,
        .tdd_config = LTE_TDD_UNKNOWN,
    };

    if (sib1 != NULL && sib1->tdd_config >= 0) {
        g.tdd_config = sib1->tdd_config;
        g.tdd_special = (int8_t)sib1->tdd_special;
    }
    return g;
}

/* Demodulates a subframe; what it tells of carrier and noise is kept. */
static bool si_subframe(const struct si_run *r, unsigned frame,
                        unsigned subframe)
{
    struct lte_subframe *s = &r->w->subframe;
    struct lte_si *si = r->si;
    double at =
        si->cell.frame_start +
        (frame * (double)LTE_FRAME + subframe * (double)SUBFRAME) * r->clock;

    s->table = &r->w->table;
    s->fft = r->w->fft;
    s->samples = r->samples;
    s->grid = si_layout(&si->cell, si->has_sib1 ? &si->sib1 : NULL);
    s->subframe = subframe;
    s->clock = r->clock;
    s->start = at * r->samples->factor;
    s->cfo_hz = si->cell.cfo_hz;
    s->noise = si->noise;
    s->rotation = si->rotation;
    s->delay = si->delay;
    if (!lte_subframe_open(s)) {
        return false;
    }
    si->n_subframes++;
    si->noise = s->noise;
    si->rotation = s->rotation;
    si->delay = s->delay;
    return true;
}

/* Redundancy version of format 1C, TS 36.321 5.3.1. */
static unsigned si_version(unsigned k)
{
    static const uint8_t rv[4] = {0, 2, 3, 1};

    return rv[k % 4];
}

/* Decodes w->soft; the payload's bytes; false: its CRC is wrong. */
static bool si_turbo(struct lte_si_work *w, unsigned tbs, uint8_t *bytes)
{
    unsigned k = tbs + LTE_CRC24;
    unsigned ones = 0;

    lte_turbo_load(&w->turbo, k, w->soft);
    for (int n = 0; n < ITERATIONS; n++) {
        lte_turbo_iterate(&w->turbo);
        lte_turbo_bits(&w->turbo, w->bits);
        if (lte_crc24a(w->bits, k) == 0) {
            break;
        }
    }
    memset(bytes, 0, tbs / 8);
    for (unsigned i = 0; i < tbs; i++) {
        bytes[i / 8] |= (uint8_t)(w->bits[i] << (7 - i % 8));
        ones += w->bits[i];
    }
    /* Zeros have a right CRC, too. */
    return ones > 0 && lte_crc24a(w->bits, k) == 0;
}

/* Decodes what is in sum[3 * (k + 4)]. */
static bool si_decode(struct lte_si_work *w, unsigned tbs, const float *sum,
                      uint8_t *bytes)
{
    size_t n = 3 * (tbs + LTE_CRC24 + LTE_TURBO_TAIL);
    size_t known = 0;
    float total = 0;

    for (size_t i = 0; i < n; i++) {
        total += fabsf(sum[i]);
        known += sum[i] != 0;
    }
    if (!(total > 0) || !(total < 1e30f)) {
        return false;
    }
    float scale = SOFT_LEVEL * (float)known / total;
    for (size_t i = 0; i < n; i++) {
        float v = sum[i] * scale;
        v = v > LTE_TURBO_SOFT_MAX    ? LTE_TURBO_SOFT_MAX
            : v < -LTE_TURBO_SOFT_MAX ? -LTE_TURBO_SOFT_MAX
                                      : v;
        w->soft[i] = (int8_t)lrintf(v);
    }
    return si_turbo(w, tbs, bytes);
}

/*
 * Adds the assignment found to the parts of 'b' and decodes; 'period': the
 * parts with the same number are of the same block.
 */
static bool si_collect(struct lte_si_work *w, struct lte_si_block *b,
                       uint32_t period, unsigned k, uint8_t *bytes)
{
    const struct lte_dci *dci = &w->sched.dci;
    unsigned rv = dci->rv == LTE_DCI_NO_RV ? si_version(k) : dci->rv;

    if (b->tbs != dci->tbs || b->period != period) {
        memset(b, 0, sizeof *b);
        b->tbs = dci->tbs;
        b->period = period;
    }
    if (w->rate.k != dci->tbs + (unsigned)LTE_CRC24) {
        lte_rate_init(&w->rate, dci->tbs + LTE_CRC24, 0);
    }
    lte_rate_collect(&w->rate, rv, w->sched.soft, w->sched.n, b->soft);
    b->n_parts++;
    if (si_decode(w, b->tbs, b->soft, bytes)) {
        return true;
    }
    if (b->n_parts > 1) { /* or the parts before were of another one */
        float sum[LTE_SI_SOFT] = {0};
        lte_rate_collect(&w->rate, rv, w->sched.soft, w->sched.n, sum);
        return si_decode(w, b->tbs, sum, bytes);
    }
    return false;
}

/* Assignment of an open subframe, by all the PHICH sizes it can have. */
static bool si_assignment(const struct si_run *r)
{
    struct lte_subframe *s = &r->w->subframe;
    struct lte_sched_count count = {0};
    unsigned cfi = lte_sched_cfi(s);
    bool is_known = !s->grid.tdd || s->grid.tdd_config >= 0;
    bool found = false;

    for (unsigned f = 0; cfi > 0 && !found && f < PHICH_FACTORS; f++) {
        unsigned factor =
            is_known ? lte_phich_factor(&s->grid, s->subframe) : f;
        found = lte_sched_find(s, cfi, factor, &r->w->sched, &count);
        if (is_known) {
            break;
        }
    }
    r->si->n_assigned += count.n_found;
    r->si->n_dci_refused += count.n_refused;
    return found;
}

/* Gives a message unless it is the one given before in this place. */
static void si_tell(const struct si_run *r, unsigned place,
                    struct lte_si_message *m)
{
    struct lte_si *si = r->si;
    struct lte_rrc rrc;

    si->n_blocks++;
    m->kind = lte_rrc_read(m->bytes, m->n, &rrc);
    si->n_rrc_refused += m->kind == LTE_RRC_REFUSED;
    if (place == 0 && m->kind == LTE_RRC_SIB1) {
        si->has_sib1 = true;
        si->sib1 = rrc.sib1;
        si->n_sib1_bytes = m->n;
        memcpy(si->sib1_bytes, m->bytes, m->n);
    }
    uint32_t crc = crc32_update(0, m->bytes, m->n);
    if (si->told[place] != crc || crc == 0) {
        si->told[place] = crc;
        r->take(r->ctx, m);
    }
}

/* One subframe of a message; 'k' counts its parts. True: it is complete. */
static bool si_part(const struct si_run *r, unsigned place, uint32_t period,
                    unsigned frame, unsigned subframe, unsigned k)
{
    struct lte_si_block *b =
        &r->si->block[place == 0 ? BLOCK_SIB1 : BLOCK_OTHER];
    struct lte_si_message m = {
        .pci = r->si->cell.pci,
        .sfn = ((unsigned)r->si->cell.sfn + frame) & SFN_MASK,
        .subframe = subframe,
        .frame_start = r->si->cell.frame_start + frame * LTE_FRAME * r->clock,
    };

    if (!si_subframe(r, frame, subframe) || !si_assignment(r) ||
        !si_collect(r->w, b, period, k, m.bytes)) {
        return false;
    }
    m.n = b->tbs / 8;
    b->tbs = 0;
    si_tell(r, place, &m);
    return true;
}

/* SIB1: subframe 5 of even frames, the same for eight of them. */
static void si_run_sib1(const struct si_run *r, unsigned n_frames)
{
    bool done = false;

    for (unsigned f = 0; f < n_frames && !done; f++) {
        unsigned sfn = ((unsigned)r->si->cell.sfn + f) & SFN_MASK;
        if (sfn % 2 == 0) {
            done = si_part(r, 0, sfn / 8, f, 5, sfn / 2);
        }
    }
}

/* Window of message 'n' that frame and subframe lie in, by the absolute number
 * of its first subframe, and how far in; false: in none, 5.2.3. */
static bool si_window(const struct lte_sib1 *s, unsigned n, unsigned sfn,
                      unsigned subframe, uint32_t *begin, unsigned *k)
{
    uint32_t x = (uint32_t)n * s->window_ms;
    uint32_t period = 10u * s->si[n].period;
    uint32_t at = 10 * sfn + subframe;
    uint32_t in = (at + period - x % period) % period;

    if (in >= s->window_ms || (subframe == 5 && sfn % 2 == 0)) {
        return false;
    }
    *begin = at - in;
    *k = in;
    return true;
}

static void si_run_others(const struct si_run *r, unsigned n_frames)
{
    struct lte_si *si = r->si;

    for (unsigned at = 0; at < 10 * n_frames; at++) {
        unsigned sfn = ((unsigned)si->cell.sfn + at / 10) & SFN_MASK;
        for (unsigned n = 0; n < si->sib1.n_si; n++) {
            uint32_t begin;
            unsigned k;
            if (!si_window(&si->sib1, n, sfn, at % 10, &begin, &k)) {
                continue;
            }
            uint32_t window = (begin << 5 | n) + 1; /* never 0 */
            if (si->done != window &&
                si_part(r, n + 1, window, at / 10, at % 10, k)) {
                si->done = window;
            }
            break;
        }
    }
}

/* A cell that has come back as another one, or changed, begins anew. */
static void si_update(struct lte_si *si, const struct lte_cell *cell)
{
    const struct lte_cell *c = &si->cell;

    if (c->prb == 0 || c->pci != cell->pci || c->tdd != cell->tdd ||
        c->ext_cp != cell->ext_cp || c->prb != cell->prb ||
        c->ports != cell->ports) {
        memset(si, 0, sizeof *si);
    }
    si->cell = *cell;
    si->rotation = 0; /* the carrier and the time are measured again */
    si->delay = 0;
    si->noise = 0;
}

static bool si_valid(const struct lte_cell *c)
{
    bool fields = c->pci >= 0 && c->pci < LTE_N_CELLS && c->prb >= 0 &&
                  c->prb <= LTE_PRB_MAX && c->ports >= 0 && c->ports <= 4 &&
                  c->phich_ng >= 0 && c->phich_ng < 4 && c->sfn >= 0 &&
                  c->sfn <= SFN_MASK && fabs(c->cfo_hz) < 1e6 &&
                  fabs(c->ppm) < 1e3 && fabs(c->frame_start) < 1e15;
    struct lte_layout g;

    if (!fields) {
        return false;
    }
    g = si_layout(c, NULL);
    return lte_layout_valid(&g);
}

void lte_si_run(struct lte_si_work *w, struct lte_si *si,
                const struct lte_cell *cell, const struct lte_samples *samples,
                lte_si_take *take, void *ctx)
{
    struct si_run r = {w, si, samples, 1 + cell->ppm / 1e6, take, ctx};

    if (!si_valid(cell) || !lte_si_fits(cell, samples->factor)) {
        return;
    }
    si_update(si, cell);
    lte_fft_set(w->fft, samples->factor);
    double frame = LTE_FRAME * r.clock;
    double n = (double)samples->n / samples->factor;
    /* From the first frame that is not wholly before the samples. */
    double skip = floor(-si->cell.frame_start / frame);
    si->cell.frame_start += skip * frame;
    si->cell.sfn = (si->cell.sfn + (int)fmod(skip, SFN_MASK + 1)) & SFN_MASK;
    double left = (n - si->cell.frame_start) / frame;
    unsigned n_frames = left > 0 ? (unsigned)ceil(left) : 0;
    struct lte_layout g = si_layout(cell, NULL);
    lte_est_table_cell(&w->table, &g);
    si_run_sib1(&r, n_frames);
    if (si->has_sib1) {
        si_run_others(&r, n_frames);
    }
}
