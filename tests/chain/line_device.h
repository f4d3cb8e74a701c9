/*
 * line_device.h - a device that runs lines of slots, made of C bodies, so that
 * a fault can be put into any slot at any packet.
 */
#ifndef TESTS_CHAIN_LINE_DEVICE_H
#define TESTS_CHAIN_LINE_DEVICE_H

#include "tests/check.h"

#include "core/base/err.h"
#include "core/device.h"
#include "core/digest.h"

enum { LINE_SLOTS = 3 };

enum way {
    WELL,
    MARKS,   /* flips a bit of the mark of a packet */
    DROPS,   /* flips its drop flag */
    FORGETS, /* the same, and a register of the slot changes */
    SWAPS,   /* the packet and the next one change places */
    LOSES,
    REPEATS,
    STOPS,     /* before the packet; throws away what comes */
    DIES,      /* the same, and answers no more */
    MISCOUNTS, /* claims drops that were none */
    WAYS,
};

struct line {
    struct device device;
    struct body *body[LINE_SLOTS]; /* owned by the nodes */
    struct slot_counters count[LINE_SLOTS];
    enum way way;
    size_t bad, at; /* slot and packet that the fault is in */
    bool now;       /* in the next burst */
    bool blind;     /* no slot tells what it counted */
    bool dead;      /* slot 'bad' does not any more */
};

static inline int line_load(struct device *d, uint32_t slot,
                            const struct fn *fn, struct body **out)
{
    struct line *l = (struct line *)d;
    int err = body_open_c(fn, &l->body[slot]);

    *out = l->body[slot];
    return err;
}

static inline int line_counters(struct device *d, uint32_t slot,
                                struct slot_counters *out)
{
    struct line *l = (struct line *)d;

    *out = l->count[slot];
    return l->blind || (l->dead && slot == l->bad) ? ERR_DEVICE : 0;
}

/* Does to what slot 'bad' gave what is to be done; what the device says. */
static inline int line_spoil(struct line *l, struct fn_span *y)
{
    struct pkt *p = (struct pkt *)y->items + l->at;
    size_t behind = y->n > l->at ? y->n - l->at - 1 : 0;
    struct pkt swapped;

    switch (l->way) {
    case WELL:
    case WAYS: return 0;
    case DROPS: p->flags ^= PKT_DROP; return 0;
    case FORGETS:
        assert_int_equal(body_write(l->body[l->bad], 0x8c, 9), 0);
        p->flags ^= PKT_DROP;
        return 0;
    case MISCOUNTS: l->count[l->bad].dropped += 1000; return 0;
    case MARKS: p->mark ^= 1; return 0;
    case SWAPS:
        if (behind > 0) {
            swapped = p[0];
            p[0] = p[1];
            p[1] = swapped;
        }
        return 0;
    case LOSES:
        memmove(p, p + 1, behind * sizeof *p);
        y->n--;
        return 0;
    case REPEATS: /* the last has no place any more */
        memmove(p + 1, p, behind * sizeof *p);
        l->count[l->bad].items_out++;
        return ERR_DEVICE;
    case STOPS:
    case DIES: l->dead = l->way == DIES; return ERR_HANG;
    }
    return 0;
}

static inline int line_run(struct device *d, const uint32_t *slots,
                           size_t n_slots, const struct fn_span *in,
                           struct fn_span *out)
{
    struct line *l = (struct line *)d;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    struct fn_span from = *in;
    int err = 0;

    for (size_t j = 0; j < n_slots; j++) {
        struct slot_counters *c = &l->count[slots[j]];
        bool spoils = l->now && slots[j] == l->bad;
        c->items_in += (uint32_t)from.n;
        if (spoils && (l->way == STOPS || l->way == DIES)) {
            from.n = l->at;
        }
        out->n = 0;
        if (from.n > 0) {
            assert_int_equal(body_run(l->body[slots[j]], &from, out), 0);
        }
        if (spoils) {
            err = line_spoil(l, out);
        }
        c->items_out += (uint32_t)out->n;
        c->sig_out = digest_span(c->sig_out, out);
        for (size_t k = 0; k < out->n; k++) {
            c->dropped += y[k].flags & PKT_DROP;
            y[k].out_port = j + 1 < n_slots ? 0 : y[k].out_port;
            y[k].item = x[k].item;
        }
        from = *out;
    }
    l->now = false;
    return err;
}

static inline void line_init(struct line *l)
{
    static const struct device_ops ops = {.kind = "line",
                                          .load = line_load,
                                          .counters = line_counters,
                                          .run_line = line_run};

    l->device = (struct device){&ops, LINE_SLOTS};
}

#endif
