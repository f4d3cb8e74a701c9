/* router4_fib.h - the routes of the tables as lookups want them. */
#ifndef NET_FN_ROUTER4_ROUTER4_FIB_H
#define NET_FN_ROUTER4_ROUTER4_FIB_H

#include "core/fn.h"

/* See open, prepare and close of struct fn. */
int router4_fib_open(struct fn_state *s);
void router4_fib_prepare(struct fn_state *s);
void router4_fib_close(struct fn_state *s);

/* Next hops of 'n' addresses, 0 for none. */
void router4_fib_find(const struct fn_state *s, const uint32_t *addr,
                      uint16_t *hop, size_t n);

#endif
