/*
 * policer_test.c - meters by hand arithmetic from the text of RFC 2697 and RFC
 * 2698, over the C body and the RTL body at three widths.
 */
#include "net/fn/policer/policer_check.h"

/* Marks every colour, so that it can be seen. */
#define SHOW " mark mark mark\nclass 0 meter 1\n"

/* At 'tick' comes a packet of 'bytes', of colour 'came', and is 'is'; then the
 * buckets have 'tc' and 'te' bytes. */
struct step {
    uint32_t tick, bytes;
    uint32_t came, is;
    uint32_t tc, te;
};

static void check_steps(struct body *b, const char *meters,
                        const struct step *s, size_t n)
{
    assert_int_equal(try_text(b, "meters", meters), 0);
    for (size_t k = 0; k < n; k++) {
        uint8_t d[HEAD_LEN];
        struct pkt p = packet_make(d, s[k].bytes, 0), out;
        p.mark = (uint16_t)(MARK | s[k].came << POLICER_COLOUR_SHIFT);
        write_reg(b, POLICER_TICK, s[k].tick);
        out = run_one(b, &p);
        if (colour_of(&out) != s[k].is) {
            print_error("step %zu of %s\n", k, meters);
        }
        assert_int_equal(colour_of(&out), s[k].is);
        assert_int_equal(out.flags, 0);
        assert_int_equal(meter_word(b, 1, METER_TC), s[k].tc << 8);
        assert_int_equal(meter_word(b, 1, METER_TE), s[k].te << 8);
        assert_int_equal(meter_word(b, 1, METER_SEEN), s[k].tick);
    }
}

/* RFC 2697, 3: one rate fills Tc, what is over Te. */
static void single_rate_meter_counts_by_hand(void **state)
{
    static const char blind[] = "meter 1 srtcm cir 100 cbs 1000 ebs 500" SHOW;
    static const char aware[] =
        "meter 1 srtcm cir 100 cbs 1000 ebs 500 aware" SHOW;
    static const struct step as_blind[] = {
        {0, 600, NONE, G, 400, 500},
        {0, 600, NONE, R, 400, 500}, /* more than either has */
        {0, 400, NONE, G, 0, 500},   /* Tc - B = 0 is enough */
        {0, 499, NONE, Y, 0, 1},
        {0, 20, NONE, R, 0, 1},
        {3, 301, NONE, R, 300, 1},   /* 3 ticks of 100 */
        {3, 300, R, G, 0, 1},        /* the colour does not count */
        {13, 20, NONE, G, 980, 1},   /* exactly full */
        {15, 20, NONE, G, 980, 181}, /* 200: 20 fit, 180 are over */
        {20, 1000, Y, G, 0, 500},    /* 500: 20 fit, 480 are over, 319 fit */
        {20, 500, NONE, Y, 0, 0},
        {21, 65535, NONE, R, 100, 0},
    };
    static const struct step as_aware[] = {
        {0, 100, G, G, 900, 500},  {0, 100, Y, Y, 900, 400},
        {0, 100, R, R, 900, 400},  {0, 100, NONE, G, 800, 400},
        {0, 401, Y, R, 800, 400}, /* yellow does not use Tc */
        {0, 801, G, R, 800, 400},  {0, 800, G, G, 0, 400},
        {0, 400, G, Y, 0, 0},      {9, 20, Y, R, 900, 0},
        {12, 20, Y, Y, 1000, 180},
    };
    struct body *b = bench_body(state);

    check_steps(b, blind, as_blind, CHECK_ROWS(as_blind));
    write_reg(b, POLICER_TICK, 0);
    check_steps(b, aware, as_aware, CHECK_ROWS(as_aware));
}

