/* acl_check.h - bodies, packets and rules by hand, for the tests of acl. */
#ifndef NET_FN_ACL_ACL_CHECK_H
#define NET_FN_ACL_ACL_CHECK_H

#include <string.h>

#include "core/base/bytes.h"
#include "core/net_key4.h"
#include "net/fn/acl/acl_rules.h"
#include "tests/fn_each.h"

enum {
    FRAME_LEN = 14 + 20 + 20,
    BURST = 32,
    A = 0x0a010203, /* 10.1.2.3 */
    B = 0xc0a80909, /* 192.168.9.9 */
};

static inline int bench_open(void **state)
{
    return bench_load(*state, "acl");
}

static inline void set_rules(struct body *b, const char *rules)
{
    struct write_list w = {0};
    const struct fn_text t = {"rules", rules};

    assert_int_equal(acl_parse_rules(&t, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
}

/* --- packets and rules --- */

/* What tests say about a packet; the rest is as in any. */
struct packet {
    uint32_t src, dst;
    uint8_t proto;
    uint16_t sport, dport;
    uint8_t flags; /* TCP flags; ICMP: its type */
    uint16_t frag; /* flags and offset of RFC 791 */
    uint16_t type; /* 0: IPv4 */
    uint8_t tos;   /* DSCP and ECN, as they stand in the header */
    uint32_t cut;  /* bytes left out at the end */
    uint16_t in;   /* enum pkt_flag, as it comes in */
};

/* Writes 'p' to 'data', which holds FRAME_LEN bytes. */
static inline struct pkt packet_make(const struct packet *p, uint8_t *data)
{
    uint8_t *ip = data + 14;
    uint8_t *l4 = ip + 20;

    memset(data, 0, FRAME_LEN);
    be16_store(data + 12, p->type != 0 ? p->type : 0x0800);
    ip[0] = 0x45;
    ip[1] = p->tos;
    be16_store(ip + 2, 40);
    be16_store(ip + 6, p->frag);
    ip[8] = 64;
    ip[9] = p->proto;
    be32_store(ip + 12, p->src);
    be32_store(ip + 16, p->dst);
    if (p->proto == NET_ICMP) {
        l4[0] = p->flags;
    } else {
        be16_store(l4, p->sport);
        be16_store(l4 + 2, p->dport);
        l4[13] = p->flags;
    }
    return (struct pkt){
        .data = data,
        .len_bytes = FRAME_LEN - p->cut,
        .room_bytes = FRAME_LEN,
        .in_port = 3,
        .mark = 0xbeef, /* of a function before: acl writes its own */
        .flags = p->in,
    };
}

/*
 * Runs 'n' packets, made from 'p', in one burst and checks what stays as it
 * is.  'out' holds BURST and is what came, without the bytes.
 */
static inline void run_packets(struct body *b, const struct packet *p, size_t n,
                               struct pkt *out)
{
    uint8_t from[BURST][FRAME_LEN], to[BURST][FRAME_LEN];
    struct pkt pkts[BURST];
    struct fn_span in = {FN_PKT, pkts, n, BURST, 0};
    struct fn_span span = {FN_PKT, out, 0, BURST, 0};

    assert_true(n <= BURST);
    for (size_t k = 0; k < BURST; k++) {
        out[k] = (struct pkt){.data = to[k], .room_bytes = FRAME_LEN};
    }
    for (size_t k = 0; k < n; k++) {
        pkts[k] = packet_make(&p[k], from[k]);
    }
    assert_int_equal(body_run(b, &in, &span), 0);
    assert_int_equal(span.n, n);
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(out[k].len_bytes, FRAME_LEN - p[k].cut);
        assert_memory_equal(out[k].data, from[k], out[k].len_bytes);
        assert_int_equal(out[k].in_port, 3);
    }
    for (size_t k = 0; k < BURST; k++) {
        out[k].data = NULL; /* the bytes end here */
    }
}

/* The rest of a struct packet by its protocol. */
#define UDP(sp, dp)  .proto = NET_UDP, .sport = (sp), .dport = (dp)
#define UDP0         UDP(0, 0)
#define SCTP(sp, dp) .proto = NET_SCTP, .sport = (sp), .dport = (dp)
#define TCP(sp, dp, f) \
    .proto = NET_TCP, .sport = (sp), .dport = (dp), .flags = (f)
#define ICMP(type)          .proto = NET_ICMP, .flags = (type)
#define OTHER(number, a, b) .proto = (number), .sport = (a), .dport = (b)

/* Parts of rules: whatever address, ports, protocol, flags. */
#define ANY_ADDR  "@0.0.0.0/0 0.0.0.0/0 "
#define ANY_PORTS "0 : 65535 0 : 65535 "
#define ANY_PROTO "0x00/0x00 0x0000/0x0000 "

#endif
