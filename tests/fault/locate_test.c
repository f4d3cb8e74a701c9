/*
 * locate_test.c - where the twin says that a fault is, register by register: of
 * the bridge, which learns, so that one fault soon shows in many places, and of
 * functions of blocks.
 */
#include <stdio.h>
#include <string.h>

#include "core/registry.h"
#include "host/campaign/shot.h"
#include "tests/check.h"

enum { SHOTS = 800, ENOUGH = 5 };

struct row {
    const char *reg; /* as sim_list() has it */
    enum sim_fault_kind kind;
    const char *stage;
};

static const struct bed_config config = {.width_bits = 64,
                                         .faults = true,
                                         .window_beats = 64,
                                         .burst = 8,
                                         .hang_limit = 64,
                                         .items = true,
                                         .seed = 1};

static size_t find(const struct regs *r, const char *name)
{
    size_t k = 0;

    while (k < r->n && strcmp(r->at[k].name, name) != 0) {
        k++;
    }
    assert_true(k < r->n);
    return k;
}

/* Faults of 'row' until ENOUGH had an effect; how many were named right. */
static int count_right(struct bed *b, const struct regs *r,
                       const struct row *row, int *seen)
{
    size_t reg = find(r, row->reg);
    uint32_t bit = 0;
    int right = 0;

    *seen = 0;
    for (int k = 0; k < SHOTS && *seen < ENOUGH; k++, bit += 7) {
        struct sim_fault f = {.kind = row->kind,
                              .reg = (uint32_t)reg,
                              .bit = bit % r->at[reg].bits};
        struct shot s;
        assert_int_equal(shot_run(b, r, &f, 0, &s), 0);
        if (s.effective && s.spoke) {
            assert_int_equal(shot_again(b, r, &f, &s), 0);
            (*seen)++;
            right += strcmp(s.stage, row->stage) == 0;
        }
        assert_int_equal(bed_heal(b), 0);
    }
    return right;
}

static void check_rows(const char *fn, const struct row *rows, size_t n)
{
    struct bed b;
    struct regs r;
    struct bed_config c = config;
    bool refused;

    c.fn = registry_find(fn);
    assert_int_equal(bed_open(&b, &c, &refused), 0);
    assert_int_equal(regs_find(&r, &b), 0);
    for (size_t k = 0; k < n; k++) {
        int seen, right = count_right(&b, &r, &rows[k], &seen);
        printf("%s %s %d: %s named in %d of %d\n", fn, rows[k].reg,
               (int)rows[k].kind, rows[k].stage, right, seen);
        assert_int_equal(seen, ENOUGH);
        assert_true(right >= ENOUGH - 1);
    }
    bed_close(&b);
}

static void the_cause_is_named_not_its_consequence(void **state)
{
    static const struct row rows[] = {
        /* What is written is seen as it is written, ... */
        {"s3_key_q", SIM_FLIP, "LEARN"},
        {"s3_key_q", SIM_STUCK_1, "LEARN"},
        {"s3_port_q", SIM_STUCK_0, "LEARN"},
        /* ... also without a packet, ... */
        {"s3_learn_q", SIM_FLIP, "LEARN"},
        {"s0_look_q", SIM_FLIP, "KEY"},
        /* ... and what was wrong before it is read is state. */
        {"way[0].stations.copy_b.mem", SIM_FLIP, "state"},
        {"way[1].stations.copy_b.rdata_q", SIM_STUCK_1, "state"},
        {"way[0].stations.copy_a.rdata_q", SIM_STUCK_1, "state"},
        {"vlans.rdata_q", SIM_STUCK_1, "state"},
        {"s1_dst_q", SIM_FLIP, "LOOKUP"},
        {"s1_src_q", SIM_FLIP, "LEARN"},
        /* A body that takes no register writes any more hangs: no state. */
        {"hold.rd_q", SIM_STUCK_1, "output"},
    };

    (void)state;
    check_rows("bridge", rows, CHECK_ROWS(rows));
}

static void the_first_stage_sees_words_that_pass_by(void **state)
{
    static const struct row rows[] = {
        {"port.narrow.parts.data_q", SIM_FLIP, "SUM"},
        {"coefficients.rdata_q", SIM_FLIP, "SUM"},
        {"coefficients.rdata_q", SIM_STUCK_1, "state"},
        /* What a count adds next belongs to the count. */
        {"n_odd_q", SIM_FLIP, "state"},
        {"n_short_q", SIM_FLIP, "state"},
    };

    (void)state;
    check_rows("fir_decim", rows, CHECK_ROWS(rows));
}

/* Behind a wrong item, with packets on their way: not the input is wrong. */
static void who_stops_has_not_had_all(void **state)
{
    static const struct row rows[] = {
        {"block.hold.rd_q", SIM_FLIP, "output"},
        {"block.narrow.parts.data_q", SIM_FLIP, "WORDS"},
        {"block.feed_at_q", SIM_FLIP, "FIRST"},
    };

    (void)state;
    check_rows("fft64", rows, CHECK_ROWS(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cause_is_named_not_its_consequence),
        cmocka_unit_test(the_first_stage_sees_words_that_pass_by),
        cmocka_unit_test(who_stops_has_not_had_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
