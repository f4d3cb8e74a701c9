/*
 * fmi3.h - what an FMU for co-simulation and its importer need of the C API of
 * the Functional Mock-up Interface 3.0 (Modelica Association, fmi-standard.org,
 * clauses 2.2, 2.3 and 4.2).  Names, orders and types are the standard's.
 *
 * fmi3XYZTYPE is the type of function fmi3XYZ, for importers, which find the
 * functions by name.
 */
#ifndef HOST_FMU_FMI3_H
#define HOST_FMU_FMI3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void *fmi3Instance;
typedef void *fmi3InstanceEnvironment;
typedef void *fmi3FMUState;
typedef uint32_t fmi3ValueReference;

typedef float fmi3Float32;
typedef double fmi3Float64;
typedef int8_t fmi3Int8;
typedef uint8_t fmi3UInt8;
typedef int16_t fmi3Int16;
typedef uint16_t fmi3UInt16;
typedef int32_t fmi3Int32;
typedef uint32_t fmi3UInt32;
typedef int64_t fmi3Int64;
typedef uint64_t fmi3UInt64;
typedef bool fmi3Boolean;
typedef bool fmi3Clock;
typedef const char *fmi3String;
typedef uint8_t fmi3Byte;
typedef const fmi3Byte *fmi3Binary;

typedef enum {
    fmi3OK,
    fmi3Warning,
    fmi3Discard,
    fmi3Error,
    fmi3Fatal,
} fmi3Status;

typedef enum {
    fmi3Independent,
    fmi3Constant,
    fmi3Fixed,
    fmi3Tunable,
    fmi3Discrete,
    fmi3Dependent,
} fmi3DependencyKind;

typedef enum {
    fmi3IntervalNotYetKnown,
    fmi3IntervalUnchanged,
    fmi3IntervalChanged,
} fmi3IntervalQualifier;

typedef void (*fmi3LogMessageCallback)(fmi3InstanceEnvironment environment,
                                       fmi3Status status, fmi3String category,
                                       fmi3String message);
typedef void (*fmi3IntermediateUpdateCallback)(
    fmi3InstanceEnvironment environment, fmi3Float64 time,
    fmi3Boolean set_requested, fmi3Boolean get_allowed,
    fmi3Boolean step_finished, fmi3Boolean can_return_early,
    fmi3Boolean *early_return_requested, fmi3Float64 *early_return_time);

/* --- instances ------------------------------------------------------------ */

typedef const char *fmi3GetVersionTYPE(void);
typedef fmi3Status fmi3SetDebugLoggingTYPE(fmi3Instance instance,
                                           fmi3Boolean on, size_t n_categories,
                                           const fmi3String categories[]);
typedef fmi3Instance fmi3InstantiateCoSimulationTYPE(
    fmi3String instance_name, fmi3String instantiation_token,
    fmi3String resource_path, fmi3Boolean visible, fmi3Boolean logging_on,
    fmi3Boolean event_mode_used, fmi3Boolean early_return_allowed,
    const fmi3ValueReference required_intermediate[],
    size_t n_required_intermediate, fmi3InstanceEnvironment environment,
    fmi3LogMessageCallback log_message,
    fmi3IntermediateUpdateCallback intermediate_update);
typedef void fmi3FreeInstanceTYPE(fmi3Instance instance);
typedef fmi3Status fmi3EnterInitializationModeTYPE(
    fmi3Instance instance, fmi3Boolean tolerance_defined, fmi3Float64 tolerance,
    fmi3Float64 start_time, fmi3Boolean stop_time_defined,
    fmi3Float64 stop_time);

/* Those of no more than the instance. */
typedef fmi3Status fmi3ModeTYPE(fmi3Instance instance);
typedef fmi3ModeTYPE fmi3ExitInitializationModeTYPE, fmi3TerminateTYPE,
    fmi3ResetTYPE, fmi3EnterEventModeTYPE, fmi3EnterStepModeTYPE,
    fmi3EvaluateDiscreteStatesTYPE, fmi3EnterConfigurationModeTYPE,
    fmi3ExitConfigurationModeTYPE;

typedef fmi3Status fmi3DoStepTYPE(fmi3Instance instance, fmi3Float64 point,
                                  fmi3Float64 step_size,
                                  fmi3Boolean no_set_state_prior_to_point,
                                  fmi3Boolean *event_handling_needed,
                                  fmi3Boolean *terminate_simulation,
                                  fmi3Boolean *early_return,
                                  fmi3Float64 *last_successful_time);

/* --- variables ------------------------------------------------------------ */

/* T(Float64): fmi3GetFloat64TYPE and fmi3SetFloat64TYPE. */
#define FMI3_ACCESS(T)                                                         \
    typedef fmi3Status fmi3Get##T##TYPE(                                       \
        fmi3Instance instance, const fmi3ValueReference refs[], size_t n_refs, \
        fmi3##T values[], size_t n_values);                                    \
    typedef fmi3Status fmi3Set##T##TYPE(                                       \
        fmi3Instance instance, const fmi3ValueReference refs[], size_t n_refs, \
        const fmi3##T values[], size_t n_values);

FMI3_ACCESS(Float32)
FMI3_ACCESS(Float64)
FMI3_ACCESS(Int8)
FMI3_ACCESS(UInt8)
FMI3_ACCESS(Int16)
FMI3_ACCESS(UInt16)
FMI3_ACCESS(Int32)
FMI3_ACCESS(UInt32)
FMI3_ACCESS(Int64)
FMI3_ACCESS(UInt64)
FMI3_ACCESS(Boolean)
FMI3_ACCESS(String)

typedef fmi3Status fmi3GetBinaryTYPE(fmi3Instance instance,
                                     const fmi3ValueReference refs[],
                                     size_t n_refs, size_t sizes[],
                                     fmi3Binary values[], size_t n_values);
typedef fmi3Status fmi3SetBinaryTYPE(fmi3Instance instance,
                                     const fmi3ValueReference refs[],
                                     size_t n_refs, const size_t sizes[],
                                     const fmi3Binary values[],
                                     size_t n_values);

/* --- state ---------------------------------------------------------------- */

typedef fmi3Status fmi3GetFMUStateTYPE(fmi3Instance instance,
                                       fmi3FMUState *state);
typedef fmi3Status fmi3SetFMUStateTYPE(fmi3Instance instance,
                                       fmi3FMUState state);
typedef fmi3Status fmi3FreeFMUStateTYPE(fmi3Instance instance,
                                        fmi3FMUState *state);
typedef fmi3Status fmi3SerializedFMUStateSizeTYPE(fmi3Instance instance,
                                                  fmi3FMUState state,
                                                  size_t *size);
typedef fmi3Status fmi3SerializeFMUStateTYPE(fmi3Instance instance,
                                             fmi3FMUState state,
                                             fmi3Byte serialized[],
                                             size_t size);
typedef fmi3Status fmi3DeserializeFMUStateTYPE(fmi3Instance instance,
                                               const fmi3Byte serialized[],
                                               size_t size,
                                               fmi3FMUState *state);

#endif
