/*
 * lte_turbo.c - see lte_turbo.h.  A state is the last three bits of the
 * register, the newest in bit 0; generators 13 (feedback) and 15 octal.
 */
#include "sdr/dsp/lte_turbo.h"

#include <assert.h>
#include <string.h>

enum {
    N_TAIL_STEPS = 3,
    UNREACHED = -4096, /* below whatever another state can have */
};

/* f1 and f2 of Table 5.1.3-3, by size. */
static const uint16_t qpp[LTE_TURBO_N_SIZES][2] = {
    {3, 10},    {7, 12},    {19, 42},   {7, 16},    {7, 18},    {11, 20},
    {5, 22},    {11, 24},   {7, 26},    {41, 84},   {103, 90},  {15, 32},
    {9, 34},    {17, 108},  {9, 38},    {21, 120},  {101, 84},  {21, 44},
    {57, 46},   {23, 48},   {13, 50},   {27, 52},   {11, 36},   {27, 56},
    {85, 58},   {29, 60},   {33, 62},   {15, 32},   {17, 198},  {33, 68},
    {103, 210}, {19, 36},   {19, 74},   {37, 76},   {19, 78},   {21, 120},
    {21, 82},   {115, 84},  {193, 86},  {21, 44},   {133, 90},  {81, 46},
    {45, 94},   {23, 48},   {243, 98},  {151, 40},  {155, 102}, {25, 52},
    {51, 106},  {47, 72},   {91, 110},  {29, 168},  {29, 114},  {247, 58},
    {29, 118},  {89, 180},  {91, 122},  {157, 62},  {55, 84},   {31, 64},
    {17, 66},   {35, 68},   {227, 420}, {65, 96},   {19, 74},   {37, 76},
    {41, 234},  {39, 80},   {185, 82},  {43, 252},  {21, 86},   {155, 44},
    {79, 120},  {139, 92},  {23, 94},   {217, 48},  {25, 98},   {17, 80},
    {127, 102}, {25, 52},   {239, 106}, {17, 48},   {137, 110}, {215, 112},
    {29, 114},  {15, 58},   {147, 118}, {29, 60},   {59, 122},  {65, 124},
    {55, 84},   {31, 64},   {17, 66},   {171, 204}, {67, 140},  {35, 72},
    {19, 74},   {39, 76},   {19, 78},   {199, 240}, {21, 82},   {211, 252},
    {21, 86},   {43, 88},   {149, 60},  {45, 92},   {49, 846},  {71, 48},
    {13, 28},   {17, 80},   {25, 102},  {183, 104}, {55, 954},  {127, 96},
    {27, 110},  {29, 112},  {29, 114},  {57, 116},  {45, 354},  {31, 120},
    {59, 610},  {185, 124}, {113, 420}, {31, 64},   {17, 66},   {171, 136},
    {209, 420}, {253, 216}, {367, 444}, {265, 456}, {181, 468}, {39, 80},
    {27, 164},  {127, 504}, {143, 172}, {43, 88},   {29, 300},  {45, 92},
    {157, 188}, {47, 96},   {13, 28},   {111, 240}, {443, 204}, {51, 104},
    {51, 212},  {451, 192}, {257, 220}, {57, 336},  {313, 228}, {271, 232},
    {179, 236}, {331, 120}, {363, 244}, {375, 248}, {127, 168}, {31, 64},
    {33, 130},  {43, 264},  {33, 134},  {477, 408}, {35, 138},  {233, 280},
    {357, 142}, {337, 480}, {37, 146},  {71, 444},  {71, 120},  {37, 152},
    {39, 462},  {127, 234}, {39, 158},  {39, 80},   {31, 96},   {113, 902},
    {41, 166},  {251, 336}, {43, 170},  {21, 86},   {43, 174},  {45, 176},
    {45, 178},  {161, 120}, {89, 182},  {323, 184}, {47, 186},  {23, 94},
    {47, 190},  {263, 480}};

static unsigned turbo_size_at(unsigned index)
{
    return index < 60    ? 40 + 8 * index
           : index < 92  ? 528 + 16 * (index - 60)
           : index < 124 ? 1056 + 32 * (index - 92)
                         : 2112 + 64 * (index - 124);
}

