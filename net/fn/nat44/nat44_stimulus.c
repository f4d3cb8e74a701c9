/*
 * nat44_stimulus.c - mappings and packets for tests, drawn from so small a
 * world that they meet.
 *
 * Inside host h is 10.0.0.h and has the block of the pool's first address that
 * begins at port 1024 + 64 h.  Its ports 5000.. stand behind those; those of
 * the last host are all taken.
 */
#include "net/fn/nat44/nat44_stimulus.h"

#include "core/net_ip4.h"
#include "core/net_key4.h"
#include "core/net_text.h"
#include "net/fn/nat44/nat44_map.h"

enum {
    HOSTS = 8,
    MAPPED = 16, /* ports of each host; odd ones TCP, even ones UDP */
    SIZE = 64,
    FORWARDS = 4,
    POOL = 2,
    PORTS = 4, /* 0 and 1 are inside */
    MOST = 60, /* bytes behind the ports' header */
};

#define INSIDE  0x0a000000u /* 10.0.0.0 */
#define OUTSIDE 0xc0000210u /* 192.0.2.16 */
#define REMOTE  0xc6336400u /* 198.51.100.0 */

static uint32_t first_port(uint32_t host)
{
    return 1024 + SIZE * host;
}

static uint8_t proto_of(uint32_t port)
{
    return port % 2 == 1 ? NET_TCP : NET_UDP;
}

static int emit_maps(uint32_t tick, fn_emit *emit, void *ctx)
{
    uint32_t w[NAT44_MAP_WORDS];
    int err = emit(ctx, CSR_WINDOW_INDEX, csr_window(NAT44_TABLE_MAP, 0));

    for (uint32_t k = 0; k < HOSTS * MAPPED; k++) {
        uint32_t host = k / MAPPED, n = k % MAPPED;
        memset(w, 0, sizeof w);
        w[0] = INSIDE + host;
        w[2] = (5000 + n) << 16;
        w[3] = proto_of(n);
        w[4] = OUTSIDE;
        w[6] = (first_port(host) + n) << 16;
        w[7] = 1u << 8 | proto_of(n);
        w[NAT44_SEEN] = tick - n;
        w[NAT44_TCP] = n % 4;
        for (uint32_t i = 0; err == 0 && i < NAT44_MAP_WORDS; i++) {
            err = emit(ctx, CSR_WINDOW_DATA, w[i]);
        }
    }
    return err < 0 ? err : emit(ctx, NAT44_N_MAPS, HOSTS * MAPPED);
}

static int emit_blocks(fn_emit *emit, void *ctx)
{
    uint32_t w[NAT44_BLOCK_WORDS];
    int err = emit(ctx, CSR_WINDOW_INDEX, csr_window(NAT44_TABLE_BLOCK, 0));

    for (uint32_t host = 0; host < HOSTS; host++) {
        bool full = host == HOSTS - 1;
        memset(w, 0, sizeof w);
        w[0] = INSIDE + host;
        w[4] = OUTSIDE;
        w[6] = first_port(host) << 16;
        w[7] = 1u << 8;
        w[9] = full ? SIZE : MAPPED;
        w[10] = full ? UINT32_MAX : (1u << MAPPED) - 1;
        w[11] = full ? UINT32_MAX : 0;
        for (uint32_t i = 0; err == 0 && i < NAT44_BLOCK_WORDS; i++) {
            err = emit(ctx, CSR_WINDOW_DATA, w[i]);
        }
    }
    return err < 0 ? err : emit(ctx, NAT44_N_BLOCKS, HOSTS);
}

static int emit_forwards(fn_emit *emit, void *ctx)
{
    uint32_t w[FORWARDS][NAT44_FORWARD_WORDS];

    for (uint32_t k = 0; k < FORWARDS; k++) {
        const uint32_t words[NAT44_FORWARD_WORDS] = {
            INSIDE + k,  0, 80u << 16,     NET_TCP,
            OUTSIDE + 1, 0, (k + 1) << 16, 1u << 8 | NET_TCP};
        memcpy(w[k], words, sizeof words);
    }
    int err = net_emit_words(NAT44_TABLE_FORWARD, w[0],
                             sizeof w / sizeof w[0][0], emit, ctx);
    return err < 0 ? err : emit(ctx, NAT44_N_FORWARDS, FORWARDS);
}

