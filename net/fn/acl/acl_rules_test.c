/* acl_rules_test.c - rule files and settings, good and bad. */
#include "net/fn/acl/acl_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl_csr.h"
#include "core/base/err.h"
#include "tests/capture.h"

#define RULE ANY_ADDR ANY_PORTS ANY_PROTO

/* Writes of a rule file as rules of eight words; the number of rules. */
static size_t parse_to_words(const char *text, uint32_t *words, size_t cap)
{
    struct write_list w = {0};
    const struct fn_text t = {"a.rules", text};
    size_t n = 0;

    assert_int_equal(acl_parse_rules(&t, write_list_emit, &w), 0);
    /* Index and data for each word, and N_RULES at the end. */
    for (size_t k = 0; k + 2 < w.n; k += 2) {
        assert_int_equal(w.at[k].offset, CSR_WINDOW_INDEX);
        assert_int_equal(w.at[k].value, k / 2);
        assert_int_equal(w.at[k + 1].offset, CSR_WINDOW_DATA);
        if (n < cap) {
            words[n++] = w.at[k + 1].value;
        }
    }
    assert_int_equal(w.at[w.n - 1].offset, ACL_N_RULES);
    uint32_t n_rules = w.at[w.n - 1].value;
    assert_int_equal(w.n, n_rules * 16 + 1);
    write_list_close(&w);
    return n_rules;
}

static void rule_file_becomes_the_words_of_acl_csr(void **state)
{
    static const struct {
        const char *line;
        uint32_t words[8];
    } row[] = {
        {"@10.1.2.3/32\t192.168.9.0/24\t1 : 2\t80 : 443\t0x06/0xFF\t"
         "0x0200/0x1200\tdrop",
         {0x0a010203, 0xffffffff, 0xc0a80900, 0xffffff00, 0x00020001,
          0x01bb0050, 0x1202ff06, 1}},
        {"@0.0.0.0/0\t0.0.0.0/0\t0 : 65535\t0 : 65535\t0x00/0x00\t"
         "0x0000/0x0000",
         {0, 0, 0, 0, 0xffff0000, 0xffff0000, 0, 0}},
        /* What the masks leave out is 0. */
        {"@255.255.255.255/1 255.255.255.255/0 7 : 7 0 : 0 0xff/0x0f "
         "0xffff/0x8000 accept",
         {0x80000000, 0x80000000, 0, 0, 0x00070007, 0, 0x80800f0f, 0}},
        {"  @1.2.3.4/31 \t 5.6.7.8/30  0 : 1   2 : 3 6/255 0/0  ",
         {0x01020304, 0xfffffffe, 0x05060708, 0xfffffffc, 0x00010000,
          0x00030002, 0x0000ff06, 0}},
        {RULE "dscp 46", {0, 0, 0, 0, 0xffff0000, 0xffff0000, 0, 0x003f2e00}},
        {RULE "dscp 0x2f/0x38 drop",
         {0, 0, 0, 0, 0xffff0000, 0xffff0000, 0, 0x00382801}},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t words[8];
        print_message("%s\n", row[k].line);
        assert_int_equal(parse_to_words(row[k].line, words, 8), 1);
        for (size_t j = 0; j < 8; j++) {
            assert_int_equal(words[j], row[k].words[j]);
        }
    }
}

/* RFC 2474 (cs), 2597 (af), 3246 (ef), 5865 (va), 8622 (le). */
static void rule_file_knows_dscps_by_name(void **state)
{
    static const struct {
        const char *name;
        uint32_t value;
    } row[] = {
        {"ef", 46},   {"va", 44},   {"le", 1},    {"cs0", 0},   {"cs1", 8},
        {"cs2", 16},  {"cs3", 24},  {"cs4", 32},  {"cs5", 40},  {"cs6", 48},
        {"cs7", 56},  {"af11", 10}, {"af12", 12}, {"af13", 14}, {"af21", 18},
        {"af22", 20}, {"af23", 22}, {"af31", 26}, {"af32", 28}, {"af33", 30},
        {"af41", 34}, {"af42", 36}, {"af43", 38},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char text[256];
        uint32_t words[8];
        int n = snprintf(text, sizeof text, RULE "dscp %s", row[k].name);
        assert_true(n > 0 && (size_t)n < sizeof text);
        assert_int_equal(parse_to_words(text, words, 8), 1);
        assert_int_equal(words[7], 0x003f0000 | row[k].value << 8);
    }
}

