/*
 * wifi_detect.c - short training field detector and its confirmation.
 *
 * Samples are taken in chunks of 64.  Products and energies are summed over
 * groups of 8, and the window of 128 is the sum of 16 groups, taken afresh at
 * each group: a NaN or a huge sample is forgotten after one window.
 *
 * With stf_detect lent that finds the candidates, in blocks whose borders lie
 * at the same samples wherever the stream is cut; blocks that it does not
 * answer are looked at here.
 *
 * Positions count samples from ORIGIN before the stream's first.
 */
#include "sdr/fn/wifi_rx/wifi_detect.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "sdr/fn/wifi_rx/wifi_stf.h"
#include "sdr/fn/wifi_rx/wifi_sync.h"

enum {
    CHUNK = 64,
    ORIGIN = 4 * CHUNK, /* position of sample 0 */
    GROUP = 8,
    GROUPS = CHUNK / GROUP, /* of a chunk */
    WINDOW = 16,            /* groups */
    PAST = 24,              /* groups kept from before the chunk, >= 17 */
    HISTORY = 1024,         /* samples kept for the confirmation */
    ROOM = 4096,            /* samples of the buffer, a multiple of CHUNK */
    PENDING = 16,           /* more than begin in a block */
    SETTLE = 64,   /* samples without a better value that end a candidate */
    STF_MID = 152, /* from the field's start to the middle of the plateau */
    EARLY = 20,    /* samples that the start may lie before the stream's */
    APART = 200,   /* reports nearer than this are one */
    /* From the end of the best window back to where the search begins. */
    SEARCH_BACK = STF_MID - OFDM20_LTF + WIFI_SYNC_REACH,
};

static const float rho_min = 0.321f;    /* false alarms 1e-6 in noise */
static const float veto_part = 0.5f;    /* lag 8 over lag 16 */
static const float energy_min = 1e-30f; /* of a window; below it is silence */

/* What is looked at again begins with the groups before it. */
_Static_assert(ORIGIN >= PAST * GROUP + OFDM20_STF_PERIOD &&
                   HISTORY >= ORIGIN + WIFI_STF_NEW,
               "samples before those that are new");
_Static_assert(ROOM <= WIFI_STF_BLOCKS * WIFI_STF_NEW, "all in one call");

/* Sums over groups, oldest first; the last GROUPS are the chunk's. */
struct group_sums {
    float re16[PAST + GROUPS]; /* x[n] conj(x[n - 16]) */
    float im16[PAST + GROUPS];
    float re8[PAST + GROUPS];
    float im8[PAST + GROUPS];
    float energy[PAST + GROUPS];
};

/* Sums over the window that ends with each group of the chunk. */
struct window_sums {
    float re16[GROUPS];
    float im16[GROUPS];
    float re8[GROUPS];
    float im8[GROUPS];
    float energy[GROUPS];
    float delayed[GROUPS]; /* energy of the window 16 samples earlier */
};

struct candidate {
    uint64_t from; /* position where the search for the LTF begins */
    float cfo;     /* rad a sample */
};

struct wifi_detect {
    struct wifi_sync sync;
    struct wifi_stf stf; /* without its kernel: 'groups' do it */
    struct group_sums groups;
    float complex buffer[ROOM];
    size_t n_buffer;
    size_t done;   /* samples of the buffer that have been looked at */
    uint64_t base; /* position of buffer[0] */

    float best;        /* rho^2 of the candidate being watched; 0: none */
    uint64_t best_end; /* end of its window */
    float best_cfo;

    struct candidate pending[PENDING];
    size_t n_pending;
    uint64_t last_start; /* position of the last report */
    bool reported;       /* there was one */
    struct wifi_detect_count count;
};

int wifi_detect_open(struct wifi_detect **out)
{
    struct wifi_detect *d = calloc(1, sizeof *d);

    if (d == NULL) {
        return ERR_NO_MEM;
    }
    wifi_sync_init(&d->sync);
    d->n_buffer = ORIGIN; /* silence before the first sample */
    d->done = ORIGIN;
    *out = d;
    return 0;
}

void wifi_detect_close(struct wifi_detect *d)
{
    free(d);
}

void wifi_detect_lend(struct wifi_detect *d, const struct fn_kernel *kernel)
{
    d->stf.kernel = kernel;
}

const struct wifi_detect_count *wifi_detect_counts(const struct wifi_detect *d)
{
    return &d->count;
}

static void sum_groups(const float *restrict x, float *restrict sums)
{
    for (int g = 0; g < GROUPS; g++) {
        const float *p = x + (size_t)g * GROUP;
        sums[g] =
            ((p[0] + p[1]) + (p[2] + p[3])) + ((p[4] + p[5]) + (p[6] + p[7]));
    }
}

