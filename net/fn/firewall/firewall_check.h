/* firewall_check.h - a body, packets and conversations by hand, for the tests
 * of firewall. */
#ifndef NET_FN_FIREWALL_FIREWALL_CHECK_H
#define NET_FN_FIREWALL_FIREWALL_CHECK_H

#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/net_ip4.h"
#include "firewall_csr.h"
#include "net/fn/firewall/firewall_fate.h"
#include "net/fn/firewall/firewall_state.h"
#include "net/fn/firewall/firewall_text.h"
#include "tests/fn_check.h"

enum {
    ROOM = 256,
    A = 0x0a000001, /* inside, at port 0 */
    B = 0xc6336401, /* outside, at port 1 */
    C = 0xc6336402,
    R = 0xcb007101, /* a router outside */
    FIN = 0x01,
    SYN = 0x02,
    RST = 0x04,
    PSH = 0x08,
    ACK = 0x10,
    URG = 0x20,
};

static inline int bench_open(void **state)
{
    int err = bench_load(*state, "firewall");

    return err < 0
               ? err
               : body_write(((struct bench *)*state)->body, FIREWALL_INSIDE, 1);
}

/* What tests say about a packet; the rest is as in any. */
struct packet {
    uint32_t src, dst;
    uint8_t proto;
    uint16_t sport, dport; /* ICMP: type, identifier */
    uint8_t flags;         /* TCP */
    uint16_t frag, id;     /* as in RFC 791: flags and offset */
    uint8_t port;
    const struct packet *about; /* of an ICMP error */
    uint32_t cut;               /* bytes left out at the end */
};

#define TCP_OUT(f)                                                          \
    {                                                                       \
        .src = A, .dst = B, .proto = NET_TCP, .sport = 40000, .dport = 443, \
        .flags = (f)                                                        \
    }
#define TCP_IN(f)                                                           \
    {                                                                       \
        .src = B, .dst = A, .proto = NET_TCP, .sport = 443, .dport = 40000, \
        .flags = (f), .port = 1                                             \
    }
#define UDP_OUT                                                          \
    {                                                                    \
        .src = A, .dst = B, .proto = NET_UDP, .sport = 5000, .dport = 53 \
    }
#define UDP_IN                                                            \
    {                                                                     \
        .src = B, .dst = A, .proto = NET_UDP, .sport = 53, .dport = 5000, \
        .port = 1                                                         \
    }

/* Writes the packet from its IPv4 header on; its bytes. */
static inline uint32_t ip_make(const struct packet *p, uint8_t *ip)
{
    uint8_t *l4 = ip + IP4_BYTES;
    uint32_t n = IP4_BYTES + (p->proto == NET_TCP ? 20 : 8);

    ip[0] = 0x45;
    be16_store(ip + IP4_ID, p->id);
    be16_store(ip + IP4_FRAGMENT, p->frag);
    ip[IP4_TTL] = 64;
    ip[IP4_PROTO] = p->proto;
    be32_store(ip + IP4_SRC, p->src);
    be32_store(ip + IP4_DST, p->dst);
    if (p->proto == NET_ICMP) {
        l4[0] = (uint8_t)p->sport;
        be16_store(l4 + 4, p->dport);
        if (p->about != NULL) {
            uint8_t inner[ROOM] = {0};
            (void)ip_make(&(struct packet){.src = p->about->src,
                                           .dst = p->about->dst,
                                           .proto = p->about->proto,
                                           .sport = p->about->sport,
                                           .dport = p->about->dport,
                                           .frag = p->about->frag},
                          inner);
            memcpy(l4 + 8, inner, IP4_BYTES + 8);
            n += IP4_BYTES + 8;
        }
    } else {
        be16_store(l4, p->sport);
        be16_store(l4 + 2, p->dport);
        if (p->proto == NET_TCP) {
            l4[12] = 0x50;
            l4[13] = p->flags;
        }
    }
    be16_store(ip + IP4_LENGTH, (uint16_t)n);
    return n;
}

