/*
 * gen_packets.h - a generated capture, the rules it is for, and the truth about
 * each packet, known from how it was drawn and not from matching it.
 */
#ifndef NET_PORT_GEN_PACKETS_H
#define NET_PORT_GEN_PACKETS_H

#include <stdint.h>

#include "core/base/rng.h"

enum {
    GEN_PACKETS_RULES = 14, /* fits the 16 of an RTL image */
};

/*
 * Writes 'count' packets, at least 1, to the pcap file 'out' and, with the
 * extension of 'out' replaced, the rules to .rules and a JSON object to
 * .truth.json:
 *
 *   seed, count   the arguments
 *   rules         name of the rule file, in the same folder
 *   default       "drop": what becomes of a packet that no rule matches
 *   verdicts      {"rule_accept": n, "rule_drop": n, "no_match": n}
 *   marks         [count] number of the first matching rule from 1, 0 for none
 *
 * With 'flows' above 0 the packets are those of so many flows, drawn evenly;
 * all packets of a flow are alike.
 *
 * Packet k has the time 2026-01-01T00:00:00Z + k us.  The same seed and count
 * give the same bytes.  From 10000 packets on, every rule and "none" has at
 * least 1% of them.  Returns 0, ERR_BAD_INPUT for a name or count that cannot
 * be used, ERR_IO, ERR_NO_MEM; the message has been printed.
 */
int gen_packets(const char *out, uint32_t count, uint64_t seed, uint32_t flows);

/* The same packets, one after the other; 'seed' is also the first r.state. */
struct gen_stream {
    uint64_t seed;
    uint32_t flows;
    struct rng r;
};

/*
 * Writes the next packet to 'frame', which has PKT_FRAME_MAX bytes, and returns
 * its length; '*rule' is the number of the first rule that matches, or 0.
 */
uint32_t gen_packets_next(struct gen_stream *g, uint8_t *frame, uint8_t *rule);

/* The time of packet k. */
uint64_t gen_packets_time_ns(uint64_t k);

/* The rules in ClassBench filter form plus the action, one a line. */
const char *gen_packets_rules(void);

#endif
