/* fft_lanes_avx2.c - fft_lanes_match() and its kin with eight lanes in a
 * register. */
#include "sdr/dsp/fft_lanes.h"

#if defined __x86_64__

#define FFT_ROW    8
#define FFT_TARGET __attribute__((target("avx2,fma")))
#include "sdr/dsp/fft_lanes_steps.h"

FFT_TARGET static void match_avx2(const struct fft_lanes *f,
                                  const struct fft_value *x,
                                  const struct fft_value *r,
                                  const float (*weight)[FFT_LANES], float *sum,
                                  size_t n_sum)
{
    fft_match(f, x, r, weight, sum, n_sum);
}

fft_lanes_matcher *fft_lanes_match_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
               ? match_avx2
               : NULL;
}

FFT_TARGET static size_t find_avx2(const struct fft_lanes *f,
                                   const struct fft_query *q,
                                   struct fft_found *found, size_t cap)
{
    return fft_find(f, q, found, cap);
}

fft_lanes_finder *fft_lanes_find_avx2(void)
{
    return fft_lanes_match_avx2() != NULL ? find_avx2 : NULL;
}

#else

fft_lanes_finder *fft_lanes_find_avx2(void)
{
    return NULL;
}

fft_lanes_matcher *fft_lanes_match_avx2(void)
{
    return NULL;
}

#endif
