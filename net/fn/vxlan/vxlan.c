/*
 * vxlan.c - VXLAN tunnel end (RFC 7348): Ethernet frames of many networks in
 * UDP over IPv4, and out of it.
 */
#include "core/fn.h"
#include "core/net_eth.h"
#include "core/net_ip4.h"
#include "core/net_key4.h"
#include "net/fn/vxlan/vxlan_map.h"
#include "net/fn/vxlan/vxlan_text.h"
#include "net/table/router.h"
#include "vxlan_csr.h"

enum {
    UDP_BYTES = 8,
    VXLAN_BYTES = 8,
    AHEAD = NET_ETH_LEN + IP4_BYTES + UDP_BYTES + VXLAN_BYTES,
    TAG_BYTES = 4,
    MORE_FRAGMENTS = 0x2000,
    FLAG_VNI = 0x08,      /* the VNI is valid */
    PORTS_FROM = 0xc000,  /* source ports: RFC 7348, 5 */
    ECN = 3,              /* in the TOS byte: RFC 3168, 5 */
    ECN_CE = 3,           /* congestion experienced */
    GROUP_MAC = 0x01005e, /* of multicast over Ethernet: RFC 1112, 6.4 */
};

/* What becomes of a packet. */
enum fate {
    ENCAP,
    DECAP,
    PUNT,
    NO_NETWORK,
    NO_WAY,
    BAD,
    TOO_BIG,
    CONGESTED,
    FATES,
};

/* In the mark: FATE_MARK + enum fate. */
enum { FATE_MARK = 0xff00 };

static bool is_multicast(uint32_t addr)
{
    return addr >> 28 == 0xe;
}

/* --- what is in the tunnel ------------------------------------------------ */

/* The byte with DSCP and ECN of the frame's IPv4 or IPv6 packet; false when it
 * has none in reach. */
static bool tos_of(const struct pkt *p, uint8_t *tos)
{
    uint32_t at4 = net_eth_offset(p, NET_ETH_IP4);
    uint32_t at6 = net_eth_offset(p, NET_ETH_IP6);

    if (at4 != 0 && p->len_bytes >= at4 + IP4_BYTES) {
        *tos = p->data[at4 + IP4_TOS];
        return true;
    }
    if (at6 != 0 && p->len_bytes >= at6 + 2) {
        *tos = (uint8_t)(be16_load(p->data + at6) >> 4);
        return true;
    }
    return false;
}

static void set_tos(struct pkt *p, uint8_t tos)
{
    uint32_t at4 = net_eth_offset(p, NET_ETH_IP4);
    uint32_t at6 = net_eth_offset(p, NET_ETH_IP6);
    uint8_t *ip = p->data + at4;

    if (at4 != 0) {
        uint16_t was = be16_load(ip);
        ip[IP4_TOS] = tos;
        be16_store(ip + IP4_SUM,
                   ip4_sum_change(be16_load(ip + IP4_SUM), was, be16_load(ip)));
    } else {
        ip = p->data + at6;
        be16_store(ip, (uint16_t)((be16_load(ip) & 0xf00f) | tos << 4));
    }
}

/* ECN of the inner packet when that of the outer one was 'outer', or -1 when
 * it must be dropped: RFC 6040, figure 4. */
static int ecn_out(uint32_t inner, uint32_t outer)
{
    enum { NOT_ECT, ECT_1, ECT_0 };

    if (outer == ECN_CE) {
        return inner == NOT_ECT ? -1 : ECN_CE;
    }
    return inner == ECT_0 && outer == ECT_1 ? ECT_1 : (int)inner;
}

/* The same for all packets of a flow: RFC 7348, 5. */
static uint16_t source_port(const struct pkt *p)
{
    struct net_eth eth = net_eth_read(p);
    struct net_key4 key = net_key4_read(p);
    uint64_t h = router_mix(eth.dst << 16 ^ eth.src);

    if (key.has_ip) {
        h ^= router_mix((uint64_t)key.src << 32 | key.dst) ^
             router_mix((uint64_t)key.proto << 32 | (uint32_t)key.sport << 16 |
                        key.dport);
    }
    return (uint16_t)(PORTS_FROM | h >> 50);
}

/* --- into the tunnel ------------------------------------------------------ */

static void store_mac(uint8_t *to, uint32_t low, uint32_t high)
{
    be16_store(to, (uint16_t)high);
    be32_store(to + 2, low);
}

