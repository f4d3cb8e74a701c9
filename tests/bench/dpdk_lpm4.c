/* dpdk_lpm4.c - IPv4 routes: net/table/lpm4 against rte_fib (DIR-24-8 with next
 * hops of two bytes), with the full table of ../shared/data/net/rib. */
#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_rib.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "net/table/lpm4.h"
#include "tests/bench/dpdk.h"

enum {
    ROUTES_MAX = 1000000,
    ADDRS = 1 << 20, /* looked up one after the other */
    CALL = 1 << 16,  /* of them in one call */
    BURST = 256,
    CHURN = 1000, /* routes that go and come in one call */
};

struct work {
    struct dpdk *dpdk;
    struct lpm4 lpm;
    struct rte_fib *fib;
    void (*find)(const struct lpm4 *t, const uint32_t *addr, uint16_t *hop,
                 size_t n);
    struct lpm4_route *route; /* [n], in the order of the file */
    size_t n;
    uint32_t *addr; /* [ADDRS] */
    uint32_t next;
    uint64_t sum;
};

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
        if (rte_fib_lookup_bulk(w->fib, w->addr + w->next, hop, BURST) != 0) {
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
        (void)rte_fib_lookup_bulk(w->fib, w->addr + k, theirs, BURST);
        for (int j = 0; j < BURST; j++) {
            if (ours[j] != theirs[j]) {
                return err_say(ERR_DIFFERS, "address %08x: hop %u, rte_fib %u",
                               w->addr[k + j], ours[j], (unsigned)theirs[j]);
            }
        }
    }
    return 0;
}

static void choose_random(struct work *w)
{
    struct rng r = {.state = 1};

    for (int k = 0; k < ADDRS; k++) {
        w->addr[k] = (uint32_t)rng_next(&r);
    }
}

/* Addresses in routes, few of which get most. */
static void choose_zipf(struct work *w)
{
    struct rng r = {.state = 2};
    uint32_t *popular = calloc(w->n, sizeof *popular);

    for (size_t k = 0; popular != NULL && k < w->n; k++) {
        struct lpm4_route x = w->route[rng_below(&r, (uint32_t)w->n)];
        popular[k] = x.prefix | (uint32_t)(rng_next(&r) >> 32 >> x.len);
    }
    dpdk_zipf(3, (uint32_t)w->n, w->addr, ADDRS);
    for (int k = 0; popular != NULL && k < ADDRS; k++) {
        w->addr[k] = popular[w->addr[k]];
    }
    free(popular);
}

/* --- routes ----------------------------------------------------------------
 */

static int build_ours(void *ctx)
{
    struct work *w = ctx;

    lpm4_close(&w->lpm);
    int err = lpm4_open(&w->lpm);
    for (size_t k = 0; err == 0 && k < w->n; k++) {
        err = lpm4_set(&w->lpm, w->route[k]);
    }
    return err;
}

static int build_theirs(void *ctx)
{
    struct work *w = ctx;
    struct rte_fib_conf conf = {
        .type = RTE_FIB_DIR24_8,
        .max_routes = ROUTES_MAX,
        .dir24_8 = {.nh_sz = RTE_FIB_DIR24_8_2B, .num_tbl8 = 32767},
    };

    rte_fib_free(w->fib);
    w->fib = rte_fib_create("lpm4", w->dpdk->socket, &conf);
    int err = w->fib == NULL ? ERR_NO_MEM : 0;
    for (size_t k = 0; err == 0 && k < w->n; k++) {
        err = rte_fib_add(w->fib, w->route[k].prefix, w->route[k].len,
                          w->route[k].hop);
    }
    return err;
}

/* Routes of any place in the table. */
static struct lpm4_route some_route(struct work *w)
{
    w->next = (w->next + 7919) % (uint32_t)w->n;
    return w->route[w->next];
}

static int churn_ours(void *ctx)
{
    struct work *w = ctx;
    int err = 0;

    for (int k = 0; err == 0 && k < CHURN; k++) {
        struct lpm4_route r = some_route(w);
        err = lpm4_clear(&w->lpm, r);
        err = err < 0 ? err : lpm4_set(&w->lpm, r);
    }
    return err;
}

