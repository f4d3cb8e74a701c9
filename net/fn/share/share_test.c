/*
 * share_test.c - dealing, debts and turns by hand, over the C body and the RTL
 * body at three widths.
 */
#include "net/fn/share/share_check.h"

/* 1000 bytes a tick; quanta of 300 and 100, twice as much at most. */
static const char two[] = "link rate 1000 burst 5000 unit 100\n"
                          "net 0 weight 3\n"
                          "net 1 weight 1\n";

/* At 'tick' comes a packet; then the networks and the link have so much. */
struct step {
    uint32_t tick, net, bytes;
    bool passes;
    int32_t tokens[2];
    uint32_t credit, turn;
};

static void check_steps(struct body *b, const char *text, const struct step *s,
                        size_t n)
{
    assert_int_equal(try_text(b, "nets", text), 0);
    for (size_t k = 0; k < n; k++) {
        write_reg(b, SHARE_TICK, s[k].tick);
        if (passes(b, s[k].net, s[k].bytes) != s[k].passes) {
            print_error("step %zu\n", k);
            fail();
        }
        for (uint32_t net = 0; net < 2; net++) {
            assert_int_equal((int32_t)net_word(b, net, NET_TOKENS),
                             s[k].tokens[net]);
        }
        assert_int_equal(link_word(b, LINK_CREDIT), s[k].credit);
        assert_int_equal(link_word(b, LINK_TURN), s[k].turn);
        assert_int_equal(link_word(b, LINK_SEEN), s[k].tick);
    }
}

static void networks_are_dealt_to_in_turn_and_pay_afterwards(void **state)
{
    static const struct step steps[] = {
        {0, 0, 299, true, {1, 100}, 0, 0}, /* each begins with a quantum */
        {0, 0, 2, true, {-1, 100}, 0, 0},  /* 1 token is enough: a debt */
        {0, 0, 64, false, {-1, 100}, 0, 0},
        {0, 1, 100, true, {-1, 0}, 0, 0},
        {0, 1, 64, false, {-1, 0}, 0, 0}, /* 0 is not */
        /* 1000 come: 1 is next, then 0, then 1 has room for one more. */
        {1, 0, 64, false, {-1, 100}, 900, 1},
        {1, 0, 64, true, {235, 100}, 600, 0}, /* 300 - 1 - 64 */
        {1, 0, 64, true, {171, 200}, 500, 1},
        {1, 0, 64, true, {407, 200}, 200, 0},
        /* 1 is full and passed over; 0 has no room, either. */
        {1, 0, 64, true, {343, 200}, 200, 0},
        {1, 0, 64, true, {279, 200}, 200, 0}, /* room, but not so much left */
        {1, 0, 64, true, {215, 200}, 200, 0},
        {1, 1, 64, true, {215, 136}, 200, 0},
        {1, 1, 300, true, {215, -164}, 200, 0}, /* 0 waits for 300 */
        {2, 1, 64, false, {215, -64}, 1100, 1},
        {2, 1, 64, false, {515, -64}, 800, 0},
        {2, 1, 64, true, {515, -28}, 700, 1},
    };

    check_steps(bench_body(state), two, steps, CHECK_ROWS(steps));
}

static void credit_grows_with_ticks_up_to_the_burst(void **state)
{
    static const struct step steps[] = {
        {3, 0, 0, true, {300, 200}, 2900, 1},
        {3, 0, 0, true, {600, 200}, 2600, 0},
        {5, 0, 0, true, {600, 200}, 4600, 0},
        {6, 0, 0, true, {600, 200}, 5000, 0},
        {0xffffffff, 0, 400, true, {200, 200}, 5000, 0},
        {0, 0, 0, true, {500, 200}, 4700, 0}, /* across the wrap */
    };

    check_steps(bench_body(state), two, steps, CHECK_ROWS(steps));
}

