/* rig.c - see rig.h. */
#include "host/bisect/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common_csr.h"
#include "core/base/err.h"
#include "core/device.h"

enum {
    WIDTH = 64, /* of the streams of images with faults */
    SPARE = 64, /* bytes a packet may grow */
    /* Clocks without a beat after which a body hangs here: far more than any
     * body needs, far less than a slot's own limit. */
    HANG_CLOCKS = 256,
};

/* --- the slot as a body -----------------------------------------------------
 */

static int rig_write_n(struct body *b, uint32_t offset, const uint32_t *values,
                       size_t n)
{
    return sim_write_n(((struct rig *)b)->sim, offset, values, n);
}

static int rig_read_n(struct body *b, uint32_t offset, uint32_t *values,
                      size_t n)
{
    return sim_read_n(((struct rig *)b)->sim, offset, values, n);
}

static uint32_t rig_capacity(struct body *b, size_t table)
{
    return ((struct rig *)b)->capacity[table];
}

static int rig_slot(struct rig *b, const char *image)
{
    static const struct body_ops ops = {.kind = "rtl",
                                        .write_n = rig_write_n,
                                        .read_n = rig_read_n,
                                        .capacity = rig_capacity};
    const struct csr_layout *l = b->w->fn->csr;
    uint32_t layout = 0;
    int err = sim_open(image, l->name, WIDTH, true, &b->sim);

    if (err < 0) {
        return err;
    }
    b->body = (struct body){.ops = &ops, .fn = b->w->fn};
    b->image = sim_image_of(b->sim, &b->model);
    if (sim_read(b->sim, COMMON_LAYOUT, &layout) < 0 ||
        sim_read(b->sim, COMMON_CAPACITY, &b->capacity[0]) < 0 ||
        sim_read(b->sim, COMMON_CAPACITY_1, &b->capacity[1]) < 0 ||
        layout != l->version) {
        return err_say(ERR_DEVICE,
                       "%s: has layout 0x%08x of %s, expected "
                       "0x%08x",
                       image, layout, l->name, l->version);
    }
    return 0;
}

/* --- registers ------------------------------------------------------------ */

static void add_reg(void *ctx, const char *name, uint32_t n_words,
                    uint32_t n_bits)
{
    struct rig *b = ctx;
    struct rig_reg *r;

    (void)n_words;
    (void)n_bits;
    if (b->n_regs < b->cap_regs) {
        r = &b->reg[b->n_regs];
        r->number = (uint32_t)b->n_regs;
        (void)snprintf(r->name, sizeof r->name, "%s", name); /* long enough */
        b->n_regs += b->image->reg(b->model, r->number, &r->at);
    }
}

static void count_reg(void *ctx, const char *name, uint32_t n_words,
                      uint32_t n_bits)
{
    (void)name;
    (void)n_words;
    (void)n_bits;
    (*(size_t *)ctx)++;
}

/* Small ones first: what differs, differs there. */
static int by_size(const void *a, const void *b)
{
    const struct rig_reg *x = a, *y = b;

    return (x->at.n_words > y->at.n_words) - (x->at.n_words < y->at.n_words);
}

static int list_regs(struct rig *b)
{
    b->image->list(b->model, count_reg, &b->cap_regs);
    b->reg = calloc(b->cap_regs + 1, sizeof *b->reg);
    if (b->reg == NULL) {
        return ERR_NO_MEM;
    }
    b->image->list(b->model, add_reg, b);
    qsort(b->reg, b->n_regs, sizeof *b->reg, by_size);
    for (size_t k = 0; k < b->n_regs; k++) {
        b->reg[k].shot = b->shot_bytes;
        b->shot_bytes += (size_t)b->reg[k].at.n_words * b->reg[k].at.stride;
    }
    return 0;
}

const struct rig_reg *rig_find(const struct rig *b, const char *name)
{
    for (size_t k = 0; k < b->n_regs; k++) {
        if (strcmp(b->reg[k].name, name) == 0) {
            return &b->reg[k];
        }
    }
    return NULL;
}

void rig_shot(const struct rig *b, uint8_t *to)
{
    for (size_t k = 0; k < b->n_regs; k++) {
        const struct rig_reg *r = &b->reg[k];
        memcpy(to + r->shot, r->at.data, (size_t)r->at.n_words * r->at.stride);
    }
}

