/*
 * segment_hang_test.c - a slot in a line of three that stops: in whatever mode
 * and place, no packet is lost, repeated or reordered, and the slot that is
 * blamed is the one.
 */
#include "tests/chain/segment_check.h"

enum {
    NODES = 3,
    ITEMS = 3000,
    FAULT_AT = 1024, /* a boundary of bursts: a whole one meets it */
};

static const char *const twins[] = {"off", "watched", "checked"};

/* Ways to stop. */
static const struct {
    const char *flip;
    const char *verdict;
    bool stuffs; /* the slots before it are stuck in mid-packet */
} ways[] = {
    /* The gate shuts: CONTROL.ENABLE falls. */
    {"slot.common.control_q[0]", "hang", true},
    /* As after the hang timer: what comes is thrown away. */
    {"slot.hung_q[0]", "lost", false},
};

static struct cli_result run_with(const char *twin, unsigned slot,
                                  const char *flip)
{
    char rest[700];

    (void)snprintf(rest, sizeof rest,
                   "devices: { fab0: { kind: sim } }\ntwin: %s\n"
                   "repair: off\nschedule:\n"
                   "  - { at: 0, concretize: a, device: fab0/0, shadow: 50 }\n"
                   "  - { at: 0, concretize: b, device: fab0/1, shadow: 50 }\n"
                   "  - { at: 0, concretize: c, device: fab0/2, shadow: 50 }\n"
                   "  - { at: %d, fault: fab0/%u, flip: \"%s\" }\n",
                   twin, FAULT_AT, slot, flip);
    line_write("hang.yaml", "hang.pcap", NODES, rest);
    return cli("run hang.yaml --json");
}

/* Items that come to each node before item FAULT_AT of the source does. */
static void items_before(const char *json, long long before[NODES])
{
    json_t *nodes = cli_records(json, "node");

    for (size_t j = 0; j < NODES; j++) {
        before[j] = cli_int(json_array_get(nodes, j), "in");
    }
    json_decref(nodes);
}

/* One verdict, on 'slot'; all three nodes go on in software, each at its item.
 */
static void check_end(const char *json, size_t slot, const char *verdict,
                      const long long before[NODES])
{
    json_t *verdicts = cli_records(json, "verdict");
    json_t *actions = cli_records(json, "action");
    size_t n_ended = 0;

    assert_int_equal(json_array_size(verdicts), 1);
    const json_t *v = json_array_get(verdicts, 0);
    assert_int_equal(cli_str(v, "node")[0], 'a' + (int)slot);
    assert_string_equal(cli_str(v, "verdict"), verdict);
    assert_int_equal(cli_int(v, "first_item"), before[slot]);
    for (size_t k = 0; k < json_array_size(actions); k++) {
        const json_t *a = json_array_get(actions, k);
        size_t j = (size_t)(cli_str(a, "node")[0] - 'a');
        if (strcmp(cli_str(a, "action"), "quarantine") == 0) {
            assert_int_equal(j, n_ended++);
        }
        assert_int_equal(cli_int(a, "at_item"), before[j]);
    }
    assert_int_equal(n_ended, NODES);
    json_decref(verdicts);
    json_decref(actions);
}

/*
 * Counts of items and drops are those of the software run; what a function
 * counts, too, but where the slot could not be read any more.
 */
static void check_counts(const char *json, const char *soft, size_t n_unread)
{
    json_t *got = cli_records(json, "node");
    json_t *want = cli_records(soft, "node");

    assert_int_equal(json_array_size(got), NODES);
    for (size_t j = 0; j < NODES; j++) {
        json_t *g = json_array_get(got, j), *w = json_array_get(want, j);
        if (j < n_unread) {
            (void)json_object_del(g, "counters");
            (void)json_object_del(w, "counters");
        }
        assert_string_equal(cli_str(g, "body"), "c");
        assert_true(json_equal(g, w));
    }
    json_decref(got);
    json_decref(want);
}

static void a_slot_that_stops_anywhere_takes_nothing_with_it(void **state)
{
    long long before[NODES];
    char cut[64];

    (void)state;

    char *soft = line_in_software(NODES, ITEMS);
    struct cli_result r = run_with("off", 0, "nowhere_q[0]");
    (void)snprintf(cut, sizeof cut, "no bit 'nowhere_q[0]'");
    assert_non_null(strstr(r.err, cut));
    items_before(r.out, before);
    assert_int_equal(before[0], FAULT_AT);
    cli_free(&r);
    for (unsigned k = 0; k < CHECK_ROWS(twins) * CHECK_ROWS(ways) * NODES;
         k++) {
        const char *twin = twins[k % CHECK_ROWS(twins)];
        size_t way = k / CHECK_ROWS(twins) % CHECK_ROWS(ways);
        unsigned slot = k / (unsigned)(CHECK_ROWS(twins) * CHECK_ROWS(ways));
        bool unread = ways[way].stuffs && strcmp(twin, "off") == 0;
        print_message("%s, slot %u, %s\n", twin, slot, ways[way].flip);
        r = run_with(twin, slot, ways[way].flip);
        assert_int_equal(r.status, 0);
        assert_int_equal(line_records(r.out, "segment"), 1);
        assert_true(cli_same(cli_path("soft.pcap"), cli_path("hang.pcap")));
        check_end(r.out, slot, ways[way].verdict, before);
        check_counts(r.out, soft, unread ? slot : 0);
        assert_int_equal(line_records(r.out, "action"),
                         NODES + (unread ? slot : 0));
        cli_free(&r);
    }
    free(soft);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slot_that_stops_anywhere_takes_nothing_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
