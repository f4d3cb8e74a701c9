/*
 * nat44_map.h - mappings of nat44: inside endpoints, the outside endpoints that
 * stand for them, and the blocks of ports these come from.
 *
 * A mapping belongs to inside address, port and protocol, whatever it talks to:
 * endpoint-independent mapping and filtering, RFC 4787, 4.1 and 5.  All of the
 * state is in tables and registers; what is said here holds whatever they hold.
 */
#ifndef NET_FN_NAT44_NAT44_MAP_H
#define NET_FN_NAT44_NAT44_MAP_H

#include "core/fn.h"
#include "nat44_csr.h"
#include "net/table/session.h"

/* What becomes of a packet. */
enum nat44_fate {
    NAT44_OUT,
    NAT44_IN,
    NAT44_HAIRPIN,
    NAT44_ERROR, /* an ICMP error, translated */
    NAT44_PASSED,
    NAT44_BAD, /* from here on dropped */
    NAT44_UNMAPPED,
    NAT44_NO_PORT,
    NAT44_NO_BLOCK,
    NAT44_FULL,
    NAT44_FRAGMENT,
    NAT44_PROTO,
    NAT44_FATES,
};

/* Words of an entry of MAP. */
enum nat44_word {
    NAT44_IN_ADDR,
    NAT44_IN_PORT = 2, /* [31:16] */
    NAT44_OUT_ADDR = 4,
    NAT44_OUT_PORT = 6, /* [31:16] */
    NAT44_SEEN = 8,
    NAT44_TCP,
};

/* Indexes of the tables: what open() keeps of a body. */
struct nat44 {
    struct session map, block, forward, fragment;
};

static inline struct nat44 *nat44_of(const struct fn_state *s)
{
    return s->own;
}

/* The keys of an entry of MAP. */
static inline struct flow_key nat44_key(bool outside, uint32_t addr,
                                        uint16_t port, uint8_t proto)
{
    return flow_key4(addr, 0, port, 0, outside, proto);
}

/* open(), prepare() and close() of struct fn. */
int nat44_open(struct fn_state *s);
void nat44_prepare(struct fn_state *s);
void nat44_close(struct fn_state *s);

/* Is the address one of the pool? */
static inline bool nat44_in_pool(const struct nat44_regs *regs, uint32_t addr)
{
    return addr - regs->pool_addr < regs->pool_size;
}

/* Has an entry of MAP seen no packet for longer than it may? */
bool nat44_is_old(const struct nat44_regs *regs, const uint32_t *map);

/*
 * The entry of MAP with 'key', of which session_find_bulk() said 'number', or
 * SESSION_NONE.  One that is too old is removed first; where FORWARD has the
 * key and MAP has not, it is made.  Numbers of other entries may change.
 */
uint32_t nat44_find_any(struct fn_state *s, struct flow_key key,
                        uint32_t number);

/* The same; first of all for one that was found and had a packet in this
 * TICK. */
static inline uint32_t nat44_find(struct fn_state *s, struct flow_key key,
                                  uint32_t number)
{
    const struct nat44_regs *regs = s->regs;
    const struct session *t = &nat44_of(s)->map;

    if (number < regs->n_maps) {
        const uint32_t *w = session_entry(t, number);
        const uint32_t *end = w + (key.rest >> 8 & 1) * SESSION_KEY_WORDS;
        if (((end[0] ^ key.addrs >> 32) | end[1] | (end[2] ^ key.rest >> 32) |
             (end[3] ^ (uint32_t)key.rest) | (w[NAT44_SEEN] ^ regs->tick)) ==
            0) {
            return number;
        }
    }
    return nat44_find_any(s, key, number);
}

/*
 * Makes a mapping for the inside endpoint 'key', which MAP and FORWARD do not
 * have.  NAT44_OUT and its number, or why there is none.
 */
enum nat44_fate nat44_make(struct fn_state *s, struct flow_key key,
                           uint32_t *number);

/* A packet that a mapping's life depends on. */
struct nat44_packet {
    bool outside; /* where it came from */
    uint8_t proto;
    uint8_t flags; /* of TCP */
};

/*
 * Keeps a mapping alive, as RFC 4787 REQ-6 and RFC 5382 REQ-5 say.  True when
 * that changed a word of it: a packet without SYN, FIN and RST changes nothing
 * in the TICK of an earlier one that came from the same side.
 */
bool nat44_keep(const struct nat44_regs *regs, uint32_t *map,
                const struct nat44_packet *p);

/* Looks at a few entries of MAP from SWEEP on and removes those that are too
 * old. */
void nat44_sweep(struct fn_state *s);

#endif
