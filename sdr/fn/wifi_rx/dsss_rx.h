/*
 * dsss_rx.h - receives 802.11b frames from samples at 20 Msps: 1, 2, 5.5 and 11
 * Mbit/s with long and short preamble (IEEE 802.11-2020 clauses 15 and 16).
 *
 * The receiver walks over a stream whose last samples the caller holds, and
 * keeps its place.
 */
#ifndef SDR_FN_WIFI_RX_DSSS_RX_H
#define SDR_FN_WIFI_RX_DSSS_RX_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sdr/dsp/wifi_dsss.h"

struct dsss_frame {
    uint32_t kbps; /* as SIGNAL says, even when that is none of the four */
    bool cck;      /* or PBCC; false: Barker code */
    bool short_preamble;
    bool header_only; /* no PSDU of a kind that is known follows */
    int64_t start;    /* first sample of the frame, of the stream */
    int64_t end;      /* the sample after its last */
    float cfo_hz;     /* positive: the signal is above the centre */
    float snr_db;     /* over 20 MHz; from the chips, so at most about 40 */
    float evm_db;     /* of the PSDU's symbols; 0 when unknown */
    size_t psdu_len;  /* bytes with FCS; 0 in a header */
    uint8_t psdu[WIFI_DSSS_PSDU_MAX];
};

enum dsss_got {
    DSSS_MORE,  /* all has been looked at */
    DSSS_SFD,   /* a preamble; call again */
    DSSS_FRAME, /* a frame; call again */
};

/* The samples at hand: x[0 .. n - 1] are number first .. of the stream. */
struct dsss_held {
    const float complex *x;
    int64_t first;
    size_t n;
    int64_t look_to; /* frames that begin later are not sought yet */
    bool ended;      /* no more samples come */
};

struct dsss_rx;

/* ERR_NO_MEM. */
int dsss_rx_open(struct dsss_rx **out);
void dsss_rx_close(struct dsss_rx *r);

/* Begins to look at sample 'at' of the stream, forgetting what it was at. */
void dsss_rx_begin(struct dsss_rx *r, int64_t at);

/* Looks for no frame that begins before sample 'at'; one that is being received
 * goes on. */
void dsss_rx_skip(struct dsss_rx *r, int64_t at);

/* The samples before it are not needed any more. */
int64_t dsss_rx_keep(const struct dsss_rx *r);

/* Goes on; what it needs that is no longer held makes it begin again. */
enum dsss_got dsss_rx_run(struct dsss_rx *r, const struct dsss_held *h);

/* The frame, behind DSSS_FRAME and until the next call. */
const struct dsss_frame *dsss_rx_frame(const struct dsss_rx *r);

#endif
