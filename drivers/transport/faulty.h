/*
 * faulty.h - a wire that fails, for tests: what is written to it reaches the
 * one it wraps with faults, the same ones for the same seed and the same calls.
 */
#ifndef DRIVERS_TRANSPORT_FAULTY_H
#define DRIVERS_TRANSPORT_FAULTY_H

#include "drivers/transport/transport.h"

enum faulty_kind {
    FAULTY_DROP,    /* a chunk is lost */
    FAULTY_REPEAT,  /* a chunk comes twice */
    FAULTY_FLIP,    /* 1 to 4 bits of a chunk are inverted */
    FAULTY_CUT,     /* a chunk loses its end */
    FAULTY_DELAY,   /* a chunk comes again some chunks later */
    FAULTY_GARBAGE, /* 1 to 256 random bytes come before a chunk */
    FAULTY_KINDS,
};

enum { FAULTY_CHUNK = 1500 }; /* most bytes between two chances of a fault */

struct faulty_config {
    uint64_t seed;
    uint32_t permille; /* of chunks that suffer a fault */
};

struct faulty_counters {
    uint64_t chunks;
    uint64_t injected[FAULTY_KINDS];
};

/* Wraps 'inner' and owns it, also on an error.  ERR_NO_MEM. */
int faulty_open(struct transport *inner, const struct faulty_config *config,
                struct transport **out);

struct faulty_counters faulty_counted(const struct transport *t);

/*
 * The faults alone: the bytes that become of a chunk of n <= FAULTY_CHUNK
 * bytes, in out[FAULTY_OUT].
 */
enum { FAULTY_OUT = 3 * FAULTY_CHUNK + 256 };

struct faulty;

struct faulty *faulty_create(const struct faulty_config *config);
void faulty_destroy(struct faulty *f);
size_t faulty_pass(struct faulty *f, const uint8_t *chunk, size_t n,
                   uint8_t *out);
const struct faulty_counters *faulty_of(const struct faulty *f);

/* "drop" and kin, by kind. */
extern const char *const faulty_names[FAULTY_KINDS];

#endif
