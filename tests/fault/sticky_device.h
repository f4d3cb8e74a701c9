/*
 * sticky_device.h - a device around another one, in whose slot a bit of the
 * state may stick: it is what it is, whatever is written.
 */
#ifndef TESTS_FAULT_STICKY_DEVICE_H
#define TESTS_FAULT_STICKY_DEVICE_H

#include "core/base/err.h"
#include "core/device.h"
#include "core/words.h"
#include "tests/check.h"

enum { STICKY_SLOTS = 3 };

struct sticky {
    struct device device;
    struct device *inner;
    struct sticky_body *body[STICKY_SLOTS]; /* that was loaded last */
    bool stuck, once; /* once: as it flips, until the slot runs */
    uint32_t slot;    /* the one in which it sticks */
    struct words_at word;
    uint32_t mask, value;
    uint32_t loads;
    uint64_t most_clocks, hang_clocks; /* of a burst: all went well, or hung */
};

struct sticky_body {
    struct body body;
    struct body *inner;
    struct sticky *sticky;
    uint32_t slot;
};

/* The bit is what it is, whatever was written. */
static inline int sticky_force(struct sticky_body *b)
{
    const struct sticky *s = b->sticky;
    bool table = s->word.part != WORDS_REG;
    uint32_t offset = table ? CSR_WINDOW_DATA : s->word.at;
    uint32_t index = 0, at, value;
    int err = 0;

    if (!s->stuck || b->slot != s->slot) {
        return 0;
    }
    if (table) {
        at = csr_window(s->word.part, s->word.at);
        err = body_read(b->inner, CSR_WINDOW_INDEX, &index);
        err = err < 0 ? err : body_write(b->inner, CSR_WINDOW_INDEX, at);
    }
    err = err < 0 ? err : body_read(b->inner, offset, &value);
    if (err == 0 && (value & s->mask) != s->value) {
        err = table ? body_write(b->inner, CSR_WINDOW_INDEX, at) : 0;
        err = err < 0 ? err : body_write(b->inner, offset, value ^ s->mask);
    }
    return err < 0 || !table ? err
                             : body_write(b->inner, CSR_WINDOW_INDEX, index);
}

static inline int sticky_write_n(struct body *b, uint32_t offset,
                                 const uint32_t *values, size_t n)
{
    struct sticky_body *s = (struct sticky_body *)b;
    int err = body_write_n(s->inner, offset, values, n);

    return err < 0 ? err : sticky_force(s);
}

static inline int sticky_read_n(struct body *b, uint32_t offset,
                                uint32_t *values, size_t n)
{
    return body_read_n(((struct sticky_body *)b)->inner, offset, values, n);
}

static inline int sticky_run(struct body *b, const struct fn_span *in,
                             struct fn_span *out)
{
    struct sticky_body *s = (struct sticky_body *)b;
    struct slot_counters before = {0}, after = {0};
    int err = sticky_force(s);

    s->sticky->stuck = s->sticky->stuck && !s->sticky->once;
    assert_int_equal(body_counters(s->inner, &before), 0);
    err = err < 0 ? err : body_run(s->inner, in, out);
    assert_int_equal(body_counters(s->inner, &after), 0);
    uint64_t clocks = after.cycles - before.cycles;
    if (err == 0 && clocks > s->sticky->most_clocks) {
        s->sticky->most_clocks = clocks;
    }
    s->sticky->hang_clocks = err == ERR_HANG ? clocks : s->sticky->hang_clocks;
    return err;
}

static inline uint32_t sticky_capacity(struct body *b, size_t table)
{
    return body_capacity(((struct sticky_body *)b)->inner, table);
}

static inline void sticky_close(struct body *b)
{
    body_close(((struct sticky_body *)b)->inner);
    free(b);
}

static inline int sticky_load(struct device *d, uint32_t slot,
                              const struct fn *fn, struct body **out)
{
    static const struct body_ops ops = {
        .kind = "rtl",
        .write_n = sticky_write_n,
        .read_n = sticky_read_n,
        .run = sticky_run,
        .capacity = sticky_capacity,
        .close = sticky_close,
    };
    struct sticky *s = (struct sticky *)d;
    struct sticky_body *b = calloc(1, sizeof *b);

    assert_non_null(b);
    assert_true(slot < STICKY_SLOTS);
    *b = (struct sticky_body){
        .body = {.ops = &ops, .fn = fn}, .sticky = s, .slot = slot};
    s->body[slot] = b;
    s->loads++;
    assert_int_equal(device_load(s->inner, slot, fn, &b->inner), 0);
    *out = &b->body;
    return 0;
}

static inline int sticky_counters(struct device *d, uint32_t slot,
                                  struct slot_counters *out)
{
    return device_counters(((struct sticky *)d)->inner, slot, out);
}

static inline int sticky_telemetry(struct device *d, uint32_t slot, uint8_t *to,
                                   size_t room, size_t *n)
{
    return device_telemetry(((struct sticky *)d)->inner, slot, to, room, n);
}

/* The slots in 'slots' are loaded. */
static inline int sticky_run_line(struct device *d, const uint32_t *slots,
                                  size_t n_slots, const struct fn_span *in,
                                  struct fn_span *out)
{
    struct sticky *s = (struct sticky *)d;
    int err = 0;

    for (size_t k = 0; err == 0 && k < n_slots; k++) {
        err = sticky_force(s->body[slots[k]]);
    }
    return err < 0 ? err : device_run_line(s->inner, slots, n_slots, in, out);
}

#endif
