/*
 * fir_decim_test.c - sums worked out by hand, in both bodies, and what a block
 * takes on the fabric.
 */
#include "tests/block_check.h"

#include <stdio.h>

#include "fir_decim_csr.h"
#include "sdr/fn/fir_decim/fir_decim_some.h"

enum {
    SAMPLES = 2048,
    SAMPLE = sizeof(struct iq16),
    FEW = 6,
};

static int bench_open(void **state)
{
    return bench_load(*state, "fir_decim");
}

static void write(struct body *b, uint32_t offset, uint32_t value)
{
    assert_int_equal(body_write(b, offset, value), 0);
}

/* The filter h[n], decimation and shift. */
static void set(struct body *b, const int16_t *h, uint32_t n, uint32_t d,
                uint32_t shift)
{
    write(b, CSR_WINDOW_INDEX, csr_window(FIR_DECIM_TABLE_TAP, 0));
    for (uint32_t k = 0; k < n && k < FIR_DECIM_TAPS; k++) {
        write(b, CSR_WINDOW_DATA, (uint16_t)h[k]);
    }
    write(b, FIR_DECIM_N_TAPS, n);
    write(b, FIR_DECIM_DECIMATION, d - 1);
    write(b, FIR_DECIM_SHIFT, shift);
}

static void sums_by_hand(void **state)
{
    static const struct {
        const char *why;
        int16_t h[3];
        uint32_t n_taps, decimation, shift;
        size_t n_in, n_out;
        struct iq16 x[FEW], y[FEW];
        uint32_t n_clipped;
    } row[] = {
        {"one tap",
         {1},
         1,
         1,
         0,
         3,
         3,
         {{1, -1}, {2, -2}, {INT16_MAX, INT16_MIN}},
         {{1, -1}, {2, -2}, {INT16_MAX, INT16_MIN}},
         0},
        /* y[0] = 1 x[2] + 10 x[1] + 100 x[0], the newest by the first. */
        {"which tap is whose",
         {1, 10, 100},
         3,
         1,
         0,
         5,
         3,
         {{1, 0}, {2, 0}, {3, 1}, {4, 0}, {5, 0}},
         {{123, 1}, {234, 10}, {345, 100}},
         0},
        {"every second one",
         {1, 10, 100},
         3,
         2,
         0,
         6,
         2,
         {{1, 0}, {2, 0}, {3, 1}, {4, 0}, {5, 0}, {6, 0}},
         {{123, 1}, {345, 100}},
         0},
        {"more are left out than the filter has",
         {1, 1},
         2,
         4,
         0,
         6,
         2,
         {{1, 1}, {2, 2}, {9, 9}, {9, 9}, {3, 3}, {4, 4}},
         {{3, 3}, {7, 7}},
         0},
        {"just as long as the filter",
         {1, 1, 1},
         3,
         32,
         0,
         3,
         1,
         {{1, -1}, {2, -2}, {3, -3}},
         {{6, -6}},
         0},
        {"half is rounded up",
         {1},
         1,
         1,
         1,
         4,
         4,
         {{1, -1}, {3, -3}, {2, -2}, {5, -5}},
         {{1, 0}, {2, -1}, {1, -1}, {3, -2}},
         0},
        {"a quarter and three",
         {1},
         1,
         1,
         2,
         4,
         4,
         {{1, -1}, {3, -3}, {2, -2}, {6, -6}},
         {{0, 0}, {1, -1}, {1, 0}, {2, -1}},
         0},
        /* 32767 * 32767 / 2^15 is 32766.00003; -32768 * 32767 / 2^15. */
        {"almost 1",
         {INT16_MAX},
         1,
         1,
         15,
         2,
         2,
         {{INT16_MAX, INT16_MIN}, {16384, -16384}},
         {{32766, -32767}, {16384, -16383}},
         0}, /* 16383.5, -16383.5 */
        {"-1 clips the smallest only",
         {INT16_MIN},
         1,
         1,
         15,
         2,
         2,
         {{INT16_MAX, INT16_MIN}, {INT16_MIN + 1, 5}},
         {{-32767, INT16_MAX}, {INT16_MAX, -5}},
         1},
        {"both parts clip, and it counts once",
         {2},
         1,
         1,
         0,
         2,
         2,
         {{16384, -16385}, {16383, -16384}},
         {{INT16_MAX, INT16_MIN}, {32766, INT16_MIN}},
         1},
        /* 3 * 2^30 needs 33 bits. */
        {"a sum of more than 32 bits",
         {INT16_MIN, INT16_MIN, INT16_MIN},
         3,
         1,
         17,
         3,
         1,
         {{INT16_MIN, INT16_MIN},
          {INT16_MIN, INT16_MIN},
          {INT16_MIN, INT16_MAX}},
         {{24576, 8192}},
         0}, /* 2^30 (2 - 32767/32768) / 2^17, rounded */
        {"31 bits are shifted out",
         {INT16_MIN, INT16_MIN, 0},
         3,
         1,
         31,
         3,
         1,
         {{0, 0}, {INT16_MIN, INT16_MIN}, {INT16_MIN, INT16_MAX}},
         {{1, 0}},
         0}, /* 2^31 / 2^31; 2^15 / 2^31 */
    };
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t before = read_reg(b, FIR_DECIM_N_CLIPPED);
        struct pkt y;
        print_message("%s\n", row[k].why);
        set(b, row[k].h, row[k].n_taps, row[k].decimation, row[k].shift);
        memcpy(block_in, row[k].x, sizeof row[k].x);
        y = block_run(b, (uint32_t)(row[k].n_in * SAMPLE), PKT_MIRROR);
        assert_int_equal(y.mark, 0);
        assert_int_equal(y.flags, PKT_MIRROR);
        assert_int_equal(y.len_bytes, row[k].n_out * SAMPLE);
        assert_memory_equal(y.data, row[k].y, y.len_bytes);
        assert_int_equal(read_reg(b, FIR_DECIM_N_CLIPPED) - before,
                         row[k].n_clipped);
    }
    assert_int_equal(read_reg(b, FIR_DECIM_N_FILTERED), CHECK_ROWS(row));
}

