/* lte_rrc.c - see lte_rrc.h; the blocks of a message are read by lte_sib.h. */
#include "sdr/dsp/lte_rrc.h"

#include <string.h>

#include "sdr/dsp/lte_sib.h"
#include "sdr/dsp/uper.h"

enum {
    SIB_READ = 7,   /* and those before */
    SIB_LATER = 10, /* alternatives behind the extension marker count from 0 */
};

static void get_digits(struct uper *u, unsigned n, uint8_t *digit)
{
    for (unsigned k = 0; k < n; k++) {
        digit[k] = (uint8_t)uper_below(u, 4, 10);
    }
}

static void get_plmns(struct uper *u, struct lte_sib1 *s)
{
    s->n_plmn = (uint8_t)(uper_below(u, 3, LTE_PLMN_MAX) + 1);
    for (unsigned k = 0; k < s->n_plmn; k++) {
        struct lte_plmn *p = &s->plmn[k];
        bool has_mcc = uper_flag(u);
        if (has_mcc) {
            get_digits(u, 3, p->mcc);
        } else if (k > 0) {
            memcpy(p->mcc, s->plmn[k - 1].mcc, sizeof p->mcc);
        } else {
            u->failed = true; /* the first one has it */
        }
        p->n_mnc = uper_flag(u) ? 3 : 2;
        get_digits(u, p->n_mnc, p->mnc);
        p->reserved = !uper_flag(u);
    }
}

static void get_schedule(struct uper *u, struct lte_sib1 *s)
{
    s->n_si = (uint8_t)(uper_get(u, 5) + 1);
    for (unsigned k = 0; k < s->n_si; k++) {
        struct lte_si_entry *e = &s->si[k];
        e->period = (uint16_t)(8u << uper_below(u, 3, 7));
        e->n_sibs = (uint8_t)uper_get(u, 5);
        for (unsigned j = 0; j < e->n_sibs; j++) {
            if (uper_flag(u)) {
                (void)uper_small(u); /* sibType19 and later */
                e->sib[j] = 0;
            } else {
                e->sib[j] = (uint8_t)(uper_get(u, 4) + 3);
            }
        }
    }
}

static void get_sib1(struct uper *u, struct lte_sib1 *s)
{
    static const uint8_t window_ms[7] = {1, 2, 5, 10, 15, 20, 40};
    bool has_p_max = uper_flag(u);
    bool has_tdd = uper_flag(u);
    (void)uper_flag(u); /* nonCriticalExtension, behind what is read */
    bool has_csg = uper_flag(u);

    get_plmns(u, s);
    s->tac = (uint16_t)uper_get(u, 16);
    s->cell_identity = uper_get(u, 28);
    s->barred = !uper_flag(u);
    (void)uper_flag(u); /* intraFreqReselection */
    (void)uper_flag(u); /* csg-Indication */
    uper_skip(u, has_csg ? 27 : 0);
    bool has_offset = uper_flag(u);
    s->q_rx_lev_min = lte_sib_rx_lev_min(u);
    uper_skip(u, has_offset ? 3 : 0);
    uper_skip(u, has_p_max ? 6 : 0);
    s->band = (uint8_t)(uper_get(u, 6) + 1);
    get_schedule(u, s);
    s->tdd_config = -1;
    if (has_tdd) {
        s->tdd_config = (int8_t)uper_below(u, 3, 7);
        s->tdd_special = (uint8_t)uper_below(u, 4, 9);
    }
    s->window_ms = window_ms[uper_below(u, 3, 7)];
    s->value_tag = (uint8_t)uper_get(u, 5);
}

/* One block; false: what follows cannot be found. */
static bool get_sib(struct uper *u, struct lte_sibs *s)
{
    uint8_t *type = &s->sib[s->n_sibs];

    if (uper_flag(u)) {
        (void)uper_small(u);
        s->n_sibs++;
        uper_skip_open(u);
        return true;
    }
    *type = (uint8_t)(uper_below(u, 4, SIB_LATER) + 2);
    if (*type <= SIB_READ && memchr(s->sib, *type, s->n_sibs) != NULL) {
        u->failed = true;
        return false;
    }
    s->n_sibs++;
    switch (*type) {
    case 2: lte_sib2(u, &s->common); return true;
    case 3: lte_sib3(u, &s->serving); return true;
    case 4: lte_sib4(u, s); return true;
    case 5: lte_sib5(u, s); return true;
    case 6: lte_sib6(u, &s->utra); return true;
    case 7: lte_sib7(u, &s->geran); return true;
    default: return false;
    }
}

static enum lte_rrc_kind get_si(struct uper *u, struct lte_sibs *s)
{
    bool is_known = true;

    if (uper_flag(u)) {
        return LTE_RRC_OTHER; /* criticalExtensionsFuture */
    }
    (void)uper_flag(u); /* nonCriticalExtension, behind the blocks */
    uint32_t n = uper_get(u, 5) + 1;
    for (uint32_t k = 0; k < n && is_known && !u->failed; k++) {
        is_known = get_sib(u, s);
    }
    return LTE_RRC_SI;
}

enum lte_rrc_kind lte_rrc_read(const uint8_t *bytes, size_t n,
                               struct lte_rrc *m)
{
    struct uper u = {.bytes = bytes, .n = 8 * n};

    memset(m, 0, sizeof *m);
    if (uper_flag(&u)) {
        m->kind = LTE_RRC_OTHER; /* messageClassExtension */
    } else if (uper_flag(&u)) {
        get_sib1(&u, &m->sib1);
        m->kind = LTE_RRC_SIB1;
    } else {
        m->kind = get_si(&u, &m->sibs);
    }
    if (u.failed) {
        memset(m, 0, sizeof *m);
        m->kind = LTE_RRC_REFUSED;
    }
    return m->kind;
}
