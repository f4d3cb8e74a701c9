/*
 * wifi_ldpc.c - quasi-cyclic codes: z bits at a time, turned by what the tables
 * say.
 *
 * Parity of all twelve: block 0 is in the first, the middle and the last row,
 * turned by 1, 0 and 1; block k > 0 is in rows k - 1 and k, not turned.  So the
 * sum of all rows leaves block 0, and each row then gives the next block.
 */
#include "sdr/dsp/wifi_ldpc.h"

#include <stdlib.h>
#include <string.h>

#include "sdr/dsp/wifi_ldpc_table.h"

enum {
    Z_MAX = WIFI_LDPC_BITS_MAX / WIFI_LDPC_COLUMNS,
    EDGES_MAX = 24, /* blocks in a row */
    LLR_MAX = 8191, /* sums of two stay in 16 bits */
};

const struct wifi_ldpc *wifi_ldpc_code(const struct wifi_phy_rate *rate,
                                       unsigned bits)
{
    size_t length = bits / 648 - 1;
    size_t r = 2 * rate->dbps == rate->cbps       ? 0
               : 3 * rate->dbps == 2 * rate->cbps ? 1
               : 4 * rate->dbps == 3 * rate->cbps ? 2
                                                  : 3;

    return &wifi_ldpc_table[r][length];
}

/* Shift of block 'column' in row 'r', or -1. */
static int shift_of(const struct wifi_ldpc *c, unsigned r, unsigned column)
{
    if (column < c->columns) {
        return c->shift[r * c->columns + column];
    }
    unsigned k = column - c->columns;
    if (k == 0) {
        return r == 0 || r + 1u == c->rows ? 1 : r == c->rows / 2u ? 0 : -1;
    }
    return r == k - 1 || r == k ? 0 : -1;
}

/* to[i] ^= from[(i + shift) mod z] */
static void add_turned(uint8_t *to, const uint8_t *from, unsigned shift,
                       unsigned z)
{
    for (unsigned i = 0; i < z; i++) {
        to[i] ^= from[i + shift < z ? i + shift : i + shift - z];
    }
}

void wifi_ldpc_encode(const struct wifi_ldpc *c, uint8_t *word)
{
    uint8_t sum[WIFI_LDPC_ROWS_MAX][Z_MAX] = {{0}};
    unsigned z = c->z;
    uint8_t *parity = word + (size_t)z * c->columns;

    memset(parity, 0, (size_t)z * c->rows);
    for (unsigned r = 0; r < c->rows; r++) {
        for (unsigned k = 0; k < c->columns; k++) {
            int shift = shift_of(c, r, k);
            if (shift >= 0) {
                add_turned(sum[r], word + (size_t)k * z, (unsigned)shift, z);
            }
        }
        add_turned(parity, sum[r], 0, z);
    }
    for (unsigned r = 0; r + 1 < c->rows; r++) {
        uint8_t *next = parity + (size_t)(r + 1) * z;
        int shift = shift_of(c, r, c->columns);
        memcpy(next, sum[r], z);
        if (shift >= 0) {
            add_turned(next, parity, (unsigned)shift, z);
        }
        if (r > 0) {
            add_turned(next, next - z, 0, z);
        }
    }
}

/* --- decoder: layers of z checks, normalized min-sum ------------------------
 */

struct edge {
    uint8_t column, shift;
};

/* A layer's messages to its bits, and what its bits say without them. */
struct layer {
    unsigned n;
    struct edge edge[EDGES_MAX];
    int16_t to_bit[EDGES_MAX][Z_MAX];
};

struct decoder {
    struct layer layer[WIFI_LDPC_ROWS_MAX];
    int16_t total[WIFI_LDPC_COLUMNS][Z_MAX]; /* negative for 1 */
};

static int16_t limit(int x)
{
    return (int16_t)(x > LLR_MAX ? LLR_MAX : x < -LLR_MAX ? -LLR_MAX : x);
}

