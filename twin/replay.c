/* replay.c - see replay.h. */
#include "twin/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common_csr.h"
#include "core/base/err.h"
#include "core/device.h"
#include "core/digest.h"

void twin_made_close(struct twin_made *m)
{
    twin_span_close(&m->out);
    blob_close(&m->end);
    *m = (struct twin_made){0};
}

static size_t item_bytes(enum fn_type type)
{
    return type == FN_PKT ? sizeof(struct pkt) : sizeof(struct iq16);
}

/* Items [at, at + n) of 's'. */
static struct fn_span part_of(const struct fn_span *s, size_t at, size_t n)
{
    struct fn_span part = *s;

    part.items = (uint8_t *)s->items + at * item_bytes(s->type);
    part.item0 = s->item0 + at;
    part.n = n;
    part.cap = s->cap - at;
    return part;
}

/* Items of a burst from 'at' on: up to the next write, and what fits. */
static size_t burst_of(const struct twin_window *w, size_t at, size_t next)
{
    size_t n = w->in.n - at;
    size_t most =
        w->in.type == FN_PKT ? (size_t)FN_BURST_PKT : (size_t)FN_BURST_IQ;

    if (next < w->n_writes && w->write[next].item - w->in.item0 < n + at) {
        n = (size_t)(w->write[next].item - w->in.item0) - at;
    }
    return n < most ? n : most;
}

/* One burst, at the end of m->out. */
static int run_burst(struct body *b, const struct fn_span *in, bool taps,
                     struct twin_made *m)
{
    struct fn_span out = part_of(&m->out, m->out.n, 0);
    int err;

    if (taps) {
        m->digests.sig_in = digest_span(m->digests.sig_in, in);
        err = body_run_taps(b, in, &out, &m->digests.taps);
    } else {
        err = body_run(b, in, &out);
    }
    m->out.n += out.n;
    return err;
}

/* All items and writes, in bursts; the device's error is a result. */
static int run_all(struct body *b, const struct twin_window *w,
                   struct fn_span *in, bool taps, struct twin_made *m)
{
    size_t at = 0, next = 0;

    while (m->err == 0 && (at < in->n || next < w->n_writes)) {
        while (next < w->n_writes &&
               (at == in->n || w->write[next].item <= w->in.item0 + at)) {
            int err =
                body_write(b, w->write[next].offset, w->write[next].value);
            if (err < 0) {
                return err;
            }
            next++;
        }
        size_t n = burst_of(w, at, next);
        if (n > 0) {
            struct fn_span part = part_of(in, at, n);
            m->err = run_burst(b, &part, taps, m);
            at += n;
        }
    }
    return 0;
}

/* Where what comes goes: as many items as there are, each with room to spare.
 */
static int make_room(const struct twin_window *w, struct fn_span *out)
{
    static const size_t spare = 64;
    int err = twin_span_copy(&w->in, out);

    if (err == 0 && out->type == FN_PKT) {
        struct pkt *p = out->items;
        size_t n_bytes = 1;
        for (size_t k = 0; k < out->n; k++) {
            n_bytes += p[k].len_bytes + spare;
        }
        uint8_t *bytes = malloc(n_bytes);
        if (bytes == NULL) {
            return ERR_NO_MEM;
        }
        free(p[0].data);
        p[0].data = bytes;
        for (size_t k = 0; k < out->n; k++) {
            p[k].data = bytes;
            p[k].room_bytes += spare;
            bytes += p[k].room_bytes;
        }
    }
    out->n = 0;
    return err;
}

/* The digests of a slot, if it has them. */
static bool read_digests(struct body *b, struct twin_digests *d)
{
    static const uint32_t tap[] = {COMMON_TAP_0, COMMON_TAP_1, COMMON_TAP_2,
                                   COMMON_TAP_3};
    uint32_t caps;
    bool ok = body_read(b, COMMON_CAPS, &caps) == 0 &&
              (caps >> COMMON_CAPS_WATCH_SHIFT & 1) != 0 &&
              body_read(b, COMMON_SIG_IN, &d->sig_in) == 0;

    for (size_t k = 0; ok && k < CSR_TAPS_MAX; k++) {
        ok = body_read(b, tap[k], &d->taps.digest[k]) == 0;
    }
    return ok;
}

