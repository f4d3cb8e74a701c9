/*
 * share_stimulus.c - a link that is too slow for what comes, for tests:
 * networks with few tokens, with many and in debt, and every verdict happens
 * often.
 */
#include <string.h>

#include "core/base/bytes.h"
#include "net/fn/share/share_text.h"
#include "share_csr.h"

enum { NETS = SHARE_NET_DEPTH_RTL };

/* Entries that are not in use are lost in a move: they are 0 when used again.
 */
static int clear(size_t table, uint32_t word, uint32_t end, fn_emit *emit,
                 void *ctx)
{
    int err = emit(ctx, CSR_WINDOW_INDEX, csr_window(table, word));

    for (; err == 0 && word < end; word++) {
        err = emit(ctx, CSR_WINDOW_DATA, 0);
    }
    return err;
}

/* One of 'n' networks. */
static int setup_net(struct rng *r, uint32_t n, fn_emit *emit, void *ctx)
{
    uint32_t w[SHARE_NET_WORDS] = {0};
    uint32_t k = rng_below(r, n);
    int err = emit(ctx, CSR_WINDOW_INDEX,
                   csr_window(SHARE_TABLE_NET, k * SHARE_NET_WORDS));

    w[NET_QUANTUM] = rng_below(r, 16) > 0 ? 64 + rng_below(r, 1500) : 0;
    w[NET_MOST] = w[NET_QUANTUM] * (1 + rng_below(r, 3));
    w[NET_HOW] = rng_below(r, 8) == 0;
    w[NET_TOKENS] = w[NET_QUANTUM];
    if (rng_below(r, 16) == 0) { /* as nobody would set them */
        for (k = 0; k < SHARE_NET_WORDS; k++) {
            w[k] = (uint32_t)rng_next(r) >> rng_below(r, 32);
        }
        w[NET_QUANTUM] &= SHARE_QUANTUM_MASK;
        w[NET_MOST] &= INT32_MAX;
        w[NET_HOW] &= 1;
    }
    for (k = 0; err == 0 && k < SHARE_NET_WORDS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, w[k]);
    }
    return err;
}

static int setup_link(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t w[SHARE_LINK_WORDS] = {
        [LINK_RATE] = 1000 + rng_below(r, 4000),
        [LINK_BURST] = 2000 + rng_below(r, 40000),
        [LINK_SEEN] = (uint32_t)rng_next(r),
        [LINK_CREDIT] = rng_below(r, 2000),
        [LINK_TURN] = rng_below(r, NETS),
    };
    int err = emit(ctx, CSR_WINDOW_INDEX, csr_window(SHARE_TABLE_LINK, 0));

    if (rng_below(r, 4) == 0) {
        w[LINK_RATE] = (uint32_t)rng_next(r);
        w[LINK_BURST] = (uint32_t)rng_next(r);
        w[LINK_CREDIT] = (uint32_t)rng_next(r);
    }
    for (uint32_t k = 0; err == 0 && k < SHARE_LINK_WORDS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, w[k]);
    }
    return err;
}

/* Time goes on by little, mostly; it wraps, and goes back. */
static int setup_time(struct rng *r, fn_emit *emit, void *ctx)
{
    static const uint32_t from[] = {0, 0xfffffff0, 0x1234, 0x7fffff00};

    return emit(ctx, SHARE_TICK, from[rng_below(r, 4)] + rng_below(r, 16));
}

/* How many there are, and some of them anew. */
static int setup_tables(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t n = rng_below(r, 16) == 0 ? rng_below(r, NETS + 1) : NETS;
    bool link = rng_below(r, 32) > 0;
    int err = emit(ctx, SHARE_N_NETS, n);

    err = err < 0 ? err : emit(ctx, SHARE_N_LINK, link);
    if (err == 0 && n < NETS) {
        err = clear(SHARE_TABLE_NET, n * SHARE_NET_WORDS,
                    NETS * SHARE_NET_WORDS, emit, ctx);
    }
    for (uint32_t k = 0; err == 0 && n > 0 && k < NETS / 2; k++) {
        err = setup_net(r, n, emit, ctx);
    }
    if (err == 0 && !link) {
        err = clear(SHARE_TABLE_LINK, 0, SHARE_LINK_WORDS, emit, ctx);
    } else if (err == 0 && rng_below(r, 2) == 0) {
        err = setup_link(r, emit, ctx);
    }
    return err;
}

int share_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    int err = setup_tables(r, emit, ctx);

    if (err == 0 && rng_below(r, 4) == 0) {
        err = emit(ctx, SHARE_NET_BY, rng_below(r, 2));
    }
    if (err == 0 && rng_below(r, 4) == 0) {
        err = emit(ctx, SHARE_LENGTH, rng_below(r, 256));
    }
    return err < 0 ? err : setup_time(r, emit, ctx);
}

void share_stimulus_packet(struct rng *r, struct pkt *p)
{
    uint32_t net = rng_below(r, rng_below(r, 16) == 0 ? 20 : NETS);

    /* Some as short as a beat, so that they come in each clock. */
    p->len_bytes = rng_below(r, rng_below(r, 4) == 0 ? 9 : 200);
    for (uint32_t k = 0; k < 200; k += 4) {
        be32_store(p->data + k, (uint32_t)rng_next(r));
    }
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)(rng_below(r, 32) == 0 ? rng_next(r) : net);
    p->out_port = (uint8_t)rng_next(r);
    p->mark = (uint16_t)(rng_below(r, 32) == 0 ? rng_next(r) : net);
    p->flags = rng_below(r, 16) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
}
