/*
 * acl_cache_test.c - entries and packets by hand, and the cache against acl
 * over random rules, on the C body and on the RTL body at both widths.
 */
#include <stdio.h>

#include "acl_csr.h"
#include "core/base/err.h"
#include "core/body.h"
#include "core/fast.h"
#include "core/registry.h"
#include "drivers/driver.h"
#include "net/fn/acl_cache/acl_cache_entry.h"
#include "tests/check.h"

enum {
    FRAME_LEN = 60,
    ROOM = 256,
    A = 0x0a010203, /* 10.1.2.3 */
    B = 0xc0a80909, /* 192.168.9.9 */
    ACCEPT = 0,
    DROP = ENTRY_ACTION,
    UNTOUCHED = 0xbeef, /* the mark that packets come with */
    SEED = 3,
};

/* --- the body under test, and a C body that sees the same writes --- */

struct bench {
    uint32_t width_bits; /* 0: the C body */
    struct device *device;
    struct body *body;
    struct fn_state host; /* what learn() is given */
    struct acl_cache_regs regs;
    uint32_t table[ACL_CACHE_ENTRY_DEPTH * ACL_CACHE_ENTRY_WORDS];
};

static int bench_open(void **state)
{
    struct bench *b = *state;
    struct device_config config = {.n_slots = 1, .width_bits = b->width_bits};
    const struct fn *fn = registry_find("acl_cache");
    int err;

    *b = (struct bench){.width_bits = b->width_bits};
    b->host.regs = &b->regs;
    b->host.table[ACL_CACHE_TABLE_ENTRY] = b->table;
    if (b->width_bits == 0) {
        return body_open_c(fn, &b->body);
    }
    err = driver_open("sim", &config, &b->device);
    if (err == 0) {
        err = device_load(b->device, 0, fn, &b->body);
    }
    return err == ERR_MISSING ? 0 : err;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    body_close(b->body);
    device_close(b->device);
    return 0;
}

/* The bench; skips the test without an image. */
static struct bench *bench_of(void **state)
{
    struct bench *b = *state;

    if (b->body == NULL) {
        print_message("skipped: no image of acl_cache, %u bits\n",
                      b->width_bits);
        skip();
    }
    return b;
}

/* fn_emit: the body gets the write, and so does b->host. */
static int bench_emit(void *ctx, uint32_t offset, uint32_t value)
{
    struct bench *b = ctx;

    switch (offset) {
    case ACL_CACHE_NO_MATCH: b->regs.no_match = value; break;
    case ACL_CACHE_NO_FLAGS: b->regs.no_flags = value; break;
    case ACL_CACHE_N_ENTRIES: b->regs.n_entries = value; break;
    case CSR_WINDOW_INDEX: b->regs.window_index = value; break;
    case CSR_WINDOW_DATA:
        b->table[b->regs.window_index++ % CHECK_ROWS(b->table)] = value;
        break;
    default: fail_msg("write to 0x%x", offset);
    }
    return body_write(b->body, offset, value);
}

static uint32_t read_reg(struct body *b, uint32_t offset)
{
    uint32_t value = 0;

    assert_int_equal(body_read(b, offset, &value), 0);
    return value;
}

static void set(struct bench *b, uint32_t offset, uint32_t value)
{
    assert_int_equal(bench_emit(b, offset, value), 0);
}

/* --- packets and entries --- */

/* The 5-tuple as tests write it: see struct net_key4. */
#define KEY(s, d, sp, dp, pr, f)                                             \
    {                                                                        \
        .has_ip = true, .has_flags = (pr) == NET_TCP || (pr) == NET_ICMP,    \
        .src = (s), .dst = (d), .sport = (sp), .dport = (dp), .proto = (pr), \
        .flags = (f)                                                         \
    }

static const struct net_key4 syn = KEY(A, B, 1000, 80, NET_TCP, 0x02);

