/*
 * nat44_error.h - ICMP errors: they are about a packet that was translated, and
 * carry the beginning of it (RFC 792; RFC 5508, 4).
 */
#ifndef NET_FN_NAT44_NAT44_ERROR_H
#define NET_FN_NAT44_NAT44_ERROR_H

#include "net/fn/nat44/nat44_map.h"

/* Is ICMP type 'type' an error that names a packet: unreachable, quench, time
 * exceeded, parameter problem? */
static inline bool nat44_is_error(uint8_t type)
{
    return type == 3 || type == 4 || type == 11 || type == 12;
}

/*
 * Translates the ICMP error whose sound IPv4 header is at 'ip' and whose
 * message is whole.  It changes no mapping (RFC 5508, REQ-6).  NAT44_ERROR, or
 * what became of it, with the packet as it was.
 */
enum nat44_fate nat44_error(struct fn_state *s, uint8_t *ip, bool outside);

#endif
