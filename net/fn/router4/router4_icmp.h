/* router4_icmp.h - a packet becomes the ICMP error that answers it. */
#ifndef NET_FN_ROUTER4_ROUTER4_ICMP_H
#define NET_FN_ROUTER4_ROUTER4_ICMP_H

#include "core/fn.h"

enum icmp4 {
    ICMP4_UNREACHABLE = 3,
    ICMP4_QUENCH = 4,
    ICMP4_REDIRECT = 5,
    ICMP4_TIME_EXCEEDED = 11,
    ICMP4_PARAMETER = 12,
    ICMP4_NET = 0,            /* code of unreachable: no route */
    ICMP4_NEEDS_FRAGMENT = 4, /* and 'more' is the MTU */
};

/* An error and who sends it. */
struct icmp4_error {
    uint8_t type, code;
    uint16_t more; /* lower half of the word behind the checksum */
    uint32_t from; /* address of the sender */
    uint16_t id;   /* identification of its IPv4 header */
};

/*
 * May the packet at 'ip' (whole and sound, 'at' bytes into 'p') be answered?
 * Not an ICMP error, a later fragment, or what came to many (RFC
 * 1812, 4.3.2.7).
 */
bool icmp4_may_answer(const struct pkt *p, uint32_t at);

/*
 * Makes 'p' the error: back to where it came from, with as much of it as 576
 * bytes hold (RFC 792; RFC 1812, 4.3.2).  False, and 'p' as it was, when
 * p->data has no room for at least the header and 8 bytes.
 */
bool icmp4_answer(struct pkt *p, uint32_t at, const struct icmp4_error *e);

#endif
