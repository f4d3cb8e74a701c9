/* sim_fault_test.c - the bits of an image with faults: listed and flipped. */
#include "sim/sim_check.h"

#include <stdio.h>
#include <string.h>

#include "acl_csr.h"
#include "common_csr.h"
#include "core/base/err.h"
#include "core/registry.h"
#include "tests/capture.h"

/* A rule's word lies in the memory of its lane, in the rule's row. */
static void a_flip_in_a_table_is_seen_through_the_window(void **state)
{
    enum { WORDS = 8, RULES = 256 };
    static const struct {
        uint32_t rule, word, bit;
    } row[] = {{0, 0, 0}, {0, 0, 31},   {1, 0, 0},   {7, 7, 7},
               {8, 0, 1}, {100, 3, 16}, {255, 7, 5}, {255, 0, 31}};
    struct sim *s = open_slot("acl", WIDTH, true);

    (void)state;
    for (uint32_t k = 0; k < RULES * WORDS; k++) {
        assert_int_equal(sim_write(s, CSR_WINDOW_INDEX, k), 0);
        assert_int_equal(sim_write(s, CSR_WINDOW_DATA, 0xa5a50000 + k), 0);
    }
    for (size_t j = 0; j < CHECK_ROWS(row); j++) {
        char where[64];
        uint32_t at = row[j].rule * WORDS + row[j].word;
        (void)snprintf(where, sizeof where, "match.word[%u].store.mem[%u][%u]",
                       row[j].word, row[j].rule, row[j].bit); /* fits */
        assert_int_equal(sim_flip(s, where), 0);
        for (uint32_t k = 0; k < RULES * WORDS; k++) {
            uint32_t mask = k == at ? 1u << row[j].bit : 0;
            assert_int_equal(read_word(s, k), (0xa5a50000 + k) ^ mask);
        }
        assert_int_equal(sim_flip(s, where), 0);
        assert_int_equal(read_word(s, at), 0xa5a50000 + at);
    }
    sim_close(s);
}

static void a_flip_reaches_registers_of_every_kind(void **state)
{
    static const struct {
        const char *where;
        uint32_t offset, mask;
    } row[] = {
        {"csr.n_rules_q[0]", ACL_N_RULES, 1},
        {"csr.n_rules_q[15]", ACL_N_RULES, 0x8000},
        {"csr.n_hits_q[8]", ACL_N_HITS, 0x100},
        {"csr.no_match_q[0]", ACL_NO_MATCH, 1},
        {"slot.items_in_q[4]", COMMON_ITEMS_IN, 0x10},
        {"slot.cycles_q[63]", COMMON_CYCLES_HI, 0x80000000},
        {"slot.common.control_q[1]", COMMON_CONTROL, 2},
    };
    struct sim *s = open_slot("acl", WIDTH, true);

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t before = read_reg(s, row[k].offset);
        print_message("%s\n", row[k].where);
        assert_int_equal(sim_flip(s, row[k].where), 0);
        assert_int_equal(read_reg(s, row[k].offset), before ^ row[k].mask);
        assert_int_equal(sim_flip(s, row[k].where), 0);
        assert_int_equal(read_reg(s, row[k].offset), before);
    }
    sim_close(s);
}

