/*
 * fmu_instance.h - one instance of an FMU, inside its shared object.
 *
 * The object holds the C body of one function and exports the names that begin
 * with fmi3, nothing else.  Instances share nothing; each belongs to one thread
 * at a time.
 */
#ifndef HOST_FMU_FMU_INSTANCE_H
#define HOST_FMU_FMU_INSTANCE_H

#include "core/body.h"
#include "host/fmu/fmi3.h"
#include "host/fmu/fmu.h"

#define FMI3_EXPORT __attribute__((visibility("default")))

/* The function inside: the build defines this name as that of the function. */
extern const struct fn fmu_fn;

enum fmu_mode { FMU_INSTANTIATED, FMU_INITIALIZING, FMU_STEPPING, FMU_ENDED };

enum { FMU_USER_BITS = 48 }; /* of tuser */

/* Everything that is state beside that of the body. */
struct fmu_io {
    enum fmu_mode mode;
    uint64_t item; /* number of the next one: the time */
    uint64_t in_user, out_user;
    uint32_t digest_in, digest_out;
    uint32_t in_bytes, out_bytes;
    uint8_t *in, *out; /* [fmu_max_bytes()], in a saved state [in_bytes]... */
};

struct fmu {
    struct body *body;
    struct fmu_io io;
    fmi3InstanceEnvironment environment;
    fmi3LogMessageCallback log;
};

/* Hands one line to the importer's log; returns fmi3Error. */
__attribute__((format(printf, 2, 3))) fmi3Status fmu_say(const struct fmu *f,
                                                         const char *fmt, ...);

#endif
