/*
 * sim_chain.h - simulated slots in a line: the crossbar of the fabric, and runs
 * in which frames go from slot to slot without the host between them.
 *
 * A sim_chain belongs to one thread, as the slots do that are plugged into it.
 */
#ifndef SIM_SIM_CHAIN_H
#define SIM_SIM_CHAIN_H

#include "sim/crossbar.h"
#include "sim/sim.h"

struct sim_chain;

/*
 * Loads DIR/crossbar-wWIDTH.so and resets it.  ERR_MISSING when there is none,
 * ERR_DEVICE when it is no crossbar of that width and ABI; the message has been
 * printed.  sim_chain_close() unloads it and takes NULL.
 */
int sim_chain_open(const char *dir, uint32_t width_bits,
                   struct sim_chain **out);
void sim_chain_close(struct sim_chain *c);

/*
 * Sends all frames and collects what comes until nothing is inside; packets
 * that leave slot k go to next[k], a slot or CROSSBAR_HOST.  slots[k] NULL:
 * nothing is there.  ERR_NOT_FOUND when an entry or a route leads to no slot or
 * never to the host: nothing has been sent; ERR_HANG when everything stops,
 * with what came until then in 'job'; ERR_DEVICE when more frames than
 * job->cap_out come. After ERR_HANG and ERR_DEVICE frames may be left inside:
 * sim_chain_reset().
 */
int sim_chain_run(struct sim_chain *c, struct sim *const slots[CROSSBAR_SLOTS],
                  const uint8_t next[CROSSBAR_SLOTS], struct crossbar_job *job);

/* Throws away what is inside the crossbar; ERR_NO_MEM. */
int sim_chain_reset(struct sim_chain *c);

/* The calls of the image and its model, for who has slots of another kind. */
const struct crossbar_image *sim_chain_image_of(struct sim_chain *c,
                                                void **model);

#endif
