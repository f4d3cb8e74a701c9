/* pool.c - see pool.h. */
#include "core/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/shm.h"

struct pool {
    uint8_t *memory;
    size_t bytes;
    int fd;
    uint32_t n_single, n; /* buffers for single packets, and all */
    uint32_t n_free;      /* in 'free': the next one taken is the last */
    uint32_t free_runs;   /* free buffers for runs */
    uint32_t *free;       /* [n_single] numbers */
    uint16_t *taken; /* [n]; buffers of what was taken by this number, or 0 */
};

int pool_create(uint32_t n_single, uint32_t n_run, struct pool **out)
{
    struct pool *p = calloc(1, sizeof *p);
    void *map = NULL;
    int err = ERR_NO_MEM;

    if (p == NULL) {
        return err;
    }
    p->fd = -1;
    p->n_single = p->n_free = n_single;
    p->free_runs = n_run;
    p->n = n_single + n_run;
    p->bytes = (size_t)p->n * POOL_BUFFER_BYTES;
    p->free = calloc(n_single + 1u, sizeof *p->free);
    p->taken = calloc(p->n + 1u, sizeof *p->taken);
    if (p->free == NULL || p->taken == NULL) {
        goto fail;
    }
    /* Memory that is never taken is never there: the stack keeps to few. */
    err = p->fd = shm_create("precast-pool", p->bytes, &map);
    if (err < 0) {
        goto fail;
    }
    p->memory = map;
    for (uint32_t k = 0; k < n_single; k++) {
        p->free[k] = n_single - 1 - k;
    }
    *out = p;
    return 0;

fail:
    pool_destroy(p);
    return err;
}

void pool_destroy(struct pool *p)
{
    if (p == NULL) {
        return;
    }
    if (p->memory != NULL) {
        (void)munmap(p->memory, p->bytes);
    }
    if (p->fd >= 0) {
        (void)close(p->fd); /* a file without a name */
    }
    free(p->taken);
    free(p->free);
    free(p);
}

uint8_t *pool_memory(const struct pool *p)
{
    return p->memory;
}

uint32_t pool_singles(const struct pool *p)
{
    return p->n_single;
}

int pool_fd(const struct pool *p)
{
    return p->fd;
}

size_t pool_take(struct pool *p, uint32_t *index, size_t n)
{
    size_t k = 0;

    for (; k < n && p->n_free > 0; k++) {
        index[k] = p->free[--p->n_free];
        p->taken[index[k]] = 1;
    }
    return k;
}

bool pool_take_run(struct pool *p, size_t bytes, uint32_t *index)
{
    size_t total = POOL_HEAD_BYTES + bytes + POOL_ROOM_BYTES;
    uint16_t n =
        (uint16_t)((total + POOL_BUFFER_BYTES - 1) / POOL_BUFFER_BYTES);
    uint32_t at = p->n_single; /* free from here to k */
    uint32_t k = at;

    assert(bytes <= FN_PKT_BYTES);
    if (n > p->free_runs) {
        return false;
    }
    while (k < p->n && k - at < n) {
        if (p->taken[k] == 0) {
            k++;
        } else {
            k += p->taken[k];
            at = k;
        }
    }
    if (k - at < n) {
        return false;
    }
    p->taken[at] = n;
    p->free_runs -= n;
    *index = at;
    return true;
}

void pool_give(struct pool *p, const uint32_t *index, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        uint32_t j = index[k];
        assert(j < p->n && p->taken[j] > 0);
        if (j < p->n_single) {
            p->free[p->n_free++] = j;
        } else {
            p->free_runs += p->taken[j];
        }
        p->taken[j] = 0;
    }
}

bool pool_pkt(struct pool *p, size_t bytes, struct pkt *pkt)
{
    uint32_t index;
    bool is_single = bytes <= POOL_PKT_BYTES;

    if (is_single ? pool_take(p, &index, 1) == 0
                  : !pool_take_run(p, bytes, &index)) {
        return false;
    }
    pkt->data = pool_data(p, index);
    pkt->room_bytes =
        (uint32_t)p->taken[index] * POOL_BUFFER_BYTES - POOL_HEAD_BYTES;
    return true;
}

uint32_t pool_index(const struct pool *p, const uint8_t *data)
{
    return (uint32_t)((size_t)(data - p->memory) / POOL_BUFFER_BYTES);
}

uint8_t *pool_data(const struct pool *p, uint32_t index)
{
    return p->memory + (size_t)index * POOL_BUFFER_BYTES + POOL_HEAD_BYTES;
}

uint32_t pool_free_singles(const struct pool *p)
{
    return p->n_free;
}

uint32_t pool_free_runs(const struct pool *p)
{
    return p->free_runs;
}
