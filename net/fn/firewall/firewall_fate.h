/* firewall_fate.h - what becomes of packets, and how their marks say so. */
#ifndef NET_FN_FIREWALL_FIREWALL_FATE_H
#define NET_FN_FIREWALL_FIREWALL_FATE_H

enum firewall_fate {
    /* passed; marked with the fate in [15:13] and the flow's rule in [12:0] */
    FATE_PASS, /* no IPv4 */
    FATE_NEW,
    FATE_FLOW,
    FATE_OPEN,
    FATE_RELATED,
    /* dropped */
    FATE_REFUSED, /* marked with the rule */
    FATE_OTHER,   /* from here on with FATE_DROPPED + fate */
    FATE_HEADER,
    FATE_FLAGS,
    FATE_INVALID,
    FATE_LIMITED,
    FATE_FULL,
    FATE_FRAGMENT,
    FATES,
    FATE_SHIFT = 13,
    FATE_DROPPED = 0xff00,
};

#endif
