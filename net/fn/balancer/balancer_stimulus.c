/*
 * balancer_stimulus.c - few services, backends and clients for tests, so that
 * they meet: connections begin, move, age and fill their sets, and every
 * verdict happens often.
 */
#include <string.h>

#include "balancer_csr.h"
#include "core/base/bytes.h"
#include "core/net_ip4.h"
#include "core/net_key4.h"
#include "net/fn/balancer/balancer_text.h"

enum {
    SERVICES = 4, /* most often */
    VIP = 0x0a090000,
    PAYLOAD = 80, /* most bytes behind the shortest packets */
};

/* How often a value is right but for one bit: once in so many times. */
enum { WRONG_BIT = 12 };

/*
 * Address and port of service 'k'.  The first ones are alike but for one field;
 * all bits are others in an eighth of the settings, and of the packets.
 */
struct name {
    uint32_t addr;
    uint16_t port;
    bool tcp;
};

static struct name some_name(struct rng *r, uint32_t k)
{
    static const uint16_t ports[SERVICES] = {80, 80, 443, 53};
    struct name x = {VIP + k / 3, (uint16_t)(k < SERVICES ? ports[k] : 7u << k),
                     k % 2 == 0};

    if (rng_below(r, 8) == 0) {
        x.addr = ~x.addr;
        x.port = (uint16_t)~x.port;
    }
    return x;
}

/* --- registers and tables --------------------------------------------------
 */

/*
 * Time moves among the 16 ticks around its wrap; when it goes back, all but the
 * youngest are too old.
 */
static int setup_time(struct rng *r, fn_emit *emit, void *ctx)
{
    static const uint32_t ages[] = {0, 1, 2, 4, 8, 30, 62, 63};
    int err = 0;

    if (rng_below(r, 4) == 0) {
        err = emit(ctx, BALANCER_TICK, (0x38 + rng_below(r, 16)) & 0x3f);
    }
    if (err == 0 && rng_below(r, 4) == 0) {
        err = emit(ctx, BALANCER_MAX_AGE, ages[rng_below(r, 8)]);
    }
    if (err == 0 && rng_below(r, 8) == 0) {
        err = emit(ctx, BALANCER_MAC_HIGH,
                   rng_below(r, 2) * rng_nearly(r, 0x0200, 16, WRONG_BIT));
    }
    if (err == 0 && rng_below(r, 8) == 0) {
        err = emit(ctx, BALANCER_MAC_LOW,
                   rng_below(r, 2) == 0 ? 0 : (uint32_t)rng_next(r));
    }
    return err;
}

static int write_at(uint32_t word, fn_emit *emit, void *ctx)
{
    return emit(ctx, CSR_WINDOW_INDEX,
                csr_window(BALANCER_TABLE_SERVICE, word));
}

/* What service 'k' is; it may be off. */
static int setup_name(struct rng *r, uint32_t k, fn_emit *emit, void *ctx)
{
    struct name x = some_name(r, k);
    uint32_t in_use = rng_below(r, 32) == 0 ? 0 : 0x80000000;
    int err = write_at(k * BALANCER_SERVICE_WORDS, emit, ctx);

    err = err < 0 ? err : emit(ctx, CSR_WINDOW_DATA, x.addr);
    return err < 0 ? err
                   : emit(ctx, CSR_WINDOW_DATA,
                          in_use | (uint32_t)x.tcp << 16 | x.port);
}

/* Health: all backends, a few, or none. */
static int setup_health(struct rng *r, uint32_t k, fn_emit *emit, void *ctx)
{
    uint32_t up = (uint32_t)rng_next(r), drain = (uint32_t)rng_next(r);
    int err = write_at(k * BALANCER_SERVICE_WORDS + BALANCER_UP, emit, ctx);

    switch (rng_below(r, 8)) {
    case 0:
        up = rng_below(r, 4) == 0 ? 0xc0000000 : 1u << rng_below(r, 30);
        break;
    case 1: drain |= (uint32_t)rng_next(r); break;
    case 2: drain = 0; break;
    case 3: up = 0x3fffffff; break;
    default: drain &= (uint32_t)rng_next(r); break;
    }
    err = err < 0 ? err : emit(ctx, CSR_WINDOW_DATA, up);
    return err < 0 ? err : emit(ctx, CSR_WINDOW_DATA, drain);
}

