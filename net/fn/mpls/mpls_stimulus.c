/*
 * mpls_stimulus.c - labels, FECs and packets for tests, drawn from so small a
 * world that they meet: every operation, model and way to be wrong is frequent.
 */
#include "core/net_ip4.h"
#include "core/net_text.h"
#include "net/fn/mpls/mpls_plan.h"
#include "net/fn/mpls/mpls_text.h"

enum {
    LABELS = 64, /* NHLFEs in use, but now and then all that an image holds */
    PUSHES = 48, /* from this entry on they are for FECs */
    FECS = 16,
    PORTS = 2,
    MTU = 70,
    PAYLOAD = 60, /* most bytes behind the first 24 of IP */
};

/* How often a value is right but for one bit: once in so many times. */
enum { WRONG_BIT = 8 };

/* An MTU, and what lengths are near. */
static uint32_t some_mtu(struct rng *r)
{
    static const uint16_t mtus[] = {MTU, MTU, 0x5555, 0xaaaa};

    return mtus[rng_below(r, 4)];
}

/* --- tables --------------------------------------------------------------- */

/* A label that may come in: mostly one in use. */
static uint32_t some_label(struct rng *r)
{
    static const uint8_t reserved[] = {0, 0, 0, 2, 2, 2, 1, 1, 3, 7, 13, 14};

    switch (rng_below(r, 24)) {
    case 0:
    case 1:
    case 2:
    case 3:
        return rng_nearly(r, reserved[rng_below(r, sizeof reserved)], 4,
                          WRONG_BIT);
    case 4: return (uint32_t)rng_next(r) & MPLS_LABEL_MAX;
    case 5: return rng_below(r, MPLS_NHLFE_DEPTH_RTL);
    default:
        return rng_nearly(
            r, MPLS_LABEL_MIN + rng_below(r, PUSHES + 2 - MPLS_LABEL_MIN), 20,
            WRONG_BIT);
    }
}

/* A label out: each of its parts set or copied. */
static uint32_t some_out(struct rng *r)
{
    uint32_t ttl = rng_below(r, 2) == 0 ? rng_below(r, 256) : 0;

    return ttl << MPLS_TTL_SHIFT | rng_below(r, 2) << 23 |
           rng_below(r, 8) << MPLS_TC_SHIFT |
           (uint32_t)(rng_next(r) & MPLS_LABEL_MAX);
}

/* Entry 'k' of NHLFE. */
static void some_nhlfe(struct rng *r, uint32_t k, uint32_t *w)
{
    static const uint8_t ops[] = {
        MPLS_OP_FORWARD, MPLS_OP_FORWARD, MPLS_OP_FORWARD, MPLS_OP_FORWARD,
        MPLS_OP_FORWARD, MPLS_OP_LOOK,    MPLS_OP_LOOK,    MPLS_OP_LOOK,
        MPLS_OP_LOOK,    MPLS_OP_HOST};
    uint32_t op = k >= PUSHES && k < LABELS ? (uint32_t)MPLS_OP_PUSH
                                            : ops[rng_below(r, sizeof ops)];

    if (rng_below(r, 16) == 0) {
        op = rng_below(r, 8);
    }
    /* Most often three labels: else the third would hardly be seen. */
    uint32_t n = rng_below(r, 6);
    n = n < MPLS_OUT_MAX ? n : MPLS_OUT_MAX;
    w[0] = op | n << MPLS_OUT_SHIFT | rng_below(r, 2) << 6 |
           rng_below(r, 2) << 8 | rng_below(r, 256) << MPLS_PORT_SHIFT;
    for (size_t j = MPLS_FIRST; j < MPLS_DST; j++) {
        w[j] = some_out(r);
    }
    for (size_t j = MPLS_DST; j < MPLS_MTU; j++) {
        w[j] = (uint32_t)rng_next(r);
    }
    w[MPLS_MTU] = rng_below(r, 2) == 0 ? some_mtu(r) : 0;
}

/* 10.0.x.y, few of them. */
static uint32_t small_addr(struct rng *r)
{
    return 0x0a000000 | rng_below(r, 4) << 8 | rng_below(r, 4);
}

/* Most masks are of prefixes, some of few bits, anywhere. */
static uint32_t some_mask(struct rng *r)
{
    static const uint32_t masks[] = {UINT32_MAX, UINT32_MAX, UINT32_MAX,
                                     UINT32_MAX, 0xfffffffe, 0xffffff00,
                                     0xfffffe00, 0xff000000};
    uint32_t k = rng_below(r, sizeof masks / sizeof masks[0] + 2);

    return k < sizeof masks / sizeof masks[0]
               ? rng_nearly(r, masks[k], 32, WRONG_BIT)
               : (uint32_t)(rng_next(r) & rng_next(r) & rng_next(r) &
                            rng_next(r));
}

