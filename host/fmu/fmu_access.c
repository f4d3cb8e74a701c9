/*
 * fmu_access.c - the variables of an instance, read and written.  A call that
 * sets checks all it is given before it changes anything.
 */
#include "host/fmu/fmu_instance.h"

FMI3_EXPORT fmi3GetFloat64TYPE fmi3GetFloat64;
FMI3_EXPORT fmi3GetUInt32TYPE fmi3GetUInt32;
FMI3_EXPORT fmi3SetUInt32TYPE fmi3SetUInt32;
FMI3_EXPORT fmi3GetUInt64TYPE fmi3GetUInt64;
FMI3_EXPORT fmi3SetUInt64TYPE fmi3SetUInt64;
FMI3_EXPORT fmi3GetBinaryTYPE fmi3GetBinary;
FMI3_EXPORT fmi3SetBinaryTYPE fmi3SetBinary;

static size_t n_values_of(const struct fmu_var *v)
{
    return v->table != NULL ? (size_t)v->table->depth * v->table->words : 1;
}

/* Variable 'ref' for a call that has values left for 'n_left' numbers. */
static bool find(const struct fmu *f, const char *call, uint32_t ref,
                 size_t n_left, struct fmu_var *v)
{
    if (!fmu_var_find(fmu_fn.csr, ref, v)) {
        (void)fmu_say(f, "%s: no variable %u", call, ref);
        return false;
    }
    if (n_left < n_values_of(v)) {
        (void)fmu_say(f, "%s: %s has %zu values, %zu are left", call, v->name,
                      n_values_of(v), n_left);
        return false;
    }
    return true;
}

static fmi3Status wrong_type(const struct fmu *f, const char *call,
                             const struct fmu_var *v)
{
    return fmu_say(f, "%s: %s is of another type", call, v->name);
}

/* All of the values must have been used. */
static fmi3Status check_end(const struct fmu *f, const char *call, size_t used,
                            size_t n_values)
{
    return used == n_values ? fmi3OK
                            : fmu_say(f, "%s: %zu values, expected %zu", call,
                                      n_values, used);
}

fmi3Status fmi3GetFloat64(fmi3Instance instance,
                          const fmi3ValueReference refs[], size_t n_refs,
                          fmi3Float64 values[], size_t n_values)
{
    const struct fmu *f = instance;
    struct fmu_var v;

    for (size_t k = 0; k < n_refs; k++) {
        if (!find(f, __func__, refs[k], n_values - k, &v)) {
            return fmi3Error;
        }
        if (v.ref != FMU_TIME) {
            return wrong_type(f, __func__, &v);
        }
        values[k] = (double)f->io.item;
    }
    return check_end(f, __func__, n_refs, n_values);
}

/* A register's value or all words of a table. */
static int get_words(const struct fmu *f, const struct fmu_var *v,
                     uint32_t *values, size_t n)
{
    if (v->table == NULL) {
        return body_read(f->body, v->ref, values);
    }
    int err = body_write(f->body, CSR_WINDOW_INDEX,
                         csr_window(v->ref - FMU_TABLE, 0));
    return err < 0 ? err : body_read_n(f->body, CSR_WINDOW_DATA, values, n);
}

fmi3Status fmi3GetUInt32(fmi3Instance instance, const fmi3ValueReference refs[],
                         size_t n_refs, fmi3UInt32 values[], size_t n_values)
{
    const struct fmu *f = instance;
    size_t at = 0;

    for (size_t k = 0; k < n_refs; k++) {
        struct fmu_var v;
        if (!find(f, __func__, refs[k], n_values - at, &v)) {
            return fmi3Error;
        }
        size_t n = n_values_of(&v);
        if (v.ref == FMU_DIGEST_IN || v.ref == FMU_DIGEST_OUT) {
            values[at] =
                v.ref == FMU_DIGEST_IN ? f->io.digest_in : f->io.digest_out;
        } else if (v.reg == NULL && v.table == NULL) {
            return wrong_type(f, __func__, &v);
        } else if (get_words(f, &v, values + at, n) < 0) {
            return fmu_say(f, "%s: %s cannot be read", __func__, v.name);
        }
        at += n;
    }
    return check_end(f, __func__, at, n_values);
}

/*
 * True when the importer may set 'v' now: parameters always, what the function
 * counts until it begins.
 */
static bool is_open(const struct fmu *f, const struct fmu_var *v)
{
    bool parameter =
        v->table != NULL || (v->reg != NULL && v->reg->access == CSR_RW);
    bool counted = v->reg != NULL && (v->reg->access == CSR_COUNT ||
                                      v->reg->access == CSR_STICKY);

    return (parameter && f->io.mode != FMU_ENDED) ||
           (counted && f->io.mode < FMU_STEPPING);
}

static int set_words(const struct fmu *f, const struct fmu_var *v,
                     const uint32_t *values, size_t n)
{
    if (v->table == NULL) {
        return body_write(f->body, v->ref, values[0]);
    }
    int err = body_write(f->body, CSR_WINDOW_INDEX,
                         csr_window(v->ref - FMU_TABLE, 0));
    return err < 0 ? err : body_write_n(f->body, CSR_WINDOW_DATA, values, n);
}

