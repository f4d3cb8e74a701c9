/* dpdk_lpm6.c - IPv6 routes: net/table/lpm6 against rte_fib6 (a trie with next
 * hops of four bytes: with two it numbers too few groups for this table), with
 * the full table of ../shared/data/net/rib. */
#include <arpa/inet.h>
#include <rte_fib6.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "net/table/lpm6.h"
#include "tests/bench/dpdk.h"

enum {
    ROUTES_MAX = 200000,
    TBL8_MAX = 400000, /* rte_fib6 sets so many aside, and uses fewer */
    ADDRS = 1 << 20,   /* looked up one after the other */
    CALL = 1 << 16,    /* of them in one call */
    BURST = 128,
    CHURN = 1000, /* routes that go and come in one call */
};

struct work {
    struct dpdk *dpdk;
    struct lpm6 lpm;
    struct rte_fib6 *fib;
    void (*find)(const struct lpm6 *t, const struct lpm6_addr *addr,
                 uint16_t *hop, size_t n);
    struct lpm6_route *route; /* [n], in the order of the file */
    uint8_t (*prefix)[16];    /* [n] the same for rte_fib6 */
    size_t n;
    struct lpm6_addr *addr; /* [ADDRS] */
    uint8_t (*bytes)[16];   /* [ADDRS] the same for rte_fib6 */
    uint32_t next;
    uint64_t sum;
};

/* --- addresses -------------------------------------------------------------
 */

static struct lpm6_addr load(const uint8_t *byte)
{
    struct lpm6_addr a = {.hi = 0};

    for (int k = 0; k < 8; k++) {
        a.hi = a.hi << 8 | byte[k];
        a.lo = a.lo << 8 | byte[8 + k];
    }
    return a;
}

static void store(uint8_t *byte, struct lpm6_addr a)
{
    for (int k = 0; k < 8; k++) {
        byte[k] = (uint8_t)(a.hi >> (56 - 8 * k));
        byte[8 + k] = (uint8_t)(a.lo >> (56 - 8 * k));
    }
}

static void put(struct work *w, size_t k, struct lpm6_addr a)
{
    w->addr[k] = a;
    store(w->bytes[k], a);
}

/* Any host in any route. */
static struct lpm6_addr some_host(const struct work *w, struct rng *r)
{
    struct lpm6_route x = w->route[rng_below(r, (uint32_t)w->n)];
    uint64_t hi = rng_next(r), lo = rng_next(r);

    x.prefix.hi |= x.len < 64 ? hi >> x.len : 0;
    x.prefix.lo |= x.len <= 64 ? lo : x.len < 128 ? lo >> (x.len - 64) : 0;
    return x.prefix;
}

static int choose_hosts(struct work *w)
{
    struct rng r = {.state = 1};

    for (size_t k = 0; k < ADDRS; k++) {
        put(w, k, some_host(w, &r));
    }
    return 0;
}

/* Hosts, few of which get most. */
static int choose_zipf(struct work *w)
{
    struct rng r = {.state = 2};
    uint32_t *rank = calloc(ADDRS, sizeof *rank);
    struct lpm6_addr *popular = calloc(w->n, sizeof *popular);
    bool ok = rank != NULL && popular != NULL;

    for (size_t k = 0; ok && k < w->n; k++) {
        popular[k] = some_host(w, &r);
    }
    if (ok) {
        dpdk_zipf(3, (uint32_t)w->n, rank, ADDRS);
    }
    for (size_t k = 0; ok && k < ADDRS; k++) {
        put(w, k, popular[rank[k]]);
    }
    free(rank);
    free(popular);
    return ok ? 0 : err_say(ERR_NO_MEM, "no memory for addresses");
}

/* The probes of ../shared in an order of chance. */
static int choose_probes(struct work *w)
{
    FILE *f = dpdk_data("rib/ipv6_probes.txt.gz");
    struct rng r = {.state = 4};
    char line[128];
    uint32_t n = 0;

    if (f == NULL) {
        return ERR_IO;
    }
    while (n < ADDRS && fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, " ")] = '\0';
        n += inet_pton(AF_INET6, line, w->bytes[n]) == 1;
    }
    int err = dpdk_data_close(f);
    if (err < 0 || n == 0) {
        return err_say(ERR_IO, "ipv6_probes.txt.gz cannot be read");
    }
    for (uint32_t k = 0; k < n; k++) {
        w->addr[k] = load(w->bytes[k]);
    }
    for (uint32_t k = n; k < ADDRS; k++) {
        put(w, k, w->addr[rng_below(&r, n)]);
    }
    for (uint32_t k = 0; k < n; k++) {
        put(w, k, w->addr[n + rng_below(&r, ADDRS - n)]);
    }
    return 0;
}

