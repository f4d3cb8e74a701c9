/*
 * twin_test.c - every verdict of the comparator, over packets and over samples.
 *
 * Most cases are words: a letter is an item, so "ABCD" against "ABD" is a burst
 * of four that lost its third.
 */
#include "tests/check.h"

#include <string.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "twin/twin.h"

enum { ITEMS_MAX = 8, BYTES = 20, ITEM0 = 1000 };

/* A burst and its storage. */
struct burst {
    struct fn_span span;
    struct pkt pkt[ITEMS_MAX];
    uint8_t bytes[ITEMS_MAX][BYTES];
    struct iq16 iq[ITEMS_MAX];
};

/* Items that are the letters of 'word'. */
static void burst_make(struct burst *b, enum fn_type type, const char *word)
{
    size_t n = strlen(word);

    assert_true(n <= ITEMS_MAX);
    *b = (struct burst){.span = {.type = type, .n = n, .cap = ITEMS_MAX}};
    b->span.item0 = ITEM0;
    b->span.items = type == FN_PKT ? (void *)b->pkt : (void *)b->iq;
    for (size_t k = 0; k < n; k++) {
        b->iq[k] = (struct iq16){word[k], (int16_t)-word[k]};
        memset(b->bytes[k], 0x40, BYTES);
        b->bytes[k][17] = (uint8_t)word[k];
        b->pkt[k] = (struct pkt){
            .data = b->bytes[k],
            .len_bytes = BYTES,
            .room_bytes = BYTES,
            .in_port = 1,
            .out_port = 2,
            .mark = 5,
        };
    }
}

static struct twin_verdict compare_words(enum fn_type type, const char *twin,
                                         const char *device, int device_err)
{
    struct burst a, b;

    burst_make(&a, type, twin);
    burst_make(&b, type, device);
    return twin_compare(&a.span, &b.span, device_err);
}

