/* fuzz_rrc.c - what reads system information and its assignments, on any. */
#include <string.h>

#include "sdr/dsp/lte_dci.h"
#include "sdr/dsp/lte_rrc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/radio/sib_random.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct sib_writer o = {.r = {1}};

    (void)argc;
    (void)argv;
    for (unsigned k = 0; k < 256; k++) {
        size_t n = sib_random(&o);
        seed(k, o.bytes, n);
    }
    return 0;
}

static void sib1(const struct lte_sib1 *s)
{
    if (s->n_plmn < 1 || s->n_plmn > LTE_PLMN_MAX || s->n_si < 1 ||
        s->n_si > LTE_SI_MESSAGE_MAX || s->tdd_config > 6 ||
        s->tdd_special > 8 || s->window_ms > 40 || s->band > 64 ||
        s->cell_identity >> 28 != 0) {
        abort();
    }
    for (size_t k = 0; k < s->n_si; k++) {
        if (s->si[k].n_sibs > LTE_SIB_MAX || s->si[k].period > 512) {
            abort();
        }
    }
}

static void common(const struct lte_common *c)
{
    const struct lte_rach *r = &c->rach;
    const struct lte_uplink *l = &c->uplink;

    CHECK(r->n_preambles <= 64 && r->n_group_a <= 60 && r->n_msg3 <= 8);
    CHECK(r->root_sequence < 838 && r->freq_offset < 95);
    CHECK(l->hopping_offset < 99 && l->n_rb_cqi < 99 && l->group < 30);
    CHECK(l->delta_shift <= 3 && l->alpha_tenths <= 10 && c->n_mbsfn <= 8);
    CHECK(l->p0_pusch_dbm >= -126 && l->p0_pusch_dbm <= 24);
    CHECK(c->reference_dbm >= -60 && c->reference_dbm <= 50);
    CHECK(c->timers.t300_ms <= 2000 && c->timers.t311_ms <= 30000);
}

static void others(const struct lte_utra *u, const struct lte_geran *g)
{
    CHECK(u->n_fdd <= LTE_UTRA_MAX && u->n_tdd <= LTE_UTRA_MAX);
    for (size_t k = 0; k < u->n_fdd; k++) {
        CHECK(u->fdd[k].arfcn < 16384 && u->fdd[k].q_rx_lev_min >= -60);
        CHECK(u->fdd[k].p_max_dbm <= 33 && u->fdd[k].q_qual_min_db <= 0);
    }
    CHECK(g->n_groups <= LTE_GERAN_MAX);
    for (size_t k = 0; k < g->n_groups; k++) {
        CHECK(g->group[k].n_arfcns <= LTE_GERAN_ARFCNS);
        CHECK(g->group[k].q_rx_lev_min < 46 && g->group[k].p_max_dbm < 40);
        for (size_t j = 0; j < g->group[k].n_arfcns; j++) {
            CHECK(g->group[k].arfcn[j] < 1024);
        }
    }
}

static void blocks(const struct lte_sibs *s)
{
    if (s->n_sibs < 1 || s->n_sibs > LTE_SIB_MAX + 1 ||
        s->n_carriers > LTE_CARRIER_MAX + 1) {
        abort();
    }
    for (size_t k = 0; k < s->n_carriers; k++) {
        for (size_t j = 0; j < s->carrier[k].n_cells; j++) {
            if (j >= LTE_NEIGHBOUR_MAX || s->carrier[k].pci[j] > 503) {
                abort();
            }
        }
    }
    if (s->common.known) {
        common(&s->common);
    }
    others(&s->utra, &s->geran);
}

/* What is understood lies in the grid. */
static void dci(const uint8_t *data, size_t n)
{
    static const uint8_t prb[6] = {6, 15, 25, 50, 75, 100};
    struct lte_layout g = {.ports = 2, .tdd_config = LTE_TDD_UNKNOWN};
    uint8_t at[2][LTE_PRB_MAX];
    uint64_t bits = 0;
    struct lte_dci d;

    if (n < 6) {
        return;
    }
    g.prb = prb[data[0] % 6];
    g.tdd = (data[0] & 8) != 0;
    enum lte_dci_format format = data[0] & 16 ? LTE_DCI_1A : LTE_DCI_1C;
    memcpy(&bits, data + 1, 5);
    bits &= (1ull << lte_dci_size(&g, format)) - 1;
    if (lte_dci_unpack(&g, format, bits, &d) == LTE_DCI_OK) {
        lte_dci_prbs(&g, &d, at);
        if (at[0][d.n - 1] >= g.prb || at[1][d.n - 1] >= g.prb || d.tbs == 0) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *copy = malloc(n + (n == 0)); /* no byte behind it is ours */
    struct lte_rrc m;

    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, data, n);
    switch (lte_rrc_read(copy, n, &m)) {
    case LTE_RRC_SIB1: sib1(&m.sib1); break;
    case LTE_RRC_SI: blocks(&m.sibs); break;
    default: break;
    }
    dci(copy, n);
    free(copy);
    return 0;
}
