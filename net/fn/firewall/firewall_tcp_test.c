/*
 * firewall_tcp_test.c - connections as RFC 9293, figures 5 to 13, and sections
 * 3.5 and 3.6 draw them, seen from between their ends: each transition, the
 * state it leads to, and what the firewall says of the segment.
 */
#include "net/fn/firewall/firewall_check.h"

static struct bench bench;

static uint32_t state_of_flow(struct body *b)
{
    assert_int_equal(read_reg(b, FIREWALL_N_FLOWS), 1);
    return table_word(b, 0, FLOW_WORD_STATE) & FLOW_STATE;
}

static const struct {
    const char *why, *text;
    uint32_t state;
    uint32_t n_half;
} rows[] = {
    {"figure 6: a connection opens", ">S:new", STATE_SYN_SENT, 1},
    {"a SYN again", ">S:new >S:flow", STATE_SYN_SENT, 1},
    {"its answer", ">S:new <SA:flow", STATE_SYN_RECV, 1},
    {"an answer again", ">S:new <SA:flow <SA:flow", STATE_SYN_RECV, 1},
    {"done", HANDSHAKE, STATE_ESTABLISHED, 0},
    {"data both ways", HANDSHAKE "<PA:open >A:open <AU:open", STATE_ESTABLISHED,
     0},
    {"data before the last ACK came by", ">S:new <SA:flow <A:flow >A:open",
     STATE_ESTABLISHED, 0},
    {"a late answer passes, for the end to tell", HANDSHAKE "<SA:flow",
     STATE_ESTABLISHED, 0},
    {"a SYN within passes, RFC 5961", HANDSHAKE ">S:flow <A:open",
     STATE_ESTABLISHED, 0},
    {"... but not from who was called", HANDSHAKE "<S:invalid",
     STATE_ESTABLISHED, 0},
    {"who called does not answer", HANDSHAKE ">SA:invalid", STATE_ESTABLISHED,
     0},
    {"figure 7: both open at once", ">S:new <S:flow", STATE_SYN_BOTH, 1},
    {"... and both answer", ">S:new <S:flow >SA:flow <SA:flow", STATE_BOTH_RECV,
     1},
    {"... the other first", ">S:new <S:flow <SA:flow >SA:flow >A:open",
     STATE_ESTABLISHED, 0},
    {"... who was called goes on first", ">S:new <S:flow >SA:flow <A:open",
     STATE_ESTABLISHED, 0},
    {"... a SYN again", ">S:new <S:flow >S:flow <S:flow", STATE_SYN_BOTH, 1},
    {"... it is reset", ">S:new <S:flow <R:flow", STATE_CLOSE, 0},
    {"figure 8: an old SYN's answer is reset", ">S:new <SA:flow >R:flow",
     STATE_CLOSE, 0},
    {"... and the next SYN opens", ">S:new <SA:flow >R:flow >S:new",
     STATE_SYN_SENT, 1},
    {"an ACK before the answer", ">S:new >A:invalid", STATE_SYN_SENT, 1},
    {"who was called has nothing to acknowledge", ">S:new <A:flow",
     STATE_SYN_SENT, 1},
    {"a FIN before the answer", ">S:new >FA:invalid", STATE_SYN_SENT, 1},
    {"3.6: who called closes", HANDSHAKE ">FA:flow", STATE_FIN_WAIT, 0},
    {"... is answered", HANDSHAKE ">FA:flow <A:flow", STATE_CLOSE_WAIT, 0},
    {"... still gets data", HANDSHAKE ">FA:flow <A:flow <PA:flow >A:flow",
     STATE_CLOSE_WAIT, 0},
    {"... the other closes, too", HANDSHAKE ">FA:flow <A:flow <FA:flow",
     STATE_LAST_ACK, 0},
    {"figure 12", HANDSHAKE ">FA:flow <A:flow <FA:flow >A:flow",
     STATE_TIME_WAIT, 0},
    {"... the last FIN again",
     HANDSHAKE ">FA:flow <A:flow <FA:flow >A:flow <FA:flow >A:flow",
     STATE_TIME_WAIT, 0},
    {"who was called closes, and is answered", HANDSHAKE "<FA:flow >A:flow",
     STATE_CLOSE_WAIT, 0},
    {"... and both have closed", HANDSHAKE "<FA:flow >A:flow >FA:flow",
     STATE_LAST_ACK, 0},
    {"who was called closes", HANDSHAKE "<FA:flow >A:flow >FA:flow <A:flow",
     STATE_TIME_WAIT, 0},
    {"figure 13: both close at once", HANDSHAKE ">FA:flow <FA:flow",
     STATE_LAST_ACK, 0},
    {"... and both answer", HANDSHAKE ">FA:flow <FA:flow >A:flow <A:flow",
     STATE_TIME_WAIT, 0},
    {"a FIN with the handshake's last ACK", ">S:new <SA:flow >FA:flow",
     STATE_FIN_WAIT, 0},
    {"a reset", HANDSHAKE "<R:flow", STATE_CLOSE, 0},
    {"... what is on its way passes", HANDSHAKE "<R:flow >A:flow >FA:flow",
     STATE_CLOSE, 0},
    {"... a SYN opens anew", HANDSHAKE "<R:flow >S:new", STATE_SYN_SENT, 1},
    {"... but not from who was called", HANDSHAKE ">R:flow <S:invalid <A:flow",
     STATE_CLOSE, 0},
    {"a closed port, and the next", ">S:new <RA:flow >S:new", STATE_SYN_SENT,
     1},
    {"RFC 1122, 4.2.2.13: anew behind TIME-WAIT",
     HANDSHAKE ">FA:flow <A:flow <FA:flow >A:flow " HANDSHAKE,
     STATE_ESTABLISHED, 0},
};

