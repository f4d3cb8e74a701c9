/*
 * gen_packets.c - see gen_packets.h.
 *
 * A packet is drawn from one region of gen_regions[], which says what its first
 * matching rule is.  Nothing here compares a packet with a rule.
 */
#include "net/port/gen_packets.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "net/port/gen_regions.h"
#include "net/port/pcap_port.h"
#include "net/port/pkt_build.h"

enum {
    LINK_ETHERNET = 1, /* DLT_EN10MB */
    MARKS_A_LINE = 24,
};

static const uint64_t start_ns = 1767225600000000000; /* 2026-01-01 UTC */
static const uint64_t step_ns = 1000;

struct gen {
    const char *out;
    uint32_t count;
    uint64_t seed;
    uint32_t flows;
    char *rules; /* names of the files beside 'out' */
    char *truth;
    uint8_t *marks;  /* [count] */
    uint8_t *frames; /* [FN_BURST_PKT][PKT_FRAME_MAX] */
    struct pkt pkts[FN_BURST_PKT];
};

/* Uniform in [range[0], range[1]], with a preference for its ends. */
static uint16_t draw_port(struct rng *r, const uint16_t *range)
{
    uint32_t n = (uint32_t)range[1] - range[0] + 1;

    switch (rng_below(r, 16)) {
    case 0: return range[0];
    case 1: return range[1];
    default: return (uint16_t)(range[0] + rng_below(r, n));
    }
}

/* Frame lengths: acknowledgements, full frames, and what lies between. */
static uint16_t draw_len(struct rng *r)
{
    static const struct {
        uint16_t weight, low, high;
    } mix[] = {
        {35, 60, 60},  {15, 61, 127},   {10, 128, 575},
        {5, 576, 576}, {10, 577, 1513}, {25, 1514, 1514},
    };
    uint32_t v = rng_below(r, 100);
    size_t k = 0;

    while (v >= mix[k].weight) { /* the weights add up to 100 */
        v -= mix[k].weight;
        k++;
    }
    return (uint16_t)(mix[k].low + rng_below(r, mix[k].high - mix[k].low + 1u));
}

/* The flags and offset word of an IPv4 header. */
static uint16_t draw_fragment(struct rng *r, bool may_fragment)
{
    uint32_t v = rng_below(r, 32);

    if (v < 4 && may_fragment) {
        /* A later fragment, in the steps of an MTU of 1500. */
        return (uint16_t)((v < 2 ? PKT_MORE_FRAGMENTS : 0) |
                          185 * (1 + rng_below(r, 8)));
    }
    if (v == 4) {
        return PKT_MORE_FRAGMENTS; /* the first has its ports and flags */
    }
    return v < 20 ? PKT_DONT_FRAGMENT : 0;
}

static uint8_t draw_proto(struct rng *r)
{
    static const uint8_t protos[] = {
        PKT_PROTO_TCP,  PKT_PROTO_TCP, PKT_PROTO_UDP,  PKT_PROTO_UDP,
        PKT_PROTO_ICMP, PKT_PROTO_ESP, PKT_PROTO_SCTP, PKT_PROTO_TEST,
    };

    return protos[rng_below(r, sizeof protos / sizeof protos[0])];
}

static const struct gen_region *draw_region(struct rng *r)
{
    uint32_t sum = 0;
    uint32_t v;
    size_t k = 0;

    for (size_t i = 0; i < gen_regions_n; i++) {
        sum += gen_regions[i].weight;
    }
    v = rng_below(r, sum);
    while (v >= gen_regions[k].weight) {
        v -= gen_regions[k].weight;
        k++;
    }
    return &gen_regions[k];
}