/* Writes a packet of 'key' to 'data'; one without IP is ARP. */
static struct pkt packet_make(const struct net_key4 *key, uint8_t *data)
{
    uint8_t *ip = data + 14;
    uint8_t *l4 = ip + 20;
    bool cut = key->proto == NET_TCP && !key->has_flags;

    memset(data, 0, FRAME_LEN);
    be16_store(data + 12, key->has_ip ? 0x0800 : 0x0806);
    ip[0] = 0x45;
    be16_store(ip + 2, cut ? 20 + 8 : 20 + 20);
    ip[9] = key->proto;
    be32_store(ip + 12, key->src);
    be32_store(ip + 16, key->dst);
    if (key->proto == NET_ICMP) {
        l4[0] = key->flags;
    } else {
        be16_store(l4, key->sport);
        be16_store(l4 + 2, key->dport);
        l4[13] = key->flags;
    }
    return (struct pkt){.data = data,
                        .len_bytes = FRAME_LEN,
                        .room_bytes = ROOM,
                        .in_port = 3,
                        .mark = UNTOUCHED};
}

/* Runs a packet of 'key' that comes with 'flags'; its bytes must stay. */
static struct pkt run_one(struct body *b, const struct net_key4 *key,
                          uint16_t flags)
{
    uint8_t from[ROOM], to[ROOM];
    struct pkt x = packet_make(key, from);
    struct pkt y = {.data = to, .room_bytes = ROOM};
    struct fn_span in = {FN_PKT, &x, 1, 1, 0};
    struct fn_span out = {FN_PKT, &y, 0, 1, 0};

    x.flags = flags;
    assert_int_equal(body_run(b, &in, &out), 0);
    assert_int_equal(out.n, 1);
    assert_int_equal(y.len_bytes, x.len_bytes);
    assert_memory_equal(to, from, x.len_bytes);
    assert_int_equal(y.in_port, 3);
    y.data = NULL;
    return y;
}

/* Puts 'key' with 'result' into the way 'way' that its hash leads to. */
static uint32_t put(struct bench *b, const struct net_key4 *key,
                    uint32_t result, uint32_t way)
{
    struct entry e = entry_of_key(key, (b->regs.no_flags & 1) != 0);
    uint32_t number = entry_first(&e) + way;

    e.word[3] |= result;
    assert_int_equal(entry_emit(&e, number, bench_emit, b), 0);
    return number;
}

static void assert_packet(struct bench *b, const struct net_key4 *key,
                          uint32_t mark, uint32_t flags)
{
    struct pkt p = run_one(b->body, key, 0);

    assert_int_equal(p.mark, mark);
    assert_int_equal(p.flags, flags);
}

static void assert_counts(struct bench *b, uint32_t hits, uint32_t drops,
                          uint32_t cache_hits, uint32_t cache_misses)
{
    assert_int_equal(read_reg(b->body, ACL_CACHE_N_HITS), hits);
    assert_int_equal(read_reg(b->body, ACL_CACHE_N_DROPS), drops);
    assert_int_equal(read_reg(b->body, ACL_CACHE_CACHE_HITS), cache_hits);
    assert_int_equal(read_reg(b->body, ACL_CACHE_CACHE_MISSES), cache_misses);
}

/* --- by hand --- */

static void acl_cache_punts_what_it_does_not_hold(void **state)
{
    struct bench *b = bench_of(state);

    set(b, ACL_CACHE_N_ENTRIES, 256);
    set(b, ACL_CACHE_NO_MATCH, 1); /* says nothing of what is not looked at */
    assert_packet(b, &syn, UNTOUCHED, PKT_PUNT);
    assert_counts(b, 0, 0, 0, 1);
}

