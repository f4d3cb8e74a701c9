/*
 * rules4.h - the first of many rules that matches an IPv4 5-tuple and DSCP: bit
 * vectors with a summary (T. V. Lakshman, D. Stiliadis, "High-speed
 * policy-based packet forwarding using efficient multi-dimensional range
 * matching", SIGCOMM 1998; F. Baboescu, G. Varghese, "Scalable packet
 * classification", SIGCOMM 2001).
 *
 * The rules cut each of six dimensions into intervals.  An interval has a row
 * of bits, one for each rule that holds in it; equal rows are stored once.  The
 * first bit that is set in the rows of all six dimensions is the rule.  A
 * summary beside each row, one bit for each of its 64-bit words, says
 * which words are worth reading.
 */
#ifndef NET_TABLE_RULES4_H
#define NET_TABLE_RULES4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/net_key4.h"

enum {
    RULES4_MAX = 1 << 16,
    RULES4_MIN_BYTES = 3 << 19, /* what an index takes for no rules, and some */
};

/* A rule: what each field has to be. */
struct rule4 {
    uint32_t src, src_mask; /* the masks are those of prefixes */
    uint32_t dst, dst_mask;
    uint16_t sport[2],
        dport[2];              /* lowest and highest; none if lowest is more */
    uint8_t proto, proto_mask; /* any mask */
    uint8_t flags, flags_mask; /* TCP flags; mask 0: whatever it is */
    uint8_t dscp, dscp_mask;   /* any mask, 6 bits */
};

struct rules4;

/*
 * An index over rules [n], n up to RULES4_MAX, in which lookups give their
 * numbers.  It keeps nothing of 'rules'.  ERR_BAD_INPUT for a mask that is no
 * prefix's, ERR_CAPACITY when it would take more than 'max_bytes', ERR_NO_MEM;
 * no message.
 */
int rules4_open(struct rules4 **out, const struct rule4 *rules, size_t n,
                size_t max_bytes);

/* Frees the index; NULL is none. */
void rules4_close(struct rules4 *r);

/* Bytes of memory that it takes. */
size_t rules4_bytes(const struct rules4 *r);

/* Number of the first rule that matches, from 1, or 0; key->has_ip is true. */
uint32_t rules4_find(const struct rules4 *r, const struct net_key4 *key);

/* The same for 'n' keys. */
void rules4_find_bulk(const struct rules4 *r, const struct net_key4 *key,
                      uint32_t *rule, size_t n);

/* Its variants, for tests and benches; rules4_find_bulk() takes the fastest
 * that the machine has.  The second needs AVX-512 F. */
void rules4_find_scalar(const struct rules4 *r, const struct net_key4 *key,
                        uint32_t *rule, size_t n);
void rules4_find_avx512(const struct rules4 *r, const struct net_key4 *key,
                        uint32_t *rule, size_t n);
bool rules4_has_avx512(void);

#endif
