/*
 * repair_test.c - a node on the fabric whose slot errs, again and again: single
 * bits flip in any register at any item, bits stick, the slot hangs.  Nothing
 * wrong, lost or repeated leaves in checked mode, what is wrong is told right,
 * and the slot comes back unless it is broken.  REPAIR_FLIPS sets how many.
 */
#include "tests/conform_check.h"

#include "core/base/text.h"
#include "host/chain/node.h"
#include "sim/sim.h"
#include "tests/fault/sticky_device.h"

enum {
    FLIPS = 100, /* of all functions together */
    STUCK = 25,  /* one bit that sticks for so many flips, in each */
    SHADOW = 40,
    BURST = 48,
    ENOUGH = 60, /* bursts after which a slot that can be repaired is back */
    WALK = 240,  /* bursts in which every word has been walked */
    REGS_MAX = 512,
};

static const struct chain_repair how = {
    .on = true,
    .self_test = 64,
    .forgive = 4 * BURST,
    .window_beats = 256,
    .walk_words = 255,
};

/* --- a node, and the C body alone beside it ----------------------------------
 */

struct bed {
    const struct fn *fn;
    struct sticky sticky;
    struct chain_vertex v;
    struct report report;
    char *text; /* of the report; flushed by said() */
    size_t n_text;
    size_t at; /* what has been read of it */
    struct node *node;
    struct body *alone;
    struct rng r;
    uint64_t items;
    uint64_t wrong, lost, repeated;
    struct buffers *b;
};

static void bed_open(struct bed *d, const char *name, enum chain_twin twin,
                     const struct chain_repair *repair)
{
    static const struct device_ops ops = {.kind = "sticky",
                                          .load = sticky_load,
                                          .counters = sticky_counters,
                                          .telemetry = sticky_telemetry};
    struct device_config config = {
        .n_slots = 1, .width_bits = 64, .faults = true};

    *d = (struct bed){.fn = registry_find(name),
                      .sticky = {.device = {&ops, 1}},
                      .report = {.json = true},
                      .r = {SEED}};
    d->v = (struct chain_vertex){.kind = CHAIN_NODE, .name = "n", .fn = d->fn};
    d->b = malloc(sizeof *d->b);
    d->report.out = open_memstream(&d->text, &d->n_text);
    assert_true(d->b != NULL && d->report.out != NULL);
    assert_int_equal(driver_open("sim", &config, &d->sticky.inner), 0);
    assert_int_equal(body_open_c(d->fn, &d->alone), 0);
    assert_int_equal(d->fn->setup(&d->r, write_list_emit, &d->v.set), 0);
    assert_int_equal(write_list_apply(&d->v.set, d->alone), 0);
    assert_int_equal(node_open(&d->v, twin, &d->report, &d->node), 0);
    assert_int_equal(node_watch(d->node, repair), 0);
    node_concretize(d->node, &d->sticky.device, "f", 0, SHADOW, false);
}

static void bed_close(struct bed *d)
{
    node_close(d->node);
    assert_int_equal(fclose(d->report.out), 0);
    free(d->text);
    write_list_close(&d->v.set);
    body_close(d->alone);
    device_close(d->sticky.inner);
    free(d->b);
}

static bool same_item(const struct fn_span *a, const struct fn_span *b,
                      size_t k)
{
    const struct pkt *x = (const struct pkt *)a->items + k,
                     *y = (const struct pkt *)b->items + k;

    if (a->type == FN_IQ16) {
        return memcmp((const struct iq16 *)a->items + k,
                      (const struct iq16 *)b->items + k,
                      sizeof(struct iq16)) == 0;
    }
    return pkt_user(x) == pkt_user(y) && x->len_bytes == y->len_bytes &&
           memcmp(x->data, y->data, x->len_bytes) == 0;
}

/* A burst through the node and the C body alone; counts what is wrong. */
static void step(struct bed *d)
{
    enum fn_type type = d->fn->csr->in;
    struct fn_span in = span_of(d->b, 0, type), want = span_of(d->b, 1, type),
                   got = span_of(d->b, 2, type);

    (void)fill(d->fn, &d->r, 8, &in);
    in.n = type == FN_PKT && in.n > BURST ? BURST : in.n;
    in.item0 = d->items;
    assert_int_equal(body_run(d->alone, &in, &want), 0);
    assert_int_equal(node_run(d->node, &in, &got), 0);
    d->lost += got.n < in.n ? in.n - got.n : 0;
    d->repeated += got.n > in.n ? got.n - in.n : 0;
    for (size_t k = 0; k < in.n && k < got.n; k++) {
        d->wrong += !same_item(&want, &got, k);
    }
    d->items += in.n;
}

