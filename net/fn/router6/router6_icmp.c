/* router6_icmp.c - see router6_icmp.h. */
#include "net/fn/router6/router6_icmp.h"

#include "core/net_eth.h"
#include "core/net_ip4.h"
#include "core/net_ip6.h"

enum {
    ICMP_BYTES = 8, /* header */
    AHEAD = IP6_BYTES + ICMP_BYTES,
    HOPS = 64, /* RFC 1700 */
};

bool icmp6_may_answer(const struct pkt *p, uint32_t at, uint8_t type)
{
    const uint8_t *ip = p->data + at, *src = ip + IP6_SRC;
    bool to_many = (p->data[0] & 1) != 0 || ip[IP6_DST] == 0xff;
    struct ip6_upper u = ip6_upper(ip);

    if ((to_many && type != ICMP6_TOO_BIG) || src[0] == 0xff ||
        (be64_load(src) == 0 && be64_load(src + 8) == 0) ||
        ip6_is_extension(u.proto)) {
        return false;
    }
    return u.proto != NET_ICMP6 || (u.n > 0 && ip[u.at] >= ICMP6_INFORMATION &&
                                    ip[u.at] != ICMP6_REDIRECT);
}

/* With the pseudo-header, RFC 8200, 8.1. */
static uint16_t checksum(const uint8_t *ip, uint32_t n)
{
    uint32_t sum = ip4_sum(n + NET_ICMP6, ip + IP6_SRC, 2 * IP6_ADDR_BYTES);

    return (uint16_t)~ip4_sum(sum, ip + IP6_BYTES, n);
}

bool icmp6_answer(struct pkt *p, uint32_t at, const struct icmp6_error *e)
{
    uint8_t *ip = p->data + at, *icmp = ip + IP6_BYTES;
    uint32_t total = ip6_total(ip), most = IP6_MTU_MIN - AHEAD;
    uint32_t room = p->room_bytes - at;
    uint32_t least = total < IP6_BYTES + 8 ? total : IP6_BYTES + 8;
    uint32_t quote = total < most ? total : most;
    uint8_t src[IP6_ADDR_BYTES];

    if (room < AHEAD + least) {
        return false;
    }
    quote = room < AHEAD + quote ? room - AHEAD : quote;
    memcpy(src, ip + IP6_SRC, sizeof src);
    memmove(ip + AHEAD, ip, quote);
    memset(ip, 0, AHEAD);
    ip[0] = 0x60;
    be16_store(ip + IP6_LENGTH, (uint16_t)(ICMP_BYTES + quote));
    ip[IP6_NEXT] = NET_ICMP6;
    ip[IP6_HOPS] = HOPS;
    for (size_t k = 0; k < 4; k++) {
        be32_store(ip + IP6_SRC + 4 * k, e->from[k]);
    }
    memcpy(ip + IP6_DST, src, sizeof src);
    icmp[0] = e->type;
    be32_store(icmp + 4, e->more);
    be16_store(icmp + 2, checksum(ip, ICMP_BYTES + quote));
    net_eth_turn(p->data);
    p->len_bytes = at + AHEAD + quote;
    p->out_port = p->in_port;
    return true;
}
