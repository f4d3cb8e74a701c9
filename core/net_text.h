/* net_text.h - settings of packet functions in text: lines of fields,
 * addresses. */
#ifndef CORE_NET_TEXT_H
#define CORE_NET_TEXT_H

#include "core/fn.h"

enum { NET_FIELDS_MAX = 16 };

/* One line, cut into fields at blanks and tabs, which may be changed.  Returns
 * NULL, or what was expected. */
typedef const char *net_line_fn(void *ctx, char **field, size_t n);

/*
 * Calls 'line' for each line that is not empty and does not begin with '#'.
 * ERR_BAD_INPUT with a message, "NAME:LINE: bad WHAT, expected ...", for the
 * first that it refuses or that is too long.
 */
int net_lines(const struct fn_text *t, const char *what, net_line_fn *line,
              void *ctx);

/* Writes the first 'n' words of a table. */
int net_emit_words(size_t table, const uint32_t *words, size_t n, fn_emit *emit,
                   void *ctx);

/* "10.1.2.3", "10.1.2.0/24" (bits behind the length become 0) and
 * "00:11:22:aa:bb:cc", whole; else false.  They change 'text'. */
bool net_parse_ip4(char *text, uint32_t *addr);
bool net_parse_prefix4(char *text, uint32_t *addr, uint32_t *len);
bool net_parse_mac(char *text, uint64_t *mac);

/* The same of IPv6 (RFC 4291, 2.2 and 2.3), the first 32 bits in addr[0]. */
bool net_parse_ip6(const char *text, uint32_t addr[4]);
bool net_parse_prefix6(char *text, uint32_t addr[4], uint32_t *len);

#endif
