/*
 * conform_check.h - C body against an image of the RTL body: both get the same
 * registers, tables and items; outputs, state and digests must be equal bit for
 * bit.
 */
#ifndef TESTS_CONFORM_CHECK_H
#define TESTS_CONFORM_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#include "core/digest.h"
#include "core/registry.h"
#include "drivers/driver.h"
#include "tests/check.h"

enum {
    ROOM = 8192, /* bytes of a packet */
    SEED = 1,
};

/* What is compared, and for how long. */
struct conform {
    const struct fn *fn;
    uint32_t width_bits;
    bool stalls;
    bool framed; /* a link between */
    uint64_t beats;
    bool short_run; /* too short for every verdict */
};

/* What a slot counted, and beats by which packets grew in it. */
struct conform_counters {
    struct slot_counters slot;
    uint64_t grown;
};

/* Storage of one round: input, and the output of each body. */
struct buffers {
    struct iq16 iq[3][FN_BURST_IQ];
    struct pkt pkt[3][FN_BURST_PKT];
    uint8_t bytes[3][FN_BURST_PKT][ROOM];
};

static inline struct fn_span span_of(struct buffers *b, int which,
                                     enum fn_type type)
{
    struct fn_span s = {.type = type, .items = b->iq[which]};

    s.cap = FN_BURST_IQ;
    if (type == FN_PKT) {
        for (size_t k = 0; k < FN_BURST_PKT; k++) {
            b->pkt[which][k] =
                (struct pkt){.data = b->bytes[which][k], .room_bytes = ROOM};
        }
        s.items = b->pkt[which];
        s.cap = FN_BURST_PKT;
    }
    return s;
}

/* Fills 'in' with stimulus; returns the beats it takes. */
static inline uint64_t fill(const struct fn *fn, struct rng *r,
                            uint32_t beat_bytes, struct fn_span *in)
{
    uint64_t beats = 0;

    if (in->type == FN_PKT) {
        struct pkt *p = in->items;
        in->n = 1 + rng_below(r, FN_BURST_PKT);
        for (size_t k = 0; k < in->n; k++) {
            fn->packet(r, &p[k]);
            beats += p[k].len_bytes / beat_bytes + 1;
        }
    } else {
        struct iq16 *x = in->items;
        in->n = 1 + rng_below(r, FN_BURST_IQ);
        for (size_t k = 0; k < in->n; k++) {
            uint64_t bits = rng_next(r);
            /* Every second sample is small, so that not all of them clip. */
            x[k] = (struct iq16){
                (int16_t)((int16_t)bits >> (bits >> 32 & 1) * 8),
                (int16_t)((int16_t)(bits >> 16) >> (bits >> 32 & 1) * 8)};
        }
        beats = in->n * sizeof *x / beat_bytes + 1;
    }
    return beats;
}

static inline void assert_same(const struct fn_span *c,
                               const struct fn_span *rtl)
{
    assert_int_equal(c->n, rtl->n);
    if (c->type == FN_IQ16) {
        assert_memory_equal(c->items, rtl->items, c->n * sizeof(struct iq16));
        return;
    }
    for (size_t k = 0; k < c->n; k++) {
        const struct pkt *a = (const struct pkt *)c->items + k;
        const struct pkt *b = (const struct pkt *)rtl->items + k;
        assert_int_equal(pkt_user(a), pkt_user(b));
        assert_int_equal(a->len_bytes, b->len_bytes);
        assert_memory_equal(a->data, b->data, a->len_bytes);
    }
}

static inline void assert_same_state(struct body *c, struct body *rtl)
{
    struct blob a, b;

    assert_int_equal(body_save(c, &a), 0);
    assert_int_equal(body_save(rtl, &b), 0);
    assert_int_equal(blob_differs(&a, &b), -1);
    blob_close(&a);
    blob_close(&b);
}

/* Beats by which packets grow between 'in' and 'out'. */
static inline uint64_t beats_grown(const struct fn_span *in,
                                   const struct fn_span *out,
                                   uint32_t beat_bytes)
{
    const struct pkt *x = in->items, *y = out->items;
    uint64_t grown = 0;

    for (size_t k = 0; in->type == FN_PKT && k < in->n; k++) {
        uint32_t from = (x[k].len_bytes + beat_bytes - 1) / beat_bytes;
        uint32_t to = (y[k].len_bytes + beat_bytes - 1) / beat_bytes;
        grown += to > from ? to - from : 0;
    }
    return grown;
}