/* --- lookups ---------------------------------------------------------------
 */

static int find_ours(void *ctx)
{
    struct work *w = ctx;
    uint16_t hop[BURST];

    for (int k = 0; k < CALL; k += BURST) {
        w->find(&w->lpm, w->addr + w->next, hop, BURST);
        w->sum += hop[0];
        w->next = (w->next + BURST) % ADDRS;
    }
    return 0;
}

static int find_theirs(void *ctx)
{
    struct work *w = ctx;
    uint64_t hop[BURST];

    for (int k = 0; k < CALL; k += BURST) {
        if (rte_fib6_lookup_bulk(w->fib, w->bytes + w->next, hop, BURST) != 0) {
            return ERR_DEVICE;
        }
        w->sum += hop[0];
        w->next = (w->next + BURST) % ADDRS;
    }
    return 0;
}

/* Whether both say the same for all addresses. */
static int check(struct work *w)
{
    uint16_t ours[BURST];
    uint64_t theirs[BURST];

    for (int k = 0; k < ADDRS; k += BURST) {
        w->find(&w->lpm, w->addr + k, ours, BURST);
        (void)rte_fib6_lookup_bulk(w->fib, w->bytes + k, theirs, BURST);
        for (int j = 0; j < BURST; j++) {
            if (ours[j] != theirs[j]) {
                return err_say(
                    ERR_DIFFERS, "address %016jx%016jx: hop %u, rte_fib6 %u",
                    (uintmax_t)w->addr[k + j].hi, (uintmax_t)w->addr[k + j].lo,
                    ours[j], (unsigned)theirs[j]);
            }
        }
    }
    return 0;
}

/* --- routes ----------------------------------------------------------------
 */

static int build_ours(void *ctx)
{
    struct work *w = ctx;

    lpm6_close(&w->lpm);
    int err = lpm6_open(&w->lpm);
    for (size_t k = 0; err == 0 && k < w->n; k++) {
        err = lpm6_set(&w->lpm, w->route[k]);
    }
    return err;
}

static int build_theirs(void *ctx)
{
    struct work *w = ctx;
    struct rte_fib6_conf conf = {
        .type = RTE_FIB6_TRIE,
        .max_routes = ROUTES_MAX,
        .trie = {.nh_sz = RTE_FIB6_TRIE_4B, .num_tbl8 = TBL8_MAX},
    };

    rte_fib6_free(w->fib);
    w->fib = rte_fib6_create("lpm6", w->dpdk->socket, &conf);
    int err = w->fib == NULL ? ERR_NO_MEM : 0;
    for (size_t k = 0; err == 0 && k < w->n; k++) {
        err = rte_fib6_add(w->fib, w->prefix[k], w->route[k].len,
                           w->route[k].hop);
    }
    return err;
}

/* A route of any place in the table. */
static size_t some_route(struct work *w)
{
    w->next = (w->next + 7919) % (uint32_t)w->n;
    return w->next;
}

static int churn_ours(void *ctx)
{
    struct work *w = ctx;
    int err = 0;

    for (int k = 0; err == 0 && k < CHURN; k++) {
        struct lpm6_route r = w->route[some_route(w)];
        err = lpm6_clear(&w->lpm, r);
        err = err < 0 ? err : lpm6_set(&w->lpm, r);
    }
    return err;
}

static int churn_theirs(void *ctx)
{
    struct work *w = ctx;
    int err = 0;

    for (int k = 0; err == 0 && k < CHURN; k++) {
        size_t at = some_route(w);
        struct lpm6_route r = w->route[at];
        err = rte_fib6_delete(w->fib, w->prefix[at], r.len);
        err = err < 0 ? err : rte_fib6_add(w->fib, w->prefix[at], r.len, r.hop);
    }
    return err;
}

