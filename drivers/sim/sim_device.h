/* sim_device.h - the Verilated fabric as a device: slots that hold images. */
#ifndef DRIVERS_SIM_SIM_DEVICE_H
#define DRIVERS_SIM_SIM_DEVICE_H

#include "core/device.h"
#include "sim/sim.h"

/* ERR_NO_MEM; ERR_MISSING when no folder of images can be found. */
int sim_device_open(const struct device_config *config, struct device **out);

/* The simulated slot itself, for benches; NULL when nothing is loaded. */
struct sim *sim_device_slot(struct device *d, uint32_t slot);

#endif
