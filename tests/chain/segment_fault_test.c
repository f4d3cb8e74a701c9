/*
 * segment_fault_test.c - a line of three slots that gives something wrong,
 * loses, repeats or swaps a packet, or stops, at any slot and at any packet of
 * a burst.
 */
#include "tests/cli_check.h"

#include "core/registry.h"
#include "host/chain/segment.h"
#include "tests/chain/line_device.h"

enum {
    NODES = LINE_SLOTS,
    BURST = 48,
    BURSTS = 6,
    BAD_BURST = 3,
    ITEMS = BURST * BURSTS,
    ROOM = 2048,
};

/* --- a run, and the one in software ----------------------------------------
 */

/* What left and what the nodes counted. */
struct outcome {
    struct pkt pkt[ITEMS];
    uint8_t bytes[ITEMS][ROOM];
    bool left[ITEMS];
    size_t in[NODES], dropped[NODES];
    size_t reach[ITEMS + 1][NODES]; /* [item][node]: that came before it */
    struct blob state[NODES];
    char *json;
};

struct setup {
    struct chain_vertex v[NODES];
    struct pkt in[BURST], out[BURST];
    uint8_t bytes[BURST][ROOM];
};

static void keep(struct outcome *o, const struct pkt *p)
{
    o->pkt[p->item] = *p;
    o->left[p->item] = (p->flags & PKT_DROP) == 0;
    memcpy(o->bytes[p->item], p->data, p->len_bytes);
}

/* The nodes one by one; what a node drops does not come to the next. */
static void carry(struct node *const *node, struct setup *s, size_t n,
                  struct outcome *o)
{
    for (size_t j = 0; j < NODES; j++) {
        struct fn_span in = {FN_PKT, s->in, n, BURST, 0};
        struct fn_span out = {FN_PKT, s->out, 0, BURST, 0};
        assert_int_equal(node_run(node[j], &in, &out), 0);
        n = 0;
        for (size_t k = 0; k < out.n; k++) {
            keep(o, &s->out[k]);
            if (o->left[s->out[k].item]) {
                s->in[n] = s->out[k];
                s->in[n++].out_port = 0;
            } else {
                for (size_t i = j + 1; i < NODES; i++) {
                    o->reach[s->out[k].item + 1][i] = 1; /* it does not */
                }
            }
        }
    }
}

/* All bursts; 'l' NULL: in software. */
static void run(struct line *l, enum chain_twin twin, struct outcome *o)
{
    const struct fn *fn = registry_find("acl");
    struct setup *s = calloc(1, sizeof *s);
    struct report report = {.json = true};
    struct node *node[NODES];
    struct rng r = {1};
    size_t n_json;

    memset(o, 0, sizeof *o);
    report.out = open_memstream(&o->json, &n_json);
    assert_true(s != NULL && report.out != NULL);
    for (size_t j = 0; j < NODES; j++) {
        static char *const names[NODES] = {"a", "b", "c"};
        s->v[j] = (struct chain_vertex){
            .kind = CHAIN_NODE, .name = names[j], .fn = fn};
        assert_int_equal(fn->setup(&r, write_list_emit, &s->v[j].set), 0);
        assert_int_equal(write_list_emit(&s->v[j].set, 0x80, 0), 0);
        assert_int_equal(node_open(&s->v[j], twin, &report, &node[j]), 0);
        if (l != NULL) {
            line_init(l);
            node_concretize(node[j], &l->device, "l", (uint32_t)j, BURST / 4,
                            false);
        }
    }
    for (size_t burst = 0; burst < BURSTS; burst++) {
        struct segment line = {.n = 0};
        struct fn_span in = {FN_PKT, s->in, BURST, BURST, 0};
        struct fn_span out = {FN_PKT, s->out, 0, BURST, 0};
        for (size_t k = 0; k < BURST; k++) {
            s->in[k] = (struct pkt){.data = s->bytes[k],
                                    .room_bytes = ROOM,
                                    .item = burst * BURST + k};
            fn->packet(&r, &s->in[k]);
        }
        for (size_t j = 0; j < NODES && segment_add(&line, node[j]); j++) {
        }
        if (line.n < NODES) {
            carry(node, s, BURST, o);
            continue;
        }
        l->now = burst == BAD_BURST;
        assert_int_equal(segment_run(&line, twin, &in, &out), 0);
        assert_int_equal(out.n, BURST);
        for (size_t k = 0; k < BURST; k++) {
            keep(o, &s->out[k]);
        }
    }
    for (size_t j = 0; j < NODES; j++) {
        o->in[j] = node_items(node[j]);
        o->dropped[j] = node_dropped(node[j]);
        assert_int_equal(body_save(node_c_body(node[j]), &o->state[j]), 0);
        node_close(node[j]);
        write_list_close(&s->v[j].set);
    }
    assert_int_equal(fclose(report.out), 0);
    free(s);
    /* From "does not come" to how many have. */
    for (size_t k = 1; k <= ITEMS; k++) {
        for (size_t j = 0; j < NODES; j++) {
            o->reach[k][j] = o->reach[k - 1][j] + 1 - o->reach[k][j];
        }
    }
}

