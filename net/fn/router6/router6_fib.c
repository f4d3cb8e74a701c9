/*
 * router6_fib.c - see router6_fib.h.
 *
 * It keeps a copy of what it has taken from the tables, and follows the words
 * that were written since.  Where two entries have one prefix, or not all have
 * room, the order of entries counts: then everything is taken anew.
 */
#include "net/fn/router6/router6_fib.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "net/table/router.h"
#include "router6_csr.h"

/* What s->own points to. */
struct fib {
    struct lpm6 lpm;
    struct lpm6_addr *prefix; /* [ROUTER6_PREFIX_DEPTH], as they were taken */
    uint32_t *route;          /* [ROUTER6_PREFIX_DEPTH], too */
    uint32_t n;               /* of them */
    struct router_filter own; /* addresses of ports */
    bool anew;                /* order counts: the next time all is taken */
};

int router6_fib_open(struct fn_state *s)
{
    struct fib *f = calloc(1, sizeof *f);

    s->own = f;
    if (f == NULL) {
        return ERR_NO_MEM;
    }
    f->prefix = calloc(ROUTER6_PREFIX_DEPTH, sizeof *f->prefix);
    f->route = calloc(ROUTER6_PREFIX_DEPTH, sizeof *f->route);
    return f->prefix == NULL || f->route == NULL ? ERR_NO_MEM
                                                 : lpm6_open(&f->lpm);
}

void router6_fib_close(struct fn_state *s)
{
    struct fib *f = s->own;

    if (f != NULL) {
        lpm6_close(&f->lpm);
        free(f->prefix);
        free(f->route);
        free(f);
        s->own = NULL;
    }
}

/* An entry as a route; hop 0 for none. */
static struct lpm6_route route_of(struct lpm6_addr prefix, uint32_t route)
{
    struct lpm6_route r = {.prefix = prefix,
                           .len = (uint8_t)route,
                           .hop = (uint16_t)(route >> 8 & LPM6_HOP_MAX)};

    r.hop = r.len <= 128 ? r.hop : 0;
    return r;
}

static struct lpm6_addr prefix_of(const struct fn_state *s, uint32_t k)
{
    return router6_addr(s->table[ROUTER6_TABLE_PREFIX] +
                        (size_t)k * ROUTER6_PREFIX_WORDS);
}

/* Entry 'k' is there no more. */
static void take_out(struct fib *f, uint32_t k)
{
    struct lpm6_route r = route_of(f->prefix[k], f->route[k]);

    if (r.hop != 0) {
        (void)lpm6_clear(&f->lpm, r); /* an equal one may have gone before */
    }
    f->route[k] = 0;
}

static void put_in(struct fib *f, uint32_t k, struct lpm6_addr prefix,
                   uint32_t route)
{
    struct lpm6_route r = route_of(prefix, route);

    f->prefix[k] = prefix;
    f->route[k] = route;
    if (r.hop != 0) {
        f->anew = f->anew || lpm6_get(&f->lpm, r.prefix, r.len) != 0;
        /* What has no room is no route. */
        f->anew = lpm6_set(&f->lpm, r) < 0 || f->anew;
    }
}

/* Makes entry 'k' what the tables say it is. */
static void follow(struct fib *f, const struct fn_state *s, uint32_t k,
                   uint32_t n)
{
    struct lpm6_addr prefix = prefix_of(s, k);
    uint32_t route = k < n ? s->table[ROUTER6_TABLE_ROUTE][k] : 0;

    if (prefix.hi != f->prefix[k].hi || prefix.lo != f->prefix[k].lo ||
        route != f->route[k]) {
        take_out(f, k);
        put_in(f, k, prefix, route);
    }
}

static void take_all(struct fib *f, const struct fn_state *s, uint32_t n)
{
    for (uint32_t k = 0; k < f->n; k++) {
        take_out(f, k);
    }
    f->anew = false;
    for (uint32_t k = 0; k < n; k++) {
        put_in(f, k, prefix_of(s, k), s->table[ROUTER6_TABLE_ROUTE][k]);
    }
}

void router6_fib_prepare(struct fn_state *s)
{
    const struct router6_regs *regs = s->regs;
    struct fn_range a = s->wrote[ROUTER6_TABLE_PREFIX]; /* words */
    struct fn_range b = s->wrote[ROUTER6_TABLE_ROUTE];
    struct fib *f = s->own;
    uint32_t n = regs->n_routes < ROUTER6_PREFIX_DEPTH ? regs->n_routes
                                                       : ROUTER6_PREFIX_DEPTH;
    struct router_table ports =
        router_table(s, &router6_csr, ROUTER6_TABLE_PORT, regs->n_ports);
    uint32_t less = n < f->n ? n : f->n, more = n < f->n ? f->n : n;

    a.from /= ROUTER6_PREFIX_WORDS;
    a.to = (a.to + ROUTER6_PREFIX_WORDS - 1) / ROUTER6_PREFIX_WORDS;
    uint32_t from = a.from < b.from ? a.from : b.from;
    uint32_t to = a.to > b.to ? a.to : b.to;
    for (uint32_t k = from; k < to && k < less; k++) {
        follow(f, s, k, n);
    }
    for (uint32_t k = less; k < more; k++) {
        follow(f, s, k, n);
    }
    if (f->anew && (from < to || less < more)) {
        f->n = more;
        take_all(f, s, n);
    }
    f->n = n;
    router_filter_make(&f->own, &ports);
}

bool router6_fib_may_own(const struct fn_state *s, struct lpm6_addr a)
{
    return router_filter_has(&((const struct fib *)s->own)->own,
                             (uint32_t)(a.hi >> 32 ^ a.hi ^ a.lo >> 32 ^ a.lo));
}

void router6_fib_find(const struct fn_state *s, const struct lpm6_addr *addr,
                      uint16_t *hop, size_t n)
{
    lpm6_find_bulk(&((const struct fib *)s->own)->lpm, addr, hop, n);
}
