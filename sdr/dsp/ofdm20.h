/*
 * ofdm20.h - the OFDM signal of IEEE 802.11-2020 clause 17 at 20 MHz channel
 * spacing: where the parts of a frame lie, and its training fields.
 *
 * All lengths are samples at 20 Msps.
 *
 *   |STF 160|LTF 32 + 64 + 64|SIGNAL 16 + 64|DATA 16 + 64|...
 */
#ifndef SDR_DSP_OFDM20_H
#define SDR_DSP_OFDM20_H

#include <complex.h>
#include <stdint.h>

enum {
    OFDM20_RATE_HZ = 20000000,
    OFDM20_FFT = 64,
    OFDM20_CP = 16,
    OFDM20_SYMBOL = 80,
    OFDM20_STF_PERIOD = 16,
    OFDM20_STF = 160,
    OFDM20_LTF = 192,     /* start of the first of its two symbols */
    OFDM20_SIGNAL = 320,  /* start of the SIGNAL symbol's prefix */
    OFDM20_DATA_AT = 400, /* start of the first DATA symbol's prefix */
    OFDM20_TONES = 52,    /* used subcarriers: -26..-1, 1..26 */
    OFDM20_DATA_TONES = 48,
    OFDM20_PILOTS = 4,
    OFDM20_POLARITY = 127,

    /* HT, clause 19: subcarriers -28..-1, 1..28. */
    OFDM20_HT_TONES = 56,
    OFDM20_HT_DATA_TONES = 52,
    OFDM20_HT_SIG_AT = 400, /* start of the first HT-SIG symbol's prefix */
    OFDM20_HT_STF_AT = 560,
    OFDM20_HT_LTF_AT = 640,
    OFDM20_HT_DATA_AT = 720,   /* of one stream */
    OFDM20_HT_DATA_AT_2 = 800, /* of two space-time streams: one more HT-LTF */
    OFDM20_SHORT_CP = 8,       /* of DATA symbols with a short guard interval */
    OFDM20_SHORT_SYMBOL = 72,
};

/* Power of an FFT bin when the signal's mean power is 1: all tones have 1. */
#define OFDM20_SCALE 0.138675049f /* 1 / sqrt(52) */
/* The same in the training and DATA of HT: 1 / sqrt(56). */
#define OFDM20_HT_SCALE 0.133630621f

/*
 * What the transmitter sends in the training fields, by FFT bin [64] (bin 0 is
 * DC, bin 63 is subcarrier -1), 17.3.3; 0 on unused bins.
 */
void ofdm20_stf(float complex bins[OFDM20_FFT]);
void ofdm20_ltf(float complex bins[OFDM20_FFT]);

/*
 * One period of each training field in time [16], [64]; mean power 1.  The
 * long one begins where each of its two symbols does.
 */
void ofdm20_stf_time(float complex x[OFDM20_STF_PERIOD]);
void ofdm20_ltf_time(float complex x[OFDM20_FFT]);

/* FFT bins of the 52 used tones, from subcarrier -26 to 26. */
void ofdm20_tones(uint8_t bin[OFDM20_TONES]);

/* FFT bins of the 48 data tones in the order of 17.3.5.10. */
void ofdm20_data_tones(uint8_t bin[OFDM20_DATA_TONES]);

/* The same of HT, -28 to 28: 19.3.9.4.6 and 19.3.11.9. */
void ofdm20_ht_ltf(float complex bins[OFDM20_FFT]);
void ofdm20_ht_tones(uint8_t bin[OFDM20_HT_TONES]);
void ofdm20_ht_data_tones(uint8_t bin[OFDM20_HT_DATA_TONES]);

/*
 * Pilots at subcarriers -21, -7, 7, 21: their bins and values, the latter to
 * be multiplied by the polarity p_n of 17.3.5.10 (n = 0 is SIGNAL).
 */
extern const uint8_t ofdm20_pilot_bin[OFDM20_PILOTS];
extern const int8_t ofdm20_pilot_tone[OFDM20_PILOTS]; /* subcarrier number */
extern const int8_t ofdm20_pilot[OFDM20_PILOTS];
void ofdm20_polarity(int8_t p[OFDM20_POLARITY]);

/*
 * Pilots of HT DATA symbol n from 0, 19.3.11.10, to be multiplied by polarity p
 * of n + 3; of one space-time stream, and of the first (0) and second (1) of
 * two.
 */
void ofdm20_ht_pilots(unsigned n, int8_t pilot[OFDM20_PILOTS]);
void ofdm20_ht_pilots_of_two(unsigned n, unsigned stream,
                             int8_t pilot[OFDM20_PILOTS]);

#endif
