/*
 * captures_test.c - packets of other people's equipment, broken ones among
 * them, in ../shared: headers and checksums are what tshark saw, and every
 * packet function answers every packet.  Skipped, with a message, where they
 * are not.
 */
#include "tests/check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/body.h"
#include "core/net_ip4.h"
#include "core/net_ip6.h"
#include "core/net_key4.h"
#include "core/registry.h"
#include "net/port/pcap_port.h"

#define ROOT "../shared/data/net/pcap/"

enum { BURST = 64, ROOM = 64, BODIES = 64, FIELDS = 19, LINE = 4096 };

/* Columns of tshark_truth.tsv. */
enum field {
    F_PCAP,
    F_FRAME,
    F_LEN,
    F_PROTOCOLS,
    F_VLAN,
    F_MPLS,
    F_SRC4,
    F_DST4,
    F_SRC6,
    F_DST6,
    F_PROTO,
    F_TTL,
    F_TCP_SPORT,
    F_TCP_DPORT,
    F_UDP_SPORT,
    F_UDP_DPORT,
    F_IP_SUM,
    F_TCP_SUM,
    F_UDP_SUM,
};

/* A line: what was seen of a frame; several values are apart by commas. */
struct truth {
    char line[LINE];
    const char *field[FIELDS];
};

struct seen {
    unsigned frames, uncut, ip4, ip6, vlan, ports, sums, bad_sums, l4_sums,
        l4_bad;
};

/* The next line that tells of a frame; false at the end. */
static bool next_line(FILE *f, struct truth *t)
{
    do {
        if (fgets(t->line, sizeof t->line, f) == NULL) {
            return false;
        }
    } while (t->line[0] == '#');
    t->line[strcspn(t->line, "\n")] = '\0';
    char *at = t->line;
    for (int k = 0; k < FIELDS; k++) {
        assert_non_null(at);
        t->field[k] = at;
        at = strchr(at, '\t');
        if (at != NULL) {
            *at++ = '\0';
        }
    }
    return true;
}

/* The first of its values. */
static unsigned long number(const struct truth *t, enum field f)
{
    return strtoul(t->field[f], NULL, 0);
}

static bool has(const struct truth *t, enum field f)
{
    return t->field[f][0] != '\0';
}

/* Fails with the frame's name. */
static void same(const struct truth *t, const char *what, unsigned long is,
                 unsigned long seen)
{
    if (is != seen) {
        print_error("%s, frame %s: %s is %lu, seen was %lu\n", t->field[F_PCAP],
                    t->field[F_FRAME], what, is, seen);
        fail();
    }
}

/* 'n' bytes at 'at' are the first address of the field. */
static void address_is(const struct truth *t, enum field f, const uint8_t *at,
                       size_t n)
{
    char text[64];
    uint8_t is[16];

    (void)snprintf(text, sizeof text, "%.*s", (int)strcspn(t->field[f], ","),
                   t->field[f]);
    same(t, text, inet_pton(n == 4 ? AF_INET : AF_INET6, text, is) == 1, true);
    same(t, text, (unsigned long)memcmp(at, is, n), 0);
}

/* The protocol behind Ethernet and at most two VLAN tags, as tshark names it;
 * NULL: something else is first, or in another way. */
static const char *behind_tags(const struct truth *t)
{
    const char *p = t->field[F_PROTOCOLS];

    if (strncmp(p, "eth:ethertype:", 14) != 0) {
        return NULL;
    }
    p += 14;
    for (int k = 0; k < NET_TAGS_MAX && strncmp(p, "vlan:ethertype:", 15) == 0;
         k++) {
        p += 15;
    }
    return p;
}

static bool is_name(const char *list, const char *name)
{
    size_t n = strlen(name);

    return list != NULL && strncmp(list, name, n) == 0 &&
           (list[n] == ':' || list[n] == '\0');
}

/* Of TCP and UDP: pseudo header and all bytes give 0xffff, RFC 9293, 3.1. */
static bool l4_sum_is_right(const uint8_t *ip, uint32_t header, uint32_t total)
{
    uint8_t pseudo[12] = {0};

    memcpy(pseudo, ip + IP4_SRC, 8);
    pseudo[9] = ip[IP4_PROTO];
    be16_store(pseudo + 10, (uint16_t)(total - header));
    return ip4_sum(ip4_sum(0, pseudo, sizeof pseudo), ip + header,
                   total - header) == 0xffff;
}