/* Writes 'p' to 'data', which holds ROOM bytes. */
static inline struct pkt packet_make(const struct packet *p, uint8_t *data)
{
    uint32_t n;

    memset(data, 0, ROOM);
    be16_store(data + 12, NET_ETH_IP4);
    n = NET_ETH_LEN + ip_make(p, data + NET_ETH_LEN);
    return (struct pkt){.data = data,
                        .len_bytes = n - p->cut,
                        .room_bytes = ROOM,
                        .in_port = p->port,
                        .out_port = 9,
                        .mark = 0xbeef};
}

/* Runs one packet; all but mark and drop flag must stay. */
static inline struct pkt send_pkt(struct body *b, struct pkt p)
{
    uint8_t to[ROOM];
    struct pkt out = {.data = to, .room_bytes = ROOM};
    struct fn_span x = {FN_PKT, &p, 1, 1, 0}, y = {FN_PKT, &out, 0, 1, 0};

    assert_int_equal(body_run(b, &x, &y), 0);
    assert_int_equal(y.n, 1);
    assert_int_equal(out.len_bytes, p.len_bytes);
    assert_memory_equal(to, p.data, p.len_bytes);
    assert_int_equal(out.in_port, p.in_port);
    assert_int_equal(out.out_port, 9);
    out.data = NULL; /* the bytes end here */
    return out;
}

static inline struct pkt send_one(struct body *b, const struct packet *p)
{
    uint8_t data[ROOM];

    return send_pkt(b, packet_make(p, data));
}

/* ... and says what became of it. */
static inline const char *fate(struct body *b, const struct packet *p)
{
    struct pkt out = send_one(b, p);

    return b->fn->verdict(&out);
}

#define assert_fate(b, name, ...) \
    assert_string_equal(fate((b), &(struct packet)__VA_ARGS__), name)

static inline uint32_t table_word(struct body *b, uint32_t entry, uint32_t word)
{
    uint32_t value;

    assert_int_equal(body_write(b, FIREWALL_WINDOW_INDEX,
                                csr_window(FIREWALL_TABLE_FLOW,
                                           entry * FIREWALL_FLOW_WORDS + word)),
                     0);
    assert_int_equal(body_read(b, CSR_WINDOW_DATA, &value), 0);
    return value;
}

static inline void set_reg(struct body *b, uint32_t offset, uint32_t value)
{
    assert_int_equal(body_write(b, offset, value), 0);
}

static inline void set_text(struct body *b,
                            int (*parse)(const struct fn_text *, fn_emit *,
                                         void *),
                            const char *text)
{
    struct write_list w = {0};
    const struct fn_text t = {"text", text};

    assert_int_equal(parse(&t, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
}

/* --- conversations of TCP ------------------------------------------------- */

static inline uint8_t flags_of(const char *letters)
{
    static const char *const all = "FSRPAU";
    uint8_t flags = 0;

    for (; *letters != '\0'; letters++) {
        flags |= (uint8_t)(1u << (strchr(all, *letters) - all));
    }
    return flags;
}

/*
 * ">S:new <SA:flow >A:open": segments from inside, '>', and from outside, their
 * flags, and what is to become of them.
 */
static inline void talk(struct body *b, const char *text)
{
    char way, letters[8], expected[16];
    int n;

    for (; sscanf(text, " %c%7[A-Z]:%15[a-z]%n", &way, letters, expected, &n) ==
           3;
         text += n) {
        struct packet p = TCP_OUT(flags_of(letters));
        if (way == '<') {
            p = (struct packet)TCP_IN(flags_of(letters));
        }
        const char *is = fate(b, &p);
        if (strcmp(is, expected) != 0) {
            fail_msg("%s at '%s'", is, text);
        }
    }
    assert_int_equal(text[strspn(text, " ")], '\0');
}

#define HANDSHAKE ">S:new <SA:flow >A:open "

#endif