/* RFC 2698, 3: each bucket has its rate; red if the peak one has not enough. */
static void two_rate_meter_counts_by_hand(void **state)
{
    static const char blind[] =
        "meter 1 trtcm cir 100 cbs 500 pir 200 pbs 1000" SHOW;
    static const char aware[] =
        "meter 1 trtcm cir 100 cbs 500 pir 200 pbs 1000 aware" SHOW;
    static const struct step as_blind[] = {
        {0, 1001, NONE, R, 500, 1000}, {0, 600, NONE, Y, 500, 400},
        {0, 401, NONE, R, 500, 400},   {0, 400, NONE, G, 100, 0},
        {0, 20, NONE, R, 100, 0},      {1, 200, NONE, G, 0, 0},
        {2, 101, NONE, Y, 100, 99},    {3, 299, R, Y, 200, 0},
        {3, 20, Y, R, 200, 0},         {9, 500, Y, G, 0, 500},
    };
    static const struct step as_aware[] = {
        {0, 100, G, G, 400, 900}, {0, 100, Y, Y, 400, 800},
        {0, 100, R, R, 400, 800}, {0, 401, G, Y, 400, 399},
        {0, 400, Y, R, 400, 399}, {0, 399, NONE, G, 1, 0},
    };
    struct body *b = bench_body(state);

    check_steps(b, blind, as_blind, CHECK_ROWS(as_blind));
    write_reg(b, POLICER_TICK, 0);
    check_steps(b, aware, as_aware, CHECK_ROWS(as_aware));
}

static void time_wraps_and_is_cut_and_rates_have_fractions(void **state)
{
    static const char quarter[] = "meter 1 srtcm cir 0.25 cbs 20000 ebs 0" SHOW;
    static const char fast[] =
        "meter 1 srtcm cir 16777215.996094 cbs 16777215 ebs 16777215" SHOW;
    static const struct step slow[] = {
        {0xfffffff0, 20000, NONE, G, 0, 0},
        {0xfffffffc, 20, NONE, R, 3, 0}, /* 12 ticks */
        {0x00000040, 20, NONE, G, 0, 0}, /* 68 ticks across the wrap */
        /* 65536 ticks and more are 65535: 16383.75 bytes. */
        {0x00010044, 16384, NONE, R, 16384, 0},
    };
    static const struct step full[] = {
        {5, 65535, NONE, G, 16777215 - 65535, 16777215},
        {0xffffffff, 65535, NONE, G, 16777215 - 65535, 16777215},
        {0, 65535, NONE, G, 16777215 - 65535, 16777215},
        {0, 65535, NONE, G, 16777215 - 131070, 16777215},
    };
    struct body *b = bench_body(state);
    uint8_t d[HEAD_LEN];
    struct pkt p = packet_make(d, 20, 0);

    write_reg(b, POLICER_TICK, 0xfffffff0);
    check_steps(b, quarter, slow, 3);
    write_reg(b, POLICER_TICK, slow[3].tick);
    p.mark = MARK;
    (void)run_one(b, &p); /* takes 20 bytes of them */
    assert_int_equal(meter_word(b, 1, METER_TC), (16383 - 20) * 256 + 192);
    write_reg(b, POLICER_TICK, 5);
    check_steps(b, fast, full, CHECK_ROWS(full));
}

/* Which meter counts a packet, 0: none. */
static uint32_t meter_that_counts(struct body *b, const struct pkt *p,
                                  uint32_t n_meters)
{
    uint32_t before[8], which = 0;

    for (uint32_t k = 1; k <= n_meters; k++) {
        before[k] = meter_word(b, k, METER_GREEN);
    }
    (void)run_one(b, p);
    for (uint32_t k = 1; k <= n_meters; k++) {
        which = meter_word(b, k, METER_GREEN) != before[k] ? k : which;
    }
    return which;
}

