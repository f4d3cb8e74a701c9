/*
 * segment.h - nodes that follow each other on one device, run as one: a burst
 * goes through all their slots before it comes back to the host.
 *
 * What leaves, and what every node counts, is what it would be if each ran by
 * itself.
 */
#ifndef HOST_CHAIN_SEGMENT_H
#define HOST_CHAIN_SEGMENT_H

#include "host/chain/node.h"

enum { SEGMENT_NODES_MAX = 16 };

/* next[k] of a vertex that leads to no single node. */
#define SEGMENT_NONE ((size_t)-1)

/*
 * For each vertex k of 'c': next[k] is the node that takes all that k gives, by
 * one link without ports, and takes it from nobody else.
 */
void segment_plan(const struct chain *c, size_t *next);

struct segment {
    struct node *node[SEGMENT_NODES_MAX];
    uint32_t slot[SEGMENT_NODES_MAX];
    struct device *device;
    size_t n;
};

/*
 * Adds 'node' to the end of 's', which may be empty: true when its slot alone
 * serves it, on the device of the others and none of theirs.
 */
bool segment_add(struct segment *s, struct node *node);

/*
 * node_run() for all nodes of 's', two or more; 'out' is what the last gives,
 * with packets to drop among them.  A segment whose output the twin does not
 * agree with ends: all its nodes go on in their C bodies.  ERR_MISSING, before
 * anything has run, when the device has no way from slot to slot.
 */
int segment_run(struct segment *s, enum chain_twin twin,
                const struct fn_span *in, struct fn_span *out);

#endif