static void verdict_is_what_happened_to_the_items(void **state)
{
    static const struct {
        const char *twin, *device;
        int device_err;
        enum twin_kind kind;
        size_t index;
    } row[] = {
        {"ABCD", "ABCD", 0, TWIN_EQUAL, 4},
        {"AAAA", "AAAA", 0, TWIN_EQUAL, 4},
        {"", "", 0, TWIN_EQUAL, 0},

        {"ABCD", "XBCD", 0, TWIN_DIFFER, 0},
        {"ABCD", "ABXD", 0, TWIN_DIFFER, 2},
        {"ABCD", "ABCX", 0, TWIN_DIFFER, 3},
        {"ABCD", "AXXD", 0, TWIN_DIFFER, 1},
        {"ABCD", "DCBA", 0, TWIN_DIFFER, 0}, /* no neighbours */
        {"ABCD", "BXCD", 0, TWIN_DIFFER, 0}, /* half a swap */
        {"ABCD", "XACD", 0, TWIN_DIFFER, 0}, /* the other half */
        {"A", "B", 0, TWIN_DIFFER, 0},

        {"ABCD", "BCD", 0, TWIN_LOST, 0},
        {"ABCD", "ABD", 0, TWIN_LOST, 2},
        {"ABCD", "ABC", 0, TWIN_LOST, 3},
        {"ABCD", "AB", 0, TWIN_LOST, 2},   /* two at the end */
        {"ABCDE", "ABE", 0, TWIN_LOST, 2}, /* two in the middle */
        {"ABCDE", "CDE", 0, TWIN_LOST, 0}, /* two at the start */
        {"ABCDE", "ACE", 0, TWIN_LOST, 1}, /* two apart */
        {"ABCDEF", "AF", 0, TWIN_LOST, 1}, /* four */
        {"ABCD", "AXD", 0, TWIN_LOST, 1},  /* one, and another differs */
        {"ABCDE", "ABX", 0, TWIN_LOST, 2},
        {"ABCD", "", 0, TWIN_LOST, 0},
        {"AABC", "ABC", 0, TWIN_LOST, 1}, /* one of two alike */
        {"A", "", 0, TWIN_LOST, 0},

        {"ABCD", "AABCD", 0, TWIN_DUPLICATED, 1},
        {"ABCD", "ABBCD", 0, TWIN_DUPLICATED, 2},
        {"ABCD", "ABCDD", 0, TWIN_DUPLICATED, 4},
        {"A", "AA", 0, TWIN_DUPLICATED, 1},
        /* More than the twin has, whichever they are. */
        {"ABCD", "ABCABCD", 0, TWIN_DUPLICATED, 3},
        {"ABCD", "AAABCD", 0, TWIN_DUPLICATED, 1},
        {"ABCD", "ABXCD", 0, TWIN_DUPLICATED, 2},
        {"ABCD", "XABCD", 0, TWIN_DUPLICATED, 0},
        {"ABCD", "ABCDX", 0, TWIN_DUPLICATED, 4},
        {"ABCD", "AXCDX", 0, TWIN_DUPLICATED, 1},
        {"", "A", 0, TWIN_DUPLICATED, 0},
        {"ABCD", "ABBCDD", 0, TWIN_DUPLICATED, 2},

        {"ABCD", "BACD", 0, TWIN_SWAPPED, 0},
        {"ABCD", "ACBD", 0, TWIN_SWAPPED, 1},
        {"ABCD", "ABDC", 0, TWIN_SWAPPED, 2},
        {"AB", "BA", 0, TWIN_SWAPPED, 0},

        {"ABCD", "AB", ERR_HANG, TWIN_HANG, 2},
        {"ABCD", "", ERR_HANG, TWIN_HANG, 0},
        {"ABCD", "ABCD", ERR_HANG, TWIN_HANG, 4}, /* after the last */
        /* What is wrong before the hang comes first. */
        {"ABCD", "AX", ERR_HANG, TWIN_DIFFER, 1},
        {"AB", "ABX", ERR_HANG, TWIN_DUPLICATED, 2},
        {"ABCDE", "AXC", ERR_HANG, TWIN_DIFFER, 1},
        {"ABCDE", "XBC", ERR_HANG, TWIN_DIFFER, 0},
        {"ABCDE", "ABE", ERR_HANG, TWIN_DIFFER, 2},
        {"ABCD", "AXCD", ERR_HANG, TWIN_DIFFER, 1}, /* all, one wrong */
        {"ABCDE", "BA", ERR_HANG, TWIN_SWAPPED, 0},
        {"ABCD", "ACD", ERR_HANG, TWIN_LOST, 1},

        /* It gave more items than there was room for. */
        {"ABCD", "ABCD", ERR_DEVICE, TWIN_DUPLICATED, 4},
    };
    static const enum fn_type types[] = {FN_PKT, FN_IQ16};

    (void)state;
    for (size_t k = 0; k < 2 * CHECK_ROWS(row); k++) {
        size_t r = k / 2;
        struct twin_verdict v = compare_words(types[k % 2], row[r].twin,
                                              row[r].device, row[r].device_err);
        print_message("'%s' and '%s' are '%s'\n", row[r].twin, row[r].device,
                      v.text);
        assert_int_equal(v.kind, row[r].kind);
        assert_int_equal(v.index, row[r].index);
        assert_int_equal(v.first_item, ITEM0 + row[r].index);
        assert_int_equal(v.text[0] == '\0', row[r].kind == TWIN_EQUAL);
    }
}

static void verdict_counts_items_when_some_are_missing(void **state)
{
    struct twin_verdict v = compare_words(FN_PKT, "ABCD", "ABD", 0);

    (void)state;
    assert_string_equal(v.text, "4 items expected, 3 came");
    v = compare_words(FN_IQ16, "ABCD", "ABBCD", 0);
    assert_string_equal(v.text, "4 items expected, 5 came");
    v = compare_words(FN_PKT, "ABCDE", "ABE", 0);
    assert_string_equal(v.text, "5 items expected, 3 came");
    v = compare_words(FN_PKT, "ABCD", "ABXCDD", 0);
    assert_string_equal(v.text, "4 items expected, 6 came");
    v = compare_words(FN_PKT, "ABCD", "A", ERR_HANG);
    assert_string_equal(v.text, "4 items expected, 1 came, then it stopped");
}