static void sim_flip_refuses_bits_that_are_not_there(void **state)
{
    static const char *const where[] = {
        "",
        "match.src_q",
        "match.src_q[32]",
        "match.src_q[4294967296]",
        "match.src_q[-1]",
        "match.src_q[ 1]",
        "match.src_q[1",
        "match.src_q1]",
        "match.src_q[]",
        "match.src_q[x]",
        "match.src_q[1] ",
        "match.src_q[1][0]", /* has one word only */
        "[1]",
        "[0][1]",
        "]",
        "MATCH.SRC_Q[1]",
        "no_such_q[0]",
        "csr[0]",
        "csr.[0]",
        "csr.n_rules_q[16]",
        "n_rules_q[0]",        /* without its path */
        "slot.match.src_q[0]", /* of the body, not of the slot */
        "mid_q[0]",            /* of the slot, not of the body */
        "body.fn.match.src_q[0]",
        "drop_d[0]", /* a wire */
        "data.store.mem[32][0]",
        "data.store.mem[0][73]",
        "data.store.mem[0][0][0]",
        "slot.[0]",
        "slot[0]",
    };
    struct sim *s = open_slot("acl", WIDTH, true);
    struct capture c;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(where); k++) {
        print_message("%s\n", where[k]);
        capture_begin(&c);
        int err = sim_flip(s, where[k]);
        capture_end(&c);
        assert_int_equal(err, ERR_NOT_FOUND);
        assert_non_null(strstr(c.text, "acl has no bit '"));
        assert_non_null(strstr(c.text, where[k]));
        assert_non_null(
            strstr(c.text, " csr.n_rules_q[16]")); /* what there is */
    }
    char longer[1000];
    memset(longer, 'x', sizeof longer);
    memcpy(longer + sizeof longer - 4, "[0]", 4);
    capture_begin(&c);
    int err = sim_flip(s, longer);
    capture_end(&c);
    assert_int_equal(err, ERR_NOT_FOUND);
    sim_close(s);
}

static void sim_flip_needs_an_image_with_faults(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, false);
    struct capture c;

    (void)state;
    capture_begin(&c);
    int err = sim_flip(s, "match.src_q[0]");
    capture_end(&c);
    assert_int_equal(err, ERR_MISSING);
    assert_non_null(strstr(c.text, "acl: this image cannot be made to fail"));
    assert_int_equal(read_word(s, 0), 0);
    sim_close(s);
}

/* Registers as sim_list() gives them. */
struct listing {
    struct {
        char name[64];
        uint32_t n_words, n_bits;
    } reg[512];
    size_t n;
};

static void listing_add(void *ctx, const char *name, uint32_t n_words,
                        uint32_t n_bits)
{
    struct listing *l = ctx;

    assert_true(l->n < CHECK_ROWS(l->reg));
    assert_true(strlen(name) < sizeof l->reg[0].name);
    memcpy(l->reg[l->n].name, name, strlen(name) + 1);
    l->reg[l->n].n_words = n_words;
    l->reg[l->n].n_bits = n_bits;
    l->n++;
}

/* The widths stand in the Verilog sources, at a stream width of 64. */
struct known {
    const char *name;
    uint32_t n_words, n_bits;
};

static const struct known slot_known[] = {
    {"slot.cycles_q", 1, 64},
    {"slot.dropped_q", 1, 32},
    {"slot.hold_q", 1, 1},
    {"slot.hung_q", 1, 1},
    {"slot.items_in_q", 1, 32},
    {"slot.items_out_q", 1, 32},
    {"slot.leaving_q", 1, 1},
    {"slot.mid_q", 1, 1},
    {"slot.punted_q", 1, 32},
    {"slot.stalls_in_q", 1, 32},
    {"slot.stalls_out_q", 1, 32},
    {"slot.still_q", 1, 16},
    {"slot.user_odd_q", 1, 1},
    {"slot.waited_q", 1, 1},
    {"slot.we_ack_q", 1, 1},
    {"slot.common.ack_q", 1, 1},
    {"slot.common.control_q", 1, 3},
    {"slot.common.epoch_q", 1, 32},
    {"slot.common.errors_q", 1, 6},
    {"slot.common.hang_limit_q", 1, 16},
    {"slot.common.rdata_q", 1, 32},
    {"slot.common.walk_q", 1, 8},
    {"slot.common.window_q", 1, 16},
    {"slot.digest_in.misr.digest_q", 1, 32},
    {"slot.digest_out.misr.digest_q", 1, 32},
    {"slot.edges.in_reg.full_q", 1, 1},
    {"slot.edges.in_reg.out_q", 1, 121},
    {"slot.edges.out_skid.out_full_q", 1, 1},
    {"slot.edges.out_skid.out_q", 1, 121},
    {"slot.edges.out_skid.skid_full_q", 1, 1},
    {"slot.edges.out_skid.skid_q", 1, 121},
    {"slot.watched.tap[0].misr.digest_q", 1, 32},
    {"slot.watched.tap[1].misr.digest_q", 1, 32},
    {"slot.watched.tap[2].misr.digest_q", 1, 32},
    {"slot.watched.tap[3].misr.digest_q", 1, 32},
    {"slot.watched.watch.at_q", 1, 20},
    {"slot.watched.watch.beats_q", 1, 16},
    {"slot.watched.watch.byte_q", 1, 2},
    {"slot.watched.watch.crc_q", 1, 32},
    {"slot.watched.watch.index_q", 1, 32},
    {"slot.watched.watch.late_q", 1, 1},
    {"slot.watched.watch.left_q", 1, 8},
    {"slot.watched.watch.out_q", 1, 5},
    {"slot.watched.watch.part_q", 1, 4},
    {"slot.watched.watch.some_q", 1, 1},
    {"slot.watched.watch.st_q", 1, 3},
    {"slot.watched.watch.told_q", 1, 1},
    {"slot.watched.watch.wait_q", 1, 8},
    {"slot.watched.watch.walk_at_q", 1, 32},
    {"slot.watched.watch.windows_q", 1, 32},
    {"slot.watched.watch.word_q", 1, 5},
    {"slot.watched.watch.frame.mem", 32, 32},
    {"slot.watched.watch.frame.rdata_q", 1, 32},
    {"slot.watched.watch.misr.digest_q", 1, 32},
};

