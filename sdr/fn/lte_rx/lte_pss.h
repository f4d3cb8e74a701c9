/*
 * lte_pss.h - where primary synchronization signals repeat every half-frame,
 * for all three roots and a range of frequency offsets.
 */
#ifndef SDR_FN_LTE_RX_LTE_PSS_H
#define SDR_FN_LTE_RX_LTE_PSS_H

#include "sdr/fn/lte_rx/lte_ofdm.h"

enum {
    LTE_PSS_PEAKS = 48, /* kept for each root */
};

struct lte_pss_peak {
    size_t at;     /* useful part in the first half-frame, 0..9599 */
    double cfo_hz; /* of the hypothesis, in steps of 5.625 kHz */
    float z;       /* deviations of noise above its mean */
};

struct lte_pss_search;

/* For up to 'n_max' samples.  ERR_NO_MEM.  lte_pss_close() takes NULL. */
int lte_pss_open(size_t n_max, struct lte_pss_search **out);
void lte_pss_close(struct lte_pss_search *s);

/*
 * Takes the samples of the searches that follow: all of them with their mean
 * removed, the first n_max if there are more.
 */
void lte_pss_load(struct lte_pss_search *s, const struct lte_iq *iq);

/*
 * Peaks of root 'n_id_2' over -cfo_max_hz..cfo_max_hz, strongest first; their
 * number, 0 when there are less than a half-frame of samples.
 */
size_t lte_pss_find(struct lte_pss_search *s, unsigned n_id_2,
                    double cfo_max_hz, struct lte_pss_peak peak[LTE_PSS_PEAKS]);

/*
 * Frequency of a peak of the root searched last, from the phase between the
 * halves of its symbols in 'iq': any offset within 15 kHz of peak->cfo_hz.
 */
double lte_pss_cfo(const struct lte_pss_search *s, const struct lte_iq *iq,
                   const struct lte_pss_peak *peak);

#endif
