/* balancer_test.c - what becomes of packets and connections, case by case. */
#include "net/fn/balancer/balancer_check.h"

#include <stdlib.h>

static struct bench bench[] = BENCHES;

enum { WEB = 0x0a090001, DNS = 0x0a090002 };

/* Service 0 is TCP, 1 is UDP; the third has no backend. */
static const char *const pool = "service 0 tcp 10.9.0.1 80\n"
                                "backend 0 02:00:00:00:01:00 1\n"
                                "backend 1 02:00:00:00:01:01 2\n"
                                "backend 2 02:00:00:00:01:02 3\n"
                                "backend 3 02:00:00:00:01:03 4\n"
                                "service 1 udp 10.9.0.2 53\n"
                                "backend 4 02:00:00:00:02:04 9\n"
                                "backend 29 02:00:00:00:02:1d 10\n"
                                "service 2 tcp 10.9.0.1 81\n";

static struct body *pool_on(void **state)
{
    struct body *b = bench_body(state);

    set_text(b, "services", pool);
    set_text(b, "connections", "256");
    return b;
}

static struct frame tcp(uint16_t client, uint8_t flags)
{
    return (struct frame){WEB, 80, client, 40000, flags, .udp = false};
}

static struct frame udp(uint16_t client)
{
    return (struct frame){DNS, 53, client, 5353, .udp = true};
}

/* Runs TCP of 'client'; its backend, after the verdict is as expected. */
static int sent(struct body *b, uint16_t client, uint8_t flags,
                const char *verdict)
{
    struct frame f = tcp(client, flags);
    struct outcome o = run_frame(b, &f);

    assert_string_equal(o.verdict, verdict);
    return o.backend;
}

/* --- packets -------------------------------------------------------------- */

static void packets_for_no_service_pass(void **state)
{
    static const struct {
        const char *why, *verdict;
        struct frame f;
    } row[] = {
        {"other address", "other", {WEB + 4, 80, 1, 1, .flags = SYN}},
        {"other port", "other", {WEB, 79, 1, 1, .flags = SYN}},
        {"other protocol", "other", {WEB, 80, 1, 1, .udp = true}},
        {"no ports", "other", {WEB, 80, 1, 1, .flags = SYN, .len = 37}},
        {"a cut header", "other", {WEB, 80, 1, 1, .flags = SYN, .len = 33}},
        {"fragment, other address",
         "other",
         {WEB + 4, 80, 1, 1, .flags = SYN, .fragment = 0x2000}},
        {"first fragment",
         "fragment",
         {WEB, 80, 1, 1, .flags = SYN, .fragment = 0x2000}},
        {"later fragment", "fragment", {WEB, 0, 1, 1, 0, .fragment = 1}},
        {"fragment, other port",
         "fragment",
         {WEB, 79, 1, 1, 0, .fragment = 0x2001}},
        {"no TCP flags", "cut", {WEB, 80, 1, 1, .flags = SYN, .len = 49}},
        {"TCP flags there", "new", {WEB, 80, 1, 1, .flags = SYN, .len = 50}},
        {"UDP ports there", "new", {DNS, 53, 1, 1, .udp = true, .len = 38}},
        {"behind two tags", "new", {WEB, 80, 2, 1, .flags = SYN, .tags = 2}},
        {"behind three", "other", {WEB, 80, 2, 1, .flags = SYN, .tags = 3}},
        {"no backend at all", "no_backend", {WEB, 81, 1, 1, .flags = SYN}},
        {"... nor for others", "no_backend", {WEB, 81, 1, 1, .flags = ACK}},
    };
    struct body *b = pool_on(state);

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct outcome o = run_frame(b, &row[k].f);
        if (strcmp(o.verdict, row[k].verdict) != 0) {
            print_message("%s: %s\n", row[k].why, o.verdict);
        }
        assert_string_equal(o.verdict, row[k].verdict);
    }
    assert_int_equal(read_reg(b, BALANCER_N_OTHER), 7);
    assert_int_equal(read_reg(b, BALANCER_N_FRAGMENT), 3);
    assert_int_equal(read_reg(b, BALANCER_N_CUT), 1);
    assert_int_equal(read_reg(b, BALANCER_N_NEW), 3);
    assert_int_equal(read_reg(b, BALANCER_N_NO_BACKEND), 2);
}

