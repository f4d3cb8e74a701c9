/* policer_text.h - what policer is told in text, and what it is tested with. */
#ifndef NET_FN_POLICER_POLICER_TEXT_H
#define NET_FN_POLICER_POLICER_TEXT_H

#include "core/fn.h"

/* What a packet's mark says of its colour, in [9:8]; 0 and 1 are green. */
enum policer_colour {
    POLICER_GREEN = 1,
    POLICER_YELLOW = 2,
    POLICER_RED = 3,
    POLICER_COLOUR_SHIFT = 8,
};

enum policer_action { POLICER_PASS, POLICER_MARK, POLICER_DROP };

/* Bits of word HOW of a meter. */
enum {
    POLICER_TWO_RATES = 1 << 0,
    POLICER_AWARE = 1 << 1,
    POLICER_ACTION_SHIFT = 2, /* that of green; 2 bits each */
};

/* Words of a meter, in the order of policer.csr. */
enum {
    METER_HOW,
    METER_CIR,
    METER_PIR,
    METER_CBS,
    METER_EBS,
    METER_SEEN,
    METER_TC,
    METER_TE,
    METER_GREEN, /* then yellow and red */
    METER_PASSED = METER_GREEN + 3,
};

/*
 * Lines, meters from 1 on in their order:
 *
 *   meter NUMBER srtcm cir RATE cbs BYTES ebs BYTES [aware] [G Y R]
 *   meter NUMBER trtcm cir RATE cbs BYTES pir RATE pbs BYTES [aware] [G Y R]
 *   class FIRST[-LAST] meter NUMBER
 *
 * RATE is bytes a tick and may have a fraction, which is rounded to 1/256; G Y
 * R is what becomes of each colour: pass, mark or drop; without it pass, mark
 * and drop.  Meters begin with full buckets.  Classes without a line are not
 * metered.
 */
int policer_parse_meters(const struct fn_text *t, fn_emit *emit, void *ctx);

/* port, mark, dscp or all: CLASS_BY. */
int policer_parse_class(const struct fn_text *t, fn_emit *emit, void *ctx);

/* mark or dscp: COLOUR_BY. */
int policer_parse_colour(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int policer_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void policer_stimulus_packet(struct rng *r, struct pkt *p);

#endif