int nat44_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t tick = (uint32_t)rng_next(r);
    const struct {
        uint32_t offset, value;
    } reg[] = {
        {NAT44_INSIDE_PORTS, 3},
        {NAT44_POOL_ADDR, OUTSIDE},
        {NAT44_POOL_SIZE, POOL},
        {NAT44_BLOCK_HOW, 6 | 1 << NAT44_BLOCK_HOW_MOST_SHIFT},
        {NAT44_TICK, tick},
        {NAT44_TCP_TICKS, 1000},
        {NAT44_UDP_TICKS, 10 + rng_below(r, 20)}, /* some are too old */
        {NAT44_POLICY, rng_below(r, 8) == 0 ? rng_below(r, 16) : 0},
        {NAT44_N_FRAGS, 0},
        {NAT44_SEED, (uint32_t)rng_next(r)},
    };
    int err = 0;

    for (size_t k = 0; err == 0 && k < sizeof reg / sizeof reg[0]; k++) {
        err = emit(ctx, reg[k].offset, reg[k].value);
    }
    err = err < 0 ? err : emit_maps(tick, emit, ctx);
    err = err < 0 ? err : emit_blocks(emit, ctx);
    return err < 0 ? err : emit_forwards(emit, ctx);
}

/* --- packets -------------------------------------------------------------- */

/* The ends of a packet, and what it is. */
struct ends {
    uint32_t src, dst, sport, dport;
    uint8_t proto;
};

static struct ends some_ends(struct rng *r, uint32_t port)
{
    uint32_t host = rng_below(r, HOSTS - 1), n = rng_below(r, MAPPED);
    struct ends e = {.src = REMOTE + rng_below(r, 4),
                     .sport = 80,
                     .dst = OUTSIDE,
                     .dport = first_port(host) + n,
                     .proto = proto_of(n)};

    if (port >= 2) {
        switch (rng_below(r, 24)) {
        case 0: e.dport = 1 + rng_below(r, 2 * FORWARDS), e.dst++; break;
        case 1: e.dport += SIZE / 2; break;
        case 2: e.dst += POOL; break;
        default: break;
        }
        e.proto = e.dst == OUTSIDE + 1 ? (uint8_t)NET_TCP : e.proto;
        return e;
    }
    e.dst = rng_below(r, 24) == 0 ? OUTSIDE : e.src;
    e.src = INSIDE + host;
    e.sport = 5000 + n + (rng_below(r, 24) == 0 ? rng_below(r, 40) : 0);
    if (rng_below(r, 20) == 0) { /* who has no port left */
        e.src = INSIDE + HOSTS - 1;
        e.sport += MAPPED;
    }
    e.dport = e.dst == OUTSIDE ? first_port(rng_below(r, 4)) + n : 80;
    if (rng_below(r, 48) == 0) {
        e.dst = 0xe0000001;
    }
    return e;
}

static void store_l4(struct rng *r, uint8_t *l4, const struct ends *e)
{
    be16_store(l4, (uint16_t)e->sport);
    be16_store(l4 + 2, (uint16_t)e->dport);
    if (e->proto == NET_TCP) {
        static const uint8_t odd[] = {0x02, 0x12, 0x11, 0x04};
        l4[13] = rng_below(r, 8) == 0 ? odd[rng_below(r, 4)] : 0x10;
    } else if (e->proto == NET_ICMP) {
        l4[0] = (uint8_t)(rng_below(r, 4) == 0 ? 0 : 8);
    } else if (rng_below(r, 8) == 0) {
        be16_store(l4 + 6, 0);
    }
}

