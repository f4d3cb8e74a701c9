/*
 * lte_dci.h - downlink control information that schedules system information:
 * formats 1A and 1C with the SI-RNTI (3GPP TS 36.212 5.3.3.1.3, 5.3.3.1.4;
 * 36.213 7.1.6.3, 7.1.7; 36.211 6.2.3).
 */
#ifndef SDR_DSP_LTE_DCI_H
#define SDR_DSP_LTE_DCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sdr/dsp/lte_ctrl.h"

enum {
    LTE_SI_RNTI = 0xffff,
    LTE_SI_TBS_MAX = 2216,
    LTE_DCI_NO_RV = 4, /* format 1C: follows from the time */
};

enum lte_dci_format { LTE_DCI_1A, LTE_DCI_1C };

/* Why a message is refused. */
enum lte_dci_refusal {
    LTE_DCI_OK,
    LTE_DCI_OTHER, /* format 0, or bits that no SI assignment has set */
    LTE_DCI_RANGE, /* resource blocks outside the grid */
    LTE_DCI_SIZE,  /* no transport block size for it */
};

struct lte_dci {
    enum lte_dci_format format;
    bool distributed;
    bool second_gap;
    uint8_t first, n; /* virtual resource blocks */
    uint8_t mcs;
    uint8_t rv;   /* 0..3, or LTE_DCI_NO_RV */
    bool three;   /* 1A: transport block as of three blocks, not two */
    uint16_t tbs; /* bits; set by lte_dci_unpack() */
};

/* Bits of a message without its CRC. */
unsigned lte_dci_size(const struct lte_layout *g, enum lte_dci_format format);

/* The first bit is the highest of the size.  Asserts that it can be said. */
uint64_t lte_dci_pack(const struct lte_layout *g, const struct lte_dci *d);
enum lte_dci_refusal lte_dci_unpack(const struct lte_layout *g,
                                    enum lte_dci_format format, uint64_t bits,
                                    struct lte_dci *d);

/* Bits of a transport block; 0: there is none. */
unsigned lte_dci_tbs(enum lte_dci_format format, unsigned mcs, bool three);

/* Virtual resource blocks there are when distributed. */
unsigned lte_dci_vrbs(const struct lte_layout *g, bool second_gap);

/* Physical blocks in each slot, ascending; there are d->n of them. */
void lte_dci_prbs(const struct lte_layout *g, const struct lte_dci *d,
                  uint8_t prb[2][LTE_PRB_MAX]);

#endif