/* Writes the outer headers of 'n' bytes of frame to 'remote' at 'd'. */
static void store_outer(const struct vxlan_regs *regs, uint8_t *d, uint32_t n,
                        uint32_t remote, uint32_t vni, uint16_t port,
                        uint8_t tos)
{
    uint8_t *ip = d + NET_ETH_LEN, *udp = ip + IP4_BYTES;

    memset(d, 0, AHEAD);
    store_mac(d, regs->gateway_lo, regs->gateway_hi);
    if (is_multicast(remote)) {
        store_mac(d, (GROUP_MAC & 0xff) << 24 | (remote & 0x7fffff),
                  GROUP_MAC >> 8);
    }
    store_mac(d + NET_MAC_BYTES, regs->mac_lo, regs->mac_hi);
    be16_store(d + 12, NET_ETH_IP4);
    ip[IP4_VERSION_IHL] = 0x45;
    ip[IP4_TOS] = tos;
    be16_store(ip + IP4_LENGTH,
               (uint16_t)(IP4_BYTES + UDP_BYTES + VXLAN_BYTES + n));
    be16_store(ip + IP4_FRAGMENT, IP4_DONT_FRAGMENT); /* so 0 is an ID */
    ip[IP4_TTL] = (uint8_t)regs->ttl;
    ip[IP4_PROTO] = NET_UDP;
    be32_store(ip + IP4_SRC, regs->local);
    be32_store(ip + IP4_DST, remote);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, IP4_BYTES));
    be16_store(udp, port);
    be16_store(udp + 2, (uint16_t)regs->udp_port);
    be16_store(udp + 4, (uint16_t)(UDP_BYTES + VXLAN_BYTES + n));
    udp[UDP_BYTES] = FLAG_VNI; /* its checksum is 0: RFC 7348, 5 */
    be32_store(udp + UDP_BYTES + 4, vni << 8);
}

static enum fate encapsulate(struct fn_state *s, struct pkt *p)
{
    const struct vxlan_regs *regs = s->regs;
    struct net_eth eth = net_eth_read(p);
    uint8_t tos = 0;

    if (!eth.has_eth) {
        return BAD;
    }
    const uint32_t *network = vxlan_map_access(s, p->in_port, eth.vid);
    if (network == NULL) {
        return NO_NETWORK;
    }
    uint32_t vni = network[0] & 0xffffff;
    uint32_t remote =
        (eth.dst >> 40 & 1) != 0 ? 0 : vxlan_map_remote(s, vni, eth.dst);
    remote = remote != 0 ? remote : network[2];
    if (remote == 0) {
        return NO_WAY;
    }
    bool tagged = be16_load(p->data + 12) == NET_ETH_TAG &&
                  p->len_bytes >= NET_ETH_TAGGED_LEN;
    uint32_t tag = tagged ? TAG_BYTES : 0, n = p->len_bytes - tag;
    if (n + AHEAD - NET_ETH_LEN > regs->mtu || n + AHEAD > p->room_bytes) {
        return TOO_BIG;
    }
    uint16_t port = source_port(p);
    (void)tos_of(p, &tos);
    memmove(p->data + AHEAD + 12, p->data + 12 + tag, n - 12);
    memmove(p->data + AHEAD, p->data, 12);
    store_outer(regs, p->data, n, remote, vni, port, tos);
    p->len_bytes = n + AHEAD;
    p->out_port = (uint8_t)regs->underlay;
    return ENCAP;
}

/* --- out of the tunnel ---------------------------------------------------- */

/* Sum over UDP of 'n' bytes and its pseudo-header (RFC 768): 0xffff if right.
 */
static uint32_t udp_sum(const uint8_t *ip, const uint8_t *udp, uint32_t n)
{
    return ip4_sum(ip4_sum(NET_UDP + n, ip + IP4_SRC, 8), udp, n);
}

/* Is the UDP at 'udp', with 'n' bytes to the end of the packet, VXLAN as it
 * should be? */
static bool is_sound(const uint8_t *ip, const uint8_t *udp, uint32_t n)
{
    uint32_t held = be16_load(udp + 4);

    return held <= n && held >= UDP_BYTES + VXLAN_BYTES + NET_ETH_LEN &&
           (be16_load(udp + 6) == 0 || udp_sum(ip, udp, held) == 0xffff) &&
           (udp[UDP_BYTES] & FLAG_VNI) != 0 &&
           /* Inner tags are for both ends to agree on: RFC 7348, 6.1. */
           be16_load(udp + UDP_BYTES + VXLAN_BYTES + 12) != NET_ETH_TAG;
}

/* Makes 'p' the frame of 'n' bytes at 'at', with a tag unless 'vlan' is 0. */
static void uncover(struct pkt *p, uint32_t at, uint32_t n, uint32_t vlan)
{
    uint32_t tag = vlan != 0 ? TAG_BYTES : 0;

    memmove(p->data, p->data + at, 12);
    memmove(p->data + 12 + tag, p->data + at + 12, n - 12);
    if (tag != 0) {
        be16_store(p->data + 12, NET_ETH_TAG);
        be16_store(p->data + 14, (uint16_t)vlan);
    }
    p->len_bytes = n + tag;
}

/* The frame of 'p' at 'at' of 'n' bytes, that 'from' sent with 'tos'. */
static enum fate take_out(struct fn_state *s, struct pkt *p, uint32_t at,
                          uint32_t n, const uint32_t *network)
{
    const struct vxlan_regs *regs = s->regs;
    const uint8_t *ip = p->data + net_key4_offset(p);
    uint32_t from = be32_load(ip + IP4_SRC);
    struct pkt inner = {.data = p->data + at, .len_bytes = n};
    uint8_t tos;

    if (tos_of(&inner, &tos)) {
        int ecn = ecn_out(tos & ECN, ip[IP4_TOS] & ECN);
        if (ecn < 0) {
            return CONGESTED;
        }
        if (ecn != (tos & ECN)) {
            set_tos(&inner, (uint8_t)((tos & ~ECN) | ecn));
        }
    }
    if (from != regs->local) { /* a group may bring back what was sent */
        vxlan_map_learn(s, network[0] & 0xffffff, net_eth_read(&inner).src,
                        from);
    }
    uncover(p, at, n, network[1] & 0xfff);
    p->out_port = (uint8_t)(network[0] >> 24);
    return DECAP;
}

