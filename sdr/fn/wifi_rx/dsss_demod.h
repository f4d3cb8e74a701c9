/*
 * dsss_demod.h - from the chips of an 802.11b symbol to its bits.
 *
 * Decisions are coherent and what they mean lies in their differences, as
 * DBPSK, DQPSK and CCK want it: a slip of the carrier costs one symbol.
 */
#ifndef SDR_FN_WIFI_RX_DSSS_DEMOD_H
#define SDR_FN_WIFI_RX_DSSS_DEMOD_H

#include <complex.h>
#include <stddef.h>
#include <stdint.h>

#include "sdr/dsp/wifi_dsss.h"

/* The carrier's phase behind the equalizer. */
struct dsss_carrier {
    float phase, drift; /* rad, rad a symbol */
    unsigned quarter;   /* of the last symbol */
};

/*
 * The bits of symbol 'number' of a field at 'rate', rate->symbol_bits of them,
 * as they were on the air, from z[rate->chips]; as[rate->chips] is what the
 * chips are taken for, carrier included.
 */
void dsss_decide(struct dsss_carrier *c, const struct wifi_dsss_rate *rate,
                 const float complex *z, size_t number, uint8_t *bits,
                 float complex *as);

#endif
