/* lte_grid.c - see lte_grid.h. */
#include "sdr/dsp/lte_grid.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "sdr/dsp/cf.h"

enum { SYNC_SLOTS = 10 }; /* between two synchronization signals */

void lte_grid_init(struct lte_grid *g, const struct lte_id *id, bool tdd,
                   unsigned ports)
{
    assert(id->cell_id < LTE_N_CELLS);
    assert(ports == 1 || ports == 2 || ports == 4);
    *g = (struct lte_grid){.id = *id, .tdd = tdd, .ports = ports};
    lte_pss(id->cell_id % 3u, g->pss);
    lte_sss(id->cell_id, 0, g->sss[0]);
    lte_sss(id->cell_id, 1, g->sss[1]);
    for (unsigned slot = 0; slot < LTE_GRID_SLOTS; slot++) {
        for (unsigned k = 0; k < 3; k++) {
            struct lte_pilot p = {k == 2 ? 2 : 0, slot, k == 1};
            lte_crs(id, &p, g->crs[slot][k]);
        }
    }
    g->n_pbch = lte_pbch_at(id, g->pbch_at);
}

const float complex *lte_grid_crs(const struct lte_grid *g,
                                  const struct lte_pilot *p)
{
    return g->crs[p->slot][p->port >= 2 ? 2 : p->is_second ? 1 : 0];
}

void lte_grid_pbch(const struct lte_grid *g, const struct lte_mib_fields *mib,
                   float complex x[LTE_GRID_TTI][LTE_N_PBCH])
{
    uint8_t coded[LTE_BCH_CODED];
    uint8_t order[LTE_BCH_CODED];
    uint8_t scramble[2 * LTE_GRID_TTI * LTE_N_PBCH];

    lte_bch_encode(lte_mib_pack(mib), g->ports, coded);
    lte_bch_order(order);
    lte_gold(g->id.cell_id, scramble, sizeof scramble);
    for (size_t k = 0; k < LTE_GRID_TTI * g->n_pbch; k++) {
        unsigned a = coded[order[2 * k % LTE_BCH_CODED]] ^ scramble[2 * k];
        unsigned b =
            coded[order[(2 * k + 1) % LTE_BCH_CODED]] ^ scramble[2 * k + 1];
        x[k / g->n_pbch][k % g->n_pbch] =
            cf(a ? -1 : 1, b ? -1 : 1) * (float)M_SQRT1_2;
    }
}

static void grid_crs(const struct lte_grid *g, unsigned slot, unsigned l,
                     struct lte_grid_symbol *s)
{
    for (unsigned k = 0; k < 2 * g->ports; k++) {
        struct lte_pilot p = {k / 2, slot, k % 2 != 0};
        if ((p.is_second && p.port >= 2) || lte_crs_symbol(&g->id, &p) != l) {
            continue;
        }
        size_t first = lte_crs_first(&g->id, &p);
        const float complex *r = lte_grid_crs(g, &p);
        for (size_t m = 0; m < LTE_N_CRS; m++) {
            s->port[p.port][first + 6 * m] = r[m];
        }
        s->has_crs = true;
    }
}

/*
 * A pair of symbols on subcarriers k and n, 6.3.4.3: x0, x1 from port a and
 * -x1*, x0* from port b, at half the power each.
 */
static void grid_pair(struct lte_grid_symbol *s, size_t k, size_t n,
                      const float complex *x, const unsigned port[2])
{
    s->port[port[0]][k] = x[0] * (float)M_SQRT1_2;
    s->port[port[0]][n] = x[1] * (float)M_SQRT1_2;
    s->port[port[1]][k] = -conjf(x[1]) * (float)M_SQRT1_2;
    s->port[port[1]][n] = conjf(x[0]) * (float)M_SQRT1_2;
}

static void grid_pbch(const struct lte_grid *g, unsigned l,
                      const float complex *x, struct lte_grid_symbol *s)
{
    for (size_t i = 0; i < g->n_pbch; i += 2) {
        size_t k = g->pbch_at[i] % LTE_N_SC;
        size_t n = g->pbch_at[i + 1] % LTE_N_SC;
        /* With four ports, pairs alternate between 0, 2 and 1, 3. */
        unsigned first = g->ports == 4 ? (unsigned)(i / 2 % 2) : 0;
        unsigned port[2] = {first, first + (g->ports == 4 ? 2 : 1)};
        if (g->pbch_at[i] / LTE_N_SC != l) {
            continue;
        }
        s->has_pbch = true;
        if (g->ports == 1) {
            s->port[0][k] = x[i];
            s->port[0][n] = x[i + 1];
        } else {
            grid_pair(s, k, n, x + i, port);
        }
    }
}

/* Of FDD in the last two symbols of slots 0 and 10; of TDD the SSS ends slots
 * 1 and 11 and the PSS is the third symbol of slots 2 and 12. */
static void grid_sync(const struct lte_grid *g, unsigned slot, unsigned l,
                      struct lte_grid_symbol *s)
{
    unsigned last = lte_n_symbols(g->id.extended) - 1;
    unsigned at = slot % SYNC_SLOTS * 16 + l;
    bool is_pss = at == (g->tdd ? 2 * 16 + 2 : last);
    bool is_sss = at == (g->tdd ? 16 + last : last - 1);

    s->has_sync = is_pss || is_sss;
    for (size_t i = 0; s->has_sync && i < LTE_N_SYNC; i++) {
        s->sync[LTE_SYNC_K + i] =
            is_pss ? g->pss[i] : g->sss[slot / SYNC_SLOTS][i];
    }
}

void lte_grid_symbol(const struct lte_grid *g, unsigned slot, unsigned l,
                     const float complex *pbch, struct lte_grid_symbol *s)
{
    assert(slot < LTE_GRID_SLOTS && l < 7);
    memset(s, 0, sizeof *s);
    grid_crs(g, slot, l, s);
    if (pbch != NULL && slot == 1 && l < 4) {
        grid_pbch(g, l, pbch, s);
    }
    grid_sync(g, slot, l, s);
}
