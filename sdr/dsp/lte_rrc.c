/*
 * lte_rrc.c - see lte_rrc.h.  A read behind the end gives zeros and sets
 * 'failed'; loops are bounded by what their length fields can hold.
 */
#include "sdr/dsp/lte_rrc.h"

#include <string.h>

enum {
    SIB_LATER = 10, /* alternatives behind the extension marker count from 0 */
};

struct uper {
    const uint8_t *bytes;
    size_t n, at; /* bits */
    bool failed;
};

static uint32_t get(struct uper *u, unsigned n)
{
    uint32_t v = 0;

    if (n > u->n - u->at) {
        u->at = u->n;
        u->failed = true;
        return 0;
    }
    for (unsigned k = 0; k < n; k++, u->at++) {
        v = v << 1 | (uint32_t)(u->bytes[u->at / 8] >> (7 - u->at % 8) & 1);
    }
    return v;
}

static bool get_flag(struct uper *u)
{
    return get(u, 1) != 0;
}

static void skip(struct uper *u, size_t n)
{
    if (n > u->n - u->at) {
        u->at = u->n;
        u->failed = true;
    } else {
        u->at += n;
    }
}

/* Of n values, in as many bits as that takes; more is refused. */
static uint32_t get_below(struct uper *u, unsigned bits, uint32_t n)
{
    uint32_t v = get(u, bits);

    if (v >= n) {
        u->failed = true;
        return 0;
    }
    return v;
}

/* X.691 11.6: a normally small number; more than 63 is refused. */
static uint32_t get_small(struct uper *u)
{
    if (get_flag(u)) {
        u->failed = true;
        return 0;
    }
    return get(u, 6);
}

/* X.691 11.9: a length in bytes, without fragments. */
static uint32_t get_length(struct uper *u)
{
    if (!get_flag(u)) {
        return get(u, 7);
    }
    if (get_flag(u)) {
        u->failed = true;
        return 0;
    }
    return get(u, 14);
}

static void skip_open_type(struct uper *u)
{
    skip(u, 8 * (size_t)get_length(u));
}

/* The additions behind an extension marker, X.691 19.7 to 19.9. */
static void skip_additions(struct uper *u)
{
    uint32_t n = get_small(u) + 1;
    uint32_t present = 0;

    for (uint32_t k = 0; k < n; k++) {
        present += get_flag(u) ? 1 : 0;
    }
    for (uint32_t k = 0; k < present && !u->failed; k++) {
        skip_open_type(u);
    }
}

/* Of -70 to -22, in 2 dBm. */
static int8_t get_rx_lev_min(struct uper *u)
{
    return (int8_t)((int)get_below(u, 6, 49) - 70);
}

static void get_digits(struct uper *u, unsigned n, uint8_t *digit)
{
    for (unsigned k = 0; k < n; k++) {
        digit[k] = (uint8_t)get_below(u, 4, 10);
    }
}

static void get_plmns(struct uper *u, struct lte_sib1 *s)
{
    s->n_plmn = (uint8_t)(get_below(u, 3, LTE_PLMN_MAX) + 1);
    for (unsigned k = 0; k < s->n_plmn; k++) {
        struct lte_plmn *p = &s->plmn[k];
        bool has_mcc = get_flag(u);
        if (has_mcc) {
            get_digits(u, 3, p->mcc);
        } else if (k > 0) {
            memcpy(p->mcc, s->plmn[k - 1].mcc, sizeof p->mcc);
        } else {
            u->failed = true; /* the first one has it */
        }
        p->n_mnc = get_flag(u) ? 3 : 2;
        get_digits(u, p->n_mnc, p->mnc);
        p->reserved = !get_flag(u);
    }
}