static void class_chooses_the_meter(void **state)
{
    static const struct {
        const char *by;
        uint8_t in_port;
        uint16_t mark;
        uint32_t dscp, meter;
    } row[] = {
        {"port", 0, 7, 7, 1},      {"port", 2, 7, 7, 0},
        {"port", 7, 0, 0, 2},      {"port", 255, 0, 0, 3},
        {"port", 254, 0, 0, 0},    {"mark", 7, 0, 7, 1},
        {"mark", 0, 0xff07, 0, 2}, {"mark", 0, 0x0100, 9, 1},
        {"dscp", 0, 0, 7, 2},      {"dscp", 7, 7, 0, 1},
        {"dscp", 0, 0, 63, 0},     {"all", 7, 7, 7, 1},
    };
    struct body *b = bench_body(state);

    assert_int_equal(try_text(b, "meters",
                              "# three meters\n"
                              "meter 1 srtcm cir 9 cbs 99999 ebs 9\n"
                              "meter 2 srtcm cir 9 cbs 99999 ebs 9\n"
                              "meter 3 srtcm cir 9 cbs 99999 ebs 9\n"
                              "class 0-1 meter 1\nclass 7 meter 2\n\n"
                              "class 255 meter 3\n"),
                     0);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t d[HEAD_LEN];
        struct pkt p = packet_make(d, 40, row[k].dscp);
        uint32_t none = read_reg(b, POLICER_N_NO_METER);
        p.in_port = row[k].in_port;
        p.mark = row[k].mark;
        assert_int_equal(try_text(b, "class", row[k].by), 0);
        assert_int_equal(meter_that_counts(b, &p, 3), row[k].meter);
        assert_int_equal(read_reg(b, POLICER_N_NO_METER) - none,
                         row[k].meter == 0);
    }
    /* A class whose meter is beyond the last one is not metered. */
    uint8_t d[HEAD_LEN];
    struct pkt p = packet_make(d, 40, 0);
    write_reg(b, POLICER_CLASS_BY, 0);
    p.in_port = 255;
    write_reg(b, POLICER_N_METERS, 2);
    assert_int_equal(meter_that_counts(b, &p, 3), 0);
    write_reg(b, POLICER_N_METERS, 3);
    write_reg(b, POLICER_N_CLASSES, 255);
    assert_int_equal(meter_that_counts(b, &p, 3), 0);
}

static void drop_precedence_of_assured_forwarding_is_a_colour(void **state)
{
    struct body *b = bench_body(state);

    assert_int_equal(
        try_text(b, "meters",
                 "meter 1 srtcm cir 9 cbs 99999 ebs 99999 aware" SHOW),
        0);
    assert_int_equal(try_text(b, "colour", "dscp"), 0);
    for (uint32_t dscp = 0; dscp < 64; dscp++) {
        uint8_t d[HEAD_LEN];
        struct pkt p = packet_make(d, 20, dscp), out;
        uint32_t want = G;
        /* RFC 2597, 6: AF11 is 001010, AF12 001100, ... AF43 100110. */
        for (uint32_t af = 1; af <= 4; af++) {
            want = dscp == (af << 3 | 4) ? Y : dscp == (af << 3 | 6) ? R : want;
        }
        p.mark = MARK | 0x300;
        out = run_one(b, &p);
        assert_int_equal(colour_of(&out), want);
    }
}

static void length_counts_what_it_says(void **state)
{
    static const struct {
        const char *why;
        uint32_t length;
        uint8_t head[16]; /* from byte 12 on */
        uint32_t taken;
    } row[] = {
        {"IPv4", 0, {8, 0, 0x45, 0, 1, 0}, 256},
        {"and 24", 24, {8, 0, 0x45, 0, 1, 0}, 280},
        {"and Ethernet", 0x100, {8, 0, 0x45, 0, 1, 0}, 270},
        {"... with a tag", 0x100, {0x81, 0, 0, 1, 8, 0, 0x45, 0, 1, 0}, 274},
        {"... with two, and 255",
         0x1ff,
         {0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 8, 0, 0x45, 0, 0, 20},
         297},
        {"IPv6", 0, {0x86, 0xdd, 0x60, 0, 0, 0, 0, 10}, 50},
        {"longest of all",
         0x1ff,
         {0x86, 0xdd, 0x60, 0, 0, 0, 0xff, 0xff},
         65575 + 255 + 14},
        {"ARP", 0x1ff, {8, 6, 0, 1}, 0},
        {"shorter than its header", 0, {8, 0, 0x46, 0, 0, 23}, 0},
    };
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t d[HEAD_LEN];
        struct pkt p = packet_make(d, 20, 0);
        uint32_t no_ip = read_reg(b, POLICER_N_NO_IP);
        assert_int_equal(
            try_text(b, "meters", "meter 1 srtcm cir 1 cbs 99999 ebs 1" SHOW),
            0);
        memcpy(d + 12, row[k].head, sizeof row[k].head);
        write_reg(b, POLICER_LENGTH, row[k].length);
        print_message("%s\n", row[k].why);
        (void)run_one(b, &p);
        assert_int_equal(meter_word(b, 1, METER_TC),
                         (99999 - row[k].taken) * 256);
        assert_int_equal(meter_word(b, 1, METER_PASSED), row[k].taken);
        assert_int_equal(read_reg(b, POLICER_N_NO_IP) - no_ip,
                         row[k].taken == 0);
    }
}

