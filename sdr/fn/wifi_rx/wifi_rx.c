/*
 * wifi_rx.c - receiver of 802.11a/b/g/n frames: samples at 20 Msps in, frames
 * out.
 *
 * The detector runs over all samples; what it finds waits in a queue until the
 * samples of the whole frame are there.  A preamble inside a frame that was
 * received without error, or whose header alone was understood, is part of it.
 *
 * The receiver of 802.11b looks at what is not part of such a frame: up to the
 * preamble that waits longest, or through it while it receives a PSDU itself.
 */
#include "wifi_rx_csr.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/fn.h"
#include "sdr/dsp/wifi_ampdu.h"
#include "sdr/fn/wifi_rx/dsss_rx.h"
#include "sdr/fn/wifi_rx/wifi_decode.h"
#include "sdr/fn/wifi_rx/wifi_detect.h"

enum {
    WAITING_MAX = 64,
    /* The detector's error, and as far as a frame may reach into the end of the
     * one before: recordings cut idle time out. */
    OVERLAP = 40 + 80,
    HELD_MAX = WIFI_DECODE_MAX + WIFI_DECODE_LEAD + 4 * FN_BURST_IQ,
};

struct wifi_rx {
    struct wifi_detect *detect;
    struct wifi_decoder *decoder;
    struct dsss_rx *dsss;
    struct wifi_rx_regs *regs;
    int64_t first; /* number of held[0] in the stream */
    size_t n_held;
    int64_t clear;   /* samples before it belong to a received frame */
    int64_t shift;   /* the detector's sample numbers begin here */
    uint64_t pushed; /* samples the detector has seen */
    int64_t waiting[WAITING_MAX]; /* starts of frames, in order */
    size_t n_waiting;
    size_t needed; /* samples from the first one's origin on, if known */
    struct wifi_frame frame;
    int64_t origin; /* sample 0 of 'frame' */
    bool told;      /* all of 'frame' has been reported */
    size_t mpdu_at; /* where the search for the next MPDU begins ... */
    uint16_t mpdu;  /* and its number */
    uint16_t n_mpdus;
    float complex held[HELD_MAX];
};

static int wifi_rx_open(struct fn_state *s)
{
    struct wifi_rx *w = calloc(1, sizeof *w);

    s->own = w;
    if (w == NULL || wifi_detect_open(&w->detect) < 0 ||
        wifi_decode_open(&w->decoder) < 0 || dsss_rx_open(&w->dsss) < 0) {
        return ERR_NO_MEM;
    }
    w->regs = s->regs;
    w->first = -WIFI_DECODE_LEAD; /* zeros before the first sample */
    w->n_held = WIFI_DECODE_LEAD;
    w->told = true;
    dsss_rx_begin(w->dsss, w->first);
    return 0;
}

static void wifi_rx_close(struct fn_state *s)
{
    struct wifi_rx *w = s->own;

    if (w != NULL) {
        wifi_detect_close(w->detect);
        wifi_decode_close(w->decoder);
        dsss_rx_close(w->dsss);
        free(w);
    }
}

/* In the order of enum wifi_kernel, then the detector's. */
static const char *const kernels[] = {"viterbi_k7", "fft64", "stf_detect",
                                      NULL};

static void wifi_rx_lend(const struct fn_state *s, size_t k,
                         const struct fn_kernel *kernel)
{
    const struct wifi_rx *w = s->own;

    if (k > WIFI_KERNEL_FFT) {
        wifi_detect_lend(w->detect, kernel);
    } else {
        wifi_decode_lend(w->decoder, (enum wifi_kernel)k, kernel);
    }
}

static void detected(void *ctx, const struct wifi_detection *d)
{
    struct wifi_rx *w = ctx;

    w->regs->n_preambles++;
    if (w->n_waiting == WAITING_MAX) {
        w->regs->n_missed++;
        return;
    }
    w->waiting[w->n_waiting++] = (int64_t)d->start_sample + w->shift;
}

static void drop_first(struct wifi_rx *w)
{
    w->n_waiting--;
    w->needed = 0;
    memmove(w->waiting, w->waiting + 1, w->n_waiting * sizeof w->waiting[0]);
}

/* A new stretch of samples begins at 'item0'. */
static void begin(struct wifi_rx *w, uint64_t item0)
{
    w->first = (int64_t)item0 - WIFI_DECODE_LEAD;
    w->n_held = WIFI_DECODE_LEAD;
    memset(w->held, 0, WIFI_DECODE_LEAD * sizeof w->held[0]);
    w->clear = w->first;
    w->n_waiting = 0;
    w->needed = 0;
    w->shift = (int64_t)item0 - (int64_t)w->pushed;
    dsss_rx_begin(w->dsss, w->first);
}

