/*
 * acl_stimulus.c - rules and packets for tests, drawn from so small a world
 * that they meet: every verdict, every field and every way a header can be cut
 * happens often.
 */
#include <string.h>

#include "acl_csr.h"
#include "core/base/bytes.h"
#include "core/net_key4.h"
#include "net/fn/acl/acl_rules.h"

static const uint8_t protocols[] = {NET_TCP, NET_UDP, NET_ICMP, NET_SCTP, 47};

static uint32_t small_addr(struct rng *r)
{
    return 0x0a000000 + (rng_below(r, 4) << 16) + rng_below(r, 4);
}

static uint32_t small_mask(struct rng *r)
{
    static const uint32_t masks[] = {0, 0xff000000, 0xffff0000, 0xfffffffc,
                                     0xffffffff};

    return masks[rng_below(r, 5)];
}

static uint32_t small_ports(struct rng *r)
{
    uint32_t low = rng_below(r, 4);

    return rng_below(r, 2) == 0 ? 0xffff0000
                                : (low + rng_below(r, 4)) << 16 | low;
}

/*
 * Key 'k' of as many as there are rules, in words 0, 2, 4, 5 and 6 of one that
 * only it matches.  No two are alike in all but one bit.
 */
static uint32_t lone_word(uint32_t k, uint32_t word)
{
    uint32_t mixed = (k + 1) * 0x9e3779b1 ^ word * 0x85ebca77;

    switch (word) {
    case 1:
    case 3: return 0xffffffff;
    case 4:
    case 5: return (mixed >> 16) * 0x00010001; /* a range of one */
    case 6: return 0xff00ff00u | (mixed & 0x00ff0000) | NET_TCP;
    default: return mixed;
    }
}

/* A word of rule 'k' that few packets match. */
static uint32_t small_word(struct rng *r, uint32_t word)
{
    uint32_t value = 0;

    switch (word) {
    case 0:
    case 2: return small_addr(r);
    case 1:
    case 3: return small_mask(r);
    case 4:
    case 5: return small_ports(r);
    case 6:
        value = rng_below(r, 3) > 0 ? 0xff00u | protocols[rng_below(r, 5)] : 0;
        return value | (rng_below(r, 3) == 0 ? 0x12020000u : 0);
    default: return rng_below(r, 2);
    }
}

int acl_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    bool lone = rng_below(r, 4) == 0; /* for what compares bit by bit */
    int err = emit(ctx, ACL_NO_MATCH, rng_below(r, 2));

    if (err == 0) {
        err = emit(ctx, ACL_NO_FLAGS, rng_below(r, 4) == 0);
    }
    for (uint32_t k = 0; err == 0 && k < ACL_RULE_DEPTH_RTL * ACL_RULE_WORDS;
         k++) {
        uint32_t word = k % ACL_RULE_WORDS;
        err = emit(ctx, ACL_WINDOW_INDEX, csr_window(ACL_TABLE_RULE, k));
        if (err == 0) {
            err = emit(ctx, CSR_WINDOW_DATA,
                       lone && word < 7 ? lone_word(k / ACL_RULE_WORDS, word)
                                        : small_word(r, word));
        }
    }
    /* Few rules leave room for packets that none matches. */
    return err < 0 ? err
                   : emit(ctx, ACL_N_RULES,
                          lone ? (uint32_t)ACL_RULE_DEPTH_RTL
                               : rng_below(r, ACL_RULE_DEPTH_RTL + 1));
}

/* Fragment offset: mostly 0, else any, or one of the 13 bits alone. */
static uint32_t fragment(struct rng *r)
{
    switch (rng_below(r, 8)) {
    case 0: return rng_below(r, 1 << 13);
    case 1: return 1u << rng_below(r, 13);
    default: return 0;
    }
}

/*
 * Bytes behind the IP header: around 4, where the ports end, and 16, where the
 * TCP flags do.
 */
