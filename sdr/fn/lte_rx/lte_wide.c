/* lte_wide.c - see lte_wide.h. */
#include "sdr/fn/lte_rx/lte_wide.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "sdr/dsp/decimate.h"
#include "sdr/dsp/lte_seq.h"

enum {
    /* A subframe that the end of a run cuts off is whole in the next. */
    OVERLAP = LTE_FRAME / 10 + LTE_FRAME / 100,
};

_Static_assert((int)LTE_WIDE_BURST <= (int)DECIMATE_BLOCK, "pushed at once");

struct wide_cell {
    bool used;
    uint64_t done; /* number up to which it was run */
    struct lte_si si;
};

struct lte_wide {
    struct lte_si_work *work;
    struct decimate decimate;
    unsigned factor;
    uint64_t first;       /* number of held[0] */
    size_t drop;          /* samples of the stream before that one */
    size_t n_held, n_max; /* of the stream; n_max at 1.92 Msps */
    struct wide_cell cell[LTE_WIDE_CELLS];
    struct lte_si_message queue[LTE_WIDE_QUEUE];
    size_t n_queued, next;
    uint32_t n_refused;
    uint64_t run_from; /* number of the first sample of the present run */
    float complex held[];
};

int lte_wide_open(size_t n_max, struct lte_wide **out)
{
    struct lte_wide *w =
        calloc(1, sizeof *w + n_max * LTE_FACTOR_MAX * sizeof w->held[0]);
    int err = ERR_NO_MEM;

    if (w != NULL) {
        w->n_max = n_max;
        err = lte_si_open(&w->work);
    }
    if (err < 0) {
        lte_wide_close(w);
        return err;
    }
    (void)lte_wide_begin(w, 1, 0);
    *out = w;
    return 0;
}

void lte_wide_close(struct lte_wide *w)
{
    if (w != NULL) {
        lte_si_close(w->work);
    }
    free(w);
}

void lte_wide_lend(struct lte_wide *w, enum lte_kernel which,
                   const struct fn_kernel *kernel)
{
    lte_si_lend(w->work, which, kernel);
}

uint64_t lte_wide_begin(struct lte_wide *w, unsigned factor, uint64_t item0)
{
    w->factor = lte_fft_factor_valid(factor) ? factor : 1;
    bool valid = decimate_init(&w->decimate, w->factor);
    assert(valid);
    w->first = (item0 + w->factor - 1) / w->factor;
    w->drop = (size_t)(w->first * w->factor - item0);
    w->n_held = 0;
    w->n_queued = 0;
    memset(w->cell, 0, sizeof w->cell);
    return w->first;
}

size_t lte_wide_push(struct lte_wide *w, const float complex *x, size_t n,
                     float complex *y)
{
    size_t drop = w->drop < n ? w->drop : n;

    x += drop;
    n -= drop;
    w->drop -= drop;
    assert(w->n_held + n <= w->n_max * w->factor);
    memcpy(w->held + w->n_held, x, n * sizeof *x);
    w->n_held += n;
    return decimate_push(&w->decimate, x, n, y);
}

/* State of a cell: its own, or of the one that was run longest ago. */
static struct wide_cell *wide_cell(struct lte_wide *w, int pci)
{
    struct wide_cell *oldest = &w->cell[0];

    for (size_t k = 0; k < LTE_WIDE_CELLS; k++) {
        struct wide_cell *c = &w->cell[k];
        if (c->used && c->si.cell.pci == pci) {
            return c;
        }
        if (oldest->used && (!c->used || c->done < oldest->done)) {
            oldest = c;
        }
    }
    memset(oldest, 0, sizeof *oldest);
    oldest->used = true;
    return oldest;
}

static void wide_keep(void *ctx, const struct lte_si_message *m)
{
    struct lte_wide *w = ctx;

    if (w->n_queued == LTE_WIDE_QUEUE) {
        w->n_refused++;
        return;
    }
    struct lte_si_message *to =
        &w->queue[(w->next + w->n_queued++) % LTE_WIDE_QUEUE];
    *to = *m;
    to->frame_start += (double)w->run_from;
}

void lte_wide_run(struct lte_wide *w, const struct lte_cell *cell,
                  uint64_t first, uint64_t end)
{
    uint64_t held_end = w->first + w->n_held / w->factor;

    end = end < held_end ? end : held_end;
    if (!lte_si_fits(cell, w->factor)) {
        return;
    }
    struct wide_cell *c = wide_cell(w, cell->pci);
    uint64_t from = c->done > OVERLAP ? c->done - OVERLAP : 0;
    from = from > w->first ? from : w->first;
    if (from >= end || c->done >= end) {
        return;
    }
    struct lte_samples samples = {
        .x = w->held + (from - w->first) * w->factor,
        .n = (size_t)(end - from) * w->factor,
        .factor = w->factor,
    };
    struct lte_cell here = *cell;
    here.frame_start +=
        first > from ? (double)(first - from) : -(double)(from - first);
    uint32_t before = c->si.n_dci_refused + c->si.n_rrc_refused;
    w->run_from = from;
    lte_si_run(w->work, &c->si, &here, &samples, wide_keep, w);
    w->n_refused += c->si.n_dci_refused + c->si.n_rrc_refused - before;
    c->done = end;
}

const struct lte_si *lte_wide_si(const struct lte_wide *w, int pci)
{
    for (size_t k = 0; k < LTE_WIDE_CELLS; k++) {
        if (w->cell[k].used && w->cell[k].si.cell.pci == pci) {
            return &w->cell[k].si;
        }
    }
    return NULL;
}

bool lte_wide_take(struct lte_wide *w, struct lte_si_message *m)
{
    if (w->n_queued == 0) {
        return false;
    }
    *m = w->queue[w->next];
    w->next = (w->next + 1) % LTE_WIDE_QUEUE;
    w->n_queued--;
    return true;
}

bool lte_wide_is_empty(const struct lte_wide *w)
{
    return w->n_queued == 0;
}

void lte_wide_drop(struct lte_wide *w)
{
    w->n_refused += (uint32_t)w->n_queued;
    w->n_queued = 0;
}

uint32_t lte_wide_n_refused(const struct lte_wide *w)
{
    return w->n_refused;
}

void lte_wide_forget(struct lte_wide *w, uint64_t first)
{
    size_t n = first > w->first ? (size_t)(first - w->first) * w->factor : 0;

    n = n < w->n_held ? n / w->factor * w->factor : w->n_held;
    memmove(w->held, w->held + n, (w->n_held - n) * sizeof w->held[0]);
    w->n_held -= n;
    w->first += n / w->factor;
}
