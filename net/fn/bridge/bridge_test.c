/*
 * bridge_test.c - frames by hand, over the C body and over the RTL body at both
 * widths, one at a time and without a pause between them.
 *
 * What is expected is what IEEE 802.1Q-2018 says of a bridge: 8.6 forwarding,
 * 8.7 learning, 8.8 the filtering database.
 */
#include "net/fn/bridge/bridge_check.h"

#include <stdio.h>

#include "core/base/clock.h"

static void bridge_learns_where_stations_are(void **state)
{
    static const struct step steps[] = {
        {"nobody knows B", B, A, "flood", 0xfffe, .in = 0},
        {"A was seen", A, B, "unicast", 0, .in = 3},
        {"so was B", B, A, "unicast", 3, .in = 0},
        {"C is where B is", B, C, "filtered", 0, .in = 3},
        {"C was learned all the same", C, A, "unicast", 3, .in = 0},
        {"B moves", A, B, "unicast", 0, .in = 15},
        {"after B", B, A, "unicast", 15, .in = 0},
        {"B is not with C any more", B, C, "unicast", 15, .in = 3},
        {"to the own port", A, A, "filtered", 0, .in = 0},
    };
    struct body *b = bench_body(state);

    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_LEARNED), 3);
    assert_int_equal(read_reg(b, BRIDGE_N_MOVED), 1);
    assert_int_equal(read_reg(b, BRIDGE_N_FULL), 0);
    assert_int_equal(read_reg(b, BRIDGE_N_UNICAST), 6);
    assert_int_equal(read_reg(b, BRIDGE_N_FLOODED), 1);
    assert_int_equal(read_reg(b, BRIDGE_N_FILTERED), 2);
    assert_int_equal(read_reg(b, BRIDGE_N_DROPPED), 0);
    assert_int_equal(read_reg(b, BRIDGE_SWEEP), 9);
}

/* The lookup comes before the learning. */
static void bridge_floods_the_first_frame_to_its_own_sender(void **state)
{
    static const struct step steps[] = {
        {"first", A, A, "flood", 0xfffb, .in = 2},
        {"then it is known", A, A, "filtered", 0, .in = 2},
        {"from elsewhere, known from before", A, A, "unicast", 2, .in = 4},
        {"and moved by that", A, A, "filtered", 0, .in = 4},
        {"to each other", A, A, "unicast", 4, .in = 2},
    };

    run_steps(state, steps, CHECK_ROWS(steps));
}

static void bridge_floods_groups_and_learns_none(void **state)
{
    static const struct step steps[] = {
        {"broadcast", ALL, A, "flood", 0xffdf, .in = 5},
        {"multicast", GROUP, B, "flood", 0xfffe, .in = 0},
        {"a group as source", A, GROUP, "unicast", 5, .in = 1},
        {"is not learned", GROUP, A, "flood", 0xffdf, .in = 5},
        {"nor is all ones", A, ALL, "unicast", 5, .in = 1},
        {"to all ones", ALL, A, "flood", 0xffdf, .in = 5},
        {"nor is zero", B, NEITHER, "unicast", 0, .in = 1},
        {"to zero", NEITHER, A, "flood", 0xffdf, .in = 5},
        {"lowest bit of the first byte only", 0x020000000000, 0xfe0000000001,
         "flood", 0xff7f, .in = 7},
        {"that was one", 0xfe0000000001, A, "unicast", 7, .in = 5},
        {"one bit makes a station", A, 0x000000000001, "unicast", 5, .in = 9},
        {"in its place", 0x000000000001, A, "unicast", 9, .in = 5},
    };
    struct body *b = bench_body(state);

    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_LEARNED), 4);
}

/* A table of all addresses that differ from A in one bit. */
static void bridge_compares_every_bit_of_an_address(void **state)
{
    struct step s = {"A is learned", ALL, A, "flood", 0xfffe, .in = 0};

    run_steps(state, &s, 1);
    for (unsigned bit = 0; bit < 48; bit++) {
        s = (struct step){
            "one bit off", A ^ UINT64_C(1) << bit, B, "flood", 0xfffd, .in = 1};
        run_steps(state, &s, 1);
        /* Learned beside A, and then known beside it. */
        s = (struct step){"learned", A, A ^ UINT64_C(1) << bit,
                          "unicast", 0, .in = 2};
        run_steps(state, &s, 1);
        s = (struct step){"A stays", A, B, "unicast", 0, .in = 1};
        run_steps(state, &s, 1);
    }
}

/* VLANs 0 to 4095 that differ in one bit are others. */
static void bridge_compares_every_bit_of_a_vlan(void **state)
{
    for (uint16_t bit = 0; bit < 12; bit++) {
        uint16_t vid = (uint16_t)(1u << bit);
        struct step steps[] = {
            {"learned in 0xfff", ALL, A, "flood", 0xfffe, VLAN(0, 0xfff)},
            {"not in another", A, B, "flood", 0xfffd, VLAN(1, 0xfff ^ vid)},
            {"known in its own", A, B, "unicast", 0, VLAN(1, 0xfff)},
        };
        run_steps(state, steps, CHECK_ROWS(steps));
    }
}