unsigned lte_turbo_size(unsigned n)
{
    for (unsigned i = 0; i < LTE_TURBO_N_SIZES; i++) {
        if (turbo_size_at(i) >= n) {
            return turbo_size_at(i);
        }
    }
    return 0;
}

bool lte_turbo_qpp(unsigned k, unsigned *f1, unsigned *f2)
{
    for (unsigned i = 0; i < LTE_TURBO_N_SIZES; i++) {
        if (turbo_size_at(i) == k) {
            *f1 = qpp[i][0];
            *f2 = qpp[i][1];
            return true;
        }
    }
    return false;
}

/* pi(i + 1) from pi(i): the differences of a square grow evenly. */
struct turbo_walk {
    unsigned k, at, step, growth;
};

static struct turbo_walk turbo_walk_begin(unsigned k)
{
    unsigned f1 = 0, f2 = 0;
    bool known = lte_turbo_qpp(k, &f1, &f2);

    assert(known);
    return (struct turbo_walk){k, 0, (f1 + f2) % k, 2 * f2 % k};
}

static void turbo_walk_on(struct turbo_walk *w)
{
    w->at = (w->at + w->step) % w->k;
    w->step = (w->step + w->growth) % w->k;
}

/* One step of a component encoder; returns the parity bit. */
static unsigned turbo_step(unsigned *state, unsigned bit)
{
    unsigned s = *state;
    unsigned fed = bit ^ (s >> 1 & 1) ^ (s >> 2);

    *state = (s << 1 & 6) | fed;
    return fed ^ (s & 1) ^ (s >> 2);
}

/* The bit that feeds a zero into the register. */
static unsigned turbo_tail_bit(unsigned state)
{
    return (state >> 1 & 1) ^ state >> 2;
}

void lte_turbo_encode(const uint8_t *bits, unsigned k, uint8_t *coded)
{
    unsigned n = k + LTE_TURBO_TAIL;
    unsigned state[2] = {0, 0};
    uint8_t tail[4 * N_TAIL_STEPS];
    struct turbo_walk w = turbo_walk_begin(k);

    for (unsigned i = 0; i < k; i++) {
        coded[i] = bits[i];
        coded[n + i] = (uint8_t)turbo_step(&state[0], bits[i]);
        coded[2 * n + i] = (uint8_t)turbo_step(&state[1], bits[w.at]);
        turbo_walk_on(&w);
    }
    for (unsigned i = 0; i < 2 * N_TAIL_STEPS; i++) {
        unsigned *s = &state[i / N_TAIL_STEPS];
        unsigned bit = turbo_tail_bit(*s);
        tail[2 * i] = (uint8_t)bit;
        tail[2 * i + 1] = (uint8_t)turbo_step(s, bit);
    }
    for (unsigned i = 0; i < sizeof tail; i++) { /* 5.1.3.2.2 */
        coded[i % 3 * n + k + i / 3] = tail[i];
    }
}

static int16_t turbo_clip(int v, int top)
{
    return (int16_t)(v > top ? top : v < -top ? -top : v);
}

/* Metrics of the states in which the k bits of 'code' end, by its tail. */
static void turbo_end(struct lte_turbo *t, unsigned code, const int8_t *soft)
{
    unsigned n = t->k + LTE_TURBO_TAIL;
    int v[2 * N_TAIL_STEPS];

    for (unsigned i = 0; i < 2 * N_TAIL_STEPS; i++) {
        unsigned j = 2 * N_TAIL_STEPS * code + i;
        v[i] = turbo_clip(soft[j % 3 * n + t->k + j / 3], LTE_TURBO_SOFT_MAX);
    }
    for (unsigned s = 0; s < LTE_TURBO_STATES; s++) {
        unsigned state = s;
        int metric = 0;
        for (unsigned i = 0; i < N_TAIL_STEPS; i++) {
            unsigned bit = turbo_tail_bit(state);
            unsigned parity = turbo_step(&state, bit);
            metric += (bit ? 0 : v[2 * i]) + (parity ? 0 : v[2 * i + 1]);
        }
        t->border[code].last[s][t->lanes - 1] = (int16_t)metric;
    }
}

