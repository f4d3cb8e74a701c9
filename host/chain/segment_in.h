/*
 * segment_in.h - the inside of a segment, for the files that segment.h is made
 * of: segment.c (runs), segment_twin.c (the C bodies), segment_end.c (the end
 * of a line).
 */
#ifndef HOST_CHAIN_SEGMENT_IN_H
#define HOST_CHAIN_SEGMENT_IN_H

#include "host/chain/segment.h"

/* What the slots of a segment have counted by themselves. */
struct segment_counted {
    struct slot_counters slot[SEGMENT_NODES_MAX];
    bool known;
};

/* A burst in a segment. */
struct segment_burst {
    const struct fn_span *in;
    struct fn_span *out;   /* what leaves */
    struct fn_span device; /* what the device gave of 'in' */
    int device_err;
    struct segment_counted before;               /* the burst */
    struct twin_verdict told[SEGMENT_NODES_MAX]; /* of the slots' reports */
    size_t by[FN_BURST_PKT]; /* node that dropped packet k; s->n: none did */
};

/* --- segment.c ------------------------------------------------------------ */

struct segment_counted segment_counters(struct segment *s);

/* Counts the burst; dropped[j] of the items that came to the first node were
 * dropped by node j; 'right': no slot was wrong. */
void segment_count(struct segment *s, const struct segment_burst *b,
                   const size_t *dropped, bool right);

/* --- segment_twin.c ------------------------------------------------------- */

/*
 * Runs the burst through all C bodies, in place, and notes in b->by who dropped
 * what.  had[j] packets are in node j's state already; NULL: none are, and
 * b->told is what the twins say to the slots' reports.  sig[j] goes on by what
 * node j gave.
 */
int segment_run_twins(struct segment *s, struct segment_burst *b,
                      const size_t *had, uint32_t *sig);

/* Counts b->by: dropped[j] for node j. */
void segment_drops_by_twins(const struct segment *s,
                            const struct segment_burst *b, size_t *dropped);

/* The first node whose slot gave something else than 'sig'; s->n: none did. */
size_t segment_first_wrong(struct segment *s, const uint32_t *sig);

/* The first node whose slot reported something wrong; s->n: none did. */
size_t segment_first_told(const struct segment *s,
                          const struct segment_burst *b);

/*
 * What came to node 'who' in the burst, and what its C body made of it, both
 * made again from the states before it.
 */
void segment_run_again(struct segment *s, const struct segment_burst *b,
                       size_t who, struct fn_span *in, struct fn_span *out);

/* --- segment_end.c -------------------------------------------------------- */

/* Lets the first n packets of the device leave in place of the twin's. */
void segment_take(struct segment_burst *b, size_t n);

/*
 * The twin differs at packet v->index.  What is equal leaves, and in watched
 * mode the wrong packet, too; from there on the C bodies serve.  'wrong' is the
 * node that the digests accuse, or s->n.
 */
void segment_fall_back(struct segment *s, struct segment_burst *b,
                       const struct twin_verdict *v, bool checked,
                       size_t wrong);

/*
 * The end is right, but not what slot 'wrong' gave to the next, or else what
 * slot 'told' reported: what is wrong there does not show.  All of it leaves;
 * from the next burst on the C bodies serve.
 */
void segment_end_masked(struct segment *s, const struct segment_burst *b,
                        size_t wrong, size_t told);

/*
 * Without a twin: too few came, too many, or none.  What came leaves; the C
 * bodies, from the slots' states if those can be read, do the rest.
 */
int segment_rescue(struct segment *s, struct segment_burst *b);

#endif
