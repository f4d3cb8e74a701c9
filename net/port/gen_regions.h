/*
 * gen_regions.h - the rules of a generated capture, and the regions of packets
 * for which the first matching rule is certain.
 */
#ifndef NET_PORT_GEN_REGIONS_H
#define NET_PORT_GEN_REGIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every packet drawn from a region has the first matching rule 'rule'. */
struct gen_region {
    uint8_t rule;           /* from 1; 0 is none */
    uint8_t weight;         /* share of packets, of the sum over all regions */
    uint8_t n_tags;         /* VLAN tags; 0: as many as the matcher reads */
    bool may_fragment;      /* certain for ports 0 and flags 0, too */
    uint16_t ether_type;    /* 0 is IPv4 */
    uint8_t proto;          /* 0 is any */
    uint32_t src, src_free; /* the bits of src_free are drawn */
    uint32_t dst, dst_free;
    uint16_t sport[2], dport[2]; /* lowest, highest */
    uint8_t l4_flags, l4_free;   /* TCP flags or ICMP type, likewise */
};

extern const struct gen_region gen_regions[];
extern const size_t gen_regions_n;

/* Rule files' text, one rule a line. */
extern const char gen_rules_text[];

/* [rule], rule from 1: the last column says accept. */
extern const bool gen_rules_accept[];

#endif
