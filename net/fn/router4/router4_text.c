/* router4_text.c - see router4_text.h. */
#include "net/fn/router4/router4_text.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_text.h"
#include "router4_csr.h"

enum { HOP_MAX = ROUTER4_NEXT_DEPTH - 1, PORT_MAX = ROUTER4_PORT_DEPTH - 1 };

/* Words of a table, from its first on. */
static int emit_words(size_t table, const uint32_t *words, size_t n,
                      fn_emit *emit, void *ctx)
{
    int err = emit(ctx, CSR_WINDOW_INDEX, csr_window(table, 0));

    for (size_t k = 0; err == 0 && k < n; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, words[k]);
    }
    return err;
}

struct routes {
    uint32_t *prefix, *route; /* [ROUTER4_PREFIX_DEPTH] */
    uint32_t n;
};

static const char *route_line(void *ctx, char **f, size_t n)
{
    struct routes *r = ctx;
    uint32_t addr, len, hop;

    if (n != 2 || !net_parse_prefix4(f[0], &addr, &len) ||
        !parse_u32(f[1], 1, HOP_MAX, &hop)) {
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

    err = err < 0 ? err
                  : emit_words(ROUTER4_TABLE_PREFIX, r.prefix, r.n, emit, ctx);
    err = err < 0 ? err
                  : emit_words(ROUTER4_TABLE_ROUTE, r.route, r.n, emit, ctx);
    free(r.prefix);
    free(r.route);
    return err < 0 ? err : emit(ctx, ROUTER4_N_ROUTES, r.n);
}

/* Lines that set entries of a table in any order. */
struct entries {
    uint32_t *words; /* [depth * words an entry] */
    uint32_t n;      /* one more than the last that is set */
};

/* "mac M" and "mtu N" behind a next hop. */
static bool parse_how(char **f, size_t n, uint32_t *w)
{
    for (size_t k = 0; k < n; k += 2) {
        uint64_t mac;
        if (k + 1 == n) {
            return false;
        }
        if (strcmp(f[k], "mac") == 0 && net_parse_mac(f[k + 1], &mac)) {
            w[0] = (uint32_t)mac;
            w[1] |= 1u << 31 | (uint32_t)(mac >> 32);
        } else if (strcmp(f[k], "mtu") != 0 ||
                   !parse_u32(f[k + 1], 68, 65535, &w[2])) {
            return false;
        }
    }
    return true;
}

static const char *next_line(void *ctx, char **f, size_t n)
{
    static const char expected[] =
        "NUMBER port PORT [mac MAC] [mtu BYTES] or NUMBER group FIRST COUNT";
    struct entries *e = ctx;
    uint32_t hop, port, first, count;

    if (n < 3 || !parse_u32(f[0], 1, HOP_MAX, &hop)) {
        return expected;
    }
    uint32_t *w = e->words + (size_t)hop * ROUTER4_NEXT_WORDS;
    if (w[1] != 0 || w[0] != 0) {
        return "each next hop once";
    }
    if (strcmp(f[1], "group") == 0) {
        if (n != 4 || !parse_u32(f[2], 1, HOP_MAX, &first) ||
            !parse_u32(f[3], 1, HOP_MAX + 1 - first, &count)) {
            return "NUMBER group FIRST COUNT, all of them next hops from 1 to "
                   "32767";
        }
        w[0] = count << 16 | first;
        w[1] = 1u << 30;
    } else if (strcmp(f[1], "port") == 0 &&
               parse_u32(f[2], 0, PORT_MAX, &port)) {
        w[1] = 1u << 29 | port << 16;
        if (!parse_how(f + 3, n - 3, w)) {
            return "mac like 02:00:00:00:00:01, mtu from 68 to 65535";
        }
    } else {
        return expected;
    }
    e->n = hop >= e->n ? hop + 1 : e->n;
    return NULL;
}

static const char *port_line(void *ctx, char **f, size_t n)
{
    struct entries *e = ctx;
    uint32_t port, addr;
    uint64_t mac = 0;

    if (n < 2 || n > 3 || !parse_u32(f[0], 0, PORT_MAX, &port) ||
        !net_parse_ip4(f[1], &addr) || (n == 3 && !net_parse_mac(f[2], &mac))) {
        return "PORT ADDRESS [MAC] like 0 192.0.2.1 02:00:00:00:00:01, ports "
               "from 0 to 255";
    }
    uint32_t *w = e->words + (size_t)port * ROUTER4_PORT_WORDS;
    if (w[0] != 0) {
        return "each port once";
    }
    w[0] = addr;
    w[1] = (uint32_t)mac;
    w[2] = n == 3 ? 1u << 31 | (uint32_t)(mac >> 32) : 0;
    e->n = port >= e->n ? port + 1 : e->n;
    return NULL;
}

static int parse_entries(const struct fn_text *t, const char *what,
                         net_line_fn *line, size_t table, uint32_t count,
                         fn_emit *emit, void *ctx)
{
    const struct csr_table *c = &router4_csr.tables[table];
    struct entries e = {
        .words = calloc((size_t)c->depth * c->words, sizeof *e.words)};
    int err = e.words == NULL
                  ? err_say(ERR_NO_MEM, "%s: not enough memory", t->name)
                  : net_lines(t, what, line, &e);

    err = err < 0
              ? err
              : emit_words(table, e.words, (size_t)e.n * c->words, emit, ctx);
    free(e.words);
    return err < 0 ? err : emit(ctx, count, e.n);
}

int router4_parse_next(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    return parse_entries(t, "next hop", next_line, ROUTER4_TABLE_NEXT,
                         ROUTER4_N_NEXT, emit, ctx);
}

int router4_parse_ports(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    return parse_entries(t, "port", port_line, ROUTER4_TABLE_PORT,
                         ROUTER4_N_PORTS, emit, ctx);
}