/* Bit i of {VLAN, address} is bit i % 10 of the set's number. */
static void bridge_folds_every_bit_into_the_set(void **state)
{
    struct body *b = bench_body(state);

    write_reg(b, BRIDGE_PVID0, 0);
    for (unsigned bit = 0; bit < 60; bit++) {
        uint64_t key = UINT64_C(1) << bit;
        uint32_t set = 1u << bit % 10;
        struct step s = {"one bit", ALL, key, "flood", 0xfffe, .in = 0};
        if (bit == 40) {
            continue; /* a group */
        }
        if (bit >= 48) { /* a VLAN alone is no station */
            s.src = 1u << 9;
            s.tci = (uint16_t)(key >> 48);
            s.tag = TAG;
            set ^= 1u << 9;
        }
        set_text(b, "entries", "4096");
        run_steps(state, &s, 1);
        assert_int_equal(fdb_word(b, 4 * set, 0), (uint32_t)s.src);
        assert_int_equal(fdb_word(b, 4 * set, 1),
                         (uint32_t)(s.src >> 32) | (uint32_t)s.tci << 20);
    }
}

/* Keys in which two bits differ that fold to the same one. */
static void bridge_tells_stations_of_one_set_apart(void **state)
{
    struct body *b = bench_body(state);

    for (unsigned bit = 0; bit < 50; bit++) {
        uint64_t other = UINT64_C(0x401) << bit;
        uint16_t vid = (uint16_t)(other >> 48);
        uint64_t mac = A ^ (other & 0xfeffffffffff);
        struct step steps[] = {
            {"learned", ALL, A, "flood", 0xfffe, VLAN(0, 2)},
            {"the other is not", mac, GROUP, "flood", 0xfffd,
             VLAN(1, (uint16_t)(2 ^ vid))},
            {"now it is", ALL, mac, "flood", 0xfffb,
             VLAN(2, (uint16_t)(2 ^ vid))},
            {"both are", mac, GROUP, "unicast", 2,
             VLAN(1, (uint16_t)(2 ^ vid))},
            {"both are", A, GROUP, "unicast", 0, VLAN(1, 2)},
        };
        if (other >> 40 & 1) {
            continue; /* a group */
        }
        set_text(b, "entries", "64");
        run_steps(state, steps, CHECK_ROWS(steps));
    }
}

/* Nobody learns a group; should one stand there, it is none the less one. */
static void bridge_floods_a_group_that_was_written(void **state)
{
    static const struct step steps[] = {
        {"written by hand", UINT64_C(0x010000000102), A, "flood", 0xffbf,
         .in = 6},
        {"a station in the same way", UINT64_C(0x000000000202), A, "unicast", 4,
         .in = 6},
    };
    struct body *b = bench_body(state);

    /* VLAN 1 and bits 40, 8 and 1 fold to 0x100 ^ 1 ^ 0x102: set 3. */
    write_reg(b, CSR_WINDOW_INDEX, csr_window(BRIDGE_TABLE_FDB, 12 * 3));
    write_reg(b, CSR_WINDOW_DATA, 0x00000102);
    write_reg(b, CSR_WINDOW_DATA, 1 << 20 | 0x0100);
    write_reg(b, CSR_WINDOW_DATA, 0x80040000);
    /* ... bits 9 and 1 to 0x100 ^ 0x202. */
    write_reg(b, CSR_WINDOW_INDEX, csr_window(BRIDGE_TABLE_FDB, 12 * 0x302));
    write_reg(b, CSR_WINDOW_DATA, 0x00000202);
    write_reg(b, CSR_WINDOW_DATA, 1 << 20);
    write_reg(b, CSR_WINDOW_DATA, 0x80040000);
    run_steps(state, steps, CHECK_ROWS(steps));
}

static void bridge_keeps_vlans_apart(void **state)
{
    static const struct step steps[] = {
        {"A in 10", ALL, A, "flood", 0x008e, VLAN(0, 10)},
        {"A in 20 is another", ALL, A, "flood", 0xff00, VLAN(4, 20)},
        {"A as seen from 10", A, B, "unicast", 0, VLAN(1, 10)},
        {"A as seen from 20", A, B, "unicast", 4, VLAN(8, 20)},
        {"B in 10", B, A, "unicast", 1, VLAN(0, 10)},
        {"B in 20", B, A, "unicast", 8, VLAN(4, 20)},
        {"priority is no VLAN", B, A, "unicast", 8, VLAN(4, 0xe000 | 20)},
        {"nor is drop eligible", B, A, "unicast", 8, VLAN(4, 0x1000 | 20)},
        {"a port of 20 in 10", B, C, "ingress", 0, VLAN(8, 10)},
        {"teaches nothing", C, A, "flood", 0x008e, VLAN(0, 10)},
        {"not in 20, either", C, A, "flood", 0xff00, VLAN(4, 20)},
        {"a VLAN beyond the last", C, A, "flood", 0xfffe, VLAN(0, 21)},
        {"and the highest", C, A, "flood", 0xfffe, VLAN(0, 4095)},
        {"alone in 11", ALL, A, "empty", 0, VLAN(3, 11)},
        {"but learned there", A, B, "ingress", 0, VLAN(2, 11)},
        {"and known", A, A, "filtered", 0, VLAN(3, 11)},
        {"nobody in 12", ALL, A, "ingress", 0, VLAN(3, 12)},
        {"13 is not listed", ALL, A, "flood", 0xfff7, VLAN(3, 13)},
    };
    struct body *b = bench_body(state);

    set_text(b, "vlans", "10: 0-3, 7\n20: 4,8-15\n11: 3\n12: none\n");
    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_DROPPED), 4);
    assert_int_equal(read_reg(b, BRIDGE_N_FILTERED), 1);
    assert_int_equal(read_reg(b, BRIDGE_N_LEARNED), 8);
}