static void packets_that_are_done_pass_unchanged(void **state)
{
    static const uint16_t flags[] = {PKT_DROP, PKT_PUNT, PKT_ERROR};
    struct body *b = pool_on(state);
    struct frame f = tcp(1, SYN);
    uint8_t bytes[FRAME_MAX];

    for (size_t k = 0; k < CHECK_ROWS(flags); k++) {
        struct pkt in = frame_make(&f, bytes), out;
        in.flags = flags[k];
        run_packets(b, &in, 1, &out);
        assert_int_equal(pkt_user(&out) | 0xffff0000,
                         pkt_user(&in) | 0xffff0000);
        assert_int_equal(out.mark, flags[k] == PKT_ERROR ? 0 : 0xbeef);
        assert_memory_equal(out.data, bytes, in.len_bytes);
    }
    assert_int_equal(conns_in_use(b, 256), 0);
    assert_int_equal(read_reg(b, BALANCER_N_OTHER), 1);
}

/* Layer 2 direct return: addresses of Ethernet change, nothing else. */
static void packets_go_to_their_backend(void **state)
{
    struct body *b = pool_on(state);
    struct frame f = tcp(7, SYN), g = udp(7);
    struct outcome o = run_frame(b, &f);

    const uint8_t mac[6] = {2, 0, 0, 0, 1, (uint8_t)o.backend};
    assert_in_range(o.backend, 0, 3);
    assert_memory_equal(o.bytes, mac, 6);
    assert_memory_equal(o.bytes + 6, came_from, 6);
    assert_int_equal(o.p.out_port, o.backend + 1);
    assert_int_equal(o.p.mark, 0x2000 | o.backend);

    set_text(b, "mac", "02:11:22:33:44:55");
    o = run_frame(b, &g);
    const uint8_t own[6] = {2, 0x11, 0x22, 0x33, 0x44, 0x55};
    const uint8_t to[6] = {2, 0, 0, 0, 2, (uint8_t)o.backend};
    assert_true(o.backend == 4 || o.backend == 29);
    assert_memory_equal(o.bytes, to, 6);
    assert_memory_equal(o.bytes + 6, own, 6);
    assert_int_equal(o.p.out_port, o.backend == 4 ? 9 : 10);
    assert_int_equal(o.p.mark, 0x2100 | o.backend);
}

/* --- connections ---------------------------------------------------------- */

static void a_syn_begins_a_connection(void **state)
{
    struct body *b = pool_on(state);
    int backend = sent(b, 1, ACK, "hashed");

    assert_int_equal(conns_in_use(b, 256), 0);
    assert_int_equal(sent(b, 1, SYN, "new"), backend);
    assert_int_equal(conns_in_use(b, 256), 1);
    assert_int_equal(sent(b, 1, SYN, "known"), backend);
    assert_int_equal(sent(b, 1, ACK, "known"), backend);
    assert_int_equal(sent(b, 1, FIN | ACK, "known"), backend);
    assert_int_equal(sent(b, 1, ACK, "known"), backend);
    assert_int_equal(sent(b, 2, SYN | ACK, "hashed"), sent(b, 2, 0, "hashed"));
    assert_int_equal(conns_in_use(b, 256), 1);
    assert_int_equal(read_reg(b, BALANCER_N_KNOWN), 4);
    assert_int_equal(read_reg(b, BALANCER_N_NEW), 1);
    assert_int_equal(read_reg(b, BALANCER_N_HASHED), 3);
}

static void a_reset_ends_it(void **state)
{
    struct body *b = pool_on(state);
    int backend = sent(b, 1, SYN, "new");

    assert_int_equal(sent(b, 1, RST | ACK, "known"), backend);
    assert_int_equal(conns_in_use(b, 256), 0);
    assert_int_equal(read_reg(b, BALANCER_N_ENDED), 1);
    assert_int_equal(sent(b, 1, RST, "hashed"), backend);
    assert_int_equal(sent(b, 1, SYN | RST, "hashed"), backend);
    assert_int_equal(conns_in_use(b, 256), 0);
    assert_int_equal(sent(b, 1, SYN, "new"), backend);
}

