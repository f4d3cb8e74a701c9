/* dsss_sync.c - Barker correlation and the start frame delimiter. */
#include "sdr/fn/wifi_rx/dsss_sync.h"

#include <math.h>
#include <string.h>

#include "sdr/dsp/cf.h"

enum {
    SYMBOLS = 8,              /* of a look */
    PLACES = DSSS_SYMBOL / 2, /* every other sample */
    LANES = 12, /* of vectors: places, and some that do not count */
    SPAN = DSSS_LOOK - DSSS_LOOK_PART, /* samples of half a look */
    REFINE = 2,                        /* samples that it may be off */
    OFFSET_SYMBOLS = 24,               /* that give the carrier offset */
    BEFORE = 8,       /* SYNC bits that are looked at before the SFD ... */
    BEFORE_LEAST = 6, /* ... of which so many must be right */
    ERRORS_MOST = 2,  /* in the SFD */
    SFD = WIFI_DSSS_SFD_BITS,
};

static const float gain_min = 3.4f; /* of the correlation, mean 1 in noise */
static const float energy_min = 1e-30f; /* of a look; below it is silence */

/* A chip, t in chips from its middle: about what mask and filters leave. */
static float pulse(float t)
{
    return fabsf(t) < 1 ? 0.5f + 0.5f * cosf((float)M_PI * t) : 0;
}

void dsss_sync_init(struct dsss_sync *s)
{
    float energy = 0;

    for (int k = 0; k < DSSS_SYMBOL; k++) {
        float at = (float)k * WIFI_DSSS_BARKER / DSSS_SYMBOL;
        s->barker[k] = 0;
        for (int c = 0; c < WIFI_DSSS_BARKER; c++) {
            s->barker[k] +=
                (float)wifi_dsss_barker[c] * pulse(at - (float)c - 0.5f);
        }
        energy += s->barker[k] * s->barker[k];
    }
    for (int k = 0; k < DSSS_SYMBOL; k++) {
        s->barker[k] /= sqrtf(energy);
    }
}

/* Even and odd samples apart. */
struct parts {
    float re[2][SPAN / 2 + LANES];
    float im[2][SPAN / 2 + LANES];
};

/* Adds |correlation|^2 of the symbols around sample 2 'from' at all places. */
static void add_symbol(const float *restrict barker,
                       const struct parts *restrict p, size_t from,
                       float *restrict sum)
{
    float re[LANES] = {0};
    float im[LANES] = {0};

    for (size_t j = 0; j < DSSS_SYMBOL; j++) {
        const float *r = p->re[j % 2] + from + j / 2;
        const float *i = p->im[j % 2] + from + j / 2;
        for (size_t k = 0; k < LANES; k++) {
            re[k] += r[k] * barker[j];
            im[k] += i[k] * barker[j];
        }
    }
    for (size_t k = 0; k < LANES; k++) {
        sum[k] += re[k] * re[k] + im[k] * im[k];
    }
}

/* Looks at 8 symbols of x[SPAN]; the sample at which they begin. */
static bool look(const struct dsss_sync *s, const float complex *x,
                 size_t *place)
{
    struct parts p;
    float sum[LANES] = {0};
    float energy = 0;
    size_t best = 0;

    memset(&p, 0, sizeof p);
    for (size_t k = 0; k < SPAN / 2; k++) {
        p.re[0][k] = crealf(x[2 * k]);
        p.im[0][k] = cimagf(x[2 * k]);
        p.re[1][k] = crealf(x[2 * k + 1]);
        p.im[1][k] = cimagf(x[2 * k + 1]);
    }
    for (size_t k = 0; k < SYMBOLS * DSSS_SYMBOL; k++) {
        energy += cf_norm(x[k]);
    }
    for (size_t k = 0; k < SYMBOLS; k++) {
        add_symbol(s->barker, &p, k * PLACES, sum);
    }
    for (size_t k = 1; k < PLACES; k++) {
        best = sum[k] > sum[best] ? k : best;
    }
    *place = 2 * best;
    return energy > energy_min && energy < INFINITY &&
           sum[best] * DSSS_SYMBOL > gain_min * energy;
}

