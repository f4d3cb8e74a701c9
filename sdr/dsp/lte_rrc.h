/*
 * lte_rrc.h - system information as it is broadcast (BCCH-DL-SCH-Message, 3GPP
 * TS 36.331 6.2.1, 6.2.2, 6.3.1), read from unaligned PER (ITU-T X.691): what
 * tells one cell from another, the schedule of its messages, what its phones
 * share, its neighbours of LTE, UTRA and GERAN.
 */
#ifndef SDR_DSP_LTE_RRC_H
#define SDR_DSP_LTE_RRC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LTE_PLMN_MAX = 6,
    LTE_SI_MESSAGE_MAX = 32, /* of the scheduling list */
    LTE_SIB_MAX = 31,        /* blocks of one message */
    LTE_CARRIER_MAX = 8,
    LTE_NEIGHBOUR_MAX = 16, /* of one carrier */
    LTE_UTRA_MAX = 16,      /* carriers, FDD and TDD each */
    LTE_GERAN_MAX = 16,     /* groups of carriers */
    LTE_GERAN_ARFCNS = 129, /* of one group: the first, and 128 bits */
    LTE_NO_OFFSET_DB = -128,
};

struct lte_plmn {
    uint8_t mcc[3]; /* digits */
    uint8_t mnc[3];
    uint8_t n_mnc; /* 2 or 3 */
    bool reserved; /* for operator use */
};

struct lte_si_entry {
    uint16_t period;          /* radio frames: 8, 16 .. 512 */
    uint8_t n_sibs;           /* besides SIB2 in the first entry */
    uint8_t sib[LTE_SIB_MAX]; /* 3 and up; 0: of a later release */
};

struct lte_sib1 {
    uint8_t n_plmn;
    struct lte_plmn plmn[LTE_PLMN_MAX];
    uint16_t tac;
    uint32_t cell_identity; /* 28 bits */
    bool barred;
    int8_t q_rx_lev_min; /* -70..-22, in 2 dBm */
    uint8_t band;        /* 1..64 */
    uint8_t n_si;
    struct lte_si_entry si[LTE_SI_MESSAGE_MAX];
    int8_t tdd_config;   /* 0..6; -1: not TDD */
    uint8_t tdd_special; /* 0..8 */
    uint8_t window_ms;
    uint8_t value_tag; /* 0..31 */
};

/* Which part of the phones may begin a call, 6.3.1. */
struct lte_barring {
    bool known;
    uint8_t factor_percent; /* 0..95 */
    uint16_t time_s;        /* 4, 8 .. 512 */
    uint8_t special;        /* access classes 11 (highest bit) to 15, barred */
};

/* TS 36.331 6.3.2, RACH-ConfigCommon and PRACH-ConfigSIB. */
struct lte_rach {
    uint8_t n_preambles;      /* 4, 8 .. 64 */
    uint8_t n_group_a;        /* 4, 8 .. 60; 0: there are no groups */
    uint16_t group_a_bits;    /* 56 .. 256, of a message */
    int8_t group_b_offset_db; /* 0 .. 18; LTE_NO_OFFSET_DB: minus infinity */
    uint8_t ramping_db;       /* 0, 2, 4, 6 */
    int8_t target_dbm;        /* -120, -118 .. -90 */
    uint8_t n_tries;          /* 3 .. 200 preambles */
    uint8_t window_subframes; /* 2 .. 10, of the response */
    uint8_t timer_subframes;  /* 8 .. 64, of contention resolution */
    uint8_t n_msg3;           /* 1..8 transmissions */
    uint16_t root_sequence;   /* 0..837 */
    uint8_t config_index;     /* 0..63 */
    bool high_speed;
    uint8_t zero_correlation_zone; /* 0..15 */
    uint8_t freq_offset;           /* 0..94 PRB */
};

/* PUSCH-, PUCCH- and SoundingRS-UL-ConfigCommon, UplinkPowerControlCommon. */
struct lte_uplink {
    uint8_t n_sb;           /* 1..4 */
    bool hops_within;       /* a subframe, too */
    uint8_t hopping_offset; /* 0..98 PRB */
    bool has_64qam;
    bool group_hopping, sequence_hopping;
    uint8_t group;        /* 0..29 */
    uint8_t cyclic_shift; /* 0..7 */
    uint8_t delta_shift;  /* 1..3 */
    uint8_t n_rb_cqi;     /* 0..98 */
    uint8_t n_cs_an;      /* 0..7 */
    uint16_t n1_an;       /* 0..2047 */
    bool has_srs;
    uint8_t srs_bandwidth; /* 0..7 */
    uint8_t srs_subframes; /* 0..15 */
    bool srs_with_ack, srs_max_up_pts;
    int8_t p0_pusch_dbm;  /* -126..24 */
    uint8_t alpha_tenths; /* 0, 4, 5 .. 10 */
    int8_t p0_pucch_dbm;  /* -127..-96 */
    int8_t delta_msg3_db; /* -2, 0 .. 12 */
    bool extended_cp;
};

/* UE-TimersAndConstants. */
struct lte_timers {
    uint16_t t300_ms, t301_ms, t310_ms, t311_ms;
    uint8_t n310, n311;
};