static void udp_begins_with_any_packet(void **state)
{
    struct body *b = pool_on(state);
    struct frame f = udp(1);
    struct outcome o = run_frame(b, &f);

    assert_string_equal(o.verdict, "new");
    int backend = o.backend;
    o = run_frame(b, &f);
    assert_string_equal(o.verdict, "known");
    assert_int_equal(o.backend, backend);
}

/* Each of address, port and service makes another connection. */
static void connections_are_told_apart(void **state)
{
    static const struct frame f[] = {
        {WEB, 80, 1, 1, .flags = SYN},      {WEB, 80, 2, 1, .flags = SYN},
        {WEB, 80, 1, 2, .flags = SYN},      {WEB, 80, 0x8001, 1, .flags = SYN},
        {WEB, 80, 1, 0x8001, .flags = SYN}, {WEB, 443, 1, 1, .flags = SYN},
        {DNS, 53, 1, 1, .udp = true},       {WEB, 80, 0, 1, .flags = SYN},
    };
    struct body *b = pool_on(state);

    set_text(b, "services",
             "service 0 tcp 10.9.0.1 80\nbackend 0 02:00:00:00:01:00 1\n"
             "service 8 tcp 10.9.0.1 443\nbackend 0 02:00:00:00:01:00 1\n"
             "service 15 udp 10.9.0.2 53\nbackend 0 02:00:00:00:01:00 1\n");
    for (size_t k = 0; k < CHECK_ROWS(f); k++) {
        assert_string_equal(run_frame(b, &f[k]).verdict, "new");
    }
    for (size_t k = 0; k < CHECK_ROWS(f); k++) {
        assert_string_equal(run_frame(b, &f[k]).verdict, "known");
    }
    assert_int_equal(conns_in_use(b, 256), CHECK_ROWS(f));
}

static void connections_that_are_silent_age(void **state)
{
    struct body *b = pool_on(state);

    write_reg(b, BALANCER_TICK, 60);
    write_reg(b, BALANCER_MAX_AGE, 5);
    int backend = sent(b, 1, SYN, "new");
    write_reg(b, BALANCER_TICK, 1); /* 5 on: the time is modulo 64 */
    assert_int_equal(sent(b, 1, ACK, "known"), backend);
    write_reg(b, BALANCER_TICK, 6);
    assert_int_equal(sent(b, 1, ACK, "known"), backend);
    write_reg(b, BALANCER_TICK, 12); /* 6 on */
    assert_int_equal(sent(b, 1, ACK, "hashed"), backend);
    assert_int_equal(conns_in_use(b, 256), 0);
    (void)sent(b, 1, SYN, "new");
    write_reg(b, BALANCER_MAX_AGE, 0);
    write_reg(b, BALANCER_TICK, 11); /* 63 on */
    assert_int_equal(sent(b, 1, ACK, "known"), backend);
}

/* 64 sets: as many packets sweep each of them once. */
static void what_is_too_old_is_swept(void **state)
{
    struct body *b = pool_on(state);

    write_reg(b, BALANCER_MAX_AGE, 5);
    for (uint16_t k = 0; k < 20; k++) {
        (void)sent(b, k, SYN, "new");
    }
    write_reg(b, BALANCER_TICK, 6);
    for (uint16_t k = 0; k < 64; k++) {
        (void)sent(b, 1000, ACK, "hashed");
    }
    assert_int_equal(conns_in_use(b, 256), 0);
    assert_int_equal(read_reg(b, BALANCER_N_AGED), 20);
    assert_int_equal(read_reg(b, BALANCER_SWEEP), 84);
}

static void a_full_set_takes_no_more(void **state)
{
    struct body *b = pool_on(state);
    uint32_t n = 0, full = 0;

    set_text(b, "connections", "64");
    for (uint16_t k = 0; k < 200; k++) {
        struct frame f = tcp(k, SYN);
        struct outcome o = run_frame(b, &f);
        n += strcmp(o.verdict, "new") == 0;
        full += strcmp(o.verdict, "hashed") == 0;
    }
    assert_int_equal(n + full, 200);
    assert_int_equal(n, conns_in_use(b, 64));
    assert_in_range(n, 60, 64);
    assert_int_equal(read_reg(b, BALANCER_N_FULL), full);
    write_reg(b, BALANCER_N_CONNS, 63); /* none is kept */
    assert_in_range(sent(b, 1, SYN, "hashed"), 0, 3);
}

