/*
 * uper.h - unaligned PER (ITU-T X.691) by hand: fields out of bits.  A read
 * behind the end, or of a value that cannot be, gives zero and sets 'failed';
 * whoever reads looks at it once, at the end, and bounds loops by what their
 * length fields can hold.
 */
#ifndef SDR_DSP_UPER_H
#define SDR_DSP_UPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uper {
    const uint8_t *bytes;
    size_t n, at; /* bits */
    bool failed;
};

/* n <= 32 bits, the first one the highest. */
uint32_t uper_get(struct uper *u, unsigned n);

bool uper_flag(struct uper *u);

void uper_skip(struct uper *u, size_t n);

/* Of n values, in as many bits as that takes; more is refused. */
uint32_t uper_below(struct uper *u, unsigned bits, uint32_t n);

/* X.691 11.6: a normally small number; more than 63 is refused. */
uint32_t uper_small(struct uper *u);

/* A value of whatever type with its length before it; fragments are refused. */
void uper_skip_open(struct uper *u);

/*
 * The additions behind an extension marker, X.691 19.7 to 19.9.  '*first',
 * unless NULL, reads the first one; n is at when it is absent.
 */
void uper_additions(struct uper *u, struct uper *first);

#endif
