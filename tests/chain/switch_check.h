/*
 * switch_check.h - frames through a switch with VLANs and port states, what
 * each of its wires must give by a model of a few lines, and what it gave.
 */
#ifndef TESTS_CHAIN_SWITCH_CHECK_H
#define TESTS_CHAIN_SWITCH_CHECK_H

#include "tests/check.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/rng.h"
#include "core/pkt.h"

enum {
    WIRES = 4,
    PHASES = 5,
    FRAMES = 240 * PHASES,
    STATIONS = 12,
    STRANGER = STATIONS, /* sends to reserved addresses only */
    ALL,                 /* addresses that are no station's */
    RESERVED,
    VLANS = 4,
    LEN = 76, /* without a tag */
    NO_TAG = -1
};

struct frame {
    uint8_t at; /* wire it comes by */
    int tci;    /* of its tag, or NO_TAG */
    uint32_t from, to;
    uint8_t low; /* last byte of a reserved address */
};

/* What came out of each wire, in order. */
struct heard {
    uint32_t number[WIRES][FRAMES];
    int tci[WIRES][FRAMES];
    size_t n[WIRES];
};

/* What holds from a phase on: for the kernel, for the chain, for the model. */
struct phase {
    const char *kernel;
    const char *set;
    uint32_t closed, deaf; /* ports that do not forward, do not learn */
    uint32_t flushed;
};

struct world {
    const char *kernel; /* how the kernel's bridge is made, and its ports set */
    const char *nodes, *links;
    bool tags;       /* VLANs count */
    int pvid[WIRES]; /* 0: none, untagged frames are dropped */
    int vid[VLANS];  /* VLANs there are */
    uint32_t member[VLANS], untagged[VLANS];
};

/* --- frames --- */

/*
 * Stations talk by turns, move now and then, and call for all, never
 * themselves: the kernel learns before it looks, we after.
 */
static inline void make_frames(const struct world *w, struct frame *frame)
{
    static const uint32_t tags[] = {0, 10, 10, 20, 20, 30, 40};
    struct rng r = {9};
    uint8_t at[STATIONS + 1];

    for (size_t k = 0; k <= STATIONS; k++) {
        at[k] = (uint8_t)(k % WIRES);
    }
    for (size_t k = 0; k < FRAMES; k++) {
        uint32_t from = rng_below(&r, STATIONS);
        uint32_t to = (from + 1 + rng_below(&r, STATIONS - 1)) % STATIONS;
        if (rng_below(&r, 12) == 0) {
            at[from] = (uint8_t)rng_below(&r, WIRES);
        }
        if (rng_below(&r, 16) == 0) {
            from = STRANGER;
            to = RESERVED;
        }
        frame[k] = (struct frame){
            .at = at[from],
            .from = from,
            .to = to != RESERVED && rng_below(&r, 4) == 0 ? (uint32_t)ALL : to,
            .tci = NO_TAG,
            /* Not 00, which the kernel forwards without STP of its own. */
            .low = (uint8_t)(2 + rng_below(&r, 14)),
        };
        if (w->tags && rng_below(&r, 2) == 0) {
            frame[k].tci = (int)(rng_below(&r, 16) << 12 |
                                 tags[rng_below(&r, CHECK_ROWS(tags))]);
        }
    }
}

static inline void store_mac(uint8_t *d, uint32_t k, uint8_t low)
{
    static const uint8_t reserved[] = {0x01, 0x80, 0xc2, 0x00, 0x00};

    memset(d, 0xff, 6);
    if (k == RESERVED) {
        memcpy(d, reserved, sizeof reserved);
        d[5] = low;
    } else if (k != ALL) {
        be16_store(d, 0x0200);
        be32_store(d + 2, k);
    }
}

/* Frame 'number' at 'd'; returns its length. */
static inline uint32_t store_frame(uint8_t *d, const struct frame *f,
                                   uint32_t number)
{
    uint32_t at = 12;

    store_mac(d, f->to, f->low);
    store_mac(d + 6, f->from, 0);
    if (f->tci != NO_TAG) {
        be16_store(d + 12, 0x8100);
        be16_store(d + 14, (uint16_t)f->tci);
        at = 16;
    }
    be16_store(d + at, 0x88b5);
    be32_store(d + at + 2, number);
    for (uint32_t k = 18; k < LEN; k++) {
        d[at - 12 + k] = (uint8_t)(k * number);
    }
    return LEN + at - 12;
}

