/*
 * port.h - where packets come from and go to, one way for all kinds:
 *
 *   pcap:FILE, pcapng:FILE  captures; "-" is stdin or stdout (pcap_port.h)
 *   tap:NAME                a TAP interface, made if it is not there
 *   af_packet:IF            an interface, beside the kernel (packet(7))
 *   af_xdp:IF[:QUEUE]       one of its queues, before the kernel sees it
 *   ring:PATH               another precast on this machine: PATH is a socket
 *                           by which the two find each other
 *   gen:[count=N][,seed=S][,flows=N][,loop=N]
 *                           the packets of gen_packets.h, endless without
 *                           count; with loop the first so many again and again
 *   null                    gives nothing and takes all
 *
 * Captures go one way, gen gives only, the others do both.  A port belongs to
 * one thread.
 */
#ifndef NET_PORT_PORT_H
#define NET_PORT_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/fn.h"
#include "core/pool.h"

enum port_kind {
    PORT_PCAP,
    PORT_PCAPNG,
    PORT_TAP,
    PORT_AF_PACKET,
    PORT_AF_XDP,
    PORT_RING,
    PORT_GEN,
    PORT_NULL,
    PORT_KINDS
};

struct port_traits {
    const char *word; /* "tap" */
    bool is_file;     /* its name is that of a capture */
    bool is_live;     /* what nobody receives in time is lost */
    bool is_wire;     /* one that is open gives and takes, and may have nothing
                         to give now */
    bool is_bare;     /* may have no name */
    bool gives;       /* may be a source (pcap reads both formats) */
    bool takes;       /* may be a sink */
};
extern const struct port_traits port_traits[PORT_KINDS];

/* The kind called by the first 'n' bytes of 'word'. */
bool port_find(const char *word, size_t n, enum port_kind *kind);

/* Takes "KIND:NAME" apart, '*name' within it; false if it is none. */
bool port_parse(const char *text, enum port_kind *kind, const char **name);

struct port_config {
    enum port_kind kind;
    const char *name;  /* what stands behind the kind; copied */
    bool is_sink;      /* of captures: it is written */
    int link;          /* ... with this DLT_ link type */
    struct pool *pool; /* for what is received; outlives the port */
};

struct port_counts {
    uint64_t received, sent;
    uint64_t kernel_dropped; /* came, and did not fit the kernel's queue */
    uint64_t no_buffer;      /* came, and the pool was empty */
    uint64_t refused;        /* were to be sent, and cannot be: too long ... */
};

struct port;

enum {
    /* Single buffers that a port may keep for itself, until the pool goes. */
    PORT_BUFFERS = 2048,
    /* Captures and rings, which wait, give at most so many bytes at once. */
    PORT_READ_BYTES = 4 << 20,
};

/*
 * ERR_BAD_INPUT (no such interface, a bad name), ERR_IO (no right to, no
 * answer), ERR_MISSING (the kernel cannot), ERR_NO_MEM; the message has been
 * printed.
 */
int port_open(const struct port_config *config, struct port **out);

/*
 * Appends up to out->cap - out->n packets, at least one free, to 'out' of type
 * FN_PKT, without waiting.  Their memory comes from the pool and is the
 * caller's to give back.  t_ns is the time they came, in_port 0; flags are
 * PKT_ERROR when they are no Ethernet.
 *
 * Returns their number.  0 is the end when port_ended(), else nothing is there
 * now; a capture without a buffer for its next packet keeps that, all others
 * count and drop it.  ERR_BAD_INPUT for a damaged capture, ERR_DEVICE when the
 * port is gone; printed by the first call that returns it, and the end.
 */
int port_receive(struct port *p, struct fn_span *out);
bool port_ended(const struct port *p);

/*
 * Sends the packets of 'in' in order, whatever their flags; they stay the
 * caller's.  Returns how many are done; fewer than in->n when there is no room
 * now.  What cannot be sent at all is done and counted.  ERR_IO for a capture,
 * ERR_DEVICE; printed by the first call.
 */
int port_send(struct port *p, const struct fn_span *in);

/*
 * Descriptor to poll for POLLIN until there may be something to receive, or
 * with 'room' until there may be room to send: its events are in '*events'.
 * -1: no need to wait.
 */
int port_fd(const struct port *p, bool room, short *events);

/* What has been counted so far. */
const struct port_counts *port_counts(struct port *p);

/* DLT_ link type of what it gives. */
int port_link(const struct port *p);

/* Frees 'p' and completes a capture: ERR_IO, printed.  NULL is fine. */
int port_close(struct port *p);

#endif
