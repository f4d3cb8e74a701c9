/* wifi_demap.h - soft bits from equalized tones, IEEE 802.11-2020 17.3.5.8. */
#ifndef SDR_FN_WIFI_RX_WIFI_DEMAP_H
#define SDR_FN_WIFI_RX_WIFI_DEMAP_H

#include <complex.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Soft bits of the data tones: bit b of tone t goes to soft[map[t * bpsc + b]],
 * positive for 1.
 * z: |h|^2 times the point received; gain: |h|^2; mean_gain: of all tones;
 * bpsc: 1, 2, 4 or 6.
 */
struct wifi_demap {
    int bpsc;
    size_t n; /* tones: 48, or 52 in HT */
    float mean_gain;
    const uint16_t *map;
};

void wifi_demap(const struct wifi_demap *d, const float complex *z,
                const float *gain, int8_t *soft);

/* Distance from the nearest point, squared, sum over the tones of gain times.
 */
float wifi_demap_error(int bpsc, size_t n, const float complex *z,
                       const float *gain);

#endif
