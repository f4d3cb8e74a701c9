/*
 * pool.h - the memory of packets: buffers of 2 KiB in one piece of memory that
 * other processes can map (core/base/shm.h), named by their numbers.
 *
 *   0        256                    256 + len         2048
 *   | head   | packet               | room, >= 128    |
 *
 * Most packets take a buffer of their own, from a stack of free numbers.  A
 * longer packet, up to FN_PKT_BYTES, takes a run of neighbouring buffers, so
 * that bodies see its bytes flat; runs come from a part of the memory of their
 * own, first fit, and their number is that of the first buffer.
 *
 * Who takes a buffer gives it back, by the number it was taken by: a packet's
 * 'data' may move while it is on its way.  A pool belongs to one thread;
 * packets for another process are copied at the border (net/port/ring_port.c).
 */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/fn.h"

enum {
    POOL_BUFFER_BYTES = 2048,
    POOL_HEAD_BYTES = 256, /* as much as AF_XDP wants (XDP_PACKET_HEADROOM) */
    POOL_ROOM_BYTES = 128, /* least room behind a packet: tags, labels, VXLAN */
    /* Longest packet in a buffer of its own. */
    POOL_PKT_BYTES = POOL_BUFFER_BYTES - POOL_HEAD_BYTES - POOL_ROOM_BYTES,
    /* Most buffers of a run. */
    POOL_RUN =
        (POOL_HEAD_BYTES + FN_PKT_BYTES + POOL_ROOM_BYTES) / POOL_BUFFER_BYTES +
        1,
};

struct pool;

/*
 * 'n_single' buffers for packets that need one, and 'n_run' for runs of
 * several.  ERR_NO_MEM, ERR_IO.  pool_destroy() takes NULL.
 */
int pool_create(uint32_t n_single, uint32_t n_run, struct pool **out);
void pool_destroy(struct pool *p);

/*
 * The memory: buffer k lies POOL_BUFFER_BYTES * k behind its begin, those of
 * single packets first.  The descriptor is for another process to map.
 */
uint8_t *pool_memory(const struct pool *p);
uint32_t pool_singles(const struct pool *p);
int pool_fd(const struct pool *p);

/* Takes up to 'n' single buffers; how many there were. */
size_t pool_take(struct pool *p, uint32_t *index, size_t n);

/*
 * A run whose first packet byte has 'bytes' and POOL_ROOM_BYTES behind it, at
 * most FN_PKT_BYTES; false when no run of free neighbours is long enough.
 */
bool pool_take_run(struct pool *p, size_t bytes, uint32_t *index);

/* Gives single buffers and runs back. */
void pool_give(struct pool *p, const uint32_t *index, size_t n);

/*
 * Memory for a packet of 'bytes', single or run: sets pkt->data and
 * pkt->room_bytes, nothing else.  False when there is none.
 */
bool pool_pkt(struct pool *p, size_t bytes, struct pkt *pkt);

/* The number by which the buffer was taken that begins with 'data'. */
uint32_t pool_index(const struct pool *p, const uint8_t *data);

/* Where a packet begins in buffer 'index'. */
uint8_t *pool_data(const struct pool *p, uint32_t index);

/* Single buffers, and buffers of runs, that are free. */
uint32_t pool_free_singles(const struct pool *p);
uint32_t pool_free_runs(const struct pool *p);

#endif
