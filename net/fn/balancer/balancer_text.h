/* balancer_text.h - what balancer is told in text, what its packets become, and
 * what it is tested with. */
#ifndef NET_FN_BALANCER_BALANCER_TEXT_H
#define NET_FN_BALANCER_BALANCER_TEXT_H

#include "core/fn.h"

/* Layout of the tables, balancer.csr. */
enum {
    BALANCER_BACKENDS = 30, /* of a service */
    BALANCER_PLACES = 887,  /* of its lookup table: a prime */
    BALANCER_WAYS = 4,      /* connections a set */
    BALANCER_CONN_MIN = 64, /* with fewer entries, none is kept */

    BALANCER_UP = 2, /* words of SERVICE */
    BALANCER_DRAIN = 3,
    BALANCER_BACKEND = 4,
    BALANCER_LOOKUP = 64,

    BALANCER_TCP_BIT = 1 << 16, /* of word 1 */
    BALANCER_NUMBER = 0x1f,     /* a backend in LOOKUP: first, then second */
    BALANCER_SECOND = 5,
    BALANCER_ODD = 16, /* shift of an odd place */
};

/* What became of a packet: its mark is [15:12] this, [11:8] the service and
 * [4:0] the backend, where there are some. */
enum balancer_fate {
    BALANCER_OTHER,      /* for no service: passes */
    BALANCER_KNOWN,      /* to the backend of its connection */
    BALANCER_NEW,        /* to a backend, and the connection is kept */
    BALANCER_HASHED,     /* to a backend by its hash alone */
    BALANCER_NO_BACKEND, /* none may get it: dropped */
    BALANCER_FRAGMENT,   /* to the address of a service: dropped */
    BALANCER_CUT,        /* TCP without its flags: dropped */
};

/*
 * Lines of two kinds, the second for the service before:
 *
 *   service NUMBER tcp|udp ADDRESS PORT
 *   backend NUMBER MAC OUT_PORT [weight 1..255] [drain|down]
 *
 * Connections hold the numbers, so who changes a file keeps them.
 */
int balancer_parse_services(const struct fn_text *t, fn_emit *emit, void *ctx);

/* "SERVICE up LIST [drain LIST]" a line, lists like 0-3,7: backends that are in
 * neither list are down. */
int balancer_parse_health(const struct fn_text *t, fn_emit *emit, void *ctx);

/* Entries of CONN, which is empty afterwards. */
int balancer_parse_connections(const struct fn_text *t, fn_emit *emit,
                               void *ctx);

/* The source address of packets to backends, or "keep". */
int balancer_parse_mac(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int balancer_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void balancer_stimulus_packet(struct rng *r, struct pkt *p);

#endif
