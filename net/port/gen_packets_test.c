/*
 * gen_packets_test.c - the generated capture against its own truth: checksums
 * and the first matching rule, both worked out here in the plainest way.
 */
#include "tests/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "net/port/gen_packets.h"
#include "net/port/pcap_port.h"

enum {
    COUNT = 10000,
};

/* What p.truth.json says. */
struct truth {
    uint64_t seed;
    uint32_t count, n_accept, n_drop, n_none;
    uint32_t n_marks;
    uint8_t marks[COUNT];
};

struct rule {
    uint32_t src, src_mask, dst, dst_mask;
    unsigned sport[2], dport[2];
    unsigned proto, proto_mask, flags, flags_mask;
    bool accept;
};

struct fixture {
    char folder[64];
    struct truth truth;
    struct rule rules[GEN_PACKETS_RULES];
};

static int fixture_open(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    if (f == NULL) {
        return -1;
    }
    (void)strcpy(f->folder, "/tmp/gen_packets_test.XXXXXX");
    if (mkdtemp(f->folder) == NULL) {
        free(f);
        return -1;
    }
    *state = f;
    return 0;
}

/* "FOLDER/NAME", in 'path' of 128 bytes. */
static const char *in_folder(const struct fixture *f, const char *name,
                             char *path)
{
    (void)snprintf(path, 128, "%s/%s", f->folder, name);
    return path;
}

static int fixture_close(void **state)
{
    static const char *const name[] = {"p.pcap",       "p.rules",
                                       "p.truth.json", "q.x.pcap",
                                       "q.x.rules",    "q.x.truth.json"};
    struct fixture *f = *state;
    char path[128];
    int err;

    for (size_t k = 0; k < CHECK_ROWS(name); k++) {
        (void)unlink(in_folder(f, name[k], path)); /* not every test has it */
    }
    err = rmdir(f->folder);
    free(f);
    return err;
}

static void generate(const struct fixture *f, const char *name, uint32_t count,
                     uint64_t seed)
{
    char path[128];

    assert_int_equal(gen_packets(in_folder(f, name, path), count, seed, 0), 0);
}

static bool same_bytes(const struct fixture *f, const char *a, const char *b)
{
    char path_a[128];
    char path_b[128];
    struct text_file fa;
    struct text_file fb;
    bool same;

    assert_int_equal(text_open(in_folder(f, a, path_a), &fa), 0);
    assert_int_equal(text_open(in_folder(f, b, path_b), &fb), 0);
    same = fa.n == fb.n && memcmp(fa.text, fb.text, fa.n) == 0;
    text_close(&fa);
    text_close(&fb);
    return same;
}

static void truth_read(const struct fixture *f, struct truth *t)
{
    char path[128];
    struct text_file file;
    const char *at;
    char *end;

    assert_int_equal(text_open(in_folder(f, "p.truth.json", path), &file), 0);
    assert_int_equal(
        sscanf(file.text,
               "{\"seed\": %" SCNu64 ", \"count\": %" SCNu32
               ", \"rules\": \"p.rules\", \"default\": \"drop\", "
               "\"verdicts\": {\"rule_accept\": %" SCNu32
               ", \"rule_drop\": %" SCNu32 ", \"no_match\": %" SCNu32 "}",
               &t->seed, &t->count, &t->n_accept, &t->n_drop, &t->n_none),
        5);
    at = strstr(file.text, "\"marks\": [");
    assert_non_null(at);
    at += strlen("\"marks\": [");
    t->n_marks = 0;
    for (;;) {
        assert_true(t->n_marks < COUNT);
        t->marks[t->n_marks++] = (uint8_t)strtoul(at, &end, 10);
        assert_ptr_not_equal(at, end);
        if (*end != ',') {
            break;
        }
        at = end + 1;
    }
    assert_string_equal(end, "\n]}\n");
    text_close(&file);
}

