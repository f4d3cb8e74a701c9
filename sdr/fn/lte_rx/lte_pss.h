/*
 * lte_pss.h - where primary synchronization signals repeat every half-frame,
 * for all three roots and a range of frequency offsets.
 */
#ifndef SDR_FN_LTE_RX_LTE_PSS_H
#define SDR_FN_LTE_RX_LTE_PSS_H

#include "sdr/fn/lte_rx/lte_ofdm.h"

enum {
    LTE_PSS_PEAKS = 8, /* kept for each root */
    LTE_PSS_MAX = 16 * LTE_HALF_FRAME,
};

/* Least peak worth a closer look. */
#define LTE_PSS_Z_MIN 7.0f

struct lte_pss_peak {
    double at;     /* useful part in the first half-frame, 0..9600 */
    double cfo_hz; /* of the hypothesis; refined: of the signal */
    float z;       /* deviations of noise above its mean */
};

/* Frequency offsets; hypotheses are at most 9.375 kHz apart. */
struct lte_pss_range {
    double from_hz, to_hz; /* beyond -200 and 200 kHz there are none */
};

struct lte_pss_search;

/* ERR_NO_MEM.  lte_pss_close() takes NULL. */
int lte_pss_open(struct lte_pss_search **out);
void lte_pss_close(struct lte_pss_search *s);

/*
 * Takes the samples of the searches that follow: the first
 * LTE_PSS_MAX of them, whose mean should be 0.
 */
void lte_pss_load(struct lte_pss_search *s, const struct lte_iq *iq);

/*
 * Peaks of root 'n_id_2' in 'range', strongest first; their number, 0 when
 * there are less than a half-frame of samples.
 */
size_t lte_pss_find(struct lte_pss_search *s, unsigned n_id_2,
                    const struct lte_pss_range *range,
                    struct lte_pss_peak peak[LTE_PSS_PEAKS]);

/*
 * Places a peak of root 'n_id_2' to the sample, and its frequency,
 * within 15 kHz of the hypothesis, by the phase between the halves of its
 * symbols.
 */
void lte_pss_refine(const struct lte_pss_search *s, unsigned n_id_2,
                    struct lte_pss_peak *peak);

#endif