static int churn_theirs(void *ctx)
{
    struct work *w = ctx;
    int err = 0;

    for (int k = 0; err == 0 && k < CHURN; k++) {
        struct lpm4_route r = some_route(w);
        err = rte_fib_delete(w->fib, r.prefix, r.len);
        err = err < 0 ? err : rte_fib_add(w->fib, r.prefix, r.len, r.hop);
    }
    return err;
}

static int read_routes(struct work *w)
{
    FILE *f = dpdk_data("rib/ipv4_2024.txt.gz");
    char line[128], *end;

    if (f == NULL) {
        return ERR_IO;
    }
    while (w->n < ROUTES_MAX && fgets(line, sizeof line, f) != NULL) {
        struct lpm4_route r = {.prefix = dpdk_address(line, &end)};
        r.len = (uint8_t)strtoul(end + 1, &end, 10);
        r.hop = (uint16_t)strtoul(end, NULL, 10);
        w->route[w->n++] = r;
    }
    int err = dpdk_data_close(f);
    return err < 0 ? err_say(err, "ipv4_2024.txt.gz cannot be read") : 0;
}

/* --- figures ---------------------------------------------------------------
 */

static int measure_lookups(struct dpdk *d, struct work *w, bool avx512)
{
    static const char *const name[2][2] = {
        {"lpm4.scalar.random", "lpm4.scalar.zipf"},
        {"lpm4.avx512.random", "lpm4.avx512.zipf"}};
    struct dpdk_pair find = {find_ours, find_theirs, w, CALL};
    const char *peer = avx512 ? "rte_fib AVX-512" : "rte_fib scalar";
    int err = rte_fib_select_lookup(
        w->fib, avx512 ? RTE_FIB_LOOKUP_DIR24_8_VECTOR_AVX512
                       : RTE_FIB_LOOKUP_DIR24_8_SCALAR_MACRO);

    if (err != 0 || (avx512 && !lpm4_has_avx512())) {
        return err_say(0, "no AVX-512 here: left out");
    }
    w->find = avx512 ? lpm4_find_avx512 : lpm4_find_scalar;
    for (int zipf = 0; err == 0 && zipf < 2; zipf++) {
        w->next = 0;
        (zipf != 0 ? choose_zipf : choose_random)(w);
        err = check(w);
        err = err < 0 ? err : dpdk_speed(d, name[avx512][zipf], peer, &find);
    }
    return err;
}

static int measure(struct dpdk *d, struct work *w)
{
    struct dpdk_pair build = {build_ours, build_theirs, w, 1};
    struct dpdk_pair churn = {churn_ours, churn_theirs, w, 2 * CHURN};
    size_t before = dpdk_bytes(d), rest = 0;
    int err = dpdk_time(d, "lpm4.build", "rte_fib", &build);

    if (err < 0) {
        return err;
    }
    size_t bytes = lpm4_bytes(&w->lpm, &rest);
    dpdk_size(d, "lpm4.memory", "rte_fib", bytes + rest,
              dpdk_bytes(d) - before);
    bench_print(&d->bench, "lpm4.memory.lookups", (double)bytes / (1 << 20),
                "MiB");
    err = measure_lookups(d, w, false);
    err = err < 0 ? err : measure_lookups(d, w, true);
    w->next = 0;
    return err < 0 ? err : dpdk_speed(d, "lpm4.updates", "rte_fib", &churn);
}

int dpdk_lpm4(struct dpdk *d)
{
    struct work w = {.dpdk = d,
                     .route = calloc(ROUTES_MAX, sizeof *w.route),
                     .addr = calloc(ADDRS, sizeof *w.addr)};
    int err = w.route == NULL || w.addr == NULL
                  ? err_say(ERR_NO_MEM, "no memory for routes")
                  : read_routes(&w);

    err = err < 0 ? err : measure(d, &w);
    rte_fib_free(w.fib);
    lpm4_close(&w.lpm);
    free(w.route);
    free(w.addr);
    return err;
}
