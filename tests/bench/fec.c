/*
 * fec.c - `make bench`: the Viterbi decoder of sdr/dsp/viterbi_k7 beside
 * libfec's, where that is installed; both decode the same noisy block on one
 * core, in turns.  A ratio is our speed to libfec's.
 */
#include <stdio.h>
#include <string.h>

#ifdef WITH_LIBFEC
#include <fec.h>
#endif

#include "core/base/err.h"
#include "core/base/rng.h"
#include "host/cli/bench.h"
#include "sdr/dsp/viterbi_k7.h"

enum {
    TAIL = 6,
    STEPS = 16 + 8 * 1500 + TAIL, /* an 802.11 frame of 1,500 bytes */
    LEVEL = 6,                    /* soft value of a bit without noise */
    ERASED = 128,                 /* libfec's soft value of no bit */
    FEC_UNIT = 8,                 /* of ours, in libfec's */
};

struct work {
    struct bench bench;
    struct viterbi_k7 decoder;
    uint8_t bits[STEPS];
    int8_t soft[2 * STEPS];
    uint8_t ours[(STEPS + 7) / 8];
    uint64_t decision[STEPS];
    void *fec;
    uint8_t symbols[2 * STEPS];
    uint8_t theirs[(STEPS + 7) / 8];
};

/* Eb/N0 is about 4 dB. */
static void make_block(struct work *w)
{
    static uint8_t coded[2 * STEPS];
    struct rng r = {1};

    for (size_t k = 0; k + TAIL < STEPS; k++) {
        w->bits[k] = (uint8_t)rng_below(&r, 2);
    }
    (void)viterbi_k7_encode(0, w->bits, STEPS, coded); /* ends in state 0 */
    for (size_t k = 0; k < sizeof coded; k++) {
        int x = coded[k] ? LEVEL : -LEVEL;
        for (int j = 0; j < 3; j++) {
            x += (int)rng_below(&r, 9) - 4;
        }
        x = x < -VITERBI_K7_SOFT_MAX  ? -VITERBI_K7_SOFT_MAX
            : x > VITERBI_K7_SOFT_MAX ? VITERBI_K7_SOFT_MAX
                                      : x;
        w->soft[k] = (int8_t)x;
        w->symbols[k] = (uint8_t)(ERASED + FEC_UNIT * x);
    }
}

static int by_kernel(void *ctx)
{
    struct work *w = ctx;

    viterbi_k7_decode_packed(&w->decoder, w->soft, STEPS, w->ours);
    return 0;
}

/* The steps alone. */
static int by_steps(struct work *w, viterbi_k7_steps_fn *steps)
{
    uint8_t metric[VITERBI_K7_STATES];

    viterbi_k7_begin(metric);
    steps(metric, w->soft, STEPS, w->decision);
    return 0;
}

static int by_portable(void *ctx)
{
    return by_steps(ctx, viterbi_k7_steps_portable);
}

static int by_avx2(void *ctx)
{
    return by_steps(ctx, viterbi_k7_steps_avx2());
}

static int by_avx512(void *ctx)
{
    return by_steps(ctx, viterbi_k7_steps_avx512());
}

static int alone(struct work *w, const char *name, int (*work)(void *ctx))
{
    double ns;
    int err = bench_median(work, w, &ns, NULL);

    if (err == 0) {
        bench_print(&w->bench, name, 1e3 * STEPS / ns, "Mbit/s");
        (void)fflush(stdout);
    }
    return err;
}

#ifdef WITH_LIBFEC
static int by_libfec(void *ctx)
{
    struct work *w = ctx;

    (void)init_viterbi27(w->fec, 0); /* fails without a decoder only */
    (void)update_viterbi27_blk(w->fec, w->symbols, STEPS);
    (void)chainback_viterbi27(w->fec, w->theirs, STEPS - TAIL, 0);
    return 0;
}

/* Bits of 'packed' that are not those sent. */
static size_t errors(const struct work *w, const uint8_t *packed, bool msb)
{
    size_t n = 0;

    for (size_t k = 0; k + TAIL < STEPS; k++) {
        n += (packed[k / 8] >> (msb ? 7 - k % 8 : k % 8) & 1) != w->bits[k];
    }
    return n;
}

static int beside_libfec(struct work *w)
{
    static int octal[2] = {0x6d, 0x4f}; /* 133, 171, the oldest bit highest */
    double ns[2], ratio;
    int err;

    set_viterbi27_polynomial(octal);
    w->fec = create_viterbi27(STEPS);
    if (w->fec == NULL) {
        return ERR_NO_MEM;
    }
    err = bench_pair((int (*const[2])(void *)){by_kernel, by_libfec}, w, ns,
                     &ratio);
    delete_viterbi27(w->fec);
    if (err == 0 && (errors(w, w->ours, false) > STEPS / 1000 ||
                     errors(w, w->theirs, true) > STEPS / 1000)) {
        return err_say(ERR_DIFFERS, "viterbi_k7 or libfec does not decode");
    }
    if (err == 0) {
        bench_print_ratio(&w->bench, "viterbi_k7", 1e3 * STEPS / ns[0],
                          "Mbit/s", ratio, "libfec");
    }
    return err;
}
#else
static int beside_libfec(struct work *w)
{
    int err = alone(w, "viterbi_k7", by_kernel);

    if (err == 0 && !w->bench.json) {
        printf("skipped: beside libfec, no fec.h (Debian: libfec-dev)\n");
    }
    return err;
}
#endif

/* bench-fec [--json] */
int main(int argc, char **argv)
{
    static struct work w;
    int err;

    w.bench.json = argc > 1 && strcmp(argv[1], "--json") == 0;
    make_block(&w);
    err = beside_libfec(&w);
    err = err < 0 ? err : alone(&w, "viterbi_k7.portable", by_portable);
    if (err == 0 && viterbi_k7_steps_avx2() != NULL) {
        err = alone(&w, "viterbi_k7.avx2", by_avx2);
    }
    if (err == 0 && viterbi_k7_steps_avx512() != NULL) {
        err = alone(&w, "viterbi_k7.avx512", by_avx512);
    }
    return err_exit_status(err);
}
