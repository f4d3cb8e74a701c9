/* dsss_rx_test.c - frames of 802.11b, and of OFDM beside them, through the
 * whole receiver. */
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/body.h"
#include "core/registry.h"
#include "sdr/dsp/ofdm20.h"
#include "sdr/radio/gen_dsss.h"
#include "sdr/radio/gen_wifi.h"
#include "sdr/radio/impair.h"
#include "wifi_rx_csr.h"

enum {
    RECS = 64,
    EDGE = 700,      /* samples before the first frame and behind the last */
    LATENCY = 20000, /* samples: 1 ms */
    LONG_SAMPLES = 192 * 20, /* of a preamble with its header */
};

/* Samples in the making, and what is to be found in them. */
struct stream {
    struct rng rng;
    float complex *x;
    size_t n;
    size_t n_frames;
    struct {
        size_t start, end;
        uint32_t kbps;
        const char *format;
        bool is_short;
        uint8_t psdu[WIFI_DSSS_PSDU_MAX];
        size_t psdu_len;
    } frame[RECS];
};

static void stream_open(struct stream *s, uint64_t seed)
{
    memset(s, 0, sizeof *s);
    s->rng.state = seed;
    s->x = calloc(EDGE, sizeof *s->x);
    s->n = EDGE;
    assert_non_null(s->x);
}

/* 'n' more samples of silence; where they begin. */
static float complex *more(struct stream *s, size_t n)
{
    s->x = realloc(s->x, (s->n + n) * sizeof *s->x);
    assert_non_null(s->x);
    memset(s->x + s->n, 0, n * sizeof *s->x);
    s->n += n;
    return s->x + s->n - n;
}

/* Random bytes of a next frame, with FCS where there is room. */
static size_t next_frame(struct stream *s, uint32_t kbps, size_t len)
{
    size_t k = s->n_frames++;

    assert_true(k < RECS);
    for (size_t j = 0; j < len; j++) {
        s->frame[k].psdu[j] = (uint8_t)rng_below(&s->rng, 256);
    }
    if (len >= 14) {
        gen_wifi_fcs(s->frame[k].psdu, len - 4);
    }
    s->frame[k].kbps = kbps;
    s->frame[k].psdu_len = len;
    return k;
}

struct how {
    uint32_t kbps;
    bool is_short;
    size_t len;
    double clock_ppm, rms_ns;
};

static void add_dsss(struct stream *s, const struct how *h)
{
    enum { TAIL = 64 }; /* samples that a channel makes a frame longer by */
    size_t k = next_frame(s, h->kbps, h->len);
    struct gen_dsss_frame f = {.rate = wifi_dsss_rate_find(h->kbps),
                               .short_preamble = h->is_short,
                               .psdu = s->frame[k].psdu,
                               .psdu_len = h->len};
    size_t n = gen_dsss_length(&f);
    float complex *y = calloc(n + TAIL, sizeof *y);

    assert_non_null(y);
    assert_int_equal(gen_dsss(&f, y), 0);
    if (h->rms_ns > 0) {
        impair_multipath(y, n + TAIL, h->rms_ns * 0.02, &s->rng);
    }
    s->frame[k].format = f.rate->chips == WIFI_DSSS_CCK ? "cck" : "dsss";
    s->frame[k].is_short = h->is_short;
    s->frame[k].start = s->n;
    s->frame[k].end = s->n + n;
    /* The clock's error is small beside a sample but for long frames. */
    size_t room = n + (h->rms_ns > 0 ? TAIL : 0) +
                  (size_t)(fabs(h->clock_ppm) * 1e-6 * (double)n) + 1;
    room = h->clock_ppm == 0 && h->rms_ns == 0 ? n : room;
    impair_place(y, n + TAIL, 0, h->clock_ppm, more(s, room), room);
    free(y);
}

static void add_ofdm(struct stream *s, unsigned mbps, size_t len)
{
    struct gen_wifi *g = NULL;
    size_t k = next_frame(s, mbps * 1000, len);
    struct gen_wifi_frame f = {.rate = wifi_phy_rate_find(mbps),
                               .psdu = s->frame[k].psdu,
                               .psdu_len = len,
                               .scrambler = 1 + rng_below(&s->rng, 127)};

    assert_int_equal(gen_wifi_open(&g), 0);
    s->frame[k].format = "non-ht";
    s->frame[k].start = s->n;
    s->frame[k].end = s->n + gen_wifi_length(&f);
    gen_wifi(g, &f, more(s, gen_wifi_length(&f)));
    gen_wifi_close(g);
}

