/* scan_report.h - what a scan tells, as JSON lines or as a page. */
#ifndef HOST_RADIO_SCAN_REPORT_H
#define HOST_RADIO_SCAN_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/rec.h"

struct scan_totals {
    uint64_t wifi_frames, wifi_fcs_ok, lte_cells, nr_cells;
    uint64_t n_samples;
    double seconds;
};

struct scan_signal {
    const char *technology;          /* "wifi", "lte", "nr", "unknown" */
    double start_sample, end_sample; /* of the file */
    double offset_hz, bandwidth_hz;
    double snr_db;
};

void scan_report_recording(bool json, const char *file, double rate_hz,
                           uint64_t n_samples);
void scan_report_signal(bool json, const struct scan_signal *s);

/* An A-MPDU of which not all records have come; as JSON it is one line. */
struct scan_ampdu {
    struct json_t *frame; /* NULL: there is none */
    bool csi;             /* wanted: the channel goes with each frame */
};

/* 'scale' turns the record's sample numbers into those of the file. */
void scan_report_rec(bool json, const char *file, const struct rec *rec,
                     double scale, struct scan_ampdu *ampdu);

/* No more records come. */
void scan_report_rec_end(struct scan_ampdu *ampdu);
void scan_report_summary(bool json, const char *file,
                         const struct scan_totals *t);

#endif