static void outcome_close(struct outcome *o)
{
    for (size_t j = 0; j < NODES; j++) {
        blob_close(&o->state[j]);
    }
    free(o->json);
}

/* --- what must hold --------------------------------------------------------
 */

static void check_packets(const struct outcome *want, const struct outcome *got,
                          size_t except, size_t n_except)
{
    for (size_t k = 0; k < ITEMS; k++) {
        if (k - except < n_except) {
            continue;
        }
        assert_int_equal(got->left[k], want->left[k]);
        if (want->left[k]) {
            const struct pkt *x = &want->pkt[k], *y = &got->pkt[k];
            assert_int_equal(pkt_user(x), pkt_user(y));
            assert_int_equal(x->len_bytes, y->len_bytes);
            assert_memory_equal(want->bytes[k], got->bytes[k], x->len_bytes);
        }
    }
}

/* What a node does not drop comes to the next; what the last does not, left. */
static void check_sums(const struct outcome *got)
{
    size_t left = 0;

    for (size_t k = 0; k < ITEMS; k++) {
        left += got->left[k];
    }
    assert_int_equal(got->in[0], ITEMS);
    for (size_t j = 0; j < NODES; j++) {
        assert_true(got->dropped[j] <= got->in[j]);
        size_t next = j + 1 < NODES ? got->in[j + 1] : left;
        assert_int_equal(got->in[j] - got->dropped[j], next);
    }
}

static void check_equal(const struct outcome *want, const struct outcome *got,
                        bool states)
{
    for (size_t j = 0; j < NODES; j++) {
        assert_int_equal(got->in[j], want->in[j]);
        assert_int_equal(got->dropped[j], want->dropped[j]);
        if (states) {
            assert_int_equal(blob_differs(&want->state[j], &got->state[j]), -1);
        }
    }
}

/* One verdict; the C bodies serve from the items on that come before 'item'. */
static void check_said(const struct outcome *want, const struct outcome *got,
                       const struct line *l, size_t item)
{
    json_t *verdicts = cli_records(got->json, "verdict");
    json_t *actions = cli_records(got->json, "action");
    const json_t *v = json_array_get(verdicts, 0);

    assert_int_equal(json_array_size(verdicts), 1);
    assert_int_equal(cli_str(v, "node")[0], 'a' + (int)l->bad);
    assert_int_equal(json_array_size(actions), NODES);
    for (size_t j = 0; j < NODES && item > 0; j++) {
        const json_t *a = json_array_get(actions, j);
        assert_int_equal(cli_int(a, "at_item"), want->reach[item][j]);
    }
    json_decref(verdicts);
    json_decref(actions);
}

/* In watched mode the wrong packet has left, and is counted as it left. */
static void check_left(const struct outcome *want, const struct outcome *got,
                       const struct line *l, size_t item)
{
    assert_true(pkt_user(&got->pkt[item]) != pkt_user(&want->pkt[item]));
    for (size_t j = 0; want->left[item] && j < NODES; j++) {
        size_t more = l->way != MARKS && j == l->bad;
        assert_int_equal(got->dropped[j], want->dropped[j] + more);
    }
}

