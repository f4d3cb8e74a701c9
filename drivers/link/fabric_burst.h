/*
 * fabric_burst.h - packets on their way through a slot: collected as they come
 * in pieces, run as one burst, and given back one by one.
 */
#ifndef DRIVERS_LINK_FABRIC_BURST_H
#define DRIVERS_LINK_FABRIC_BURST_H

#include "core/body.h"
#include "drivers/link/record.h"

struct fabric_burst;

/* NULL without memory.  fabric_burst_destroy() takes NULL. */
struct fabric_burst *fabric_burst_create(void);
void fabric_burst_destroy(struct fabric_burst *b);

void fabric_burst_reset(struct fabric_burst *b);

/*
 * Where the next bytes of the packet go, for a function that takes 'type': at
 * most '*n', at least one if that was not 0.  NULL when there is no room: run
 * the packets held first, and when none are held it is longer than any packet.
 */
uint8_t *fabric_burst_room(struct fabric_burst *b, enum fn_type type,
                           size_t *n);

/* So many bytes have been put there. */
void fabric_burst_add(struct fabric_burst *b, size_t n);

/* The packet is whole; false, and it is forgotten, when it cannot be one. */
bool fabric_burst_end(struct fabric_burst *b, uint64_t user);

/* Forgets the packet that is not whole. */
void fabric_burst_forget(struct fabric_burst *b);

/* Whole packets, and whether they must be run before another comes. */
size_t fabric_burst_held(const struct fabric_burst *b);
bool fabric_burst_full(const struct fabric_burst *b);

/* Runs them: errors of body_run(); what came until then is answered. */
int fabric_burst_run(struct fabric_burst *b, struct body *body);

/* Forgets them. */
void fabric_burst_drop(struct fabric_burst *b);

/* The next packet to answer with; false when there are no more. */
bool fabric_burst_answer(struct fabric_burst *b, struct record *r,
                         const uint8_t **data, size_t *n);

#endif
