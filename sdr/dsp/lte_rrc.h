/*
 * lte_rrc.h - system information as it is broadcast (BCCH-DL-SCH-Message, 3GPP
 * TS 36.331 6.2.1, 6.2.2, 6.3.1), read from unaligned PER (ITU-T X.691): what
 * tells one cell from another, the schedule of its messages, its neighbours.
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

/* Blocks of a message up to the first that is not understood. */
struct lte_sibs {
    uint8_t n_sibs;
    uint8_t sib[LTE_SIB_MAX + 1]; /* 2..11; 0: of a later release */
    struct lte_serving serving;
    uint8_t n_carriers;
    struct lte_carrier carrier[LTE_CARRIER_MAX + 1];
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

/* Reads bytes[n] into '*m', all of it written; returns m->kind. */
enum lte_rrc_kind lte_rrc_read(const uint8_t *bytes, size_t n,
                               struct lte_rrc *m);

#endif