static void rule_file_skips_what_is_no_rule(void **state)
{
    static const struct {
        const char *text;
        size_t n_rules;
        uint32_t actions; /* bit k: rule k + 1 drops */
    } row[] = {
        {"", 0, 0},
        {"\n", 0, 0},
        {"\n\n \n\t\n\r\n", 0, 0},
        {"# a comment\n", 0, 0},
        {"# a comment", 0, 0},
        {"#" RULE "\n", 0, 0},
        {RULE "drop\n", 1, 1},
        {RULE "drop", 1, 1}, /* no newline at the end */
        {RULE "drop\r\n" RULE "\r\n" RULE "drop\r\n", 3, 5},
        {RULE "drop\r", 1, 1},
        {RULE "\n" RULE "accept\n" RULE "drop\n", 3, 4},
        {"# one\n" RULE "\n\n# two\n" RULE "drop\n\n", 2, 2},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t words[4 * 8];
        print_message("'%s'\n", row[k].text);
        assert_int_equal(parse_to_words(row[k].text, words, CHECK_ROWS(words)),
                         row[k].n_rules);
        for (size_t r = 0; r < row[k].n_rules; r++) {
            assert_int_equal(words[8 * r + 7], row[k].actions >> r & 1);
        }
    }
}

static void rule_file_says_which_line_is_bad(void **state)
{
    static const char fields[] = "expected a rule of 10 fields";
    static const char source[] = "expected a source prefix like @10.0.0.0/8";
    static const char target[] = "expected a destination prefix like";
    static const char sports[] = "expected source ports LOW : HIGH";
    static const char dports[] = "expected destination ports LOW : HIGH";
    static const char proto[] = "expected a protocol like 0x06/0xFF";
    static const char flags[] = "expected flags like 0x0200/0x0200";
    static const char dscp[] = "expected dscp and a name like ef, af11 or cs3";
    static const char action[] = "expected accept or drop after the rule";
#define REST " 0.0.0.0/0 " ANY_PORTS ANY_PROTO
    static const struct {
        const char *line, *message;
    } row[] = {
        {"x", fields},
        {"@", fields},
        {" # a comment that does not begin the line", fields},
        {ANY_ADDR ANY_PORTS "0x00/0x00", fields},
        {RULE "drop now", action},
        {RULE "drop drop drop drop drop drop drop drop", fields},
        {ANY_ADDR "0:65535 0:65535 " ANY_PROTO, fields},
        {"10.0.0.0/8" REST, source},
        {"@10.0.0.0" REST, source},
        {"@10.0.0.0/" REST, source},
        {"@10.0.0.0/33" REST, source},
        {"@10.0.0.0/-1" REST, source},
        {"@10.0.0.0/8/8" REST, source},
        {"@10.0.0/8" REST, source},
        {"@10.0.0.0.0/8" REST, source},
        {"@10.0.0.256/8" REST, source},
        {"@10..0.0/8" REST, source},
        {"@10.0.0./8" REST, source},
        {"@.0.0.0/8" REST, source},
        {"@/8" REST, source},
        {"@a.b.c.d/8" REST, source},
        {"@@10.0.0.0/8" REST, source},
        {"@10.0.0.0/8 @10.0.0.0/8 " ANY_PORTS ANY_PROTO, target},
        {"@10.0.0.0/8 10.0.0.0 " ANY_PORTS ANY_PROTO, target},
        {"@10.0.0.0/8 10.0.0.0/99 " ANY_PORTS ANY_PROTO, target},
        {ANY_ADDR "2 : 1 0 : 65535 " ANY_PROTO, sports},
        {ANY_ADDR "0 : 65536 0 : 65535 " ANY_PROTO, sports},
        {ANY_ADDR "-1 : 65535 0 : 65535 " ANY_PROTO, sports},
        {ANY_ADDR "0 - 65535 0 : 65535 " ANY_PROTO, sports},
        {ANY_ADDR "0 :: 65535 0 : 65535 " ANY_PROTO, sports},
        {ANY_ADDR "http : http 0 : 65535 " ANY_PROTO, sports},
        {ANY_ADDR "0 : 65535 2 : 1 " ANY_PROTO, dports},
        {ANY_ADDR "0 : 65535 0 : 65536 " ANY_PROTO, dports},
        {ANY_ADDR "0 : 65535 0 to 65535 " ANY_PROTO, dports},
        {ANY_ADDR ANY_PORTS "0x06 0x0000/0x0000", proto},
        {ANY_ADDR ANY_PORTS "tcp/0xff 0x0000/0x0000", proto},
        {ANY_ADDR ANY_PORTS "0x100/0xff 0x0000/0x0000", proto},
        {ANY_ADDR ANY_PORTS "0x06/0x100 0x0000/0x0000", proto},
        {ANY_ADDR ANY_PORTS "0x06/ 0x0000/0x0000", proto},
        {ANY_ADDR ANY_PORTS "0x00/0x00 0x0000", flags},
        {ANY_ADDR ANY_PORTS "0x00/0x00 0x10000/0xff00", flags},
        {ANY_ADDR ANY_PORTS "0x00/0x00 0x0000/0x10000", flags},
        /* The lower byte is nothing that a packet has. */
        {ANY_ADDR ANY_PORTS "0x00/0x00 0x0000/0x0001", flags},
        {ANY_ADDR ANY_PORTS "0x00/0x00 0x0000/0xffff", flags},
        {RULE "dscp 46 drop now", fields},
        {RULE "dscp", dscp},
        {RULE "dscp drop", dscp},
        {RULE "dscp 64", dscp},
        {RULE "dscp -1", dscp},
        {RULE "dscp 46/64", dscp},
        {RULE "dscp 46/", dscp},
        {RULE "dscp /46", dscp},
        {RULE "dscp ef/63", dscp},
        {RULE "dscp EF", dscp},
        {RULE "dscp cs8", dscp},
        {RULE "dscp cs", dscp},
        {RULE "dscp af01", dscp},
        {RULE "dscp af51", dscp},
        {RULE "dscp af10", dscp},
        {RULE "dscp af14", dscp},
        {RULE "dscp 46 46", action},
        {RULE "drop dscp 46", action},
        {RULE "reject", action},
        {RULE "DROP", action},
        {RULE "dropped", action},
    };
#undef REST

    (void)state;
    for (size_t k = 0; k < 3 * CHECK_ROWS(row); k++) {
        static const char *const before[] = {"", "# one\n\n" RULE "\n", "\n"};
        static const char *const after[] = {"", "\n" RULE "\n", "\r\nx"};
        static const char *const where[] = {
            "a.rules:1: ", "a.rules:4: ", "a.rules:2: "};
        struct write_list w = {0};
        struct capture c;
        char text[512];
        struct fn_text t = {"a.rules", text};
        int n = snprintf(text, sizeof text, "%s%s%s", before[k % 3],
                         row[k / 3].line, after[k % 3]);
        assert_true(n > 0 && (size_t)n < sizeof text);
        capture_begin(&c);
        int err = acl_parse_rules(&t, write_list_emit, &w);
        capture_end(&c);
        write_list_close(&w);
        print_message("'%s': %s", row[k / 3].line, c.text);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, where[k % 3]));
        assert_non_null(strstr(c.text, row[k / 3].message));
        assert_ptr_equal(strchr(c.text, '\n'), c.text + strlen(c.text) - 1);
    }
}

