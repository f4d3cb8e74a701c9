/* wifi_rx_test.c - streams of generated frames through the whole receiver. */
#include "sdr/fn/wifi_rx/wifi_rx_check.h"

#include "core/body.h"
#include "core/registry.h"
#include "wifi_rx_csr.h"

enum {
    RECS = 64,
    START_ERROR = 2, /* samples that a frame's start may be off */
    EDGE = 600,      /* silence before the first frame and after the last */
};

/* A stream of frames, one after another. */
struct stream {
    struct rng rng;
    float complex *x;
    size_t n, cap;
    struct {
        size_t start, end; /* samples */
        unsigned mbps;
        uint8_t psdu[400];
        size_t psdu_len;
    } frame[RECS];
    size_t n_frames;
};

static void stream_open(struct stream *s, uint64_t seed)
{
    memset(s, 0, sizeof *s);
    s->rng.state = seed;
    s->cap = 400000;
    s->x = calloc(s->cap, sizeof *s->x);
    assert_non_null(s->x);
    s->n = EDGE;
}

static void stream_close(struct stream *s)
{
    free(s->x);
}

/* Appends a frame of random bytes with an FCS and 'gap' samples of silence. */
static void add_frame(struct stream *s, unsigned mbps, size_t gap)
{
    struct gen_wifi *g = NULL;
    size_t k = s->n_frames++;
    size_t len = 20 + rng_below(&s->rng, 381);

    assert_true(k < RECS);
    for (size_t j = 0; j < len; j++) {
        s->frame[k].psdu[j] = (uint8_t)rng_below(&s->rng, 256);
    }
    gen_wifi_fcs(s->frame[k].psdu, len - 4);
    struct gen_wifi_frame f = {.rate = wifi_phy_rate_find(mbps),
                               .psdu = s->frame[k].psdu,
                               .psdu_len = len,
                               .scrambler = 1 + rng_below(&s->rng, 127)};
    size_t n = gen_wifi_length(&f);
    assert_true(s->n + n + gap + EDGE <= s->cap);
    assert_int_equal(gen_wifi_open(&g), 0);
    gen_wifi(g, &f, s->x + s->n);
    gen_wifi_close(g);
    s->frame[k].start = s->n;
    s->frame[k].end = s->n + n;
    s->frame[k].mbps = mbps;
    s->frame[k].psdu_len = len;
    s->n += n + gap;
}

/* Frames of all rates, 'gap' samples apart, in noise 30 dB below. */
static void add_all_rates(struct stream *s, size_t gap)
{
    for (size_t k = 0; k < WIFI_PHY_RATES; k++) {
        add_frame(s, wifi_phy_rate[k].mbps, gap);
    }
    s->n += EDGE;
    impair_noise(s->x, s->n, impair_noise_power(1, 30), &s->rng);
}

/* A receiver and the records it gave. */
struct receiver {
    struct body *body;
    struct rec rec[RECS];
    size_t n;
};

static void receiver_open(struct receiver *r)
{
    r->n = 0;
    assert_int_equal(body_open_c(registry_find("wifi_rx"), &r->body), 0);
}

static uint32_t reg(struct receiver *r, uint32_t offset)
{
    uint32_t value = 0;

    assert_int_equal(body_read(r->body, offset, &value), 0);
    return value;
}

/* Gives x[n], with room for 'cap' records; how many came. */
static size_t give(struct receiver *r, uint64_t item0, float complex *x,
                   size_t n, size_t cap)
{
    struct fn_span in = {
        .type = FN_CF32, .items = x, .n = n, .cap = n, .item0 = item0};
    struct fn_span out = {.type = FN_REC, .items = r->rec + r->n};

    out.cap = cap < RECS - r->n ? cap : RECS - r->n;
    assert_true(out.cap > 0);
    assert_int_equal(body_run(r->body, &in, &out), 0);
    assert_true(out.n <= out.cap);
    r->n += out.n;
    return out.n;
}

/* Ends the stretch. */
static void finish(struct receiver *r, uint64_t item0, size_t cap)
{
    while (give(r, item0, NULL, 0, cap) > 0) {
    }
}