/* Draws a packet from 'g', builds it at 'frame' and returns its length. */
static uint32_t draw_packet(struct rng *r, const struct gen_region *g,
                            uint8_t *frame)
{
    static const uint8_t n_tags[] = {0, 0, 0, 0, 0, 1, 1, 2};
    struct pkt_desc d = {
        .ether_type = g->ether_type != 0 ? g->ether_type : PKT_ETHER_IPV4,
        .n_tags = g->n_tags != 0 ? g->n_tags : n_tags[rng_below(r, 8)],
        .ihl = 5,
        .proto = g->proto,
    };

    /* One draw a statement: an initializer's order is the compiler's choice. */
    if (rng_below(r, 10) == 0) {
        d.ihl = (uint8_t)(6 + rng_below(r, 10));
    }
    if (d.proto == 0) {
        d.proto = draw_proto(r);
    }
    d.src = g->src | ((uint32_t)rng_next(r) & g->src_free);
    d.dst = g->dst | ((uint32_t)rng_next(r) & g->dst_free);
    d.l4_flags = (uint8_t)(g->l4_flags | (rng_next(r) & g->l4_free));
    d.sport = draw_port(r, g->sport);
    d.dport = draw_port(r, g->dport);
    d.fragment = draw_fragment(r, g->may_fragment);
    d.len_bytes = draw_len(r);
    return pkt_build(&d, r, frame);
}

uint32_t gen_packets_next(struct gen_stream *g, uint8_t *frame, uint8_t *rule)
{
    /* A flow's packets are all drawn from its own number. */
    struct rng flow = {rng_next(&(struct rng){
        g->seed ^ (g->flows > 0 ? 1 + rng_below(&g->r, g->flows) : 0)})};
    struct rng *draw = g->flows > 0 ? &flow : &g->r;
    const struct gen_region *region = draw_region(draw);

    *rule = region->rule;
    return draw_packet(draw, region, frame);
}

uint64_t gen_packets_time_ns(uint64_t k)
{
    return start_ns + k * step_ns;
}

static int write_burst(struct gen *g, struct gen_stream *stream,
                       struct pcap_sink *sink, size_t first, size_t n)
{
    struct fn_span span = {.type = FN_PKT,
                           .items = g->pkts,
                           .n = n,
                           .cap = FN_BURST_PKT,
                           .item0 = first};

    for (size_t k = 0; k < n; k++) {
        uint8_t *frame = g->frames + k * PKT_FRAME_MAX;
        uint32_t len = gen_packets_next(stream, frame, &g->marks[first + k]);

        g->pkts[k] = (struct pkt){
            .data = frame,
            .len_bytes = len,
            .room_bytes = PKT_FRAME_MAX,
            .wire_bytes = len,
            .t_ns = gen_packets_time_ns(first + k),
        };
    }
    return pcap_sink_write(sink, &span);
}

static int write_capture(struct gen *g)
{
    struct gen_stream stream = {g->seed, g->flows, {g->seed}};
    struct pcap_sink *sink;
    int err = pcap_sink_open(g->out, PCAP_CLASSIC, LINK_ETHERNET, &sink);
    int err_close;

    if (err < 0) {
        return err;
    }
    for (size_t k = 0; k < g->count && err == 0; k += FN_BURST_PKT) {
        size_t left = g->count - k;
        err = write_burst(g, &stream, sink, k,
                          left < FN_BURST_PKT ? left : FN_BURST_PKT);
    }
    err_close = pcap_sink_close(sink);
    return err < 0 ? err : err_close;
}

/* Closes 'f' and says once if any write to it failed. */
static int close_written(FILE *f, const char *name)
{
    bool failed = ferror(f) != 0;

    if (fclose(f) != 0 || failed) {
        return err_say(ERR_IO, "%s: %s, the file is incomplete", name,
                       strerror(errno));
    }
    return 0;
}

static int write_rules(const struct gen *g)
{
    FILE *f = fopen(g->rules, "w");

    if (f == NULL) {
        (void)err_say(ERR_IO, "%s: %s", g->rules, strerror(errno));
        return ERR_IO;
    }
    (void)fputs(gen_rules_text, f); /* close_written() asks ferror() */
    return close_written(f, g->rules);
}

/* A file name as a JSON string. */
static void put_json_text(FILE *f, const char *text)
{
    (void)putc('"', f);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20) {
            (void)fprintf(f, "\\u%04x", c);
            continue;
        }
        if (c == '"' || c == '\\') {
            (void)putc('\\', f);
        }
        (void)putc(c, f);
    }
    (void)putc('"', f);
}

