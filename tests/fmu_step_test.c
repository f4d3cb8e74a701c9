/*
 * fmu_step_test.c - every FMU against the C body run directly: the same random
 * items, the same bits; states kept, set back, and carried to another instance.
 */
#include "tests/fmu_check.h"

#include "core/body.h"
#include "core/digest.h"

enum {
    SEED = 1,
    ROUNDS = 8,        /* settings of each function */
    STEPS = 200,       /* of a round */
    ROOM = 2048,       /* bytes of a packet of the stimulus */
    BURST = 64,        /* most samples of a step */
    FIRST_ITEM = 1000, /* where time begins */
};

/* An input and what came of it. */
struct step {
    uint8_t in[ROOM], out[ROOM];
    size_t in_bytes, out_bytes;
    uint64_t in_user, out_user;
    uint32_t digest_in, digest_out;
    size_t n_items;
};

/* --- the C body ----------------------------------------------------------- */

static void draw(const struct fn *fn, struct rng *r, struct step *s)
{
    *s = (struct step){.n_items = 1};
    if (fn->csr->in == FN_PKT) {
        struct pkt p = {.data = s->in, .room_bytes = ROOM};
        fn->packet(r, &p);
        s->in_bytes = p.len_bytes;
        s->in_user = pkt_user(&p);
        return;
    }
    s->n_items = 1 + rng_below(r, BURST);
    s->in_bytes = s->n_items * sizeof(struct iq16);
    for (size_t k = 0; k < s->in_bytes; k++) {
        s->in[k] = (uint8_t)rng_next(r);
    }
}

/* Runs the body; 'digest' are those of all items before, in and out. */
static void expect(struct body *c, struct step *s, uint64_t item,
                   uint32_t digest[2])
{
    bool packets = c->fn->csr->in == FN_PKT;
    struct pkt x = {
        .data = s->in, .len_bytes = (uint32_t)s->in_bytes, .room_bytes = ROOM};
    struct pkt y = {.data = s->out, .room_bytes = ROOM};
    struct iq16 samples[2][BURST];
    struct fn_span in = {FN_PKT, &x, 1, 1, item};
    struct fn_span out = {FN_PKT, &y, 0, 1, item};

    if (packets) {
        pkt_set_user(&x, s->in_user);
    } else {
        memcpy(samples[0], s->in, s->in_bytes);
        in = (struct fn_span){FN_IQ16, samples[0], s->n_items, BURST, item};
        out = (struct fn_span){FN_IQ16, samples[1], 0, BURST, item};
    }
    digest[0] = digest_span(digest[0], &in);
    assert_int_equal(body_run(c, &in, &out), 0);
    digest[1] = digest_span(digest[1], &out);
    if (packets) {
        s->out_bytes = y.len_bytes;
        s->out_user = pkt_user(&y);
    } else {
        s->out_bytes = out.n * sizeof(struct iq16);
        memcpy(s->out, samples[1], s->out_bytes);
    }
    s->digest_in = digest[0];
    s->digest_out = digest[1];
}

/* --- the FMU -------------------------------------------------------------- */

/* All values of register or table 'v' of the C body, to free. */
static uint32_t *words_of(struct body *c, const struct fmu_variable *v)
{
    uint32_t *words = calloc(v->n, sizeof *words);
    const struct csr_layout *l = c->fn->csr;

    assert_non_null(words);
    for (size_t t = 0; t < l->n_tables; t++) {
        if (strcmp(l->tables[t].name, v->name) == 0) {
            assert_int_equal(body_write(c, CSR_WINDOW_INDEX, csr_window(t, 0)),
                             0);
            assert_int_equal(body_read_n(c, CSR_WINDOW_DATA, words, v->n), 0);
            return words;
        }
    }
    assert_int_equal(v->n, 1);
    assert_int_equal(body_read(c, v->ref, words), 0);
    return words;
}

static bool is_of_body(const struct fmu_variable *v)
{
    return strcmp(v->type, "UInt32") == 0 && strncmp(v->name, "digest", 6) != 0;
}

