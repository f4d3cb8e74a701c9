/* cli_opts.c - options, read one way for all commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "host/cli/cli.h"

int cli_usage(const struct cli_cmd *cmd, const char *what)
{
    return err_say(ERR_USAGE, "%s, expected: precast %s%s%s %s", what,
                   cmd->noun, cmd->verb != NULL ? " " : "",
                   cmd->verb != NULL ? cmd->verb : "", cmd->args);
}

int cli_flush(void)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return err_say(ERR_IO, "standard output cannot be written");
    }
    return 0;
}

/* True when 'word' of 'n' bytes is one of the words in 'list'. */
static bool is_listed(const char *list, const char *word, size_t n)
{
    for (const char *c = list; *c != '\0';) {
        size_t len = strcspn(c, " ");
        if (len == n && strncmp(c, word, n) == 0) {
            return true;
        }
        c += len;
        c += *c == ' ';
    }
    return false;
}

static bool is_key(const char *arg, size_t n, const char *key)
{
    return n == strlen(key) && strncmp(arg, key, n) == 0;
}

static int add_port_file(struct cli_opts *o, const char *value,
                         enum chain_option option)
{
    if (o->n_port_files == CLI_SET_MAX) {
        return ERR_USAGE;
    }
    o->port_file[o->n_port_files] = value;
    o->port_option[o->n_port_files++] = option;
    return 0;
}

const char *cli_opt(const struct cli_opts *o, const char *key)
{
    const char *value = NULL;

    for (size_t k = 0; k < o->n_keys; k++) {
        value = is_key(o->key[k], strcspn(o->key[k], "="), key) ? o->value[k]
                                                                : value;
    }
    return value;
}

int cli_opt_number(const struct cli_cmd *cmd, const struct cli_opts *o,
                   const char *key, double min, double max, double *value)
{
    const char *text = cli_opt(o, key);
    char what[160];
    char *end = NULL;
    double v;

    if (text == NULL) {
        return 0;
    }
    v = strtod(text, &end);
    if (end == text || *end != '\0' || !(v >= min && v <= max)) {
        (void)snprintf(what, sizeof what,
                       "--%s is '%.40s', expected a number from %g to %g", key,
                       text, min, max); /* fits */
        return cli_usage(cmd, what);
    }
    *value = v;
    return 0;
}

static int take_value(struct cli_opts *o, const char *key, size_t n,
                      const char *value)
{
    if (is_key(key, n, "in")) {
        o->in = value;
        return add_port_file(o, value, CHAIN_IN);
    }
    if (is_key(key, n, "out")) {
        o->out = value;
        return add_port_file(o, value, CHAIN_OUT);
    }
    if (is_key(key, n, "port")) {
        return add_port_file(o, value, CHAIN_PORT);
    }
    if (is_key(key, n, "set") && o->n_set < CLI_SET_MAX) {
        o->set[o->n_set++] = value;
        return strchr(value, '=') != NULL ? 0 : ERR_USAGE;
    }
    if (is_key(key, n, "body")) {
        o->body = value;
        return strcmp(value, "c") == 0 || strcmp(value, "rtl") == 0 ? 0
                                                                    : ERR_USAGE;
    }
    if (is_key(key, n, "width")) {
        return parse_u32(value, 32, 64, &o->width_bits) &&
                       o->width_bits % 32 == 0
                   ? 0
                   : ERR_USAGE;
    }
    if (is_key(key, n, "count")) {
        return parse_u64(value, UINT32_MAX, &o->count) ? 0 : ERR_USAGE;
    }
    if (is_key(key, n, "seed")) {
        return parse_u64(value, UINT64_MAX, &o->seed) ? 0 : ERR_USAGE;
    }
    if (o->n_keys == CLI_SET_MAX) {
        return ERR_USAGE;
    }
    o->key[o->n_keys] = key;
    o->value[o->n_keys++] = value;
    return 0;
}

int cli_opts_read(const struct cli_cmd *cmd, const char *allowed, int argc,
                  char **argv, struct cli_opts *o)
{
    char what[256];

    for (int k = 0; k < argc; k++) {
        const char *arg = argv[k];
        if (strncmp(arg, "--", 2) != 0) {
            if (o->n_names >= (o->max_names > 0 ? o->max_names : 1)) {
                (void)snprintf(what, sizeof what, "'%s' is one word too many",
                               arg); /* cut is fine */
                return cli_usage(cmd, what);
            }
            o->names[o->n_names++] = arg;
            o->name = o->names[0];
            continue;
        }
        const char *key = arg + 2;
        size_t n = strcspn(key, "=");
        const char *value = key[n] == '=' ? key + n + 1 : NULL;
        (void)snprintf(what, sizeof what, "no option '%s' here", arg);
        if (!is_listed(allowed, key, n)) {
            return cli_usage(cmd, what);
        }
        if (is_key(key, n, "json")) {
            if (value != NULL) {
                return cli_usage(cmd, "--json takes no value");
            }
            o->json = true;
            continue;
        }
        if (is_key(key, n, "csi") && value == NULL) {
            o->csi = true;
            continue;
        }
        if (value == NULL && k + 1 < argc) {
            value = argv[++k];
        }
        (void)snprintf(what, sizeof what, "--%.*s: %s%s", (int)n, key,
                       value != NULL ? "bad value " : "no value",
                       value != NULL ? value : "");
        if (value == NULL || take_value(o, key, n, value) < 0) {
            return cli_usage(cmd, what);
        }
    }
    return 0;
}
