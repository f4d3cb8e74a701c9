/* fmu.c - instances of an FMU: made, initialized, stepped, freed. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/digest.h"
#include "host/fmu/fmu_instance.h"

static const char category[] = "logStatusError";

/* Doubles count items exactly up to here. */
static const double time_max = 9007199254740992.0; /* 2^53 */

fmi3Status fmu_say(const struct fmu *f, const char *fmt, ...)
{
    char line[256];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args); /* a cut line still helps */
    va_end(args);
    if (f->log != NULL) {
        f->log(f->environment, fmi3Error, category, line);
    }
    return fmi3Error;
}

FMI3_EXPORT fmi3GetVersionTYPE fmi3GetVersion;
FMI3_EXPORT fmi3SetDebugLoggingTYPE fmi3SetDebugLogging;
FMI3_EXPORT fmi3InstantiateCoSimulationTYPE fmi3InstantiateCoSimulation;
FMI3_EXPORT fmi3FreeInstanceTYPE fmi3FreeInstance;
FMI3_EXPORT fmi3EnterInitializationModeTYPE fmi3EnterInitializationMode;
FMI3_EXPORT fmi3ExitInitializationModeTYPE fmi3ExitInitializationMode;
FMI3_EXPORT fmi3TerminateTYPE fmi3Terminate;
FMI3_EXPORT fmi3ResetTYPE fmi3Reset;
FMI3_EXPORT fmi3DoStepTYPE fmi3DoStep;

const char *fmi3GetVersion(void)
{
    return "3.0";
}

/* Errors are logged whatever 'on' says; there is nothing else to log. */
fmi3Status fmi3SetDebugLogging(fmi3Instance instance, fmi3Boolean on,
                               size_t n_categories,
                               const fmi3String categories[])
{
    (void)on;
    for (size_t k = 0; k < n_categories; k++) {
        if (strcmp(categories[k], category) != 0) {
            return fmu_say(instance,
                           "fmi3SetDebugLogging: no category '%.64s', "
                           "expected %s",
                           categories[k], category);
        }
    }
    return fmi3OK;
}

/* A body at reset and the start values; the buffers stay. */
static int fmu_start(struct fmu *f)
{
    struct body *body;
    int err = body_open_c(&fmu_fn, &body);

    if (err < 0) {
        return err;
    }
    body_close(f->body);
    f->body = body;
    f->io = (struct fmu_io){.in = f->io.in, .out = f->io.out};
    if (fmu_fn.csr->in == FN_IQ16) {
        f->io.in_bytes = sizeof(struct iq16); /* the start value: one 0 */
        memset(f->io.in, 0, f->io.in_bytes);
    }
    return 0;
}

void fmi3FreeInstance(fmi3Instance instance)
{
    struct fmu *f = instance;

    if (f != NULL) {
        body_close(f->body);
        free(f->io.in);
        free(f->io.out);
        free(f);
    }
}

fmi3Instance fmi3InstantiateCoSimulation(
    fmi3String instance_name, fmi3String instantiation_token,
    fmi3String resource_path, fmi3Boolean visible, fmi3Boolean logging_on,
    fmi3Boolean event_mode_used, fmi3Boolean early_return_allowed,
    const fmi3ValueReference required_intermediate[],
    size_t n_required_intermediate, fmi3InstanceEnvironment environment,
    fmi3LogMessageCallback log_message,
    fmi3IntermediateUpdateCallback intermediate_update)
{
    struct fmu first = {.environment = environment, .log = log_message};
    struct fmu *f = calloc(1, sizeof *f);
    char token[FMU_TOKEN];

    (void)instance_name, (void)resource_path, (void)visible, (void)logging_on;
    (void)early_return_allowed, (void)required_intermediate;
    (void)intermediate_update;
    fmu_token(fmu_fn.csr, token);
    if (instantiation_token == NULL ||
        strcmp(instantiation_token, token) != 0) {
        (void)fmu_say(&first, "instantiation token '%.64s', expected %s",
                      instantiation_token != NULL ? instantiation_token : "",
                      token);
        free(f);
        return NULL;
    }
    if (event_mode_used || n_required_intermediate > 0) {
        (void)fmu_say(&first, "no event mode and no intermediate update here");
        free(f);
        return NULL;
    }
    if (f != NULL) {
        *f = first;
        f->io.in = malloc(fmu_max_bytes(fmu_fn.csr));
        f->io.out = malloc(fmu_max_bytes(fmu_fn.csr));
    }
    if (f == NULL || f->io.in == NULL || f->io.out == NULL ||
        fmu_start(f) < 0) {
        (void)fmu_say(&first, "not enough memory");
        fmi3FreeInstance(f);
        return NULL;
    }
    return f;
}

