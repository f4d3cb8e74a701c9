/*
 * link.h - one end of the link of docs/LINK.md: two endless sequences of bytes,
 * one each way, each byte exactly once and in order, over a wire that may lose,
 * repeat, damage and invent bytes.
 *
 * A link does no input or output, reads no clock and allocates nothing after
 * link_open(): its owner carries bytes between it and the wire.
 *
 *   link_write() -> pipe -> link_wire_out() ~ wire ~ link_wire_in() ->
 * link_read()
 */
#ifndef DRIVERS_LINK_LINK_H
#define DRIVERS_LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link;

/* The host opens sessions; the fabric is silent until it does. */
enum link_role { LINK_HOST, LINK_FABRIC };

struct link_config {
    enum link_role role;
    uint8_t session;    /* host: number of the first session, 0..15 */
    uint32_t rx_bytes;  /* buffer, a power of two in [4096, 2^30] */
    uint32_t tx_bytes;  /* the same */
    uint32_t resend_us; /* without an answer for so long, it sends again */
};

struct link_counters {
    uint64_t frames_in;    /* of this session, with right checks */
    uint64_t frames_out;   /* of any kind */
    uint64_t bad_headers;  /* headers with a wrong check, at any place */
    uint64_t bad_payloads; /* frames discarded for their payload check */
    uint64_t hunts;        /* times the boundary was lost */
    uint64_t hunted;       /* bytes passed until it was found again */
    uint64_t gaps;         /* frames that came before one that is missing */
    uint64_t repeats;      /* frames that had come before */
    uint64_t strays;       /* frames of another session or role */
    uint64_t bytes_in;     /* taken into the pipe */
    uint64_t bytes_out;    /* sent, each counted once */
    uint64_t bytes_acked;  /* of those, known to have been taken */
    uint64_t bytes_resent;
    uint64_t resends; /* times this end went back and sent again */
};

/* ERR_NO_MEM.  link_close() frees it and takes NULL. */
int link_open(const struct link_config *config, struct link **out);
void link_close(struct link *l);

/* Host: opens another session; what was in the pipe is lost. */
void link_restart(struct link *l);

/* Host: the fabric has answered.  Fabric: a host has opened a session. */
bool link_is_up(const struct link *l);

/*
 * Fabric: true once after each HELLO of another session.  The pipe is empty
 * then, and all that was built on the old one must be, too; so look between
 * link_wire_in() and link_read().
 */
bool link_take_restart(struct link *l);

/* Takes all of 'n' bytes from the wire. */
void link_wire_in(struct link *l, const void *bytes, size_t n);

/* Bytes for the wire, at most 'cap'; 0 when there is nothing to say. */
size_t link_wire_out(struct link *l, void *bytes, size_t cap);

/* Bytes taken into the pipe, of 'n': as many as there is room for; 0 while the
 * link is not up. */
size_t link_write(struct link *l, const void *data, size_t n);

/* Bytes taken out of the pipe, at most 'n': 0 when none are there. */
size_t link_read(struct link *l, void *data, size_t n);

/* Bytes that link_read() would give, and link_write() would take. */
size_t link_readable(const struct link *l);
size_t link_writable(const struct link *l);

/* Bytes written that the other end has not acknowledged. */
size_t link_unsettled(const struct link *l);

/*
 * The time, from any beginning; never goes back.  Call it before
 * link_wire_out(), and at least every resend_us while something is unsettled.
 */
void link_tick(struct link *l, uint64_t now_us);

struct link_counters link_counted(const struct link *l);

#endif
