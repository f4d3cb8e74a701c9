/* replay_test.c - a window run again on a device: what stays and what is gone.
 */
#include "tests/conform_check.h"

#include "common_csr.h"
#include "core/base/err.h"
#include "drivers/sim/sim_device.h"
#include "twin/replay.h"

struct place {
    struct device *device;
    struct body *slot, *c;
    const struct sim_image *image;
    void *model;
    struct buffers *b;
    struct twin_window w;
};

/* A slot of 'name' with faults, and a window of its stimulus with a register
 * write in the midst of it. */
static void place_open(struct place *p, const char *name)
{
    struct device_config config = {
        .n_slots = 1, .width_bits = 64, .faults = true};
    const struct fn *fn = registry_find(name);
    struct write_list list = {0};
    struct rng r = {SEED};
    struct fn_span in;

    *p = (struct place){.b = calloc(1, sizeof *p->b)};
    assert_non_null(p->b);
    assert_int_equal(driver_open("sim", &config, &p->device), 0);
    assert_int_equal(device_load(p->device, 0, fn, &p->slot), 0);
    assert_int_equal(body_open_c(fn, &p->c), 0);
    p->image = sim_image_of(sim_device_slot(p->device, 0), &p->model);
    p->w.fn = fn;
    assert_int_equal(fn->setup(&r, write_list_emit, &list), 0);
    assert_int_equal(write_list_apply(&list, p->c), 0);
    write_list_close(&list);
    assert_int_equal(body_save(p->c, &p->w.start), 0);
    in = span_of(p->b, 0, fn->csr->in);
    do {
        (void)fill(fn, &r, 8, &in);
    } while (in.n < 20);
    in.item0 = 500;
    assert_int_equal(twin_span_copy(&in, &p->w.in), 0);
    p->w.write = calloc(1, sizeof *p->w.write);
    assert_non_null(p->w.write);
    p->w.write[0] = (struct twin_write){510, fn->csr->regs[0].offset, 1};
    p->w.n_writes = strcmp(name, "bridge") != 0; /* whose first is no flag */
}

static void place_close(struct place *p)
{
    twin_window_close(&p->w);
    body_close(p->slot);
    body_close(p->c);
    device_close(p->device);
    free(p->b);
}

struct finding {
    const char *name;
    uint32_t at, n;
};

static void find_one(void *ctx, const char *name, uint32_t n_words,
                     uint32_t n_bits)
{
    struct finding *f = ctx;

    (void)n_words;
    (void)n_bits;
    f->at = strcmp(name, f->name) == 0 ? f->n : f->at;
    f->n++;
}

/* Number of the register 'name'. */
static uint32_t find(const struct place *p, const char *name)
{
    struct finding f = {.name = name, .at = UINT32_MAX};

    p->image->list(p->model, find_one, &f);
    assert_true(f.at < f.n);
    return f.at;
}

static void a_healthy_device_is_clean(void **state)
{
    struct twin_verdict v;
    struct place p;

    place_open(&p, *state);
    assert_int_equal(twin_self_check(&p.w, &v), 0);
    assert_int_equal(v.kind, TWIN_EQUAL);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(twin_replay(p.slot, &p.w, &v), 0);
        assert_int_equal(v.kind, TWIN_EQUAL);
    }
    place_close(&p);
}

/* Flipped bits of tables and registers are gone behind a reload, a stuck one is
 * not. */
