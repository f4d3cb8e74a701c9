/*
 * fft.c - `make bench-fft`: blocks of 64 samples by function fft64, by its
 * vectors and by its portable loop, against FFTW in single precision.
 *
 * Both sides take as many blocks in turns on one core, each in its own format,
 * 16 bits here and float there; a ratio is our speed to FFTW's.
 */
#include <fftw3.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "core/registry.h"
#include "host/cli/bench.h"
#include "sdr/fn/fft64/fft64_block.h"

enum { BLOCKS = 128, HALVE = 0x15 };

struct work {
    struct bench bench;
    struct iq16 x[BLOCKS][FFT64_N], y[BLOCKS][FFT64_N];
    struct pkt in[BLOCKS], out[BLOCKS];
    struct body *body;
    fftwf_complex *from, *to;
    fftwf_plan plan; /* of one block */
};

static int by_function(void *ctx)
{
    struct work *w = ctx;
    struct fn_span in = {FN_PKT, w->in, BLOCKS, BLOCKS, 0};
    struct fn_span out = {FN_PKT, w->out, BLOCKS, BLOCKS, 0};

    return body_run(w->body, &in, &out);
}

static int by_vectors(void *ctx)
{
    struct work *w = ctx;

    for (size_t k = 0; k < BLOCKS; k++) {
        if (!fft64_block_avx2(w->x[k], w->y[k], HALVE)) {
            return err_say(ERR_DIFFERS, "block %zu is clipped", k);
        }
    }
    return 0;
}

static int by_portable(void *ctx)
{
    struct work *w = ctx;

    for (size_t k = 0; k < BLOCKS; k++) {
        memcpy(w->y[k], w->x[k], sizeof w->y[k]);
        if (fft64_block(w->y[k], HALVE, NULL) > 0) {
            return err_say(ERR_DIFFERS, "block %zu is clipped", k);
        }
    }
    return 0;
}

static int by_fftw(void *ctx)
{
    struct work *w = ctx;

    for (size_t k = 0; k < BLOCKS; k++) {
        fftwf_execute_dft(w->plan, w->from + k * FFT64_N, w->to + k * FFT64_N);
    }
    return 0;
}

/* Random blocks, of a quarter of full scale; the same for all. */
static int make(struct work *w)
{
    struct rng r = {.state = 1};

    w->from = fftwf_alloc_complex((size_t)BLOCKS * FFT64_N);
    w->to = fftwf_alloc_complex((size_t)BLOCKS * FFT64_N);
    if (w->from == NULL || w->to == NULL) {
        return ERR_NO_MEM;
    }
    w->plan =
        fftwf_plan_dft_1d(FFT64_N, w->from, w->to, FFTW_FORWARD, FFTW_PATIENT);
    for (size_t k = 0; k < BLOCKS; k++) {
        for (size_t n = 0; n < FFT64_N; n++) {
            uint64_t v = rng_next(&r);
            struct iq16 s = {(int16_t)((int16_t)v >> 2),
                             (int16_t)((int16_t)(v >> 16) >> 2)};
            w->x[k][n] = s;
            w->from[k * FFT64_N + n][0] = (float)s.i / 32768;
            w->from[k * FFT64_N + n][1] = (float)s.q / 32768;
        }
        w->in[k] = (struct pkt){.data = (uint8_t *)w->x[k],
                                .len_bytes = FFT64_BYTES,
                                .room_bytes = FFT64_BYTES};
        w->out[k] =
            (struct pkt){.data = (uint8_t *)w->y[k], .room_bytes = FFT64_BYTES};
    }
    return w->plan == NULL ? ERR_NO_MEM
                           : body_open_c(registry_find("fft64"), &w->body);
}

static int compare(struct work *w, const char *how, int (*ours)(void *ctx))
{
    char name[64];
    double ns[2], ratio;
    int err =
        bench_pair((int (*const[2])(void *)){ours, by_fftw}, w, ns, &ratio);

    if (err < 0) {
        return err;
    }
    (void)snprintf(name, sizeof name, "fft64.%s", how);
    bench_print_ratio(&w->bench, name, BLOCKS * FFT64_N * 1e3 / ns[0],
                      "Msample/s", ratio, "fftwf");
    (void)fflush(stdout);
    return 0;
}

/* bench-fft [--json] */
int main(int argc, char **argv)
{
    static struct work w;
    int err;

    w.bench.json = argc > 1 && strcmp(argv[1], "--json") == 0;
    err = make(&w);
    err = err < 0 ? err : compare(&w, "fn", by_function);
    if (err == 0 && fft64_has_avx2()) {
        err = compare(&w, "avx2", by_vectors);
    }
    err = err < 0 ? err : compare(&w, "portable", by_portable);
    body_close(w.body);
    fftwf_destroy_plan(w.plan);
    fftwf_free(w.from);
    fftwf_free(w.to);
    return err_exit_status(err);
}
