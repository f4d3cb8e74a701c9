/*
 * bridge_stimulus.c - a small world of stations for tests: few enough that they
 * meet, move, age, fill their sets, and every verdict happens often.
 */
#include <string.h>

#include "bridge_csr.h"
#include "core/base/bytes.h"
#include "core/net_eth.h"
#include "net/fn/bridge/bridge_text.h"

enum {
    VLANS = 5,     /* in the stimulus: 0..VLANS - 1 */
    STATIONS = 96, /* addresses */
    TOUCHED = 32   /* entries, behind all of them */
};

/* How often a value is right but for one bit: once in so many times. */
enum { WRONG_BIT = 8 };

/*
 * Time moves among the 16 ticks around its wrap, and seldom leaves them; when
 * it goes back, all but the youngest are too old.
 */
static uint32_t some_tick(struct rng *r)
{
    return rng_nearly(r, 0xfff8 + rng_below(r, 16), 16, WRONG_BIT) & 0xffff;
}

/* A burst keeps what the one before left behind, mostly. */
static int setup_time(struct rng *r, fn_emit *emit, void *ctx)
{
    static const uint32_t ages[] = {0, 1, 2, 4, 8, 300, 0xfff8, 0xffff};
    int err = 0;

    if (rng_below(r, 4) == 0) {
        err = emit(ctx, BRIDGE_TICK, some_tick(r));
    }
    if (err == 0 && rng_below(r, 4) == 0) {
        uint32_t age = ages[rng_below(r, 8)];
        err = emit(ctx, BRIDGE_MAX_AGE,
                   rng_below(r, 2) == 0 ? rng_below(r, 1u << 16)
                                        : rng_nearly(r, age, 16, 2));
    }
    return err;
}

/* Entries that are not in use are lost in a move: they are 0 when used again.
 */
static int count_vlans(uint32_t n, fn_emit *emit, void *ctx)
{
    int err = emit(ctx, BRIDGE_N_VLANS, n);

    err = err < 0
              ? err
              : emit(ctx, CSR_WINDOW_INDEX, csr_window(BRIDGE_TABLE_VLAN, n));
    for (uint32_t k = n; err == 0 && k < VLANS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, 0);
    }
    return err;
}

/* Many VLANs, written whole; most have all ports. */
static int setup_vlans(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t n = rng_below(r, BRIDGE_VLAN_DEPTH + 1);
    int err = emit(ctx, BRIDGE_N_VLANS, n);

    err = err < 0
              ? err
              : emit(ctx, CSR_WINDOW_INDEX, csr_window(BRIDGE_TABLE_VLAN, 0));
    for (uint32_t k = 0; err == 0 && k < n; k++) {
        uint64_t bits = rng_next(r);
        err = emit(ctx, CSR_WINDOW_DATA,
                   (uint32_t)(bits & bits >> 16 & bits >> 32) & 0xffff);
    }
    return err < 0 || n >= VLANS ? err : count_vlans(n, emit, ctx);
}

/* New members for a VLAN: stations stay in the table at ports that are none. */
static int setup_vlan(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t vid = rng_below(r, VLANS);
    uint32_t bits = (uint32_t)rng_next(r);
    uint32_t outside = bits >> 16 & (bits | (vid < 3 ? 0xffff : 0)) & 0xffff;
    int err = emit(ctx, CSR_WINDOW_INDEX, csr_window(BRIDGE_TABLE_VLAN, vid));

    if (vid == 3) { /* one port: nobody else is there */
        outside = 0xffffu & ~(1u << rng_below(r, 2));
    }
    err = err < 0 ? err : emit(ctx, CSR_WINDOW_DATA, outside);
    return err < 0 ? err
                   : count_vlans(rng_below(r, 8) == 0 ? rng_below(r, VLANS)
                                                      : (uint32_t)VLANS,
                                 emit, ctx);
}

