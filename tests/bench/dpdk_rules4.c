/* dpdk_rules4.c - rules over 5-tuples: net/table/rules4 against rte_acl, with
 * the rules and traces of ../shared/data/net/acl, with and without a cache. */
#include <inttypes.h>
#include <rte_acl.h>
#include <rte_byteorder.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "net/table/rules4.h"
#include "net/table/rules4_cache.h"
#include "tests/bench/dpdk.h"

enum {
    RULES_MAX = 10000,
    KEYS_MAX = 1 << 16,
    CALL = 1 << 13, /* keys in one call */
    BURST = 256,
    PLENTY = 1 << 30,
};

/* A key as rte_acl reads it, in network order. */
struct acl_key {
    uint8_t proto, zeros[3];
    uint32_t src, dst;
    uint16_t sport, dport;
};

enum field { PROTO, SRC, DST, SPORT, DPORT, FIELDS };

RTE_ACL_RULE_DEF(acl_rule, FIELDS);

struct work {
    struct dpdk *dpdk;
    struct rules4 *rules;
    struct rules4_cache *cache;
    struct rte_acl_ctx *acl;
    struct rule4 *rule;     /* [n_rules] */
    struct net_key4 *key;   /* [n_keys] */
    struct acl_key *theirs; /* the same */
    const uint8_t **at;     /* where those are */
    uint32_t *want;         /* number of the rule, from 1, or 0 */
    uint32_t n_rules, n_keys, next;
    uint64_t sum;
};

/* --- lookups ---------------------------------------------------------------
 */

static uint32_t step(struct work *w)
{
    uint32_t at = w->next;

    w->next = at + 2 * BURST > w->n_keys ? 0 : at + BURST;
    return at;
}

static int find_ours(void *ctx)
{
    struct work *w = ctx;
    uint32_t found[BURST];

    for (int k = 0; k < CALL; k += BURST) {
        rules4_find_bulk(w->rules, w->key + step(w), found, BURST);
        for (int j = 0; j < BURST; j++) {
            w->sum += found[j];
        }
    }
    return 0;
}

static int find_cached(void *ctx)
{
    struct work *w = ctx;
    uint32_t found[BURST];

    for (int k = 0; k < CALL; k += BURST) {
        rules4_cache_find_bulk(w->cache, w->key + step(w), found, BURST);
        for (int j = 0; j < BURST; j++) {
            w->sum += found[j];
        }
    }
    return 0;
}

static int find_theirs(void *ctx)
{
    struct work *w = ctx;
    uint32_t found[BURST];

    for (int k = 0; k < CALL; k += BURST) {
        if (rte_acl_classify(w->acl, w->at + step(w), found, BURST, 1) != 0) {
            return ERR_DEVICE;
        }
        for (int j = 0; j < BURST; j++) {
            w->sum += found[j];
        }
    }
    return 0;
}

/* Whether both find the rules that they should. */
static int check(struct work *w)
{
    uint32_t ours[BURST], cached[BURST], theirs[BURST];

    for (uint32_t k = 0; k < w->n_keys; k += BURST) {
        uint32_t n = w->n_keys - k < BURST ? w->n_keys - k : BURST;
        rules4_find_bulk(w->rules, w->key + k, ours, n);
        rules4_cache_find_bulk(w->cache, w->key + k, cached, n);
        (void)rte_acl_classify(w->acl, w->at + k, theirs, n, 1);
        for (uint32_t j = 0; j < n; j++) {
            if (ours[j] != w->want[k + j] || cached[j] != w->want[k + j] ||
                theirs[j] != w->want[k + j]) {
                return err_say(ERR_DIFFERS,
                               "key %u: rule %u, cache %u, rte_acl %u, not %u",
                               k + j, ours[j], cached[j], theirs[j],
                               w->want[k + j]);
            }
        }
    }
    return 0;
}

/* --- rules -----------------------------------------------------------------
 */

static int build_ours(void *ctx)
{
    struct work *w = ctx;

    rules4_close(w->rules);
    w->rules = NULL;
    return rules4_open(&w->rules, w->rule, w->n_rules, PLENTY);
}

static struct acl_rule translated(const struct rule4 *x, uint32_t k)
{
    struct acl_rule r = {.data = {.category_mask = 1,
                                  .priority = (int32_t)(RULES_MAX - k),
                                  .userdata = k + 1}};

    r.field[PROTO].value.u8 = x->proto;
    r.field[PROTO].mask_range.u8 = x->proto_mask;
    r.field[SRC].value.u32 = x->src;
    r.field[SRC].mask_range.u32 = (uint32_t)__builtin_popcount(x->src_mask);
    r.field[DST].value.u32 = x->dst;
    r.field[DST].mask_range.u32 = (uint32_t)__builtin_popcount(x->dst_mask);
    r.field[SPORT].value.u16 = x->sport[0];
    r.field[SPORT].mask_range.u16 = x->sport[1];
    r.field[DPORT].value.u16 = x->dport[0];
    r.field[DPORT].mask_range.u16 = x->dport[1];
    return r;
}

