/*
 * bridge_port_test.c - what ports take, learn and forward, and the tags that
 * frames leave with, over the C body and over the RTL body.
 *
 * What is expected is what IEEE 802.1Q-2018 says: 6.9 frame types and tags, 8.4
 * port states, 8.6.2 ingress filtering, 8.6.3 reserved addresses, 8.7 learning.
 */
#include "net/fn/bridge/bridge_check.h"

/* The rest of a struct step: a register is written before it. */
#define SET(offset, bits) .reg = BRIDGE_##offset, .value = (bits)

#define BPDU UINT64_C(0x0180c2000000)

/* Bits of STATES. */
#define LEARNING(port)   (1u << (port))
#define DISCARDING(port) (0x10001u << (port))

static void ports_take_the_frames_they_are_told_to(void **state)
{
    static const struct step steps[] = {
        {"all: untagged", ALL, A, "flood", 0xfffe, .in = 0},
        {"all: tagged", ALL, A, "flood", 0xfffe, VLAN(0, 5)},
        {"tagged only: untagged", ALL, C, "frame", 0, .in = 1,
         SET(REFUSE, 0x00040002)},
        {"tagged only: of priority only", ALL, C, "frame", 0, VLAN(1, 0x7000)},
        {"tagged only: an S-tag is none", ALL, C, "frame", 0, .in = 1,
         .tag = 0x88a8, .tci = 5},
        {"tagged only: tagged", ALL, B, "flood", 0xfffd, VLAN(1, 5)},
        {"untagged only: tagged", ALL, C, "frame", 0, VLAN(2, 5)},
        {"untagged only: of priority only", ALL, B, "flood", 0xfffb,
         VLAN(2, 0x7000)},
        {"untagged only: untagged", ALL, B, "flood", 0xfffb, .in = 2},
        {"untagged only: 17 bytes hold no tag", ALL, B, "flood", 0xfffb,
         VLAN(2, 5), .len = 17},
        {"others are free", ALL, A, "flood", 0xfff7, VLAN(3, 5)},
        {"who was not let in was not learned", C, A, "flood", 0xfffe, .in = 0},
        {"nor there", C, A, "flood", 0xfffe, VLAN(0, 5)},
        {"at port 15", ALL, A, "frame", 0, .in = 15, SET(REFUSE, 0x00008000)},
        {"at port 15", ALL, A, "frame", 0, VLAN(15, 5), SET(REFUSE, 1u << 31)},
    };
    struct body *b = bench_body(state);

    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_DROPPED), 6);
    /* What is not let in is not looked up. */
    assert_int_equal(read_reg(b, BRIDGE_SWEEP), CHECK_ROWS(steps) - 6);
}

static void ports_without_filtering_take_frames_of_any_vlan(void **state)
{
    static const struct step steps[] = {
        {"no member", ALL, A, "ingress", 0, VLAN(4, 10)},
        {"not filtered", ALL, A, "flood", 0x000f, VLAN(4, 10),
         SET(UNFILTERED, 0x10)},
        {"learned, but no member", A, B, "egress", 0, VLAN(0, 10)},
        {"another port is", ALL, C, "ingress", 0, VLAN(5, 10)},
        {"a member is, too", B, C, "unicast", 0, VLAN(1, 10)},
        {"a VLAN without members", ALL, C, "empty", 0, VLAN(4, 11)},
        {"teaches nothing", C, A, "empty", 0, VLAN(4, 11)},
        {"filtered again", ALL, A, "ingress", 0, VLAN(4, 10),
         SET(UNFILTERED, 0xffef)},
    };

    set_text(bench_body(state), "vlans", "10: 0-3\n11: none\n");
    run_steps(state, steps, CHECK_ROWS(steps));
}