fmi3Status fmi3SetUInt32(fmi3Instance instance, const fmi3ValueReference refs[],
                         size_t n_refs, const fmi3UInt32 values[],
                         size_t n_values)
{
    const struct fmu *f = instance;
    struct fmu_var v;
    size_t at = 0;

    for (size_t k = 0; k < n_refs; k++, at += n_values_of(&v)) {
        if (!find(f, __func__, refs[k], n_values - at, &v)) {
            return fmi3Error;
        }
        if (!is_open(f, &v)) {
            return fmu_say(f, "%s: %s cannot be set now", __func__, v.name);
        }
        if (v.reg != NULL && (values[at] & ~v.reg->mask) != 0) {
            return fmu_say(f, "%s: %s is 0x%x, expected no bits but 0x%x",
                           __func__, v.name, values[at], v.reg->mask);
        }
    }
    fmi3Status status = check_end(f, __func__, at, n_values);
    at = 0;
    for (size_t k = 0; status == fmi3OK && k < n_refs; k++) {
        (void)fmu_var_find(fmu_fn.csr, refs[k], &v); /* found before */
        if (set_words(f, &v, values + at, n_values_of(&v)) < 0) {
            status = fmu_say(f, "%s: %s cannot be written", __func__, v.name);
        }
        at += n_values_of(&v);
    }
    return status;
}

fmi3Status fmi3GetUInt64(fmi3Instance instance, const fmi3ValueReference refs[],
                         size_t n_refs, fmi3UInt64 values[], size_t n_values)
{
    const struct fmu *f = instance;
    struct fmu_var v;

    for (size_t k = 0; k < n_refs; k++) {
        if (!find(f, __func__, refs[k], n_values - k, &v)) {
            return fmi3Error;
        }
        if (v.ref != FMU_IN_USER && v.ref != FMU_OUT_USER) {
            return wrong_type(f, __func__, &v);
        }
        values[k] = v.ref == FMU_IN_USER ? f->io.in_user : f->io.out_user;
    }
    return check_end(f, __func__, n_refs, n_values);
}

fmi3Status fmi3SetUInt64(fmi3Instance instance, const fmi3ValueReference refs[],
                         size_t n_refs, const fmi3UInt64 values[],
                         size_t n_values)
{
    struct fmu *f = instance;
    struct fmu_var v;

    for (size_t k = 0; k < n_refs; k++) {
        if (!find(f, __func__, refs[k], n_values - k, &v)) {
            return fmi3Error;
        }
        if (v.ref != FMU_IN_USER || f->io.mode == FMU_ENDED) {
            return fmu_say(f, "%s: %s cannot be set now", __func__, v.name);
        }
        if (values[k] >> FMU_USER_BITS != 0) {
            return fmu_say(f, "%s: %s has more than %d bits", __func__, v.name,
                           FMU_USER_BITS);
        }
    }
    fmi3Status status = check_end(f, __func__, n_refs, n_values);
    if (status == fmi3OK && n_refs > 0) {
        f->io.in_user = values[n_refs - 1]; /* there is one such variable */
    }
    return status;
}

fmi3Status fmi3GetBinary(fmi3Instance instance, const fmi3ValueReference refs[],
                         size_t n_refs, size_t sizes[], fmi3Binary values[],
                         size_t n_values)
{
    const struct fmu *f = instance;
    struct fmu_var v;

    for (size_t k = 0; k < n_refs; k++) {
        if (!find(f, __func__, refs[k], n_values - k, &v)) {
            return fmi3Error;
        }
        if (v.ref != FMU_IN && v.ref != FMU_OUT) {
            return wrong_type(f, __func__, &v);
        }
        sizes[k] = v.ref == FMU_IN ? f->io.in_bytes : f->io.out_bytes;
        values[k] = v.ref == FMU_IN ? f->io.in : f->io.out;
    }
    return check_end(f, __func__, n_refs, n_values);
}

fmi3Status fmi3SetBinary(fmi3Instance instance, const fmi3ValueReference refs[],
                         size_t n_refs, const size_t sizes[],
                         const fmi3Binary values[], size_t n_values)
{
    struct fmu *f = instance;
    size_t item = fmu_fn.csr->in == FN_PKT ? 1 : sizeof(struct iq16);
    struct fmu_var v;

    for (size_t k = 0; k < n_refs; k++) {
        if (!find(f, __func__, refs[k], n_values - k, &v)) {
            return fmi3Error;
        }
        if (v.ref != FMU_IN || f->io.mode == FMU_ENDED) {
            return fmu_say(f, "%s: %s cannot be set now", __func__, v.name);
        }
        if (sizes[k] > fmu_max_bytes(fmu_fn.csr) || sizes[k] % item != 0) {
            return fmu_say(f,
                           "%s: %zu bytes, expected at most %zu, a multiple of "
                           "%zu",
                           __func__, sizes[k], fmu_max_bytes(fmu_fn.csr), item);
        }
    }
    fmi3Status status = check_end(f, __func__, n_refs, n_values);
    if (status == fmi3OK && n_refs > 0) { /* there is one such variable */
        size_t n = sizes[n_refs - 1];
        if (n > 0) {
            memmove(f->io.in, values[n_refs - 1], n); /* it may be ours */
        }
        f->io.in_bytes = (uint32_t)n;
    }
    return status;
}
