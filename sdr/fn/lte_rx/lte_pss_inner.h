/*
 * lte_pss_inner.h - what loading samples (lte_pss.c) and finding PSS in them
 * (lte_pss_find.c) share: an overlap-save search, in which blocks are
 * transformed once, and a frequency offset is a shift of their spectrum.
 *
 * A half-frame is five blocks of 1,920 new samples, and each lane of a
 * transform is another half-frame, so that adding up lanes is adding up
 * half-frames.  Results are made at 0.96 Msps, which holds the whole PSS; lane
 * l takes them l/8 of that step later, so that no place falls between two
 * results in all lanes.  A ramp of phase does this, and the sample clock, too.
 *
 * The correlation is normalized by the energy under it, so a burst or a change
 * of gain counts no more than any other 128 samples; for noise the squared
 * magnitude is Beta(1, 127), with mean and deviation 1/128.
 */
#ifndef SDR_FN_LTE_RX_LTE_PSS_INNER_H
#define SDR_FN_LTE_RX_LTE_PSS_INNER_H

#include "sdr/dsp/fft_lanes.h"
#include "sdr/fn/lte_rx/lte_pss.h"

enum {
    PSS_BLOCK = 2048,
    PSS_FRESH = PSS_BLOCK - LTE_FFT, /* a fifth of a half-frame */
    PSS_BLOCKS = LTE_HALF_FRAME / PSS_FRESH,
    PSS_USED = PSS_BLOCK / 2, /* bins of a product: 0.96 MHz */
    PSS_RESULTS = PSS_FRESH / 2,
    PSS_PLACES = PSS_BLOCKS * PSS_RESULTS, /* of a half-frame */
    PSS_STEP_BINS = 10,  /* of the frequency offset, 937.5 Hz each */
    PSS_SHIFT_MAX = 214, /* bins: 200 kHz */
    PSS_KEPT = PSS_USED + 2 * PSS_SHIFT_MAX,
    PSS_GROUPS = 2, /* of FFT_LANES half-frames */
};

_Static_assert(LTE_PSS_MAX == PSS_GROUPS * FFT_LANES * LTE_HALF_FRAME, "lanes");
_Static_assert(LTE_HALF_FRAME == PSS_BLOCKS * PSS_FRESH,
               "blocks fill a half-frame");

/* One block of eight half-frames. */
struct pss_block {
    struct fft_value bins[PSS_KEPT];      /* the carrier is in the middle */
    float weight[PSS_RESULTS][FFT_LANES]; /* inverse energy; 0: silence, or no
                                         samples */
};

struct lte_pss_search {
    size_t n, n_groups; /* samples loaded, and their groups of half-frames */
    double clock_per_hz;
    struct fft_lanes forward, inverse;
    struct fft_value work[2][PSS_BLOCK];
    struct fft_value ramped[PSS_USED]; /* the root for each lane */
    struct pss_block block[PSS_GROUPS][PSS_BLOCKS];
    float complex x[LTE_PSS_MAX]; /* cleaned */
    float inverse_energy[LTE_PSS_MAX];
    float complex time[3][LTE_FFT];  /* the roots' samples */
    float complex root[3][PSS_USED]; /* their spectra, for products */
    float sum[PSS_PLACES];
    float count[PSS_PLACES];
    float least[PSS_PLACES]; /* the sum of a peak worth a closer look */
};

#endif
