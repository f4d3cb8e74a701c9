/* firewall_key.h - what a packet is to the firewall, and which flow has it. */
#ifndef NET_FN_FIREWALL_FIREWALL_KEY_H
#define NET_FN_FIREWALL_FIREWALL_KEY_H

#include "core/net_key4.h"
#include "core/pkt.h"
#include "net/table/flow.h"

enum firewall_kind {
    KIND_OTHER,  /* no IPv4, or not Ethernet */
    KIND_HEADER, /* a damaged or cut header, port 0 */
    KIND_FLAGS,  /* TCP flags that no sender sets */
    KIND_STRAY,  /* ICMP that is neither a query, nor an answer, nor an error
                    that tells whose it is */
    /* from here on with a key */
    KIND_TCP,
    KIND_DATA,  /* UDP, SCTP, any other protocol but ICMP */
    KIND_QUERY, /* ICMP */
    KIND_REPLY,
    KIND_ERROR, /* ICMP about a packet of the flow whose key it is */
    KIND_LATER, /* a fragment but the first */
};

/* What a TCP segment says, RFC 9293 3.1. */
enum firewall_segment {
    SEGMENT_SYN,
    SEGMENT_SYN_ACK,
    SEGMENT_FIN,
    SEGMENT_ACK,
    SEGMENT_RST,
    SEGMENTS
};

struct firewall_key {
    struct net_key4 tuple;
    struct flow_key flow; /* of its flow, the same from both ends */
    uint8_t kind;         /* enum firewall_kind */
    uint8_t segment;      /* of TCP: enum firewall_segment */
    bool high;   /* it comes from the end that is second in the flow's key */
    bool first;  /* the first of several fragments */
    uint16_t id; /* of fragments */
};

void firewall_key_read(const struct pkt *p, struct firewall_key *key);

/* The key by which later fragments of a packet find its first. */
struct flow_key firewall_key_fragment(const struct firewall_key *key);

#endif
