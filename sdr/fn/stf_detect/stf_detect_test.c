/*
 * stf_detect_test.c - lists and verdicts of blocks made by hand, in both
 * bodies, and what a block takes on the fabric.
 *
 * Blocks are impulses, 16 samples apart: of size 15 each is a mantissa as it
 * is, so a window of 128 has the energy 8 * 15 * 15 = 1800.
 */
#include "tests/block_check.h"

#include <stdio.h>

#include "core/base/bytes.h"
#include "sdr/fn/stf_detect/stf_detect_block.h"
#include "stf_detect_csr.h"

enum {
    SAMPLES = 4096,
    PERIOD = 16,
    WHOLE = 144, /* samples of the first window and its lag */
    APART = 72, /* samples from one candidate to the next in an endless field */
};

static int bench_open(void **state)
{
    return bench_load(*state, "stf_detect");
}

/* n samples: impulses of 'size', each 'quarters' quarter turns on; bytes. */
static uint32_t store_impulses(uint32_t n, uint32_t period, int size,
                               uint32_t quarters)
{
    memset(block_in, 0, sizeof block_in);
    for (uint32_t k = 0; k < n; k += period) {
        uint32_t at = k / period * quarters % 4;
        int i = at == 0 ? size : at == 2 ? -size : 0;
        int q = at == 1 ? size : at == 3 ? -size : 0;
        le16_store(block_in + (size_t)4 * k, (uint16_t)i);
        le16_store(block_in + (size_t)4 * k + 2, (uint16_t)q);
    }
    return 4 * n;
}

static uint32_t word(const struct pkt *y, size_t k)
{
    return le32_load(y->data + 4 * k);
}

static void a_field_is_found_where_its_first_window_ends(void **state)
{
    static const struct {
        const char *why;
        int size;
        uint32_t quarters;
        int re, im; /* sums over the window, to 12 bits of twice the energy */
    } row[] = {
        {"as it is", 15, 0, 1800, 0},
        {"of the other sign", -15, 0, 1800, 0},
        {"a quarter turn in 16 samples", 15, 1, 0, 1800},
        {"half a turn", 15, 2, -1800, 0},
        {"a quarter turn back", 15, 3, 0, -1800},
        {"1: 8, of 16", 1, 0, 8, 0},
        {"an exponent of 11", 15 << 11, 0, 1800, 0},
        {"31 is 15.5, and 16 counts as 15", 31, 0, 1800, 0},
        {"29 is 14.5: 15", 29, 0, 1800, 0},
        {"28 is 14", 28, 0, 14 * 14 * 8, 0},
        {"-29 is -14.5: -14", -29, 0, 14 * 14 * 8, 0},
        /* -16 * -16 * 8 * 2 has 13 bits: all is halved. */
        {"the smallest is -15.5: -16", INT16_MIN, 0, 1024, 0},
    };
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t len =
            store_impulses(WHOLE, PERIOD, row[k].size, row[k].quarters);
        struct pkt y = block_run(b, len, PKT_MIRROR);
        print_message("%s\n", row[k].why);
        assert_int_equal(y.mark, STF_DETECT_FOUND);
        assert_int_equal(y.flags, PKT_MIRROR);
        assert_int_equal(y.len_bytes, 12);
        assert_int_equal(word(&y, 0), WHOLE);
        assert_int_equal(word(&y, 1), 1 << 16 | STF_DETECT_RHO_MAX);
        assert_int_equal((int16_t)word(&y, 2), row[k].re);
        assert_int_equal((int16_t)(word(&y, 2) >> 16), row[k].im);
    }
}

/*
 * The first of nine impulses is missing: seven products, an energy of eight
 * and, 16 samples before, of seven.  rho is 2 * 7 / 15.
 */
static void the_energy_is_that_of_both_ends_of_the_lag(void **state)
{
    struct body *b = bench_body(state);
    uint32_t len = store_impulses(WHOLE, PERIOD, 15, 0);
    struct pkt y;

    memset(block_in, 0, 4);
    y = block_run(b, len, 0);
    assert_int_equal(y.len_bytes, 12);
    assert_int_equal(word(&y, 1), 1 << 16 | 892); /* 1024 * 196 / 225 */
    assert_int_equal(word(&y, 2), 7 * 15 * 15);
}

