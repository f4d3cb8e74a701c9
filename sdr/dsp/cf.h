/*
 * cf.h - float complex arithmetic that inlines to plain multiplications: the
 * language's own operator takes extra care of infinities that no sample needs.
 */
#ifndef SDR_DSP_CF_H
#define SDR_DSP_CF_H

#include <complex.h>
#include <math.h>

static inline float complex cf(float re, float im)
{
    return __builtin_complex(re, im);
}

/* a * b */
static inline float complex cf_mul(float complex a, float complex b)
{
    return cf(crealf(a) * crealf(b) - cimagf(a) * cimagf(b),
              crealf(a) * cimagf(b) + cimagf(a) * crealf(b));
}

/* a * conj(b) */
static inline float complex cf_mul_conj(float complex a, float complex b)
{
    return cf(crealf(a) * crealf(b) + cimagf(a) * cimagf(b),
              cimagf(a) * crealf(b) - crealf(a) * cimagf(b));
}

/* |a|^2 */
static inline float cf_norm(float complex a)
{
    return crealf(a) * crealf(a) + cimagf(a) * cimagf(a);
}

/* e^(j phase), phase in rad. */
static inline float complex cf_polar(float phase)
{
    return cf(cosf(phase), sinf(phase));
}

#endif
