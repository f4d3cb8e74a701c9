/* wifi_ht_rx_test.c - HT-mixed frames: all MCS, A-MPDUs, and headers alone. */
#include "sdr/fn/wifi_rx/wifi_rx_check.h"

#include "core/body.h"
#include "core/rec.h"
#include "core/registry.h"
#include "sdr/dsp/viterbi_k7.h"
#include "sdr/dsp/wifi_ampdu.h"

enum { RECS = 16 };

static void every_mcs_comes_back_through_offset_delay_and_noise(void **state)
{
    static const double snr_db[WIFI_PHY_HT_RATES] = {6,  9,  12, 15,
                                                     19, 23, 25, 29};
    struct wifi_decoder *w = NULL;
    static struct wifi_frame f;

    (void)state;
    assert_int_equal(wifi_decode_open(&w), 0);
    for (size_t k = 0; k < 8 * WIFI_PHY_HT_RATES; k++) {
        struct air_setting s = {
            .ht = &wifi_phy_ht[k / 8],
            .short_gi = k % 2 != 0,
            .psdu_len = 20 + 67 * k,
            .delay = WIFI_DECODE_LEAD - 40 + 0.3 + 1.2 * (double)k,
            .cfo_hz = k % 3 == 0 ? -200e3 : 137e3,
            .clock_ppm = k % 4 < 2 ? 20 : -20,
            .snr_db = snr_db[k / 8],
            .ldpc = k % 8 >= 4,
            .stbc = k % 4 >= 2,
            .rest = 10,
        };
        struct air a = {.rng = {k}};
        size_t needed = 0;

        air_open(&a, &s);
        assert_int_equal(wifi_decode(w, a.x, a.n, &f, &needed),
                         WIFI_DECODE_FRAME);
        assert_int_equal(f.format, WIFI_HT);
        assert_true(f.has_ht_sig && !f.header_only && f.fcs_ok);
        assert_int_equal(f.ht.mcs, k / 8);
        assert_int_equal(f.ht.short_gi, s.short_gi);
        assert_int_equal(f.ht.ldpc, s.ldpc);
        assert_int_equal(f.ht.stbc, s.stbc);
        assert_int_equal(f.rate_kbps, wifi_phy_kbps(s.ht, s.short_gi));
        assert_int_equal(f.psdu_len, a.psdu_len);
        assert_memory_equal(f.psdu, a.psdu, a.psdu_len);
        /* The second antenna is up to 8 samples early. */
        assert_true(fabs((double)f.start - s.delay) <= (s.stbc ? 12 : 4));
        assert_int_equal(f.end - f.start, a.n - (size_t)s.delay - s.rest);
        air_close(&a);
    }
    wifi_decode_close(w);
}

/* As long as an HT frame can be, with the sample clocks 40 ppm apart. */
static void longest_frame_comes_back(void **state)
{
    struct wifi_decoder *w = NULL;
    static struct wifi_frame f;
    static struct air a = {.rng = {5}};
    struct air_setting s = {.ht = &wifi_phy_ht[7],
                            .short_gi = true,
                            .psdu_len = WIFI_HT_PSDU_MAX,
                            .delay = WIFI_DECODE_LEAD,
                            .clock_ppm = 40,
                            .snr_db = 40,
                            .rest = 20};
    size_t needed = 0;

    (void)state;
    assert_int_equal(wifi_decode_open(&w), 0);
    air_open(&a, &s);
    assert_int_equal(wifi_decode(w, a.x, a.n - s.rest - 80, &f, &needed),
                     WIFI_DECODE_MORE);
    assert_in_range(needed, a.n - s.rest - 8, WIFI_DECODE_MAX);
    assert_int_equal(wifi_decode(w, a.x, a.n, &f, &needed), WIFI_DECODE_FRAME);
    assert_true(f.fcs_ok);
    assert_memory_equal(f.psdu, a.psdu, a.psdu_len);
    air_close(&a);
    wifi_decode_close(w);
}

/* --- what cannot be decoded --- */

/* Writes HT-SIG anew over that of a frame in x from 'start' on. */
static void rewrite_ht_sig(float complex *x, const struct wifi_ht_sig *ht)
{
    uint8_t bits[WIFI_HT_SIG_BITS], bin[OFDM20_DATA_TONES];
    uint8_t coded[2 * WIFI_HT_SIG_BITS];
    uint16_t map[WIFI_PHY_CBPS_MAX];
    int8_t polarity[OFDM20_POLARITY];

    wifi_ht_sig_pack(ht, bits);
    (void)viterbi_k7_encode(0, bits, WIFI_HT_SIG_BITS, coded);
    wifi_phy_map(&wifi_phy_rate[0], map);
    ofdm20_data_tones(bin);
    ofdm20_polarity(polarity);
    for (int m = 0; m < 2; m++) {
        float complex bins[OFDM20_FFT] = {0};
        float complex *to = x + OFDM20_HT_SIG_AT + m * OFDM20_SYMBOL;
        for (int t = 0; t < OFDM20_DATA_TONES; t++) {
            bins[bin[t]] = coded[m * 48 + map[t]] ? I : -I;
        }
        for (int k = 0; k < OFDM20_PILOTS; k++) {
            bins[ofdm20_pilot_bin[k]] =
                (float)(ofdm20_pilot[k] * polarity[1 + m]);
        }
        for (int k = 0; k < OFDM20_SYMBOL; k++) { /* by the definition */
            float complex sum = 0;
            for (int b = 0; b < OFDM20_FFT; b++) {
                sum += bins[b] * cexpf(I * (float)(2 * M_PI / OFDM20_FFT * b *
                                                   (k - OFDM20_CP)));
            }
            to[k] = sum * OFDM20_SCALE;
        }
    }
}