/* Ends the stream. */
static void finish(struct stream *s, double cfo_hz, double snr_db)
{
    (void)more(s, EDGE);
    impair_cfo(s->x, s->n, cfo_hz, OFDM20_RATE_HZ);
    impair_noise(s->x, s->n, impair_noise_power(1, snr_db), &s->rng);
}

/* What a receiver made of samples. */
struct seen {
    struct rec rec[RECS];
    size_t at[RECS]; /* samples that had been given when it came */
    size_t n;
    uint32_t preambles;
};

static void receive(struct seen *r, float complex *x, size_t n, size_t burst)
{
    struct body *body = NULL;
    bool more_come = true;

    r->n = 0;
    assert_int_equal(body_open_c(registry_find("wifi_rx"), &body), 0);
    for (size_t at = 0; more_come;) {
        size_t part = n - at < burst ? n - at : burst;
        struct fn_span in = {FN_CF32, x + at, part, part, at};
        struct fn_span out = {FN_REC, r->rec + r->n, 0, RECS - r->n, 0};
        assert_true(out.cap > 0);
        assert_int_equal(body_run(body, &in, &out), 0);
        at += part;
        for (size_t k = 0; k < out.n; k++) {
            r->at[r->n++] = at;
        }
        more_come = part > 0 || out.n > 0;
    }
    assert_int_equal(body_read(body, WIFI_RX_N_PREAMBLES, &r->preambles), 0);
    body_close(body);
}

/* Record k is frame f, byte for byte. */
static bool is_frame(const struct seen *r, size_t k, const struct stream *s,
                     size_t f)
{
    const struct rec_wifi_frame *w = &r->rec[k].wifi;

    return strcmp(w->format, s->frame[f].format) == 0 &&
           w->rate_kbps == s->frame[f].kbps && w->header_only == 0 &&
           w->psdu_len == s->frame[f].psdu_len &&
           w->fcs_ok == (s->frame[f].psdu_len >= 14) && w->len == w->psdu_len &&
           memcmp(w->psdu, s->frame[f].psdu, w->len) == 0 &&
           fabs(w->start_sample - (double)s->frame[f].start) <= 12;
}

static void check_all(const struct seen *r, const struct stream *s)
{
    assert_int_equal(r->n, s->n_frames);
    for (size_t k = 0; k < r->n; k++) {
        const struct rec_wifi_frame *w = &r->rec[k].wifi;
        assert_true(is_frame(r, k, s, k));
        assert_float_equal(w->start_sample, (double)s->frame[k].start, 2);
        /* LENGTH is in whole microseconds. */
        assert_float_equal(w->end_sample, (double)s->frame[k].end, 22);
        assert_int_equal(w->preamble, strcmp(s->frame[k].format, "non-ht") == 0
                                          ? REC_OFDM
                                      : s->frame[k].is_short ? REC_SHORT
                                                             : REC_LONG);
    }
}

static struct stream s;
static struct seen r;

static void every_rate_comes_with_offsets_and_noise(void **state)
{
    static const struct {
        struct how how;
        double cfo_hz, snr_db;
    } row[] = {
        {{1000, false, 100, 0, 0}, 0, 20},
        {{1000, false, 60, 0, 0}, 250e3, -1},
        {{1000, false, 1500, 40, 0}, -250e3, 5},
        {{2000, false, 100, -40, 0}, 250e3, 3},
        {{2000, true, 1000, 40, 0}, -120e3, 5},
        {{5500, false, 1500, -40, 0}, 250e3, 7},
        {{5500, true, 300, 40, 0}, -250e3, 7},
        {{11000, false, 1500, 40, 0}, -250e3, 9},
        {{11000, true, 1500, -40, 0}, 250e3, 9},
        {{11000, true, 14, 0, 0}, 0, 60},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("row %zu\n", k);
        stream_open(&s, 10 + k);
        add_dsss(&s, &row[k].how);
        finish(&s, row[k].cfo_hz, row[k].snr_db);
        receive(&r, s.x, s.n, 4096);
        assert_int_equal(r.n, 1);
        assert_true(is_frame(&r, 0, &s, 0));
        assert_float_equal(r.rec[0].wifi.cfo_hz, row[k].cfo_hz, 500);
        assert_float_equal(r.rec[0].wifi.snr_db, fmin(row[k].snr_db, 40), 3);
        free(s.x);
    }
}

