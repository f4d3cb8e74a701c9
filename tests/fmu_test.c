/*
 * fmu_test.c - what FMUs say of themselves, and how they are made. Descriptions
 * are validated against the schema of FMI 3.0 where it is: $FMI3_XSD, or
 * ../shared/fmi3/fmi3ModelDescription.xsd.
 */
#include "tests/fmu_check.h"

/* --- the description ------------------------------------------------------ */

/* Value references of the elements 'name' of m->xml. */
static size_t refs_of(const struct fmu_import *m, const char *name,
                      fmi3ValueReference refs[FMU_VARS])
{
    const char *at = m->xml;
    struct xml_tag tag;
    size_t n = 0;

    while (xml_next(&at, &tag)) {
        if (strcmp(tag.name, name) == 0) {
            assert_true(n < FMU_VARS);
            refs[n++] = xml_number(&tag, "valueReference");
        }
    }
    return n;
}

static size_t count(const fmi3ValueReference *refs, size_t n,
                    fmi3ValueReference ref)
{
    size_t found = 0;

    for (size_t k = 0; k < n; k++) {
        found += refs[k] == ref;
    }
    return found;
}

/* Every output stands in the structure once, unknown ones a second time. */
static void assert_structure(const struct fmu_import *m)
{
    fmi3ValueReference outputs[FMU_VARS], unknowns[FMU_VARS];
    size_t n_out = refs_of(m, "Output", outputs);
    size_t n_unknown = refs_of(m, "InitialUnknown", unknowns);
    size_t n = 0;

    for (size_t k = 0; k < m->n_vars; k++) {
        const struct fmu_variable *v = &m->vars[k];
        n += v->is_output;
        assert_int_equal(count(outputs, n_out, v->ref), v->is_output);
        assert_int_equal(count(unknowns, n_unknown, v->ref),
                         v->is_output && !v->has_initial_exact);
        for (size_t j = 0; j < k; j++) {
            assert_int_not_equal(m->vars[j].ref, v->ref);
            assert_string_not_equal(m->vars[j].name, v->name);
        }
    }
    assert_int_equal(n, n_out);
}

/* Parameters, inputs and exact outputs have a start value, others none; one
 * variable is time. */
static void assert_starts(const struct fmu_import *m)
{
    const char *at = m->xml;
    struct xml_tag tag;
    char causality[32], value[32];
    size_t n_times = 0, n_binary_inputs = 0;

    while (xml_next(&at, &tag)) {
        if (!xml_attribute(&tag, "causality", causality, sizeof causality)) {
            n_binary_inputs -= strcmp(tag.name, "Start") == 0;
            continue;
        }
        bool needs = strcmp(causality, "parameter") == 0 ||
                     strcmp(causality, "input") == 0 ||
                     (xml_attribute(&tag, "initial", value, sizeof value) &&
                      strcmp(value, "exact") == 0);
        n_times += strcmp(causality, "independent") == 0 &&
                   strcmp(tag.name, "Float64") == 0;
        if (strcmp(tag.name, "Binary") == 0) {
            n_binary_inputs += needs; /* its start is an element, inside */
        } else {
            assert_int_equal(xml_attribute(&tag, "start", value, sizeof value),
                             needs);
        }
    }
    assert_int_equal(n_times, 1);
    assert_int_equal(n_binary_inputs, 0);
}

/* The attributes that the standard requires, and ours. */
static void assert_head(const struct fmu_import *m)
{
    const char *at = m->xml;
    struct xml_tag tag;
    char token[64];

    assert_true(xml_next(&at, &tag));
    assert_string_equal(tag.name, "fmiModelDescription");
    assert_string_equal(xml_text(&tag, "fmiVersion"), "3.0");
    assert_string_equal(xml_text(&tag, "modelName"), m->fn->csr->name);
    (void)snprintf(token, sizeof token, "precast-%08x-%08x", m->fn->csr->id,
                   m->fn->csr->version);
    assert_string_equal(xml_text(&tag, "instantiationToken"), token);
    assert_true(xml_next(&at, &tag));
    assert_string_equal(tag.name, "CoSimulation");
    assert_string_equal(xml_text(&tag, "modelIdentifier"), m->fn->csr->name);
    assert_string_equal(xml_text(&tag, "canGetAndSetFMUState"), "true");
    assert_string_equal(xml_text(&tag, "canSerializeFMUState"), "true");
}