static void what_is_stuck_stays_and_what_flipped_is_gone(void **state)
{
    struct twin_verdict v;
    struct place p;
    struct sim_fault stuck = {.bit = 0};
    struct sim_reg reg;

    (void)state;
    place_open(&p, "acl");
    stuck.reg = find(&p, "body.fn.key.dst_q");
    assert_true(
        p.image->flip(p.model, "body.fn.match.word[0].store.mem", 0, 0));
    assert_true(p.image->flip(p.model, "body.fn.csr.n_rules_q", 0, 0));
    assert_int_equal(twin_replay(p.slot, &p.w, &v), 0);
    assert_int_equal(v.kind, TWIN_EQUAL);
    assert_true(p.image->reg(p.model, stuck.reg, &reg));
    stuck.kind = (reg.data[0] & 1) == 0 ? SIM_STUCK_1 : SIM_STUCK_0;
    assert_true(p.image->arm(p.model, &stuck));
    for (int k = 0; k < 2; k++) {
        assert_int_equal(twin_replay(p.slot, &p.w, &v), 0);
        assert_int_not_equal(v.kind, TWIN_EQUAL);
        assert_true(v.stage[0] != '\0');
    }
    assert_true(p.image->arm(p.model, NULL));
    assert_int_equal(twin_replay(p.slot, &p.w, &v), 0);
    assert_int_equal(v.kind, TWIN_EQUAL);
    place_close(&p);
}

/* A slot that hangs is reset by the replay, and clean if that helped. */
static void a_hang_is_told_and_a_reset_ends_it(void **state)
{
    struct twin_verdict v;
    struct sim_fault stuck = {.kind = SIM_STUCK_0};
    struct place p;

    (void)state;
    place_open(&p, "acl");
    stuck.reg = find(&p, "body.fn.hold.out_full_q");
    assert_true(p.image->arm(p.model, &stuck));
    assert_int_equal(twin_replay(p.slot, &p.w, &v), 0);
    assert_int_not_equal(v.kind, TWIN_EQUAL);
    assert_true(p.image->arm(p.model, NULL));
    assert_int_equal(twin_replay(p.slot, &p.w, &v), 0);
    assert_int_equal(v.kind, TWIN_EQUAL);
    place_close(&p);
}

/* Of it and of another model with the same image, which go on alike. */
static void a_mark_of_a_model_is_all_it_is(void **state)
{
    struct place p, q;
    struct twin_made a, b;
    const struct twin_digests zero = {.sig_in = 0};

    (void)state;
    place_open(&p, "bridge");
    place_open(&q, "bridge");
    const struct sim_image *image = p.image;
    void *fresh = malloc(image->mark_bytes), *used = malloc(image->mark_bytes);
    assert_non_null(fresh);
    assert_non_null(used);
    image->mark(p.model, fresh);
    assert_int_equal(twin_make(p.slot, &p.w, &zero, &a), 0);
    image->mark(p.model, used);
    assert_int_not_equal(image->differs(p.model, q.model, 0), -1);
    image->back(q.model, used);
    assert_int_equal(image->differs(p.model, q.model, 0), -1);
    assert_int_equal(twin_make(p.slot, &p.w, &zero, &b), 0);
    twin_made_close(&b);
    assert_int_equal(twin_make(q.slot, &p.w, &zero, &b), 0);
    assert_int_equal(image->clocks(p.model), image->clocks(q.model));
    assert_int_equal(image->differs(p.model, q.model, 0), -1);
    assert_int_equal(twin_judge(p.w.fn->csr, &a, &b).kind, TWIN_EQUAL);
    image->back(p.model, fresh);
    assert_int_not_equal(image->differs(p.model, q.model, 0), -1);
    twin_made_close(&a);
    twin_made_close(&b);
    free(fresh);
    free(used);
    place_close(&q);
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"acl_is_clean", a_healthy_device_is_clean, NULL, NULL, "acl"},
        {"acl_cache_is_clean", a_healthy_device_is_clean, NULL, NULL,
         "acl_cache"},
        {"bridge_is_clean", a_healthy_device_is_clean, NULL, NULL, "bridge"},
        {"scale_is_clean", a_healthy_device_is_clean, NULL, NULL, "scale"},
        cmocka_unit_test(what_is_stuck_stays_and_what_flipped_is_gone),
        cmocka_unit_test(a_hang_is_told_and_a_reset_ends_it),
        cmocka_unit_test(a_mark_of_a_model_is_all_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
