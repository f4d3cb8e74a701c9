/* mpls_text_test.c - settings in text: what they write, and what they refuse.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/body.h"
#include "mpls_csr.h"
#include "net/fn/mpls/mpls_text.h"
#include "tests/capture.h"
#include "tests/fn_each.h"

extern const struct fn mpls_fn;

static void words_are(struct body *b, uint32_t table, uint32_t from,
                      const uint32_t *words, size_t n)
{
    assert_int_equal(body_write(b, CSR_WINDOW_INDEX, csr_window(table, from)),
                     0);
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(read_reg(b, CSR_WINDOW_DATA), words[k]);
    }
}

/* Words by hand, from the table in mpls.csr. */
static void lines_of_ilm_become_entries(void **state)
{
    static const struct {
        const char *line;
        uint32_t word[8];
    } row[] = {
        {"swap 100 port 2", {0x00020011, 100}},
        {"swap 100/5/64,1048575/-/1 port 255",
         {0x00ff0021, 100 | 13u << 20 | 64u << 24, 0x010fffff}},
        {"push 16,17,18/0 mtu 1500 port 1",
         {0x00010034, 16, 17, 18 | 8u << 20, 0, 0, 0, 1500}},
        {"swap 3 port 4 pipe", {0x00040041}},
        {"push 3 port 4", {0x00040004}},
        {"pop port 0", {0x00000001}},
        {"pop", {0x00000002}},
        {"pop pipe", {0x00000042}},
        {"host", {0x00000003}},
        {"swap 0 port 1 mac 01:02:03:04:05:06 11:12:13:14:15:16",
         {0x00010111, 0, 0, 0, 0x03040506, 0x11120102, 0x13141516}},
    };
    struct body *b;

    (void)state;
    assert_int_equal(body_open_c(&mpls_fn, &b), 0);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char text[200];
        (void)snprintf(text, sizeof text, "# labels\n\n 17\t%s\r\n",
                       row[k].line);
        set_text(b, "ilm",
                 "16 host\n17 swap 9/7/9,9/7/9,9/7/9 port 9 mac "
                 "ff:ff:ff:ff:ff:ff ff:ff:ff:ff:ff:ff\n");
        set_text(b, "ilm", text);
        assert_int_equal(read_reg(b, MPLS_N_NHLFE), 18);
        words_are(b, MPLS_TABLE_NHLFE, 17 * 8, row[k].word, 8);
        words_are(b, MPLS_TABLE_NHLFE, 16 * 8, (uint32_t[8]){0}, 8);
    }
    set_text(b, "ilm", "131071 host\n");
    assert_int_equal(read_reg(b, MPLS_N_NHLFE), 131072);
    set_text(b, "ilm", "");
    assert_int_equal(read_reg(b, MPLS_N_NHLFE), 0);
    body_close(b);
}

static void lines_of_ftn_are_sorted_by_their_prefixes(void **state)
{
    static const uint32_t word[] = {
        0x0a010203, 0xffffffff, 0,     17, /* the longest */
        0x0a010000, 0xffff0000, 0x107, 16, /* of a port before ... */
        0x0a020000, 0xffff0000, 0,     18, /* ... those of any, in order */
        0x0a010000, 0xffff0000, 0,     19, 0, 0, 0x200, 20, /* IPv6 */
    };
    struct body *b;

    (void)state;
    assert_int_equal(body_open_c(&mpls_fn, &b), 0);
    set_text(b, "ftn",
             "any 10.2.0.0/16 18\nany ip6 20\nany 10.1.0.0/16 19\n"
             "7 10.1.2.3/16 16\nany 10.1.2.3/32 17\n");
    assert_int_equal(read_reg(b, MPLS_N_FTN), 5);
    words_are(b, MPLS_TABLE_FTN, 0, word, CHECK_ROWS(word));
    body_close(b);
}

static void words_set_their_registers(void **state)
{
    struct body *b;

    (void)state;
    assert_int_equal(body_open_c(&mpls_fn, &b), 0);
    assert_int_equal(read_reg(b, MPLS_DSCP5), 0x55555555); /* class selectors */
    set_text(b, "other", "drop");
    set_text(b, "ttl", "punt");
    set_text(b, "null", "pipe");
    assert_int_equal(read_reg(b, MPLS_NO_FEC), 1);
    assert_int_equal(read_reg(b, MPLS_EXPIRED), 1);
    assert_int_equal(read_reg(b, MPLS_NULLS), 1);
    set_text(b, "other", "pass");
    set_text(b, "ttl", "drop");
    set_text(b, "null", "uniform");
    assert_int_equal(read_reg(b, MPLS_NO_FEC), 0);
    assert_int_equal(read_reg(b, MPLS_EXPIRED), 0);
    assert_int_equal(read_reg(b, MPLS_NULLS), 0);
    set_text(b, "dscp", "40=7,46=4,0=1");
    assert_int_equal(read_reg(b, MPLS_DSCP5), 0x54555557);
    assert_int_equal(read_reg(b, MPLS_DSCP0), 0x00000001);
    set_text(b, "dscp", "63=0");
    assert_int_equal(read_reg(b, MPLS_DSCP7), 0x07777777);
    assert_int_equal(read_reg(b, MPLS_DSCP5), 0x55555555);
    body_close(b);
}

