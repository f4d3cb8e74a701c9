/*
 * interval.h - what a count of successes says of their probability: exact
 * bounds of a binomial proportion (C. Clopper, E. Pearson, Biometrika 26,
 * 1934).
 */
#ifndef HOST_CAMPAIGN_INTERVAL_H
#define HOST_CAMPAIGN_INTERVAL_H

#include <stdint.h>

/*
 * The largest probability at which 'k' or fewer successes of 'n' still come
 * with probability 'tail'; 1 for n = 0.  With tail 0.05 a one-sided bound of
 * 95%.
 */
double interval_upper(uint64_t k, uint64_t n, double tail);

/* The smallest at which 'k' or more come; 0 for k = 0. */
double interval_lower(uint64_t k, uint64_t n, double tail);

#endif