/* A station at a port that has left the VLAN is not reached. */
static void bridge_sends_to_members_only(void **state)
{
    static const struct step before[] = {
        {"A at 0", ALL, A, "flood", 0x0006, VLAN(0, 2)},
        {"B at 1", A, B, "unicast", 0, VLAN(1, 2)},
    };
    static const struct step after[] = {
        {"to A", A, B, "egress", 0, VLAN(1, 2)},
        {"to others", C, B, "flood", 0x0004, VLAN(1, 2)},
        {"from A", B, A, "ingress", 0, VLAN(0, 2)},
    };
    struct body *b = bench_body(state);

    set_text(b, "vlans", "2: 0-2\n");
    run_steps(state, before, CHECK_ROWS(before));
    set_text(b, "vlans", "2: 1-2\n");
    run_steps(state, after, CHECK_ROWS(after));
    /* Beyond N_VLANS all ports are members again, whatever the entry says. */
    write_reg(b, BRIDGE_N_VLANS, 2);
    run_steps(state, &(struct step){"to A", A, B, "unicast", 0, VLAN(1, 2)}, 1);
}

static void bridge_gives_untagged_frames_the_vlan_of_their_port(void **state)
{
    static const struct step steps[] = {
        {"port 0 is in 10", ALL, A, "flood", 0xfffe, .in = 0},
        {"with a tag of 10", A, B, "unicast", 0, VLAN(5, 10)},
        {"with a tag of priority only", B, A, "unicast", 5, VLAN(0, 0xf000)},
        {"port 1 is in 10", A, C, "unicast", 0, .in = 1},
        {"port 2 is in 20", A, C, "flood", 0xfffb, .in = 2},
        {"port 3 is in 1", A, C, "flood", 0xfff7, .in = 3},
        {"port 15 is in 4095", A, C, "flood", 0x7fff, .in = 15},
        {"with a tag of 4095", C, A, "unicast", 15, VLAN(3, 4095)},
        {"with a tag of 20", C, A, "unicast", 2, VLAN(3, 20)},
        {"an S-tag is none", C, A, "unicast", 3, .in = 4, .tci = 20,
         .tag = 0x88a8},
        {"17 bytes hold no tag", C, A, "unicast", 3, VLAN(4, 20), .len = 17},
        {"18 do", C, A, "unicast", 2, VLAN(4, 20), .len = 18},
    };
    struct body *b = bench_body(state);

    set_text(b, "pvid", "0=10, 1=10, 2=20, 15=4095");
    run_steps(state, steps, CHECK_ROWS(steps));
}

static void bridge_knows_each_port_s_own_vlan(void **state)
{
    struct body *b = bench_body(state);

    for (uint32_t k = 0; k < BRIDGE_PORTS / 2; k++) {
        write_reg(b, BRIDGE_PVID0 + 4 * k, (101 + 2 * k) << 16 | (100 + 2 * k));
    }
    for (uint16_t port = 0; port < BRIDGE_PORTS; port++) {
        uint16_t rest = (uint16_t) ~(1u << port);
        uint8_t other = (uint8_t)((port + 1) % BRIDGE_PORTS);
        struct step steps[] = {
            {"untagged", ALL, A, "flood", rest, .in = (uint8_t)port},
            {"tagged", A, B, "unicast", port,
             VLAN(other, (uint16_t)(100 + port))},
        };
        run_steps(state, steps, CHECK_ROWS(steps));
    }
}

static void bridge_drops_what_has_no_header_or_port(void **state)
{
    static const struct step steps[] = {
        {"13 bytes", B, A, "short", 0, .in = 0, .len = 13},
        {"12 bytes", B, A, "short", 0, .in = 0, .len = 12},
        {"one byte", B, A, "short", 0, .in = 0, .len = 1},
        {"port 16", B, A, "port", 0, .in = 16},
        {"port 255", B, A, "port", 0, .in = 255},
        {"port 128", B, A, "port", 0, .in = 128},
        {"short at port 16", B, A, "short", 0, .in = 16, .len = 13},
        {"nobody was learned", A, B, "flood", 0x7fff, .in = 15},
        {"14 bytes do", B, A, "unicast", 15, .in = 0},
        {"as many do", B, A, "unicast", 15, .in = 0, .len = 200},
    };
    struct body *b = bench_body(state);

    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_DROPPED), 7);
    assert_int_equal(read_reg(b, BRIDGE_SWEEP), 3);
}

/* Flags of packets as they come. */
static void bridge_looks_at_flags_first(void **state)
{
    static const struct {
        uint16_t flags;
        const char *verdict;
        bool same; /* nothing but the bytes in it was looked at */
    } row[] = {
        {PKT_DROP, "done", true},
        {PKT_PUNT, "done", true},
        {PKT_DROP | PKT_PUNT, "done", true},
        {PKT_DROP | PKT_ERROR, "done", true},
        {PKT_PUNT | PKT_FLOOD, "done", true},
        {PKT_ERROR, "short", false},
        {PKT_ERROR | PKT_FLOOD, "short", false},
        {PKT_FLOOD, "flood", false},
    };
    const struct step s = {"", B, A, "", 0, .in = 1};
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t from[FRAME_MAX];
        struct pkt in = step_make(&s, from), out;
        in.flags = row[k].flags;
        run_packets(b, &in, 1, &out);
        assert_string_equal(b->fn->verdict(&out), row[k].verdict);
        if (row[k].same) {
            assert_int_equal(pkt_user(&out), pkt_user(&in));
        }
    }
    assert_int_equal(read_reg(b, BRIDGE_N_DROPPED), 2);
    assert_int_equal(read_reg(b, BRIDGE_SWEEP), 1);
    assert_int_equal(read_reg(b, BRIDGE_N_LEARNED), 1);
    /* A flood that was decided before is decided anew. */
    uint8_t from[FRAME_MAX];
    struct pkt in = step_make(&(struct step){.dst = A, .src = B}, from), out;
    in.flags = PKT_FLOOD;
    run_packets(b, &in, 1, &out);
    assert_int_equal(out.flags, 0);
    assert_int_equal(out.out_port, 1);
    in.len_bytes = 5;
    run_packets(b, &in, 1, &out);
    assert_int_equal(out.flags, PKT_DROP);
}