static void what_is_shorter_than_the_filter_is_dropped(void **state)
{
    static const int16_t h[] = {1, 2, 3};
    static const struct {
        uint32_t n_taps, len, out_len;
        bool odd;
    } row[] = {{3, 12, 4, false}, {3, 13, 4, true},   {3, 11, 0, true},
               {3, 0, 0, false},  {1, 4, 4, false},   {1, 3, 0, true},
               {0, 12, 0, false}, {128, 12, 0, false}};
    struct body *b = bench_body(state);
    uint32_t n_short = 0, n_odd = 0;

    memset(block_in, 1, SAMPLES * SAMPLE);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pkt y;
        set(b, h, 3, 1, 0);
        write(b, FIR_DECIM_N_TAPS, row[k].n_taps);
        y = block_run(b, row[k].len, 0);
        assert_int_equal(y.len_bytes, row[k].out_len);
        assert_int_equal(y.mark, row[k].out_len == 0);
        assert_int_equal(y.flags, row[k].out_len == 0 ? PKT_DROP : 0);
        n_short += row[k].out_len == 0;
        n_odd += row[k].odd;
        assert_int_equal(read_reg(b, FIR_DECIM_N_SHORT), n_short);
        assert_int_equal(read_reg(b, FIR_DECIM_N_ODD), n_odd);
    }
}

