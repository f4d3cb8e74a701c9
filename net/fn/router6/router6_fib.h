/* router6_fib.h - the routes of the tables as lookups want them. */
#ifndef NET_FN_ROUTER6_ROUTER6_FIB_H
#define NET_FN_ROUTER6_ROUTER6_FIB_H

#include "core/fn.h"
#include "net/table/lpm6.h"

/* An address in four words of a table. */
static inline struct lpm6_addr router6_addr(const uint32_t *w)
{
    return (struct lpm6_addr){.hi = (uint64_t)w[0] << 32 | w[1],
                              .lo = (uint64_t)w[2] << 32 | w[3]};
}

/* See open, prepare and close of struct fn. */
int router6_fib_open(struct fn_state *s);
void router6_fib_prepare(struct fn_state *s);
void router6_fib_close(struct fn_state *s);

/* False when no port has this address. */
bool router6_fib_may_own(const struct fn_state *s, struct lpm6_addr a);

/* Next hops of 'n' addresses, 0 for none. */
void router6_fib_find(const struct fn_state *s, const struct lpm6_addr *addr,
                      uint16_t *hop, size_t n);

#endif