static int build_theirs(void *ctx)
{
    static const struct rte_acl_config config = {
        .num_categories = 1,
        .num_fields = FIELDS,
        .defs = {{RTE_ACL_FIELD_TYPE_BITMASK, 1, PROTO, 0,
                  offsetof(struct acl_key, proto)},
                 {RTE_ACL_FIELD_TYPE_MASK, 4, SRC, 1,
                  offsetof(struct acl_key, src)},
                 {RTE_ACL_FIELD_TYPE_MASK, 4, DST, 2,
                  offsetof(struct acl_key, dst)},
                 {RTE_ACL_FIELD_TYPE_RANGE, 2, SPORT, 3,
                  offsetof(struct acl_key, sport)},
                 {RTE_ACL_FIELD_TYPE_RANGE, 2, DPORT, 3,
                  offsetof(struct acl_key, dport)}},
    };
    struct work *w = ctx;
    struct rte_acl_param param = {.name = "rules4",
                                  .socket_id = w->dpdk->socket,
                                  .rule_size = RTE_ACL_RULE_SZ(FIELDS),
                                  .max_rule_num = RULES_MAX};

    rte_acl_free(w->acl);
    w->acl = rte_acl_create(&param);
    if (w->acl == NULL) {
        return ERR_NO_MEM;
    }
    for (uint32_t k = 0; k < w->n_rules; k++) {
        struct acl_rule r = translated(&w->rule[k], k);
        if (rte_acl_add_rules(w->acl, (struct rte_acl_rule *)&r, 1) != 0) {
            return ERR_CAPACITY;
        }
    }
    return rte_acl_build(w->acl, &config) == 0 ? 0 : ERR_DEVICE;
}

/* "@PREFIX PREFIX LO : HI LO : HI PROTO/MASK FLAGS/MASK"; the flags are left
 * out, as in the traces. */
static struct rule4 parse_rule(const char *s)
{
    struct rule4 x = {.proto = 0};
    char *end;

    for (int k = 0; k < 2; k++) {
        uint32_t a = dpdk_address(k == 0 ? s + 1 : s, &end);
        unsigned long len = strtoul(end + 1, &end, 10);
        uint32_t mask = len == 0 ? 0 : 0xffffffffu << (32 - len);
        *(k == 0 ? &x.src : &x.dst) = a & mask;
        *(k == 0 ? &x.src_mask : &x.dst_mask) = mask;
        s = end;
    }
    for (int k = 0; k < 4; k++) {
        uint16_t port = (uint16_t)strtoul(s, &end, 10);
        (k < 2 ? x.sport : x.dport)[k % 2] = port;
        s = k % 2 == 0 ? strchr(end, ':') + 1 : end;
    }
    x.proto = (uint8_t)strtoul(s, &end, 16);
    x.proto_mask = (uint8_t)strtoul(end + 1, NULL, 16);
    return x;
}

static int read_rules(struct work *w, const char *name)
{
    char path[64], line[256];

    (void)snprintf(path, sizeof path, "acl/%s.rules", name);
    FILE *f = dpdk_data(path);
    for (w->n_rules = 0;
         w->n_rules < RULES_MAX && f != NULL && fgets(line, sizeof line, f);) {
        w->rule[w->n_rules++] = parse_rule(line);
    }
    return f != NULL ? dpdk_data_close(f) : ERR_IO;
}

static int read_keys(struct work *w, const char *name)
{
    char path[64], line[256];
    uint32_t src, dst;
    uint16_t sport, dport;
    uint8_t proto;
    int32_t rule;

    (void)snprintf(path, sizeof path, "acl/%s.trace.tsv.gz", name);
    FILE *f = dpdk_data(path);
    for (w->n_keys = 0;
         w->n_keys < KEYS_MAX && f != NULL && fgets(line, sizeof line, f);) {
        if (sscanf(line,
                   "%" SCNu32 " %" SCNu32 " %" SCNu16 " %" SCNu16 " %" SCNu8
                   " %" SCNd32,
                   &src, &dst, &sport, &dport, &proto, &rule) != 6) {
            continue; /* a comment */
        }
        w->key[w->n_keys] = (struct net_key4){.has_ip = true,
                                              .src = src,
                                              .dst = dst,
                                              .sport = sport,
                                              .dport = dport,
                                              .proto = proto};
        w->theirs[w->n_keys] =
            (struct acl_key){.proto = proto,
                             .src = rte_cpu_to_be_32(src),
                             .dst = rte_cpu_to_be_32(dst),
                             .sport = rte_cpu_to_be_16(sport),
                             .dport = rte_cpu_to_be_16(dport)};
        w->at[w->n_keys] = (const uint8_t *)&w->theirs[w->n_keys];
        w->want[w->n_keys++] = (uint32_t)(rule + 1);
    }
    return f != NULL ? dpdk_data_close(f) : ERR_IO;
}