/* Lays a block of another size out. */
static void turbo_layout(struct lte_turbo *t, unsigned k)
{
    struct turbo_walk w = turbo_walk_begin(k);

    t->k = k;
    t->lanes = k >= LTE_TURBO_WIDE_MIN ? LTE_TURBO_LANES : 1;
    t->steps = k / t->lanes;
    for (unsigned i = 0; i < k; i++) {
        t->place[i % t->steps * t->lanes + i / t->steps] =
            (uint16_t)(w.at % t->steps * t->lanes + w.at / t->steps);
        turbo_walk_on(&w);
    }
}

/* Stream soft[k] to [step][lane]. */
static void turbo_spread(const struct lte_turbo *t, const int8_t *soft,
                         int16_t *to)
{
    for (unsigned i = 0; i < t->steps; i++) {
        for (unsigned lane = 0; lane < t->lanes; lane++) {
            to[i * t->lanes + lane] =
                turbo_clip(soft[lane * t->steps + i], LTE_TURBO_SOFT_MAX);
        }
    }
}

void lte_turbo_load(struct lte_turbo *t, unsigned k, const int8_t *soft)
{
    unsigned n = k + LTE_TURBO_TAIL;

    if (t->k != k) {
        turbo_layout(t, k);
    }
    memset(t->border, 0, sizeof t->border);
    memset(t->prior, 0, sizeof t->prior);
    for (unsigned code = 0; code < 2; code++) {
        for (unsigned s = 1; s < LTE_TURBO_STATES; s++) {
            t->border[code].first[s][0] = UNREACHED;
        }
        turbo_end(t, code, soft);
    }
    turbo_spread(t, soft, t->systematic);
    turbo_spread(t, soft + n, t->parity[0]);
    turbo_spread(t, soft + 2 * n, t->parity[1]);
}

void lte_turbo_iterate(struct lte_turbo *t)
{
    lte_turbo_half_fn *half = lte_turbo_half(t->lanes);
    unsigned k = t->k;

    for (unsigned i = 0; i < k; i++) {
        t->x[i] = (int16_t)(t->systematic[i] + t->prior[i]);
    }
    half(t, 0);
    for (unsigned i = 0; i < k; i++) {
        t->sum[i] = (int16_t)(t->systematic[i] + t->extrinsic[i]);
    }
    for (unsigned i = 0; i < k; i++) {
        t->x[i] = t->sum[t->place[i]];
    }
    half(t, 1);
    for (unsigned i = 0; i < k; i++) {
        t->prior[t->place[i]] = t->extrinsic[i];
    }
}

void lte_turbo_bits(const struct lte_turbo *t, uint8_t *bits)
{
    for (unsigned i = 0; i < t->steps; i++) {
        for (unsigned lane = 0; lane < t->lanes; lane++) {
            unsigned at = i * t->lanes + lane;
            bits[lane * t->steps + i] = t->sum[at] + t->prior[at] < 0;
        }
    }
}

static int16_t turbo_max(int a, int b)
{
    return (int16_t)(a > b ? a : b);
}

/* The states of one lane a step on; x, y: gains of bit 0 and parity 0. */
static void turbo_forward(int16_t a[LTE_TURBO_STATES], int x, int y)
{
    int xy = x + y;
    int16_t b[LTE_TURBO_STATES] = {
        turbo_max(a[0] + xy, a[4]),    turbo_max(a[0], a[4] + xy),
        turbo_max(a[1] + x, a[5] + y), turbo_max(a[1] + y, a[5] + x),
        turbo_max(a[2] + y, a[6] + x), turbo_max(a[2] + x, a[6] + y),
        turbo_max(a[3], a[7] + xy),    turbo_max(a[3] + xy, a[7]),
    };

    for (unsigned s = 0; s < LTE_TURBO_STATES; s++) {
        a[s] = (int16_t)(b[s] - b[0]);
    }
}

