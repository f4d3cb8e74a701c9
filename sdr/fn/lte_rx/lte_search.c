/* lte_search.c - from PSS peaks to cells with reference signals. */
#include "sdr/fn/lte_rx/lte_search.h"

#include <assert.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "sdr/fn/lte_rx/lte_crs.h"
#include "sdr/fn/lte_rx/lte_pss_seen.h"
#include "sdr/fn/lte_rx/lte_sss.h"

enum { RANGES_MAX = LTE_SEARCH_RANGES };

/* Of the strongest PSS: fainter ones beside it are mostly its echoes in time
 * and frequency. */
static const float faint = 0.125f;
static const float evidence_min = 9; /* one in 8,000 by chance */

struct lte_search {
    struct lte_pss_search *pss;
    struct lte_ofdm *ofdm;
    struct lte_pss_seen seen;
    struct lte_sss_table sss[3]; /* [n_id_2] */
};

int lte_search_open(struct lte_search **out)
{
    struct lte_search *s = calloc(1, sizeof *s);
    int err = ERR_NO_MEM;

    if (s == NULL) {
        return err;
    }
    err = lte_pss_open(&s->pss);
    if (err == 0) {
        err = lte_ofdm_open(&s->ofdm);
    }
    for (unsigned n_id_2 = 0; n_id_2 < 3; n_id_2++) {
        lte_sss_init(&s->sss[n_id_2], n_id_2);
    }
    if (err < 0) {
        lte_search_close(s);
        return err;
    }
    *out = s;
    return 0;
}

void lte_search_close(struct lte_search *s)
{
    if (s != NULL) {
        lte_pss_close(s->pss);
        lte_ofdm_close(s->ofdm);
    }
    free(s);
}

void lte_search_lend(struct lte_search *s, enum lte_kernel which,
                     const struct fn_kernel *kernel)
{
    if (which == LTE_KERNEL_FFT) {
        lte_ofdm_lend(s->ofdm, kernel);
    } else if (which == LTE_KERNEL_PSS) {
        s->seen.kernel = kernel;
    }
}

/* The N_ID2 that are worth looking for, a bit each. */
static unsigned search_ids(struct lte_search *s, const struct lte_iq *iq,
                           const struct lte_pss_range *range, float pss_min)
{
    return range->from_hz < range->to_hz
               ? LTE_SEEN_ALL
               : lte_pss_seen(&s->seen, iq, range->from_hz, pss_min);
}

/* Keeps the list sorted by evidence, each cell once; returns its length. */
static size_t search_insert(struct lte_cand *list, size_t n,
                            const struct lte_cand *c)
{
    size_t at = 0;

    for (size_t k = 0; k < n; k++) {
        if (list[k].id.cell_id == c->id.cell_id) {
            if (list[k].evidence >= c->evidence) {
                return n;
            }
            n--;
            for (size_t i = k; i < n; i++) {
                list[i] = list[i + 1];
            }
            break;
        }
    }
    while (at < n && list[at].evidence >= c->evidence) {
        at++;
    }
    if (at == LTE_SEARCH_MAX) {
        return n;
    }
    n = n < LTE_SEARCH_MAX ? n + 1 : n;
    for (size_t i = n - 1; i > at; i--) {
        list[i] = list[i - 1];
    }
    list[at] = *c;
    return n;
}

/* Looks behind one PSS peak; returns the new length of the list. */
static size_t search_peak(struct lte_search *s, const struct lte_iq *iq,
                          const struct lte_sss_table *sss,
                          const struct lte_pss_peak *peak,
                          struct lte_cand *list, size_t n)
{
    struct lte_cand found[LTE_SSS_MAX];
    struct lte_sss_seed seed = {
        .at = peak->at,
        .cfo_hz = peak->cfo_hz,
        .z = peak->z,
    };
    size_t n_found = lte_sss_find(sss, s->ofdm, iq, &seed, found);

    for (size_t k = 0; k < n_found; k++) {
        lte_crs_measure(s->ofdm, iq, &found[k]);
        if (found[k].evidence > evidence_min) {
            n = search_insert(list, n, &found[k]);
        }
    }
    return n;
}

size_t lte_search_run(struct lte_search *s, const struct lte_iq *iq,
                      const struct lte_pss_range *range, size_t n_ranges,
                      float pss_min, struct lte_cand cand[LTE_SEARCH_MAX])
{
    struct lte_pss_peak peak[3][RANGES_MAX][LTE_PSS_PEAKS];
    size_t n_peaks[3][RANGES_MAX];
    struct lte_iq part = *iq;
    unsigned ids[RANGES_MAX], all = 0;
    size_t n = 0;

    assert(n_ranges <= RANGES_MAX);
    part.n = part.n < LTE_PSS_MAX ? part.n : LTE_PSS_MAX;
    for (size_t k = 0; k < n_ranges; k++) {
        ids[k] = search_ids(s, &part, &range[k], pss_min);
        all |= ids[k];
    }
    if (all == 0) {
        return 0;
    }
    lte_pss_load(s->pss, &part);
    for (size_t k = 0; k < 3 * n_ranges; k++) {
        struct lte_pss_peak *p = peak[k % 3][k / 3];
        size_t found = 0;
        if ((ids[k / 3] >> k % 3 & 1) != 0) {
            found = lte_pss_find(s->pss, (unsigned)(k % 3), &range[k / 3], p);
        }
        n_peaks[k % 3][k / 3] = found;
        pss_min = found > 0 && p->z * faint > pss_min ? p->z * faint : pss_min;
    }
    for (size_t k = 0; k < 3 * n_ranges; k++) {
        struct lte_pss_peak *p = peak[k % 3][k / 3];
        for (size_t i = 0; i < n_peaks[k % 3][k / 3]; i++) {
            if (p[i].z >= pss_min) {
                lte_pss_refine(s->pss, (unsigned)(k % 3), &p[i]);
                n = search_peak(s, &part, &s->sss[k % 3], &p[i], cand, n);
            }
        }
    }
    return n;
}
