/*
 * vlan_egress_test.c - frames by hand, over the C body and over the RTL body:
 * who keeps its tag (IEEE 802.1Q-2018, 6.9.2 and 8.8.2), and which bytes go.
 */
#include <stdio.h>

#include "core/base/bytes.h"
#include "net/fn/vlan_egress/vlan_egress_text.h"
#include "tests/capture.h"
#include "tests/fn_each.h"
#include "vlan_egress_csr.h"

enum { LEN_MAX = 90 };

static int bench_open(void **state)
{
    return bench_load(*state, "vlan_egress");
}

/* The file 'text' as setting vlans; what parse() returned. */
static int set_vlans(struct body *b, const char *text)
{
    const struct fn_text t = {"v.txt", text};
    struct write_list w = {0};
    int err = b->fn->keys[0].parse(&t, write_list_emit, &w);

    if (err == 0) {
        assert_int_equal(write_list_apply(&w, b), 0);
    }
    write_list_close(&w);
    return err;
}

/* A frame with type 'type' and TCI 'tci' behind its addresses. */
struct row {
    const char *why;
    uint8_t port;
    uint16_t type, tci;
    const char *verdict;
    uint16_t flags;
};

/* Sends it with 'len' bytes; all that leaves is checked. */
static void check_row(struct body *b, const struct row *row, uint32_t len)
{
    static uint8_t from[LEN_MAX], to[LEN_MAX];
    struct pkt in = {.data = from,
                     .len_bytes = len,
                     .room_bytes = sizeof from,
                     .in_port = row->port,
                     .out_port = 0x77,
                     .mark = 0xbeef,
                     .flags = row->flags};
    struct pkt out = {.data = to, .room_bytes = sizeof to};
    struct fn_span x = {FN_PKT, &in, 1, 1, 0}, y = {FN_PKT, &out, 0, 1, 0};
    uint32_t gone = strcmp(row->verdict, "untagged") == 0 ? 4 : 0;

    for (uint32_t k = 0; k < sizeof from; k++) {
        from[k] = (uint8_t)(k * 7 + 1);
    }
    be16_store(from + 12, row->type);
    be16_store(from + 14, row->tci);
    assert_int_equal(body_run(b, &x, &y), 0);
    if (strcmp(b->fn->verdict(&out), row->verdict) != 0) {
        print_message("%s, %u bytes\n", row->why, len);
    }
    assert_string_equal(b->fn->verdict(&out), row->verdict);
    assert_int_equal(out.len_bytes, len - gone);
    assert_memory_equal(to, from, len < 12 ? len : 12);
    if (len > 12 + gone) {
        assert_memory_equal(to + 12, from + 12 + gone, len - 12 - gone);
    }
    assert_int_equal(out.flags, row->flags);
    assert_int_equal(out.in_port, row->port);
    bool done = strcmp(row->verdict, "done") == 0;
    assert_int_equal(out.out_port, done ? 0x77 : row->port);
}

static const char file[] = "10: 0-2 untagged, 3 tagged\n"
                           "# a comment\n"
                           "4094: 15 untagged\n20: 0-3\n";