static void bad_text_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *key, *text, *message;
    } row[] = {
        {"ilm", "16 host\n16 pop\n",
         "a:2: bad label, expected each label once"},
        {"ilm", "15 host\n", "a:1: bad label, expected LABEL swap|pop"},
        {"ilm", "131072 host\n", "labels from 16 to 131071"},
        {"ilm", "16\n", "a:1: bad label, expected LABEL"},
        {"ilm", "# x\n\n16 fly 3\n",
         "a:3: bad label, expected swap, pop, push"},
        {"ilm", "16 swap 3,4 port 1\n", "up to three labels"},
        {"ilm", "16 swap 4,3 port 1\n", "up to three labels"},
        {"ilm", "16 swap 3/1 port 1\n", "or 3 alone"},
        {"ilm", "16 swap 17,18,19,20 port 1\n", "up to three labels"},
        {"ilm", "16 swap 1048576 port 1\n", "up to three labels"},
        {"ilm", "16 swap 17/8 port 1\n", "up to three labels"},
        {"ilm", "16 swap 17/1/0 port 1\n", "up to three labels"},
        {"ilm", "16 swap 17/1/256 port 1\n", "up to three labels"},
        {"ilm", "16 swap 17/1/2/3 port 1\n", "up to three labels"},
        {"ilm", "16 swap 17, port 1\n", "up to three labels"},
        {"ilm", "16 swap\n", "up to three labels"},
        {"ilm", "16 swap 17\n", "expected port P"},
        {"ilm", "16 swap 3\n", "expected port P"},
        {"ilm", "16 swap 17 port 256\n", "a port from 0 to 255"},
        {"ilm", "16 swap 17 port 1 port 2\n", "port P, mac DST SRC"},
        {"ilm", "16 swap 17 port 1 pipe\n", "pipe where labels are popped"},
        {"ilm", "16 swap 17 port 1 mtu 1500\n", "mtu BYTES where they are"},
        {"ilm", "16 push 17 port 1 mtu 67\n", "an MTU from 68 to 65535"},
        {"ilm", "16 push 17 port 1 mac 02:00:00:00:00:01 3\n", "two addresses"},
        {"ilm", "16 pop mac 02:00:00:00:00:01 02:00:00:00:00:02\n",
         "expected port P"},
        {"ilm", "16 host 1\n", "nothing behind host"},
        {"ftn", "1 10.0.0.0/8\n", "a:1: bad FEC, expected PORT|any PREFIX"},
        {"ftn", "256 10.0.0.0/8 16\n", "a port from 0 to 255, or any"},
        {"ftn", "1 10.0.0.0/33 16\n", "a prefix like 10.0.0.0/8, or ip6"},
        {"ftn", "1 ip6 16\n1 ip4 16\n", "a:2: bad FEC, expected a prefix"},
        {"ftn", "1 ip6 15\n", "a label from 16 to 131071"},
        {"other", "punt", "a: 'punt', expected pass or drop"},
        {"ttl", "", "a: '', expected drop or punt"},
        {"null", "short", "a: 'short', expected uniform or pipe"},
        {"dscp", "46=8", "a: '46=8', expected DSCP=TC,..."},
        {"dscp", "64=1", "a: '64=1', expected DSCP=TC,..."},
        {"dscp", "1=1,", "a: '1=1,', expected DSCP=TC,..."},
        {"dscp", "1", "a: '1', expected DSCP=TC,..."},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct write_list w = {0};
        struct capture c;
        const struct fn_text t = {"a", row[k].text};

        capture_begin(&c);
        int err = key_of(&mpls_fn, row[k].key)->parse(&t, write_list_emit, &w);
        capture_end(&c);
        write_list_close(&w);
        if (strstr(c.text, row[k].message) == NULL) {
            print_message("'%s': %s", row[k].text, c.text);
        }
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, row[k].message));
        assert_ptr_equal(strchr(c.text, '\n'), c.text + strlen(c.text) - 1);
    }
}

/* One FEC more than there is room for. */
static void too_many_fecs_are_refused(void **state)
{
    static char text[257 * 16];
    struct write_list w = {0};
    struct capture c;
    size_t n = 0;

    (void)state;
    for (int k = 0; k < 257; k++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "any ip6 16\n");
    }
    capture_begin(&c);
    int err = mpls_parse_ftn(&(struct fn_text){"a", text}, write_list_emit, &w);
    capture_end(&c);
    write_list_close(&w);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_non_null(strstr(c.text, "a:257: bad FEC, expected at most 256"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_ilm_become_entries),
        cmocka_unit_test(lines_of_ftn_are_sorted_by_their_prefixes),
        cmocka_unit_test(words_set_their_registers),
        cmocka_unit_test(bad_text_is_refused_with_its_line),
        cmocka_unit_test(too_many_fecs_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