/* A frame of MCS 0 without noise whose HT-SIG says 'ht'. */
static int decode_as(const struct wifi_ht_sig *ht, size_t n_given,
                     struct wifi_frame *f, size_t *needed)
{
    struct wifi_decoder *w = NULL;
    struct air a = {.rng = {9}};
    struct air_setting s = {.ht = &wifi_phy_ht[0],
                            .psdu_len = 60,
                            .delay = WIFI_DECODE_LEAD,
                            .snr_db = 60,
                            .rest = 10};
    int got;

    assert_int_equal(wifi_decode_open(&w), 0);
    air_open(&a, &s);
    rewrite_ht_sig(a.x + WIFI_DECODE_LEAD, ht);
    got = wifi_decode(w, a.x, n_given != 0 ? n_given : a.n, f, needed);
    air_close(&a);
    wifi_decode_close(w);
    return got;
}

static void frames_for_more_than_one_antenna_come_out_as_headers(void **state)
{
    static const struct wifi_ht_sig other[] = {{.mcs = 8, .length = 60},
                                               {.mcs = 31, .length = 60},
                                               {.mcs = 32, .length = 60},
                                               {.wide = true, .length = 60},
                                               {.stbc = 2, .length = 60},
                                               {.extra_ltfs = 1, .length = 60},
                                               {.length = 0}};
    static struct wifi_frame f;
    size_t needed = 0;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(other); k++) {
        assert_int_equal(decode_as(&other[k], 0, &f, &needed),
                         WIFI_DECODE_FRAME);
        assert_true(f.header_only && f.has_ht_sig && !f.fcs_ok);
        assert_int_equal(f.format, WIFI_HT);
        assert_int_equal(f.ht.mcs, other[k].mcs);
        assert_int_equal(f.psdu_len, 0);
    }
    /* The header is enough, whatever is there of the rest. */
    assert_int_equal(decode_as(&other[0], WIFI_DECODE_LEAD + 570, &f, &needed),
                     WIFI_DECODE_FRAME);
    assert_true(f.header_only);
}

/* Longer than aPPDUMaxTime: no frame is; shorter: it waits for all of it. */
static void length_that_no_frame_has_is_not_believed(void **state)
{
    static struct wifi_frame f;
    struct wifi_ht_sig ht = {.length = 65535};
    size_t needed = 0;

    (void)state;
    assert_int_equal(decode_as(&ht, 0, &f, &needed), WIFI_DECODE_FRAME);
    assert_true(f.header_only);
    ht.length = 4000;
    assert_int_equal(decode_as(&ht, 0, &f, &needed), WIFI_DECODE_MORE);
    assert_in_range(needed, 80 * 4000 * 8 / 26, WIFI_DECODE_MAX);
}

static void ht_sig_with_a_wrong_crc_is_a_header_without_mcs(void **state)
{
    static struct wifi_frame f;
    static struct air a = {.rng = {3}};
    struct wifi_decoder *w = NULL;
    struct air_setting s = {.ht = &wifi_phy_ht[3],
                            .psdu_len = 100,
                            .delay = WIFI_DECODE_LEAD,
                            .snr_db = 40,
                            .rest = 10};
    size_t needed = 0;

    (void)state;
    assert_int_equal(wifi_decode_open(&w), 0);
    air_open(&a, &s);
    for (int k = 0; k < OFDM20_SYMBOL;
         k++) { /* the second symbol is the first */
        a.x[WIFI_DECODE_LEAD + 480 + k] = a.x[WIFI_DECODE_LEAD + 400 + k];
    }
    assert_int_equal(wifi_decode(w, a.x, a.n, &f, &needed), WIFI_DECODE_FRAME);
    assert_true(f.header_only && !f.has_ht_sig);
    assert_int_equal(f.format, WIFI_HT);
    air_close(&a);
    wifi_decode_close(w);
}

/* --- A-MPDUs --- */

/* MPDUs of random bytes; the last but one has a wrong FCS. */
static size_t make_ampdu(struct rng *r, size_t n, uint8_t *psdu)
{
    size_t at = 0;

    for (size_t k = 0; k < n; k++) {
        size_t len = 30 + 37 * k;
        wifi_ampdu_delimiter((unsigned)len, psdu + at);
        for (size_t j = 0; j < len; j++) {
            psdu[at + 4 + j] = (uint8_t)rng_below(r, 256);
        }
        gen_wifi_fcs(psdu + at + 4, len - 4);
        psdu[at + 10] ^= k + 2 == n;
        at += 4 + len;
        while (k + 1 < n && at % 4 != 0) {
            psdu[at++] = 0;
        }
    }
    return at;
}