static void start(const struct wifi_ldpc *c, const int16_t *soft,
                  struct decoder *d)
{
    for (unsigned r = 0; r < c->rows; r++) {
        struct layer *l = &d->layer[r];
        l->n = 0;
        for (unsigned k = 0; k < WIFI_LDPC_COLUMNS; k++) {
            int shift = shift_of(c, r, k);
            if (shift >= 0) {
                memset(l->to_bit[l->n], 0, sizeof l->to_bit[0]);
                l->edge[l->n++] = (struct edge){(uint8_t)k, (uint8_t)shift};
            }
        }
    }
    for (unsigned k = 0; k < WIFI_LDPC_COLUMNS; k++) {
        for (unsigned i = 0; i < c->z; i++) {
            d->total[k][i] = limit(-soft[k * c->z + i]);
        }
    }
}

/* A block as the layer sees it: turned by its shift. */
static void turn(const int16_t *from, unsigned shift, unsigned z, int16_t *to)
{
    memcpy(to, from + shift, (z - shift) * sizeof *to);
    memcpy(to + (z - shift), from, shift * sizeof *to);
}

static void turn_back(const int16_t *from, unsigned shift, unsigned z,
                      int16_t *to)
{
    memcpy(to + shift, from, (z - shift) * sizeof *to);
    memcpy(to, from + (z - shift), shift * sizeof *to);
}

/* One layer: each bit hears the sign of all others and the weakest of them, of
 * which 3/4. */
static void run_layer(struct decoder *d, struct layer *l, unsigned z)
{
    int16_t in[EDGES_MAX][Z_MAX], turned[Z_MAX];
    int16_t weakest[Z_MAX], second[Z_MAX], sign[Z_MAX];

    for (unsigned i = 0; i < z; i++) {
        weakest[i] = second[i] = LLR_MAX;
        sign[i] = 0;
    }
    for (unsigned e = 0; e < l->n; e++) {
        turn(d->total[l->edge[e].column], l->edge[e].shift, z, turned);
        for (unsigned i = 0; i < z; i++) {
            int16_t x = limit(turned[i] - l->to_bit[e][i]);
            int16_t a = (int16_t)(x < 0 ? -x : x);
            int16_t more = a > weakest[i] ? a : weakest[i];
            in[e][i] = x;
            sign[i] = (int16_t)(sign[i] ^ x);
            weakest[i] = a < weakest[i] ? a : weakest[i];
            second[i] = more < second[i] ? more : second[i];
        }
    }
    for (unsigned e = 0; e < l->n; e++) {
        for (unsigned i = 0; i < z; i++) {
            int16_t x = in[e][i];
            int16_t a = (int16_t)(x < 0 ? -x : x);
            int m = (a == weakest[i] ? second[i] : weakest[i]) * 3 / 4;
            int16_t out = (int16_t)((sign[i] ^ x) < 0 ? -m : m);
            l->to_bit[e][i] = out;
            turned[i] = limit(x + out);
        }
        turn_back(turned, l->edge[e].shift, z, d->total[l->edge[e].column]);
    }
}

/* Do all checks hold? */
static bool is_word(const struct wifi_ldpc *c, const struct decoder *d)
{
    for (unsigned r = 0; r < c->rows; r++) {
        const struct layer *l = &d->layer[r];
        for (unsigned i = 0; i < c->z; i++) {
            unsigned ones = 0;
            for (unsigned e = 0; e < l->n; e++) {
                unsigned at = (i + l->edge[e].shift) % c->z;
                ones += d->total[l->edge[e].column][at] < 0;
            }
            if (ones % 2 != 0) {
                return false;
            }
        }
    }
    return true;
}

bool wifi_ldpc_decode(const struct wifi_ldpc *c, const int16_t *soft,
                      unsigned turns, uint8_t *bits)
{
    struct decoder d;
    bool good;

    start(c, soft, &d);
    good = is_word(c, &d);
    for (unsigned k = 0; k < turns && !good; k++) {
        for (unsigned r = 0; r < c->rows; r++) {
            run_layer(&d, &d.layer[r], c->z);
        }
        good = is_word(c, &d);
    }
    for (unsigned k = 0; k < c->columns; k++) {
        for (unsigned i = 0; i < c->z; i++) {
            bits[k * c->z + i] = d.total[k][i] < 0;
        }
    }
    return good;
}
