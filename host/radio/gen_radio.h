/*
 * gen_radio.h - makes recordings with known content: NAME.sigmf-meta,
 * NAME.sigmf-data (ci16_le) and NAME.truth.json.
 *
 * The same settings and seed make the same files.
 */
#ifndef HOST_RADIO_GEN_RADIO_H
#define HOST_RADIO_GEN_RADIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gen_radio {
    const char *out; /* NAME, with or without .sigmf-meta */
    uint64_t seed;
    double snr_db; /* over 20 MHz (Wi-Fi); of a resource element (LTE) */
    double cfo_hz;
    double delay;   /* samples before the first frame */
    uint32_t count; /* Wi-Fi frames; LTE radio frames */
    uint32_t mbps;  /* of all Wi-Fi frames; 0: all eight in turn */
    bool ht;        /* HT-mixed frames of 'mcs' 0..7 instead */
    bool short_gi;  /* of HT: short guard interval */
    bool ldpc;      /* of HT: LDPC code */
    bool stbc;      /* of HT: from two antennas, over a channel each */
    uint32_t mcs;
    uint32_t ampdu;         /* of HT: MPDUs a frame; 0: no A-MPDU */
    double clock_ppm;       /* the receiver's sample clock is slow by this */
    double delay_spread_ns; /* rms, exponential profile, Rayleigh paths; 0: one
                             * path */
    const char *mac_hex;    /* bytes of every frame without FCS; NULL: random */
    uint32_t cell_id, ports, prb, sfn; /* of the LTE cell */
};

/* 802.11a or 802.11n frames at 20 Msps.  ERR_USAGE, ERR_NO_MEM, ERR_IO;
 * printed. */
int gen_radio_wifi(const struct gen_radio *g);

/* An FDD cell at 1.92 Msps.  The same. */
int gen_radio_lte(const struct gen_radio *g);

/* At 20 Msps, an LTE cell first and Wi-Fi frames after it.  The same. */
int gen_radio_mix(const struct gen_radio *g);

#endif
