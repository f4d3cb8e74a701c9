/*
 * decoder_test.c - decoders with receivers that are made here: one says what it
 * was given, one answers with records that no receiver should make.
 */
/* The source: take() gets messages that no decoder_main() sends. */
#include "host/radio/decoder.c"

#include "core/base/rng.h"
#include "core/registry.h"
#include "tests/check.h"

enum {
    N_SEEN = 64,
    N_FLUSH = 3, /* records that the end of a stretch gives, one by one */
    BIAS = 0x80, /* a register */
};

static const struct csr_reg fake_regs[] = {
    {.name = "BIAS", .offset = BIAS, .mask = UINT32_MAX}};

static const struct csr_layout fake_csr = {
    .name = "fake",
    .in = FN_CF32,
    .out = FN_REC,
    .regs = fake_regs,
    .n_regs = 1,
};

/* Counts the calls that end a stretch. */
static int fake_open(struct fn_state *s)
{
    s->own = calloc(1, sizeof(uint16_t));
    return s->own != NULL ? 0 : ERR_NO_MEM;
}

static void fake_close(struct fn_state *s)
{
    free(s->own);
}

static void make_wifi(struct rec *r)
{
    memset(r, 0, sizeof *r);
    r->type = REC_WIFI_FRAME;
    memcpy(r->wifi.format, "non-ht", 7);
}

static void make_lte(struct rec *r)
{
    memset(r, 0, sizeof *r);
    r->type = REC_LTE_CELL;
}

/* A record of each call: the samples' numbers, their sum, and the register. */
static void tell_run(struct fn_state *s, const struct fn_span *in,
                     struct fn_span *out)
{
    const float complex *x = in->items;
    const uint32_t *regs = s->regs;
    uint16_t *n_flushed = s->own;
    struct rec *r = out->items;
    double sum_i = 0, sum_q = 0;

    for (size_t k = 0; k < in->n; k++) {
        sum_i += (double)crealf(x[k]) * (double)(k + 1);
        sum_q += (double)cimagf(x[k]);
    }
    *n_flushed = in->n > 0 ? 0 : (uint16_t)(*n_flushed + 1);
    out->n = *n_flushed <= N_FLUSH;
    make_wifi(r);
    r->wifi.start_sample = (double)in->item0;
    r->wifi.end_sample = (double)(in->item0 + in->n);
    r->wifi.cfo_hz = sum_i;
    r->wifi.snr_db = sum_q;
    r->wifi.rate_kbps = regs[0];
    r->wifi.psdu_len = *n_flushed;
}

static const struct fn tell_fn = {
    .csr = &fake_csr, .run = tell_run, .open = fake_open, .close = fake_close};

/* What came out of a decoder. */
struct seen {
    struct rec rec[N_SEEN];
    size_t n;
};

static void see(void *ctx, const struct rec *rec)
{
    struct seen *s = ctx;

    if (s->n < N_SEEN) {
        s->rec[s->n] = *rec;
    }
    s->n++;
}

static struct decoder *open_decoder(const struct fn *fn, struct seen *seen)
{
    struct decoder_work work = {.name = "fake", .fn = fn, .take = see};
    struct decoder *d = NULL;

    seen->n = 0;
    work.ctx = seen;
    assert_int_equal(decoder_start(&work, &d), 0);
    return d;
}

/* Record 'k' tells of samples [from, to), which are 1 + 2j each. */
static void check_told(const struct seen *s, size_t k, uint64_t from,
                       uint64_t to)
{
    double n = (double)(to - from);

    assert_true(k < s->n);
    assert_true(s->rec[k].wifi.start_sample == (double)from);
    assert_true(s->rec[k].wifi.end_sample == (double)to);
    assert_true(s->rec[k].wifi.cfo_hz == n * (n + 1) / 2);
    assert_true(s->rec[k].wifi.snr_db == 2 * n);
    assert_int_equal(s->rec[k].wifi.psdu_len, 0);
}