static void turbo_backward(int16_t b[LTE_TURBO_STATES], int x, int y)
{
    int xy = x + y;
    int16_t a[LTE_TURBO_STATES] = {
        turbo_max(b[0] + xy, b[1]),    turbo_max(b[2] + x, b[3] + y),
        turbo_max(b[4] + y, b[5] + x), turbo_max(b[6], b[7] + xy),
        turbo_max(b[0], b[1] + xy),    turbo_max(b[2] + y, b[3] + x),
        turbo_max(b[4] + x, b[5] + y), turbo_max(b[6] + xy, b[7]),
    };

    for (unsigned s = 0; s < LTE_TURBO_STATES; s++) {
        b[s] = (int16_t)(a[s] - a[0]);
    }
}

static int turbo_max4(int a, int b, int c, int d)
{
    int ab = a > b ? a : b;
    int cd = c > d ? c : d;

    return ab > cd ? ab : cd;
}

/* What parity says of the bit between metrics a and b, scaled and clipped. */
static int16_t turbo_extrinsic(const int16_t *a, const int16_t *b, int y)
{
    int same0 = turbo_max4(a[0] + b[0], a[4] + b[1], a[3] + b[7], a[7] + b[6]);
    int other0 = turbo_max4(a[1] + b[2], a[5] + b[3], a[2] + b[5], a[6] + b[4]);
    int same1 = turbo_max4(a[1] + b[3], a[5] + b[2], a[2] + b[4], a[6] + b[5]);
    int other1 = turbo_max4(a[0] + b[1], a[4] + b[0], a[3] + b[6], a[7] + b[7]);
    int e = turbo_max(same0 + y, other0) - turbo_max(same1 + y, other1);

    return turbo_clip(e - (e >> 2), LTE_TURBO_EXTRINSIC_MAX);
}

/* One lane, forward then backward; its last metrics go to its neighbours. */
static void turbo_lane(struct lte_turbo *t, unsigned code, unsigned lane,
                       const struct lte_turbo_border *old)
{
    struct lte_turbo_border *border = &t->border[code];
    int16_t m[LTE_TURBO_STATES];

    for (unsigned s = 0; s < LTE_TURBO_STATES; s++) {
        m[s] = old->first[s][lane];
    }
    for (unsigned i = 0; i < t->steps; i++) {
        unsigned at = i * t->lanes + lane;
        for (unsigned s = 0; s < LTE_TURBO_STATES; s++) {
            t->alpha[(i * LTE_TURBO_STATES + s) * t->lanes + lane] = m[s];
        }
        turbo_forward(m, t->x[at], t->parity[code][at]);
    }
    for (unsigned s = 0; s < LTE_TURBO_STATES && lane + 1 < t->lanes; s++) {
        border->first[s][lane + 1] = m[s];
    }
    for (unsigned s = 0; s < LTE_TURBO_STATES; s++) {
        m[s] = old->last[s][lane];
    }
    for (unsigned i = t->steps; i-- > 0;) {
        unsigned at = i * t->lanes + lane;
        int16_t a[LTE_TURBO_STATES];
        for (unsigned s = 0; s < LTE_TURBO_STATES; s++) {
            a[s] = t->alpha[(i * LTE_TURBO_STATES + s) * t->lanes + lane];
        }
        t->extrinsic[at] = turbo_extrinsic(a, m, t->parity[code][at]);
        turbo_backward(m, t->x[at], t->parity[code][at]);
    }
    for (unsigned s = 0; s < LTE_TURBO_STATES && lane > 0; s++) {
        border->last[s][lane - 1] = m[s];
    }
}

void lte_turbo_half_portable(struct lte_turbo *t, unsigned code)
{
    struct lte_turbo_border old = t->border[code];

    for (unsigned lane = 0; lane < t->lanes; lane++) {
        turbo_lane(t, code, lane, &old);
    }
}

lte_turbo_half_fn *lte_turbo_half(unsigned lanes)
{
    lte_turbo_half_fn *fast = lte_turbo_half_avx2();

    return lanes == LTE_TURBO_LANES && fast != NULL ? fast
                                                    : lte_turbo_half_portable;
}
