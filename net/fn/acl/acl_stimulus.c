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

static uint32_t small_dscp(struct rng *r)
{
    static const uint8_t values[] = {0, 46, 47, 14};

    return values[rng_below(r, 4)];
}

/* Word 7: in one of three rules the DSCP counts, whole, by class or by a bit.
 */
static uint32_t small_action(struct rng *r)
{
    static const uint8_t masks[] = {0x3f, 0x38, 0x01};
    uint32_t dscp = small_dscp(r) << ACL_DSCP_SHIFT |
                    (uint32_t)masks[rng_below(r, 3)] << ACL_DSCP_MASK_SHIFT;

    return rng_below(r, 2) | (rng_below(r, 3) == 0 ? dscp : 0);
}

/* A word of rule 'k' that packets match now and then. */
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
    default: return small_action(r);
    }
}

/*
 * Key 'k' of as many as there are rules, in words 0, 2, 4, 5, 6 and 7 of one
 * that only it matches.  No two are alike in all but one bit; of the first two
 * each bit of addresses, ports, flags and DSCP differs.
 */
static uint32_t lone_word(uint32_t k, uint32_t word)
{
    uint32_t mixed = (k + 1) * 0x9e3779b1 ^ word * 0x85ebca77;

    mixed = k == 1 ? ~(0x9e3779b1 ^ word * 0x85ebca77) : mixed;
    switch (word) {
    case 1:
    case 3: return 0xffffffff;
    case 4:
    case 5: return (mixed >> 16) * 0x00010001; /* a range of one */
    case 6: return 0xff00ff00u | (mixed & 0x00ff0000) | NET_TCP;
    case 7: return 0x003f0000u | (mixed & 0x00003f00) | (k & 1);
    default: return mixed;
    }
}

/* The same with a mask or range that takes in more. */
static uint32_t wide_word(struct rng *r, uint32_t value, uint32_t word)
{
    uint32_t bits = (uint32_t)(rng_next(r) | rng_next(r)); /* most */

    switch (word) {
    case 1:
    case 3:
        return rng_below(r, 2) == 0
                   ? (uint32_t)(UINT64_C(0xffffffff) << rng_below(r, 33))
                   : bits;
    case 4:
    case 5:
        return rng_below(r, 2) == 0 ? value | 0xffff0000 : value & 0xffff0000;
    case 6: return value & (bits | 0x00ff00ff);
    case 7: return value & (bits | 0xffc0ffff);
    default: return value;
    }
}

/* A range of ports that 'port' is just beyond, or, beyond its end, has none. */
static uint32_t near_ports(struct rng *r, uint32_t port)
{
    uint32_t other = rng_below(r, 3) == 0 ? port + 2 * rng_below(r, 2) - 1
                                          : port ^ 1u << rng_below(r, 16);

    other &= 0xffff;
    switch (rng_below(r, 3)) {
    case 0: return other * 0x00010001;
    default: return other > port ? 0xffff0000 | other : other << 16;
    }
}

/* Makes words [8] of a lone rule those of one that differs in one bit, or by
 * one in a port. */
static void near_rule(struct rng *r, uint32_t *w)
{
    uint32_t bit = rng_below(r, 118);

    switch (bit / 32) {
    case 0: w[0] ^= 1u << bit % 32; break;
    case 1: w[2] ^= 1u << bit % 32; break;
    case 2: w[4 + bit % 2] = near_ports(r, w[4 + bit % 2] & 0xffff); break;
    default:
        if (bit < 104) {
            w[6] ^= 1u << (bit - 96); /* protocol */
        } else if (bit < 112) {
            w[6] ^= 1u << (bit - 104 + 16); /* flags */
        } else {
            w[7] ^= 1u << (bit - 112 + ACL_DSCP_SHIFT);
        }
    }
}

enum kind {
    SMALL, /* all from few, so that packets meet them */
    LONE,  /* each for its own key */
    NEAR,  /* each for one that differs in a bit from a key of two */
};

/* Words [8] of rule 'k'. */
static void rule_words(struct rng *r, enum kind kind, uint32_t k, uint32_t *w)
{
    /* A bit for each word whose mask or range is wide.  Where keys are near few
     * rules match, so that packets get by them to the last. */
    uint32_t one_of = kind == NEAR ? 32 : 4;
    uint32_t wide = rng_below(r, one_of) == 0 ? rng_below(r, 256) : 0;
    uint32_t base = rng_below(r, 2);

    for (uint32_t word = 0; word < ACL_RULE_WORDS; word++) {
        w[word] = kind == SMALL ? small_word(r, word)
                                : lone_word(kind == NEAR ? base : k, word);
    }
    if (kind == NEAR && rng_below(r, 256) > 0) {
        near_rule(r, w);
    }
    for (uint32_t word = 0; kind != SMALL && word < ACL_RULE_WORDS; word++) {
        if ((wide >> word & 1) != 0 && (kind == LONE || (word & 1) != 0)) {
            w[word] = wide_word(r, w[word], word);
        }
    }
    if (kind != SMALL) { /* what is kept and not looked at */
        w[7] |= (uint32_t)rng_next(r) & 0xffc0c0fe;
        w[7] ^= rng_below(r, 2);
    }
}

/* How many: few leave room for packets that none matches, all are in use now
 * and then. */
static uint32_t small_count(struct rng *r)
{
    switch (rng_below(r, 4)) {
    case 0: return rng_below(r, ACL_RULE_DEPTH_RTL + 1);
    case 1: return rng_below(r, 65);
    default: return rng_below(r, 17);
    }
}

