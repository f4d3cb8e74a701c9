/*
 * mpls_capture_test.c - labels of captures in ../shared, which came over PPP
 * and get an Ethernet header here: what tshark saw in them is what is swapped
 * and what is under them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "mpls_csr.h"
#include "net/fn/mpls/mpls_text.h"
#include "net/port/pcap_port.h"
#include "tests/fn_check.h"

#define ROOT "../shared/data/net/pcap/"

enum { ROOM = 2048, PPP = 4, HEADER = 14, OUT = 500000 };

/* A line of tshark_truth.tsv: a frame with labels. */
struct truth {
    char pcap[80];
    unsigned frame, label, ttl;
    char src[32], dst[32];
};

/* Field 'n' from 0 of a line cut by tabs. */
static const char *field(const char *line, int n)
{
    for (; n > 0 && line != NULL; n--) {
        line = strchr(line, '\t');
        line = line == NULL ? NULL : line + 1;
    }
    return line == NULL ? "" : line;
}

static bool parse_truth(const char *line, struct truth *t)
{
    return sscanf(line, "%79[^\t]\t%u", t->pcap, &t->frame) == 2 &&
           strncmp(field(line, 3), "ppp:mpls:", 9) == 0 &&
           sscanf(field(line, 5), "%u", &t->label) == 1 &&
           sscanf(field(line, 6), "%31[^\t]", t->src) == 1 &&
           sscanf(field(line, 7), "%31[^\t]", t->dst) == 1 &&
           sscanf(field(line, 11), "%u", &t->ttl) == 1;
}

/* Frame 'n' from 1 of a capture, as Ethernet; its length, at most ROOM. */
static uint32_t read_frame(const char *name, unsigned n, uint8_t *to)
{
    char path[160];
    struct pcap_source *s;
    struct pkt p = {.len_bytes = 0};
    struct fn_span one = {FN_PKT, &p, 0, 1, 0};

    (void)snprintf(path, sizeof path, ROOT "%s", name);
    assert_int_equal(pcap_source_open(path, 0, &s), 0);
    for (unsigned k = 0; k < n; k++) {
        one.n = 0;
        assert_int_equal(pcap_source_read(s, &one), 1);
    }
    assert_in_range(p.len_bytes, PPP + 24, ROOM - HEADER);
    assert_int_equal(be32_load(p.data), 0xff030281); /* RFC 3032, 4.3 */
    memset(to, 0, HEADER);
    be16_store(to + 12, 0x8847);
    memcpy(to + HEADER, p.data + PPP, p.len_bytes - PPP);
    uint32_t len = p.len_bytes - PPP + HEADER;
    pcap_source_close(s);
    return len;
}

static void address_is(const uint8_t *at, const char *text)
{
    char is[32];

    (void)snprintf(is, sizeof is, "%u.%u.%u.%u", at[0], at[1], at[2], at[3]);
    assert_string_equal(is, text);
}

/* Runs one frame by line 'how' of its label. */
static struct pkt run(struct body *b, unsigned label, const char *how,
                      uint8_t *d, uint32_t len, uint8_t *to)
{
    char line[80];
    struct write_list w = {0};
    const struct fn_text t = {"ilm", line};
    struct pkt in = {.data = d, .len_bytes = len, .room_bytes = ROOM};
    struct pkt out = {.data = to, .room_bytes = ROOM};
    struct fn_span x = {FN_PKT, &in, 1, 1, 0}, y = {FN_PKT, &out, 0, 1, 0};

    (void)snprintf(line, sizeof line, "%u %s\n", label, how);
    assert_int_equal(mpls_parse_ilm(&t, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
    assert_int_equal(body_run(b, &x, &y), 0);
    return out;
}

static void labelled_frames_are_as_tshark_saw_them(void **state)
{
    static uint8_t d[ROOM], to[ROOM];
    char line[4096];
    unsigned n = 0, expired = 0;
    FILE *f = fopen(ROOT "tshark_truth.tsv.gz", "rb");
    struct body *b = bench_body(state);

    if (f == NULL) {
        print_message("skipped: " ROOT " is not here\n");
        skip();
    }
    (void)fclose(f);
    f = popen("zcat " ROOT "tshark_truth.tsv.gz", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        struct truth t;
        if (!parse_truth(line, &t)) {
            continue;
        }
        n++;
        uint32_t len = read_frame(t.pcap, t.frame, d);
        uint32_t was = be32_load(d + HEADER);
        struct pkt p = run(b, t.label, "swap 500000 port 1", d, len, to);
        if ((was & 0xff) <= 1) {
            expired++;
            assert_string_equal(b->fn->verdict(&p), "ttl");
        } else { /* TC, S and all that is behind stay */
            assert_string_equal(b->fn->verdict(&p), "swap");
            assert_int_equal(be32_load(to + HEADER),
                             (uint32_t)OUT << 12 | ((was & 0xfff) - 1));
            assert_memory_equal(to + HEADER + 4, d + HEADER + 4,
                                len - HEADER - 4);
        }
        p = run(b, t.label, "pop pipe", d, len, to);
        assert_string_equal(b->fn->verdict(&p), "end");
        assert_int_equal(p.len_bytes, len - 4);
        assert_int_equal(be16_load(to + 12), 0x0800);
        assert_int_equal(to[HEADER + 8], t.ttl);
        address_is(to + HEADER + 12, t.src);
        address_is(to + HEADER + 16, t.dst);
    }
    assert_int_equal(pclose(f), 0);
    print_message("%u frames, of which %u end here by TTL\n", n, expired);
    assert_int_equal(n, 17);
}

static int open_c(void **state)
{
    return bench_load(*state, "mpls");
}

int main(void)
{
    static struct bench bench;
    const struct CMUnitTest tests[] = {
        {"labelled_frames_are_as_tshark_saw_them",
         labelled_frames_are_as_tshark_saw_them, open_c, bench_close, &bench},
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