bool dsss_look(const struct dsss_sync *s, const float complex *x, size_t *place)
{
    if (!look(s, x, place) || !look(s, x + DSSS_LOOK_PART, place)) {
        return false;
    }
    *place += DSSS_LOOK_PART;
    return true;
}

/* Correlation of 'n' samples with the code. */
static float complex part(const float *barker, const float complex *x, size_t n)
{
    float complex sum = 0;

    for (size_t k = 0; k < n; k++) {
        sum += x[k] * barker[k];
    }
    return sum;
}

static float complex correlate(const struct dsss_sync *s,
                               const float complex *x)
{
    return part(s->barker, x, DSSS_SYMBOL);
}

/* Correlations with 'n' symbols whose carrier turns by 'turn' a symbol. */
static void correlate_all(const struct dsss_sync *s, const float complex *x,
                          size_t n, float turn, float complex *c)
{
    float complex code[DSSS_SYMBOL];

    for (size_t k = 0; k < DSSS_SYMBOL; k++) {
        code[k] =
            s->barker[k] * cf_polar(-turn * (float)k / (float)DSSS_SYMBOL);
    }
    for (size_t j = 0; j < n; j++) {
        c[j] = 0;
        for (size_t k = 0; k < DSSS_SYMBOL; k++) {
            c[j] += cf_mul(x[j * DSSS_SYMBOL + k], code[k]);
        }
    }
}

/* The sample around 'place' from which OFFSET_SYMBOLS are strongest. */
static size_t refine(const struct dsss_sync *s, const float complex *x,
                     size_t place)
{
    float most = -1;
    size_t best = place;

    for (size_t at = place - REFINE; at <= place + REFINE; at++) {
        float sum = 0;
        for (size_t j = 0; j < OFFSET_SYMBOLS; j++) {
            sum += cf_norm(correlate(s, x + at + j * DSSS_SYMBOL));
        }
        if (sum > most) {
            most = sum;
            best = at;
        }
    }
    return best;
}

/* How far the carrier turns in a symbol, a quarter turn (250 kHz) at most:
 * squares of the steps between symbols do not show the data. */
static float offset(const struct dsss_sync *s, const float complex *x)
{
    float complex squares = 0, last = correlate(s, x);

    for (size_t k = 1; k <= OFFSET_SYMBOLS; k++) {
        float complex c = correlate(s, x + k * DSSS_SYMBOL);
        float complex step = cf_mul_conj(c, last);
        squares += cf_mul(step, step);
        last = c;
    }
    return cargf(squares) / 2;
}

/*
 * How many bits on the air differ from an SFD that begins at bit k, when those
 * before it are right; SFD: its SYNC is not before it.
 */
static unsigned sfd_errors(const uint8_t *air, const uint8_t *plain, size_t k,
                           unsigned sfd, uint8_t sync)
{
    unsigned history = 0, errors = 0;
    int right = 0;

    for (size_t j = k - BEFORE; j < k; j++) {
        right += plain[j] == sync;
        history = (history << 1 | air[j]) & 0x7f;
    }
    for (size_t j = 0; j < SFD; j++) {
        errors += air[k + j] != wifi_dsss_scramble(sfd >> j & 1, &history);
    }
    return right >= BEFORE_LEAST ? errors : SFD;
}

/*
 * Fills in what was sent up to the SFD, which begins at bit 'k'; bit j lies
 * between symbols j and j + 1.  The seven before it are right; the plain bits
 * are known, so that the others follow from these.
 */
