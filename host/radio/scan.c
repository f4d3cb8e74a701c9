/* scan.c - see scan.h. */
#include "host/radio/scan.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "host/radio/lte_branch.h"
#include "host/radio/nr_branch.h"
#include "host/radio/scan_report.h"
#include "host/radio/wifi_branch.h"
#include "sdr/dsp/spectrum.h"
#include "sdr/radio/iq_file.h"

/* Samples read at once.  A record comes after the block in which its frame
 * ends: the block is a part of the time that takes. */
enum {
    BLOCK = 1 << 12,
    LTE_CELLS = 504,
    NR_CELLS = 1008,
    NR_SPACINGS = 2,
    CELLS = LTE_CELLS + NR_SPACINGS * NR_CELLS,
};

/* The lowest rates at which a technology can be decoded. */
static const double wifi_rate_hz = 19.2e6;
static const double lte_rate_hz = 1.4e6;

/* Frames of one technology closer than this are one signal, seconds. */
static const double signal_gap_s = 0.01;

struct scan {
    const struct scan_options *o;
    const char *file;
    struct iq_source *source;
    struct wifi_branch *wifi;
    struct lte_branch *lte;
    struct nr_branch *nr;
    struct kernels *kernels;
    struct report report; /* of these */
    struct spectrum *spectrum;
    double rate_hz;
    uint64_t n;               /* samples so far */
    struct scan_signal burst; /* Wi-Fi frames that follow each other */
    double burst_frames;
    bool frame_ok; /* something of the frame at hand had a right FCS */
    struct scan_ampdu ampdu;
    struct scan_totals totals;
    bool cell_seen[CELLS]; /* LTE by cell_id, then NR of each spacing */
    struct scan_signal cells[CELLS];
    size_t n_cells;
    float complex block[BLOCK];
};

static void end_burst(struct scan *s)
{
    if (s->burst_frames > 0) {
        s->burst.offset_hz /= s->burst_frames;
        s->burst.snr_db /= s->burst_frames;
        scan_report_signal(s->o->json, &s->burst);
    }
    s->burst_frames = 0;
}

/* Adds a frame with a right header to the signal it belongs to. */
static void add_to_burst(struct scan *s, const struct rec_wifi_frame *w)
{
    double scale = s->rate_hz / WIFI_BRANCH_RATE_HZ;
    double start = w->start_sample * scale;

    if (s->burst_frames > 0 &&
        start - s->burst.end_sample > signal_gap_s * s->rate_hz) {
        end_burst(s);
    }
    if (s->burst_frames == 0) {
        s->burst = (struct scan_signal){
            .technology = "wifi", .start_sample = start, .bandwidth_hz = 20e6};
    }
    s->burst.end_sample = w->end_sample * scale;
    s->burst.offset_hz += w->cfo_hz;
    s->burst.snr_db += w->snr_db;
    s->burst_frames++;
}

static void take_wifi(void *ctx, const struct rec *rec)
{
    struct scan *s = ctx;

    if (rec->type != REC_WIFI_FRAME) {
        return;
    }
    if (rec->wifi.mpdu == 0) {
        s->totals.wifi_frames++;
        s->frame_ok = false;
    }
    scan_report_rec(s->o->json, s->file, rec, s->rate_hz / WIFI_BRANCH_RATE_HZ,
                    &s->ampdu);
    if (rec->wifi.fcs_ok != 0 && !s->frame_ok) {
        s->frame_ok = true;
        s->totals.wifi_fcs_ok++;
        add_to_burst(s, &rec->wifi);
    }
    if (s->o->pcap != NULL) {
        scan_pcap_write(s->o->pcap, rec, iq_info(s->source)->centre_hz);
    }
}

/* A cell is a signal to the end of the recording: report_cells().  False: it
 * is known. */
static bool keep_cell(struct scan *s, size_t number,
                      const struct scan_signal *signal)
{
    if (s->cell_seen[number]) {
        return false; /* an LTE cell comes again with its SIB1 */
    }
    s->cell_seen[number] = true;
    s->cells[s->n_cells++] = *signal;
    return true;
}

static void keep_lte(struct scan *s, const struct rec_lte_cell *c)
{
    struct scan_signal signal = {
        .technology = "lte",
        .offset_hz = c->cfo_hz,
        .bandwidth_hz = 180e3 * (c->has_mib ? c->prb : 6),
        .snr_db = c->snr_db,
    };

    s->totals.lte_cells +=
        keep_cell(s, c->cell_id % LTE_CELLS, &signal) ? 1 : 0;
}

