/* vxlan_text.c - see vxlan_text.h. */
#include "net/fn/vxlan/vxlan_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_text.h"
#include "vxlan_csr.h"

enum { VNI_MAX = 0xffffff, VALUE_BYTES = 32 };

static const uint32_t by_host = UINT32_C(1) << 31; /* of SEEN */

/* Entries that lines set, one after the other. */
struct entries {
    uint32_t *words; /* [depth * n_words] */
    uint32_t n, depth, n_words;
    char expected[64];
};

/* --- values --------------------------------------------------------------- */

static bool to_value(const struct fn_text *t, char value[VALUE_BYTES])
{
    return snprintf(value, VALUE_BYTES, "%s", t->text) < VALUE_BYTES;
}

int vxlan_parse_local(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    char value[VALUE_BYTES];
    uint32_t addr;

    if (!to_value(t, value) || !net_parse_ip4(value, &addr)) {
        return err_say(ERR_BAD_INPUT,
                       "%s: '%s' is no IPv4 address, expected one like "
                       "192.0.2.1",
                       t->name, t->text);
    }
    return emit(ctx, VXLAN_LOCAL, addr);
}

/* An Ethernet address, whose lower half is the register at 'offset'. */
static int parse_mac(const struct fn_text *t, uint32_t offset, fn_emit *emit,
                     void *ctx)
{
    char value[VALUE_BYTES];
    uint64_t mac;

    if (!to_value(t, value) || !net_parse_mac(value, &mac)) {
        return err_say(ERR_BAD_INPUT,
                       "%s: '%s' is no Ethernet address, expected one like "
                       "02:00:00:00:00:01",
                       t->name, t->text);
    }
    int err = emit(ctx, offset, (uint32_t)mac);
    return err < 0 ? err : emit(ctx, offset + 4, (uint32_t)(mac >> 32));
}

int vxlan_parse_mac(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    return parse_mac(t, VXLAN_MAC_LO, emit, ctx);
}

int vxlan_parse_gateway(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    return parse_mac(t, VXLAN_GATEWAY_LO, emit, ctx);
}

/* --- tables --------------------------------------------------------------- */

/* The next entry, or NULL when there is no more room. */
static uint32_t *next_entry(struct entries *e)
{
    if (e->n == e->depth) {
        (void)snprintf(e->expected, sizeof e->expected, "at most %u of them",
                       e->depth); /* it fits */
        return NULL;
    }
    return e->words + (size_t)e->n++ * e->n_words;
}

/* "vlan V" and "group ADDRESS" behind a network. */
static bool parse_how(char **f, size_t n, uint32_t *w)
{
    for (size_t k = 0; k < n; k += 2) {
        bool vlan = strcmp(f[k], "vlan") == 0, group = !vlan;
        if (k + 1 == n || (group && strcmp(f[k], "group") != 0) ||
            (vlan && !parse_u32(f[k + 1], 1, 4094, &w[1])) ||
            (group && !net_parse_ip4(f[k + 1], &w[2]))) {
            return false;
        }
    }
    return true;
}

static const char *network_line(void *ctx, char **f, size_t n)
{
    struct entries *e = ctx;
    uint32_t vni, port, *w;

    if (n < 3 || !parse_u32(f[0], 0, VNI_MAX, &vni) ||
        strcmp(f[1], "port") != 0 || !parse_u32(f[2], 0, 255, &port)) {
        return "VNI port PORT [vlan VLAN] [group ADDRESS], VNI to 16777215";
    }
    if ((w = next_entry(e)) == NULL) {
        return e->expected;
    }
    w[0] = port << 24 | vni;
    if (!parse_how(f + 3, n - 3, w)) {
        return "vlan from 1 to 4094, group like 239.1.2.3";
    }
    for (const uint32_t *x = e->words; x < w; x += e->n_words) {
        if ((x[0] & VNI_MAX) == vni) {
            return "each VNI once";
        }
        if (x[0] >> 24 == port && x[1] == w[1]) {
            return "each port and VLAN once";
        }
    }
    return NULL;
}

static const char *station_line(void *ctx, char **f, size_t n)
{
    struct entries *e = ctx;
    uint32_t vni, remote, *w;
    uint64_t mac;

    if (n != 3 || !parse_u32(f[0], 0, VNI_MAX, &vni) ||
        !net_parse_mac(f[1], &mac) || (mac >> 40 & 1) != 0 || mac == 0 ||
        !net_parse_ip4(f[2], &remote) || remote == 0) {
        return "VNI MAC ADDRESS like 100 02:00:00:00:00:01 192.0.2.1, no group";
    }
    if ((w = next_entry(e)) == NULL) {
        return e->expected;
    }
    w[0] = (uint32_t)(mac >> 32);
    w[1] = (uint32_t)mac;
    w[3] = vni;
    w[4] = remote;
    w[5] = by_host;
    return NULL;
}

static int by_station(const void *a, const void *b)
{
    return memcmp(a, b, 4 * sizeof(uint32_t)); /* any order will do */
}

/* Is a station there twice? */
static bool is_twice(const struct entries *e)
{
    size_t bytes = e->n_words * sizeof *e->words;

    for (uint32_t k = 1; k < e->n; k++) {
        const uint32_t *w = e->words + (size_t)k * e->n_words;
        if (memcmp(w - e->n_words, w, bytes - 2 * sizeof *w) == 0) {
            return true;
        }
    }
    return false;
}

static int entries_open(struct entries *e, const struct fn_text *t,
                        size_t table)
{
    const struct csr_table *c = &vxlan_csr.tables[table];

    *e =
        (struct entries){.words = calloc(c->depth, c->words * sizeof *e->words),
                         .depth = c->depth,
                         .n_words = c->words};
    return e->words != NULL
               ? 0
               : err_say(ERR_NO_MEM, "%s: not enough memory", t->name);
}

/* Writes them to 'table' and their number to 'count'. */
static int entries_emit(const struct entries *e, size_t table, uint32_t count,
                        fn_emit *emit, void *ctx)
{
    int err =
        net_emit_words(table, e->words, (size_t)e->n * e->n_words, emit, ctx);

    return err < 0 ? err : emit(ctx, count, e->n);
}

int vxlan_parse_networks(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct entries e;
    int err = entries_open(&e, t, VXLAN_TABLE_NETWORK);

    err = err < 0 ? err : net_lines(t, "network", network_line, &e);
    err = err < 0 ? err
                  : entries_emit(&e, VXLAN_TABLE_NETWORK, VXLAN_N_NETWORKS,
                                 emit, ctx);
    free(e.words);
    return err;
}

int vxlan_parse_stations(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct entries e;
    int err = entries_open(&e, t, VXLAN_TABLE_STATION);

    err = err < 0 ? err : net_lines(t, "station", station_line, &e);
    if (err >= 0) {
        qsort(e.words, e.n, e.n_words * sizeof *e.words, by_station);
        err = is_twice(&e) ? err_say(ERR_BAD_INPUT,
                                     "%s: a station is there twice, expected "
                                     "each VNI and MAC once",
                                     t->name)
                           : entries_emit(&e, VXLAN_TABLE_STATION,
                                          VXLAN_N_STATIONS, emit, ctx);
    }
    free(e.words);
    return err;
}
