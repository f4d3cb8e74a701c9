/*
 * kernel_call.h - packets for a kernel, and its answers, as messages between a
 * machine and its starter.
 *
 * A message is the head, little-endian as the machine is, the length of each
 * packet in 32 bits, and their bytes.
 */
#ifndef HOST_RADIO_KERNEL_CALL_H
#define HOST_RADIO_KERNEL_CALL_H

#include "core/fn.h"

struct kernel_call {
    uint32_t kernel; /* number in struct fn.kernels of the receiver */
    uint32_t n;      /* packets */
    double time_s;   /* of the stream: samples before this one come first */
};

/*
 * Writes 'c' and the c->n packets at 'p' to to[room]; how many bytes, or 0
 * when they do not fit.
 */
size_t kernel_call_write(const struct kernel_call *c, const struct pkt *p,
                         void *to, size_t room);

/*
 * Reads a message of 'n' bytes at 'from', which may be anything: '*c', and
 * packets p[FN_BURST_PKT], whose bytes stay in it.  False: it is none.
 */
bool kernel_call_read(void *from, size_t n, struct kernel_call *c,
                      struct pkt *p);

#endif
