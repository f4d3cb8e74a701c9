/* ofdm20.c - training fields, tones and pilots of a 20 MHz OFDM frame. */
#include "sdr/dsp/ofdm20.h"

#include <stddef.h>
#include <string.h>

#include "sdr/dsp/cf.h"

/* Signs of L at subcarriers -26..26, 17.3.3. */
static const int8_t ltf_sign[53] = {
    1,  1,  -1, -1, 1,  1, -1, 1,  -1, 1, 1,  1,  1,  1, 1,  -1, -1, 1,
    1,  -1, 1,  -1, 1,  1, 1,  1,  0,  1, -1, -1, 1,  1, -1, 1,  -1, 1,
    -1, -1, -1, -1, -1, 1, 1,  -1, -1, 1, -1, 1,  -1, 1, 1,  1,  1,
};

/* Signs of (1 + j) at subcarriers -24, -20, ... 24 of S, 17.3.3. */
static const int8_t stf_sign[13] = {1, -1, 1, -1, -1, 1, 0, -1, -1, 1, 1, 1, 1};

const uint8_t ofdm20_pilot_bin[OFDM20_PILOTS] = {43, 57, 7, 21};
const int8_t ofdm20_pilot_tone[OFDM20_PILOTS] = {-21, -7, 7, 21};
const int8_t ofdm20_pilot[OFDM20_PILOTS] = {1, 1, 1, -1};

static uint8_t bin_of(int tone)
{
    return (uint8_t)(tone & (OFDM20_FFT - 1));
}

void ofdm20_stf(float complex bins[OFDM20_FFT])
{
    const float part = 1.47196014f; /* sqrt(13 / 6) */

    memset(bins, 0, OFDM20_FFT * sizeof *bins);
    for (int k = 0; k < 13; k++) {
        float v = part * (float)stf_sign[k];
        bins[bin_of(4 * k - 24)] = cf(v, v);
    }
}

void ofdm20_ltf(float complex bins[OFDM20_FFT])
{
    memset(bins, 0, OFDM20_FFT * sizeof *bins);
    for (int k = -26; k <= 26; k++) {
        bins[bin_of(k)] = ltf_sign[k + 26];
    }
}

void ofdm20_ht_ltf(float complex bins[OFDM20_FFT])
{
    ofdm20_ltf(bins);
    bins[bin_of(-28)] = bins[bin_of(-27)] = 1;
    bins[bin_of(27)] = bins[bin_of(28)] = -1;
}

/* Sample t of the inverse Fourier sum over 'bins'. */
static float complex time_sample(const float complex *bins, int t)
{
    const float step = 0.0981747704f; /* 2 pi / 64 */
    float complex sum = 0;

    for (int k = 0; k < OFDM20_FFT; k++) {
        float phase = step * (float)((k * t) & (OFDM20_FFT - 1));
        sum += cf_mul(bins[k], cf_polar(phase));
    }
    return sum * OFDM20_SCALE;
}

void ofdm20_stf_time(float complex x[OFDM20_STF_PERIOD])
{
    float complex bins[OFDM20_FFT];

    ofdm20_stf(bins);
    for (int t = 0; t < OFDM20_STF_PERIOD; t++) {
        x[t] = time_sample(bins, t);
    }
}

void ofdm20_ltf_time(float complex x[OFDM20_FFT])
{
    float complex bins[OFDM20_FFT];

    ofdm20_ltf(bins);
    for (int t = 0; t < OFDM20_FFT; t++) {
        x[t] = time_sample(bins, t);
    }
}

void ofdm20_tones(uint8_t bin[OFDM20_TONES])
{
    for (int k = 0; k < OFDM20_TONES; k++) {
        bin[k] = bin_of(k < 26 ? k - 26 : k - 25);
    }
}

void ofdm20_ht_tones(uint8_t bin[OFDM20_HT_TONES])
{
    for (int k = 0; k < OFDM20_HT_TONES; k++) {
        bin[k] = bin_of(k < 28 ? k - 28 : k - 27);
    }
}

/* All tones up to 'last' but DC and pilots. */
static void data_tones(int last, uint8_t *bin)
{
    for (int k = -last; k <= last; k++) {
        if (k != 0 && k != -21 && k != -7 && k != 7 && k != 21) {
            *bin++ = bin_of(k);
        }
    }
}

void ofdm20_data_tones(uint8_t bin[OFDM20_DATA_TONES])
{
    data_tones(26, bin);
}

void ofdm20_ht_data_tones(uint8_t bin[OFDM20_HT_DATA_TONES])
{
    data_tones(28, bin);
}

void ofdm20_ht_pilots(unsigned n, int8_t pilot[OFDM20_PILOTS])
{
    for (unsigned k = 0; k < OFDM20_PILOTS; k++) {
        pilot[k] = ofdm20_pilot[(n + k) % OFDM20_PILOTS];
    }
}

void ofdm20_polarity(int8_t p[OFDM20_POLARITY])
{
    unsigned state = 0x7f; /* the scrambler of 17.3.5.5 from all ones */

    for (int k = 0; k < OFDM20_POLARITY; k++) {
        unsigned bit = (state >> 6 ^ state >> 3) & 1;
        state = (state << 1 | bit) & 0x7f;
        p[k] = bit ? -1 : 1;
    }
}

void ofdm20_ht_pilots_of_two(unsigned n, unsigned stream,
                             int8_t pilot[OFDM20_PILOTS])
{
    static const int8_t value[2][OFDM20_PILOTS] = {{1, 1, -1, -1},
                                                   {1, -1, -1, 1}};

    for (unsigned k = 0; k < OFDM20_PILOTS; k++) {
        pilot[k] = value[stream][(n + k) % OFDM20_PILOTS];
    }
}