static void registers_say_what_is_none(void **state)
{
    static const struct {
        const char *why;
        uint32_t n, period, threshold, veto, plateau;
        enum stf_detect_fate fate;
    } row[] = {
        {"as it is reset", 144, 16, 105, 4, 1, STF_DETECT_FOUND},
        {"a sample is missing", 143, 16, 105, 4, 1, STF_DETECT_QUIET},
        {"nothing", 0, 16, 105, 4, 1, STF_DETECT_QUIET},
        {"more than any threshold but the last", 144, 16, 1022, 4, 1,
         STF_DETECT_FOUND},
        {"not more than 1", 144, 16, 1023, 4, 1, STF_DETECT_QUIET},
        {"no correlation is at lag 8", 144, 16, 105, 1, 1, STF_DETECT_FOUND},
        {"0 is none of 0, too", 144, 16, 105, 0, 1, STF_DETECT_QUIET},
        {"what comes again after 8", 144, 8, 105, 16, 1, STF_DETECT_QUIET},
        {"that may be", 144, 8, 105, 17, 1, STF_DETECT_FOUND},
        {"one window is too short", 144, 16, 105, 4, 2, STF_DETECT_QUIET},
        {"two are long enough", 152, 16, 105, 4, 2, STF_DETECT_FOUND},
        {"nine end a candidate", 400, 16, 105, 4, 9, STF_DETECT_FOUND},
        {"none has ten", 400, 16, 105, 4, 10, STF_DETECT_QUIET},
    };
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t len = store_impulses(row[k].n, row[k].period, 15, 0);
        bool found = row[k].fate == STF_DETECT_FOUND;
        uint32_t n_found = read_reg(b, STF_DETECT_N_FOUND);
        uint32_t n_quiet = read_reg(b, STF_DETECT_N_QUIET);
        struct pkt y;
        print_message("%s\n", row[k].why);
        assert_int_equal(body_write(b, STF_DETECT_THRESHOLD, row[k].threshold),
                         0);
        assert_int_equal(body_write(b, STF_DETECT_VETO, row[k].veto), 0);
        assert_int_equal(body_write(b, STF_DETECT_PLATEAU, row[k].plateau), 0);
        y = block_run(b, len, 0);
        assert_int_equal(y.mark, found ? STF_DETECT_FOUND : STF_DETECT_QUIET);
        assert_int_equal(y.flags, 0);
        assert_int_equal(y.len_bytes > 0, found);
        assert_int_equal(read_reg(b, STF_DETECT_N_FOUND) - n_found, found);
        assert_int_equal(read_reg(b, STF_DETECT_N_QUIET) - n_quiet, !found);
    }
}

/* Nothing gets better than the first window, so nine make a candidate. */
static void an_endless_field_fills_the_list(void **state)
{
    enum { LAST = WHOLE + APART * STF_DETECT_LIST };
    struct body *b = bench_body(state);
    uint32_t len = store_impulses(LAST, PERIOD, 15, 0);
    struct pkt y = block_run(b, len, 0);

    assert_int_equal(y.len_bytes, 12 * STF_DETECT_LIST);
    for (uint32_t k = 0; k < STF_DETECT_LIST; k++) {
        assert_int_equal(word(&y, 3 * k), WHOLE + APART * k);
        assert_int_equal(word(&y, 3 * k + 1), 9 << 16 | STF_DETECT_RHO_MAX);
        assert_int_equal(word(&y, 3 * k + 2), 1800);
    }
    assert_int_equal(read_reg(b, STF_DETECT_N_LOST), 1); /* at LAST */
    (void)block_run(b, len - 32, 0);
    assert_int_equal(read_reg(b, STF_DETECT_N_LOST), 1);
}

static void a_block_with_part_of_a_sample_is_dropped(void **state)
{
    struct body *b = bench_body(state);

    for (uint32_t more = 1; more < 4; more++) {
        uint32_t len = store_impulses(WHOLE, PERIOD, 15, 0) + more;
        struct pkt y = block_run(b, len, 0);
        assert_int_equal(y.mark, STF_DETECT_ODD);
        assert_int_equal(y.flags, PKT_DROP);
        assert_int_equal(y.len_bytes, 12); /* of the samples that are whole */
        assert_int_equal(read_reg(b, STF_DETECT_N_ODD), more);
    }
}

/* No sum of a block is in the next one. */
static void a_block_knows_nothing_of_the_one_before(void **state)
{
    struct body *b = bench_body(state);
    uint32_t len = store_impulses(SAMPLES, 1, INT16_MIN, 0);

    assert_int_equal(block_run(b, len, 0).mark, STF_DETECT_QUIET);
    len = store_impulses(WHOLE, PERIOD, 1, 0);
    struct pkt y = block_run(b, len, 0);
    assert_int_equal(y.len_bytes, 12);
    assert_int_equal(word(&y, 2), 8);
}

static uint64_t clocks_of(struct bench *b, uint32_t n)
{
    return block_clocks(b, store_impulses(n, 1, 15, 0));
}

static void a_sample_takes_three_clocks(void **state)
{
    enum { MORE = 120 };
    uint64_t some, all;

    (void)bench_body(state); /* or skips */
    some = clocks_of(*state, SAMPLES / 2);
    all = clocks_of(*state, SAMPLES);
    print_message("%llu clocks for %d samples\n", (unsigned long long)all,
                  SAMPLES);
    assert_int_equal(all - some, 3 * SAMPLES / 2);
    assert_in_range(all, 3 * SAMPLES, 3 * SAMPLES + MORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOCK_ON_ALL(a_field_is_found_where_its_first_window_ends),
        BLOCK_ON_ALL(the_energy_is_that_of_both_ends_of_the_lag),
        BLOCK_ON_ALL(registers_say_what_is_none),
        BLOCK_ON_ALL(an_endless_field_fills_the_list),
        BLOCK_ON_ALL(a_block_with_part_of_a_sample_is_dropped),
        BLOCK_ON_ALL(what_was_dropped_or_punted_passes),
        BLOCK_ON_ALL(a_block_knows_nothing_of_the_one_before),
        BLOCK_ON_RTL(a_sample_takes_three_clocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
