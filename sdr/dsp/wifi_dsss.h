/*
 * wifi_dsss.h - bits and chips of 802.11b frames, IEEE 802.11-2020 clauses 15
 * (DSSS) and 16 (HR/DSSS, CCK), for sender and receiver alike: Barker code, CCK
 * code words, scrambler, PLCP header.  Bits are bytes of 0 or 1, phases are
 * counted in quarter turns.
 */
#ifndef SDR_DSP_WIFI_DSSS_H
#define SDR_DSP_WIFI_DSSS_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WIFI_DSSS_RATES = 4,
    WIFI_DSSS_CHIP_HZ = 11000000,
    WIFI_DSSS_BARKER = 11, /* chips of a symbol at 1 and 2 Mbit/s */
    WIFI_DSSS_CCK = 8,     /* at 5.5 and 11 Mbit/s */
    WIFI_DSSS_LONG_SYNC = 128,
    WIFI_DSSS_SHORT_SYNC = 56,
    WIFI_DSSS_SFD_BITS = 16,
    WIFI_DSSS_HEADER_BITS = 48,
    WIFI_DSSS_HISTORY = 7,     /* bits of the scrambler's memory */
    WIFI_DSSS_PSDU_MAX = 4095, /* bytes; Table 16-4, aMPDUMaxLength */

    /* SFD, the lowest bit first (15.2.3.3, 16.2.3.9). */
    WIFI_DSSS_LONG_SFD = 0xf3a0,
    WIFI_DSSS_SHORT_SFD = 0x05cf,

    /* Scrambler at the start of SYNC (16.2.4): bit k is what went in k + 1 bits
     * before. */
    WIFI_DSSS_LONG_SEED = 0x1b,
    WIFI_DSSS_SHORT_SEED = 0x6c,
};

struct wifi_dsss_rate {
    uint32_t kbps;
    uint8_t signal;      /* SIGNAL: units of 100 kbit/s */
    uint8_t chips;       /* of a symbol */
    uint8_t symbol_bits; /* 1, 2, 4, 8 */
};

/* 1, 2, 5.5 and 11 Mbit/s. */
extern const struct wifi_dsss_rate wifi_dsss_rate[WIFI_DSSS_RATES];

/* The rate of 'kbps', or NULL. */
const struct wifi_dsss_rate *wifi_dsss_rate_find(uint32_t kbps);

/* The Barker sequence, +-1, first chip first (15.4.6.4). */
extern const int8_t wifi_dsss_barker[WIFI_DSSS_BARKER];

/* The PLCP header (15.2.3, 16.2.3). */
struct wifi_dsss_header {
    uint8_t signal;  /* rate in units of 100 kbit/s */
    uint8_t service; /* as sent: WIFI_DSSS_PBCC, WIFI_DSSS_EXTENSION ... */
    uint16_t length; /* of the PSDU, microseconds */
};

enum {
    WIFI_DSSS_LOCKED = 0x04,    /* SERVICE: one clock for carrier and chips */
    WIFI_DSSS_PBCC = 0x08,      /* SERVICE: PBCC instead of CCK */
    WIFI_DSSS_EXTENSION = 0x80, /* SERVICE: LENGTH is a byte too long */
};

/* In sending order, not scrambled. */
void wifi_dsss_header_pack(const struct wifi_dsss_header *h,
                           uint8_t bits[WIFI_DSSS_HEADER_BITS]);

/* 0, or ERR_BAD_INPUT: the CRC is wrong. */
int wifi_dsss_header_parse(const uint8_t bits[WIFI_DSSS_HEADER_BITS],
                           struct wifi_dsss_header *h);

/* CRC-16 of SIGNAL, SERVICE and LENGTH (15.2.3.7): x^16 + x^12 + x^5 + 1 from
 * all ones, complemented; the bit that is sent first is bit 15. */
uint16_t wifi_dsss_crc16(const uint8_t *bits, size_t n);

/* The header of a PSDU of 1..WIFI_DSSS_PSDU_MAX bytes. */
struct wifi_dsss_header wifi_dsss_describe(const struct wifi_dsss_rate *rate,
                                           size_t n_bytes);

/*
 * What a header announces: '*rate' and the PSDU's bytes.  0: it cannot be
 * received (another rate, PBCC, a LENGTH that no PSDU of 1..WIFI_DSSS_PSDU_MAX
 * bytes has); then '*rate' is NULL where SIGNAL is none of the four.
 */
size_t wifi_dsss_announced(const struct wifi_dsss_header *h,
                           const struct wifi_dsss_rate **rate);

/* Symbols of a PSDU, and its time in microseconds, rounded up. */
size_t wifi_dsss_symbols(const struct wifi_dsss_rate *rate, size_t n_bytes);
unsigned wifi_dsss_length(const struct wifi_dsss_rate *rate, size_t n_bytes);

/* One bit through the self-synchronizing (de)scrambler z^-4 z^-7 (16.2.4);
 * '*history' has the last bits on the air, the latest in bit 0. */
uint8_t wifi_dsss_scramble(uint8_t bit, unsigned *history);
uint8_t wifi_dsss_descramble(uint8_t bit, unsigned *history);

/*
 * How far a symbol turns (DBPSK, DQPSK: Tables 15-2, 15-3, 16-5) for its first
 * one or two bits, 0..3; and the bits of a turn.
 */
unsigned wifi_dsss_turn(const uint8_t *bits, unsigned n);
void wifi_dsss_turned(unsigned turn, unsigned n, uint8_t *bits);

/* A CCK code word by the phases of its bits from d2 on, with phase 1 at 0
 * (16.4.6.6): 2 bits at 5.5 Mbit/s, 6 at 11.  Chips as quarter turns. */
void wifi_dsss_cck(const uint8_t *bits, unsigned n_bits,
                   uint8_t chip[WIFI_DSSS_CCK]);

/*
 * The code word that lies nearest to z[8] with phase 1 in one of the four
 * quarters: its bits from d2 on (n_bits, 2 or 6) and the quarter.  The
 * correlation with it, per chip.
 */
float complex wifi_dsss_cck_find(const float complex *z, unsigned n_bits,
                                 uint8_t *bits, unsigned *quarter);

/* x times a quarter turn 'k' times, any k. */
static inline float complex wifi_dsss_quarter(float complex x, unsigned k)
{
    float re = k & 1 ? -__imag__ x : __real__ x;
    float im = k & 1 ? __real__ x : __imag__ x;

    return k & 2 ? __builtin_complex(-re, -im) : __builtin_complex(re, im);
}

#endif
