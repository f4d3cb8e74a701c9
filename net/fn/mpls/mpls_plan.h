/*
 * mpls_plan.h - what is done with one packet: decided from its first words, its
 * tables and settings, without touching it.
 */
#ifndef NET_FN_MPLS_MPLS_PLAN_H
#define NET_FN_MPLS_MPLS_PLAN_H

#include "core/base/bytes.h"
#include "core/fn.h"
#include "core/net_eth.h"
#include "mpls_csr.h"

/* What becomes of a packet: its mark. */
enum mpls_fate {
    MPLS_PASS, /* neither MPLS nor in a FEC */
    MPLS_SWAP,
    MPLS_PUSH,
    MPLS_POP,
    MPLS_END,   /* the stack is gone: IP, for whoever is behind */
    MPLS_OTHER, /* as MPLS_PASS, but dropped; so is all up to TOO_BIG */
    MPLS_BAD,
    MPLS_RESERVED,
    MPLS_UNKNOWN,
    MPLS_TTL, /* or punted */
    MPLS_TOO_BIG,
    MPLS_ALERT, /* punted, as all below */
    MPLS_HOST,
    MPLS_DEEP,
    MPLS_FATES,
};

/* Operations of an NHLFE: word HOW. */
enum {
    MPLS_OP = 0x7,       /* mask */
    MPLS_OP_FORWARD = 1, /* labels out take the place of the top one */
    MPLS_OP_LOOK = 2,    /* the LSP ends here: what is below decides */
    MPLS_OP_HOST = 3,    /* punt */
    MPLS_OP_PUSH = 4,    /* labels out are pushed: of FECs only */
    MPLS_OUT_SHIFT = 4,  /* how many labels out */
    MPLS_OUT = 0x3,
    MPLS_PIPE = 1 << 6,
    MPLS_MACS = 1 << 8,
    MPLS_PORT_SHIFT = 16,
};

/* Words of an NHLFE and of a label out in it. */
enum {
    MPLS_FIRST = 1,
    MPLS_DST = 4,
    MPLS_MAC_HI = 5,
    MPLS_SRC = 6,
    MPLS_MTU = 7,
    MPLS_TC_SHIFT = 20,
    MPLS_TC_SET = 1 << 23,
    MPLS_TTL_SHIFT = 24,
};

/* Words of an entry of FTN. */
enum {
    MPLS_ADDR,
    MPLS_MASK,
    MPLS_WHERE,
    MPLS_NEXT,
    MPLS_PORT_COUNTS = 1 << 8,
    MPLS_IS_IP6 = 1 << 9,
};

enum {
    MPLS_NULL4 = 0, /* reserved labels: RFC 3032, 2.1 */
    MPLS_ROUTER_ALERT = 1,
    MPLS_NULL6 = 2,
    MPLS_IMPLICIT_NULL = 3,
    MPLS_LABEL_MIN = 16,
    MPLS_LABEL_MAX = 0xfffff,
    MPLS_REACH = 3,     /* labels looked at */
    MPLS_OUT_MAX = 3,   /* labels out */
    MPLS_KEY_WORDS = 6, /* behind the Ethernet header */
    MPLS_TYPE = 0x8847, /* RFC 5332 */
};

enum mpls_kind { MPLS_NONE, MPLS_STACK, MPLS_IP4, MPLS_IP6 };

/* What a packet is judged by. */
struct mpls_key {
    enum mpls_kind kind;
    uint32_t at; /* offset of what is behind the Ethernet header */
    uint32_t n;  /* words there that are whole, at most MPLS_KEY_WORDS */
    uint32_t word[MPLS_KEY_WORDS];
    uint8_t in_port;
};

struct mpls_plan {
    enum mpls_fate fate;
    uint32_t gone;              /* words removed at key.at */
    uint32_t n_out;             /* ... and what is put there */
    uint32_t out[MPLS_OUT_MAX]; /* from the top down */
    enum mpls_kind type;        /* of the packet from now on; NONE: as it was */
    uint32_t patch_at;          /* word behind out[] that changes, 0: none */
    uint32_t patch;             /* ... to this */
    const uint32_t *nhlfe;      /* gives port and MACs, or NULL */
};

/* The settings and tables of a state that decide. */
struct mpls_tables {
    const struct mpls_regs *regs;
    const uint32_t *nhlfe, *ftn;
    uint32_t n_nhlfe, n_ftn;
};

/* Kind of the packet, and '*at'; MPLS_NONE when it is neither. */
enum mpls_kind mpls_kind_of(const struct pkt *p, uint32_t *at);

struct mpls_key mpls_key_read(const struct pkt *p);
struct mpls_tables mpls_tables_of(const struct fn_state *s);
struct mpls_plan mpls_plan_make(const struct mpls_tables *t,
                                const struct mpls_key *key);

/* A label stack entry in place of one whose TC and TTL are given: 'word' is a
 * label out of an NHLFE; 's' its bottom-of-stack bit. */
static inline uint32_t mpls_entry(uint32_t word, uint32_t tc, uint32_t s,
                                  uint32_t ttl)
{
    uint32_t own = (word & MPLS_TC_SET) != 0 ? word >> MPLS_TC_SHIFT & 7 : tc;

    return word << 12 | own << 9 | s << 8 | ttl;
}

/* What the taps KEY and PLAN take of a packet. */
uint32_t mpls_key_word(const struct mpls_key *key);
uint32_t mpls_plan_word(const struct mpls_plan *plan);

#endif