static const struct known acl_known[] = {
    {"n_drops_q", 1, 1},
    {"n_hits_q", 1, 1},
    {"csr.ack_q", 1, 1},
    {"csr.load_q", 1, 1},
    {"csr.n_drops_q", 1, 32},
    {"csr.n_hits_q", 1, 32},
    {"csr.n_rules_q", 1, 16},
    {"csr.no_flags_q", 1, 1},
    {"csr.no_match_q", 1, 1},
    {"csr.rdata_q", 1, 32},
    {"csr.window_index_q", 1, 32},
    {"hold.came_q", 1, 6},
    {"hold.mid_q", 1, 1},
    {"hold.out_full_q", 1, 1},
    {"hold.rd_q", 1, 6},
    {"hold.told_q", 1, 6},
    {"hold.data.full_q", 1, 1},
    {"hold.data.out_full_q", 1, 1},
    {"hold.data.rd_q", 1, 6},
    {"hold.data.wr_q", 1, 6},
    {"hold.data.store.mem", 32, 73},
    {"hold.data.store.rdata_q", 1, 73},
    {"hold.said.mem", 32, 17},
    {"hold.said.rdata_q", 1, 17},
    {"hold.user.mem", 32, 48},
    {"hold.user.rdata_q", 1, 48},
    {"key.cnt_q", 1, 5},
    {"key.dport_q", 1, 16},
    {"key.dscp_q", 1, 6},
    {"key.dst_q", 1, 32},
    {"key.flags_q", 1, 8},
    {"key.frag_q", 1, 1},
    {"key.fragment_q", 1, 1},
    {"key.half_q", 1, 16},
    {"key.has_flags_q", 1, 1},
    {"key.has_ip_q", 1, 1},
    {"key.ihl_q", 1, 4},
    {"key.key_valid_q", 1, 1},
    {"key.length_q", 1, 3},
    {"key.mid_q", 1, 1},
    {"key.place_q", 1, 1},
    {"key.proto_q", 1, 8},
    {"key.sport_q", 1, 16},
    {"key.src_q", 1, 32},
    {"key.st_q", 1, 2},
    {"key.total_q", 1, 16},
    {"key.version_q", 1, 4},
    {"match.fetch_1_q", 1, 1},
    {"match.fetch_2_q", 1, 1},
    {"match.hit_q", 1, 1},
    {"match.match_q", 1, 256},
    {"match.match_valid_q", 1, 1},
    {"match.number_q", 1, 8},
    {"match.one_q", 1, 256},
    {"match.other_rows.mem", 8, 256},
    {"match.row_q", 1, 1},
    {"match.run_q", 1, 8},
    {"match.run_valid_q", 1, 1},
    {"match.soon_q", 1, 3},
    {"match.todo_q", 1, 8},
    {"match.todo_valid_q", 1, 1},
    {"match.value_q", 1, 4},
    {"match.verdict_valid_q", 1, 1},
    {"match.waits_q", 1, 1},
    {"match.word_q", 1, 32},
};