static void acl_cache_gives_the_result_of_an_entry(void **state)
{
    static const struct {
        const char *why;
        uint32_t result, no_match, mark, flags;
        uint32_t hits, drops, cache_hits; /* counted */
    } row[] = {
        {"rule 1 accepts", ACCEPT | 1, 0, 1, 0, 1, 0, 1},
        {"rule 1 drops", DROP | 1, 0, 1, PKT_DROP, 1, 1, 1},
        {"rule over default", ACCEPT | 2, 1, 2, 0, 1, 0, 1},
        {"the last rule", DROP | ENTRY_RULE, 0, ENTRY_RULE, PKT_DROP, 1, 1, 1},
        {"one bit", ACCEPT | 0x2000, 0, 0x2000, 0, 1, 0, 1},
        {"none, accept", ENTRY_ACTION, 0, 0, 0, 0, 0, 1},
        {"none, drop", ENTRY_ACTION, 1, 0, PKT_DROP, 0, 1, 1},
        {"empty", 0, 1, UNTOUCHED, PKT_PUNT, 0, 0, 0},
    };
    struct bench *b = bench_of(state);
    uint32_t hits = 0, drops = 0, cache_hits = 0;

    set(b, ACL_CACHE_N_ENTRIES, 256);
    for (uint32_t k = 0; k < 2 * CHECK_ROWS(row); k++) {
        uint32_t j = k / 2;
        print_message("%s, way %u\n", row[j].why, k % 2);
        (void)put(b, &syn, 0, 1 - k % 2); /* the other way is empty */
        (void)put(b, &syn, row[j].result, k % 2);
        set(b, ACL_CACHE_NO_MATCH, row[j].no_match);
        assert_packet(b, &syn, row[j].mark, row[j].flags);
        hits += row[j].hits;
        drops += row[j].drops;
        cache_hits += row[j].cache_hits;
        assert_counts(b, hits, drops, cache_hits, k + 1 - cache_hits);
    }
}

static void acl_cache_compares_every_field(void **state)
{
    struct bench *b = bench_of(state);

    set(b, ACL_CACHE_N_ENTRIES, 256);
    for (uint32_t bit = 0; bit < 113; bit++) {
        struct entry e = entry_of_key(&syn, false);
        uint32_t number = entry_first(&e); /* of the key, not of the entry */
        uint32_t at = bit < 96 ? bit : bit + 15; /* the result between */
        print_message("word %u bit %u\n", at / 32, at % 32);
        e.word[3] |= DROP | 7;
        e.word[at / 32] ^= 1u << at % 32;
        assert_int_equal(entry_emit(&e, number, bench_emit, b), 0);
        assert_packet(b, &syn, UNTOUCHED, PKT_PUNT);
        e.word[at / 32] ^= 1u << at % 32;
        assert_int_equal(entry_emit(&e, number, bench_emit, b), 0);
        assert_packet(b, &syn, 7, PKT_DROP);
    }
}

static void acl_cache_takes_the_first_way_that_holds_a_key(void **state)
{
    struct bench *b = bench_of(state);

    set(b, ACL_CACHE_N_ENTRIES, 256);
    (void)put(b, &syn, ACCEPT | 1, 0);
    (void)put(b, &syn, DROP | 6, 1);
    assert_packet(b, &syn, 1, 0);
    (void)put(b, &syn, 0, 0); /* the same key, but empty */
    assert_packet(b, &syn, 6, PKT_DROP);
}

