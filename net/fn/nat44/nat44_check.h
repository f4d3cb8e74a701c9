/*
 * nat44_check.h - packets and bodies for the tests of nat44.  Checksums are
 * added up word by word over the whole of what they cover, never updated.
 */
#ifndef NET_FN_NAT44_NAT44_CHECK_H
#define NET_FN_NAT44_NAT44_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/body.h"
#include "core/net_key4.h"
#include "core/registry.h"
#include "nat44_csr.h"
#include "tests/check.h"

enum {
    ROOM = 512,
    IP = 14,        /* offsets in the frames of the tests */
    L4 = IP + 20,   /* without IPv4 options */
    INNER = L4 + 8, /* the packet inside an ICMP error */
    INNER_L4 = INNER + 20,
    IN_PORT = 1, /* from the inside */
    OUT_PORT = 40,
    SYN = 0x02,
    ACK = 0x10,
    FIN = 0x01,
    RST = 0x04,
};

#define HOST_A 0x0a000005u /* 10.0.0.5 */
#define HOST_B 0x0a000006u
#define POOL   0xc0000210u /* 192.0.2.16 */
#define FAR    0xc6336407u /* 198.51.100.7 */
#define FAR_2  0xcb007109u /* 203.0.113.9 */

/* --- bodies --- */

static inline void set(struct body *b, const char *key, const char *value)
{
    struct write_list w = {0};

    assert_int_equal(fn_set(b->fn, key, value, "test", NULL, &w), 0);
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
}

static inline struct body *nat_open(const char *pool, const char *blocks)
{
    struct body *b;

    assert_int_equal(body_open_c(registry_find("nat44"), &b), 0);
    set(b, "inside", "0-3");
    set(b, "pool", pool);
    set(b, "blocks", blocks);
    return b;
}

static inline uint32_t reg(struct body *b, uint32_t offset)
{
    uint32_t value = 0;

    assert_int_equal(body_read(b, offset, &value), 0);
    return value;
}

static inline void poke(struct body *b, uint32_t offset, uint32_t value)
{
    assert_int_equal(body_write(b, offset, value), 0);
}

/* --- packets --- */

/* What tests say of a packet; of ICMP 'sport' is the identifier. */
struct packet {
    uint8_t proto;
    uint32_t src;
    uint16_t sport;
    uint32_t dst;
    uint16_t dport;
    uint8_t flags;     /* of TCP; type of ICMP */
    uint16_t fragment; /* flags and offset */
    uint16_t id;
    bool no_sum; /* UDP without one */
    uint8_t n_payload;
};

