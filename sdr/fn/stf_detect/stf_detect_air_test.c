/*
 * stf_detect_air_test.c - stf_detect in place of the Wi-Fi receiver's detector:
 * its candidates, confirmed as there by the long training field, are frames as
 * often, and noise as seldom; in 16 bits, at any level.
 */
#include "sdr/fn/wifi_rx/wifi_rx_check.h"

#include <glob.h>

#include "core/base/bytes.h"
#include "core/body.h"
#include "core/registry.h"
#include "sdr/fn/stf_detect/stf_detect_block.h"
#include "sdr/fn/wifi_rx/wifi_sync.h"
#include "sdr/radio/iq_file.h"

enum {
    BLOCK = 512,                                        /* samples */
    STEP = BLOCK - STF_DETECT_FIRST * STF_DETECT_GROUP, /* no window is lost */
    AGAIN = 64,      /* candidates nearer than this are of one field */
    APART = 200,     /* and frames */
    SEARCH_BACK = 8, /* from the end of a window to that of the search */
};

/* What was found in a stream. */
struct seen {
    uint64_t n_candidates, n_frames;
    uint64_t last;  /* end of the last candidate */
    uint64_t start; /* of the last frame */
};

struct detector {
    struct body *body;
    struct wifi_sync sync;
    struct iq16 block[BLOCK];
};

static struct detector *detector_open(void)
{
    struct detector *d = calloc(1, sizeof *d);

    assert_non_null(d);
    assert_int_equal(body_open_c(registry_find("stf_detect"), &d->body), 0);
    wifi_sync_init(&d->sync);
    return d;
}

static void detector_close(struct detector *d)
{
    body_close(d->body);
    free(d);
}

static int16_t part(float x)
{
    return (int16_t)(x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x);
}

/* Where the LTF of a candidate, that ends at 'end' of x, says it begins. */
static void confirm(struct detector *d, const float complex *x, size_t n,
                    uint64_t end, float cfo, struct seen *s)
{
    struct wifi_sync_found f;

    if (end < SEARCH_BACK || end - SEARCH_BACK + WIFI_SYNC_SPAN > n ||
        !wifi_sync_find(&d->sync, x + (end - SEARCH_BACK), cfo, &f)) {
        return;
    }

    uint64_t start = end - SEARCH_BACK + (uint64_t)f.peak - OFDM20_LTF;

    if (s->n_frames == 0 || start >= s->start + APART) {
        s->n_frames++;
        s->start = start;
    }
}

/* x[n] by blocks; 'level' makes it 16 bits. */
static void detect(struct detector *d, const float complex *x, size_t n,
                   float level, struct seen *s)
{
    for (size_t at = 0; at + BLOCK <= n; at += STEP) {
        uint8_t list[4 * STF_DETECT_WORDS * STF_DETECT_LIST];
        struct pkt in = {.data = (uint8_t *)d->block,
                         .len_bytes = sizeof d->block,
                         .room_bytes = sizeof d->block};
        struct pkt out = {.data = list, .room_bytes = sizeof list};
        struct fn_span from = {FN_PKT, &in, 1, 1, 0};
        struct fn_span to = {FN_PKT, &out, 0, 1, 0};
        for (size_t k = 0; k < BLOCK; k++) {
            d->block[k] = (struct iq16){part(crealf(x[at + k]) * level),
                                        part(cimagf(x[at + k]) * level)};
        }
        assert_int_equal(body_run(d->body, &from, &to), 0);
        for (size_t k = 0; k < out.len_bytes; k += 4 * STF_DETECT_WORDS) {
            uint32_t sums = le32_load(out.data + k + 8);
            uint64_t end = at + le32_load(out.data + k);
            float cfo = atan2f((int16_t)(sums >> 16), (int16_t)sums) /
                        OFDM20_STF_PERIOD;
            s->n_candidates += s->last == 0 || end >= s->last + AGAIN;
            s->last = end;
            confirm(d, x, n, end, cfo, s);
        }
    }
}

