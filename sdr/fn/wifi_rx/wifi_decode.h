/*
 * wifi_decode.h - decodes one OFDM frame of 20 MHz from samples at 20 Msps:
 * non-HT (802.11a/g, IEEE 802.11-2020 clause 17) and HT-mixed (802.11n, clause
 * 19) of one stream, with either code.
 *
 * HT frames of other kinds, and VHT frames, are recognized by the rotated
 * symbols after their L-SIG and come out as headers only.
 */
#ifndef SDR_FN_WIFI_RX_WIFI_DECODE_H
#define SDR_FN_WIFI_RX_WIFI_DECODE_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/fn.h"
#include "sdr/dsp/ofdm20.h"
#include "sdr/dsp/wifi_ht.h"
#include "sdr/dsp/wifi_phy.h"

enum {
    WIFI_DECODE_NONE = 0,
    WIFI_DECODE_FRAME = 1,
    WIFI_DECODE_MORE = 2,

    /* Samples to give before the expected start; it may be +-40 off. */
    WIFI_DECODE_LEAD = 64,
    /* With fewer samples the answer is WIFI_DECODE_MORE at once. */
    WIFI_DECODE_MIN = WIFI_DECODE_LEAD + 48 + 400,
    /* No frame needs more. */
    WIFI_DECODE_MAX = WIFI_DECODE_MIN + WIFI_HT_SAMPLES_MAX,
};

enum wifi_format {
    WIFI_NON_HT,
    WIFI_HT,
    WIFI_VHT,
};

struct wifi_frame {
    enum wifi_format format;
    bool header_only;   /* no PSDU: only what the headers say is filled in */
    bool fcs_ok;        /* the FCS is right: of the PSDU, or of an MPDU in it */
    uint32_t rate_kbps; /* of the PSDU */
    unsigned lsig_len;  /* LENGTH of L-SIG */
    bool has_ht_sig;    /* 'ht' is known */
    struct wifi_ht_sig ht;
    size_t start; /* first sample of the frame, in the samples given */
    size_t end;   /* the sample after its last */
    float cfo_hz; /* positive: the signal is above the centre */
    float snr_db; /* over 20 MHz */
    float evm_db; /* of the DATA symbols; 0 when unknown */
    size_t n_csi; /* tones of 'csi': 52, or 56 when DATA of HT is decoded */
    float complex csi[OFDM20_HT_TONES]; /* channel from the first antenna, by
                                         * frequency; mean power 1 */
    size_t psdu_len;                    /* bytes, with FCS; 0 in a header */
    uint8_t psdu[WIFI_HT_PSDU_MAX];
};

struct wifi_decoder;

/* ERR_NO_MEM.  A decoder keeps nothing from one frame to the next. */
int wifi_decode_open(struct wifi_decoder **out);
void wifi_decode_close(struct wifi_decoder *w);

/*
 * From now on function viterbi_k7 or fft64 does what it can of the work,
 * wherever it is.  The former gives the same bits; the latter transforms in 16
 * bits.
 */
enum wifi_kernel { WIFI_KERNEL_VITERBI, WIFI_KERNEL_FFT };
void wifi_decode_lend(struct wifi_decoder *w, enum wifi_kernel which,
                      const struct fn_kernel *kernel);

/*
 * Decodes the frame whose first sample is within 40 of x[WIFI_DECODE_LEAD].
 * Reads x[0 .. n - 1] only; any values are harmless.
 *
 * WIFI_DECODE_FRAME: '*out' is filled in, right FCS or not.
 * WIFI_DECODE_NONE: no preamble or no valid SIGNAL there.
 * WIFI_DECODE_MORE: the frame needs '*n_needed' samples, which is more than 'n'
 * and at most WIFI_DECODE_MAX; written in this case only.
 */
int wifi_decode(struct wifi_decoder *w, const float complex *x, size_t n,
                struct wifi_frame *out, size_t *n_needed);

/* "non-ht", "ht" or "vht". */
const char *wifi_format_name(enum wifi_format format);

/* Is the FCS at the end of an MPDU of 'n' bytes right? */
bool wifi_mpdu_fcs_ok(const uint8_t *mpdu, size_t n);

#endif
