/*
 * vxlan_stimulus.c - networks and packets for tests, drawn from so small a
 * world that stations meet and every fate happens often.
 */
#include "core/net_eth.h"
#include "core/net_ip4.h"
#include "core/net_key4.h"
#include "core/net_text.h"
#include "net/fn/vxlan/vxlan_text.h"
#include "vxlan_csr.h"

enum { NETWORKS = 3, UNDERLAY = 9, STATIONS = 12, ENDS = 4, MTU = 300 };

static const uint32_t local = 0xc0000201; /* 192.0.2.1 */

static uint32_t group_of(uint32_t network)
{
    return network < NETWORKS - 1 ? 0xef000001 + network : 0; /* one has none */
}

/* Networks 0.. are VNI 100.. at ports 0.., the second in VLAN 7. */
int vxlan_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t w[NETWORKS * VXLAN_NETWORK_WORDS];
    const uint32_t regs[][2] = {
        {VXLAN_LOCAL, local},
        {VXLAN_MAC_LO, 0x00000001},
        {VXLAN_MAC_HI, 0x0200},
        {VXLAN_GATEWAY_LO, 0x000000fe},
        {VXLAN_GATEWAY_HI, 0x0200},
        {VXLAN_UNDERLAY, UNDERLAY},
        {VXLAN_MTU, MTU},
        {VXLAN_TICK, rng_below(r, 0x10000)},
        {VXLAN_N_NETWORKS, NETWORKS},
        {VXLAN_SEED, (uint32_t)rng_next(r)},
    };
    int err = 0;

    for (uint32_t k = 0; k < NETWORKS; k++) {
        w[k * VXLAN_NETWORK_WORDS] = k << 24 | (100 + k);
        w[k * VXLAN_NETWORK_WORDS + 1] = k == 1 ? 7 : 0;
        w[k * VXLAN_NETWORK_WORDS + 2] = group_of(k);
    }
    for (size_t k = 0; err >= 0 && k < sizeof regs / sizeof regs[0]; k++) {
        err = emit(ctx, regs[k][0], regs[k][1]);
    }
    return err < 0 ? err
                   : net_emit_words(VXLAN_TABLE_NETWORK, w,
                                    sizeof w / sizeof w[0], emit, ctx);
}

/* A station's address; few of them. */
static void some_mac(struct rng *r, uint8_t *d)
{
    be16_store(d, rng_below(r, 16) == 0 ? 0x0100 : 0x0200);
    be32_store(d + 2, 0x10 + rng_below(r, STATIONS));
}

/* An inner frame of 'network' with or without a packet; its length. */
static uint32_t store_frame(struct rng *r, uint8_t *d, bool tag)
{
    static const uint16_t types[] = {NET_ETH_IP4, NET_ETH_IP4, NET_ETH_IP6,
                                     0x0806};
    uint16_t type = types[rng_below(r, 4)];
    uint32_t n = NET_ETH_LEN + 20 + rng_below(r, 200), at = tag ? 18 : 14;
    uint8_t *ip = d + at;

    for (uint32_t k = 0; k < n + 4; k++) {
        d[k] = (uint8_t)rng_next(r);
    }
    some_mac(r, d);
    some_mac(r, d + 6);
    if (tag) {
        be16_store(d + 12, NET_ETH_TAG);
        be16_store(d + 14, rng_below(r, 4) != 0 ? 7 : 0);
    }
    be16_store(d + at - 2, type);
    if (type == NET_ETH_IP4) {
        ip[IP4_VERSION_IHL] = 0x45;
        be16_store(ip + IP4_LENGTH, (uint16_t)(n - NET_ETH_LEN));
        be16_store(ip + IP4_SUM, 0);
        be16_store(ip + IP4_SUM, ip4_checksum(ip, IP4_BYTES));
    }
    return n + at - NET_ETH_LEN;
}

/* What another tunnel end sends; one of eight is wrong in some way. */
static uint32_t store_outer(struct rng *r, uint8_t *d)
{
    uint8_t *ip = d + NET_ETH_LEN, *udp = ip + IP4_BYTES, *vx = udp + 8;
    uint32_t network = rng_below(r, NETWORKS + 1);
    uint32_t n = store_frame(r, vx + 8, rng_below(r, 32) == 0);
    uint32_t group = rng_below(r, 4) == 0 ? group_of(network % NETWORKS) : 0;

    for (uint32_t k = 0; k < 50; k++) {
        d[k] = (uint8_t)rng_next(r);
    }
    be16_store(d + 12, NET_ETH_IP4);
    ip[IP4_VERSION_IHL] = 0x45;
    be16_store(ip + IP4_LENGTH, (uint16_t)(36 + n));
    be16_store(ip + IP4_FRAGMENT, rng_below(r, 32) == 0 ? 0x2000 : 0x4000);
    ip[IP4_PROTO] = rng_below(r, 32) == 0 ? NET_TCP : NET_UDP;
    be32_store(ip + IP4_SRC, local + 1 + rng_below(r, ENDS));
    be32_store(ip + IP4_DST, group != 0 ? group : local);
    be16_store(udp + 2, rng_below(r, 32) == 0 ? 4790 : 4789);
    be16_store(udp + 4, (uint16_t)(16 + n));
    be16_store(udp + 6, 0);
    vx[0] = rng_below(r, 32) == 0 ? 0 : 0x08;
    be32_store(vx + 4, (100 + network) << 8 | rng_below(r, 256));
    be16_store(ip + IP4_SUM, 0);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, IP4_BYTES));
    if (rng_below(r, 16) == 0) {
        d[rng_below(r, 50)] ^= (uint8_t)(1u << rng_below(r, 8));
    }
    return 50 + n;
}

void vxlan_stimulus_packet(struct rng *r, struct pkt *p)
{
    bool outer = rng_below(r, 2) == 0;

    p->in_port = outer ? UNDERLAY : (uint8_t)rng_below(r, NETWORKS + 1);
    p->len_bytes = outer ? store_outer(r, p->data)
                         : store_frame(r, p->data, p->in_port == 1);
    if (rng_below(r, 32) == 0) {
        p->len_bytes = rng_below(r, p->len_bytes); /* cut */
    }
    if (!outer && rng_below(r, 16) == 0) {
        while (p->len_bytes < MTU) { /* too long with the outer headers */
            p->data[p->len_bytes++] = (uint8_t)rng_next(r);
        }
    }
    p->wire_bytes = p->len_bytes;
    p->flags = rng_below(r, 32) == 0
                   ? (uint16_t)(1u << rng_below(r, 3)) /* as others left it */
                   : 0;
}
