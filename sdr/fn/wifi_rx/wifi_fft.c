/* wifi_fft.c - see wifi_fft.h. */
#include "sdr/fn/wifi_rx/wifi_fft.h"

#include <string.h>

#include "core/base/err.h"
#include "sdr/fft/fft_lent.h"

enum { LOG2_N = 6 };

_Static_assert((int)OFDM20_FFT == 1 << LOG2_N, "as fft64");

int wifi_fft_open(struct wifi_fft *t)
{
    memset(t, 0, sizeof *t);
    t->plan =
        fft_create_plan(OFDM20_FFT, t->in[0], t->out[0], LIQUID_FFT_FORWARD, 0);
    return t->plan == NULL ? ERR_NO_MEM : 0;
}

void wifi_fft_close(struct wifi_fft *t)
{
    if (t->plan != NULL) {
        (void)fft_destroy_plan(t->plan); /* frees; has nothing to say */
    }
}

size_t wifi_fft_run(struct wifi_fft *t, size_t n)
{
    if (t->kernel != NULL &&
        fft_lent(t->kernel, LOG2_N, t->in[0], n, t->out[0])) {
        return n;
    }
    (void)fft_execute(t->plan); /* cannot fail with a plan */
    return 1;
}
