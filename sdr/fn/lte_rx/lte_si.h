/*
 * lte_si.h - system information of a cell whose MIB is known: SIB1, then the
 * messages of its scheduling list (3GPP TS 36.331 5.2.1.2, 5.2.3; 36.321
 * 5.3.1).
 *
 * A run works on a stretch of samples; what it learns of the cell, and soft
 * bits of what is not complete yet, stay in the cell's state for the next one.
 */
#ifndef SDR_FN_LTE_RX_LTE_SI_H
#define SDR_FN_LTE_RX_LTE_SI_H

#include <stdint.h>

#include "sdr/dsp/lte_dci.h"
#include "sdr/dsp/lte_rrc.h"
#include "sdr/fn/lte_rx/lte_cell.h"
#include "sdr/fn/lte_rx/lte_fft.h"
#include "sdr/fn/lte_rx/lte_kernel.h"

enum {
    LTE_SI_BYTES_MAX = LTE_SI_TBS_MAX / 8,
    LTE_SI_SOFT = 3 * (LTE_SI_TBS_MAX + 24 + 4),
};

struct lte_si_message {
    int pci;
    unsigned sfn, subframe; /* where its last part was ... */
    double frame_start;     /* ... and that frame's first sample, at 1.92 Msps,
                               counted as the cell's */
    enum lte_rrc_kind kind; /* of the content; it is given whatever it is */
    size_t n;
    uint8_t bytes[LTE_SI_BYTES_MAX];
};

typedef void lte_si_take(void *ctx, const struct lte_si_message *m);

/* Soft bits of a transport block, from one part of it or several. */
struct lte_si_block {
    unsigned tbs; /* 0: none */
    unsigned n_parts;
    uint32_t period; /* which SIB1 period or window they are of */
    float soft[LTE_SI_SOFT];
};

/* Of a cell; all zero at first. */
struct lte_si {
    struct lte_cell cell;
    bool has_sib1;
    struct lte_sib1 sib1;
    size_t n_sib1_bytes;
    uint8_t sib1_bytes[LTE_SI_BYTES_MAX];
    struct lte_si_block block[2]; /* SIB1, other */
    uint32_t done;                /* window whose message is complete */
    uint32_t told[LTE_SI_MESSAGE_MAX + 1]; /* CRC-32 of each told last */
    float noise, rotation, delay;          /* of the last subframe */
    /* counts since the beginning */
    uint32_t n_subframes, n_assigned, n_dci_refused, n_blocks, n_rrc_refused;
};

struct lte_si_work;

/* What runs need.  ERR_NO_MEM; takes NULL to close. */
int lte_si_open(struct lte_si_work **out);
void lte_si_close(struct lte_si_work *w);

/* The function does blocks of the work; 'kernel' stays the caller's. */
void lte_si_lend(struct lte_si_work *w, enum lte_kernel which,
                 const struct fn_kernel *kernel);

/* False: samples at factor x 1.92 Msps are too few for the cell, or none. */
bool lte_si_fits(const struct lte_cell *cell, unsigned factor);

/*
 * Gives the messages of 'cell' in 'samples' that differ from those given
 * before.  cell->frame_start counts from samples->x[0], at 1.92 Msps.  Nothing
 * happens when the cell does not fit or its fields are out of range.
 */
void lte_si_run(struct lte_si_work *w, struct lte_si *si,
                const struct lte_cell *cell, const struct lte_samples *samples,
                lte_si_take *take, void *ctx);

#endif
