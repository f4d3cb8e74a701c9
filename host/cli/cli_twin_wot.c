/*
 * cli_twin_wot.c - `precast twin describe`: what a twin of a function shows and
 * does, as a W3C Web of Things Thing Description 1.1, or as a page made of it.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/fast.h"
#include "core/registry.h"
#include "host/cli/cli_twin.h"
#include "host/cli/version.h"
#include "twin/twin.h"

/* One form, as every affordance needs one. */
static json_t *forms(const char *kind, const char *name, const char *op,
                     const char *second_op)
{
    json_t *ops = json_pack("[ss*]", op, second_op);

    return json_pack("[{so, so, ss}]", "href",
                     json_sprintf("%s/%s", kind, name), "op", ops,
                     "contentType", "application/json");
}

static json_t *property_forms(const char *name, bool read_only)
{
    return forms("properties", name, "readproperty",
                 read_only ? NULL : "writeproperty");
}

/* Names of registers end with their unit, if they have one. */
static const char *unit_of(const char *name)
{
    static const struct {
        const char *end, *unit;
    } row[] = {{"_KHZ", "kilohertz"}, {"_HZ", "hertz"}};
    size_t n = strlen(name);

    for (size_t k = 0; k < sizeof row / sizeof row[0]; k++) {
        size_t m = strlen(row[k].end);
        if (n > m && strcmp(name + n - m, row[k].end) == 0) {
            return row[k].unit;
        }
    }
    return NULL;
}

/* The bits of a register that have a name: an addition to the vocabulary. */
static json_t *fields_of(const struct csr_reg *r)
{
    json_t *list = json_array();

    for (size_t k = 0; k < r->n_fields; k++) {
        const struct csr_field *f = &r->fields[k];
        json_int_t max = ((json_int_t)2 << (f->msb - f->lsb)) - 1;
        (void)json_array_append_new(
            list, json_pack("{ss, ss, si, si, sI}", "precast:name", f->name,
                            "description", f->help, "precast:lsb", (int)f->lsb,
                            "precast:msb", (int)f->msb, "maximum", max));
    }
    return list;
}

/* Counters can be read; the action `load` restores them. */
static json_t *register_of(const struct csr_reg *r)
{
    bool read_only = r->access == CSR_RO || r->access == CSR_COUNT;
    const char *unit = unit_of(r->name);
    json_t *p =
        json_pack("{ss, ss, ss, si, sI, sI, sb, sb, so}", "title", r->name,
                  "description", r->help, "type", "integer", "minimum", 0,
                  "maximum", (json_int_t)r->mask, "default",
                  (json_int_t)r->reset, "readOnly", (int)read_only,
                  "observable", 0, "forms", property_forms(r->name, read_only));

    if (unit != NULL) {
        (void)json_object_set_new(p, "unit", json_string(unit));
    }
    if (r->n_fields > 0) {
        (void)json_object_set_new(p, "precast:fields", fields_of(r));
    }
    return p;
}

static json_t *table_of(const struct csr_table *t)
{
    json_t *entry =
        json_pack("{ss, si, si, s{ss, si, sI}}", "type", "array", "minItems",
                  (int)t->words, "maxItems", (int)t->words, "items", "type",
                  "integer", "minimum", 0, "maximum", (json_int_t)UINT32_MAX);

    return json_pack("{ss, ss, ss, sI, so, sb, sb, so}", "title", t->name,
                     "description", t->help, "type", "array", "maxItems",
                     (json_int_t)t->depth, "items", entry, "readOnly", 0,
                     "observable", 0, "forms", property_forms(t->name, false));
}

static json_t *properties_of(const struct csr_layout *l)
{
    json_t *all = json_object();

    for (size_t k = 0; k < l->n_regs; k++) {
        if (l->regs[k].offset != CSR_WINDOW_INDEX) { /* leads to tables */
            (void)json_object_set_new(all, l->regs[k].name,
                                      register_of(&l->regs[k]));
        }
    }
    for (size_t k = 0; k < l->n_tables; k++) {
        (void)json_object_set_new(all, l->tables[k].name,
                                  table_of(&l->tables[k]));
    }
    return all;
}

/* Adds an action; 'input' may be NULL. */
static void add_action(json_t *all, const char *name, const char *help,
                       bool idempotent, json_t *input)
{
    (void)json_object_set_new(
        all, name,
        json_pack("{ss, ss, sb, sb, so*, so}", "title", name, "description",
                  help, "safe", 0, "idempotent", (int)idempotent, "input",
                  input, "forms",
                  forms("actions", name, "invokeaction", NULL)));
}

static json_t *actions_of(const struct fn *fn)
{
    json_t *all = json_object();

    if (fast_has_rtl(fn, true)) {
        add_action(
            all, "concretize", "Move it onto fabric while items flow", false,
            json_pack("{ss, s[s], s{s{ss, ss}, s{ss, ss, si}}}", "type",
                      "object", "required", "device", "properties", "device",
                      "type", "string", "description", "DEVICE or DEVICE/SLOT",
                      "shadow", "type", "integer", "description",
                      "Equal items before the switch", "minimum", 0));
        add_action(all, "virtualize", "Move it back into software", false,
                   NULL);
    }
    add_action(all, "load", "Load a state that was saved", true,
               json_pack("{ss, ss, ss}", "type", "string", "contentEncoding",
                         "base64", "description",
                         "Registers and tables as words"));
    add_action(all, "reset", "Registers at reset, tables empty", true, NULL);
    return all;
}