static void get_schedule(struct uper *u, struct lte_sib1 *s)
{
    s->n_si = (uint8_t)(get(u, 5) + 1);
    for (unsigned k = 0; k < s->n_si; k++) {
        struct lte_si_entry *e = &s->si[k];
        e->period = (uint16_t)(8u << get_below(u, 3, 7));
        e->n_sibs = (uint8_t)get(u, 5);
        for (unsigned j = 0; j < e->n_sibs; j++) {
            if (get_flag(u)) {
                (void)get_small(u); /* sibType19 and later */
                e->sib[j] = 0;
            } else {
                e->sib[j] = (uint8_t)(get(u, 4) + 3);
            }
        }
    }
}

static void get_sib1(struct uper *u, struct lte_sib1 *s)
{
    static const uint8_t window_ms[7] = {1, 2, 5, 10, 15, 20, 40};
    bool has_p_max = get_flag(u);
    bool has_tdd = get_flag(u);
    (void)get_flag(u); /* nonCriticalExtension, behind what is read */
    bool has_csg = get_flag(u);

    get_plmns(u, s);
    s->tac = (uint16_t)get(u, 16);
    s->cell_identity = get(u, 28);
    s->barred = !get_flag(u);
    (void)get_flag(u); /* intraFreqReselection */
    (void)get_flag(u); /* csg-Indication */
    skip(u, has_csg ? 27 : 0);
    bool has_offset = get_flag(u);
    s->q_rx_lev_min = get_rx_lev_min(u);
    skip(u, has_offset ? 3 : 0);
    skip(u, has_p_max ? 6 : 0);
    s->band = (uint8_t)(get(u, 6) + 1);
    get_schedule(u, s);
    s->tdd_config = -1;
    if (has_tdd) {
        s->tdd_config = (int8_t)get_below(u, 3, 7);
        s->tdd_special = (uint8_t)get_below(u, 4, 9);
    }
    s->window_ms = window_ms[get_below(u, 3, 7)];
    s->value_tag = (uint8_t)get(u, 5);
}

/* Q-OffsetRange: -24, -22 .. -6, -5 .. 6, 8 .. 24 dB. */
static int8_t get_offset(struct uper *u)
{
    int k = (int)get_below(u, 5, 31);

    return (int8_t)(k < 10 ? 2 * k - 24 : k < 22 ? k - 15 : 2 * k - 36);
}

static void get_sib3(struct uper *u, struct lte_serving *s)
{
    bool is_extended = get_flag(u);
    bool has_speed = get_flag(u);
    uint32_t hyst = get(u, 4); /* 0 .. 6, 8 .. 24 dB */

    s->known = true;
    s->q_hyst_db = (uint8_t)(hyst < 7 ? hyst : 2 * hyst - 6);
    skip(u, has_speed ? 3 + 3 + 4 + 4 + 2 + 2 : 0);
    s->s_non_intra = (int8_t)(get_flag(u) ? (int)get(u, 5) : -1);
    s->thresh_low = (uint8_t)get(u, 5);
    s->priority = (uint8_t)get(u, 3);
    uint32_t has = get(u, 4);
    s->q_rx_lev_min = get_rx_lev_min(u);
    skip(u, 1 + 2 + 3);
    skip(u, has & 8 ? 6 : 0); /* p-Max */
    skip(u, has & 4 ? 5 : 0); /* s-IntraSearch */
    skip(u, has & 2 ? 3 : 0); /* allowedMeasBandwidth */
    skip(u, has & 1 ? 4 : 0); /* t-ReselectionEUTRA-SF */
    if (is_extended) {
        skip_additions(u);
    }
}

static uint16_t get_pci(struct uper *u)
{
    return (uint16_t)get_below(u, 9, 504);
}

static void skip_black_cells(struct uper *u)
{
    uint32_t n = get(u, 4) + 1;

    for (uint32_t k = 0; k < n; k++) {
        bool has_range = get_flag(u);
        (void)get_pci(u);
        skip(u, has_range ? 4 : 0);
    }
}