/* More than 128 count as these. */
static void all_taps_are_used(void **state)
{
    static const uint32_t n_taps[] = {128, 129, 255};
    struct body *b = bench_body(state);
    int16_t h[FIR_DECIM_TAPS];
    struct iq16 x[FIR_DECIM_TAPS + 1];
    int16_t y[4];

    /* 1 + 2 + .. + 128, and an impulse that sees the first and last but one. */
    for (int k = 0; k < FIR_DECIM_TAPS; k++) {
        h[k] = (int16_t)(k + 1);
        x[k] = (struct iq16){1, 0};
    }
    x[FIR_DECIM_TAPS] = (struct iq16){1, 0};
    x[1].q = 1;
    for (size_t k = 0; k < CHECK_ROWS(n_taps); k++) {
        struct pkt out;
        set(b, h, FIR_DECIM_TAPS, 1, 0);
        write(b, FIR_DECIM_N_TAPS, n_taps[k]);
        memcpy(block_in, x, sizeof x);
        out = block_run(b, sizeof x, 0);
        assert_int_equal(out.len_bytes, sizeof y);
        memcpy(y, out.data, sizeof y);
        assert_int_equal(y[0], 128 * 129 / 2);
        assert_int_equal(y[1], 127);
        assert_int_equal(y[2], 128 * 129 / 2);
        assert_int_equal(y[3], 128);
    }
}

/*
 * Blocks that overlap by what the filter needs give what the whole stream
 * gives: no sample is lost and none is there twice.
 */
static void blocks_that_overlap_are_one_stream(void **state)
{
    enum { TAPS = 23, D = 5, OUT = 100, N = (OUT - 1) * D + TAPS };
    struct body *b = bench_body(state);
    struct iq16 x[N], whole[OUT], part[OUT];
    int16_t h[TAPS];
    struct rng r = {3};
    size_t got = 0;

    for (size_t k = 0; k < TAPS; k++) {
        h[k] = (int16_t)rng_next(&r);
    }
    for (size_t k = 0; k < N; k++) {
        x[k] = (struct iq16){(int16_t)rng_next(&r), (int16_t)rng_next(&r)};
    }
    set(b, h, TAPS, D, 17);
    memcpy(block_in, x, sizeof x);
    assert_int_equal(block_run(b, sizeof x, 0).len_bytes, sizeof whole);
    memcpy(whole, block_out, sizeof whole);
    while (got < OUT) {
        size_t want = 1 + rng_below(&r, 20);
        want = want < OUT - got ? want : OUT - got;
        uint32_t len = (uint32_t)(((want - 1) * D + TAPS) * SAMPLE);
        memcpy(block_in, x + got * D, len);
        assert_int_equal(block_run(b, len, 0).len_bytes, want * SAMPLE);
        memcpy(part + got, block_out, want * SAMPLE);
        got += want;
    }
    assert_memory_equal(part, whole, sizeof whole);
}

/* Decimation and taps, and 6 clocks. */
static void a_sample_that_leaves_takes_its_taps(void **state)
{
    enum { MORE = 40 };
    static const struct {
        uint32_t n_taps, d;
    } row[] = {{64, 16}, {128, 32}, {16, 2}, {3, 1}};
    struct body *b = bench_body(state);
    int16_t h[FIR_DECIM_TAPS] = {1};

    memset(block_in, 1, SAMPLES * SAMPLE);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t n_out = (SAMPLES - row[k].n_taps) / row[k].d + 1;
        uint64_t want = (uint64_t)n_out * (row[k].d + row[k].n_taps + 6), got;
        set(b, h, row[k].n_taps, row[k].d, 0);
        got = block_clocks(*state, SAMPLES * SAMPLE);
        print_message("%u taps, 1 of %u: %llu clocks for %d samples\n",
                      row[k].n_taps, row[k].d, (unsigned long long)got,
                      SAMPLES);
        assert_in_range(got, want, want + row[k].n_taps + MORE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOCK_ON_ALL(sums_by_hand),
        BLOCK_ON_ALL(what_is_shorter_than_the_filter_is_dropped),
        BLOCK_ON_ALL(all_taps_are_used),
        BLOCK_ON_ALL(what_was_dropped_or_punted_passes),
        BLOCK_ON_ALL(blocks_that_overlap_are_one_stream),
        BLOCK_ON_RTL(a_sample_that_leaves_takes_its_taps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