/* Forgets samples that no frame can need any more, to make room for 'n'. */
static void make_room(struct wifi_rx *w, size_t n)
{
    int64_t end = w->first + (int64_t)w->n_held;
    int64_t keep = end - WIFI_DETECT_LATENCY - 4 * FN_BURST_IQ;

    if (w->n_held + n <= HELD_MAX) {
        return;
    }
    if (w->n_waiting > 0 && w->waiting[0] - WIFI_DECODE_LEAD < keep) {
        keep = w->waiting[0] - WIFI_DECODE_LEAD;
    }
    if (dsss_rx_keep(w->dsss) < keep) {
        keep = dsss_rx_keep(w->dsss);
    }
    size_t drop = keep > w->first ? (size_t)(keep - w->first) : 0;
    if (w->n_held - drop + n > HELD_MAX) {
        drop = w->n_held + n - HELD_MAX; /* older than any frame is long */
    }
    w->n_held -= drop;
    w->first += (int64_t)drop;
    memmove(w->held, w->held + drop, w->n_held * sizeof w->held[0]);
}

/* All of a record but the bytes. */
static struct rec *make_record(const struct wifi_rx *w, struct fn_span *out)
{
    const struct wifi_frame *f = &w->frame;
    struct rec *rec = (struct rec *)out->items + out->n++;
    struct rec_wifi_frame *r = &rec->wifi;

    memset(rec, 0, sizeof *rec); /* padding crosses a process border, too */
    rec->type = REC_WIFI_FRAME;
    r->start_sample = (double)(w->origin + (int64_t)f->start);
    r->end_sample = (double)(w->origin + (int64_t)f->end);
    r->cfo_hz = f->cfo_hz;
    r->snr_db = f->snr_db;
    r->evm_db = f->evm_db;
    strncpy(r->format, wifi_format_name(f->format), sizeof r->format - 1);
    r->header_only = f->header_only;
    r->rate_kbps = f->rate_kbps;
    r->psdu_len = (uint16_t)f->psdu_len;
    r->n_csi = (uint16_t)f->n_csi;
    for (size_t k = 0; k < f->n_csi; k++) {
        r->csi[k][0] = crealf(f->csi[k]);
        r->csi[k][1] = cimagf(f->csi[k]);
    }
    r->mcs = REC_NO_MCS;
    if (f->has_ht_sig) {
        r->psdu_len = f->ht.length;
        r->mcs = f->ht.mcs;
        r->short_gi = f->ht.short_gi;
        r->wide = f->ht.wide;
        r->stbc = f->ht.stbc != 0;
        r->ldpc = f->ht.ldpc;
        r->aggregated = f->ht.aggregated;
    }
    return rec;
}

static void fill_record(struct rec_wifi_frame *r, const uint8_t *bytes,
                        size_t n)
{
    n = n < REC_PSDU_MAX ? n : REC_PSDU_MAX; /* no sound frame is longer */
    r->fcs_ok = wifi_mpdu_fcs_ok(bytes, n);
    r->len = (uint16_t)n;
    memcpy(r->psdu, bytes, n);
}

/* Reports the frame, or the next MPDUs of it that there is room for. */
static void tell(struct wifi_rx *w, struct fn_span *out)
{
    const struct wifi_frame *f = &w->frame;
    bool aggregated = f->has_ht_sig && f->ht.aggregated && !f->header_only;
    size_t from = f->psdu_len, len = 0;

    if (aggregated) {
        from = wifi_ampdu_next(f->psdu, f->psdu_len, &w->mpdu_at, &len);
    }
    if (!aggregated || w->n_mpdus == 0) {
        struct rec *rec = make_record(w, out);
        fill_record(&rec->wifi, f->psdu, aggregated ? 0 : f->psdu_len);
        w->told = true;
        return;
    }
    struct rec *rec = make_record(w, out);
    rec->wifi.n_mpdus = w->n_mpdus;
    rec->wifi.mpdu = w->mpdu++;
    fill_record(&rec->wifi, f->psdu + from, len);
    w->told = w->mpdu == w->n_mpdus;
}

static uint16_t count_mpdus(const struct wifi_frame *f)
{
    size_t at = 0, len;
    uint16_t n = 0;

    if (f->has_ht_sig && f->ht.aggregated && !f->header_only) {
        while (wifi_ampdu_next(f->psdu, f->psdu_len, &at, &len) !=
               f->psdu_len) {
            n++;
        }
    }
    return n;
}

/*
 * Decodes the frame that waits longest; false when it needs more samples than
 * there are and more may come.
 */
