/*
 * fuzz_nr.c - the NR receiver: the input says what cells are sent, and which
 * pieces of the stream are overwritten by samples of any value.  Whatever comes
 * out is in its range.
 */
#include <math.h>
#include <string.h>

#include "core/body.h"
#include "core/rec.h"
#include "core/registry.h"
#include "nr_rx_csr.h"
#include "sdr/dsp/lte_seq.h"
#include "sdr/radio/gen_nr.h"
#include "tests/fuzz/fuzz.h"

enum {
    FRAME = 76800, /* samples at 7.68 Msps */
    STREAM = 20000,
    RECS = 4,
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct body *body; /* one for all inputs; each is a new stretch */
static uint64_t item;
static struct rec recs[RECS];
static float complex stream[STREAM], one[FRAME];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    CHECK(body_open_c(registry_find("nr_rx"), &body) == 0);
    return 0;
}

/* Adds a cell, from a sample of its frame on. */
static void cell(struct input *in)
{
    unsigned kind = take(in, 1);
    float scale = ldexpf(1, -(int)(take(in, 1) % 8));
    struct gen_nr g = {
        .cell_id = take(in, 2) % 1008,
        .scs_khz = 30,
        .case_b = (kind & 1) != 0,
        .four = (kind & 2) != 0,
        .half_frame = (kind & 4) != 0,
        .blocks = (uint8_t)(take(in, 1) % (kind & 2 ? 16 : 256)),
        .period = 1,
        .mib = {.sfn = (uint16_t)(take(in, 2) % 1024),
                .k_ssb = (uint8_t)(take(in, 1) % 32),
                .dmrs_type_a_pos = 2,
                .pdcch_config_sib1 = (uint8_t)take(in, 1),
                .extension = (kind & 8) != 0},
        .step = take(in, 1) / 256.0,
        .loaded = (kind & 16) != 0,
    };
    size_t skip = take(in, 2) % (FRAME / 2);
    double turns = ((double)take(in, 2) - 32768) / 65536 / 14;

    CHECK(gen_nr_run(&g, 1, one) == 0);
    for (size_t k = 0; k < STREAM; k++) {
        stream[k] += one[k + skip] * scale * lte_phasor(turns * (double)k);
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

static void check(const struct rec_nr_cell *c)
{
    CHECK(c->cell_id < 1008 && c->sfn < 1024 && c->k_ssb < 32);
    CHECK(c->scs_khz == 15 || c->scs_khz == 30);
    CHECK(c->ssb_index < 8 && (c->ssb_seen >> c->ssb_index & 1) == 1);
    CHECK(c->half_frame <= 1 && c->barred <= 1 && c->reselection <= 1);
    CHECK(c->dmrs_type_a_pos == 2 || c->dmrs_type_a_pos == 3);
    CHECK(c->scs_common_khz == 15 || c->scs_common_khz == 30);
    CHECK((c->mib[0] & 0x80) == 0);
    CHECK(isfinite(c->cfo_hz) && isfinite(c->snr_db));
    CHECK(isfinite(c->frame_start_sample));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = {data, n};
    unsigned how = take(&in, 1);
    bool more = true;

    CHECK(body_write(body, NR_RX_SCS_KHZ, how & 1 ? 15 : 30) == 0);
    CHECK(body_write(body, NR_RX_CASE_B, how >> 1 & 1) == 0);
    CHECK(body_write(body, NR_RX_SKIP, how >> 2 & 3) == 0);
    CHECK(body_write(body, NR_RX_CFO_MAX_HZ, how & 16 ? 300000 : 30000) == 0);
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
            check(&recs[k].nr);
        }
        more = out.n > 0 || part > 0;
        at += part;
        item += part;
    }
    return 0;
}