static void verdict_says_that_items_changed_places(void **state)
{
    static const enum fn_type types[] = {FN_PKT, FN_IQ16};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(types); k++) {
        struct twin_verdict v = compare_words(types[k], "ABCD", "ACBD", 0);
        assert_int_equal(v.kind, TWIN_SWAPPED);
        assert_int_equal(v.first_item, ITEM0 + 1);
        assert_string_equal(v.text, "changed places with the next item");
        v = compare_words(types[k], "ABCD", "BA", ERR_HANG);
        assert_string_equal(v.text, "changed places with the next item");
    }
}

static void verdict_names_the_field_of_a_packet(void **state)
{
    static const struct {
        uint32_t len;
        uint8_t in_port, out_port;
        uint16_t mark, flags;
        const char *text;
    } row[] = {
        {19, 1, 2, 5, 0, "length expected 20 got 19"},
        {0, 1, 2, 5, 0, "length expected 20 got 0"},
        {20, 9, 2, 5, 0, "in port expected 1 got 9"},
        {20, 1, 3, 5, 0, "out port expected 2 got 3"},
        {20, 1, 2, 0xffff, 0, "mark expected 5 got 65535"},
        {20, 1, 2, 5, PKT_DROP, "drop expected 0 got 1"},
        {20, 1, 2, 5, PKT_ERROR, "flags expected 0 got 2"},
        {20, 1, 2, 5, PKT_MIRROR, "flags expected 0 got 8"},
        {20, 1, 2, 5, 0x8000, "flags expected 0 got 32768"}, /* the last bit */
        /* Length before all, drop before mark. */
        {19, 9, 3, 6, PKT_DROP, "length expected 20 got 19"},
        {20, 9, 3, 6, PKT_DROP | PKT_PUNT, "drop expected 0 got 1"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct burst a, b;
        burst_make(&a, FN_PKT, "ABC");
        burst_make(&b, FN_PKT, "ABC");
        b.pkt[1].len_bytes = row[k].len;
        b.pkt[1].in_port = row[k].in_port;
        b.pkt[1].out_port = row[k].out_port;
        b.pkt[1].mark = row[k].mark;
        b.pkt[1].flags = row[k].flags;
        struct twin_verdict v = twin_compare(&a.span, &b.span, 0);
        assert_int_equal(v.kind, TWIN_DIFFER);
        assert_int_equal(v.first_item, ITEM0 + 1);
        assert_int_equal(v.index, 1);
        assert_string_equal(v.text, row[k].text);
    }
}

static void verdict_names_the_first_byte_that_differs(void **state)
{
    static const struct {
        size_t at;
        const char *text;
    } row[] = {
        {0, "byte 0 expected 0x40 got 0x44"},
        {18, "byte 18 expected 0x40 got 0x44"},
        {BYTES - 1, "byte 19 expected 0x40 got 0x44"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct burst a, b;
        burst_make(&a, FN_PKT, "ABC");
        burst_make(&b, FN_PKT, "ABC");
        b.bytes[2][row[k].at] = 0x44;
        b.bytes[2][BYTES - 1] = 0x44;
        struct twin_verdict v = twin_compare(&a.span, &b.span, 0);
        assert_int_equal(v.kind, TWIN_DIFFER);
        assert_int_equal(v.index, 2);
        assert_string_equal(v.text, row[k].text);
    }
}

static void verdict_leaves_out_what_functions_do_not_see(void **state)
{
    struct burst a, b;

    (void)state;
    burst_make(&a, FN_PKT, "ABC");
    burst_make(&b, FN_PKT, "ABC");
    b.pkt[1].t_ns = 1;
    b.pkt[1].item = 2;
    b.pkt[1].wire_bytes = 3;
    b.pkt[1].room_bytes = 2000;
    b.span.cap = 5;
    assert_int_equal(twin_compare(&a.span, &b.span, 0).kind, TWIN_EQUAL);
}

static void verdict_shows_both_samples(void **state)
{
    static const struct {
        struct iq16 got;
        const char *text;
    } row[] = {
        {{65, -64}, "sample expected 65-65j got 65-64j"},
        {{-1, -65}, "sample expected 65-65j got -1-65j"},
        {{INT16_MIN, INT16_MAX}, "sample expected 65-65j got -32768+32767j"},
        {{0, 0}, "sample expected 65-65j got 0+0j"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct burst a, b;
        burst_make(&a, FN_IQ16, "CAB"); /* 'A' is 65 - 65j */
        burst_make(&b, FN_IQ16, "CAB");
        b.iq[1] = row[k].got;
        struct twin_verdict v = twin_compare(&a.span, &b.span, 0);
        assert_int_equal(v.kind, TWIN_DIFFER);
        assert_int_equal(v.first_item, ITEM0 + 1);
        assert_string_equal(v.text, row[k].text);
    }
}

static void parameter_verdict_names_the_word(void **state)
{
    /* acl: 5 registers, the count, and one rule of 8 words (acl.csr). */
    static const uint32_t words[] = {0,    0,    1,    7,    9,    1,    0x10,
                                     0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17};
    static const struct {
        size_t index;
        uint32_t got;
        const char *text;
    } row[] = {
        {0, 1, "NO_MATCH expected 0x0 got 0x1"},
        {2, 2, "N_RULES expected 0x1 got 0x2"},
        {3, 0xffffffff, "N_HITS expected 0x7 got 0xffffffff"},
        {4, 8, "N_DROPS expected 0x9 got 0x8"},
        {6, 0, "RULE[0].0 expected 0x10 got 0x0"},
        {8, 0x40000012, "RULE[0].2 expected 0x12 got 0x40000012"},
        {13, 0x16, "RULE[0].7 expected 0x17 got 0x16"},
    };
    const struct csr_layout *acl = registry_find("acl")->csr;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t mine[CHECK_ROWS(words)], its[CHECK_ROWS(words)];
        struct blob a = {acl->version, mine, CHECK_ROWS(words)};
        struct blob b = {acl->version, its, CHECK_ROWS(words)};
        memcpy(mine, words, sizeof mine);
        memcpy(its, words, sizeof its);
        struct twin_verdict v = twin_compare_state(acl, &a, &b, 123);
        assert_int_equal(v.kind, TWIN_EQUAL);
        assert_int_equal(v.first_item, 123);
        assert_string_equal(v.text, "");
        its[row[k].index] = row[k].got;
        v = twin_compare_state(acl, &a, &b, 123);
        assert_int_equal(v.kind, TWIN_PARAMETER);
        assert_int_equal(v.first_item, 123);
        assert_int_equal(v.index, row[k].index);
        assert_string_equal(v.text, row[k].text);
    }
}

static void parameter_verdict_takes_states_of_different_length(void **state)
{
    uint32_t words[] = {0x4000, 5};
    const struct csr_layout *scale = registry_find("scale")->csr;
    struct blob whole = {scale->version, words, 2};
    struct blob part = {scale->version, words, 1};

    (void)state;
    struct twin_verdict v = twin_compare_state(scale, &whole, &part, 0);
    assert_int_equal(v.kind, TWIN_PARAMETER);
    assert_int_equal(v.index, 1);
    assert_string_equal(v.text, "N_CLIPPED expected 0x5 got 0x0");
    v = twin_compare_state(scale, &part, &whole, 0);
    assert_int_equal(v.kind, TWIN_PARAMETER);
    assert_string_equal(v.text, "N_CLIPPED expected 0x0 got 0x5");
}

static void every_kind_has_its_name(void **state)
{
    static const struct {
        enum twin_kind kind;
        const char *name;
    } row[] = {
        {TWIN_EQUAL, "equal"},         {TWIN_DIFFER, "differ"},
        {TWIN_LOST, "lost"},           {TWIN_DUPLICATED, "duplicated"},
        {TWIN_SWAPPED, "swapped"},     {TWIN_HANG, "hang"},
        {TWIN_PARAMETER, "parameter"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_string_equal(twin_kind_name(row[k].kind), row[k].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict_is_what_happened_to_the_items),
        cmocka_unit_test(verdict_counts_items_when_some_are_missing),
        cmocka_unit_test(verdict_says_that_items_changed_places),
        cmocka_unit_test(verdict_names_the_field_of_a_packet),
        cmocka_unit_test(verdict_names_the_first_byte_that_differs),
        cmocka_unit_test(verdict_leaves_out_what_functions_do_not_see),
        cmocka_unit_test(verdict_shows_both_samples),
        cmocka_unit_test(parameter_verdict_names_the_word),
        cmocka_unit_test(parameter_verdict_takes_states_of_different_length),
        cmocka_unit_test(every_kind_has_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
