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
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/err.h"

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
    int data_fd, room_fd;
};

struct ring_header {
    uint32_t type, n;
};

enum { RING_LEAST = 4096 };

int ring_create(size_t bytes, struct ring **out)
{
    struct ring *r = calloc(1, sizeof *r);
    size_t total = sizeof(struct ring_shared) + bytes;
    int fd = -1;

    assert(bytes >= RING_LEAST && (bytes & (bytes - 1)) == 0);
    if (r == NULL) {
        return ERR_NO_MEM;
    }
    r->size = bytes;
    r->data_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->room_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    fd = memfd_create("precast-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    /* Unsealed, a peer could shrink it and kill the other side by SIGBUS. */
    if (r->data_fd < 0 || r->room_fd < 0 || fd < 0 ||
        ftruncate(fd, (off_t)total) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) !=
            0) {
        goto fail;
    }
    r->shared = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (r->shared == MAP_FAILED) {
        r->shared = NULL;
        goto fail;
    }
    (void)close(fd); /* the mapping stays */
    *out = r;
    return 0;

fail:
    if (fd >= 0) {
        (void)close(fd); /* nothing was written */
    }
    ring_destroy(r);
    return ERR_IO;
}

void ring_destroy(struct ring *r)
{
    if (r == NULL) {
        return;
    }
    if (r->shared != NULL) {
        (void)munmap(r->shared, sizeof(struct ring_shared) + r->size);
    }
    if (r->data_fd >= 0) {
        (void)close(r->data_fd); /* nothing was written */
    }
    if (r->room_fd >= 0) {
        (void)close(r->room_fd); /* nothing was written */
    }
    free(r);
}

void ring_keep(struct ring *r)
{
    (void)madvise(r->shared, sizeof(struct ring_shared) + r->size,
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

int ring_put(struct ring *r, uint32_t type, const void *data, size_t n)
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
            atomic_store_explicit(&r->shared->head, r->mine,
                                  memory_order_release);
            wake(r->data_fd);
            return 1;
        }
        if (again == 0) {
            settle(r->room_fd); /* a later wake-up is for the caller's poll() */
        }
    }
    return 0;
}

int ring_get(struct ring *r, uint32_t *type, void *data, size_t cap, size_t *n)
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
            atomic_store_explicit(&r->shared->tail, r->mine,
                                  memory_order_release);
            wake(r->room_fd);
            return 1;
        }
        if (again == 0) {
            settle(r->data_fd); /* a later wake-up is for the caller's poll() */
        }
    }
    return 0;
}
