/* router6_icmp.h - a packet becomes the ICMPv6 error that answers it. */
#ifndef NET_FN_ROUTER6_ROUTER6_ICMP_H
#define NET_FN_ROUTER6_ROUTER6_ICMP_H

#include "core/fn.h"

enum icmp6 {
    ICMP6_UNREACHABLE = 1, /* code 0: no route */
    ICMP6_TOO_BIG = 2,     /* and 'more' is the MTU */
    ICMP6_TIME_EXCEEDED = 3,
    ICMP6_INFORMATION = 128, /* types from here on are no errors */
    ICMP6_REDIRECT = 137,
};

/* An error, of code 0, and who sends it. */
struct icmp6_error {
    uint8_t type;
    uint32_t more;        /* word behind the checksum */
    const uint32_t *from; /* [4] address of the sender */
};

/*
 * May the packet at 'ip' (sound, 'at' bytes into 'p') be answered with an error
 * of this type?  Not an ICMPv6 error or redirect, nor one whose kind is not in
 * reach; not what came from no address or a group, and what came to a group
 * only when it is too big (RFC 4443, 2.4 e).
 */
bool icmp6_may_answer(const struct pkt *p, uint32_t at, uint8_t type);

/*
 * Makes 'p' the error: back to where it came from, with as much of it as 1280
 * bytes hold (RFC 4443, 2.4 c).  False, and 'p' as it was, when p->data has no
 * room for at least the header and 8 bytes.
 */
bool icmp6_answer(struct pkt *p, uint32_t at, const struct icmp6_error *e);

#endif