/* Gives x[n] in bursts of 'burst' samples. */
static void give_all(struct receiver *r, uint64_t item0, float complex *x,
                     size_t n, size_t burst)
{
    for (size_t at = 0; at < n; at += burst) {
        size_t part = n - at < burst ? n - at : burst;
        (void)give(r, item0 + at, x + at, part, RECS); /* counted in r->n */
    }
}

/* Record 'k' of the receiver is frame 'f' of a stream that began at 'item0'. */
static void check_frame(const struct receiver *r, size_t k,
                        const struct stream *s, size_t f, uint64_t item0)
{
    const struct rec_wifi_frame *w = &r->rec[k].wifi;

    assert_true(k < r->n && f < s->n_frames);
    assert_int_equal(r->rec[k].type, REC_WIFI_FRAME);
    assert_float_equal(w->start_sample, (double)(s->frame[f].start + item0),
                       START_ERROR);
    assert_float_equal(w->end_sample, (double)(s->frame[f].end + item0),
                       START_ERROR);
    assert_string_equal(w->format, "non-ht");
    assert_int_equal(w->header_only, 0);
    assert_int_equal(w->fcs_ok, 1);
    assert_int_equal(w->rate_kbps, 1000 * s->frame[f].mbps);
    assert_int_equal(w->psdu_len, s->frame[f].psdu_len);
    assert_memory_equal(w->psdu, s->frame[f].psdu, s->frame[f].psdu_len);
    assert_true(fabs(w->cfo_hz) < 2000);
    assert_float_equal(w->snr_db, 30, 3);
    assert_true(w->evm_db < -20 && w->evm_db > -40);
}

/* The receiver gave exactly the frames of the stream, in order. */
static void check_all(const struct receiver *r, const struct stream *s,
                      uint64_t item0)
{
    assert_int_equal(r->n, s->n_frames);
    for (size_t k = 0; k < s->n_frames; k++) {
        check_frame(r, k, s, k, item0);
    }
}

static void all_rates_and_gaps_come_out_once_for_any_burst(void **state)
{
    static const size_t gap[] = {0, 40, 200};
    static const size_t burst[] = {1, 7, 80, 1000, 4095, 4096};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(gap); k++) {
        static struct stream s;
        stream_open(&s, 1 + k);
        add_all_rates(&s, gap[k]);
        for (size_t j = 0; j < CHECK_ROWS(burst); j++) {
            static struct receiver r;
            print_message("gap %zu, bursts of %zu\n", gap[k], burst[j]);
            receiver_open(&r);
            give_all(&r, 0, s.x, s.n, burst[j]);
            finish(&r, s.n, RECS);
            check_all(&r, &s, 0);
            assert_int_equal(reg(&r, WIFI_RX_N_FCS_OK), WIFI_PHY_RATES);
            assert_int_equal(reg(&r, WIFI_RX_N_MISSED), 0);
            body_close(r.body);
        }
        stream_close(&s);
    }
}

/* A record is out less than 1 ms (20,000 samples) behind its frame's last. */
static void records_come_soon(void **state)
{
    enum { BURST = 500 };
    static struct stream s;
    static struct receiver r;

    (void)state;
    stream_open(&s, 2);
    add_all_rates(&s, 3000);
    receiver_open(&r);
    for (size_t at = 0, seen = 0; at + BURST <= s.n; at += BURST) {
        (void)give(&r, at, s.x + at, BURST, RECS); /* counted in r.n */
        for (; seen < r.n; seen++) {
            assert_in_range(at + BURST - s.frame[seen].end, 0, 1500);
        }
    }
    assert_int_equal(r.n, s.n_frames);
    finish(&r, s.n, RECS);
    body_close(r.body);
    stream_close(&s);
}

static void a_stream_may_begin_at_any_sample(void **state)
{
    static const uint64_t item0[] = {1, 63, 64, 4096, (uint64_t)1 << 40};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(item0); k++) {
        static struct stream s;
        static struct receiver r;
        print_message("row %zu\n", k);
        stream_open(&s, 5);
        add_all_rates(&s, 100);
        receiver_open(&r);
        give_all(&r, item0[k], s.x, s.n, 4096);
        finish(&r, item0[k] + s.n, RECS);
        check_all(&r, &s, item0[k]);
        body_close(r.body);
        stream_close(&s);
    }
}

