/* cli_twin_replay.c - `precast twin replay`, `at` and `whatif`. */
#include <inttypes.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/wire/items.h"
#include "drivers/driver.h"
#include "host/cli/cli_twin.h"
#include "net/port/pcap_port.h"
#include "twin/rerun.h"

/* --- replay --------------------------------------------------------------- */

struct replay {
    const struct history_window *h;
    uint64_t from;          /* before it, nothing is told */
    struct pcap_sink *sink; /* or NULL */
    size_t mark;            /* the next one to look at */
    uint64_t equal, differ; /* bursts */
    uint64_t first_differ;  /* item */
};

/* Writes the packets that are not before 'from'. */
static int write_from(struct replay *r, const struct fn_span *out)
{
    size_t skip = out->item0 < r->from ? (size_t)(r->from - out->item0) : 0;
    struct fn_span span = *out;

    skip = skip < out->n ? skip : out->n;
    span.items = (struct pkt *)out->items + skip;
    span.n -= skip;
    return pcap_sink_write(r->sink, &span);
}

static int replay_burst(void *ctx, const struct fn_span *in,
                        const struct fn_span *out)
{
    struct replay *r = ctx;
    const struct history_mark *m = r->h->mark;

    while (r->mark < r->h->n_marks && m[r->mark].item < in->item0) {
        r->mark++;
    }
    if (in->item0 + in->n <= r->from) {
        return 0;
    }
    if (r->mark < r->h->n_marks && m[r->mark].item == in->item0 &&
        m[r->mark].n == in->n) {
        bool same = m[r->mark].digest == wire_digest(out);
        r->first_differ = !same && r->differ == 0 ? in->item0 : r->first_differ;
        r->equal += same;
        r->differ += !same;
    }
    return r->sink != NULL ? write_from(r, out) : 0;
}

/* The ends of all recorded bursts, so that digests are of the same items. */
static uint64_t *cuts_of(const struct history_window *h)
{
    uint64_t *cut = calloc(h->n_marks + 1, sizeof *cut);

    for (size_t k = 0; cut != NULL && k < h->n_marks; k++) {
        cut[k] = h->mark[k].item + h->mark[k].n;
    }
    return cut;
}

/* A body of 'fn' to run on; the RTL one in a simulated slot. */
static int open_body(const struct fn *fn, bool rtl, struct device **device,
                     struct body **body)
{
    struct device_config config = {.n_slots = 1, .width_bits = 64};
    int err = 0;

    if (!rtl) {
        return body_open_c(fn, body);
    }
    err = driver_open("sim", &config, device);
    return err < 0 ? err : device_load(*device, 0, fn, body);
}

static int say_replay(const struct replay *r, bool json, const char *body,
                      const char *node)
{
    uint64_t n = r->h->w.in.item0 + r->h->w.in.n - r->from;
    json_t *o;

    if (!json) {
        printf("%s: %" PRIu64 " items from item %" PRIu64
               " on body %s: %" PRIu64
               " outputs equal what was recorded, %" PRIu64 " differ",
               node, n, r->from, body, r->equal, r->differ);
        if (r->differ > 0) {
            printf(", the first at item %" PRIu64, r->first_differ);
        }
        (void)putchar('\n');
        return r->differ > 0 ? ERR_DIFFERS : 0;
    }
    o = json_pack("{ss, ss, ss, sI, sI, sI, sI}", "type", "replay", "node",
                  node, "body", body, "from", (json_int_t)r->from, "items",
                  (json_int_t)n, "equal", (json_int_t)r->equal, "differ",
                  (json_int_t)r->differ);
    if (r->differ > 0) {
        (void)json_object_set_new(o, "first_item",
                                  json_integer((json_int_t)r->first_differ));
    }
    (void)json_dumpf(o, stdout, JSON_COMPACT); /* cli_flush() checks */
    (void)putchar('\n');
    json_decref(o);
    return r->differ > 0 ? ERR_DIFFERS : 0;
}

static int run_replay(struct replay *r, bool rtl)
{
    struct device *device = NULL;
    struct body *body = NULL;
    uint64_t *cut = cuts_of(r->h);
    const struct twin_rerun how = {
        .cut = cut, .n_cuts = r->h->n_marks, .each = replay_burst, .ctx = r};
    int err =
        cut == NULL ? ERR_NO_MEM : open_body(r->h->w.fn, rtl, &device, &body);

    if (err == 0) {
        err = body_load(body, &r->h->w.start);
        err = err < 0 ? err : twin_rerun(&r->h->w, body, &how);
        if (err == ERR_HANG || err == ERR_DEVICE || err == ERR_CAPACITY) {
            (void)err_say(err, "the body %s",
                          err == ERR_CAPACITY ? "does not hold the state"
                                              : "failed");
        }
    }
    body_close(body);
    device_close(device);
    free(cut);
    return err;
}