/* Records 'k' and on are those of the end of a stretch at 'at'. */
static void check_flushed(const struct seen *s, size_t k, uint64_t at)
{
    for (size_t j = 0; j < N_FLUSH; j++) {
        assert_true(k + j < s->n);
        assert_true(s->rec[k + j].wifi.start_sample == (double)at);
        assert_int_equal(s->rec[k + j].wifi.psdu_len, j + 1);
    }
}

static float complex *make_samples(size_t n)
{
    float complex *x = calloc(n, sizeof *x);

    assert_non_null(x);
    for (size_t k = 0; k < n; k++) {
        x[k] = 1 + 2 * I;
    }
    return x;
}

static void decoder_gives_all_samples_and_ends_the_stretch(void **state)
{
    float complex *x = make_samples(10000);
    static struct seen seen;
    struct decoder *d = open_decoder(&tell_fn, &seen);

    (void)state;
    assert_int_equal(decoder_send(d, 0, x, 10000), 0);
    assert_int_equal(decoder_send(d, 10000, x, 1), 0);
    assert_int_equal(decoder_send(d, 10001, x, 0), 0);
    assert_int_equal(decoder_end(d), 0);
    assert_int_equal(seen.n, 4 + N_FLUSH);
    check_told(&seen, 0, 0, 4096);
    check_told(&seen, 1, 4096, 8192);
    check_told(&seen, 2, 8192, 10000);
    check_told(&seen, 3, 10000, 10001);
    check_flushed(&seen, 4, 10001);
    free(x);
}

static void a_number_that_is_not_next_ends_the_stretch(void **state)
{
    float complex *x = make_samples(500);
    static struct seen seen;
    struct decoder *d = open_decoder(&tell_fn, &seen);
    uint64_t far = (uint64_t)1 << 40;

    (void)state;
    assert_int_equal(decoder_send(d, 0, x, 500), 0);
    assert_int_equal(decoder_send(d, far, x, 300), 0);
    assert_int_equal(decoder_send(d, 100, x, 200), 0); /* back, too */
    assert_int_equal(decoder_end(d), 0);
    assert_int_equal(seen.n, 3 + 3 * N_FLUSH);
    check_told(&seen, 0, 0, 500);
    check_flushed(&seen, 1, 500);
    check_told(&seen, 1 + N_FLUSH, far, far + 300);
    check_flushed(&seen, 2 + N_FLUSH, far + 300);
    check_told(&seen, 2 + 2 * N_FLUSH, 100, 300);
    check_flushed(&seen, 3 + 2 * N_FLUSH, 300);
    free(x);
}

static void registers_are_set_at_the_start(void **state)
{
    float complex *x = make_samples(1);
    static struct seen seen;
    struct decoder_work work = {.fn = &tell_fn, .take = see, .ctx = &seen};
    struct decoder *d = NULL;

    (void)state;
    seen.n = 0;
    work.name = "fake";
    assert_int_equal(write_list_emit(&work.set, BIAS, 54), 0);
    assert_int_equal(decoder_start(&work, &d), 0);
    assert_int_equal(decoder_send(d, 0, x, 1), 0);
    assert_int_equal(decoder_end(d), 0);
    assert_int_equal(seen.n, 1 + N_FLUSH);
    assert_int_equal(seen.rec[0].wifi.rate_kbps, 54);
    write_list_close(&work.set);
    free(x);
}

/* --- records that are wrong --- */

enum { N_BAD_WIFI = 11, N_BAD = N_BAD_WIFI + 15 };

static void make_bad_wifi(size_t k, struct rec *r)
{
    make_wifi(r);
    switch (k) {
    case 0: r->wifi.start_sample = (double)NAN; break;
    case 1: r->wifi.end_sample = (double)INFINITY; break;
    case 2: r->wifi.cfo_hz = (double)NAN; break;
    case 3: r->wifi.snr_db = -(double)INFINITY; break;
    case 4: r->wifi.evm_db = (double)NAN; break;
    case 5: memset(r->wifi.format, 'x', sizeof r->wifi.format); break;
    case 6: r->wifi.len = REC_PSDU_MAX + 1; break;
    case 7: r->wifi.n_mpdus = r->wifi.mpdu = 1; break;
    case 8: r->wifi.rate_kbps = 600001; break;
    case 9: r->wifi.n_csi = REC_CSI_MAX + 1; break;
    default:
        r->wifi.n_csi = 1;
        r->wifi.csi[0][1] = NAN;
        break;
    }
}

