/*
 * bisect_cli_test.c - every answer of the bisection, and `precast twin bisect`
 * on windows in which scale's gain changed by itself.
 */
#include "tests/cli_check.h"

#include "core/base/err.h"
#include "core/registry.h"
#include "host/bisect/bisect.h"
#include "scale_csr.h"
#include "tests/capture.h"

enum { N = 100, WRONG = 40, BIT = 9 };

/* A window of scale, whose gain changes before item WRONG if it is to. */
static void make_window(struct twin_window *w, bool wrong)
{
    static struct iq16 x[N];
    static const struct twin_digests zero;
    struct fn_span s = {.type = FN_IQ16, .items = x, .n = N};
    struct twin_write change = {WRONG, SCALE_GAIN, 0x4000 ^ 1u << BIT};
    struct twin_made made;
    struct rng r = {1};
    struct body *c;

    for (size_t k = 0; k < N; k++) {
        x[k] = (struct iq16){(int16_t)rng_next(&r), (int16_t)rng_next(&r)};
    }
    *w = (struct twin_window){.fn = registry_find("scale")};
    assert_int_equal(body_open_c(w->fn, &c), 0);
    assert_int_equal(body_save(c, &w->start), 0);
    assert_int_equal(twin_span_copy(&s, &w->in), 0);
    w->write = &change;
    w->n_writes = wrong;
    assert_int_equal(twin_make(c, w, &zero, &made), 0);
    w->write = NULL;
    w->n_writes = 0;
    w->out = made.out;
    w->end = made.end;
    w->after = made.digests;
    w->has_digests = true;
    body_close(c);
}

static void save_window(bool wrong, const char *name)
{
    struct twin_window w;

    make_window(&w, wrong);
    assert_int_equal(twin_window_save(&w, cli_path(name)), 0);
    twin_window_close(&w);
}

static void a_fault_is_told(void **state)
{
    struct cli_result r;
    json_t *list, *o;

    (void)state;
    save_window(true, "wrong.cbor");
    r = cli("twin bisect wrong.cbor --json");
    assert_int_equal(r.status, 1);
    list = cli_records(r.out, "bisect");
    assert_int_equal(json_array_size(list), 1);
    o = json_array_get(list, 0);
    assert_string_equal(cli_str(o, "answer"), "found");
    assert_string_equal(cli_str(o, "verdict"), "differ");
    assert_string_equal(cli_str(o, "class"), "transient");
    assert_string_equal(cli_str(o, "stage"), "state");
    assert_string_equal(cli_str(o, "register"), "csr.gain_q[9]");
    assert_string_equal(cli_str(o, "word"), "GAIN[9]");
    assert_int_equal(cli_int(o, "first_item"), WRONG);
    assert_true(cli_int(o, "explanations") >= 1);
    json_decref(list);
    cli_free(&r);
    r = cli("twin bisect wrong.cbor");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.out, "register  csr.gain_q[9], GAIN[9]\n"));
    cli_free(&r);
}

/* An FST file begins with a block of type 0, 329 bytes long. */
static void assert_fst(const char *name, size_t *n, char **bytes)
{
    static const uint8_t head[] = {0, 0, 0, 0, 0, 0, 0, 1, 0x49};

    *bytes = cli_read(cli_path(name), n);
    assert_true(*n > 1000);
    assert_memory_equal(*bytes, head, sizeof head);
}

static void the_window_is_written_with_and_without_the_fault(void **state)
{
    struct cli_result r;
    size_t n[2];
    char *bytes[2];

    (void)state;
    save_window(true, "wrong.cbor");
    r = cli("twin bisect wrong.cbor --fst w.fst");
    assert_int_equal(r.status, 1);
    assert_fst("w.fst", &n[0], &bytes[0]);
    assert_fst("w.golden.fst", &n[1], &bytes[1]);
    assert_true(n[0] != n[1] || memcmp(bytes[0], bytes[1], n[0]) != 0);
    free(bytes[0]);
    free(bytes[1]);
    cli_free(&r);
    r = cli("twin bisect wrong.cbor --fst no/such/folder.fst");
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.err, "no/such/folder.fst"));
    cli_free(&r);
}