static const struct known scale_known[] = {
    {"full1_q", 1, 1},   {"full2_q", 1, 1},      {"product_q", 1, 132},
    {"keep1_q", 1, 8},   {"keep2_q", 1, 8},      {"user1_q", 1, 48},
    {"user2_q", 1, 48},  {"last1_q", 1, 1},      {"last2_q", 1, 1},
    {"data2_q", 1, 64},  {"csr.gain_q", 1, 16},  {"csr.n_clipped_q", 1, 32},
    {"csr.ack_q", 1, 1}, {"csr.rdata_q", 1, 32}, {"csr.load_q", 1, 1},
};

static void assert_listed(const struct listing *l, const struct known *known,
                          size_t n)
{
    for (size_t k = 0; k < n; k++) {
        size_t found = 0;
        print_message("%s\n", known[k].name);
        for (size_t j = 0; j < l->n; j++) {
            if (strcmp(l->reg[j].name, known[k].name) == 0) {
                found++;
                assert_int_equal(l->reg[j].n_words, known[k].n_words);
                assert_int_equal(l->reg[j].n_bits, known[k].n_bits);
            }
        }
        assert_int_equal(found, 1);
    }
}

/* Memories of acl's rules: one with 'name', which has a number in it, for each
 * of the first 'count'. */
static size_t assert_memories(const struct listing *l, const char *name,
                              int count, uint32_t words, uint32_t bits)
{
    for (int k = 0; k < count; k++) {
        char text[64];
        size_t n = strcspn(name, "%");
        (void)snprintf(text, sizeof text, "%.*s%d%s", (int)n, name, k,
                       name + n + 1); /* fits */
        assert_listed(l, &(struct known){text, words, bits}, 1);
    }
    return (size_t)count;
}

static size_t assert_rules_listed(const struct listing *l)
{
    size_t n = assert_memories(l, "match.word[%].store.mem", 8, 256, 32) +
               assert_memories(l, "match.word[%].store.rdata_q", 8, 1, 32) +
               assert_memories(l, "match.field[%].rows.mem", 21, 16, 256) +
               assert_memories(l, "match.port[%].far_rows.mem", 16, 16, 256);

    for (int k = 0; k < 16; k++) {
        char text[64];
        (void)snprintf(text, sizeof text, "match.port[%d].more.same_rows.mem",
                       k); /* fits */
        if (k % 4 != 0) {
            assert_listed(l, &(struct known){text, 16, 256}, 1);
            n++;
        }
    }
    return n;
}

static void sim_list_gives_every_register(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, true);
    struct listing l = {.n = 0};

    (void)state;
    sim_list(s, listing_add, &l);
    assert_listed(&l, slot_known, CHECK_ROWS(slot_known));
    assert_listed(&l, acl_known, CHECK_ROWS(acl_known));
    size_t rules = assert_rules_listed(&l);
    assert_int_equal(l.n,
                     CHECK_ROWS(slot_known) + CHECK_ROWS(acl_known) + rules);
    sim_close(s);

    s = open_slot("scale", WIDTH, true);
    l.n = 0;
    sim_list(s, listing_add, &l);
    assert_listed(&l, slot_known, CHECK_ROWS(slot_known));
    assert_listed(&l, scale_known, CHECK_ROWS(scale_known));
    assert_int_equal(l.n, CHECK_ROWS(slot_known) + CHECK_ROWS(scale_known));
    sim_close(s);
}

static void sim_list_of_an_image_without_faults_is_empty(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, false);
    struct listing l = {.n = 0};

    (void)state;
    sim_list(s, listing_add, &l);
    assert_int_equal(l.n, 0);
    sim_close(s);
}