/* Worked out by hand from the description in the README. */
static void acl_cache_finds_the_entry_that_the_hash_names(void **state)
{
    static const struct {
        struct net_key4 key;
        uint32_t first;
    } row[] = {
        {KEY(0, 0, 0, 0, 0, 0), 0},
        {KEY(1, 0, 0, 0, 0, 0), 2 * 1},
        {KEY(1u << 6, 0, 0, 0, 0, 0), 2 * 64},
        {KEY(1u << 7, 0, 0, 0, 0, 0), 2 * 1},
        {KEY(1u << 31, 0, 0, 0, 0, 0), 2 * 8}, /* 31 = 28 + 3 */
        {KEY(0, 1, 0, 0, 0, 0), 2 * 32},       /* turned by 5 */
        {KEY(0, 1u << 31, 0, 0, 0, 0), 2 * 16},
        {KEY(0, 0, 0, 1, NET_UDP, 0), 2 * (16 ^ 68)}, /* by 11 = 7 + 4 */
        {KEY(0, 0, 1, 0, NET_UDP, 0), 2 * (64 ^ 68)}, /* by 27 = 21 + 6 */
        {KEY(0, 0, 0, 0, NET_UDP, 0), 2 * 68},        /* bits 9 and 13 */
        {KEY(0, 0, 0, 0, NET_TCP, 0x01), 2 * (1 ^ 2 ^ 8 ^ 16)},
    };
    struct bench *b = bench_of(state);

    set(b, ACL_CACHE_N_ENTRIES, 256);
    for (uint32_t k = 0; k < CHECK_ROWS(row); k++) {
        struct entry e = entry_of_key(&row[k].key, false);
        print_message("row %u: entry %u\n", k, entry_first(&e));
        assert_int_equal(entry_first(&e), row[k].first);
        e.word[3] |= k + 1;
        assert_int_equal(entry_emit(&e, row[k].first + k % 2, bench_emit, b),
                         0);
        assert_packet(b, &row[k].key, k + 1, 0);
        e.word[3] &= ~(uint32_t)ENTRY_RESULT; /* room for the next */
        assert_int_equal(entry_emit(&e, row[k].first + k % 2, bench_emit, b),
                         0);
    }
}

static void acl_cache_uses_the_entries_that_n_entries_counts(void **state)
{
    struct bench *b = bench_of(state);
    uint32_t number = put(b, &syn, ACCEPT | 5, 1);
    const struct {
        uint32_t n_entries;
        bool there;
    } row[] = {
        {0, false},          {number, false},      {number + 1, true},
        {256, true},         {257, true},          {0x80000000, false},
        {0x00000200, false}, {number + 256, true}, {UINT32_MAX, true},
    };

    for (uint32_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("N_ENTRIES 0x%x\n", row[k].n_entries);
        set(b, ACL_CACHE_N_ENTRIES, row[k].n_entries);
        assert_packet(b, &syn, row[k].there ? 5 : UNTOUCHED,
                      row[k].there ? 0 : PKT_PUNT);
    }
}

static void acl_cache_judges_packets_without_a_key_itself(void **state)
{
    static const struct net_key4 arp = {.has_ip = false};
    struct bench *b = bench_of(state);

    set(b, ACL_CACHE_N_ENTRIES, 256);
    (void)put(b, &syn, ACCEPT | 5, 0);
    assert_packet(b, &syn, 5, 0); /* what is in the pipeline stays out of it */
    assert_packet(b, &arp, 0, 0);
    assert_counts(b, 1, 0, 1, 0);
    set(b, ACL_CACHE_NO_MATCH, 1);
    assert_packet(b, &arp, 0, PKT_DROP);
    struct pkt p = run_one(b->body, &syn, PKT_ERROR);
    assert_int_equal(p.mark, 0);
    assert_int_equal(p.flags, PKT_ERROR | PKT_DROP);
    assert_counts(b, 1, 2, 1, 0);
}

static void acl_cache_passes_what_is_done(void **state)
{
    static const uint16_t flags[] = {PKT_DROP, PKT_PUNT, PKT_DROP | PKT_PUNT,
                                     PKT_DROP | PKT_ERROR,
                                     PKT_PUNT | PKT_MIRROR};
    struct bench *b = bench_of(state);

    set(b, ACL_CACHE_N_ENTRIES, 256);
    set(b, ACL_CACHE_NO_MATCH, 1);
    for (uint32_t k = 0; k < 2 * CHECK_ROWS(flags); k++) {
        (void)put(b, &syn, k % 2 == 0 ? 0 : DROP | 4, 0);
        struct pkt p = run_one(b->body, &syn, flags[k / 2]);
        assert_int_equal(p.mark, UNTOUCHED);
        assert_int_equal(p.flags, flags[k / 2]);
    }
    assert_counts(b, 0, 0, 0, 0);
    /* Other flags are no verdict, and stay. */
    struct pkt p = run_one(b->body, &syn, PKT_MIRROR | PKT_FLOOD);
    assert_int_equal(p.flags, PKT_MIRROR | PKT_FLOOD | PKT_DROP);
}

