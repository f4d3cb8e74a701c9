/* memory.c - see memory.h.  Both ends share the wire; the last one frees it. */
#include "drivers/transport/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

struct memory_wire {
    size_t size;             /* of each queue */
    size_t n_ends;           /* that are open */
    uint8_t *bytes;          /* [2 * size], two rings */
    size_t head[2], tail[2]; /* run freely; queue k leads to end k */
};

struct memory_end {
    struct transport transport;
    struct memory_wire *wire;
    int mine; /* the queue that leads here */
    struct memory_peer peer;
};

static int memory_read(struct transport *t, void *bytes, size_t cap)
{
    const struct memory_end *e = (struct memory_end *)t;
    struct memory_wire *w = e->wire;
    const uint8_t *queue = w->bytes + (size_t)e->mine * w->size;
    size_t held = w->head[e->mine] - w->tail[e->mine];
    size_t offset = w->tail[e->mine] & (w->size - 1);
    size_t n = cap < held ? cap : held;
    size_t first = n < w->size - offset ? n : w->size - offset;

    if (held == 0) {
        return w->n_ends < 2 ? ERR_DEVICE : 0;
    }
    memcpy(bytes, queue + offset, first);
    memcpy((uint8_t *)bytes + first, queue, n - first);
    w->tail[e->mine] += n;
    return (int)n;
}

static int memory_write(struct transport *t, const void *bytes, size_t n)
{
    const struct memory_end *e = (struct memory_end *)t;
    struct memory_wire *w = e->wire;
    int other = 1 - e->mine;
    uint8_t *queue = w->bytes + (size_t)other * w->size;
    size_t room = w->size - (w->head[other] - w->tail[other]);
    size_t offset = w->head[other] & (w->size - 1);

    if (w->n_ends < 2) {
        return ERR_DEVICE;
    }
    n = n < room ? n : room;
    if (n == 0) {
        return 0;
    }
    size_t first = n < w->size - offset ? n : w->size - offset;
    memcpy(queue + offset, bytes, first);
    memcpy(queue, (const uint8_t *)bytes + first, n - first);
    w->head[other] += n;
    return (int)n;
}

/* Nobody else runs while this end waits, unless a peer is attached. */
static int memory_wait(struct transport *t, bool to_write, uint32_t timeout_us)
{
    const struct memory_end *e = (struct memory_end *)t;
    const struct memory_wire *w = e->wire;
    int moved = 0;

    (void)timeout_us;
    if (w->n_ends < 2) {
        return ERR_DEVICE;
    }
    if (e->peer.step != NULL) {
        moved = e->peer.step(e->peer.ctx) > 0;
    }
    return moved || w->head[e->mine] != w->tail[e->mine] ||
           (to_write && w->head[1 - e->mine] - w->tail[1 - e->mine] < w->size);
}

static void memory_close(struct transport *t)
{
    struct memory_end *e = (struct memory_end *)t;
    struct memory_wire *w = e->wire;

    if (e->peer.close != NULL) {
        e->peer.close(e->peer.ctx); /* which may close the other end */
    }
    free(e);
    w->n_ends--;
    if (w->n_ends == 0) {
        free(w->bytes);
        free(w);
    }
}

int memory_pair(size_t bytes, struct transport **a, struct transport **b)
{
    static const struct transport_ops ops = {
        .kind = "memory",
        .read = memory_read,
        .write = memory_write,
        .wait = memory_wait,
        .close = memory_close,
    };
    struct memory_wire *w = calloc(1, sizeof *w);
    struct memory_end *x = calloc(1, sizeof *x);
    struct memory_end *y = calloc(1, sizeof *y);
    uint8_t *queues = malloc(2 * bytes);

    assert(bytes > 0 && (bytes & (bytes - 1)) == 0);
    if (w == NULL || x == NULL || y == NULL || queues == NULL) {
        free(w);
        free(x);
        free(y);
        free(queues);
        return ERR_NO_MEM;
    }
    *w = (struct memory_wire){.size = bytes, .n_ends = 2, .bytes = queues};
    *x = (struct memory_end){.transport.ops = &ops, .wire = w, .mine = 0};
    *y = (struct memory_end){.transport.ops = &ops, .wire = w, .mine = 1};
    *a = &x->transport;
    *b = &y->transport;
    return 0;
}

void memory_attach(struct transport *t, const struct memory_peer *peer)
{
    ((struct memory_end *)t)->peer = *peer;
}
