/*
 * policer_stimulus.c - few meters with small buckets for tests, so that packets
 * find them full, empty and between, and every verdict happens often.
 */
#include <string.h>

#include "core/base/bytes.h"
#include "core/net_ip.h"
#include "net/fn/policer/policer_text.h"
#include "policer_csr.h"

enum {
    METERS_IN_USE = POLICER_METER_DEPTH_RTL, /* most of the time */
    CLASSES_IN_USE = 200,
    METERS = 8,    /* that classes have, most of the time */
    CLASSES = 64,  /* of the stimulus */
    PAYLOAD = 120, /* most bytes behind an IP header */
};

/* Meters that classes have: any two are unlike in one or two bits. */
static const uint8_t few[METERS] = {0, 1, 2, 4, 8, 16, 32, 62};

static uint32_t some_meter(struct rng *r)
{
    return few[rng_below(r, METERS)];
}

/* Of up to 'bits' bits, as often small as large; some of one bit alone. */
static uint32_t some_bits(struct rng *r, uint32_t bits)
{
    uint32_t less = rng_below(r, 4) == 0 ? 0 : rng_below(r, bits);

    return rng_below(r, 4) == 0 ? 1u << less
                                : (uint32_t)(rng_next(r) >> (64 - bits + less));
}

/* Any bits, as a host may write them by mistake. */
static void hostile_meter(struct rng *r, uint32_t *w)
{
    for (uint32_t k = 0; k < POLICER_METER_WORDS; k++) {
        w[k] = (uint32_t)rng_next(r) >> rng_below(r, 32);
    }
    w[METER_HOW] &= 0xff;
    w[METER_CBS] &= 0xffffff;
    w[METER_EBS] &= 0xffffff;
}

/* Small, or of any size: rates, buckets, and the ticks since 'tick'. */
static void fill_meter(struct rng *r, uint32_t tick, uint32_t *w)
{
    bool small = rng_below(r, 2) == 0;

    w[METER_CIR] = small ? rng_below(r, 0x20000) : some_bits(r, 32);
    w[METER_PIR] =
        small ? w[METER_CIR] + rng_below(r, 0x20000) : some_bits(r, 32);
    w[METER_CBS] = small ? rng_below(r, 2000) : some_bits(r, 24);
    w[METER_EBS] = small ? rng_below(r, 3000) : some_bits(r, 24);
    w[METER_SEEN] = tick - (small ? rng_below(r, 8) : some_bits(r, 17));
    w[METER_TC] = w[METER_CBS] << 8;
    w[METER_TE] = w[METER_EBS] << 8;
    if (rng_below(r, 4) > 0) { /* not full */
        w[METER_TC] -= some_bits(r, 32) % (w[METER_TC] + 1);
        w[METER_TE] -= some_bits(r, 32) % (w[METER_TE] + 1);
    }
}

/* One that earns less than there is room for: each bit of that counts. */
static void earning_meter(struct rng *r, uint32_t tick, uint32_t *w)
{
    uint32_t bits = 1 + rng_below(r, 16); /* of the ticks */

    w[METER_SEEN] = tick - (uint32_t)(rng_next(r) >> (64 - bits));
    w[METER_CIR] = (uint32_t)(rng_next(r) >> (32 + bits));
    w[METER_PIR] = (uint32_t)(rng_next(r) >> (32 + bits));
    w[METER_CBS] = w[METER_EBS] = 0xffffff;
    w[METER_TC] = some_bits(r, 20);
    w[METER_TE] = some_bits(r, 20);
}

/* One to three bits of the lower 'bits'. */
static uint32_t few_ones(struct rng *r, uint32_t bits)
{
    uint32_t x = 1u << rng_below(r, bits);

    for (uint32_t k = rng_below(r, 3); k > 0; k--) {
        x |= 1u << rng_below(r, bits);
    }
    return x;
}

/* One that is empty and earns few ones, at any place: also what there is no
 * room for is seen to have been earned. */
static void sparse_meter(struct rng *r, uint32_t tick, uint32_t *w)
{
    w[METER_SEEN] = tick - few_ones(r, 16);
    w[METER_CIR] = few_ones(r, 32);
    w[METER_PIR] = few_ones(r, 32);
    w[METER_CBS] = w[METER_EBS] = 0xffffff;
    w[METER_TC] = w[METER_TE] = 0;
}

/* One that any rates and ticks fill, mostly: each bit of what comes counts. */
static void dense_meter(struct rng *r, uint32_t tick, uint32_t *w)
{
    w[METER_SEEN] = tick - (uint32_t)(rng_next(r) >> (32 + rng_below(r, 32)));
    w[METER_CIR] = (uint32_t)rng_next(r);
    w[METER_PIR] = (uint32_t)rng_next(r);
}