static void each_transition_is_that_of_the_standard(void **state)
{
    for (size_t k = 0; k < CHECK_ROWS(rows); k++) {
        struct body *b = bench_body(state);
        talk(b, rows[k].text);
        if (state_of_flow(b) != rows[k].state) {
            fail_msg("%s: state %u", rows[k].why, state_of_flow(b));
        }
        assert_int_equal(read_reg(b, FIREWALL_N_HALF), rows[k].n_half);
        assert_int_equal(bench_close(state), 0);
        assert_int_equal(bench_open(state), 0);
    }
}

/* RFC 9293, 3.10.7.3: a reset answers the SYN.  There is no connection then,
 * and nothing belongs to it. */
static void a_closed_port_leaves_no_flow(void **state)
{
    static const char *const text[] = {">S:new <RA:flow", ">S:new <R:flow",
                                       ">S:new >R:flow",
                                       ">S:new >S:flow <RA:flow"};
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(text); k++) {
        talk(b, text[k]);
        assert_int_equal(read_reg(b, FIREWALL_N_FLOWS), 0);
        assert_int_equal(read_reg(b, FIREWALL_N_HALF), 0);
        talk(b, "<RA:invalid <SA:invalid <A:invalid >A:invalid <S:refused");
    }
}

static void who_was_called_does_not_open_anew_past_the_policy(void **state)
{
    struct body *b = bench_body(state);

    talk(b, HANDSHAKE ">FA:flow <A:flow <FA:flow >A:flow <S:refused");
    assert_int_equal(read_reg(b, FIREWALL_N_FLOWS), 0); /* ended by the SYN */
}

static void without_a_flow_only_a_syn_opens_one(void **state)
{
    struct body *b = bench_body(state);

    talk(b, ">A:invalid >SA:invalid >FA:invalid >R:invalid >RA:invalid "
            ">PA:invalid <SA:invalid <A:invalid");
    talk(b, "<S:refused");
    assert_int_equal(read_reg(b, FIREWALL_N_FLOWS), 0);
    assert_int_equal(read_reg(b, FIREWALL_N_INVALID), 8);
    assert_int_equal(read_reg(b, FIREWALL_N_REFUSED), 1);
}

static void a_flow_is_picked_up_if_the_policy_says_so(void **state)
{
    struct body *b = bench_body(state);

    set_text(b, firewall_parse_default, "pickup=accept");
    talk(b, "<A:refused >FA:invalid >SA:invalid >R:invalid");
    talk(b, ">A:new <A:open >A:open >FA:flow");
    assert_int_equal(state_of_flow(b), STATE_FIN_WAIT);
    assert_int_equal(read_reg(b, FIREWALL_N_HALF), 0);
}

/* All 256: sets of SYN, FIN, RST, ACK, URG that RFC 9293 has a sender send;
 * PSH, ECE and CWR go with any. */
static void flags_that_no_sender_sets_are_dropped(void **state)
{
    static const uint8_t good[] = {SYN,       SYN | URG, SYN | ACK,
                                   FIN | ACK, ACK,       FIN | ACK | URG,
                                   ACK | URG, RST,       RST | ACK};
    struct body *b = bench_body(state);
    uint32_t n = 0;

    for (uint32_t flags = 0; flags < 256; flags++) {
        bool is_good = false;
        for (size_t k = 0; k < sizeof good; k++) {
            is_good |= (flags & (FIN | SYN | RST | ACK | URG)) == good[k];
        }
        struct packet p = TCP_IN((uint8_t)flags);
        assert_int_equal(strcmp(fate(b, &p), "flags") == 0, !is_good);
        n += !is_good;
    }
    assert_int_equal(n, 256 - 8 * 9);
    assert_int_equal(read_reg(b, FIREWALL_N_FLAGS), n);
}

#define ON(test)                                                            \
    cmocka_unit_test_prestate_setup_teardown(test, bench_open, bench_close, \
                                             &bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON(each_transition_is_that_of_the_standard),
        ON(a_closed_port_leaves_no_flow),
        ON(who_was_called_does_not_open_anew_past_the_policy),
        ON(without_a_flow_only_a_syn_opens_one),
        ON(a_flow_is_picked_up_if_the_policy_says_so),
        ON(flags_that_no_sender_sets_are_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