/* The same by the receiver's detector. */
static void detect_float(const float complex *x, size_t n, struct seen *s)
{
    struct wifi_detect *d = NULL;
    struct air_seen seen = {.n = 0};

    assert_int_equal(wifi_detect_open(&d), 0);
    wifi_detect_push(d, x, n, air_see, &seen);
    s->n_candidates += wifi_detect_counts(d)->candidates;
    s->n_frames += seen.n;
    if (seen.n > 0 && seen.n <= CHECK_ROWS(seen.d)) {
        s->start = seen.d[seen.n - 1].start_sample;
    }
    wifi_detect_close(d);
}

/* --- frames ----------------------------------------------------------------
 */

/* Frames of n that both detectors find, the smallest of 6 Mbit/s. */
static void count_frames(double snr_db, float level, int n, int *ours,
                         int *floats)
{
    struct detector *d = detector_open();

    *ours = *floats = 0;
    for (int k = 0; k < n; k++) {
        struct air a = {.rng = {(uint64_t)k}};
        struct seen s = {0}, t = {0};
        double delay = 700 + k % 64 + 0.25 * (k % 4);
        air_open(&a, &(struct air_setting){.mbps = 6,
                                           .psdu_len = 14,
                                           .delay = delay,
                                           .cfo_hz = (k % 21 - 10) * 10e3,
                                           .snr_db = snr_db,
                                           .rest = 700});
        detect(d, a.x, a.n, level, &s);
        detect_float(a.x, a.n, &t);
        *ours += s.n_frames > 0 && fabs((double)s.start - delay) < 20;
        *floats += t.n_frames > 0 && fabs((double)t.start - delay) < 20;
        air_close(&a);
    }
    detector_close(d);
}

static void weak_frames_are_found_as_by_the_receivers_detector(void **state)
{
    enum { FRAMES = 400 };

    (void)state;
    for (int snr_db = -3; snr_db <= 1; snr_db++) {
        int ours, floats;
        count_frames(snr_db, 2000, FRAMES, &ours, &floats);
        print_message("%d dB: %d of %d, in floating point %d\n", snr_db, ours,
                      FRAMES, floats);
        assert_true(ours >= floats - FRAMES * 3 / 100);
        assert_true(snr_db < 0 || ours * 100 >= FRAMES * 99);
    }
}

/* From a few units to where most is clipped; the mean is 1.3 'level'. */
static void the_level_does_not_matter(void **state)
{
    static const float level[] = {3, 30, 300, 3000, 12000, 32000};
    enum { FRAMES = 100 };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(level); k++) {
        int ours, floats;
        count_frames(1, level[k], FRAMES, &ours, &floats);
        print_message("level %.0f: %d of %d\n", (double)level[k], ours, FRAMES);
        assert_true(ours * 100 >= FRAMES * 99);
    }
}

/* --- what is no frame ------------------------------------------------------
 */

enum { LONG = 4000000 };

/*
 * White noise: a window's squared correlation is above t with a probability
 * of (1 - t)^(W - 1), W = 128.
 */
static void noise_is_above_a_threshold_as_seldom_as_theory_says(void **state)
{
    enum { THRESHOLD = 40 };
    float complex *x = calloc(LONG, sizeof *x);
    struct detector *d = detector_open();
    struct seen ours = {0}, floats = {0};
    struct stf_detect_setting set = {THRESHOLD, 31, 1};
    double theory = pow(1 - (THRESHOLD + 1) / 1024.0, 127);
    uint64_t n_above = 0, n_windows = 0;
    struct rng r = {7};

    (void)state;
    assert_non_null(x);
    impair_noise(x, LONG, 1, &r);
    detect(d, x, LONG, 3000, &ours);
    detect_float(x, LONG, &floats);
    print_message("as reset: %d candidates, in floating point %d\n",
                  (int)ours.n_candidates, (int)floats.n_candidates);
    assert_true(ours.n_candidates <= floats.n_candidates + 1);
    assert_int_equal(ours.n_frames, 0);
    for (size_t at = 0; at + BLOCK <= LONG; at += BLOCK) {
        struct stf_detect_list list;
        for (size_t k = 0; k < BLOCK; k++) {
            d->block[k] = (struct iq16){part(crealf(x[at + k]) * 3000),
                                        part(cimagf(x[at + k]) * 3000)};
        }
        stf_detect_block((const uint8_t *)d->block, BLOCK, &set, &list, NULL);
        n_windows += BLOCK / STF_DETECT_GROUP - STF_DETECT_FIRST;
        for (uint32_t k = 0; k < list.n; k++) {
            n_above += list.at[k].n_windows;
        }
    }
    print_message("%d of %d windows above %d: %.2f of theory\n", (int)n_above,
                  (int)n_windows, THRESHOLD,
                  (double)n_above / (double)n_windows / theory);
    assert_true((double)n_above < (double)n_windows * theory * 1.1);
    assert_true((double)n_above > (double)n_windows * theory * 0.7);
    free(x);
    detector_close(d);
}