static uint32_t address(const unsigned *part)
{
    return part[0] << 24 | part[1] << 16 | part[2] << 8 | part[3];
}

static uint32_t prefix_mask(unsigned n)
{
    return n == 0 ? 0 : ~(uint32_t)0 << (32 - n);
}

/* The rules of gen_packets_rules(); every line must be one. */
static size_t rules_parse(struct rule *rules)
{
    const char *at = gen_packets_rules();
    size_t n = 0;

    while (*at != '\0') {
        struct rule *r = &rules[n++];
        unsigned s[5];
        unsigned d[5];
        char action[8];
        int used = 0;
        assert_true(n <= GEN_PACKETS_RULES);
        assert_int_equal(
            sscanf(at,
                   "@%u.%u.%u.%u/%u\t%u.%u.%u.%u/%u\t%u : %u\t%u : %u\t"
                   "0x%x/0x%x\t0x%x/0x%x\t%7[a-z]%n",
                   &s[0], &s[1], &s[2], &s[3], &s[4], &d[0], &d[1], &d[2],
                   &d[3], &d[4], &r->sport[0], &r->sport[1], &r->dport[0],
                   &r->dport[1], &r->proto, &r->proto_mask, &r->flags,
                   &r->flags_mask, action, &used),
            19);
        assert_int_equal(at[used], '\n');
        r->src = address(s);
        r->src_mask = prefix_mask(s[4]);
        r->dst = address(d);
        r->dst_mask = prefix_mask(d[4]);
        r->accept = strcmp(action, "accept") == 0;
        assert_true(r->accept || strcmp(action, "drop") == 0);
        at += used + 1;
    }
    return n;
}

/* What a matcher sees of a packet. */
struct view {
    const uint8_t *ip; /* NULL unless IPv4 behind at most two tags */
    const uint8_t *l4;
    uint32_t n_l4; /* bytes of layer 4, without padding */
    unsigned proto, sport, dport, flags;
    uint16_t fragment;
};

static struct view view_of(const struct pkt *p)
{
    struct view v = {0};
    size_t at = 12;

    for (int k = 0; k < 2 && (be16_load(p->data + at) == 0x8100 ||
                              be16_load(p->data + at) == 0x88a8);
         k++) {
        at += 4;
    }
    if (be16_load(p->data + at) != 0x0800) {
        return v;
    }
    v.ip = p->data + at + 2;
    v.l4 = v.ip + (size_t)4 * (v.ip[0] & 15);
    v.n_l4 = be16_load(v.ip + 2) - (uint32_t)(v.l4 - v.ip);
    assert_true(v.l4 + v.n_l4 <= p->data + p->len_bytes);
    v.proto = v.ip[9];
    v.fragment = be16_load(v.ip + 6) & 0x3fff;
    if ((v.fragment & 0x1fff) != 0) {
        return v;
    }
    if (v.proto == 6 || v.proto == 17 || v.proto == 132) {
        v.sport = be16_load(v.l4);
        v.dport = be16_load(v.l4 + 2);
    }
    v.flags = v.proto == 6 ? v.l4[13] : v.proto == 1 ? v.l4[0] : 0;
    return v;
}

static bool rule_matches(const struct rule *r, const struct view *v)
{
    return ((be32_load(v->ip + 12) ^ r->src) & r->src_mask) == 0 &&
           ((be32_load(v->ip + 16) ^ r->dst) & r->dst_mask) == 0 &&
           v->sport >= r->sport[0] && v->sport <= r->sport[1] &&
           v->dport >= r->dport[0] && v->dport <= r->dport[1] &&
           ((v->proto ^ r->proto) & r->proto_mask) == 0 &&
           ((v->flags << 8 ^ r->flags) & r->flags_mask & 0xff00) == 0;
}

