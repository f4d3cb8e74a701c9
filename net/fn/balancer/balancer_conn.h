/*
 * balancer_conn.h - connections of balancer: entries of CONN, four a set (C
 * body of balancer_way.v).  Time is the register TICK, modulo 64.
 */
#ifndef NET_FN_BALANCER_BALANCER_CONN_H
#define NET_FN_BALANCER_BALANCER_CONN_H

#include <stdbool.h>

#include "balancer_csr.h"

/* What a connection is known by, and its hash. */
struct conn_key {
    uint32_t src;
    uint16_t sport;
    uint32_t service; /* its number, for address, port and protocol */
    uint32_t hash;
};

/* What CONN says of a key. */
struct conn_found {
    uint32_t *own;   /* the entry with it, fresh or not, or NULL */
    uint32_t *spare; /* the first that is free or too old, or NULL */
    bool fresh;      /* 'own' is */
};

/* Sets in use: a power of two, or 0 when N_CONNS is below the least. */
uint32_t balancer_conn_sets(const struct balancer_regs *regs);

/* Looks for 'k' in the first 'sets' sets of the table 'conn'. */
struct conn_found balancer_conn_find(const struct balancer_regs *regs,
                                     uint32_t *conn, uint32_t sets,
                                     const struct conn_key *k);

/* Word 1 of the entry of a connection that is seen now; word 0 is the source.
 */
uint32_t balancer_conn_word(const struct balancer_regs *regs,
                            const struct conn_key *k, uint32_t backend);

/* Empties what is too old in the next set: a tick that wraps makes it no
 * younger.  Returns a bit for each way. */
uint32_t balancer_conn_sweep(struct balancer_regs *regs, uint32_t *conn,
                             uint32_t sets);

#endif