fmi3Status fmi3EnterInitializationMode(fmi3Instance instance,
                                       fmi3Boolean tolerance_defined,
                                       fmi3Float64 tolerance,
                                       fmi3Float64 start_time,
                                       fmi3Boolean stop_time_defined,
                                       fmi3Float64 stop_time)
{
    struct fmu *f = instance;

    (void)tolerance_defined, (void)tolerance;
    (void)stop_time_defined, (void)stop_time;
    if (f->io.mode != FMU_INSTANTIATED) {
        return fmu_say(f, "fmi3EnterInitializationMode: initialized already");
    }
    if (!(start_time >= 0 && start_time <= time_max) ||
        (double)(uint64_t)start_time != start_time) {
        return fmu_say(f,
                       "start time %g, expected the number of an item, a whole "
                       "number from 0 on",
                       start_time);
    }
    f->io.item = (uint64_t)start_time;
    f->io.mode = FMU_INITIALIZING;
    return fmi3OK;
}

fmi3Status fmi3ExitInitializationMode(fmi3Instance instance)
{
    struct fmu *f = instance;

    if (f->io.mode != FMU_INITIALIZING) {
        return fmu_say(f, "fmi3ExitInitializationMode: not initializing");
    }
    f->io.mode = FMU_STEPPING;
    return fmi3OK;
}

fmi3Status fmi3Terminate(fmi3Instance instance)
{
    struct fmu *f = instance;

    if (f->io.mode != FMU_STEPPING) {
        return fmu_say(f, "fmi3Terminate: not stepping");
    }
    f->io.mode = FMU_ENDED;
    return fmi3OK;
}

fmi3Status fmi3Reset(fmi3Instance instance)
{
    struct fmu *f = instance;

    return fmu_start(f) < 0 ? fmu_say(f, "fmi3Reset: not enough memory")
                            : fmi3OK;
}

/* Runs 'in' through the body and adds both to the digests. */
static int run(struct fmu *f, const struct fn_span *in, struct fn_span *out)
{
    f->io.digest_in = digest_span(f->io.digest_in, in);
    int err = body_run(f->body, in, out);
    if (err == 0) {
        f->io.digest_out = digest_span(f->io.digest_out, out);
    }
    return err;
}

static int run_packet(struct fmu *f)
{
    struct fmu_io *io = &f->io;
    struct pkt x = {.data = io->in,
                    .len_bytes = io->in_bytes,
                    .room_bytes = FN_PKT_BYTES,
                    .wire_bytes = io->in_bytes,
                    .item = io->item};
    struct pkt y = {.data = io->out, .room_bytes = FN_PKT_BYTES};
    struct fn_span in = {FN_PKT, &x, 1, 1, io->item};
    struct fn_span out = {FN_PKT, &y, 0, 1, io->item};

    pkt_set_user(&x, io->in_user);
    int err = run(f, &in, &out);
    if (err == 0) {
        io->out_bytes = y.len_bytes;
        io->out_user = pkt_user(&y);
    }
    return err;
}

static int run_samples(struct fmu *f)
{
    struct fmu_io *io = &f->io;
    size_t n = io->in_bytes / sizeof(struct iq16);
    struct fn_span in = {FN_IQ16, io->in, n, FN_BURST_IQ, io->item};
    struct fn_span out = {FN_IQ16, io->out, 0, FN_BURST_IQ, io->item};

    int err = run(f, &in, &out);
    if (err == 0) {
        io->out_bytes = (uint32_t)(out.n * sizeof(struct iq16));
    }
    return err;
}

fmi3Status fmi3DoStep(fmi3Instance instance, fmi3Float64 point,
                      fmi3Float64 step_size,
                      fmi3Boolean no_set_state_prior_to_point,
                      fmi3Boolean *event_handling_needed,
                      fmi3Boolean *terminate_simulation,
                      fmi3Boolean *early_return,
                      fmi3Float64 *last_successful_time)
{
    struct fmu *f = instance;
    bool packets = fmu_fn.csr->in == FN_PKT;
    uint32_t n = packets ? 1 : f->io.in_bytes / (uint32_t)sizeof(struct iq16);

    (void)no_set_state_prior_to_point;
    *event_handling_needed = false;
    *terminate_simulation = false;
    *early_return = false;
    *last_successful_time = (double)f->io.item;
    if (f->io.mode != FMU_STEPPING) {
        return fmu_say(f, "fmi3DoStep: not stepping");
    }
    if (n == 0) {
        return fmu_say(f, "fmi3DoStep: the input holds no sample");
    }
    if (point != (double)f->io.item) {
        return fmu_say(f, "communication point %g, expected %g, the next item",
                       point, (double)f->io.item);
    }
    if (step_size != n || point + step_size > time_max) {
        return fmu_say(f, "step size %g, expected %u, the items of the input",
                       step_size, n);
    }
    if ((packets ? run_packet : run_samples)(f) < 0) {
        return fmu_say(f, "fmi3DoStep: the function failed");
    }
    f->io.item += n;
    *last_successful_time = (double)f->io.item;
    return fmi3OK;
}
