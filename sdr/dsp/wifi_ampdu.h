/*
 * wifi_ampdu.h - what is in an A-MPDU, IEEE 802.11-2020 9.7: MPDUs behind
 * delimiters of four bytes, at multiples of four.
 */
#ifndef SDR_DSP_WIFI_AMPDU_H
#define SDR_DSP_WIFI_AMPDU_H

#include <stddef.h>
#include <stdint.h>

enum {
    WIFI_AMPDU_MPDU_MAX = 4095, /* bytes; what a delimiter can say */
    WIFI_AMPDU_DELIMITER = 4,   /* bytes */
};

/* Writes the delimiter of an MPDU of 'n' bytes, 0..4095. */
void wifi_ampdu_delimiter(unsigned n, uint8_t delimiter[WIFI_AMPDU_DELIMITER]);

/*
 * The next MPDU of psdu[n] from '*at' on, which begins as 0: its offset, with
 * '*len' set and '*at' behind it; 'n' when there is none.  Behind a delimiter
 * that is wrong or lies the next one is looked for every four bytes (9.7.3).
 */
size_t wifi_ampdu_next(const uint8_t *psdu, size_t n, size_t *at, size_t *len);

#endif
