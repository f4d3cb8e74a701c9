/* nat44_text_test.c - settings in text: what they become, and what is refused
 * with line and reason. */
#include "core/base/err.h"
#include "net/fn/nat44/nat44_check.h"
#include "net/fn/nat44/nat44_text.h"

typedef int parse_fn(const struct fn_text *t, fn_emit *emit, void *ctx);

/* Parses 'text'; the message, or NULL when all went well. */
static const char *parse(parse_fn *fn, const char *text, struct write_list *w)
{
    static char message[300];

    *w = (struct write_list){0};
    err_hold(message, sizeof message);
    int err = fn(&(struct fn_text){"f", text}, write_list_emit, w);
    err_release();
    assert_true(err == 0 || err == ERR_BAD_INPUT);
    assert_int_equal(err == 0, message[0] == '\0');
    return err == 0 ? NULL : message;
}

static void good(parse_fn *fn, const char *text, uint32_t offset,
                 uint32_t value)
{
    struct write_list w;
    bool found = false;

    assert_null(parse(fn, text, &w));
    for (size_t k = 0; k < w.n; k++) {
        found = found || (w.at[k].offset == offset && w.at[k].value == value);
    }
    if (!found) {
        fail_msg("'%s' does not write 0x%x to 0x%x", text, value, offset);
    }
    write_list_close(&w);
}

static void bad(parse_fn *fn, const char *text, const char *part)
{
    struct write_list w;
    const char *message = parse(fn, text, &w);

    assert_non_null(message);
    if (strstr(message, part) == NULL) {
        fail_msg("'%s' is not in '%s'", part, message);
    }
    assert_int_equal(w.n, 0); /* nothing is written by halves */
    write_list_close(&w);
}

static void values(void **state)
{
    (void)state;
    good(nat44_parse_inside, "0", NAT44_INSIDE_PORTS, 1);
    good(nat44_parse_inside, "0-2,5", NAT44_INSIDE_PORTS, 0x27);
    good(nat44_parse_inside, "0-31", NAT44_INSIDE_PORTS, UINT32_MAX);
    good(nat44_parse_inside, "31", NAT44_INSIDE_PORTS, 0x80000000);
    good(nat44_parse_inside, "none", NAT44_INSIDE_PORTS, 0);
    bad(nat44_parse_inside, "32", "inside is '32', expected ports from 0");
    bad(nat44_parse_inside, "3-1", "expected ports");
    bad(nat44_parse_inside, "", "expected ports");
    bad(nat44_parse_inside, "1,", "expected ports");
    good(nat44_parse_pool, "192.0.2.16/28", NAT44_POOL_ADDR, POOL);
    good(nat44_parse_pool, "192.0.2.16/28", NAT44_POOL_SIZE, 16);
    good(nat44_parse_pool, "192.0.2.16/32", NAT44_POOL_SIZE, 1);
    good(nat44_parse_pool, "192.0.0.0/16", NAT44_POOL_SIZE, 65536);
    good(nat44_parse_pool, "192.0.2.16-192.0.2.18", NAT44_POOL_SIZE, 3);
    good(nat44_parse_pool, "192.0.2.16-192.0.2.18", NAT44_POOL_ADDR, POOL);
    bad(nat44_parse_pool, "192.0.2.16", "expected at most 65536 addresses");
    bad(nat44_parse_pool, "192.0.2.18-192.0.2.16", "addresses like");
    bad(nat44_parse_pool, "10.0.0.0/15", "at most 65536");
    bad(nat44_parse_pool, "10.0.0.0-10.1.0.0", "at most 65536");
    good(nat44_parse_blocks, "64 1", NAT44_BLOCK_HOW, 0x106);
    good(nat44_parse_blocks, "512 8", NAT44_BLOCK_HOW, 0x809);
    bad(nat44_parse_blocks, "100 1", "64, 128, 256 or 512");
    bad(nat44_parse_blocks, "64", "SIZE MOST");
    bad(nat44_parse_blocks, "64 9", "1 to 8");
    bad(nat44_parse_blocks, "1024 1", "SIZE MOST");
}