static void rule_file_says_which_line_is_too_long(void **state)
{
    char text[600];
    struct fn_text t = {"a.rules", text};
    struct write_list w = {0};
    struct capture c;
    uint32_t words[8];

    (void)state;
    /* A rule behind blanks, in 255 bytes: the most that a line may have. */
    memset(text, ' ', sizeof text);
    memcpy(text + 255 - strlen(RULE), RULE, strlen(RULE));
    text[255] = '\0';
    assert_int_equal(parse_to_words(text, words, 8), 1);

    memset(text, ' ', sizeof text);
    text[0] = '\n';
    memcpy(text + 257 - strlen(RULE), RULE, strlen(RULE));
    text[257] = '\0'; /* 256 bytes in line 2 */
    capture_begin(&c);
    int err = acl_parse_rules(&t, write_list_emit, &w);
    capture_end(&c);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_string_equal(
        c.text, "precast: a.rules:2: line of 256 bytes, expected a rule\n");
    write_list_close(&w);
}

static void rule_file_skips_comments_of_any_length(void **state)
{
    static const size_t len[] = {1, 254, 255, 256, 257, 1000, 100000};
    static const char *const ends[] = {"\n", "\r\n", ""};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(len) * CHECK_ROWS(ends); k++) {
        size_t n = len[k / CHECK_ROWS(ends)];
        const char *end = ends[k % CHECK_ROWS(ends)];
        size_t size = n + 1000;
        char *text = malloc(size);
        struct fn_text t = {"a.rules", text};
        struct write_list w = {0};
        struct capture c;
        uint32_t words[3 * 8];
        assert_non_null(text);
        print_message("%zu bytes, end %zu\n", n, k % CHECK_ROWS(ends));
        /* A rule in the comment is none; those around it are. */
        memset(text, 'x', n);
        memcpy(text, "#", 1);
        if (n > strlen(RULE)) {
            memcpy(text + n - strlen(RULE), RULE, strlen(RULE));
        }
        text[n] = '\0';
        bool last = end[0] == '\0';
        assert_int_equal(parse_to_words(text, words, 8), 0);
        (void)snprintf(text + n, size - n, "%s%s", end,
                       last ? "" : RULE "drop\n"); /* fits */
        assert_int_equal(parse_to_words(text, words, 8), last ? 0 : 1);
        assert_true(last || words[7] == 1);
        /* It is one line, as others are. */
        (void)snprintf(text + n, size - n, "%s%s", end,
                       last ? "\nnone" : "none"); /* fits */
        capture_begin(&c);
        int err = acl_parse_rules(&t, write_list_emit, &w);
        capture_end(&c);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, "a.rules:2: bad rule, expected "));
        write_list_close(&w);
        free(text);
    }
}