/* --- health --------------------------------------------------------------- */

/* Backends of clients 0 to 99; each has a connection afterwards. */
static void begin_all(struct body *b, int *had)
{
    for (uint16_t k = 0; k < 100; k++) {
        had[k] = sent(b, k, SYN, "new");
    }
}

static void draining_keeps_connections_and_takes_no_new(void **state)
{
    struct body *b = pool_on(state);
    int had[100], others[4] = {0};

    set_text(b, "connections", "4096");
    begin_all(b, had);
    set_text(b, "health", "0 up 0,1,3 drain 2");
    for (uint16_t k = 0; k < 100; k++) {
        assert_int_equal(sent(b, k, ACK, "known"), had[k]);
    }
    for (uint16_t k = 200; k < 400; k++) {
        int to = sent(b, k, SYN, "new");
        assert_int_not_equal(to, 2);
        others[to]++;
    }
    assert_true(others[0] > 30 && others[1] > 30 && others[3] > 30);
    for (uint16_t k = 400; k < 500; k++) { /* one that nobody saw begin */
        others[sent(b, k, ACK, "hashed")]++;
    }
    assert_true(others[2] > 10);
    for (uint16_t k = 0; k < 100; k++) { /* a port used again */
        int to = sent(b, k, SYN, had[k] == 2 ? "new" : "known");
        assert_true(had[k] == 2 ? to != 2 : to == had[k]);
    }
}

static void connections_of_a_dead_backend_move(void **state)
{
    struct body *b = pool_on(state);
    int had[100], n = 0;

    set_text(b, "connections", "4096");
    begin_all(b, had);
    set_text(b, "health", "0 up 0,1,3");
    for (uint16_t k = 0; k < 100; k++) {
        int to = sent(b, k, ACK, had[k] == 2 ? "hashed" : "known");
        assert_true(had[k] == 2 ? to != 2 : to == had[k]);
        n += had[k] == 2;
    }
    assert_true(n > 10);
    assert_int_equal(read_reg(b, BALANCER_N_ENDED), n);
    assert_int_equal(conns_in_use(b, 4096), 100 - n);
    set_text(b, "health", "0 up 2");
    for (uint16_t k = 0; k < 100; k++) {
        assert_int_equal(sent(b, k, ACK, "hashed"), 2);
    }
    set_text(b, "health", "0 drain 2"); /* none for new ones */
    assert_int_equal(sent(b, 1, SYN, "no_backend"), -1);
    assert_int_equal(sent(b, 1, ACK, "hashed"), 2);
    set_text(b, "health", "0 down");
    assert_int_equal(sent(b, 1, ACK, "no_backend"), -1);
}

/* One backend down is what the lookup table without it would say. */
static void health_does_what_a_new_table_would(void **state)
{
    struct body *b = pool_on(state);
    int to[300];

    set_text(b, "health", "0 up 0,1,3");
    for (uint16_t k = 0; k < 300; k++) {
        to[k] = sent(b, k, ACK, "hashed");
    }
    set_text(b, "services",
             "service 0 tcp 10.9.0.1 80\n"
             "backend 0 02:00:00:00:01:00 1\n"
             "backend 1 02:00:00:00:01:01 2\n"
             "backend 3 02:00:00:00:01:03 4\n");
    for (uint16_t k = 0; k < 300; k++) {
        assert_int_equal(sent(b, k, ACK, "hashed"), to[k]);
    }
}

