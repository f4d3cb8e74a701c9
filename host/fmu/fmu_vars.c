/* fmu_vars.c - the variables of a function, for the description and the code.
 */
#include <stdio.h>

#include "host/fmu/fmu.h"

bool fmu_can(const struct csr_layout *l)
{
    return l->in == l->out && (l->in == FN_PKT || l->in == FN_IQ16);
}

size_t fmu_max_bytes(const struct csr_layout *l)
{
    return l->in == FN_PKT ? (size_t)FN_PKT_BYTES
                           : FN_BURST_IQ * sizeof(struct iq16);
}

void fmu_token(const struct csr_layout *l, char token[FMU_TOKEN])
{
    (void)snprintf(token, FMU_TOKEN, "precast-%08x-%08x", l->id,
                   l->version); /* fits */
}

static const struct fmu_var streams[] = {
    {FMU_TIME, "time", "Number of the next item", NULL, NULL},
    {FMU_IN, "in", "Input of the next step", NULL, NULL},
    {FMU_IN_USER, "in_user",
     "Metadata of the input packet: in port 8, out port 8, mark 16, flags 16 "
     "bits",
     NULL, NULL},
    {FMU_OUT, "out", "Output of the last step", NULL, NULL},
    {FMU_OUT_USER, "out_user", "Metadata of the output packet", NULL, NULL},
    {FMU_DIGEST_IN, "digest_in", "Digest of all items taken", NULL, NULL},
    {FMU_DIGEST_OUT, "digest_out", "Digest of all items given", NULL, NULL},
};

enum { N_STREAMS = sizeof streams / sizeof streams[0] };

/* Samples have no metadata, and the table window is how registers reach tables:
 * here they are variables. */
static bool is_left_out(const struct csr_layout *l, const struct fmu_var *v)
{
    return (l->in != FN_PKT &&
            (v->ref == FMU_IN_USER || v->ref == FMU_OUT_USER)) ||
           v->ref == CSR_WINDOW_INDEX;
}

bool fmu_var_at(const struct csr_layout *l, size_t k, struct fmu_var *out)
{
    size_t n = N_STREAMS + l->n_regs + l->n_tables;

    for (size_t at = 0; at < n; at++) {
        struct fmu_var v;
        if (at < N_STREAMS) {
            v = streams[at];
        } else if (at < N_STREAMS + l->n_regs) {
            const struct csr_reg *r = &l->regs[at - N_STREAMS];
            v = (struct fmu_var){r->offset, r->name, r->help, r, NULL};
        } else {
            size_t t = at - N_STREAMS - l->n_regs;
            const struct csr_table *table = &l->tables[t];
            v = (struct fmu_var){FMU_TABLE + (uint32_t)t, table->name,
                                 table->help, NULL, table};
        }
        if (!is_left_out(l, &v) && k-- == 0) {
            *out = v;
            return true;
        }
    }
    return false;
}

bool fmu_var_find(const struct csr_layout *l, uint32_t ref, struct fmu_var *out)
{
    struct fmu_var v;

    for (size_t k = 0; fmu_var_at(l, k, &v); k++) {
        if (v.ref == ref) {
            *out = v;
            return true;
        }
    }
    return false;
}
