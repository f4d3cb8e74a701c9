/*
 * fuzz_si.c - system information of one cell from samples: the input says what
 * cell sends which bytes how, what of that the receiver is told wrong, and
 * which samples are moved.  What is sent sparsely and left alone comes back.
 */
#include <math.h>
#include <string.h>

#include "sdr/dsp/lte_seq.h"
#include "sdr/fn/lte_rx/lte_si.h"
#include "sdr/radio/gen_lte_wide.h"
#include "tests/fuzz/fuzz.h"
#include "tests/radio/sib_random.h"

enum {
    FRAMES = 2,
    FACTOR = 4, /* at most: 25 PRB */
    STREAM = FRAMES * LTE_FRAME * FACTOR,
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct lte_si_work *work;
static struct lte_si state;
static float complex stream[STREAM];
static uint8_t sib1[LTE_SI_BYTES_MAX], si[LTE_SI_BYTES_MAX];
static size_t n_sib1;
static bool has_sib1;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    CHECK(lte_si_open(&work) == 0);
    struct sib_writer o = {.r = {1}};
    for (unsigned k = 0; k < 64; k++) { /* cells of all kinds, right RRC */
        uint8_t input[16 + 300] = {(uint8_t)(k * 4), (uint8_t)(k * 37)};
        bool tdd = (input[0] & 128) != 0;
        size_t at = tdd ? 10 : 9, n;
        do {
            n = sib_random(&o);
        } while (n > 60);
        input[at - 1] = 99; /* several blocks */
        input[at++] = (uint8_t)n;
        memcpy(input + at, o.bytes, n);
        seed(k, input, at + n);
    }
    return 0;
}

static void heard(void *ctx, const struct lte_si_message *m)
{
    const struct gen_lte_wide *g = ctx;

    CHECK(m->pci >= 0 && m->pci < LTE_N_CELLS && m->sfn < 1024);
    CHECK(m->subframe < 10 && isfinite(m->frame_start));
    CHECK(m->n > 0 && m->n <= LTE_SI_BYTES_MAX);
    has_sib1 = has_sib1 || (m->n >= n_sib1 && m->subframe == 5 &&
                            memcmp(m->bytes, sib1, n_sib1) == 0 &&
                            m->pci == g->si.layout.pci);
}

static size_t take_message(struct input *in, uint8_t *bytes)
{
    size_t n = take(in, 1);

    n = n < in->n ? n : in->n;
    for (size_t k = 0; k < n; k++) {
        bytes[k] = (uint8_t)take(in, 1);
    }
    return n;
}

/* A cell that can be sent, or nearly. */
static struct gen_lte_wide take_cell(struct input *in)
{
    static const uint8_t prb[8] = {6, 6, 6, 6, 6, 15, 15, 25};
    unsigned kind = take(in, 1), more = take(in, 1), place = take(in, 1);
    struct gen_lte_wide g = {
        .si = {.layout = {.prb = prb[kind & 7],
                          .ports = (uint8_t)(1u << (kind >> 3 & 3) % 3),
                          .extended = (kind & 32) != 0,
                          .long_phich = (kind & 64) != 0,
                          .tdd = (kind & 128) != 0,
                          .tdd_config = LTE_TDD_UNKNOWN,
                          .ng = more & 3},
               .cfi = 1 + (more >> 2 & 3) % 3,
               .dci = {.format = more & 16 ? LTE_DCI_1C : LTE_DCI_1A,
                       .distributed = (more & (16 | 32)) != 0,
                       .second_gap = false},
               .aggregation = more & 64 ? 8 : 4,
               .first_cce = more & 64 ? 8 * (more >> 7) : 4 * (place & 3)},
        .gain = {1, I, 0.8f, -I},
    };
    struct lte_layout *l = &g.si.layout;
    unsigned n_vrb = l->prb;

    l->pci = (uint16_t)(take(in, 2) % LTE_N_CELLS);
    g.factor = l->prb == 6 ? 1 : l->prb == 15 ? 2 : 4;
    g.sfn = take(in, 2) % 1024;
    g.loaded = (place & 4) != 0;
    if (l->tdd) {
        l->tdd_config = (int8_t)((place >> 3) % 7);
        l->tdd_special = (int8_t)(take(in, 1) % 9);
    }
    if (g.si.dci.distributed) {
        n_vrb = lte_dci_vrbs(l, false);
    }
    g.si.dci.first = (uint8_t)(take(in, 1) % n_vrb);
    g.si.dci.n = (uint8_t)(1 + take(in, 1) % (n_vrb - g.si.dci.first));
    if (g.si.dci.format == LTE_DCI_1C) { /* in steps of two, 7.1.6.3 */
        g.si.dci.first &= (uint8_t)~1u;
        g.si.dci.n = (uint8_t)(g.si.dci.n + 1) & (uint8_t)~1u;
    }
    return g;
}

