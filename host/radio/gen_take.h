/* gen_take.h - a recording in the making: samples, and what is in them. */
#ifndef HOST_RADIO_GEN_TAKE_H
#define HOST_RADIO_GEN_TAKE_H

#include <complex.h>
#include <ctype.h>
#include <jansson.h>

#include "core/base/rng.h"
#include "host/radio/gen_radio.h"

enum { GEN_FRAMES_MAX = 10000 };

struct gen_take {
    float complex *x; /* [n], of malloc() */
    size_t n;
    double rate_hz;
    json_t *frames, *cells; /* for the truth */
    json_t *nr;             /* or NULL; the NR cell */
};

/* -1: 'c' is none. */
static inline int gen_hex_digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0'
           : c >= 'a' && c <= 'f'    ? c - 'a' + 10
           : c >= 'A' && c <= 'F'    ? c - 'A' + 10
                                     : -1;
}

/* Appends all Wi-Fi frames and a tail of silence. ERR_USAGE, ERR_NO_MEM,
 * printed.
 */
int gen_take_wifi(const struct gen_radio *g, struct gen_take *t, struct rng *r);

/*
 * Appends an LTE cell with its SIB1 to t->x, at the rate of its band, which is
 * set.  ERR_USAGE, ERR_NO_MEM, printed.
 */
int gen_take_lte(const struct gen_radio *g, struct gen_take *t);

/* Appends an NR cell at 256 times its spacing.  ERR_USAGE, ERR_NO_MEM, printed.
 */
int gen_take_nr(const struct gen_radio *g, struct gen_take *t);

/* What the fields of LTE cells may be.  ERR_USAGE, printed. */
int gen_cells_check(const struct gen_radio *g);

/* Cells at 1.92 Msps, without system information, behind the silence that is
 * all there is so far.  ERR_NO_MEM, printed. */
int gen_cells_make(const struct gen_radio *g, size_t n_frames,
                   struct gen_take *t);

/* What the truth says of one whose frame begins at sample 'start'. */
json_t *gen_cell_truth(const struct gen_radio *g, const struct gen_cell *c,
                       double start);

/* What each antenna port is received with. */
extern const float complex gen_port_gain[4];

/* Says so; ERR_NO_MEM. */
int gen_take_no_memory(const struct gen_radio *g);

#endif
