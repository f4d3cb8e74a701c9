/* bus.h - what a self-test does on the register bus of the faulty slot. */
#ifndef HOST_CAMPAIGN_BUS_H
#define HOST_CAMPAIGN_BUS_H

#include "host/campaign/bed.h"

/*
 * A word and an address stay on the bus while traffic runs, and the window
 * somewhere: others for each of 32 'k'.  The word is written where nothing
 * takes it.  Errors of body_write().
 */
int bus_rest(struct bed *b, uint32_t k);

/* True when a setting or count of the function reads as another one than in the
 * sound slot, or not at all. */
bool bus_reads_wrong(struct bed *b);

/*
 * All that can be written is written again as it is, and all is read back; the
 * window is moved to each bit of its index, in both slots, and to what is in no
 * table; offsets of no register are tried.  True when something is not as the
 * twin, or the sound slot, has it, or does not answer.
 */
bool bus_wrong(struct bed *b);

/*
 * A reset of both slots; '*wrong' when a register is then not what it is in the
 * sound one, or the faulty one does not become what the twin is again.  Errors
 * of the sound slot.
 */
int bus_reset(struct bed *b, bool *wrong);

#endif
