/*
 * dpi_test.c - rules and packets by hand, over the C body with either engine
 * and over the RTL body at all widths.
 */
#include "net/fn/dpi/dpi_check.h"

#include <stdio.h>

/* A rule set, the bytes of a packet, and what must become of it. */
struct row {
    const char *why, *rules, *data;
    uint16_t mark, flags;
};

static void check_rows(struct body *b, const struct row *row, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        print_message("%s\n", row[k].why);
        set_rules(b, row[k].rules);
        struct pkt p = run_one(b, row[k].data, strlen(row[k].data), 0);
        assert_int_equal(p.mark, row[k].mark);
        assert_int_equal(p.flags, row[k].flags);
    }
}

static void dpi_takes_the_first_literal_that_is_there(void **state)
{
    static const char three[] =
        "literal \"alpha\" drop\nliteral \"beta\" punt\nliteral \"beta\"\n";
    static const struct row rows[] = {
        {"the first", three, "xxalphaxx", 1, PKT_DROP},
        {"of two alike the first", three, "beta", 2, PKT_PUNT},
        {"the later in the packet, the earlier in the rules", three,
         "beta alpha", 1, PKT_DROP},
        {"none", three,
         "alphbetaa"
         "ALPHA",
         2, PKT_PUNT},
        {"none", three, "alph bet", 0, 0},
        {"no rules", "", "alpha", 0, 0},
        {"the end is the packet's", three, "zzzalpha", 1, PKT_DROP},
        {"all but its last byte", three, "alph", 0, 0},
        {"no bytes", three, "", 0, 0},
        {"one byte", "literal \"x\" mirror", "abxab", 1, PKT_MIRROR},
        {"a prefix of another first", "literal \"ab\"\nliteral \"abc\"", "xabc",
         1, 0},
        {"... or later", "literal \"abc\"\nliteral \"ab\"", "xabc", 1, 0},
        {"... that is there alone", "literal \"abc\"\nliteral \"ab\"", "xabxc",
         2, 0},
        {"one in another", "literal \"bcd\"\nliteral \"abcde\"", "abcde", 1, 0},
        {"overlapping", "literal \"aab\"", "aaaab", 1, 0},
        {"not across what is between", "literal \"abab\"", "abaab", 0, 0},
        {"begun again", "literal \"abab\"", "abaabab", 1, 0},
        {"not across literals", "literal \"ab\"\nliteral \"cd\"", "acbd", 0, 0},
        {"bytes in hex", "literal \"|0D 0a|X\"", "..\r\nX", 1, 0},
    };

    check_rows(bench_body(state), rows, CHECK_ROWS(rows));
}

static void dpi_takes_letters_in_either_case_where_told(void **state)
{
    static const struct row rows[] = {
        {"its own case", "literal \"Get\"", "Get", 1, 0},
        {"not another", "literal \"Get\"", "get", 0, 0},
        {"any", "literal \"Get\" nocase", "gET", 1, 0},
        {"letters only: @ is not `", "literal \"a@b\" nocase", "A`B", 0, 0},
        {"... nor [ {", "literal \"a[b\" nocase", "A{B", 0, 0},
        {"... nor 0 the byte 16", "literal \"a0\" nocase", "A\x10", 0, 0},
        {"z", "literal \"z|5a|\" nocase", "Zz", 1, 0},
        {"mixed", "literal \"ab\"\nliteral \"AB\" nocase", "xAbx", 2, 0},
    };

    check_rows(bench_body(state), rows, CHECK_ROWS(rows));
}

static void dpi_marks_with_what_the_rule_says(void **state)
{
    static const char classes[] =
        "literal \"aa\" mark 7\nliteral \"bb\" mark 7 drop\n"
        "literal \"cc\"\nliteral \"dd\" mark 65535 punt\n";
    static const struct row rows[] = {
        {"a class", classes, "aa", 7, 0},
        {"the same class", classes, "bb", 7, PKT_DROP},
        {"one more", classes, "cc", 8, 0},
        {"the last there is", classes, "dd", 65535, PKT_PUNT},
    };

    check_rows(bench_body(state), rows, CHECK_ROWS(rows));
}