static void ports_forward_and_learn_by_their_states(void **state)
{
    static const struct step steps[] = {
        {"discarding", ALL, A, "state", 0, .in = 1, SET(STATES, DISCARDING(1))},
        {"learns nothing", A, B, "flood", 0xfffc, .in = 0},
        {"learning", ALL, A, "state", 0, .in = 1, SET(STATES, LEARNING(1))},
        {"learns, but does not send", A, B, "state", 0, .in = 0},
        {"nor to its own port", A, C, "state", 0, .in = 1},
        {"forwarding", A, B, "unicast", 1, .in = 0, SET(STATES, 0)},
        {"both ways", B, A, "unicast", 0, .in = 1},
        {"discarding: known, not sent to", A, B, "state", 0, .in = 0,
         SET(STATES, DISCARDING(1))},
        {"does not move who was known", ALL, B, "state", 0, .in = 1},
        {"B stays", B, C, "unicast", 0, .in = 2},
        {"without the others", ALL, B, "empty", 0, .in = 0,
         SET(STATES, 0xfffe)},
        {"port 15 is one", ALL, B, "flood", 0x8000, .in = 0,
         SET(STATES, 0x7ffe)},
        {"forwards without learning", B, S(9), "unicast", 0, .in = 6,
         SET(STATES, 0xffff0000)},
        {"so it is", S(9), B, "flood", 0xfffe, .in = 0},
    };
    struct body *b = bench_body(state);

    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_LEARNED), 3);
    assert_int_equal(read_reg(b, BRIDGE_N_MOVED), 1); /* C, to port 2 */
}

/* Who is no member is told so first, whatever the states. */
static void membership_counts_before_states(void **state)
{
    static const struct step steps[] = {
        {"A", ALL, A, "flood", 0x0006, VLAN(0, 10)},
        {"ingress", ALL, B, "ingress", 0, VLAN(4, 10), SET(STATES, 0x0011)},
        {"state", ALL, B, "state", 0, VLAN(0, 10)},
        {"known there, not sent to", A, B, "state", 0, VLAN(1, 10)},
    };

    set_text(bench_body(state), "vlans", "10: 0-2\n");
    run_steps(state, steps, CHECK_ROWS(steps));
}

/* 802.1Q-2018 8.6.3: of a C-VLAN bridge, 00 to 0F, in any VLAN or state. */
static void reserved_addresses_are_punted_from_every_port(void **state)
{
    struct body *b = bench_body(state);
    uint32_t n = 0;

    set_text(b, "vlans", "1: 3\n10: none\n");
    write_reg(b, BRIDGE_STATES, 0xffffffff);
    write_reg(b, BRIDGE_REFUSE, 0xffffffff);
    for (uint8_t low = 0; low < 16; low++, n += 3) {
        const struct step steps[] = {
            {"untagged", BPDU | low, A, "punt", 0, .in = low},
            {"tagged", BPDU | low, A, "punt", 0, VLAN(low, 10)},
            {"long", BPDU | low, A, "punt", 0, .in = low, .len = 100},
        };
        run_steps(state, steps, CHECK_ROWS(steps));
    }
    assert_int_equal(read_reg(b, BRIDGE_N_PUNTED), n);
    assert_int_equal(read_reg(b, BRIDGE_N_LEARNED), 0);
    assert_int_equal(read_reg(b, BRIDGE_SWEEP), 0);
    write_reg(b, BRIDGE_STATES, 0);
    write_reg(b, BRIDGE_REFUSE, 0);
    set_text(b, "vlans", "");
    for (unsigned bit = 4; bit < 48; bit++) {
        const struct step other = {
            "one bit off", BPDU ^ UINT64_C(1) << bit, A, "flood", 0xfffe,
            .in = 0,
        };
        run_steps(state, &other, 1);
    }
    const struct step none[] = {
        {"from no port", BPDU, A, "port", 0, .in = 16},
        {"short", BPDU, A, "short", 0, .in = 0, .len = 13},
    };
    run_steps(state, none, CHECK_ROWS(none));
    assert_int_equal(read_reg(b, BRIDGE_N_PUNTED), n);
    assert_int_equal(read_reg(b, BRIDGE_N_DROPPED), 2);
}