static void action_is_that_of_the_colour(void **state)
{
    static const char *const words[] = {"pass", "mark", "drop"};
    struct body *b = bench_body(state);

    for (uint32_t k = 0; k < 27; k++) {
        uint32_t action[4] = {0, k % 3, k / 3 % 3, k / 9};
        uint32_t passed = 0, dropped = read_reg(b, POLICER_N_DROPPED), n = 0;
        char text[160];
        (void)snprintf(text, sizeof text,
                       "meter 1 srtcm cir 1 cbs 100 ebs 100 %s %s %s\n"
                       "class 0 meter 1\n",
                       words[action[1]], words[action[2]],
                       words[action[3]]); /* fits */
        assert_int_equal(try_text(b, "meters", text), 0);
        for (uint32_t colour = G; colour <= R; colour++) {
            uint8_t d[HEAD_LEN];
            struct pkt p = packet_make(d, 100, 0), out = run_one(b, &p);
            bool drop = action[colour] == POLICER_DROP;
            assert_int_equal(out.flags, drop ? PKT_DROP : 0);
            assert_int_equal(colour_of(&out),
                             action[colour] == POLICER_PASS ? 0 : colour);
            assert_int_equal(meter_word(b, 1, METER_GREEN + colour - G), 1);
            passed += drop ? 0 : 100;
            n += drop;
        }
        assert_int_equal(meter_word(b, 1, METER_PASSED), passed);
        assert_int_equal(read_reg(b, POLICER_N_DROPPED) - dropped, n);
    }
    assert_int_equal(read_reg(b, POLICER_N_GREEN), 27);
    assert_int_equal(read_reg(b, POLICER_N_YELLOW), 27);
    assert_int_equal(read_reg(b, POLICER_N_RED), 27);
}

static void what_is_done_is_not_metered(void **state)
{
    static const uint16_t flags[] = {PKT_DROP, PKT_PUNT, PKT_DROP | PKT_MIRROR};
    struct body *b = bench_body(state);

    assert_int_equal(
        try_text(b, "meters", "meter 1 srtcm cir 1 cbs 100 ebs 9" SHOW), 0);
    for (size_t k = 0; k < CHECK_ROWS(flags); k++) {
        uint8_t d[HEAD_LEN];
        struct pkt p = packet_make(d, 60, 0), out;
        p.flags = flags[k];
        out = run_one(b, &p);
        assert_int_equal(out.flags, flags[k]);
        assert_int_equal(out.mark, MARK);
    }
    assert_int_equal(meter_word(b, 1, METER_TC), 100 << 8);
    for (uint32_t at = POLICER_N_GREEN; at <= POLICER_N_NO_METER; at += 4) {
        assert_int_equal(read_reg(b, at), 0);
    }
}

int main(void)
{
    static struct bench bench[] = {{.width_bits = 0},
                                   {.width_bits = 32},
                                   {.width_bits = 64},
                                   {.width_bits = 256}};
    const struct CMUnitTest tests[] = {
        ON_EACH(single_rate_meter_counts_by_hand),
        ON_EACH(two_rate_meter_counts_by_hand),
        ON_EACH(time_wraps_and_is_cut_and_rates_have_fractions),
        ON_EACH(class_chooses_the_meter),
        ON_EACH(drop_precedence_of_assured_forwarding_is_a_colour),
        ON_EACH(length_counts_what_it_says),
        ON_EACH(action_is_that_of_the_colour),
        ON_EACH(what_is_done_is_not_metered),
    };

    return cmocka_run_group_tests_name("policer", tests, NULL, NULL);
}