int acl_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    static const enum kind kinds[] = {SMALL, LONE, NEAR, NEAR};
    enum kind kind = kinds[rng_below(r, 4)];
    uint32_t words[ACL_RULE_WORDS];
    uint32_t n = kind != SMALL && rng_below(r, 4) > 0
                     ? (uint32_t)ACL_RULE_DEPTH_RTL
                     : small_count(r);
    int err = emit(ctx, ACL_NO_MATCH, rng_below(r, 2));

    err = err < 0 ? err : emit(ctx, ACL_NO_FLAGS, rng_below(r, 4) == 0);
    err = err < 0 ? err
                  : emit(ctx, ACL_WINDOW_INDEX, csr_window(ACL_TABLE_RULE, 0));
    for (uint32_t k = 0; err == 0 && k < n; k++) {
        rule_words(r, kind, k, words);
        for (uint32_t word = 0; err == 0 && word < ACL_RULE_WORDS; word++) {
            err = emit(ctx, CSR_WINDOW_DATA, words[word]);
        }
    }
    return err < 0 ? err : emit(ctx, ACL_N_RULES, n);
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
    ip[1] = (uint8_t)(small_dscp(r) << 2 | rng_below(r, 4));
    be16_store(ip + 2, (uint16_t)total);
    be16_store(ip + 6, (uint16_t)(rng_below(r, 8) << 13 | fragment(r)));
    ip[9] = protocols[rng_below(r, 5)];
    be32_store(ip + 12, small_addr(r));
    be32_store(ip + 16, small_addr(r));
    be16_store(ports, (uint16_t)rng_below(r, 6));
    be16_store(ports + 2, (uint16_t)rng_below(r, 6));
}

/* Makes 'port' one more or one less. */
static void step_port(struct rng *r, uint8_t *port)
{
    be16_store(port, (uint16_t)(be16_load(port) + 2 * rng_below(r, 2) - 1));
}

/*
 * Gives a packet the key of a lone rule, or one that differs in one bit, or by
 * one in a port.
 */
static void store_lone(struct rng *r, uint8_t *ip, uint32_t ihl)
{
    static const uint32_t among[] = {2, 2, 16, ACL_RULE_DEPTH_RTL};
    uint32_t k = rng_below(r, among[rng_below(r, 4)]);
    uint32_t bit = rng_below(r, 260); /* of 118, two steps, or none */
    uint8_t *ports = ip + (size_t)4 * ihl;

    ip[1] = (uint8_t)(lone_word(k, 7) >> ACL_DSCP_SHIFT << 2);
    ip[9] = (uint8_t)lone_word(k, 6);
    be32_store(ip + 12, lone_word(k, 0));
    be32_store(ip + 16, lone_word(k, 2));
    be16_store(ports, (uint16_t)lone_word(k, 4));
    be16_store(ports + 2, (uint16_t)lone_word(k, 5));
    ports[13] = (uint8_t)(lone_word(k, 6) >> 16);
    if (bit < 64) { /* addresses */
        ip[12 + bit / 8] ^= (uint8_t)(1 << bit % 8);
    } else if (bit < 96) {
        ports[bit / 8 - 8] ^= (uint8_t)(1 << bit % 8);
    } else if (bit < 104) {
        ip[9] ^= (uint8_t)(1 << bit % 8);
    } else if (bit < 112) {
        ports[13] ^= (uint8_t)(1 << bit % 8);
    } else if (bit < 118) {
        ip[1] ^= (uint8_t)(4 << (bit - 112));
    } else if (bit < 130) {
        step_port(r, ports + (bit % 2 == 0 ? 0 : 2));
    }
}

/* 'type', or one of another bit. */
static uint16_t near_type(struct rng *r, uint16_t type)
{
    return rng_below(r, 8) == 0 ? (uint16_t)(type ^ 1u << rng_below(r, 16))
                                : type;
}

void acl_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint16_t tags[] = {0x8100, 0x88a8, 0x86dd};
    uint8_t *d = p->data;
    uint32_t at = 12;
    uint32_t ihl = rng_below(r, 4) == 0 ? 5 + rng_below(r, 11) : 5;
    bool lone = rng_below(r, 2) == 0;
    uint32_t payload = rng_below(r, lone ? 16 : 4) == 0
                           ? small_len(r)
                           : rng_below(r, 100) + (lone ? 20 : 0);

    /* Random bytes for the longest there is; room for 3 bytes more. */
    for (uint32_t k = 0; k < 14 + 12 + 4 * ihl + payload; k += 4) {
        be32_store(d + k, (uint32_t)rng_next(r));
    }
    while (rng_below(r, 8) < 3 && at < 24) {
        be16_store(d + at, near_type(r, tags[rng_below(r, 3)]));
        at += 4;
    }
    be16_store(d + at, near_type(r, 0x0800));
    store_ip(r, d + at + 2, ihl, payload);
    if (lone) {
        store_lone(r, d + at + 2, ihl);
        if (rng_below(r, 4) > 0) { /* nothing wrong with it */
            d[at + 2] = (uint8_t)(0x40 | ihl);
            be16_store(d + at + 4, (uint16_t)(4 * ihl + payload));
            be16_store(d + at + 8, 0x4000);
        }
    }
    p->len_bytes = at + 2 + 4 * ihl + payload;
    if (rng_below(r, lone ? 16 : 4) == 0) { /* cut anywhere, down to nothing */
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
