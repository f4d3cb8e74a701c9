/*
 * mpls_test.c - each operation, model and error of mpls by hand, on all bodies.
 * Expected frames are written as in the standards; checksums are added up anew.
 */
#include "net/fn/mpls/mpls_check.h"

static const char ilm[] = "16 swap 116 port 1\n"
                          "17 swap 117/5 port 2" MAC_TEXT "\n"
                          "18 swap 118,200 port 3\n"
                          "19 swap 119,201/6/255,202/-/100 port 4\n"
                          "20 pop port 5" MAC_TEXT "\n"
                          "21 pop port 6 pipe\n"
                          "22 pop\n"
                          "23 pop pipe\n"
                          "24 host\n"
                          "25 swap 3 port 7\n"
                          "40 push 140 port 8\n"
                          "41 push 141/7/255,241 port 9" MAC_TEXT "\n"
                          "42 push 142,242,342/1/2 port 10\n"
                          "43 push 3 port 11\n"
                          "44 push 144,244 port 12 mtu 68\n"
                          "1023 swap 1048575 port 13\n";

static void labels_are_swapped(void **state)
{
    static const struct row row[] = {
        {"RFC 3031, 3.14: swap; TTL less one, TC and S copied",
         "16/3/64s 4:9:1", "swap", .out = "116/3/63s 4:9:1", .port = 1},
        {"not the last one", "16/3/64 500/1/7s x", "swap",
         .out = "116/3/63 500/1/7s x", .port = 1},
        {"TC is set, and MACs", "17/3/2s x", "swap", .out = "117/5/1s x",
         .port = 2, .macs = true},
        {"what is behind is not looked at", "16/0/255s x -44", "swap",
         .out = "116/0/254s x -44", .port = 1},
        {"nothing is behind", "16/0/255s x -45", "swap",
         .out = "116/0/254s x -45", .port = 1},
        {"the highest label in, the highest out", "1023/7/255s x", "swap",
         .out = "1048575/7/254s x", .port = 13},
        {"swap and push: the tunnel has TTL and TC of the label", "18/4/64s x",
         "swap", .out = "200/4/63 118/4/63s x", .port = 3},
        {"swap and push two: pipe with a TTL of its own, TC set and copied",
         "19/4/64s x", "swap", .out = "202/4/100 201/6/255 119/4/63s x",
         .port = 4},
        {"one VLAN tag stays", "v7 16/3/64s x", "swap", .out = "v7 116/3/63s x",
         .port = 1},
        {"two stay", "w5 v7 18/3/64s x", "swap",
         .out = "w5 v7 200/3/63 118/3/63s x", .port = 3},
        {"behind three no label is looked for", "v1 v2 v3 16/3/64s x",
         .verdict = "pass"},
    };

    struct body *b = bench_body(state);
    set_text(b, "ilm", ilm);
    CHECK(b, row);
    assert_int_equal(read_reg(b, MPLS_N_SWAPPED), 10);
    assert_int_equal(read_reg(b, MPLS_N_PASSED), 1);
}

