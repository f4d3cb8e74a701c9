/* iq.h - one complex baseband sample; sample 0 is the first in time. */
#ifndef CORE_IQ_H
#define CORE_IQ_H

#include <stdint.h>

struct iq16 {
    int16_t i; /* Q1.15 */
    int16_t q; /* Q1.15 */
};

#endif
