/* scan_report.c - see scan_report.h. */
#include "host/radio/scan_report.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "core/json/json_line.h"
#include "host/radio/scan_lte.h"

/* One line, out at once: what was found stays found whatever comes. */
static void line(json_t *object)
{
    /* cli_flush() asks at the end whether that worked. */
    json_line(stdout, object, 12);
    (void)fflush(stdout);
}

static void set_real(json_t *o, const char *key, double value, double unit)
{
    (void)json_object_set_new(o, key, json_real(round(value / unit) * unit));
}

void scan_report_recording(bool json, const char *file, double rate_hz,
                           uint64_t n_samples)
{
    if (json) {
        line(json_pack("{ss, ss, sf, sI}", "type", "recording", "file", file,
                       "sample_rate_hz", rate_hz, "n_samples",
                       (json_int_t)n_samples));
    } else {
        printf("%s: %" PRIu64 " samples at %g Msps\n", file, n_samples,
               rate_hz / 1e6);
    }
}

void scan_report_signal(bool json, const struct scan_signal *s)
{
    if (!json) {
        printf("  %-8s samples %.0f to %.0f, offset %+.1f kHz, %.2f MHz wide, "
               "SNR %.1f dB\n",
               s->technology, s->start_sample, s->end_sample,
               s->offset_hz / 1e3, s->bandwidth_hz / 1e6, s->snr_db);
        return;
    }
    json_t *o = json_pack("{ss, ss, sI, sI}", "type", "signal", "technology",
                          s->technology, "start_sample",
                          (json_int_t)llround(s->start_sample), "end_sample",
                          (json_int_t)llround(s->end_sample));
    set_real(o, "offset_hz", s->offset_hz, 1);
    set_real(o, "bandwidth_hz", s->bandwidth_hz, 1);
    set_real(o, "snr_db", s->snr_db, 0.1);
    line(o);
}

static void hex(const uint8_t *bytes, size_t n, char *text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t k = 0; k < n; k++) {
        text[2 * k] = digits[bytes[k] >> 4];
        text[2 * k + 1] = digits[bytes[k] & 15];
    }
    text[2 * n] = '\0';
}

static void set_hex(json_t *o, const char *key, const uint8_t *bytes, size_t n)
{
    char text[2 * REC_PSDU_MAX + 1];

    hex(bytes, n, text);
    (void)json_object_set_new(o, key, json_string(text));
}

/* 6.5 and 72.2 are reals, 54 is a number as it always was. */
static json_t *mbps(uint32_t kbps)
{
    return kbps % 1000 == 0 ? json_integer(kbps / 1000)
                            : json_real(round((double)kbps / 100) / 10);
}

/* What HT-SIG says. */
static void set_ht(json_t *o, const struct rec_wifi_frame *w)
{
    (void)json_object_set_new(o, "mcs", json_integer(w->mcs));
    (void)json_object_set_new(o, "sgi", json_boolean(w->short_gi));
    (void)json_object_set_new(o, "bandwidth_mhz",
                              json_integer(w->wide != 0 ? 40 : 20));
    (void)json_object_set_new(o, "stbc", json_boolean(w->stbc));
    (void)json_object_set_new(o, "ldpc", json_boolean(w->ldpc));
    (void)json_object_set_new(o, "aggregated", json_boolean(w->aggregated));
}

/* The channel, a pair of numbers a tone. */
static json_t *csi(const struct rec_wifi_frame *w)
{
    json_t *list = json_array();

    for (size_t k = 0; k < w->n_csi; k++) {
        (void)json_array_append_new(
            list, json_pack("[ff]", round((double)w->csi[k][0] * 1e4) / 1e4,
                            round((double)w->csi[k][1] * 1e4) / 1e4));
    }
    return list;
}