static void acl_cache_leaves_flags_out_when_told(void **state)
{
    struct net_key4 ack = syn, none = syn, udp = syn;
    struct bench *b = bench_of(state);

    ack.flags = 0x10;
    none.flags = 0;
    none.has_flags = false;
    udp.proto = NET_UDP;
    set(b, ACL_CACHE_N_ENTRIES, 256);
    (void)put(b, &syn, ACCEPT | 9, 0);
    assert_packet(b, &ack, UNTOUCHED, PKT_PUNT);
    assert_packet(b, &none, UNTOUCHED, PKT_PUNT);
    set(b, ACL_CACHE_NO_FLAGS, 0xfffffffe); /* only the lowest bit counts */
    assert_packet(b, &syn, 9, 0);
    set(b, ACL_CACHE_NO_FLAGS, 1);
    assert_packet(b, &syn, UNTOUCHED, PKT_PUNT); /* its entry has flags */
    (void)put(b, &syn, ACCEPT | 8, 0);
    assert_packet(b, &syn, 8, 0);
    assert_packet(b, &ack, 8, 0);
    assert_packet(b, &none, 8, 0);
    assert_packet(b, &udp, UNTOUCHED, PKT_PUNT);
}

static void acl_cache_goes_on_counting_from_what_was_written(void **state)
{
    struct bench *b = bench_of(state);

    set(b, ACL_CACHE_N_ENTRIES, 256);
    for (uint32_t at = ACL_CACHE_N_HITS; at <= ACL_CACHE_CACHE_MISSES;
         at += 4) {
        assert_int_equal(body_write(b->body, at, UINT32_MAX), 0);
    }
    assert_packet(b, &syn, UNTOUCHED, PKT_PUNT);
    (void)put(b, &syn, DROP | 9, 0);
    assert_packet(b, &syn, 9, PKT_DROP);
    assert_packet(b, &syn, 9, PKT_DROP);
    assert_counts(b, 1, 1, 1, 0);
}

static void acl_cache_reads_entries_back(void **state)
{
    struct bench *b = bench_of(state);
    uint32_t words[256 * ACL_CACHE_ENTRY_WORDS];
    struct rng r = {SEED};

    set(b, CSR_WINDOW_INDEX, 0);
    for (size_t k = 0; k < CHECK_ROWS(words); k++) {
        words[k] = (uint32_t)rng_next(&r);
        set(b, CSR_WINDOW_DATA, words[k]);
    }
    assert_int_equal(read_reg(b->body, CSR_WINDOW_INDEX), CHECK_ROWS(words));
    set(b, CSR_WINDOW_INDEX, 0);
    for (size_t k = 0; k < CHECK_ROWS(words); k++) {
        assert_int_equal(read_reg(b->body, CSR_WINDOW_DATA), words[k]);
    }
}

/* --- partial offload --- */

/* Runs 'x' through 'b' in place of a burst of one. */
static void run_pkt(struct body *b, const struct pkt *x, struct pkt *y)
{
    struct fn_span in = {FN_PKT, &(struct pkt){0}, 1, 1, 0};
    struct fn_span out = {FN_PKT, y, 0, 1, 0};

    *(struct pkt *)in.items = *x;
    assert_int_equal(body_run(b, &in, &out), 0);
    assert_int_equal(out.n, 1);
}

