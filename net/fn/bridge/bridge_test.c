/*
 * bridge_test.c - frames by hand, over the C body and over the RTL body at both
 * widths, one at a time and without a pause between them.
 *
 * What is expected is what IEEE 802.1Q-2018 says of a bridge: 8.6 forwarding,
 * 8.7 learning, 8.8 the filtering database.
 */
#include "net/fn/bridge/bridge_check.h"

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
int main(void)
{
    struct bench bench[] = EVERY_BENCH;
    const struct CMUnitTest tests[] = {
        ON_EVERY(bridge_learns_where_stations_are),
        ON_EVERY(bridge_floods_the_first_frame_to_its_own_sender),
        ON_EVERY(bridge_floods_groups_and_learns_none),
        ON_EVERY(bridge_compares_every_bit_of_an_address),
        ON_EVERY(bridge_compares_every_bit_of_a_vlan),
        ON_EVERY(bridge_folds_every_bit_into_the_set),
        ON_EVERY(bridge_tells_stations_of_one_set_apart),
        ON_EVERY(bridge_floods_a_group_that_was_written),
        ON_EVERY(bridge_keeps_vlans_apart),
        ON_EVERY(bridge_sends_to_members_only),
        ON_EVERY(bridge_gives_untagged_frames_the_vlan_of_their_port),
        ON_EVERY(bridge_knows_each_port_s_own_vlan),
        ON_EVERY(bridge_drops_what_has_no_header_or_port),
        ON_EVERY(bridge_looks_at_flags_first),
        ON_EVERY(bridge_forgets_stations_that_are_silent),
        ON_EVERY(bridge_counts_a_station_that_was_too_old_as_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