/* Neighbours: with an extension marker each in SIB4, without in SIB5. */
static void get_cells(struct uper *u, bool extensible, struct lte_carrier *c)
{
    c->n_cells = (uint8_t)(get(u, 4) + 1);
    for (unsigned k = 0; k < c->n_cells; k++) {
        bool is_extended = extensible && get_flag(u);
        c->pci[k] = get_pci(u);
        c->offset_db[k] = get_offset(u);
        if (is_extended) {
            skip_additions(u);
        }
    }
}

static void get_sib4(struct uper *u, struct lte_carrier *c)
{
    bool is_extended = get_flag(u);
    uint32_t has = get(u, 3);

    if (has & 4) {
        get_cells(u, true, c);
    }
    if (has & 2) {
        skip_black_cells(u);
    }
    if (has & 1) { /* csg-PhysCellIdRange */
        bool has_range = get_flag(u);
        (void)get_pci(u);
        skip(u, has_range ? 4 : 0);
    }
    if (is_extended) {
        skip_additions(u);
    }
}

static void get_carrier(struct uper *u, struct lte_carrier *c)
{
    bool is_extended = get_flag(u);
    uint32_t has = get(u, 6);
    static const uint8_t prb[6] = {6, 15, 25, 50, 75, 100};

    c->has_earfcn = true;
    c->earfcn = (uint16_t)get(u, 16);
    c->q_rx_lev_min = get_rx_lev_min(u);
    skip(u, has & 32 ? 6 : 0); /* p-Max */
    skip(u, 3);                /* t-ReselectionEUTRA */
    skip(u, has & 16 ? 4 : 0); /* t-ReselectionEUTRA-SF */
    c->thresh_high = (uint8_t)get(u, 5);
    c->thresh_low = (uint8_t)get(u, 5);
    c->prb = prb[get_below(u, 3, 6)];
    skip(u, 1); /* presenceAntennaPort1 */
    c->priority = (int8_t)(has & 8 ? (int)get(u, 3) : -1);
    skip(u, 2); /* neighCellConfig */
    c->q_offset_db = has & 4 ? get_offset(u) : 0;
    if (has & 2) {
        get_cells(u, false, c);
    }
    if (has & 1) {
        skip_black_cells(u);
    }
    if (is_extended) {
        skip_additions(u);
    }
}

static void get_sib5(struct uper *u, struct lte_sibs *s)
{
    bool is_extended = get_flag(u);
    uint32_t n = get(u, 3) + 1;

    for (uint32_t k = 0; k < n; k++) {
        struct lte_carrier c = {0};
        get_carrier(u, &c);
        if (s->n_carriers == LTE_CARRIER_MAX + 1) {
            u->failed = true; /* there is one SIB5 in a message */
            return;
        }
        s->carrier[s->n_carriers++] = c;
    }
    if (is_extended) {
        skip_additions(u);
    }
}

/* One block; false: what follows cannot be found. */
static bool get_sib(struct uper *u, struct lte_sibs *s)
{
    uint8_t *type = &s->sib[s->n_sibs++];

    if (get_flag(u)) {
        (void)get_small(u);
        *type = 0;
        skip_open_type(u);
        return true;
    }
    *type = (uint8_t)(get_below(u, 4, SIB_LATER) + 2);
    switch (*type) {
    case 3: get_sib3(u, &s->serving); return true;
    case 4:
        if (s->n_carriers == LTE_CARRIER_MAX + 1) {
            u->failed = true;
            return false;
        }
        get_sib4(u, &s->carrier[s->n_carriers++]);
        return true;
    case 5: get_sib5(u, s); return true;
    default: return false;
    }
}

static enum lte_rrc_kind get_si(struct uper *u, struct lte_sibs *s)
{
    bool is_known = true;

    if (get_flag(u)) {
        return LTE_RRC_OTHER; /* criticalExtensionsFuture */
    }
    (void)get_flag(u); /* nonCriticalExtension, behind the blocks */
    uint32_t n = get(u, 5) + 1;
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
    if (get_flag(&u)) {
        m->kind = LTE_RRC_OTHER; /* messageClassExtension */
    } else if (get_flag(&u)) {
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