/* 802.1Q-2018 8.8.3, flushing: of one port, at once. */
static void another_epoch_makes_the_stations_of_a_port_unknown(void **state)
{
    static const struct step steps[] = {
        {"A at 0", ALL, A, "flood", 0xfffe, .in = 0},
        {"B at 7", ALL, B, "flood", 0xff7f, .in = 7},
        {"C at 8", ALL, C, "flood", 0xfeff, .in = 8},
        {"all are known", A, B, "unicast", 0, .in = 7},
        {"7 is flushed", B, A, "flood", 0xfffe, .in = 0, SET(EPOCH0, 5u << 28)},
        {"8 is not", C, A, "unicast", 8, .in = 0},
        {"nor is 0", A, C, "unicast", 0, .in = 8},
        {"8 is", C, A, "flood", 0xfffe, .in = 0, SET(EPOCH1, 1)},
        {"B comes back", A, B, "unicast", 0, .in = 7},
        {"as new", B, A, "unicast", 7, .in = 0},
        {"C is heard at 9", A, C, "unicast", 0, .in = 9},
        {"as new", C, A, "unicast", 9, .in = 0},
        {"each bit counts", B, A, "flood", 0xfffe, .in = 0,
         SET(EPOCH0, 4u << 28)},
    };
    struct body *b = bench_body(state);

    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_LEARNED), 5);
    assert_int_equal(read_reg(b, BRIDGE_N_MOVED), 0);
}

/* A station of an earlier epoch leaves room, and is swept out. */
static void stations_of_earlier_epochs_go(void **state)
{
    static const struct step steps[] = {
        {"1", ALL, S(1), "flood", 0xfffd, .in = 1},
        {"2", ALL, S(2), "flood", 0xfffb, .in = 2},
        {"3", ALL, S(3), "flood", 0xfff7, .in = 3},
        {"4", ALL, S(4), "flood", 0xffef, .in = 4},
        {"5 finds room", ALL, S(5), "flood", 0xffdf, .in = 5,
         SET(EPOCH0, 0xf00)},
        {"that of 2", S(1), ALL, "unicast", 1, .in = 5},
        {"old epoch, old stations", S(2), ALL, "flood", 0xffdf, .in = 5,
         SET(EPOCH0, 0)},
        {"3 goes", ALL, ALL, "flood", 0xffdf, .in = 5, SET(EPOCH0, 0x3000)},
    };
    struct body *b = bench_body(state);

    /* The last of them sweeps the set of 16 that they are in. */
    set_text(b, "entries", "64");
    write_reg(b, BRIDGE_SWEEP, 2 - 7u);
    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_AGED), 1);
    assert_int_equal(fdb_word(b, 4 * 2 + 0, 2), 0x80010000);
    assert_int_equal(fdb_word(b, 4 * 2 + 1, 2), 0x80050000);
    assert_int_equal(fdb_word(b, 4 * 2 + 2, 2), 0x00030000);
    assert_int_equal(fdb_word(b, 4 * 2 + 3, 2), 0x80040000);
    run_steps(state,
              &(struct step){"with its epoch", ALL, S(6), "flood", 0xff7f,
                             .in = 7, SET(EPOCH0, 0xa0003000)},
              1);
    assert_int_equal(fdb_word(b, 4 * 2 + 2, 2), 0x80a70000);
}

/* --- tags --- */

enum { LEN_MAX = 90 };

/* One frame as it comes, and where its payload and its VLAN are then. */
struct tagged {
    const char *why;
    uint64_t dst;
    uint8_t in;
    uint16_t tag, tci; /* type of the tag, 0: none */
    uint16_t want_tci; /* of the tag it leaves with; 0: as it came */
    bool grows;        /* by that */
};

static void check_tagged(struct body *b, const struct tagged *t, uint32_t len)
{
    static uint8_t from[LEN_MAX], to[LEN_MAX + 4], want[LEN_MAX + 4];
    const struct step s = {
        .dst = t->dst, .src = A, .in = t->in, .tag = t->tag, .tci = t->tci};
    static uint8_t frame[FRAME_MAX];
    struct pkt in = step_make(&s, frame);
    struct pkt out = {.data = to, .room_bytes = sizeof to};
    struct fn_span x = {FN_PKT, &in, 1, 1, 0}, y = {FN_PKT, &out, 0, 1, 0};
    uint32_t head = t->tag != 0 ? 18 : 14, more = t->grows ? 4 : 0;

    memcpy(from, frame, head);
    for (uint32_t k = head; k < len; k++) {
        from[k] = (uint8_t)(k * 7 + 1);
    }
    in.data = from;
    in.len_bytes = len;
    in.room_bytes = sizeof from;
    memcpy(want, from, 12);
    memcpy(want + 12 + more, from + 12, len - 12);
    if (t->want_tci != 0) {
        be16_store(want + 12, 0x8100);
        be16_store(want + 14, t->want_tci);
    }
    assert_int_equal(body_run(b, &x, &y), 0);
    if (out.len_bytes != len + more || memcmp(to, want, len + more) != 0) {
        print_message("%s, %u bytes\n", t->why, len);
    }
    assert_int_equal(out.len_bytes, len + more);
    assert_memory_equal(to, want, len + more);
}

