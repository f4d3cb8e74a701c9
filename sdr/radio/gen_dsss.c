/*
 * gen_dsss.c - from PSDU bytes to chips to samples.  The pulse of a chip is a
 * root raised cosine, which keeps the mask of 16.4.7.5 and fits 20 Msps.
 */
#include "sdr/radio/gen_dsss.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"

enum {
    RATE_HZ = 20000000,
    REACH = 8, /* chips of the pulse on either side */
    GRID = 20, /* samples of GRID_CHIPS chips, after which the places ... */
    GRID_CHIPS = WIFI_DSSS_BARKER, /* ... of chips between samples recur */
};

static const double roll_off = 0.4;

/* What goes out: chips so far and what they depend on. */
struct sender {
    uint8_t *chip;
    size_t n;
    unsigned scrambler;
    unsigned phase; /* of the last symbol, quarter turns */
};

static size_t sync_bits(const struct gen_dsss_frame *f)
{
    return f->short_preamble ? WIFI_DSSS_SHORT_SYNC : WIFI_DSSS_LONG_SYNC;
}

size_t gen_dsss_chips_max(const struct gen_dsss_frame *f)
{
    size_t header =
        WIFI_DSSS_HEADER_BITS / (f->short_preamble ? 2u : 1u); /* symbols */

    return (sync_bits(f) + WIFI_DSSS_SFD_BITS + header) * WIFI_DSSS_BARKER +
           wifi_dsss_symbols(f->rate, f->psdu_len) * f->rate->chips;
}

size_t gen_dsss_length(const struct gen_dsss_frame *f)
{
    return (gen_dsss_chips_max(f) * GRID + GRID_CHIPS - 1) / GRID_CHIPS;
}

/* A symbol of 1 or 2 bits. */
static void send_barker(struct sender *s, const uint8_t *plain, unsigned n_bits)
{
    uint8_t bits[2];

    for (unsigned k = 0; k < n_bits; k++) {
        bits[k] = wifi_dsss_scramble(plain[k], &s->scrambler);
    }
    s->phase += wifi_dsss_turn(bits, n_bits);
    for (size_t k = 0; k < WIFI_DSSS_BARKER; k++) {
        s->chip[s->n++] = (s->phase + (wifi_dsss_barker[k] < 0 ? 2 : 0)) & 3;
    }
}

/* Symbol number k of a PSDU, 4 or 8 bits. */
static void send_cck(struct sender *s, const uint8_t *plain, unsigned n_bits,
                     size_t k)
{
    uint8_t bits[8], chip[WIFI_DSSS_CCK];

    for (unsigned j = 0; j < n_bits; j++) {
        bits[j] = wifi_dsss_scramble(plain[j], &s->scrambler);
    }
    s->phase += wifi_dsss_turn(bits, 2) + (k % 2 == 1 ? 2 : 0);
    wifi_dsss_cck(bits + 2, n_bits - 2, chip);
    for (size_t c = 0; c < WIFI_DSSS_CCK; c++) {
        s->chip[s->n++] = (s->phase + chip[c]) & 3;
    }
}

size_t gen_dsss_chips(const struct gen_dsss_frame *f, uint8_t *chip)
{
    struct sender s = {.chip = chip,
                       .scrambler = f->short_preamble ? WIFI_DSSS_SHORT_SEED
                                                      : WIFI_DSSS_LONG_SEED};
    struct wifi_dsss_header h = f->header != NULL
                                    ? *f->header
                                    : wifi_dsss_describe(f->rate, f->psdu_len);
    unsigned sfd = f->short_preamble ? WIFI_DSSS_SHORT_SFD : WIFI_DSSS_LONG_SFD;
    unsigned step = f->short_preamble ? 2 : 1;
    uint8_t bits[WIFI_DSSS_HEADER_BITS];

    for (size_t k = 0; k < sync_bits(f); k++) {
        send_barker(&s, &(uint8_t){!f->short_preamble}, 1);
    }
    for (unsigned k = 0; k < WIFI_DSSS_SFD_BITS; k++) {
        send_barker(&s, &(uint8_t){sfd >> k & 1}, 1);
    }
    wifi_dsss_header_pack(&h, bits);
    for (unsigned k = 0; k < WIFI_DSSS_HEADER_BITS; k += step) {
        send_barker(&s, bits + k, step);
    }
    step = f->rate->symbol_bits;
    for (size_t k = 0; k < wifi_dsss_symbols(f->rate, f->psdu_len); k++) {
        for (unsigned j = 0; j < step; j++) {
            size_t at = k * step + j;
            bits[j] = f->psdu[at / 8] >> at % 8 & 1;
        }
        if (step <= 2) {
            send_barker(&s, bits, step);
        } else {
            send_cck(&s, bits, step, k);
        }
    }
    return s.n;
}

/* Root raised cosine at t chips from its middle. */
static double pulse(double t)
{
    double b = roll_off;

    if (fabs(t) < 1e-9) {
        return 1 + b * (4 / M_PI - 1);
    }
    if (fabs(fabs(4 * b * t) - 1) < 1e-9) {
        return b / sqrt(2) *
               ((1 + 2 / M_PI) * sin(M_PI / (4 * b)) +
                (1 - 2 / M_PI) * cos(M_PI / (4 * b)));
    }
    return (sin(M_PI * t * (1 - b)) + 4 * b * t * cos(M_PI * t * (1 + b))) /
           (M_PI * t * (1 - 16 * b * b * t * t));
}

int gen_dsss(const struct gen_dsss_frame *f, float complex *x)
{
    float shape[GRID][2 * REACH]; /* [place on the grid][chip from the first] */
    uint8_t *chip = malloc(gen_dsss_chips_max(f));
    size_t n = gen_dsss_length(f);

    if (chip == NULL) {
        return ERR_NO_MEM;
    }
    size_t n_chips = gen_dsss_chips(f, chip);
    for (size_t p = 0; p < GRID; p++) {
        for (int k = 0; k < 2 * REACH; k++) {
            /* Chip c lies at c + 1/2. */
            double at = (double)p * GRID_CHIPS / GRID;
            shape[p][k] = (float)pulse(at - (floor(at) + k - REACH + 0.5));
        }
    }
    for (size_t k = 0; k < n; k++) {
        size_t first = k * GRID_CHIPS / GRID; /* REACH chips later */
        float complex sum = 0;
        for (size_t j = 0; j < 2 * REACH; j++) {
            size_t c = first + j - REACH; /* wraps before the first */
            if (c < n_chips) {
                sum += wifi_dsss_quarter(shape[k % GRID][j], chip[c]);
            }
        }
        x[k] = sum;
    }
    free(chip);
    return 0;
}