static int read_routes(struct work *w)
{
    FILE *f = dpdk_data("rib/ipv6_2024.txt.gz");
    char line[128], *end;

    if (f == NULL) {
        return ERR_IO;
    }
    while (w->n < ROUTES_MAX && fgets(line, sizeof line, f) != NULL) {
        end = line + strcspn(line, "/");
        *end = '\0';
        if (inet_pton(AF_INET6, line, w->prefix[w->n]) != 1) {
            break;
        }
        struct lpm6_route r = {.prefix = load(w->prefix[w->n])};
        r.len = (uint8_t)strtoul(end + 1, &end, 10);
        r.hop = (uint16_t)strtoul(end, NULL, 10);
        w->route[w->n++] = r;
    }
    int err = dpdk_data_close(f);
    return err < 0 ? err_say(err, "ipv6_2024.txt.gz cannot be read") : 0;
}

/* --- figures ---------------------------------------------------------------
 */

/* 'name' stands before those of the addresses. */
static int measure_lookups(struct dpdk *d, struct work *w, const char *name,
                           const char *peer)
{
    static const struct {
        const char *name;
        int (*choose)(struct work *w);
    } kind[] = {
        {"probes", choose_probes},
        {"hosts", choose_hosts},
        {"zipf", choose_zipf},
    };
    struct dpdk_pair find = {find_ours, find_theirs, w, CALL};
    int err = 0;

    for (size_t k = 0; err == 0 && k < sizeof kind / sizeof kind[0]; k++) {
        char whole[64];
        (void)snprintf(whole, sizeof whole, "%s.%s", name, kind[k].name);
        w->next = 0;
        err = kind[k].choose(w);
        err = err < 0 ? err : check(w);
        err = err < 0 ? err : dpdk_speed(d, whole, peer, &find);
    }
    return err;
}

/* Like with like, and what lpm6_find_bulk() takes against rte_fib6 scalar. */
static int measure_variants(struct dpdk *d, struct work *w)
{
    int err = rte_fib6_select_lookup(w->fib, RTE_FIB6_LOOKUP_TRIE_SCALAR);

    w->find = lpm6_find_scalar;
    err = err != 0 ? err_say(ERR_DEVICE, "rte_fib6 has no scalar lookup")
                   : measure_lookups(d, w, "lpm6.scalar", "rte_fib6 scalar");
    w->find = lpm6_find_bulk;
    err = err < 0 ? err : measure_lookups(d, w, "lpm6.bulk", "rte_fib6 scalar");
    if (err < 0) {
        return err;
    }
    if (!lpm6_has_avx512() ||
        rte_fib6_select_lookup(w->fib, RTE_FIB6_LOOKUP_TRIE_VECTOR_AVX512) !=
            0) {
        return err_say(0, "no AVX-512 here: left out");
    }
    w->find = lpm6_find_avx512;
    return measure_lookups(d, w, "lpm6.avx512", "rte_fib6 AVX-512");
}

static int measure(struct dpdk *d, struct work *w)
{
    struct dpdk_pair build = {build_ours, build_theirs, w, 1};
    struct dpdk_pair churn = {churn_ours, churn_theirs, w, (size_t)2 * CHURN};
    size_t before = dpdk_bytes(d), rest = 0;
    int err = dpdk_time(d, "lpm6.build", "rte_fib6", &build);

    if (err < 0) {
        return err;
    }
    size_t bytes = lpm6_bytes(&w->lpm, &rest);
    dpdk_size(d, "lpm6.memory", "rte_fib6", bytes + rest,
              dpdk_bytes(d) - before);
    bench_print(&d->bench, "lpm6.memory.lookups", (double)bytes / 0x1p20,
                "MiB");
    err = measure_variants(d, w);
    w->next = 0;
    return err < 0 ? err : dpdk_speed(d, "lpm6.updates", "rte_fib6", &churn);
}

int dpdk_lpm6(struct dpdk *d)
{
    struct work w = {.dpdk = d,
                     .route = calloc(ROUTES_MAX, sizeof *w.route),
                     .prefix = calloc(ROUTES_MAX, sizeof *w.prefix),
                     .addr = calloc(ADDRS, sizeof *w.addr),
                     .bytes = calloc(ADDRS, sizeof *w.bytes)};
    int err =
        w.route == NULL || w.prefix == NULL || w.addr == NULL || w.bytes == NULL
            ? err_say(ERR_NO_MEM, "no memory for routes")
            : read_routes(&w);

    err = err < 0 ? err : measure(d, &w);
    rte_fib6_free(w.fib);
    lpm6_close(&w.lpm);
    free(w.route);
    free(w.prefix);
    free(w.addr);
    free(w.bytes);
    return err;
}
