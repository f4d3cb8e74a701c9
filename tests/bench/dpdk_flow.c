/* dpdk_flow.c - flow tables: net/table/flow against rte_hash. */
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "net/table/flow.h"
#include "tests/bench/dpdk.h"

enum {
    FLOWS = 1000000,
    KEYS = 1 << 20, /* looked up, in an order of chance */
    CALL = 1 << 14, /* in one call */
    BURST = 32,
    VALUE_BYTES = 24,
};

struct work {
    struct flow flow;
    struct rte_hash *hash;
    struct flow_key *known; /* [FLOWS] */
    struct flow_key *key;   /* [KEYS] */
    const void **at;        /* [KEYS] where they are */
    uint32_t next;
    uint64_t found;
};

static struct flow_key some_key(struct rng *r)
{
    uint64_t a = rng_next(r), b = rng_next(r);

    return flow_key4((uint32_t)(a >> 32), (uint32_t)a, (uint16_t)(b >> 16),
                     (uint16_t)b, 0, (b >> 32 & 1) != 0 ? 6 : 17);
}

static int find_ours(void *ctx)
{
    struct work *w = ctx;
    void *value[BURST];

    for (int k = 0; k < CALL; k += BURST) {
        flow_find_bulk(&w->flow, w->key + w->next, value, BURST);
        for (int j = 0; j < BURST; j++) {
            w->found += value[j] != NULL;
        }
        w->next = (w->next + BURST) % KEYS;
    }
    return 0;
}

static int find_theirs(void *ctx)
{
    struct work *w = ctx;
    int32_t place[BURST];

    for (int k = 0; k < CALL; k += BURST) {
        if (rte_hash_lookup_bulk(w->hash, w->at + w->next, BURST, place) != 0) {
            return ERR_DEVICE;
        }
        for (int j = 0; j < BURST; j++) {
            w->found += place[j] >= 0;
        }
        w->next = (w->next + BURST) % KEYS;
    }
    return 0;
}

static int find_one_ours(void *ctx)
{
    struct work *w = ctx;

    for (int k = 0; k < CALL; k++) {
        w->found += flow_find(&w->flow, w->key[w->next]) != NULL;
        w->next = (w->next + 1) % KEYS;
    }
    return 0;
}

static int find_one_theirs(void *ctx)
{
    struct work *w = ctx;

    for (int k = 0; k < CALL; k++) {
        w->found += rte_hash_lookup(w->hash, &w->key[w->next]) >= 0;
        w->next = (w->next + 1) % KEYS;
    }
    return 0;
}

/* Removes flows and adds them again. */
static int churn_ours(void *ctx)
{
    struct work *w = ctx;
    void *value;

    for (int k = 0; k < CALL; k++) {
        struct flow_key key = w->known[w->next % FLOWS];
        if (flow_remove(&w->flow, key) != 0 ||
            flow_add(&w->flow, key, &value) != 1) {
            return ERR_DIFFERS;
        }
        w->next = (w->next + 1) % KEYS;
    }
    return 0;
}

static int churn_theirs(void *ctx)
{
    struct work *w = ctx;

    for (int k = 0; k < CALL; k++) {
        const struct flow_key *key = &w->known[w->next % FLOWS];
        if (rte_hash_del_key(w->hash, key) < 0 ||
            rte_hash_add_key(w->hash, key) < 0) {
            return ERR_DIFFERS;
        }
        w->next = (w->next + 1) % KEYS;
    }
    return 0;
}

static int fill(struct work *w)
{
    struct rng r = {.state = 7};
    void *value;

    for (int k = 0; k < FLOWS; k++) {
        w->known[k] = some_key(&r);
        int32_t err = flow_add(&w->flow, w->known[k], &value);
        err = err < 0 ? err : rte_hash_add_key(w->hash, &w->known[k]);
        if (err < 0) {
            return err_say(ERR_CAPACITY, "flow %d does not fit", k);
        }
    }
    return 0;
}

/* 'misses' in 100 are not there. */
static void choose(struct work *w, uint32_t misses)
{
    struct rng r = {.state = 8};

    for (int k = 0; k < KEYS; k++) {
        bool miss = rng_below(&r, 100) < misses;
        w->key[k] = miss ? some_key(&r) : w->known[rng_below(&r, FLOWS)];
        w->at[k] = &w->key[k];
    }
}

static int measure(struct dpdk *d, struct work *w, size_t theirs_bytes)
{
    struct dpdk_pair bulk = {find_ours, find_theirs, w, CALL};
    struct dpdk_pair one = {find_one_ours, find_one_theirs, w, CALL};
    struct dpdk_pair churn = {churn_ours, churn_theirs, w, 2 * CALL};
    int err = fill(w);

    if (err < 0) {
        return err;
    }
    choose(w, 0);
    err = dpdk_speed(d, "flow.hits", "rte_hash", &bulk);
    choose(w, 10);
    err = err < 0 ? err
                  : dpdk_speed(d, "flow.misses_10_percent", "rte_hash", &bulk);
    err = err < 0 ? err : dpdk_speed(d, "flow.one_by_one", "rte_hash", &one);
    err = err < 0 ? err
                  : dpdk_speed(d, "flow.remove_and_add", "rte_hash", &churn);
    dpdk_size(d, "flow.memory", "rte_hash", flow_bytes(&w->flow), theirs_bytes);
    bench_print(&d->bench, "flow.bytes_per_flow",
                (double)flow_bytes(&w->flow) / FLOWS, "B");
    return err;
}

int dpdk_flow(struct dpdk *d)
{
    struct work w = {.known = calloc(FLOWS, sizeof *w.known),
                     .key = calloc(KEYS, sizeof *w.key),
                     .at = calloc(KEYS, sizeof *w.at)};
    size_t before = dpdk_bytes(d);
    int err = flow_open(&w.flow, FLOWS, VALUE_BYTES, 1);

    w.hash = rte_hash_create(&(struct rte_hash_parameters){
        .name = "flow",
        .entries = FLOWS,
        .key_len = sizeof(struct flow_key),
        .hash_func = rte_hash_crc,
        .socket_id = d->socket,
    });
    if (err < 0 || w.hash == NULL || w.known == NULL || w.key == NULL ||
        w.at == NULL) {
        err = err_say(ERR_NO_MEM, "no memory for flows");
    } else {
        err = measure(d, &w, dpdk_bytes(d) - before);
    }
    rte_hash_free(w.hash);
    flow_close(&w.flow);
    free(w.known);
    free(w.key);
    free(w.at);
    return err;
}
