/* balancer_maglev.c - see balancer_maglev.h. */
#include "net/fn/balancer/balancer_maglev.h"

#include <assert.h>
#include <string.h>

#include "core/base/rng.h"

struct maglev_backend maglev_named(uint64_t name, uint32_t places,
                                   uint32_t weight)
{
    struct rng r = {.state = name};
    uint64_t h = rng_next(&r);

    return (struct maglev_backend){
        .offset = (uint32_t)(h >> 32) % places,
        .skip = (uint32_t)h % (places - 1) + 1,
        .weight = weight,
    };
}

/* Gives backend 'k' the next place of its permutation, from '*at' on, that is
 * free; there is one. */
static void take(uint8_t *table, uint32_t places,
                 const struct maglev_backend *b, uint32_t *at, size_t k)
{
    while (table[*at] != MAGLEV_NONE) {
        *at = (*at + b->skip) % places;
    }
    table[*at] = (uint8_t)k;
}

void maglev_fill(const struct maglev_backend *b, size_t n, size_t without,
                 uint8_t *table, uint32_t places)
{
    uint32_t at[MAGLEV_BACKENDS]; /* where each goes on */
    uint64_t most = 0;
    uint32_t taken = 0;

    assert(n <= MAGLEV_BACKENDS);
    memset(table, MAGLEV_NONE, places);
    for (size_t k = 0; k < n; k++) {
        at[k] = b[k].offset;
        most = k != without && b[k].weight > most ? b[k].weight : most;
    }
    for (uint64_t round = 1; most > 0 && taken < places; round++) {
        for (size_t k = 0; k < n && taken < places; k++) {
            uint64_t w = k != without ? b[k].weight : 0;
            if (round * w / most > (round - 1) * w / most) {
                take(table, places, &b[k], &at[k], k);
                taken++;
            }
        }
    }
}