/* Notes a frame that came out of wire 'k'; its number, or FRAMES for others. */
static inline uint32_t note(struct heard *h, size_t k, const struct pkt *p)
{
    const uint8_t *d = p->data;
    bool tag = be16_load(d + 12) == 0x8100;
    uint32_t at = tag ? 16 : 12;

    if (be16_load(d + at) != 0x88b5) {
        return FRAMES;
    }
    uint32_t number = be32_load(d + at + 2);
    if (number >= FRAMES) { /* a marker */
        return number;
    }
    assert_true(h->n[k] < FRAMES);
    assert_int_equal(p->len_bytes, LEN + at - 12);
    for (uint32_t j = 18; j < LEN; j++) {
        assert_int_equal(d[at - 12 + j], (uint8_t)(j * number));
    }
    h->number[k][h->n[k]] = number;
    h->tci[k][h->n[k]++] = tag ? be16_load(d + 14) : NO_TAG;
    return number;
}

/* --- model: IEEE 802.1Q-2018, 8.6 to 8.8, as in the kernel's br_vlan.c --- */

static inline int vlan_of(const struct world *w, const struct frame *f)
{
    int vid = f->tci != NO_TAG && (f->tci & 0xfff) != 0 ? f->tci & 0xfff
                                                        : w->pvid[f->at];

    for (int k = 0; k < VLANS && w->tags; k++) {
        if (w->vid[k] == vid) {
            return k;
        }
    }
    return w->tags ? -1 : 0;
}

static inline void expect(const struct world *w, const struct phase *phases,
                          const struct frame *frame, struct heard *h)
{
    int where[VLANS][STATIONS + 1]; /* wire of each station, or -1 */
    const struct phase *p = NULL;

    memset(h, 0, sizeof *h);
    memset(where, 0xff, sizeof where);
    for (uint32_t n = 0; n < FRAMES; n++) {
        const struct frame *f = &frame[n];
        int v = vlan_of(w, f);
        if (n % (FRAMES / PHASES) == 0) {
            p = &phases[n / (FRAMES / PHASES)];
            for (size_t k = 0; k < (size_t)VLANS * (STATIONS + 1); k++) {
                int *at = &where[0][0] + k;
                *at = *at >= 0 && (p->flushed >> *at & 1) != 0 ? -1 : *at;
            }
        }
        if (f->to == RESERVED || v < 0 || (w->member[v] >> f->at & 1) == 0) {
            continue;
        }
        int to = f->to == ALL ? -1 : where[v][f->to];
        if ((p->deaf >> f->at & 1) == 0) {
            where[v][f->from] = f->at;
        }
        uint32_t ports = to < 0 ? w->member[v] : w->member[v] & 1u << to;
        ports &= ~(p->closed | 1u << f->at);
        for (size_t k = 0; k < WIRES && (p->closed >> f->at & 1) == 0; k++) {
            if ((ports >> k & 1) != 0) {
                int pcp = f->tci != NO_TAG ? f->tci & 0xf000 : 0;
                bool bare = !w->tags || (w->untagged[v] >> k & 1) != 0;
                h->tci[k][h->n[k]] = bare ? NO_TAG : pcp | w->vid[v];
                h->number[k][h->n[k]++] = n;
            }
        }
    }
}

static inline void assert_heard(const struct heard *got,
                                const struct heard *want)
{
    for (size_t k = 0; k < WIRES; k++) {
        for (size_t j = 0; j < got->n[k] && j < want->n[k]; j++) {
            if (got->number[k][j] != want->number[k][j] ||
                got->tci[k][j] != want->tci[k][j]) {
                print_message("wire %zu: frame %u tci %x, expected %u %x\n", k,
                              got->number[k][j], (unsigned)got->tci[k][j],
                              want->number[k][j], (unsigned)want->tci[k][j]);
            }
            assert_int_equal(got->number[k][j], want->number[k][j]);
            assert_int_equal(got->tci[k][j], want->tci[k][j]);
        }
        assert_int_equal(got->n[k], want->n[k]);
        print_message("  wire %zu: %zu frames\n", k, got->n[k]);
        assert_true(got->n[k] > FRAMES / 40);
    }
}

#endif
