/* watch.c - see watch.h. */
#include "twin/watch.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/digest.h"

void twin_watch_begin(struct twin_watch *w, struct body *c, uint64_t item0,
                      uint32_t epoch)
{
    *w = (struct twin_watch){.c = c, .item0 = item0, .epoch = epoch};
}

void twin_watch_join(struct twin_watch *w, struct body *c, uint64_t item0,
                     uint32_t epoch, const struct telemetry *now)
{
    twin_watch_begin(w, c, item0 - now->items_in, epoch);
    w->items = now->items_in;
    w->windows = now->window;
    w->sig_in = now->sig_in;
    w->sig_out = now->sig_out;
    memcpy(w->taps.digest, now->tap, sizeof w->taps.digest);
}

struct telemetry twin_watch_expect(const struct twin_watch *w, uint32_t walk_at)
{
    struct telemetry t = {
        .image = w->image,
        .epoch = w->epoch,
        .window = w->windows + 1,
        .items_in = (uint32_t)w->items,
        .items_out = (uint32_t)w->items,
        .sig_in = w->sig_in,
        .sig_out = w->sig_out,
        .walk_at = walk_at,
        .walk_sum = telemetry_walk(w->c, walk_at),
    };

    memcpy(t.tap, w->taps.digest, sizeof t.tap);
    return t;
}

/* First tap in which they differ; n_taps when none does. */
static size_t first_tap(const struct csr_layout *l, const struct telemetry *a,
                        const struct telemetry *b)
{
    size_t k = 0;

    while (k < l->n_taps && a->tap[k] == b->tap[k]) {
        k++;
    }
    return k;
}

/* Which frame of which run this is; false when another was due. */
static bool is_due(const struct telemetry *want, const struct telemetry *got,
                   struct twin_verdict *v)
{
    const struct {
        const char *name;
        enum twin_kind kind;
        uint32_t want, got;
    } row[] = {
        {"image", TWIN_IMAGE, want->image, got->image},
        {"epoch", TWIN_IMAGE, want->epoch, got->epoch},
        {"window", TWIN_TELEMETRY, want->window, got->window},
    };

    for (size_t k = 0; k < sizeof row / sizeof row[0]; k++) {
        if (row[k].want != row[k].got) {
            v->kind = row[k].kind;
            (void)snprintf(v->text, sizeof v->text, /* fits */
                           "%s expected %u got %u", row[k].name, row[k].want,
                           row[k].got);
            return false;
        }
    }
    return true;
}

struct twin_verdict twin_compare_telemetry(const struct csr_layout *layout,
                                           const struct telemetry *want,
                                           const struct telemetry *got,
                                           uint64_t item)
{
    struct twin_verdict v = {.kind = TWIN_EQUAL, .first_item = item};
    size_t tap = first_tap(layout, want, got);

    if (!is_due(want, got, &v)) {
        return v;
    }
    if ((got->errors & TELEMETRY_STUCK) != 0) {
        v.kind = TWIN_HANG;
        (void)snprintf(v.text, sizeof v.text, /* fits */
                       "%u items in, %u out, errors 0x%x", got->items_in,
                       got->items_out, got->errors);
    } else if (got->items_in != want->items_in || got->sig_in != want->sig_in) {
        v.kind = TWIN_LINK;
        (void)snprintf(v.stage, sizeof v.stage, "input"); /* fits */
        (void)snprintf(v.text, sizeof v.text,             /* fits */
                       "items in expected %u (0x%08x) got %u (0x%08x)",
                       want->items_in, want->sig_in, got->items_in,
                       got->sig_in);
    } else if (got->items_out != want->items_out) {
        v.kind = got->items_out < want->items_out ? TWIN_LOST : TWIN_DUPLICATED;
        (void)snprintf(v.text, sizeof v.text, /* fits */
                       "items out expected %u got %u", want->items_out,
                       got->items_out);
    } else if (tap < layout->n_taps) {
        v.kind = TWIN_DIFFER;
        (void)snprintf(v.stage, sizeof v.stage, "%s", /* cut */
                       layout->taps[tap].name);
        (void)snprintf(v.text, sizeof v.text, /* cut */
                       "stage %s expected 0x%08x got 0x%08x",
                       layout->taps[tap].name, want->tap[tap], got->tap[tap]);
    } else if (got->sig_out != want->sig_out) {
        v.kind = TWIN_DIFFER;
        (void)snprintf(v.stage, sizeof v.stage, "output"); /* fits */
        (void)snprintf(v.text, sizeof v.text,              /* fits */
                       "output expected 0x%08x got 0x%08x", want->sig_out,
                       got->sig_out);
    } else if (got->walk_sum != want->walk_sum) {
        char first[64], last[64];
        uint32_t n = telemetry_walk_words(got->walk_at);
        v.kind = TWIN_PARAMETER;
        telemetry_walk_name(layout, got->walk_at, 0, first, sizeof first);
        telemetry_walk_name(layout, got->walk_at, n > 0 ? n - 1 : 0, last,
                            sizeof last);
        (void)snprintf(v.stage, sizeof v.stage, "state"); /* fits */
        (void)snprintf(v.text, sizeof v.text, "%s to %s", first, last);
    } else if (got->errors != 0) {
        v.kind = TWIN_RESIDUAL;
        (void)snprintf(v.text, sizeof v.text, "errors 0x%x", got->errors);
    }
    return v;
}

