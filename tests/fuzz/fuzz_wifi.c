/*
 * fuzz_wifi.c - the Wi-Fi receiver: the input is a stream of pieces (samples of
 * any value, silence, frames of the sender with samples spoiled); behind it
 * comes a sound frame, which has to be found: in a stretch of its own, or now
 * and then, as that takes long, behind as much silence as a header can ask for.
 */
#include <math.h>
#include <string.h>

#include "core/body.h"
#include "core/rec.h"
#include "core/registry.h"
#include "sdr/dsp/wifi_ht.h"
#include "sdr/radio/gen_dsss.h"
#include "sdr/radio/gen_wifi.h"
#include "tests/fuzz/fuzz.h"

enum {
    SILENCE = WIFI_HT_SAMPLES_MAX + 2000,
    STREAM_MAX = 12000, /* samples of what the input says */
    FRAME_MAX = 60000,
    PSDU_MAX = 600,
    LAST_BYTES = 64,
    LAST_ROOM = 1700, /* samples of the last frame, and what finds it */
    RECS = 4,
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct gen_wifi *sender;
static struct body *body; /* one for all inputs; each is a new stretch */
static uint64_t item;
static struct rec recs[RECS];
static uint8_t last_psdu[LAST_BYTES];
static float complex stream[STREAM_MAX + SILENCE + LAST_ROOM];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    CHECK(gen_wifi_open(&sender) == 0);
    CHECK(body_open_c(registry_find("wifi_rx"), &body) == 0);
    gen_wifi_fcs(last_psdu, LAST_BYTES - 4);
    for (unsigned k = 0; k < 128; k++) { /* each kind, OFDM and DSSS */
        uint8_t input[8] = {0, k < 64 ? 3 : 2, (uint8_t)(k & 63), 20};
        seed(k, input, sizeof input);
    }
    return 0;
}

/* Samples of 8 bits, or floats of any bits. */
static size_t raw(struct input *in, float complex *x, size_t room)
{
    bool floats = take(in, 1) % 4 == 0;
    size_t n = take(in, 1) * 4;

    n = n < room ? n : room;
    for (size_t k = 0; k < n; k++) {
        float part[2] = {(float)(int8_t)take(in, 1) / 64,
                         (float)(int8_t)take(in, 1) / 64};
        if (floats) {
            for (int j = 0; j < 2; j++) {
                uint32_t bits = take(in, 2) << 16;
                memcpy(&part[j], &bits, sizeof bits);
            }
        }
        memcpy(&x[k], part, sizeof part);
    }
    return n;
}

/* A frame; some samples are moved, and maybe only a part of it comes. */
static size_t frame(struct input *in, float complex *x, size_t room)
{
    static uint8_t psdu[PSDU_MAX];
    static float complex whole[FRAME_MAX];
    unsigned kind = take(in, 1);
    struct gen_wifi_frame f = {
        .rate = kind & 8 ? &wifi_phy_ht[kind & 7] : &wifi_phy_rate[kind & 7],
        .psdu = psdu,
        .psdu_len = 1 + take(in, 1) * (kind & 4 ? 2 : 1) / 2,
        .scrambler = 1 + take(in, 1) % 127,
        .short_gi = (kind & 16) != 0,
        .aggregated = (kind & 32) != 0,
    };
    for (size_t k = 0; k < f.psdu_len; k++) {
        psdu[k] = (uint8_t)(kind & 64 ? take(in, 1) : k);
    }
    size_t n = gen_wifi_length(&f);
    CHECK(n <= FRAME_MAX);
    gen_wifi(sender, &f, whole);
    for (unsigned k = take(in, 1) % 16; k > 0; k--) {
        size_t at = (take(in, 2)) % n;
        size_t from = (take(in, 2)) % n;
        whole[at] = whole[from];
    }
    if (kind & 128) {
        n = (take(in, 2)) % (n + 1);
    }
    n = n < room ? n : room;
    memcpy(x, whole, n * sizeof *x);
    return n;
}

