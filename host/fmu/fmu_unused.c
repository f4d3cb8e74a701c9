/*
 * fmu_unused.c - the functions of the standard that an importer may look for
 * and that have nothing to do here: there are no variables of these types, no
 * clocks, no derivatives, no events and no structural parameters.  Each says so
 * in the log; getters and setters of no variable at all succeed.
 */
#include "host/fmu/fmu_instance.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

static fmi3Status unused(const struct fmu *f, const char *call, size_t n_refs)
{
    return n_refs == 0
               ? fmi3OK
               : fmu_say(f, "%s: nothing of that kind in this FMU", call);
}

#define SETTER(T)                                                         \
    FMI3_EXPORT fmi3Set##T##TYPE fmi3Set##T;                              \
    fmi3Status fmi3Set##T(fmi3Instance instance,                          \
                          const fmi3ValueReference refs[], size_t n_refs, \
                          const fmi3##T values[], size_t n_values)        \
    {                                                                     \
        return unused(instance, __func__, n_refs);                        \
    }
#define GETTER(T)                                                         \
    FMI3_EXPORT fmi3Get##T##TYPE fmi3Get##T;                              \
    fmi3Status fmi3Get##T(fmi3Instance instance,                          \
                          const fmi3ValueReference refs[], size_t n_refs, \
                          fmi3##T values[], size_t n_values)              \
    {                                                                     \
        return unused(instance, __func__, n_refs);                        \
    }

SETTER(Float64)
SETTER(Float32)
GETTER(Float32)
SETTER(Int8)
GETTER(Int8)
SETTER(UInt8)
GETTER(UInt8)
SETTER(Int16)
GETTER(Int16)
SETTER(UInt16)
GETTER(UInt16)
SETTER(Int32)
GETTER(Int32)
SETTER(Int64)
GETTER(Int64)
SETTER(Boolean)
GETTER(Boolean)
SETTER(String)
GETTER(String)

#define MODE(M)                        \
    FMI3_EXPORT fmi3##M##TYPE fmi3##M; \
    fmi3Status fmi3##M(fmi3Instance f) \
    {                                  \
        return unused(f, __func__, 1); \
    }

MODE(EnterEventMode)
MODE(EnterStepMode)
MODE(EvaluateDiscreteStates)
MODE(EnterConfigurationMode)
MODE(ExitConfigurationMode)

/* The others, with parameters of their own; 'f' is the instance. */
#define OTHER(NAME, N_REFS, ...)              \
    FMI3_EXPORT fmi3Status NAME(__VA_ARGS__); \
    fmi3Status NAME(__VA_ARGS__)              \
    {                                         \
        return unused(f, __func__, N_REFS);   \
    }

#define REFS const fmi3ValueReference refs[], size_t n_refs

OTHER(fmi3UpdateDiscreteStates, 1, fmi3Instance f, fmi3Boolean *need_update,
      fmi3Boolean *terminate, fmi3Boolean *nominals_changed,
      fmi3Boolean *values_changed, fmi3Boolean *next_event_defined,
      fmi3Float64 *next_event)
OTHER(fmi3GetOutputDerivatives, n_refs, fmi3Instance f, REFS,
      const fmi3Int32 orders[], fmi3Float64 values[], size_t n_values)
OTHER(fmi3GetNumberOfVariableDependencies, 1, fmi3Instance f,
      fmi3ValueReference ref, size_t *n)
OTHER(fmi3GetVariableDependencies, 1, fmi3Instance f,
      fmi3ValueReference dependent, size_t dependent_index[],
      fmi3ValueReference independents[], size_t independent_index[],
      fmi3DependencyKind kinds[], size_t n)
OTHER(fmi3GetDirectionalDerivative, 1, fmi3Instance f,
      const fmi3ValueReference unknowns[], size_t n_unknowns,
      const fmi3ValueReference knowns[], size_t n_knowns,
      const fmi3Float64 seed[], size_t n_seed, fmi3Float64 sensitivity[],
      size_t n_sensitivity)
OTHER(fmi3GetAdjointDerivative, 1, fmi3Instance f,
      const fmi3ValueReference unknowns[], size_t n_unknowns,
      const fmi3ValueReference knowns[], size_t n_knowns,
      const fmi3Float64 seed[], size_t n_seed, fmi3Float64 sensitivity[],
      size_t n_sensitivity)

OTHER(fmi3GetClock, n_refs, fmi3Instance f, REFS, fmi3Clock values[])
OTHER(fmi3SetClock, n_refs, fmi3Instance f, REFS, const fmi3Clock values[])
OTHER(fmi3GetIntervalDecimal, n_refs, fmi3Instance f, REFS,
      fmi3Float64 intervals[], fmi3IntervalQualifier qualifiers[])
OTHER(fmi3GetIntervalFraction, n_refs, fmi3Instance f, REFS,
      fmi3UInt64 counters[], fmi3UInt64 resolutions[],
      fmi3IntervalQualifier qualifiers[])
OTHER(fmi3GetShiftDecimal, n_refs, fmi3Instance f, REFS, fmi3Float64 shifts[])
OTHER(fmi3GetShiftFraction, n_refs, fmi3Instance f, REFS, fmi3UInt64 counters[],
      fmi3UInt64 resolutions[])
OTHER(fmi3SetIntervalDecimal, n_refs, fmi3Instance f, REFS,
      const fmi3Float64 intervals[])
OTHER(fmi3SetIntervalFraction, n_refs, fmi3Instance f, REFS,
      const fmi3UInt64 counters[], const fmi3UInt64 resolutions[])
OTHER(fmi3SetShiftDecimal, n_refs, fmi3Instance f, REFS,
      const fmi3Float64 shifts[])
OTHER(fmi3SetShiftFraction, n_refs, fmi3Instance f, REFS,
      const fmi3UInt64 counters[], const fmi3UInt64 resolutions[])

/* --- other kinds of instances --------------------------------------------- */

#define NO_INSTANCE(NAME, ...)                                            \
    FMI3_EXPORT fmi3Instance NAME(__VA_ARGS__);                           \
    fmi3Instance NAME(__VA_ARGS__)                                        \
    {                                                                     \
        struct fmu f = {.environment = environment, .log = log_message};  \
        (void)fmu_say(&f, "%s: this FMU is for co-simulation", __func__); \
        return NULL;                                                      \
    }
#define HEAD                                                     \
    fmi3String name, fmi3String token, fmi3String resource_path, \
        fmi3Boolean visible, fmi3Boolean logging_on,             \
        fmi3InstanceEnvironment environment,                     \
        fmi3LogMessageCallback log_message

NO_INSTANCE(fmi3InstantiateModelExchange, HEAD)
NO_INSTANCE(fmi3InstantiateScheduledExecution, HEAD,
            void (*clock_update)(fmi3InstanceEnvironment),
            void (*lock_preemption)(void), void (*unlock_preemption)(void))
