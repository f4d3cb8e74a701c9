/* cli_twin_compare.c - `precast twin compare` and `precast twin diff`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/wire/file.h"
#include "host/cli/cli_twin.h"
#include "net/port/pcap_port.h"
#include "twin/log.h"

enum { SHOWN_BYTES = 80, LINE_MAX = 512 };

/* The answer: what its first lines say. */
struct answer {
    struct twin_verdict v;
    const char *node;
    char set[WIRE_TEXT_MAX + 1];
    char device[2 * SHOWN_BYTES + 1], twin[2 * SHOWN_BYTES + 1]; /* hex */
    char later[64]; /* of what followed, how much differs; "" if unknown */
    size_t n_compared;
};

static void hex(const uint8_t *bytes, size_t n, char text[2 * SHOWN_BYTES + 1])
{
    text[0] = '\0';
    for (size_t k = 0; k < n && k < SHOWN_BYTES; k++) {
        (void)snprintf(text + 2 * k, 3, "%02x", bytes[k]); /* fits */
    }
}

static int exit_code(enum twin_kind kind)
{
    return kind == TWIN_EQUAL                                ? 0
           : kind == TWIN_INCOMPARABLE || kind == TWIN_IMAGE ? ERR_BAD_INPUT
                                                             : ERR_DIFFERS;
}

/* Prints it; the command's error. */
static int say(const struct answer *a, bool json)
{
    const struct {
        const char *name, *value;
    } row[] = {
        {"device", a->device},
        {"twin", a->twin},
        {"stage", a->v.stage[0] != '\0' ? a->v.stage : "unknown"},
        {"class", a->v.fault_class != NULL ? a->v.fault_class : "unknown"},
        {"later", a->later},
        {"parameters", a->set},
        {"node", a->node},
        {"detail", a->v.text},
    };
    json_t *o = json_pack("{ss, ss, sI, sI}", "type", "compare", "verdict",
                          twin_kind_name(a->v.kind), "first_item",
                          (json_int_t)a->v.first_item, "compared",
                          (json_int_t)a->n_compared);
    bool equal = a->v.kind == TWIN_EQUAL;

    if (!json) {
        printf("verdict: %s\n", twin_kind_name(a->v.kind));
        printf("%s: %" PRIu64 "\n", equal ? "items to" : "first item",
               a->v.first_item);
    }
    for (size_t k = 0; !equal && k < sizeof row / sizeof row[0]; k++) {
        if (row[k].value == a->later && a->later[0] == '\0') {
            continue;
        }
        (void)json_object_set_new(o, row[k].name, json_string(row[k].value));
        if (!json) {
            printf("%s: %s\n", row[k].name, row[k].value);
        }
    }
    if (json) {
        (void)json_dumpf(o, stdout, JSON_COMPACT); /* cli_flush() checks */
        (void)putchar('\n');
    } else {
        printf("compared: %zu\n", a->n_compared);
    }
    json_decref(o);
    return exit_code(a->v.kind);
}

/* --- files of records ------------------------------------------------------
 */

static int compare_logs(const char *a, const char *b, bool json)
{
    struct twin_log *la = NULL, *lb = NULL;
    int err = twin_log_open(a, &la);

    err = err < 0 ? err : twin_log_open(b, &lb);
    if (err == 0) {
        struct twin_log_verdict r = twin_log_compare(la, lb);
        struct answer answer = {
            .v = r.v, .node = r.node, .n_compared = r.n_compared};
        memcpy(answer.set, r.set, sizeof answer.set);
        hex(r.device, r.n_device, answer.device);
        hex(r.twin, r.n_twin, answer.twin);
        err = say(&answer, json);
    }
    twin_log_close(la);
    twin_log_close(lb);
    return err;
}

/* --- captures ---------------------------------------------------------------
 */

/* All packets of a capture, with their bytes. */
static int load(const char *path, struct fn_span *all)
{
    struct pkt burst[FN_BURST_PKT] = {{.data = NULL}};
    struct pcap_source *source = NULL;
    int err = pcap_source_open(path, 0, &source);

    *all = (struct fn_span){.type = FN_PKT};
    while (err == 0) {
        struct fn_span span = {
            .type = FN_PKT, .items = burst, .cap = FN_BURST_PKT};
        int n = pcap_source_read(source, &span);
        if (n <= 0) {
            err = n;
            break;
        }
        if (all->n + span.n > all->cap) {
            size_t cap = 2 * all->cap + FN_BURST_PKT;
            void *items = realloc(all->items, cap * sizeof(struct pkt));
            err = items == NULL ? ERR_NO_MEM : 0;
            all->items = items != NULL ? items : all->items;
            all->cap = items != NULL ? cap : all->cap;
        }
        for (size_t k = 0; err == 0 && k < span.n; k++) {
            struct pkt p = burst[k];
            p.data = malloc(p.len_bytes + 1);
            err = p.data == NULL ? ERR_NO_MEM : 0;
            if (err == 0) {
                memcpy(p.data, burst[k].data, p.len_bytes);
                ((struct pkt *)all->items)[all->n++] = p;
            }
        }
    }
    pcap_source_close(source);
    return err;
}

static void unload(struct fn_span *all)
{
    for (size_t k = 0; k < all->n; k++) {
        free(((struct pkt *)all->items)[k].data);
    }
    free(all->items);
}

static void hex_pkt(const struct fn_span *all, size_t k,
                    char text[2 * SHOWN_BYTES + 1])
{
    if (k < all->n) {
        const struct pkt *p = (const struct pkt *)all->items + k;
        hex(p->data, p->len_bytes, text);
    }
}

