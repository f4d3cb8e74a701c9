/*
 * dpi_find_test.c - regular expressions, and that it does not matter what finds
 * a rule: our own table, Hyperscan, or a scan.
 */
#include "net/fn/dpi/dpi_check.h"

#include <stdio.h>

#include "core/base/rng.h"

enum { MOST = 256 };

static struct body *open_c(uint32_t engine)
{
    struct body *b = NULL;

    assert_int_equal(body_open_c(registry_find("dpi"), &b), 0);
    assert_int_equal(body_write(b, DPI_ENGINE, engine), 0);
    return b;
}

static void expressions_and_literals_are_tried_in_order(void **state)
{
    static const char mixed[] = "literal \"GET /\"\n"
                                "regex /user=[a-z]{3}\\d+/ drop\n"
                                "literal \"user=\" punt\n"
                                "regex /^GET/ mirror\n";
    static const struct {
        const char *rules, *data;
        uint16_t mark, flags;
    } row[] = {
        {mixed, "GET /?user=abc1", 1, 0},
        {mixed, "user=abc1", 2, PKT_DROP},
        {mixed, "user=abc", 3, PKT_PUNT},
        {mixed, "GET *", 4, PKT_MIRROR},
        {mixed, " GET *", 0, 0},
        {"regex /ab/\nliteral \"ab\"", "ab", 1, 0},
        {"literal \"ab\" mark 7\nregex /ab/ mark 7 drop", "ab", 7, 0},
        {"regex /a.c/", "a\nc", 0, 0},
        {"regex /a.c/s", "a\nc", 1, 0},
        {"regex /^c/", "a\nc", 0, 0},
        {"regex /^c/m", "a\nc", 1, 0},
        {"regex /aBc/", "AbC", 0, 0},
        {"regex /aBc/i", "AbC", 1, 0},
        {"regex /a\\x00b|\\/x/", "/x", 1, 0},
        {"regex /a/\nregex /b/", "ba", 1, 0},
        {"regex /c$/", "abc", 1, 0},
        {"regex /c$/", "abcd", 0, 0},
        {"regex /one/\nregex /two/ punt", "..two..", 2, PKT_PUNT},
    };

    (void)state;
    for (uint32_t engine = 0; engine < 2; engine++) {
        struct body *b = open_c(engine);
        for (size_t k = 0; k < CHECK_ROWS(row); k++) {
            print_message("%s: %s\n", row[k].rules, row[k].data);
            uint32_t literal = read_reg(b, DPI_N_LITERAL);
            uint32_t pattern = read_reg(b, DPI_N_PATTERN);
            set_rules(b, row[k].rules);
            struct pkt p = run_one(b, row[k].data, strlen(row[k].data), 0);
            assert_int_equal(p.mark, row[k].mark);
            assert_int_equal(p.flags, row[k].flags);
            assert_int_equal(read_reg(b, DPI_N_LITERAL) - literal +
                                 read_reg(b, DPI_N_PATTERN) - pattern,
                             row[k].mark > 0);
        }
        assert_int_equal(read_reg(b, DPI_N_BLIND), 0);
        body_close(b);
    }
}

static void write_words(struct body *b, uint32_t table, const uint32_t *w,
                        size_t n)
{
    assert_int_equal(body_write(b, CSR_WINDOW_INDEX, csr_window(table, 0)), 0);
    assert_int_equal(body_write_n(b, CSR_WINDOW_DATA, w, n), 0);
    assert_int_equal(
        body_write(b, table == 0 ? DPI_N_BYTES : DPI_N_REGEX, (uint32_t)n), 0);
}