/* One with just what some packet costs, or a little more or less. */
static void scanty_meter(struct rng *r, uint32_t tick, uint32_t *w)
{
    w[METER_SEEN] = tick;
    w[METER_TC] = rng_below(r, (20 + PAYLOAD) << 8);
    w[METER_TE] = rng_below(r, (20 + PAYLOAD) << 8);
    w[METER_CBS] = w[METER_EBS] = 20 + PAYLOAD;
}

static int setup_meter(struct rng *r, uint32_t k, uint32_t tick, bool all,
                       fn_emit *emit, void *ctx)
{
    uint32_t w[POLICER_METER_WORDS] = {0};
    int err = emit(ctx, CSR_WINDOW_INDEX,
                   csr_window(POLICER_TABLE_METER, k * POLICER_METER_WORDS));
    fill_meter(r, tick, w);
    switch (rng_below(r, all ? 4 : 16)) {
    case 0:
    case 1: earning_meter(r, tick, w); break;
    case 2: dense_meter(r, tick, w); break;
    case 3: (all ? sparse_meter : scanty_meter)(r, tick, w); break;
    default: break;
    }
    w[METER_HOW] = rng_below(r, 256);
    if (rng_below(r, 2) == 0) { /* pass, mark and drop */
        w[METER_HOW] = (w[METER_HOW] & 3) | 0x94;
    }
    for (k = METER_GREEN; k < POLICER_METER_WORDS; k++) {
        w[k] = (uint32_t)rng_next(r);
        if (rng_below(r, 2) == 0) { /* about to carry far */
            w[k] |= UINT32_MAX >> rng_below(r, 32);
        }
    }
    if (rng_below(r, 8) == 0) {
        hostile_meter(r, w);
    }
    for (k = 0; err == 0 && k < POLICER_METER_WORDS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, w[k]);
    }
    return err;
}

/* Entries that are not in use are lost in a move: they are 0 when used again.
 */
static int clear(size_t table, uint32_t word, uint32_t end, fn_emit *emit,
                 void *ctx)
{
    int err =
        word < end ? emit(ctx, CSR_WINDOW_INDEX, csr_window(table, word)) : 0;

    for (; err == 0 && word < end; word++) {
        err = emit(ctx, CSR_WINDOW_DATA, 0);
    }
    return err;
}

/* Most of the time all that there are are in use; 'all': classes have any of
 * them, because the packet behind a new TICK alone earns. */
static int setup_meters(struct rng *r, uint32_t tick, bool all, fn_emit *emit,
                        void *ctx)
{
    bool less = !all && rng_below(r, 8) == 0;
    uint32_t n = less ? rng_below(r, METERS_IN_USE) : METERS_IN_USE;
    uint32_t n_set = all ? METERS_IN_USE : METERS;
    int err = emit(ctx, POLICER_N_METERS, n);

    err = err < 0 ? err
                  : clear(POLICER_TABLE_METER, n * POLICER_METER_WORDS,
                          METERS_IN_USE * POLICER_METER_WORDS, emit, ctx);
    for (uint32_t k = 0; err == 0 && k < n_set; k++) {
        bool any = !all && rng_below(r, 8) == 0;
        uint32_t meter = all ? k : any ? rng_below(r, METERS_IN_USE) : few[k];
        err = meter < n ? setup_meter(r, meter, tick, all, emit, ctx) : 0;
    }
    return err;
}

static int setup_classes(struct rng *r, bool all, fn_emit *emit, void *ctx)
{
    uint32_t first = all ? 0 : rng_below(r, 4) * 64;
    uint32_t in_use = !all && rng_below(r, 4) == 0
                          ? rng_below(r, POLICER_CLASS_DEPTH_RTL + 1)
                          : CLASSES_IN_USE;
    int err = emit(ctx, POLICER_N_CLASSES, in_use);

    err = err < 0 ? err
                  : emit(ctx, CSR_WINDOW_INDEX,
                         csr_window(POLICER_TABLE_CLASS, first));
    for (uint32_t k = 0; err == 0 && k < CLASSES; k++) {
        bool any = all || rng_below(r, 8) == 0;
        uint32_t n = any ? rng_below(r, 80) : 1 + some_meter(r);
        n = rng_below(r, 64) == 0 ? (uint32_t)rng_next(r) & 0xffff : n;
        err = emit(ctx, CSR_WINDOW_DATA, n);
    }
    return err < 0 ? err
                   : clear(POLICER_TABLE_CLASS, in_use, POLICER_CLASS_DEPTH_RTL,
                           emit, ctx);
}

