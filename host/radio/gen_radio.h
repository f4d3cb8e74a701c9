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

enum { GEN_ALSO_MAX = 8 };

/* An LTE cell beside the first one, which it is like in all else. */
struct gen_cell {
    uint32_t cell_id;
    double power_db; /* over that of the first */
    double delay;    /* samples behind it, at 1.92 Msps */
    double cfo_hz;   /* from it */
};

struct gen_radio {
    const char *out; /* NAME, with or without .sigmf-meta */
    uint64_t seed;
    double snr_db; /* over 20 MHz (Wi-Fi); of a resource element (LTE, NR) */
    double cfo_hz;
    double delay;   /* samples before the first frame, before 'rate_hz' */
    uint32_t count; /* Wi-Fi frames; LTE and NR radio frames */
    double rate_hz; /* of the recording of Wi-Fi, both, or NR; 0: NR's own */
    double mbps;    /* of all Wi-Fi frames; 0: all eight of OFDM in turn */
    bool short_preamble; /* of 1, 2, 5.5 and 11 Mbit/s, but not the first */
    bool ht;             /* HT-mixed frames of 'mcs' 0..7 instead */
    bool short_gi;       /* of HT: short guard interval */
    bool ldpc;           /* of HT: LDPC code */
    bool stbc;           /* of HT: from two antennas, over a channel each */
    uint32_t mcs;
    uint32_t ampdu;         /* of HT: MPDUs a frame; 0: no A-MPDU */
    double clock_ppm;       /* the receiver's sample clock is slow by this */
    double delay_spread_ns; /* rms, exponential profile, Rayleigh paths; 0: one
                             * path */
    const char *mac_hex;    /* bytes of every frame without FCS; NULL: random */
    uint32_t cell_id, ports, prb, sfn; /* of the cell */
    uint32_t scs_khz;                  /* of NR, these four: 15, 30 */
    uint32_t ssb;                      /* the block that is sent, 0..7 */
    uint32_t period_ms;                /* a multiple of 10 */
    bool second_half;                  /* of a frame has it */
    bool extended_cp;
    int tdd_config; /* 0..6; -1: FDD */
    int channel;    /* enum impair_profile_name, for each port; -1: one path */
    struct gen_cell also[GEN_ALSO_MAX];
    size_t n_also;
    /* Its SIB1, and the first message of SIB1's list, as hex; NULL: the cell
     * does not send system information.  TDD follows SIB1. */
    const char *sib1_hex, *si_hex;
};

/* 802.11a, 802.11b or 802.11n frames.  ERR_USAGE, ERR_NO_MEM, ERR_IO;
 * printed. */
int gen_radio_wifi(const struct gen_radio *g);

/* Cells at 1.92 Msps; with SIB1 one at the rate of its band.  The same. */
int gen_radio_lte(const struct gen_radio *g);

/* The synchronization blocks of an NR cell, 7.2 or 3.6 MHz wide.  The same. */
int gen_radio_nr(const struct gen_radio *g);

/* An LTE cell first and Wi-Fi frames after it.  The same. */
int gen_radio_mix(const struct gen_radio *g);

#endif
