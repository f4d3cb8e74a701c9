/*
 * gen_dsss.h - sender of 802.11b frames, IEEE 802.11-2020 clauses 15 and 16, as
 * samples at 20 Msps of mean power about 1.
 */
#ifndef SDR_RADIO_GEN_DSSS_H
#define SDR_RADIO_GEN_DSSS_H

#include "sdr/dsp/wifi_dsss.h"

struct gen_dsss_frame {
    const struct wifi_dsss_rate *rate;
    bool short_preamble; /* not at 1 Mbit/s */
    const uint8_t *psdu; /* with its FCS; owned by the caller */
    size_t psdu_len;     /* 1..WIFI_DSSS_PSDU_MAX bytes */
    /* Sent instead of what the PSDU calls for; NULL: that. */
    const struct wifi_dsss_header *header;
};

/* Samples of a frame. */
size_t gen_dsss_length(const struct gen_dsss_frame *f);

/* Writes gen_dsss_length() samples to x; ERR_NO_MEM. */
int gen_dsss(const struct gen_dsss_frame *f, float complex *x);

/* Chips of a frame as quarter turns; how many. chip[gen_dsss_chips_max(f)] */
size_t gen_dsss_chips_max(const struct gen_dsss_frame *f);
size_t gen_dsss_chips(const struct gen_dsss_frame *f, uint8_t *chip);

#endif
