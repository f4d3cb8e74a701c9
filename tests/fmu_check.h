/*
 * fmu_check.h - an importer of FMUs: has the program export one, unpacks it,
 * reads its description, loads its shared object and finds the functions of
 * FMI 3.0 in it.
 */
#ifndef TESTS_FMU_CHECK_H
#define TESTS_FMU_CHECK_H

#include "tests/cli_check.h"
#include "tests/xml_check.h"

#include <dlfcn.h>
#include <zip.h>

#include "core/registry.h"
#include "host/fmu/fmi3.h"

enum { FMU_VARS = 64 };

struct fmu_variable {
    char name[64];
    char type[16]; /* the element's name */
    fmi3ValueReference ref;
    size_t n; /* values: the product of its dimensions */
    bool is_parameter, is_output, has_initial_exact;
};

/* What the FMU logged. */
struct fmu_log {
    size_t n;
    char last[256];
};

/* F(GetVersion): pointer GetVersion to function fmi3GetVersion. */
#define FMU_FUNCTIONS(F)       \
    F(GetVersion)              \
    F(InstantiateCoSimulation) \
    F(FreeInstance)            \
    F(EnterInitializationMode) \
    F(ExitInitializationMode)  \
    F(Terminate)               \
    F(Reset)                   \
    F(DoStep)                  \
    F(GetFloat64)              \
    F(GetUInt32)               \
    F(SetUInt32)               \
    F(GetUInt64)               \
    F(SetUInt64)               \
    F(GetBinary)               \
    F(SetBinary)               \
    F(GetFMUState)             \
    F(SetFMUState)             \
    F(FreeFMUState)            \
    F(SerializedFMUStateSize)  \
    F(SerializeFMUState)       \
    F(DeserializeFMUState)

struct fmu_import {
    const struct fn *fn; /* what it claims to be */
    char *xml;
    char token[64];
    struct fmu_variable vars[FMU_VARS];
    size_t n_vars;
    void *object;
    struct fmu_log log;
#define POINTER(NAME) fmi3##NAME##TYPE *NAME;
    FMU_FUNCTIONS(POINTER)
#undef POINTER
};

static inline void fmu_logged(fmi3InstanceEnvironment environment,
                              fmi3Status status, fmi3String category,
                              fmi3String message)
{
    struct fmu_log *log = environment;

    assert_int_equal(status, fmi3Error);
    assert_string_equal(category, "logStatusError");
    log->n++;
    (void)snprintf(log->last, sizeof log->last, "%s", message);
}

/* File 'name' of archive 'path', to free; fails when it is not there. */
static inline char *fmu_unzip(const char *path, const char *name, size_t *n)
{
    int code = 0;
    zip_t *z = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code);
    zip_stat_t stat;

    assert_non_null(z);
    assert_int_equal(zip_stat(z, name, 0, &stat), 0);
    char *data = malloc(stat.size + 1);
    zip_file_t *f = zip_fopen(z, name, 0);
    assert_non_null(f);
    assert_int_equal(zip_fread(f, data, stat.size), stat.size);
    data[stat.size] = '\0';
    assert_int_equal(zip_fclose(f), 0);
    zip_discard(z);
    *n = stat.size;
    return data;
}

static inline void fmu_read_variable(struct fmu_import *m,
                                     const struct xml_tag *tag)
{
    struct fmu_variable *v = &m->vars[m->n_vars++];

    assert_true(m->n_vars < FMU_VARS);
    *v = (struct fmu_variable){.n = 1};
    (void)snprintf(v->type, sizeof v->type, "%.15s", tag->name);
    (void)snprintf(v->name, sizeof v->name, "%.63s", xml_text(tag, "name"));
    v->ref = xml_number(tag, "valueReference");
    v->is_parameter = strcmp(xml_text(tag, "causality"), "parameter") == 0;
    v->is_output = strcmp(xml_text(tag, "causality"), "output") == 0;
    v->has_initial_exact =
        v->is_output && strcmp(xml_text(tag, "initial"), "exact") == 0;
}

/* Reads the variables and the token of m->xml. */
static inline void fmu_read(struct fmu_import *m)
{
    const char *at = m->xml;
    struct xml_tag tag;

    while (xml_next(&at, &tag)) {
        if (strcmp(tag.name, "fmiModelDescription") == 0) {
            (void)snprintf(m->token, sizeof m->token, "%.63s",
                           xml_text(&tag, "instantiationToken"));
        } else if (strcmp(tag.name, "Dimension") == 0) {
            m->vars[m->n_vars - 1].n *= xml_number(&tag, "start");
        } else if (xml_attribute(&tag, "causality", (char[32]){0}, 32)) {
            fmu_read_variable(m, &tag);
        }
    }
}

