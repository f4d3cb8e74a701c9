/*
 * bridge_table_test.c - the stations a bridge knows: sets, ageing and sweeping
 * (IEEE 802.1Q-2018, 8.7 and 8.8), and its tables as state.
 */
#include "net/fn/bridge/bridge_check.h"

#include <stdio.h>

#include "core/base/clock.h"

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

int main(void)
{
    struct bench bench[] = EVERY_BENCH;
    const struct CMUnitTest tests[] = {
        ON_EVERY(bridge_learns_four_stations_a_set),
        ON_EVERY(bridge_never_has_a_station_twice),
        ON_EVERY(bridge_sweeps_out_what_is_too_old),
        ON_EVERY(bridge_sweeps_whole_sets_after_learning),
        ON_EVERY(bridge_keeps_what_was_learned_from_the_frame_before),
        ON_EVERY(bridge_learns_after_the_sweep_of_the_frame_before),
        ON_EVERY(bridge_does_not_take_a_wrapped_tick_for_a_young_one),
        ON_EVERY(bridge_uses_the_next_lower_power_of_two),
        ON_EVERY(bridge_floods_everything_without_a_table),
        ON_EVERY(bridge_learns_between_two_frames),
        ON_EVERY(bridge_takes_4096_stations_along),
        ON_EVERY(bridge_with_only_stations_moves_fast),
        ON_EVERY(bridge_tables_hold_what_was_written),
        ON_EVERY(bridge_entries_empties_the_table),
        ON_EVERY(bridge_starts_as_a_plain_switch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
