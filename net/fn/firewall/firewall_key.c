/*
 * firewall_key.c - see firewall_key.h.  ICMP: RFC 792, 950 (address masks);
 * which types ask, answer and tell of errors is as in Linux' conntrack.
 */
#include "net/fn/firewall/firewall_key.h"

#include "core/net_ip4.h"

enum {
    ZONE_FLOW = 0,
    ZONE_FRAGMENT = 1,
    ZONE_QUERY = 0x10000, /* and the query's type */
    ICMP_BYTES = 8,
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_ACK = 0x10,
    TCP_URG = 0x20,
};

/* --- TCP ------------------------------------------------------------------ */

/* What the flags say, of which PSH, ECE and CWR go with anything; SEGMENTS for
 * what no sender sets. */
static enum firewall_segment segment_of(uint8_t flags)
{
    switch (flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK | TCP_URG)) {
    case TCP_SYN:
    case TCP_SYN | TCP_URG: return SEGMENT_SYN;
    case TCP_SYN | TCP_ACK: return SEGMENT_SYN_ACK;
    case TCP_FIN | TCP_ACK:
    case TCP_FIN | TCP_ACK | TCP_URG: return SEGMENT_FIN;
    case TCP_ACK:
    case TCP_ACK | TCP_URG: return SEGMENT_ACK;
    case TCP_RST:
    case TCP_RST | TCP_ACK: return SEGMENT_RST;
    default: return SEGMENTS;
    }
}

/* --- keys ----------------------------------------------------------------- */

static bool has_ports(uint8_t proto)
{
    return proto == NET_TCP || proto == NET_UDP || proto == NET_SCTP;
}

/* The key of both directions: the lower end comes first. */
static inline struct flow_key both_ways(const struct net_key4 *t, bool *high)
{
    *high = ((uint64_t)t->src << 16 | t->sport) >
            ((uint64_t)t->dst << 16 | t->dport);
    return *high ? flow_key4(t->dst, t->src, t->dport, t->sport, ZONE_FLOW,
                             t->proto)
                 : flow_key4(t->src, t->dst, t->sport, t->dport, ZONE_FLOW,
                             t->proto);
}

struct flow_key firewall_key_fragment(const struct firewall_key *key)
{
    const struct net_key4 *t = &key->tuple;

    return flow_key4(t->src, t->dst, key->id, 0, ZONE_FRAGMENT, t->proto);
}

/* --- ICMP ----------------------------------------------------------------- */

/* Who asked whom: the same for a query and its reply.  False for ICMP of other
 * types. */
static bool query_key(uint32_t src, uint32_t dst, const uint8_t *icmp,
                      struct firewall_key *key)
{
    uint16_t id = be16_load(icmp + 4);
    uint8_t query = icmp[0];

    switch (icmp[0]) {
    case 8:  /* echo */
    case 13: /* timestamp */
    case 15: /* information */
    case 17: /* address mask */ key->kind = KIND_QUERY; break;
    case 0:
        key->kind = KIND_REPLY;
        query = 8;
        break;
    case 14:
    case 16:
    case 18:
        key->kind = KIND_REPLY;
        query = icmp[0] - 1;
        break;
    default: return false;
    }
    key->high = key->kind == KIND_REPLY;
    key->flow = flow_key4(key->high ? dst : src, key->high ? src : dst, id, id,
                          ZONE_QUERY | query, NET_ICMP);
    return true;
}

/*
 * The flow of the packet that an ICMP error is about: its header and 8 bytes,
 * 'n' bytes at 'ip' that came to 'to'.  Hosts get errors about what they sent
 * only.
 */
static enum firewall_kind error_kind(const uint8_t *ip, uint32_t n, uint32_t to,
                                     struct firewall_key *key)
{
    struct net_key4 t = {.has_ip = true};
    uint32_t header = n >= IP4_BYTES ? ip4_header(ip) : 0;
    const uint8_t *l4 = ip + header;

    if (header < IP4_BYTES || ip[0] >> 4 != 4 || n < header + 8 ||
        be16_load(ip + IP4_LENGTH) < header) {
        return KIND_HEADER;
    }
    t.src = be32_load(ip + IP4_SRC);
    t.dst = be32_load(ip + IP4_DST);
    t.proto = ip[IP4_PROTO];
    if ((be16_load(ip + IP4_FRAGMENT) & IP4_OFFSET) != 0 || t.src != to) {
        return KIND_STRAY;
    }
    if (t.proto == NET_ICMP) {
        return query_key(t.src, t.dst, l4, key) ? KIND_ERROR : KIND_STRAY;
    }
    if (has_ports(t.proto)) {
        t.sport = be16_load(l4);
        t.dport = be16_load(l4 + 2);
    }
    key->flow = both_ways(&t, &key->high);
    return KIND_ERROR;
}

static enum firewall_kind icmp_kind(const struct pkt *p,
                                    struct firewall_key *key)
{
    uint32_t at = net_key4_offset(p);
    const uint8_t *ip = p->data + at;
    uint32_t header = ip4_header(ip);
    uint32_t total = be16_load(ip + IP4_LENGTH);
    uint32_t held = p->len_bytes - at < total ? p->len_bytes - at : total;
    const uint8_t *icmp = ip + header;

    if (held < header + ICMP_BYTES) {
        return KIND_HEADER;
    }
    switch (icmp[0]) {
    case 3:  /* unreachable */
    case 4:  /* source quench */
    case 5:  /* redirect */
    case 11: /* time exceeded */
    case 12: /* parameter problem */
        return error_kind(icmp + ICMP_BYTES, held - header - ICMP_BYTES,
                          key->tuple.dst, key);
    default:
        return query_key(key->tuple.src, key->tuple.dst, icmp, key)
                   ? key->kind
                   : KIND_STRAY;
    }
}

/* --- packets -------------------------------------------------------------- */

/* A fragment: true for the first, of which there is more to say. */
static bool is_first(const struct pkt *p, struct firewall_key *key)
{
    const uint8_t *ip = p->data + net_key4_offset(p);
    uint32_t offset = be16_load(ip + IP4_FRAGMENT) & IP4_OFFSET;

    key->id = be16_load(ip + IP4_ID);
    key->first = offset == 0;
    if (offset == 1 && key->tuple.proto == NET_TCP) {
        key->kind = KIND_HEADER; /* over the flags: RFC 1858, 3.2.2 */
    } else if (offset > 0) {
        key->kind = KIND_LATER;
        key->flow = firewall_key_fragment(key);
    }
    return key->first;
}

void firewall_key_read(const struct pkt *p, struct firewall_key *key)
{
    const struct net_key4 t = net_key4_read(p);

    *key = (struct firewall_key){.tuple = t};
    if (!t.has_ip) {
        key->kind = net_key4_offset(p) != 0 ? KIND_HEADER : KIND_OTHER;
        return;
    }
    if (t.fragment && !is_first(p, key)) {
        return;
    }
    if (t.proto == NET_ICMP) {
        key->kind = (uint8_t)icmp_kind(p, key);
        return;
    }
    key->flow = both_ways(&t, &key->high);
    key->kind = KIND_DATA;
    if (has_ports(t.proto) && (t.sport == 0 || t.dport == 0)) {
        key->kind = KIND_HEADER;
    } else if (t.proto == NET_TCP) {
        key->segment = (uint8_t)segment_of(t.flags);
        key->kind = !t.has_flags               ? KIND_HEADER
                    : key->segment == SEGMENTS ? KIND_FLAGS
                                               : KIND_TCP;
    }
}