/* All of a frame but its bytes. */
static json_t *wifi_object(const char *file, const struct rec_wifi_frame *w,
                           double scale, bool with_csi)
{
    json_t *o = json_pack(
        "{ss, ss, sI, ss}", "type", "wifi_frame", "file", file, "start_sample",
        (json_int_t)llround(w->start_sample * scale), "format", w->format);

    if (w->header_only != 0) {
        (void)json_object_set_new(o, "header_only", json_true());
    }
    if (w->rate_kbps != 0) {
        (void)json_object_set_new(o, "rate_mbps", mbps(w->rate_kbps));
    }
    if (w->mcs != REC_NO_MCS) {
        set_ht(o, w);
    }
    if (w->header_only == 0 || w->mcs != REC_NO_MCS) {
        (void)json_object_set_new(o, "psdu_len", json_integer(w->psdu_len));
    }
    if (w->header_only == 0) {
        set_real(o, "evm_db", w->evm_db, 0.1);
    }
    set_real(o, "cfo_hz", w->cfo_hz, 1);
    set_real(o, "snr_db", w->snr_db, 0.1);
    if (w->preamble != REC_OFDM) {
        (void)json_object_set_new(o, "short_preamble",
                                  json_boolean(w->preamble == REC_SHORT));
    }
    if (with_csi) {
        (void)json_object_set_new(o, "csi", csi(w));
    }
    return o;
}

void scan_report_rec_end(struct scan_ampdu *ampdu)
{
    if (ampdu->frame != NULL) {
        line(ampdu->frame);
    }
    ampdu->frame = NULL;
}

/* An MPDU of an A-MPDU; the line goes out with the last one. */
static void mpdu_json(const char *file, const struct rec_wifi_frame *w,
                      double scale, struct scan_ampdu *ampdu)
{
    if (w->mpdu == 0 || ampdu->frame == NULL) {
        scan_report_rec_end(ampdu); /* its last did not come */
        ampdu->frame = wifi_object(file, w, scale, ampdu->csi);
        (void)json_object_set_new(ampdu->frame, "fcs_ok", json_true());
        (void)json_object_set_new(ampdu->frame, "mpdus", json_array());
    }
    if (w->fcs_ok == 0) {
        (void)json_object_set_new(ampdu->frame, "fcs_ok", json_false());
    }
    if (w->n_mpdus > 0) {
        json_t *m = json_pack("{sb}", "fcs_ok", w->fcs_ok);
        set_hex(m, "mpdu_hex", w->psdu, w->len);
        (void)json_array_append_new(json_object_get(ampdu->frame, "mpdus"), m);
    }
    if (w->n_mpdus == 0 || w->mpdu + 1 == w->n_mpdus) {
        scan_report_rec_end(ampdu);
    }
}

static void wifi_json(const char *file, const struct rec_wifi_frame *w,
                      double scale, struct scan_ampdu *ampdu)
{
    if (w->aggregated != 0 && w->header_only == 0) {
        mpdu_json(file, w, scale, ampdu);
        return;
    }
    json_t *o = wifi_object(file, w, scale, ampdu->csi);
    if (w->header_only == 0) {
        set_hex(o, "psdu_hex", w->psdu, w->len);
        (void)json_object_set_new(o, "fcs_ok", json_boolean(w->fcs_ok));
    }
    line(o);
}

/* "1/6", "1/2", "1", "2" */
static const char *sixths(uint8_t n)
{
    return n == 1 ? "1/6" : n == 3 ? "1/2" : n == 6 ? "1" : "2";
}