static void some_fec(struct rng *r, uint32_t *w)
{
    w[MPLS_MASK] = some_mask(r);
    w[MPLS_ADDR] = small_addr(r) ^ ((uint32_t)rng_next(r) & ~w[MPLS_MASK]);
    if (rng_below(r, 8) == 0) {
        w[MPLS_ADDR] = (uint32_t)rng_next(r);
    }
    w[MPLS_WHERE] = rng_nearly(r, rng_below(r, PORTS), 8, WRONG_BIT) |
                    (rng_below(r, 2) == 0 ? (uint32_t)MPLS_PORT_COUNTS : 0) |
                    (rng_below(r, 4) == 0 ? (uint32_t)MPLS_IS_IP6 : 0);
    w[MPLS_NEXT] =
        rng_below(r, 6) == 0
            ? (uint32_t)rng_next(r) & 0x3ffff
            : rng_nearly(r, PUSHES - 2 + rng_below(r, LABELS - PUSHES + 4), 18,
                         WRONG_BIT);
}

static int some_nhlfes(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t n = LABELS;

    switch (rng_below(r, 8)) {
    case 0: n = MPLS_NHLFE_DEPTH_RTL; break;
    case 1: n = rng_below(r, 2 * LABELS); break;
    default: break;
    }
    int err = emit(ctx, MPLS_N_NHLFE, n);

    err = err < 0
              ? err
              : emit(ctx, MPLS_WINDOW_INDEX, csr_window(MPLS_TABLE_NHLFE, 0));
    for (uint32_t k = 0; err == 0 && k < n; k++) {
        uint32_t w[MPLS_NHLFE_WORDS];
        some_nhlfe(r, k, w);
        for (size_t j = 0; err == 0 && j < MPLS_NHLFE_WORDS; j++) {
            err = emit(ctx, CSR_WINDOW_DATA, w[j]);
        }
    }
    return err;
}

int mpls_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t w[FECS * MPLS_FTN_WORDS], at = 0, n = rng_below(r, FECS + 1);
    int err = some_nhlfes(r, emit, ctx);

    if (n < FECS / 2 && rng_below(r, 2) == 0) {
        n += FECS / 2;
    }
    for (size_t k = 0; k < FECS; k++) {
        some_fec(r, w + k * MPLS_FTN_WORDS);
    }
    err = err < 0 ? err
                  : net_emit_words(MPLS_TABLE_FTN, w, sizeof w / sizeof w[0],
                                   emit, ctx);
    /* A word once more, by itself. */
    if (err == 0 && rng_below(r, 2) == 0) {
        at = rng_below(r, sizeof w / sizeof w[0]);
        err = emit(ctx, MPLS_WINDOW_INDEX, csr_window(MPLS_TABLE_FTN, at));
        err = err < 0 ? err : emit(ctx, CSR_WINDOW_DATA, w[at]);
    }
    err = err < 0 ? err : emit(ctx, MPLS_N_FTN, n);
    err = err < 0 ? err : emit(ctx, MPLS_NO_FEC, rng_below(r, 2));
    err = err < 0 ? err : emit(ctx, MPLS_EXPIRED, rng_below(r, 2));
    err = err < 0 ? err : emit(ctx, MPLS_NULLS, rng_below(r, 2));
    err = err < 0 ? err
                  : emit(ctx, MPLS_PUNTED,
                         0x6002 ^ (uint32_t)(1u << rng_below(r, 16)));
    for (uint32_t k = MPLS_DSCP0; err == 0 && k <= MPLS_DSCP7; k += 4) {
        err = emit(ctx, k, (uint32_t)rng_next(r) & 0x77777777);
    }
    return err;
}

/* --- packets -------------------------------------------------------------- */

static uint32_t some_ttl(struct rng *r)
{
    switch (rng_below(r, 8)) {
    case 0: return rng_below(r, 3);
    case 1: return 1u << rng_below(r, 8) | rng_below(r, 2);
    default: return rng_below(r, 256);
    }
}

/* Half of them are those of FECs, others have one bit wrong, or all. */
static uint32_t some_dst(struct rng *r)
{
    uint32_t addr = small_addr(r);

    switch (rng_below(r, 8)) {
    case 0: return (uint32_t)rng_next(r);
    case 1:
    case 2:
    case 3: return addr ^ 1u << rng_below(r, 32);
    default: return addr;
    }
}

