/* cli_twin_print.c - records and times as people read them; see cli_twin.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "host/cli/cli_twin.h"

static const uint64_t second_ns = 1000000000;

void cli_twin_time(uint64_t t_ns, char text[40])
{
    time_t s = (time_t)(t_ns / second_ns);
    struct tm tm;
    size_t n;

    (void)gmtime_r(&s, &tm); /* years of 64-bit ns fit */
    n = strftime(text, 40, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(text + n, 40 - n, ".%06uZ",
                   (unsigned)(t_ns % second_ns / 1000)); /* fits */
}

/* A fraction of a second behind a time: ".123", or nothing. */
static bool parse_fraction(const char *text, uint64_t *ns)
{
    uint64_t unit = second_ns / 10;

    *ns = 0;
    if (*text == '.') {
        for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10) {
            *ns += (uint64_t)(*text - '0') * unit;
        }
    }
    return *text == '\0' || strcmp(text, "Z") == 0;
}

bool cli_twin_parse_time(const char *text, uint64_t *t_ns)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    uint64_t fraction;
    char *end;
    long long s;

    if (rest != NULL) {
        s = timegm(&tm);
    } else {
        s = strtoll(text, &end, 10);
        if (end == text || *end != '.') {
            return false; /* a number alone is an item */
        }
        rest = end;
    }
    if (s < 0 || (uint64_t)s > UINT64_MAX / second_ns - 1 ||
        !parse_fraction(rest, &fraction)) {
        return false;
    }
    *t_ns = (uint64_t)s * second_ns + fraction;
    return true;
}

bool cli_twin_parse_span(const char *text, uint64_t *ns)
{
    static const struct {
        const char *name;
        double ns;
    } unit[] = {{"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}};
    char *end;
    double v = strtod(text, &end);

    if (end == text || !(v >= 0 && v <= 1e9)) {
        return false;
    }
    for (size_t k = 0; k < sizeof unit / sizeof unit[0]; k++) {
        if (strcmp(end, unit[k].name) == 0 && v * unit[k].ns < 1e19) {
            *ns = (uint64_t)(v * unit[k].ns);
            return true;
        }
    }
    return false;
}

/* " NAME TEXT" unless it is empty. */
static void put(const char *name, struct wire_text t)
{
    if (t.n > 0) {
        printf(" %s%.*s", name, (int)t.n, t.at);
    }
}

static void put_telemetry(const struct wire_record *r)
{
    json_t *o = wire_json(r);
    const char *damaged = json_string_value(json_object_get(o, "damaged"));

    if (damaged != NULL) {
        printf(" %s", damaged);
    } else {
        printf(" window %" JSON_INTEGER_FORMAT " errors 0x%" PRIx64,
               json_integer_value(json_object_get(o, "window")),
               (uint64_t)json_integer_value(json_object_get(o, "errors")));
    }
    json_decref(o);
}

int cli_twin_record(void *ctx, const struct wire_record *r)
{
    const bool *json = ctx;
    bool alarm = r->type == WIRE_VERDICT || r->type == WIRE_ALARM;
    char time[40];

    if (*json) {
        json_t *o = wire_json(r);
        (void)json_dumpf(o, stdout, JSON_COMPACT); /* cli_flush() checks */
        (void)putchar('\n');
        json_decref(o);
        return 0;
    }
    cli_twin_time(r->t_ns, time);
    printf("%s %s %8" PRIu64 " %-10s", alarm ? "!!" : "  ", time, r->item,
           wire_type_name(r->type));
    put("", r->node);
    put("", r->device);
    put("", r->fn);
    put("", r->kind);
    put("", r->text);
    put("in ", r->stage);
    put("register ", r->reg);
    put("class ", r->class);
    if (r->type == WIRE_TELEMETRY) {
        put_telemetry(r);
    }
    if (r->type == WIRE_SUMMARY) {
        printf(" %" PRIu64 " items, %" PRIu64 " dropped, %" PRIu64
               " bytes, %" PRIu64 " frames, %" PRIu64 " verdicts",
               r->count, r->dropped, r->octets, r->frames, r->verdicts);
    }
    (void)putchar('\n');
    return 0;
}

int cli_twin_window(const char *dir, const struct cli_opts *o,
                    struct history_bursts *b, struct history_window *out)
{
    const char *from_text = cli_opt(o, "from"), *to_text = cli_opt(o, "to");
    uint64_t from, to;
    int err = history_bursts(dir, cli_opt(o, "node"), b);

    if (err < 0) {
        return err;
    }
    from = b->at[0].item;
    to = b->at[b->n - 1].item + b->at[b->n - 1].n;
    if ((from_text != NULL && !parse_u64(from_text, UINT64_MAX, &from)) ||
        (to_text != NULL && !parse_u64(to_text, UINT64_MAX, &to)) ||
        from >= to) {
        return err_say(ERR_USAGE, "--from and --to: expected numbers of items, "
                                  "the first below the second");
    }
    return history_window(dir, b->node, from, to, out);
}