static void bridge_forgets_stations_that_are_silent(void **state)
{
    static const struct step steps[] = {
        {"at tick 65530", ALL, A, "flood", 0xfffe, .in = 0, .reg = BRIDGE_TICK,
         .value = 65530},
        {"age 10", A, B, "unicast", 0, .in = 1, .reg = BRIDGE_TICK, .value = 4},
        {"age 11", A, B, "flood", 0xfffd, .in = 1, .reg = BRIDGE_TICK,
         .value = 5},
        {"B was heard one tick ago", B, A, "unicast", 1, .in = 0},
        {"A is back: age 0", A, B, "unicast", 0, .in = 1},
        {"age 10 again", A, C, "unicast", 0, .in = 1, .reg = BRIDGE_TICK,
         .value = 15},
        {"A itself, to keep it", C, A, "unicast", 1, .in = 0},
        {"age 9", A, C, "unicast", 0, .in = 1, .reg = BRIDGE_TICK, .value = 24},
        {"a lookup keeps nobody", A, C, "flood", 0xfffd, .in = 1,
         .reg = BRIDGE_TICK, .value = 26},
        {"65535 ticks", A, C, "flood", 0xfffd, .in = 1, .reg = BRIDGE_MAX_AGE,
         .value = 1},
        {"never", ALL, A, "flood", 0xfffe, .in = 0, .reg = BRIDGE_MAX_AGE,
         .value = 0},
        {"65535 later", A, C, "unicast", 0, .in = 1, .reg = BRIDGE_TICK,
         .value = 25},
        {"as long", A, C, "unicast", 0, .in = 1, .reg = BRIDGE_MAX_AGE,
         .value = 65535},
        {"not so long", A, C, "flood", 0xfffd, .in = 1, .reg = BRIDGE_MAX_AGE,
         .value = 65534},
        {"16 bits of both", ALL, A, "flood", 0xfffe, .in = 0,
         .reg = BRIDGE_MAX_AGE, .value = 0x10001},
        {"one tick", A, C, "unicast", 0, .in = 1, .reg = BRIDGE_TICK,
         .value = 0xabc0001a},
        {"two ticks", A, C, "flood", 0xfffd, .in = 1, .reg = BRIDGE_TICK,
         .value = 0x1b},
    };

    write_reg(bench_body(state), BRIDGE_MAX_AGE, 10);
    run_steps(state, steps, CHECK_ROWS(steps));
}

/* A station that comes back after its time is new: it has not moved. */
static void bridge_counts_a_station_that_was_too_old_as_new(void **state)
{
    static const struct step steps[] = {
        {"new", ALL, A, "flood", 0xfffe, .in = 0},
        {"moved", ALL, A, "flood", 0xfffd, .in = 1, .reg = BRIDGE_TICK,
         .value = 300},
        {"new again", ALL, A, "flood", 0xfffb, .in = 2, .reg = BRIDGE_TICK,
         .value = 601},
    };
    struct body *b = bench_body(state);

    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_LEARNED), 2);
    assert_int_equal(read_reg(b, BRIDGE_N_MOVED), 1);
}

/* Set of S(n) in VLAN 1: bit 48 and bit 41 fold to bits 8 and 1. */
enum { SET = 0x102, SET_OF_16 = 2 };

static void bridge_learns_four_stations_a_set(void **state)
{
    static const struct step steps[] = {
        {"1", ALL, S(1), "flood", 0xfffd, .in = 1},
        {"2", ALL, S(2), "flood", 0xfffb, .in = 2},
        {"3", ALL, S(3), "flood", 0xfff7, .in = 3},
        {"4", ALL, S(4), "flood", 0xffef, .in = 4},
        {"5 finds no room", S(4), S(5), "unicast", 4, .in = 5},
        {"1 stays", S(1), A, "unicast", 1, .in = 0},
        {"2 stays", S(2), A, "unicast", 2, .in = 0},
        {"3 stays", S(3), A, "unicast", 3, .in = 0},
        {"5 is not there", S(5), A, "flood", 0xfffe, .in = 0},
        {"2 is heard", S(4), S(2), "unicast", 4, .in = 2, .reg = BRIDGE_TICK,
         .value = 200},
        {"1, 3 and 4 are too old", S(3), S(5), "flood", 0xffdf, .in = 5,
         .reg = BRIDGE_TICK, .value = 301},
        {"5 came", S(5), S(2), "unicast", 5, .in = 2},
        {"6 comes", S(5), S(6), "unicast", 5, .in = 6},
        {"7 comes", S(6), S(7), "unicast", 6, .in = 7},
        {"8 does not", S(7), S(8), "unicast", 7, .in = 8},
        {"nobody knows 8", S(8), A, "flood", 0xfffe, .in = 0},
        {"5", S(5), A, "unicast", 5, .in = 0},
        {"2", S(2), A, "unicast", 2, .in = 0},
    };
    static const uint64_t there[] = {S(5), S(2), S(6), S(7)};
    struct body *b = bench_body(state);

    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_FULL), 2);
    for (uint32_t way = 0; way < BRIDGE_WAYS; way++) {
        assert_int_equal(fdb_word(b, 4 * SET + way, 0), (uint32_t)there[way]);
        assert_int_equal(fdb_word(b, 4 * SET + way, 1), 1 << 20 | 0x0200);
    }
    assert_int_equal(fdb_word(b, 4 * SET + 0, 2), 0x80050000 + 301);
    assert_int_equal(fdb_word(b, 4 * SET + 1, 2), 0x80020000 + 301);
    assert_int_equal(fdb_word(b, 4 * SET + 2, 2), 0x80060000 + 301);
    assert_int_equal(fdb_word(b, 4 * SET + 3, 2), 0x80070000 + 301);
}

