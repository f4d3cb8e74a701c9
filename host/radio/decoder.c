/* decoder.c - see decoder.h. */
#include "host/radio/decoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "host/radio/kernel_call.h"

enum {
    MSG_SAMPLES = 1, /* uint64_t item0, float complex[] */
    MSG_REC = 2,     /* struct rec */
    MSG_CALL = 3,    /* struct kernel_call, packets; the reply is the same */
    RECS = 8,
};

struct decoder {
    struct machine *machine;
    struct decoder_work work;
    uint64_t message[(sizeof(uint64_t) + FN_BURST_IQ * sizeof(float complex)) /
                     sizeof(uint64_t)];
    /* Of a call. */
    struct pkt in[FN_BURST_PKT], out[FN_BURST_PKT];
    uint8_t call[MACHINE_MESSAGE_BYTES], reply[MACHINE_MESSAGE_BYTES];
};

/* --- inside the machine --- */

struct inside;

/* A kernel as the receiver has it. */
struct lent {
    struct fn_kernel kernel;
    struct inside *inside;
    uint32_t number; /* in the receiver's list */
};

struct inside {
    struct machine_port *port;
    struct body *body;
    uint64_t next; /* item that would go on with the stretch */
    struct rec recs[RECS];
    uint64_t message[MACHINE_MESSAGE_BYTES / sizeof(uint64_t)];
    struct lent lent[KERNELS_MAX];
    double rate_hz;
    struct pkt answers[FN_BURST_PKT];
    uint8_t call[MACHINE_MESSAGE_BYTES], reply[MACHINE_MESSAGE_BYTES];
};

/* struct fn_kernel.run: the starter does it. */
static bool call(void *ctx, const struct fn_span *in, struct fn_span *out)
{
    struct lent *l = ctx;
    struct inside *s = l->inside;
    struct kernel_call c = {.kernel = l->number,
                            .n = (uint32_t)in->n,
                            .time_s = (double)s->next / s->rate_hz};
    size_t n = kernel_call_write(&c, in->items, s->call, sizeof s->call);

    if (n == 0) {
        return false;
    }
    (void)machine_ask(s->port, MSG_CALL, s->call, n, s->reply, &n);
    if (!kernel_call_read(s->reply, n, &c, s->answers) || c.n != in->n) {
        return false;
    }
    memcpy(out->items, s->answers, c.n * sizeof s->answers[0]);
    out->n = c.n;
    return true;
}

/* Gives the receiver what of its kernels there is outside. */
static void lend(struct inside *s, const struct decoder_work *work)
{
    const struct fn *fn = work->fn;

    s->rate_hz = work->rate_hz > 0 ? work->rate_hz : fn->rate_hz;
    for (uint32_t k = 0; work->kernels != NULL && fn->kernels != NULL &&
                         fn->kernels[k] != NULL && k < KERNELS_MAX;
         k++) {
        if (kernels_find(work->kernels, fn->kernels[k]) >= 0) {
            s->lent[k] = (struct lent){{call, &s->lent[k]}, s, k};
            fn->lend(body_c_state(s->body), k, &s->lent[k].kernel);
        }
    }
}

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
        lend(s, work);
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
           w->preamble <= REC_SHORT &&
           (w->mpdu < w->n_mpdus || w->n_mpdus == 0) && csi_sound(w);
}

static bool lte_sound(const struct rec_lte_cell *c)
{
    return isfinite(c->frame_start_sample) && isfinite(c->cfo_hz) &&
           isfinite(c->snr_db) && isfinite(c->rsrp_db) &&
           isfinite(c->rsrq_db) && c->cell_id < 504 && c->ports <= 4 &&
           c->prb <= 110 && c->phich_sixths <= 12 && c->sfn < 1024 &&
           c->n_sib1 <= REC_SI_MAX;
}

static bool si_sound(const struct rec_lte_si *s)
{
    return isfinite(s->frame_start_sample) && s->cell_id < 504 &&
           s->sfn < 1024 && s->subframe < 10 && s->n <= REC_SI_MAX;
}

static bool nr_sound(const struct rec_nr_cell *c)
{
    return isfinite(c->frame_start_sample) && isfinite(c->cfo_hz) &&
           isfinite(c->snr_db) && c->cell_id < 1008 && c->sfn < 1024 &&
           (c->scs_khz == 15 || c->scs_khz == 30) && c->ssb_index < 8 &&
           c->half_frame <= 1 && c->scs_common_khz <= 30 && c->k_ssb < 32 &&
           (c->dmrs_type_a_pos == 2 || c->dmrs_type_a_pos == 3) &&
           c->barred <= 1 && c->reselection <= 1;
}

/* The kernel that a machine means by number 'k' of its receiver's; or -1. */
static int kernel_of(const struct decoder_work *work, uint32_t k)
{
    size_t n = 0;

    while (work->kernels != NULL && work->fn->kernels != NULL &&
           work->fn->kernels[n] != NULL) {
        n++;
    }
    return k < n ? kernels_find(work->kernels, work->fn->kernels[k]) : -1;
}

/* A call: runs it and replies; with no packets when they were not all
 * answered. */
static void serve(struct decoder *d, const void *data, size_t n)
{
    struct kernel_call c;
    struct fn_span in = {.type = FN_PKT, .items = d->in, .cap = FN_BURST_PKT};
    struct fn_span out = {.type = FN_PKT, .items = d->out, .cap = FN_BURST_PKT};
    size_t n_reply = 0;

    memcpy(d->call, data, n);
    int kernel = kernel_call_read(d->call, n, &c, d->in)
                     ? kernel_of(&d->work, c.kernel)
                     : -1;
    if (kernel >= 0) {
        in.n = c.n;
        if (kernels_run(d->work.kernels, (size_t)kernel, c.time_s, &in, &out)) {
            n_reply = kernel_call_write(&c, d->out, d->reply, sizeof d->reply);
        }
    }
    machine_reply(d->machine, MSG_CALL, d->reply, n_reply);
}

static void take(void *ctx, uint32_t type, const void *data, size_t n)
{
    struct decoder *d = ctx;
    struct rec rec;

    if (type == MSG_CALL) {
        serve(d, data, n);
        return;
    }
    if (type != MSG_REC || n != sizeof rec) {
        return; /* a machine that has lost its mind is not believed */
    }
    memcpy(&rec, data, sizeof rec);
    if ((rec.type == REC_WIFI_FRAME && wifi_sound(&rec.wifi)) ||
        (rec.type == REC_LTE_CELL && lte_sound(&rec.lte)) ||
        (rec.type == REC_LTE_SI && si_sound(&rec.si)) ||
        (rec.type == REC_NR_CELL && nr_sound(&rec.nr))) {
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

int decoder_fd(const struct decoder *d)
{
    return machine_fd(d->machine);
}

int decoder_take_now(struct decoder *d)
{
    return machine_take(d->machine);
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
