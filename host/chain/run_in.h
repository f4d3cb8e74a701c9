/*
 * run_in.h - the inside of a run, for the files that run.h is made of: run.c
 * (bursts, schedule), run_open.c (begin and end), run_route.c (from vertex to
 * vertex), run_live.c (time, and ports that are waited for).
 *
 * All packet memory comes from one pool.  Sources take buffers; those of the
 * packets of a burst, and of their copies, are held until the burst has left
 * the chain, and are then given back together, whatever became of the packets.
 */
#ifndef HOST_CHAIN_RUN_IN_H
#define HOST_CHAIN_RUN_IN_H

#include "core/pool.h"
#include "host/chain/flood.h"
#include "host/chain/node.h"
#include "host/chain/run.h"

/* What runs at a vertex. */
struct station {
    struct port *port;  /* source, sink */
    bool port_is_other; /* it was opened for another one, which closes it */
    uint64_t no_room;   /* sink: packets that a live run did not wait for */
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
    const volatile sig_atomic_t *stop;
    struct station *station;                  /* [c->n_vertices] */
    struct device *device[CHAIN_DEVICES_MAX]; /* [c->n_devices] */
    struct report_items items;                /* in: from all sources */
    struct pool *pool;
    uint32_t *held; /* [cap_held], buffers of this burst */
    size_t n_held, cap_held;
    struct pkt *scratch; /* as long as the longest input */
    size_t burst_bytes;  /* most that one takes, so that all copies fit */
    size_t next_event;
    bool is_live; /* a source does not wait for us */
    bool began;
    uint64_t begin_ns; /* the time of the first packet */
    struct write_list
        *tick; /* [c->n_ticks], one write: what was written last */
    int err;   /* of a source: reported, and returned at the end */
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

/* Until the burst has left, buffer 'index' is not given back. */
void run_hold(struct run *r, uint32_t index);

/* --- run_live.c ----------------------------------------------------------- */

/*
 * True when the time of a node changes with a packet that came at 't_ns';
 * run_write_time() then writes it to all of them, before that packet.
 */
bool run_time_changes(struct run *r, uint64_t t_ns);
void run_write_time(struct run *r, uint64_t t_ns);

/* True when a source has nothing now, but has not ended. */
bool run_may_wait(const struct run *r);

/* Sleeps until a source has something, or a signal comes. */
void run_wait(struct run *r);

/*
 * Sends 'in' by the port of station 'k', waiting for room; a live run does not
 * wait, and counts what there is no room for.  ERR_IO, ERR_DEVICE, printed.
 */
int run_send(struct run *r, size_t k, const struct fn_span *in);

/* Reports what the ports counted that are no captures. */
void run_report_ports(struct run *r);

#endif