static struct body *open_acl(void)
{
    struct body *acl = NULL;

    assert_int_equal(body_open_c(registry_find("acl"), &acl), 0);
    return acl;
}

/* What learn() wants written for 'out'; the number of writes. */
static size_t learn(struct bench *b, const struct net_key4 *key, uint64_t item,
                    uint16_t mark, uint16_t flags)
{
    uint8_t bytes[ROOM];
    struct pkt in = packet_make(key, bytes);
    struct pkt out = in;
    struct write_list w = {0};
    size_t n;

    in.item = item;
    out.mark = mark;
    out.flags = flags;
    assert_int_equal(
        b->body->fn->learn(&b->host, &in, &out, write_list_emit, &w), 0);
    n = w.n;
    for (size_t k = 0; k < w.n; k++) {
        set(b, w.at[k].offset, w.at[k].value);
    }
    write_list_close(&w);
    return n;
}

static void learn_makes_the_cache_say_what_acl_said(void **state)
{
    static const struct net_key4 arp = {.has_ip = false};
    struct bench *b = bench_of(state);

    assert_int_equal(learn(b, &syn, 0, 3, 0), 0); /* no entries in use */
    set(b, ACL_CACHE_N_ENTRIES, 256);
    assert_int_equal(learn(b, &arp, 0, 0, 0), 0);              /* has no key */
    assert_int_equal(learn(b, &syn, 0, ENTRY_RULE + 1, 0), 0); /* no room */
    assert_int_equal(learn(b, &syn, 0, 3, PKT_DROP), 7);
    assert_packet(b, &syn, 3, PKT_DROP);
    assert_int_equal(learn(b, &syn, 0, 3, PKT_DROP), 0); /* known */
    assert_int_equal(learn(b, &syn, 0, 3, 0), 7);
    assert_packet(b, &syn, 3, 0);
    assert_int_equal(learn(b, &syn, 0, ENTRY_RULE, 0), 7);
    assert_packet(b, &syn, ENTRY_RULE, 0);
    /* No rule: the default is the register's, whatever it was then. */
    assert_int_equal(learn(b, &syn, 0, 0, PKT_DROP), 7);
    assert_packet(b, &syn, 0, 0);
    set(b, ACL_CACHE_NO_MATCH, 1);
    assert_packet(b, &syn, 0, PKT_DROP);
    assert_int_equal(learn(b, &syn, 0, 3, 0), 7);
    assert_int_equal(learn(b, &syn, 0, 0, 0), 7);
    assert_packet(b, &syn, 0, PKT_DROP);
}

static void learn_takes_an_empty_way_before_one_in_use(void **state)
{
    /* Alike by the hash: bits 0 and 7 of the source. */
    struct net_key4 x = syn, y = syn, z = syn;
    struct bench *b = bench_of(state);
    uint32_t kept[2] = {0};

    x.src = A ^ 0x01;
    y.src = A ^ 0x80;
    z.src = A ^ 0x4000;
    set(b, ACL_CACHE_N_ENTRIES, 256);
    assert_int_equal(learn(b, &x, 0, 1, 0), 7);
    assert_int_equal(learn(b, &y, 0, 2, 0), 7);
    assert_packet(b, &x, 1, 0);
    assert_packet(b, &y, 2, 0);
    /* One of both goes, which one depends on the item. */
    for (uint64_t item = 0; item < 16; item++) {
        assert_int_equal(learn(b, &z, item, 3, 0), 7);
        assert_packet(b, &z, 3, 0);
        bool x_kept = run_one(b->body, &x, 0).mark == 1;
        bool y_kept = run_one(b->body, &y, 0).mark == 2;
        assert_true(x_kept != y_kept);
        kept[y_kept]++;
        (void)put(b, &x, 1, 0);
        (void)put(b, &y, 2, 1);
    }
    print_message("%u times x, %u times y\n", kept[0], kept[1]);
    assert_true(kept[0] >= 4 && kept[1] >= 4);
}