/* VLANs there are, mostly, or any. */
static int setup_pvids(struct rng *r, fn_emit *emit, void *ctx)
{
    bool any = rng_below(r, 3) == 0;
    int err = 0;

    for (uint32_t k = 0; err == 0 && k < BRIDGE_PORTS / 2; k++) {
        uint32_t vids = (uint32_t)rng_next(r) & 0x0fff0fff;
        if (!any) {
            vids = rng_nearly(r, rng_below(r, VLANS), 12, WRONG_BIT) << 16;
            vids |= rng_nearly(r, rng_below(r, VLANS), 12, WRONG_BIT);
            vids = rng_below(r, 2) == 0 ? 0x00010001 : vids;
        }
        err = emit(ctx, BRIDGE_PVID0 + 4 * k, vids);
    }
    return err;
}

/* A bit for each of 16 ports, set at every 8th. */
static uint32_t few_ports(struct rng *r)
{
    uint64_t bits = rng_next(r);

    return (uint32_t)(bits & bits >> 16 & bits >> 32) & 0xffff;
}

/* One of what is set for each port, or for all. */
static int setup_ports(struct rng *r, fn_emit *emit, void *ctx)
{
    switch (rng_below(r, 5)) {
    case 0:
        return emit(ctx, BRIDGE_REFUSE,
                    rng_below(r, 4) > 0 ? 0
                                        : few_ports(r) << 16 | few_ports(r));
    case 1: return emit(ctx, BRIDGE_UNFILTERED, (uint32_t)rng_next(r) & 0xffff);
    case 2: {
        uint32_t closed = rng_below(r, 2) == 0 ? 0 : few_ports(r);
        uint32_t bits = (uint32_t)rng_next(r);
        return emit(ctx, BRIDGE_STATES,
                    ((closed & bits) | few_ports(r)) << 16 | closed);
    }
    case 3: return emit(ctx, BRIDGE_TAG, rng_below(r, 2));
    default: {
        uint32_t half = rng_below(r, 2) * (BRIDGE_EPOCH1 - BRIDGE_EPOCH0);
        return emit(ctx, BRIDGE_EPOCH0 + half,
                    (uint32_t)rng_next(r) &
                        (rng_below(r, 2) == 0 ? UINT32_MAX : 0x30101010));
    }
    }
}

/* --- stations ------------------------------------------------------------ */

/* Station 'n': some fold to the same set, some differ by one bit. */
static uint64_t mac_of(uint32_t n)
{
    switch (n % 8) {
    case 0: return 0x020000000000 + (uint64_t)(n / 8) * 0x401; /* folds to 0 */
    case 1: return 0x020000000000 ^ UINT64_C(1) << n / 8 % 4 * 10;
    case 2: return UINT64_C(1) << (n / 8 * 4 + 1) % 40;
    default: return n * 0x9e3779b97f4a7c15 >> 16 & 0xfeffffffffff;
    }
}

/* One of few stations, a few of them often; or a bit or two off, in a set of
 * few most often the same. */
static uint64_t small_mac(struct rng *r)
{
    uint64_t bit = UINT64_C(1) << rng_below(r, 48);

    uint32_t what = rng_below(r, 16);

    if (what < 3) { /* two bits ten apart fold to the same set */
        bit = what == 0 ? bit : (UINT64_C(1) << 10 | 1) << rng_below(r, 38);
        return mac_of(4 + 4 * rng_below(r, 2)) ^ bit;
    }
    return mac_of(what < 11 ? 8 * rng_below(r, 4) : rng_below(r, STATIONS));
}

/* --- settings ------------------------------------------------------------ */

/* Now and then all entries are about to be too old, or just are, by a bit. */
struct ageing {
    bool all;
    uint32_t tick, max;
};

static int setup_ageing(struct rng *r, struct ageing *age, fn_emit *emit,
                        void *ctx)
{
    *age = (struct ageing){.all = rng_below(r, 3) == 0,
                           .tick = rng_below(r, 1u << 16),
                           .max = rng_below(r, 1u << 16)};
    int err = age->all ? emit(ctx, BRIDGE_TICK, age->tick) : 0;

    return err < 0 || !age->all ? err : emit(ctx, BRIDGE_MAX_AGE, age->max);
}