bool rig_same(const struct rig *b, const uint8_t *shot)
{
    for (size_t k = 0; k < b->n_regs; k++) {
        const struct rig_reg *r = &b->reg[k];
        if (memcmp(shot + r->shot, r->at.data,
                   (size_t)r->at.n_words * r->at.stride) != 0) {
            return false;
        }
    }
    return true;
}

void rig_arm(struct rig *b, const struct rig_reg *r, uint32_t word,
             uint32_t bit, enum sim_fault_kind kind, uint64_t after)
{
    const struct sim_fault f = {.kind = kind,
                                .reg = r->number,
                                .word = word,
                                .bit = bit,
                                .after = after};

    (void)b->image->arm(b->model, &f); /* it is there */
}

void rig_flip(struct rig *b, const struct rig_reg *r, uint32_t word,
              uint32_t bit)
{
    r->at.data[(size_t)word * r->at.stride + bit / 8] ^=
        (uint8_t)(1 << bit % 8);
    b->image->settle(b->model);
}

/* --- frames ----------------------------------------------------------------
 */

/* First item of each frame: a packet, or samples up to a write or a burst. */
static int cut_frames(struct rig *b)
{
    const struct twin_window *w = b->w;
    size_t next = 0, n = 0;

    b->first = calloc(w->in.n + 1, sizeof *b->first);
    if (b->first == NULL) {
        return ERR_NO_MEM;
    }
    for (size_t k = 0; k < w->in.n; k++) {
        bool cut = w->in.type == FN_PKT || k == 0 ||
                   k - b->first[n - 1] == FN_BURST_IQ;
        while (next < w->n_writes && w->write[next].item <= w->in.item0 + k) {
            cut = true;
            next++;
        }
        if (cut) {
            b->first[n++] = k;
        }
    }
    b->first[n] = w->in.n;
    b->job.n_in = n;
    return 0;
}

/* Frame 'k' of span 's': what there is of it. */
static struct sim_frame frame_of(const struct rig *b, const struct fn_span *s,
                                 size_t k)
{
    size_t from = k < b->job.n_in ? b->first[k] : b->first[b->job.n_in];
    size_t to = k < b->job.n_in ? b->first[k + 1] : from;

    if (s->type == FN_PKT) {
        const struct pkt *p = (const struct pkt *)s->items + k;
        return (struct sim_frame){
            .data = p->data, .len = p->len_bytes, .user = pkt_user(p)};
    }
    to = to < s->n ? to : s->n;
    return (struct sim_frame){
        .data = (uint8_t *)((struct iq16 *)s->items + from),
        .len = to > from ? (uint32_t)((to - from) * sizeof(struct iq16)) : 0};
}

/* Frames that span 's' fills, in part or whole. */
static size_t frames_in(const struct rig *b, const struct fn_span *s)
{
    size_t n = 0;

    if (s->type == FN_PKT) {
        return s->n;
    }
    while (n < b->job.n_in && b->first[n] < s->n) {
        n++;
    }
    return n;
}

static int make_frames(struct rig *b)
{
    size_t n = b->job.n_in, n_bytes = 1, room = 0;
    size_t cap = n + 1 > b->w->out.n + 1 ? n + 2 : b->w->out.n + 2;

    b->in_frame = calloc(n + 1, sizeof *b->in_frame);
    b->out_frame = calloc(cap, sizeof *b->out_frame);
    b->expect = calloc(cap, sizeof *b->expect);
    b->write = calloc(b->w->n_writes + 1, sizeof *b->write);
    if (b->in_frame == NULL || b->out_frame == NULL || b->expect == NULL ||
        b->write == NULL) {
        return ERR_NO_MEM;
    }
    for (size_t k = 0; k < n; k++) {
        b->in_frame[k] = frame_of(b, &b->in, k);
        room = b->in_frame[k].len > room ? b->in_frame[k].len : room;
    }
    room += SPARE;
    n_bytes = room * cap;
    b->bytes = malloc(n_bytes);
    if (b->bytes == NULL) {
        return ERR_NO_MEM;
    }
    for (size_t k = 0; k < cap; k++) {
        b->out_frame[k] = (struct sim_frame){.data = b->bytes + k * room,
                                             .room = (uint32_t)room};
    }
    for (size_t k = 0; k < b->w->n_writes; k++) {
        size_t before = 0;
        while (before < n &&
               b->first[before] + b->w->in.item0 < b->w->write[k].item) {
            before++;
        }
        b->write[k] = (struct sim_write){
            .before = before,
            .addr = (uint8_t)b->w->write[k].offset,
            .value = b->w->write[k].value,
        };
    }
    /* What is no whole sample is not in the window. */
    b->job.slack = b->in.type == FN_PKT ? 0 : sizeof(struct iq16) - 1;
    b->job.in = b->in_frame;
    b->job.out = b->out_frame;
    b->job.cap_out = cap;
    b->job.write = b->write;
    b->job.n_write = b->w->n_writes;
    return 0;
}