/* Items [from, to) of 'in' through the C body and the digests. */
static int run_items(struct twin_watch *w, const struct fn_span *in,
                     struct fn_span *out, size_t from, size_t to)
{
    size_t size = in->type == FN_PKT ? sizeof(struct pkt) : sizeof(struct iq16);
    struct fn_span part = *in, part_out = *out;
    int err;

    part.items = (uint8_t *)in->items + from * size;
    part.n = to - from;
    part.item0 = in->item0 + from;
    part_out.items = (uint8_t *)out->items + from * size;
    part_out.cap = out->cap - from;
    w->sig_in = digest_span(w->sig_in, &part); /* the body may edit it */
    err = body_run_taps(w->c, &part, &part_out, &w->taps);
    w->sig_out = digest_span(w->sig_out, &part_out);
    w->items += part.n;
    return err;
}

/* The same, and lays the trail if there is to be one. */
static int run_part(struct twin_watch *w, const struct fn_span *in,
                    struct fn_span *out, size_t from, size_t to)
{
    int err = 0;

    if (w->trail == NULL) {
        return run_items(w, in, out, from, to);
    }
    assert(in->n < w->trail_cap);
    for (size_t k = from; err == 0 && k < to; k++) {
        w->trail[k] = w->taps;
        err = run_items(w, in, out, k, k + 1);
    }
    w->trail[to] = w->taps;
    w->n_trail = to + 1;
    return err;
}

/* One frame, which is of 'bytes' or less. */
static struct twin_verdict compare_frame(struct twin_watch *w,
                                         const struct telemetry *got)
{
    struct telemetry want;

    w->image = w->image == 0 ? got->image : w->image;
    want = twin_watch_expect(w, got->walk_at);
    w->windows = got->window; /* one that is missing is told once */
    return twin_compare_telemetry(w->c->fn->csr, &want, got,
                                  w->item0 + w->items);
}

int twin_watch_run(struct twin_watch *w, const struct fn_span *in,
                   struct fn_span *out, const uint8_t *frames, size_t n_bytes,
                   struct twin_verdict *v)
{
    size_t done = 0;
    int err = 0;

    *v = (struct twin_verdict){.kind = TWIN_EQUAL,
                               .first_item = in->item0 + in->n};
    out->type = w->c->fn->csr->out;
    out->item0 = in->item0;
    for (size_t at = 0; err == 0 && at < n_bytes; at += TELEMETRY_BYTES) {
        struct telemetry got;
        struct twin_verdict one = {.kind = TWIN_TELEMETRY};
        size_t n =
            n_bytes - at < TELEMETRY_BYTES ? n_bytes - at : TELEMETRY_BYTES;
        const char *wrong = telemetry_decode(frames + at, n, &got);

        if (wrong != NULL) {
            (void)snprintf(one.text, sizeof one.text, "%s", wrong); /* fits */
            one.first_item = w->item0 + w->items;
        } else {
            uint32_t ahead = got.items_in - (uint32_t)w->items;
            size_t to = ahead <= in->n - done ? done + ahead : done;
            err = run_part(w, in, out, done, to);
            done = to;
            one = compare_frame(w, &got);
        }
        if (v->kind == TWIN_EQUAL && one.kind != TWIN_EQUAL) {
            *v = one;
        }
    }
    err = err < 0 ? err : run_part(w, in, out, done, in->n);
    out->n = in->n;
    return err;
}
