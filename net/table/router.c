/* router.c - see router.h. */
#include "net/table/router.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_text.h"

/* Lines that set entries of a table in any order. */
struct entries {
    uint32_t *words; /* [depth * words an entry] */
    uint32_t n_words;
    uint32_t n; /* one more than the last that is set */
    uint32_t mtu_min;
    char expected[64];
};

/* "mac M" and "mtu N" behind a next hop. */
static bool parse_how(const struct entries *e, char **f, size_t n, uint32_t *w)
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
                   !parse_u32(f[k + 1], e->mtu_min, 65535, &w[2])) {
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

    if (n < 3 || !parse_u32(f[0], 1, ROUTER_NEXT_MAX, &hop)) {
        return expected;
    }
    uint32_t *w = e->words + (size_t)hop * ROUTER_NEXT_WORDS;
    if (w[1] != 0) {
        return "each next hop once";
    }
    if (strcmp(f[1], "group") == 0) {
        if (n != 4 || !parse_u32(f[2], 1, ROUTER_NEXT_MAX, &first) ||
            !parse_u32(f[3], 1, ROUTER_NEXT_MAX + 1 - first, &count)) {
            return "NUMBER group FIRST COUNT, all of them next hops from 1 to "
                   "32767";
        }
        w[0] = count << 16 | first;
        w[1] = 1u << 30;
    } else if (strcmp(f[1], "port") == 0 &&
               parse_u32(f[2], 0, ROUTER_PORT_MAX, &port)) {
        w[1] = 1u << 29 | port << 16;
        if (!parse_how(e, f + 3, n - 3, w)) {
            (void)snprintf(e->expected, sizeof e->expected,
                           "mac like 02:00:00:00:00:01, mtu from %u to 65535",
                           e->mtu_min); /* it fits */
            return e->expected;
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
    uint32_t n_addr = e->n_words - 2, port, addr[4], set = 0;
    uint64_t mac = 0;

    if (n < 2 || n > 3 || !parse_u32(f[0], 0, ROUTER_PORT_MAX, &port) ||
        !(n_addr == 1 ? net_parse_ip4(f[1], addr)
                      : net_parse_ip6(f[1], addr)) ||
        (n == 3 && !net_parse_mac(f[2], &mac))) {
        return n_addr == 1
                   ? "PORT ADDRESS [MAC] like 0 192.0.2.1 02:00:00:00:00:01, "
                     "ports from 0 to 255"
                   : "PORT ADDRESS [MAC] like 0 2001:db8::1 "
                     "02:00:00:00:00:01, ports from 0 to 255";
    }
    uint32_t *w = e->words + (size_t)port * e->n_words;
    for (uint32_t k = 0; k < n_addr; k++) {
        set |= w[k];
        w[k] = addr[k];
    }
    if (set != 0) {
        return "each port once";
    }
    w[n_addr] = (uint32_t)mac;
    w[n_addr + 1] = n == 3 ? 1u << 31 | (uint32_t)(mac >> 32) : 0;
    e->n = port >= e->n ? port + 1 : e->n;
    return NULL;
}

static int parse(const struct router_text *d, const struct fn_text *t,
                 const char *what, net_line_fn *line, fn_emit *emit, void *ctx)
{
    const struct csr_table *c = &d->layout->tables[d->table];
    struct entries e = {
        .words = calloc((size_t)c->depth * c->words, sizeof *e.words),
        .n_words = c->words,
        .mtu_min = d->mtu_min};
    int err = e.words == NULL
                  ? err_say(ERR_NO_MEM, "%s: not enough memory", t->name)
                  : net_lines(t, what, line, &e);

    err = err < 0 ? err
                  : net_emit_words(d->table, e.words, (size_t)e.n * c->words,
                                   emit, ctx);
    free(e.words);
    return err < 0 ? err : emit(ctx, c->count, e.n);
}

int router_parse_next(const struct router_text *d, const struct fn_text *t,
                      fn_emit *emit, void *ctx)
{
    return parse(d, t, "next hop", next_line, emit, ctx);
}

int router_parse_ports(const struct router_text *d, const struct fn_text *t,
                       fn_emit *emit, void *ctx)
{
    return parse(d, t, "port", port_line, emit, ctx);
}
