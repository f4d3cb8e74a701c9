/*
 * board_test.c - both ends of docs/LINK.md at once: drivers/link against
 * rtl/link, the Verilated fabric behind its byte port.  Functions give what
 * their C bodies give, with stalls and on a bad wire; and the cases of
 * link_conform_test, with a slot that echoes.
 *
 * BOARD_BEATS sets how long.
 */
#include "tests/link/board_check.h"

#include "core/base/text.h"
#include "drivers/link/link_talk.h"
#include "fabric_csr.h"
#include "tests/capture.h"
#include "tests/conform_check.h"
#include "tests/sanitize.h"

enum {
    BEATS = SANITIZED ? 20000 : 150000,
    BAD_BEATS = SANITIZED ? 10000 : 60000, /* on a bad wire */
    PERMILLE = 20,
    GOOD_RESEND_US = 1000000, /* nothing is lost: nothing is late, either */
    BAD_RESEND_US = 1000,
    SIZE_MOST = 70000,
    N_WRITES = 5000,
    WRITES = 0xf4,  /* of slot_echo.v: counts its writes */
    SCRATCH = 0xa4, /* holds what was written */
};

struct kase {
    const char *fn, *board;
    uint32_t width_bits;
};

static const struct kase kases[] = {
    {"acl", "acl-board64", 64},
    {"acl_cache", "acl_cache-board64", 64},
    {"scale", "scale-board32", 32},
};

static uint64_t beats(uint64_t most)
{
    const char *env = getenv("BOARD_BEATS");
    uint64_t n = most;

    assert_true(env == NULL || parse_u64(env, UINT64_MAX, &n));
    return n;
}

static void fabrics_answer(const struct kase *c, uint32_t permille, bool stalls)
{
    struct conform t = {.fn = registry_find(c->fn),
                        .width_bits = c->width_bits,
                        .stalls = stalls,
                        .short_run = permille > 0 || SANITIZED,
                        .beats = beats(permille > 0 ? BAD_BEATS : BEATS)};
    struct conform_counters counters;
    struct board_far f;
    void *model;

    board_far_open(&f, c->board, permille);
    const struct sim_board *b = board_of(f.board, &model);
    if (stalls) {
        b->stalls(model, SEED, 300, 300);
    }
    struct device *d = board_device(
        &f, c->width_bits, permille > 0 ? BAD_RESEND_US : GOOD_RESEND_US);
    conform_device(&t, d, &counters);
    struct link_counters l = link_device_link(d);
    printf("  %llu hunts, %llu bad payloads, %llu gaps, %llu resent\n",
           (unsigned long long)l.hunts, (unsigned long long)l.bad_payloads,
           (unsigned long long)l.gaps, (unsigned long long)l.bytes_resent);
    if (permille == 0) {
        assert_int_equal(l.hunts + l.bad_payloads + l.gaps + l.repeats, 0);
        assert_int_equal(l.bytes_resent + l.strays, 0);
    } else {
        assert_true(l.hunts + l.bad_payloads > 0);
    }
    device_close(d);
}

static void functions_on_a_board_are_their_c_bodies(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(kases); k++) {
        fabrics_answer(&kases[k], 0, false);
    }
}

static void so_they_are_with_stalls(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(kases); k++) {
        fabrics_answer(&kases[k], 0, true);
    }
}

static void so_they_are_on_a_bad_wire(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(kases); k++) {
        fabrics_answer(&kases[k], PERMILLE, true);
    }
}

/* --- the cases of link_conform_test, with a slot that echoes
 * ------------------
 */

struct echo {
    struct board_far far;
    struct link_talk talk;
    struct pkt pkt;
    struct fn_span out;
    struct link_sink sink;
    uint8_t got[SIZE_MOST + 1];
    uint8_t data[SIZE_MOST];
};

static struct echo *echo_open(const char *board, uint32_t permille)
{
    struct echo *e = calloc(1, sizeof *e);
    struct rng r = {5};

    assert_non_null(e);
    board_far_open(&e->far, board, permille);
    for (size_t k = 0; k < sizeof e->data; k++) {
        e->data[k] = (uint8_t)rng_next(&r);
    }
    assert_int_equal(
        link_talk_open(&e->talk, e->far.near, board, 60000000,
                       permille > 0 ? BAD_RESEND_US : GOOD_RESEND_US),
        0);
    return e;
}

static void echo_close(struct echo *e)
{
    link_talk_close(&e->talk);
    free(e);
}

/* Sends a packet of 'n' bytes and waits until it is back. */
static void pass_packet(struct echo *e, size_t n)
{
    struct record r = {.op = RECORD_PKT, .user = 77 * n + (1ULL << 40)};
    int moved = 0;

    e->pkt = (struct pkt){.data = e->got, .room_bytes = sizeof e->got};
    e->out = (struct fn_span){.type = FN_PKT, .items = &e->pkt, .cap = 1};
    e->sink = (struct link_sink){.out = &e->out, .cap = 1};
    e->talk.sink = &e->sink;
    assert_int_equal(link_talk_send(&e->talk, &r, e->data + SIZE_MOST - n, n),
                     0);
    while (e->sink.n == 0) {
        moved = link_talk_step(&e->talk);
        assert_true(moved >= 0);
    }
    e->talk.sink = NULL;
    assert_int_equal(e->pkt.len_bytes, n);
    assert_int_equal(pkt_user(&e->pkt), r.user & 0xffffffffffff);
    assert_memory_equal(e->got, e->data + SIZE_MOST - n, n);
    assert_int_equal(e->pkt.flags & PKT_UNSTABLE, 0);
}