/* Counts what became of the packets of 'out'. */
static inline void count_verdicts(const struct fn *fn,
                                  const struct fn_span *out, uint64_t *count)
{
    const struct pkt *p = out->items;

    for (size_t k = 0; k < out->n; k++) {
        const char *v = fn->verdict(&p[k]);
        for (size_t j = 0; fn->verdicts[j] != NULL; j++) {
            count[j] += strcmp(fn->verdicts[j], v) == 0;
        }
    }
}

static inline void assert_every_verdict(const struct fn *fn,
                                        const uint64_t *count)
{
    uint64_t total = 0;

    for (size_t j = 0; fn->verdicts[j] != NULL; j++) {
        total += count[j];
    }
    for (size_t j = 0; fn->verdicts[j] != NULL; j++) {
        printf("  %-12s %5.1f%% of %llu packets\n", fn->verdicts[j],
               100.0 * (double)count[j] / (double)total,
               (unsigned long long)total);
        assert_true(count[j] * 100 >= total);
    }
}

static inline void setup_both(const struct fn *fn, struct rng *r,
                              struct body *c, struct body *rtl)
{
    struct write_list w = {0};

    assert_int_equal(fn->setup(r, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, c), 0);
    assert_int_equal(write_list_apply(&w, rtl), 0);
    write_list_close(&w);
}

/*
 * Fails where the C body and slot 0 of 'device' differ, or a verdict is rare;
 * gives what the slot counted.
 */
static inline void conform_device(const struct conform *t,
                                  struct device *device,
                                  struct conform_counters *counters)
{
    uint64_t beats = 0, items = 0, grown = 0;
    uint64_t verdicts[16] = {0};
    uint32_t sig_in = 0, sig_out = 0;
    struct buffers *b = calloc(1, sizeof *b);
    struct rng r = {SEED};
    struct body *c, *rtl;
    struct slot_counters counted;

    printf("%s, %u bits, %s, seed %d\n", t->fn->csr->name, t->width_bits,
           t->stalls ? "random stalls" : "full rate", SEED);
    assert_non_null(b);
    assert_int_equal(device_load(device, 0, t->fn, &rtl), 0);
    assert_int_equal(body_open_c(t->fn, &c), 0);
    while (beats < t->beats) {
        struct fn_span in = span_of(b, 0, t->fn->csr->in);
        struct fn_span out_c = span_of(b, 1, t->fn->csr->out);
        struct fn_span out_rtl = span_of(b, 2, t->fn->csr->out);

        setup_both(t->fn, &r, c, rtl);
        beats += fill(t->fn, &r, t->width_bits / 8, &in);
        items += in.n;
        assert_int_equal(body_run(rtl, &in, &out_rtl), 0);
        assert_int_equal(body_run(c, &in, &out_c), 0);
        assert_same(&out_c, &out_rtl);
        assert_same_state(c, rtl);
        grown += beats_grown(&in, &out_c, t->width_bits / 8);
        sig_in = digest_span(sig_in, &in);
        sig_out = digest_span(sig_out, &out_c);
        if (t->fn->verdicts != NULL) {
            count_verdicts(t->fn, &out_c, verdicts);
        }
    }
    assert_int_equal(device_counters(device, 0, &counted), 0);
    assert_int_equal(counted.items_in, items);
    assert_int_equal(counted.items_out, items);
    assert_int_equal(counted.sig_in, sig_in);
    assert_int_equal(counted.sig_out, sig_out);
    assert_int_equal(counted.errors, 0);
    printf("  %llu beats, %llu items, %llu clocks, %u + %u stalls\n",
           (unsigned long long)beats, (unsigned long long)items,
           (unsigned long long)counted.cycles, counted.stalls_in,
           counted.stalls_out);
    if (t->fn->verdicts != NULL && !t->short_run) {
        assert_every_verdict(t->fn, verdicts);
    }
    *counters = (struct conform_counters){counted, grown};
    body_close(rtl);
    body_close(c);
    free(b);
}

/*
 * The same of the image of 't' in a simulated slot; fails also where a beat
 * waits at full rate.
 */
static inline void conform_check(const struct conform *t,
                                 struct conform_counters *counters)
{
    struct device_config config = {.n_slots = 1, .width_bits = t->width_bits};
    struct device_stalls stalls = {SEED, 300, 300};
    struct device *device;

    assert_int_equal(driver_open("sim", &config, &device), 0);
    if (t->stalls) {
        assert_int_equal(device_stalls(device, &stalls), 0);
    }
    conform_device(t, device, counters);
    if (!t->stalls && t->width_bits <= t->fn->full_rate_bits) {
        /* Nothing waits but for beats that are added: one beat a clock. */
        assert_true(counters->slot.stalls_in <= counters->grown);
        assert_int_equal(counters->slot.stalls_out, 0);
    }
    device_close(device);
}

#endif