static inline uint32_t words_sum(uint32_t sum, const uint8_t *d, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        sum += (uint32_t)d[k] << (k % 2 == 0 ? 8 : 0);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

static inline uint32_t l4_bytes(uint8_t proto)
{
    return proto == NET_TCP ? 20 : 8;
}

static inline uint32_t sum_at(uint8_t proto)
{
    return proto == NET_TCP ? 16 : proto == NET_UDP ? 6 : 2;
}

/* What the checksum of the datagram at 'ip' has to be for the sum to be right,
 * read as one that is there: 0xffff when it is right. */
static inline uint32_t l4_sum(const uint8_t *ip)
{
    uint32_t header = 4 * (ip[0] & 0xfu), n = be16_load(ip + 2) - header;
    uint32_t sum = 0;

    if (ip[9] != NET_ICMP) {
        sum = words_sum(ip[9] + n, ip + 12, 8);
    }
    return words_sum(sum, ip + header, n);
}

/* Writes the packet at 'ip' with right checksums; its bytes. */
static inline uint32_t ip_make(const struct packet *x, uint8_t *ip)
{
    uint32_t n = 20 + l4_bytes(x->proto) + x->n_payload;
    uint8_t *l4 = ip + 20;

    for (uint32_t k = 0; k < n; k++) {
        ip[k] = (uint8_t)(k < 20 + l4_bytes(x->proto) ? 0 : k * 37 + 1);
    }
    ip[0] = 0x45;
    be16_store(ip + 2, (uint16_t)n);
    be16_store(ip + 4, x->id);
    be16_store(ip + 6, x->fragment);
    ip[8] = 64;
    ip[9] = x->proto;
    be32_store(ip + 12, x->src);
    be32_store(ip + 16, x->dst);
    be16_store(ip + 10, (uint16_t)~words_sum(0, ip, 20));
    if (x->proto == NET_ICMP) {
        l4[0] = x->flags;
        be16_store(l4 + 4, x->sport);
    } else {
        be16_store(l4, x->sport);
        be16_store(l4 + 2, x->dport);
    }
    if (x->proto == NET_TCP) {
        l4[12] = 0x50;
        l4[13] = x->flags;
    } else if (x->proto == NET_UDP) {
        be16_store(l4 + 4, (uint16_t)(n - 20));
    }
    uint16_t sum = (uint16_t)~l4_sum(ip);
    if (x->proto == NET_UDP) {
        sum = x->no_sum ? 0 : sum == 0 ? 0xffff : sum;
    }
    be16_store(l4 + sum_at(x->proto), sum);
    return n;
}

static inline struct pkt frame_make(const struct packet *x, uint8_t *d,
                                    uint8_t port)
{
    memset(d, 0, ROOM);
    memcpy(d, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0", 14);
    return (struct pkt){.data = d,
                        .len_bytes = IP + ip_make(x, d + IP),
                        .room_bytes = ROOM,
                        .in_port = port,
                        .mark = 7};
}

/* An ICMP error of 'type' from 'src' to 'dst' about the packet 'x'. */
static inline struct pkt error_make(uint8_t type, uint32_t src, uint32_t dst,
                                    const struct packet *x, uint8_t *d,
                                    uint8_t port)
{
    uint8_t *ip = d + IP;

    memset(d, 0, ROOM);
    memcpy(d, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0", 14);
    uint32_t n = 28 + ip_make(x, d + INNER);
    ip[0] = 0x45;
    be16_store(ip + 2, (uint16_t)n);
    ip[8] = 60;
    ip[9] = NET_ICMP;
    be32_store(ip + 12, src);
    be32_store(ip + 16, dst);
    be16_store(ip + 10, (uint16_t)~words_sum(0, ip, 20));
    d[L4] = type;
    d[L4 + 1] = 1;
    be16_store(d + L4 + 2, (uint16_t)~words_sum(0, d + L4, n - 20));
    return (struct pkt){.data = d,
                        .len_bytes = IP + n,
                        .room_bytes = ROOM,
                        .in_port = port,
                        .mark = 7};
}

/* Runs one packet in place; what came. */
static inline struct pkt run_pkt(struct body *b, struct pkt p)
{
    struct pkt out = {.data = p.data, .room_bytes = ROOM};
    struct fn_span from = {FN_PKT, &p, 1, 1, 0}, to = {FN_PKT, &out, 0, 1, 0};

    assert_int_equal(body_run(b, &from, &to), 0);
    assert_int_equal(to.n, 1);
    return out;
}

/* Ends of a packet that came out; every checksum is added up. */
static inline struct packet ends_of(const uint8_t *ip)
{
    const uint8_t *l4 = ip + 4 * (ip[0] & 0xfu);
    struct packet e = {.proto = ip[9],
                       .src = be32_load(ip + 12),
                       .dst = be32_load(ip + 16),
                       .sport = be16_load(l4),
                       .dport = be16_load(l4 + 2)};

    if (e.proto == NET_ICMP) {
        e.sport = e.dport = be16_load(l4 + 4);
    }
    assert_int_equal(words_sum(0, ip, 4 * (ip[0] & 0xfu)), 0xffff);
    if (e.proto != NET_UDP || be16_load(l4 + 6) != 0) {
        assert_int_equal(l4_sum(ip), 0xffff);
    }
    return e;
}

/* Runs 'x' from 'port' and gives what it became; it must go on. */
static inline struct packet pass(struct body *b, struct packet x, uint8_t port)
{
    uint8_t d[ROOM];
    struct pkt y = run_pkt(b, frame_make(&x, d, port));

    assert_int_equal(y.flags, 0);
    assert_int_equal(y.mark, 7);
    assert_string_equal(b->fn->verdict(&y), "forward");
    return ends_of(d + IP);
}

/* Runs 'x' from 'port', which must be dropped for 'why' and not be changed. */
static inline void refuse(struct body *b, struct packet x, uint8_t port,
                          const char *why)
{
    uint8_t d[ROOM], was[ROOM];
    struct pkt p = frame_make(&x, d, port);

    memcpy(was, d, sizeof was);
    struct pkt y = run_pkt(b, p);
    assert_int_equal(y.flags, PKT_DROP);
    assert_string_equal(b->fn->verdict(&y), why);
    assert_memory_equal(d, was, sizeof was);
}

#define UDP_OF(s, sp, d, dp)           \
    ((struct packet){.proto = NET_UDP, \
                     .src = (s),       \
                     .sport = (sp),    \
                     .dst = (d),       \
                     .dport = (dp),    \
                     .n_payload = 9})
#define TCP_OF(s, sp, d, dp, f)        \
    ((struct packet){.proto = NET_TCP, \
                     .src = (s),       \
                     .sport = (sp),    \
                     .dst = (d),       \
                     .dport = (dp),    \
                     .flags = (f),     \
                     .n_payload = 6})
#define ECHO_OF(s, d, i, t)             \
    ((struct packet){.proto = NET_ICMP, \
                     .src = (s),        \
                     .sport = (i),      \
                     .dst = (d),        \
                     .flags = (t),      \
                     .n_payload = 12})

#endif