static uint8_t first_match(const struct rule *rules, const struct view *v)
{
    for (size_t k = 0; v->ip != NULL && k < GEN_PACKETS_RULES; k++) {
        if (rule_matches(&rules[k], v)) {
            return (uint8_t)(k + 1);
        }
    }
    return 0;
}

/* Ones' complement sum, folded; 0xffff over whatever holds its checksum. */
static uint32_t sum_of(uint32_t sum, const uint8_t *p, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        sum += k % 2 == 0 ? (uint32_t)p[k] << 8 : p[k];
    }
    while (sum > 0xffff) {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    return sum;
}

static void expect_checksums(const struct view *v)
{
    uint32_t pseudo = sum_of(v->proto + v->n_l4, v->ip + 12, 8);

    assert_int_equal(sum_of(0, v->ip, (size_t)(v->l4 - v->ip)), 0xffff);
    if (v->fragment != 0) {
        return;
    }
    switch (v->proto) {
    case 1: assert_int_equal(sum_of(0, v->l4, v->n_l4), 0xffff); break;
    case 17:
        assert_int_equal(be16_load(v->l4 + 4), v->n_l4);
        assert_int_not_equal(be16_load(v->l4 + 6), 0);
        assert_int_equal(sum_of(pseudo, v->l4, v->n_l4), 0xffff);
        break;
    case 6: assert_int_equal(sum_of(pseudo, v->l4, v->n_l4), 0xffff); break;
    default: break;
    }
}

