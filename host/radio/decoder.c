/* decoder.c - see decoder.h. */
#include "host/radio/decoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

enum {
    MSG_SAMPLES = 1, /* uint64_t item0, float complex[] */
    MSG_REC = 2,     /* struct rec */
    RECS = 8,
};

struct decoder {
    struct machine *machine;
    struct decoder_work work;
    uint64_t message[(sizeof(uint64_t) + FN_BURST_IQ * sizeof(float complex)) /
                     sizeof(uint64_t)];
};

/* --- inside the machine --- */

struct inside {
    struct machine_port *port;
    struct body *body;
    uint64_t next; /* item that would go on with the stretch */
    struct rec recs[RECS];
    uint64_t message[MACHINE_MESSAGE_BYTES / sizeof(uint64_t)];
};

/* Runs 'n' samples through and answers; how many records, or an error. */
static int run(struct inside *s, void *x, size_t n)
{
    struct fn_span in = {
        .type = FN_CF32, .items = x, .n = n, .cap = n, .item0 = s->next};
    struct fn_span out = {.items = s->recs, .cap = RECS};
    int err = body_run(s->body, &in, &out);

    for (size_t k = 0; k < out.n; k++) {
        machine_answer(s->port, MSG_REC, &s->recs[k], sizeof s->recs[k]);
    }
    s->next += n;
    return err < 0 ? err : (int)out.n;
}

/* Ends the stretch: every frame that can still be made comes out. */
static int flush(struct inside *s)
{
    int n;

    do {
        n = run(s, s->message, 0);
    } while (n > 0);
    return n;
}

static int decoder_main(struct machine_port *port, const void *arg)
{
    const struct decoder_work *work = arg;
    struct inside *s = calloc(1, sizeof *s);
    size_t n;
    int err = ERR_NO_MEM;

    if (s != NULL) {
        s->port = port;
        err = body_open_c(work->fn, &s->body);
    }
    if (err == 0) {
        err = write_list_apply(&work->set, s->body);
    }
    while (err >= 0 && machine_next(port, s->message, &n) == MSG_SAMPLES) {
        if (s->message[0] != s->next) {
            err = flush(s);
            s->next = s->message[0];
        }
        size_t n_samples = (n - sizeof(uint64_t)) / sizeof(float complex);
        if (err >= 0) {
            err = run(s, s->message + 1, n_samples);
        }
    }
    if (err >= 0) {
        err = flush(s);
    }
    if (s != NULL) {
        body_close(s->body);
    }
    free(s);
    return err < 0 ? err : 0;
}

/* --- outside --- */

static bool csi_sound(const struct rec_wifi_frame *w)
{
    bool sound = w->n_csi <= REC_CSI_MAX;

    for (size_t k = 0; sound && k < w->n_csi; k++) {
        sound = isfinite(w->csi[k][0]) && isfinite(w->csi[k][1]);
    }
    return sound;
}

static bool wifi_sound(const struct rec_wifi_frame *w)
{
    return isfinite(w->start_sample) && isfinite(w->end_sample) &&
           isfinite(w->cfo_hz) && isfinite(w->snr_db) && isfinite(w->evm_db) &&
           memchr(w->format, '\0', sizeof w->format) != NULL &&
           w->len <= REC_PSDU_MAX && w->rate_kbps <= 600000 &&
           (w->mpdu < w->n_mpdus || w->n_mpdus == 0) && csi_sound(w);
}

static bool lte_sound(const struct rec_lte_cell *c)
{
    return isfinite(c->frame_start_sample) && isfinite(c->cfo_hz) &&
           isfinite(c->snr_db) && c->cell_id < 504 && c->ports <= 4 &&
           c->prb <= 110 && c->phich_sixths <= 12 && c->sfn < 1024;
}

static void take(void *ctx, uint32_t type, const void *data, size_t n)
{
    struct decoder *d = ctx;
    struct rec rec;

    if (type != MSG_REC || n != sizeof rec) {
        return; /* a machine that has lost its mind is not believed */
    }
    memcpy(&rec, data, sizeof rec);
    if ((rec.type == REC_WIFI_FRAME && wifi_sound(&rec.wifi)) ||
        (rec.type == REC_LTE_CELL && lte_sound(&rec.lte))) {
        d->work.take(d->work.ctx, &rec);
    }
}

int decoder_start(const struct decoder_work *work, struct decoder **out)
{
    struct decoder *d = calloc(1, sizeof *d);

    if (d == NULL) {
        return err_say(ERR_NO_MEM, "machine %s: not enough memory", work->name);
    }
    d->work = *work;
    struct machine_work machine = {work->name, decoder_main, &d->work, take, d};
    int err = machine_start(&machine, &d->machine);
    if (err < 0) {
        free(d);
        return err;
    }
    *out = d;
    return 0;
}

int decoder_send(struct decoder *d, uint64_t item0, const float complex *x,
                 size_t n)
{
    int err = 0;

    for (size_t at = 0; err == 0 && at < n;) {
        size_t part = n - at < FN_BURST_IQ ? n - at : FN_BURST_IQ;
        d->message[0] = item0 + at;
        memcpy(d->message + 1, x + at, part * sizeof *x);
        err = machine_send(d->machine, MSG_SAMPLES, d->message,
                           sizeof(uint64_t) + part * sizeof *x);
        at += part;
    }
    return err;
}

int decoder_end(struct decoder *d)
{
    int err = 0;

    if (d != NULL) {
        err = machine_end(d->machine);
        free(d);
    }
    return err;
}
