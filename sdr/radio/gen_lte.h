/*
 * gen_lte.h - the always-on part of an FDD cell at 1.92 Msps (3GPP TS 36.211):
 * PSS, SSS, reference signals and a broadcast channel whose SFN runs.
 */
#ifndef SDR_RADIO_GEN_LTE_H
#define SDR_RADIO_GEN_LTE_H

#include "sdr/dsp/lte_bch.h"
#include "sdr/dsp/lte_seq.h"

enum {
    GEN_LTE_PORTS = 2, /* most antenna ports */
};

struct gen_lte {
    struct lte_id id;
    unsigned ports;                    /* 1 or 2 */
    float complex gain[GEN_LTE_PORTS]; /* channel of each port */
    struct lte_mib_fields mib;         /* sfn: of the first frame */
    bool loaded;                       /* QPSK in all other places of port 0 */
    uint64_t seed;                     /* of that load */
};

/*
 * Writes x[n_frames * 19200]; the first sample is the first of a frame.  With
 * gain 1, each resource element of a port has power 1/72, so that white noise
 * of power P a sample gives an SNR of 128 / (72 P) in each.  Asserts that the
 * fields are in range.  ERR_NO_MEM.
 */
int gen_lte_run(const struct gen_lte *g, size_t n_frames, float complex *x);

#endif