/* --- rig ---------------------------------------------------------------------
 */

/* The digest registers of a slot, in the order of struct twin_digests. */
static const char *const digest_regs[1 + CSR_TAPS_MAX] = {
    "digest_in.misr.digest_q",      "watched.tap[0].misr.digest_q",
    "watched.tap[1].misr.digest_q", "watched.tap[2].misr.digest_q",
    "watched.tap[3].misr.digest_q",
};

static bool has_digests(const struct rig *b)
{
    bool all = true;

    for (size_t k = 0; k < 1 + CSR_TAPS_MAX; k++) {
        all = all && rig_find(b, digest_regs[k]) != NULL;
    }
    return all;
}

int rig_open(const char *image, const struct twin_window *w, struct rig **out)
{
    struct rig *b = calloc(1, sizeof *b);
    int err = b == NULL ? ERR_NO_MEM : 0;

    if (err == 0) {
        b->w = w;
        err = rig_slot(b, image);
        if (err < 0) {
            rig_close(b);
            return err;
        }
        err = list_regs(b);
        err = err == 0 && !has_digests(b) ? ERR_DEVICE : err;
    }
    err = err < 0 ? err : twin_span_copy(&w->in, &b->in);
    err = err < 0 ? err : cut_frames(b);
    err = err < 0 ? err : make_frames(b);
    if (err == 0) {
        b->start = malloc(b->image->mark_bytes);
        err = b->start == NULL ? ERR_NO_MEM : body_restart(&b->body);
    }
    err = err < 0 ? err
                  : body_write(&b->body, COMMON_HANG_LIMIT,
                               HANG_CLOCKS + b->body.fn->still_clocks);
    err = err < 0 ? err : body_load(&b->body, &w->start);
    if (err < 0) {
        rig_close(b);
        return err_say(err, "%s: cannot be put where the window begins", image);
    }
    b->image->mark(b->model, b->start);
    rig_begin(b);
    *out = b;
    return 0;
}

void rig_close(struct rig *b)
{
    if (b == NULL) {
        return;
    }
    sim_close(b->sim);
    twin_span_close(&b->in);
    free(b->reg);
    free(b->first);
    free(b->in_frame);
    free(b->out_frame);
    free(b->expect);
    free(b->write);
    free(b->bytes);
    free(b->start);
    free(b);
}

void rig_begin(struct rig *b)
{
    const struct twin_digests *d = &b->w->before;

    b->image->back(b->model, b->start);
    for (size_t k = 0; k < 1 + CSR_TAPS_MAX && b->w->has_digests; k++) {
        const struct rig_reg *r = rig_find(b, digest_regs[k]);
        uint32_t value = k == 0 ? d->sig_in : d->taps.digest[k - 1];
        memcpy(r->at.data, &value, sizeof value);
    }
    b->image->settle(b->model);
    b->image->mark(b->model, b->start);
}

void rig_back(struct rig *b, const void *mark)
{
    b->image->back(b->model, mark);
    for (size_t k = 0; k < b->job.n_expect; k++) {
        b->out_frame[k].user = b->expect[k].user;
    }
}

struct twin_digests rig_digests(const struct rig *b)
{
    struct twin_digests d = {.sig_in = 0};

    for (size_t k = 0; k < 1 + CSR_TAPS_MAX; k++) {
        const struct rig_reg *r = rig_find(b, digest_regs[k]);
        memcpy(k == 0 ? &d.sig_in : &d.taps.digest[k - 1], r->at.data,
               sizeof d.sig_in);
    }
    return d;
}

void rig_expect(struct rig *b, const struct fn_span *out, bool hung,
                const struct fn_span *follows)
{
    size_t n = frames_in(b, out);

    for (size_t k = 0; k < n; k++) {
        b->expect[k] = frame_of(b, out, k);
    }
    if (hung && n < frames_in(b, follows)) {
        b->expect[n] = frame_of(b, follows, n);
        n++;
    }
    b->job.expect = b->expect;
    b->job.n_expect = n;
}

bool rig_run(struct rig *b, bool resume, uint64_t until)
{
    b->job.resume = resume;
    b->job.until = until;
    return b->image->run(b->model, &b->job);
}
