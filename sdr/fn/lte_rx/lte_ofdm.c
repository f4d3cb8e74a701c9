/* lte_ofdm.c - OFDM symbols at fractional places. */
#include "sdr/fn/lte_rx/lte_ofdm.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include <liquid/liquid.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"
#include "sdr/fn/lte_rx/lte_dft.h"

_Static_assert((int)LTE_OFDM_SYMBOLS <= (int)LTE_DFT_BLOCKS, "at once");

enum {
    ADVANCE = 2, /* the window begins inside the prefix: early paths */
};

struct lte_ofdm {
    struct lte_dft dft;
    fftplan inverse; /* freq to time */
    float complex time[LTE_FFT];
    float complex freq[LTE_FFT];
};

int lte_ofdm_open(struct lte_ofdm **out)
{
    struct lte_ofdm *o = calloc(1, sizeof *o);

    if (o == NULL) {
        return ERR_NO_MEM;
    }
    o->inverse =
        fft_create_plan(LTE_FFT, o->freq, o->time, LIQUID_FFT_BACKWARD, 0);
    if (o->inverse == NULL || lte_dft_open(&o->dft) < 0) {
        lte_ofdm_close(o);
        return ERR_NO_MEM;
    }
    *out = o;
    return 0;
}

void lte_ofdm_close(struct lte_ofdm *o)
{
    if (o != NULL) {
        lte_dft_close(&o->dft);
    }
    if (o != NULL && o->inverse != NULL) {
        fft_destroy_plan(o->inverse);
    }
    free(o);
}

void lte_ofdm_lend(struct lte_ofdm *o, const struct fn_kernel *kernel)
{
    o->dft.kernel = kernel;
}

double lte_clock(const struct lte_iq *iq, double cfo_hz)
{
    /* A slow crystal tunes too low and takes too few samples. */
    return iq->carrier_hz > 0 ? 1 - cfo_hz / iq->carrier_hz : 1;
}

/* Samples to in[128], turned back; false: the symbol lies outside. */
static bool ofdm_load(const struct lte_iq *iq, double at, double cfo_hz,
                      float complex *in)
{
    double first = floor(at) - ADVANCE;
    double turns = -cfo_hz / LTE_RATE_HZ;
    float complex w = lte_phasor(turns * first);
    float complex step = lte_phasor(turns);

    if (!(first >= 0) || !(first + LTE_FFT <= (double)iq->n)) {
        return false;
    }
    const float complex *x = iq->x + (size_t)first;
    for (size_t k = 0; k < LTE_FFT; k++) {
        in[k] = cf_mul(cf(lte_clean(crealf(x[k])), lte_clean(cimagf(x[k]))), w);
        w = cf_mul(w, step);
    }
    return true;
}

/* Subcarriers of the bins, as of a window that begins at 'at'. */
static void ofdm_unload(const float complex *bin, double at, float complex *y)
{
    double late = at - (floor(at) - ADVANCE);
    float complex step = lte_phasor(late / LTE_FFT);
    float complex w = lte_phasor(late * lte_sc_freq(0) / LTE_FFT);

    for (size_t k = 0; k < LTE_N_SC; k++) {
        y[k] = cf_mul(bin[lte_sc_bin(k)], w);
        w = cf_mul(w, step);
        if (k + 1 == LTE_N_SC / 2) {
            w = cf_mul(w, step); /* over the carrier */
        }
    }
}

uint32_t lte_ofdm_symbols(struct lte_ofdm *o, const struct lte_iq *iq,
                          const double *at, size_t n, double cfo_hz,
                          float complex (*y)[LTE_N_SC])
{
    uint32_t there = 0;
    size_t held = 0;

    assert(n <= LTE_OFDM_SYMBOLS);
    for (size_t k = 0; k < n; k++) {
        if (ofdm_load(iq, at[k], cfo_hz, o->dft.in[held])) {
            there |= 1U << k;
            held++;
        }
    }
    lte_dft_run(&o->dft, held);
    held = 0;
    for (size_t k = 0; k < n; k++) {
        if ((there >> k & 1) != 0) {
            ofdm_unload(o->dft.out[held++], at[k], y[k]);
        }
    }
    return there;
}

void lte_ofdm_subtract(struct lte_ofdm *o, float complex *x, size_t n,
                       double at, size_t n_prefix, double cfo_hz,
                       const float complex y[LTE_N_SC])
{
    double first = floor(at);
    double turns = cfo_hz / LTE_RATE_HZ;
    double begin = first - (double)n_prefix;
    float complex w = lte_phasor(turns * begin);
    float complex step = lte_phasor(turns);

    if (!(begin >= 0) || !(first + LTE_FFT <= (double)n)) {
        return;
    }
    for (size_t k = 0; k < LTE_FFT; k++) {
        o->freq[k] = 0;
    }
    for (size_t k = 0; k < LTE_N_SC; k++) {
        double delay = (first - at) * lte_sc_freq(k) / LTE_FFT;
        o->freq[lte_sc_bin(k)] = cf_mul(y[k], lte_phasor(delay)) / LTE_FFT;
    }
    fft_execute(o->inverse);
    for (size_t k = 0; k < n_prefix + LTE_FFT; k++) {
        size_t t = (k + LTE_FFT - n_prefix) % LTE_FFT;
        x[(size_t)begin + k] -= cf_mul(o->time[t], w);
        w = cf_mul(w, step);
    }
}