static json_t *kinds(void)
{
    json_t *list = json_array();

    for (int k = TWIN_EQUAL; k <= TWIN_RESIDUAL; k++) {
        (void)json_array_append_new(
            list, json_string(twin_kind_name((enum twin_kind)k)));
    }
    return list;
}

static json_t *event_of(const char *name, const char *help, json_t *members)
{
    return json_pack(
        "{ss, ss, s{ss, so}, so}", "title", name, "description", help, "data",
        "type", "object", "properties", members, "forms",
        forms("events", name, "subscribeevent", "unsubscribeevent"));
}

static json_t *events(void)
{
    json_t *verdict = json_pack(
        "{s{ss, so}, s{ss, si}, s{ss}, s{ss}}", "verdict", "type", "string",
        "enum", kinds(), "first_item", "type", "integer", "minimum", 0, "text",
        "type", "string", "register", "type", "string");
    json_t *alarm =
        json_pack("{s{ss}, s{ss}, s{ss}}", "node", "type", "string", "device",
                  "type", "string", "text", "type", "string");

    return json_pack(
        "{so, so}", "verdict",
        event_of("verdict", "The twin compared the device with the C body",
                 verdict),
        "alarm", event_of("alarm", "Someone should look at a device", alarm));
}

/* The whole description; takes 'base'. */
static json_t *thing_of(const struct fn *fn, json_t *base)
{
    const struct csr_layout *l = fn->csr;
    json_t *about =
        json_pack("[s{ss, ss}]", "https://www.w3.org/2022/wot/td/v1.1",
                  "@language", "en", "precast", "urn:precast:td:");

    return json_pack(
        "{so, ss, ss, s{ss, so}, s{s{ss}}, s[s], so, so, so, so}", "@context",
        about, "title", l->name, "description", fn->summary, "version",
        "instance", PRECAST_VERSION, "model", json_sprintf("%08x", l->version),
        "securityDefinitions", "nosec_sc", "scheme", "nosec", "security",
        "nosec_sc", "base", base, "properties", properties_of(l), "actions",
        actions_of(fn), "events", events());
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text != NULL ? text : "";
}

static void print_property(const char *name, const json_t *p)
{
    bool table = strcmp(text_of(p, "type"), "array") == 0;
    size_t k;
    const json_t *f;

    printf("  %-14s %-2s %s%-10lld %s%s%s\n", name,
           json_is_true(json_object_get(p, "readOnly")) ? "r" : "rw",
           table ? "entries 0.." : "0..",
           (long long)json_integer_value(
               json_object_get(p, table ? "maxItems" : "maximum")),
           text_of(p, "description"), text_of(p, "unit")[0] != '\0' ? ", " : "",
           text_of(p, "unit"));
    json_array_foreach(json_object_get(p, "precast:fields"), k, f)
    {
        printf("    %2lld:%-2lld %-12s %s\n",
               (long long)json_integer_value(json_object_get(f, "precast:msb")),
               (long long)json_integer_value(json_object_get(f, "precast:lsb")),
               text_of(f, "precast:name"), text_of(f, "description"));
    }
}

/* The description as a page. */
static void print_thing(json_t *thing)
{
    const char *name;
    json_t *o;

    printf("%s: %s\n\nproperties\n", text_of(thing, "title"),
           text_of(thing, "description"));
    json_object_foreach(json_object_get(thing, "properties"), name, o)
    {
        print_property(name, o);
    }
    printf("\nactions\n");
    json_object_foreach(json_object_get(thing, "actions"), name, o)
    {
        printf("  %-14s %s\n", name, text_of(o, "description"));
    }
    printf("\nevents\n");
    json_object_foreach(json_object_get(thing, "events"), name, o)
    {
        printf("  %-14s %s\n", name, text_of(o, "description"));
    }
}

/* Takes "--wot" out of the words: it has no value, as "--json" has none. */
static bool take_wot(int *argc, char **argv)
{
    bool wot = false;
    int n = 0;

    for (int k = 0; k < *argc; k++) {
        if (strcmp(argv[k], "--wot") == 0) {
            wot = true;
        } else {
            argv[n++] = argv[k];
        }
    }
    *argc = n;
    return wot;
}

int cli_twin_describe(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    bool wot = take_wot(&argc, argv);
    int err = cli_opts_read(cmd, "base", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.name == NULL) {
        return cli_usage(cmd, "no function named");
    }
    const struct fn *fn = registry_find(o.name);
    if (fn == NULL) {
        return err_say(ERR_NOT_FOUND,
                       "no function '%s', expected one of `precast fn list`",
                       o.name);
    }
    json_t *base = cli_opt(&o, "base") != NULL
                       ? json_string(cli_opt(&o, "base"))
                       : json_sprintf("http://localhost/twin/%s/", o.name);
    if (base == NULL) {
        return cli_usage(cmd, "--base is not UTF-8");
    }
    json_t *thing = thing_of(fn, base);
    if (thing == NULL) {
        return err_say(ERR_NO_MEM, "%s: not enough memory", o.name);
    }
    if (wot) {
        (void)json_dumpf(thing, stdout,
                         JSON_INDENT(2)); /* cli_flush() checks */
        (void)putchar('\n');
    } else {
        print_thing(thing);
    }
    json_decref(thing);
    return cli_flush();
}
