/* cli_twin_campaign.c - `precast twin campaign`. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "host/campaign/campaign.h"
#include "host/campaign/interval.h"
#include "host/campaign/regs.h"
#include "host/cli/cli_twin.h"

enum { WINDOW_BEATS = 64, SETTINGS = 192, ESCAPES_MAX = 1000 };

static const double tail = 0.05; /* one-sided: bounds of 95% */

struct out {
    const char *fn;
    bool json;
    uint64_t missed;
    struct campaign_escape escape[ESCAPES_MAX]; /* the first, for the page */
    size_t n_escapes;
};

static double share(uint64_t k, uint64_t n)
{
    return n == 0 ? 0 : (double)k / (double)n;
}

static void print_json(json_t *object)
{
    (void)json_dumpf(object, stdout, JSON_COMPACT); /* cli_flush() checks */
    (void)putchar('\n');
    json_decref(object);
}

static void row_json(const char *fn, const struct campaign_row *r)
{
    uint64_t effective = r->detected + r->missed;
    json_t *o = json_pack(
        "{ss, ss, ss, ss, sI, sI, sI, sI, sI}", "type", "campaign", "fn", fn,
        "faults", r->faults, "part", r->part, "n", (json_int_t)r->n, "masked",
        (json_int_t)r->masked, "detected", (json_int_t)r->detected, "missed",
        (json_int_t)r->missed, "hang", (json_int_t)r->hang);

    (void)json_object_set_new(o, "noticed",
                              json_integer((json_int_t)r->noticed));
    if (r->equivalent > 0) {
        (void)json_object_set_new(o, "equivalent",
                                  json_integer((json_int_t)r->equivalent));
    }
    if (effective > 0) {
        (void)json_object_set_new(
            o, "missed_below",
            json_real(interval_upper(r->missed, effective, tail)));
    }
    if (r->visible > 0) {
        (void)json_object_set_new(o, "latency_p50",
                                  json_integer(r->latency_p50));
        (void)json_object_set_new(o, "latency_p95",
                                  json_integer(r->latency_p95));
    }
    if (r->stage_named > 0) {
        (void)json_object_set_new(
            o, "stage_right", json_real(share(r->stage_right, r->stage_named)));
    }
    if (r->judged > 0) {
        (void)json_object_set_new(o, "stays_right",
                                  json_real(share(r->judged_right, r->judged)));
    }
    (void)json_object_set_new(o, "windows_max", json_integer(r->windows_max));
    (void)json_object_set_new(o, "windows_bound",
                              json_integer(r->windows_bound));
    print_json(o);
}

static void row_text(const char *fn, const struct campaign_row *r)
{
    uint64_t effective = r->detected + r->missed;

    printf("%-10s %-6s %-10s %7llu %7llu %7llu %6llu %5llu  %7.3f%% (missed "
           "< %.3f%%) %4u %4u  %5.1f%% %5.1f%%  %3u of %u\n",
           fn, r->faults, r->part, (unsigned long long)r->n,
           (unsigned long long)r->masked, (unsigned long long)r->detected,
           (unsigned long long)r->missed, (unsigned long long)r->hang,
           100 * share(r->detected, effective),
           100 * interval_upper(r->missed, effective, tail), r->latency_p50,
           r->latency_p95, 100 * share(r->stage_right, r->stage_named),
           100 * share(r->judged_right, r->judged), r->windows_max,
           r->windows_bound);
}

static void take_row(void *ctx, const struct campaign_row *r)
{
    struct out *o = ctx;

    o->missed += r->missed;
    if (o->json) {
        row_json(o->fn, r);
    } else {
        row_text(o->fn, r);
    }
}

static void take_escape(void *ctx, const struct campaign_escape *e)
{
    struct out *o = ctx;

    if (o->json) {
        print_json(json_pack("{ss, ss, ss, ss, ss, sI}", "type", "escape", "fn",
                             o->fn, "faults", e->faults, "part", e->part,
                             "where", e->where, "at", (json_int_t)e->at));
    } else if (o->n_escapes < ESCAPES_MAX) {
        o->escape[o->n_escapes++] = *e;
    }
}

