/*
 * gen_nr.h - the synchronization blocks of an NR cell (3GPP TS 38.211), whose
 * frame number runs, and a load around them; 15 and 30 kHz.
 */
#ifndef SDR_RADIO_GEN_NR_H
#define SDR_RADIO_GEN_NR_H

#include "sdr/dsp/nr_bch.h"
#include "sdr/dsp/nr_seq.h"

struct gen_nr {
    unsigned cell_id;  /* 0..1007 */
    unsigned scs_khz;  /* 15, 30 */
    bool case_b;       /* see nr_block_at() */
    bool four;         /* a half-frame has four blocks, not eight */
    uint8_t blocks;    /* a bit for each index that is sent */
    bool half_frame;   /* they are in the second half of a frame */
    unsigned period;   /* frames from burst to burst, 1, 2, 4, 8, 16; the first
                          frame has one */
    struct nr_mib mib; /* sfn: of the first frame */
    double step;       /* turns of the carrier from symbol to symbol, 5.4 */
    bool loaded;       /* QPSK in all other symbols */
    uint64_t seed;     /* of that load */
};

/* Samples of a frame. */
size_t gen_nr_frame(const struct gen_nr *g);

/*
 * Writes x[n_frames * gen_nr_frame()] at 256 times the subcarrier spacing; the
 * first sample is the first of a frame.  Each resource element has power 1/240,
 * so that white noise of power P a sample gives an SNR of 256 / (240 P) in
 * each.  Asserts that the fields are in range.  ERR_NO_MEM.
 */
int gen_nr_run(const struct gen_nr *g, size_t n_frames, float complex *x);

#endif
