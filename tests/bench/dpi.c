/*
 * dpi.c - `make bench-dpi`: literals of ../shared/data/net/dpi in its captures,
 * found by net/table/literals and by function dpi, against bare hs_scan().
 *
 * Both sides take the same packets in turns on one core; a ratio is our speed
 * to Hyperscan's.
 */
#include <hs/hs.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "dpi_csr.h"
#include "host/cli/bench.h"
#include "net/fn/dpi/dpi_rules.h"
#include "net/table/literals.h"

#define DATA "../shared/data/net/"

enum {
    PACKETS_MAX = 1 << 15,
    PACKET_BYTES = 2047, /* what DEPTH can be */
    RULES_MAX = 2000,
    LINE_BYTES = 4096,
};

struct work {
    struct bench bench;
    struct pkt packet[PACKETS_MAX];
    size_t n_packets, n_bytes;
    char *rules; /* lines of the list */
    struct literals *table;
    struct body *body;
    hs_database_t *db;
    hs_scratch_t *scratch;
    uint64_t sum[2]; /* of what each side found */
};

/* --- the ways --------------------------------------------------------------
 */

static int by_table(void *ctx)
{
    struct work *w = ctx;

    w->sum[0] = 0;
    for (size_t k = 0; k < w->n_packets; k++) {
        const struct pkt *p = &w->packet[k];
        w->sum[0] += literals_first(w->table, p->data, p->len_bytes);
    }
    return 0;
}

/* The same without vectors. */
static int by_portable(void *ctx)
{
    struct work *w = ctx;

    w->sum[0] = 0;
    for (size_t k = 0; k < w->n_packets; k++) {
        struct literals_seek s = {.table = w->table,
                                  .data = w->packet[k].data,
                                  .n_bytes = w->packet[k].len_bytes,
                                  .lowest = UINT32_MAX};
        literals_seek_scalar(&s);
        w->sum[0] += (uint32_t)(s.lowest + 1);
    }
    return 0;
}

/* In bursts, which leave where they came; no rule drops. */
static int by_function(void *ctx)
{
    struct work *w = ctx;
    int err = 0;

    w->sum[0] = 0;
    for (size_t k = 0; err == 0 && k < w->n_packets; k += FN_BURST_PKT) {
        size_t left = w->n_packets - k;
        size_t n = left < FN_BURST_PKT ? left : FN_BURST_PKT;
        struct fn_span in = {FN_PKT, w->packet + k, n, n, 0}, out = in;
        err = body_run(w->body, &in, &out);
        for (size_t j = 0; j < n; j++) {
            w->sum[0] += w->packet[k + j].mark;
        }
    }
    return err;
}

static int note(unsigned number, unsigned long long from, unsigned long long to,
                unsigned flags, void *ctx)
{
    uint32_t *lowest = ctx;

    (void)from;
    (void)to;
    (void)flags;
    *lowest = number < *lowest ? number : *lowest;
    return 0;
}

static int by_hyperscan(void *ctx)
{
    struct work *w = ctx;

    w->sum[1] = 0;
    for (size_t k = 0; k < w->n_packets; k++) {
        const struct pkt *p = &w->packet[k];
        uint32_t lowest = UINT32_MAX;
        if (hs_scan(w->db, (const char *)p->data, p->len_bytes, 0, w->scratch,
                    note, &lowest) != HS_SUCCESS) {
            return ERR_DEVICE;
        }
        w->sum[1] += (uint32_t)(lowest + 1);
    }
    return 0;
}

/* --- making them -----------------------------------------------------------
 */

/* One literal of the list, as all three take it. */
struct entry {
    uint8_t byte[LINE_BYTES / 2], mask[LINE_BYTES / 2];
    char text[LINE_BYTES * 2];
    uint32_t n_bytes;
    bool caseless;
};

static int read_entry(const char *line, struct entry *e)
{
    char kind;
    int at = 0;

    if (sscanf(line, "%*u %c %n", &kind, &at) != 1) {
        return ERR_BAD_INPUT;
    }
    e->caseless = kind == 'i';
    e->n_bytes = 0;
    for (const char *c = line + at; *c > ' '; c += 2, e->n_bytes++) {
        unsigned value = 0;
        if (sscanf(c, "%2x", &value) != 1) {
            return ERR_BAD_INPUT;
        }
        unsigned low = value | 0x20;
        bool letter = low >= 'a' && low <= 'z';
        e->byte[e->n_bytes] = (uint8_t)value;
        e->mask[e->n_bytes] = e->caseless && letter ? LITERALS_FOLD : 0xff;
        (void)snprintf(e->text + 4 * (size_t)e->n_bytes, 5, "\\x%02x", value);
    }
    return 0;
}