/* What was said of a fault that somebody saw. */
static void check_seen(const struct outcome *want, const struct outcome *got,
                       const struct line *l, enum chain_twin twin)
{
    bool stops = l->way == STOPS || l->way == DIES;
    bool differs = l->way == MARKS || l->way == DROPS || l->way == FORGETS;
    bool masked = strstr(got->json, "digest") != NULL;
    bool known = stops || (differs && twin == CHAIN_TWIN_CHECKED) ||
                 (l->way == MARKS && twin == CHAIN_TWIN_WATCHED);
    size_t item = (size_t)BAD_BURST * BURST + l->at;
    size_t at = item + (twin == CHAIN_TWIN_WATCHED && !stops);

    if (masked) {
        check_said(want, got, l, (size_t)(BAD_BURST + 1) * BURST);
        return;
    }
    check_said(want, got, l, known ? at : 0);
    if (differs && twin == CHAIN_TWIN_WATCHED) {
        check_left(want, got, l, item);
    }
}

/* A fault at packet 'at' of what slot 'bad' gives. */
static void check_fault(const struct outcome *want, struct outcome *got,
                        struct line *l, enum chain_twin twin)
{
    enum way way = l->way;
    size_t item = (size_t)BAD_BURST * BURST + l->at;
    bool stops = way == STOPS || way == DIES;
    bool counted = stops || way == LOSES || way == REPEATS;
    bool right = way == WELL || way == MISCOUNTS;
    bool seen = !right && (twin != CHAIN_TWIN_OFF || counted);
    /* A burst of the right length has a wrong packet, which has left. */
    bool left =
        !right && twin == CHAIN_TWIN_WATCHED && (!counted || way == REPEATS);

    run(l, twin, got);
    check_sums(got);
    if (right || stops || twin != CHAIN_TWIN_OFF) {
        check_packets(want, got, item, left ? 2 : 0);
    }
    /* Without a twin it is the slots that tell who dropped what. */
    if (twin == CHAIN_TWIN_CHECKED || (right && twin != CHAIN_TWIN_OFF) ||
        (!l->blind && (stops || way == WELL))) {
        check_equal(want, got,
                    twin != CHAIN_TWIN_OFF || (way == STOPS && !l->blind));
    }
    if (!seen) {
        assert_null(strstr(got->json, "verdict"));
    } else if (!l->blind) {
        check_seen(want, got, l, twin);
    } else if (strstr(got->json, "verdict") != NULL &&
               (way == FORGETS || l->bad == NODES - 1)) {
        /* No digest tells: the first whose state is wrong, or the last. */
        check_said(want, got, l, 0);
    }
    outcome_close(got);
}

static void whatever_a_slot_does_the_line_ends_well(void **state)
{
    static const size_t places[] = {0, 1, BURST / 2, BURST - 2};
    struct outcome *want = calloc(1, sizeof *want);
    struct outcome *got = calloc(1, sizeof *got);

    (void)state;
    assert_true(want != NULL && got != NULL);
    run(NULL, CHAIN_TWIN_OFF, want);
    check_sums(want);
    for (size_t j = 0; j < NODES; j++) {
        assert_in_range(want->dropped[j], ITEMS / 50, ITEMS * 2 / 3);
    }
    for (size_t k = 0; k < WAYS * NODES * CHECK_ROWS(places) * 6; k++) {
        struct line l = {
            .way = (enum way)(k % WAYS),
            .bad = k / WAYS % NODES,
            .at = places[k / WAYS / NODES % CHECK_ROWS(places)],
            .blind = k / WAYS / NODES / CHECK_ROWS(places) % 2 == 1,
        };
        enum chain_twin twin =
            (enum chain_twin)(k / WAYS / NODES / CHECK_ROWS(places) / 2);
        print_message("way %d, slot %zu, packet %zu, twin %d%s\n", (int)l.way,
                      l.bad, l.at, (int)twin, l.blind ? ", blind" : "");
        check_fault(want, got, &l, twin);
    }
    outcome_close(want);
    free(want);
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_a_slot_does_the_line_ends_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