static bool is_up(const struct bed *d)
{
    struct device *device;
    uint32_t slot;

    return node_is_stable_on(d->node, &device, &slot);
}

/* Bursts until the slot serves; false when it does not within 'ENOUGH'. */
static bool come_up(struct bed *d)
{
    for (int k = 0; k < ENOUGH && !is_up(d); k++) {
        step(d);
    }
    if (!is_up(d)) {
        assert_int_equal(fflush(d->report.out), 0);
        print_message("not up again:\n%s", d->text + d->at);
    }
    return is_up(d);
}

/* What was reported since the last call; valid until the next step(). */
static const char *said(struct bed *d)
{
    size_t from = d->at;

    assert_int_equal(fflush(d->report.out), 0);
    d->at = d->n_text;
    return d->text + from;
}

static void assert_nothing_wrong_left(const struct bed *d)
{
    assert_int_equal(d->wrong, 0);
    assert_int_equal(d->lost, 0);
    assert_int_equal(d->repeated, 0);
    assert_int_equal(node_items(d->node), d->items);
}

/* Flips asked for. */
static uint64_t flips(void)
{
    const char *env = getenv("REPAIR_FLIPS");
    uint64_t n = FLIPS;

    assert_true(env == NULL || parse_u64(env, UINT64_MAX, &n));
    return n;
}

/* --- flips -------------------------------------------------------------------
 */

struct regs {
    char name[REGS_MAX][100];
    uint32_t words[REGS_MAX], bits[REGS_MAX];
    size_t n;
};

static void collect(void *ctx, const char *name, uint32_t n_words,
                    uint32_t n_bits)
{
    struct regs *b = ctx;

    assert_true(b->n < REGS_MAX);
    (void)snprintf(b->name[b->n], sizeof b->name[0], "%s", name);
    b->words[b->n] = n_words;
    b->bits[b->n++] = n_bits;
}

static void list_registers(const char *fn, struct regs *b)
{
    const char *images = getenv("PRECAST_IMAGES");
    char path[4096];
    struct sim *sim = NULL;

    (void)snprintf(path, sizeof path, "%s/%s-w64-fault.so",
                   images != NULL ? images : "build/image", fn);
    assert_int_equal(sim_open(path, fn, 64, true, &sim), 0);
    sim_list(sim, collect, b);
    sim_close(sim);
}

/* What became of flips, and of how many. */
struct tally {
    size_t n, told, transient, state, latched, permanent, condemned;
    uint64_t loads;
};

/* Adds what the twin said of one flip. */
static void classify(struct tally *t, const char *text)
{
    t->n++;
    t->told += strstr(text, "\"type\":\"verdict\"") != NULL;
    t->transient += strstr(text, "\"class\":\"transient\"") != NULL;
    t->state += strstr(text, "\"class\":\"state\"") != NULL;
    t->latched += strstr(text, "\"class\":\"latched\"") != NULL;
    t->permanent += strstr(text, "\"class\":\"permanent\"") != NULL;
    t->condemned += strstr(text, "\"action\":\"condemn\"") != NULL;
}

static void flip_registers(const char *fn, size_t n_flips, struct tally *t)
{
    struct regs *b = calloc(1, sizeof *b);
    struct chain_repair often = how;
    struct rng pick = {SEED};
    struct bed d;

    assert_non_null(b);
    list_registers(fn, b);
    often.forgive = 1; /* flips come often, and are no sign of a bad slot */
    bed_open(&d, fn, CHAIN_TWIN_CHECKED, &often);
    for (size_t k = 0; k < n_flips; k++) {
        size_t j = rng_below(&pick, (uint32_t)b->n);
        char flip[160], word[16] = "";
        assert_true(come_up(&d));
        if (b->words[j] > 1) {
            (void)snprintf(word, sizeof word, "[%u]",
                           rng_below(&pick, b->words[j]));
        }
        (void)snprintf(flip, sizeof flip, "%s%s[%u]", b->name[j], word,
                       rng_below(&pick, b->bits[j]));
        (void)said(&d);
        assert_int_equal(device_flip(d.sticky.inner, 0, flip), 0);
        for (int burst = 0; burst < 6; burst++) {
            step(&d);
        }
        assert_true(come_up(&d));
        const char *text = said(&d);
        size_t before = t->permanent;
        classify(t, text);
        if (t->permanent > before || d.wrong + d.lost + d.repeated > 0) {
            print_message("%s %s:\n%s", fn, flip, text);
        }
        assert_nothing_wrong_left(&d);
    }
    t->loads += d.sticky.loads - 1;
    bed_close(&d);
    free(b);
}