static void labels_are_popped(void **state)
{
    static const struct row row[] = {
        {"penultimate hop, uniform: RFC 3443, 3.1: TTL goes into IPv4",
         "20/3/64s 4:200:1", "pop", .out = "4:63:1", .port = 5, .macs = true},
        {"... and IPv6", "20/3/64s 6:200:1", "pop", .out = "6:63:1", .port = 5,
         .macs = true},
        {"... and into the label below, with the TC", "20/3/64 300/1/9s x",
         "pop", .out = "300/3/63s x", .port = 5, .macs = true},
        {"pipe: IPv4 stays as it is", "21/3/64s 4:200:1", "pop",
         .out = "4:200:1", .port = 6},
        {"pipe: so does a label", "21/3/64 300/1/9s x", "pop",
         .out = "300/1/9s x", .port = 6},
        {"implicit null: RFC 3032, 2.1", "25/3/64s 6:200:1", "pop",
         .out = "6:63:1", .port = 7},
        {"the LSP ends here, uniform: TTL of the label, for who routes it",
         "22/3/64s 4:200:1", "end", .out = "4:64:1"},
        {"pipe", "23/3/64s 4:200:1", "end", .out = "4:200:1"},
        {"uniform, what is below decides: RFC 3443, 5.1", "22/3/64 16/1/200s x",
         "swap", .out = "116/3/63s x", .port = 1},
        {"pipe: TTL and TC of the label below", "23/3/64 16/1/200s x", "swap",
         .out = "116/1/199s x", .port = 1},
        {"two end here, both uniform: the outer TTL is carried",
         "22/3/64 22/1/9 16/2/200s x", "swap", .out = "116/3/63s x", .port = 1},
        {"pipe, uniform", "23/3/64 22/1/9 16/2/200s x", "swap",
         .out = "116/1/8s x", .port = 1},
        {"uniform, pipe", "22/3/64 23/1/9 16/2/200s x", "swap",
         .out = "116/2/199s x", .port = 1},
        {"two popped, three put in", "22/3/64 23/1/9 19/2/50s x", "swap",
         .out = "202/2/100 201/6/255 119/2/49s x", .port = 4},
        {"three popped, of which the last is a penultimate hop",
         "22/3/64 22/1/9 20/2/50 300/1/1s x", "pop", .out = "300/3/63s x",
         .port = 5, .macs = true},
        {"tags stay", "w5 v7 22/3/64 22/1/9 22/2/50s 4:1:1", "end",
         .out = "w5 v7 4:64:1"},
        {"odd bytes", "v7 20/3/64s 4:200:1 -7", "pop", .out = "v7 4:63:1 -7",
         .port = 5, .macs = true},
        {"12 bytes of IP are needed", "20/3/64s 4:200:1 -33", "pop",
         .out = "4:63:1 -33", .port = 5, .macs = true},
        {"... and no less", "20/3/64s 4:200:1 -34", .verdict = "bad"},
        {"it must be IP", "20/3/64s x", .verdict = "bad"},
        {"a stack that is cut behind the label", "20/3/64 300/1/9s x -46",
         .verdict = "bad"},
        {"... in what is popped", "22/3/64 300/1/9s x -46", .verdict = "bad"},
        {"no whole label", "16/3/64s x -46", .verdict = "bad"},
    };

    struct body *b = bench_body(state);
    set_text(b, "ilm", ilm);
    CHECK(b, row);
    assert_int_equal(read_reg(b, MPLS_N_POPPED), 9);
    assert_int_equal(read_reg(b, MPLS_N_ENDED), 3);
    assert_int_equal(read_reg(b, MPLS_N_SWAPPED), 6);
    assert_int_equal(read_reg(b, MPLS_N_BAD), 5);
}

static void reserved_labels_mean_what_they_mean(void **state)
{
    static const struct row uniform[] = {
        {"IPv4 explicit null", "0/3/64s 4:200:1", "end", .out = "4:64:1"},
        {"IPv6 explicit null", "2/3/64s 6:200:1", "end", .out = "6:64:1"},
        {"the version must be that", "0/3/64s 6:200:1", .verdict = "bad"},
        {"... of the label", "2/3/64s 4:200:1", .verdict = "bad"},
        {"not at the bottom: RFC 4182", "0/3/64 16/1/9s x", "swap",
         .out = "116/3/63s x", .port = 1},
        {"both", "2/3/64 0/3/64s 4:9:9", "end", .out = "4:64:9"},
        {"router alert", "1/3/64 16/1/9s x", .verdict = "alert"},
        {"OAM alert", "14/3/64 16/1/9s x", .verdict = "alert"},
        {"implicit null is never on the wire", "3/3/64s 4:9:9",
         .verdict = "reserved"},
        {"entropy label indicator", "7/3/64 16/1/9s x", .verdict = "reserved"},
        {"router alert below", "22/3/64 1/3/64 16/1/9s x", .verdict = "alert"},
    };
    static const struct row pipe[] = {
        {"explicit null, pipe", "0/3/64s 4:200:1", "end", .out = "4:200:1"},
        {"... with a label below", "0/3/64 16/1/9s x", "swap",
         .out = "116/1/8s x", .port = 1},
        {"router alert is punted no more", "1/3/64 16/1/9s x",
         .verdict = "reserved"},
        {"but 15 is", "15/3/64 16/1/9s x", .verdict = "alert"},
    };

    struct body *b = bench_body(state);
    set_text(b, "ilm", ilm);
    CHECK(b, uniform);
    set_text(b, "null", "pipe");
    assert_int_equal(body_write(b, MPLS_PUNTED, 1 << 15), 0);
    CHECK(b, pipe);
    assert_int_equal(read_reg(b, MPLS_N_ALERT), 4);
    assert_int_equal(read_reg(b, MPLS_N_RESERVED), 3);
}