/* Sums of x[n] conj(x[n - lag]) over the groups of a chunk. */
static void lag_products(const float *restrict re, const float *restrict im,
                         int lag, float *restrict sum_re,
                         float *restrict sum_im)
{
    const float *old_re = re - lag;
    const float *old_im = im - lag;
    float a[CHUNK];
    float b[CHUNK];

    for (int k = 0; k < CHUNK; k++) {
        a[k] = re[k] * old_re[k] + im[k] * old_im[k];
        b[k] = im[k] * old_re[k] - re[k] * old_im[k];
    }
    sum_groups(a, sum_re);
    sum_groups(b, sum_im);
}

static void slide(float *sums)
{
    memmove(sums, sums + GROUPS, PAST * sizeof *sums);
}

/* Group sums of the chunk at 'x'; the 16 samples before it are there, too. */
static void chunk_groups(struct group_sums *s, const float complex *x)
{
    float re[OFDM20_STF_PERIOD + CHUNK];
    float im[OFDM20_STF_PERIOD + CHUNK];
    float energy[CHUNK];

    for (int k = 0; k < OFDM20_STF_PERIOD + CHUNK; k++) {
        re[k] = crealf(x[k - OFDM20_STF_PERIOD]);
        im[k] = cimagf(x[k - OFDM20_STF_PERIOD]);
    }

    const float *r = re + OFDM20_STF_PERIOD;
    const float *i = im + OFDM20_STF_PERIOD;

    for (int k = 0; k < CHUNK; k++) {
        energy[k] = r[k] * r[k] + i[k] * i[k];
    }
    slide(s->re16);
    slide(s->im16);
    slide(s->re8);
    slide(s->im8);
    slide(s->energy);
    lag_products(r, i, 16, s->re16 + PAST, s->im16 + PAST);
    lag_products(r, i, 8, s->re8 + PAST, s->im8 + PAST);
    sum_groups(energy, s->energy + PAST);
}

static void window(const float *restrict sums, int first, float *restrict out)
{
    const float *from = sums + first - (WINDOW - 1);
    float total[GROUPS] = {0};

    for (int k = 0; k < WINDOW; k++) {
        for (int g = 0; g < GROUPS; g++) {
            total[g] += from[k + g];
        }
    }
    memcpy(out, total, sizeof total);
}

static void window_all(const struct group_sums *s, struct window_sums *w)
{
    window(s->re16, PAST, w->re16);
    window(s->im16, PAST, w->im16);
    window(s->re8, PAST, w->re8);
    window(s->im8, PAST, w->im8);
    window(s->energy, PAST, w->energy);
    window(s->energy, PAST - OFDM20_STF_PERIOD / GROUP, w->delayed);
}

/* rho^2 where group 'g' ends, or 0 when that is no short training field. */
static float judge(const struct window_sums *w, int g)
{
    float p16 = w->re16[g] * w->re16[g] + w->im16[g] * w->im16[g];
    float p8 = w->re8[g] * w->re8[g] + w->im8[g] * w->im8[g];
    float energy = w->energy[g] * w->delayed[g];

    if (p16 > rho_min * rho_min * energy && p8 < veto_part * veto_part * p16 &&
        w->delayed[g] > energy_min && energy < INFINITY) {
        return p16 / energy;
    }
    return 0;
}

static void candidate_end(struct wifi_detect *d)
{
    d->best = 0;
    d->count.candidates++;
    if (d->n_pending == PENDING) {
        d->count.dropped++;
        return;
    }
    d->pending[d->n_pending].from = d->best_end - SEARCH_BACK;
    d->pending[d->n_pending].cfo = d->best_cfo;
    d->n_pending++;
}

/* The candidate being watched is over when it settled before 'now'. */
static void settle(struct wifi_detect *d, uint64_t now)
{
    if (d->best > 0 && now - d->best_end >= SETTLE) {
        candidate_end(d);
    }
}

/* Follows the windows of a chunk whose first position is 'at'. */
static void watch(struct wifi_detect *d, uint64_t at)
{
    struct window_sums w;

    window_all(&d->groups, &w);
    for (int g = 0; g < GROUPS; g++) {
        uint64_t end = at + (uint64_t)(g + 1) * GROUP;
        float rho2 = judge(&w, g);

        if (rho2 > d->best) {
            d->best = rho2;
            d->best_end = end;
            d->best_cfo = atan2f(w.im16[g], w.re16[g]) / OFDM20_STF_PERIOD;
        }
        settle(d, end);
    }
}

/*
 * The same of a block's list, whose new samples begin at 'at'.  A candidate
 * that had not settled there may be the rise of the list's first, which is
 * better.
 */