static void dpi_looks_at_the_first_bytes_only(void **state)
{
    static const struct {
        uint32_t depth, n, at; /* where "needle" is, in a packet of n bytes */
        bool found, cut;
    } row[] = {
        {6, 6, 0, true, false},          {5, 6, 0, false, true},
        {0, 6, 0, false, true},          {0, 0, 0, false, false},
        {1, 1, 0, false, false},         {7, 7, 1, true, false},
        {6, 7, 1, false, true},          {7, 8, 1, true, true},
        {32, 64, 26, true, true},        {32, 64, 27, false, true},
        {31, 32, 26, false, true},       {33, 33, 27, true, false},
        {256, 300, 250, true, true},     {256, 300, 251, false, true},
        {2047, 2047, 2041, true, false}, {2047, 2048, 2041, true, true},
        {2047, 2048, 2042, false, true}, {2046, 2047, 2041, false, true},
        {2047, 2300, 1000, true, true},
    };
    struct body *b = bench_body(state);

    set_rules(b, "literal \"needle\"");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t data[2400] = {0};
        uint32_t cut = read_reg(b, DPI_N_CUT);
        memcpy(data + row[k].at, "needle", 6);
        assert_int_equal(body_write(b, DPI_DEPTH, row[k].depth), 0);
        print_message("depth %u, %u bytes, at %u\n", row[k].depth, row[k].n,
                      row[k].at);
        assert_int_equal(run_one(b, data, row[k].n, 0).mark, row[k].found);
        assert_int_equal(read_reg(b, DPI_N_CUT) - cut, row[k].cut);
    }
}

static void dpi_counts_by_reason(void **state)
{
    struct body *b = bench_body(state);

    set_rules(b, "literal \"aaa\" drop\nliteral \"bbb\" punt\n"
                 "literal \"ccc\" mirror\n");
    assert_int_equal(body_write(b, DPI_N_NONE, UINT32_MAX), 0);
    assert_int_equal(run_one(b, "aaabbb", 6, 0).flags, PKT_DROP);
    assert_int_equal(run_one(b, "bbbccc", 6, PKT_MIRROR).flags,
                     PKT_PUNT | PKT_MIRROR);
    assert_int_equal(run_one(b, "ccc", 3, PKT_ERROR).flags,
                     PKT_MIRROR | PKT_ERROR);
    assert_int_equal(run_one(b, "xyz", 3, 0).flags, 0);
    assert_int_equal(run_one(b, "", 0, 0).mark, 0);
    /* Those that come dropped or punted pass as they are, uncounted. */
    assert_int_equal(run_one(b, "bbb", 3, PKT_DROP).mark, 0xbeef);
    assert_int_equal(run_one(b, "aaa", 3, PKT_PUNT).flags, PKT_PUNT);
    assert_int_equal(read_reg(b, DPI_N_LITERAL), 3);
    assert_int_equal(read_reg(b, DPI_N_PATTERN), 0);
    assert_int_equal(read_reg(b, DPI_N_NONE), 1);
    assert_int_equal(read_reg(b, DPI_N_DROPS), 1);
    assert_int_equal(read_reg(b, DPI_N_PUNTS), 1);
    assert_int_equal(read_reg(b, DPI_N_CUT), 0);
    assert_int_equal(read_reg(b, DPI_N_OUTSIDE), 0);
    assert_int_equal(read_reg(b, DPI_N_BLIND), 0);
}

/* Words that no rule file makes: what counts is written in dpi.csr. */
static void dpi_reads_the_words_as_they_are(void **state)
{
    static const struct {
        const char *why;
        uint32_t words[4], used;
        const char *data;
        uint16_t mark;
    } row[] = {
        {"without a last word", {'a', 'b', 'c', 'd'}, 4, "abcd", 0},
        {"the last word is not in use", {'a', 0x20162, 0, 0}, 1, "ab", 0},
        {"it is", {'a', 0x20162, 0, 0}, 2, "ab", 2},
        {"bits that mean nothing", {0xffff8061, 0x3ef62, 0, 0}, 2, "ab", 3},
        {"a zero byte is one", {0x50100, 0x60161, 0, 0}, 2, "xay", 6},
        {"either case of no letter: bit 5 is not compared",
         {0x261, 0x20340, 0, 0},
         2,
         "A`",
         2},
        {"a mark of 0", {0x161, 0x20162, 0, 0}, 2, "ab", 0},
    };
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("%s\n", row[k].why);
        assert_int_equal(
            body_write(b, CSR_WINDOW_INDEX, csr_window(DPI_TABLE_BYTE, 0)), 0);
        assert_int_equal(body_write_n(b, CSR_WINDOW_DATA, row[k].words, 4), 0);
        assert_int_equal(body_write(b, DPI_N_BYTES, row[k].used), 0);
        struct pkt p = run_one(b, row[k].data, strlen(row[k].data), 0);
        assert_int_equal(p.mark, row[k].mark);
        /* A later rule without a change of the count. */
        assert_int_equal(
            body_write(b, CSR_WINDOW_INDEX, csr_window(DPI_TABLE_BYTE, 0)), 0);
        assert_int_equal(body_write(b, CSR_WINDOW_DATA, 0x90100 | 'q'), 0);
        assert_int_equal(run_one(b, "q", 1, 0).mark, 9);
    }
}