/* Words that no file gives, as a state that is loaded may have them. */
static void what_does_not_compile_is_left_out_and_counted(void **state)
{
    static const struct {
        const char *why;
        uint32_t words[8];
        uint32_t n, blind;
        uint16_t mark; /* of "xyz" */
    } row[] = {
        {"one that is good", {'y' | DPI_LAST | 5 << 16}, 1, 0, 5},
        {"one that is not", {'(' | DPI_LAST | 5 << 16}, 1, 1, 0},
        {"... and one that is",
         {'(' | DPI_LAST | 5 << 16, 'y' | DPI_LAST | 6 << 16},
         2,
         1,
         6},
        {"... before it",
         {'y' | DPI_LAST | 6 << 16, '(' | DPI_LAST | 5 << 16},
         2,
         1,
         6},
        {"a zero in it", {'y', 0, 'z' | DPI_LAST}, 3, 1, 0},
        {"without an end", {'y', 'z'}, 2, 0, 0},
        {"in every packet", {'a', '*' | DPI_LAST | 1 << 16}, 2, 1, 0},
        {"none", {0}, 0, 0, 0},
    };

    (void)state;
    for (uint32_t engine = 0; engine < 2; engine++) {
        struct body *b = open_c(engine);
        for (size_t k = 0; k < CHECK_ROWS(row); k++) {
            uint32_t blind = read_reg(b, DPI_N_BLIND);
            print_message("%s\n", row[k].why);
            write_words(b, DPI_TABLE_REGEX, row[k].words, row[k].n);
            assert_int_equal(run_one(b, "xyz", 3, 0).mark, row[k].mark);
            assert_int_equal(read_reg(b, DPI_N_BLIND) - blind, row[k].blind);
        }
        body_close(b);
    }
}

/* A literal that is too long for Hyperscan is found with it all the same, and
 * the registers hold more than the tables. */
static void extremes_are_found_by_either_engine(void **state)
{
    static uint32_t words[3000];
    static uint8_t data[3000];
    const uint32_t n = 2000;

    (void)state;
    for (uint32_t k = 0; k < n; k++) {
        data[k] = (uint8_t)(k * 31 >> 3);
        words[k] = data[k];
    }
    words[n - 1] |= DPI_LAST | 3u << 16;
    words[n] = 'q' | DPI_LAST | 4u << 16;
    for (uint32_t engine = 0; engine < 2; engine++) {
        struct body *b = open_c(engine);
        write_words(b, DPI_TABLE_BYTE, words, n + 1);
        assert_int_equal(run_one(b, data, n, 0).mark, 3);
        assert_int_equal(run_one(b, data, n - 1, 0).mark, 4);
        assert_int_equal(body_write(b, DPI_N_BYTES, UINT32_MAX), 0);
        assert_int_equal(body_write(b, DPI_N_REGEX, UINT32_MAX), 0);
        assert_int_equal(run_one(b, data, n, 0).mark, 3);
        assert_int_equal(run_one(b, "a", 1, 0).mark, 0);
        assert_int_equal(read_reg(b, DPI_N_BLIND), 0);
        body_close(b);
    }
}

/* --- random ----------------------------------------------------------------
 */

static uint32_t some_words(struct rng *r, uint32_t *w, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        w[k] = (uint8_t) "abAB@`"[rng_below(r, 6)];
        w[k] |= rng_below(r, 2) == 0 ? DPI_CASELESS : 0;
        if (rng_below(r, 6) == 0 || k + 1 == n) {
            w[k] |= DPI_LAST | rng_below(r, 65536) << 16 |
                    (uint32_t)rng_below(r, 8) << 10;
        }
    }
    return n;
}

/* The last word of the first literal in data[n], from 1: byte by byte. */
static uint32_t naive(const uint32_t *w, uint32_t used, const uint8_t *data,
                      uint32_t n)
{
    for (uint32_t from = 0, k = 0; k < used; k++) {
        uint32_t len = k + 1 - from;
        if ((w[k] & DPI_LAST) == 0) {
            continue;
        }
        for (uint32_t at = 0; at + len <= n; at++) {
            uint32_t j = 0;
            while (j < len &&
                   (data[at + j] == (w[from + j] & 0xff) ||
                    ((w[from + j] & DPI_CASELESS) != 0 &&
                     (data[at + j] ^ 0x20u) == (w[from + j] & 0xff)))) {
                j++;
            }
            if (j == len) {
                return k + 1;
            }
        }
        from = k + 1;
    }
    return 0;
}

