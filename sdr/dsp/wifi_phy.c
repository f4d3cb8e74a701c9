/* wifi_phy.c - bits of an OFDM frame. */
#include "sdr/dsp/wifi_phy.h"

#include "core/base/err.h"

const struct wifi_phy_rate wifi_phy_rate[WIFI_PHY_RATES] = {
    {6, 0xd, 1, 48, 24, 16},    {9, 0xf, 1, 48, 36, 16},
    {12, 0x5, 2, 96, 48, 16},   {18, 0x7, 2, 96, 72, 16},
    {24, 0x9, 4, 192, 96, 16},  {36, 0xb, 4, 192, 144, 16},
    {48, 0x1, 6, 288, 192, 16}, {54, 0x3, 6, 288, 216, 16},
};

const struct wifi_phy_rate wifi_phy_ht[WIFI_PHY_HT_RATES] = {
    {0, 0, 1, 52, 26, 13},   {0, 1, 2, 104, 52, 13},  {0, 2, 2, 104, 78, 13},
    {0, 3, 4, 208, 104, 13}, {0, 4, 4, 208, 156, 13}, {0, 5, 6, 312, 208, 13},
    {0, 6, 6, 312, 234, 13}, {0, 7, 6, 312, 260, 13},
};

uint32_t wifi_phy_kbps(const struct wifi_phy_rate *rate, bool short_gi)
{
    uint32_t tenths = short_gi ? 36 : 40; /* us a symbol */

    return (rate->dbps * 10000u + tenths / 2) / tenths;
}

const struct wifi_phy_rate *wifi_phy_rate_find(unsigned mbps)
{
    for (size_t k = 0; k < WIFI_PHY_RATES; k++) {
        if (wifi_phy_rate[k].mbps == mbps) {
            return &wifi_phy_rate[k];
        }
    }
    return NULL;
}

size_t wifi_phy_symbols(const struct wifi_phy_rate *rate, size_t n_bytes)
{
    size_t n_bits = WIFI_PHY_SERVICE_BITS + 8 * n_bytes + WIFI_PHY_TAIL_BITS;

    return (n_bits + rate->dbps - 1) / rate->dbps;
}

size_t wifi_phy_symbols_stbc(const struct wifi_phy_rate *rate, size_t n_bytes)
{
    return (wifi_phy_symbols(rate, n_bytes) + 1) / 2 * 2;
}

/*
 *   bit 0..3  4         5..16           17      18..23
 *       RATE  reserved  LENGTH, LSB 1st parity  tail
 */
void wifi_phy_signal_pack(const struct wifi_phy_signal *s,
                          uint8_t bits[WIFI_PHY_SIGNAL_BITS])
{
    unsigned parity = 0;

    for (unsigned k = 0; k < WIFI_PHY_SIGNAL_BITS; k++) {
        bits[k] = 0;
    }
    for (unsigned k = 0; k < 4; k++) {
        bits[k] = (uint8_t)(s->rate->code >> (3 - k) & 1);
    }
    for (unsigned k = 0; k < 12; k++) {
        bits[5 + k] = (uint8_t)(s->length >> k & 1);
    }
    for (unsigned k = 0; k < 17; k++) {
        parity ^= bits[k];
    }
    bits[17] = (uint8_t)parity;
}

int wifi_phy_signal_parse(const uint8_t bits[WIFI_PHY_SIGNAL_BITS],
                          struct wifi_phy_signal *s)
{
    unsigned word = 0;

    for (unsigned k = 0; k < WIFI_PHY_SIGNAL_BITS; k++) {
        word |= (unsigned)bits[k] << k;
    }

    unsigned code =
        (unsigned)(bits[0] << 3 | bits[1] << 2 | bits[2] << 1 | bits[3]);
    unsigned length = word >> 5 & 0xfff;
    unsigned parity = word & 0x3ffff;

    parity ^= parity >> 16;
    parity ^= parity >> 8;
    parity ^= parity >> 4;
    parity ^= parity >> 2;
    parity ^= parity >> 1;
    if ((parity & 1) != 0 || bits[4] != 0 || word >> 18 != 0 || length == 0) {
        return ERR_BAD_INPUT;
    }
    for (size_t k = 0; k < WIFI_PHY_RATES; k++) {
        if (wifi_phy_rate[k].code == code) {
            s->rate = &wifi_phy_rate[k];
            s->length = length;
            return 0;
        }
    }
    return ERR_BAD_INPUT;
}

unsigned wifi_phy_scramble(uint8_t *bits, size_t n, unsigned state)
{
    for (size_t k = 0; k < n; k++) {
        unsigned bit = (state >> 6 ^ state >> 3) & 1;
        state = (state << 1 | bit) & 0x7f;
        bits[k] = (uint8_t)(bits[k] ^ bit);
    }
    return state;
}

uint8_t wifi_phy_crc8(const uint8_t *bits, size_t n)
{
    unsigned c = 0xff;

    for (size_t k = 0; k < n; k++) {
        unsigned out = c >> 7 ^ bits[k];
        c = (c << 1 & 0xff) ^ (out != 0 ? 7 : 0);
    }
    return (uint8_t)~c;
}

/* Index before puncturing (17.3.5.6) of the coded bit 'k' that is sent. */
static unsigned unpunctured(const struct wifi_phy_rate *rate, unsigned k)
{
    static const uint8_t three_quarters[4] = {0, 1, 2, 5};
    static const uint8_t five_sixths[6] = {0, 1, 2, 5, 6, 9};

    if (2 * rate->dbps == rate->cbps) {
        return k;
    }
    if (4 * rate->dbps == 3 * rate->cbps) {
        return k / 4 * 6 + three_quarters[k % 4];
    }
    if (6 * rate->dbps == 5 * rate->cbps) { /* 19.3.11.6 */
        return k / 6 * 10 + five_sixths[k % 6];
    }
    return k / 3 * 4 + k % 3;
}

void wifi_phy_map(const struct wifi_phy_rate *rate, uint16_t *map)
{
    unsigned n = rate->cbps, c = rate->columns;
    unsigned s = rate->bpsc > 2 ? rate->bpsc / 2u : 1;

    for (unsigned k = 0; k < n; k++) { /* 17.3.5.7, 19.3.11.8 */
        unsigned i = n / c * (k % c) + k / c;
        unsigned j = s * (i / s) + (i + n - c * i / n) % s;
        map[j] = (uint16_t)unpunctured(rate, k);
    }
}
