/*
 * fmu.h - a function as an FMU (FMI 3.0, co-simulation): its variables, and the
 * file that holds its C body as a shared object.
 *
 * Time is the number of the next item.  One communication step takes what the
 * input holds: one packet, and the step size is 1; or a burst of samples, and
 * the step size is their number.
 */
#ifndef HOST_FMU_FMU_H
#define HOST_FMU_FMU_H

#include "core/fn.h"

/* --- variables ------------------------------------------------------------ */

/*
 * Value references.  A register has its offset (0x80 and up), table t
 * FMU_TABLE + t.
 */
enum fmu_ref {
    FMU_TIME,    /* Float64, independent */
    FMU_IN,      /* Binary: a packet's bytes; samples as they are in memory */
    FMU_IN_USER, /* UInt64: tuser of the packet (core/pkt.h) */
    FMU_OUT,     /* what the function made of it */
    FMU_OUT_USER,
    FMU_DIGEST_IN, /* UInt32: core/digest.h of all items in and out */
    FMU_DIGEST_OUT,
    FMU_TABLE = 0x10,
};

struct fmu_var {
    uint32_t ref;
    const char *name;
    const char *help;
    const struct csr_reg *reg;     /* of a register, else NULL */
    const struct csr_table *table; /* of a table, else NULL */
};

/* True when both streams carry packets, or both samples of 16 bits. */
bool fmu_can(const struct csr_layout *l);

/* Variable number k in the order of the description; false beyond the last. */
bool fmu_var_at(const struct csr_layout *l, size_t k, struct fmu_var *out);

/* The variable with value reference 'ref'; false when there is none. */
bool fmu_var_find(const struct csr_layout *l, uint32_t ref,
                  struct fmu_var *out);

/* Most bytes of an input or output. */
size_t fmu_max_bytes(const struct csr_layout *l);

enum { FMU_TOKEN = 32 };

/* The instantiation token: it changes with function id and layout version. */
void fmu_token(const struct csr_layout *l, char token[FMU_TOKEN]);

/* --- export --------------------------------------------------------------- */

/*
 * modelDescription.xml and documentation/index.html of 'fn' as text to free;
 * ERR_NO_MEM.
 */
int fmu_description(const struct fn *fn, const char *tool, char **text);
int fmu_documentation(const struct fn *fn, char **text);

/*
 * Writes the FMU of 'fn' to file 'out', with the shared object that lies beside
 * the program.  The same function gives the same bytes.  A file of that name is
 * replaced when it is a zip archive, and only by a whole one.  With the message
 * printed: ERR_BAD_INPUT for streams that no FMU carries and for a file that is
 * no archive, ERR_MISSING without the shared object or when it is not of this
 * function or not whole, ERR_IO, ERR_NO_MEM.
 */
int fmu_export(const struct fn *fn, const char *tool, const char *out);

#endif