static void all_sizes(const char *board, uint32_t permille)
{
    struct echo *e = echo_open(board, permille);

    for (size_t n = 1; n <= SIZE_MOST; n += n < 70     ? 1
                                            : n < 3000 ? 331
                                                       : 9571) {
        pass_packet(e, n);
    }
    pass_packet(e, SIZE_MOST);
    pass_packet(e, 0);
    echo_close(e);
}

static void packets_of_all_sizes_pass(void **state)
{
    (void)state;
    all_sizes("echo-board64", 0);
    all_sizes("echo-board32", 0);
    all_sizes("echo-board64", PERMILLE);
    all_sizes("echo-board32", PERMILLE);
}

static void a_register_is_written_once_for_each_write(void **state)
{
    (void)state;
    for (uint32_t permille = 0; permille <= PERMILLE; permille += PERMILLE) {
        struct echo *e = echo_open("echo-board64", permille);
        struct record r = {.op = RECORD_WRITE, .address = WRITES};
        for (int k = 0; k < N_WRITES; k++) {
            assert_int_equal(link_talk_send(&e->talk, &r, "abcd", 4), 0);
        }
        assert_int_equal(link_talk_read(&e->talk, 0, WRITES, 1), 0);
        assert_int_equal(e->talk.status, RECORD_DONE);
        assert_int_equal(e->talk.values[0], N_WRITES);
        echo_close(e);
    }
}

/* Many values in one record, and the same register many times. */
static void long_records_are_answered(void **state)
{
    struct echo *e = echo_open("echo-board64", 0);
    struct record r = {.op = RECORD_WRITE, .address = SCRATCH};

    (void)state;
    assert_int_equal(link_talk_send(&e->talk, &r, e->data, 4096), 0);
    assert_int_equal(link_talk_read(&e->talk, 0, SCRATCH, 256), 0);
    for (size_t k = 0; k < 256; k++) {
        uint32_t last;
        memcpy(&last, e->data + 4092, sizeof last);
        assert_int_equal(e->talk.values[k], last);
    }
    echo_close(e);
}

/* Garbage comes between frames, when both ends are silent. */
static void garbage_on_the_wire_is_passed_over(void **state)
{
    struct echo *e = echo_open("echo-board64", 0);
    struct rng r = {8};

    (void)state;
    for (int k = 0; k < 50; k++) {
        uint8_t garbage[256];
        for (size_t j = 0; j < sizeof garbage; j++) {
            garbage[j] = rng_below(&r, 8) == 0 ? 0xa5 : (uint8_t)rng_next(&r);
        }
        assert_true(transport_write(e->far.board, garbage,
                                    1 + rng_below(&r, sizeof garbage)) >= 0);
        pass_packet(e, 1 + rng_below(&r, 3000));
    }
    assert_int_equal(
        link_talk_read(&e->talk, RECORD_SLOT_FABRIC, FABRIC_BAD_HEADERS, 1), 0);
    assert_true(e->talk.values[0] > 0);
    echo_close(e);
}

/* A host that comes after another one, which left in the middle. */
static void a_session_begins_anew_at_any_time(void **state)
{
    struct echo *e = echo_open("echo-board64", 0);

    (void)state;
    for (int k = 0; k < 20; k++) { /* more often than there are numbers */
        pass_packet(e, 1000 + 10 * (size_t)k);
        (void)link_write(e->talk.port.link, e->data, 3000);
        (void)link_talk_turn(&e->talk); /* of a record that never ends */
        link_restart(e->talk.port.link);
        e->talk.in = (struct record_in){.from_fabric = true};
        e->talk.within = false;
        while (!link_is_up(e->talk.port.link)) {
            assert_true(link_talk_step(&e->talk) >= 0);
        }
        e->talk.failed[0] = 0;
    }
    pass_packet(e, 5);
    echo_close(e);
}

/* --- loading ----------------------------------------------------------------
 */

static void a_slot_holds_the_function_that_is_in_it(void **state)
{
    struct board_far f;
    struct body *b = NULL;

    (void)state;
    board_far_open(&f, "acl-board64", 0);
    struct device *d = board_device(&f, 64, GOOD_RESEND_US);
    struct capture c;
    capture_begin(&c);
    int other = device_load(d, 0, registry_find("scale"), &b);
    int none = device_load(d, 1, registry_find("acl"), &b);
    capture_end(&c);
    assert_int_equal(other, ERR_CAPACITY);
    assert_int_equal(none, ERR_NOT_FOUND);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(device_load(d, 0, registry_find("acl"), &b), 0);
        body_close(b);
    }
    device_close(d);
}

static void what_is_no_board_is_said(void **state)
{
    struct transport_config config = {.path = "build/image/none.so"};
    struct transport *t;

    (void)state;
    struct capture c;
    capture_begin(&c);
    int missing = transport_open("board", &config, &t);
    config.path = "Makefile";
    int text_file = transport_open("board", &config, &t);
    capture_end(&c);
    assert_int_equal(missing, ERR_MISSING);
    assert_int_equal(text_file, ERR_DEVICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_on_a_board_are_their_c_bodies),
        cmocka_unit_test(so_they_are_with_stalls),
        cmocka_unit_test(so_they_are_on_a_bad_wire),
        cmocka_unit_test(packets_of_all_sizes_pass),
        cmocka_unit_test(a_register_is_written_once_for_each_write),
        cmocka_unit_test(long_records_are_answered),
        cmocka_unit_test(garbage_on_the_wire_is_passed_over),
        cmocka_unit_test(a_session_begins_anew_at_any_time),
        cmocka_unit_test(a_slot_holds_the_function_that_is_in_it),
        cmocka_unit_test(what_is_no_board_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