static void lte_json(const char *file, const struct rec_lte_cell *c,
                     double scale)
{
    json_t *o = json_pack("{ss, ss, si, ss, ss}", "type", "lte_cell", "file",
                          file, "cell_id", (int)c->cell_id, "duplex",
                          c->is_tdd != 0 ? "tdd" : "fdd", "cp",
                          c->extended_cp != 0 ? "extended" : "normal");

    set_real(o, "cfo_hz", c->cfo_hz, 1);
    set_real(o, "frame_start_sample", c->frame_start_sample * scale, 0.01);
    set_real(o, "snr_db", c->snr_db, 0.1);
    set_real(o, "rsrp_db", c->rsrp_db, 0.1);
    set_real(o, "rsrq_db", c->rsrq_db, 0.1);
    if (c->has_mib != 0) {
        (void)json_object_set_new(o, "ports", json_integer(c->ports));
        (void)json_object_set_new(o, "prb", json_integer(c->prb));
        (void)json_object_set_new(
            o, "phich_duration",
            json_string(c->extended_phich != 0 ? "extended" : "normal"));
        (void)json_object_set_new(o, "phich_resources",
                                  json_string(sixths(c->phich_sixths)));
        (void)json_object_set_new(o, "sfn", json_integer(c->sfn));
    }
    if (c->n_sib1 > 0) {
        set_hex(o, "sib1_hex", c->sib1, c->n_sib1);
        (void)json_object_set_new(o, "sib1", scan_lte_rrc(c->sib1, c->n_sib1));
    }
    line(o);
}

static void si_json(const char *file, const struct rec_lte_si *s, double scale)
{
    json_t *o = json_pack("{ss, ss, si, si, si}", "type", "lte_si", "file",
                          file, "cell_id", (int)s->cell_id, "sfn", (int)s->sfn,
                          "subframe", (int)s->subframe);

    set_real(o, "frame_start_sample", s->frame_start_sample * scale, 0.01);
    set_hex(o, "hex", s->bytes, s->n);
    (void)json_object_set_new(o, "content", scan_lte_rrc(s->bytes, s->n));
    line(o);
}

static void nr_json(const char *file, const struct rec_nr_cell *c, double scale)
{
    json_t *o = json_pack("{ss, ss, si, si, si, si}", "type", "nr_cell", "file",
                          file, "cell_id", (int)c->cell_id, "scs_khz",
                          (int)c->scs_khz, "ssb_index", (int)c->ssb_index,
                          "half_frame", (int)c->half_frame);
    json_t *seen = json_array();

    for (int k = 0; k < 8; k++) {
        if ((c->ssb_seen >> k & 1) != 0) {
            (void)json_array_append_new(seen, json_integer(k));
        }
    }
    (void)json_object_set_new(o, "ssb_seen", seen);
    set_real(o, "cfo_hz", c->cfo_hz, 1);
    set_real(o, "frame_start_sample", c->frame_start_sample * scale, 0.01);
    set_real(o, "snr_db", c->snr_db, 0.1);
    (void)json_object_update_new(
        o, json_pack("{si, si, si, si, si, sb, sb}", "sfn", (int)c->sfn,
                     "scs_common_khz", (int)c->scs_common_khz, "k_ssb",
                     (int)c->k_ssb, "dmrs_type_a_pos", (int)c->dmrs_type_a_pos,
                     "pdcch_config_sib1", (int)c->pdcch_config_sib1,
                     "cell_barred", (int)c->barred, "intra_freq_reselection",
                     (int)c->reselection));
    set_hex(o, "mib_hex", c->mib, sizeof c->mib);
    line(o);
}

static void nr_text(const struct rec_nr_cell *c, double scale)
{
    printf("  NR cell %u: block %u of %u kHz, SFN %u at sample %.0f, "
           "SNR %.1f dB, CFO %+.1f kHz%s\n",
           c->cell_id, c->ssb_index, c->scs_khz, c->sfn,
           c->frame_start_sample * scale, c->snr_db, c->cfo_hz / 1e3,
           c->barred != 0 ? ", barred" : "");
}

/* The frame types that a reader looks for first; IEEE 802.11-2020 9.2.4.1.3. */
static const char *frame_name(const struct rec_wifi_frame *w)
{
    static const char *const types[] = {"management", "control", "data",
                                        "extension"};

    if (w->len < 2 || w->fcs_ok == 0) {
        return "";
    }
    return w->psdu[0] == 0x80   ? "beacon"
           : w->psdu[0] == 0xd4 ? "ack"
                                : types[w->psdu[0] >> 2 & 3];
}

