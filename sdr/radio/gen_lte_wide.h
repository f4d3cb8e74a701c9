/*
 * gen_lte_wide.h - all of a cell's band at a multiple of 1.92 Msps: what it
 * always sends (3GPP TS 36.211: PSS, SSS, CRS, PBCH) and its system
 * information.
 */
#ifndef SDR_RADIO_GEN_LTE_WIDE_H
#define SDR_RADIO_GEN_LTE_WIDE_H

#include "sdr/radio/gen_lte_si.h"

struct gen_lte_wide {
    struct gen_lte_si si;
    unsigned factor;                      /* 1..16: samples at 1.92 Msps */
    float complex gain[GEN_LTE_SI_PORTS]; /* channel of each port */
    unsigned sfn;                         /* of the first frame */
    bool loaded;   /* QPSK in all other places behind the control symbols */
    uint64_t seed; /* of that load */
};

/*
 * Writes x[n_frames * 19200 * factor]; the first sample is the first of a
 * frame.  With gain 1, each resource element of a port has power 1 / (12 prb):
 * white noise of power P a sample gives it an SNR of 128 factor / (12 prb P).
 * Asserts that gen_lte_si_valid() and that the band fits.  ERR_NO_MEM.
 */
int gen_lte_wide_run(const struct gen_lte_wide *g, size_t n_frames,
                     float complex *x);

#endif