/* 802.1Q-2018 6.9.1: PCP and DEI of a priority-tagged frame stay, a frame
 * without a tag has 0. */
static void frames_leave_with_the_tag_of_their_vlan(void **state)
{
    static const struct tagged rows[] = {
        {"untagged", ALL, 1, 0, 0, 0x00a, true},
        {"another port", ALL, 2, 0, 0, 0xfff, true},
        {"of priority only", ALL, 1, 0x8100, 0xe000, 0xe00a, false},
        {"drop eligible", ALL, 2, 0x8100, 0x3000, 0x3fff, false},
        {"of priority 0", ALL, 2, 0x8100, 0x0000, 0x0fff, false},
        {"tagged", ALL, 1, 0x8100, 0x6014, 0, false},
        {"an S-tag is none", ALL, 1, 0x88a8, 0x6014, 0x00a, true},
        {"known", B, 1, 0, 0, 0x00a, true},
        {"filtered", B, 3, 0, 0, 0, false},
        {"no member", ALL, 9, 0, 0, 0, false},
        {"reserved", BPDU, 1, 0, 0, 0, false},
    };
    struct body *b = bench_body(state);

    set_text(b, "pvid", "1=10, 2=4095, 3=10");
    set_text(b, "vlans", "1: 0-8\n");
    run_steps(state, &(struct step){"B", ALL, B, "flood", 0xfff7, .in = 3}, 1);
    write_reg(b, BRIDGE_TAG, 1);
    for (size_t k = 0; k < CHECK_ROWS(rows); k++) {
        for (uint32_t len = rows[k].tag != 0 ? 18 : 14; len <= LEN_MAX; len++) {
            check_tagged(b, &rows[k], len);
        }
    }
    /* 14 to 17 bytes hold no tag, whatever they say. */
    for (uint32_t len = 14; len < 18; len++) {
        check_tagged(
            b, &(struct tagged){"cut", ALL, 1, 0x8100, 0xe000, 0x00a, true},
            len);
    }
    write_reg(b, BRIDGE_TAG, 0);
    check_tagged(b, &(struct tagged){"off", ALL, 1, 0, 0, 0, false}, 60);
}

/* The C body has to have room; the fabric does. */
static void a_frame_without_room_for_its_tag_is_dropped(void **state)
{
    static uint8_t frame[FRAME_MAX];
    struct body *b = bench_body(state);
    struct pkt p;
    struct fn_span x = {FN_PKT, &p, 1, 1, 0}, y = {FN_PKT, &p, 0, 1, 0};

    write_reg(b, BRIDGE_TAG, 1);
    for (uint32_t spare = 0; spare < 6; spare++) {
        p = step_make(&(struct step){.dst = ALL, .src = A}, frame);
        p.len_bytes = 60;
        p.room_bytes = 60 + spare;
        assert_int_equal(body_run(b, &x, &y), 0);
        assert_string_equal(b->fn->verdict(&p), spare < 4 ? "frame" : "flood");
        assert_int_equal(p.len_bytes, spare < 4 ? 60 : 64);
    }
    assert_int_equal(read_reg(b, BRIDGE_N_DROPPED), 4);
}

int main(void)
{
    struct bench bench[] = EVERY_BENCH;
    const struct CMUnitTest tests[] = {
        ON_EVERY(ports_take_the_frames_they_are_told_to),
        ON_EVERY(ports_without_filtering_take_frames_of_any_vlan),
        ON_EVERY(ports_forward_and_learn_by_their_states),
        ON_EVERY(membership_counts_before_states),
        ON_EVERY(reserved_addresses_are_punted_from_every_port),
        ON_EVERY(another_epoch_makes_the_stations_of_a_port_unknown),
        ON_EVERY(stations_of_earlier_epochs_go),
        ON_EVERY(frames_leave_with_the_tag_of_their_vlan),
        ON(a_frame_without_room_for_its_tag_is_dropped, "c", &bench[0]),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
