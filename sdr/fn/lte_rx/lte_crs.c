/* lte_crs.c - reference signals of port 0, 3GPP TS 36.211 6.10.1. */
#include "sdr/fn/lte_rx/lte_crs.h"

#include <math.h>

#include "sdr/dsp/cf.h"

enum {
    SUBFRAMES = 10,
    N_PORTS = 2, /* a cell is measured by the clearer of these */
};

/* Products of channel values whose phases must agree in a real cell. */
struct crs_sums {
    float complex slot;   /* half a millisecond apart, same subcarrier */
    float complex symbol; /* first and second symbol of a slot */
    float complex six;    /* six subcarriers apart, same symbol */
    float power[2];       /* of the first and second slots */
    /* 'slot' by place in the frame: cells and their reference signals repeat,
     * so that only the places are independent of each other. */
    float complex place[SUBFRAMES][2 * LTE_N_CRS];
    size_t n;   /* products in 'slot' */
    float rssi; /* of the 72 subcarriers, one for each product */
};

/* Channel from one port in one subframe. */
struct crs_port {
    float complex h[2][2][LTE_N_CRS]; /* [slot][symbol][subcarrier] */
    bool is_above; /* the second symbol's subcarriers lie above the first's */
    float rssi[2]; /* by slot: both symbols, all 72 subcarriers */
};

/* Sample at which the useful part of pilot p's symbol begins. */
static double crs_at(const struct lte_iq *iq, const struct lte_cand *c,
                     double frame_start, const struct lte_pilot *p)
{
    unsigned l = lte_crs_symbol(&c->id, p);
    double offset = (double)lte_symbol_at(c->id.extended, p->slot, l);

    return frame_start + offset * lte_clock(iq, c->cfo_hz);
}

/* Channel h[12] from subcarriers y[72] and the values r[12] sent. */
static void crs_divide(const struct lte_cand *c, const struct lte_pilot *p,
                       const float complex *y, const float complex *r,
                       float complex *h)
{
    size_t k = lte_crs_first(&c->id, p);

    for (size_t m = 0; m < LTE_N_CRS; m++) {
        h[m] = y[k + 6 * m] * conjf(r[m]);
    }
}

void lte_crs_pilots(const struct lte_cand *c, const struct lte_pilot *p,
                    const float complex *y, float complex h[LTE_N_CRS])
{
    float complex r[LTE_N_CRS];

    lte_crs(&c->id, p, r);
    crs_divide(c, p, y, r, h);
}

/* The symbols that are measured. */
struct crs_plan {
    unsigned n;             /* subframes of a frame */
    unsigned sf[SUBFRAMES]; /* which ones */
    struct lte_pilot pilot[SUBFRAMES][4];
    float complex r[SUBFRAMES][4][LTE_N_CRS]; /* the same from both ports */
};

/* FDD: all subframes, though up to six may be MBSFN and have none; TDD: 0 and
 * 5, which are downlink in all configurations. */
static void crs_plan_init(const struct lte_cand *c, struct crs_plan *plan)
{
    plan->n = 0;
    for (unsigned sf = 0; sf < SUBFRAMES; sf += c->tdd ? 5 : 1) {
        for (unsigned k = 0; k < 4; k++) {
            struct lte_pilot *p = &plan->pilot[plan->n][k];
            *p = (struct lte_pilot){0, 2 * sf + k / 2, k % 2 != 0};
            lte_crs(&c->id, p, plan->r[plan->n][k]);
        }
        plan->sf[plan->n++] = sf;
    }
}

/* Subframe 'i' of the plan in the frame that begins at 'frame'. */
static bool crs_subframe(struct lte_ofdm *o, const struct lte_iq *iq,
                         const struct lte_cand *c, const struct crs_plan *plan,
                         double frame, unsigned i,
                         struct crs_port port[N_PORTS])
{
    float complex y[4][LTE_N_SC];
    double at[4];

    for (unsigned k = 0; k < 4; k++) {
        at[k] = crs_at(iq, c, frame, &plan->pilot[i][k]);
    }
    if (lte_ofdm_symbols(o, iq, at, 4, c->cfo_hz, y) != 0xf) {
        return false;
    }
    for (unsigned k = 0; k < 4; k++) {
        struct lte_pilot p = plan->pilot[i][k];
        const float complex *r = plan->r[i][k];
        float rssi = 0;
        for (size_t n = 0; n < LTE_N_SC; n++) {
            rssi += cf_norm(y[k][n]);
        }
        for (p.port = 0; p.port < N_PORTS; p.port++) {
            crs_divide(c, &p, y[k], r, port[p.port].h[k / 2][k % 2]);
            port[p.port].rssi[k / 2] =
                rssi + (k % 2 != 0 ? port[p.port].rssi[k / 2] : 0);
            port[p.port].is_above =
                (lte_crs_first(&c->id, &p) >= 3) == p.is_second;
        }
    }
    return true;
}