/* Every register and table is a variable of the right kind and size. */
static void assert_variables(const struct fmu_import *m)
{
    const struct csr_layout *l = m->fn->csr;

    for (size_t k = 0; k < l->n_regs; k++) {
        const struct csr_reg *r = &l->regs[k];
        const struct fmu_variable *v = fmu_named(m, r->name);
        assert_int_equal(v == NULL, r->offset == CSR_WINDOW_INDEX);
        assert_true(v == NULL || (v->is_parameter == (r->access == CSR_RW) &&
                                  v->is_output == (r->access != CSR_RW)));
    }
    for (size_t k = 0; k < l->n_tables; k++) {
        const struct fmu_variable *v = fmu_named(m, l->tables[k].name);
        assert_true(v != NULL && v->is_parameter);
        assert_int_equal(v->n, (size_t)l->tables[k].depth * l->tables[k].words);
    }
    assert_string_equal(fmu_named(m, "in")->type, "Binary");
    assert_string_equal(fmu_named(m, "out")->type, "Binary");
    assert_int_equal(fmu_named(m, "in_user") != NULL, l->in == FN_PKT);
}

static bool is_for_fmu(const struct fn *fn)
{
    return fn->csr->in == fn->csr->out &&
           (fn->csr->in == FN_PKT || fn->csr->in == FN_IQ16);
}

static void descriptions_are_what_the_standard_asks_for(void **state)
{
    (void)state;
    for (size_t k = 0; registry[k] != NULL; k++) {
        if (!is_for_fmu(registry[k])) {
            continue;
        }
        struct fmu_import *m = fmu_open(registry[k]->csr->name);
        assert_head(m);
        assert_variables(m);
        assert_structure(m);
        assert_starts(m);
        fmu_close(m);
    }
}

/* Runs xmllint with 'options' over each description. */
static void lint_all(const char *options)
{
    size_t n = 0;

    for (size_t k = 0; registry[k] != NULL; k++) {
        if (!is_for_fmu(registry[k])) {
            continue;
        }
        struct fmu_import *m = fmu_open(registry[k]->csr->name);
        char command[2 * PATH_MAX];
        cli_write_text(cli_path("d.xml"), m->xml);
        (void)snprintf(command, sizeof command, "xmllint --noout %s d.xml",
                       options);
        struct cli_result r = cli_shell(command);
        if (r.status != 0) {
            printf("%s: %s", registry[k]->csr->name, r.err);
        }
        assert_int_equal(r.status, 0);
        cli_free(&r);
        fmu_close(m);
        n++;
    }
    assert_true(n > 0);
}

static void descriptions_are_well_formed(void **state)
{
    (void)state;
    lint_all("");
}

static void descriptions_are_valid_against_the_schema(void **state)
{
    const char *env = getenv("FMI3_XSD");
    char path[PATH_MAX], option[PATH_MAX + 16];

    (void)state;
    if (realpath(env != NULL ? env : "../shared/fmi3/fmi3ModelDescription.xsd",
                 path) == NULL) {
        printf("skipped: no schema of FMI 3.0, neither $FMI3_XSD nor "
               "../shared/fmi3/fmi3ModelDescription.xsd\n");
        skip();
    }
    (void)snprintf(option, sizeof option, "--schema '%s'", path);
    lint_all(option);
}

static void only_functions_of_the_standard_can_be_found(void **state)
{
    static const char *const there[] = {
        "fmi3SetDebugLogging",
        "fmi3InstantiateModelExchange",
        "fmi3EnterEventMode",
        "fmi3InstantiateScheduledExecution",
        "fmi3SetFloat64",
        "fmi3GetString",
        "fmi3GetClock",
        "fmi3GetDirectionalDerivative",
        "fmi3GetIntervalDecimal",
        "fmi3SetShiftFraction",
        "fmi3UpdateDiscreteStates",
        "fmi3EnterConfigurationMode",
        "fmi3GetVariableDependencies",
        "fmi3GetOutputDerivatives",
    };
    static const char *const hidden[] = {"acl_fn", "fmu_fn", "body_run",
                                         "fmu_say", "err_say"};
    struct fmu_import *m = fmu_open("acl");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(there); k++) {
        assert_non_null(dlsym(m->object, there[k]));
    }
    for (size_t k = 0; k < CHECK_ROWS(hidden); k++) {
        assert_null(dlsym(m->object, hidden[k]));
    }
    fmu_close(m);
}

