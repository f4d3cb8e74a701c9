/*
 * nr_polar.c - see nr_polar.h.  Successive cancellation with a list: leaves of
 * the code's tree are decided from left to right, each path with values of its
 * own.  Subtrees without bits cost one sum.
 */
#include "sdr/dsp/nr_polar.h"

#include <math.h>
#include <string.h>

enum {
    LOG2_N = 9,
    PATHS = 8,
    PIECE = NR_POLAR_N / 32, /* bits that stay together when sent */
};

static const uint32_t crc24c = 0xb2b117;

/* The 56 entries below 512 at the end of table 5.3.1.2-1, the most reliable
 * last. */
static const uint16_t reliable[NR_POLAR_K] = {
    441, 469, 247, 367, 253, 375, 444, 470, 483, 415, 485, 473, 474, 254,
    379, 431, 489, 486, 476, 439, 490, 463, 381, 497, 492, 443, 382, 498,
    445, 471, 500, 446, 475, 487, 504, 255, 477, 491, 478, 383, 493, 499,
    502, 494, 501, 447, 505, 506, 479, 508, 495, 503, 507, 509, 510, 511};

/* Table 5.3.1.1-1 for 56 bits: its entries from 108 on, less 108. */
static const uint8_t interleaved[NR_POLAR_K] = {
    0,  2,  3,  5,  7,  10, 11, 12, 14, 15, 18, 19, 21, 24, 26, 30, 31, 32, 1,
    4,  6,  8,  13, 16, 20, 22, 25, 27, 33, 9,  17, 23, 28, 34, 29, 35, 36, 37,
    38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55};

/* Table 5.4.1.1-1. */
static const uint8_t pieces[32] = {0,  1,  2,  4,  3,  5,  6,  7,  8,  16, 9,
                                   17, 10, 18, 11, 19, 12, 20, 13, 21, 14, 22,
                                   15, 23, 24, 25, 26, 28, 27, 29, 30, 31};

uint32_t nr_crc24c(uint64_t bits, unsigned n)
{
    uint32_t crc = 0;

    while (n-- > 0) {
        uint32_t top = (crc >> 23 ^ (uint32_t)(bits >> n)) & 1;
        crc = (crc << 1 & 0xffffff) ^ (top ? crc24c : 0);
    }
    return crc;
}

/* carries[n]: position n of u has a bit of the block. */
static void mark_positions(bool carries[NR_POLAR_N])
{
    memset(carries, 0, NR_POLAR_N * sizeof carries[0]);
    for (size_t k = 0; k < NR_POLAR_K; k++) {
        carries[reliable[k]] = true;
    }
}

void nr_polar_positions(uint16_t at[NR_POLAR_K])
{
    bool carries[NR_POLAR_N];
    size_t k = 0;

    mark_positions(carries);
    for (unsigned n = 0; n < NR_POLAR_N; n++) {
        if (carries[n]) {
            at[k++] = (uint16_t)n;
        }
    }
}

void nr_polar_order(uint8_t order[NR_POLAR_K])
{
    memcpy(order, interleaved, sizeof interleaved);
}

size_t nr_polar_sent(size_t n)
{
    return pieces[n / PIECE] * (size_t)PIECE + n % PIECE;
}

void nr_polar_encode(uint64_t block, uint8_t e[NR_POLAR_E])
{
    uint16_t at[NR_POLAR_K];
    uint8_t d[NR_POLAR_N] = {0};

    nr_polar_positions(at);
    for (size_t k = 0; k < NR_POLAR_K; k++) {
        d[at[k]] = block >> (NR_POLAR_K - 1 - interleaved[k]) & 1;
    }
    for (size_t half = 1; half < NR_POLAR_N; half *= 2) {
        for (size_t n = 0; n < NR_POLAR_N; n++) {
            d[n] ^= (n & half) == 0 ? d[n + half] : 0;
        }
    }
    for (size_t k = 0; k < NR_POLAR_E; k++) {
        e[k] = d[nr_polar_sent(k % NR_POLAR_N)];
    }
}

/* --- decoding --- */

/*
 * What differs between paths.  A node of level n has 2^n leaves; those on the
 * way to the present leaf have their values, and the bits of their left half,
 * from 2^n on.
 */
struct path {
    float metric;  /* what its bits cost; less is better */
    uint64_t bits; /* decided so far, in the order of positions */
    float value[NR_POLAR_N];
    uint8_t left[NR_POLAR_N];
};

struct decoder {
    float channel[NR_POLAR_N]; /* values of the root, level 9 */
    bool carries[NR_POLAR_N];
    struct path path[2][PATHS]; /* those of now, and the next */
    size_t n;
    unsigned now;
};

static float min_sum(float a, float b)
{
    float least = fminf(fabsf(a), fabsf(b));

    return (a < 0) != (b < 0) ? -least : least;
}

/* Values of path 'p' at level n of the node that begins at leaf 'first', from
 * those of the node it hangs on. */
static void descend(const struct decoder *d, struct path *p, unsigned n,
                    size_t first)
{
    size_t size = (size_t)1 << n;
    const float *above = n + 1 == LOG2_N ? d->channel : p->value + 2 * size;
    float *value = p->value + size;

    if ((first >> n & 1) != 0) {
        const uint8_t *left = p->left + size;
        for (size_t k = 0; k < size; k++) {
            value[k] = above[k + size] + (left[k] ? -above[k] : above[k]);
        }
    } else {
        for (size_t k = 0; k < size; k++) {
            value[k] = min_sum(above[k], above[k + size]);
        }
    }
}

