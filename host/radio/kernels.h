/*
 * kernels.h - the functions that do blocks of receivers' work (fn_kernel in
 * core/fn.h), each a node of its own: C body, slot of a device and twin, moved
 * while a recording is read.
 */
#ifndef HOST_RADIO_KERNELS_H
#define HOST_RADIO_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/chain/chain.h"
#include "host/chain/report.h"

/* Name number k of all functions that can be one, of receivers and of front
 * ends; NULL behind the last. */
const char *kernels_name(size_t k);

enum { KERNELS_MAX = 8, KERNELS_EVENTS_MAX = 64 };

/* One thing that is done at a sample: CHAIN_CONCRETIZE, CHAIN_VIRTUALIZE, or
 * CHAIN_FAULT, which inverts bit 'flip' in the kernel's slot. */
struct kernels_event {
    uint64_t at; /* sample of the recording */
    enum chain_action action;
    size_t kernel;
    const char *flip;
};

/* What the user wants; the names in it stay with the caller. */
struct kernels_plan {
    const struct fn *fn[KERNELS_MAX]; /* number k is slot k of the device */
    size_t n;
    struct kernels_event event[KERNELS_EVENTS_MAX]; /* by 'at', stable */
    size_t n_events;
    enum chain_twin twin;
    const char *device; /* its kind: driver.h; NULL: they stay in software */
    struct device_config config;
};

/*
 * Loads every kernel's image once and unloads it: what is missing is told
 * before anything is read.  Errors of device_load() and driver_open(), printed.
 */
int kernels_check(const struct kernels_plan *plan);

struct kernels;

/*
 * The kernels in their C bodies, for a recording of 'rate_hz'.  The device is
 * opened by the first move, so that processes forked before do not have it.
 * 'plan' and 'report' stay with the caller.  ERR_NO_MEM, printed.
 */
int kernels_open(const struct kernels_plan *plan, const struct report *report,
                 double rate_hz, struct kernels **out);

/* Number of the kernel that is function 'name', or -1. */
int kernels_find(const struct kernels *k, const char *name);

/* Writes to registers and tables of a kernel, before its next packet. */
void kernels_set(struct kernels *k, size_t kernel, const struct write_list *w);

/*
 * Does what is due for kernel number 'kernel' at 'time_s' of the recording,
 * then runs packets 'in' through it to 'out', as node_run() does.  False when
 * they were not all answered; an error is kept for the end.  Each kernel has a
 * time of its own: front ends are ahead of receivers.
 */
bool kernels_run(struct kernels *k, size_t kernel, double time_s,
                 const struct fn_span *in, struct fn_span *out);

/*
 * Reports what each has done and frees them; NULL is fine.  The first error of
 * the runs before.
 */
int kernels_close(struct kernels *k);

#endif