/* Entry 'at' holds a station, which is often one of its set. */
static int setup_station(struct rng *r, uint32_t at, const struct ageing *age,
                         fn_emit *emit, void *ctx)
{
    uint64_t key = 0, fold = 0;
    uint32_t seen = (uint32_t)rng_next(r) & 0x800f0000;
    /* Of no station: swept out alone. */
    bool any = age->all || rng_below(r, 4) == 0;
    int err;

    for (int k = 0; k == 0 || (!any && k < 8 && ((fold ^ at / 4) & 15) != 0);
         k++) {
        uint64_t vlan = rng_below(r, VLANS);
        vlan = rng_below(r, 4) == 0
                   ? rng_nearly(r, (uint32_t)vlan, 12, WRONG_BIT)
                   : vlan;
        key = any ? rng_next(r) >> 4
                  : vlan << 48 | (small_mac(r) & 0xfeffffffffff);
        if (rng_below(r, 16) == 0) { /* a group, which is never looked up */
            key |= 0x010000000000;
        }
        fold = key ^ key >> 10 ^ key >> 20 ^ key >> 30 ^ key >> 40 ^ key >> 50;
    }
    seen |= rng_below(r, 4) == 0 ? (uint32_t)rng_next(r) & 0x00f00000 : 0;
    if (age->all) {
        seen = 0x80000000 | (seen & 0x000f0000) |
               ((age->tick - rng_nearly(r, age->max, 16, 2)) & 0xffff);
    } else {
        seen |= any ? rng_below(r, 1u << 16) : some_tick(r);
    }
    err = emit(ctx, CSR_WINDOW_DATA, (uint32_t)key);
    err = err < 0 ? err
                  : emit(ctx, CSR_WINDOW_DATA,
                         (uint32_t)(key >> 48 << 20 | (key >> 32 & 0xffff)));
    return err < 0 ? err : emit(ctx, CSR_WINDOW_DATA, seen);
}

/* A word alone of entry 'at', which keeps the others. */
static int touch_entry(struct rng *r, uint32_t at, fn_emit *emit, void *ctx)
{
    static const uint32_t bits[] = {UINT32_MAX, 0xfff0ffff, 0x80ffffff};
    uint32_t word = rng_below(r, BRIDGE_FDB_WORDS);
    int err = emit(ctx, CSR_WINDOW_INDEX,
                   csr_window(BRIDGE_TABLE_FDB, at * BRIDGE_FDB_WORDS + word));

    return err < 0
               ? err
               : emit(ctx, CSR_WINDOW_DATA, (uint32_t)rng_next(r) & bits[word]);
}

static int setup_entries(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t n = 64u << rng_below(r, rng_below(r, 4) == 0 ? 7 : 3);
    uint32_t empty = 1 + rng_below(r, 8); /* of 8 */
    struct ageing age;
    int err = 0;

    /* Not always one of the sizes that are meant. */
    if (rng_below(r, 4) == 0) {
        n = n < BRIDGE_FDB_DEPTH ? n + rng_below(r, n) : n;
    }
    err = setup_ageing(r, &age, emit, ctx);
    err = err < 0 ? err
                  : emit(ctx, BRIDGE_N_FDB, rng_below(r, 64) == 0 ? n % 64 : n);
    err = err < 0
              ? err
              : emit(ctx, CSR_WINDOW_INDEX, csr_window(BRIDGE_TABLE_FDB, 0));
    for (uint32_t k = 0; err == 0 && k < n; k++) {
        if (rng_below(r, 8) >= empty) {
            err = setup_station(r, k, &age, emit, ctx);
            continue;
        }
        for (size_t j = 0; err == 0 && j < BRIDGE_FDB_WORDS; j++) {
            err = emit(ctx, CSR_WINDOW_DATA, 0);
        }
    }
    for (uint32_t k = 0; err == 0 && k < TOUCHED && n > 0; k++) {
        err = touch_entry(r, rng_below(r, n), emit, ctx);
    }
    return err;
}

