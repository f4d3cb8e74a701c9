/*
 * gen_wifi.h - sender of non-HT and HT-mixed OFDM frames of one stream, IEEE
 * 802.11-2020 clauses 17 and 19, as samples at 20 Msps of mean power about 1.
 */
#ifndef SDR_RADIO_GEN_WIFI_H
#define SDR_RADIO_GEN_WIFI_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sdr/dsp/wifi_phy.h"

struct gen_wifi_frame {
    const struct wifi_phy_rate *rate; /* of wifi_phy_ht: an HT-mixed frame */
    const uint8_t *psdu;              /* with its FCS; owned by the caller */
    size_t psdu_len;    /* 1..4095 bytes; HT: as fit into WIFI_HT_SAMPLES_MAX */
    unsigned scrambler; /* initial state x7..x1, x7 in bit 6; 1..127 */
    bool short_gi;      /* HT: short guard interval */
    bool aggregated;    /* HT: the PSDU is an A-MPDU */
    bool stbc;   /* HT: over two antennas by Alamouti's code, 19.3.11.9.2 ... */
    bool second; /* ... of which this is the second; the caller adds them up */
    bool ldpc;   /* HT: LDPC instead of the convolutional code */
};

struct gen_wifi;

/* ERR_NO_MEM. */
int gen_wifi_open(struct gen_wifi **out);
void gen_wifi_close(struct gen_wifi *g);

/* Samples of a frame. */
size_t gen_wifi_length(const struct gen_wifi_frame *f);

/* Writes gen_wifi_length() samples to x. */
void gen_wifi(struct gen_wifi *g, const struct gen_wifi_frame *f,
              float complex *x);

/*
 * Bits of DATA symbol m (from 0) of a frame as scrambled [dbps] and, from them,
 * as interleaved [cbps]; for those who check each step.  Call it for m = 0, 1,
 * ... in order: '*state' is the encoder's and begins with 0.
 */
void gen_wifi_scrambled(const struct gen_wifi_frame *f, size_t m,
                        uint8_t *bits);
void gen_wifi_interleaved(const struct wifi_phy_rate *rate, const uint8_t *bits,
                          unsigned *state, uint8_t *out);

/* Appends the FCS to n bytes at 'mpdu', which has room for four more. */
void gen_wifi_fcs(uint8_t *mpdu, size_t n);

#endif
