/*
 * nat44_error.c - see nat44_error.h.
 *
 *   outer:  who tells  -> who sent the packet that went wrong
 *   inner:  who sent it -> where it was to go, at its ports
 */
#include "net/fn/nat44/nat44_error.h"

#include "net/fn/nat44/nat44_edit.h"

enum { ICMP_BYTES = 8, PORTS_BYTES = 8 /* that an error has at least */ };

/* An error, and the packet inside. */
struct error {
    uint8_t *ip, *icmp, *inner, *l4;
    uint32_t n_icmp; /* bytes */
    uint32_t n_l4;
};

/* Finds the packet inside; false for one that is cut, wrong or has no ports. */
static bool split(uint8_t *ip, struct error *e)
{
    uint32_t n_ip = be16_load(ip + IP4_LENGTH);
    uint8_t *inner;

    e->ip = ip;
    e->icmp = ip + ip4_header(ip);
    e->n_icmp = n_ip - ip4_header(ip);
    inner = e->icmp + ICMP_BYTES;
    uint32_t n = e->n_icmp - ICMP_BYTES;
    if (n < IP4_BYTES || inner[IP4_VERSION_IHL] >> 4 != 4 ||
        ip4_header(inner) < IP4_BYTES || n < ip4_header(inner) + PORTS_BYTES ||
        ip4_sum(0, inner, ip4_header(inner)) != 0xffff ||
        ip4_sum(0, e->icmp, e->n_icmp) != 0xffff) {
        return false;
    }
    e->inner = inner;
    e->l4 = inner + ip4_header(inner);
    e->n_l4 = n - ip4_header(inner);
    return true;
}

/* The end of the packet inside, as a key of MAP. */
static struct flow_key end_of(const struct error *e, bool outside, bool dst)
{
    uint8_t proto = e->inner[IP4_PROTO];

    return nat44_key(outside, be32_load(e->inner + (dst ? IP4_DST : IP4_SRC)),
                     be16_load(e->l4 + nat44_port_at(proto, dst)), proto);
}

/* The mapping of an end, NULL when there is none. */
static const uint32_t *mapping(const struct fn_state *s, struct flow_key key)
{
    const struct session *map = &nat44_of(s)->map;
    uint32_t number = session_find(map, key);
    const uint32_t *w =
        number != SESSION_NONE ? session_entry(map, number) : NULL;

    return w == NULL || nat44_is_old(s->regs, w) ? NULL : w;
}

/* The packet inside came from 'map', which it is told now: inside again. */
static void tell_inside(const struct error *e, const uint32_t *map)
{
    nat44_edit(e->inner, e->l4, e->n_l4, false, map[NAT44_IN_ADDR],
               (uint16_t)(map[NAT44_IN_PORT] >> 16));
    nat44_edit(e->ip, NULL, 0, true, map[NAT44_IN_ADDR], 0);
}

/* The packet inside went to 'map', from where it is told: outside again. */
static void tell_outside(const struct error *e, const uint32_t *map)
{
    nat44_edit(e->inner, e->l4, e->n_l4, true, map[NAT44_OUT_ADDR],
               (uint16_t)(map[NAT44_OUT_PORT] >> 16));
    nat44_edit(e->ip, NULL, 0, false, map[NAT44_OUT_ADDR], 0);
}

enum nat44_fate nat44_error(struct fn_state *s, uint8_t *ip, bool outside)
{
    struct error e;

    if (!split(ip, &e)) {
        return NAT44_BAD;
    }
    uint8_t proto = e.inner[IP4_PROTO];
    bool has_ports =
        (proto == NET_TCP || proto == NET_UDP || proto == NET_ICMP) &&
        (be16_load(e.inner + IP4_FRAGMENT) & IP4_OFFSET) == 0;
    bool to_pool = nat44_in_pool(s->regs, be32_load(ip + IP4_DST));
    const uint32_t *to =
        has_ports && to_pool ? mapping(s, end_of(&e, true, false)) : NULL;
    const uint32_t *from =
        has_ports && !outside ? mapping(s, end_of(&e, false, true)) : NULL;
    if (((outside || to_pool) && to == NULL) || (!outside && from == NULL)) {
        return NAT44_UNMAPPED;
    }
    uint32_t was = ip4_sum(0, e.inner, e.n_icmp - ICMP_BYTES);
    if (from != NULL) {
        tell_outside(&e, from);
    }
    if (to != NULL) {
        tell_inside(&e, to);
    }
    uint32_t is = ip4_sum(0, e.inner, e.n_icmp - ICMP_BYTES);
    nat44_sum(e.icmp + NAT44_ICMP_SUM, nat44_gain(0xffff0000 | was, is));
    return NAT44_ERROR;
}