static void an_entry_is_empty_while_it_is_written(void **state)
{
    /* In the first pair word 3 has nothing but the result. */
    static const struct net_key4 row[][2] = {
        {KEY(A, B, 0, 0, 0, 0), KEY(A ^ 0x81, B, 0, 0, 0, 0)},
        {KEY(A, B, 1, 2, NET_TCP, 3), KEY(A ^ 0x81, B, 1, 2, NET_TCP, 3)},
    };
    struct bench *b = bench_of(state);

    set(b, ACL_CACHE_N_ENTRIES, 256);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct entry e = entry_of_key(&row[k][1], false);
        struct write_list w = {0};
        (void)put(b, &row[k][0], DROP | 1, 0);
        e.word[3] |= ACCEPT | 2;
        assert_int_equal(entry_emit(&e, entry_first(&e), write_list_emit, &w),
                         0);
        for (size_t j = 0; j < w.n; j++) {
            print_message("pair %zu, write %zu\n", k, j);
            set(b, w.at[j].offset, w.at[j].value);
            assert_int_equal(run_one(b->body, &row[k][0], 0).mark,
                             j == 0 ? 1 : UNTOUCHED);
            assert_int_equal(run_one(b->body, &row[k][1], 0).mark,
                             j == w.n - 1 ? 2 : UNTOUCHED);
        }
        write_list_close(&w);
    }
}

static void forget_empties_the_cache_and_copies_settings(void **state)
{
    struct bench *b = bench_of(state);
    struct body *acl = open_acl();
    struct write_list w = {0};

    assert_ptr_equal(fast_find(acl->fn), b->body->fn);
    assert_null(fast_find(b->body->fn));
    set(b, ACL_CACHE_N_ENTRIES, 256);
    (void)put(b, &syn, DROP | 1, 0);
    (void)put(b, &syn, DROP | 1, 1);
    assert_int_equal(body_write(acl, ACL_NO_MATCH, 5), 0);
    assert_int_equal(body_write(acl, ACL_NO_FLAGS, 3), 0);
    assert_int_equal(fast_forget(b->body->fn, acl, write_list_emit, &w), 0);
    for (size_t k = 0; k < w.n; k++) {
        set(b, w.at[k].offset, w.at[k].value);
        if (k < 3 || k + 5 > w.n) { /* from the first write on */
            assert_int_equal(run_one(b->body, &syn, 0).flags, PKT_PUNT);
        }
    }
    write_list_close(&w);
    assert_int_equal(read_reg(b->body, ACL_CACHE_NO_MATCH), 1);
    assert_int_equal(read_reg(b->body, ACL_CACHE_NO_FLAGS), 1);
    assert_int_equal(read_reg(b->body, ACL_CACHE_N_ENTRIES), 256);
    for (size_t k = 0; k < CHECK_ROWS(b->table); k++) {
        assert_int_equal(b->table[k], 0);
    }
    assert_packet(b, &syn, UNTOUCHED, PKT_PUNT);
    body_close(acl);
}

/* A packet through the cache and, where it is punted, through acl. */
static void run_both(struct bench *b, struct body *acl, const struct pkt *x,
                     struct pkt *y, bool *hit)
{
    run_pkt(b->body, x, y);
    *hit = pkt_is_done(x) || (y->flags & PKT_PUNT) == 0;
    if (!*hit) {
        struct pkt again = *y;
        uint8_t bytes[ROOM * 8];
        memcpy(bytes, y->data, y->len_bytes);
        again.data = bytes;
        again.flags &= (uint16_t)~PKT_PUNT;
        assert_int_equal(again.mark, x->mark);
        run_pkt(acl, &again, y);
        assert_int_equal(b->body->fn->learn(&b->host, x, y, bench_emit, b), 0);
    }
}

