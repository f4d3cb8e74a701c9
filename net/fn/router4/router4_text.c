/* router4_text.c - see router4_text.h. */
#include "net/fn/router4/router4_text.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_text.h"
#include "net/table/router.h"
#include "router4_csr.h"

struct routes {
    uint32_t *prefix, *route; /* [ROUTER4_PREFIX_DEPTH] */
    uint32_t n;
};

static const char *route_line(void *ctx, char **f, size_t n)
{
    struct routes *r = ctx;
    uint32_t addr, len, hop;

    if (n != 2 || !net_parse_prefix4(f[0], &addr, &len) ||
        !parse_u32(f[1], 1, ROUTER_NEXT_MAX, &hop)) {
        return "PREFIX/LENGTH NEXTHOP like 10.0.0.0/8 3, next hops from 1 to "
               "32767";
    }
    if (r->n == ROUTER4_PREFIX_DEPTH) {
        return "at most 1048576 routes";
    }
    r->prefix[r->n] = addr;
    r->route[r->n++] = hop << 8 | len;
    return NULL;
}

int router4_parse_routes(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct routes r = {
        .prefix = calloc(ROUTER4_PREFIX_DEPTH, sizeof *r.prefix),
        .route = calloc(ROUTER4_PREFIX_DEPTH, sizeof *r.route),
    };
    int err = r.prefix == NULL || r.route == NULL
                  ? err_say(ERR_NO_MEM, "%s: not enough memory", t->name)
                  : net_lines(t, "route", route_line, &r);

    err = err < 0
              ? err
              : net_emit_words(ROUTER4_TABLE_PREFIX, r.prefix, r.n, emit, ctx);
    err = err < 0
              ? err
              : net_emit_words(ROUTER4_TABLE_ROUTE, r.route, r.n, emit, ctx);
    free(r.prefix);
    free(r.route);
    return err < 0 ? err : emit(ctx, ROUTER4_N_ROUTES, r.n);
}

int router4_parse_next(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    static const struct router_text d = {
        .layout = &router4_csr, .table = ROUTER4_TABLE_NEXT, .mtu_min = 68};

    return router_parse_next(&d, t, emit, ctx);
}

int router4_parse_ports(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    static const struct router_text d = {.layout = &router4_csr,
                                         .table = ROUTER4_TABLE_PORT};

    return router_parse_ports(&d, t, emit, ctx);
}
