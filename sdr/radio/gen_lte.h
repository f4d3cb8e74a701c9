/*
 * gen_lte.h - the always-on part of a cell (3GPP TS 36.211): PSS, SSS,
 * reference signals of up to four ports and a broadcast channel whose SFN runs;
 * FDD and TDD, both cyclic prefixes, 6 to 100 resource blocks.
 */
#ifndef SDR_RADIO_GEN_LTE_H
#define SDR_RADIO_GEN_LTE_H

#include "sdr/dsp/lte_bch.h"
#include "sdr/dsp/lte_grid.h"
#include "sdr/dsp/lte_seq.h"

struct gen_lte {
    struct lte_id id;
    unsigned ports;                     /* 1, 2, 4 */
    float complex gain[LTE_GRID_PORTS]; /* channel of each port */
    struct lte_mib_fields mib;          /* sfn: of the first frame */
    bool loaded;         /* QPSK in all other places of port 0, downlink */
    uint64_t seed;       /* of that load */
    bool tdd;            /* with the special subframe's DwPTS 9 symbols long, 8
                            with the extended prefix */
    unsigned tdd_config; /* 0..6, 4.2 */
    unsigned fft; /* points of a symbol, 128, 256 .. 2048, of which the rate is
                     fft x 15 kHz; 0: 128.  With too few for mib.prb the 72
                     central subcarriers are all that is made. */
};

/* Samples of a frame. */
size_t gen_lte_frame(const struct gen_lte *g);

/* Whether subframe 0..9 is downlink, special (its beginning is), or uplink:
 * 'D', 'S', 'U', 4.2. */
char gen_lte_subframe(const struct gen_lte *g, unsigned sf);

/*
 * Writes x[n_frames * gen_lte_frame()]; the first sample is the first of a
 * frame.  With gain 1, each resource element of a port has power 1/72, so that
 * at 1.92 Msps white noise of power P a sample gives an SNR of 128 / (72 P) in
 * each, and of fft / (72 P) at others.  Asserts that the fields are in range.
 * ERR_NO_MEM.
 */
int gen_lte_run(const struct gen_lte *g, size_t n_frames, float complex *x);

#endif