/* 'n' words from word 'from' of service 'k' on, of the bits 'bits'. */
static int setup_words(struct rng *r, uint32_t k, uint32_t from, uint32_t n,
                       uint32_t bits, fn_emit *emit, void *ctx)
{
    int err = write_at(k * BALANCER_SERVICE_WORDS + from, emit, ctx);

    for (uint32_t j = 0; err == 0 && j < n; j++) {
        err = emit(ctx, CSR_WINDOW_DATA, (uint32_t)rng_next(r) & bits);
    }
    return err;
}

static int setup_service(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t k = rng_below(r, SERVICES);
    uint32_t n = BALANCER_SERVICE_WORDS - BALANCER_LOOKUP;
    uint32_t from = rng_below(r, n);
    int err = setup_name(r, k, emit, ctx);

    if (rng_below(r, 8) > 0) { /* most often a part of the table */
        n = n - from < 32 ? n - from : 32;
    } else {
        from = 0;
    }
    err = err < 0 ? err : setup_health(r, k, emit, ctx);
    err = err < 0 ? err
                  : setup_words(r, k, BALANCER_BACKEND, 2 * BALANCER_BACKENDS,
                                UINT32_MAX, emit, ctx);
    return err < 0 ? err
                   : setup_words(r, k, BALANCER_LOOKUP + from, n, 0x03ff03ff,
                                 emit, ctx);
}

/* More services than are meant, each written whole. */
static int setup_services(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t n =
        SERVICES + 1 + rng_below(r, BALANCER_SERVICE_DEPTH_RTL - SERVICES);
    int err = emit(ctx, BALANCER_N_SERVICES, n);

    for (uint32_t k = 0; err == 0 && k < n; k++) {
        err = setup_words(r, k, BALANCER_BACKEND + 2 * BALANCER_BACKENDS,
                          BALANCER_SERVICE_WORDS - BALANCER_BACKEND -
                              2 * BALANCER_BACKENDS,
                          0x03ff03ff, emit, ctx);
        err = err < 0
                  ? err
                  : setup_words(r, k, BALANCER_BACKEND, 2 * BALANCER_BACKENDS,
                                UINT32_MAX, emit, ctx);
        err = err < 0 ? err : setup_name(r, k, emit, ctx);
        err = err < 0 ? err : setup_health(r, k, emit, ctx);
    }
    return err;
}

/* Entries that are not in use are lost in a move: they are 0 when used again.
 */
static int count_services(uint32_t n, fn_emit *emit, void *ctx)
{
    int err = emit(ctx, BALANCER_N_SERVICES, n);

    err = err < 0 ? err : write_at(n * BALANCER_SERVICE_WORDS, emit, ctx);
    for (uint32_t k = n * BALANCER_SERVICE_WORDS;
         err == 0 && k < SERVICES * BALANCER_SERVICE_WORDS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, 0);
    }
    return err;
}

/* A connection that hardly any packet finds, for it is in any set; or none. */
static int setup_conn(struct rng *r, bool none, fn_emit *emit, void *ctx)
{
    uint32_t src = (uint32_t)rng_next(r), conn = (uint32_t)rng_next(r);
    int err;

    if (none) {
        src = conn = 0;
    }
    err = emit(ctx, CSR_WINDOW_DATA, src);
    return err < 0 ? err : emit(ctx, CSR_WINDOW_DATA, conn & ~0x100u);
}

static int setup_conns(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t n = 64u << rng_below(r, rng_below(r, 8) == 0 ? 7 : 3);
    uint32_t empty = 2 + rng_below(r, 7); /* of 8 */
    int err = 0;

    /* Not always one of the sizes that are meant. */
    if (rng_below(r, 4) == 0) {
        n = n < BALANCER_CONN_DEPTH_RTL ? n + rng_below(r, n) : n;
    }
    err = emit(ctx, BALANCER_N_CONNS, rng_below(r, 16) == 0 ? n % 64 : n);
    err = err < 0
              ? err
              : emit(ctx, CSR_WINDOW_INDEX, csr_window(BALANCER_TABLE_CONN, 0));
    for (uint32_t k = 0; err == 0 && k < n; k++) {
        err = setup_conn(r, rng_below(r, 8) < empty, emit, ctx);
    }
    return err;
}

int balancer_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    bool many = rng_below(r, 4) == 0;
    bool all = rng_below(r, 16) > 0;
    int err = setup_time(r, emit, ctx);

    if (err == 0 && many) {
        err = setup_services(r, emit, ctx);
    } else if (err == 0) {
        err = count_services(all ? (uint32_t)SERVICES : rng_below(r, SERVICES),
                             emit, ctx);
    }
    for (int k = 0; err == 0 && all && !many && k < 2; k++) {
        err = setup_service(r, emit, ctx);
    }
    if (err == 0 && rng_below(r, 12) == 0) {
        err = setup_conns(r, emit, ctx);
    }
    return err;
}

