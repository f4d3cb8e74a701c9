/*
 * repair_check.h - a node on the fabric whose slot errs, the C body alone
 * beside it, and what becomes of both.
 */
#ifndef TESTS_FAULT_REPAIR_CHECK_H
#define TESTS_FAULT_REPAIR_CHECK_H

#include "tests/conform_check.h"

#include "core/base/text.h"
#include "host/chain/node.h"
#include "sim/sim.h"
#include "tests/fault/sticky_device.h"

enum {
    SHADOW = 40,
    BURST = 48,
    ENOUGH = 60, /* bursts after which a slot that can be repaired is back */
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
    const struct fn *fn;    /* of the node */
    const struct fn *image; /* in its slot: the same, or the cache of it */
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

/* More rules for acl than its image holds, that acl_cache's packets meet. */
static inline void many_rules(struct rng *r, struct write_list *w)
{
    enum { RULES = 260 };
    static const uint8_t protocols[] = {6, 17, 1, 47};

    assert_int_equal(write_list_emit(w, CSR_WINDOW_INDEX, csr_window(0, 0)), 0);
    for (uint32_t k = 0; k < RULES; k++) {
        uint32_t port = 80 + rng_below(r, 3);
        const uint32_t word[] = {0x0a000000 | rng_below(r, 2),
                                 rng_below(r, 2) * UINT32_MAX,
                                 0xc0a80000 | rng_below(r, 2),
                                 rng_below(r, 2) * UINT32_MAX,
                                 0xffff0000,
                                 rng_below(r, 2) == 0 ? port << 16 | port
                                                      : 0xffff0000,
                                 0xff00u | protocols[rng_below(r, 4)],
                                 rng_below(r, 2)};
        for (size_t j = 0; j < CHECK_ROWS(word); j++) {
            assert_int_equal(write_list_emit(w, CSR_WINDOW_DATA, word[j]), 0);
        }
    }
    assert_int_equal(write_list_emit(w, 0x80, 1), 0); /* NO_MATCH drops */
    assert_int_equal(write_list_emit(w, 0x88, RULES), 0);
}

/* 'image' other than 'name' is the cache of that, which does not fit. */
static inline void bed_open(struct bed *d, const char *name, const char *image,
                            enum chain_twin twin,
                            const struct chain_repair *repair)
{
    static const struct device_ops ops = {.kind = "sticky",
                                          .load = sticky_load,
                                          .counters = sticky_counters,
                                          .telemetry = sticky_telemetry};
    struct device_config config = {
        .n_slots = 1, .width_bits = 64, .faults = true};

    *d = (struct bed){.fn = registry_find(name),
                      .image = registry_find(image),
                      .sticky = {.device = {&ops, 1}},
                      .report = {.json = true},
                      .r = {SEED}};
    d->v = (struct chain_vertex){.kind = CHAIN_NODE, .name = "n", .fn = d->fn};
    d->b = malloc(sizeof *d->b);
    d->report.out = open_memstream(&d->text, &d->n_text);
    assert_true(d->b != NULL && d->report.out != NULL);
    assert_int_equal(driver_open("sim", &config, &d->sticky.inner), 0);
    assert_int_equal(body_open_c(d->fn, &d->alone), 0);
    if (d->image == d->fn) {
        assert_int_equal(d->fn->setup(&d->r, write_list_emit, &d->v.set), 0);
    } else {
        many_rules(&d->r, &d->v.set);
    }
    assert_int_equal(write_list_apply(&d->v.set, d->alone), 0);
    assert_int_equal(node_open(&d->v, twin, &d->report, &d->node), 0);
    assert_int_equal(node_watch(d->node, repair), 0);
    node_concretize(d->node, &d->sticky.device, "f", 0, SHADOW,
                    d->image != d->fn);
}

static inline void bed_close(struct bed *d)
{
    node_close(d->node);
    assert_int_equal(fclose(d->report.out), 0);
    free(d->text);
    write_list_close(&d->v.set);
    body_close(d->alone);
    device_close(d->sticky.inner);
    free(d->b);
}

static inline bool same_item(const struct fn_span *a, const struct fn_span *b,
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
static inline void step(struct bed *d)
{
    enum fn_type type = d->fn->csr->in;
    struct fn_span in = span_of(d->b, 0, type), want = span_of(d->b, 1, type),
                   got = span_of(d->b, 2, type);

    (void)fill(d->image, &d->r, 8, &in);
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

/* Bursts until the slot serves; false when it does not within 'ENOUGH'. */
static inline bool come_up(struct bed *d)
{
    for (int k = 0; k < ENOUGH && !node_is_up(d->node); k++) {
        step(d);
    }
    if (!node_is_up(d->node)) {
        assert_int_equal(fflush(d->report.out), 0);
        print_message("not up again:\n%s", d->text + d->at);
    }
    return node_is_up(d->node);
}

/* What was reported since the last call; valid until the next step(). */
static const char *said(struct bed *d)
{
    size_t from = d->at;

    assert_int_equal(fflush(d->report.out), 0);
    d->at = d->n_text;
    return d->text + from;
}

static inline void assert_nothing_wrong_left(const struct bed *d)
{
    assert_int_equal(d->wrong, 0);
    assert_int_equal(d->lost, 0);
    assert_int_equal(d->repeated, 0);
    assert_int_equal(node_items(d->node), d->items);
}

struct regs {
    char name[REGS_MAX][100];
    uint32_t words[REGS_MAX], bits[REGS_MAX];
    size_t n;
};

static inline void collect(void *ctx, const char *name, uint32_t n_words,
                           uint32_t n_bits)
{
    struct regs *b = ctx;

    assert_true(b->n < REGS_MAX);
    (void)snprintf(b->name[b->n], sizeof b->name[0], "%s", name);
    b->words[b->n] = n_words;
    b->bits[b->n++] = n_bits;
}

static inline void list_registers(const char *fn, struct regs *b)
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
static inline void classify(struct tally *t, const char *text)
{
    t->n++;
    t->told += strstr(text, "\"type\":\"verdict\"") != NULL;
    t->transient += strstr(text, "\"class\":\"transient\"") != NULL;
    t->state += strstr(text, "\"class\":\"state\"") != NULL;
    t->latched += strstr(text, "\"class\":\"latched\"") != NULL;
    t->permanent += strstr(text, "\"class\":\"permanent\"") != NULL;
    t->condemned += strstr(text, "\"action\":\"condemn\"") != NULL;
}

/* Flips asked for, if not 'n'. */
static inline uint64_t flips(uint64_t n)
{
    const char *env = getenv("REPAIR_FLIPS");

    assert_true(env == NULL || parse_u64(env, UINT64_MAX, &n));
    return n;
}

/* The name of any bit of them. */
static inline void pick_flip(const struct regs *b, struct rng *pick, char *flip,
                             size_t n_flip)
{
    size_t j = rng_below(pick, (uint32_t)b->n);
    char word[16] = "";

    if (b->words[j] > 1) {
        (void)snprintf(word, sizeof word, "[%u]", rng_below(pick, b->words[j]));
    }
    (void)snprintf(flip, n_flip, "%s%s[%u]", b->name[j], word,
                   rng_below(pick, b->bits[j]));
}

/* A flip of any bit: nothing wrong leaves, and the slot comes back. */
static inline void flip_one(struct bed *d, const struct regs *b,
                            struct rng *pick, struct tally *t)
{
    size_t before = t->permanent;
    char flip[160];

    assert_true(come_up(d));
    pick_flip(b, pick, flip, sizeof flip);
    (void)said(d);
    assert_int_equal(device_flip(d->sticky.inner, 0, flip), 0);
    for (int burst = 0; burst < 6; burst++) {
        step(d);
    }
    assert_true(come_up(d));
    const char *text = said(d);
    classify(t, text);
    if (t->permanent > before || d->wrong + d->lost + d->repeated > 0) {
        print_message("%s %s:\n%s", d->image->csr->name, flip, text);
    }
    assert_nothing_wrong_left(d);
}

/* Picks a bit of the state in use, and makes it stick at what it is not. */
static inline void stick(struct bed *d, struct rng *r)
{
    const struct csr_layout *l = d->image->csr;
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

#endif