int twin_make(struct body *b, const struct twin_window *w,
              const struct twin_digests *from, struct twin_made *out)
{
    bool is_c = body_c_state(b) != NULL;
    bool taps = is_c && b->fn->run_taps != NULL;
    struct twin_made m = {.digests = *from, .has_digests = taps};
    struct fn_span in = {.items = NULL};
    int err = is_c ? 0 : body_restart(b);

    err = err < 0 ? err : body_load(b, &w->start);
    err = err < 0 ? err : twin_span_copy(&w->in, &in); /* a body may edit it */
    err = err < 0 ? err : make_room(w, &m.out);
    err = err < 0 ? err : run_all(b, w, &in, taps, &m);
    twin_span_close(&in);
    if (err < 0) {
        twin_made_close(&m);
        return err;
    }
    if (!is_c) {
        m.has_digests = read_digests(b, &m.digests);
    }
    if (body_save(b, &m.end) < 0) {
        m.end = (struct blob){0}; /* it hangs, or counts what cannot be */
    }
    *out = m;
    return 0;
}

/* The first stage whose digests differ, or NULL. */
static const char *first_stage(const struct csr_layout *l,
                               const struct twin_digests *want,
                               const struct twin_digests *got)
{
    if (want->sig_in != got->sig_in) {
        return "input";
    }
    for (size_t k = 0; k < l->n_taps; k++) {
        if (want->taps.digest[k] != got->taps.digest[k]) {
            return l->taps[k].name;
        }
    }
    return NULL;
}

struct twin_verdict twin_judge(const struct csr_layout *layout,
                               const struct twin_made *want,
                               const struct twin_made *got)
{
    struct twin_verdict v = twin_compare(&want->out, &got->out, got->err);
    const char *stage = NULL;
    uint64_t end = want->out.item0 + want->out.n;

    /* One that did not end took a part of the input, nobody knows which. */
    if (want->has_digests && got->has_digests && got->err == 0) {
        stage = first_stage(layout, &want->digests, &got->digests);
    }
    if (v.kind == TWIN_EQUAL && stage != NULL) {
        v.kind = strcmp(stage, "input") == 0 ? TWIN_LINK : TWIN_RESIDUAL;
        v.first_item = end;
        (void)snprintf(v.text, sizeof v.text, /* cut is fine */
                       "the digest of %s, no item", stage);
    } else if (v.kind == TWIN_EQUAL && want->end.n > 0 && got->end.n > 0) {
        v = twin_compare_state(layout, &want->end, &got->end, end);
        stage = v.kind == TWIN_EQUAL ? NULL : "state";
    } else if (v.kind != TWIN_EQUAL && stage == NULL) {
        stage = want->has_digests && got->has_digests && got->err == 0
                    ? "output"
                    : "";
    }
    (void)snprintf(v.stage, sizeof v.stage, "%s", /* cut is fine */
                   stage != NULL ? stage : "");
    return v;
}

struct twin_made twin_window_made(const struct twin_window *w)
{
    return (struct twin_made){
        .out = w->out,
        .err = w->ended == TWIN_ENDED_HUNG   ? ERR_HANG
               : w->ended == TWIN_ENDED_MORE ? ERR_DEVICE
                                             : 0,
        .digests = w->after,
        .has_digests = w->has_digests,
        .end = w->end,
    };
}

int twin_self_check(const struct twin_window *w, struct twin_verdict *v)
{
    static const struct twin_digests zero;
    struct twin_made m[2] = {{.err = 0}, {.err = 0}};
    struct body *b = NULL;
    int err = 0;

    for (size_t k = 0; err == 0 && k < 2; k++) {
        err = body_open_c(w->fn, &b);
        err = err < 0 ? err : twin_make(b, w, &zero, &m[k]);
        body_close(b);
        b = NULL;
    }
    if (err == 0) {
        *v = twin_judge(w->fn->csr, &m[0], &m[1]);
    }
    twin_made_close(&m[0]);
    twin_made_close(&m[1]);
    return err;
}

int twin_replay(struct body *device, const struct twin_window *w,
                struct twin_verdict *v)
{
    static const struct twin_digests zero;
    struct twin_made want = {.err = 0}, got = {.err = 0};
    struct body *c = NULL;
    int err = body_open_c(w->fn, &c);

    err = err < 0 ? err : twin_make(c, w, &zero, &want);
    err = err < 0 ? err : twin_make(device, w, &zero, &got);
    if (err == 0) {
        *v = twin_judge(w->fn->csr, &want, &got);
    }
    body_close(c);
    twin_made_close(&want);
    twin_made_close(&got);
    return err;
}