static void rule_file_holds_at_most_65535_rules(void **state)
{
    static const char line[] =
        "@0.0.0.0/0 0.0.0.0/0 0 : 9 0 : 9 0/0 0/0\n"; /* any will do */
    size_t size = sizeof line - 1;
    char *text = malloc(65536 * size + 1);
    struct fn_text t = {"a.rules", text};
    struct write_list w = {0};
    struct capture c;

    (void)state;
    assert_non_null(text);
    for (size_t k = 0; k < 65536; k++) {
        memcpy(text + k * size, line, size + 1);
    }
    capture_begin(&c);
    int err = acl_parse_rules(&t, write_list_emit, &w);
    capture_end(&c);
    write_list_close(&w);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_string_equal(c.text, "precast: a.rules:65536: bad rule, "
                                "expected at most 65535 rules\n");
    text[65535 * size] = '\0';
    assert_int_equal(acl_parse_rules(&t, write_list_emit, &w), 0);
    assert_int_equal(w.at[w.n - 1].value, 65535);

    /* The last of them is 65535 in the mark, too. */
    struct body *b = NULL;
    struct packet p = {A, B, UDP(10, 10)};
    struct pkt out[BURST];
    assert_int_equal(body_open_c(registry_find("acl"), &b), 0);
    assert_int_equal(write_list_apply(&w, b), 0);
    run_packets(b, &p, 1, out);
    assert_int_equal(out[0].mark, 0);
    assert_int_equal(
        body_write(b, CSR_WINDOW_INDEX, csr_window(0, 65534 * 8 + 5)), 0);
    assert_int_equal(body_write(b, CSR_WINDOW_DATA, 0x000a000a), 0);
    assert_int_equal(
        body_write(b, CSR_WINDOW_INDEX, csr_window(0, 65534 * 8 + 4)), 0);
    assert_int_equal(body_write(b, CSR_WINDOW_DATA, 0x000a000a), 0);
    run_packets(b, &p, 1, out);
    assert_int_equal(out[0].mark, 65535);
    body_close(b);
    write_list_close(&w);
    free(text);
}

/* An fn_emit that takes '*left' writes; below 0 are those it refused. */
static int emit_some(void *left, uint32_t offset, uint32_t value)
{
    int *n = left;

    (void)offset;
    (void)value;
    (*n)--;
    return *n < 0 ? ERR_NO_MEM : 0;
}

static void settings_stop_when_a_write_fails(void **state)
{
    static const struct fn_text rules = {"a.rules", RULE "\n" RULE};
    static const struct fn_text drop = {"--set", "drop"};
    static const struct fn_text match = {"--set", "match"};

    (void)state;
    /* Two rules are 2 * 8 * 2 writes and N_RULES. */
    for (int n = 0; n <= 33; n++) {
        int left = n;
        assert_int_equal(acl_parse_rules(&rules, emit_some, &left),
                         n < 33 ? ERR_NO_MEM : 0);
        assert_int_equal(left, n < 33 ? -1 : 0); /* none after that */
    }
    assert_int_equal(acl_parse_default(&drop, emit_some, &(int){0}),
                     ERR_NO_MEM);
    assert_int_equal(acl_parse_flags(&match, emit_some, &(int){0}), ERR_NO_MEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_file_becomes_the_words_of_acl_csr),
        cmocka_unit_test(rule_file_knows_dscps_by_name),
        cmocka_unit_test(rule_file_skips_what_is_no_rule),
        cmocka_unit_test(rule_file_says_which_line_is_bad),
        cmocka_unit_test(rule_file_says_which_line_is_too_long),
        cmocka_unit_test(rule_file_skips_comments_of_any_length),
        cmocka_unit_test(rule_file_holds_at_most_65535_rules),
        cmocka_unit_test(settings_stop_when_a_write_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
