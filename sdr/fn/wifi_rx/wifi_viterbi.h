/*
 * wifi_viterbi.h - the receiver's convolutional decoder: sdr/dsp/viterbi_k7, or
 * function viterbi_k7 when it is lent, which gives the same bits.
 *
 * That takes blocks of so many steps.  Longer ones are cut into parts, also in
 * software, so that the bits are the same wherever they are decoded.
 */
#ifndef SDR_FN_WIFI_RX_WIFI_VITERBI_H
#define SDR_FN_WIFI_RX_WIFI_VITERBI_H

#include "core/fn.h"
#include "sdr/dsp/viterbi_k7.h"

enum { WIFI_VITERBI_STEPS = 16384 }; /* LIMIT of viterbi_k7 at reset */

struct wifi_viterbi {
    struct viterbi_k7 decoder;
    const struct fn_kernel *kernel;   /* viterbi_k7; NULL: 'decoder' does it */
    uint8_t bits[WIFI_VITERBI_STEPS]; /* of a part */
};

/* As viterbi_k7_decode(), of blocks of any length; soft[2 * n] stays. */
void wifi_viterbi_decode(struct wifi_viterbi *v, int8_t *soft, size_t n,
                         uint8_t *bits);

#endif
