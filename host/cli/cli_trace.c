/*
 * cli_trace.c - `precast fn trace`: what a function does with each item of a
 * file, in either body.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/json/json_line.h"
#include "core/registry.h"
#include "drivers/driver.h"
#include "host/cli/cli.h"
#include "net/port/pcap_port.h"

enum { OUT_BYTES = (4 << 20) + FN_BURST_PKT * PCAP_ROOM_BYTES };

struct trace {
    const struct fn *fn;
    bool json;
    struct device *device; /* NULL for the C body */
    struct body *body;
    uint64_t item;
    struct pkt in[FN_BURST_PKT], out[FN_BURST_PKT];
    struct iq16 iq_in[FN_BURST_IQ], iq_out[FN_BURST_IQ];
    uint8_t *bytes; /* [OUT_BYTES], for what a device gives */
};

static void print_packet(const struct trace *t, const struct pkt *p)
{
    bool drop = (p->flags & PKT_DROP) != 0;
    const char *verdict = t->fn->verdict != NULL ? t->fn->verdict(p)
                          : drop                 ? "drop"
                                                 : "pass";

    if (!t->json) {
        printf("%8" PRIu64 "  %-5s mark %-5u %s\n", p->item,
               drop ? "drop" : "pass", p->mark, verdict);
        return;
    }
    json_t *o =
        json_pack("{ss, sI}", "type", "trace", "item", (json_int_t)p->item);
    if (!drop) {
        (void)json_object_set_new(o, "port", json_integer(p->out_port));
    }
    (void)json_object_set_new(o, "mark", json_integer(p->mark));
    if (drop) {
        (void)json_object_set_new(o, "drop", json_string(verdict));
    }
    json_line(stdout, o, 0);
}

static void print_sample(const struct trace *t, uint64_t item, struct iq16 y)
{
    if (t->json) {
        json_line(stdout,
                  json_pack("{ss, sI, si, si}", "type", "trace", "item",
                            (json_int_t)item, "i", y.i, "q", y.q),
                  0);
    } else {
        printf("%8" PRIu64 "  %6d %6d\n", item, y.i, y.q);
    }
}

/* Runs one burst of packets. */
static int trace_burst(struct trace *t, const struct fn_span *in)
{
    struct fn_span out = {.items = t->out, .cap = FN_BURST_PKT};
    size_t at = 0;

    for (size_t k = 0; k < in->n; k++) {
        uint32_t room = t->in[k].len_bytes + PCAP_ROOM_BYTES;
        t->in[k].item = t->item++;
        t->out[k] = (struct pkt){.data = NULL}; /* the C body edits in place */
        if (t->device != NULL) {
            t->out[k].data = t->bytes + at;
            t->out[k].room_bytes = room;
            at += room;
        }
    }
    int err = body_run(t->body, in, &out);
    for (size_t k = 0; k < out.n; k++) {
        print_packet(t, &t->out[k]);
    }
    if (err < 0 || out.n != in->n) {
        return err_say(ERR_DEVICE, "the slot gave %zu of %zu packets", out.n,
                       in->n);
    }
    return 0;
}

static int trace_packets(struct trace *t, const char *name)
{
    struct pcap_source *source = NULL;
    int err = pcap_source_open(name, 0, &source);
    int n = 1;

    while (err == 0 && n > 0) {
        struct fn_span in = {
            .type = FN_PKT, .items = t->in, .cap = FN_BURST_PKT};
        n = pcap_source_read(source, &in);
        err = n < 0 ? n : n > 0 ? trace_burst(t, &in) : 0;
    }
    pcap_source_close(source);
    return err;
}

/* Raw ci16_le, which is how struct iq16 lies in memory here. */
static int trace_samples(struct trace *t, const char *name)
{
    FILE *f = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
    int err = 0;
    size_t got = sizeof t->iq_in;

    if (f == NULL) {
        return err_say(ERR_BAD_INPUT, "%s: %s", name, strerror(errno));
    }
    while (err == 0 && got == sizeof t->iq_in) {
        struct fn_span in = {
            .type = FN_IQ16, .items = t->iq_in, .cap = FN_BURST_IQ};
        struct fn_span out = {.items = t->iq_out, .cap = FN_BURST_IQ};
        got = fread(t->iq_in, 1, sizeof t->iq_in, f);
        in.n = got / sizeof t->iq_in[0];
        in.item0 = t->item;
        err = in.n > 0 ? body_run(t->body, &in, &out) : 0;
        for (size_t k = 0; in.n > 0 && k < out.n; k++) {
            print_sample(t, t->item++, t->iq_out[k]);
        }
    }
    if (err < 0) {
        (void)err_say(err, "%s: the slot failed at sample %llu", name,
                      (unsigned long long)t->item);
    } else if (ferror(f) || t->item == 0) {
        err = err_say(ERR_BAD_INPUT, "%s: %s", name,
                      ferror(f) ? strerror(errno)
                                : "no sample, expected raw ci16_le");
    } else if (got % sizeof t->iq_in[0] != 0) {
        err = err_say(ERR_BAD_INPUT,
                      "%s: ends within sample %llu, expected raw ci16_le", name,
                      (unsigned long long)t->item);
    }
    if (f != stdin) {
        (void)fclose(f); /* only read from */
    }
    return err;
}