static enum fate decapsulate(struct fn_state *s, struct pkt *p)
{
    const struct vxlan_regs *regs = s->regs;
    uint32_t at = net_key4_offset(p);
    const uint8_t *ip = p->data + at;

    if (at == 0) {
        return (p->flags & PKT_ERROR) != 0 ? BAD : PUNT;
    }
    if (!ip4_is_sound(ip, p->len_bytes - at)) {
        return BAD;
    }
    uint32_t dst = be32_load(ip + IP4_DST), header = ip4_header(ip);
    const uint8_t *udp = ip + header;
    uint32_t n = be16_load(ip + IP4_LENGTH) - header;
    if ((dst != regs->local && !is_multicast(dst)) ||
        ip[IP4_PROTO] != NET_UDP) {
        return PUNT;
    }
    if ((be16_load(ip + IP4_FRAGMENT) & (MORE_FRAGMENTS | IP4_OFFSET)) != 0 ||
        n < UDP_BYTES) {
        return BAD;
    }
    if (be16_load(udp + 2) != regs->udp_port) {
        return PUNT;
    }
    if (!is_sound(ip, udp, n)) {
        return BAD;
    }
    uint32_t ahead = at + header + UDP_BYTES + VXLAN_BYTES;
    const uint32_t *network =
        vxlan_map_vni(s, be32_load(udp + UDP_BYTES + 4) >> 8);
    if (network == NULL || (is_multicast(dst) && network[2] != dst)) {
        return NO_NETWORK;
    }
    return take_out(s, p, ahead,
                    be16_load(udp + 4) - (uint32_t)(UDP_BYTES + VXLAN_BYTES),
                    network);
}

/* --- packets -------------------------------------------------------------- */

static void end(struct vxlan_regs *regs, struct pkt *p, enum fate fate)
{
    switch (fate) {
    case ENCAP: regs->n_encap++; break;
    case DECAP: regs->n_decap++; break;
    case PUNT: regs->n_punted++; break;
    case NO_NETWORK: regs->n_no_network++; break;
    case NO_WAY: regs->n_no_way++; break;
    case BAD: regs->n_bad++; break;
    case TOO_BIG: regs->n_too_big++; break;
    default: regs->n_ecn++; break;
    }
    p->mark = (uint16_t)(FATE_MARK + fate);
    if (fate != ENCAP && fate != DECAP) {
        p->flags |= fate == PUNT ? PKT_PUNT : PKT_DROP;
    }
}

static void vxlan_run(struct fn_state *s, const struct fn_span *in,
                      struct fn_span *out)
{
    const struct vxlan_regs *regs = s->regs;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k++) {
        pkt_pass(&y[k], &x[k]);
        if (pkt_is_done(&x[k])) {
            continue;
        }
        end(s->regs, &y[k],
            y[k].in_port == regs->underlay ? decapsulate(s, &y[k])
                                           : encapsulate(s, &y[k]));
        vxlan_map_sweep(s);
    }
    out->n = in->n;
}

static const char *const verdicts[] = {"encap",      "decap",     "punt",
                                       "no_network", "no_way",    "bad",
                                       "too_big",    "congested", NULL};

static const char *vxlan_verdict(const struct pkt *p)
{
    uint32_t fate = p->mark - (uint32_t)FATE_MARK;

    return verdicts[fate < FATES ? fate : PUNT]; /* done before it came */
}

static const struct fn_key vxlan_keys[] = {
    {"local", "IPv4 address of this tunnel end", false, vxlan_parse_local},
    {"mac", "its Ethernet address", false, vxlan_parse_mac},
    {"gateway", "the next hop's Ethernet address", false, vxlan_parse_gateway},
    {"networks", "a file of networks: VNI port P [vlan V] [group ADDRESS]",
     true, vxlan_parse_networks},
    {"stations",
     "a file of stations: VNI MAC ADDRESS, that of their tunnel end", true,
     vxlan_parse_stations},
};

const struct fn vxlan_fn = {
    .csr = &vxlan_csr,
    .summary = "VXLAN tunnel end: Ethernet networks in UDP over IPv4",
    .run = vxlan_run,
    .open = vxlan_map_open,
    .prepare = vxlan_map_prepare,
    .close = vxlan_map_close,
    .keys = vxlan_keys,
    .n_keys = sizeof vxlan_keys / sizeof vxlan_keys[0],
    .verdict = vxlan_verdict,
    .verdicts = verdicts,
    .setup = vxlan_stimulus_setup,
    .packet = vxlan_stimulus_packet,
};