/* 16.2.3.6: at 11 Mbit/s LENGTH alone leaves a byte open. */
static void every_length_comes(void **state)
{
    static const size_t len[] = {1,  2,  3,  4,  5,  13, 14, 15,   16,
                                 17, 18, 19, 20, 21, 22, 99, 1024, 4095};

    (void)state;
    for (size_t k = 0; k < WIFI_DSSS_RATES; k++) {
        stream_open(&s, 30 + k);
        for (size_t j = 0; j < CHECK_ROWS(len); j++) {
            (void)more(&s, 200);
            add_dsss(&s, &(struct how){.kbps = wifi_dsss_rate[k].kbps,
                                       .is_short = k > 0 && j % 2 == 1,
                                       .len = len[j]});
        }
        finish(&s, 0, 20);
        receive(&r, s.x, s.n, 4096);
        check_all(&r, &s);
        free(s.x);
    }
}

/* At least 9 of 10 come over Rayleigh channels of 50 and 100 ns rms. */
static void echoes_are_combined(void **state)
{
    enum { FRAMES = 40 };

    (void)state;
    for (size_t k = 0; k < 2 * WIFI_DSSS_RATES; k++) {
        size_t found = 0;
        stream_open(&s, 50 + k);
        for (size_t j = 0; j < FRAMES; j++) {
            (void)more(&s, 400);
            add_dsss(&s, &(struct how){.kbps = wifi_dsss_rate[k / 2].kbps,
                                       .is_short = k / 2 > 0 && j % 2 == 1,
                                       .len = 200,
                                       .rms_ns = k % 2 ? 100 : 50});
        }
        finish(&s, 50e3, 30);
        receive(&r, s.x, s.n, 4096);
        for (size_t j = 0, f = 0; j < r.n; j++) {
            while (f < FRAMES && !is_frame(&r, j, &s, f)) {
                f++;
            }
            found += f < FRAMES;
        }
        print_message("%u kbit/s, %d ns: %zu of %d\n",
                      wifi_dsss_rate[k / 2].kbps, k % 2 ? 100 : 50, found,
                      FRAMES);
        assert_true(found >= FRAMES * 9 / 10);
        free(s.x);
    }
}

/* DSSS, CCK and OFDM, one right behind the other. */
static void frames_need_no_gap_for_any_burst(void **state)
{
    static const size_t gap[] = {0, 1, 45};
    static const size_t burst[] = {1, 33, 777, 4096};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(gap); k++) {
        stream_open(&s, 70 + k);
        for (size_t j = 0; j < WIFI_DSSS_RATES; j++) {
            add_dsss(&s,
                     &(struct how){.kbps = wifi_dsss_rate[j].kbps, .len = 60});
            (void)more(&s, gap[k]);
            add_ofdm(&s, wifi_phy_rate[2 * j].mbps, 120);
            (void)more(&s, gap[k]);
            add_dsss(&s, &(struct how){.kbps = j == 0 ? 2000
                                                      : wifi_dsss_rate[j].kbps,
                                       .is_short = true,
                                       .len = 61});
            (void)more(&s, gap[k]);
        }
        finish(&s, -40e3, 25);
        for (size_t j = k == 0 ? 0 : 1; j < CHECK_ROWS(burst); j++) {
            print_message("gap %zu, bursts of %zu\n", gap[k], burst[j]);
            receive(&r, s.x, s.n, burst[j]);
            check_all(&r, &s);
            for (size_t m = 0; m < r.n; m++) {
                assert_in_range(r.at[m], s.frame[m].end - 1,
                                s.frame[m].end + LATENCY / 2);
            }
        }
        free(s.x);
    }
}

/* Sends a header that says something else than the PSDU; records, r.n. */
static void receive_header(const struct wifi_dsss_header *h)
{
    static const uint8_t psdu[100] = {1, 2, 3};
    bool is_short = h->length == 800;
    struct gen_dsss_frame f = {.rate = wifi_dsss_rate_find(11000),
                               .short_preamble = is_short,
                               .psdu = psdu,
                               .psdu_len = sizeof psdu,
                               .header = h};

    stream_open(&s, 90);
    size_t n = gen_dsss_length(&f);
    assert_int_equal(gen_dsss(&f, more(&s, n)), 0);
    (void)more(&s, 300);
    add_dsss(&s, &(struct how){.kbps = 2000, .is_short = true, .len = 50});
    finish(&s, 0, 25);
    receive(&r, s.x, s.n, 4096);
    free(s.x);
}

