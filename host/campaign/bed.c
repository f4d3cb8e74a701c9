/* bed.c - see bed.h. */
#include "host/campaign/bed.h"

#include <stdlib.h>
#include <string.h>

#include "common_csr.h"
#include "core/base/err.h"
#include "drivers/driver.h"
#include "drivers/sim/sim_device.h"

enum {
    SAMPLES = 16 * BED_PACKETS,
    STALLS = 100,   /* permille, on both sides */
    WAIT = 1 << 10, /* clocks in which a slot that hangs has told it */
    WALK = 255,     /* words a window */
    /* Places in the store: input of this burst and the last, in turns, ... */
    IN = 0,
    C = 2,
    SLOTS = 3,
    AGAIN = 5, /* ... of both again, ... */
    ROOM = 6,  /* ... and what comes of it */
    PLACES = 7,
};

struct bed_store {
    struct iq16 iq[PLACES][2 * SAMPLES];
    struct pkt pkt[PLACES][2 * BED_PACKETS];
    uint8_t bytes[PLACES][BED_PACKETS][BED_ROOM];
    uint8_t frames[2][BED_FRAMES];
    struct fn_taps trail[SAMPLES + 1];
};

static struct fn_span span_of(struct bed_store *s, int which, enum fn_type type)
{
    struct fn_span x = {.type = type, .items = s->iq[which], .cap = SAMPLES};

    if (type == FN_PKT) {
        for (size_t k = 0; k < BED_PACKETS; k++) {
            s->pkt[which][k] = (struct pkt){.data = s->bytes[which][k],
                                            .room_bytes = BED_ROOM};
        }
        x.items = s->pkt[which];
        x.cap = BED_PACKETS;
    }
    return x;
}

/* Beats of the items from 'k' on. */
static uint32_t beats_from(const struct bed *b, const struct fn_span *in,
                           size_t k)
{
    uint32_t beat = b->config.width_bits / 8;
    const struct pkt *p = in->items;
    uint32_t n = 0;

    if (in->type != FN_PKT) {
        return (uint32_t)((in->n - k) * sizeof(struct iq16) + beat - 1) / beat;
    }
    for (; k < in->n; k++) {
        n += (p[k].len_bytes + beat - 1) / beat;
    }
    return n;
}

static void fill(struct bed *b, struct fn_span *in)
{
    static const int16_t ends[] = {INT16_MIN, INT16_MAX, -1, 0};
    struct pkt *p = in->items;
    struct iq16 *x = in->items;

    in->n =
        1 + rng_below(&b->rng, b->config.burst * (in->type == FN_PKT ? 1 : 16));
    for (size_t k = 0; k < in->n; k++) {
        if (in->type == FN_PKT) {
            b->config.fn->packet(&b->rng, &p[k]);
            continue;
        }
        uint64_t bits = rng_next(&b->rng);
        int small = (int)(bits >> 32 & 1) * 8; /* so that not all clip */
        bool i_ends = (bits >> 33 & 7) == 0, q_ends = (bits >> 36 & 7) == 0;
        x[k].i = i_ends ? ends[bits & 3] : (int16_t)((int16_t)bits >> small);
        x[k].q = q_ends ? ends[bits >> 16 & 3]
                        : (int16_t)((int16_t)(bits >> 16) >> small);
    }
}

/*
 * Counts as a move brings them; most of them are about to carry into a high
 * bit, another one with each of 24 settings.
 */
static int count_on(struct bed *b, struct write_list *w)
{
    const struct csr_layout *l = b->config.fn->csr;
    int err = 0;

    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        uint32_t value = (uint32_t)rng_next(&b->rng);
        uint32_t bit = UINT32_C(1) << (8 + (b->n_settings + 5 * k) % 24);
        if (rng_below(&b->rng, 4) > 0) {
            value = (value & ~(bit | (bit - 1))) | (bit - 1);
        }
        err = l->regs[k].access == CSR_COUNT
                  ? write_list_emit(w, l->regs[k].offset, value)
                  : 0;
    }
    b->n_settings++;
    return err;
}

