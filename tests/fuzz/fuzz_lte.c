/*
 * fuzz_lte.c - the LTE receiver: of cells made once the input says which are
 * sent, from which sample on, how strong and how far from the centre; then
 * which pieces of the stream are overwritten by samples of any value.  Whatever
 * comes out is in its range; sound cells behind it, in a stretch of their own,
 * are found now and then.
 *
 * A stretch is two or three frames and the search at most 6 kHz wide, most
 * often without any: that is where the time goes.
 */
#include <math.h>
#include <string.h>

#include "core/body.h"
#include "core/rec.h"
#include "core/registry.h"
#include "lte_rx_csr.h"
#include "sdr/radio/gen_lte.h"
#include "sdr/radio/gen_lte_wide.h"
#include "tests/fuzz/fuzz.h"

enum {
    FRAMES = 3,
    STREAM = FRAMES * LTE_FRAME,
    CELLS = 10,
    RECS = 4,
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct body *body; /* one for all inputs; each is a new stretch */
static uint64_t item;
static struct rec recs[RECS];
static float complex stream[STREAM], cell_of[CELLS][STREAM];
static unsigned pci_of[CELLS];
static uint8_t found[LTE_N_CELLS];

/* All port counts, prefixes and duplexes; the first four with SIB1. */
static void make_cell(unsigned k, float complex *x)
{
    static const uint8_t sib1[] = {0x40, 0x51, 0x80, 0x03, 0x10, 0x24,
                                   0x04, 0x87, 0x87, 0x98, 0x14, 0x21,
                                   0x10, 0x81, 0x04, 0x4c, 0x23, 0xd4};
    static const uint8_t prb[] = {6, 15, 25, 50, 75, 100};
    unsigned ports = 1u << k % 3;

    pci_of[k] = (97 * k + 1) % LTE_N_CELLS;
    if (k < 4) {
        struct gen_lte_wide g = {
            .si = {.layout = {.pci = (uint16_t)pci_of[k],
                              .prb = 6,
                              .ports = (uint8_t)ports,
                              .ng = (uint8_t)k,
                              .extended = k == 3,
                              .tdd_config = LTE_TDD_UNKNOWN},
                   .cfi = 3,
                   .dci = {.n = 6},
                   .aggregation = 4,
                   .sib1 = {sib1, sizeof sib1}},
            .factor = 1,
            .gain = {1, I, -1, -I},
            .sfn = 100 + 2 * k,
        };
        CHECK(gen_lte_si_valid(&g.si));
        CHECK(gen_lte_wide_run(&g, FRAMES, x) == 0);
        return;
    }
    struct gen_lte g = {
        .id = {.cell_id = (uint16_t)pci_of[k], .extended = k % 4 == 3},
        .ports = ports,
        .gain = {1, I, -1, -I},
        .mib = {.prb = prb[k % 6],
                .phich_extended = k % 2 != 0,
                .phich_resources = k % 4,
                .sfn = 1023 - k},
        .loaded = k == 5 || k == 8,
        .tdd = k % 2 == 0,
        .tdd_config = k % 7,
    };
    CHECK(gen_lte_run(&g, FRAMES, x) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    CHECK(body_open_c(registry_find("lte_rx"), &body) == 0);
    CHECK(body_write(body, LTE_RX_HIDDEN_PSS, 10) == 0);
    CHECK(body_write(body, LTE_RX_REPORT_EVERY, 1) == 0);
    for (unsigned k = 0; k < CELLS; k++) {
        uint8_t input[4] = {16, (uint8_t)k};
        make_cell(k, cell_of[k]);
        seed(k, input, sizeof input);
    }
    return 0;
}

/* Adds a cell, as it is from a sample of its first frame on. */
static void cell(struct input *in, double cfo_max_hz)
{
    const float complex *one = cell_of[take(in, 1) % CELLS];
    unsigned how = take(in, 1);
    float scale = ldexpf(1, -(int)(how % 8));
    size_t skip = how & 8 ? take(in, 2) % LTE_FRAME : 0;
    double hz = how & 16 ? cfo_max_hz * (int8_t)take(in, 1) / 128 : 0;

    for (size_t k = skip; k < STREAM; k++) {
        stream[k - skip] +=
            one[k] * scale *
            (hz == 0 ? 1 : lte_phasor(hz / LTE_RATE_HZ * (double)k));
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

/* All of 'n' samples as a stretch of its own. */
static void receive(size_t n)
{
    bool more = true;

    memset(found, 0, sizeof found);
    item += 2 * STREAM; /* not the next one */
    for (size_t at = 0; at < n || more;) {
        size_t part = n - at < FN_BURST_IQ ? n - at : FN_BURST_IQ;
        struct fn_span in_span = {FN_CF32, stream + at, part, part, item};
        struct fn_span out = {.items = recs, .cap = RECS};
        CHECK(body_run(body, &in_span, &out) == 0);
        for (size_t k = 0; k < out.n; k++) {
            if (recs[k].type == REC_LTE_CELL) {
                check(&recs[k].lte);
                found[recs[k].lte.cell_id] = 1;
            } else {
                CHECK(recs[k].type == REC_LTE_SI);
                CHECK(recs[k].si.n <= REC_SI_MAX && recs[k].si.subframe < 10);
            }
        }
        more = out.n > 0 || part > 0;
        at += part;
        item += part;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = {data, n};
    unsigned how = take(&in, 1);
    uint32_t cfo_max_hz = how % 8 == 7 ? 6000 : 0;

    memset(stream, 0, sizeof stream);
    CHECK(body_write(body, LTE_RX_CFO_MAX_HZ, cfo_max_hz) == 0);
    for (unsigned k = 1 + (how >> 3 & 1); k > 0; k--) {
        cell(&in, cfo_max_hz);
    }
    for (unsigned k = take(&in, 1) % 8; k > 0; k--) {
        spoil(&in);
    }
    receive(how & 16 ? STREAM : 2 * LTE_FRAME);
    if (how % 64 == 33) {
        unsigned k = take(&in, 1) % CELLS;
        memcpy(stream, cell_of[k], sizeof stream);
        receive(STREAM);
        CHECK(found[pci_of[k]]);
    }
    return 0;
}
