/*
 * bench_fabric.c - what the fabric around a function costs: the shim over the
 * bare model, short packets on wide streams, swapping slots, moving state.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "drivers/driver.h"
#include "drivers/sim/sim_device.h"
#include "host/cli/bench.h"

enum {
    SHORT_BYTES = 64,
    SHORT_BITS = 256,
    SHIM_BITS = 64,
    SWAPS = 1000,
    SWAPS_WATCHED = 100, /* the last of them: of the memory they leave */
    BEATS_MAX = 1 << 16,
};

/* A body in a slot of its own. */
struct bed {
    struct bench *bench;
    struct device *device;
    struct body *body;
    /* The same burst cut into beats, for the bare model. */
    struct sim_beat *beat; /* [n_beats] */
    size_t n_beats;
    struct blob blob;
};

static int bed_open(struct bed *d, struct bench *b, const struct fn *fn,
                    uint32_t width_bits)
{
    struct device_config config = {.n_slots = 1, .width_bits = width_bits};
    int err;

    *d = (struct bed){.bench = b};
    err = driver_open("sim", &config, &d->device);
    if (err == 0) {
        err = device_load(d->device, 0, fn, &d->body);
    }
    return err < 0 ? err : bench_setup(fn, d->body);
}

static void bed_close(struct bed *d)
{
    body_close(d->body);
    device_close(d->device);
    free(d->beat);
    blob_close(&d->blob);
}

static int run_direct(void *ctx)
{
    struct bed *d = ctx;

    return bench_burst(d->bench, d->body);
}

/* Cuts 'n' bytes of an item, or of a burst of samples, into beats. */
static void cut(struct bed *d, const uint8_t *data, uint32_t n, uint64_t user,
                uint32_t beat_bytes)
{
    for (uint32_t at = 0; at == 0 || at < n; at += beat_bytes) {
        struct sim_beat *b = &d->beat[d->n_beats++];
        uint32_t held = n - at < beat_bytes ? n - at : beat_bytes;
        *b = (struct sim_beat){.user = user, .valid = true};
        memcpy(b->data, data + at, held);
        b->keep = (uint32_t)((1ull << held) - 1);
        b->last = n - at <= beat_bytes;
    }
}

static int cut_all(struct bed *d, bool packets, uint32_t beat_bytes)
{
    struct bench *b = d->bench;

    d->beat = calloc(BEATS_MAX, sizeof *d->beat);
    if (d->beat == NULL) {
        return ERR_NO_MEM;
    }
    for (size_t k = 0; packets && k < FN_BURST_PKT; k++) {
        cut(d, b->pkt[0][k].data, b->pkt[0][k].len_bytes,
            pkt_user(&b->pkt[0][k]), beat_bytes);
    }
    if (!packets) {
        cut(d, (const uint8_t *)b->iq[0], sizeof b->iq[0], 0, beat_bytes);
    }
    return 0;
}

static int run_bare(void *ctx)
{
    struct bed *d = ctx;
    void *model;
    const struct sim_image *image =
        sim_image_of(sim_device_slot(d->device, 0), &model);

    image->bare(model, d->beat, d->n_beats);
    return 0;
}

static int bench_shim(struct bench *b, const struct fn *fn)
{
    static int (*const work[2])(void *) = {run_bare, run_direct};
    struct bed d;
    char name[80], peer[80];
    double ns[2] = {0, 0}, ratio = 0;
    double items = fn->csr->in == FN_PKT ? FN_BURST_PKT : FN_BURST_IQ;
    int err = bed_open(&d, b, fn, SHIM_BITS);

    if (err == 0) {
        err = cut_all(&d, fn->csr->in == FN_PKT, SHIM_BITS / 8);
    }
    if (err == 0) {
        err = bench_pair(work, &d, ns, &ratio);
    }
    if (err == 0) {
        (void)snprintf(name, sizeof name, "%s.shim.direct", fn->csr->name);
        (void)snprintf(peer, sizeof peer, "the bare model's %.2f ns",
                       ns[0] / items);
        bench_print_ratio(b, name, ns[1] / items, "ns/item", ratio, peer);
    }
    bed_close(&d);
    return err;
}