/* Both choices of a place down: the next by number behind the second. */
static void a_third_choice_is_the_next_by_number(void **state)
{
    static const struct {
        uint32_t first, second, up;
        int backend;
    } row[] = {
        {3, 5, 0x3fffffff, 3}, {3, 5, 0x20, 5},        {3, 5, 0x47, 6},
        {3, 5, 0x07, 0},       {3, 5, 0x20000000, 29}, {3, 29, 0x06, 1},
        {3, 5, 0x10, 4},       {31, 30, 0x3, 0},       {31, 31, 0xc0000001, 0},
    };
    struct body *b = pool_on(state);

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t two = row[k].second << 5 | row[k].first;
        write_reg(b, CSR_WINDOW_INDEX, csr_window(BALANCER_TABLE_SERVICE, 64));
        for (uint32_t j = 64; j < BALANCER_SERVICE_WORDS; j++) {
            write_reg(b, CSR_WINDOW_DATA, two << 16 | two);
        }
        write_reg(b, CSR_WINDOW_INDEX, csr_window(BALANCER_TABLE_SERVICE, 2));
        write_reg(b, CSR_WINDOW_DATA, row[k].up);
        assert_int_equal(sent(b, (uint16_t)k, ACK, "hashed"), row[k].backend);
    }
}

static void a_changed_file_keeps_connections(void **state)
{
    struct body *b = pool_on(state);
    int had[100], moved = 0;

    set_text(b, "connections", "4096");
    begin_all(b, had);
    set_text(b, "services",
             "service 0 tcp 10.9.0.1 80\n"
             "backend 0 02:00:00:00:01:00 1\n"
             "backend 1 02:00:00:00:01:01 2 weight 9\n"
             "backend 2 02:00:00:00:01:02 3\n"
             "backend 3 02:00:00:00:01:03 4\n"
             "backend 7 02:00:00:00:01:07 4 weight 9\n");
    for (uint16_t k = 0; k < 100; k++) {
        assert_int_equal(sent(b, k, ACK, "known"), had[k]);
        (void)sent(b, k, RST, "known");
        moved += sent(b, k, SYN, "new") != had[k];
    }
    assert_true(moved > 30); /* new ones go by the new table */
}

/* --- bursts --------------------------------------------------------------- */

/* The same packets, however they are cut, become the same. */
static void bursts_may_be_cut_anywhere(void **state)
{
    static const size_t cuts[] = {1, 3, 255, 256, 257};
    static struct pkt in[BURST], out[BURST];
    static uint8_t bytes[BURST][FRAME_MAX];
    static struct outcome first[BURST];
    struct body *b = pool_on(state);

    for (size_t c = 0; c < CHECK_ROWS(cuts); c++) {
        set_text(b, "connections", "64");
        write_reg(b, BALANCER_SWEEP, 0);
        for (size_t at = 0, n; at < BURST; at += n) {
            n = BURST - at < cuts[c] ? BURST - at : cuts[c];
            n = n < FN_BURST_PKT ? n : FN_BURST_PKT;
            for (size_t k = 0; k < n; k++) {
                struct rng r = {at + k};
                uint16_t client = (uint16_t)rng_below(&r, 64);
                uint8_t flags = rng_below(&r, 3) == 0 ? SYN : ACK;
                struct frame f =
                    rng_below(&r, 2) == 0 ? tcp(client, flags) : udp(client);
                in[k] = frame_make(&f, bytes[k]);
            }
            run_packets(b, in, n, out);
            for (size_t k = 0; k < n; k++) {
                struct outcome o = outcome_of(b, &in[k], &out[k]);
                if (c == 0) {
                    first[at + k] = o;
                }
                assert_string_equal(o.verdict, first[at + k].verdict);
                assert_int_equal(o.p.mark, first[at + k].p.mark);
                assert_memory_equal(o.bytes, first[at + k].bytes,
                                    o.p.len_bytes);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EACH(packets_for_no_service_pass),
        ON_EACH(packets_that_are_done_pass_unchanged),
        ON_EACH(packets_go_to_their_backend),
        ON_EACH(a_syn_begins_a_connection),
        ON_EACH(a_reset_ends_it),
        ON_EACH(udp_begins_with_any_packet),
        ON_EACH(connections_are_told_apart),
        ON_EACH(connections_that_are_silent_age),
        ON_EACH(what_is_too_old_is_swept),
        ON_EACH(a_full_set_takes_no_more),
        ON_EACH(draining_keeps_connections_and_takes_no_new),
        ON_EACH(connections_of_a_dead_backend_move),
        ON_EACH(health_does_what_a_new_table_would),
        ON_EACH(a_third_choice_is_the_next_by_number),
        ON_EACH(a_changed_file_keeps_connections),
        ON_EACH(bursts_may_be_cut_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