/* 16 literals of 8 bytes fill the image; each is found, at each place. */
static void dpi_finds_all_that_the_image_holds(void **state)
{
    struct body *b = bench_body(state);
    char rules[1024] = "";
    size_t n = 0;

    for (int k = 0; k < 16; k++) {
        n += (size_t)snprintf(rules + n, sizeof rules - n,
                              "literal \"lit-%02d.%c\"\n", k, 'a' + k);
    }
    set_rules(b, rules);
    assert_int_equal(read_reg(b, DPI_N_BYTES), 128);
    for (uint16_t k = 0; k < 16; k++) {
        char data[80], text[16];
        memset(data, '-', sizeof data);
        (void)snprintf(text, sizeof text, "lit-%02d.%c", k, 'a' + k);
        memcpy(data + 3 * k, text, 8);
        assert_int_equal(run_one(b, data, sizeof data, 0).mark, k + 1);
    }
}

/* What is too much for the image stays where it is; both numbers are known. */
static void what_the_image_does_not_hold_is_refused(void **state)
{
    static const struct {
        const char *rules;
        size_t table;
        uint32_t have, hold;
    } row[] = {
        {"literal \"ab\"\nregex /cde/", DPI_TABLE_REGEX, 3, 0},
        {"2000015 - " /* 129 bytes */
         "00000000000000000000000000000000000000000000000000000000000000000000"
         "00000000000000000000000000000000000000000000000000000000000000000000"
         "00000000000000000000000000000000000000000000000000000000000000000000"
         "000000000000000000000000000000000000000000000000000000",
         DPI_TABLE_BYTE, 129, 128},
    };
    struct body *rtl = bench_body(state), *c = NULL;

    assert_int_equal(body_open_c(rtl->fn, &c), 0);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct blob blob;
        size_t table;
        uint32_t have, hold;
        set_rules(c, row[k].rules);
        assert_int_equal(body_save(c, &blob), 0);
        assert_false(body_fits(rtl, &blob, &table, &have, &hold));
        assert_int_equal(table, row[k].table);
        assert_int_equal(have, row[k].have);
        assert_int_equal(hold, row[k].hold);
        assert_int_equal(body_load(rtl, &blob), ERR_CAPACITY);
        blob_close(&blob);
    }
    body_close(c);
}

static int open_hyperscan(void **state)
{
    int err = bench_open(state);

    return err < 0 ? err
                   : body_write(((struct bench *)*state)->body, DPI_ENGINE, 1);
}

#define ON(test, where, open, bench)                       \
    {                                                      \
#test "_on_" where, test, open, bench_close, bench \
    }
#define ON_EACH(test)                                     \
    ON(test, "c", bench_open, &bench[0]),                 \
        ON(test, "hyperscan", open_hyperscan, &bench[0]), \
        ON(test, "rtl32", bench_open, &bench[1]),         \
        ON(test, "rtl64", bench_open, &bench[2]),         \
        ON(test, "rtl256", bench_open, &bench[3])

int main(void)
{
    struct bench bench[] = {{.width_bits = 0},
                            {.width_bits = 32},
                            {.width_bits = 64},
                            {.width_bits = 256}};
    const struct CMUnitTest tests[] = {
        ON_EACH(dpi_takes_the_first_literal_that_is_there),
        ON_EACH(dpi_takes_letters_in_either_case_where_told),
        ON_EACH(dpi_marks_with_what_the_rule_says),
        ON_EACH(dpi_looks_at_the_first_bytes_only),
        ON_EACH(dpi_counts_by_reason),
        ON_EACH(dpi_reads_the_words_as_they_are),
        ON_EACH(dpi_finds_all_that_the_image_holds),
        ON(what_the_image_does_not_hold_is_refused, "rtl64", bench_open,
           &bench[2]),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