static void watch_list(struct wifi_detect *d, uint64_t at,
                       const struct wifi_stf_list *list)
{
    for (size_t k = 0; k < list->n; k++) {
        const struct wifi_stf_found *f = &list->found[k];
        uint64_t end = at + f->end;
        bool rises = k == 0 && f->rho2 > d->best && end < d->best_end + APART;

        if (!rises) {
            settle(d, end);
        }
        if (f->rho2 > d->best) {
            d->best = f->rho2;
            d->best_end = end;
            d->best_cfo = f->cfo;
        }
    }
}

static void confirm(struct wifi_detect *d, const struct candidate *c,
                    wifi_detect_fn *report, void *ctx)
{
    struct wifi_sync_found f;

    if (c->from < d->base ||
        !wifi_sync_find(&d->sync, d->buffer + (c->from - d->base), c->cfo,
                        &f)) {
        return;
    }

    uint64_t ltf = c->from + (uint64_t)f.peak;
    uint64_t start = ltf > OFDM20_LTF ? ltf - OFDM20_LTF : 0;

    if (start + EARLY < ORIGIN ||
        (d->reported && start < d->last_start + APART)) {
        return;
    }
    d->reported = true;
    d->last_start = start;
    d->count.confirmed++;
    report(ctx, &(struct wifi_detection){
                    .start_sample = start > ORIGIN ? start - ORIGIN : 0,
                    .cfo_hz = f.cfo * (float)(OFDM20_RATE_HZ / (2 * M_PI)),
                    .snr_db = 10 * log10f(f.snr),
                });
}

static void confirm_due(struct wifi_detect *d, wifi_detect_fn *report,
                        void *ctx)
{
    uint64_t now = d->base + d->done;

    while (d->n_pending > 0) {
        struct candidate c = d->pending[0];

        if (c.from + WIFI_SYNC_SPAN > now) {
            return;
        }
        d->n_pending--;
        memmove(d->pending, d->pending + 1,
                d->n_pending * sizeof d->pending[0]);
        confirm(d, &c, report, ctx);
    }
}

static void make_room(struct wifi_detect *d)
{
    if (d->n_buffer < ROOM) {
        return;
    }

    size_t drop = ROOM - HISTORY;

    memmove(d->buffer, d->buffer + drop, HISTORY * sizeof d->buffer[0]);
    d->n_buffer -= drop;
    d->done -= drop;
    d->base += drop;
}

/* Looks at the next 'n' samples, but for a part of a chunk. */
static void look(struct wifi_detect *d, size_t n, wifi_detect_fn *report,
                 void *ctx)
{
    for (; n >= CHUNK; n -= CHUNK) {
        chunk_groups(&d->groups, d->buffer + d->done);
        watch(d, d->base + d->done);
        d->done += CHUNK;
        confirm_due(d, report, ctx);
    }
}

/* The same, whole groups, by stf_detect. */
static void look_lent(struct wifi_detect *d, size_t n, wifi_detect_fn *report,
                      void *ctx)
{
    if (!wifi_stf_look(&d->stf, d->buffer + d->done, n)) {
        for (size_t back = (size_t)PAST * GROUP; back > 0; back -= CHUNK) {
            chunk_groups(&d->groups, d->buffer + d->done - back);
        }
        look(d, n, report, ctx);
        return;
    }
    for (size_t at = 0; at < n; at += WIFI_STF_NEW) {
        size_t part = n - at < WIFI_STF_NEW ? n - at : WIFI_STF_NEW;
        watch_list(d, d->base + d->done, &d->stf.list[at / WIFI_STF_NEW]);
        d->done += part;
        settle(d, d->base + d->done);
        confirm_due(d, report, ctx);
    }
}

void wifi_detect_push(struct wifi_detect *d, const float complex *x, size_t n,
                      wifi_detect_fn *report, void *ctx)
{
    while (n > 0) {
        make_room(d);

        size_t room = ROOM - d->n_buffer;
        size_t part = n < room ? n : room;

        memcpy(d->buffer + d->n_buffer, x, part * sizeof *x);
        d->n_buffer += part;
        x += part;
        n -= part;

        size_t rest = d->n_buffer - d->done;

        if (d->stf.kernel == NULL) {
            look(d, rest, report, ctx);
        } else if (rest >= WIFI_STF_NEW) {
            look_lent(d, rest - rest % WIFI_STF_NEW, report, ctx);
        }
    }
}

void wifi_detect_flush(struct wifi_detect *d, wifi_detect_fn *report, void *ctx)
{
    size_t rest = d->n_buffer - d->done;

    if (d->stf.kernel != NULL && rest >= WIFI_STF_GROUP) {
        look_lent(d, rest - rest % WIFI_STF_GROUP, report, ctx);
    }
}
