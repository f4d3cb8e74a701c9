/* wifi_dsss.c - see wifi_dsss.h. */
#include "sdr/dsp/wifi_dsss.h"

#include <math.h>
#include <string.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"

enum { CRC_BITS = 16, COVERED = WIFI_DSSS_HEADER_BITS - CRC_BITS };

const struct wifi_dsss_rate wifi_dsss_rate[WIFI_DSSS_RATES] = {
    {1000, 0x0a, WIFI_DSSS_BARKER, 1},
    {2000, 0x14, WIFI_DSSS_BARKER, 2},
    {5500, 0x37, WIFI_DSSS_CCK, 4},
    {11000, 0x6e, WIFI_DSSS_CCK, 8},
};

const int8_t wifi_dsss_barker[WIFI_DSSS_BARKER] = {1, -1, 1,  1,  -1, 1,
                                                   1, 1,  -1, -1, -1};

const struct wifi_dsss_rate *wifi_dsss_rate_find(uint32_t kbps)
{
    for (size_t k = 0; k < WIFI_DSSS_RATES; k++) {
        if (wifi_dsss_rate[k].kbps == kbps) {
            return &wifi_dsss_rate[k];
        }
    }
    return NULL;
}

uint16_t wifi_dsss_crc16(const uint8_t *bits, size_t n)
{
    unsigned crc = 0xffff;

    for (size_t k = 0; k < n; k++) {
        unsigned feed = (crc >> 15 ^ bits[k]) & 1;
        crc = crc << 1 ^ (feed ? 0x1021 : 0);
    }
    return (uint16_t)~crc;
}

/* 'n' bits of a number, the lowest first. */
static void put(uint8_t *bits, unsigned n, unsigned value)
{
    for (unsigned k = 0; k < n; k++) {
        bits[k] = value >> k & 1;
    }
}

static unsigned get(const uint8_t *bits, unsigned n)
{
    unsigned value = 0;

    for (unsigned k = 0; k < n; k++) {
        value |= (unsigned)bits[k] << k;
    }
    return value;
}

void wifi_dsss_header_pack(const struct wifi_dsss_header *h,
                           uint8_t bits[WIFI_DSSS_HEADER_BITS])
{
    put(bits, 8, h->signal);
    put(bits + 8, 8, h->service);
    put(bits + 16, 16, h->length);
    unsigned crc = wifi_dsss_crc16(bits, COVERED);
    for (unsigned k = 0; k < CRC_BITS; k++) {
        bits[COVERED + k] = crc >> (15 - k) & 1;
    }
}

int wifi_dsss_header_parse(const uint8_t bits[WIFI_DSSS_HEADER_BITS],
                           struct wifi_dsss_header *h)
{
    unsigned crc = 0;

    for (unsigned k = 0; k < CRC_BITS; k++) {
        crc = crc << 1 | bits[COVERED + k];
    }
    if (crc != wifi_dsss_crc16(bits, COVERED)) {
        return ERR_BAD_INPUT;
    }
    h->signal = (uint8_t)get(bits, 8);
    h->service = (uint8_t)get(bits + 8, 8);
    h->length = (uint16_t)get(bits + 16, 16);
    return 0;
}

size_t wifi_dsss_symbols(const struct wifi_dsss_rate *rate, size_t n_bytes)
{
    return 8 * n_bytes / rate->symbol_bits;
}

unsigned wifi_dsss_length(const struct wifi_dsss_rate *rate, size_t n_bytes)
{
    return (unsigned)((8000 * n_bytes + rate->kbps - 1) / rate->kbps);
}

struct wifi_dsss_header wifi_dsss_describe(const struct wifi_dsss_rate *rate,
                                           size_t n_bytes)
{
    unsigned us = wifi_dsss_length(rate, n_bytes);
    struct wifi_dsss_header h = {.signal = rate->signal,
                                 .length = (uint16_t)us};

    if (rate->kbps * us / 8000 > n_bytes) { /* only at 11 Mbit/s */
        h.service = WIFI_DSSS_EXTENSION;
    }
    return h;
}

size_t wifi_dsss_announced(const struct wifi_dsss_header *h,
                           const struct wifi_dsss_rate **rate)
{
    const struct wifi_dsss_rate *r =
        wifi_dsss_rate_find((uint32_t)h->signal * 100);

    *rate = r;
    if (r == NULL ||
        (r->chips == WIFI_DSSS_CCK && (h->service & WIFI_DSSS_PBCC) != 0)) {
        return 0;
    }
    size_t n = (size_t)r->kbps * h->length / 8000;
    bool extended = (h->service & WIFI_DSSS_EXTENSION) != 0;
    if (r->kbps == 11000 && extended && n > 0) {
        n--;
    }
    /* No PSDU lasts as long as that. */
    if (n == 0 || n > WIFI_DSSS_PSDU_MAX ||
        wifi_dsss_length(r, n) != h->length) {
        return 0;
    }
    return n;
}