/* Runs x[n] through the receiver, 'cap' records at a time; their number. */
static size_t receive(float complex *x, size_t n, size_t cap, struct rec *recs)
{
    struct body *b = NULL;
    size_t got = 0, before;

    assert_int_equal(body_open_c(registry_find("wifi_rx"), &b), 0);
    for (size_t at = 0; at < n; at += FN_BURST_IQ) {
        size_t part = n - at < FN_BURST_IQ ? n - at : FN_BURST_IQ;
        struct fn_span in = {FN_CF32, x + at, part, part, at};
        struct fn_span out = {.items = recs + got, .cap = cap};
        assert_int_equal(body_run(b, &in, &out), 0);
        got += out.n;
    }
    do {
        struct fn_span in = {FN_CF32, x, 0, 0, n};
        struct fn_span out = {.items = recs + got, .cap = cap};
        before = got;
        assert_int_equal(body_run(b, &in, &out), 0);
        got += out.n;
    } while (got > before);
    body_close(b);
    return got;
}

static void mpdus_come_out_one_by_one_for_any_room(void **state)
{
    enum { MPDUS = 5 };
    static uint8_t psdu[WIFI_HT_PSDU_MAX];
    static struct rec recs[RECS];
    struct rng r = {1};
    struct gen_wifi *g = NULL;
    struct gen_wifi_frame f = {.rate = &wifi_phy_ht[4],
                               .psdu = psdu,
                               .psdu_len = make_ampdu(&r, MPDUS, psdu),
                               .scrambler = 77,
                               .aggregated = true};
    size_t n = gen_wifi_length(&f), total = n + 3000;
    float complex *x = calloc(total, sizeof *x);

    (void)state;
    assert_non_null(x);
    assert_int_equal(gen_wifi_open(&g), 0);
    gen_wifi(g, &f, x + 1000);
    impair_noise(x, total, impair_noise_power(1, 35), &r);
    for (size_t cap = 1; cap <= MPDUS + 1; cap++) {
        assert_int_equal(receive(x, total, cap, recs), MPDUS);
        for (size_t k = 0, at = 4; k < MPDUS; k++) {
            const struct rec_wifi_frame *w = &recs[k].wifi;
            assert_string_equal(w->format, "ht");
            assert_int_equal(w->mpdu, k);
            assert_int_equal(w->n_mpdus, MPDUS);
            assert_int_equal(w->aggregated, 1);
            assert_int_equal(w->psdu_len, f.psdu_len);
            assert_int_equal(w->len, 30 + 37 * k);
            assert_int_equal(w->fcs_ok, k + 2 != MPDUS);
            assert_memory_equal(w->psdu, psdu + at, w->len);
            at += 4 + (w->len + 3u) / 4 * 4;
        }
    }
    gen_wifi_close(g);
    free(x);
}

/* Samples that are no numbers, wherever: what is said of the frame is. */
static void bad_samples_leave_numbers(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f, 1e-40f};
    struct wifi_decoder *w = NULL;
    static struct wifi_frame f;
    size_t n_frames = 0, needed = 0;

    (void)state;
    assert_int_equal(wifi_decode_open(&w), 0);
    for (size_t k = 0; k < 64 * CHECK_ROWS(bad); k++) {
        struct air a = {.rng = {k}};
        struct air_setting s = {.ht = &wifi_phy_ht[k % 8],
                                .psdu_len = 30,
                                .delay = WIFI_DECODE_LEAD,
                                .snr_db = 60,
                                .rest = 10,
                                .stbc = k % 4 == 3};
        air_open(&a, &s);
        a.x[WIFI_DECODE_LEAD + OFDM20_SIGNAL + 8 * (k % 64)] =
            bad[k / 64] + 0 * I;
        if (wifi_decode(w, a.x, a.n, &f, &needed) == WIFI_DECODE_FRAME) {
            n_frames++;
            assert_true(isfinite(f.cfo_hz) && isfinite(f.snr_db));
            assert_true(isfinite(f.evm_db));
            for (size_t j = 0; j < f.n_csi; j++) {
                assert_true(isfinite(crealf(f.csi[j])));
                assert_true(isfinite(cimagf(f.csi[j])));
            }
        }
        air_close(&a);
    }
    assert_true(n_frames > 100);
    wifi_decode_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mcs_comes_back_through_offset_delay_and_noise),
        cmocka_unit_test(longest_frame_comes_back),
        cmocka_unit_test(frames_for_more_than_one_antenna_come_out_as_headers),
        cmocka_unit_test(length_that_no_frame_has_is_not_believed),
        cmocka_unit_test(ht_sig_with_a_wrong_crc_is_a_header_without_mcs),
        cmocka_unit_test(mpdus_come_out_one_by_one_for_any_room),
        cmocka_unit_test(bad_samples_leave_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