int bed_setup(struct bed *b, bool *refused)
{
    struct write_list w = {0};
    struct body *to[] = {b->c, b->slot[BED_SOUND], b->slot[BED_FAULTY]};
    int err = b->config.fn->setup(&b->rng, write_list_emit, &w);

    err = err < 0 ? err : count_on(b, &w);
    last_forget(&b->last);
    *refused = false;
    for (size_t k = 0; err == 0 && k < sizeof to / sizeof to[0]; k++) {
        err = write_list_apply(&w, to[k]);
        if (err < 0 && to[k] == b->slot[BED_FAULTY]) {
            *refused = true;
            err = 0;
        }
    }
    write_list_close(&w);
    return err;
}

static int open_slot(struct bed *b, int which)
{
    struct device_config config = {
        .n_slots = 1,
        .width_bits = b->config.width_bits,
        .faults = b->config.faults,
        .images = which == BED_FAULTY ? b->config.images : NULL};
    struct device_stalls stalls = {
        .seed = 1, .in_permille = STALLS, .out_permille = STALLS};
    struct device **d = &b->device[which];
    int err = driver_open("sim", &config, d);

    err = err < 0 ? err : device_load(*d, 0, b->config.fn, &b->slot[which]);
    err = err < 0 ? err : device_stalls(*d, &stalls);
    if (err == 0) {
        b->sim[which] = sim_device_slot(*d, 0);
    }
    return err;
}

/* Settings of the slot itself. */
static int set_slot(const struct bed *b, int which)
{
    struct device_watch w = {.window_beats = b->config.window_beats,
                             .walk_words = WALK};
    int err = body_write(b->slot[which], COMMON_HANG_LIMIT,
                         b->config.hang_limit + b->config.fn->still_clocks);

    return err < 0 ? err : body_watch(b->slot[which], &w);
}

/* ... and what the setting left of its tables is made what the twin has. */
static int begin_slot(const struct bed *b, int which)
{
    int err = body_level(b->c, b->slot[which]);

    return err < 0 ? err : set_slot(b, which);
}

/* The twin begins to watch, at item 'item0'. */
static void begin_watch(struct bed *b, uint64_t item0)
{
    twin_watch_begin(&b->watch, b->c, item0, 0);
    b->watch.image = b->slot[BED_FAULTY]->image;
}

int bed_open(struct bed *b, const struct bed_config *config, bool *refused)
{
    int err = 0;

    *b = (struct bed){.config = *config, .rng = {config->seed}};
    *refused = false;
    b->store = calloc(1, sizeof *b->store);
    if (b->store == NULL) {
        return err_say(ERR_NO_MEM, "campaign: not enough memory");
    }
    err = body_open_c(config->fn, &b->c);
    if (err == 0) {
        struct fn_span both = span_of(b->store, AGAIN, config->fn->csr->in);
        struct fn_span room = span_of(b->store, ROOM, config->fn->csr->out);
        err = last_open(&b->last, config->fn, &both, &room);
    }
    err = err < 0 ? err : open_slot(b, BED_SOUND);
    err = err < 0 ? err : open_slot(b, BED_FAULTY);
    if (err == 0 && config->mutant > 0) {
        sim_mutate(b->sim[BED_FAULTY], config->mutant);
    }
    err = err < 0 ? err : bed_setup(b, refused);
    err = err < 0 ? err : begin_slot(b, BED_SOUND);
    if (err == 0 && !*refused) {
        *refused = begin_slot(b, BED_FAULTY) < 0;
    }
    if (err == 0) {
        uint32_t cycles = 0;
        err = body_read(b->slot[BED_SOUND], COMMON_CYCLES_LO, &cycles);
        b->born = sim_clocks(b->sim[BED_SOUND]) - cycles;
    }
    if (err == 0) {
        begin_watch(b, 0);
    }
    return err;
}

void bed_close(struct bed *b)
{
    body_close(b->c);
    last_close(&b->last);
    for (int k = 0; k < 2; k++) {
        body_close(b->slot[k]);
        device_close(b->device[k]);
    }
    free(b->store);
    *b = (struct bed){0};
}

