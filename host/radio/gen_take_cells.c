/*
 * gen_take_cells.c - LTE cells at 1.92 Msps: what they always send, each
 * through a channel of its own; see gen_take.h.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "host/radio/gen_take.h"
#include "sdr/radio/gen_lte.h"
#include "sdr/radio/impair.h"

const float complex gen_port_gain[4] = {1, 0.8f * I, -0.9f, 0.7f - 0.5f * I};

int gen_cells_check(const struct gen_radio *g)
{
    static const uint32_t prb[] = {6, 15, 25, 50, 75, 100};
    bool known = false;

    for (size_t k = 0; k < sizeof prb / sizeof prb[0]; k++) {
        known = known || prb[k] == g->prb;
    }
    if (g->cell_id > 503 || g->ports < 1 || g->ports > 4 || g->ports == 3 ||
        g->sfn > 1023 || !known || g->count == 0 || g->count > GEN_FRAMES_MAX) {
        return err_say(ERR_USAGE,
                       "expected --cell 0..503, --ports 1, 2 or 4, --prb 6, "
                       "15, 25, 50, 75 or 100, --sfn 0..1023, --count 1..%d",
                       GEN_FRAMES_MAX);
    }
    return 0;
}

json_t *gen_cell_truth(const struct gen_radio *g, const struct gen_cell *c,
                       double start)
{
    return json_pack(
        "{si, si, si, ss, ss, si, si, ss, ss, si, sf, sf, sf, sb, ss}",
        "cell_id", (int)c->cell_id, "n_id_1", (int)c->cell_id / 3, "n_id_2",
        (int)c->cell_id % 3, "duplex", g->tdd_config >= 0 ? "TDD" : "FDD", "cp",
        g->extended_cp ? "extended" : "normal", "ports", (int)g->ports, "prb",
        (int)g->prb, "phich_duration", "normal", "phich_resources", "1",
        "sfn_first_frame", (int)g->sfn, "frame_start_sample", start, "cfo_hz",
        g->cfo_hz + c->cfo_hz, "snr_re_db", g->snr_db + c->power_db,
        "mib_expected", 1, "score", "required");
}

/* Adds 'n_frames' of the cell, or of its ports that have a gain, to sum[n]. */
static int add_ports(const struct gen_radio *g, const struct gen_lte *cell,
                     size_t n_frames, float complex *sum, struct rng *r)
{
    size_t n = n_frames * LTE_FRAME;
    float complex *x = calloc(n, sizeof *x);
    int err = x == NULL ? ERR_NO_MEM : gen_lte_run(cell, n_frames, x);

    if (err == 0 && g->channel >= 0) {
        err = impair_profile(x, n, (enum impair_profile_name)g->channel,
                             LTE_RATE_HZ, r);
    }
    for (size_t k = 0; err == 0 && k < n; k++) {
        sum[k] += x[k];
    }
    free(x);
    return err;
}

/* Writes cell 'c' to x[n_frames * LTE_FRAME]. */
static int make_cell(const struct gen_radio *g, const struct gen_cell *c,
                     size_t n_frames, float complex *x)
{
    struct gen_lte cell = {
        .id = {(uint16_t)c->cell_id, g->extended_cp},
        .ports = g->ports,
        .mib = {.prb = g->prb, .phich_resources = 2, .sfn = g->sfn},
        .loaded = true,
        .tdd = g->tdd_config >= 0,
        .tdd_config = g->tdd_config >= 0 ? (unsigned)g->tdd_config : 0,
        .seed = g->seed + c->cell_id,
    };
    struct rng r = {cell.seed};
    size_t n = n_frames * LTE_FRAME;
    float scale = (float)pow(10, c->power_db / 20);
    /* Ports have paths of their own, if there are any. */
    uint32_t step = g->channel >= 0 ? 1 : g->ports;
    int err = 0;

    for (uint32_t p = 0; err == 0 && p < g->ports; p += step) {
        memset(cell.gain, 0, sizeof cell.gain);
        memcpy(&cell.gain[p], &gen_port_gain[p], step * sizeof cell.gain[0]);
        cell.loaded = p == 0;
        err = add_ports(g, &cell, n_frames, x, &r);
    }
    impair_cfo(x, n, c->cfo_hz, LTE_RATE_HZ);
    for (size_t k = 0; k < n; k++) {
        x[k] *= scale;
    }
    return err;
}

int gen_cells_make(const struct gen_radio *g, size_t n_frames,
                   struct gen_take *t)
{
    size_t n = n_frames * LTE_FRAME;
    float complex *y = calloc(t->n + n, sizeof *y);
    float complex *x = NULL;
    int err = y == NULL ? ERR_NO_MEM : 0;

    for (size_t k = 0; err == 0 && k <= g->n_also; k++) {
        struct gen_cell c = {.cell_id = g->cell_id};
        c = k > 0 ? g->also[k - 1] : c;
        x = calloc(n, sizeof *x);
        err = x == NULL ? ERR_NO_MEM : make_cell(g, &c, n_frames, x);
        if (err == 0) {
            double start = (double)t->n + c.delay;
            impair_place(x, n, start, 0, y, t->n + n);
            (void)json_array_append_new(t->cells, gen_cell_truth(g, &c, start));
        }
        free(x);
    }
    if (err < 0) {
        free(y);
        return gen_take_no_memory(g);
    }
    free(t->x); /* silence */
    t->x = y;
    t->n += n;
    return 0;
}
