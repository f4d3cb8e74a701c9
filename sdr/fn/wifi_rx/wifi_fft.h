/*
 * wifi_fft.h - the receiver's transforms: in floating point, or by function
 * fft64 when it is lent, several symbols at a time (sdr/fft/fft_lent.h).
 */
#ifndef SDR_FN_WIFI_RX_WIFI_FFT_H
#define SDR_FN_WIFI_RX_WIFI_FFT_H

#include <complex.h>

#include <liquid/liquid.h>

#include "core/fn.h"
#include "sdr/dsp/ofdm20.h"

enum { WIFI_FFT_BLOCKS = 32 };

struct wifi_fft {
    fftplan plan;                   /* in[0] to out[0] */
    const struct fn_kernel *kernel; /* fft64; NULL: 'plan' does it */
    float complex in[WIFI_FFT_BLOCKS][OFDM20_FFT];
    float complex out[WIFI_FFT_BLOCKS][OFDM20_FFT];
};

/* ERR_NO_MEM; wifi_fft_close() takes one that failed, or all zeros. */
int wifi_fft_open(struct wifi_fft *t);
void wifi_fft_close(struct wifi_fft *t);

/*
 * out[k], by bin, becomes the transform of in[k] for the first 'n' blocks.
 * Returns for how many: fewer without the function, at least 1.
 */
size_t wifi_fft_run(struct wifi_fft *t, size_t n);

#endif