/* What 'which' reported; a slot that hangs tells it a little later. */
static size_t fetch(struct bed *b, int which, bool hang)
{
    uint8_t *to = b->store->frames[which];
    void *model;
    const struct sim_image *image = sim_image_of(b->sim[which], &model);
    int still = (int)b->config.fn->still_clocks;
    size_t n = 0;

    for (int k = 0; hang && k < WAIT + still; k++) {
        image->edge(model);
    }
    (void)device_telemetry(b->device[which], 0, to, BED_FRAMES, &n); /* 0 */
    return n;
}

/* Of the 'n' bytes the sound slot gave: frames from clock 'since' of it on, up
 * to item 'until'. */
static uint32_t count_windows(const struct bed *b, size_t n, uint64_t since,
                              uint64_t until)
{
    const uint8_t *from = b->store->frames[BED_SOUND];
    struct telemetry t;
    uint32_t windows = 0;

    for (size_t at = 0; at + TELEMETRY_BYTES <= n; at += TELEMETRY_BYTES) {
        windows += telemetry_decode(from + at, TELEMETRY_BYTES, &t) == NULL &&
                   (int32_t)(t.cycles - (uint32_t)(since - b->born)) >= 0 &&
                   (int32_t)((uint32_t)until - t.items_in) >= 0;
    }
    return windows;
}

static bool same_output(const struct fn_span *x, const struct fn_span *y,
                        size_t *first)
{
    struct twin_verdict v = twin_compare(x, y, 0);

    *first = v.index;
    return v.kind == TWIN_EQUAL;
}

/* What who looks at no item can say of the answers: how many came. */
static struct twin_verdict count_answers(const struct fn_span *want,
                                         const struct fn_span *got, int err)
{
    size_t n = got->n < want->n ? got->n : want->n;

    return (struct twin_verdict){
        .kind = err == ERR_HANG               ? TWIN_HANG
                : got->n < want->n            ? TWIN_LOST
                : got->n > want->n || err < 0 ? TWIN_DUPLICATED
                                              : TWIN_EQUAL,
        .first_item = want->item0 + n,
        .index = n,
    };
}

int bed_step(struct bed *b, const struct sim_fault *fault, struct bed_step *out)
{
    enum fn_type from = b->config.fn->csr->in, to = b->config.fn->csr->out;
    struct fn_span in = span_of(b->store, IN + b->turn, from);
    struct fn_span c = span_of(b->store, C, to);
    struct fn_span sound = span_of(b->store, SLOTS + BED_SOUND, to);
    struct fn_span faulty = span_of(b->store, SLOTS + BED_FAULTY, to);
    struct twin_verdict v;
    size_t first = 0;
    int failed;

    b->rng_before = b->rng;
    b->item_before = in.item0 = b->watch.item0 + b->watch.items;
    fill(b, &in);
    last_keep(&b->last, &b->watch, &in);
    b->turn = !b->turn;
    *out = (struct bed_step){.failed = false};
    uint64_t start = sim_clocks(b->sim[BED_SOUND]), since = start;
    int err = body_run(b->slot[BED_SOUND], &in, &sound);
    if (err == 0 && fault != NULL) {
        struct sim_fault f = *fault;
        uint32_t clock = rng_below(
            &b->rng, (uint32_t)(sim_clocks(b->sim[BED_SOUND]) - start));
        f.after = clock + 1; /* at its end */
        since += clock;
        err = sim_arm(b->sim[BED_FAULTY], &f);
    }
    if (err < 0) {
        return err_say(err, "campaign: the sound slot of %s fails",
                       b->config.fn->csr->name);
    }
    failed = body_run(b->slot[BED_FAULTY], &in, &faulty);
    out->failed = failed < 0;
    out->hang = failed == ERR_HANG;
    out->visible = !same_output(&sound, &faulty, &first) || out->failed;
    size_t n_sound = fetch(b, BED_SOUND, false);
    size_t n = fetch(b, BED_FAULTY, out->failed);
    b->watch.trail = out->hang ? b->store->trail : NULL;
    b->watch.trail_cap = SAMPLES + 1;
    err = twin_watch_run(&b->watch, &in, &c, b->store->frames[BED_FAULTY], n,
                         &out->verdict);
    /* Items are compared at the burst's end, telemetry as it comes. */
    size_t seen = (size_t)(out->verdict.first_item - in.item0);
    out->beats = beats_from(b, &in, 0) - beats_from(b, &in, seen);
    out->beats_after = first + 1 < seen ? beats_from(b, &in, first + 1) -
                                              beats_from(b, &in, seen)
                                        : 0;
    v = b->config.items ? twin_compare(&c, &faulty, failed)
                        : count_answers(&c, &faulty, failed);
    out->verdict = v.kind != TWIN_EQUAL ? v : out->verdict;
    out->windows = count_windows(b, n_sound, since, b->watch.items);
    out->windows_until = count_windows(
        b, n_sound, since, out->verdict.first_item - b->watch.item0);
    if (err == 0 && twin_compare(&c, &sound, 0).kind != TWIN_EQUAL) {
        err = err_say(ERR_DIFFERS, "campaign: %s differs without a fault",
                      b->config.fn->csr->name);
    }
    return err;
}