/* Calls see() for every packet of p.pcap, with its number. */
static void each_packet(const struct fixture *f,
                        void (*see)(void *ctx, size_t k, const struct pkt *p),
                        void *ctx)
{
    char path[128];
    struct pkt p[FN_BURST_PKT];
    struct fn_span span = {.type = FN_PKT, .items = p, .cap = FN_BURST_PKT};
    struct pcap_source *source;
    size_t n = 0;
    int rc;

    assert_int_equal(pcap_source_open(in_folder(f, "p.pcap", path), 0, &source),
                     0);
    while ((rc = pcap_source_read(source, &span)) > 0) {
        for (size_t k = 0; k < span.n; k++) {
            see(ctx, n++, &p[k]);
        }
        span.n = 0;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(n, COUNT);
    pcap_source_close(source);
}

static void see_match(void *ctx, size_t k, const struct pkt *p)
{
    const struct fixture *f = ctx;
    struct view v = view_of(p);
    uint8_t mark = first_match(f->rules, &v);

    if (mark != f->truth.marks[k]) {
        fail_msg("seed %" PRIu64 " packet %zu: marked %u, matched by %u",
                 f->truth.seed, k, f->truth.marks[k], mark);
    }
}

static void marks_are_the_first_matching_rule(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(rules_parse(f->rules), GEN_PACKETS_RULES);
    for (uint64_t seed = 0; seed < 5; seed++) {
        generate(f, "p.pcap", COUNT, seed);
        truth_read(f, &f->truth);
        each_packet(f, see_match, f);
    }
}

static void truth_counts_every_packet(void **state)
{
    struct fixture *f = *state;
    struct truth *t = &f->truth;
    uint32_t n[GEN_PACKETS_RULES + 1] = {0};
    uint32_t n_accept = 0;

    generate(f, "p.pcap", COUNT, 0xfedcba9876543210);
    truth_read(f, t);
    assert_true(t->seed == 0xfedcba9876543210);
    assert_int_equal(t->count, COUNT);
    assert_int_equal(t->n_marks, COUNT);
    for (size_t k = 0; k < COUNT; k++) {
        assert_true(t->marks[k] <= GEN_PACKETS_RULES);
        n[t->marks[k]]++;
    }
    assert_int_equal(rules_parse(f->rules), GEN_PACKETS_RULES);
    for (size_t k = 0; k <= GEN_PACKETS_RULES; k++) {
        assert_true(n[k] >= COUNT / 100);
        n_accept += k > 0 && f->rules[k - 1].accept ? n[k] : 0;
    }
    assert_int_equal(t->n_none, n[0]);
    assert_int_equal(t->n_accept, n_accept);
    assert_int_equal(t->n_drop, COUNT - n[0] - n_accept);
}

/* Packets of each sort that the capture is to have. */
struct mix {
    uint32_t tags[3], options, fragments, firsts, not_ipv4, full, least;
};

static void see_mix(void *ctx, size_t k, const struct pkt *p)
{
    struct mix *m = ctx;
    struct view v = view_of(p);

    assert_true(p->t_ns == 1767225600000000000 + k * 1000);
    assert_true(p->len_bytes >= 60 && p->len_bytes <= 1514);
    assert_int_equal(p->len_bytes, p->wire_bytes);
    m->full += p->len_bytes == 1514;
    m->least += p->len_bytes == 60;
    if (v.ip == NULL) {
        m->not_ipv4++;
        return;
    }
    expect_checksums(&v);
    m->tags[(v.ip - p->data - 14) / 4]++;
    m->options += (v.ip[0] & 15) > 5;
    m->fragments += (v.fragment & 0x1fff) != 0;
    m->firsts += v.fragment == 0x2000;
}

static void packets_are_sound_and_of_many_sorts(void **state)
{
    struct fixture *f = *state;
    struct mix m = {0};

    generate(f, "p.pcap", COUNT, 3);
    each_packet(f, see_mix, &m);
    assert_true(m.tags[0] > COUNT / 20);
    assert_true(m.tags[1] > COUNT / 20);
    assert_true(m.tags[2] > COUNT / 20);
    assert_true(m.options > COUNT / 20);
    assert_true(m.fragments > COUNT / 100);
    assert_true(m.firsts > COUNT / 100);
    assert_true(m.not_ipv4 > COUNT / 100);
    assert_true(m.full > COUNT / 10);
    assert_true(m.least > COUNT / 10);
}

static void same_seed_gives_same_bytes(void **state)
{
    struct fixture *f = *state;

    generate(f, "p.pcap", 1000, 42);
    generate(f, "q.x.pcap", 1000, 42);
    assert_true(same_bytes(f, "p.pcap", "q.x.pcap"));
    assert_true(same_bytes(f, "p.rules", "q.x.rules"));
}

static void other_seed_gives_other_bytes(void **state)
{
    struct fixture *f = *state;

    generate(f, "p.pcap", 1000, 42);
    generate(f, "q.x.pcap", 1000, 43);
    assert_false(same_bytes(f, "p.pcap", "q.x.pcap"));
    assert_true(same_bytes(f, "p.rules", "q.x.rules"));
}

static void rules_go_to_their_file(void **state)
{
    struct fixture *f = *state;
    char path[128];
    struct text_file file;

    generate(f, "p.pcap", 1, 1);
    assert_int_equal(text_open(in_folder(f, "p.rules", path), &file), 0);
    assert_string_equal(file.text, gen_packets_rules());
    text_close(&file);
}

static void unusable_arguments_are_refused(void **state)
{
    struct fixture *f = *state;
    char path[128];

    assert_int_equal(gen_packets(in_folder(f, "p.pcap", path), 0, 1, 0),
                     ERR_BAD_INPUT);
    assert_int_equal(gen_packets(in_folder(f, "p.rules", path), 1, 1, 0),
                     ERR_BAD_INPUT);
    assert_int_equal(gen_packets("-", 1, 1, 0), ERR_BAD_INPUT);
    assert_int_equal(gen_packets(in_folder(f, "none/p.pcap", path), 1, 1, 0),
                     ERR_IO);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(marks_are_the_first_matching_rule),
        TEST(truth_counts_every_packet),
        TEST(packets_are_sound_and_of_many_sorts),
        TEST(same_seed_gives_same_bytes),
        TEST(other_seed_gives_other_bytes),
        TEST(rules_go_to_their_file),
        TEST(unusable_arguments_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