static uint32_t small_len(struct rng *r)
{
    return rng_below(r, 21);
}

/* An IPv4 header of 'ihl' words, and ports; 'payload' bytes follow it. */
static void store_ip(struct rng *r, uint8_t *ip, uint32_t ihl, uint32_t payload)
{
    uint32_t total = 4 * ihl + payload;
    uint8_t *ports = ip + (size_t)4 * ihl;

    ip[0] = (uint8_t)((rng_below(r, 32) == 0 ? 6u : 4u) << 4 |
                      (rng_below(r, 32) == 0 ? rng_below(r, 5) : ihl));
    switch (rng_below(r, 8)) {
    case 0: total = rng_below(r, total + 1); break;
    case 1:
    case 2: total = 4 * ihl + small_len(r); break;
    default: break;
    }
    be16_store(ip + 2, (uint16_t)total);
    be16_store(ip + 6, (uint16_t)(rng_below(r, 8) << 13 | fragment(r)));
    ip[9] = protocols[rng_below(r, 5)];
    be32_store(ip + 12, small_addr(r));
    be32_store(ip + 16, small_addr(r));
    be16_store(ports, (uint16_t)rng_below(r, 6));
    be16_store(ports + 2, (uint16_t)rng_below(r, 6));
}

/*
 * A TCP packet of a key that one rule matches, or of one that differs from it
 * in one bit.
 */
static void lone_packet(struct rng *r, struct pkt *p)
{
    uint32_t k = rng_below(r, ACL_RULE_DEPTH_RTL);
    uint8_t *ip = p->data + 14;
    uint32_t bit = rng_below(r, 128); /* of 112 */

    be16_store(p->data + 12, 0x0800);
    memset(ip, 0, 40);
    ip[0] = 0x45;
    be16_store(ip + 2, 40);
    ip[9] = (uint8_t)lone_word(k, 6);
    be32_store(ip + 12, lone_word(k, 0));
    be32_store(ip + 16, lone_word(k, 2));
    be16_store(ip + 20, (uint16_t)lone_word(k, 4));
    be16_store(ip + 22, (uint16_t)lone_word(k, 5));
    ip[33] = (uint8_t)(lone_word(k, 6) >> 16);
    if (bit < 96) { /* addresses and ports */
        ip[12 + bit / 8] ^= (uint8_t)(1 << bit % 8);
    } else if (bit < 112) {
        ip[bit < 104 ? 33 : 9] ^= (uint8_t)(1 << bit % 8);
    }
    p->len_bytes = 14 + 40;
}

void acl_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint16_t tags[] = {0x8100, 0x88a8, 0x86dd};
    uint8_t *d = p->data;
    uint32_t at = 12;
    uint32_t ihl = rng_below(r, 4) == 0 ? 5 + rng_below(r, 11) : 5;
    uint32_t payload = rng_below(r, 4) == 0 ? small_len(r) : rng_below(r, 120);

    /* Random bytes for the longest there is; room for 3 bytes more. */
    for (uint32_t k = 0; k < 14 + 12 + 4 * ihl + payload; k += 4) {
        be32_store(d + k, (uint32_t)rng_next(r));
    }
    while (rng_below(r, 4) == 0 && at < 24) {
        be16_store(d + at, tags[rng_below(r, 3)]);
        at += 4;
    }
    be16_store(d + at, rng_below(r, 16) == 0 ? 0x0806 : 0x0800);
    store_ip(r, d + at + 2, ihl, payload);
    p->len_bytes = at + 2 + 4 * ihl + payload;
    if (rng_below(r, 4) == 0) {
        lone_packet(r, p);
    } else if (rng_below(r, 4) == 0) { /* cut anywhere, down to nothing */
        p->len_bytes = rng_below(r, p->len_bytes + 1);
    }
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)rng_below(r, 256);
    p->out_port = (uint8_t)rng_below(r, 256);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 16) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
}
