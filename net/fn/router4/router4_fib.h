/* router4_fib.h - the routes of the tables as lookups want them. */
#ifndef NET_FN_ROUTER4_ROUTER4_FIB_H
#define NET_FN_ROUTER4_ROUTER4_FIB_H

#include "core/fn.h"
#include "net/table/lpm4.h"
#include "net/table/router.h"

/* See open, prepare and close of struct fn. */
int router4_fib_open(struct fn_state *s);
void router4_fib_prepare(struct fn_state *s);
void router4_fib_close(struct fn_state *s);

/* How packets leave for a next hop that has all it takes: both addresses, and
 * is no group. */
struct router4_way {
    uint8_t macs[12]; /* to, from */
    uint16_t mtu;     /* longest IPv4 packet, 0 for any */
    uint8_t port;
    bool is_whole; /* else the tables have to be asked */
};

/* By the number of the next hop, [ROUTER4_NEXT_DEPTH]. */
const struct router4_way *router4_fib_ways(const struct fn_state *s);

/* Of the addresses that ports have. */
const struct router_filter *router4_fib_own(const struct fn_state *s);

/* The routes. */
const struct lpm4 *router4_fib_routes(const struct fn_state *s);

#endif
