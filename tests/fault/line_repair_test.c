/*
 * line_repair_test.c - three slots that run as one line and report by
 * themselves, and one of them errs: what it reports is compared while the line
 * runs, the verdict has a class, and only who is at fault is repaired.
 * REPAIR_FLIPS sets how many flips.
 */
#include "tests/fault/repair_check.h"

#include "host/chain/segment.h"

enum { NODES = STICKY_SLOTS, FLIPS = 60, STUCK = 6 };

/* --- a line, and the C bodies alone beside it
 * ---------------------------------
 */

struct line {
    const struct fn *fn;
    struct sticky sticky;
    struct chain_vertex v[NODES];
    struct report report;
    char *text; /* of the report */
    size_t n_text, at;
    struct node *node[NODES];
    struct body *alone[NODES];
    struct rng r;
    uint64_t items, wrong;
    bool as_one; /* in the last burst */
    struct pkt in[BURST], want[BURST], got[BURST];
    uint8_t bytes[BURST][ROOM];
};

static struct line *line_open(const struct chain_repair *repair)
{
    static const struct device_ops ops = {.kind = "sticky",
                                          .load = sticky_load,
                                          .counters = sticky_counters,
                                          .telemetry = sticky_telemetry,
                                          .run_line = sticky_run_line};
    static char *const names[NODES] = {"a", "b", "c"};
    struct device_config config = {
        .n_slots = NODES, .width_bits = 64, .faults = true};
    struct line *l = calloc(1, sizeof *l);

    assert_non_null(l);
    l->fn = registry_find("acl");
    l->sticky.device = (struct device){&ops, NODES};
    l->report.json = true;
    l->report.out = open_memstream(&l->text, &l->n_text);
    l->r = (struct rng){SEED};
    assert_non_null(l->report.out);
    assert_int_equal(driver_open("sim", &config, &l->sticky.inner), 0);
    for (uint32_t j = 0; j < NODES; j++) {
        struct chain_vertex *v = &l->v[j];
        *v = (struct chain_vertex){
            .kind = CHAIN_NODE, .name = names[j], .fn = l->fn};
        assert_int_equal(l->fn->setup(&l->r, write_list_emit, &v->set), 0);
        assert_int_equal(write_list_emit(&v->set, 0x80, 0), 0); /* NO_MATCH */
        assert_int_equal(body_open_c(l->fn, &l->alone[j]), 0);
        assert_int_equal(write_list_apply(&v->set, l->alone[j]), 0);
        assert_int_equal(
            node_open(v, CHAIN_TWIN_CHECKED, &l->report, &l->node[j]), 0);
        assert_int_equal(node_watch(l->node[j], repair), 0);
        node_concretize(l->node[j], &l->sticky.device, "f", j, SHADOW, false);
    }
    return l;
}

static void line_close(struct line *l)
{
    for (size_t j = 0; j < NODES; j++) {
        node_close(l->node[j]);
        body_close(l->alone[j]);
        write_list_close(&l->v[j].set);
    }
    assert_int_equal(fclose(l->report.out), 0);
    free(l->text);
    device_close(l->sticky.inner);
    free(l);
}

/* What a link lets through of 'out', to the same place. */
static void pass(struct fn_span *out)
{
    struct pkt *p = out->items;
    size_t n = 0;

    for (size_t k = 0; k < out->n; k++) {
        if ((p[k].flags & PKT_DROP) == 0) {
            p[n] = p[k];
            p[n++].out_port = 0;
        }
    }
    out->n = n;
}

/* 'in' through nodes from 'k' on that run as one, or one; how many. */
static size_t run_some(struct line *l, size_t k, const struct fn_span *in,
                       struct fn_span *out)
{
    struct segment line = {.n = 0};

    while (k + line.n < NODES && segment_add(&line, l->node[k + line.n])) {
    }
    l->as_one = line.n == NODES;
    if (line.n < 2) {
        assert_int_equal(node_run(l->node[k], in, out), 0);
        return 1;
    }
    assert_int_equal(segment_run(&line, CHAIN_TWIN_CHECKED, in, out), 0);
    return line.n;
}