/* --- figures ---------------------------------------------------------------
 */

/* Against each variant of rte_acl that runs here, the slower ones too. */
static int measure_lookups(struct dpdk *d, struct work *w, const char *name)
{
    static const struct {
        enum rte_acl_classify_alg alg;
        const char *name;
    } variant[] = {
        {RTE_ACL_CLASSIFY_AVX512X32, "rte_acl AVX-512 x32"},
        {RTE_ACL_CLASSIFY_AVX512X16, "rte_acl AVX-512 x16"},
        {RTE_ACL_CLASSIFY_AVX2, "rte_acl AVX2"},
    };
    struct dpdk_pair find = {find_ours, find_theirs, w, CALL};
    struct dpdk_pair cached = {find_cached, find_theirs, w, CALL};
    char cache[64];
    int err = 0;

    (void)snprintf(cache, sizeof cache, "%s.cache", name);

    for (size_t k = 0; err == 0 && k < sizeof variant / sizeof variant[0];
         k++) {
        if (rte_acl_set_ctx_classify(w->acl, variant[k].alg) == 0) {
            w->next = 0;
            err = check(w);
            err = err < 0 ? err : dpdk_speed(d, name, variant[k].name, &find);
            err =
                err < 0 ? err : dpdk_speed(d, cache, variant[k].name, &cached);
        }
    }
    return err;
}

/* The trace once more, with source ports that do not come again, and longer
 * than a cache holds. */
static void scatter(struct work *w)
{
    struct rng r = {.state = 1};

    for (uint32_t k = KEYS_MAX; k-- > 0;) {
        w->key[k] = w->key[k % w->n_keys];
        w->theirs[k] = w->theirs[k % w->n_keys];
        w->key[k].sport = (uint16_t)rng_next(&r);
        w->theirs[k].sport = rte_cpu_to_be_16(w->key[k].sport);
        w->at[k] = (const uint8_t *)&w->theirs[k];
        w->want[k] = rules4_find(w->rules, &w->key[k]);
    }
    w->n_keys = KEYS_MAX;
}

static int measure(struct dpdk *d, struct work *w, const char *set)
{
    struct dpdk_pair build = {build_ours, build_theirs, w, 1};
    size_t before = dpdk_bytes(d);
    char name[64];
    int err = read_rules(w, set);

    err = err < 0 ? err : read_keys(w, set);
    if (err < 0) {
        return err_say(err, "rules and trace %s cannot be read", set);
    }
    (void)snprintf(name, sizeof name, "rules4.%s.build", set);
    err = dpdk_time(d, name, "rte_acl", &build);
    if (err < 0) {
        return err;
    }
    (void)snprintf(name, sizeof name, "rules4.%s.memory", set);
    dpdk_size(d, name, "rte_acl", rules4_bytes(w->rules),
              dpdk_bytes(d) - before);
    (void)snprintf(name, sizeof name, "rules4.%s", set);
    err = rules4_cache_open(&w->cache, w->rules);
    err = err < 0 ? err : measure_lookups(d, w, name);
    scatter(w);
    (void)snprintf(name, sizeof name, "rules4.%s.once", set);
    err = err < 0 ? err : measure_lookups(d, w, name);
    rules4_cache_close(w->cache);
    return err;
}

int dpdk_rules4(struct dpdk *d)
{
    static const char *const set[] = {"acl1_1000", "fw1_1000", "ipc1_1000",
                                      "acl1_10000"};
    struct work w = {.dpdk = d,
                     .rule = calloc(RULES_MAX, sizeof *w.rule),
                     .key = calloc(KEYS_MAX, sizeof *w.key),
                     .theirs = calloc(KEYS_MAX, sizeof *w.theirs),
                     .at = calloc(KEYS_MAX, sizeof *w.at),
                     .want = calloc(KEYS_MAX, sizeof *w.want)};
    int err = 0;

    if (w.rule == NULL || w.key == NULL || w.theirs == NULL || w.at == NULL ||
        w.want == NULL) {
        err = err_say(ERR_NO_MEM, "no memory for rules");
    }
    for (size_t k = 0; err == 0 && k < sizeof set / sizeof set[0]; k++) {
        err = measure(d, &w, set[k]);
        rte_acl_free(w.acl);
        w.acl = NULL;
    }
    rules4_close(w.rules);
    free(w.rule);
    free(w.key);
    free(w.theirs);
    free(w.at);
    free(w.want);
    return err;
}
