/* interval.c - see interval.h. */
#include "host/campaign/interval.h"

#include <math.h>

/* Probability of 'k' or fewer successes of 'n' at probability 'p'. */
static double at_most(uint64_t k, uint64_t n, double p)
{
    double sum = 0;

    if (p <= 0 || k >= n) {
        return 1;
    }
    if (p >= 1) {
        return 0;
    }
    for (uint64_t j = 0; j <= k; j++) {
        sum += exp(lgamma((double)n + 1) - lgamma((double)j + 1) -
                   lgamma((double)(n - j) + 1) + (double)j * log(p) +
                   (double)(n - j) * log1p(-p));
    }
    return sum < 1 ? sum : 1;
}

double interval_upper(uint64_t k, uint64_t n, double tail)
{
    double low = 0, high = 1;

    if (k >= n) {
        return 1;
    }
    for (int turn = 0; turn < 60; turn++) {
        double p = (low + high) / 2;
        if (at_most(k, n, p) > tail) {
            low = p;
        } else {
            high = p;
        }
    }
    return high;
}

double interval_lower(uint64_t k, uint64_t n, double tail)
{
    return k == 0 ? 0 : 1 - interval_upper(n - k, n, tail);
}
