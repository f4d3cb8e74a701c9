/*
 * fir.c - `make bench-fir`: blocks of samples by function fir_decim, by its
 * vectors and by its portable loop, against liquid-dsp's firdecim_crcf; and
 * function stf_detect.
 *
 * Both sides take as many samples in turns on one core, each in its own format,
 * 16 bits here and single precision there, and give the same number; a ratio is
 * our speed to liquid's.
 */
#include <complex.h>
#include <liquid/liquid.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "fir_decim_csr.h"
#include "host/cli/bench.h"
#include "sdr/fn/fir_decim/fir_decim_some.h"

enum { OUT = 1024, IN_MAX = (OUT - 1) * FIR_DECIM_MAX + FIR_DECIM_TAPS };

struct work {
    struct bench bench;
    struct iq16 x[IN_MAX], y[IN_MAX];
    float complex from[OUT * FIR_DECIM_MAX], to[OUT];
    size_t n; /* of x */
    struct body *body;
    struct fir_decim_filter filter;
    firdecim_crcf liquid;
};

static int by_function(void *ctx)
{
    struct work *w = ctx;
    struct pkt x = {.data = (uint8_t *)w->x};
    struct pkt y = {.data = (uint8_t *)w->y, .room_bytes = sizeof w->y};
    struct fn_span in = {FN_PKT, &x, 1, 1, 0}, out = {FN_PKT, &y, 0, 1, 0};

    x.len_bytes = x.room_bytes = (uint32_t)(w->n * sizeof w->x[0]);
    return body_run(w->body, &in, &out);
}

static int by_vectors(void *ctx)
{
    struct work *w = ctx;

    /* Which clip is of no interest here. */
    (void)fir_decim_some_avx2(&w->filter, (const uint8_t *)w->x, OUT,
                              (uint8_t *)w->y);
    return 0;
}

static int by_portable(void *ctx)
{
    struct work *w = ctx;

    (void)fir_decim_some(&w->filter, (const uint8_t *)w->x, OUT,
                         (uint8_t *)w->y, NULL);
    return 0;
}

static int by_liquid(void *ctx)
{
    struct work *w = ctx;

    firdecim_crcf_execute_block(w->liquid, w->from, OUT, w->to);
    return 0;
}

static int compare(struct work *w, const char *how, int (*ours)(void *ctx))
{
    const struct fir_decim_filter *f = &w->filter;
    char name[64];
    double ns[2], ratio;
    int err =
        bench_pair((int (*const[2])(void *)){ours, by_liquid}, w, ns, &ratio);

    if (err < 0) {
        return err;
    }
    (void)snprintf(name, sizeof name, "fir_decim.%s.%zu_taps.1_of_%zu", how,
                   f->n_taps, f->decimation);
    bench_print_ratio(&w->bench, name,
                      OUT * (double)f->decimation * 1e3 / ns[0], "Msample/s",
                      ratio, "liquid");
    (void)fflush(stdout);
    return 0;
}

/* A low-pass of n taps for 1 of d, in both formats. */
static int make(struct work *w, size_t n, size_t d)
{
    struct fir_decim_filter *f = &w->filter;
    float h[FIR_DECIM_TAPS], sum = 0;
    int err = body_open_c(registry_find("fir_decim"), &w->body);

    *f = (struct fir_decim_filter){.n_taps = n, .decimation = d, .shift = 15};
    liquid_firdes_kaiser((unsigned)n, 0.4f / (float)d, 60, 0, h);
    for (size_t k = 0; k < n; k++) {
        sum += h[k];
    }
    err = err < 0 ? err : body_write(w->body, CSR_WINDOW_INDEX, 0);
    for (size_t k = 0; k < n && err >= 0; k++) {
        f->tap[n - 1 - k] = (int16_t)(h[k] / sum * 32768);
        err = body_write(w->body, CSR_WINDOW_DATA, (uint16_t)f->tap[n - 1 - k]);
    }
    fir_decim_fit(f);
    err = err < 0 ? err : body_write(w->body, FIR_DECIM_N_TAPS, (uint32_t)n);
    err = err < 0 ? err
                  : body_write(w->body, FIR_DECIM_DECIMATION, (uint32_t)d - 1);
    w->n = (OUT - 1) * d + n;
    w->liquid = firdecim_crcf_create((unsigned)d, h, (unsigned)n);
    return err < 0 ? err : w->liquid == NULL ? ERR_NO_MEM : 0;
}

static int one_filter(struct work *w, size_t n, size_t d)
{
    int err = make(w, n, d);

    err = err < 0 ? err : compare(w, "fn", by_function);
    if (err == 0 && fir_decim_has_avx2()) {
        err = compare(w, "avx2", by_vectors);
    }
    err = err < 0 ? err : compare(w, "portable", by_portable);
    body_close(w->body);
    w->body = NULL;
    if (w->liquid != NULL) {
        firdecim_crcf_destroy(w->liquid);
    }
    return err;
}

/* The samples as one block. */
static int one_detector(struct work *w)
{
    double ns;
    int err = body_open_c(registry_find("stf_detect"), &w->body);

    w->n = IN_MAX;
    err = err < 0 ? err : bench_median(by_function, w, &ns, NULL);
    if (err == 0) {
        bench_print(&w->bench, "stf_detect.fn", IN_MAX * 1e3 / ns, "Msample/s");
    }
    body_close(w->body);
    return err;
}

/* bench-fir [--json] */
int main(int argc, char **argv)
{
    static const struct {
        size_t n_taps, d;
    } row[] = {{64, 16}, {32, 4}, {128, 2}};
    static struct work w;
    struct rng r = {.state = 1};
    int err = 0;

    w.bench.json = argc > 1 && strcmp(argv[1], "--json") == 0;
    for (size_t k = 0; k < IN_MAX; k++) {
        uint64_t v = rng_next(&r);
        w.x[k] = (struct iq16){(int16_t)((int16_t)v >> 2),
                               (int16_t)((int16_t)(v >> 16) >> 2)};
        if (k < OUT * FIR_DECIM_MAX) {
            w.from[k] = (float)w.x[k].i / 32768 + (float)w.x[k].q / 32768 * I;
        }
    }
    for (size_t k = 0; k < sizeof row / sizeof row[0] && err >= 0; k++) {
        err = one_filter(&w, row[k].n_taps, row[k].d);
    }
    err = err < 0 ? err : one_detector(&w);
    return err_exit_status(err);
}