/* Gives the FMU every parameter and counter of the C body. */
static void set_all(struct fmu_import *m, fmi3Instance f, struct body *c)
{
    for (size_t k = 0; k < m->n_vars; k++) {
        const struct fmu_variable *v = &m->vars[k];
        if (is_of_body(v)) {
            uint32_t *words = words_of(c, v);
            assert_int_equal(m->SetUInt32(f, &v->ref, 1, words, v->n), fmi3OK);
            free(words);
        }
    }
}

/* Fails unless each register and table is what the C body has. */
static void assert_same_words(struct fmu_import *m, fmi3Instance f,
                              struct body *c)
{
    size_t n_seen = 0;

    for (size_t k = 0; k < m->n_vars; k++) {
        const struct fmu_variable *v = &m->vars[k];
        if (!is_of_body(v)) {
            continue;
        }
        uint32_t *want = words_of(c, v);
        uint32_t *got = calloc(v->n, sizeof *got);
        assert_non_null(got);
        assert_int_equal(m->GetUInt32(f, &v->ref, 1, got, v->n), fmi3OK);
        assert_memory_equal(got, want, v->n * sizeof *got);
        free(want);
        free(got);
        n_seen++;
    }
    /* All but the window, which a function with tables has. */
    const struct csr_layout *l = c->fn->csr;
    assert_int_equal(n_seen, l->n_regs + l->n_tables - (l->n_tables > 0));
}

/* Has the FMU do step 's' at 'item'; it must do what the C body did. */
static void do_step(struct fmu_import *m, fmi3Instance f, uint64_t item,
                    const struct step *s)
{
    fmi3ValueReference out = fmu_ref_of(m, "out");
    fmi3ValueReference time = fmu_ref_of(m, "time");
    fmi3Binary bytes;
    fmi3Float64 now;
    size_t n;

    assert_int_equal(fmu_set_in(m, f, s->in, s->in_bytes), fmi3OK);
    if (m->fn->csr->in == FN_PKT) {
        fmi3ValueReference user = fmu_ref_of(m, "in_user");
        assert_int_equal(m->SetUInt64(f, &user, 1, &s->in_user, 1), fmi3OK);
    }
    assert_int_equal(fmu_step(m, f, (double)item, (double)s->n_items), fmi3OK);
    assert_int_equal(m->GetBinary(f, &out, 1, &n, &bytes, 1), fmi3OK);
    assert_int_equal(n, s->out_bytes);
    assert_memory_equal(bytes, s->out, n);
    if (m->fn->csr->out == FN_PKT) {
        fmi3ValueReference user = fmu_ref_of(m, "out_user");
        fmi3UInt64 got;
        assert_int_equal(m->GetUInt64(f, &user, 1, &got, 1), fmi3OK);
        assert_int_equal(got, s->out_user);
    }
    assert_int_equal(fmu_u32(m, f, "digest_in"), s->digest_in);
    assert_int_equal(fmu_u32(m, f, "digest_out"), s->digest_out);
    assert_int_equal(m->GetFloat64(f, &time, 1, &now, 1), fmi3OK);
    assert_true(now == (double)(item + s->n_items));
}

/* Steps from..to-1; returns the item behind them. */
static uint64_t do_steps(struct fmu_import *m, fmi3Instance f, uint64_t item,
                         const struct step *steps, size_t from, size_t to)
{
    for (size_t k = from; k < to; k++) {
        do_step(m, f, item, &steps[k]);
        item += steps[k].n_items;
    }
    return item;
}

/* 'state' as bytes, to free. */
static fmi3Byte *bytes_of(struct fmu_import *m, fmi3Instance f,
                          fmi3FMUState state, size_t *n)
{
    assert_int_equal(m->SerializedFMUStateSize(f, state, n), fmi3OK);
    fmi3Byte *bytes = malloc(*n);
    assert_non_null(bytes);
    assert_int_equal(m->SerializeFMUState(f, state, bytes, *n), fmi3OK);
    return bytes;
}

/* Fails unless the state of 'f' is these bytes. */
static void assert_state_is(struct fmu_import *m, fmi3Instance f,
                            const fmi3Byte *want, size_t n)
{
    fmi3FMUState state = NULL;
    size_t n_got;

    assert_int_equal(m->GetFMUState(f, &state), fmi3OK);
    fmi3Byte *got = bytes_of(m, f, state, &n_got);
    assert_int_equal(n_got, n);
    assert_memory_equal(got, want, n);
    free(got);
    assert_int_equal(m->FreeFMUState(f, &state), fmi3OK);
}

