/* scale_some.h - the samples of scale.c, one and eight at a time. */
#ifndef SDR_FN_SCALE_SCALE_SOME_H
#define SDR_FN_SCALE_SCALE_SOME_H

#include <stdbool.h>
#include <stddef.h>

#include "core/iq.h"

/*
 * 'n' samples from x to y, which may be the same, times 'gain' (Q2.14, 16
 * bits); returns how many clip.  What the tap takes of each goes to 'words',
 * unless that is NULL.
 */
uint32_t scale_some(const struct iq16 *x, struct iq16 *y, size_t n,
                    uint32_t gain, uint32_t *words);

/* Has this machine what scale_some_avx2() needs?  The results are the same. */
bool scale_has_avx2(void);
uint32_t scale_some_avx2(const struct iq16 *x, struct iq16 *y, size_t n,
                         uint32_t gain, uint32_t *words);

#endif
