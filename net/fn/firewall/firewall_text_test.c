/* firewall_text_test.c - settings in text: what they write, and what is said of
 * those that are wrong. */
#include "net/fn/firewall/firewall_check.h"
#include "net/fn/firewall/firewall_rules.h"

typedef int parse_fn(const struct fn_text *t, fn_emit *emit, void *ctx);

static void rules_become_words(void **state)
{
    /* Three rules; words by hand from rules4_text.h and firewall.csr. */
    static const uint32_t words[][FIREWALL_RULE_WORDS] = {
        {0x0a010000, 0xffff0000, 0, 0, 0xffff0000, 0x01bb0050,
         0x12020000 | 0xff06, RULE_DROP | RULE_NOT_INSIDE},
        {0, 0, 0xc0000201, 0xffffffff, 0xffff0000, 0xffff0000, 0, 0},
        {0, 0, 0, 0, 0xffff0000, 0xffff0000, 0, RULE_NOT_OUTSIDE},
    };
    const struct fn_text t = {
        "r",
        "# comment\n\n"
        "@10.1.2.3/16\t0.0.0.0/0 0 : 65535 80 : 443 0x06/0xFF 0x0200/0x1200 "
        "drop outside\r\n"
        "@0.0.0.0/0 192.0.2.1/32 0 : 65535 0 : 65535 0x00/0x00 0/0\n"
        "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0/0 0/0 accept inside"};
    struct write_list w = {0};
    size_t n = 0;

    (void)state;
    assert_int_equal(firewall_parse_rules(&t, write_list_emit, &w), 0);
    for (size_t k = 0; k < w.n; k++) {
        if (w.at[k].offset == CSR_WINDOW_DATA) {
            assert_int_equal(
                w.at[k].value,
                words[n / FIREWALL_RULE_WORDS][n % FIREWALL_RULE_WORDS]);
            n++;
        } else if (w.at[k].offset == CSR_WINDOW_INDEX) {
            assert_int_equal(w.at[k].value, csr_window(0, (uint32_t)n));
        }
    }
    assert_int_equal(n, CHECK_ROWS(words) * FIREWALL_RULE_WORDS);
    assert_int_equal(w.at[w.n - 1].offset, FIREWALL_N_RULES);
    assert_int_equal(w.at[w.n - 1].value, 3);
    write_list_close(&w);
}

static void values_become_registers(void **state)
{
    static const struct {
        parse_fn *parse;
        const char *text;
        uint32_t offset, value;
    } row[] = {
        {firewall_parse_inside, "none", FIREWALL_INSIDE, 0},
        {firewall_parse_inside, "0-31", FIREWALL_INSIDE, 0xffffffff},
        {firewall_parse_inside, "31,0,4-6", FIREWALL_INSIDE, 0x80000071},
        {firewall_parse_default, "inside=drop", FIREWALL_POLICY, 3},
        {firewall_parse_default, "outside=accept", FIREWALL_POLICY, 0},
        {firewall_parse_default, "pickup=accept,other=drop", FIREWALL_POLICY,
         2 | 4 | 8},
        {firewall_parse_default, "pickup=drop,other=accept", FIREWALL_POLICY,
         2},
        {firewall_parse_timeouts, "fragment=7,icmp=5,udp=3,transitory=2,tcp=1",
         FIREWALL_T_FRAGMENT, 7},
        {firewall_parse_timeouts, "tcp=1,transitory=2", FIREWALL_T_TCP,
         0x20001},
        {firewall_parse_timeouts, "udp=3,icmp=5", FIREWALL_T_OTHER, 0x50003},
        {firewall_parse_timeouts, "udp=65535", FIREWALL_T_TCP,
         240 << 16 | 7440},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct fn_text t = {"v", row[k].text};
        struct write_list w = {0};
        bool found = false;
        assert_int_equal(row[k].parse(&t, write_list_emit, &w), 0);
        for (size_t j = 0; j < w.n; j++) {
            if (w.at[j].offset == row[k].offset) {
                assert_int_equal(w.at[j].value, row[k].value);
                found = true;
            }
        }
        assert_true(found);
        write_list_close(&w);
    }
}

