/*
 * memory.h - a wire within a process: two queues of bytes.  For tests, and for
 * a fabric that runs in the process of its host.
 */
#ifndef DRIVERS_TRANSPORT_MEMORY_H
#define DRIVERS_TRANSPORT_MEMORY_H

#include "drivers/transport/transport.h"

/*
 * Two ends of one wire, which holds 'bytes' each way, a power of two.
 * ERR_NO_MEM.
 */
int memory_pair(size_t bytes, struct transport **a, struct transport **b);

/*
 * What lives at the other end: while end 't' waits, step(ctx) is called once in
 * place of waiting; 1 when it did something.  When 't' closes, close(ctx) is
 * called, and may close the other end; NULL for nothing.
 */
struct memory_peer {
    int (*step)(void *ctx);
    void (*close)(void *ctx);
    void *ctx;
};

void memory_attach(struct transport *t, const struct memory_peer *peer);

#endif
