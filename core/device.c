/* device.c - see device.h. */
#include "core/device.h"

#include <assert.h>

#include "common_csr.h"
#include "core/base/err.h"

int device_load(struct device *d, uint32_t slot, const struct fn *fn,
                struct body **out)
{
    return d->ops->load(d, slot, fn, out);
}

int device_counters(struct device *d, uint32_t slot, struct slot_counters *out)
{
    return d->ops->counters(d, slot, out);
}

int body_counters(struct body *b, struct slot_counters *out)
{
    struct slot_counters c;
    uint32_t low = 0, high = 0;
    const struct {
        uint32_t offset;
        uint32_t *value;
    } part[] = {
        {COMMON_ITEMS_IN, &c.items_in},   {COMMON_ITEMS_OUT, &c.items_out},
        {COMMON_DROPPED, &c.dropped},     {COMMON_PUNTED, &c.punted},
        {COMMON_STALLS_IN, &c.stalls_in}, {COMMON_STALLS_OUT, &c.stalls_out},
        {COMMON_SIG_IN, &c.sig_in},       {COMMON_SIG_OUT, &c.sig_out},
        {COMMON_ERRORS, &c.errors},       {COMMON_CYCLES_HI, &high},
        {COMMON_CYCLES_LO, &low},
    };

    for (size_t k = 0; k < sizeof part / sizeof part[0]; k++) {
        int err = body_read(b, part[k].offset, part[k].value);
        if (err < 0) {
            return err;
        }
    }
    c.cycles = (uint64_t)high << 32 | low;
    *out = c;
    return 0;
}

int body_watch(struct body *b, const struct device_watch *w)
{
    uint32_t caps;
    int err = body_read(b, COMMON_CAPS, &caps);

    if (err == 0 && (caps >> COMMON_CAPS_WATCH_SHIFT & 1) == 0) {
        err = ERR_MISSING;
    }
    err = err < 0 ? err : body_write(b, COMMON_ERRORS, 0);
    if (err == 0 && w->hang_clocks != 0) {
        err = body_write(b, COMMON_HANG_LIMIT,
                         w->hang_clocks + b->fn->still_clocks);
    }
    err = err < 0 ? err : body_write(b, COMMON_EPOCH, w->epoch);
    err = err < 0 ? err : body_write(b, COMMON_WALK, w->walk_words);
    return err < 0 ? err : body_write(b, COMMON_WINDOW, w->window_beats);
}

int body_restart(struct body *b)
{
    int err = body_write(b, COMMON_CONTROL, 1u << COMMON_CONTROL_RESET_SHIFT);

    return err < 0 ? err
                   : body_write(b, COMMON_CONTROL, COMMON_CONTROL_ENABLE_MASK);
}

int body_telemetry(struct body *b, struct telemetry *out)
{
    struct telemetry t = {.image = 0};
    const struct {
        uint32_t offset;
        uint32_t *value;
    } part[] = {
        {COMMON_WINDOWS, &t.window},      {COMMON_ITEMS_IN, &t.items_in},
        {COMMON_ITEMS_OUT, &t.items_out}, {COMMON_SIG_IN, &t.sig_in},
        {COMMON_SIG_OUT, &t.sig_out},     {COMMON_TAP_0, &t.tap[0]},
        {COMMON_TAP_1, &t.tap[1]},        {COMMON_TAP_2, &t.tap[2]},
        {COMMON_TAP_3, &t.tap[3]},
    };

    for (size_t k = 0; k < sizeof part / sizeof part[0]; k++) {
        int err = body_read(b, part[k].offset, part[k].value);
        if (err < 0) {
            return err;
        }
    }
    *out = t;
    return 0;
}

int device_telemetry(struct device *d, uint32_t slot, uint8_t *to, size_t room,
                     size_t *n)
{
    *n = 0;
    return d->ops->telemetry == NULL ? ERR_MISSING
                                     : d->ops->telemetry(d, slot, to, room, n);
}

int device_flip(struct device *d, uint32_t slot, const char *where)
{
    return d->ops->flip(d, slot, where);
}

int device_stalls(struct device *d, const struct device_stalls *s)
{
    return d->ops->stalls(d, s);
}

int device_run_line(struct device *d, const uint32_t *slots, size_t n_slots,
                    const struct fn_span *in, struct fn_span *out)
{
    assert(n_slots > 0);
    assert(out->cap >= in->n);
    out->type = in->type;
    out->item0 = in->item0;
    out->n = 0;
    return d->ops->run_line == NULL
               ? ERR_MISSING
               : d->ops->run_line(d, slots, n_slots, in, out);
}

void device_close(struct device *d)
{
    if (d != NULL) {
        d->ops->close(d);
    }
}
