/*
 * ring.h - messages from one process to another through sealed shared memory:
 * one producer, one consumer, no locks, no system call but to wake the other.
 *
 * Made before fork(), or joined by a process that got the descriptors; each
 * side then uses its end only.  The other side may be hostile: what it writes
 * is copied and checked before it is believed.
 */
#ifndef CORE_BASE_RING_H
#define CORE_BASE_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring;

enum { RING_FDS = 3 };

/*
 * A ring of 'bytes', a power of two from 4096; no message may take more than
 * half of it.  ERR_NO_MEM, ERR_IO.  ring_destroy() takes NULL.
 */
int ring_create(size_t bytes, struct ring **out);
void ring_destroy(struct ring *r);

/*
 * What another process needs to join a ring that nobody has used yet, and stays
 * the ring's; not behind ring_keep().  ring_join() takes descriptors over, if
 * it succeeds: ERR_NO_MEM, ERR_IO, ERR_DEVICE when they are no ring's.
 */
void ring_fds(const struct ring *r, int fd[RING_FDS]);
int ring_join(const int fd[RING_FDS], struct ring **out);

/* Processes forked from now on do not see the ring. */
void ring_keep(struct ring *r);

/* Descriptors to poll for POLLIN: something to get, or room to put. */
int ring_data_fd(const struct ring *r);
int ring_room_fd(const struct ring *r);

/*
 * Producer: copies a message in.  1, or 0 when there is no room now (poll
 * ring_room_fd() and try again); ERR_CAPACITY when it can never fit, ERR_DEVICE
 * when the consumer has broken the ring.
 */
int ring_put(struct ring *r, uint32_t type, const void *data, size_t n);

/*
 * The same in two steps, so that the other side is woken once for several
 * messages: it sees none of them before ring_flush().
 */
int ring_add(struct ring *r, uint32_t type, const void *data, size_t n);
void ring_flush(struct ring *r);

/*
 * Consumer: copies the next message to data[cap].  1, or 0 when there is none
 * now (poll ring_data_fd()); ERR_DEVICE when the producer has broken the ring
 * or the message is longer than 'cap'.
 */
int ring_get(struct ring *r, uint32_t *type, void *data, size_t cap, size_t *n);

/* The same in two steps: the room is the producer's from ring_release() on. */
int ring_next(struct ring *r, uint32_t *type, void *data, size_t cap,
              size_t *n);
void ring_release(struct ring *r);

#endif