/* Exports function 'name' and loads what came out; fmu_close() frees. */
static inline struct fmu_import *fmu_open(const char *name)
{
    struct fmu_import *m = calloc(1, sizeof *m);
    char args[128], path[128];
    size_t n;

    assert_non_null(m);
    m->fn = registry_find(name);
    assert_non_null(m->fn);
    (void)snprintf(args, sizeof args, "twin fmu %s", name);
    cli_ok(args);
    (void)snprintf(args, sizeof args, "%s.fmu", name);
    m->xml = fmu_unzip(cli_path(args), "modelDescription.xml", &n);
    fmu_read(m);
    (void)snprintf(path, sizeof path, "binaries/x86_64-linux/%s.so", name);
    char *object = fmu_unzip(cli_path(args), path, &n);
    (void)snprintf(args, sizeof args, "%s.so", name);
    (void)unlink(cli_path(args)); /* it may still be loaded */
    cli_write(cli_path(args), object, n);
    free(object);
    m->object = dlopen(cli_path(args), RTLD_NOW | RTLD_LOCAL);
    if (m->object == NULL) {
        printf("%s\n", dlerror());
    }
    assert_non_null(m->object);
#define FIND(NAME)                                       \
    *(void **)&m->NAME = dlsym(m->object, "fmi3" #NAME); \
    assert_non_null(*(void **)&m->NAME);
    FMU_FUNCTIONS(FIND)
#undef FIND
    return m;
}

static inline void fmu_close(struct fmu_import *m)
{
    assert_int_equal(dlclose(m->object), 0);
    free(m->xml);
    free(m);
}

static inline const struct fmu_variable *fmu_named(const struct fmu_import *m,
                                                   const char *name)
{
    for (size_t k = 0; k < m->n_vars; k++) {
        if (strcmp(m->vars[k].name, name) == 0) {
            return &m->vars[k];
        }
    }
    return NULL;
}

static inline fmi3ValueReference fmu_ref_of(const struct fmu_import *m,
                                            const char *name)
{
    const struct fmu_variable *v = fmu_named(m, name);

    assert_non_null(v);
    return v->ref;
}

/* An instance made with 'token'; NULL when the FMU refuses. */
static inline fmi3Instance fmu_make(struct fmu_import *m, const char *token)
{
    return m->InstantiateCoSimulation("test", token, NULL, false, true, false,
                                      false, NULL, 0, &m->log, fmu_logged,
                                      NULL);
}

static inline fmi3Instance fmu_instance(struct fmu_import *m)
{
    fmi3Instance f;

    assert_string_equal(m->GetVersion(), "3.0");
    f = fmu_make(m, m->token);
    assert_non_null(f);
    return f;
}

static inline uint32_t fmu_u32(struct fmu_import *m, fmi3Instance f,
                               const char *name)
{
    fmi3ValueReference ref = fmu_ref_of(m, name);
    fmi3UInt32 value;

    assert_int_equal(m->GetUInt32(f, &ref, 1, &value, 1), fmi3OK);
    return value;
}

static inline fmi3Status fmu_set_u32(struct fmu_import *m, fmi3Instance f,
                                     const char *name, uint32_t value)
{
    fmi3ValueReference ref = fmu_ref_of(m, name);

    return m->SetUInt32(f, &ref, 1, &value, 1);
}

static inline fmi3Status fmu_set_in(struct fmu_import *m, fmi3Instance f,
                                    const void *bytes, size_t n)
{
    fmi3ValueReference ref = fmu_ref_of(m, "in");
    fmi3Binary value = bytes;

    return m->SetBinary(f, &ref, 1, &n, &value, 1);
}

static inline fmi3Status fmu_step(struct fmu_import *m, fmi3Instance f,
                                  double point, double size)
{
    fmi3Boolean event, end, early;
    fmi3Float64 last;
    fmi3Status s =
        m->DoStep(f, point, size, false, &event, &end, &early, &last);

    if (s == fmi3OK) {
        assert_true(last == point + size && !event && !end && !early);
    }
    return s;
}

/* From instantiated to stepping, at item 'item'. */
static inline void fmu_begin(struct fmu_import *m, fmi3Instance f, double item)
{
    assert_int_equal(m->EnterInitializationMode(f, false, 0, item, false, 0),
                     fmi3OK);
    assert_int_equal(m->ExitInitializationMode(f), fmi3OK);
}

#endif
