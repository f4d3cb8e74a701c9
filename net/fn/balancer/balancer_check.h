/* balancer_check.h - bodies and frames by hand, for the tests of balancer. */
#ifndef NET_FN_BALANCER_BALANCER_CHECK_H
#define NET_FN_BALANCER_BALANCER_CHECK_H

#include <string.h>

#include "balancer_csr.h"
#include "core/net_ip4.h"
#include "core/net_key4.h"
#include "net/fn/balancer/balancer_text.h"
#include "tests/fn_each.h"

enum {
    FRAME_MAX = 128,
    BURST = 257,
    FIN = 0x01,
    SYN = 0x02,
    RST = 0x04,
    ACK = 0x10,
};

static const uint8_t came_to[6] = {2, 0xaa, 0, 0, 0, 1};
static const uint8_t came_from[6] = {2, 0xbb, 0, 0, 0, 2};

static inline int bench_open(void **state)
{
    return bench_load(*state, "balancer");
}

static inline uint32_t table_word(struct body *b, size_t table, uint32_t word)
{
    write_reg(b, CSR_WINDOW_INDEX, csr_window(table, word));
    return read_reg(b, CSR_WINDOW_DATA);
}

/* Entries of CONN that are in use, of the first 'n'. */
static inline uint32_t conns_in_use(struct body *b, uint32_t n)
{
    uint32_t used = 0;

    for (uint32_t k = 0; k < n; k++) {
        used += table_word(b, BALANCER_TABLE_CONN, 2 * k + 1) >> 15 & 1;
    }
    return used;
}

/* A packet: from 192.168.0.0 + client, port, to a service. */
struct frame {
    uint32_t dst;
    uint16_t dport;
    uint16_t client, sport;
    uint8_t flags; /* of TCP; UDP when 'udp' */
    bool udp;
    uint16_t fragment; /* word of the header */
    uint8_t tags;
    uint8_t len; /* 0: whole */
};

static inline struct pkt frame_make(const struct frame *f, uint8_t *d)
{
    uint32_t l4_bytes = f->udp ? 8 : 20, at = 12;

    memset(d, 0, FRAME_MAX);
    memcpy(d, came_to, 6);
    memcpy(d + 6, came_from, 6);
    for (int k = 0; k < f->tags; k++, at += 4) {
        be16_store(d + at, NET_ETH_TAG);
    }
    be16_store(d + at, NET_ETH_IP4);
    uint8_t *ip = d + at + 2, *l4 = ip + IP4_BYTES;
    ip[0] = 0x45;
    be16_store(ip + IP4_LENGTH, (uint16_t)(IP4_BYTES + l4_bytes));
    be16_store(ip + IP4_FRAGMENT, f->fragment);
    ip[IP4_TTL] = 64;
    ip[IP4_PROTO] = f->udp ? NET_UDP : NET_TCP;
    be32_store(ip + IP4_SRC, 0xc0a80000 + f->client);
    be32_store(ip + IP4_DST, f->dst);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, IP4_BYTES));
    be16_store(l4, f->sport);
    be16_store(l4 + 2, f->dport);
    if (!f->udp) {
        l4[12] = 0x50;
        l4[13] = f->flags;
    }
    return (struct pkt){
        .data = d,
        .len_bytes = f->len != 0 ? f->len : at + 2 + IP4_BYTES + l4_bytes,
        .room_bytes = FRAME_MAX,
        .in_port = 3,
        .out_port = 0x77, /* of a function before */
        .mark = 0xbeef,
        .flags = PKT_MIRROR,
    };
}

/* Runs 'n' packets into out[], with bytes of their own. */
static inline void run_packets(struct body *b, struct pkt *in, size_t n,
                               struct pkt *out)
{
    static uint8_t to[BURST][FRAME_MAX];
    struct fn_span x = {FN_PKT, in, n, FN_BURST_PKT, 0};
    struct fn_span y = {FN_PKT, out, 0, n, 0};

    assert_true(n <= FN_BURST_PKT);
    for (size_t k = 0; k < n; k++) {
        out[k] = (struct pkt){.data = to[k], .room_bytes = FRAME_MAX};
    }
    assert_int_equal(body_run(b, &x, &y), 0);
    assert_int_equal(y.n, n);
}

/* What became of one packet: its verdict, and its backend, -1 without one. */
struct outcome {
    const char *verdict;
    int backend;
    struct pkt p;
    uint8_t bytes[FRAME_MAX];
};

/* Checks all that a verdict says of the packet but where it goes. */
static inline struct outcome outcome_of(struct body *b, const struct pkt *in,
                                        const struct pkt *out)
{
    struct outcome o = {.verdict = b->fn->verdict(out), .backend = -1};
    uint32_t fate = out->mark >> 12;

    o.p = *out;
    assert_int_equal(out->len_bytes, in->len_bytes);
    assert_int_equal(out->in_port, in->in_port);
    memcpy(o.bytes, out->data, out->len_bytes);
    if (fate >= BALANCER_KNOWN && fate <= BALANCER_HASHED) {
        o.backend = out->mark & 0xff;
        assert_int_equal(out->flags, in->flags);
        assert_memory_equal(out->data + 12, in->data + 12, in->len_bytes - 12);
    } else {
        assert_int_equal(out->flags,
                         in->flags |
                             (fate >= BALANCER_NO_BACKEND ? PKT_DROP : 0));
        assert_int_equal(out->out_port, in->out_port);
        assert_memory_equal(out->data, in->data, in->len_bytes);
    }
    return o;
}

static inline struct outcome run_frame(struct body *b, const struct frame *f)
{
    static uint8_t bytes[FRAME_MAX];
    struct pkt in = frame_make(f, bytes), out;

    run_packets(b, &in, 1, &out);
    return outcome_of(b, &in, &out);
}

#endif
