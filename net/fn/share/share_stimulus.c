/*
 * share_stimulus.c - a link that is too slow for what comes, for tests:
 * networks with few tokens, with many and in debt, and every verdict happens
 * often.
 */
#include <string.h>

#include "core/base/bytes.h"
#include "net/fn/share/share_text.h"
#include "share_csr.h"

enum {
    NETS = SHARE_NET_DEPTH_RTL,
    LONG = 1500, /* bytes of a frame */
};

/* Of up to 'bits' bits, as often small as large; some of one bit alone. */
static uint32_t some_bits(struct rng *r, uint32_t bits)
{
    uint32_t less = rng_below(r, bits);

    return rng_below(r, 4) == 0 ? 1u << less
                                : (uint32_t)(rng_next(r) >> (64 - bits + less));
}

/* Any, half of them about to carry far. */
static uint32_t some_count(struct rng *r)
{
    uint32_t n = (uint32_t)rng_next(r);

    return rng_below(r, 2) == 0 ? n | UINT32_MAX >> rng_below(r, 32) : n;
}

/* Shares of a link and what they hold: of any size. */
static void wide_net(struct rng *r, uint32_t *w)
{
    w[NET_QUANTUM] = some_bits(r, 24);
    w[NET_MOST] = rng_below(r, 2) == 0 ? some_bits(r, 31)
                                       : w[NET_QUANTUM] + some_bits(r, 25);
    w[NET_TOKENS] =
        rng_below(r, 2) == 0 ? some_bits(r, 32) : w[NET_MOST] - w[NET_QUANTUM];
    if (rng_below(r, 2) == 0) { /* above it, below it, or in debt */
        w[NET_TOKENS] +=
            rng_below(r, 2) == 0 ? some_bits(r, 32) : 0 - some_bits(r, 32);
    }
}

/* Single bits on which it depends whether there is such a network, whether it
 * has tokens, and whether there is room for more. */
static void one_bit_net(struct rng *r, uint32_t *w)
{
    uint32_t sum;

    w[NET_QUANTUM] = 1u << rng_below(r, 24);
    w[NET_TOKENS] = 1u << rng_below(r, 32);
    sum = w[NET_TOKENS] + w[NET_QUANTUM];
    w[NET_MOST] = (sum ^ 1u << rng_below(r, 32)) & INT32_MAX;
}

/* How networks are set up: as those of most links are, or to try the bits. */
enum kind { USUAL, WIDE, ONE_BIT };

/* One of a share that nobody can be dealt stops all others, too. */
static int setup_net(struct rng *r, uint32_t k, enum kind kind, fn_emit *emit,
                     void *ctx)
{
    uint32_t w[SHARE_NET_WORDS] = {0};
    int err = emit(ctx, CSR_WINDOW_INDEX,
                   csr_window(SHARE_TABLE_NET, k * SHARE_NET_WORDS));

    w[NET_QUANTUM] = rng_below(r, 16) > 0 ? 64 + rng_below(r, 1500) : 0;
    w[NET_MOST] = w[NET_QUANTUM] * (1 + rng_below(r, 3));
    w[NET_HOW] = rng_below(r, 4) == 0;
    w[NET_TOKENS] = w[NET_QUANTUM];
    if (rng_below(r, 2) == 0) { /* few, none, or in debt */
        w[NET_TOKENS] = rng_below(r, 700) - 400;
    }
    for (k = NET_PASSED; k < SHARE_NET_WORDS; k++) {
        w[k] = some_count(r);
    }
    if (kind == ONE_BIT) {
        one_bit_net(r, w);
    } else if (rng_below(r, kind == WIDE ? 2 : 32) == 0) {
        wide_net(r, w);
    }
    for (k = 0; err == 0 && k < SHARE_NET_WORDS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, w[k]);
    }
    return err;
}

/* Most links of unusual networks have enough to deal them quanta of any size.
 */