static void check_l4(const struct truth *t, const struct pkt *p,
                     const struct net_key4 *key, struct seen *seen)
{
    bool tcp = key->proto == NET_TCP;
    uint32_t at = net_key4_offset(p);
    const uint8_t *ip = p->data + at;
    uint32_t total = be16_load(ip + IP4_LENGTH);
    const char *sum = t->field[tcp ? F_TCP_SUM : F_UDP_SUM];

    bool later = (be16_load(ip + IP4_FRAGMENT) & IP4_OFFSET) != 0;

    if (later) { /* tshark puts fragments together */
        same(t, "ports of a later fragment", key->sport | key->dport, 0);
    } else if (has(t, tcp ? F_TCP_DPORT : F_UDP_DPORT)) {
        seen->ports++;
        same(t, "source port", key->sport,
             number(t, tcp ? F_TCP_SPORT : F_UDP_SPORT));
        same(t, "destination port", key->dport,
             number(t, tcp ? F_TCP_DPORT : F_UDP_DPORT));
    }
    if (key->fragment || p->len_bytes - at < total ||
        (sum[0] != '0' && sum[0] != '1')) {
        return; /* not all of it is there, or tshark did not look */
    }
    seen->l4_sums++;
    seen->l4_bad += sum[0] == '0';
    same(t, "checksum of TCP or UDP right",
         l4_sum_is_right(ip, ip4_header(ip), total), sum[0] == '1');
}

static void check_ip4(const struct truth *t, const struct pkt *p,
                      struct seen *seen)
{
    struct net_key4 key = net_key4_read(p);
    const char *l4 = strchr(behind_tags(t), ':');
    const uint8_t *ip = p->data + net_key4_offset(p);

    /* A length of 0 is of a packet that a card is to cut up; to RFC 791 it is
     * none, to tshark it is. */
    same(t, "an IPv4 header", key.has_ip,
         be16_load(p->data + net_key4_offset(p) + IP4_LENGTH) != 0);
    if (!key.has_ip) {
        seen->uncut++;
        return;
    }
    seen->ip4++;
    address_is(t, F_SRC4, ip + IP4_SRC, 4);
    address_is(t, F_DST4, ip + IP4_DST, 4);
    same(t, "source", key.src, be32_load(ip + IP4_SRC));
    same(t, "destination", key.dst, be32_load(ip + IP4_DST));
    same(t, "protocol", key.proto, number(t, F_PROTO));
    same(t, "TTL", ip[IP4_TTL], number(t, F_TTL));
    if (has(t, F_IP_SUM) && t->field[F_IP_SUM][0] != '2') {
        bool right = t->field[F_IP_SUM][0] == '1';
        seen->sums++;
        seen->bad_sums += !right;
        same(t, "header checksum right", ip4_sum_is_right(ip, ip4_header(ip)),
             right);
    }
    if (l4 != NULL && (is_name(l4 + 1, "tcp") || is_name(l4 + 1, "udp"))) {
        check_l4(t, p, &key, seen);
    }
}

static void check_frame(const struct truth *t, const struct pkt *p,
                        struct seen *seen)
{
    const char *l3 = behind_tags(t);

    seen->frames++;
    same(t, "length", p->wire_bytes, number(t, F_LEN));
    if (l3 == NULL) {
        return;
    }
    if (has(t, F_VLAN) && be16_load(p->data + 12) == NET_ETH_TAG) {
        seen->vlan++;
        same(t, "VLAN", net_eth_read(p).vid, number(t, F_VLAN));
    }
    if (is_name(l3, "ip") && has(t, F_DST4)) {
        check_ip4(t, p, seen);
    } else if (is_name(l3, "ipv6") && has(t, F_DST6)) {
        const uint8_t *ip = p->data + net_eth_offset(p, NET_ETH_IP6);
        same(t, "an IPv6 header", ip != p->data, true);
        seen->ip6++;
        address_is(t, F_SRC6, ip + IP6_SRC, 16);
        address_is(t, F_DST6, ip + IP6_DST, 16);
    }
}

/* The next packet of a capture; NULL at its end, or where it is damaged. */
static const struct pkt *next_packet(struct pcap_source *s, struct pkt *p)
{
    struct fn_span one = {FN_PKT, p, 0, 1, 0};

    return pcap_source_read(s, &one) == 1 ? p : NULL;
}

/* The truth, line by line; NULL, with a message, where it is not. */
static FILE *open_truth(void)
{
    if (access(ROOT "tshark_truth.tsv.gz", R_OK) != 0) {
        print_message("skipped: " ROOT " is not here\n");
        skip();
    }
    FILE *f = popen("zcat " ROOT "tshark_truth.tsv.gz", "r");
    assert_non_null(f);
    return f;
}