static void tags_leave_by_the_untagged_set_of_their_vlan(void **state)
{
    static const struct row rows[] = {
        {"untagged at 0", 0, 0x8100, 10, "untagged", 0},
        {"at 2, of any priority", 2, 0x8100, 0xf00a, "untagged", PKT_MIRROR},
        {"tagged at 3", 3, 0x8100, 10, "tagged", 0},
        {"no member at 4", 4, 0x8100, 10, "tagged", 0},
        {"tagged in 20", 0, 0x8100, 20, "tagged", 0},
        {"11 has no line", 0, 0x8100, 11, "tagged", 0},
        {"4094 at 15", 15, 0x8100, 0x3ffe, "untagged", 0},
        {"4094 at 14", 14, 0x8100, 0x3ffe, "tagged", 0},
        {"beyond the last", 15, 0x8100, 0xfff, "tagged", 0},
        {"port 16 is none", 16, 0x8100, 10, "tagged", 0},
        {"nor is 255", 255, 0x8100, 4094, "tagged", 0},
        {"priority only", 0, 0x8100, 0xe000, "plain", 0},
        {"an S-tag", 0, 0x88a8, 10, "plain", 0},
        {"no tag", 0, 0x0800, 10, "plain", 0},
        {"not Ethernet", 0, 0x8100, 10, "plain", PKT_ERROR},
        {"dropped before", 0, 0x8100, 10, "done", PKT_DROP},
        {"punted before", 0, 0x8100, 10, "done", PKT_PUNT | PKT_MIRROR},
    };
    struct body *b = bench_body(state);
    uint32_t n[4] = {0};

    assert_int_equal(set_vlans(b, file), 0);
    for (size_t k = 0; k < CHECK_ROWS(rows); k++) {
        for (uint32_t len = 18; len <= LEN_MAX; len++) {
            check_row(b, &rows[k], len);
        }
        n[0] += rows[k].verdict[0] == 'p';
        n[1] += rows[k].verdict[0] == 't';
        n[2] += rows[k].verdict[0] == 'u';
    }
    uint32_t lens = LEN_MAX - 17;
    assert_int_equal(read_reg(b, VLAN_EGRESS_N_PLAIN), n[0] * lens);
    assert_int_equal(read_reg(b, VLAN_EGRESS_N_TAGGED), n[1] * lens);
    assert_int_equal(read_reg(b, VLAN_EGRESS_N_UNTAGGED), n[2] * lens);
}

static void what_is_too_short_for_a_tag_has_none(void **state)
{
    struct body *b = bench_body(state);

    assert_int_equal(set_vlans(b, file), 0);
    for (uint32_t len = 1; len < 18; len++) {
        check_row(b, &(struct row){"short", 0, 0x8100, 10, "plain", 0}, len);
    }
}

/* Each VLAN has its own word, each port its own bit. */
static void every_vlan_and_port_has_its_own_bit(void **state)
{
    struct body *b = bench_body(state);

    for (uint32_t vid = 1; vid < 4095; vid += vid < 8 ? 1 : 409) {
        char text[64];
        uint8_t port = (uint8_t)(vid * 5 % 16);
        (void)snprintf(text, sizeof text, "%u: %u untagged\n", vid, port);
        assert_int_equal(set_vlans(b, text), 0);
        for (uint8_t k = 0; k < 16; k++) {
            const struct row row = {
                "", k, 0x8100, (uint16_t)vid, k == port ? "untagged" : "tagged",
                0};
            check_row(b, &row, 60);
        }
        for (unsigned bit = 0; bit < 12; bit++) {
            const struct row row = {"",
                                    port,
                                    0x8100,
                                    (uint16_t)(vid ^ 1u << bit),
                                    (vid ^ 1u << bit) == 0 ? "plain" : "tagged",
                                    0};
            check_row(b, &row, 60);
        }
    }
}

static void bad_files_change_nothing(void **state)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"10: 0-3 untaged\n", "v.txt:1: bad VLAN, expected ports from 0 to 15"},
        {"\n10: 0 untagged, 1\n",
         "v.txt:2: bad VLAN, expected untagged or tagged behind each"},
        {"10: 0-3 untagged, 3 tagged\n",
         "v.txt:1: bad VLAN, expected each port either"},
    };
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(rows); k++) {
        struct capture c;
        capture_begin(&c);
        int err = set_vlans(b, rows[k].text);
        capture_end(&c);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, rows[k].message));
    }
    assert_int_equal(read_reg(b, VLAN_EGRESS_N_VLANS), 0);
}

int main(void)
{
    static struct bench bench[] = BENCHES;
    const struct CMUnitTest tests[] = {
        ON_EACH(tags_leave_by_the_untagged_set_of_their_vlan),
        ON_EACH(what_is_too_short_for_a_tag_has_none),
        ON_EACH(every_vlan_and_port_has_its_own_bit),
        ON(bad_files_change_nothing, "c", &bench[0]),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
