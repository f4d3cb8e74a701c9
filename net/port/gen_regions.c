/*
 * gen_regions.c - see gen_regions.h.
 *
 * The rules form groups by source: 10.1/16 has rules 1-5, 10.2/16 6-8, 10.3/16
 * 9 and 10, 10.4.0/24 11, any source 12-14.  Each region's comment says why no
 * rule before its own takes a packet of it; other groups go without saying.
 *
 * A packet's payload is random.  The ports are ones under which dissectors do
 * not mind that.
 */
#include "net/port/gen_regions.h"

#include "net/port/pkt_build.h"

/* An address in a constant table, where no function can be called. */
#define IP(a, b, c, d) \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))

const char gen_rules_text[] =
    /* 1 is the hole in 2; 4 takes new connections, 5 the established ones. */
    "@10.1.2.3/32\t192.168.1.0/24\t0 : 65535\t443 : 443\t"
    "0x06/0xFF\t0x0000/0x0000\taccept\n"
    "@10.1.0.0/16\t192.168.1.0/24\t0 : 65535\t0 : 1023\t"
    "0x06/0xFF\t0x0000/0x0000\tdrop\n"
    "@10.1.0.0/16\t192.168.1.10/32\t1024 : 65535\t8443 : 8443\t"
    "0x06/0xFF\t0x0000/0x0000\taccept\n"
    "@10.1.0.0/16\t192.168.0.0/16\t0 : 65535\t0 : 65535\t"
    "0x06/0xFF\t0x0200/0x1200\tdrop\n"
    "@10.1.0.0/16\t192.168.0.0/16\t0 : 65535\t0 : 65535\t"
    "0x06/0xFF\t0x0000/0x0000\taccept\n"
    /* 6 is the hole in 7. */
    "@10.2.0.0/16\t172.16.5.14/32\t0 : 65535\t514 : 514\t"
    "0x11/0xFF\t0x0000/0x0000\taccept\n"
    "@10.2.0.0/16\t172.16.5.0/24\t0 : 65535\t514 : 514\t"
    "0x11/0xFF\t0x0000/0x0000\tdrop\n"
    "@10.2.0.0/16\t172.16.0.0/16\t1024 : 65535\t5000 : 5999\t"
    "0x11/0xFF\t0x0000/0x0000\taccept\n"
    /* Echo requests pass, other ICMP does not. */
    "@10.3.0.0/16\t0.0.0.0/0\t0 : 65535\t0 : 65535\t"
    "0x01/0xFF\t0x0800/0xFF00\taccept\n"
    "@10.3.0.0/16\t0.0.0.0/0\t0 : 65535\t0 : 65535\t"
    "0x01/0xFF\t0x0000/0x0000\tdrop\n"
    "@10.4.0.0/24\t203.0.113.0/24\t0 : 65535\t0 : 65535\t"
    "0x00/0x00\t0x0000/0x0000\tdrop\n"
    /* One service of a closed network. */
    "@0.0.0.0/0\t198.51.100.7/32\t0 : 65535\t443 : 443\t"
    "0x06/0xFF\t0x0000/0x0000\taccept\n"
    "@0.0.0.0/0\t198.51.100.0/24\t0 : 65535\t0 : 65535\t"
    "0x00/0x00\t0x0000/0x0000\tdrop\n"
    "@0.0.0.0/0\t0.0.0.0/0\t51820 : 51820\t51820 : 51820\t"
    "0x11/0xFF\t0x0000/0x0000\taccept\n";

const bool gen_rules_accept[] = {false, true,  false, true,  false,
                                 true,  true,  false, true,  true,
                                 false, false, true,  false, true};

