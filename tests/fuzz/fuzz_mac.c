/* fuzz_mac.c - what reads the bits and bytes of Wi-Fi frames, on any. */
#include <stdlib.h>
#include <string.h>

#include "sdr/dsp/wifi_ampdu.h"
#include "sdr/dsp/wifi_ht.h"
#include "sdr/dsp/wifi_phy.h"
#include "sdr/fn/wifi_rx/wifi_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* MPDUs lie one behind the other in what there is. */
static void ampdu(const uint8_t *psdu, size_t n)
{
    size_t at = 0, len = 0, end = 0;

    for (;;) {
        size_t from = wifi_ampdu_next(psdu, n, &at, &len);
        if (from == n) {
            return;
        }
        if (from < end + WIFI_AMPDU_DELIMITER || len > n - from ||
            len > WIFI_AMPDU_MPDU_MAX || from % 4 != 0) {
            abort();
        }
        (void)wifi_mpdu_fcs_ok(psdu + from, len); /* reads all of it */
        end = from + len;
    }
}

/* What is understood is what would be sent. */
static void headers(const uint8_t *data, size_t n)
{
    uint8_t bits[WIFI_HT_SIG_BITS] = {0}, again[WIFI_HT_SIG_BITS];
    struct wifi_phy_signal s;
    struct wifi_ht_sig ht;

    for (size_t k = 0; k < WIFI_HT_SIG_BITS && k / 8 < n; k++) {
        bits[k] = data[k / 8] >> k % 8 & 1;
    }
    if (wifi_phy_signal_parse(bits, &s) == 0) {
        wifi_phy_signal_pack(&s, again);
        if (memcmp(bits, again, WIFI_PHY_SIGNAL_BITS) != 0) {
            abort();
        }
    }
    if (wifi_ht_sig_parse(bits, &ht) == 0) {
        wifi_ht_sig_pack(&ht, again);
        if (memcmp(bits, again, WIFI_HT_SIG_BITS) != 0) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *copy = calloc(n + (n == 0), 1); /* no byte behind it is ours */

    if (copy == NULL) {
        return 0;
    }
    if (n > 0) {
        memcpy(copy, data, n);
    }
    ampdu(copy, n);
    headers(copy, n);
    /* A right delimiter in front, so that more of it is looked at. */
    if (n >= WIFI_AMPDU_DELIMITER) {
        wifi_ampdu_delimiter((unsigned)(n - 1) % 4096, copy);
        ampdu(copy, n);
    }
    free(copy);
    return 0;
}