/* Its own place first, although one before it is free. */
static void bridge_never_has_a_station_twice(void **state)
{
    static const struct step steps[] = {
        {"1", ALL, S(1), "flood", 0xfffd, .in = 1},
        {"2", ALL, S(2), "flood", 0xfffb, .in = 2},
        {"3", ALL, S(3), "flood", 0xfff7, .in = 3},
        {"2 comes back when all are old", ALL, S(2), "flood", 0xffbf, .in = 6,
         .reg = BRIDGE_TICK, .value = 301},
        {"3 does", S(2), S(3), "unicast", 6, .in = 7},
    };
    struct body *b = bench_body(state);

    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(fdb_word(b, 4 * SET, 2), 0x80010000);
    assert_int_equal(fdb_word(b, 4 * SET + 1, 2), 0x80060000 + 301);
    assert_int_equal(fdb_word(b, 4 * SET + 2, 2), 0x80070000 + 301);
    assert_int_equal(fdb_word(b, 4 * SET + 3, 2), 0);
}

/* Each frame sweeps one set, in turn. */
static void bridge_sweeps_out_what_is_too_old(void **state)
{
    /* In VLAN 1 with 16 sets, 0x020000000000 ^ n is in set 2 ^ n. */
#define AT(set) (UINT64_C(0x020000000000) + ((set) ^ SET_OF_16))
    static const struct step steps[] = {
        {"set 5", ALL, AT(5), "flood", 0xfffe, .in = 0},
        {"set 6", ALL, AT(6), "flood", 0xfffe, .in = 0},
        {"set 7", ALL, AT(7), "flood", 0xfffe, .in = 0},
        /* Old now, and swept in set 5 only. */
        {"sweeps 4", ALL, ALL, "flood", 0xfffd, .in = 1, .reg = BRIDGE_TICK,
         .value = 301},
        {"sweeps 5", ALL, ALL, "flood", 0xfffd, .in = 1},
        {"dropped, but sweeps 6", AT(6), ALL, "flood", 0xfffd, .in = 1},
        {"swept: young again, but gone", AT(5), ALL, "flood", 0xfffd, .in = 1,
         .reg = BRIDGE_MAX_AGE, .value = 0},
        {"swept", AT(6), ALL, "flood", 0xfffd, .in = 1},
        {"not swept", AT(7), ALL, "unicast", 0, .in = 1},
    };
    struct body *b = bench_body(state);

    set_text(b, "entries", "64");
    write_reg(b, BRIDGE_SWEEP, 0x1001); /* the next is 1, modulo 16 */
    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_AGED), 2);
    assert_int_equal(read_reg(b, BRIDGE_SWEEP), 0x1001 + 9);
    /* Nothing but the valid bit went. */
    assert_int_equal(fdb_word(b, 4 * 5, 0), 0x00000007);
    assert_int_equal(fdb_word(b, 4 * 5, 1), 1 << 20 | 0x0200);
    assert_int_equal(fdb_word(b, 4 * 5, 2), 0);
}

/* All four at once; and what the sweeping frame itself has just learned stays.
 */
static void bridge_sweeps_whole_sets_after_learning(void **state)
{
    static const struct step steps[] = {
        {"1", ALL, S(1), "flood", 0xfffd, .in = 1},
        {"2", ALL, S(2), "flood", 0xfffb, .in = 2},
        {"3", ALL, S(3), "flood", 0xfff7, .in = 3},
        {"4", ALL, S(4), "flood", 0xffef, .in = 4},
        {"2 is old, comes back, sweeps its set", ALL, S(2), "flood", 0xffdf,
         .in = 5, .reg = BRIDGE_TICK, .value = 301},
        {"and stays", S(2), S(6), "unicast", 5, .in = 6},
        {"6 is in the first place", S(6), S(7), "unicast", 6, .in = 7},
    };
    struct body *b = bench_body(state);

    set_text(b, "entries", "64");
    write_reg(b, BRIDGE_SWEEP, SET_OF_16 - 4u);
    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_AGED), 3);
    assert_int_equal(fdb_word(b, 4 * SET_OF_16 + 0, 0), (uint32_t)S(6));
    assert_int_equal(fdb_word(b, 4 * SET_OF_16 + 1, 0), (uint32_t)S(2));
    assert_int_equal(fdb_word(b, 4 * SET_OF_16 + 2, 0), (uint32_t)S(7));
    assert_int_equal(fdb_word(b, 4 * SET_OF_16 + 3, 2), 4 << 16);
}