static void without_a_fault_nothing_differs(void **state)
{
    struct cli_result r;

    (void)state;
    save_window(false, "right.cbor");
    r = cli("twin bisect right.cbor");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "nothing differs"));
    cli_free(&r);
}

static void bad_use_is_refused(void **state)
{
    static const struct {
        const char *args;
        int status;
        const char *says;
    } row[] = {
        {"twin bisect", 2, "no window named"},
        {"twin bisect nosuch.cbor", 2, "nosuch.cbor"},
        {"twin bisect junk.cbor", 2, "junk.cbor: not a window file"},
        {"twin bisect wrong.cbor --budget 0", 2, "--budget"},
        {"twin bisect wrong.cbor --slot-image nosuch.so", 4, "nosuch.so"},
        {"twin bisect wrong.cbor --slot-image $PRECAST_IMAGES/acl-w64.so", 3,
         "an image of acl"},
    };

    (void)state;
    save_window(true, "wrong.cbor");
    cli_write_text(cli_path("junk.cbor"), "junk");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct cli_result r = cli(row[k].args);
        print_message("%s: %s", row[k].args, r.err);
        assert_int_equal(r.status, row[k].status);
        assert_non_null(strstr(r.err, row[k].says));
        cli_free(&r);
    }
}

/* The budget is over before the search begins: it says so. */
static void the_budget_ends_the_search(void **state)
{
    struct twin_window w;
    struct bisect_result r;
    const char *build = getenv("PRECAST_BUILD");
    char image[600];
    struct bisect_config c = {.image = image, .budget_s = 0};

    (void)state;
    (void)snprintf(image, sizeof image, "%s/trace/scale-w64.so",
                   build != NULL ? build : "build");
    make_window(&w, true);
    assert_int_equal(bisect(&w, &c, &r), 0);
    assert_int_equal(r.answer, BISECT_NOT_FOUND);
    assert_true(r.out_of_time);
    assert_string_equal(r.class, "unknown");
    bisect_close(&r);
    twin_window_close(&w);
}

/* --- C bodies that are wrong ------------------------------------------------
 */

/* Another gain than asked for: the C body and the RTL body disagree. */
static void run_louder(struct fn_state *s, const struct fn_span *in,
                       struct fn_span *out, struct fn_taps *taps)
{
    uint32_t *regs = s->regs;

    regs[0] ^= 1;
    registry_find("scale")->run_taps(s, in, out, taps);
    regs[0] ^= 1;
}

/* ... in one of two runs: it disagrees with itself. */
static void run_at_random(struct fn_state *s, const struct fn_span *in,
                          struct fn_span *out, struct fn_taps *taps)
{
    static bool odd;

    odd = !odd;
    if (odd) {
        run_louder(s, in, out, taps);
    } else {
        registry_find("scale")->run_taps(s, in, out, taps);
    }
}

static void wrong_bodies_accuse_no_device(void **state)
{
    const struct {
        void (*run)(struct fn_state *, const struct fn_span *, struct fn_span *,
                    struct fn_taps *);
        enum bisect_answer answer;
        const char *class;
    } row[] = {
        {run_louder, BISECT_DESIGN, "permanent"},
        {run_at_random, BISECT_TWIN, "unknown"},
    };
    const char *build = getenv("PRECAST_BUILD");
    char image[600];
    struct bisect_config c = {.image = image, .budget_s = 10};

    (void)state;
    (void)snprintf(image, sizeof image, "%s/trace/scale-w64.so",
                   build != NULL ? build : "build");
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct fn liar = *registry_find("scale");
        struct twin_window w;
        struct bisect_result r;
        make_window(&w, false);
        liar.run_taps = row[k].run;
        w.fn = &liar;
        assert_int_equal(bisect(&w, &c, &r), 0);
        assert_int_equal(r.answer, row[k].answer);
        assert_string_equal(r.class, row[k].class);
        assert_int_equal(r.n_hits, 0);
        bisect_close(&r);
        twin_window_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_is_told),
        cmocka_unit_test(the_window_is_written_with_and_without_the_fault),
        cmocka_unit_test(without_a_fault_nothing_differs),
        cmocka_unit_test(bad_use_is_refused),
        cmocka_unit_test(the_budget_ends_the_search),
        cmocka_unit_test(wrong_bodies_accuse_no_device),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
