/*
 * literals_plan.c - see literals_plan.h.
 *
 * Greedy: one literal after the other takes the window and the group with
 * which the least more of the traffic passes.  How often bytes are in traffic
 * is taken from the literals, which are of traffic, and every byte may come.
 */
#include "net/table/literals_plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "net/table/literals_index.h"

enum {
    LOG2_SEEN = 16,   /* of windows taken, by hash */
    WINDOWS_MAX = 64, /* tried of a literal */
};

struct plan {
    struct literals *t;
    uint32_t *seen;   /* [1 << LOG2_SEEN] literals with such a window */
    uint32_t *common; /* the same: places in all literals */
    float share[256]; /* of each byte in traffic, about */
    float sum[LITERALS_WINDOW]
             [LITERALS_GROUPS]; /* share of what may be there */
};

static uint32_t seen_at(const uint8_t *p)
{
    return literals_hash(p) >> (32 - LOG2_SEEN);
}

static void count(struct plan *p)
{
    const struct literals *t = p->t;
    float each = 1.0f / ((float)t->from[t->n] + 1);

    for (uint32_t c = 0; c < 256; c++) {
        p->share[c] = 0.3f / 256;
    }
    p->share[0] += 0.1f; /* what packets have most */
    for (uint32_t k = 0; k < t->from[t->n]; k++) {
        uint8_t c = t->byte[k];
        if (t->mask[k] == 0xff) {
            p->share[c] += 0.6f * each;
        } else {
            p->share[c | 0x20] += 0.5f * each;
            p->share[c & LITERALS_FOLD] += 0.1f * each;
        }
    }
    for (uint32_t k = 0; k < t->n; k++) {
        for (uint32_t at = t->from[k]; at + LITERALS_WINDOW <= t->from[k + 1];
             at++) {
            p->common[seen_at(t->byte + at)]++;
        }
    }
}

/* Share of the traffic that byte 'k' of the window 'at' adds to a group. */
static float more(const struct plan *p, uint32_t at, uint32_t k, uint32_t group)
{
    const struct literals *t = p->t;
    uint8_t c = t->byte[at + k], other = c ^ (0xff ^ LITERALS_FOLD);
    float x = 0;

    if ((t->may[k][c] >> group & 1) == 0) {
        x += p->share[c];
    }
    if (t->mask[at + k] != 0xff && (t->may[k][other] >> group & 1) == 0) {
        x += p->share[other];
    }
    return x;
}

static float cost(const struct plan *p, uint32_t at, uint32_t group)
{
    float now = 1, then = 1;

    for (uint32_t k = 0; k < LITERALS_WINDOW; k++) {
        float sum = p->sum[k][group];
        now *= sum;
        then *= sum + more(p, at, k, group);
    }
    return then - now;
}

static void allow(struct plan *p, uint32_t at, uint32_t n, uint8_t group)
{
    struct literals *t = p->t;

    for (uint32_t k = 0; k < n; k++) {
        p->sum[k][group] += more(p, at, k, group);
        for (uint32_t c = 0; c < 256; c++) {
            if (((c ^ t->byte[at + k]) & t->mask[at + k]) == 0) {
                t->may[k][c] |= (uint8_t)(1u << group);
            }
        }
    }
}

/* The best window of literal 'number', and its group. */
static uint32_t place(struct plan *p, uint32_t number, uint32_t groups)
{
    const struct literals *t = p->t;
    uint32_t first = t->from[number], best = first, group = 0, tried = 0;
    float least = 1e30f;

    for (uint32_t at = first;
         at + LITERALS_WINDOW <= t->from[number + 1] && tried < WINDOWS_MAX;
         at++, tried++) {
        uint32_t seen = seen_at(t->byte + at);
        /* Of the same window many are to be compared. */
        float same = 1e-5f * (float)(p->seen[seen] + p->common[seen]);
        for (uint32_t g = 0; g < groups; g++) {
            float x = cost(p, at, g) + same;
            if (x < least) {
                least = x;
                best = at;
                group = g;
            }
        }
    }
    allow(p, best, LITERALS_WINDOW, (uint8_t)group);
    p->seen[seen_at(t->byte + best)]++;
    return best - first;
}

int literals_plan(struct literals *t, uint32_t *window)
{
    struct plan *p = calloc(1, sizeof *p);
    size_t size = (size_t)1 << LOG2_SEEN;
    uint32_t groups = LITERALS_GROUPS;
    int err = ERR_NO_MEM;

    if (p == NULL) {
        return ERR_NO_MEM;
    }
    p->t = t;
    p->seen = calloc(size, sizeof *p->seen);
    p->common = calloc(size, sizeof *p->common);
    if (p->seen == NULL || p->common == NULL) {
        goto end;
    }
    count(p);
    /* Short ones have a group of their own, the last. */
    for (uint32_t k = 0; k < t->n; k++) {
        uint32_t n = t->from[k + 1] - t->from[k];
        if (n < LITERALS_WINDOW) {
            groups = LITERALS_GROUPS - 1;
            t->brief_group = (uint8_t)(1u << groups);
            allow(p, t->from[k], n, (uint8_t)groups);
            for (uint32_t j = n; j < LITERALS_WINDOW; j++) {
                for (uint32_t c = 0; c < 256; c++) {
                    t->may[j][c] |= t->brief_group;
                }
            }
        }
    }
    for (uint32_t k = 0; k < t->n; k++) {
        if (t->from[k + 1] - t->from[k] >= LITERALS_WINDOW) {
            window[k] = place(p, k, groups);
        }
    }
    err = 0;

end:
    free(p->seen);
    free(p->common);
    free(p);
    return err;
}