const struct gen_region gen_regions[] = {
    /* The first rule loses to none. */
    {.rule = 1,
     .weight = 5,
     .proto = PKT_PROTO_TCP,
     .src = IP(10, 1, 2, 3),
     .dst = IP(192, 168, 1, 0),
     .dst_free = 0xff,
     .sport = {0, 65535},
     .dport = {443, 443},
     .l4_free = 0x1b},
    /* Not the host of 1. */
    {.rule = 2,
     .weight = 4,
     .may_fragment = true,
     .proto = PKT_PROTO_TCP,
     .src = IP(10, 1, 128, 0),
     .src_free = 0x7fff,
     .dst = IP(192, 168, 1, 0),
     .dst_free = 0xff,
     .sport = {0, 65535},
     .dport = {0, 1023},
     .l4_free = 0x1b},
    /* The host of 1, but above its port. */
    {.rule = 2,
     .weight = 3,
     .proto = PKT_PROTO_TCP,
     .src = IP(10, 1, 2, 3),
     .dst = IP(192, 168, 1, 0),
     .dst_free = 0xff,
     .sport = {0, 65535},
     .dport = {444, 1023},
     .l4_free = 0x1b},
    /* The host of 1, but below its port, which fragments are, too. */
    {.rule = 2,
     .weight = 2,
     .may_fragment = true,
     .proto = PKT_PROTO_TCP,
     .src = IP(10, 1, 2, 3),
     .dst = IP(192, 168, 1, 0),
     .dst_free = 0xff,
     .sport = {0, 65535},
     .dport = {0, 442},
     .l4_free = 0x1b},
    /* A port outside 1 and 2. */
    {.rule = 3,
     .weight = 6,
     .proto = PKT_PROTO_TCP,
     .src = IP(10, 1, 0, 0),
     .src_free = 0xffff,
     .dst = IP(192, 168, 1, 10),
     .sport = {1024, 65535},
     .dport = {8443, 8443},
     .l4_free = 0x1b},
    /* A network outside 1-3. */
    {.rule = 4,
     .weight = 3,
     .proto = PKT_PROTO_TCP,
     .src = IP(10, 1, 0, 0),
     .src_free = 0xffff,
     .dst = IP(192, 168, 128, 0),
     .dst_free = 0x7fff,
     .sport = {0, 65535},
     .dport = {0, 65535},
     .l4_flags = 0x02,
     .l4_free = 0xc8},
    /* A port outside 1-3. */
    {.rule = 4,
     .weight = 3,
     .proto = PKT_PROTO_TCP,
     .src = IP(10, 1, 0, 0),
     .src_free = 0xffff,
     .dst = IP(192, 168, 1, 0),
     .dst_free = 0xff,
     .sport = {0, 65535},
     .dport = {1024, 8442},
     .l4_flags = 0x02,
     .l4_free = 0xc8},
    /* A network outside 1-3; with ACK, or without flags, not 4. */
    {.rule = 5,
     .weight = 3,
     .may_fragment = true,
     .proto = PKT_PROTO_TCP,
     .src = IP(10, 1, 0, 0),
     .src_free = 0xffff,
     .dst = IP(192, 168, 128, 0),
     .dst_free = 0x7fff,
     .sport = {0, 65535},
     .dport = {0, 65535},
     .l4_flags = 0x10,
     .l4_free = 0x0b},
    /* A port outside 1-3; without SYN not 4. */
    {.rule = 5,
     .weight = 3,
     .proto = PKT_PROTO_TCP,
     .src = IP(10, 1, 0, 0),
     .src_free = 0xffff,
     .dst = IP(192, 168, 1, 0),
     .dst_free = 0xff,
     .sport = {0, 65535},
     .dport = {8444, 65535},
     .l4_flags = 0x04,
     .l4_free = 0x19},
    /* The first rule for UDP from 10.2/16. */
    {.rule = 6,
     .weight = 6,
     .proto = PKT_PROTO_UDP,
     .src = IP(10, 2, 0, 0),
     .src_free = 0xffff,
     .dst = IP(172, 16, 5, 14),
     .sport = {0, 65535},
     .dport = {514, 514}},
    /* Not the host of 6. */
    {.rule = 7,
     .weight = 6,
     .proto = PKT_PROTO_UDP,
     .src = IP(10, 2, 0, 0),
     .src_free = 0xffff,
     .dst = IP(172, 16, 5, 128),
     .dst_free = 0x7f,
     .sport = {0, 65535},
     .dport = {514, 514}},
    /* A network outside 6 and 7. */
    {.rule = 8,
     .weight = 3,
     .proto = PKT_PROTO_UDP,
     .src = IP(10, 2, 0, 0),
     .src_free = 0xffff,
     .dst = IP(172, 16, 128, 0),
     .dst_free = 0x7fff,
     .sport = {1024, 65535},
     .dport = {5000, 5999}},
    /* The network of 6 and 7, but not their port. */
    {.rule = 8,
     .weight = 3,
     .proto = PKT_PROTO_UDP,
     .src = IP(10, 2, 0, 0),
     .src_free = 0xffff,
     .dst = IP(172, 16, 5, 0),
     .dst_free = 0xff,
     .sport = {1024, 65535},
     .dport = {5000, 5999}},
    /* The first rule for ICMP. */
    {.rule = 9,
     .weight = 6,
     .proto = PKT_PROTO_ICMP,
     .src = IP(10, 3, 0, 0),
     .src_free = 0xffff,
     .dst = IP(0, 0, 0, 0),
     .dst_free = 0xffffffff,
     .l4_flags = 0x08},
    /* Types other than 9: 0, and those of 13 and 15. */
    {.rule = 10,
     .weight = 3,
     .may_fragment = true,
     .proto = PKT_PROTO_ICMP,
     .src = IP(10, 3, 0, 0),
     .src_free = 0xffff,
     .dst = IP(0, 0, 0, 0),
     .dst_free = 0xffffffff},
    /* Likewise. */
    {.rule = 10,
     .weight = 3,
     .may_fragment = true,
     .proto = PKT_PROTO_ICMP,
     .src = IP(10, 3, 0, 0),
     .src_free = 0xffff,
     .dst = IP(0, 0, 0, 0),
     .dst_free = 0xffffffff,
     .l4_flags = 0x0d,
     .l4_free = 0x02},
    /* The first rule from 10.4/16. */
    {.rule = 11,
     .weight = 7,
     .may_fragment = true,
     .src = IP(10, 4, 0, 0),
     .src_free = 0xff,
     .dst = IP(203, 0, 113, 0),
     .dst_free = 0xff,
     .sport = {0, 65535},
     .dport = {0, 65535},
     .l4_free = 0x08},
    /* A source outside 1-11. */
    {.rule = 12,
     .weight = 6,
     .proto = PKT_PROTO_TCP,
     .src = IP(100, 64, 0, 0),
     .src_free = 0x3fffff,
     .dst = IP(198, 51, 100, 7),
     .sport = {0, 65535},
     .dport = {443, 443},
     .l4_free = 0x1b},
    /* Not the host of 12. */
    {.rule = 13,
     .weight = 3,
     .may_fragment = true,
     .src = IP(100, 64, 0, 0),
     .src_free = 0x3fffff,
     .dst = IP(198, 51, 100, 128),
     .dst_free = 0x7f,
     .sport = {0, 65535},
     .dport = {0, 65535},
     .l4_free = 0x08},
    /* The host of 12, but not its protocol. */
    {.rule = 13,
     .weight = 2,
     .may_fragment = true,
     .proto = PKT_PROTO_UDP,
     .src = IP(100, 64, 0, 0),
     .src_free = 0x3fffff,
     .dst = IP(198, 51, 100, 7),
     .sport = {0, 65535},
     .dport = {443, 443}},
    /* The host of 12, but above its port; fragments are below. */
    {.rule = 13,
     .weight = 2,
     .may_fragment = true,
     .proto = PKT_PROTO_TCP,
     .src = IP(100, 64, 0, 0),
     .src_free = 0x3fffff,
     .dst = IP(198, 51, 100, 7),
     .sport = {0, 65535},
     .dport = {444, 65535},
     .l4_free = 0x1b},
    /* A source and a target outside 1-13. */
    {.rule = 14,
     .weight = 3,
     .proto = PKT_PROTO_UDP,
     .src = IP(100, 64, 0, 0),
     .src_free = 0x3fffff,
     .dst = IP(203, 0, 200, 0),
     .dst_free = 0xff,
     .sport = {51820, 51820},
     .dport = {51820, 51820}},
    /* The source of 1-5, but not their protocol. */
    {.rule = 14,
     .weight = 2,
     .proto = PKT_PROTO_UDP,
     .src = IP(10, 1, 0, 0),
     .src_free = 0xffff,
     .dst = IP(192, 168, 1, 0),
     .dst_free = 0xff,
     .sport = {51820, 51820},
     .dport = {51820, 51820}},
    /* The networks of 6-8, but not their ports. */
    {.rule = 14,
     .weight = 2,
     .proto = PKT_PROTO_UDP,
     .src = IP(10, 2, 0, 0),
     .src_free = 0xffff,
     .dst = IP(172, 16, 5, 0),
     .dst_free = 0xff,
     .sport = {51820, 51820},
     .dport = {51820, 51820}},
    /* A source and a target outside 1-13, and not the protocol of 14. */
    {.rule = 0,
     .weight = 2,
     .may_fragment = true,
     .proto = PKT_PROTO_TCP,
     .src = IP(100, 64, 0, 0),
     .src_free = 0x3fffff,
     .dst = IP(192, 0, 2, 0),
     .dst_free = 0xff,
     .sport = {0, 65535},
     .dport = {0, 65535},
     .l4_free = 0x1b},
    /* Likewise. */
    {.rule = 0,
     .weight = 1,
     .proto = PKT_PROTO_ICMP,
     .src = IP(100, 64, 0, 0),
     .src_free = 0x3fffff,
     .dst = IP(192, 0, 2, 0),
     .dst_free = 0xff,
     .l4_flags = 0x08},
    /* One port of 14, but not the other. */
    {.rule = 0,
     .weight = 1,
     .may_fragment = true,
     .proto = PKT_PROTO_UDP,
     .src = IP(100, 64, 0, 0),
     .src_free = 0x3fffff,
     .dst = IP(192, 0, 2, 0),
     .dst_free = 0xff,
     .sport = {51820, 51820},
     .dport = {51821, 65535}},
    /* The other port of 14, but not the one. */
    {.rule = 0,
     .weight = 1,
     .may_fragment = true,
     .proto = PKT_PROTO_UDP,
     .src = IP(100, 64, 0, 0),
     .src_free = 0x3fffff,
     .dst = IP(192, 0, 2, 0),
     .dst_free = 0xff,
     .sport = {0, 51819},
     .dport = {51820, 51820}},
    /* Above the target ports of 8; a source port outside 14. */
    {.rule = 0,
     .weight = 1,
     .may_fragment = true,
     .proto = PKT_PROTO_UDP,
     .src = IP(10, 2, 0, 0),
     .src_free = 0xffff,
     .dst = IP(172, 16, 128, 0),
     .dst_free = 0x7fff,
     .sport = {1024, 51819},
     .dport = {6000, 65535}},
    /* Below the source ports of 8, and not those of 14. */
    {.rule = 0,
     .weight = 1,
     .may_fragment = true,
     .proto = PKT_PROTO_UDP,
     .src = IP(10, 2, 0, 0),
     .src_free = 0xffff,
     .dst = IP(172, 16, 128, 0),
     .dst_free = 0x7fff,
     .sport = {124, 1023},
     .dport = {5000, 5999}},
    /* The networks of 1-5, but not their protocol; not the ports of 14. */
    {.rule = 0,
     .weight = 1,
     .may_fragment = true,
     .proto = PKT_PROTO_UDP,
     .src = IP(10, 1, 0, 0),
     .src_free = 0xffff,
     .dst = IP(192, 168, 0, 0),
     .dst_free = 0xffff,
     .sport = {0, 65535},
     .dport = {51821, 65535}},
    /* Beside the source of 11; a source port outside 14. */
    {.rule = 0,
     .weight = 2,
     .may_fragment = true,
     .src = IP(10, 4, 1, 0),
     .src_free = 0xff,
     .dst = IP(203, 0, 113, 0),
     .dst_free = 0xff,
     .sport = {1024, 51819},
     .dport = {0, 65535},
     .l4_free = 0x08},
    /* One tag too many: not IPv4 to the matcher, or it would be 11. */
    {.rule = 0,
     .weight = 2,
     .n_tags = 3,
     .src = IP(10, 4, 0, 0),
     .src_free = 0xff,
     .dst = IP(203, 0, 113, 0),
     .dst_free = 0xff,
     .sport = {0, 65535},
     .dport = {0, 65535},
     .l4_free = 0x08},
    /* Not IPv4, with addresses that would be of 9 or 14. */
    {.rule = 0,
     .weight = 2,
     .ether_type = PKT_ETHER_ARP,
     .src = IP(10, 3, 0, 0),
     .src_free = 0xffff,
     .dst = IP(198, 51, 100, 0),
     .dst_free = 0xff},
    /* Likewise. */
    {.rule = 0,
     .weight = 2,
     .ether_type = PKT_ETHER_IPV6,
     .sport = {1024, 65535},
     .dport = {1024, 65535}},
};

const size_t gen_regions_n = sizeof gen_regions / sizeof gen_regions[0];