static void make_known(uint8_t *air, size_t k, struct dsss_synced *out)
{
    size_t sync = out->is_short ? WIFI_DSSS_SHORT_SYNC : WIFI_DSSS_LONG_SYNC;
    size_t first = k + 1 > sync ? k + 1 - sync : 0; /* symbol */
    unsigned sfd = out->is_short ? WIFI_DSSS_SHORT_SFD : WIFI_DSSS_LONG_SFD;
    int8_t sign = 1;

    for (size_t j = k - WIFI_DSSS_HISTORY; j-- > first;) {
        air[j] = air[j + 7] ^ air[j + 3] ^ !out->is_short;
    }
    out->history = 0;
    for (size_t j = k - WIFI_DSSS_HISTORY; j < k; j++) {
        out->history = out->history << 1 | air[j];
    }
    for (size_t j = 0; j < SFD; j++) {
        air[k + j] = wifi_dsss_scramble(sfd >> j & 1, &out->history);
    }
    out->n = k + 1 + SFD - first;
    out->at += first * DSSS_SYMBOL;
    out->sent[0] = 1;
    for (size_t j = 1; j < out->n; j++) {
        sign = air[first + j - 1] ? (int8_t)-sign : sign;
        out->sent[j] = sign;
    }
}

/* Finds the SFD in 'n' symbols and takes what is before it. */
static bool find_sfd(const struct dsss_sync *s, const float complex *x,
                     size_t n, float turn, struct dsss_synced *out)
{
    float complex c[DSSS_SYNC_SYMBOLS], back = cf_polar(-turn);
    uint8_t air[DSSS_SYNC_SYMBOLS], plain[DSSS_SYNC_SYMBOLS];
    unsigned history = 0, least = ERRORS_MOST + 1;
    size_t best = 0;

    correlate_all(s, x, n--, turn, c);
    for (size_t k = 0; k < n; k++) {
        air[k] = crealf(cf_mul(cf_mul_conj(c[k + 1], c[k]), back)) < 0;
        plain[k] = wifi_dsss_descramble(air[k], &history);
    }
    for (size_t k = WIFI_DSSS_HISTORY + BEFORE; k + SFD <= n; k++) {
        unsigned in_long = sfd_errors(air, plain, k, WIFI_DSSS_LONG_SFD, 1);
        unsigned in_short = sfd_errors(air, plain, k, WIFI_DSSS_SHORT_SFD, 0);
        unsigned errors = in_long < in_short ? in_long : in_short;
        if (errors < least) {
            least = errors;
            best = k;
            out->is_short = in_short < in_long;
        }
    }
    if (best > 0) {
        make_known(air, best, out);
    }
    return best > 0;
}

/* The offset again, from all known symbols: steps over ever more of them. */
static void measure(const struct dsss_sync *s, const float complex *x,
                    float turn, struct dsss_synced *out)
{
    float complex c[DSSS_SYNC_SYMBOLS];

    correlate_all(s, x, out->n, turn, c);
    for (size_t k = 0; k < out->n; k++) {
        c[k] *= (float)out->sent[k];
    }
    for (size_t lag = 1; lag <= out->n / 2; lag *= 3) {
        float complex sum = 0;
        for (size_t k = lag; k < out->n; k++) {
            sum += cf_mul_conj(c[k], c[k - lag]);
        }
        float off = cargf(cf_mul(sum, cf_polar(-turn * (float)lag)));
        turn += off / (float)lag;
    }
    out->cfo = turn / DSSS_SYMBOL;
}

bool dsss_sync_find(const struct dsss_sync *s, const float complex *x, size_t n,
                    size_t place, struct dsss_synced *out)
{
    if (n < place + REFINE + (OFFSET_SYMBOLS + 1) * DSSS_SYMBOL) {
        return false;
    }
    size_t at = refine(s, x, place);
    size_t symbols = (n - at) / DSSS_SYMBOL;
    symbols = symbols < DSSS_SYNC_SYMBOLS ? symbols : DSSS_SYNC_SYMBOLS;
    float turn = offset(s, x + at);
    out->at = at;
    if (!isfinite(turn)) {
        return false;
    }
    /* Beyond a quarter turn all bits are inverted. */
    if (!find_sfd(s, x + at, symbols, turn, out)) {
        turn += turn < 0 ? (float)M_PI : -(float)M_PI;
        if (!find_sfd(s, x + at, symbols, turn, out)) {
            return false;
        }
    }
    measure(s, x + out->at, turn, out);
    return isfinite(out->cfo);
}