static int setup_link(struct rng *r, uint32_t tick, enum kind kind,
                      fn_emit *emit, void *ctx)
{
    uint32_t w[SHARE_LINK_WORDS] = {
        [LINK_RATE] = 1000 + rng_below(r, 4000),
        [LINK_BURST] = 2000 + rng_below(r, 40000),
        [LINK_SEEN] = tick - some_bits(r, rng_below(r, 4) == 0 ? 32 : 17),
        [LINK_CREDIT] = rng_below(r, 20000),
        [LINK_TURN] = rng_below(r, NETS),
    };
    int err = emit(ctx, CSR_WINDOW_INDEX, csr_window(SHARE_TABLE_LINK, 0));

    switch (rng_below(r, 4)) {
    case 0:
        w[LINK_RATE] = some_bits(r, 32);
        w[LINK_BURST] = some_bits(r, 32);
        w[LINK_CREDIT] = some_bits(r, 32);
        break;
    case 1: /* what comes has any bits, whether there is room or not */
        w[LINK_RATE] = (uint32_t)rng_next(r);
        w[LINK_SEEN] = tick - (uint32_t)(rng_next(r) >> 48);
        break;
    default:
        if (kind != USUAL) {
            w[LINK_BURST] = UINT32_MAX - some_bits(r, 31);
            w[LINK_CREDIT] = (uint32_t)rng_next(r) >> rng_below(r, 8);
        }
        break;
    }
    for (uint32_t k = 0; err == 0 && k < SHARE_LINK_WORDS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, w[k]);
    }
    return err;
}

/* Time goes on by little, mostly; it wraps, and goes back. */
static uint32_t some_tick(struct rng *r)
{
    static const uint32_t from[] = {0, 0xfffffff0, 0x1234, 0x7fffff00};

    return from[rng_below(r, 4)] + rng_below(r, 16);
}

/* All of them anew, also those that are not in use: they are lost in a move. */
static int setup_tables(struct rng *r, uint32_t tick, fn_emit *emit, void *ctx)
{
    uint32_t n = rng_below(r, 4) == 0 ? rng_below(r, NETS + 1) : NETS;
    enum kind kind = rng_below(r, 4) == 0   ? ONE_BIT
                     : rng_below(r, 3) == 0 ? WIDE
                                            : USUAL;
    int err = emit(ctx, SHARE_N_NETS, n);

    err = err < 0 ? err : emit(ctx, SHARE_N_LINK, rng_below(r, 16) > 0);
    for (uint32_t k = 0; err == 0 && k < NETS; k++) {
        err = setup_net(r, k, kind, emit, ctx);
    }
    return err < 0 ? err : setup_link(r, tick, kind, emit, ctx);
}

int share_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t tick = some_tick(r);
    int err = setup_tables(r, tick, emit, ctx);

    if (err == 0 && rng_below(r, 2) == 0) {
        err = emit(ctx, SHARE_NET_BY, rng_below(r, 2));
    }
    if (err == 0 && rng_below(r, 2) == 0) {
        err = emit(ctx, SHARE_LENGTH, rng_below(r, 256));
    }
    return err < 0 ? err : emit(ctx, SHARE_TICK, tick);
}

void share_stimulus_packet(struct rng *r, struct pkt *p)
{
    uint32_t net = rng_below(r, NETS);
    uint32_t len = rng_below(r, 32) == 0 ? LONG : 200;

    if (rng_below(r, 16) == 0) { /* one that there is not, by a bit */
        net ^= 1u << rng_below(r, 16);
    }
    /* Some as short as a beat, so that they come in each clock. */
    p->len_bytes = rng_below(r, rng_below(r, 4) == 0 ? 9 : len);
    for (uint32_t k = 0; k < len; k += 4) {
        be32_store(p->data + k, (uint32_t)rng_next(r));
    }
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)net;
    p->out_port = (uint8_t)rng_next(r);
    p->mark = (uint16_t)net;
    if (rng_below(r, 16) == 0) { /* another one by each of them */
        p->in_port = (uint8_t)rng_next(r);
    }
    p->flags = rng_below(r, 16) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
    if (rng_below(r, 32) == 0) { /* one that no function knows */
        p->flags |= (uint16_t)(1u << (5 + rng_below(r, 10)));
    }
}