/* The sweep of the next frame does not take out what was old before it. */
static void bridge_keeps_what_was_learned_from_the_frame_before(void **state)
{
    static const struct step steps[] = {
        {"1", ALL, S(1), "flood", 0xfffd, .in = 1},
        {"2", ALL, S(2), "flood", 0xfffb, .in = 2},
        {"2 is old, comes back", ALL, S(2), "flood", 0xffdf, .in = 5,
         .reg = BRIDGE_TICK, .value = 301},
        {"sweeps its set", S(2), ALL, "unicast", 5, .in = 1},
        {"2 stays", S(2), ALL, "unicast", 5, .in = 1},
        {"and stays", S(2), ALL, "unicast", 5, .in = 1},
    };
    struct body *b = bench_body(state);

    write_reg(b, BRIDGE_SWEEP, SET - 3);
    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_AGED), 1);
    assert_int_equal(fdb_word(b, 4 * SET + 0, 2), 1 << 16);
    assert_int_equal(fdb_word(b, 4 * SET + 1, 2), 0x80050000 + 301);
}

/*
 * Ways are told apart by what the sweep of the frame before took out: a station
 * that was swept is new and takes the first place, not the one it had.
 */
static void bridge_learns_after_the_sweep_of_the_frame_before(void **state)
{
    static const struct step steps[] = {
        {"1", ALL, S(1), "flood", 0xfffd, .in = 1},
        {"2", ALL, S(2), "flood", 0xfffb, .in = 2},
        {"sweeps the set", ALL, ALL, "flood", 0xfffe, .in = 0,
         .reg = BRIDGE_TICK, .value = 301},
        {"2", ALL, S(2), "flood", 0xffdf, .in = 5},
        {"1", S(2), S(1), "unicast", 5, .in = 6},
        {"sweeps another", S(1), ALL, "unicast", 6, .in = 0},
    };
    struct body *b = bench_body(state);

    write_reg(b, BRIDGE_SWEEP, SET - 2);
    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(fdb_word(b, 4 * SET + 0, 0), (uint32_t)S(2));
    assert_int_equal(fdb_word(b, 4 * SET + 1, 0), (uint32_t)S(1));
}

/* Traffic alone clears the table in time for the tick to come round. */
static void bridge_does_not_take_a_wrapped_tick_for_a_young_one(void **state)
{
    struct step s = {"learned", ALL, A, "flood", 0xfffe, .in = 0};
    struct body *b = bench_body(state);

    set_text(b, "entries", "64");
    run_steps(state, &s, 1);
    write_reg(b, BRIDGE_TICK, 1000);
    for (int k = 0; k < 16; k++) {
        s = (struct step){"others", ALL, ALL, "flood", 0xfffd, .in = 1};
        run_steps(state, &s, 1);
    }
    write_reg(b, BRIDGE_TICK, 5);
    s = (struct step){"5 or 65541 ticks", A, B, "flood", 0xfffd, .in = 1};
    run_steps(state, &s, 1);
}

/* Sizes: how many sets there are shows in where a station is put. */
static void bridge_uses_the_next_lower_power_of_two(void **state)
{
    static const struct {
        uint32_t n;
        uint32_t entry; /* of 0x02000000ffff ^ ..., in set 0x3ff of 1024 */
    } row[] = {
        {4096, 4 * 1023}, {4095, 4 * 511}, {2048, 4 * 511}, {2047, 4 * 255},
        {1024, 4 * 255},  {512, 4 * 127},  {256, 4 * 63},   {128, 4 * 31},
        {127, 4 * 15},    {65, 4 * 15},    {64, 4 * 15},
    };
    const uint64_t station = UINT64_C(0x0200000002fd); /* 0x3ff ^ 0x102 */

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct body *b = bench_body(state);
        struct step steps[] = {
            {"learned", ALL, station, "flood", 0xfffe, .in = 0},
            {"found", station, ALL, "unicast", 0, .in = 1},
        };
        set_text(b, "entries", "4096");
        write_reg(b, BRIDGE_N_FDB, row[k].n);
        run_steps(state, steps, CHECK_ROWS(steps));
        assert_int_equal(fdb_word(b, row[k].entry, 0), (uint32_t)station);
        assert_int_equal(fdb_word(b, row[k].entry, 2), 1u << 31);
    }
}

static void bridge_floods_everything_without_a_table(void **state)
{
    static const struct step steps[] = {
        {"A", ALL, A, "flood", 0xfffe, .in = 0},
        {"was not learned", A, B, "flood", 0xfffd, .in = 1},
        {"an old entry is not used", B, C, "flood", 0xfffe, .in = 0},
    };
    static const uint32_t sizes[] = {63, 32, 1, 0};

    for (size_t k = 0; k < CHECK_ROWS(sizes); k++) {
        struct body *b = bench_body(state);
        set_text(b, "entries", "64");
        run_steps(state, &(struct step){"", ALL, B, "flood", 0xfffd, .in = 1},
                  1);
        /* One in the first set, too: neither is swept out. */
        write_reg(b, CSR_WINDOW_INDEX, csr_window(BRIDGE_TABLE_FDB, 2));
        write_reg(b, CSR_WINDOW_DATA, 1u << 31);
        write_reg(b, BRIDGE_TICK, 301 + 301 * (uint32_t)k);
        write_reg(b, BRIDGE_N_FDB, sizes[k]);
        run_steps(state, steps, CHECK_ROWS(steps));
        assert_int_equal(read_reg(b, BRIDGE_N_FULL), 3 * (k + 1));
        assert_int_equal(read_reg(b, BRIDGE_N_AGED), 0);
        assert_int_equal(fdb_word(b, 0, 2), 1u << 31);
    }
}

