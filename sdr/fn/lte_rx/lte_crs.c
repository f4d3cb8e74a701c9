/* lte_crs.c - reference signals of port 0, 3GPP TS 36.211 6.10.1. */
#include "sdr/fn/lte_rx/lte_crs.h"

#include <math.h>

enum {
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
    float complex place[2][2 * LTE_N_CRS];
};

/* Channel from one port in one subframe. */
struct crs_port {
    float complex h[2][2][LTE_N_CRS]; /* [slot][symbol][subcarrier] */
    bool is_above; /* the second symbol's subcarriers lie above the first's */
};

/* Subcarriers y[72] of the symbol of pilot 'p'. */
static bool crs_symbol(struct lte_ofdm *o, const struct lte_iq *iq,
                       const struct lte_cand *c, double frame_start,
                       const struct lte_pilot *p, float complex *y)
{
    unsigned l = lte_crs_symbol(&c->id, p);
    double offset = (double)lte_symbol_at(c->id.extended, p->slot, l);
    double at = frame_start + offset * lte_clock(iq, c->cfo_hz);

    return lte_ofdm_symbol(o, iq, at, c->cfo_hz, y);
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

bool lte_crs_pilots(struct lte_ofdm *o, const struct lte_iq *iq,
                    const struct lte_cand *c, double frame_start,
                    const struct lte_pilot *p, float complex h[LTE_N_CRS])
{
    float complex y[LTE_N_SC];
    float complex r[LTE_N_CRS];

    if (!crs_symbol(o, iq, c, frame_start, p, y)) {
        return false;
    }
    lte_crs(&c->id, p, r);
    crs_divide(c, p, y, r, h);
    return true;
}

/* The symbols of subframes 0 and 5 that are measured: [half][4]. */
struct crs_plan {
    struct lte_pilot pilot[2][4];
    float complex r[2][4][LTE_N_CRS]; /* the same from both ports */
};

static void crs_plan_init(const struct lte_id *id, struct crs_plan *plan)
{
    for (unsigned half = 0; half < 2; half++) {
        for (unsigned k = 0; k < 4; k++) {
            struct lte_pilot *p = &plan->pilot[half][k];
            *p = (struct lte_pilot){0, 10 * half + k / 2, k % 2 != 0};
            lte_crs(id, p, plan->r[half][k]);
        }
    }
}

/* Subframe 0 or 5 of the frame that half-frame 'half' belongs to. */
static bool crs_subframe(struct lte_ofdm *o, const struct lte_iq *iq,
                         const struct lte_cand *c, const struct crs_plan *plan,
                         size_t half, struct crs_port port[N_PORTS])
{
    double period = LTE_FRAME * lte_clock(iq, c->cfo_hz);
    size_t n_frames = half / 2;
    double frame = c->start + (double)n_frames * period;

    for (unsigned k = 0; k < 4; k++) {
        struct lte_pilot p = plan->pilot[half % 2][k];
        const float complex *r = plan->r[half % 2][k];
        float complex y[LTE_N_SC];
        if (!crs_symbol(o, iq, c, frame, &p, y)) {
            return false;
        }
        for (p.port = 0; p.port < N_PORTS; p.port++) {
            crs_divide(c, &p, y, r, port[p.port].h[k / 2][k % 2]);
            port[p.port].is_above =
                (lte_crs_first(&c->id, &p) >= 3) == p.is_second;
        }
    }
    return true;
}

static float crs_power(float complex v)
{
    return crealf(v) * crealf(v) + cimagf(v) * cimagf(v);
}

static void crs_add_slots(const struct crs_port *p, size_t half,
                          struct crs_sums *sum)
{
    for (unsigned k = 0; k < 2 * LTE_N_CRS; k++) {
        float complex a = p->h[0][k % 2][k / 2];
        float complex b = p->h[1][k % 2][k / 2];
        sum->slot += b * conjf(a);
        sum->place[half % 2][k] += b * conjf(a);
        sum->power[0] += crs_power(a);
        sum->power[1] += crs_power(b);
    }
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

    for (unsigned k = 0; k < 2 * LTE_N_CRS; k++) {
        scatter += crs_power(sum->place[0][k]) + crs_power(sum->place[1][k]);
    }
    return scatter > 0 ? crs_power(sum->slot) / scatter : 0;
}

void lte_crs_measure(struct lte_ofdm *o, const struct lte_iq *iq,
                     struct lte_cand *c)
{
    struct crs_sums sum[N_PORTS] = {0};
    const struct crs_sums *best = &sum[0];
    struct crs_port port[N_PORTS];
    struct crs_plan plan = {0};

    crs_plan_init(&c->id, &plan);
    c->coherence = 0;
    c->evidence = 0;
    for (size_t half = 0;
         c->start + (double)half * LTE_HALF_FRAME < (double)iq->n; half++) {
        if (!crs_subframe(o, iq, c, &plan, half, port)) {
            continue;
        }
        for (size_t k = 0; k < N_PORTS; k++) {
            crs_add_slots(&port[k], half, &sum[k]);
            crs_add_symbols(&port[k], &sum[k]);
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
    c->cfo_hz += crs_cfo(best, c->id.extended);
    c->start -= (double)cargf(best->six) / (2 * M_PI) * LTE_FFT / 6;
}