/* Samples of 8 bits, of any bits, or moved from elsewhere. */
static bool spoil(struct input *in, size_t n)
{
    unsigned many = take(in, 1) % 8;

    for (unsigned k = many; k > 0; k--) {
        unsigned how = take(in, 1);
        size_t at = take(in, 2) * 2 % n, from = take(in, 2) * 2 % n;
        size_t len = 1 + (how / 4) * 8;
        len = at + len <= n && from + len <= n ? len : 1;
        float part[2] = {(float)(int8_t)take(in, 1) / 64,
                         (float)(int8_t)take(in, 1) / 64};
        if (how % 4 == 0) {
            uint32_t any = take(in, 2) << 16;
            memcpy(&part[0], &any, sizeof any);
        }
        for (size_t j = 0; j < len; j++) {
            if (how % 4 > 1) {
                stream[at + j] = stream[from + j];
            } else {
                memcpy(&stream[at + j], part, sizeof part);
            }
        }
    }
    return many > 0;
}

/* What the receiver is told; true: the truth. */
static bool take_told(struct input *in, const struct gen_lte_wide *g,
                      struct lte_cell *c)
{
    const struct lte_layout *l = &g->si.layout;
    unsigned wrong = take(in, 1);

    *c = (struct lte_cell){.pci = l->pci,
                           .tdd = l->tdd,
                           .ext_cp = l->extended,
                           .prb = l->prb,
                           .ports = l->ports,
                           .phich_dur = l->long_phich ? 1 : 0,
                           .phich_ng = l->ng,
                           .sfn = (int)g->sfn};
    if (wrong % 4 != 3) {
        return true;
    }
    switch (wrong / 4 % 8) {
    case 0: c->frame_start = (double)(int16_t)take(in, 2); break;
    case 1: c->cfo_hz = (double)(int16_t)take(in, 2); break;
    case 2: c->ppm = (double)(int8_t)take(in, 1); break;
    case 3: c->ports = (int)take(in, 1) % 6; break;
    case 4: c->prb = (int)take(in, 1); break;
    case 5: c->phich_ng = (int)take(in, 1) % 5; break;
    case 6: c->tdd = !c->tdd; break;
    default: c->sfn = (int)take(in, 2); break;
    }
    return false;
}

/* So little on so much that it has to be decoded. */
static bool is_sparse(const struct gen_lte_wide *g)
{
    bool any = false;

    for (size_t k = 0; k < n_sib1; k++) {
        any = any || sib1[k] != 0;
    }
    return any && g->sfn % 2 == 0 && !g->si.layout.tdd &&
           3 * (8 * n_sib1 + 24) < 100 * (size_t)g->si.dci.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = {data, n};
    struct gen_lte_wide g = take_cell(&in);
    struct lte_cell cell;

    n_sib1 = take_message(&in, sib1);
    g.si.sib1 = (struct gen_lte_message){sib1, n_sib1};
    g.si.si[0] = (struct gen_lte_message){si, take_message(&in, si)};
    if (n_sib1 == 0 || !gen_lte_si_valid(&g.si)) {
        return 0;
    }
    size_t n_x = FRAMES * (size_t)LTE_FRAME * g.factor;
    CHECK(gen_lte_wide_run(&g, FRAMES, stream) == 0);
    bool is_right = take_told(&in, &g, &cell);
    bool again = take(&in, 1) % 4 == 1;
    is_right = !spoil(&in, n_x) && is_right;
    has_sib1 = false;
    memset(&state, 0, sizeof state);
    struct lte_samples s = {stream, n_x, g.factor};
    lte_si_run(work, &state, &cell, &s, heard, &g);
    CHECK(!is_right || !is_sparse(&g) || has_sib1);
    if (again) { /* goes on with what it knows */
        cell.sfn = (cell.sfn + FRAMES) % 1024;
        lte_si_run(work, &state, &cell, &s, heard, &g);
    }
    return 0;
}