static void flips_are_repaired_and_nothing_wrong_leaves(void **state)
{
    static const char *const fns[] = {"acl", "acl_cache", "bridge", "scale"};
    struct tally t = {.n = 0};
    uint64_t n = flips();

    (void)state;
    for (size_t f = 0; f < CHECK_ROWS(fns); f++) {
        flip_registers(fns[f], n / CHECK_ROWS(fns), &t);
    }
    printf("%zu flips, %zu told: %zu transient, %zu state, %zu latched, %zu "
           "permanent; %llu reloads; 0 wrong, 0 lost, 0 repeated\n",
           t.n, t.told, t.transient, t.state, t.latched, t.permanent,
           (unsigned long long)t.loads);
    assert_true(t.transient > 0 && t.state > 0);
    assert_int_equal(t.condemned, 0);
    /* No flip stays, so none is permanent; 99% of them must be told so. */
    assert_true((t.told - t.permanent) * 100 >= t.told * 99);
}

/* --- bits that stick ---------------------------------------------------------
 */

/* Picks a bit of the state in use, and makes it stick at what it is not. */
static void stick(struct bed *d, struct rng *r)
{
    const struct csr_layout *l = d->fn->csr;
    struct sticky *s = &d->sticky;
    struct body *c = node_c_body(d->node);
    uint32_t keep = 0;

    while (keep == 0) {
        const struct csr_reg *reg = &l->regs[rng_below(r, (uint32_t)l->n_regs)];
        s->word = (struct words_at){WORDS_REG, reg->offset};
        keep = reg->access == CSR_RW && reg->offset != CSR_WINDOW_INDEX
                   ? reg->mask
                   : 0;
        if (l->n_tables > 0 && rng_below(r, 4) > 0) {
            uint32_t used = 0;
            assert_int_equal(body_read(c, l->tables[0].count, &used), 0);
            s->word =
                (struct words_at){0, rng_below(r, used * l->tables[0].words)};
            keep = words_value(c, &s->word); /* bits the RTL has, to be sure */
        }
        s->mask = 1u << rng_below(r, 32);
        keep &= s->mask;
    }
    s->value = ~words_value(c, &s->word) & s->mask;
    s->stuck = true;
}

static void bits_that_stick_are_permanent_and_condemned(void **state)
{
    static const char *const fns[] = {"acl", "acl_cache", "bridge", "scale"};
    size_t n = 0, right = 0;

    (void)state;
    for (size_t f = 0; f < CHECK_ROWS(fns); f++) {
        struct rng r = {SEED};
        for (uint64_t k = 0; k < flips() / STUCK; k++) {
            struct tally t = {.n = 0};
            struct bed d;
            bed_open(&d, fns[f], CHAIN_TWIN_CHECKED, &how);
            assert_true(come_up(&d));
            (void)said(&d);
            stick(&d, &r);
            for (int burst = 0; burst < WALK && t.condemned == 0; burst++) {
                step(&d);
                classify(&t, said(&d));
            }
            assert_nothing_wrong_left(&d);
            n++;
            right += t.permanent > 0 && t.condemned == 1;
            if (t.permanent == 0 || t.condemned == 0) {
                print_message("%s: part %u word %u mask 0x%x:\n%s", fns[f],
                              d.sticky.word.part, d.sticky.word.at,
                              d.sticky.mask, d.text);
            }
            /* It serves on in software, and stays there. */
            d.sticky.stuck = false;
            node_concretize(d.node, &d.sticky.device, "f", 0, SHADOW, false);
            step(&d);
            assert_int_equal(strstr(said(&d), "condemned") != NULL,
                             t.condemned == 1);
            assert_nothing_wrong_left(&d);
            bed_close(&d);
        }
    }
    printf("%zu bits stuck, %zu permanent and condemned\n", n, right);
    assert_true(right * 100 >= n * 99);
}

