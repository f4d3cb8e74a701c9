/*
 * gen_lte_si.h - the control and data channels by which a cell broadcasts its
 * system information: PCFICH, PHICH, PDCCH and PDSCH (3GPP TS 36.211 6.4 to
 * 6.9, 36.212 5.3, 36.331 5.2), on the grid of one subframe.
 */
#ifndef SDR_RADIO_GEN_LTE_SI_H
#define SDR_RADIO_GEN_LTE_SI_H

#include <complex.h>

#include "sdr/dsp/lte_dci.h"
#include "sdr/dsp/lte_rrc.h"

enum {
    GEN_LTE_SI_PORTS = 4,
    GEN_LTE_SI_MESSAGES = 4,
};

/* A BCCH-DL-SCH-Message; zeros fill its transport block up. */
struct gen_lte_message {
    const uint8_t *bytes;
    size_t n;
};

struct gen_lte_si {
    struct lte_layout layout; /* with the TDD configuration */
    unsigned cfi;             /* 1..3 */
    /* How messages are assigned: of 'dci' all but mcs, rv, three and tbs. */
    struct lte_dci dci;
    unsigned aggregation;        /* 4 or 8 control channel elements ... */
    unsigned first_cce;          /* ... from this one of the search space */
    struct gen_lte_message sib1; /* n 0: there is none */
    /* Message k is sent in the windows of entry k of SIB1's list. */
    struct gen_lte_message si[GEN_LTE_SI_MESSAGES];
};

/* False: it cannot be sent as it is said. */
bool gen_lte_si_valid(const struct gen_lte_si *g);

/*
 * Puts the channels of a subframe on grid[port][element], which are numbered as
 * in lte_ctrl.h; other elements stay.  Uplink subframes stay as they are.
 */
void gen_lte_si_put(const struct gen_lte_si *g, unsigned sfn, unsigned subframe,
                    float complex (*grid)[LTE_RE_MAX]);

/* Puts QPSK symbols x[n] on re[n], from one port or by transmit diversity. */
void gen_lte_si_map(const struct lte_layout *layout, const uint16_t *re,
                    size_t n, const float complex *x,
                    float complex (*grid)[LTE_RE_MAX]);

#endif
