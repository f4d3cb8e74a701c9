/* dsss_demod.c - carrier loop, Barker code and CCK. */
#include "sdr/fn/wifi_rx/dsss_demod.h"

#include <math.h>

#include "sdr/dsp/cf.h"

/* Of the loop, a symbol. */
static const float phase_gain = 0.12f, drift_gain = 0.004f;

/* Removes the carrier's phase from a symbol, and follows it: 'axes' is 2 or 4;
 * the quarter it lies in. */
static unsigned follow(struct dsss_carrier *c, float complex point,
                       unsigned axes)
{
    float complex z = cf_mul(point, cf_polar(-c->phase));
    float re = crealf(z), im = cimagf(z);
    unsigned quarter = re < 0 ? 2 : 0;

    if (axes == 4 && fabsf(im) > fabsf(re)) {
        quarter = im < 0 ? 3 : 1;
    }
    float off = cargf(wifi_dsss_quarter(z, 4 - quarter));
    if (!isfinite(off)) {
        off = 0;
    }
    c->drift += drift_gain * off;
    c->phase += phase_gain * off + c->drift;
    c->phase = fmodf(c->phase, 2 * (float)M_PI);
    return quarter;
}

static float complex barker(const float complex *z)
{
    float complex sum = 0;

    for (size_t k = 0; k < WIFI_DSSS_BARKER; k++) {
        sum += z[k] * (float)wifi_dsss_barker[k];
    }
    return sum / WIFI_DSSS_BARKER;
}

void dsss_decide(struct dsss_carrier *c, const struct wifi_dsss_rate *rate,
                 const float complex *z, size_t number, uint8_t *bits,
                 float complex *as)
{
    float complex back = cf_polar(-c->phase), turn = cf_polar(c->phase);
    unsigned quarter, was = c->quarter;

    if (rate->chips == WIFI_DSSS_BARKER) {
        quarter = follow(c, barker(z), rate->symbol_bits == 1 ? 2 : 4);
        for (size_t k = 0; k < WIFI_DSSS_BARKER; k++) {
            as[k] =
                wifi_dsss_quarter(turn * (float)wifi_dsss_barker[k], quarter);
        }
        c->quarter = quarter;
        wifi_dsss_turned(quarter - was, rate->symbol_bits, bits);
        return;
    }
    float complex level[WIFI_DSSS_CCK];
    uint8_t word[WIFI_DSSS_CCK];
    for (size_t k = 0; k < WIFI_DSSS_CCK; k++) {
        level[k] = cf_mul(z[k], back);
    }
    float complex sum =
        wifi_dsss_cck_find(level, rate->symbol_bits - 2u, bits + 2, &quarter);
    /* The word's own quarter: follow() may not see another. */
    (void)follow(c, cf_mul(wifi_dsss_quarter(sum, 4 - quarter), turn), 2);
    wifi_dsss_cck(bits + 2, rate->symbol_bits - 2u, word);
    for (size_t k = 0; k < WIFI_DSSS_CCK; k++) {
        as[k] = wifi_dsss_quarter(turn, word[k] + quarter);
    }
    c->quarter = quarter;
    wifi_dsss_turned(quarter - was + (number % 2 == 1 ? 2 : 0), 2, bits);
}