/* Flips one bit of a slot at rest and looks at what a few frames make of it. */
static int flip_and_run(const char *fn, const char *where)
{
    struct sim *s = open_slot(fn, WIDTH, true);
    struct traffic t;
    uint32_t value;

    traffic_make(&t, 60);
    assert_int_equal(sim_flip(s, where), 0);
    int err = sim_run(s, &t.job);
    assert_true(err == 0 || err == ERR_HANG || err == ERR_DEVICE);
    assert_int_equal(t.job.overflow, err == ERR_DEVICE);
    assert_inside_its_room(&t);
    /* The bus does not hang with the body: reads never wait. */
    assert_int_equal(sim_read(s, COMMON_MAGIC, &value), 0);
    assert_int_equal(value, 0x50435354);
    sim_close(s);
    return err;
}

/* Flips every bit of every register of 'fn', each in a slot of its own. */
static void flip_them_all(const char *fn)
{
    struct sim *s = open_slot(fn, WIDTH, true);
    struct listing l = {.n = 0};
    size_t n = 0;
    size_t n_failed = 0;

    sim_list(s, listing_add, &l);
    sim_close(s);
    for (size_t r = 0; r < l.n; r++) {
        for (uint32_t k = 0; k < l.reg[r].n_words * l.reg[r].n_bits; k++) {
            char where[96];
            char word[16] = "";
            if (l.reg[r].n_words > 1) {
                (void)snprintf(word, sizeof word, "[%u]",
                               k / l.reg[r].n_bits); /* fits */
            }
            (void)snprintf(where, sizeof where, "%s%s[%u]", l.reg[r].name, word,
                           k % l.reg[r].n_bits); /* fits */
            n++;
            n_failed += flip_and_run(fn, where) < 0;
        }
    }
    print_message("%s: %zu bits, %zu stop the slot\n", fn, n, n_failed);
    assert_true(n_failed > 0 && n_failed < n);
}

static void no_flip_in_acl_harms_the_process(void **state)
{
    (void)state;
    flip_them_all("acl");
}

static void no_flip_in_scale_harms_the_process(void **state)
{
    (void)state;
    flip_them_all("scale");
}

/*
 * No register is but another name of a wire, which the logic would make again
 * what it was: one that is belongs into image_faults.vlt.
 */
static void a_register_keeps_what_is_written(void **state)
{
    (void)state;
    for (size_t f = 0; registry[f] != NULL; f++) {
        if (!registry_has_rtl(registry[f]->csr->name)) {
            continue;
        }
        struct sim *s = open_slot(registry[f]->csr->name, WIDTH, true);
        void *m;
        const struct sim_image *image = sim_image_of(s, &m);
        struct sim_reg r;
        uint32_t n = 0;
        for (; image->reg(m, n, &r); n++) {
            for (uint32_t bit = 0; bit < r.n_bits; bit++) {
                uint8_t mask = (uint8_t)(1 << bit % 8);
                uint8_t *at = r.data + bit / 8, before = *at;
                *at ^= mask;
                image->settle(m);
                if (*at != (before ^ mask)) {
                    fail_msg("%s: bit %u of register %u does not stay",
                             registry[f]->csr->name, bit, n);
                }
                *at = before;
                image->settle(m);
            }
        }
        assert_true(n > 50);
        sim_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flip_in_a_table_is_seen_through_the_window),
        cmocka_unit_test(a_flip_reaches_registers_of_every_kind),
        cmocka_unit_test(sim_flip_refuses_bits_that_are_not_there),
        cmocka_unit_test(sim_flip_needs_an_image_with_faults),
        cmocka_unit_test(sim_list_gives_every_register),
        cmocka_unit_test(sim_list_of_an_image_without_faults_is_empty),
        cmocka_unit_test(a_register_keeps_what_is_written),
        cmocka_unit_test(no_flip_in_acl_harms_the_process),
        cmocka_unit_test(no_flip_in_scale_harms_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