static int bench_short(struct bench *b, const struct fn *fn)
{
    struct bed d;
    char name[80];
    double ns = 1;
    int err = bed_open(&d, b, fn, SHORT_BITS);

    for (size_t k = 0; k < FN_BURST_PKT; k++) {
        struct pkt *p = &b->pkt[0][k];
        if (p->len_bytes < SHORT_BYTES) {
            memset(p->data + p->len_bytes, 0, SHORT_BYTES - p->len_bytes);
        }
        p->len_bytes = SHORT_BYTES;
    }
    if (err == 0) {
        err = bench_median(run_direct, &d, &ns, NULL);
    }
    if (err == 0) {
        (void)snprintf(name, sizeof name, "%s.rtl.w%d.%dB", fn->csr->name,
                       SHORT_BITS, SHORT_BYTES);
        bench_print(b, name, FN_BURST_PKT * 1e3 / ns, "Mpps");
    }
    bed_close(&d);
    return err;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Bytes in use: of the heap, and of everything mapped. */
static double in_use(void)
{
    FILE *f = fopen("/proc/self/maps", "r");
    struct mallinfo2 heap = mallinfo2();
    double bytes = (double)heap.uordblks;
    unsigned long from, to;
    char line[4352];

    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (strstr(line, ".so") != NULL &&
            sscanf(line, "%lx-%lx", &from, &to) == 2) {
            bytes += (double)(to - from);
        }
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return bytes;
}

/*
 * Swaps SWAPS times, each in ms[k].  '*least' is the least memory in use after
 * one of the last: a thread of the image before may hold some for a while,
 * which is no leak.
 */
static int swap(struct device *device, const struct fn *fn, double *ms,
                double *least)
{
    struct body *body = NULL;
    int err = 0;

    for (int k = 0; err == 0 && k < SWAPS; k++) {
        uint64_t start = clock_ns();
        body_close(body);
        body = NULL;
        err = device_load(device, 0, fn, &body);
        ms[k] = (double)(clock_ns() - start) / 1e6;
        if (k >= SWAPS - SWAPS_WATCHED) {
            double now = in_use();
            *least = k == SWAPS - SWAPS_WATCHED || now < *least ? now : *least;
        }
    }
    body_close(body);
    return err;
}

/*
 * One image goes, the next one comes, a thousand times; after another thousand,
 * which fill what the allocator keeps for later, so that what grows is a leak.
 */
static int bench_swap(struct bench *b, const struct fn *fn)
{
    static double ms[SWAPS];
    struct device_config config = {.n_slots = 1, .width_bits = SHIM_BITS};
    struct device *device = NULL;
    double before = 0, after = 0;
    char name[80];
    int err = driver_open("sim", &config, &device);

    err = err < 0 ? err : swap(device, fn, ms, &before);
    err = err < 0 ? err : swap(device, fn, ms, &after);
    device_close(device);
    if (err == 0) {
        qsort(ms, SWAPS, sizeof ms[0], by_value);
        (void)snprintf(name, sizeof name, "%s.swap.p50", fn->csr->name);
        bench_print(b, name, ms[SWAPS / 2], "ms");
        (void)snprintf(name, sizeof name, "%s.swap.p99", fn->csr->name);
        bench_print(b, name, ms[SWAPS * 99 / 100], "ms");
        (void)snprintf(name, sizeof name, "%s.swap.leak", fn->csr->name);
        bench_print(b, name, after - before, "bytes after 1000 swaps");
    }
    return err;
}

static int save_once(void *ctx)
{
    struct bed *d = ctx;

    blob_close(&d->blob);
    return body_save(d->body, &d->blob);
}

static int load_once(void *ctx)
{
    struct bed *d = ctx;

    return body_load(d->body, &d->blob);
}

/* State of a slot with its first table full. */
static int bench_state(struct bench *b, const struct fn *fn)
{
    const struct csr_layout *l = fn->csr;
    struct bed d;
    double save_ns = 0, load_ns = 0;
    char name[80], unit[80];
    int err = bed_open(&d, b, fn, SHIM_BITS);
    uint32_t entries = err == 0 ? body_capacity(d.body, 0) : 0;

    if (err == 0) {
        err = body_write(d.body, l->tables[0].count, entries);
    }
    if (err == 0) {
        err = bench_median(save_once, &d, &save_ns, NULL);
    }
    if (err == 0) {
        err = bench_median(load_once, &d, &load_ns, NULL);
    }
    if (err == 0) {
        (void)snprintf(unit, sizeof unit, "ms, %u entries of %u words", entries,
                       l->tables[0].words);
        (void)snprintf(name, sizeof name, "%s.state.save", l->name);
        bench_print(b, name, save_ns / 1e6, unit);
        (void)snprintf(name, sizeof name, "%s.state.load", l->name);
        bench_print(b, name, load_ns / 1e6, unit);
    }
    bed_close(&d);
    return err;
}

int bench_fabric(struct bench *b, const struct fn *fn)
{
    int err = bench_shim(b, fn);

    err = err < 0 ? err : bench_swap(b, fn);
    if (err == 0 && fn->csr->n_tables > 0) {
        err = bench_state(b, fn);
    }
    if (err == 0 && fn->csr->in == FN_PKT) {
        err = bench_short(b, fn); /* last: it cuts the stimulus short */
    }
    return err;
}