int cli_twin_replay(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {.body = "c"};
    struct history_bursts b = {.n = 0};
    struct history_window h = {.n_marks = 0};
    struct replay r = {.h = &h};
    int err = cli_opts_read(cmd, "node from to body out json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.name == NULL) {
        return cli_usage(cmd, "no folder");
    }
    err = cli_twin_window(o.name, &o, &b, &h);
    if (err == 0) {
        r.from = h.w.in.item0;
        (void)(cli_opt(&o, "from") != NULL && /* checked before */
               parse_u64(cli_opt(&o, "from"), UINT64_MAX, &r.from));
        if (o.out != NULL && h.w.fn->csr->out != FN_PKT) {
            err = err_say(ERR_USAGE, "--out: %s gives no packets",
                          h.w.fn->csr->name);
        }
    }
    if (err == 0 && o.out != NULL) {
        err = pcap_sink_check(o.out);
        err = err < 0
                  ? err
                  : pcap_sink_open(o.out, PCAP_CLASSIC, DLT_EN10MB, &r.sink);
    }
    err = err < 0 ? err : run_replay(&r, strcmp(o.body, "rtl") == 0);
    int sink_err = pcap_sink_close(r.sink);
    err = err < 0 ? err : sink_err;
    err = err < 0 ? err : say_replay(&r, o.json, o.body, b.node);
    history_window_close(&h);
    history_bursts_close(&b);
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}

/* --- at ------------------------------------------------------------------- */

/* The item that came last at time 't_ns'. */
static uint64_t item_at(const struct history_bursts *b, uint64_t t_ns)
{
    uint64_t item = b->at[0].item;

    for (size_t k = 0; k < b->n && b->at[k].t_ns <= t_ns; k++) {
        item = b->at[k].item + b->at[k].n;
    }
    return item;
}

static void say_at(struct body *body, uint64_t item, const char *node,
                   bool json)
{
    static const char *const kinds[] = {[CSR_RW] = "parameter",
                                        [CSR_RO] = "value",
                                        [CSR_COUNT] = "counter",
                                        [CSR_STICKY] = "state"};
    const struct csr_layout *l = body->fn->csr;
    json_t *o = json_pack("{ss, ss, ss, sI}", "type", "at", "node", node, "fn",
                          l->name, "item", (json_int_t)item);

    if (!json) {
        printf("%s (%s) before item %" PRIu64 "\n", node, l->name, item);
    }
    for (size_t k = 0; k < l->n_regs; k++) {
        uint32_t value = 0;
        if (l->regs[k].offset >= CSR_WINDOW_INDEX) {
            continue; /* no parameter: the way to the tables */
        }
        (void)body_read(body, l->regs[k].offset, &value); /* a C body */
        (void)json_object_set_new(o, l->regs[k].name, json_integer(value));
        if (!json) {
            printf("  %-9s %-14s 0x%08x %10u  %s\n", kinds[l->regs[k].access],
                   l->regs[k].name, value, value, l->regs[k].help);
        }
    }
    if (json) {
        (void)json_dumpf(o, stdout, JSON_COMPACT); /* cli_flush() checks */
        (void)putchar('\n');
    }
    json_decref(o);
}

int cli_twin_at(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {.max_names = 2};
    struct history_bursts b = {.n = 0};
    struct history_window h = {.n_marks = 0};
    struct body *body = NULL;
    uint64_t item = 0, t_ns = 0;
    int err = cli_opts_read(cmd, "node json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.n_names != 2) {
        return cli_usage(cmd, "a folder and a time or item are due");
    }
    bool is_time = cli_twin_parse_time(o.names[1], &t_ns);
    if (!is_time && !parse_u64(o.names[1], UINT64_MAX, &item)) {
        return cli_usage(cmd, "expected a time like 2026-11-21T11:47:38Z or "
                              "the number of an item");
    }
    err = history_bursts(o.name, cli_opt(&o, "node"), &b);
    if (err == 0) {
        item = is_time ? item_at(&b, t_ns) : item;
        err = history_window(o.name, b.node, item, item, &h);
    }
    err = err < 0 ? err : body_open_c(h.w.fn, &body);
    err = err < 0 ? err : body_load(body, &h.w.start);
    err = err < 0 ? err
                  : twin_rerun(&h.w, body, &(struct twin_rerun){.each = NULL});
    if (err == 0) {
        say_at(body, item, b.node, o.json);
    }
    body_close(body);
    history_window_close(&h);
    history_bursts_close(&b);
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}