static void tones_levels_and_silence_are_none(void **state)
{
    static const double hz[] = {0, 1.25e6, 2.5e6, 1e5, -3.3e6, 10e6};
    static const float noise[] = {0, 0.01f, 1}; /* power */
    enum { N = 100000 };
    float complex *x = calloc(N, sizeof *x);
    struct detector *d = detector_open();

    (void)state;
    assert_non_null(x);
    for (size_t k = 0; k < 1 + CHECK_ROWS(hz) * CHECK_ROWS(noise); k++) {
        struct seen s = {0};
        struct rng r = {k};
        for (size_t j = 0; j < N; j++) {
            x[j] = k == 0 ? 0 : 1;
        }
        if (k > 0) {
            impair_cfo(x, N, hz[(k - 1) / CHECK_ROWS(noise)], OFDM20_RATE_HZ);
            impair_noise(x, N, (double)noise[(k - 1) % CHECK_ROWS(noise)], &r);
        }
        detect(d, x, N, 5000, &s);
        assert_int_equal(s.n_candidates, 0);
    }
    free(x);
    detector_close(d);
}

/* --- recordings --------------------------------------------------------------
 */

/* All at 20 Msps, of real radios and made ones; and signals that are none. */
static void
recordings_have_as_many_frames_as_by_the_receivers_detector(void **state)
{
    enum { READ = 8000000 };
    float complex *x = malloc(READ * sizeof *x);
    struct detector *d = detector_open();
    uint64_t ours = 0, floats = 0;
    glob_t files = {0};

    (void)state;
    assert_non_null(x);
    /* None is no error here. */
    (void)glob("../shared/data/wifi/*.sigmf-data", 0, NULL, &files);
    for (size_t k = 0; k < files.gl_pathc; k++) {
        const char *path = files.gl_pathv[k];
        struct seen s = {0}, t = {0};
        struct iq_source *in;
        float peak = 0;
        size_t n = 0;
        int got = 0;
        bool none = strstr(path, "/neg_") != NULL;
        assert_int_equal(iq_open(path, NULL, 0, &in), 0);
        while ((none || iq_info(in)->rate_hz == OFDM20_RATE_HZ) &&
               (got = iq_read(in, x + n, READ - n)) > 0) {
            n += (size_t)got;
        }
        iq_close(in);
        for (size_t j = 0; j < n; j++) {
            peak = fmaxf(peak, cabsf(x[j]));
        }
        detect(d, x, n, 30000 / peak, &s);
        detect_float(x, n, &t);
        print_message("%s: %d frames of %d candidates, in floating point %d "
                      "of %d\n",
                      path, (int)s.n_frames, (int)s.n_candidates,
                      (int)t.n_frames, (int)t.n_candidates);
        assert_true(!none || s.n_frames == 0);
        ours += s.n_frames;
        floats += t.n_frames;
    }
    free(x);
    detector_close(d);
    if (files.gl_pathc == 0) {
        globfree(&files);
        print_message("skipped: ../shared/data/wifi is not here\n");
        skip();
    }
    globfree(&files);
    print_message("%d frames, in floating point %d\n", (int)ours, (int)floats);
    assert_true(ours * 100 >= floats * 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weak_frames_are_found_as_by_the_receivers_detector),
        cmocka_unit_test(the_level_does_not_matter),
        cmocka_unit_test(noise_is_above_a_threshold_as_seldom_as_theory_says),
        cmocka_unit_test(tones_levels_and_silence_are_none),
        cmocka_unit_test(
            recordings_have_as_many_frames_as_by_the_receivers_detector),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
