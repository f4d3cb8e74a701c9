/* lte_ofdm.c - one OFDM symbol at a fractional place, by liquid-dsp's FFT. */
#include "sdr/fn/lte_rx/lte_ofdm.h"

#include <math.h>
#include <stdlib.h>

#include <liquid/liquid.h>

#include "core/base/err.h"

enum {
    ADVANCE = 2, /* the window begins inside the prefix: early paths */
};

struct lte_ofdm {
    fftplan plan;
    float complex time[LTE_FFT];
    float complex freq[LTE_FFT];
};

int lte_ofdm_open(struct lte_ofdm **out)
{
    struct lte_ofdm *o = calloc(1, sizeof *o);

    if (o == NULL) {
        return ERR_NO_MEM;
    }
    o->plan = fft_create_plan(LTE_FFT, o->time, o->freq, LIQUID_FFT_FORWARD, 0);
    if (o->plan == NULL) {
        lte_ofdm_close(o);
        return ERR_NO_MEM;
    }
    *out = o;
    return 0;
}

void lte_ofdm_close(struct lte_ofdm *o)
{
    if (o != NULL && o->plan != NULL) {
        fft_destroy_plan(o->plan);
    }
    free(o);
}

double lte_clock(const struct lte_iq *iq, double cfo_hz)
{
    /* A slow crystal tunes too low and takes too few samples. */
    return iq->carrier_hz > 0 ? 1 - cfo_hz / iq->carrier_hz : 1;
}

bool lte_ofdm_symbol(struct lte_ofdm *o, const struct lte_iq *iq, double at,
                     double cfo_hz, float complex y[LTE_N_SC])
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
        o->time[k] =
            (lte_clean(crealf(x[k])) + I * lte_clean(cimagf(x[k]))) * w;
        w *= step;
    }
    fft_execute(o->plan);
    for (size_t k = 0; k < LTE_N_SC; k++) {
        double delay = (at - first) * lte_sc_freq(k) / LTE_FFT;
        y[k] = o->freq[lte_sc_bin(k)] * lte_phasor(delay);
    }
    return true;
}