static void make_bad_si(size_t k, struct rec *r)
{
    memset(r, 0, sizeof *r);
    r->type = REC_LTE_SI;
    switch (k) {
    case 0: r->si.frame_start_sample = (double)NAN; break;
    case 1: r->si.cell_id = 504; break;
    case 2: r->si.sfn = 1024; break;
    case 3: r->si.subframe = 10; break;
    default: r->si.n = REC_SI_MAX + 1; break;
    }
}

static void make_bad_lte(size_t k, struct rec *r)
{
    make_lte(r);
    switch (k) {
    case 0: r->lte.frame_start_sample = (double)NAN; break;
    case 1: r->lte.cfo_hz = (double)INFINITY; break;
    case 2: r->lte.snr_db = (double)NAN; break;
    case 3: r->lte.cell_id = 504; break;
    case 4: r->lte.ports = 5; break;
    case 5: r->lte.prb = 111; break;
    case 6: r->lte.phich_sixths = 13; break;
    case 7: r->lte.sfn = 1024; break;
    case 8: r->type = (enum rec_type)5; break;
    case 9: r->lte.n_sib1 = REC_SI_MAX + 1; break;
    default: make_bad_si(k - 10, r); break;
    }
}

/* Ends the stretch with each bad record and a good one behind it. */
static void bad_run(struct fn_state *s, const struct fn_span *in,
                    struct fn_span *out)
{
    uint16_t *k = s->own;
    struct rec *r = out->items;

    out->n = 0;
    if (in->n > 0 || *k == N_BAD) {
        return;
    }
    if (*k < N_BAD_WIFI) {
        make_bad_wifi(*k, &r[0]);
        make_wifi(&r[1]);
        r[1].wifi.psdu_len = *k;
    } else {
        make_bad_lte(*k - N_BAD_WIFI, &r[0]);
        make_lte(&r[1]);
        r[1].lte.cell_id = *k;
    }
    out->n = 2;
    (*k)++;
}

static const struct fn bad_fn = {
    .csr = &fake_csr, .run = bad_run, .open = fake_open, .close = fake_close};

static void records_out_of_range_are_dropped(void **state)
{
    static struct seen seen;
    struct decoder *d = open_decoder(&bad_fn, &seen);

    (void)state;
    assert_int_equal(decoder_end(d), 0);
    for (size_t k = 0; k < N_BAD && k < seen.n; k++) {
        print_message("row %zu\n", k);
        if (k < N_BAD_WIFI) {
            assert_int_equal(seen.rec[k].type, REC_WIFI_FRAME);
            assert_int_equal(seen.rec[k].wifi.psdu_len, k);
        } else {
            assert_int_equal(seen.rec[k].type, REC_LTE_CELL);
            assert_int_equal(seen.rec[k].lte.cell_id, k);
        }
    }
    assert_int_equal(seen.n, N_BAD);
}

static void make_bad_nr(size_t k, struct rec *r)
{
    switch (k) {
    case 0: r->nr.frame_start_sample = (double)NAN; break;
    case 1: r->nr.cfo_hz = (double)INFINITY; break;
    case 2: r->nr.snr_db = (double)NAN; break;
    case 3: r->nr.cell_id = 1008; break;
    case 4: r->nr.sfn = 1024; break;
    case 5: r->nr.scs_khz = 60; break;
    case 6: r->nr.ssb_index = 8; break;
    case 7: r->nr.half_frame = 2; break;
    case 8: r->nr.scs_common_khz = 31; break;
    case 9: r->nr.k_ssb = 32; break;
    case 10: r->nr.dmrs_type_a_pos = 1; break;
    case 11: r->nr.barred = 2; break;
    default: r->nr.reselection = 2; break;
    }
}