/* The first 'n' literals of four bytes and more; into all three. */
static int set_rules(struct work *w, uint32_t n)
{
    struct entry *e = calloc(n, sizeof *e);
    struct literal *l = calloc(n, sizeof *l);
    const char **text = calloc(n, sizeof *text);
    unsigned *flags = calloc(n, sizeof *flags), *id = calloc(n, sizeof *id);
    FILE *in = popen("zcat " DATA "dpi/et_open_2019_literals.tsv.gz", "r");
    char line[LINE_BYTES];
    size_t room = (size_t)n * 512, at = 0;
    struct write_list writes = {0};
    hs_compile_error_t *error = NULL;
    uint32_t k = 0;
    int err = 0;

    w->rules = malloc(room);
    if (e == NULL || l == NULL || text == NULL || flags == NULL || id == NULL ||
        w->rules == NULL || in == NULL) {
        return ERR_NO_MEM; /* and the program ends */
    }
    while (err == 0 && k < n && fgets(line, sizeof line, in) != NULL) {
        err = read_entry(line, &e[k]);
        if (err < 0 || e[k].n_bytes < 4) {
            continue;
        }
        at += (size_t)snprintf(w->rules + at, room - at, "%s", line);
        l[k] = (struct literal){e[k].byte, e[k].mask, e[k].n_bytes};
        text[k] = e[k].text;
        flags[k] = HS_FLAG_SINGLEMATCH |
                   (e[k].caseless ? (unsigned)HS_FLAG_CASELESS : 0);
        id[k] = k;
        k++;
    }
    (void)pclose(in); /* it is left when there are enough */
    const struct fn_text t = {"literals", w->rules};
    err = err < 0 ? err : literals_open(&w->table, l, k);
    err = err < 0 ? err : dpi_parse_rules(&t, write_list_emit, &writes);
    err = err < 0 ? err : write_list_apply(&writes, w->body);
    write_list_close(&writes);
    if (err == 0 && (hs_compile_multi(text, flags, id, k, HS_MODE_BLOCK, NULL,
                                      &w->db, &error) != HS_SUCCESS ||
                     hs_alloc_scratch(w->db, &w->scratch) != HS_SUCCESS)) {
        err = ERR_NO_MEM;
    }
    free(e);
    free(l);
    free(text);
    free(flags);
    free(id);
    return err;
}

static void forget_rules(struct work *w)
{
    literals_close(w->table);
    (void)hs_free_scratch(w->scratch); /* both are what they were made as */
    (void)hs_free_database(w->db);
    free(w->rules);
    w->table = NULL;
    w->scratch = NULL;
    w->db = NULL;
    w->rules = NULL;
}

static int read_packets(struct work *w)
{
    FILE *list = popen("ls " DATA "pcap/ndpi/*", "r");
    char path[512], why[PCAP_ERRBUF_SIZE];

    while (list != NULL && fscanf(list, "%511s", path) == 1) {
        struct pcap_pkthdr *head;
        const u_char *data;
        pcap_t *p = pcap_open_offline(path, why);
        while (p != NULL && w->n_packets < PACKETS_MAX &&
               pcap_next_ex(p, &head, &data) == 1) {
            uint32_t n =
                head->caplen < PACKET_BYTES ? head->caplen : PACKET_BYTES;
            struct pkt *x = &w->packet[w->n_packets];
            *x = (struct pkt){
                .data = malloc(n + 1), .len_bytes = n, .room_bytes = n + 1};
            if (x->data == NULL) {
                return ERR_NO_MEM;
            }
            memcpy(x->data, data, n);
            w->n_packets++;
            w->n_bytes += n;
        }
        if (p != NULL) {
            pcap_close(p);
        }
    }
    return list != NULL && pclose(list) == 0 ? 0 : ERR_IO;
}

static int compare(struct work *w, uint32_t n, const char *how,
                   int (*ours)(void *ctx))
{
    char name[64];
    double ns[2], ratio;
    int err = bench_pair((int (*const[2])(void *)){ours, by_hyperscan}, w, ns,
                         &ratio);

    if (err < 0) {
        return err;
    }
    (void)snprintf(name, sizeof name, "dpi.%u.%s", n, how);
    if (w->sum[0] != w->sum[1]) {
        return err_say(ERR_DIFFERS, "%s does not find what hs_scan does", name);
    }
    bench_print_ratio(&w->bench, name, (double)w->n_bytes / ns[0], "GB/s",
                      ratio, "hs_scan");
    (void)fflush(stdout);
    return 0;
}

/* bench-dpi [--json] */
int main(int argc, char **argv)
{
    static const uint32_t sizes[] = {500, RULES_MAX};
    static struct work w;
    int err;

    if (access(DATA "dpi", R_OK) != 0) {
        printf("skipped: " DATA "dpi is not here\n");
        return 0;
    }
    w.bench.json = argc > 1 && strcmp(argv[1], "--json") == 0;
    err = read_packets(&w);
    err = err < 0 ? err : body_open_c(registry_find("dpi"), &w.body);
    for (size_t k = 0; err == 0 && k < sizeof sizes / sizeof sizes[0]; k++) {
        err = set_rules(&w, sizes[k]);
        err = err < 0 ? err : compare(&w, sizes[k], "table", by_table);
        err = err < 0 ? err : compare(&w, sizes[k], "portable", by_portable);
        err = err < 0 ? err : body_write(w.body, DPI_ENGINE, 0);
        err = err < 0 ? err : compare(&w, sizes[k], "fn", by_function);
        err = err < 0 ? err : body_write(w.body, DPI_ENGINE, 1);
        err =
            err < 0 ? err : compare(&w, sizes[k], "fn_hyperscan", by_function);
        forget_rules(&w);
    }
    body_close(w.body);
    for (size_t k = 0; k < w.n_packets; k++) {
        free(w.packet[k].data);
    }
    return err_exit_status(err);
}