static void fields_and_checksums_are_as_tshark_saw_them(void **state)
{
    static struct truth t;
    FILE *f = open_truth();
    struct pcap_source *s = NULL;
    char open[256] = "";
    unsigned long at = 0;
    struct seen seen = {0};
    struct pkt p;

    (void)state;
    while (next_line(f, &t)) {
        if (strcmp(open, t.field[F_PCAP]) != 0) {
            char path[512];
            (void)snprintf(open, sizeof open, "%s", t.field[F_PCAP]);
            (void)snprintf(path, sizeof path, ROOT "%s", open);
            pcap_source_close(s);
            assert_int_equal(pcap_source_open(path, 0, &s), 0);
            at = 0;
        }
        for (; at < number(&t, F_FRAME); at++) {
            assert_non_null(next_packet(s, &p));
        }
        check_frame(&t, &p, &seen);
    }
    pcap_source_close(s);
    assert_int_equal(pclose(f), 0);
    print_message(
        "%u frames: %u IPv4, %u IPv6, %u with VLAN, %u with ports; "
        "%u header checksums, %u wrong; %u of TCP and UDP, %u wrong\n",
        seen.frames, seen.ip4, seen.ip6, seen.vlan, seen.ports, seen.sums,
        seen.bad_sums, seen.l4_sums, seen.l4_bad);
    assert_true(seen.frames > 20000 && seen.ip4 > 10000 && seen.ip6 > 300);
    assert_true(seen.bad_sums > 100 && seen.l4_bad > 500);
}

/* Is 'verdict' one of those that the function names? */
static bool is_named(const struct fn *fn, const char *verdict)
{
    size_t k = 0;

    while (fn->verdicts[k] != NULL && strcmp(fn->verdicts[k], verdict) != 0) {
        k++;
    }
    return fn->verdicts[k] != NULL;
}

/* A copy of 'p' in memory of its own, as long as its room, so that sanitizers
 * see each byte too far. */
static struct pkt copy_of(const struct pkt *p)
{
    struct pkt q = *p;

    q.room_bytes = q.len_bytes + ROOM;
    q.data = malloc(q.room_bytes);
    assert_non_null(q.data);
    memcpy(q.data, p->data, q.len_bytes);
    return q;
}

/* One answer for each of the packets, in order, with a verdict. */
static void answers_each(struct body *b, const struct fn_span *in)
{
    struct pkt from[BURST], to[BURST];
    struct fn_span x = {FN_PKT, from, in->n, BURST, in->item0};
    struct fn_span y = {FN_PKT, to, 0, BURST, 0};

    for (size_t k = 0; k < in->n; k++) {
        from[k] = copy_of((const struct pkt *)in->items + k);
    }
    memcpy(to, from, sizeof to);
    assert_int_equal(body_run(b, &x, &y), 0);
    assert_int_equal(y.n, in->n);
    for (size_t k = 0; k < in->n; k++) {
        assert_ptr_equal(to[k].data, from[k].data);
        assert_in_range(to[k].len_bytes, 0, from[k].room_bytes);
        assert_true(is_named(b->fn, b->fn->verdict(&to[k])));
        free(from[k].data);
    }
}

/* Opens every packet function with the settings of its stimulus. */
static size_t open_bodies(struct body **bodies)
{
    size_t n = 0;

    for (size_t f = 0; registry[f] != NULL; f++) {
        struct rng r = {1};
        struct write_list w = {0};
        if (registry[f]->csr->in != FN_PKT) {
            continue;
        }
        assert_true(n < BODIES);
        assert_int_equal(body_open_c(registry[f], &bodies[n]), 0);
        assert_int_equal(registry[f]->setup(&r, write_list_emit, &w), 0);
        assert_int_equal(write_list_apply(&w, bodies[n]), 0);
        write_list_close(&w);
        n++;
    }
    return n;
}

static void every_function_answers_every_packet(void **state)
{
    static struct truth t;
    static struct pkt packets[BURST];
    struct body *bodies[BODIES];
    FILE *f = open_truth();
    size_t n = open_bodies(bodies);
    char last[256] = "";
    uint64_t item = 0;

    (void)state;
    while (next_line(f, &t)) {
        struct fn_span in = {FN_PKT, packets, 0, BURST, item};
        struct pcap_source *s;
        char path[512];
        if (strcmp(last, t.field[F_PCAP]) == 0) {
            continue;
        }
        (void)snprintf(last, sizeof last, "%s", t.field[F_PCAP]);
        (void)snprintf(path, sizeof path, ROOT "%s", last);
        assert_int_equal(pcap_source_open(path, 0, &s), 0);
        while (pcap_source_read(s, &in) > 0) {
            for (size_t k = 0; k < n; k++) {
                answers_each(bodies[k], &in);
            }
            item += in.n;
            in = (struct fn_span){FN_PKT, packets, 0, BURST, item};
        }
        pcap_source_close(s);
    }
    assert_int_equal(pclose(f), 0);
    print_message("%u packets through %zu functions\n", (unsigned)item, n);
    assert_true(item > 20000);
    for (size_t k = 0; k < n; k++) {
        body_close(bodies[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_checksums_are_as_tshark_saw_them),
        cmocka_unit_test(every_function_answers_every_packet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