/* What the slot counted by itself. */
static void print_slot(const struct trace *t)
{
    struct slot_counters c;

    if (t->device == NULL || device_counters(t->device, 0, &c) < 0) {
        return;
    }
    if (t->json) {
        json_line(stdout,
                  json_pack("{ss, sI, sI, sI, sI}", "type", "slot", "cycles",
                            (json_int_t)c.cycles, "items_in",
                            (json_int_t)c.items_in, "items_out",
                            (json_int_t)c.items_out, "dropped",
                            (json_int_t)c.dropped),
                  0);
    } else {
        printf("slot: %u items in, %u out, %u dropped, %" PRIu64 " clocks\n",
               c.items_in, c.items_out, c.dropped, c.cycles);
    }
}

/* All --set K=V into 'w'. */
static int read_settings(const struct fn *fn, const struct cli_opts *o,
                         struct write_list *w)
{
    char key[64];
    int err = 0;

    for (size_t k = 0; err == 0 && k < o->n_set; k++) {
        size_t n = strcspn(o->set[k], "=");
        (void)snprintf(key, sizeof key, "%.*s", (int)n, o->set[k]); /* cut */
        err = fn_set(fn, key, o->set[k] + n + 1, "--set", NULL, w);
    }
    return err;
}

/* The body that --body asks for, with the settings applied. */
static int open_body(struct trace *t, const struct cli_opts *o)
{
    struct device_config config = {.n_slots = 1, .width_bits = o->width_bits};
    struct write_list w = {0};
    struct body *c = NULL;
    struct blob blob = {0};
    size_t table;
    uint32_t have, hold;
    int err = read_settings(t->fn, o, &w);

    if (err == 0) {
        err = body_open_c(t->fn, &c);
    }
    if (err == 0) {
        err = write_list_apply(&w, c);
    }
    write_list_close(&w);
    t->body = c;
    if (err < 0 || strcmp(o->body, "c") == 0) {
        return err;
    }
    t->body = NULL;
    err = driver_open("sim", &config, &t->device);
    if (err == 0) {
        err = device_load(t->device, 0, t->fn, &t->body);
    }
    if (err == 0) {
        err = body_save(c, &blob);
    }
    if (err == 0 && !body_fits(t->body, &blob, &table, &have, &hold)) {
        err = err_say(ERR_CAPACITY,
                      "%s: table %s has %u entries, the image "
                      "holds %u",
                      t->fn->csr->name, t->fn->csr->tables[table].name, have,
                      hold);
    } else if (err == 0 && body_load(t->body, &blob) < 0) {
        err = err_say(ERR_DEVICE, "%s: the slot does not take its settings",
                      t->fn->csr->name);
    }
    blob_close(&blob);
    body_close(c);
    return err;
}

int cli_fn_trace(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {.body = "c", .width_bits = 64};
    struct trace *t = NULL;
    int err = cli_opts_read(cmd, "in set body width json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.name == NULL || o.in == NULL) {
        return cli_usage(cmd, o.name == NULL ? "no function named" : "no --in");
    }
    const struct fn *fn = registry_find(o.name);
    if (fn == NULL) {
        return err_say(ERR_NOT_FOUND,
                       "no function '%s', expected one of `precast fn list`",
                       o.name);
    }
    if (strcmp(o.body, "rtl") == 0 && !registry_has_rtl(o.name)) {
        return err_say(ERR_NOT_FOUND, "%s has no RTL body, expected --body c",
                       o.name);
    }
    t = calloc(1, sizeof *t);
    if (t != NULL) {
        t->bytes = malloc(OUT_BYTES);
    }
    if (t == NULL || t->bytes == NULL) {
        free(t);
        return err_say(ERR_NO_MEM, "fn trace: not enough memory");
    }
    if (fn->csr->in != FN_PKT && fn->csr->in != FN_IQ16) {
        free(t->bytes);
        free(t);
        return err_say(ERR_BAD_INPUT, "%s is a receiver, see precast scan",
                       o.name);
    }
    t->fn = fn;
    t->json = o.json;
    err = open_body(t, &o);
    if (err == 0) {
        err = fn->csr->in == FN_PKT ? trace_packets(t, o.in)
                                    : trace_samples(t, o.in);
        print_slot(t);
    }
    body_close(t->body);
    device_close(t->device);
    free(t->bytes);
    free(t);
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}
