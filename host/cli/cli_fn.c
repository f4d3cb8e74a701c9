/* cli_fn.c - `precast fn list` and `precast fn show`. */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/json/json_line.h"
#include "core/registry.h"
#include "host/cli/cli.h"

static const char *type_name(enum fn_type t)
{
    static const char *const names[] = {[FN_IQ16] = "iq",
                                        [FN_PKT] = "pkt",
                                        [FN_CF32] = "cf32",
                                        [FN_REC] = "rec"};

    return names[t];
}

static const char *access_name(uint8_t access)
{
    static const char *const names[] = {
        [CSR_RW] = "rw", [CSR_RO] = "ro", [CSR_COUNT] = "count"};

    return names[access];
}

int cli_fn_list(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    int err = cli_opts_read(cmd, "json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.name != NULL) {
        return cli_usage(cmd, "one word too many");
    }
    for (size_t k = 0; registry[k] != NULL; k++) {
        const struct csr_layout *l = registry[k]->csr;
        bool rtl = registry_has_rtl(l->name);
        if (o.json) {
            json_line(stdout,
                      json_pack("{ss, ss, ss, ss, sb, ss}", "type", "fn",
                                "name", l->name, "in", type_name(l->in), "out",
                                type_name(l->out), "rtl", (int)rtl, "summary",
                                registry[k]->summary),
                      0);
        } else {
            printf("%-12s %-4s -> %-4s %-7s %s\n", l->name, type_name(l->in),
                   type_name(l->out), rtl ? "c, rtl" : "c",
                   registry[k]->summary);
        }
    }
    return cli_flush();
}

static void show_json(const struct fn *fn)
{
    const struct csr_layout *l = fn->csr;
    json_t *regs = json_array();
    json_t *tables = json_array();
    json_t *keys = json_array();

    for (size_t k = 0; k < l->n_regs; k++) {
        const struct csr_reg *r = &l->regs[k];
        (void)json_array_append_new(
            regs, json_pack("{ss, si, ss, sI, ss}", "name", r->name, "offset",
                            (int)r->offset, "access", access_name(r->access),
                            "reset", (json_int_t)r->reset, "help", r->help));
    }
    for (size_t k = 0; k < l->n_tables; k++) {
        const struct csr_table *t = &l->tables[k];
        (void)json_array_append_new(
            tables, json_pack("{ss, sI, sI, ss}", "name", t->name, "depth",
                              (json_int_t)t->depth, "words",
                              (json_int_t)t->words, "help", t->help));
    }
    for (size_t k = 0; k < fn->n_keys; k++) {
        (void)json_array_append_new(keys, json_pack("{ss, ss}", "name",
                                                    fn->keys[k].name, "help",
                                                    fn->keys[k].help));
    }
    json_line(stdout,
              json_pack("{ss, ss, ss, so, so, so}", "type", "fn", "name",
                        l->name, "summary", fn->summary, "registers", regs,
                        "tables", tables, "settings", keys),
              0);
}

static void show_text(const struct fn *fn)
{
    const struct csr_layout *l = fn->csr;

    printf("%s: %s\n\nregisters\n", l->name, fn->summary);
    for (size_t k = 0; k < l->n_regs; k++) {
        const struct csr_reg *r = &l->regs[k];
        printf("  0x%02x  %-14s %-6s reset 0x%-8x %s\n", r->offset, r->name,
               access_name(r->access), r->reset, r->help);
        for (size_t j = 0; j < r->n_fields; j++) {
            printf("          %2u:%-2u %-12s %s\n", r->fields[j].msb,
                   r->fields[j].lsb, r->fields[j].name, r->fields[j].help);
        }
    }
    for (size_t k = 0; k < l->n_tables; k++) {
        printf("\ntable %s: %u entries of %u words in the C body; %s\n",
               l->tables[k].name, l->tables[k].depth, l->tables[k].words,
               l->tables[k].help);
    }
    if (fn->n_keys > 0) {
        printf("\nsettings beside the registers in lower case\n");
    }
    for (size_t k = 0; k < fn->n_keys; k++) {
        printf("  %-8s %s\n", fn->keys[k].name, fn->keys[k].help);
    }
}

int cli_fn_show(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    int err = cli_opts_read(cmd, "json", argc, argv, &o);

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
    if (o.json) {
        show_json(fn);
    } else {
        show_text(fn);
    }
    return cli_flush();
}