static void the_cache_and_acl_together_are_acl(void **state)
{
    enum { ROUNDS = 40, PACKETS = 200, FLOWS = 60 };
    static uint8_t bytes[FLOWS][2048], to[2][2048];
    struct bench *b = bench_of(state);
    struct body *alone = open_acl(), *acl = open_acl();
    struct rng r = {SEED};
    uint32_t hits = 0, total = 0;

    print_message("seed %d\n", SEED);
    for (int round = 0; round < ROUNDS; round++) {
        struct write_list w = {0};
        struct pkt flow[FLOWS];
        assert_int_equal(acl->fn->setup(&r, write_list_emit, &w), 0);
        assert_int_equal(write_list_apply(&w, acl), 0);
        assert_int_equal(write_list_apply(&w, alone), 0);
        write_list_close(&w);
        assert_int_equal(fast_forget(b->body->fn, acl, bench_emit, b), 0);
        for (size_t k = 0; k < FLOWS; k++) {
            flow[k] = (struct pkt){.data = bytes[k], .room_bytes = 2048};
            acl->fn->packet(&r, &flow[k]);
        }
        for (size_t k = 0; k < PACKETS; k++, total++) {
            struct pkt x = flow[rng_below(&r, FLOWS)];
            struct pkt want = {.data = to[0], .room_bytes = 2048};
            struct pkt y = {.data = to[1], .room_bytes = 2048};
            bool hit;
            x.item = total;
            run_pkt(alone, &x, &want);
            run_both(b, acl, &x, &y, &hit);
            hits += hit;
            assert_int_equal(pkt_user(&y), pkt_user(&want));
        }
    }
    print_message("%u of %u packets judged by the cache\n", hits, total);
    assert_true(hits > total / 2 && hits < total);
    assert_int_equal(fast_add_counts(b->body, acl), 0);
    assert_int_equal(read_reg(acl, ACL_N_HITS), read_reg(alone, ACL_N_HITS));
    assert_int_equal(read_reg(acl, ACL_N_DROPS), read_reg(alone, ACL_N_DROPS));
    assert_int_equal(read_reg(b->body, ACL_CACHE_N_HITS), 0);
    assert_int_equal(read_reg(b->body, ACL_CACHE_N_DROPS), 0);
    body_close(acl);
    body_close(alone);
}

#define ON(test, where, bench)                                   \
    {                                                            \
#test "_on_" where, test, bench_open, bench_close, bench \
    }
#define ON_EACH(test)                                       \
    ON(test, "c", &bench[0]), ON(test, "rtl32", &bench[1]), \
        ON(test, "rtl64", &bench[2])

int main(void)
{
    static struct bench bench[] = {
        {.width_bits = 0}, {.width_bits = 32}, {.width_bits = 64}};
    const struct CMUnitTest tests[] = {
        ON_EACH(acl_cache_punts_what_it_does_not_hold),
        ON_EACH(acl_cache_gives_the_result_of_an_entry),
        ON_EACH(acl_cache_compares_every_field),
        ON_EACH(acl_cache_takes_the_first_way_that_holds_a_key),
        ON_EACH(acl_cache_finds_the_entry_that_the_hash_names),
        ON_EACH(acl_cache_uses_the_entries_that_n_entries_counts),
        ON_EACH(acl_cache_judges_packets_without_a_key_itself),
        ON_EACH(acl_cache_passes_what_is_done),
        ON_EACH(acl_cache_leaves_flags_out_when_told),
        ON_EACH(acl_cache_goes_on_counting_from_what_was_written),
        ON_EACH(acl_cache_reads_entries_back),
        ON_EACH(learn_makes_the_cache_say_what_acl_said),
        ON_EACH(learn_takes_an_empty_way_before_one_in_use),
        ON_EACH(an_entry_is_empty_while_it_is_written),
        ON_EACH(forget_empties_the_cache_and_copies_settings),
        ON_EACH(the_cache_and_acl_together_are_acl),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
