/* router4_icmp.c - see router4_icmp.h. */
#include "net/fn/router4/router4_icmp.h"

#include "core/net_eth.h"
#include "core/net_ip4.h"
#include "core/net_key4.h"

enum {
    ICMP_BYTES = 8,     /* header */
    MOST = 576,         /* bytes of an error, IPv4 header included */
    TOS_CONTROL = 0xc0, /* internetwork control: RFC 1812, 4.3.2.5 */
    TTL = 64,           /* RFC 1700 */
};

bool icmp4_may_answer(const struct pkt *p, uint32_t at)
{
    const uint8_t *ip = p->data + at;
    uint32_t header = ip4_header(ip);
    uint8_t type;

    if ((p->data[0] & 1) != 0 ||
        (be16_load(ip + IP4_FRAGMENT) & IP4_OFFSET) != 0) {
        return false;
    }
    if (ip[IP4_PROTO] != NET_ICMP) {
        return true;
    }
    if (be16_load(ip + IP4_LENGTH) == header) {
        return false; /* which kind it is is not known */
    }
    type = ip[header];
    return type != ICMP4_UNREACHABLE && type != ICMP4_QUENCH &&
           type != ICMP4_REDIRECT && type != ICMP4_TIME_EXCEEDED &&
           type != ICMP4_PARAMETER;
}

bool icmp4_answer(struct pkt *p, uint32_t at, const struct icmp4_error *e)
{
    uint8_t *ip = p->data + at, *icmp = ip + IP4_BYTES;
    uint32_t total = be16_load(ip + IP4_LENGTH);
    uint32_t ahead = IP4_BYTES + ICMP_BYTES;
    uint32_t room = p->room_bytes - at;
    uint32_t least = ip4_header(ip) + 8 < total ? ip4_header(ip) + 8 : total;
    uint32_t quote = total < MOST - ahead ? total : MOST - ahead;
    uint32_t src = be32_load(ip + IP4_SRC);

    if (room < ahead + least) {
        return false;
    }
    quote = room < ahead + quote ? room - ahead : quote;
    memmove(icmp + ICMP_BYTES, ip, quote);
    memset(ip, 0, ahead);
    ip[IP4_VERSION_IHL] = 0x45;
    ip[IP4_TOS] = TOS_CONTROL;
    be16_store(ip + IP4_LENGTH, (uint16_t)(ahead + quote));
    be16_store(ip + IP4_ID, e->id);
    ip[IP4_TTL] = TTL;
    ip[IP4_PROTO] = NET_ICMP;
    be32_store(ip + IP4_SRC, e->from);
    be32_store(ip + IP4_DST, src);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, IP4_BYTES));
    icmp[0] = e->type;
    icmp[1] = e->code;
    be16_store(icmp + 6, e->more);
    be16_store(icmp + 2, ip4_checksum(icmp, ICMP_BYTES + quote));
    net_eth_turn(p->data);
    p->len_bytes = at + ahead + quote;
    p->out_port = p->in_port;
    return true;
}
