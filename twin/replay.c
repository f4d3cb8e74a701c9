/* replay.c - see replay.h. */
#include "twin/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common_csr.h"
#include "core/base/err.h"
#include "core/device.h"
#include "twin/rerun.h"

void twin_made_close(struct twin_made *m)
{
    twin_span_close(&m->out);
    blob_close(&m->end);
    *m = (struct twin_made){0};
}

/* Room for as many items as there are, and for their bytes one by one. */
static int make_room(const struct twin_window *w, struct fn_span *out)
{
    const struct pkt *p = w->in.items;
    size_t n_bytes = 0;
    int err;

    for (size_t k = 0; w->in.type == FN_PKT && k < w->in.n; k++) {
        n_bytes += p[k].len_bytes + TWIN_RERUN_ROOM;
    }
    err = twin_span_room(w->fn->csr->out, w->in.n, n_bytes, out);
    out->item0 = w->in.item0;
    return err;
}

/* A burst that came, behind what came before it. */
static int keep(void *ctx, const struct fn_span *in, const struct fn_span *out)
{
    struct fn_span *all = ctx;
    const struct pkt *from = out->items;
    struct pkt *to = all->items;

    (void)in;
    if (out->type != FN_PKT) {
        memcpy((struct iq16 *)all->items + all->n, out->items,
               out->n * sizeof(struct iq16));
        all->n += out->n;
        return 0;
    }
    for (size_t k = 0; k < out->n; k++, all->n++) {
        const struct pkt *last = all->n > 0 ? &to[all->n - 1] : NULL;
        uint8_t *data =
            last != NULL ? last->data + last->len_bytes : to[0].data;
        to[all->n] = from[k];
        to[all->n].data = data;
        to[all->n].room_bytes = from[k].len_bytes;
        memcpy(data, from[k].data, from[k].len_bytes);
    }
    return 0;
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
    const struct twin_rerun how = {
        .each = keep, .ctx = &m.out, .digests = taps ? &m.digests : NULL};
    int err = is_c ? 0 : body_restart(b);

    err = err < 0 ? err : body_load(b, &w->start);
    err = err < 0 ? err : make_room(w, &m.out);
    err = err < 0 ? err : twin_rerun(w, b, &how);
    if (!is_c && (err == ERR_HANG || err == ERR_DEVICE)) {
        m.err = err;
        err = 0;
    }
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