static void nr_records_out_of_range_are_dropped(void **state)
{
    enum { N_BAD_NR = 13 };
    static struct seen seen;
    static struct decoder d = {.work = {.take = see, .ctx = &seen}};

    (void)state;
    seen.n = 0;
    for (size_t k = 0; k <= N_BAD_NR; k++) {
        struct rec r;
        print_message("row %zu\n", k);
        memset(&r, 0, sizeof r);
        r.type = REC_NR_CELL;
        r.nr.scs_khz = 30;
        r.nr.dmrs_type_a_pos = 2;
        if (k < N_BAD_NR) {
            make_bad_nr(k, &r);
        }
        take(&d, MSG_REC, &r, sizeof r);
        assert_int_equal(seen.n, k < N_BAD_NR ? 0 : 1);
    }
}

static void messages_of_a_wrong_size_or_type_are_dropped(void **state)
{
    static struct seen seen;
    static struct decoder d = {.work = {.take = see, .ctx = &seen}};
    static struct rec two[2];

    (void)state;
    seen.n = 0;
    make_wifi(&two[0]);
    make_wifi(&two[1]);
    take(&d, MSG_REC, two, 0);
    take(&d, MSG_REC, two, sizeof two[0] - 1);
    take(&d, MSG_REC, two, sizeof two[0] + 1);
    take(&d, MSG_REC, two, sizeof two);
    take(&d, MSG_SAMPLES, two, sizeof two[0]);
    take(&d, UINT32_MAX, two, sizeof two[0]);
    assert_int_equal(seen.n, 0);
    take(&d, MSG_REC, two, sizeof two[0]);
    assert_int_equal(seen.n, 1);
}

/* --- calls of kernels ------------------------------------------------------
 */

/* A receiver that asks the second of its kernels at each burst. */
static const char *const fake_kernels[] = {"scale", "bridge", NULL};

static void fake_lend(const struct fn_state *s, size_t k,
                      const struct fn_kernel *kernel)
{
    const struct fn_kernel **lent = s->own;

    lent[k] = kernel;
}

static int lent_open(struct fn_state *s)
{
    s->own = calloc(2, sizeof(const struct fn_kernel *));
    return s->own != NULL ? 0 : ERR_NO_MEM;
}

/*
 * A record of each burst: which kernels there are, and whether the second one
 * gave two frames of these lengths back; psdu_len is of what it lost.
 */
static void ask_run(struct fn_state *s, const struct fn_span *in,
                    struct fn_span *out)
{
    const struct fn_kernel *const *lent = s->own;
    struct rec *r = out->items;
    uint8_t bytes[2][64] = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {3}};
    struct pkt p[2] = {{.data = bytes[0], .len_bytes = 64, .room_bytes = 64},
                       {.data = bytes[1], .len_bytes = 60, .room_bytes = 64}};
    struct pkt q[2] = {{.data = NULL}};
    struct fn_span x = {.type = FN_PKT, .items = p, .n = 2, .cap = 2};
    struct fn_span y = {.type = FN_PKT, .items = q, .cap = 2};

    out->n = in->n > 0;
    if (out->n == 0) {
        return;
    }
    make_wifi(r);
    r->wifi.short_gi = lent[0] != NULL;
    r->wifi.stbc = lent[1] != NULL;
    r->wifi.ldpc = lent[1]->run(lent[1]->ctx, &x, &y) && y.n == 2 &&
                   q[0].len_bytes == 64 && q[1].len_bytes == 60 &&
                   memcmp(q[0].data, bytes[0], 64) == 0;
    p[0].len_bytes = MACHINE_MESSAGE_BYTES; /* more than a call holds */
    r->wifi.wide = lent[1]->run(lent[1]->ctx, &x, &y);
}

static const struct fn ask_fn = {.csr = &fake_csr,
                                 .run = ask_run,
                                 .rate_hz = 1e6,
                                 .open = lent_open,
                                 .close = fake_close,
                                 .kernels = fake_kernels,
                                 .lend = fake_lend};