int bridge_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    int err = setup_time(r, emit, ctx);

    for (int k = 0; err == 0 && k < 3; k++) {
        err = setup_vlan(r, emit, ctx);
    }
    if (err == 0 && rng_below(r, 16) == 0) {
        err = setup_vlans(r, emit, ctx);
    }
    if (err == 0 && rng_below(r, 2) == 0) {
        err = setup_pvids(r, emit, ctx);
    }
    for (uint32_t k = rng_below(r, 4); err == 0 && k > 0; k--) {
        err = setup_ports(r, emit, ctx);
    }
    if (err == 0 && rng_below(r, 4) == 0) {
        err = setup_entries(r, emit, ctx);
    }
    return err;
}

/* A source or, now and then, what no station has: a group, or zero. */
static uint64_t source_mac(struct rng *r)
{
    switch (rng_below(r, 32)) {
    case 0: return 0;
    case 1: return small_mac(r) | 0x010000000000;
    default: return small_mac(r);
    }
}

static uint64_t target_mac(struct rng *r)
{
    switch (rng_below(r, 16)) {
    case 0: return 0xffffffffffff;
    case 1: return small_mac(r) | 0x010000000000;
    case 2: return rng_below(r, 4) == 0 ? 0 : 0x060000000000 + rng_below(r, 9);
    case 3: /* reserved, or one bit off */
        return (0x0180c2000000 + rng_below(r, 16)) ^
               (rng_below(r, 2) == 0 ? 0 : UINT64_C(1) << rng_below(r, 48));
    default: return small_mac(r);
    }
}

static void store_mac(uint8_t *d, uint64_t mac)
{
    be16_store(d, (uint16_t)(mac >> 32));
    be32_store(d + 2, (uint32_t)mac);
}

void bridge_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint16_t types[] = {0x88a8, 0x8101, 0x0081, 0x0800};
    uint8_t *d = p->data;
    uint64_t src = source_mac(r);

    /* Half of them are as short as frames get, so that they come at once. */
    p->len_bytes =
        rng_below(r, 2) == 0 ? 14 + rng_below(r, 5) : 14 + rng_below(r, 110);
    if (rng_below(r, 16) == 0) {
        p->len_bytes = rng_below(r, 20);
    }
    for (uint32_t k = 0; k < 128; k += 4) {
        be32_store(d + k, (uint32_t)rng_next(r));
    }
    store_mac(d, rng_below(r, 64) == 0 ? src : target_mac(r));
    store_mac(d + 6, src);
    be16_store(d + 12,
               rng_below(r, 3) > 0 ? NET_ETH_TAG : types[rng_below(r, 4)]);
    if (rng_below(r, 64) > 0) { /* else any VLAN there is */
        uint32_t vid = rng_below(r, 4) == 0 ? 3 : rng_below(r, VLANS);
        vid = rng_below(r, 4) == 0 ? rng_nearly(r, vid, 12, WRONG_BIT) : vid;
        be16_store(d + 14, (uint16_t)(rng_below(r, 16) << 12 | vid));
    }
    p->wire_bytes = p->len_bytes;
    /* Most stations stay at their port, many at one of the first two. */
    p->in_port = (uint8_t)(src % 3 == 0 ? src % 2 : src % 11);
    if (rng_below(r, 4) == 0) {
        p->in_port = (uint8_t)rng_below(r, rng_below(r, 5) == 0 ? 256 : 16);
    }
    p->out_port = (uint8_t)rng_next(r);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 32) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_FLOOD : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
    if (rng_below(r, 16) == 0) { /* one that is not ours */
        p->flags |= (uint16_t)(1u << (5 + rng_below(r, 10)));
    }
}