/* What all phones of the cell share, from SIB2. */
struct lte_common {
    bool known; /* there was a SIB2 */
    bool has_barring, bars_emergency;
    struct lte_barring signalling, data; /* that a phone begins */
    struct lte_rach rach;
    struct lte_uplink uplink;
    uint8_t modification_coeff; /* 2, 4, 8, 16 paging cycles */
    uint16_t paging_frames;     /* 32 .. 256 */
    uint8_t nb_32nds;           /* 1, 2 .. 128, of the paging cycle */
    int8_t reference_dbm;       /* -60..50, of an element */
    uint8_t p_b;                /* 0..3 */
    struct lte_timers timers;
    bool has_ul_earfcn;
    uint16_t ul_earfcn;
    uint8_t ul_prb;               /* 6 .. 100; 0: as the downlink */
    uint8_t emission;             /* 1..32 */
    uint8_t n_mbsfn;              /* 0..8 configurations of subframes */
    uint16_t alignment_subframes; /* 500 .. 10240; 0: for ever */
};

/* When a phone leaves the cell, from SIB3. */
struct lte_serving {
    bool known;          /* there was a SIB3 */
    uint8_t q_hyst_db;   /* 0..24 */
    int8_t s_non_intra;  /* 0..31, in 2 dB; -1: always measured */
    uint8_t thresh_low;  /* 0..31, in 2 dB */
    uint8_t priority;    /* 0..7 */
    int8_t q_rx_lev_min; /* -70..-22, in 2 dBm */
};

struct lte_carrier {
    bool has_earfcn; /* false: the cell's own carrier, from SIB4 */
    uint16_t earfcn;
    /* of another carrier, from SIB5 */
    uint8_t prb;                     /* 6 to 100, to be measured */
    int8_t q_rx_lev_min;             /* -70..-22, in 2 dBm */
    uint8_t thresh_high, thresh_low; /* 0..31, in 2 dB */
    int8_t priority;                 /* 0..7; -1: none */
    int8_t q_offset_db;              /* -24..24 */
    uint8_t n_cells;
    uint16_t pci[LTE_NEIGHBOUR_MAX];
    int8_t offset_db[LTE_NEIGHBOUR_MAX]; /* of each, -24..24 */
};

/* A carrier of UTRA, from SIB6. */
struct lte_utra_carrier {
    uint16_t arfcn;                  /* 0..16383 */
    int8_t priority;                 /* 0..7; -1: none */
    uint8_t thresh_high, thresh_low; /* 0..31, in 2 dB */
    int8_t q_rx_lev_min;             /* -60..-13, in 2 dBm, and 1 dBm */
    int8_t p_max_dbm;                /* -50..33 */
    int8_t q_qual_min_db;            /* -24..0; of FDD */
    bool has_thresh_q;               /* of FDD, release 9: */
    uint8_t thresh_high_q_db, thresh_low_q_db; /* 0..31 */
};

struct lte_utra {
    bool known;
    uint8_t t_reselection_s; /* 0..7 */
    uint8_t n_fdd, n_tdd;
    struct lte_utra_carrier fdd[LTE_UTRA_MAX], tdd[LTE_UTRA_MAX];
};

/* Carriers of GERAN with the same priority, from SIB7. */
struct lte_geran_group {
    bool pcs1900; /* ARFCNs that both have are of this band, not DCS 1800 */
    uint8_t n_arfcns;
    uint16_t arfcn[LTE_GERAN_ARFCNS]; /* 0..1023, the starting one first */
    int8_t priority;                  /* 0..7; -1: none */
    uint8_t ncc_permitted;            /* highest bit: colour code 0 */
    uint8_t q_rx_lev_min;             /* 0..45, in 2 dB above -115 dBm */
    int8_t p_max_dbm;                 /* 0..39; -1: not said */
    uint8_t thresh_high, thresh_low;  /* 0..31, in 2 dB */
};

struct lte_geran {
    bool known;
    uint8_t t_reselection_s; /* 0..7 */
    uint8_t n_groups;
    struct lte_geran_group group[LTE_GERAN_MAX];
};

/* Blocks of a message up to the first that is not understood. */
struct lte_sibs {
    uint8_t n_sibs;
    uint8_t sib[LTE_SIB_MAX + 1]; /* 2..11; 0: of a later release */
    struct lte_common common;
    struct lte_serving serving;
    uint8_t n_carriers;
    struct lte_carrier carrier[LTE_CARRIER_MAX + 1];
    struct lte_utra utra;
    struct lte_geran geran;
};

enum lte_rrc_kind {
    LTE_RRC_REFUSED, /* it is cut off, or says what cannot be */
    LTE_RRC_SIB1,
    LTE_RRC_SI,
    LTE_RRC_OTHER, /* right so far, of a kind that is not read */
};

struct lte_rrc {
    enum lte_rrc_kind kind;
    union {
        struct lte_sib1 sib1;
        struct lte_sibs sibs;
    };
};

/*
 * Reads bytes[n] into '*m', all of it written; returns m->kind.  Of SIB2 to
 * SIB7 a message has one each.
 */
enum lte_rrc_kind lte_rrc_read(const uint8_t *bytes, size_t n,
                               struct lte_rrc *m);

#endif