static void keep_nr(struct scan *s, const struct rec_nr_cell *c)
{
    size_t spacing = c->scs_khz == 30 ? 0 : 1;
    struct scan_signal signal = {
        .technology = "nr",
        .offset_hz = c->cfo_hz,
        .bandwidth_hz = 240e3 * c->scs_khz, /* of the block */
        .snr_db = c->snr_db,
    };

    s->totals.nr_cells +=
        keep_cell(s, LTE_CELLS + spacing * NR_CELLS + c->cell_id % NR_CELLS,
                  &signal)
            ? 1
            : 0;
}

static void report_cells(struct scan *s)
{
    for (size_t k = 0; k < s->n_cells; k++) {
        s->cells[k].end_sample = (double)s->n;
        scan_report_signal(s->o->json, &s->cells[k]);
    }
}

static void take_lte(void *ctx, const struct rec *rec)
{
    struct scan *s = ctx;

    if (rec->type != REC_LTE_CELL && rec->type != REC_LTE_SI) {
        return;
    }
    scan_report_rec(s->o->json, s->file, rec, s->rate_hz / LTE_BRANCH_RATE_HZ,
                    &s->ampdu);
    if (rec->type == REC_LTE_CELL) {
        keep_lte(s, &rec->lte);
    }
    if (s->o->pcap != NULL) {
        scan_pcap_write(s->o->pcap, rec, iq_info(s->source)->centre_hz);
    }
}

static void take_nr(void *ctx, const struct rec *rec)
{
    struct scan *s = ctx;

    if (rec->type == REC_NR_CELL) {
        scan_report_rec(s->o->json, s->file, rec,
                        s->rate_hz / NR_BRANCH_RATE_HZ, &s->ampdu);
        keep_nr(s, &rec->nr);
    }
}

static int open_branches(struct scan *s)
{
    const struct iq_info *info = iq_info(s->source);
    int err = spectrum_open(info->rate_hz, &s->spectrum);

    if (err == 0 && s->o->kernels != NULL) {
        err =
            kernels_open(s->o->kernels, &s->report, info->rate_hz, &s->kernels);
    }
    /* A rate as it stands in a file may be off in the last digit. */
    if (err == 0 && info->rate_hz >= wifi_rate_hz * (1 - 1e-6)) {
        err =
            wifi_branch_open(info->rate_hz, s->kernels, take_wifi, s, &s->wifi);
    }
    if (err == 0 && info->rate_hz >= lte_rate_hz * (1 - 1e-6)) {
        err = lte_branch_open(info->rate_hz, info->centre_hz, s->kernels,
                              take_lte, s, &s->lte);
    }
    if (err == 0 && info->rate_hz >= NR_BRANCH_LEAST_HZ * (1 - 1e-6)) {
        err =
            nr_branch_open(info->rate_hz, info->centre_hz, take_nr, s, &s->nr);
    }
    return err;
}

enum { DECODERS = 2 + NR_BRANCH_DECODERS };

/* All there may be; NULL where one is not running. */
static void list_decoders(const struct scan *s, struct decoder *d[DECODERS])
{
    d[0] = s->wifi != NULL ? wifi_branch_decoder(s->wifi) : NULL;
    d[1] = s->lte != NULL ? lte_branch_decoder(s->lte) : NULL;
    for (size_t k = 0; k < NR_BRANCH_DECODERS; k++) {
        d[2 + k] = s->nr != NULL ? nr_branch_decoder(s->nr, k) : NULL;
    }
}

/*
 * Gives out records that come while the input makes wait: from a pipe the next
 * samples may be long in coming.
 */
static void wait_for_input(struct scan *s, int *device_err)
{
    struct decoder *d[DECODERS];
    struct pollfd p[1 + DECODERS] = {
        {.fd = iq_fd(s->source), .events = POLLIN}};

    list_decoders(s, d);
    for (size_t k = 0; k < DECODERS; k++) {
        p[1 + k].fd = d[k] != NULL ? decoder_fd(d[k]) : -1;
        p[1 + k].events = POLLIN;
    }
    while (p[0].fd >= 0 && p[0].revents == 0 && !*s->o->stop) {
        if (poll(p, 1 + DECODERS, -1) < 0) {
            continue; /* by a signal, maybe the one that stops */
        }
        for (size_t k = 0; k < DECODERS; k++) {
            if (p[1 + k].revents != 0 && decoder_take_now(d[k]) < 0) {
                *device_err = ERR_DEVICE;
                p[1 + k].fd = -1;
            }
        }
    }
}

