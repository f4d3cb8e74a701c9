/*
 * router4_fib.c - see router4_fib.h.
 *
 * It keeps a copy of what it has taken from the tables, and follows the words
 * that were written since.  Where two entries have one prefix, or not all have
 * room, the order of entries counts: then everything is taken anew.
 */
#include "net/fn/router4/router4_fib.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "router4_csr.h"

/* What s->own points to. */
struct fib {
    struct lpm4 lpm;
    uint32_t *prefix, *route; /* [ROUTER4_PREFIX_DEPTH], as they were taken */
    uint32_t n;               /* of them */
    struct router_filter own; /* addresses of ports */
    struct router4_way *way;  /* [ROUTER4_NEXT_DEPTH] */
    uint32_t n_ways;          /* of them that may be whole */
    uint32_t n_ports;         /* that they were made with */
    bool anew;                /* order counts: the next time all is taken */
};

int router4_fib_open(struct fn_state *s)
{
    struct fib *f = calloc(1, sizeof *f);

    s->own = f;
    if (f == NULL) {
        return ERR_NO_MEM;
    }
    f->prefix = calloc(ROUTER4_PREFIX_DEPTH, sizeof *f->prefix);
    f->route = calloc(ROUTER4_PREFIX_DEPTH, sizeof *f->route);
    f->way = calloc(ROUTER4_NEXT_DEPTH, sizeof *f->way);
    return f->prefix == NULL || f->route == NULL || f->way == NULL
               ? ERR_NO_MEM
               : lpm4_open(&f->lpm);
}

void router4_fib_close(struct fn_state *s)
{
    struct fib *f = s->own;

    if (f != NULL) {
        lpm4_close(&f->lpm);
        free(f->way);
        free(f->prefix);
        free(f->route);
        free(f);
        s->own = NULL;
    }
}

/* An entry as a route; hop 0 for none. */
static struct lpm4_route route_of(uint32_t prefix, uint32_t route)
{
    struct lpm4_route r = {.prefix = prefix,
                           .len = (uint8_t)(route & 0x3f),
                           .hop = (uint16_t)(route >> 8 & LPM4_HOP_MAX)};

    r.hop = r.len <= 32 ? r.hop : 0;
    return r;
}

/* Entry 'k' is there no more. */
static void take_out(struct fib *f, uint32_t k)
{
    struct lpm4_route r = route_of(f->prefix[k], f->route[k]);

    if (r.hop != 0) {
        (void)lpm4_clear(&f->lpm, r); /* it is there */
    }
    f->route[k] = 0;
}

static void put_in(struct fib *f, uint32_t k, uint32_t prefix, uint32_t route)
{
    struct lpm4_route r = route_of(prefix, route);

    f->prefix[k] = prefix;
    f->route[k] = route;
    if (r.hop != 0) {
        f->anew = f->anew || lpm4_get(&f->lpm, r.prefix, r.len) != 0;
        /* What has no room is no route. */
        f->anew = lpm4_set(&f->lpm, r) < 0 || f->anew;
    }
}

/* Makes entry 'k' what the tables say it is. */
static void follow(struct fib *f, const struct fn_state *s, uint32_t k,
                   uint32_t n)
{
    uint32_t prefix = s->table[ROUTER4_TABLE_PREFIX][k];
    uint32_t route = k < n ? s->table[ROUTER4_TABLE_ROUTE][k] : 0;

    if (prefix != f->prefix[k] || route != f->route[k]) {
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
        put_in(f, k, s->table[ROUTER4_TABLE_PREFIX][k],
               s->table[ROUTER4_TABLE_ROUTE][k]);
    }
}

static bool is_written(const struct fn_state *s, size_t table)
{
    return s->wrote[table].from < s->wrote[table].to;
}

/* Follows the tables of next hops and ports. */
static void take_ways(struct fib *f, const struct fn_state *s,
                      const struct router_table *ports)
{
    const struct router4_regs *regs = s->regs;
    struct router_table hops =
        router_table(s, &router4_csr, ROUTER4_TABLE_NEXT, regs->n_next);

    if (!is_written(s, ROUTER4_TABLE_NEXT) &&
        !is_written(s, ROUTER4_TABLE_PORT) && hops.n == f->n_ways &&
        ports->n == f->n_ports) {
        return;
    }
    router_filter_make(&f->own, ports);
    for (uint32_t k = 0; k < hops.n || k < f->n_ways; k++) {
        struct pkt p = {.data = f->way[k].macs};
        const uint32_t *next = router_entry(&hops, k);
        router_send(&p, next, k, ports);
        const uint32_t *port = router_entry(ports, p.out_port);
        f->way[k].port = p.out_port;
        f->way[k].mtu = (uint16_t)router_mtu(next);
        f->way[k].is_whole = k > 0 && next != NULL && !router_is_group(next) &&
                             next[1] >> 31 != 0 && port != NULL &&
                             port[ports->n_words - 1] >> 31 != 0;
    }
    f->n_ways = hops.n;
    f->n_ports = ports->n;
}

void router4_fib_prepare(struct fn_state *s)
{
    const struct router4_regs *regs = s->regs;
    struct fn_range a = s->wrote[ROUTER4_TABLE_PREFIX];
    struct fn_range b = s->wrote[ROUTER4_TABLE_ROUTE];
    struct fib *f = s->own;
    uint32_t n = regs->n_routes < ROUTER4_PREFIX_DEPTH ? regs->n_routes
                                                       : ROUTER4_PREFIX_DEPTH;
    struct router_table ports =
        router_table(s, &router4_csr, ROUTER4_TABLE_PORT, regs->n_ports);
    uint32_t less = n < f->n ? n : f->n, more = n < f->n ? f->n : n;
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
    take_ways(f, s, &ports);
}

const struct router4_way *router4_fib_ways(const struct fn_state *s)
{
    return ((const struct fib *)s->own)->way;
}

const struct router_filter *router4_fib_own(const struct fn_state *s)
{
    return &((const struct fib *)s->own)->own;
}

const struct lpm4 *router4_fib_routes(const struct fn_state *s)
{
    return &((const struct fib *)s->own)->lpm;
}
