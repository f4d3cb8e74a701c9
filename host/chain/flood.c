/* flood.c - see flood.h. */
#include "host/chain/flood.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

static uint32_t add_ways(uint32_t a, uint32_t b)
{
    return a + b < FLOOD_COPIES_MAX ? a + b : FLOOD_COPIES_MAX;
}

/* Ways from one source, in 'here'; how many on all links. */
static uint32_t ways_from(const struct chain *c, size_t source, uint32_t *here)
{
    uint32_t total = 0;

    for (size_t k = 0; k < c->n_vertices; k++) {
        here[k] = k == source;
        for (size_t j = 0; j < c->n_links; j++) {
            if (c->link[j].to == k) { /* the order is that of the data */
                here[k] = add_ways(here[k], here[c->link[j].from]);
                total = add_ways(total, here[c->link[j].from]);
            }
        }
    }
    return total;
}

int flood_ways(const struct chain *c, uint32_t *ways)
{
    uint32_t *here = calloc(c->n_vertices + 1, sizeof *here);
    uint32_t most = 0;

    if (here == NULL) {
        return ERR_NO_MEM;
    }
    memset(ways, 0, c->n_vertices * sizeof *ways);
    for (size_t s = 0; s < c->n_vertices; s++) {
        if (c->vertex[s].kind != CHAIN_SOURCE) {
            continue;
        }
        uint32_t total = ways_from(c, s, here);
        most = total > most ? total : most;
        for (size_t k = 0; k < c->n_vertices; k++) {
            ways[k] = here[k] > ways[k] ? here[k] : ways[k];
        }
    }
    free(here);
    return (int)most;
}

/* Merges the sorted runs [0, middle) and [middle, n) of 'from' to 'to'. */
static void merge(struct pkt *to, const struct pkt *from, size_t middle,
                  size_t n)
{
    size_t a = 0, b = middle;

    for (size_t k = 0; k < n; k++) {
        bool second = a == middle || (b < n && from[b].item < from[a].item);
        to[k] = from[second ? b++ : a++];
    }
}

void flood_sort(struct pkt *p, size_t n, struct pkt *scratch)
{
    struct pkt *from = p, *to = scratch;

    for (size_t run = 1; run < n; run *= 2) {
        for (size_t at = 0; at < n; at += 2 * run) {
            size_t left = n - at;
            merge(to + at, from + at, run < left ? run : left,
                  2 * run < left ? 2 * run : left);
        }
        struct pkt *swap = from;
        from = to;
        to = swap;
    }
    if (from != p) {
        memcpy(p, from, n * sizeof *p);
    }
}