uint8_t wifi_dsss_scramble(uint8_t bit, unsigned *history)
{
    uint8_t sent = (uint8_t)((bit ^ *history >> 3 ^ *history >> 6) & 1);

    *history = (*history << 1 | sent) & 0x7f;
    return sent;
}

uint8_t wifi_dsss_descramble(uint8_t bit, unsigned *history)
{
    uint8_t plain = (uint8_t)((bit ^ *history >> 3 ^ *history >> 6) & 1);

    *history = (*history << 1 | bit) & 0x7f;
    return plain;
}

unsigned wifi_dsss_turn(const uint8_t *bits, unsigned n)
{
    return n == 1 ? 2u * bits[0] : 2u * bits[0] + (bits[0] ^ bits[1]);
}

void wifi_dsss_turned(unsigned turn, unsigned n, uint8_t *bits)
{
    bits[0] = turn >> 1 & 1;
    if (n > 1) {
        bits[1] = (uint8_t)((turn ^ turn >> 1) & 1);
    }
}

/* Which of the phases 2, 3 and 4 (bits 0 to 2) a chip has, and its sign. */
static const struct {
    uint8_t phases, inverted;
} cck_chip[WIFI_DSSS_CCK] = {{7, 0}, {6, 0}, {5, 0}, {4, 1},
                             {3, 0}, {2, 0}, {1, 1}, {0, 0}};

void wifi_dsss_cck(const uint8_t *bits, unsigned n_bits,
                   uint8_t chip[WIFI_DSSS_CCK])
{
    unsigned phase[3];

    if (n_bits == 2) {
        phase[0] = 2u * bits[0] + 1;
        phase[1] = 0;
        phase[2] = 2u * bits[1];
    } else {
        for (unsigned k = 0; k < 3; k++) { /* no Gray code: Table 16-6 */
            phase[k] = 2u * bits[2 * k] + bits[2 * k + 1];
        }
    }
    for (unsigned c = 0; c < WIFI_DSSS_CCK; c++) {
        unsigned sum = 2u * cck_chip[c].inverted;
        for (unsigned k = 0; k < 3; k++) {
            sum += cck_chip[c].phases >> k & 1 ? phase[k] : 0;
        }
        chip[c] = sum & 3;
    }
}

/* to[p * n + k] = the sum of two neighbours, from[2k] turned back by p
 * quarters: one phase of the four, tried at all its values. */
static void try_phase(const float complex *from, size_t n, float complex *to)
{
    for (size_t k = 0; k < n; k++) {
        float complex a = from[2 * k], b = from[2 * k + 1];
        float complex ja = cf(-cimagf(a), crealf(a));
        to[k] = a + b;
        to[n + k] = b - ja;
        to[2 * n + k] = b - a;
        to[3 * n + k] = b + ja;
    }
}

/* Correlations of z[8] with all words: word[p4 + 4 * (p3 + 4 * p2)], not
 * divided. */
static void correlate(const float complex *z, float complex word[64])
{
    float complex chip[WIFI_DSSS_CCK], two[16], four[32];

    for (size_t c = 0; c < WIFI_DSSS_CCK; c++) {
        chip[c] = cck_chip[c].inverted ? -z[c] : z[c];
    }
    try_phase(chip, 4, two);
    for (size_t p = 0; p < 4; p++) {
        try_phase(two + 4 * p, 2, four + 8 * p);
    }
    for (size_t p = 0; p < 16; p++) {
        try_phase(four + 2 * p, 1, word + 4 * p);
    }
}

/* How far along one of the four axes a point lies. */
static float along_axis(float complex c)
{
    return fmaxf(fabsf(crealf(c)), fabsf(cimagf(c)));
}

/* The axis, quarter turns from the positive real one. */
static unsigned axis_of(float complex c)
{
    float re = crealf(c), im = cimagf(c);

    return fabsf(im) > fabsf(re) ? (im < 0 ? 3 : 1) : (re < 0 ? 2 : 0);
}

float complex wifi_dsss_cck_find(const float complex *z, unsigned n_bits,
                                 uint8_t *bits, unsigned *quarter)
{
    /* The words of 5.5 Mbit/s: phase 2 is odd, 3 is 0, 4 is even. */
    static const uint8_t few[4] = {16, 18, 48, 50};
    float complex word[64];
    float most = -1;
    unsigned at = 0;

    correlate(z, word);
    for (unsigned k = 0; k < 1u << n_bits; k++) {
        unsigned w = n_bits == 2 ? few[k] : k;
        float level = along_axis(word[w]);
        if (level > most) {
            most = level;
            at = w;
        }
    }
    *quarter = axis_of(word[at]);
    if (n_bits == 2) {
        bits[0] = at >> 5 & 1;
        bits[1] = at >> 1 & 1;
    } else {
        for (unsigned k = 0; k < 6; k++) {
            bits[k] = at >> (5 - k) & 1;
        }
    }
    return word[at] / WIFI_DSSS_CCK;
}