/* A burst through the nodes and the C bodies alone. */
static void line_step(struct line *l)
{
    struct fn_span in = {FN_PKT, l->in, BURST, BURST, 0};
    struct fn_span want = {FN_PKT, l->want, 0, BURST, 0};
    struct fn_span got = {FN_PKT, l->got, 0, BURST, 0};
    struct pkt more[BURST];

    for (size_t k = 0; k < BURST; k++) {
        l->in[k] = (struct pkt){
            .data = l->bytes[k], .room_bytes = ROOM, .item = l->items++};
        l->fn->packet(&l->r, &l->in[k]);
    }
    memcpy(more, l->in, sizeof more);
    for (size_t j = 0; j < NODES; j++) {
        for (size_t k = 0; k < in.n; k++) {
            l->want[k] = (struct pkt){.data = NULL}; /* in place */
        }
        assert_int_equal(body_run(l->alone[j], &in, &want), 0);
        pass(&want);
        memcpy(l->in, l->want, want.n * sizeof *l->in);
        in.n = want.n;
    }
    in = (struct fn_span){FN_PKT, more, BURST, BURST, 0};
    for (size_t j = 0; j < NODES;) {
        j += run_some(l, j, &in, &got);
        pass(&got);
        memcpy(more, l->got, got.n * sizeof *more);
        in.n = got.n;
    }
    l->wrong += got.n != want.n;
    for (size_t k = 0; k < got.n && k < want.n; k++) {
        const struct pkt *x = &l->want[k], *y = &l->got[k];
        l->wrong += x->item != y->item || pkt_user(x) != pkt_user(y) ||
                    x->len_bytes != y->len_bytes ||
                    memcmp(x->data, y->data, x->len_bytes) != 0;
    }
}

/* Until all run as one again. */
static bool line_come_up(struct line *l)
{
    l->as_one = false;
    for (int k = 0; k < ENOUGH && !l->as_one; k++) {
        line_step(l);
    }
    return l->as_one;
}

/* What was reported since the last call; valid until the next burst. */
static const char *line_said(struct line *l)
{
    size_t from = l->at;

    assert_int_equal(fflush(l->report.out), 0);
    l->at = l->n_text;
    return l->text + from;
}

/* Nothing wrong left, and every node counts what its C body does. */
static void assert_line(struct line *l)
{
    assert_int_equal(l->wrong, 0);
    for (size_t j = 0; j < NODES; j++) {
        struct words_at word;
        assert_int_equal(
            words_differ(l->alone[j], node_c_body(l->node[j]), &word, 1), 0);
    }
}

/* --- tests -------------------------------------------------------------------
 */

static void what_slots_report_is_compared_and_classified(void **state)
{
    static const struct {
        const char *flip;
        const char *say[8]; /* in this order; the first names the node */
    } row[] = {
        /* No packet shows it. */
        {"csr.n_hits_q[31]",
         {"\"verdict\":\"parameter\"", "\"stage\":\"state\"",
          "\"class\":\"state\",\"register\":\"N_HITS\"", "\"scrub\"",
          "\"shadow\"", "\"return\""}},
        {"csr.no_match_q[0]",
         {"\"class\":\"state\",\"register\":\"NO_MATCH\"", "\"scrub\"",
          "\"shadow\"", "\"return\""}},
        {"slot.common.control_q[0]",
         {"\"verdict\":\"hang\"", "\"class\":\"latched\"", "\"quarantine\"",
          "\"reload\"", "\"selftest\"", "\"shadow\"", "\"return\""}},
        /* The next packet sets it; the slot serves on. */
        {"hold.mid_q[0]", {"\"class\":\"transient\""}},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row) * NODES; k++) {
        uint32_t slot = (uint32_t)(k % NODES);
        struct line *l = line_open(&how);
        char who[40];
        assert_true(line_come_up(l));
        assert_null(strstr(line_said(l), "verdict"));
        assert_int_equal(
            device_flip(l->sticky.inner, slot, row[k / NODES].flip), 0);
        for (int burst = 0; burst < ENOUGH; burst++) {
            line_step(l);
        }
        const char *text = line_said(l);
        (void)snprintf(who, sizeof who, "\"verdict\",\"node\":\"%c\"",
                       (int)('a' + slot)); /* fits */
        const char *at = strstr(text, who);
        for (size_t j = 0; at != NULL && row[k / NODES].say[j] != NULL; j++) {
            at = strstr(at, row[k / NODES].say[j]);
        }
        if (at == NULL) {
            print_message("slot %u %s:\n%s", slot, row[k / NODES].flip, text);
        }
        assert_non_null(at);
        assert_true(line_come_up(l));
        assert_line(l);
        line_close(l);
    }
}

