/*
 * wifi_phy.h - bits of an OFDM frame of 20 MHz and one stream, IEEE 802.11-2020
 * clauses 17 (non-HT) and 19 (HT), for sender and receiver alike: rates, SIGNAL
 * field, scrambler, puncturing and interleaving.  Bits are bytes of 0 or 1.
 */
#ifndef SDR_DSP_WIFI_PHY_H
#define SDR_DSP_WIFI_PHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WIFI_PHY_RATES = 8,
    WIFI_PHY_HT_RATES = 8,
    WIFI_PHY_PSDU_MAX = 4095, /* bytes, non-HT */
    WIFI_PHY_SIGNAL_BITS = 24,
    WIFI_PHY_CBPS_MAX = 312,
    WIFI_PHY_DBPS_MAX = 260,
    WIFI_PHY_SERVICE_BITS = 16,
    WIFI_PHY_TAIL_BITS = 6,
    WIFI_PHY_SYMBOLS_MAX = 1366, /* 4095 bytes at 6 Mbit/s */
};

struct wifi_phy_rate {
    uint8_t mbps;    /* 0 in HT: wifi_phy_kbps() */
    uint8_t code;    /* RATE as sent, R1 in bit 3; HT: MCS */
    uint8_t bpsc;    /* coded bits a subcarrier */
    uint16_t cbps;   /* coded bits a symbol */
    uint16_t dbps;   /* data bits a symbol */
    uint8_t columns; /* of the interleaver */
};

extern const struct wifi_phy_rate wifi_phy_rate[WIFI_PHY_RATES];

/* MCS 0 to 7 of HT, one stream, 20 MHz: Table 19-27. */
extern const struct wifi_phy_rate wifi_phy_ht[WIFI_PHY_HT_RATES];

/* Data rate in kbit/s, rounded: symbols of 4 us, or 3.6 with a short guard
 * interval. */
uint32_t wifi_phy_kbps(const struct wifi_phy_rate *rate, bool short_gi);

/* The rate of 'mbps', or NULL. */
const struct wifi_phy_rate *wifi_phy_rate_find(unsigned mbps);

/* DATA symbols of a PSDU of 'n_bytes'; with STBC their number is even. */
size_t wifi_phy_symbols(const struct wifi_phy_rate *rate, size_t n_bytes);
size_t wifi_phy_symbols_stbc(const struct wifi_phy_rate *rate, size_t n_bytes);

struct wifi_phy_signal {
    const struct wifi_phy_rate *rate;
    unsigned length; /* of the PSDU, bytes, 1..4095 */
};

/* SIGNAL in sending order. */
void wifi_phy_signal_pack(const struct wifi_phy_signal *s,
                          uint8_t bits[WIFI_PHY_SIGNAL_BITS]);

/* 0, or ERR_BAD_INPUT: parity, rate, length, reserved bit or tail is wrong. */
int wifi_phy_signal_parse(const uint8_t bits[WIFI_PHY_SIGNAL_BITS],
                          struct wifi_phy_signal *s);

/*
 * Scrambles or descrambles 'n' bits in place.  'state' is x7..x1, x7 in bit 6,
 * 1..127; returns the state after the last bit.
 */
unsigned wifi_phy_scramble(uint8_t *bits, size_t n, unsigned state);

/*
 * CRC-8 of HT-SIG and A-MPDU delimiters (19.3.9.4.4, 9.7.2): x^8 + x^2 + x + 1
 * from all ones, complemented; the bit that is sent first is bit 7.
 */
uint8_t wifi_phy_crc8(const uint8_t *bits, size_t n);

/*
 * Where the coded bits of a symbol come from: map[cbps] gives, for a bit as
 * interleaved (bit b of data tone t is t * bpsc + b), its index in the
 * 2 * dbps bits that the encoder makes of the symbol before puncturing.
 */
void wifi_phy_map(const struct wifi_phy_rate *rate, uint16_t *map);

#endif
