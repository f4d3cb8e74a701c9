/* lte_dft.c - see lte_dft.h. */
#include "sdr/fn/lte_rx/lte_dft.h"

#include <string.h>

#include "core/base/err.h"
#include "sdr/fft/fft_lent.h"

enum { LOG2_N = 7 };

_Static_assert(LTE_FFT == 1 << LOG2_N, "as fft128");

int lte_dft_open(struct lte_dft *d)
{
    memset(d, 0, sizeof *d);
    for (size_t k = 0; k < LTE_DFT_BLOCKS; k++) {
        d->plan[k] = fft_create_plan(LTE_FFT, d->in[k], d->out[k],
                                     LIQUID_FFT_FORWARD, 0);
        if (d->plan[k] == NULL) {
            lte_dft_close(d);
            return ERR_NO_MEM;
        }
    }
    return 0;
}

void lte_dft_close(struct lte_dft *d)
{
    for (size_t k = 0; k < LTE_DFT_BLOCKS; k++) {
        if (d->plan[k] != NULL) {
            (void)fft_destroy_plan(d->plan[k]); /* has nothing to say */
            d->plan[k] = NULL;
        }
    }
}

void lte_dft_run(struct lte_dft *d, size_t n)
{
    if (d->kernel != NULL &&
        fft_lent(d->kernel, LOG2_N, d->in[0], n, d->out[0])) {
        return;
    }
    for (size_t k = 0; k < n; k++) {
        (void)fft_execute(d->plan[k]); /* cannot fail with a plan */
    }
}