/*
 * What follows the first wrong packet.  When all of it is right, the fault was
 * transient; when none is, permanent; else it may hang on the packets.
 */
static void look_on(const struct fn_span *device, const struct fn_span *twin,
                    struct answer *a)
{
    size_t n = device->n < twin->n ? device->n : twin->n;
    size_t later = 0, wrong = 0;

    for (size_t k = a->v.index + 1; k < n; k++) {
        struct fn_span d = {.type = FN_PKT, .n = 1}, t = d;
        d.items = (struct pkt *)device->items + k;
        t.items = (struct pkt *)twin->items + k;
        later++;
        wrong += twin_compare(&t, &d, 0).kind != TWIN_EQUAL;
    }
    if (a->v.kind != TWIN_DIFFER || later == 0) {
        return;
    }
    (void)snprintf(a->later, sizeof a->later, "%zu of %zu differ", wrong,
                   later); /* fits */
    a->v.fault_class = wrong == 0       ? "transient"
                       : wrong == later ? "permanent"
                                        : NULL;
}

static int compare_captures(const char *a, const char *b, bool json)
{
    struct fn_span device, twin = {.items = NULL};
    int err = load(a, &device);

    err = err < 0 ? err : load(b, &twin);
    if (err == 0) {
        struct answer answer = {.v = twin_compare(&twin, &device, 0),
                                .node = "",
                                .set = "unknown",
                                .n_compared = device.n};
        (void)snprintf(answer.v.stage, sizeof answer.v.stage,
                       "output"); /* fits */
        look_on(&device, &twin, &answer);
        hex_pkt(&device, answer.v.index, answer.device);
        hex_pkt(&twin, answer.v.index, answer.twin);
        err = say(&answer, json);
    }
    unload(&device);
    unload(&twin);
    return err;
}

static bool is_log(const char *path)
{
    struct stat st;

    return (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) || wire_is_file(path);
}

int cli_twin_compare(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {.max_names = 2};
    int err = cli_opts_read(cmd, "json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.n_names != 2) {
        return cli_usage(cmd, "two files are due");
    }
    if (is_log(o.names[0]) != is_log(o.names[1])) {
        return err_say(ERR_BAD_INPUT,
                       "%s and %s: one is a capture, expected two files of "
                       "records or two captures",
                       o.names[0], o.names[1]);
    }
    err = is_log(o.names[0]) ? compare_logs(o.names[0], o.names[1], o.json)
                             : compare_captures(o.names[0], o.names[1], o.json);
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}

/* --- diff -------------------------------------------------------------------
 */

/* The events of a run, each as a line without its time. */
struct events {
    char (*line)[LINE_MAX]; /* [n] */
    size_t n, cap;
};

static int add_event(void *ctx, const struct wire_record *r)
{
    struct events *e = ctx;

    if (e->n == e->cap) {
        size_t cap = 2 * e->cap + 64;
        void *line = realloc(e->line, cap * sizeof *e->line);
        if (line == NULL) {
            return ERR_NO_MEM;
        }
        e->line = line;
        e->cap = cap;
    }
    if (r->type == WIRE_RUN || r->type == WIRE_ALARM) {
        return 0; /* of the record keeping, not of the run */
    }
    (void)snprintf(e->line[e->n++], LINE_MAX,
                   "item %" PRIu64 " %s %.*s %.*s %.*s", r->item,
                   wire_type_name(r->type), (int)r->node.n,
                   r->node.n > 0 ? r->node.at : "", (int)r->kind.n,
                   r->kind.n > 0 ? r->kind.at : "", (int)r->text.n,
                   r->text.n > 0 ? r->text.at : ""); /* cut */
    return 0;
}

/* ERR_DIFFERS when the events do, with the first that does printed. */
static int diff_events(const struct events *a, const struct events *b,
                       bool json)
{
    size_t k = 0;

    while (k < a->n && k < b->n && strcmp(a->line[k], b->line[k]) == 0) {
        k++;
    }
    const char *x = k < a->n ? a->line[k] : "none";
    const char *y = k < b->n ? b->line[k] : "none";
    bool same = k == a->n && k == b->n;
    if (json) {
        json_t *o = json_pack("{ss, sI, sb}", "type", "events", "equal",
                              (json_int_t)k, "same", (int)same);
        if (!same) {
            (void)json_object_set_new(o, "first", json_string(x));
            (void)json_object_set_new(o, "second", json_string(y));
        }
        (void)json_dumpf(o, stdout, JSON_COMPACT); /* cli_flush() checks */
        (void)putchar('\n');
        json_decref(o);
    } else if (same) {
        printf("events: %zu, the same\n", k);
    } else {
        printf("events: %zu the same, then\n  first:  %s\n  second: %s\n", k, x,
               y);
    }
    return same ? 0 : ERR_DIFFERS;
}

int cli_twin_diff(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {.max_names = 2};
    struct events a = {0}, b = {0};
    int events_err = 0;
    int err = cli_opts_read(cmd, "json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.n_names != 2) {
        return cli_usage(cmd, "two folders are due");
    }
    err = history_events(o.names[0], 0, add_event, &a);
    err = err < 0 ? err : history_events(o.names[1], 0, add_event, &b);
    if (err == 0) {
        err = compare_logs(o.names[0], o.names[1], o.json);
    }
    if (err == 0 || err == ERR_DIFFERS) {
        events_err = diff_events(&a, &b, o.json);
    }
    free(a.line);
    free(b.line);
    int flush_err = cli_flush();
    err = err < 0 ? err : events_err;
    return err < 0 ? err : flush_err;
}
