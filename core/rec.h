/*
 * rec.h - records: what receivers make of samples.  They cross process borders
 * as they are, so they hold no pointers; whoever gets one from a machine checks
 * every field before using it.
 */
#ifndef CORE_REC_H
#define CORE_REC_H

#include <stdint.h>

enum rec_type {
    REC_WIFI_FRAME = 1,
    REC_LTE_CELL = 2,
    REC_LTE_SI = 3,
    REC_NR_CELL = 4,
};

enum {
    REC_PSDU_MAX = 7991, /* bytes; the longest MPDU, IEEE 802.11-2020 9.3.2.1 */
    REC_NO_MCS = 255,
    REC_CSI_MAX = 56,
    REC_SI_MAX = 277, /* bytes; 2216 bits, the largest of format 1A */
};

/* Of DSSS and CCK it may be long or short. */
enum rec_preamble { REC_OFDM, REC_LONG, REC_SHORT };

/*
 * An 802.11 frame; samples count at 20 Msps from the start of the stream.  Of
 * an A-MPDU there is a record for each MPDU, one behind the other.
 */
struct rec_wifi_frame {
    double start_sample; /* first sample of its preamble */
    double end_sample;   /* one behind the last */
    double cfo_hz;       /* positive: the signal is above the centre */
    double snr_db;       /* over 20 MHz */
    double evm_db;
    char format[8];      /* "non-ht", "ht", "vht", "dsss", "cck" */
    uint32_t rate_kbps;  /* 0: unknown */
    uint8_t header_only; /* 1: what the header says is all there is */
    uint8_t fcs_ok;      /* 0 or 1 */
    uint8_t mcs;         /* of HT; REC_NO_MCS: none, or not known */
    uint8_t short_gi;    /* of HT; these five are 0 or 1 */
    uint8_t wide;        /* 40 MHz */
    uint8_t stbc;
    uint8_t ldpc;
    uint8_t aggregated; /* the PSDU is an A-MPDU, 'psdu' one of its MPDUs */
    uint8_t preamble;   /* enum rec_preamble */
    uint16_t mpdu;      /* its number from 0 */
    uint16_t n_mpdus;   /* MPDUs with a right delimiter; 0: none */
    uint16_t psdu_len;  /* bytes of the whole PSDU, FCS included */
    uint16_t len;       /* bytes of 'psdu' */
    uint16_t n_csi;     /* tones of 'csi', 52 or 56; 0 of DSSS and CCK */
    /* The channel by tone, lowest frequency first, real and imaginary part; its
     * mean power is 1. */
    float csi[REC_CSI_MAX][2];
    uint8_t psdu[REC_PSDU_MAX];
};

/* An LTE cell; samples count at 1.92 Msps from the start of the stream. */
struct rec_lte_cell {
    double frame_start_sample; /* first sample of a radio frame's first CP */
    double cfo_hz;             /* positive: the signal is above the centre */
    double snr_db;             /* of the reference signals */
    double rsrp_db;            /* over full scale */
    double rsrq_db;
    uint16_t cell_id; /* 0..503 */
    uint8_t is_tdd;   /* these three are 0 or 1 */
    uint8_t extended_cp;
    uint8_t has_mib;          /* the rest is known */
    uint8_t ports;            /* 1, 2, 4 */
    uint8_t prb;              /* 6, 15, 25, 50, 75, 100 */
    uint8_t extended_phich;   /* duration */
    uint8_t phich_sixths;     /* resources: 1, 3, 6, 12 sixths */
    uint16_t sfn;             /* of the frame at frame_start_sample, 0..1023 */
    uint16_t n_sib1;          /* bytes; 0: not known (yet) */
    uint8_t sib1[REC_SI_MAX]; /* BCCH-DL-SCH-Message, with its padding */
};

/* A message of system information, BCCH-DL-SCH; samples as of a cell. */
struct rec_lte_si {
    double frame_start_sample; /* of the frame it was in */
    uint16_t cell_id;          /* 0..503 */
    uint16_t sfn;              /* 0..1023 */
    uint8_t subframe;          /* 0..9 */
    uint16_t n;                /* bytes of the message, padding included */
    uint8_t bytes[REC_SI_MAX];
};

/* An NR cell, by its strongest synchronization block; samples count at 7.68
 * Msps from the start of the stream. */
struct rec_nr_cell {
    double frame_start_sample; /* first sample of a radio frame's first CP */
    double cfo_hz; /* positive: the middle of the block is above the centre */
    double snr_db; /* of its resource elements */
    uint16_t cell_id;          /* 0..1007 */
    uint16_t sfn;              /* of the frame at frame_start_sample, 0..1023 */
    uint8_t scs_khz;           /* of the block: 15, 30 */
    uint8_t ssb_index;         /* 0..7 */
    uint8_t half_frame;        /* in which the block was, 0 or 1 */
    uint8_t ssb_seen;          /* a bit for each index */
    uint8_t scs_common_khz;    /* of SIB1: 15, 30 */
    uint8_t k_ssb;             /* 0..31 */
    uint8_t dmrs_type_a_pos;   /* 2, 3 */
    uint8_t pdcch_config_sib1; /* CORESET 0, search space 0: four bits each */
    uint8_t barred;            /* these two are 0 or 1 */
    uint8_t reselection;       /* within the frequency is allowed */
    uint8_t mib[3];            /* BCCH-BCH-Message */
};

struct rec {
    enum rec_type type;
    union {
        struct rec_wifi_frame wifi;
        struct rec_lte_cell lte;
        struct rec_lte_si si;
        struct rec_nr_cell nr;
    };
};

#endif