/* Header of 20 or 24 bytes and what is behind it; its length. */
static uint32_t store_ip(struct rng *r, uint8_t *ip, const struct ends *e)
{
    uint32_t header = rng_below(r, 16) == 0 ? 24 : 20;
    uint32_t total = header + 20 + rng_below(r, MOST);

    ip[IP4_VERSION_IHL] = (uint8_t)(0x40 | header / 4);
    be16_store(ip + IP4_LENGTH, (uint16_t)total);
    be16_store(ip + IP4_ID, (uint16_t)rng_below(r, 4));
    be16_store(ip + IP4_FRAGMENT, (uint16_t)(rng_below(r, 16) > 0   ? 0x4000
                                             : rng_below(r, 2) == 0 ? 0x2000
                                                                    : 0x2001));
    ip[IP4_PROTO] = e->proto;
    be32_store(ip + IP4_SRC, e->src);
    be32_store(ip + IP4_DST, e->dst);
    be16_store(ip + IP4_SUM, 0);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, header));
    store_l4(r, ip + header, e);
    return total;
}

/* An ICMP error from 'e', about what came from there the other way. */
static uint32_t store_error(struct rng *r, uint8_t *ip, const struct ends *e)
{
    struct ends outer = *e,
                inner = {e->dst, e->src, e->dport, e->sport, e->proto};
    uint8_t *icmp = ip + 20;

    (void)store_ip(r, icmp + 8, &inner);
    be16_store(icmp + 8 + IP4_FRAGMENT, 0);
    be16_store(icmp + 8 + IP4_SUM, 0);
    be16_store(icmp + 8 + IP4_SUM,
               ip4_checksum(icmp + 8, ip4_header(icmp + 8)));
    outer.proto = NET_ICMP;
    ip[IP4_VERSION_IHL] = 0x45;
    be16_store(ip + IP4_LENGTH, 20 + 8 + 28 + 8);
    be16_store(ip + IP4_FRAGMENT, 0);
    ip[IP4_PROTO] = NET_ICMP;
    be32_store(ip + IP4_SRC, outer.src);
    be32_store(ip + IP4_DST, outer.dst);
    be16_store(ip + IP4_SUM, 0);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, 20));
    icmp[0] = (uint8_t)(rng_below(r, 2) == 0 ? 3 : 11);
    be16_store(icmp + 2, 0);
    be16_store(icmp + 2, ip4_checksum(icmp, 8 + 28 + 8));
    return 20 + 8 + 28 + 8;
}

void nat44_stimulus_packet(struct rng *r, struct pkt *p)
{
    uint32_t port = rng_below(r, PORTS);
    uint32_t at = rng_below(r, 8) == 0 ? 18 : 14, total;
    struct ends e = some_ends(r, port);
    uint8_t *d = p->data;

    for (uint32_t k = 0; k < at + 20 + 8 + 24 + 20 + MOST; k++) {
        d[k] = (uint8_t)rng_next(r);
    }
    if (at == 18) {
        be16_store(d + 12, 0x8100);
    }
    be16_store(d + at - 2, (uint16_t)(rng_below(r, 48) == 0 ? 0x0806 : 0x0800));
    if (rng_below(r, 24) == 0) {
        total = store_error(r, d + at, &e);
    } else {
        uint32_t odd = rng_below(r, 48);
        e.proto = odd == 0 ? NET_ICMP : odd == 1 ? NET_SCTP : e.proto;
        total = store_ip(r, d + at, &e);
    }
    if (rng_below(r, 48) == 0) {
        d[at + rng_below(r, 20)] ^= (uint8_t)(1u << rng_below(r, 8));
    }
    p->len_bytes = at + total;
    if (rng_below(r, 64) == 0) {
        p->len_bytes = rng_below(r, p->len_bytes + 1);
    }
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)port;
    p->mark = (uint16_t)rng_below(r, 0xff00);
    p->flags = rng_below(r, 32) == 0 ? (uint16_t)(1u << rng_below(r, 3)) : 0;
}
