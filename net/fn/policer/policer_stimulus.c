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
    METERS_IN_USE = 63,
    CLASSES_IN_USE = 200,
    METERS = 8,    /* that classes have, most of the time */
    CLASSES = 64,  /* of the stimulus */
    PAYLOAD = 120, /* most bytes behind an IP header */
};

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

static int setup_meter(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t w[POLICER_METER_WORDS] = {0};
    uint32_t k =
        rng_below(r, 8) == 0 ? rng_below(r, 64) : 9 * rng_below(r, METERS) % 64;
    int err = emit(ctx, CSR_WINDOW_INDEX,
                   csr_window(POLICER_TABLE_METER, k * POLICER_METER_WORDS));

    w[METER_HOW] = rng_below(r, 256);
    if (rng_below(r, 2) == 0) { /* pass, mark and drop */
        w[METER_HOW] = (w[METER_HOW] & 3) | 0x94;
    }
    w[METER_CIR] = rng_below(r, 0x20000);
    w[METER_PIR] = w[METER_CIR] + rng_below(r, 0x20000);
    w[METER_CBS] = rng_below(r, 2000);
    w[METER_EBS] = rng_below(r, 3000);
    w[METER_TC] = w[METER_CBS] << 8;
    w[METER_TE] = w[METER_EBS] << 8;
    if (rng_below(r, 8) == 0) {
        hostile_meter(r, w);
    }
    for (k = 0; err == 0 && k < POLICER_METER_WORDS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, w[k]);
    }
    return err;
}

static int setup_classes(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t first = rng_below(r, 4) * 64;
    int err =
        emit(ctx, CSR_WINDOW_INDEX, csr_window(POLICER_TABLE_CLASS, first));

    for (uint32_t k = 0; err == 0 && k < CLASSES; k++) {
        uint32_t n = rng_below(r, 8) > 0 ? 1 + 9 * rng_below(r, METERS) % 64
                                         : rng_below(r, 80);
        n = rng_below(r, 64) == 0 ? (uint32_t)rng_next(r) & 0xffff : n;
        err = emit(ctx, CSR_WINDOW_DATA, n);
    }
    return err;
}

/* Time goes on by little, mostly; it wraps, and goes back. */
static int setup_time(struct rng *r, fn_emit *emit, void *ctx)
{
    static const uint32_t from[] = {0, 0xfffffff0, 0x1234, 0x7fffff00};
    uint32_t tick = from[rng_below(r, 4)] + rng_below(r, 16);

    return emit(ctx, POLICER_TICK, tick);
}

static int setup_how(struct rng *r, fn_emit *emit, void *ctx)
{
    int err = emit(ctx, POLICER_CLASS_BY, rng_below(r, 4));

    err = err < 0 ? err : emit(ctx, POLICER_COLOUR_BY, rng_below(r, 2));
    return err < 0 ? err
                   : emit(ctx, POLICER_LENGTH,
                          rng_below(r, 4) == 0 ? rng_below(r, 512) : 0);
}

int policer_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    /* Entries that are not in use are lost in a move: as many in each burst. */
    int err = emit(ctx, POLICER_N_METERS, METERS_IN_USE);

    err = err < 0 ? err : emit(ctx, POLICER_N_CLASSES, CLASSES_IN_USE);
    for (uint32_t k = 0; err == 0 && k < METERS / 2; k++) {
        err = setup_meter(r, emit, ctx);
    }
    err = err < 0 ? err : setup_classes(r, emit, ctx);
    err = err < 0 || rng_below(r, 4) != 0 ? err : setup_how(r, emit, ctx);
    return err < 0 ? err : setup_time(r, emit, ctx);
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

    switch (rng_below(r, 10)) {
    case 0: be16_store(ip + (six ? 4 : 2), (uint16_t)rng_next(r)); break;
    case 1: be16_store(ip + (six ? 4 : 2), (uint16_t)rng_below(r, 64)); break;
    case 2: d[12 + bit / 8] ^= (uint8_t)(1 << bit % 8); break;
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
        be16_store(d + 12 + (size_t)4 * k,
                   rng_below(r, 2) == 0 ? NET_ETH_TAG : NET_ETH_TAG_OUTER);
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
}