static void what_ends_here_is_dropped_or_punted(void **state)
{
    static const struct row row[] = {
        {"TTL 1", "16/3/1s x", .verdict = "ttl"},
        {"TTL 0", "16/3/0s x", .verdict = "ttl"},
        {"TTL 1 at a penultimate hop", "21/3/1s 4:9:9", .verdict = "ttl"},
        {"the carried one counts", "22/3/1 16/1/9s x", .verdict = "ttl"},
        {"not that of the pipe that ended", "23/3/1 16/1/9s x", "swap",
         .out = "116/1/8s x", .port = 1},
        {"no entry", "26/3/64s x", .verdict = "unknown"},
        {"beyond the last", "1024/3/64s x", .verdict = "unknown"},
        {"... by the highest bit", "524304/3/64s x", .verdict = "unknown"},
        {"an entry for FECs only: RFC 3031, 3.18", "40/3/64s x",
         .verdict = "unknown"},
        {"for the host", "24/3/0s x", .verdict = "host"},
        {"three in reach, all end here", "22/3/64 23/1/9 0/2/50 16/1/1s x",
         .verdict = "deep"},
    };

    struct body *b = bench_body(state);
    set_text(b, "ilm", ilm);
    for (int punt = 0; punt < 2; punt++) {
        uint8_t to[FRAME_ROOM];
        struct frame f = frame_make("16/3/1s x", macs_in);
        set_text(b, "ttl", punt ? "punt" : "drop");
        CHECK(b, row);
        struct pkt p = run_frame(b, &f, 0, to);
        assert_int_equal(p.flags, PKT_MIRROR | (punt ? PKT_PUNT : PKT_DROP));
    }
    assert_int_equal(read_reg(b, MPLS_N_TTL), 10);
    assert_int_equal(read_reg(b, MPLS_N_UNKNOWN), 8);
    assert_int_equal(read_reg(b, MPLS_N_HOST), 2);
    assert_int_equal(read_reg(b, MPLS_N_DEEP), 2);
}

