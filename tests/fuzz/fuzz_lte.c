/*
 * fuzz_lte.c - the LTE receiver: the input says what cells are sent, and which
 * pieces of the stream are overwritten by samples of any value.  Whatever comes
 * out is in its range.
 */
#include <math.h>
#include <string.h>

#include "core/body.h"
#include "core/rec.h"
#include "core/registry.h"
#include "lte_rx_csr.h"
#include "sdr/radio/gen_lte.h"
#include "tests/fuzz/fuzz.h"

enum {
    FRAMES = 3,
    STREAM = FRAMES * LTE_FRAME,
    RECS = 4,
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct body *body; /* one for all inputs; each is a new stretch */
static uint64_t item;
static struct rec recs[RECS];
static float complex stream[STREAM], one[STREAM];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    CHECK(body_open_c(registry_find("lte_rx"), &body) == 0);
    CHECK(body_write(body, LTE_RX_HIDDEN_PSS, 10) == 0);
    CHECK(body_write(body, LTE_RX_REPORT_EVERY, 1) == 0);
    return 0;
}

/* Adds a cell, from a sample of its first frame on. */
static void cell(struct input *in)
{
    static const unsigned prb[] = {6, 15, 25, 50, 75, 100};
    unsigned kind = take(in, 1);
    float scale = ldexpf(1, -(int)(take(in, 1) % 8));
    struct gen_lte g = {
        .id = {.cell_id = (uint16_t)(take(in, 2) % 504),
               .extended = (kind & 1) != 0},
        .ports = 1u << kind / 2 % 3,
        .gain = {1, I, -1, -I},
        .mib = {.prb = prb[take(in, 1) % 6],
                .phich_extended = (kind & 8) != 0,
                .phich_resources = kind / 16 % 4,
                .sfn = take(in, 2) % 1024,
                .spare = kind & 64 ? take(in, 2) % 1024 : 0},
        .loaded = (kind & 128) != 0,
        .tdd = take(in, 1) % 2 != 0,
        .tdd_config = take(in, 1) % 7,
    };
    size_t skip = take(in, 2) % LTE_FRAME;
    double turns = ((double)take(in, 2) - 32768) / 65536 / 4;

    CHECK(gen_lte_run(&g, FRAMES, one) == 0);
    for (size_t k = skip; k < STREAM; k++) {
        stream[k - skip] += one[k] * scale * lte_phasor(turns * (double)k);
    }
}

/* Samples of 8 bits, or floats of any bits, again and again. */
static void spoil(struct input *in)
{
    bool floats = take(in, 1) % 2 == 0;
    size_t at = take(in, 2) % STREAM;
    size_t n = take(in, 2) % (STREAM - at + 1);
    float complex piece[16];

    for (size_t k = 0; k < 16; k++) {
        float part[2] = {(float)(int8_t)take(in, 1) / 64,
                         (float)(int8_t)take(in, 1) / 64};
        for (int j = 0; floats && j < 2; j++) {
            uint32_t bits = take(in, 2) << 16;
            memcpy(&part[j], &bits, sizeof bits);
        }
        memcpy(&piece[k], part, sizeof part);
    }
    for (size_t k = 0; k < n; k++) {
        stream[at + k] = piece[k % 16];
    }
}

static void check(const struct rec_lte_cell *c)
{
    CHECK(c->cell_id < 504 && c->sfn < 1024 && c->has_mib);
    CHECK(c->ports == 1 || c->ports == 2 || c->ports == 4);
    CHECK(c->prb >= 6 && c->prb <= 100 && c->phich_sixths <= 12);
    CHECK(isfinite(c->cfo_hz) && isfinite(c->snr_db));
    CHECK(isfinite(c->rsrp_db) && isfinite(c->rsrq_db));
    CHECK(isfinite(c->frame_start_sample));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = {data, n};
    bool more = true;

    memset(stream, 0, sizeof stream);
    for (unsigned k = take(&in, 1) % 4; k > 0; k--) {
        cell(&in);
    }
    for (unsigned k = take(&in, 1) % 8; k > 0; k--) {
        spoil(&in);
    }
    item += 2 * STREAM; /* not the next one */
    for (size_t at = 0; at < STREAM || more;) {
        size_t part = STREAM - at < FN_BURST_IQ ? STREAM - at : FN_BURST_IQ;
        struct fn_span in_span = {FN_CF32, stream + at, part, part, item};
        struct fn_span out = {.items = recs, .cap = RECS};
        CHECK(body_run(body, &in_span, &out) == 0);
        for (size_t k = 0; k < out.n; k++) {
            check(&recs[k].lte);
        }
        more = out.n > 0 || part > 0;
        at += part;
        item += part;
    }
    return 0;
}
