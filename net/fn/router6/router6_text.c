/* router6_text.c - see router6_text.h. */
#include "net/fn/router6/router6_text.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_ip6.h"
#include "core/net_text.h"
#include "net/table/router.h"
#include "router6_csr.h"

struct routes {
    uint32_t *prefix; /* [ROUTER6_PREFIX_DEPTH * ROUTER6_PREFIX_WORDS] */
    uint32_t *route;  /* [ROUTER6_PREFIX_DEPTH] */
    uint32_t n;
};

static const char *route_line(void *ctx, char **f, size_t n)
{
    struct routes *r = ctx;
    uint32_t addr[ROUTER6_PREFIX_WORDS], len, hop;

    if (n != 2 || !net_parse_prefix6(f[0], addr, &len) ||
        !parse_u32(f[1], 1, ROUTER_NEXT_MAX, &hop)) {
        return "PREFIX/LENGTH NEXTHOP like 2001:db8::/32 3, next hops from 1 "
               "to 32767";
    }
    if (r->n == ROUTER6_PREFIX_DEPTH) {
        return "at most 262144 routes";
    }
    memcpy(r->prefix + (size_t)r->n * ROUTER6_PREFIX_WORDS, addr, sizeof addr);
    r->route[r->n++] = hop << 8 | len;
    return NULL;
}

int router6_parse_routes(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    size_t n_words = (size_t)ROUTER6_PREFIX_DEPTH * ROUTER6_PREFIX_WORDS;
    struct routes r = {
        .prefix = calloc(n_words, sizeof *r.prefix),
        .route = calloc(ROUTER6_PREFIX_DEPTH, sizeof *r.route),
    };
    int err = r.prefix == NULL || r.route == NULL
                  ? err_say(ERR_NO_MEM, "%s: not enough memory", t->name)
                  : net_lines(t, "route", route_line, &r);

    n_words = (size_t)r.n * ROUTER6_PREFIX_WORDS;
    err = err < 0 ? err
                  : net_emit_words(ROUTER6_TABLE_PREFIX, r.prefix, n_words,
                                   emit, ctx);
    err = err < 0
              ? err
              : net_emit_words(ROUTER6_TABLE_ROUTE, r.route, r.n, emit, ctx);
    free(r.prefix);
    free(r.route);
    return err < 0 ? err : emit(ctx, ROUTER6_N_ROUTES, r.n);
}

int router6_parse_next(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    static const struct router_text d = {.layout = &router6_csr,
                                         .table = ROUTER6_TABLE_NEXT,
                                         .mtu_min = IP6_MTU_MIN};

    return router_parse_next(&d, t, emit, ctx);
}

int router6_parse_ports(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    static const struct router_text d = {.layout = &router6_csr,
                                         .table = ROUTER6_TABLE_PORT};

    return router_parse_ports(&d, t, emit, ctx);
}