static void priority_comes_before_the_turn(void **state)
{
    static const char text[] = "link rate 1000 burst 5000 unit 100\n"
                               "net 0 weight 1\n"
                               "net 1 weight 1 most 300 priority\n";
    static const struct step steps[] = {
        {1, 0, 100, true, {0, 200}, 900, 1},
        {1, 1, 100, true, {0, 200}, 800, 1}, /* 300, then 100 are spent */
        {1, 1, 0, true, {0, 300}, 700, 1},
        {1, 1, 0, true, {100, 300}, 600, 0}, /* it has no room any more */
    };

    check_steps(bench_body(state), text, steps, CHECK_ROWS(steps));
}

static void what_is_of_no_network_is_dropped(void **state)
{
    struct body *b = bench_body(state);

    assert_true(passes(b, 9, 64)); /* there is no link */
    assert_int_equal(try_text(b, "nets", two), 0);
    assert_true(passes(b, 0, 64));
    assert_false(passes(b, 2, 64));
    assert_false(passes(b, 255, 64));
    write_reg(b, SHARE_N_NETS, 1);
    assert_false(passes(b, 1, 64));
    write_reg(b, SHARE_N_NETS, 2);
    assert_true(passes(b, 1, 64));
    assert_int_equal(read_reg(b, SHARE_N_PASSED), 2);
    assert_int_equal(read_reg(b, SHARE_N_UNKNOWN), 3);
    assert_int_equal(read_reg(b, SHARE_N_DROPPED), 0);
}

static void mark_is_a_number_of_16_bits(void **state)
{
    struct body *b = bench_body(state);
    struct shot s[] = {{1, 64, 0}, {0x101, 64, 0}, {0xff01, 64, 0}};

    assert_int_equal(try_text(b, "nets", two), 0);
    assert_int_equal(try_text(b, "net", "mark"), 0);
    run_shots(b, s, 3);
    assert_int_equal(s[0].flags, 0);
    assert_int_equal(s[1].flags, PKT_DROP);
    assert_int_equal(s[2].flags, PKT_DROP);
}

static void counts_are_of_what_passed_and_was_dropped(void **state)
{
    struct body *b = bench_body(state);
    struct shot s[] = {
        {0, 250, 0}, {0, 250, 0}, /* 250 - 300 and 20 each */
        {0, 64, 0},  {1, 64, PKT_DROP}, {1, 64, PKT_PUNT}, {1, 64, PKT_ERROR},
    };

    assert_int_equal(try_text(b, "nets", two), 0);
    write_reg(b, SHARE_LENGTH, 20);
    run_shots(b, s, CHECK_ROWS(s));
    assert_int_equal(s[1].flags, 0);
    assert_int_equal(s[2].flags, PKT_DROP);
    assert_int_equal(s[3].flags, PKT_DROP);
    assert_int_equal(s[4].flags, PKT_PUNT);
    assert_int_equal(s[5].flags, PKT_ERROR);
    assert_int_equal(net_bytes(b, 0), 540);
    assert_int_equal(net_word(b, 0, NET_PASSED), 2);
    assert_int_equal(net_word(b, 0, NET_DROPPED), 1);
    assert_int_equal(net_bytes(b, 1), 84);
    assert_int_equal((int32_t)net_word(b, 0, NET_TOKENS), -240);
    assert_int_equal((int32_t)net_word(b, 1, NET_TOKENS), 16);
    /* A word runs over into the next. */
    write_reg(b, CSR_WINDOW_INDEX, csr_window(SHARE_TABLE_NET, 8 + NET_BYTES));
    write_reg(b, CSR_WINDOW_DATA, 0xffffffff);
    assert_true(passes(b, 1, 64));
    assert_int_equal(net_bytes(b, 1), UINT64_C(0xffffffff) + 84);
}

