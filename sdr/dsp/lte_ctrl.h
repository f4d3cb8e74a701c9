/*
 * lte_ctrl.h - where a cell's control and data channels lie in a subframe
 * (3GPP TS 36.211 6.2.4, 6.4, 6.7-6.10): PCFICH, PHICH, PDCCH, PDSCH.
 *
 * A resource element is numbered l * 12 prb + k: symbol l of the subframe (0
 * to 13), subcarrier k from the lowest frequency.  Bits are 0 or 1, one a byte.
 */
#ifndef SDR_DSP_LTE_CTRL_H
#define SDR_DSP_LTE_CTRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LTE_PRB_MAX = 100,
    LTE_SC_MAX = 12 * LTE_PRB_MAX,
    LTE_SYMBOLS_MAX = 14, /* of a subframe */
    LTE_RE_MAX = LTE_SYMBOLS_MAX * LTE_SC_MAX,
    LTE_CFI_BITS = 32,
    LTE_PCFICH_RE = 16,
    LTE_REG_RE = 4,
    LTE_CCE_REGS = 9,
    LTE_CCE_BITS = 72,
    LTE_REGS_MAX = 800,   /* of all control symbols */
    LTE_COMMON_CCES = 16, /* of the common search space */
    LTE_TDD_UNKNOWN = -1,
};

/* A cell's resource grid, as the MIB and, for TDD, SIB1 tell it. */
struct lte_layout {
    uint16_t pci;    /* 0..503 */
    uint8_t prb;     /* 6, 15, 25, 50, 75, 100 */
    uint8_t ports;   /* 1, 2, 4 */
    uint8_t ng;      /* PHICH resources: 0..3 for 1/6, 1/2, 1, 2 */
    bool extended;   /* cyclic prefix */
    bool long_phich; /* extended PHICH duration */
    bool tdd;
    int8_t tdd_config;  /* 0..6, or LTE_TDD_UNKNOWN */
    int8_t tdd_special; /* special subframe pattern 0..8; with tdd_config */
};

/* False: a field is out of its range. */
bool lte_layout_valid(const struct lte_layout *g);

/* Symbols of a slot. */
unsigned lte_layout_slot_symbols(const struct lte_layout *g);

/*
 * Downlink symbols of subframe 0..9: all, those of DwPTS, or 0 for uplink; in
 * an unknown TDD configuration only subframes 0 and 5 are known to be downlink.
 */
unsigned lte_layout_symbols(const struct lte_layout *g, unsigned subframe);

/* PHICH groups count m_i times in a TDD subframe, Table 6.9-1; FDD: 1. */
unsigned lte_phich_factor(const struct lte_layout *g, unsigned subframe);

/* Control symbols that go with a CFI of 1..3. */
unsigned lte_control_symbols(const struct lte_layout *g, unsigned cfi);

/* The code word of a CFI of 1..3, TS 36.212 Table 5.3.4-1. */
void lte_cfi_bits(unsigned cfi, uint8_t bits[LTE_CFI_BITS]);
uint32_t lte_pcfich_scramble(const struct lte_layout *g, unsigned subframe);
void lte_pcfich_at(const struct lte_layout *g, uint16_t re[LTE_PCFICH_RE]);

/*
 * Elements of the control region: PDCCH quadruplets in the order in which they
 * carry bits (quadruplet q at re[4 q]), and those of the PHICH.  phich_factor:
 * m_i.  Numbers of quadruplets; n_pdcch is 0 when nothing is left for it.
 */
struct lte_control {
    size_t n_pdcch, n_phich;
    uint16_t pdcch[LTE_REG_RE * LTE_REGS_MAX];
    uint16_t phich[LTE_REG_RE * LTE_REGS_MAX];
};
void lte_control_at(const struct lte_layout *g, unsigned subframe, unsigned cfi,
                    unsigned phich_factor, struct lte_control *c);
uint32_t lte_pdcch_scramble(const struct lte_layout *g, unsigned subframe);

/*
 * PDSCH elements of a subframe in the order they are filled, behind 'n_control'
 * symbols; prb[slot][0..n_prb-1] are blocks in ascending order.  Their number;
 * re[LTE_RE_MAX].
 */
size_t lte_pdsch_at(const struct lte_layout *g, unsigned subframe,
                    unsigned n_control, const uint8_t prb[2][LTE_PRB_MAX],
                    size_t n_prb, uint16_t *re);
uint32_t lte_pdsch_scramble(const struct lte_layout *g, unsigned subframe,
                            unsigned rnti);

/* Reference signals of 'port' on symbol l of a subframe: the first subcarrier
 * of every sixth; false: it has none there. */
bool lte_layout_crs(const struct lte_layout *g, unsigned port, unsigned l,
                    unsigned *first);

/* Their values r[2 * prb], the same for all ports of a symbol, as two bits. */
void lte_layout_crs_bits(const struct lte_layout *g, unsigned slot, unsigned l,
                         uint8_t *bits);

#endif