static void a_frame_at_the_first_sample_is_received(void **state)
{
    static struct stream s;
    static struct receiver r;

    (void)state;
    stream_open(&s, 6);
    s.n = 0;
    add_all_rates(&s, 0);
    receiver_open(&r);
    give_all(&r, 0, s.x, s.n, 4096);
    finish(&r, s.n, RECS);
    check_all(&r, &s, 0);
    body_close(r.body);
    stream_close(&s);
}

static void the_end_of_the_stream_delivers_the_last_frame(void **state)
{
    static struct stream s;
    static struct receiver r;

    (void)state;
    stream_open(&s, 7);
    add_frame(&s, 54, 0);
    add_frame(&s, 6, 0);
    impair_noise(s.x, s.n, impair_noise_power(1, 30), &s.rng);
    receiver_open(&r);
    give_all(&r, 0, s.x, s.n, 4096); /* no sample behind the frame */
    finish(&r, s.n, RECS);
    check_all(&r, &s, 0);
    assert_int_equal(give(&r, s.n, NULL, 0, RECS), 0);
    body_close(r.body);
    stream_close(&s);
}

/* A gap in the numbers: the frame that it cuts is lost, no other. */
static void a_number_that_is_not_next_begins_a_new_stretch(void **state)
{
    static const uint64_t jump[] = {1000, 1u << 30};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(jump); k++) {
        static struct stream s;
        static struct receiver r;
        print_message("row %zu\n", k);
        stream_open(&s, 8);
        add_all_rates(&s, 200);
        size_t cut = (s.frame[3].start + s.frame[3].end) / 2;
        receiver_open(&r);
        give_all(&r, 0, s.x, cut, 4096);
        assert_int_equal(r.n, 3);
        give_all(&r, cut + jump[k], s.x + cut, s.n - cut, 4096);
        finish(&r, s.n + jump[k], RECS);
        assert_int_equal(r.n, WIFI_PHY_RATES - 1);
        for (size_t j = 0; j < r.n; j++) {
            check_frame(&r, j, &s, j < 3 ? j : j + 1, j < 3 ? 0 : jump[k]);
        }
        body_close(r.body);
        stream_close(&s);
    }
}

/* What waits of the old stretch must not be looked for in the new one. */
static void a_stretch_that_goes_back_gives_its_own_frames(void **state)
{
    static struct stream s;
    static struct receiver r;

    (void)state;
    stream_open(&s, 14);
    add_all_rates(&s, 200);
    size_t cut = (s.frame[3].start + s.frame[3].end) / 2;
    receiver_open(&r);
    give_all(&r, 0, s.x, cut, 4096);
    assert_int_equal(r.n, 3);
    give_all(&r, 0, s.x, s.n, 4096);
    finish(&r, s.n, RECS);
    assert_int_equal(r.n, 3 + WIFI_PHY_RATES);
    for (size_t k = 0; k < r.n; k++) {
        check_frame(&r, k, &s, k < 3 ? k : k - 3, 0);
    }
    body_close(r.body);
    stream_close(&s);
}

/* The first waits for samples of which others make a frame of their own. */
static void a_frame_that_was_cut_does_not_hide_the_next(void **state)
{
    static struct stream s;
    static struct receiver r;

    (void)state;
    stream_open(&s, 15);
    add_frame(&s, 6, 0);
    s.n = s.frame[0].start + 1000;
    memset(s.x + s.n, 0, (s.cap - s.n) * sizeof *s.x);
    s.n_frames = 0; /* of those that can be received */
    add_frame(&s, 54, 100);
    impair_noise(s.x, s.n, impair_noise_power(1, 30), &s.rng);
    receiver_open(&r);
    give_all(&r, 0, s.x, s.n, 4096);
    assert_int_equal(r.n, 0);
    finish(&r, s.n, RECS);
    check_all(&r, &s, 0);
    body_close(r.body);
    stream_close(&s);
}

