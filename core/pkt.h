/*
 * pkt.h - a packet as functions see it: its bytes and 48 bits of metadata, the
 * same 48 bits that travel as tuser on the fabric.
 */
#ifndef CORE_PKT_H
#define CORE_PKT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Flags; bit k here is tuser[32 + k]. */
enum pkt_flag {
    PKT_DROP = 1 << 0,  /* whoever consumes the stream discards and counts it */
    PKT_ERROR = 1 << 1, /* not a valid Ethernet frame: nothing to parse */
    PKT_PUNT = 1 << 2,  /* for the host */
    PKT_MIRROR = 1 << 3, /* a copy goes to the mirror port */
    PKT_FLOOD = 1 << 4,  /* leaves by every port whose bit is set in the mark */
    /* Reserved: no body sets it.  A driver does, when the metadata that a
     * device gave changed within a packet. */
    PKT_UNSTABLE = 1 << 15,
};

struct pkt {
    uint8_t *data;       /* from the destination MAC on; no FCS */
    uint32_t len_bytes;  /* captured bytes at 'data' */
    uint32_t room_bytes; /* what may be written at 'data', >= len_bytes */
    uint32_t wire_bytes; /* length on the wire; functions do not see it */
    uint64_t t_ns;       /* from the source; functions do not see it */
    uint64_t item;       /* its number in the chain; functions do not see it */
    uint8_t in_port;     /* port the packet came from */
    uint8_t out_port;    /* port it leaves by */
    uint16_t mark;       /* set by one function, read by later ones */
    uint16_t flags;      /* enum pkt_flag */
};

/*
 * True for a packet that is dropped or punted: functions pass it unchanged and
 * count nothing, so that item k in stays item k out along a line of functions.
 */
static inline bool pkt_is_done(const struct pkt *p)
{
    return (p->flags & (PKT_DROP | PKT_PUNT)) != 0;
}

/* The 48 bits of tuser: in port 8, out port 8, mark 16, flags 16. */
static inline uint64_t pkt_user(const struct pkt *p)
{
    return (uint64_t)p->in_port | (uint64_t)p->out_port << 8 |
           (uint64_t)p->mark << 16 | (uint64_t)p->flags << 32;
}

static inline void pkt_set_user(struct pkt *p, uint64_t user)
{
    p->in_port = (uint8_t)user;
    p->out_port = (uint8_t)(user >> 8);
    p->mark = (uint16_t)(user >> 16);
    p->flags = (uint16_t)(user >> 32);
}

/*
 * Makes 'out' the packet 'in', bytes and all: at in->data when out->data is
 * that or NULL, else copied to out->data, whose room must do.
 */
static inline void pkt_pass(struct pkt *out, const struct pkt *in)
{
    struct pkt p = *in;

    if (out == in) {
        return;
    }
    if (out->data != NULL && out->data != in->data) {
        memcpy(out->data, in->data, in->len_bytes);
        p.data = out->data;
        p.room_bytes = out->room_bytes;
    }
    *out = p;
}

#endif
