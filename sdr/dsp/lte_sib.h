/*
 * lte_sib.h - the blocks of system information (3GPP TS 36.331 6.3.1) that
 * lte_rrc.c finds in a message.  Each takes '*u' from the first bit of a block
 * behind its last one, and fills fields that were zero.
 */
#ifndef SDR_DSP_LTE_SIB_H
#define SDR_DSP_LTE_SIB_H

#include "sdr/dsp/lte_rrc.h"
#include "sdr/dsp/uper.h"

void lte_sib2(struct uper *u, struct lte_common *c);
void lte_sib3(struct uper *u, struct lte_serving *s);

/* Add to s->carrier, which has room for those of one block each. */
void lte_sib4(struct uper *u, struct lte_sibs *s);
void lte_sib5(struct uper *u, struct lte_sibs *s);

void lte_sib6(struct uper *u, struct lte_utra *s);
void lte_sib7(struct uper *u, struct lte_geran *s);

/* Q-RxLevMin: -70 to -22, in 2 dBm. */
int8_t lte_sib_rx_lev_min(struct uper *u);

#endif
