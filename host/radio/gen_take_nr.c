/* gen_take_nr.c - synchronization blocks of an NR cell; see gen_take.h. */
#include <stdlib.h>

#include "core/base/err.h"
#include "host/radio/gen_take.h"
#include "sdr/radio/gen_nr.h"

/* What its MIB says besides the frame number. */
enum { K_SSB = 6, PDCCH_CONFIG_SIB1 = 0x41 };

static json_t *cell_truth(const struct gen_radio *g, const struct gen_nr *n,
                          size_t start)
{
    struct nr_bch bch = {0};
    char mib[7];
    size_t block = nr_block_at(n->scs_khz, n->case_b, g->ssb) +
                   (n->half_frame ? nr_half_frame(n->scs_khz) : 0);

    nr_mib_write(&n->mib, &bch);
    for (unsigned k = 0; k < 6; k++) {
        mib[k] = "0123456789abcdef"[bch.mib >> (20 - 4 * k) & 15];
    }
    mib[6] = '\0';
    return json_pack("{si, si, si, si, si, si, si, sf, sf, sf, sf, ss}", "pci",
                     (int)n->cell_id, "n_id_1", (int)n->cell_id / 3, "n_id_2",
                     (int)n->cell_id % 3, "ssb_scs_hz", (int)n->scs_khz * 1000,
                     "ssb_idx", (int)g->ssb, "ssb_pattern_half_frame",
                     (int)n->half_frame, "sfn_first_frame", (int)n->mib.sfn,
                     "frame_start_sample", (double)start, "ssb_start_sample",
                     (double)(start + block - NR_PREFIX), "cfo_hz", g->cfo_hz,
                     "snr_re_db", g->snr_db, "mib_hex_first_frame", mib);
}

int gen_take_nr(const struct gen_radio *g, struct gen_take *t)
{
    struct gen_nr n = {
        .cell_id = g->cell_id,
        .scs_khz = g->scs_khz,
        .blocks = (uint8_t)(1u << g->ssb),
        .half_frame = g->second_half,
        .period = g->period_ms / 10,
        .mib = {.sfn = (uint16_t)g->sfn,
                .scs_common_30 = g->scs_khz == 30,
                .k_ssb = K_SSB,
                .dmrs_type_a_pos = 2,
                .pdcch_config_sib1 = PDCCH_CONFIG_SIB1,
                .reselection = true},
        .loaded = true,
        .seed = g->seed,
    };

    if (g->count == 0 || g->count > GEN_FRAMES_MAX || g->period_ms % 10 != 0) {
        return err_say(ERR_USAGE,
                       "expected --count 1..%d, --period a multiple of 10",
                       GEN_FRAMES_MAX);
    }
    size_t made = g->count * gen_nr_frame(&n);
    float complex *x = realloc(t->x, (t->n + made) * sizeof *x);
    if (x == NULL) {
        return gen_take_no_memory(g);
    }
    t->x = x;
    if (gen_nr_run(&n, g->count, x + t->n) < 0) {
        return gen_take_no_memory(g);
    }
    t->nr = cell_truth(g, &n, t->n);
    t->n += made;
    return 0;
}