static void forwards(void **state)
{
    static const char two[] = "# a comment\n\ntcp 192.0.2.16:80 10.0.0.5:8080\n"
                              "udp\t192.0.2.16:80 10.0.0.5:8080\r\n";
    static const uint32_t words[] = {
        HOST_A, 0, 8080u << 16, 6,  POOL, 0, 80u << 16, 0x106,
        HOST_A, 0, 8080u << 16, 17, POOL, 0, 80u << 16, 0x111};
    struct write_list w;

    (void)state;
    assert_null(parse(nat44_parse_forwards, two, &w));
    assert_int_equal(w.n, 1 + 16 + 1);
    for (size_t k = 0; k < 16; k++) {
        assert_int_equal(w.at[1 + k].value, words[k]);
    }
    assert_int_equal(w.at[17].offset, NAT44_N_FORWARDS);
    assert_int_equal(w.at[17].value, 2);
    write_list_close(&w);
    good(nat44_parse_forwards, "", NAT44_N_FORWARDS, 0);
    bad(nat44_parse_forwards, "\nsctp 1.2.3.4:5 6.7.8.9:10\n",
        "f:2: bad forward, expected PROTOCOL OUTSIDE:PORT");
    bad(nat44_parse_forwards, "tcp 1.2.3.4 6.7.8.9:10\n", "f:1: bad forward");
    bad(nat44_parse_forwards, "tcp 1.2.3.4:0 6.7.8.9:10\n", "f:1: bad forward");
    bad(nat44_parse_forwards, "tcp 1.2.3.4:9 6.7.8:10\n", "f:1: bad forward");
    bad(nat44_parse_forwards, "tcp 1.2.3.4:9 6.7.8.9:65536\n", "f:1:");
    bad(nat44_parse_forwards, "tcp 1.2.3.4:9\n", "f:1: bad forward");
    bad(nat44_parse_forwards,
        "tcp 1.2.3.4:9 6.7.8.9:1\ntcp 1.2.3.4:9 6.7.8.9:2",
        "f:2: bad forward, expected each endpoint");
    bad(nat44_parse_forwards,
        "tcp 1.2.3.4:9 6.7.8.9:1\ntcp 1.2.3.4:8 6.7.8.9:1",
        "f:2: bad forward, expected each endpoint");
}

static void as_many_as_there_is_room_for(void **state)
{
    char *text = malloc(5000 * 40);
    size_t at = 0;
    struct write_list w;

    (void)state;
    assert_non_null(text);
    for (int k = 0; k < NAT44_FORWARD_DEPTH; k++) {
        at += (size_t)sprintf(text + at, "tcp 192.0.2.16:%d 10.0.0.5:%d\n",
                              1 + k, 2 + k);
    }
    assert_null(parse(nat44_parse_forwards, text, &w));
    write_list_close(&w);
    (void)sprintf(text + at, "tcp 192.0.2.16:9999 10.0.0.5:9999\n");
    bad(nat44_parse_forwards, text,
        "f:4097: bad forward, expected at most 4096");
    free(text);
}

/* Through fn_set(), as a chain file does. */
static void by_their_names(void **state)
{
    struct body *b = nat_open("192.0.2.16/28", "128 2");

    (void)state;
    set(b, "udp_ticks", "120");
    set(b, "tick", "7");
    set(b, "policy", "1");
    assert_int_equal(reg(b, NAT44_UDP_TICKS), 120);
    assert_int_equal(reg(b, NAT44_INSIDE_PORTS), 15);
    assert_int_equal(reg(b, NAT44_POOL_SIZE), 16);
    assert_int_equal(reg(b, NAT44_BLOCK_HOW), 0x207);
    body_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(forwards),
        cmocka_unit_test(as_many_as_there_is_room_for),
        cmocka_unit_test(by_their_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
