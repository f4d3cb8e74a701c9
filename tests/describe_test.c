/*
 * describe_test.c - `precast twin describe`: Thing Descriptions against what
 * W3C WoT TD 1.1 requires (its table of classes and JSON schema), and the page
 * for people.
 */
#include "tests/cli_check.h"

#include "core/fast.h"
#include "core/registry.h"

/* The Thing Description of 'name', to free. */
static json_t *thing_of(const char *name)
{
    char args[128];
    json_error_t error;

    (void)snprintf(args, sizeof args, "twin describe %s --wot", name);
    struct cli_result r = cli(args);
    assert_int_equal(r.status, 0);
    json_t *thing = json_loads(r.out, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(thing);
    cli_free(&r);
    return thing;
}

static bool has_word(const char *const *words, const char *word)
{
    while (*words != NULL && strcmp(*words, word) != 0) {
        words++;
    }
    return *words != NULL;
}

/* Each form has a link and operations of its kind. */
static void assert_forms(const json_t *affordance, const char *const *ops)
{
    const json_t *forms = json_object_get(affordance, "forms");
    const json_t *form, *op;
    size_t k, j;

    assert_true(json_array_size(forms) > 0);
    json_array_foreach(forms, k, form)
    {
        assert_true(strlen(cli_str(form, "href")) > 0);
        assert_true(json_array_size(json_object_get(form, "op")) > 0);
        json_array_foreach(json_object_get(form, "op"), j, op)
        {
            assert_true(has_word(ops, json_string_value(op)));
        }
    }
}

/* A data schema has a known type, and so have its parts. */
static void assert_schema(const json_t *schema)
{
    static const char *const types[] = {"boolean", "integer", "number",
                                        "string",  "object",  "array",
                                        "null",    NULL};
    const char *name;
    json_t *member;

    assert_true(has_word(types, cli_str(schema, "type")));
    if (json_object_get(schema, "items") != NULL) {
        const json_t *items = json_object_get(schema, "items");
        assert_true(has_word(types, cli_str(items, "type")));
    }
    json_object_foreach(json_object_get(schema, "properties"), name, member)
    {
        assert_true(has_word(types, cli_str(member, "type")));
    }
}

/* What every thing has to have: title, context and security. */
static void assert_thing(const json_t *thing, const struct csr_layout *l)
{
    const json_t *context = json_object_get(thing, "@context");
    const json_t *schemes = json_object_get(thing, "securityDefinitions");
    const json_t *name;
    size_t k;

    assert_string_equal(cli_str(thing, "title"), l->name);
    assert_string_equal(json_string_value(json_array_get(context, 0)),
                        "https://www.w3.org/2022/wot/td/v1.1");
    assert_true(json_array_size(json_object_get(thing, "security")) > 0);
    json_array_foreach(json_object_get(thing, "security"), k, name)
    {
        const json_t *s = json_object_get(schemes, json_string_value(name));
        assert_string_equal(cli_str(s, "scheme"), "nosec");
    }
    assert_true(strlen(cli_str(json_object_get(thing, "version"), "instance")) >
                0);
}

/* Every register and table is there with its range, and nothing else. */
static void assert_properties(const json_t *thing, const struct csr_layout *l)
{
    static const char *const ops[] = {"readproperty", "writeproperty", NULL};
    const json_t *all = json_object_get(thing, "properties");
    size_t n = l->n_tables;

    for (size_t k = 0; k < l->n_regs; k++) {
        const struct csr_reg *r = &l->regs[k];
        const json_t *p = json_object_get(all, r->name);
        if (r->offset == CSR_WINDOW_INDEX) {
            assert_null(p);
            continue;
        }
        n++;
        assert_string_equal(cli_str(p, "type"), "integer");
        assert_string_equal(cli_str(p, "description"), r->help);
        assert_int_equal(cli_int(p, "minimum"), 0);
        assert_int_equal(cli_int(p, "maximum"), r->mask);
        bool reads = json_is_true(json_object_get(p, "readOnly"));
        assert_int_equal(reads, r->access == CSR_RO || r->access == CSR_COUNT);
        assert_int_equal(
            json_array_size(json_object_get(
                json_array_get(json_object_get(p, "forms"), 0), "op")),
            reads ? 1 : 2);
        assert_int_equal(json_array_size(json_object_get(p, "precast:fields")),
                         r->n_fields);
        assert_forms(p, ops);
    }
    for (size_t k = 0; k < l->n_tables; k++) {
        const json_t *p = json_object_get(all, l->tables[k].name);
        assert_string_equal(cli_str(p, "type"), "array");
        assert_int_equal(cli_int(p, "maxItems"), l->tables[k].depth);
        assert_int_equal(cli_int(json_object_get(p, "items"), "minItems"),
                         l->tables[k].words);
        assert_schema(p);
        assert_forms(p, ops);
    }
    assert_int_equal(json_object_size(all), n);
}

static void assert_actions(const json_t *thing, const struct csr_layout *l)
{
    static const char *const ops[] = {"invokeaction", NULL};
    static const char *const names[] = {"load", "reset", "concretize",
                                        "virtualize"};
    const json_t *all = json_object_get(thing, "actions");
    size_t n = fast_has_rtl(registry_find(l->name), true)
                   ? 4
                   : 2; /* only RTL can move */

    assert_int_equal(json_object_size(all), n);
    for (size_t k = 0; k < n; k++) {
        const json_t *a = json_object_get(all, names[k]);
        assert_non_null(a);
        assert_forms(a, ops);
        if (json_object_get(a, "input") != NULL) {
            assert_schema(json_object_get(a, "input"));
        }
    }
}

static void assert_events(const json_t *thing)
{
    static const char *const ops[] = {"subscribeevent", "unsubscribeevent",
                                      NULL};
    static const char *const names[] = {"verdict", "alarm"};
    const json_t *all = json_object_get(thing, "events");

    assert_int_equal(json_object_size(all), CHECK_ROWS(names));
    for (size_t k = 0; k < CHECK_ROWS(names); k++) {
        const json_t *e = json_object_get(all, names[k]);
        assert_schema(json_object_get(e, "data"));
        assert_forms(e, ops);
    }
}

static void every_function_has_a_thing_description(void **state)
{
    (void)state;
    for (size_t k = 0; registry[k] != NULL; k++) {
        const struct csr_layout *l = registry[k]->csr;
        json_t *thing = thing_of(l->name);
        assert_thing(thing, l);
        assert_properties(thing, l);
        assert_actions(thing, l);
        assert_events(thing);
        json_decref(thing);
    }
}

static void names_with_a_unit_have_it(void **state)
{
    json_t *thing = thing_of("lte_rx");
    const json_t *p = json_object_get(thing, "properties");

    (void)state;
    assert_string_equal(cli_str(json_object_get(p, "CFO_MAX_HZ"), "unit"),
                        "hertz");
    assert_string_equal(cli_str(json_object_get(p, "CARRIER_KHZ"), "unit"),
                        "kilohertz");
    assert_null(json_object_get(json_object_get(p, "N_CELLS"), "unit"));
    json_decref(thing);
}

static void the_base_is_what_was_asked_for(void **state)
{
    struct cli_result r =
        cli("twin describe scale --wot --base coap://[::1]/a/");
    json_t *thing = json_loads(r.out, 0, NULL);

    (void)state;
    assert_non_null(thing);
    assert_string_equal(cli_str(thing, "base"), "coap://[::1]/a/");
    json_decref(thing);
    cli_free(&r);
}

/* One line a property, field, action and event. */
static void the_page_names_everything(void **state)
{
    (void)state;
    for (size_t k = 0; registry[k] != NULL; k++) {
        const struct csr_layout *l = registry[k]->csr;
        char args[64];
        (void)snprintf(args, sizeof args, "twin describe %.32s", l->name);
        struct cli_result r = cli(args);
        assert_int_equal(r.status, 0);
        for (size_t j = 0; j < l->n_regs; j++) {
            assert_int_equal(strstr(r.out, l->regs[j].name) == NULL,
                             l->regs[j].offset == CSR_WINDOW_INDEX);
        }
        assert_non_null(strstr(r.out, "\nactions\n"));
        assert_non_null(strstr(r.out, "\nevents\n"));
        cli_free(&r);
    }
}

static void wrong_words_get_one_line_and_status_2(void **state)
{
    static const struct {
        const char *args, *says;
    } row[] = {
        {"twin describe", "no function named"},
        {"twin describe nat99 --wot", "no function 'nat99'"},
        {"twin describe acl --base", "--base: no value"},
        {"twin describe acl --base $(printf 'a\\377')", "not UTF-8"},
        {"twin describe acl --json", "no option '--json'"},
        {"twin frobnicate", "no command 'twin frobnicate'"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct cli_result r = cli(row[k].args);
        if (r.status != 2 || strstr(r.err, row[k].says) == NULL) {
            printf("%s: status %d: %s\n", row[k].args, r.status, r.err);
        }
        assert_int_equal(r.status, 2);
        assert_non_null(strstr(r.err, row[k].says));
        assert_int_equal(cli_lines(r.err), 1);
        assert_string_equal(r.out, "");
        cli_free(&r);
    }
    struct cli_result r = cli("twin describe acl --wot >/dev/full");
    assert_int_equal(r.status, 3);
    cli_free(&r);
}

static void help_lists_the_verbs(void **state)
{
    struct cli_result r = cli("twin --help");

    (void)state;
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "twin fmu"));
    assert_non_null(strstr(r.out, "twin describe"));
    assert_null(strstr(r.out, "fn list"));
    cli_free(&r);
    r = cli("--help");
    assert_non_null(strstr(r.out, "twin fmu"));
    assert_non_null(strstr(r.out, "fn list"));
    cli_free(&r);
    r = cli("twin fmu --help");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "usage: precast twin fmu FN"));
    cli_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_has_a_thing_description),
        cmocka_unit_test(names_with_a_unit_have_it),
        cmocka_unit_test(the_base_is_what_was_asked_for),
        cmocka_unit_test(the_page_names_everything),
        cmocka_unit_test(wrong_words_get_one_line_and_status_2),
        cmocka_unit_test(help_lists_the_verbs),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