/* A frame of 802.11b, whose header may be anything; some samples are moved. */
static size_t dsss(struct input *in, float complex *x, size_t room)
{
    static uint8_t psdu[PSDU_MAX];
    static float complex whole[FRAME_MAX];
    unsigned kind = take(in, 1);
    struct wifi_dsss_header any = {.signal = (uint8_t)take(in, 1),
                                   .service = (uint8_t)take(in, 1),
                                   .length = (uint16_t)take(in, 2)};
    struct gen_dsss_frame f = {.rate = &wifi_dsss_rate[kind & 3],
                               .short_preamble = (kind & 7) > 4,
                               .psdu = psdu,
                               .psdu_len = 1 + take(in, 1) / (kind & 2 ? 2 : 8),
                               .header = kind & 8 ? &any : NULL};
    size_t n = gen_dsss_length(&f);
    CHECK(n <= FRAME_MAX);
    CHECK(gen_dsss(&f, whole) == 0);
    for (unsigned k = take(in, 1) % 16; k > 0; k--) {
        size_t at = (take(in, 2)) % n;
        whole[at] = whole[(take(in, 2)) % n];
    }
    n = n < room ? n : room;
    memcpy(x, whole, n * sizeof *x);
    return n;
}

/* Does the last frame come out of x[n]? */
static bool receive(float complex *x, size_t n)
{
    bool found = false, more = true;

    item += FRAME_MAX; /* not the next one */
    for (size_t at = 0; at < n || more;) {
        size_t part = n - at < FN_BURST_IQ ? n - at : FN_BURST_IQ;
        struct fn_span in = {FN_CF32, x + at, part, part, item};
        struct fn_span out = {.items = recs, .cap = RECS};
        CHECK(body_run(body, &in, &out) == 0);
        for (size_t k = 0; k < out.n; k++) {
            const struct rec_wifi_frame *w = &recs[k].wifi;
            CHECK(w->len <= REC_PSDU_MAX);
            CHECK(isfinite(w->cfo_hz) && isfinite(w->snr_db) &&
                  isfinite(w->evm_db));
            CHECK(w->n_csi <= REC_CSI_MAX);
            for (size_t j = 0; j < w->n_csi; j++) {
                CHECK(isfinite(w->csi[j][0]) && isfinite(w->csi[j][1]));
            }
            found = found || (w->fcs_ok && w->len == LAST_BYTES &&
                              memcmp(w->psdu, last_psdu, LAST_BYTES) == 0);
        }
        more = out.n > 0 || part > 0;
        at += part;
        item += part;
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = {data, n};
    size_t at = 0;
    struct gen_wifi_frame last = {.rate = &wifi_phy_rate[2],
                                  .psdu = last_psdu,
                                  .psdu_len = LAST_BYTES,
                                  .scrambler = 1};

    bool silent = take(&in, 1) % 32 == 31;
    while (in.n > 0 && at < STREAM_MAX) {
        size_t room = STREAM_MAX - at;
        switch (take(&in, 1) % 4) {
        case 0: at += raw(&in, stream + at, room); break;
        case 1: {
            size_t gap = take(&in, 1) * 4;
            gap = gap < room ? gap : room;
            memset(stream + at, 0, gap * sizeof *stream);
            at += gap;
            break;
        }
        case 2: at += dsss(&in, stream + at, room); break;
        default: at += frame(&in, stream + at, room); break;
        }
    }
    if (silent) {
        memset(stream + at, 0, SILENCE * sizeof *stream);
        at += SILENCE;
    } else {
        (void)receive(stream, at);
        at = 400;
        memset(stream, 0, at * sizeof *stream);
    }
    memset(stream + at, 0, LAST_ROOM * sizeof *stream);
    gen_wifi(sender, &last, stream + at);
    CHECK(receive(stream, at + LAST_ROOM));
    return 0;
}