static int run_kind(const struct cli_cmd *cmd, const struct campaign_config *c,
                    const char *kind, const struct campaign_sink *to)
{
    char what[96];

    if (strcmp(kind, "seu") == 0 || strcmp(kind, "stuck") == 0) {
        return campaign_registers(c, kind, to);
    }
    if (strcmp(kind, "logic") == 0 || strcmp(kind, "config") == 0 ||
        strcmp(kind, "bits") == 0) {
        return campaign_mutants(c, kind, to);
    }
    (void)snprintf(what, sizeof what, "--faults: no '%.40s'", kind); /* fits */
    return cli_usage(cmd, what);
}

static int run_kinds(const struct cli_cmd *cmd, const struct campaign_config *c,
                     const char *kinds, struct out *out)
{
    struct campaign_sink to = {take_row, take_escape, out};
    int err = 0;

    if (!out->json) {
        printf("%-10s %-6s %-10s %7s %7s %7s %6s %5s  %-27s %9s  %6s %6s  "
               "windows\n",
               "function", "faults", "part", "n", "masked", "detect", "missed",
               "hang", "detected of effective", "beats 50/95", "stage",
               "stays");
    }
    while (err == 0 && *kinds != '\0' && *c->stop == 0) {
        char kind[32];
        size_t n = strcspn(kinds, ",");
        (void)snprintf(kind, sizeof kind, "%.*s", (int)n, kinds); /* cut */
        err = run_kind(cmd, c, kind, &to);
        kinds += n + (kinds[n] == ',');
    }
    for (size_t k = 0; k < out->n_escapes; k++) {
        const struct campaign_escape *e = &out->escape[k];
        printf("escaped: %s %s %s at item %llu\n", e->faults, e->part, e->where,
               (unsigned long long)e->at);
    }
    return err;
}

/* Of registers or of a bitstream. */
static bool is_part(const char *name)
{
    static const char *const bits[] = {"lut", "routing", "contention"};
    bool is = regs_is_part(name);

    for (size_t k = 0; k < sizeof bits / sizeof bits[0]; k++) {
        is = is || strcmp(name, bits[k]) == 0;
    }
    return is;
}

static int check(const struct cli_cmd *cmd, const struct cli_opts *o,
                 struct campaign_config *c)
{
    double window = WINDOW_BEATS, n = 1000, settings = SETTINGS, effective = 0;
    const char *items = cli_opt(o, "items"), *part = cli_opt(o, "part");
    int err = cli_opt_number(cmd, o, "window", 0, 65535, &window);

    err = err < 0 ? err : cli_opt_number(cmd, o, "n", 1, 1e7, &n);
    err =
        err < 0 ? err : cli_opt_number(cmd, o, "effective", 1, 1e7, &effective);
    err = err < 0 ? err : cli_opt_number(cmd, o, "settings", 1, 1e6, &settings);
    if (err < 0) {
        return err;
    }
    if (o->name == NULL) {
        return cli_usage(cmd, "no function named");
    }
    if (items != NULL && strcmp(items, "on") != 0 &&
        strcmp(items, "off") != 0) {
        return cli_usage(cmd, "--items is on or off");
    }
    if (part != NULL && !is_part(part)) {
        return cli_usage(cmd, "--part: no such part");
    }
    *c = (struct campaign_config){
        .fn = registry_find(o->name),
        .n = (uint64_t)n,
        .effective = (uint64_t)effective,
        .seed = o->seed,
        .window_beats = (uint32_t)window,
        .settings = (uint32_t)settings,
        .items = items == NULL || strcmp(items, "on") == 0,
        .part = part,
        .progress = isatty(STDERR_FILENO) == 1,
        .stop = cli_stop(),
    };
    if (c->fn == NULL || !registry_has_rtl(o->name)) {
        return err_say(ERR_NOT_FOUND,
                       "no function '%s' with an RTL body, expected one of "
                       "`precast fn list`",
                       o->name);
    }
    return 0;
}

int cli_twin_campaign(const struct cli_cmd *cmd, int argc, char **argv)
{
    static struct out out; /* one command a process; too large for the stack */
    struct cli_opts o = {.seed = 1};
    struct campaign_config c;
    const char *kinds;
    int err = cli_opts_read(
        cmd, "faults part n effective seed window settings items json", argc,
        argv, &o);

    err = err < 0 ? err : check(cmd, &o, &c);
    if (err < 0) {
        return err;
    }
    kinds = cli_opt(&o, "faults");
    out.fn = o.name;
    out.json = o.json;
    err = run_kinds(cmd, &c, kinds != NULL ? kinds : "seu,stuck", &out);
    if (err == 0 && out.missed > 0) {
        err = ERR_DIFFERS;
    }
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}
