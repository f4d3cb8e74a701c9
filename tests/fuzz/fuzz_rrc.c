/* fuzz_rrc.c - what reads system information and its assignments, on any. */
#include <stdlib.h>
#include <string.h>

#include "sdr/dsp/lte_dci.h"
#include "sdr/dsp/lte_rrc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

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