static void packets_of_256_kib_are_paid_for(void **state)
{
    struct body *b = bench_body(state);

    assert_int_equal(try_text(b, "nets",
                              "link rate 1000 burst 300000 unit 262144\n"
                              "net 0 weight 1\n"),
                     0);
    write_reg(b, SHARE_LENGTH, 255);
    assert_true(passes(b, 0, PACKET_MAX));
    assert_int_equal((int32_t)net_word(b, 0, NET_TOKENS), -255);
    assert_int_equal(net_bytes(b, 0), PACKET_MAX + 255);
    assert_false(passes(b, 0, 64));
}

static void lines_that_are_wrong_are_named(void **state)
{
    static const struct {
        const char *text, *said;
    } row[] = {
        {"", "no link, expected a line"},
        {"net 0 weight 1\n", ":1: bad line, expected the link before"},
        {"link rate 1 burst 9\n", "expected link rate BYTES burst"},
        {"link rate 0 burst 9 unit 9\n", "expected a rate"},
        {"link rate 1 burst 0 unit 9\n", "expected a burst"},
        {"link rate 1 burst 9 unit 16777216\n", "expected a unit"},
        {"link rate 1 burst 9 unit 9\nlink rate 1 burst 9 unit 9\n", ":2:"},
        {"link rate 1 burst 9 unit 9\nnet 64 weight 1\n", "from 0 to 63"},
        {"link rate 1 burst 9 unit 9\nnet 0 weight 0\n", "expected a weight"},
        {"link rate 1 burst 9 unit 9\nnet 0 weight 2\n", "within the link's"},
        {"link rate 1 burst 9 unit 9\nnet 0 weight 1 most 8\n", "after the"},
        {"link rate 1 burst 9 unit 9\nnet 0 weight 1 first\n", "after the"},
        {"link rate 1 burst 9 unit 9\nnet 0 weight 1\nnet 0 weight 1\n", ":3:"},
        {"link rate 1 burst 99999999 unit 16777215\nnet 0 weight 2\n", "at mo"},
        {"lynk\n", "expected link ... or net"},
    };
    struct body *b = bench_body(state);
    char said[256];

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        err_hold(said, sizeof said);
        assert_int_equal(try_text(b, "nets", row[k].text), ERR_BAD_INPUT);
        err_release();
        if (strstr(said, row[k].said) == NULL) {
            print_error("%s gave %s\n", row[k].text, said);
        }
        assert_non_null(strstr(said, row[k].said));
    }
    err_hold(said, sizeof said);
    assert_int_equal(try_text(b, "net", "vlan"), ERR_BAD_INPUT);
    err_release();
}

static void more_networks_than_the_image_has_do_not_move(void **state)
{
    struct body *rtl = bench_body(state);
    struct body *c;
    struct blob blob;

    assert_int_equal(body_open_c(rtl->fn, &c), 0);
    for (uint32_t n = 16; n <= 17; n++) {
        write_reg(c, SHARE_N_NETS, n);
        assert_int_equal(body_save(c, &blob), 0);
        assert_int_equal(body_load(rtl, &blob), n == 16 ? 0 : ERR_CAPACITY);
        blob_close(&blob);
    }
    body_close(c);
}

int main(void)
{
    static struct bench bench[] = {{.width_bits = 0},
                                   {.width_bits = 32},
                                   {.width_bits = 64},
                                   {.width_bits = 256}};
    const struct CMUnitTest tests[] = {
        ON_EACH(networks_are_dealt_to_in_turn_and_pay_afterwards),
        ON_EACH(credit_grows_with_ticks_up_to_the_burst),
        ON_EACH(priority_comes_before_the_turn),
        ON_EACH(what_is_of_no_network_is_dropped),
        ON_EACH(mark_is_a_number_of_16_bits),
        ON_EACH(counts_are_of_what_passed_and_was_dropped),
        ON_EACH(packets_of_256_kib_are_paid_for),
        ON(lines_that_are_wrong_are_named, "c", &bench[0]),
        ON(more_networks_than_the_image_has_do_not_move, "rtl64", &bench[2]),
    };

    return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
