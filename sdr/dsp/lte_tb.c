/* lte_tb.c - see lte_tb.h. */
#include "sdr/dsp/lte_tb.h"

#include <assert.h>

enum {
    COLUMNS = 32,
    CRC24A = 0x864cfb,
    CRC24B = 0x800063,
    NONE = 0xffff,
};

static uint32_t crc24(const uint8_t *bits, size_t n, uint32_t generator)
{
    uint32_t crc = 0;

    for (size_t k = 0; k < n; k++) {
        uint32_t top = (crc >> 23 ^ bits[k]) & 1;
        crc = (crc << 1 & 0xffffff) ^ (top ? generator : 0);
    }
    return crc;
}

uint32_t lte_crc24a(const uint8_t *bits, size_t n)
{
    return crc24(bits, n, CRC24A);
}

uint32_t lte_crc24b(const uint8_t *bits, size_t n)
{
    return crc24(bits, n, CRC24B);
}

void lte_put_bits(uint8_t *bits, size_t n, uint32_t value)
{
    for (size_t k = 0; k < n; k++) {
        bits[k] = value >> (n - 1 - k) & 1;
    }
}

bool lte_segments_of(unsigned tbs, struct lte_segments *s)
{
    unsigned b = tbs + LTE_CRC24;
    unsigned room = LTE_TURBO_K_MAX - LTE_CRC24;

    if (tbs == 0 || tbs > LTE_TB_BLOCKS_MAX * room - LTE_CRC24) {
        return false;
    }
    *s = (struct lte_segments){.n = 1};
    if (b > LTE_TURBO_K_MAX) {
        s->n = (b + room - 1) / room;
        b += s->n * LTE_CRC24;
    }
    s->k_plus = lte_turbo_size((b + s->n - 1) / s->n);
    s->k_minus = s->k_plus;
    if (s->n > 1) {
        /* The next smaller size; blocks this long are never the smallest. */
        s->k_minus = s->k_plus - (s->k_plus > 2048 ? 64 : 32);
        s->n_minus = (s->n * s->k_plus - b) / (s->k_plus - s->k_minus);
    }
    s->filler = (s->n - s->n_minus) * s->k_plus + s->n_minus * s->k_minus - b;
    return true;
}

/* Columns of the block interleaver, Table 5.1.4-1: their five bits reversed. */
static unsigned rate_column(unsigned c)
{
    return (c & 1) << 4 | (c & 2) << 2 | (c & 4) | (c & 8) >> 2 | (c & 16) >> 4;
}

/* Coded bit at place j of the interleaved stream, or NONE where 36.212 fills
 * the matrix up with <NULL>. */
static unsigned rate_place(const struct lte_rate *r, unsigned filler,
                           unsigned rows, unsigned stream, unsigned j)
{
    unsigned n = r->k + LTE_TURBO_TAIL;
    unsigned total = COLUMNS * rows;
    unsigned at = j % rows * COLUMNS + rate_column(j / rows);

    if (stream == 2) {
        at = (at + 1) % total;
    }
    at -= total - n; /* wraps for the dummies in front */
    if (at >= n || (stream < 2 && at < filler)) {
        return NONE;
    }
    return stream * n + at;
}

void lte_rate_init(struct lte_rate *r, unsigned k, unsigned filler)
{
    unsigned rows = (k + LTE_TURBO_TAIL + COLUMNS - 1) / COLUMNS;
    unsigned total = COLUMNS * rows;
    unsigned n_cb = 3 * total;

    assert(k <= LTE_TURBO_K_MAX && filler < k);
    r->k = k;
    r->n = 0;
    for (unsigned j = 0; j < n_cb; j++) {
        unsigned pair = j - total; /* the parities take turns */
        unsigned place =
            j < total ? rate_place(r, filler, rows, 0, j)
                      : rate_place(r, filler, rows, 1 + pair % 2, pair / 2);
        for (unsigned rv = 0; rv < 4; rv++) {
            if (j ==
                rows * (2 * ((n_cb + 8 * rows - 1) / (8 * rows)) * rv + 2)) {
                r->start[rv] = r->n;
            }
        }
        if (place != NONE) {
            r->order[r->n++] = (uint16_t)place;
        }
    }
}

void lte_rate_match(const struct lte_rate *r, unsigned rv, const uint8_t *coded,
                    uint8_t *sent, size_t n)
{
    size_t at = r->start[rv];

    for (size_t i = 0; i < n; i++) {
        at = at < r->n ? at : 0;
        sent[i] = coded[r->order[at++]];
    }
}

void lte_rate_collect(const struct lte_rate *r, unsigned rv, const float *sent,
                      size_t n, float *sum)
{
    size_t at = r->start[rv];

    for (size_t i = 0; i < n; i++) {
        at = at < r->n ? at : 0;
        sum[r->order[at++]] += sent[i];
    }
}