static void what_cannot_be_received_is_a_header(void **state)
{
    static const struct {
        struct wifi_dsss_header header;
        uint32_t kbps;
        const char *format;
    } row[] = {
        {{0x6e, WIFI_DSSS_PBCC, 73}, 11000, "cck"},
        {{0x37, WIFI_DSSS_PBCC, 73}, 5500, "cck"},
        {{0xdc, WIFI_DSSS_PBCC, 73}, 22000, "cck"},
        {{0x0a, 0, 801}, 1000, "dsss"},    /* 100.1 bytes */
        {{0x14, 0, 0}, 2000, "dsss"},      /* nothing */
        {{0x6e, 0, 0xffff}, 11000, "cck"}, /* 90,110 bytes */
        {{0, 0, 73}, 0, "cck"},
        {{0x0a, 0, 800}, 1000, "dsss"}, /* with a short preamble */
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("row %zu\n", k);
        receive_header(&row[k].header);
        const struct rec_wifi_frame *w = &r.rec[0].wifi;
        assert_int_equal(r.n, 2); /* the sound frame behind it comes, too */
        assert_int_equal(w->header_only, 1);
        assert_int_equal(w->fcs_ok, 0);
        assert_int_equal(w->len, 0);
        assert_int_equal(w->rate_kbps, row[k].kbps);
        assert_string_equal(w->format, row[k].format);
        assert_float_equal(w->start_sample, EDGE, 2);
        assert_true(is_frame(&r, 1, &s, 0));
    }
}

/* Noise, a tone, noise of a narrow band, OFDM alone: no preamble of 802.11b. */
static void other_signals_are_no_frames(void **state)
{
    enum { N = 2000000 };
    struct rng rng = {7};
    float complex *x = calloc(N, sizeof *x);

    (void)state;
    assert_non_null(x);
    impair_noise(x, N, 1, &rng);
    receive(&r, x, N, 4096);
    assert_int_equal(r.n, 0);
    assert_int_equal(r.preambles, 0);
    for (size_t k = N; k-- > 8;) { /* about 1 MHz wide */
        float complex sum = 0;
        for (size_t j = 0; j < 8; j++) {
            sum += x[k - j];
        }
        x[k] = sum;
    }
    receive(&r, x, N, 4096);
    assert_int_equal(r.n, 0);
    for (size_t k = 0; k < N; k++) {
        x[k] = cexpf(I * 0.31f * (float)(k % 20000));
    }
    receive(&r, x, N, 4096);
    assert_int_equal(r.n, 0);
    assert_int_equal(r.preambles, 0);
    free(x);
}

/* A recording may end anywhere, and begin anywhere. */
static void cut_frames_are_lost_without_harm(void **state)
{
    (void)state;
    stream_open(&s, 110);
    add_dsss(&s, &(struct how){.kbps = 11000, .len = 300});
    size_t n = s.n;
    finish(&s, 10e3, 25);
    for (size_t cut = EDGE; cut + 100 < n; cut += 97) {
        receive(&r, s.x, cut, 4096);
        assert_int_equal(r.n, 0);
    }
    for (size_t from = EDGE + 1200; from < n; from += 97) {
        receive(&r, s.x + from, s.n - from, 4096);
        size_t header = EDGE + LONG_SAMPLES - 48 * 20;
        assert_true(from < header || r.n == 0);
        assert_true(from > header - 1200 || r.n == 1); /* enough of SYNC */
    }
    free(s.x);
}

static void a_frame_behind_odd_values_comes(void **state)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, 3e38f, 1e-38f};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(odd); k++) {
        stream_open(&s, 120 + k);
        add_dsss(&s, &(struct how){.kbps = 5500, .len = 30});
        finish(&s, 0, 25);
        for (size_t j = 0; j < EDGE - 100; j += 3) {
            s.x[j] = odd[k];
        }
        receive(&r, s.x, s.n, 4096);
        check_all(&r, &s);
        /* In its midst they may spoil it, but no more than that. */
        s.x[EDGE + LONG_SAMPLES / 2] = odd[k] + I * odd[k];
        s.x[EDGE + LONG_SAMPLES + 100] = odd[k];
        receive(&r, s.x, s.n, 4096);
        for (size_t j = 0; j < r.n; j++) {
            assert_true(isfinite(r.rec[j].wifi.snr_db));
            assert_true(isfinite(r.rec[j].wifi.evm_db));
            assert_true(isfinite(r.rec[j].wifi.cfo_hz));
        }
        free(s.x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rate_comes_with_offsets_and_noise),
        cmocka_unit_test(every_length_comes),
        cmocka_unit_test(echoes_are_combined),
        cmocka_unit_test(frames_need_no_gap_for_any_burst),
        cmocka_unit_test(what_cannot_be_received_is_a_header),
        cmocka_unit_test(other_signals_are_no_frames),
        cmocka_unit_test(cut_frames_are_lost_without_harm),
        cmocka_unit_test(a_frame_behind_odd_values_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
