/*
 * dsss_chips.h - from samples at 20 Msps to the chips of an 802.11b frame: two
 * values a chip by interpolation, then a linear equalizer, which is matched
 * filter and channel at once.  Its taps are those that least squares find for
 * chips that are known.
 */
#ifndef SDR_FN_WIFI_RX_DSSS_CHIPS_H
#define SDR_FN_WIFI_RX_DSSS_CHIPS_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DSSS_TAPS = 24,        /* of the equalizer, half chips; even */
    DSSS_CHIPS_MAX = 2112, /* at once: those of 192 symbols of a preamble */
    DSSS_HALVES_MAX = 2 * DSSS_CHIPS_MAX + DSSS_TAPS,
    DSSS_FILTER = 16,    /* samples of an interpolation */
    DSSS_FRACTIONS = 64, /* of a sample, at which it is made */
};

/* Where chips are in the samples. */
struct dsss_place {
    double at;   /* first chip's middle, samples */
    double chip; /* samples of a chip */
    float cfo;   /* rad a sample; the phase is 0 at ... */
    double zero; /* ... this sample */
};

struct dsss_chips {
    float filter[DSSS_FRACTIONS + 1][DSSS_FILTER];
    float complex tap[DSSS_TAPS];
    /* Half chips, those on the chips' grid and those between them. */
    float re[2][DSSS_HALVES_MAX / 2 + 64], im[2][DSSS_HALVES_MAX / 2 + 64];
    float turned_re[DSSS_CHIPS_MAX * 2], turned_im[DSSS_CHIPS_MAX * 2];
};

void dsss_chips_init(struct dsss_chips *c);

/* Samples that 'n' chips need: x[*first .. *end - 1]. */
void dsss_chips_span(const struct dsss_place *p, size_t n, long *first,
                     long *end);

/* Interpolates what 'n' chips need, carrier offset removed; x as
 * dsss_chips_span() says. */
void dsss_chips_load(struct dsss_chips *c, const float complex *x,
                     const struct dsss_place *p, size_t n);

/*
 * Taps for the 'n' chips that were loaded, which were sent[n].  The error's
 * power over the signal's, 0..1; 1 when nothing was learned.
 */
float dsss_chips_learn(struct dsss_chips *c, const float complex *sent,
                       size_t n);

/* Equalizes the chips from .. from + n - 1 of those loaded; 'half': half a chip
 * later. */
void dsss_chips_make(const struct dsss_chips *c, size_t from, size_t n,
                     bool half, float complex *z);

#endif
