/* nat44_map.c - see nat44_map.h. */
#include "net/fn/nat44/nat44_map.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/net_key4.h"
#include "net/fn/nat44/nat44_block.h"

enum {
    SWEEPS = 2, /* entries that one step of the sweep looks at */
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
};

/* Bits of NAT44_TCP; those of the outside are one to the left. */
enum {
    SYN_SENT = 1 << 0,
    SYN_BOTH = 3 << 0,
    FIN_SENT = 1 << 2,
    FIN_BOTH = 3 << 2,
    RESET = 1 << 4,
    FORWARDED = 1 << 8, /* its port is of no block */
};

/* --- life of the body ----------------------------------------------------- */

int nat44_open(struct fn_state *s)
{
    const struct csr_layout *l = &nat44_csr;
    struct nat44_regs *regs = s->regs;
    struct nat44 *own = calloc(1, sizeof *own);

    s->own = own;
    if (own == NULL ||
        session_open(&own->map, s, l, NAT44_TABLE_MAP, &regs->n_maps, 2) < 0 ||
        session_open(&own->block, s, l, NAT44_TABLE_BLOCK, &regs->n_blocks, 2) <
            0 ||
        session_open(&own->forward, s, l, NAT44_TABLE_FORWARD,
                     &regs->n_forwards, 2) < 0 ||
        session_open(&own->fragment, s, l, NAT44_TABLE_FRAGMENT, &regs->n_frags,
                     1) < 0) {
        return ERR_NO_MEM;
    }
    return 0;
}

void nat44_close(struct fn_state *s)
{
    struct nat44 *own = s->own;

    if (own != NULL) {
        session_close(&own->map);
        session_close(&own->block);
        session_close(&own->forward);
        session_close(&own->fragment);
        free(own);
    }
}

void nat44_prepare(struct fn_state *s)
{
    struct nat44 *own = s->own;
    uint32_t seed = ((const struct nat44_regs *)s->regs)->seed;

    session_prepare(&own->map, s, seed);
    session_prepare(&own->block, s, seed);
    session_prepare(&own->forward, s, seed);
    session_prepare(&own->fragment, s, seed);
}

/* --- age ------------------------------------------------------------------ */

/* RFC 5382, REQ-5; with both FINs or a RST a connection is about to end. */
static bool is_open(uint32_t tcp)
{
    return (tcp & SYN_BOTH) == SYN_BOTH && (tcp & FIN_BOTH) != FIN_BOTH &&
           (tcp & RESET) == 0;
}

bool nat44_is_old(const struct nat44_regs *regs, const uint32_t *map)
{
    uint8_t proto = (uint8_t)map[3];
    uint32_t life = proto == NET_UDP          ? regs->udp_ticks
                    : proto != NET_TCP        ? regs->icmp_ticks
                    : is_open(map[NAT44_TCP]) ? regs->tcp_ticks
                                              : regs->trans_ticks;

    return life != 0 && regs->tick - map[NAT44_SEEN] > life;
}

bool nat44_keep(const struct nat44_regs *regs, uint32_t *map,
                const struct nat44_packet *p)
{
    uint32_t tcp = map[NAT44_TCP], seen = map[NAT44_SEEN];
    bool refresh = p->proto == NET_TCP || !p->outside ||
                   (regs->policy >> NAT44_POLICY_REFRESH_SHIFT & 1) != 0;

    if (p->proto == NET_TCP && (p->flags & TCP_SYN) != 0) {
        /* Another connection: what the one before said of its end is over. */
        tcp &= is_open(tcp | SYN_BOTH)
                   ? ~(uint32_t)FIN_BOTH
                   : ~(uint32_t)(SYN_BOTH | FIN_BOTH | RESET);
        tcp |= (uint32_t)SYN_SENT << p->outside;
    }
    if (p->proto == NET_TCP && (p->flags & TCP_FIN) != 0) {
        tcp |= (uint32_t)FIN_SENT << p->outside;
    }
    if (p->proto == NET_TCP && (p->flags & TCP_RST) != 0) {
        tcp |= RESET;
    }
    seen = refresh ? regs->tick : seen;
    if (seen == map[NAT44_SEEN] && tcp == map[NAT44_TCP]) {
        return false;
    }
    map[NAT44_SEEN] = seen;
    map[NAT44_TCP] = tcp;
    return true;
}