/* What is not set is as at reset. */
static void the_text_of_resets_is_the_reset(void **state)
{
    static const struct {
        parse_fn *parse;
        const char *text;
    } row[] = {{firewall_parse_default, "outside=drop"},
               {firewall_parse_timeouts, "tcp=7440"}};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct fn_text t = {"v", row[k].text};
        const struct csr_layout *l = registry_find("firewall")->csr;
        struct write_list w = {0};
        assert_int_equal(row[k].parse(&t, write_list_emit, &w), 0);
        for (size_t j = 0; j < w.n; j++) {
            assert_int_equal(w.at[j].value,
                             l->regs[csr_find(l, w.at[j].offset)].reset);
        }
        write_list_close(&w);
    }
}

#define RULE "@10.0.0.0/8 0.0.0.0/0 0 : 65535 0 : 65535 0x06/0xFF 0/0"

static void bad_text_says_where_and_what(void **state)
{
    static const struct {
        parse_fn *parse;
        const char *text, *say;
    } row[] = {
        {firewall_parse_rules, "\n" RULE "\n" RULE " maybe", "f:3: bad rule"},
        {firewall_parse_rules, RULE " drop middle", "inside or outside"},
        {firewall_parse_rules, RULE " drop inside outside", "f:1: bad rule"},
        {firewall_parse_rules, "10.0.0.0/8", "expected a rule of 10 fields"},
        {firewall_parse_rules,
         RULE "\n\n@10.0.0.0/33 0.0.0.0/0 0 : 1 0 : 1 0/0 "
              "0/0",
         "f:3: bad rule, expected a source prefix"},
        {firewall_parse_rules, "@10.0.0.0/8 0.0.0.0/0 0 : 1 2 : 1 0/0 0/0",
         "f:1: bad rule, expected destination ports"},
        {firewall_parse_inside, "", "f: '', expected ports from 0 to 31"},
        {firewall_parse_inside, "32", "f: '32', expected ports"},
        {firewall_parse_inside, "3-2", "expected ports"},
        {firewall_parse_inside, "1,,2", "expected ports"},
        {firewall_parse_default, "accept", "expected inside="},
        {firewall_parse_default, "inside=maybe", "accept or drop"},
        {firewall_parse_default, "middle=drop", "expected inside="},
        {firewall_parse_timeouts, "udp=65536", "f: 'udp=65536', expected tcp="},
        {firewall_parse_timeouts, "udp=1,sctp=2", "expected tcp="},
        {firewall_parse_timeouts, "udp", "expected tcp="},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct fn_text t = {"f", row[k].text};
        struct write_list w = {0};
        char say[300];
        err_hold(say, sizeof say);
        int err = row[k].parse(&t, write_list_emit, &w);
        err_release();
        assert_int_equal(err, ERR_BAD_INPUT);
        if (strstr(say, row[k].say) == NULL) {
            fail_msg("'%s' for '%s'", say, row[k].text);
        }
        write_list_close(&w);
    }
}

static void no_more_rules_than_fit(void **state)
{
    static char text[(FIREWALL_RULE_DEPTH + 1) * (sizeof RULE + 1)];
    const struct fn_text t = {"f", text};
    struct write_list w = {0};
    char say[300];
    size_t at = 0;

    (void)state;
    for (int k = 0; k <= FIREWALL_RULE_DEPTH; k++) {
        if (k == FIREWALL_RULE_DEPTH) {
            assert_int_equal(firewall_parse_rules(&t, write_list_emit, &w), 0);
            assert_int_equal(w.at[w.n - 1].value, FIREWALL_RULE_DEPTH);
        }
        memcpy(text + at, RULE "\n", sizeof RULE);
        at += sizeof RULE;
    }
    err_hold(say, sizeof say);
    assert_int_equal(firewall_parse_rules(&t, write_list_emit, &w),
                     ERR_BAD_INPUT);
    err_release();
    assert_non_null(strstr(say, "f:8192: bad rule, expected at most 8191"));
    write_list_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_become_words),
        cmocka_unit_test(values_become_registers),
        cmocka_unit_test(the_text_of_resets_is_the_reset),
        cmocka_unit_test(bad_text_says_where_and_what),
        cmocka_unit_test(no_more_rules_than_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
