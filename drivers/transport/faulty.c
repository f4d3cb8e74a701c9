/* faulty.c - see faulty.h. */
#include "drivers/transport/faulty.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/rng.h"

enum {
    GARBAGE_MOST = 256,
    FLIPS_MOST = 4,
    DELAY_MOST = 8, /* chunks */
};

const char *const faulty_names[FAULTY_KINDS] = {
    [FAULTY_DROP] = "drop",   [FAULTY_REPEAT] = "repeat",
    [FAULTY_FLIP] = "flip",   [FAULTY_CUT] = "cut",
    [FAULTY_DELAY] = "delay", [FAULTY_GARBAGE] = "garbage",
};

struct faulty {
    struct faulty_config config;
    struct rng rng;
    struct faulty_counters count;
    uint32_t delay; /* chunks until the late one comes, 0: there is none */
    size_t n_late;
    uint8_t late[FAULTY_CHUNK];
};

struct faulty *faulty_create(const struct faulty_config *config)
{
    struct faulty *f = calloc(1, sizeof *f);

    if (f != NULL) {
        f->config = *config;
        f->rng.state = config->seed;
    }
    return f;
}

void faulty_destroy(struct faulty *f)
{
    free(f);
}

const struct faulty_counters *faulty_of(const struct faulty *f)
{
    return &f->count;
}

static size_t put(uint8_t *out, size_t at, const uint8_t *bytes, size_t n)
{
    memcpy(out + at, bytes, n);
    return at + n;
}

/* The chunk is at out[0..n); the result is what becomes of it. */
static size_t inject(struct faulty *f, enum faulty_kind kind, uint8_t *out,
                     size_t n)
{
    size_t m;

    switch (kind) {
    case FAULTY_DROP: return 0;
    case FAULTY_REPEAT: return put(out, n, out, n);
    case FAULTY_FLIP:
        for (m = 1 + rng_below(&f->rng, FLIPS_MOST); m > 0; m--) {
            uint32_t bit = rng_below(&f->rng, (uint32_t)(8 * n));
            out[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        return n;
    case FAULTY_CUT: return rng_below(&f->rng, (uint32_t)n);
    case FAULTY_DELAY:
        f->delay = 1 + rng_below(&f->rng, DELAY_MOST);
        f->n_late = put(f->late, 0, out, n);
        return n;
    default:
        m = 1 + rng_below(&f->rng, GARBAGE_MOST);
        memmove(out + m, out, n);
        for (size_t k = 0; k < m; k++) {
            out[k] = (uint8_t)rng_next(&f->rng);
        }
        return n + m;
    }
}

size_t faulty_pass(struct faulty *f, const uint8_t *chunk, size_t n,
                   uint8_t *out)
{
    size_t m = put(out, 0, chunk, n);

    assert(n > 0 && n <= FAULTY_CHUNK);
    f->count.chunks++;
    if (rng_below(&f->rng, 1000) < f->config.permille) {
        enum faulty_kind kind = rng_below(&f->rng, FAULTY_KINDS);
        f->count.injected[kind]++;
        m = inject(f, kind, out, n);
    }
    if (f->delay > 0 && --f->delay == 0) {
        m = put(out, m, f->late, f->n_late);
    }
    return m;
}

/* --- as a transport ------------------------------------------------------- */

struct faulty_transport {
    struct transport transport;
    struct transport *inner;
    struct faulty *faulty;
    size_t at, n; /* of 'out', waiting for room in 'inner' */
    uint8_t out[FAULTY_OUT];
};

/* 1 when nothing waits, 0 when something does. */
static int flush(struct faulty_transport *f)
{
    while (f->at < f->n) {
        int n = transport_write(f->inner, f->out + f->at, f->n - f->at);
        if (n <= 0) {
            return n;
        }
        f->at += (size_t)n;
    }
    return 1;
}

static int faulty_write(struct transport *t, const void *bytes, size_t n)
{
    struct faulty_transport *f = (struct faulty_transport *)t;
    const uint8_t *p = bytes;
    size_t taken = 0;
    int clear = flush(f);

    while (clear > 0 && taken < n) {
        size_t chunk = 1 + rng_below(&f->faulty->rng, FAULTY_CHUNK);
        chunk = chunk < n - taken ? chunk : n - taken;
        f->at = 0;
        f->n = faulty_pass(f->faulty, p + taken, chunk, f->out);
        taken += chunk;
        clear = flush(f);
    }
    return clear < 0 ? clear : (int)taken;
}

static int faulty_read(struct transport *t, void *bytes, size_t cap)
{
    struct faulty_transport *f = (struct faulty_transport *)t;

    (void)flush(f); /* the read tells when the other end is gone */
    return transport_read(f->inner, bytes, cap);
}

static int faulty_wait(struct transport *t, bool to_write, uint32_t timeout_us)
{
    struct faulty_transport *f = (struct faulty_transport *)t;
    int clear = flush(f);

    return clear < 0
               ? clear
               : transport_wait(f->inner, to_write || clear == 0, timeout_us);
}

static void faulty_close(struct transport *t)
{
    struct faulty_transport *f = (struct faulty_transport *)t;

    transport_close(f->inner);
    faulty_destroy(f->faulty);
    free(f);
}

int faulty_open(struct transport *inner, const struct faulty_config *config,
                struct transport **out)
{
    static const struct transport_ops ops = {
        .kind = "faulty",
        .read = faulty_read,
        .write = faulty_write,
        .wait = faulty_wait,
        .close = faulty_close,
    };
    struct faulty_transport *f = calloc(1, sizeof *f);

    if (f != NULL) {
        f->faulty = faulty_create(config);
    }
    if (f == NULL || f->faulty == NULL) {
        free(f);
        transport_close(inner);
        return ERR_NO_MEM;
    }
    f->transport.ops = &ops;
    f->inner = inner;
    *out = &f->transport;
    return 0;
}

struct faulty_counters faulty_counted(const struct transport *t)
{
    return ((const struct faulty_transport *)t)->faulty->count;
}