/* Time goes on by little, mostly; it wraps, and goes back. */
static uint32_t some_tick(struct rng *r)
{
    static const uint32_t from[] = {0, 0xfffffff0, 0x1234, 0x7fffff00};

    return from[rng_below(r, 4)] + rng_below(r, 16);
}

static int setup_how(struct rng *r, fn_emit *emit, void *ctx)
{
    int err = emit(ctx, POLICER_CLASS_BY, rng_below(r, 4));

    err = err < 0 ? err : emit(ctx, POLICER_COLOUR_BY, rng_below(r, 2));
    return err < 0 ? err
                   : emit(ctx, POLICER_LENGTH,
                          rng_below(r, 2) == 0 ? rng_below(r, 512) : 0);
}

int policer_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    bool all = rng_below(r, 3) == 0;
    uint32_t tick = some_tick(r);
    int err = setup_meters(r, tick, all, emit, ctx);

    err = err < 0 ? err : setup_classes(r, all, emit, ctx);
    err = err < 0 || rng_below(r, 2) != 0 ? err : setup_how(r, emit, ctx);
    return err < 0 ? err : emit(ctx, POLICER_TICK, tick);
}

/* Writes an IP packet of 'payload' bytes at 'ip'; its whole length. */
static uint32_t store_ip(struct rng *r, uint8_t *ip, bool six, uint32_t payload)
{
    uint32_t dscp =
        rng_below(r, 2) == 0 ? rng_below(r, 64) : 8 + 2 * rng_below(r, 16);

    if (six) {
        be16_store(ip, (uint16_t)(0x6000 | dscp << 6 | rng_below(r, 64)));
        be16_store(ip + 4, (uint16_t)payload);
        return 40 + payload;
    }
    uint32_t header = 20 + (rng_below(r, 4) == 0 ? 4 * rng_below(r, 11) : 0);
    ip[0] = (uint8_t)(0x40 | header / 4);
    ip[1] = (uint8_t)(dscp << 2 | rng_below(r, 4));
    be16_store(ip + 2, (uint16_t)(header + payload));
    return header + payload;
}

/* A length that is not true, or any bit of the headers. */
static void spoil(struct rng *r, uint8_t *d, uint8_t *ip, bool six)
{
    uint32_t bit = rng_below(r, 8 * 64);

    switch (rng_below(r, 16)) {
    case 0: be16_store(ip + (six ? 4 : 2), (uint16_t)rng_next(r)); break;
    case 1:
        be16_store(ip + (six ? 4 : 2), (uint16_t)(rng_below(r, 96) - 32));
        break;
    case 2: d[12 + bit / 8] ^= (uint8_t)(1 << bit % 8); break;
    case 3: ip[0] ^= (uint8_t)(1 << bit % 8); break; /* version, length */
    case 4: ip[-1 - (int)rng_below(r, 2)] ^= (uint8_t)(1 << bit % 8); break;
    default: break;
    }
}

void policer_stimulus_packet(struct rng *r, struct pkt *p)
{
    uint32_t tags = rng_below(r, 4) == 0 ? 1 + rng_below(r, 3) : 0;
    uint32_t payload = rng_below(r, rng_below(r, 2) == 0 ? 4 : PAYLOAD);
    bool six = rng_below(r, 3) == 0;
    uint8_t *d = p->data, *ip = d + 14 + (size_t)4 * tags;

    for (uint32_t k = 0; k < 256; k += 4) {
        be32_store(d + k, (uint32_t)rng_next(r));
    }
    for (uint32_t k = 0; k < tags; k++) {
        uint32_t wrong =
            rng_below(r, 16) == 0 ? 1u << rng_below(r, 16) : 0; /* no tag */
        be16_store(d + 12 + (size_t)4 * k,
                   (uint16_t)((rng_below(r, 2) == 0 ? NET_ETH_TAG
                                                    : NET_ETH_TAG_OUTER) ^
                              wrong));
    }
    be16_store(ip - 2, six ? NET_ETH_IP6 : NET_ETH_IP4);
    p->len_bytes = (uint32_t)(ip - d) + store_ip(r, ip, six, payload);
    spoil(r, d, ip, six);
    if (rng_below(r, 8) == 0) { /* cut anywhere, down to nothing */
        p->len_bytes = rng_below(r, p->len_bytes + 1);
    }
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)(rng_below(r, 8) == 0 ? rng_below(r, 256)
                                                : rng_below(r, CLASSES));
    p->out_port = (uint8_t)rng_below(r, 256);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 16) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
    if (rng_below(r, 32) == 0) { /* one that no function knows */
        p->flags |= (uint16_t)(1u << (5 + rng_below(r, 10)));
    }
}
