/* firewall_state.c - see firewall_state.h. */
#include "net/fn/firewall/firewall_state.h"

/* Short names for the table. */
#define SS STATE_SYN_SENT
#define S2 STATE_SYN_BOTH
#define SR STATE_SYN_RECV
#define BR STATE_BOTH_RECV
#define ES STATE_ESTABLISHED
#define FW STATE_FIN_WAIT
#define CW STATE_CLOSE_WAIT
#define LA STATE_LAST_ACK
#define TW STATE_TIME_WAIT
#define CL STATE_CLOSE
#define IG STATE_IGNORE
#define IV STATE_INVALID
#define GO STATE_GONE

/*
 * [back][segment][state].  A SYN within a connection passes, and its end
 * answers as RFC 5961, 4, says; one behind its end opens a new flow, which
 * firewall.c sees to.  A RST before any answer is one to the SYN, RFC 9293,
 * 3.10.7.3: there is no connection, and what comes behind it is of none.
 */
static const uint8_t next_state[2][SEGMENTS][STATE_TCP] = {
    {
        /*           SS  S2  SR  BR  ES  FW  CW  LA  TW  CL */
        /* SYN */ {SS, S2, IG, IG, IG, IG, IG, IG, IG, IG},
        /* SYN-ACK */ {IV, BR, SR, BR, IV, IV, IV, IV, IV, IV},
        /* FIN */ {IV, IV, FW, FW, FW, LA, LA, LA, TW, CL},
        /* ACK */ {IV, IV, ES, ES, ES, CW, CW, TW, TW, CL},
        /* RST */ {GO, CL, CL, CL, CL, CL, CL, CL, CL, CL},
    },
    {
        /* SYN */ {S2, S2, IV, IV, IV, IV, IV, IV, IG, IV},
        /* SYN-ACK */ {SR, BR, IG, IG, IG, IG, IG, IG, IG, IG},
        /* FIN */ {IV, IV, FW, FW, FW, LA, LA, LA, TW, CL},
        /* ACK */ {IG, IG, SR, ES, ES, CW, CW, TW, TW, CL},
        /* RST */ {GO, CL, CL, CL, CL, CL, CL, CL, CL, CL},
    },
};

enum firewall_state firewall_tcp(uint32_t state, enum firewall_segment segment,
                                 bool back)
{
    return state < STATE_TCP
               ? (enum firewall_state)next_state[back][segment][state]
               : STATE_INVALID;
}

bool firewall_is_expired(const struct firewall_regs *r, const uint32_t *words)
{
    uint32_t state = words[FLOW_WORD_STATE] & FLOW_STATE;
    uint32_t seen = words[FLOW_WORD_SEEN];
    bool open = firewall_is_open(state);
    uint32_t timeout = r->t_tcp >> 16;

    if (open && firewall_is_leased(r, seen)) {
        return false;
    }
    switch (state) {
    case STATE_ESTABLISHED: timeout = r->t_tcp & 0xffff; break;
    case STATE_UNREPLIED:
    case STATE_REPLIED: timeout = r->t_other & 0xffff; break;
    case STATE_QUERY: timeout = r->t_other >> 16; break;
    case STATE_FRAGMENT: timeout = r->t_fragment; break;
    default: break; /* of TCP */
    }
    return timeout != 0 &&
           r->tick - seen >= timeout + (open ? 1u << (r->lease & 0xf) : 0);
}
