/*
 * wifi_ht.h - HT-SIG of an HT-mixed frame, IEEE 802.11-2020 19.3.9.4.3, for
 * sender and receiver alike.  Bits are bytes of 0 or 1.
 */
#ifndef SDR_DSP_WIFI_HT_H
#define SDR_DSP_WIFI_HT_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WIFI_HT_SIG_BITS = 48, /* of both symbols */
    /* aPPDUMaxTime, 5.484 ms (Table 19-25), in samples. */
    WIFI_HT_SAMPLES_MAX = 109680,
    /* Bytes of a PSDU that MCS 7 with a short guard interval fits in there. */
    WIFI_HT_PSDU_MAX = 49169,
};

struct wifi_ht_sig {
    uint8_t mcs;     /* 0..76 */
    bool wide;       /* 40 MHz */
    uint16_t length; /* of the PSDU, bytes; 0: a null data packet */
    bool smoothing;  /* of the channel estimate is recommended */
    bool sounding;
    bool aggregated; /* the PSDU is an A-MPDU */
    uint8_t stbc;    /* space-time streams more than spatial ones, 0..3 */
    bool ldpc;
    bool short_gi;
    uint8_t extra_ltfs; /* extension spatial streams, 0..3 */
};

/* In sending order; the tail is zeros. */
void wifi_ht_sig_pack(const struct wifi_ht_sig *s,
                      uint8_t bits[WIFI_HT_SIG_BITS]);

/* 0, or ERR_BAD_INPUT: the CRC, the reserved bit or the tail is wrong. */
int wifi_ht_sig_parse(const uint8_t bits[WIFI_HT_SIG_BITS],
                      struct wifi_ht_sig *s);

#endif