/* What the slots counted by themselves since: nothing is lost or repeated. */
static void assert_moves(struct line *l)
{
    (void)line_said(l);
    for (size_t j = 0; j < NODES; j++) {
        node_virtualize(l->node[j], SHADOW);
    }
    for (int k = 0; k < ENOUGH; k++) {
        line_step(l);
    }
    const char *at = line_said(l);
    for (size_t j = 0; j < NODES; j++) {
        at = strstr(at, "\"lost\":");
        assert_non_null(at);
        assert_memory_equal(at, "\"lost\":0,\"duplicated\":0", 23);
        at++;
    }
}

static void flips_in_a_line_are_repaired_and_nothing_wrong_leaves(void **state)
{
    struct regs *b = calloc(1, sizeof *b);
    struct chain_repair often = how;
    struct tally t = {.n = 0};
    struct rng pick = {SEED};

    (void)state;
    assert_non_null(b);
    list_registers("acl", b);
    often.forgive = 1; /* flips come often, and are no sign of a bad slot */
    struct line *l = line_open(&often);
    for (uint64_t k = 0; k < flips(FLIPS); k++) {
        size_t before = t.permanent;
        char flip[160];
        assert_true(line_come_up(l));
        pick_flip(b, &pick, flip, sizeof flip);
        (void)line_said(l);
        assert_int_equal(
            device_flip(l->sticky.inner, rng_below(&pick, NODES), flip), 0);
        for (int burst = 0; burst < 6; burst++) {
            line_step(l);
        }
        assert_true(line_come_up(l));
        const char *text = line_said(l);
        classify(&t, text);
        if (t.permanent > before || l->wrong > 0) {
            print_message("%s:\n%s", flip, text);
        }
        assert_line(l);
    }
    printf("%zu flips, %zu told: %zu transient, %zu state, %zu latched, %zu "
           "permanent; %u reloads; 0 wrong, 0 lost, 0 repeated\n",
           t.n, t.told, t.transient, t.state, t.latched, t.permanent,
           l->sticky.loads - NODES);
    assert_true(t.transient > 0 && t.state > 0);
    assert_int_equal(t.permanent + t.condemned, 0);
    assert_int_equal(t.transient + t.state + t.latched, t.told);
    assert_moves(l);
    assert_line(l);
    line_close(l);
    free(b);
}

static void a_bit_that_sticks_in_a_line_is_permanent(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < STUCK; k++) {
        struct line *l = line_open(&how);
        struct tally t = {.n = 0};
        struct sticky *s = &l->sticky;
        assert_true(line_come_up(l));
        (void)line_said(l);
        s->slot = k % NODES;
        /* NO_MATCH at 1, or a counter's upper bit, which no packet shows. */
        s->word = (struct words_at){WORDS_REG, k < NODES ? 0x80 : 0x8c};
        s->mask = s->value = k < NODES ? 1 : 1u << 30;
        s->stuck = true;
        for (int burst = 0; burst < ENOUGH && t.condemned == 0; burst++) {
            line_step(l);
            classify(&t, line_said(l));
        }
        assert_true(t.permanent > 0);
        assert_int_equal(t.condemned, 1);
        for (uint32_t j = 0; j < NODES; j++) {
            assert_int_equal(node_is_up(l->node[j]), j != s->slot);
        }
        assert_line(l);
        line_close(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_slots_report_is_compared_and_classified),
        cmocka_unit_test(a_bit_that_sticks_in_a_line_is_permanent),
        cmocka_unit_test(flips_in_a_line_are_repaired_and_nothing_wrong_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