static void crs_add_slots(const struct crs_port *p, unsigned i,
                          struct crs_sums *sum)
{
    for (unsigned k = 0; k < 2 * LTE_N_CRS; k++) {
        float complex a = p->h[0][k % 2][k / 2];
        float complex b = p->h[1][k % 2][k / 2];
        sum->slot += b * conjf(a);
        sum->place[i][k] += b * conjf(a);
        sum->power[0] += cf_norm(a);
        sum->power[1] += cf_norm(b);
    }
    sum->n += 2 * LTE_N_CRS;
    sum->rssi += (p->rssi[0] + p->rssi[1]) / 4 * 2 * LTE_N_CRS;
}

static void crs_add_symbols(const struct crs_port *p, struct crs_sums *sum)
{
    for (size_t slot = 0; slot < 2; slot++) {
        const float complex *a = p->h[slot][0];
        const float complex *b = p->h[slot][1];
        for (size_t m = 0; m + 1 < LTE_N_CRS; m++) {
            /* Neighbours on both sides: a delay turns them in opposite ways. */
            float complex mid = p->is_above ? b[m] : b[m + 1];
            sum->symbol += mid * conjf(a[m] + a[m + 1]);
            sum->six += a[m + 1] * conjf(a[m]) + b[m + 1] * conjf(b[m]);
        }
    }
}

/* Residual frequency: the slots' phase, unfolded by that of the symbols. */
static double crs_cfo(const struct crs_sums *sum, bool extended)
{
    double slot_hz = (double)LTE_RATE_HZ / LTE_SLOT;
    double symbol_s = (extended ? 480.0 : 548.0) / LTE_RATE_HZ;
    double coarse = (double)cargf(sum->symbol) / (2 * M_PI) / symbol_s;
    double fine = (double)cargf(sum->slot) / (2 * M_PI) * slot_hz;

    return fine + slot_hz * round((coarse - fine) / slot_hz);
}

/* How unlikely the sum of slots is for random phases; 0 without any. */
static float crs_evidence(const struct crs_sums *sum)
{
    float scatter = 0;

    for (unsigned k = 0; k < SUBFRAMES * 2 * LTE_N_CRS; k++) {
        scatter +=
            cf_norm(sum->place[k / (2 * LTE_N_CRS)][k % (2 * LTE_N_CRS)]);
    }
    return scatter > 0 ? cf_norm(sum->slot) / scatter : 0;
}

static float crs_db(double ratio)
{
    return ratio > 1e-20 ? (float)(10 * log10(ratio)) : -200;
}

/* Levels of TS 36.214 5.1.1 and 5.1.3: the product of two slots has no noise
 * in its mean. */
static void crs_levels(const struct crs_sums *sum, struct lte_cand *c)
{
    double n = (double)sum->n * LTE_FFT * LTE_FFT;
    double rsrp = (double)cabsf(sum->slot) / n;
    double rssi = (double)sum->rssi / n;
    double noise = (double)(sum->power[0] + sum->power[1]) / 2 / n - rsrp;

    c->rsrp_db = crs_db(rsrp);
    c->rsrq_db = crs_db(LTE_N_SC / 12 * rsrp / rssi);
    c->snr_db = crs_db(rsrp / (noise > 1e-6 * rsrp ? noise : 1e-6 * rsrp));
}

void lte_crs_measure(struct lte_ofdm *o, const struct lte_iq *iq,
                     struct lte_cand *c)
{
    struct crs_sums sum[N_PORTS] = {0};
    const struct crs_sums *best = &sum[0];
    struct crs_port port[N_PORTS];
    struct crs_plan plan;

    double period = LTE_FRAME * lte_clock(iq, c->cfo_hz);

    crs_plan_init(c, &plan);
    c->coherence = 0;
    c->evidence = 0;
    for (double frame = c->start; frame < (double)iq->n; frame += period) {
        for (unsigned i = 0; i < plan.n; i++) {
            if (!crs_subframe(o, iq, c, &plan, frame, i, port)) {
                continue;
            }
            for (size_t k = 0; k < N_PORTS; k++) {
                crs_add_slots(&port[k], i, &sum[k]);
                crs_add_symbols(&port[k], &sum[k]);
            }
        }
    }
    for (size_t k = 1; k < N_PORTS; k++) {
        best = crs_evidence(&sum[k]) > crs_evidence(best) ? &sum[k] : best;
    }
    if (!(crs_evidence(best) > 0)) {
        return;
    }
    c->coherence = cabsf(best->slot) / sqrtf(best->power[0] * best->power[1]);
    c->evidence = crs_evidence(best);
    crs_levels(best, c);
    c->cfo_hz += crs_cfo(best, c->id.extended);
    c->start -= (double)cargf(best->six) / (2 * M_PI) * LTE_FFT / 6;
}