static void a_stretch_that_was_ended_can_be_followed_by_another(void **state)
{
    static struct stream s;
    static struct receiver r;

    (void)state;
    stream_open(&s, 9);
    add_frame(&s, 24, 500);
    impair_noise(s.x, s.n, impair_noise_power(1, 30), &s.rng);
    receiver_open(&r);
    for (uint64_t k = 0; k < 3; k++) { /* the second repeats the numbers */
        uint64_t item0 = k < 2 ? 0 : 1000000;
        give_all(&r, item0, s.x, s.n, 4096);
        finish(&r, item0 + s.n, RECS);
        assert_int_equal(r.n, k + 1);
        check_frame(&r, k, &s, 0, item0);
    }
    body_close(r.body);
    stream_close(&s);
}

static void room_for_one_record_loses_nothing(void **state)
{
    static struct stream s;
    static struct receiver r;

    (void)state;
    stream_open(&s, 10);
    for (size_t k = 0; k < 40; k++) { /* several end in one burst */
        add_frame(&s, 54, 0);
    }
    s.n += EDGE;
    impair_noise(s.x, s.n, impair_noise_power(1, 30), &s.rng);
    receiver_open(&r);
    for (size_t at = 0; at < s.n; at += 4096) {
        size_t part = s.n - at < 4096 ? s.n - at : 4096;
        (void)give(&r, at, s.x + at, part, 1); /* counted in r.n */
    }
    finish(&r, s.n, 1);
    check_all(&r, &s, 0);
    body_close(r.body);
    stream_close(&s);
}

/* Noise, and values that no recording should have. */
static void make_wild(float complex *x, size_t n, int kind, struct rng *r)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, 1e30f, 0, 3e38f};

    memset(x, 0, n * sizeof *x);
    impair_noise(x, n, 1, r);
    for (size_t k = 0; kind > 0 && k < n; k++) {
        if (kind == 2 || rng_below(r, 200) == 0) {
            float part[2] = {odd[rng_below(r, CHECK_ROWS(odd))],
                             odd[rng_below(r, CHECK_ROWS(odd))]};
            memcpy(&x[k], part, sizeof x[k]); /* i + q * I spreads NaN */
        }
    }
}

static void noise_and_odd_values_give_no_good_frame(void **state)
{
    enum { N = 300000 };
    static float complex x[N];

    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        static struct receiver r;
        struct rng rng = {11};
        print_message("kind %d\n", kind);
        make_wild(x, N, kind, &rng);
        receiver_open(&r);
        give_all(&r, 0, x, N, 4096);
        finish(&r, N, RECS);
        for (size_t k = 0; k < r.n; k++) {
            assert_int_equal(r.rec[k].wifi.fcs_ok, 0);
        }
        body_close(r.body);
    }
}

static void a_frame_after_odd_values_is_received(void **state)
{
    static struct stream s;
    static struct receiver r;
    struct rng rng = {12};

    (void)state;
    stream_open(&s, 13);
    s.n = 20000;
    add_frame(&s, 12, EDGE);
    impair_noise(s.x, s.n, impair_noise_power(1, 30), &s.rng);
    make_wild(s.x, 10000, 2, &rng);
    receiver_open(&r);
    give_all(&r, 0, s.x, s.n, 4096);
    finish(&r, s.n, RECS);
    assert_true(r.n > 0);
    check_frame(&r, r.n - 1, &s, 0, 0);
    body_close(r.body);
    stream_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_rates_and_gaps_come_out_once_for_any_burst),
        cmocka_unit_test(records_come_soon),
        cmocka_unit_test(a_stream_may_begin_at_any_sample),
        cmocka_unit_test(a_frame_at_the_first_sample_is_received),
        cmocka_unit_test(the_end_of_the_stream_delivers_the_last_frame),
        cmocka_unit_test(a_number_that_is_not_next_begins_a_new_stretch),
        cmocka_unit_test(a_stretch_that_goes_back_gives_its_own_frames),
        cmocka_unit_test(a_frame_that_was_cut_does_not_hide_the_next),
        cmocka_unit_test(a_stretch_that_was_ended_can_be_followed_by_another),
        cmocka_unit_test(room_for_one_record_loses_nothing),
        cmocka_unit_test(noise_and_odd_values_give_no_good_frame),
        cmocka_unit_test(a_frame_after_odd_values_is_received),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
