/*
 * sim.h - simulated slots: images of the fabric, Verilated into shared objects
 * and loaded at run time.  Unloading one and loading another is the model of
 * partial reconfiguration.
 *
 * A sim belongs to one thread.  Errors are printed where they are found.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "sim/image.h"

struct sim;

/*
 * Loads the image at 'path', which has a '/', and resets it.  ERR_MISSING when
 * there is none, ERR_DEVICE when it is not one of that function, width and ABI.
 * A shared object runs code as it is loaded, and one cut short may end the
 * program: the caller has verified that it is what it should be
 * (drivers/image).  sim_close() unloads it and takes NULL.
 */
int sim_open(const char *path, const char *fn, uint32_t width_bits, bool faults,
             struct sim **out);
void sim_close(struct sim *s);

/* Register bus of the slot. ERR_HANG when it does not acknowledge. */
int sim_write(struct sim *s, uint32_t offset, uint32_t value);
int sim_read(struct sim *s, uint32_t offset, uint32_t *value);

/* The same n times over; see core/body.h. */
int sim_write_n(struct sim *s, uint32_t offset, const uint32_t *values,
                size_t n);
int sim_read_n(struct sim *s, uint32_t offset, uint32_t *values, size_t n);

/*
 * Sends all frames and collects what comes until nothing is inside.  ERR_HANG
 * when the slot stops, with what came until then in 'job'; ERR_DEVICE when it
 * gives more frames than job->cap_out.
 */
int sim_run(struct sim *s, struct sim_job *job);

/*
 * Moves the bytes of telemetry that came since, up to 'room', to 'to'; how
 * many.  The slot gives them when WINDOW is set (rtl/common.csr).
 */
size_t sim_telemetry(struct sim *s, uint8_t *to, size_t room);

/* The calls of the image and its model, for who clocks several together. */
const struct sim_image *sim_image_of(struct sim *s, void **model);

/*
 * Inverts the bit that 'where' names: "rule_q[7]", "hold.data.store.mem[3][7]"
 * (word, bit), by its path below the function's body, or "slot.mid_q[0]" for
 * the slot's own registers.  ERR_NOT_FOUND, with the registers there are
 * printed; ERR_MISSING in an image without faults.
 */
int sim_flip(struct sim *s, const char *where);

/* Calls fn(ctx, name, words, bits) for each register of an image with faults;
 * names are as sim_flip() takes them. */
void sim_list(struct sim *s, sim_list_fn *fn, void *ctx);

/*
 * For fault campaigns, in images with faults; the registers are numbered as
 * sim_list() lists them.
 *
 * sim_arm(): 'f' strikes in mid-run; a stuck bit stays so until sim_copy().
 * ERR_NOT_FOUND without such a bit, ERR_MISSING in an image without faults.
 * sim_copy(): 's' is from now on what 'from', a slot with the same image, is.
 * sim_differs(): the first register from 'reg' on in which they differ, or -1.
 * sim_clocks(): clocks since the slot was loaded.
 */
int sim_arm(struct sim *s, const struct sim_fault *f);
void sim_copy(struct sim *s, const struct sim *from);
long sim_differs(const struct sim *s, const struct sim *other, uint32_t reg);
uint64_t sim_clocks(const struct sim *s);

/* How many mutants an image has, 0 for most; and which of them the slot is
 * from now on, 0 for none. */
uint32_t sim_mutants(const struct sim *s);
void sim_mutate(struct sim *s, uint32_t mutant);

#endif