/* --- one by one --------------------------------------------------------------
 */

/* Runs until something is said of 'flip'; the report. */
static const char *after_flip(struct bed *d, const char *flip)
{
    assert_true(come_up(d));
    (void)said(d);
    assert_int_equal(device_flip(d->sticky.inner, 0, flip), 0);
    for (int k = 0; k < ENOUGH; k++) {
        step(d);
    }
    assert_true(come_up(d));
    return said(d);
}

static void each_kind_of_fault_goes_its_way(void **state)
{
    static const struct {
        const char *fn, *flip;
        const char *say[8]; /* in this order */
    } row[] = {
        {"acl",
         "csr.no_match_q[0]",
         {"\"class\":\"state\",\"register\":\"NO_MATCH\"", "\"scrub\"",
          "\"shadow\"", "\"return\""}},
        /* The gate shuts: nothing comes until the slot is reset. */
        {"acl",
         "slot.common.control_q[0]",
         {"\"verdict\":\"hang\"", "\"class\":\"latched\"", "\"quarantine\"",
          "\"reload\"", "\"selftest\"", "\"shadow\"", "\"return\""}},
        /* It waits for the verdict on a packet that has none. */
        {"bridge",
         "hold.told_q[0]",
         {"\"class\":\"latched\"", "\"quarantine\"", "\"reload\"",
          "\"selftest\"", "\"shadow\"", "\"return\""}},
        /* The next packet sets it. */
        {"bridge", "key.mid_q[0]", {"\"class\":\"transient\""}},
        {"scale",
         "csr.gain_q[14]",
         {"\"class\":\"state\",\"register\":\"GAIN\"", "\"scrub\"",
          "\"shadow\"", "\"return\""}},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct bed d;
        bed_open(&d, row[k].fn, CHAIN_TWIN_CHECKED, &how);
        const char *text = after_flip(&d, row[k].flip), *at = text;
        for (size_t j = 0; row[k].say[j] != NULL; j++) {
            at = strstr(at, row[k].say[j]);
            if (at == NULL) {
                print_message("%s, no %s:\n%s", row[k].flip, row[k].say[j],
                              text);
            }
            assert_non_null(at);
        }
        assert_nothing_wrong_left(&d);
        bed_close(&d);
    }
}

/* The hang timer says so: 64 clocks, and a frame of telemetry, behind the last
 * beat. */
static void a_hang_is_found_in_time(void **state)
{
    enum { LIMIT = 64, FRAME = TELEMETRY_BYTES + 2 * TELEMETRY_WORDS };
    struct bed d;

    (void)state;
    bed_open(&d, "bridge", CHAIN_TWIN_CHECKED, &how);
    const char *text = after_flip(&d, "hold.told_q[0]");
    assert_non_null(strstr(text, "\"class\":\"latched\""));
    printf("hang found within %llu clocks, other bursts take up to %llu\n",
           (unsigned long long)d.sticky.hang_clocks,
           (unsigned long long)d.sticky.most_clocks);
    assert_true(d.sticky.hang_clocks > 0);
    assert_true(d.sticky.hang_clocks <= d.sticky.most_clocks + LIMIT + FRAME);
    assert_nothing_wrong_left(&d);
    bed_close(&d);
}

static void reloads_on_a_schedule_lose_nothing(void **state)
{
    static const enum chain_twin twins[] = {CHAIN_TWIN_OFF, CHAIN_TWIN_WATCHED,
                                            CHAIN_TWIN_CHECKED};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(twins); k++) {
        struct chain_repair often = how;
        struct bed d;
        often.reload_every = 500;
        bed_open(&d, "bridge", twins[k], &often);
        for (int burst = 0; burst < ENOUGH; burst++) {
            step(&d);
        }
        const char *text = said(&d);
        assert_true(d.sticky.loads >= 3);
        assert_non_null(strstr(text, "\"action\":\"reload\""));
        assert_null(strstr(text, "verdict"));
        assert_true(come_up(&d));
        node_reload(d.node);
        assert_true(come_up(&d));
        assert_nothing_wrong_left(&d);
        bed_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_fault_goes_its_way),
        cmocka_unit_test(a_hang_is_found_in_time),
        cmocka_unit_test(reloads_on_a_schedule_lose_nothing),
        cmocka_unit_test(bits_that_stick_are_permanent_and_condemned),
        cmocka_unit_test(flips_are_repaired_and_nothing_wrong_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
