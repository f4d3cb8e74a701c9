/*
 * pub.h - records live, by ZeroMQ PUB/SUB: who listens gets each record as one
 * message of CBOR; who does not keep up loses some, and the sender never waits.
 */
#ifndef CORE_WIRE_PUB_H
#define CORE_WIRE_PUB_H

#include "core/wire/record.h"

struct wire_pub;
struct wire_sub;

/* True for "tcp://HOST:PORT", "ipc://PATH" and the like. */
bool wire_is_endpoint(const char *text);

/* ERR_BAD_INPUT when nobody can listen there, printed; ERR_NO_MEM. */
int wire_pub_open(const char *endpoint, struct wire_pub **out);
/* ERR_IO, not printed; data is copied. */
int wire_pub_put(struct wire_pub *p, const struct wire_record *r);
void wire_pub_close(struct wire_pub *p); /* takes NULL */

/* Listens from now on, also when nobody sends there yet. */
int wire_sub_open(const char *endpoint, struct wire_sub **out);
/*
 * Waits for the next record, at most 'wait_ms'; what it points to is the
 * subscriber's until its next call.  1; 0 when none came or a signal did;
 * ERR_BAD_INPUT for a message that is no record, printed; ERR_IO.
 */
int wire_sub_get(struct wire_sub *s, int wait_ms, struct wire_record *r);
void wire_sub_close(struct wire_sub *s); /* takes NULL */

#endif