/* --- the command ---------------------------------------------------------- */

static void bad_words_and_files_get_one_line(void **state)
{
    static const struct {
        const char *args;
        int status;
        const char *says;
    } row[] = {
        {"twin fmu", 2, "no function named"},
        {"twin fmu nat99", 2, "no function 'nat99'"},
        {"twin fmu acl scale", 2, "one word too many"},
        {"twin fmu acl --in x", 2, "no option '--in'"},
        {"twin fmu wifi_rx", 2, "streams are not for FMUs"},
        {"twin fmu acl --out none/acl.fmu", 3, "No such file"},
        {"twin fmu acl --out /dev/full", 3, "/dev/full"},
        {"twin fmu acl --out text.fmu", 2, "is not replaced"},
    };

    (void)state;
    cli_write_text(cli_path("text.fmu"), "no archive\n");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct cli_result r = cli(row[k].args);
        if (r.status != row[k].status || strstr(r.err, row[k].says) == NULL) {
            printf("%s: status %d: %s\n", row[k].args, r.status, r.err);
        }
        assert_int_equal(r.status, row[k].status);
        assert_non_null(strstr(r.err, row[k].says));
        assert_int_equal(strncmp(r.err, "precast: ", 9), 0);
        assert_int_equal(cli_lines(r.err), 1);
        assert_string_equal(r.out, "");
        cli_free(&r);
    }
    char *text = cli_read(cli_path("text.fmu"), NULL);
    assert_string_equal(text, "no archive\n");
    free(text);
}

/* The program in a folder without fmu/, then with objects that are wrong. */
static void a_missing_or_wrong_object_gets_status_4(void **state)
{
    static const struct {
        const char *how, *says;
    } row[] = {
        {"true", "no shared objects for FMUs"},
        {"mkdir away/fmu", "acl.so: No such file"},
        {"cp $FMU/scale.so away/fmu/acl.so", "not a whole object"},
        {"head -c 10 $FMU/acl.so >away/fmu/acl.so", "not a whole object"},
        {"head -c -1 $FMU/acl.so >away/fmu/acl.so", "not a whole object"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char command[512];
        (void)snprintf(command, sizeof command,
                       "mkdir -p away; cp $PRECAST away; "
                       "FMU=$(dirname $PRECAST)/fmu; %s && "
                       "away/precast twin fmu acl --out away/acl.fmu",
                       row[k].how);
        struct cli_result r = cli_shell(command);
        if (r.status != 4 || strstr(r.err, row[k].says) == NULL) {
            printf("%s: status %d: %s\n", row[k].how, r.status, r.err);
        }
        assert_int_equal(r.status, 4);
        assert_non_null(strstr(r.err, row[k].says));
        assert_int_equal(cli_lines(r.err), 1);
        assert_int_not_equal(access(cli_path("away/acl.fmu"), F_OK), 0);
        cli_free(&r);
    }
}

/* As make install puts them: bin/ and lib/precast/fmu. */
static void an_installed_program_finds_its_objects(void **state)
{
    struct cli_result r = cli_shell(
        "mkdir -p inst/bin inst/lib/precast && cp $PRECAST inst/bin && "
        "cp -r $(dirname $PRECAST)/fmu inst/lib/precast && "
        "inst/bin/precast twin fmu acl --out inst/acl.fmu");

    (void)state;
    assert_string_equal(r.err, "");
    assert_int_equal(r.status, 0);
    cli_free(&r);
}

static void the_same_function_gives_the_same_bytes(void **state)
{
    (void)state;
    cli_ok("twin fmu bridge --out a.fmu");
    cli_ok("twin fmu scale --out b.fmu");
    cli_ok("twin fmu bridge --out b.fmu"); /* replaces it */
    assert_true(cli_same(cli_path("a.fmu"), cli_path("b.fmu")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptions_are_what_the_standard_asks_for),
        cmocka_unit_test(descriptions_are_well_formed),
        cmocka_unit_test(descriptions_are_valid_against_the_schema),
        cmocka_unit_test(only_functions_of_the_standard_can_be_found),
        cmocka_unit_test(bad_words_and_files_get_one_line),
        cmocka_unit_test(a_missing_or_wrong_object_gets_status_4),
        cmocka_unit_test(an_installed_program_finds_its_objects),
        cmocka_unit_test(the_same_function_gives_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
