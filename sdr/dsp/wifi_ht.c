/*
 * wifi_ht.c - HT-SIG:
 *
 *   bit 0..6  7     8..23, LSB 1st
 *       MCS   40M   length
 *   bit 24      25            26  27          28,29  30    31   32,33  34..41
 *       smooth  not sounding  1   aggregated  STBC   LDPC  SGI  N_ESS  CRC,
 * tail
 */
#include "sdr/dsp/wifi_ht.h"

#include <string.h>

#include "core/base/err.h"
#include "sdr/dsp/wifi_phy.h"

enum { CRC_AT = 34, CRC_BITS = 8 };

static void put(uint8_t *bits, unsigned at, unsigned n, unsigned value)
{
    for (unsigned k = 0; k < n; k++) {
        bits[at + k] = (uint8_t)(value >> k & 1);
    }
}

static unsigned get(const uint8_t *bits, unsigned at, unsigned n)
{
    unsigned value = 0;

    for (unsigned k = 0; k < n; k++) {
        value |= (unsigned)bits[at + k] << k;
    }
    return value;
}

void wifi_ht_sig_pack(const struct wifi_ht_sig *s,
                      uint8_t bits[WIFI_HT_SIG_BITS])
{
    memset(bits, 0, WIFI_HT_SIG_BITS);
    put(bits, 0, 7, s->mcs);
    put(bits, 7, 1, s->wide);
    put(bits, 8, 16, s->length);
    put(bits, 24, 1, s->smoothing);
    put(bits, 25, 1, !s->sounding);
    put(bits, 26, 1, 1);
    put(bits, 27, 1, s->aggregated);
    put(bits, 28, 2, s->stbc);
    put(bits, 30, 1, s->ldpc);
    put(bits, 31, 1, s->short_gi);
    put(bits, 32, 2, s->extra_ltfs);
    unsigned c = wifi_phy_crc8(bits, CRC_AT);
    for (unsigned k = 0; k < CRC_BITS; k++) {
        bits[CRC_AT + k] = (uint8_t)(c >> (7 - k) & 1);
    }
}

int wifi_ht_sig_parse(const uint8_t bits[WIFI_HT_SIG_BITS],
                      struct wifi_ht_sig *s)
{
    unsigned sent = 0;

    for (unsigned k = 0; k < CRC_BITS; k++) {
        sent = sent << 1 | bits[CRC_AT + k];
    }
    if (sent != wifi_phy_crc8(bits, CRC_AT) || bits[26] == 0 ||
        get(bits, CRC_AT + CRC_BITS, 6) != 0) {
        return ERR_BAD_INPUT;
    }
    *s = (struct wifi_ht_sig){
        .mcs = (uint8_t)get(bits, 0, 7),
        .wide = bits[7] != 0,
        .length = (uint16_t)get(bits, 8, 16),
        .smoothing = bits[24] != 0,
        .sounding = bits[25] == 0,
        .aggregated = bits[27] != 0,
        .stbc = (uint8_t)get(bits, 28, 2),
        .ldpc = bits[30] != 0,
        .short_gi = bits[31] != 0,
        .extra_ltfs = (uint8_t)get(bits, 32, 2),
    };
    return 0;
}