/* Packets as close as they come, each of which needs what the last one did. */
static void bridge_learns_between_two_frames(void **state)
{
    static const struct step steps[] = {
        {"A", B, A, "flood", 0xfffe, .in = 0},
        {"at once", A, B, "unicast", 0, .in = 1},
        {"and back", B, A, "unicast", 1, .in = 0},
        {"A moves", B, A, "unicast", 1, .in = 2},
        {"and again", B, A, "unicast", 1, .in = 3},
        {"and stays", B, A, "unicast", 1, .in = 3},
        {"between", C, ALL, "flood", 0xffef, .in = 4, .len = 20},
        {"A is at 3", A, B, "unicast", 3, .in = 1},
        {"other set", C, NOBODY, "flood", 0xffdf, .in = 5},
        {"a runt between", A, A, "short", 0, .in = 0, .len = 8},
        {"known", NOBODY, A, "unicast", 5, .in = 3},
        {"learned with a tag", ALL, C, "flood", 0xffbf, VLAN(6, 7)},
        {"three beats", C, B, "unicast", 6, VLAN(1, 7)},
        {"three beats", B, C, "unicast", 1, VLAN(6, 7)},
        {"in 1", C, B, "flood", 0xfffd, .in = 1},
    };

    struct body *b = bench_body(state);

    run_steps(state, steps, CHECK_ROWS(steps));
    assert_int_equal(read_reg(b, BRIDGE_N_MOVED), 2);
    assert_int_equal(read_reg(b, BRIDGE_N_LEARNED), 5);
}

/* --- state ---------------------------------------------------------------- */

/* Station 'k' of 4096: fills the table of VLAN 1 when all are learned. */
static uint64_t station(uint32_t k)
{
    uint32_t way = k % BRIDGE_WAYS, set = k / BRIDGE_WAYS;

    return UINT64_C(0x020000000000) | way << 10 | (set ^ SET ^ way);
}

/* A C body that has learned 4096 stations from frames. */
static struct body *open_full(void)
{
    struct body *b = NULL;

    assert_int_equal(body_open_c(registry_find("bridge"), &b), 0);
    for (uint32_t k = 0; k < BRIDGE_FDB_DEPTH; k++) {
        uint8_t from[FRAME_MAX];
        struct step s = {
            .dst = ALL, .src = station(k), .in = (uint8_t)(k % BRIDGE_PORTS)};
        struct pkt in = step_make(&s, from), out;
        run_packets(b, &in, 1, &out);
    }
    assert_int_equal(read_reg(b, BRIDGE_N_LEARNED), BRIDGE_FDB_DEPTH);
    assert_int_equal(read_reg(b, BRIDGE_N_FULL), 0);
    return b;
}

static double ms_since(uint64_t start_ns)
{
    return (double)(clock_ns() - start_ns) / 1e6;
}

static void bridge_takes_4096_stations_along(void **state)
{
    struct body *b = bench_body(state);
    struct body *full = open_full();
    struct blob blob, back;

    set_text(full, "vlans", "4095: 0-14\n");
    assert_int_equal(body_save(full, &blob), 0);
    uint64_t start = clock_ns();
    assert_int_equal(body_load(b, &blob), 0);
    double load_ms = ms_since(start);
    start = clock_ns();
    assert_int_equal(body_save(b, &back), 0);
    print_message("4096 stations, 4096 VLANs: load %.2f ms, save %.2f ms\n",
                  load_ms, ms_since(start));
    assert_int_equal(blob_differs(&blob, &back), -1);
    blob_close(&back);
    /* Every station is known where it was. */
    for (uint32_t k = 0; k < BRIDGE_FDB_DEPTH; k += 97) {
        uint16_t port = (uint16_t)(k % BRIDGE_PORTS);
        struct step s = {"known", station(k),
                         A,       "unicast",
                         port,    .in = (uint8_t)((k + 1) % BRIDGE_PORTS)};
        run_steps(state, &s, 1);
    }
    /* What the other body learned comes home. */
    run_steps(
        state,
        &(struct step){"moves", ALL, station(9), "flood", 0xfff7, .in = 3}, 1);
    blob_close(&blob);
    assert_int_equal(body_save(b, &blob), 0);
    assert_int_equal(body_load(full, &blob), 0);
    assert_int_equal(body_save(full, &back), 0);
    assert_int_equal(blob_differs(&blob, &back), -1);
    assert_int_equal(fdb_word(full, 9, 2), 0x80030000);
    blob_close(&blob);
    blob_close(&back);
    body_close(full);
}

static void bridge_with_only_stations_moves_fast(void **state)
{
    struct body *b = bench_body(state);
    struct body *full = open_full();
    struct blob blob, back;

    assert_int_equal(body_save(full, &blob), 0);
    uint64_t start = clock_ns();
    assert_int_equal(body_load(b, &blob), 0);
    double load_ms = ms_since(start);
    start = clock_ns();
    assert_int_equal(body_save(b, &back), 0);
    print_message("4096 stations: load %.2f ms, save %.2f ms\n", load_ms,
                  ms_since(start));
    assert_int_equal(blob_differs(&blob, &back), -1);
    blob_close(&blob);
    blob_close(&back);
    body_close(full);
}