static bool decode_first(struct wifi_rx *w, bool ended)
{
    int64_t origin = w->waiting[0] - WIFI_DECODE_LEAD;

    if (origin < w->first || w->waiting[0] + OVERLAP < w->clear) {
        drop_first(w);
        return true;
    }
    size_t offset = (size_t)(origin - w->first);
    size_t n = offset < w->n_held ? w->n_held - offset : 0;
    int got = WIFI_DECODE_MORE;
    if (n > 0 && n >= w->needed) {
        got =
            wifi_decode(w->decoder, w->held + offset, n, &w->frame, &w->needed);
    }
    if (got == WIFI_DECODE_MORE && !ended) {
        return false;
    }
    if (got == WIFI_DECODE_FRAME) {
        w->regs->n_frames++;
        w->regs->n_fcs_ok += w->frame.fcs_ok;
        w->origin = origin;
        w->told = false;
        w->mpdu_at = 0;
        w->mpdu = 0;
        w->n_mpdus = count_mpdus(&w->frame);
        /* A header holds the medium as long as it says, 19.3.21 and 17.3.12. */
        if (w->frame.fcs_ok || w->frame.header_only) {
            w->clear = origin + (int64_t)w->frame.end;
        }
    }
    drop_first(w);
    return true;
}

/* An 802.11b frame as a record. */
static void tell_dsss(struct wifi_rx *w, struct fn_span *out)
{
    const struct dsss_frame *f = dsss_rx_frame(w->dsss);
    struct rec *rec = (struct rec *)out->items + out->n++;
    struct rec_wifi_frame *r = &rec->wifi;

    memset(rec, 0, sizeof *rec); /* padding crosses a process border, too */
    rec->type = REC_WIFI_FRAME;
    r->start_sample = (double)f->start;
    r->end_sample = (double)f->end;
    r->cfo_hz = f->cfo_hz;
    r->snr_db = f->snr_db;
    r->evm_db = f->evm_db;
    strncpy(r->format, f->cck ? "cck" : "dsss", sizeof r->format - 1);
    r->header_only = f->header_only;
    r->rate_kbps = f->kbps;
    r->mcs = REC_NO_MCS;
    r->preamble = f->short_preamble ? REC_SHORT : REC_LONG;
    r->psdu_len = (uint16_t)f->psdu_len;
    fill_record(r, f->psdu, f->psdu_len);
    w->regs->n_frames++;
    if (r->fcs_ok != 0) {
        w->regs->n_fcs_ok++;
        w->clear = f->end;
    }
}

/* Lets the receiver of 802.11b go on. */
static void run_dsss(struct wifi_rx *w, struct fn_span *out, bool ended)
{
    enum dsss_got got = DSSS_SFD;

    dsss_rx_skip(w->dsss, w->clear);
    while (out->n < out->cap && got != DSSS_MORE) {
        int64_t end = w->first + (int64_t)w->n_held;
        struct dsss_held h = {.x = w->held,
                              .first = w->first,
                              .n = w->n_held,
                              .look_to = w->n_waiting > 0 ? w->waiting[0] : end,
                              .ended = ended};
        got = dsss_rx_run(w->dsss, &h);
        if (got == DSSS_SFD) {
            w->regs->n_preambles++;
        }
        if (got == DSSS_FRAME) {
            tell_dsss(w, out);
        }
    }
}

static void wifi_rx_run(struct fn_state *s, const struct fn_span *in,
                        struct fn_span *out)
{
    struct wifi_rx *w = s->own;

    if (in->n > 0) {
        if ((int64_t)in->item0 != w->first + (int64_t)w->n_held) {
            begin(w, in->item0);
        }
        make_room(w, in->n);
        memcpy(w->held + w->n_held, in->items, in->n * sizeof w->held[0]);
        w->n_held += in->n;
        wifi_detect_push(w->detect, in->items, in->n, detected, w);
        w->pushed += in->n;
    } else {
        wifi_detect_flush(w->detect, detected, w);
    }
    out->n = 0;
    while (out->n < out->cap && !w->told) {
        tell(w, out);
    }
    run_dsss(w, out, in->n == 0);
    while (out->n < out->cap && w->n_waiting > 0 &&
           decode_first(w, in->n == 0)) {
        while (out->n < out->cap && !w->told) {
            tell(w, out);
        }
        if (w->told) {
            run_dsss(w, out, in->n == 0);
        }
    }
}

const struct fn wifi_rx_fn = {
    .csr = &wifi_rx_csr,
    .summary = "receiver of 802.11a/b/g/n frames",
    .run = wifi_rx_run,
    .rate_hz = 20e6,
    .open = wifi_rx_open,
    .close = wifi_rx_close,
    .kernels = kernels,
    .lend = wifi_rx_lend,
};
