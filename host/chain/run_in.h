/*
 * run_in.h - the inside of a run, for the files that run.h is made of: run.c
 * (bursts, schedule), run_open.c (begin and end), run_route.c (from vertex to
 * vertex).
 */
#ifndef HOST_CHAIN_RUN_IN_H
#define HOST_CHAIN_RUN_IN_H

#include "host/chain/flood.h"
#include "host/chain/node.h"
#include "host/chain/run.h"
#include "net/port/pcap_port.h"

/* What runs at a vertex. */
struct station {
    struct pcap_source *source;
    struct pcap_sink *sink;
    struct node *node;
    size_t n_feeds; /* links into it */
    struct pkt *in; /* [cap_in], node, sink: this burst's input */
    size_t n_in, cap_in;
    struct pkt out[FN_BURST_PKT]; /* source: read; node: its output */
    size_t n_out, out_at;         /* source: held, and merged so far */
    bool ended;                   /* source: nothing more to read */
    size_t next;                  /* see segment_plan() */
    size_t n_line; /* nodes that ran as one from here, last time */
};

struct run {
    const struct chain *c;
    const struct report *report;
    struct station *station;                  /* [c->n_vertices] */
    struct device *device[CHAIN_DEVICES_MAX]; /* [c->n_devices] */
    struct report_items items;                /* in: from all sources */
    struct flood_pool copies;                 /* of this burst */
    struct pkt *scratch;                      /* as long as the longest input */
    size_t burst_bytes; /* most that one takes, so that all copies fit */
    size_t next_event;
    int err; /* of a source: reported, and returned at the end */
};

/* --- run_open.c ----------------------------------------------------------- */

/*
 * Opens sources, nodes and devices, then sinks: a bad input must not cost an
 * old output.  ERR_BAD_INPUT, ERR_IO, ERR_NO_MEM, ERR_MISSING, with the message
 * printed; run_close() is due in every case.
 */
int run_open(struct run *r);

/* Completes the sinks and frees all that 'r' has; ERR_IO, said by the sink. */
int run_close(struct run *r);

/* True when source station 's' has a packet to give; reads more when needed. */
bool run_source_ready(struct run *r, struct station *s, bool may_read);

/* --- run_route.c ---------------------------------------------------------- */

/*
 * Gives packet 'p', which leaves vertex 'from', to those that take it; with
 * 'own' its bytes will not stay as they are.  ERR_BAD_INPUT when there are more
 * copies than a burst may have.
 */
int run_route(struct run *r, size_t from, const struct pkt *p, bool own);

#endif
