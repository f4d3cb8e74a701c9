/*
 * wifi_ampdu.c - delimiters, 9.7.1 (of an HT frame):
 *
 *   bit 0..3      4..15       16..23  24..31
 *       reserved  MPDU bytes  CRC-8   'N'
 */
#include "sdr/dsp/wifi_ampdu.h"

#include "core/base/bytes.h"
#include "sdr/dsp/wifi_phy.h"

enum { SIGNATURE = 0x4e, MPDU_MIN = 14 /* an ACK: bytes with FCS */ };

/* Of the first 16 bits, in the order of sending. */
static uint8_t crc(unsigned word)
{
    uint8_t bits[16];
    unsigned sent = 0;

    for (unsigned k = 0; k < 16; k++) {
        bits[k] = word >> k & 1;
    }
    unsigned c = wifi_phy_crc8(bits, 16);
    for (unsigned k = 0; k < 8; k++) { /* bit 7 goes first */
        sent |= (c >> (7 - k) & 1) << k;
    }
    return (uint8_t)sent;
}

void wifi_ampdu_delimiter(unsigned n, uint8_t delimiter[WIFI_AMPDU_DELIMITER])
{
    le16_store(delimiter, (uint16_t)(n << 4));
    delimiter[2] = crc(n << 4);
    delimiter[3] = SIGNATURE;
}

size_t wifi_ampdu_next(const uint8_t *psdu, size_t n, size_t *at, size_t *len)
{
    while (*at + WIFI_AMPDU_DELIMITER <= n) {
        const uint8_t *d = psdu + *at;
        size_t from = *at + WIFI_AMPDU_DELIMITER;
        size_t bytes = le16_load(d) >> 4;

        *at = from;
        if (d[3] == SIGNATURE && d[2] == crc(le16_load(d)) &&
            bytes >= MPDU_MIN && bytes <= n - from) {
            *at = from + (bytes + 3) / 4 * 4;
            *len = bytes;
            return from;
        }
    }
    return n;
}