static void wifi_text(const struct rec_wifi_frame *w, double scale)
{
    char mcs[16] = "";

    if (w->mcs != REC_NO_MCS) {
        (void)snprintf(mcs, sizeof mcs, " MCS %u", w->mcs); /* fits */
    }
    printf("  sample %8.0f  ", w->start_sample * scale);
    if (w->header_only != 0) {
        printf("%s%s frame, header only\n", w->format, mcs);
        return;
    }
    printf("Wi-Fi %4.3g Mbit/s%s, %4u bytes, FCS %s, CFO %+.1f kHz, "
           "SNR %.1f dB %s\n",
           (double)w->rate_kbps / 1e3, mcs, w->len,
           w->fcs_ok != 0 ? "ok" : "wrong", w->cfo_hz / 1e3, w->snr_db,
           frame_name(w));
}

void scan_report_rec(bool json, const char *file, const struct rec *rec,
                     double scale, struct scan_ampdu *ampdu)
{
    const struct rec_lte_cell *c = &rec->lte;

    if (json && rec->type == REC_WIFI_FRAME) {
        wifi_json(file, &rec->wifi, scale, ampdu);
    } else if (rec->type == REC_NR_CELL && json) {
        nr_json(file, &rec->nr, scale);
    } else if (rec->type == REC_NR_CELL) {
        nr_text(&rec->nr, scale);
    } else if (json && rec->type == REC_LTE_SI) {
        si_json(file, &rec->si, scale);
    } else if (rec->type == REC_LTE_SI) {
        printf("  LTE cell %u: SFN %u subframe %u: ", rec->si.cell_id,
               rec->si.sfn, rec->si.subframe);
        scan_lte_print(rec->si.bytes, rec->si.n);
    } else if (json) {
        lte_json(file, c, scale);
    } else if (rec->type == REC_WIFI_FRAME) {
        wifi_text(&rec->wifi, scale);
    } else if (c->has_mib != 0) {
        printf(
            "  LTE cell %u: %s, %u PRB, %u port%s, PHICH %s, SFN %u at sample "
            "%.0f, CFO %+.1f kHz\n",
            c->cell_id, c->is_tdd != 0 ? "TDD" : "FDD", c->prb, c->ports,
            c->ports == 1 ? "" : "s", sixths(c->phich_sixths), c->sfn,
            c->frame_start_sample * scale, c->cfo_hz / 1e3);
    } else {
        printf("  LTE cell %u: %s, no MIB, CFO %+.1f kHz\n", c->cell_id,
               c->is_tdd != 0 ? "TDD" : "FDD", c->cfo_hz / 1e3);
    }
}

void scan_report_summary(bool json, const char *file,
                         const struct scan_totals *t)
{
    double msps = t->seconds > 0 ? (double)t->n_samples / t->seconds / 1e6 : 0;

    if (json) {
        line(json_pack("{ss, ss, sI, sI, sI, sI, sf, sf}", "type", "summary",
                       "file", file, "wifi_frames", (json_int_t)t->wifi_frames,
                       "wifi_fcs_ok", (json_int_t)t->wifi_fcs_ok, "lte_cells",
                       (json_int_t)t->lte_cells, "nr_cells",
                       (json_int_t)t->nr_cells, "seconds", t->seconds, "msps",
                       msps));
    } else {
        printf("  %" PRIu64 " Wi-Fi frames (%" PRIu64
               " with a right FCS), %" PRIu64 " LTE cells",
               t->wifi_frames, t->wifi_fcs_ok, t->lte_cells);
        if (t->nr_cells > 0) {
            printf(", %" PRIu64 " NR cells", t->nr_cells);
        }
        printf("; %.2f s, %.1f Msps\n", t->seconds, msps);
    }
}
