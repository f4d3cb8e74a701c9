/*
 * pcap_port.h - packets from and to capture files, by libpcap.
 *
 * A source takes what libpcap reads (pcap, nanosecond pcap, pcapng), told apart
 * by content.  The name "-" is stdin or stdout.  Names are copied.
 */
#ifndef NET_PORT_PCAP_PORT_H
#define NET_PORT_PCAP_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/fn.h"
#include "core/pool.h"

struct pcap_source;
struct pcap_sink;

enum pcap_format {
    PCAP_CLASSIC, /* pcap with nanosecond times */
    PCAP_NG,      /* pcapng, one section, one interface, nanosecond times */
};

enum {
    PCAP_ROOM_BYTES = POOL_ROOM_BYTES, /* least room behind a packet read */
    PCAP_READ_BYTES = 4 << 20,         /* a read takes at most so many */
    PCAP_LEN_MAX = FN_PKT_BYTES - PCAP_ROOM_BYTES, /* longest packet read */
};

/*
 * Opens 'name' and reads its file header; every packet will carry in_port
 * 'port'.  ERR_BAD_INPUT when it is missing, empty or not a capture, ERR_IO
 * when a signal came while it waited (not printed), ERR_NO_MEM; the message has
 * been printed.
 */
int pcap_source_open(const char *name, uint8_t port, struct pcap_source **out);

/*
 * Appends up to out->cap - out->n packets, at least one free, to 'out' of type
 * FN_PKT; out->item0 is the caller's.  Returns their number, 0 at the end.
 *
 * The packets' bytes belong to the source, may be written, and are gone at its
 * next call.  t_ns is the capture's time, wire_bytes its original length, flags
 * PKT_ERROR when the link is not Ethernet; other metadata is 0.
 *
 * A capture that is cut, damaged or holds a packet above PCAP_LEN_MAX gives all
 * packets before that place, then ERR_BAD_INPUT; one without any packet gives
 * ERR_BAD_INPUT.  The message is printed by the first call that returns this.
 */
int pcap_source_read(struct pcap_source *s, struct fn_span *out);

/*
 * The same into buffers of 'pool', which are the caller's then.  It returns 0,
 * too, when the pool has none for the next packet, which stays:
 * pcap_source_ended() tells.
 */
int pcap_source_take(struct pcap_source *s, struct pool *pool,
                     struct fn_span *out);
bool pcap_source_ended(const struct pcap_source *s);

/* Link type of the packets, a DLT_ number of libpcap; for pcap_sink_open(). */
int pcap_source_link(const struct pcap_source *s);

/* NULL is fine. */
void pcap_source_close(struct pcap_source *s);

/*
 * True when both are one regular file, stdin and stdout included: writing one
 * would destroy the other.  To be asked before pcap_sink_open(), which
 * truncates.
 */
bool pcap_same_file(const char *in, const char *out);

/*
 * To be asked for all outputs before the first is opened: ERR_IO when 'name'
 * cannot be written, ERR_BAD_INPUT when it holds something that is no capture;
 * printed.  What is there stays as it is.
 */
int pcap_sink_check(const char *name);

/*
 * Creates or truncates 'name'; 'link' is a DLT_ number.  ERR_IO, ERR_NO_MEM;
 * the message has been printed.
 */
int pcap_sink_open(const char *name, enum pcap_format format, int link,
                   struct pcap_sink **out);

/*
 * Writes every packet of 'in', whatever its flags.  Returns 0 or ERR_IO, for
 * which the first call prints a message.  In PCAP_CLASSIC the seconds wrap at
 * 2^32.
 */
int pcap_sink_write(struct pcap_sink *s, const struct fn_span *in);

/*
 * Writes what is still buffered and frees 's'; NULL is fine.  Returns 0, or
 * ERR_IO when this or an earlier write failed; it is printed once.
 */
int pcap_sink_close(struct pcap_sink *s);

#endif
