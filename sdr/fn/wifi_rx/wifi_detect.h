/*
 * wifi_detect.h - finds the preambles of 802.11 OFDM frames (20 MHz) in a
 * stream: the cheap front end that runs over every sample.
 *
 * Short training field: autocorrelation at a lag of 16 samples over 128,
 * against a threshold relative to the energy (constant false-alarm rate); what
 * repeats at a lag of 8, too, is a tone or a narrow band.  A candidate counts
 * when the long training field follows (IEEE 802.11-2020 17.3.3).
 *
 * Function stf_detect finds the short ones when it is lent.
 */
#ifndef SDR_FN_WIFI_RX_WIFI_DETECT_H
#define SDR_FN_WIFI_RX_WIFI_DETECT_H

#include <complex.h>
#include <stddef.h>
#include <stdint.h>

#include "core/fn.h"

enum {
    /* A preamble is reported within this many samples of its start, also by
     * stf_detect. */
    WIFI_DETECT_LATENCY = 1024,
};

struct wifi_detection {
    uint64_t start_sample; /* first sample of the STF, +-20; 0 is the first */
    float cfo_hz;          /* positive: the signal is above the centre */
    float snr_db;          /* over 20 MHz, rough */
};

/* Called in the order of start_sample, from within wifi_detect_push(). */
typedef void wifi_detect_fn(void *ctx, const struct wifi_detection *d);

struct wifi_detect_count {
    uint64_t candidates; /* short training fields */
    uint64_t confirmed;  /* of them, followed by a long one */
    uint64_t dropped;    /* candidates that came too fast to be looked at */
};

struct wifi_detect;

/* A detector at sample 0 of a stream at 20 Msps; ERR_NO_MEM. */
int wifi_detect_open(struct wifi_detect **out);
void wifi_detect_close(struct wifi_detect *d);

/* From the first sample on function stf_detect finds short training fields,
 * wherever it is. */
void wifi_detect_lend(struct wifi_detect *d, const struct fn_kernel *kernel);

/* Takes the next 'n' samples, any values, and reports what they complete. */
void wifi_detect_push(struct wifi_detect *d, const float complex *x, size_t n,
                      wifi_detect_fn *report, void *ctx);

/* The stretch of samples ends: what of it does not fill a block is looked at,
 * too. */
void wifi_detect_flush(struct wifi_detect *d, wifi_detect_fn *report,
                       void *ctx);

const struct wifi_detect_count *wifi_detect_counts(const struct wifi_detect *d);

#endif