/* Carries 'state' to an instance of its own, as bytes. */
static fmi3Instance carry(struct fmu_import *m, fmi3Instance f,
                          fmi3FMUState state)
{
    fmi3Instance g = fmu_instance(m);
    fmi3FMUState copy = NULL;
    size_t n;
    fmi3Byte *bytes = bytes_of(m, f, state, &n);

    assert_int_equal(m->DeserializeFMUState(g, bytes, n, &copy), fmi3OK);
    assert_int_equal(m->SetFMUState(g, copy), fmi3OK);
    assert_int_equal(m->FreeFMUState(g, &copy), fmi3OK);
    assert_null(copy);
    assert_state_is(m, g, bytes, n);
    free(bytes);
    return g;
}

static void one_round(struct fmu_import *m, fmi3Instance f, struct rng *r,
                      struct step *steps)
{
    uint32_t digest[2] = {0, 0};
    uint64_t item = FIRST_ITEM;
    struct write_list w = {0};
    struct body *c;
    fmi3FMUState state = NULL;
    size_t n;

    assert_int_equal(body_open_c(m->fn, &c), 0);
    assert_int_equal(m->fn->setup(r, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, c), 0);
    write_list_close(&w);
    assert_int_equal(m->Reset(f), fmi3OK);
    set_all(m, f, c);
    fmu_begin(m, f, FIRST_ITEM);
    for (size_t k = 0; k < STEPS; k++) {
        draw(m->fn, r, &steps[k]);
        expect(c, &steps[k], item, digest);
        item += steps[k].n_items;
    }
    uint64_t half = do_steps(m, f, FIRST_ITEM, steps, 0, STEPS / 2);
    assert_int_equal(m->GetFMUState(f, &state), fmi3OK);
    assert_int_equal(do_steps(m, f, half, steps, STEPS / 2, STEPS), item);
    assert_same_words(m, f, c);

    /* Back, and the same again; then the same in another instance. */
    assert_int_equal(m->SetFMUState(f, state), fmi3OK);
    assert_int_equal(do_steps(m, f, half, steps, STEPS / 2, STEPS), item);
    assert_same_words(m, f, c);
    fmi3Instance g = carry(m, f, state);
    assert_int_equal(do_steps(m, g, half, steps, STEPS / 2, STEPS), item);
    assert_int_equal(m->GetFMUState(f, &state), fmi3OK); /* in its place */
    fmi3Byte *bytes = bytes_of(m, f, state, &n);
    assert_state_is(m, g, bytes, n);
    free(bytes);
    m->FreeInstance(g);
    assert_int_equal(m->FreeFMUState(f, &state), fmi3OK);
    assert_int_equal(m->Terminate(f), fmi3OK);
    body_close(c);
}

static void fmu_does_what_the_c_body_does(void **state)
{
    struct fmu_import *m = fmu_open(*state);
    struct step *steps = calloc(STEPS, sizeof *steps);
    struct rng r = {SEED};
    fmi3Instance f = fmu_instance(m);

    printf("%s, seed %d\n", (const char *)*state, SEED);
    assert_non_null(steps);
    for (int k = 0; k < ROUNDS; k++) {
        one_round(m, f, &r, steps);
    }
    assert_int_equal(m->log.n, 0); /* nothing to complain about */
    m->FreeInstance(f);
    free(steps);
    fmu_close(m);
}

int main(void)
{
    static struct CMUnitTest tests[256];
    static char names[256][64];
    size_t n = 0;

    for (size_t k = 0; registry[k] != NULL; k++) {
        const struct csr_layout *l = registry[k]->csr;
        if (l->in != l->out || (l->in != FN_PKT && l->in != FN_IQ16)) {
            continue;
        }
        (void)snprintf(names[n], sizeof names[n],
                       "fmu_of_%.16s_does_what_the_c_body_does", l->name);
        tests[n] = (struct CMUnitTest){
            .name = names[n],
            .test_func = fmu_does_what_the_c_body_does,
            .initial_state = (void *)(uintptr_t)l->name,
        };
        n++;
    }
    return _cmocka_run_group_tests("fmu_step", tests, n, NULL, cli_remove_dir);
}
