/* gen_take.h - a recording in the making: samples, and what is in them. */
#ifndef HOST_RADIO_GEN_TAKE_H
#define HOST_RADIO_GEN_TAKE_H

#include <complex.h>
#include <jansson.h>

#include "core/base/rng.h"
#include "host/radio/gen_radio.h"

enum { GEN_FRAMES_MAX = 10000 };

struct gen_take {
    float complex *x; /* [n], of malloc() */
    size_t n;
    double rate_hz;
    json_t *frames, *cells; /* for the truth */
};

/* Appends all Wi-Fi frames and a tail of silence. ERR_USAGE, ERR_NO_MEM,
 * printed.
 */
int gen_take_wifi(const struct gen_radio *g, struct gen_take *t, struct rng *r);

/* Says so; ERR_NO_MEM. */
int gen_take_no_memory(const struct gen_radio *g);

#endif
