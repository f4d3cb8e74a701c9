/* dpi_rules.h - settings and stimulus of dpi. */
#ifndef NET_FN_DPI_DPI_RULES_H
#define NET_FN_DPI_DPI_RULES_H

#include "core/fn.h"

/*
 * fn_key.parse of `rules`.  A line is one of
 *
 *   literal "TEXT" [nocase] [mark N] [accept|drop|punt|mirror]
 *   regex /EXPRESSION/[ims] [mark N] [accept|drop|punt|mirror]
 *   SID i|- HEX
 *
 * TEXT as in a Snort rule's content: bytes, |hex digits|, and \ before a quote,
 * a bar or a \.  The third is a list of literals.  Rules are tried in their
 * order: marks do not go down; the first is 1, and without one it is one more
 * than that of the rule before.
 */
int dpi_parse_rules(const struct fn_text *t, fn_emit *emit, void *ctx);

/* fn_key.parse of `engine`: own or hyperscan. */
int dpi_parse_engine(const struct fn_text *t, fn_emit *emit, void *ctx);

/* fn.setup, fn.packet. */
int dpi_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void dpi_stimulus_packet(struct rng *r, struct pkt *p);

#endif