/* Hands bits[2^n] of the node at 'first' up, as far as it is a right half. */
static void ascend(struct path *p, unsigned n, size_t first, uint8_t *bits)
{
    while (n < LOG2_N && (first >> n & 1) != 0) {
        size_t size = (size_t)1 << n;
        for (size_t k = 0; k < size; k++) {
            bits[k + size] = bits[k];
            bits[k] ^= p->left[size + k];
        }
        n++;
    }
    if (n < LOG2_N) {
        size_t size = (size_t)1 << n;
        memcpy(p->left + size, bits, size);
    }
}

/* Nothing but zeros: what the values say against it. */
static void pass_zeros(struct decoder *d, unsigned n, size_t first)
{
    for (size_t i = 0; i < d->n; i++) {
        struct path *p = &d->path[d->now][i];
        uint8_t bits[NR_POLAR_N] = {0};
        for (size_t k = (size_t)1 << n; k < (size_t)2 << n; k++) {
            p->metric += p->value[k] < 0 ? -p->value[k] : 0;
        }
        ascend(p, n, first, bits);
    }
}

/* A path that goes on with 'bit'. */
struct fork {
    float metric;
    uint8_t path, bit;
};

/* Puts it where it belongs among the best; returns their number. */
static size_t insert_fork(struct fork *list, size_t n, struct fork f)
{
    size_t k = n < PATHS ? n : PATHS - 1;

    if (n == PATHS && f.metric >= list[k].metric) {
        return n;
    }
    while (k > 0 && list[k - 1].metric > f.metric) {
        list[k] = list[k - 1];
        k--;
    }
    list[k] = f;
    return n < PATHS ? n + 1 : n;
}

/* A leaf with a bit: both ways of each path, of which the best go on. */
static void decide(struct decoder *d, size_t first)
{
    const struct path *from = d->path[d->now];
    struct path *to = d->path[1 - d->now];
    struct fork list[PATHS];
    size_t n = 0;

    for (uint8_t i = 0; i < (uint8_t)d->n; i++) {
        float v = from[i].value[1];
        struct fork zero = {from[i].metric + (v < 0 ? -v : 0), i, 0};
        struct fork one = {from[i].metric + (v < 0 ? 0 : v), i, 1};
        n = insert_fork(list, n, zero);
        n = insert_fork(list, n, one);
    }
    for (size_t i = 0; i < n; i++) {
        uint8_t bits[NR_POLAR_N] = {list[i].bit};
        to[i] = from[list[i].path];
        to[i].metric = list[i].metric;
        to[i].bits = to[i].bits << 1 | list[i].bit;
        ascend(&to[i], 0, first, bits);
    }
    d->n = n;
    d->now = 1 - d->now;
}

/* The level of the largest node at 'first' without bits, or 0. */
static unsigned next_level(const struct decoder *d, size_t first)
{
    unsigned n = 0;
    bool grows = !d->carries[first];

    while (grows && n + 1 < LOG2_N && (first >> n & 1) == 0) {
        size_t size = (size_t)1 << n;
        for (size_t k = size; grows && k < 2 * size; k++) {
            grows = !d->carries[first + k];
        }
        n += grows ? 1 : 0;
    }
    return n;
}

/* Values of the node of level n at 'first', for all paths. */
static void reach(struct decoder *d, unsigned n, size_t first)
{
    unsigned from = LOG2_N - 1; /* the highest level whose node is new */

    while (first != 0 && (first & (((size_t)1 << from) - 1)) != 0) {
        from--;
    }
    for (size_t i = 0; i < d->n; i++) {
        for (unsigned level = from + 1; level-- > n;) {
            descend(d, &d->path[d->now][i], level, first);
        }
    }
}

static bool load(struct decoder *d, const float llr[NR_POLAR_E])
{
    bool finite = true;

    memset(d->channel, 0, sizeof d->channel);
    for (size_t k = 0; k < NR_POLAR_E; k++) {
        d->channel[nr_polar_sent(k % NR_POLAR_N)] += llr[k];
        finite = finite && isfinite(llr[k]);
    }
    mark_positions(d->carries);
    d->n = 1;
    d->now = 0;
    d->path[0][0].metric = 0;
    d->path[0][0].bits = 0;
    return finite;
}

bool nr_polar_decode(const float llr[NR_POLAR_E], uint64_t *block)
{
    struct decoder d;

    if (!load(&d, llr)) {
        return false;
    }
    for (size_t first = 0; first < NR_POLAR_N;) {
        unsigned n = next_level(&d, first);
        reach(&d, n, first);
        if (d.carries[first]) {
            decide(&d, first);
        } else {
            pass_zeros(&d, n, first);
        }
        first += (size_t)1 << n;
    }
    for (size_t i = 0; i < d.n; i++) { /* the best first */
        uint64_t b = 0;
        for (size_t k = 0; k < NR_POLAR_K; k++) {
            uint64_t bit = d.path[d.now][i].bits >> (NR_POLAR_K - 1 - k) & 1;
            b |= bit << (NR_POLAR_K - 1 - interleaved[k]);
        }
        if (nr_crc24c(b, NR_POLAR_K) == 0) {
            *block = b;
            return true;
        }
    }
    return false;
}
