/* acl_index_test.c - with an index acl does what it does without. */
#include "net/fn/acl/acl_index.h"

#include <stdlib.h>
#include <string.h>

#include "acl_csr.h"
#include "core/body.h"
#include "net/fn/acl/acl_rules.h"
#include "tests/check.h"

enum { MOST = 400, ROOM = 2048 };

extern const struct fn acl_fn;

static uint8_t bytes[3][FN_BURST_PKT][ROOM];

static int put(void *ctx, uint32_t offset, uint32_t value)
{
    return body_write(ctx, offset, value);
}

/* A mask of as many bits that is a prefix's. */
static uint32_t prefix(uint32_t mask)
{
    return (uint32_t)(UINT64_C(0xffffffff) << (32 - __builtin_popcount(mask)));
}

/* Rules of the stimulus, as many as wanted and in both bodies. */
static void set_rules(struct rng *r, struct body *const b[2], uint32_t n)
{
    for (uint32_t done = 0; done < n;) {
        struct body *some;
        uint32_t words[ACL_RULE_WORDS], used = 0;
        assert_int_equal(body_open_c(&acl_fn, &some), 0);
        assert_int_equal(acl_stimulus_setup(r, put, some), 0);
        assert_int_equal(body_read(some, ACL_N_RULES, &used), 0);
        for (uint32_t k = 0; k < used && k < 16 && done < n; k++, done++) {
            assert_int_equal(
                body_write(some, CSR_WINDOW_INDEX, k * ACL_RULE_WORDS), 0);
            assert_int_equal(
                body_read_n(some, CSR_WINDOW_DATA, words, ACL_RULE_WORDS), 0);
            words[1] = prefix(words[1]);
            words[3] = prefix(words[3]);
            if (done + 16 < n) { /* most match little: the last count, too */
                words[1] = words[3] = 0xffffffff;
            }
            for (int i = 0; i < 2; i++) {
                assert_int_equal(
                    body_write(b[i], CSR_WINDOW_INDEX, done * ACL_RULE_WORDS),
                    0);
                assert_int_equal(
                    body_write_n(b[i], CSR_WINDOW_DATA, words, ACL_RULE_WORDS),
                    0);
            }
        }
        body_close(some);
    }
}

/* A last rule that nothing matches; with a mask that is no prefix's there is no
 * index. */
static void end_rules(struct body *b, uint32_t n, uint32_t mask)
{
    const uint32_t never[ACL_RULE_WORDS] = {0, mask, 0, 0, 1, 1, 0, 0};

    assert_int_equal(body_write(b, CSR_WINDOW_INDEX, n * ACL_RULE_WORDS), 0);
    assert_int_equal(body_write_n(b, CSR_WINDOW_DATA, never, ACL_RULE_WORDS),
                     0);
    assert_int_equal(body_write(b, ACL_N_RULES, n + 1), 0);
}

static uint32_t run_both(struct rng *r, struct body *const b[2])
{
    static struct pkt in[FN_BURST_PKT], out[2][FN_BURST_PKT];
    uint32_t matched = 0;

    for (size_t k = 0; k < FN_BURST_PKT; k++) {
        in[k] = (struct pkt){.data = bytes[0][k], .room_bytes = ROOM};
        acl_stimulus_packet(r, &in[k]);
    }
    for (int i = 0; i < 2; i++) {
        struct fn_span from = {FN_PKT, in, FN_BURST_PKT, FN_BURST_PKT, 0};
        struct fn_span to = {FN_PKT, out[i], 0, FN_BURST_PKT, 0};
        for (size_t k = 0; k < FN_BURST_PKT; k++) {
            out[i][k] =
                (struct pkt){.data = bytes[1 + i][k], .room_bytes = ROOM};
        }
        assert_int_equal(body_run(b[i], &from, &to), 0);
    }
    for (size_t k = 0; k < FN_BURST_PKT; k++) {
        assert_int_equal(pkt_user(&out[0][k]), pkt_user(&out[1][k]));
        matched += out[0][k].mark > ACL_INDEX_MIN;
    }
    return matched;
}

static void index_and_scan_give_the_same(void **state)
{
    static const uint32_t sizes[] = {5, ACL_INDEX_MIN, 30, 100, MOST};
    struct rng r = {.state = 9};
    struct body *b[2];
    uint32_t matched = 0;

    (void)state;
    assert_int_equal(body_open_c(&acl_fn, &b[0]), 0);
    assert_int_equal(body_open_c(&acl_fn, &b[1]), 0);
    for (size_t k = 0; k < 10 * CHECK_ROWS(sizes); k++) {
        uint32_t n = sizes[rng_below(&r, CHECK_ROWS(sizes))];
        uint32_t no_flags = rng_below(&r, 2);
        set_rules(&r, b, n);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(body_write(b[i], ACL_NO_FLAGS, no_flags), 0);
        }
        end_rules(b[0], n, 0xffffffff);
        end_rules(b[1], n, 0x0000ffff);
        matched += run_both(&r, b);
        assert_false(acl_index_find(body_c_state(b[1]), NULL, NULL, 0));
    }
    assert_true(matched > 100);
    body_close(b[0]);
    body_close(b[1]);
}

/* What was written, and nothing else, has an effect. */
static void index_follows_what_is_written(void **state)
{
    struct rng r = {.state = 10};
    struct body *b[2];

    (void)state;
    assert_int_equal(body_open_c(&acl_fn, &b[0]), 0);
    assert_int_equal(body_open_c(&acl_fn, &b[1]), 0);
    set_rules(&r, b, 100);
    end_rules(b[0], 100, 0xffffffff);
    end_rules(b[1], 100, 0x0000ffff);
    (void)run_both(&r, b);
    assert_true(acl_index_find(body_c_state(b[0]), NULL, NULL, 0));
    for (uint32_t k = 0; k < 100; k++) { /* one word, in both */
        uint32_t at = rng_below(&r, 100) * ACL_RULE_WORDS + 7;
        uint32_t value = rng_below(&r, 2);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(body_write(b[i], CSR_WINDOW_INDEX, at), 0);
            assert_int_equal(body_write(b[i], CSR_WINDOW_DATA, value), 0);
        }
        (void)run_both(&r, b);
    }
    body_copy(b[0], b[1], true); /* a state that comes whole */
    (void)run_both(&r, b);
    assert_true(acl_index_find(body_c_state(b[1]), NULL, NULL, 0));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(body_write(b[i], ACL_N_RULES, 3), 0);
    }
    (void)run_both(&r, b);
    assert_false(acl_index_find(body_c_state(b[0]), NULL, NULL, 0));
    body_close(b[0]);
    body_close(b[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_and_scan_give_the_same),
        cmocka_unit_test(index_follows_what_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