/* Gives s->block to all branches; when one decoder dies, the others go on. */
static void push(struct scan *s, size_t n, int *device_err)
{
    int wifi = s->wifi != NULL ? wifi_branch_push(s->wifi, s->block, n) : 0;
    int lte = s->lte != NULL ? lte_branch_push(s->lte, s->block, n) : 0;
    int nr = s->nr != NULL ? nr_branch_push(s->nr, s->block, n) : 0;

    if (wifi < 0 || lte < 0 || nr < 0) {
        *device_err = ERR_DEVICE;
    }
}

/* The last records come while these end. ERR_DEVICE. */
static int close_branches(struct scan *s)
{
    int wifi = wifi_branch_close(s->wifi);
    int lte = lte_branch_close(s->lte);
    int nr = nr_branch_close(s->nr);

    return wifi < 0 || lte < 0 || nr < 0 ? ERR_DEVICE : 0;
}

/* Reads to the end; 0, or why the input ended early. */
static int read_all(struct scan *s, int *device_err)
{
    int n;

    do {
        wait_for_input(s, device_err);
        n = iq_read(s->source, s->block, BLOCK);
        if (n <= 0) {
            return n;
        }
        s->n += (uint64_t)n;
        spectrum_push(s->spectrum, s->block, (size_t)n);
        push(s, (size_t)n, device_err);
        if (s->o->progress) {
            (void)fprintf(stderr, "\r%s: %llu samples", s->file,
                          (unsigned long long)s->n);
        }
    } while (!*s->o->stop);
    return 0;
}

/* What nobody knows, with its band and level; never a guess. */
static void report_unknown(struct scan *s)
{
    struct spectrum_band band;

    if (s->totals.wifi_fcs_ok == 0 && s->n_cells == 0 &&
        spectrum_strongest(s->spectrum, &band)) {
        scan_report_signal(s->o->json, &(struct scan_signal){
                                           .technology = "unknown",
                                           .end_sample = (double)s->n,
                                           .offset_hz = band.offset_hz,
                                           .bandwidth_hz = band.bandwidth_hz,
                                           .snr_db = band.snr_db,
                                       });
    }
}

int scan_file(const struct scan_options *o, const char *file)
{
    struct scan *s = calloc(1, sizeof *s);
    uint64_t start = clock_ns();
    int device_err = 0;
    int err;

    if (s == NULL) {
        return err_say(ERR_NO_MEM, "%s: not enough memory", file);
    }
    s->o = o;
    s->report = (struct report){.out = stdout, .json = o->json};
    s->ampdu.csi = o->csi;
    s->file = file;
    err = iq_open(file, o->format, o->rate_hz, &s->source);
    if (err < 0) {
        free(s);
        return err;
    }
    s->rate_hz = iq_info(s->source)->rate_hz;
    scan_report_recording(o->json, file, s->rate_hz,
                          iq_info(s->source)->n_samples);
    err = open_branches(s);
    if (err == 0) {
        err = read_all(s, &device_err);
    }
    if (o->progress) {
        (void)fprintf(stderr, "\r%*s\r", 60, "");
    }
    device_err = close_branches(s) < 0 ? ERR_DEVICE : device_err;
    scan_report_rec_end(&s->ampdu);
    int kernels_err = kernels_close(s->kernels);
    err = err < 0 ? err : kernels_err;
    end_burst(s);
    report_cells(s);
    if (s->spectrum != NULL) {
        report_unknown(s);
    }
    if (iq_n_not_finite(s->source) > 0) {
        (void)err_say(0, "%s: %llu samples are not finite, taken as 0", file,
                      (unsigned long long)iq_n_not_finite(s->source));
    }
    s->totals.n_samples = s->n;
    s->totals.seconds = (double)(clock_ns() - start) / 1e9;
    scan_report_summary(o->json, file, &s->totals);
    spectrum_close(s->spectrum);
    iq_close(s->source);
    free(s);
    return err < 0 ? err : device_err;
}