void bed_locate(struct bed *b, struct twin_verdict *v)
{
    /* A slot that does not answer leaves the stage unknown. */
    (void)twin_locate(&b->watch, b->slot[BED_FAULTY], &b->last.burst, v);
}

bool bed_reads_wrong(struct bed *b, int which)
{
    struct twin_verdict v = {.kind = TWIN_EQUAL};

    return twin_locate(&b->watch, b->slot[which], NULL, &v) < 0 ||
           v.reg[0] != '\0';
}

/* Slot 'which' reset and made what the twin is. */
static int renew(struct bed *b, int which)
{
    const struct csr_layout *l = b->config.fn->csr;
    const uint32_t *regs = body_c_state(b->c)->regs;
    struct body *slot = b->slot[which];
    int err = body_restart(slot);

    err = err < 0 ? err : set_slot(b, which);
    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        const struct csr_reg *r = &l->regs[k];
        if (r->access != CSR_RO && r->offset != CSR_WINDOW_INDEX) {
            err = body_write(slot, r->offset, regs[k]);
        }
    }
    err = err < 0 ? err : body_level(b->c, slot);
    (void)fetch(b, which, false); /* of before */
    return err;
}

int bed_renew(struct bed *b, bool *refused)
{
    uint32_t cycles = 0, windows = 0;
    int err = renew(b, BED_SOUND);

    err = err < 0 ? err
                  : body_read(b->slot[BED_SOUND], COMMON_CYCLES_LO, &cycles);
    b->born = sim_clocks(b->sim[BED_SOUND]) - cycles;
    *refused = renew(b, BED_FAULTY) < 0 ||
               body_read(b->slot[BED_FAULTY], COMMON_WINDOWS, &windows) < 0;
    begin_watch(b, b->watch.item0 + b->watch.items);
    b->watch.windows = windows;
    return err;
}

int bed_again(struct bed *b, struct twin_verdict *v)
{
    bool refused;
    int err;

    b->rng = b->rng_before;
    last_forget(&b->last);
    body_copy(b->last.before, b->c, true);
    begin_watch(b, b->item_before);
    err = bed_renew(b, &refused);
    *v = (struct twin_verdict){.kind = TWIN_EQUAL};
    if (refused || twin_locate(&b->watch, b->slot[BED_FAULTY], NULL, v) < 0) {
        v->kind = TWIN_HANG;
    } else if (v->stage[0] != '\0' || v->reg[0] != '\0') {
        v->kind = TWIN_DIFFER;
    }
    return err;
}

int bed_heal(struct bed *b)
{
    uint32_t windows = 0;
    int err = body_read(b->slot[BED_SOUND], COMMON_WINDOWS, &windows);

    sim_copy(b->sim[BED_FAULTY], b->sim[BED_SOUND]);
    b->watch.windows = windows;
    return err;
}