static void a_receiver_gets_answers_of_the_kernels_there_are(void **state)
{
    static const float complex x[10];
    static struct seen seen;
    struct report report = {.out = stderr};
    struct kernels_plan plan = {.fn = {registry_find("bridge")}, .n = 1};
    struct decoder *d = NULL;
    struct decoder_work work = {
        .name = "ask", .fn = &ask_fn, .take = see, .ctx = &seen};

    (void)state;
    seen.n = 0;
    assert_int_equal(kernels_open(&plan, &report, 1e6, &work.kernels), 0);
    assert_int_equal(kernel_of(&work, 1), 0);
    assert_int_equal(kernel_of(&work, 0), -1);
    assert_int_equal(kernel_of(&work, 2), -1);
    assert_int_equal(kernel_of(&work, UINT32_MAX), -1);
    assert_int_equal(decoder_start(&work, &d), 0);
    assert_int_equal(decoder_send(d, 0, x, 10), 0);
    assert_int_equal(decoder_end(d), 0);
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.rec[0].wifi.short_gi, 0); /* no kernel "scale" */
    assert_int_equal(seen.rec[0].wifi.stbc, 1);
    assert_int_equal(seen.rec[0].wifi.ldpc, 1);
    assert_int_equal(seen.rec[0].wifi.wide, 0);
    assert_int_equal(kernels_close(work.kernels), 0);
}

/* Messages of a machine that lost its mind, cut anywhere and with any bits. */
static void broken_calls_are_read_as_none(void **state)
{
    static uint8_t good[512], bad[512];
    static struct pkt p[FN_BURST_PKT];
    uint8_t bytes[100] = {7};
    struct pkt two[2] = {{.data = bytes, .len_bytes = 100},
                         {.data = bytes, .len_bytes = 1}};
    struct kernel_call c = {.kernel = 1, .n = 2, .time_s = 0.5}, got;
    struct rng r = {5};

    (void)state;
    size_t n = kernel_call_write(&c, two, good, sizeof good);
    assert_int_equal(n, sizeof c + 2 * 4 + 101);
    assert_int_equal(kernel_call_write(&c, two, bad, n - 1), 0);
    assert_true(kernel_call_read(good, n, &got, p));
    assert_int_equal(got.kernel, 1);
    assert_int_equal(p[0].len_bytes, 100);
    assert_memory_equal(p[0].data, bytes, 100);
    assert_int_equal(p[1].len_bytes, 1);
    for (size_t k = 0; k < n; k++) {
        uint8_t *cut = malloc(k + 1); /* a sanitizer sees its end */
        assert_non_null(cut);
        memcpy(cut, good, k);
        assert_false(kernel_call_read(cut, k, &got, p));
        free(cut);
    }
    assert_false(kernel_call_read(good, n + 1, &got, p));
    for (size_t k = 0; k < 20000; k++) {
        memcpy(bad, good, n);
        bad[rng_below(&r, (uint32_t)sizeof c + 8)] = (uint8_t)rng_next(&r);
        bad[rng_below(&r, (uint32_t)sizeof c + 8)] = (uint8_t)rng_next(&r);
        if (kernel_call_read(bad, n, &got, p)) {
            size_t all = 0;
            assert_true(got.n <= FN_BURST_PKT);
            for (size_t j = 0; j < got.n; j++) {
                all += p[j].len_bytes;
            }
            assert_int_equal(all, n - sizeof c - got.n * 4);
        }
    }
}

static void decoder_end_takes_null(void **state)
{
    (void)state;
    assert_int_equal(decoder_end(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoder_gives_all_samples_and_ends_the_stretch),
        cmocka_unit_test(a_number_that_is_not_next_ends_the_stretch),
        cmocka_unit_test(registers_are_set_at_the_start),
        cmocka_unit_test(records_out_of_range_are_dropped),
        cmocka_unit_test(nr_records_out_of_range_are_dropped),
        cmocka_unit_test(messages_of_a_wrong_size_or_type_are_dropped),
        cmocka_unit_test(a_receiver_gets_answers_of_the_kernels_there_are),
        cmocka_unit_test(broken_calls_are_read_as_none),
        cmocka_unit_test(decoder_end_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