static void ip_of_a_fec_gets_labels(void **state)
{
    static const struct row row[] = {
        {"one label; TC is the first three bits of the DSCP", "4:64:46", "push",
         .out = "140/5/63s 4:63:46", .port = 8, .from = 1},
        {"IPv6 by its port", "6:64:9", "push", .out = "140/1/63s 6:63:9",
         .port = 8, .from = 1},
        {"two: pipe below, uniform above", "4:64:8", "push",
         .out = "241/1/63 141/7/255s 4:63:8", .port = 9, .from = 2,
         .macs = true},
        {"three, behind a tag", "v7 4:64:8", "push",
         .out = "v7 342/1/2 242/1/63 142/1/63s 4:63:8", .port = 10, .from = 3},
        {"implicit null: none", "4:64:8", "push", .out = "4:63:8", .port = 11,
         .from = 4},
        {"TTL 1", "4:1:8", "ttl", .from = 1},
        {"IPv6 TTL 1", "6:1:8", "ttl", .from = 1},
        {"45 bytes and two labels are not too long", "6:64:8", "push",
         .out = "244/1/63 144/1/63s 6:63:8", .port = 12, .from = 5},
        {"no FEC", "4:64:8", "pass", .from = 9},
        {"of another type", "x", "pass", .from = 1},
        {"cut before the destination", "4:64:8 -26", "pass", .from = 1},
    };

    struct body *b = bench_body(state);
    set_text(b, "ilm", ilm);
    set_text(b, "ftn",
             "1 10.0.0.0/24 40\n1 ip6 40\n2 0.0.0.0/0 41\n3 10.0.0.1/32 42\n"
             "4 10.0.0.0/8 43\n5 ip6 44\n9 10.0.1.0/24 40\n");
    CHECK(b, row);
    assert_int_equal(read_reg(b, MPLS_N_PUSHED), 6);
    assert_int_equal(read_reg(b, MPLS_N_TTL), 2);
    set_text(b, "other", "drop");
    check_row(b, &(struct row){"no FEC", "4:64:8", "other", .from = 9});
    set_text(b, "dscp", "8=6,46=0");
    check_row(b,
              &(struct row){"TC from the map", "4:64:8", "push",
                            .out = "140/6/63s 4:63:8", .port = 8, .from = 1});
    check_row(b,
              &(struct row){"... and not from it", "4:64:9", "push",
                            .out = "140/1/63s 4:63:9", .port = 8, .from = 1});
}

static void the_longest_prefix_is_the_fec(void **state)
{
    struct body *b = bench_body(state);

    set_text(b, "ilm", ilm);
    set_text(b, "ftn",
             "any 0.0.0.0/0 24\nany 10.0.0.1/32 40\n7 10.0.0.1/32 42\n"
             "7 10.0.0.0/30 43\n");
    check_row(b,
              &(struct row){"the longest", "4:64:8", "push",
                            .out = "140/1/63s 4:63:8", .port = 8, .from = 1});
    check_row(b,
              &(struct row){"and of these the one of the port", "4:64:8",
                            "push", .out = "342/1/2 242/1/63 142/1/63s 4:63:8",
                            .port = 10, .from = 7});
    set_text(b, "ftn", "any 0.0.0.0/0 24\n7 10.0.0.1/31 43\n");
    check_row(b, &(struct row){"of the port only", "4:64:8", "push",
                               .out = "4:63:8", .port = 11, .from = 7});
    check_row(b, &(struct row){"an entry that does not push", "4:64:8",
                               "unknown", .from = 8});
    set_text(b, "ftn", "");
    check_row(b, &(struct row){"no FECs", "4:64:8", "pass", .from = 7});
}

static void packets_too_long_with_their_labels_are_dropped(void **state)
{
    uint8_t to[FRAME_ROOM];
    struct body *b = bench_body(state);

    set_text(b, "ilm", ilm);
    set_text(b, "ftn", "any 10.0.0.0/8 44\n");
    for (uint16_t len = 58; len < 63; len++) {
        struct frame f = frame_make("4:64:8", macs_in);
        be16_store(f.bytes + 16, len); /* RFC 3032, 3.2: with 8 of labels */
        struct pkt p = run_frame(b, &f, 0, to);
        assert_string_equal(b->fn->verdict(&p), len > 60 ? "too_big" : "push");
    }
    assert_int_equal(read_reg(b, MPLS_N_TOO_BIG), 2);
}

int main(void)
{
    static struct bench bench[] = BENCHES;
    const struct CMUnitTest tests[] = {
        ON_EACH(labels_are_swapped),
        ON_EACH(labels_are_popped),
        ON_EACH(reserved_labels_mean_what_they_mean),
        ON_EACH(what_ends_here_is_dropped_or_punted),
        ON_EACH(ip_of_a_fec_gets_labels),
        ON_EACH(the_longest_prefix_is_the_fec),
        ON_EACH(packets_too_long_with_their_labels_are_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
