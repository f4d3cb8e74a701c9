/*
 * acl_cache_test.c - entries and packets by hand, on the C body and on the RTL
 * body at both widths.
 */
#include "net/fn/acl_cache/acl_cache_check.h"

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
        {KEY(0, 0, 0, 1, NET_UDP, 0), 2 * (16 ^ 4)}, /* by 11 = 7 + 4 */
        {KEY(0, 0, 1, 0, NET_UDP, 0), 2 * (64 ^ 4)}, /* by 27 = 21 + 6 */
        {KEY(0, 0, 0, 0, NET_UDP, 0), 2 * 4},        /* bit 16 */
        {KEY(0, 0, 0, 0, NET_TCP, 0x01), 2 * (1 ^ 2 ^ 2)},
        {KEY(0, 0, 0, 0, NET_SCTP, 0), 2 * (2 | 4)}, /* bits 15 and 16 */
        {KEY(0, 0, 0, 0, 2, 0), 2 * 32},             /* turned by 11 */
        {{.has_ip = true, .dscp = 1}, 2 * 4},        /* bit 9 */
        {{.has_ip = true, .dscp = 32}, 2 * 1},       /* bit 14 */
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

/* The answers of acl differ by DSCP, so entries do. */
static void acl_cache_tells_dscps_apart(void **state)
{
    struct bench *b = bench_of(state);

    set(b, ACL_CACHE_N_ENTRIES, 256);
    (void)put(b, &syn, ACCEPT | 9, 0);
    for (uint8_t bit = 0; bit < 6; bit++) {
        struct net_key4 key = syn;
        key.dscp = (uint8_t)(1 << bit);
        assert_packet(b, &key, UNTOUCHED, PKT_PUNT);
        (void)put(b, &key, DROP | 3, 1);
        assert_packet(b, &key, 3, PKT_DROP);
        assert_packet(b, &syn, 9, 0);
    }
}

/* A protocol without ports stands where they would. */
static void acl_cache_tells_protocols_from_ports(void **state)
{
    static const struct net_key4 keys[] = {
        KEY(A, B, 0, 47, NET_TCP, 2),
        KEY(A, B, 0, 47, NET_UDP, 0),
        KEY(A, B, 0, 47, NET_SCTP, 0),
        KEY(A, B, 0, 0, 47, 0),
    };
    struct bench *b = bench_of(state);

    set(b, ACL_CACHE_N_ENTRIES, 256);
    for (uint32_t k = 0; k < CHECK_ROWS(keys); k++) {
        uint32_t number = put(b, &keys[k], ACCEPT | 5, 0);
        for (uint32_t j = 0; j < CHECK_ROWS(keys); j++) {
            assert_packet(b, &keys[j], j == k ? 5 : UNTOUCHED,
                          j == k ? 0 : PKT_PUNT);
        }
        assert_int_equal(
            entry_emit(&(struct entry){{0}}, number, bench_emit, b), 0);
    }
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
        ON_EACH(acl_cache_tells_dscps_apart),
        ON_EACH(acl_cache_tells_protocols_from_ports),
        ON_EACH(acl_cache_goes_on_counting_from_what_was_written),
        ON_EACH(acl_cache_reads_entries_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