/* --- mappings ------------------------------------------------------------- */

static void unmap(struct fn_state *s, uint32_t number)
{
    struct session *t = &nat44_of(s)->map;
    struct flow_key out = session_key(t, number, 1);
    bool forwarded = (session_entry(t, number)[NAT44_TCP] & FORWARDED) != 0;

    session_remove(t, number);
    if (!forwarded) {
        nat44_give_back(s, out);
    }
}

/* Adds an entry whose keys MAP does not have. */
static uint32_t add(struct fn_state *s, const struct flow_key key[2],
                    uint32_t how)
{
    struct nat44_regs *regs = s->regs;
    uint32_t number = session_add(&nat44_of(s)->map, key);

    if (number != SESSION_NONE) {
        uint32_t *w = session_entry(&nat44_of(s)->map, number);
        w[NAT44_SEEN] = regs->tick;
        w[NAT44_TCP] = how;
        regs->n_new++;
    }
    return number;
}

/* The mapping that FORWARD has for 'key', made anew, unless one of its ends has
 * another that is not too old. */
static uint32_t forward(struct fn_state *s, struct flow_key key)
{
    struct nat44 *own = nat44_of(s);
    uint32_t number = session_find(&own->forward, key);

    if (number == SESSION_NONE) {
        return SESSION_NONE;
    }
    struct flow_key both[2] = {session_key(&own->forward, number, 0),
                               session_key(&own->forward, number, 1)};
    for (size_t k = 0; k < 2; k++) {
        uint32_t old = session_find(&own->map, both[k]);
        if (old != SESSION_NONE &&
            !nat44_is_old(s->regs, session_entry(&own->map, old))) {
            return SESSION_NONE;
        }
        if (old != SESSION_NONE) {
            unmap(s, old);
        }
    }
    return add(s, both, FORWARDED);
}

uint32_t nat44_find_any(struct fn_state *s, struct flow_key key,
                        uint32_t number)
{
    struct nat44_regs *regs = s->regs;
    struct session *t = &nat44_of(s)->map;

    number = session_again(t, key, number);
    if (number != SESSION_NONE) {
        const uint32_t *w = session_entry(t, number);
        if (w[NAT44_SEEN] == regs->tick || !nat44_is_old(regs, w)) {
            return number;
        }
        unmap(s, number);
    }
    return regs->n_forwards > 0 ? forward(s, key) : (uint32_t)SESSION_NONE;
}

enum nat44_fate nat44_make(struct fn_state *s, struct flow_key key,
                           uint32_t *number)
{
    const struct nat44_regs *regs = s->regs;
    struct flow_key both[2] = {key};

    if (regs->n_maps >= NAT44_MAP_DEPTH) {
        return NAT44_FULL;
    }
    if (regs->pool_size == 0) {
        return NAT44_NO_BLOCK;
    }
    enum nat44_fate fate = nat44_take(s, key, &both[1]);
    if (fate == NAT44_OUT) {
        *number = add(s, both, 0);
    }
    return fate;
}

void nat44_sweep(struct fn_state *s)
{
    struct nat44_regs *regs = s->regs;
    const struct session *t = &nat44_of(s)->map;

    for (int n = 0; n < SWEEPS && regs->n_maps > 0; n++) {
        /* What is removed leaves its place to the last entry. */
        uint32_t at = regs->sweep < regs->n_maps ? regs->sweep : 0;
        at = at < NAT44_MAP_DEPTH ? at : 0;
        if (nat44_is_old(regs, session_entry(t, at))) {
            unmap(s, at);
        } else {
            at++;
        }
        regs->sweep = at;
    }
}
