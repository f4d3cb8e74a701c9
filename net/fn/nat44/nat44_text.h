/* nat44_text.h - settings of nat44, turned into register writes; see parse() of
 * struct fn_key. */
#ifndef NET_FN_NAT44_NAT44_TEXT_H
#define NET_FN_NAT44_NAT44_TEXT_H

#include "core/fn.h"

/* "0-2,5" or "none": ports, 0 to 31, that packets from the inside come by. */
int nat44_parse_inside(const struct fn_text *t, fn_emit *emit, void *ctx);

/* "192.0.2.16-192.0.2.31" or "192.0.2.16/28": the outside addresses, at most
 * 65,536. */
int nat44_parse_pool(const struct fn_text *t, fn_emit *emit, void *ctx);

/* "256 4": ports of a block, 64 to 512, and how many blocks an inside address
 * may have, 1 to 8. */
int nat44_parse_blocks(const struct fn_text *t, fn_emit *emit, void *ctx);

/*
 * Lines "tcp 192.0.2.16:80 10.0.0.5:8080": what comes for the first endpoint
 * goes to the second, and comes from the first when it answers.  No endpoint
 * twice.
 */
int nat44_parse_forwards(const struct fn_text *t, fn_emit *emit, void *ctx);

#endif