/* close_written() asks ferror() for all that is written here. */
static int write_truth(const struct gen *g)
{
    uint32_t n[3] = {0}; /* no match, drop, accept */
    const char *slash = strrchr(g->rules, '/');
    FILE *f = fopen(g->truth, "w");

    if (f == NULL) {
        (void)err_say(ERR_IO, "%s: %s", g->truth, strerror(errno));
        return ERR_IO;
    }
    for (uint32_t k = 0; k < g->count; k++) {
        n[g->marks[k] == 0 ? 0 : 1 + gen_rules_accept[g->marks[k]]]++;
    }
    (void)fprintf(f, "{\"seed\": %" PRIu64 ", \"count\": %" PRIu32 ",\n",
                  g->seed, g->count);
    (void)fputs("\"rules\": ", f);
    put_json_text(f, slash != NULL ? slash + 1 : g->rules);
    (void)fprintf(f,
                  ", \"default\": \"drop\",\n\"verdicts\": {\"rule_accept\": "
                  "%" PRIu32 ", \"rule_drop\": %" PRIu32
                  ", \"no_match\": %" PRIu32 "},\n\"marks\": [",
                  n[2], n[1], n[0]);
    for (uint32_t k = 0; k < g->count; k++) {
        const char *gap = k % MARKS_A_LINE == 0 ? ",\n" : ", ";
        (void)fprintf(f, "%s%u", k == 0 ? "\n" : gap, g->marks[k]);
    }
    (void)fputs("\n]}\n", f);
    return close_written(f, g->truth);
}

/* 'name' with 'extension' for its own; NULL without memory. */
static char *name_beside(const char *name, const char *extension)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash != NULL ? slash + 1 : name;
    const char *dot = strrchr(base, '.');
    size_t n = strlen(name);
    size_t n_ext = strlen(extension);
    char *beside;

    /* A leading dot hides a file and begins no extension. */
    if (dot != NULL && dot != base) {
        n = (size_t)(dot - name);
    }
    beside = malloc(n + n_ext + 1);
    if (beside != NULL) {
        memcpy(beside, name, n);
        memcpy(beside + n, extension, n_ext + 1);
    }
    return beside;
}

static int gen_open(struct gen *g)
{
    if (g->count == 0) {
        (void)err_say(ERR_BAD_INPUT, "%s: 0 packets, expected at least 1",
                      g->out);
        return ERR_BAD_INPUT;
    }
    if (strcmp(g->out, "-") == 0) {
        (void)err_say(ERR_BAD_INPUT, "-: the rules and the truth go beside "
                                     "the capture, expected a file name");
        return ERR_BAD_INPUT;
    }
    g->rules = name_beside(g->out, ".rules");
    g->truth = name_beside(g->out, ".truth.json");
    g->marks = calloc(g->count, 1);
    g->frames = malloc((size_t)FN_BURST_PKT * PKT_FRAME_MAX);
    if (g->rules == NULL || g->truth == NULL || g->marks == NULL ||
        g->frames == NULL) {
        (void)err_say(ERR_NO_MEM,
                      "%s: not enough memory for %" PRIu32 " packets", g->out,
                      g->count);
        return ERR_NO_MEM;
    }
    if (strcmp(g->out, g->rules) == 0) {
        (void)err_say(ERR_BAD_INPUT,
                      "%s: the rules get this name, expected another for the "
                      "capture",
                      g->out);
        return ERR_BAD_INPUT;
    }
    return 0;
}

int gen_packets(const char *out, uint32_t count, uint64_t seed, uint32_t flows)
{
    struct gen g = {.out = out, .count = count, .seed = seed, .flows = flows};
    int err = gen_open(&g);

    if (err == 0) {
        err = write_capture(&g);
    }
    if (err == 0) {
        err = write_rules(&g);
    }
    if (err == 0) {
        err = write_truth(&g);
    }
    free(g.frames);
    free(g.marks);
    free(g.truth);
    free(g.rules);
    return err;
}

const char *gen_packets_rules(void)
{
    return gen_rules_text;
}
