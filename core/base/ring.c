/*
 * ring.c - see ring.h.
 *
 *   message: 4 bytes type, 4 bytes length, payload, padding to 8
 *
 * Indexes count bytes and run freely; a message that would cross the end of the
 * buffer is copied in two pieces.  Each side keeps its own index in memory of
 * its own and publishes it, so the other can lie about its index only.
 */
#include "core/base/ring.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/shm.h"

/* What both processes see. */
struct ring_shared {
    _Alignas(64) _Atomic uint64_t head; /* bytes put, by the producer */
    _Alignas(64) _Atomic uint64_t tail; /* bytes got, by the consumer */
    _Alignas(64) uint8_t data[];        /* [size] */
};

struct ring {
    struct ring_shared *shared;
    size_t size;   /* of data, a power of two */
    uint64_t mine; /* the index of this side */
    int fd;        /* of the memory; -1 when nobody else is to have it */
    int data_fd, room_fd;
};

struct ring_header {
    uint32_t type, n;
};

enum { RING_LEAST = 4096 };

static struct ring *ring_new(void)
{
    struct ring *r = calloc(1, sizeof *r);

    if (r != NULL) {
        r->fd = r->data_fd = r->room_fd = -1;
    }
    return r;
}

int ring_create(size_t bytes, struct ring **out)
{
    struct ring *r = ring_new();
    void *map = NULL;

    assert(bytes >= RING_LEAST && (bytes & (bytes - 1)) == 0);
    if (r == NULL) {
        return ERR_NO_MEM;
    }
    r->size = bytes;
    r->data_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->room_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->fd = shm_create("precast-ring", sizeof *r->shared + bytes, &map);
    if (r->data_fd < 0 || r->room_fd < 0 || r->fd < 0) {
        ring_destroy(r);
        return ERR_IO;
    }
    r->shared = map;
    *out = r;
    return 0;
}

void ring_fds(const struct ring *r, int fd[RING_FDS])
{
    fd[0] = r->fd;
    fd[1] = r->data_fd;
    fd[2] = r->room_fd;
}

int ring_join(const int fd[RING_FDS], struct ring **out)
{
    struct ring *r = ring_new();
    void *map = NULL;
    size_t bytes = 0;
    int err = ERR_NO_MEM;

    if (r == NULL) {
        return err;
    }
    err = shm_map(fd[0], &map, &bytes);
    if (err < 0) {
        goto fail;
    }
    r->shared = map;
    r->size = bytes - sizeof *r->shared;
    if (bytes < sizeof *r->shared + RING_LEAST ||
        (r->size & (r->size - 1)) != 0) {
        (void)munmap(map, bytes);
        r->shared = NULL;
        err = ERR_DEVICE;
        goto fail;
    }
    r->fd = fd[0];
    r->data_fd = fd[1];
    r->room_fd = fd[2];
    *out = r;
    return 0;

fail:
    ring_destroy(r);
    return err;
}

void ring_destroy(struct ring *r)
{
    if (r == NULL) {
        return;
    }
    if (r->shared != NULL) {
        (void)munmap(r->shared, sizeof *r->shared + r->size);
    }
    const int fd[] = {r->fd, r->data_fd, r->room_fd};
    for (size_t k = 0; k < sizeof fd / sizeof fd[0]; k++) {
        if (fd[k] >= 0) {
            (void)close(fd[k]); /* nothing was written */
        }
    }
    free(r);
}

void ring_keep(struct ring *r)
{
    (void)close(r->fd); /* the mapping stays */
    r->fd = -1;
    (void)madvise(r->shared, sizeof *r->shared + r->size,
                  MADV_DONTFORK); /* without it, less is hidden */
}

int ring_data_fd(const struct ring *r)
{
    return r->data_fd;
}

int ring_room_fd(const struct ring *r)
{
    return r->room_fd;
}

/* Wakes the other side; a full counter means that it is awake already. */
static void wake(int fd)
{
    uint64_t one = 1;
    ssize_t n = write(fd, &one, sizeof one);

    (void)n;
}

/* Takes the wake-up back, before looking again. */
static void settle(int fd)
{
    uint64_t count;
    ssize_t n = read(fd, &count, sizeof count);

    (void)n;
}

static size_t padded(size_t n)
{
    return sizeof(struct ring_header) + ((n + 7) & ~(size_t)7);
}

static void copy_in(struct ring *r, uint64_t at, const void *from, size_t n)
{
    size_t offset = (size_t)at & (r->size - 1);
    size_t first = n < r->size - offset ? n : r->size - offset;

    memcpy(r->shared->data + offset, from, first);
    memcpy(r->shared->data, (const uint8_t *)from + first, n - first);
}

static void copy_out(const struct ring *r, uint64_t at, void *to, size_t n)
{
    size_t offset = (size_t)at & (r->size - 1);
    size_t first = n < r->size - offset ? n : r->size - offset;

    memcpy(to, r->shared->data + offset, first);
    memcpy((uint8_t *)to + first, r->shared->data, n - first);
}

int ring_add(struct ring *r, uint32_t type, const void *data, size_t n)
{
    struct ring_header h = {type, (uint32_t)n};

    if (padded(n) > r->size / 2) {
        return ERR_CAPACITY;
    }
    for (int again = 0; again < 2; again++) {
        uint64_t held = r->mine - atomic_load_explicit(&r->shared->tail,
                                                       memory_order_acquire);
        if (held > r->size) {
            return ERR_DEVICE;
        }
        if (padded(n) <= r->size - held) {
            copy_in(r, r->mine, &h, sizeof h);
            if (n > 0) {
                copy_in(r, r->mine + sizeof h, data, n);
            }
            r->mine += padded(n);
            return 1;
        }
        if (again == 0) {
            settle(r->room_fd); /* a later wake-up is for the caller's poll() */
        }
    }
    return 0;
}

void ring_flush(struct ring *r)
{
    atomic_store_explicit(&r->shared->head, r->mine, memory_order_release);
    wake(r->data_fd);
}

int ring_put(struct ring *r, uint32_t type, const void *data, size_t n)
{
    int put = ring_add(r, type, data, n);

    if (put == 1) {
        ring_flush(r);
    }
    return put;
}

int ring_next(struct ring *r, uint32_t *type, void *data, size_t cap, size_t *n)
{
    for (int again = 0; again < 2; again++) {
        uint64_t held =
            atomic_load_explicit(&r->shared->head, memory_order_acquire) -
            r->mine;
        struct ring_header h;
        if (held > r->size || (held > 0 && held < sizeof h)) {
            return ERR_DEVICE;
        }
        if (held > 0) {
            copy_out(r, r->mine, &h, sizeof h);
            if (h.n > cap || padded(h.n) > held) {
                return ERR_DEVICE;
            }
            if (h.n > 0) {
                copy_out(r, r->mine + sizeof h, data, h.n);
            }
            *type = h.type;
            *n = h.n;
            r->mine += padded(h.n);
            return 1;
        }
        if (again == 0) {
            settle(r->data_fd); /* a later wake-up is for the caller's poll() */
        }
    }
    return 0;
}

void ring_release(struct ring *r)
{
    atomic_store_explicit(&r->shared->tail, r->mine, memory_order_release);
    wake(r->room_fd);
}

int ring_get(struct ring *r, uint32_t *type, void *data, size_t cap, size_t *n)
{
    int got = ring_next(r, type, data, cap, n);

    if (got == 1) {
        ring_release(r);
    }
    return got;
}
