/*
 * rules4_text.h - rules over IPv4 5-tuples as text, and as the first words of a
 * table's entry: [0] source, [1] its prefix as a mask, [2] destination, [3] its
 * mask, [4] source ports, [31:16] highest, [15:0] lowest, [5] destination
 * ports, [6] [31:24] flags mask, [23:16] flags, [15:8] protocol mask, [7:0]
 * protocol.
 *
 * The text is that of ClassBench filter lines (D. Taylor, J. Turner,
 * "ClassBench", IEEE/ACM ToN 2007), tab or blank separated:
 *
 *   @SRC/LEN DST/LEN LO : HI LO : HI PROTO/MASK FLAGS/MASK
 *
 * The upper byte of the 16-bit flags column is the TCP flags byte, or the type
 * of ICMP.
 */
#ifndef NET_TABLE_RULES4_TEXT_H
#define NET_TABLE_RULES4_TEXT_H

#include "core/net_key4.h"
#include "net/table/rules4.h"

enum { RULES4_FIELDS = 10, RULES4_WORDS = 7 };

/* Fields [RULES4_FIELDS] of a line, which it changes, to words [RULES4_WORDS];
 * NULL, or what was expected. */
const char *rules4_parse(char **field, uint32_t *words);

/* The rule in 'words'; with 'no_flags' it holds whatever the flags are. */
struct rule4 rules4_of_words(const uint32_t *words, bool no_flags);

/* Does the rule in 'words' match?  key->has_ip is true. */
static inline bool rules4_words_match(const uint32_t *words,
                                      const struct net_key4 *key, bool no_flags)
{
    const uint32_t *r = words;
    uint8_t flags_mask = (uint8_t)(r[6] >> 24);
    uint8_t proto_mask = (uint8_t)(r[6] >> 8);

    return ((key->src ^ r[0]) & r[1]) == 0 && ((key->dst ^ r[2]) & r[3]) == 0 &&
           key->sport >= (r[4] & 0xffff) && key->sport <= r[4] >> 16 &&
           key->dport >= (r[5] & 0xffff) && key->dport <= r[5] >> 16 &&
           ((key->proto ^ r[6]) & proto_mask) == 0 &&
           (no_flags || flags_mask == 0 ||
            (key->has_flags && ((key->flags ^ r[6] >> 16) & flags_mask) == 0));
}

#endif
