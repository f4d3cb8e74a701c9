/*
 * firewall_state.h - the states of flows, and how packets change them.
 *
 * TCP: what a host between the two ends can tell of RFC 9293, 3.3.2, as in
 * Linux' conntrack.  Sequence numbers are not looked at.  UDP and all others
 * but ICMP: whether an answer came, RFC 4787, 4.
 */
#ifndef NET_FN_FIREWALL_FIREWALL_STATE_H
#define NET_FN_FIREWALL_FIREWALL_STATE_H

#include "firewall_csr.h"
#include "net/fn/firewall/firewall_key.h"

enum firewall_state {
    STATE_SYN_SENT,    /* one end sent SYN */
    STATE_SYN_BOTH,    /* both did, and neither answered */
    STATE_SYN_RECV,    /* SYN and ACK came back */
    STATE_BOTH_RECV,   /* both sent SYN, and one answered */
    STATE_ESTABLISHED, /* handshake done: open */
    STATE_FIN_WAIT,    /* one end sent FIN */
    STATE_CLOSE_WAIT,  /* ... and was answered */
    STATE_LAST_ACK,    /* both sent FIN */
    STATE_TIME_WAIT,   /* ... and were answered */
    STATE_CLOSE,       /* RST */
    STATE_TCP,         /* states of TCP */
    STATE_UNREPLIED = STATE_TCP,
    STATE_REPLIED, /* open */
    STATE_QUERY,   /* of ICMP */
    STATE_FRAGMENT,
    /* what a segment does, beside leading to a state of TCP */
    STATE_IGNORE = 14, /* it passes, and changes nothing */
    STATE_INVALID,     /* no end sends it in this state */
    STATE_GONE,        /* it passes, and the flow ends: it never was one */
};

enum { /* of words of FLOW behind its key */
       FLOW_WORD_STATE = 4,
       FLOW_WORD_SEEN = 5,
       FLOW_STATE = 0xf,
       FLOW_HIGH = 1 << 4,
       FLOW_RULE_SHIFT = 16,
       FLOW_RULE = 0x1fff,
};

/* A TCP flow in 'state' gets 'segment', from who opened it or 'back'. */
enum firewall_state firewall_tcp(uint32_t state, enum firewall_segment segment,
                                 bool back);

/* States in which packets that say nothing new change nothing but SEEN. */
static inline bool firewall_is_open(uint32_t state)
{
    return state == STATE_ESTABLISHED || state == STATE_REPLIED;
}

/* States of N_HALF. */
static inline bool firewall_is_half(uint32_t state)
{
    return state <= STATE_BOTH_RECV;
}

/* Do tick 'seen' and now lie in one lease? */
static inline bool firewall_is_leased(const struct firewall_regs *r,
                                      uint32_t seen)
{
    return (r->tick ^ seen) >> (r->lease & 0xf) == 0;
}

/* Is the flow with these words gone? */
bool firewall_is_expired(const struct firewall_regs *r, const uint32_t *words);

#endif