static void all_ways_find_what_a_naive_search_finds(void **state)
{
    static uint32_t words[600];
    struct rng r = {.state = 19};
    struct body *b[2] = {open_c(0), open_c(1)};
    uint32_t found = 0;

    (void)state;
    for (int round = 0; round < 20; round++) {
        uint32_t used = some_words(&r, words, 1 + rng_below(&r, 600));
        struct fn_state bare = *body_c_state(b[0]); /* as without memory */
        bare.own = NULL;
        for (size_t e = 0; e < 2; e++) {
            write_words(b[e], DPI_TABLE_BYTE, words, used);
            (void)run_one(b[e], "", 0, 0); /* prepares */
        }
        for (int k = 0; k < 100; k++) {
            uint8_t data[100];
            uint32_t n = rng_below(&r, sizeof data + 1);
            for (uint32_t j = 0; j < n; j++) {
                data[j] = rng_below(&r, 4) == 0
                              ? (uint8_t)rng_next(&r)
                              : (uint8_t) "abAB@`"[rng_below(&r, 6)];
            }
            uint32_t want = naive(words, used, data, n);
            found += want > 0;
            const struct dpi_view view = {data, n};
            const struct fn_state *way[] = {body_c_state(b[0]),
                                            body_c_state(b[1]), &bare};
            for (size_t j = 0; j < CHECK_ROWS(way); j++) {
                struct dpi_hit hit;
                dpi_find(way[j], &view, &hit, 1);
                assert_int_equal(hit.literal, want);
                assert_int_equal(hit.regex, 0);
            }
        }
    }
    assert_true(found > 500);
    body_close(b[0]);
    body_close(b[1]);
}

/* Bursts of every size give what packets one by one do. */
static void bursts_of_any_size_are_judged_alike(void **state)
{
    static const size_t sizes[] = {1, 3, 255, 256, 257, 1, 600};
    static uint8_t data[MOST][64];
    struct body *one = open_c(0), *all = open_c(0);
    struct rng r = {.state = 20};

    (void)state;
    set_rules(one, "literal \"ab\" drop\nregex /b[AB]a/\nliteral \"@\" punt");
    set_rules(all, "literal \"ab\" drop\nregex /b[AB]a/\nliteral \"@\" punt");
    for (size_t i = 0; i < CHECK_ROWS(sizes); i++) {
        for (size_t left = sizes[i]; left > 0;) { /* 256 at a time */
            size_t n = left < MOST ? left : MOST;
            struct pkt in[MOST], out[MOST];
            struct fn_span x = {FN_PKT, in, n, MOST, 0};
            struct fn_span y = {FN_PKT, out, 0, MOST, 0};
            left -= n;
            for (size_t k = 0; k < n; k++) {
                uint32_t len = rng_below(&r, 65);
                for (uint32_t j = 0; j < len; j++) {
                    data[k][j] = (uint8_t) "abAB@..."[rng_below(&r, 8)];
                }
                in[k] = (struct pkt){
                    .data = data[k], .len_bytes = len, .room_bytes = 64};
                out[k] = (struct pkt){.data = NULL};
            }
            assert_int_equal(body_run(all, &x, &y), 0);
            assert_int_equal(y.n, n);
            for (size_t k = 0; k < n; k++) {
                struct pkt p = run_one(one, data[k], in[k].len_bytes, 0);
                assert_int_equal(out[k].mark, p.mark);
                assert_int_equal(out[k].flags, p.flags);
            }
        }
    }
    for (uint32_t at = DPI_N_LITERAL; at <= DPI_N_BLIND; at += 4) {
        assert_int_equal(read_reg(one, at), read_reg(all, at));
    }
    assert_true(read_reg(one, DPI_N_PATTERN) > 10);
    assert_true(read_reg(one, DPI_N_PUNTS) > 10);
    body_close(one);
    body_close(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions_and_literals_are_tried_in_order),
        cmocka_unit_test(what_does_not_compile_is_left_out_and_counted),
        cmocka_unit_test(extremes_are_found_by_either_engine),
        cmocka_unit_test(all_ways_find_what_a_naive_search_finds),
        cmocka_unit_test(bursts_of_any_size_are_judged_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
