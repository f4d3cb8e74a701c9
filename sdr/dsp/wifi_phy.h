/*
 * wifi_phy.h - bits of a non-HT OFDM frame, IEEE 802.11-2020 clause 17, for
 * sender and receiver alike: rates, SIGNAL field, scrambler, puncturing and
 * interleaving.  Bits are bytes of 0 or 1.
 */
#ifndef SDR_DSP_WIFI_PHY_H
#define SDR_DSP_WIFI_PHY_H

#include <stddef.h>
#include <stdint.h>

enum {
    WIFI_PHY_RATES = 8,
    WIFI_PHY_PSDU_MAX = 4095, /* bytes */
    WIFI_PHY_SIGNAL_BITS = 24,
    WIFI_PHY_CBPS_MAX = 288,
    WIFI_PHY_DBPS_MAX = 216,
    WIFI_PHY_SERVICE_BITS = 16,
    WIFI_PHY_TAIL_BITS = 6,
    WIFI_PHY_SYMBOLS_MAX = 1366, /* 4095 bytes at 6 Mbit/s */
};

struct wifi_phy_rate {
    uint8_t mbps;
    uint8_t code;  /* RATE as sent, R1 in bit 3 */
    uint8_t bpsc;  /* coded bits a subcarrier */
    uint16_t cbps; /* coded bits a symbol */
    uint16_t dbps; /* data bits a symbol */
};

extern const struct wifi_phy_rate wifi_phy_rate[WIFI_PHY_RATES];

/* The rate of 'mbps', or NULL. */
const struct wifi_phy_rate *wifi_phy_rate_find(unsigned mbps);

/* DATA symbols of a PSDU of 'n_bytes'. */
size_t wifi_phy_symbols(const struct wifi_phy_rate *rate, size_t n_bytes);

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
 * Where the coded bits of a symbol come from: map[cbps] gives, for a bit as
 * interleaved (bit b of data tone t is t * bpsc + b), its index in the
 * 2 * dbps bits that the encoder makes of the symbol before puncturing.
 */
void wifi_phy_map(const struct wifi_phy_rate *rate, uint16_t *map);

#endif