/* Words of both tables by themselves, out of order. */
static void bridge_tables_hold_what_was_written(void **state)
{
    static const uint32_t used[] = {0xffffffff, 0xfff0ffff, 0x800fffff};
    struct body *b = bench_body(state);

    for (uint32_t k = 0; k < 3 * 4096; k += 511) {
        uint32_t word = k * 0x9e3779b1 & used[k % 3];
        write_reg(b, CSR_WINDOW_INDEX, csr_window(BRIDGE_TABLE_FDB, k));
        write_reg(b, CSR_WINDOW_DATA, word);
        assert_int_equal(fdb_word(b, k / 3, k % 3), word);
    }
    for (uint32_t k = 0; k < 3 * 4096; k += 511) {
        assert_int_equal(fdb_word(b, k / 3, k % 3),
                         k * 0x9e3779b1 & used[k % 3]);
    }
    write_reg(b, CSR_WINDOW_INDEX, csr_window(BRIDGE_TABLE_VLAN, 4094));
    write_reg(b, CSR_WINDOW_DATA, 0x1234);
    write_reg(b, CSR_WINDOW_DATA, 0xffff);
    write_reg(b, CSR_WINDOW_INDEX, csr_window(BRIDGE_TABLE_VLAN, 4094));
    assert_int_equal(read_reg(b, CSR_WINDOW_DATA), 0x1234);
    assert_int_equal(read_reg(b, CSR_WINDOW_DATA), 0xffff);
    /* The other table has its words still, and nothing lies behind either. */
    assert_int_equal(fdb_word(b, 0, 0), 0);
}

static void bridge_entries_empties_the_table(void **state)
{
    struct body *b = bench_body(state);
    struct step known = {"known", ALL, A, "flood", 0xfffe, .in = 0};
    struct step lost = {"forgotten", A, ALL, "flood", 0xfffd, .in = 1};

    run_steps(state, &known, 1);
    set_text(b, "entries", "4096");
    run_steps(state, &lost, 1);
    run_steps(state, &known, 1);
    set_text(b, "entries", "64");
    run_steps(state, &lost, 1);
    set_text(b, "entries", "4096");
    run_steps(state, &lost, 1);
    assert_int_equal(read_reg(b, BRIDGE_N_FDB), 4096);
}

static void bridge_starts_as_a_plain_switch(void **state)
{
    struct body *b = bench_body(state);

    assert_int_equal(read_reg(b, BRIDGE_N_FDB), 4096);
    assert_int_equal(read_reg(b, BRIDGE_N_VLANS), 0);
    assert_int_equal(read_reg(b, BRIDGE_MAX_AGE), 300); /* 802.1Q table 8-6 */
    assert_int_equal(read_reg(b, BRIDGE_PVID7), 0x00010001);
    run_steps(state, &(struct step){"in 1", ALL, A, "flood", 0xfffe, .in = 0},
              1);
    run_steps(state, &(struct step){"in 1", A, B, "unicast", 0, VLAN(1, 1)}, 1);
}

#define ON(test, where, bench)                                   \
    {                                                            \
#test "_on_" where, test, bench_open, bench_close, bench \
    }
#define ON_EACH(test)                                                       \
    ON(test, "c", &bench[0]), ON(test, "rtl32", &bench[1]),                 \
        ON(test, "rtl64", &bench[2]), ON(test, "rtl64_at_once", &bench[3]), \
        ON(test, "rtl32_at_once", &bench[4])

int main(void)
{
    struct bench bench[] = {{.width_bits = 0},
                            {.width_bits = 32},
                            {.width_bits = 64},
                            {.width_bits = 64, .at_once = true},
                            {.width_bits = 32, .at_once = true}};
    const struct CMUnitTest tests[] = {
        ON_EACH(bridge_learns_where_stations_are),
        ON_EACH(bridge_floods_the_first_frame_to_its_own_sender),
        ON_EACH(bridge_floods_groups_and_learns_none),
        ON_EACH(bridge_compares_every_bit_of_an_address),
        ON_EACH(bridge_compares_every_bit_of_a_vlan),
        ON_EACH(bridge_folds_every_bit_into_the_set),
        ON_EACH(bridge_tells_stations_of_one_set_apart),
        ON_EACH(bridge_floods_a_group_that_was_written),
        ON_EACH(bridge_keeps_vlans_apart),
        ON_EACH(bridge_sends_to_members_only),
        ON_EACH(bridge_gives_untagged_frames_the_vlan_of_their_port),
        ON_EACH(bridge_knows_each_port_s_own_vlan),
        ON_EACH(bridge_drops_what_has_no_header_or_port),
        ON_EACH(bridge_looks_at_flags_first),
        ON_EACH(bridge_forgets_stations_that_are_silent),
        ON_EACH(bridge_counts_a_station_that_was_too_old_as_new),
        ON_EACH(bridge_learns_four_stations_a_set),
        ON_EACH(bridge_never_has_a_station_twice),
        ON_EACH(bridge_sweeps_out_what_is_too_old),
        ON_EACH(bridge_sweeps_whole_sets_after_learning),
        ON_EACH(bridge_keeps_what_was_learned_from_the_frame_before),
        ON_EACH(bridge_learns_after_the_sweep_of_the_frame_before),
        ON_EACH(bridge_does_not_take_a_wrapped_tick_for_a_young_one),
        ON_EACH(bridge_uses_the_next_lower_power_of_two),
        ON_EACH(bridge_floods_everything_without_a_table),
        ON_EACH(bridge_learns_between_two_frames),
        ON_EACH(bridge_takes_4096_stations_along),
        ON_EACH(bridge_with_only_stations_moves_fast),
        ON_EACH(bridge_tables_hold_what_was_written),
        ON_EACH(bridge_entries_empties_the_table),
        ON_EACH(bridge_starts_as_a_plain_switch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