/* IP of version 4 or 6, whose checksum nobody looks at; its length. */
static uint32_t store_ip(struct rng *r, uint8_t *ip, bool is_ip6)
{
    uint32_t len = 24 + (rng_below(r, 2) == 0 ? rng_below(r, PAYLOAD) : 0);

    for (uint32_t k = 0; k < len; k++) {
        ip[k] = (uint8_t)rng_next(r);
    }
    if (is_ip6) {
        ip[0] = (uint8_t)(0x60 | (ip[0] & 0xf));
        ip[7] = (uint8_t)some_ttl(r);
        be16_store(ip + 4,
                   (uint16_t)(rng_below(r, 2) == 0
                                  ? rng_below(r, 50)
                                  : some_mtu(r) - 40 - rng_below(r, 16)));
    } else {
        ip[0] =
            (uint8_t)(0x40 | (rng_below(r, 16) == 0 ? rng_below(r, 16) : 5));
        be16_store(ip + IP4_LENGTH,
                   (uint16_t)(rng_below(r, 2) == 0
                                  ? 20 + rng_below(r, 80)
                                  : some_mtu(r) - rng_below(r, 16)));
        ip[IP4_TTL] = (uint8_t)some_ttl(r);
        be32_store(ip + IP4_DST, some_dst(r));
    }
    if (rng_below(r, 16) == 0) {
        ip[0] = (uint8_t)(rng_below(r, 2) == 0 ? rng_next(r)
                                               : ip[0] ^ 1u << rng_below(r, 8));
    }
    return len;
}

/* A stack of 1 to 5 labels, the last with S most of the time; its length.  Some
 * are of explicit nulls only, which all end here. */
static uint32_t store_stack(struct rng *r, uint8_t *to, bool *is_ip6)
{
    bool nulls = rng_below(r, 12) == 0;
    uint32_t n = rng_below(r, 2) == 0 && !nulls ? 1 : 1 + rng_below(r, 5);
    uint32_t label = 0;

    for (uint32_t k = 0; k < n; k++) {
        bool s = k + 1 == n ? rng_below(r, 32) > 0 : rng_below(r, 64) == 0;
        label = nulls ? 2 * rng_below(r, 2) : some_label(r);
        be32_store(to + (size_t)k * 4, label << 12 | rng_below(r, 8) << 9 |
                                           (uint32_t)s << 8 | some_ttl(r));
    }
    *is_ip6 =
        label == MPLS_NULL6 || (label != MPLS_NULL4 && rng_below(r, 3) == 0);
    return 4 * n;
}

void mpls_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint16_t tags[] = {NET_ETH_TAG, NET_ETH_TAG_OUTER};
    static const uint16_t types[] = {MPLS_TYPE, NET_ETH_IP4, NET_ETH_IP6};
    uint32_t at = 12, what = rng_below(r, 16);
    uint32_t n_tags = rng_below(r, 4) == 0 ? 1 + rng_below(r, 3) : 0;
    bool is_ip6 = rng_below(r, 3) == 0;
    uint8_t *d = p->data;

    for (uint32_t k = 0; k < at; k++) {
        d[k] = (uint8_t)rng_next(r);
    }
    for (; n_tags > 0; n_tags--, at += 4) {
        be16_store(d + at, tags[rng_below(r, 2)]);
        be16_store(d + at + 2, (uint16_t)rng_next(r));
    }
    at += 2;
    if (what == 0) {
        be16_store(d + at - 2,
                   (uint16_t)(types[rng_below(r, 3)] ^ 1u << rng_below(r, 16)));
        at += store_ip(r, d + at, is_ip6);
    } else if (what < 8) {
        be16_store(d + at - 2, is_ip6 ? NET_ETH_IP6 : NET_ETH_IP4);
        at += store_ip(r, d + at, is_ip6);
    } else {
        be16_store(d + at - 2, MPLS_TYPE);
        at += store_stack(r, d + at, &is_ip6);
        at += store_ip(r, d + at, is_ip6);
    }
    if (rng_below(r, 12) == 0) { /* cut anywhere, down to nothing */
        at = rng_below(r, at + 1);
    }
    p->len_bytes = at;
    p->wire_bytes = at;
    p->in_port = (uint8_t)rng_nearly(r, rng_below(r, PORTS), 8, WRONG_BIT);
    p->out_port = (uint8_t)rng_next(r);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 32) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
    if (rng_below(r, 16) == 0) { /* one that is not ours */
        p->flags |= (uint16_t)(1u << (4 + rng_below(r, 11)));
    }
}