/* --- packets -------------------------------------------------------------- */

/* A client of few, mostly; some addresses and ports differ in one bit. */
static void store_client(struct rng *r, uint8_t *ip, uint8_t *l4)
{
    uint32_t n = rng_below(r, 64);
    uint32_t src = n < 32 ? 0xc0a80000 | 1u << n % 16 : n * 0x9e3779b1;

    be32_store(ip + IP4_SRC,
               rng_below(r, 32) == 0 ? (uint32_t)rng_next(r) : src);
    be16_store(l4, (uint16_t)((n < 48 ? 0x8000 : n * 0x6f35) ^
                              1u << rng_below(r, 2) * 3));
}

/* The service, or what is like one. */
static bool store_service(struct rng *r, uint8_t *ip, uint8_t *l4)
{
    uint32_t n = rng_below(r, 4) == 0 ? (uint32_t)BALANCER_SERVICE_DEPTH_RTL
                                      : (uint32_t)SERVICES;
    uint32_t k = rng_below(r, n);
    struct name x = some_name(r, k);
    uint32_t near = rng_below(r, 24);
    bool tcp = x.tcp != (near == 0);

    be32_store(ip + IP4_DST, rng_nearly(r, x.addr, 32, WRONG_BIT));
    be16_store(l4 + 2, (uint16_t)rng_nearly(r, x.port, 16, WRONG_BIT));
    ip[IP4_PROTO] = tcp ? NET_TCP : NET_UDP;
    if (near == 1) {
        ip[IP4_PROTO] ^= (uint8_t)(1u << rng_below(r, 8));
    }
    return tcp;
}

/* Behind the Ethernet header; its length. */
static uint32_t store_ip(struct rng *r, uint8_t *ip)
{
    static const uint8_t flags[] = {0x02, 0x02, 0xc2, 0x10, 0x10, 0x10, 0x18,
                                    0x11, 0x12, 0x04, 0x14, 0x06, 0x00};
    uint32_t words = rng_below(r, 12) == 0 ? 5 + rng_below(r, 11) : 5;
    uint8_t *l4 = ip + (size_t)4 * words;
    bool tcp = store_service(r, ip, l4);
    uint32_t len = 4 * words + (tcp ? 16 : 8);

    len += rng_below(r, 2) == 0 ? rng_below(r, PAYLOAD) : 0;
    store_client(r, ip, l4);
    ip[0] = (uint8_t)(0x40 | words);
    be16_store(ip + IP4_LENGTH, (uint16_t)len);
    be16_store(ip + IP4_FRAGMENT, rng_below(r, 2) == 0 ? 0x4000 : 0);
    if (rng_below(r, 24) == 0) {
        be16_store(ip + IP4_FRAGMENT, (uint16_t)(1u << rng_below(r, 14)));
    }
    if (tcp) {
        l4[13] = (uint8_t)rng_nearly(r, flags[rng_below(r, sizeof flags)], 8,
                                     WRONG_BIT);
    }
    if (rng_below(r, 20) == 0) { /* the total length says that it is cut */
        be16_store(ip + IP4_LENGTH, (uint16_t)(4 * words + rng_below(r, 16)));
    }
    if (rng_below(r, 4) == 0) {
        ip[0] = (uint8_t)rng_nearly(r, 0x40 | words, 8, WRONG_BIT);
    }
    return len;
}

void balancer_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint16_t tags[] = {NET_ETH_TAG, NET_ETH_TAG_OUTER};
    uint32_t n_tags = rng_below(r, 6) == 0 ? 1 + rng_below(r, 2) : 0;
    uint32_t at = 12;
    uint8_t *d = p->data;

    for (uint32_t k = 0; k < 256; k += 4) {
        be32_store(d + k, (uint32_t)rng_next(r));
    }
    for (; n_tags > 0; n_tags--, at += 4) {
        be16_store(d + at, tags[rng_below(r, 2)]);
    }
    be16_store(d + at, (uint16_t)rng_nearly(r, NET_ETH_IP4, 16, WRONG_BIT));
    at += 2 + store_ip(r, d + at + 2);
    if (rng_below(r, 4) == 0) { /* cut, often behind the ports */
        at = rng_below(r, 2) == 0 ? 38 : rng_below(r, at + 1);
    }
    p->len_bytes = at;
    p->wire_bytes = at;
    p->in_port = (uint8_t)rng_next(r);
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
