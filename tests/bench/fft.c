/*
 * fft.c - `make bench-fft`: blocks of 64 and of 128 samples by functions fft64
 * and fft128, by their vectors and by their portable loop, against FFTW in
 * single precision.
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
#include "sdr/fft/fft_block.h"

enum { BLOCKS = 128, HALVE = 0x55 };

struct work {
    struct bench bench;
    unsigned log2_n;
    struct iq16 x[BLOCKS][FFT_MAX], y[BLOCKS][FFT_MAX];
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
        if (!fft_block_avx2(w->x[k], w->y[k], w->log2_n, HALVE)) {
            return err_say(ERR_DIFFERS, "block %zu is clipped", k);
        }
    }
    return 0;
}

static int by_portable(void *ctx)
{
    struct work *w = ctx;

    for (size_t k = 0; k < BLOCKS; k++) {
        memcpy(w->y[k], w->x[k], sizeof w->y[k][0] << w->log2_n);
        if (fft_block(w->y[k], w->log2_n, HALVE, NULL) > 0) {
            return err_say(ERR_DIFFERS, "block %zu is clipped", k);
        }
    }
    return 0;
}

static int by_fftw(void *ctx)
{
    struct work *w = ctx;

    for (size_t k = 0; k < BLOCKS; k++) {
        fftwf_execute_dft(w->plan, w->from + (k << w->log2_n),
                          w->to + (k << w->log2_n));
    }
    return 0;
}

/* Random blocks, of a quarter of full scale; the same for all. */
static int make(struct work *w, const char *fn)
{
    struct rng r = {.state = 1};
    size_t size = (size_t)1 << w->log2_n;
    uint32_t bytes = (uint32_t)(size * sizeof w->x[0][0]);

    w->from = fftwf_alloc_complex(BLOCKS * size);
    w->to = fftwf_alloc_complex(BLOCKS * size);
    if (w->from == NULL || w->to == NULL) {
        return ERR_NO_MEM;
    }
    w->plan = fftwf_plan_dft_1d((int)size, w->from, w->to, FFTW_FORWARD,
                                FFTW_PATIENT);
    for (size_t k = 0; k < BLOCKS; k++) {
        for (size_t n = 0; n < size; n++) {
            uint64_t v = rng_next(&r);
            struct iq16 s = {(int16_t)((int16_t)v >> 2),
                             (int16_t)((int16_t)(v >> 16) >> 2)};
            w->x[k][n] = s;
            w->from[k * size + n][0] = (float)s.i / 32768;
            w->from[k * size + n][1] = (float)s.q / 32768;
        }
        w->in[k] = (struct pkt){.data = (uint8_t *)w->x[k],
                                .len_bytes = bytes,
                                .room_bytes = bytes};
        w->out[k] =
            (struct pkt){.data = (uint8_t *)w->y[k], .room_bytes = bytes};
    }
    return w->plan == NULL ? ERR_NO_MEM
                           : body_open_c(registry_find(fn), &w->body);
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
    (void)snprintf(name, sizeof name, "fft%u.%s", 1U << w->log2_n, how);
    bench_print_ratio(&w->bench, name, BLOCKS * 1e3 * (1U << w->log2_n) / ns[0],
                      "Msample/s", ratio, "fftwf");
    (void)fflush(stdout);
    return 0;
}

/* Function 'fn', whose blocks have 2^log2_n samples. */
static int one(struct work *w, const char *fn, unsigned log2_n)
{
    int err;

    w->log2_n = log2_n;
    err = make(w, fn);
    err = err < 0 ? err : compare(w, "fn", by_function);
    if (err == 0 && fft_has_avx2()) {
        err = compare(w, "avx2", by_vectors);
    }
    err = err < 0 ? err : compare(w, "portable", by_portable);
    body_close(w->body);
    fftwf_destroy_plan(w->plan);
    fftwf_free(w->from);
    fftwf_free(w->to);
    w->body = NULL;
    w->plan = NULL;
    return err;
}

/* bench-fft [--json] */
int main(int argc, char **argv)
{
    static struct work w;
    int err;

    w.bench.json = argc > 1 && strcmp(argv[1], "--json") == 0;
    err = one(&w, "fft64", 6);
    err = err < 0 ? err : one(&w, "fft128", 7);
    return err_exit_status(err);
}
