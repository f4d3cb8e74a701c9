/*
 * fmu_refuse_test.c - what an FMU refuses: each time with fmi3Error and one
 * line in the log, and without a change of the instance.
 */
#include "tests/fmu_check.h"

static void a_wrong_token_makes_no_instance(void **state)
{
    static const char *const tokens[] = {"", "precast-00000000-00000000", NULL};
    struct fmu_import *m = fmu_open("acl");
    struct fmu_import *other = fmu_open("scale");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(tokens); k++) {
        assert_null(fmu_make(m, tokens[k]));
        assert_int_equal(m->log.n, k + 1);
        assert_non_null(strstr(m->log.last, m->token));
    }
    assert_null(fmu_make(m, other->token));
    /* Events are not for this FMU. */
    assert_null(m->InstantiateCoSimulation("test", m->token, NULL, false, true,
                                           true, false, NULL, 0, &m->log,
                                           fmu_logged, NULL));
    assert_int_equal(m->log.n, CHECK_ROWS(tokens) + 2);
    m->FreeInstance(NULL);
    fmu_close(other);
    fmu_close(m);
}

/* fmi3Error, and one line more in the log that has 'says' in it. */
static void assert_refused(struct fmu_import *m, fmi3Status status,
                           const char *says)
{
    if (status != fmi3Error || strstr(m->log.last, says) == NULL) {
        printf("status %d, logged '%s', expected '%s'\n", status, m->log.last,
               says);
    }
    assert_int_equal(status, fmi3Error);
    assert_non_null(strstr(m->log.last, says));
    assert_int_equal(m->log.n, 1);
    m->log = (struct fmu_log){0};
}

static void calls_in_the_wrong_mode_are_refused(void **state)
{
    struct fmu_import *m = fmu_open("acl");
    fmi3Instance f = fmu_instance(m);

    (void)state;
    assert_refused(m, fmu_step(m, f, 0, 1), "not stepping");
    assert_refused(m, m->ExitInitializationMode(f), "not initializing");
    assert_refused(m, m->Terminate(f), "not stepping");
    assert_refused(m, m->EnterInitializationMode(f, false, 0, 0.5, false, 0),
                   "start time 0.5");
    assert_refused(m, m->EnterInitializationMode(f, false, 0, -1, false, 0),
                   "start time -1");
    assert_int_equal(fmu_set_u32(m, f, "N_HITS", 7), fmi3OK);
    fmu_begin(m, f, 5);
    assert_int_equal(fmu_u32(m, f, "N_HITS"), 7);
    assert_refused(m, m->EnterInitializationMode(f, false, 0, 5, false, 0),
                   "initialized already");
    assert_refused(m, fmu_set_u32(m, f, "N_HITS", 8), "N_HITS cannot be set");
    assert_refused(m, fmu_step(m, f, 4, 1), "communication point 4");
    assert_refused(m, fmu_step(m, f, 5, 2), "step size 2");
    assert_refused(m, fmu_step(m, f, 5, 0.5), "step size 0.5");
    assert_int_equal(fmu_step(m, f, 5, 1), fmi3OK);
    assert_int_equal(m->Terminate(f), fmi3OK);
    assert_refused(m, fmu_step(m, f, 6, 1), "not stepping");
    assert_refused(m, fmu_set_u32(m, f, "NO_MATCH", 1), "cannot be set now");
    assert_refused(m, fmu_set_in(m, f, "", 0), "cannot be set now");
    assert_int_equal(m->Reset(f), fmi3OK);
    assert_int_equal(fmu_u32(m, f, "N_HITS"), 0);
    m->FreeInstance(f);
    fmu_close(m);
}

static void values_out_of_range_are_refused(void **state)
{
    struct fmu_import *m = fmu_open("acl");
    fmi3Instance f = fmu_instance(m);
    fmi3ValueReference refs[2] = {0x999, 0};
    fmi3UInt32 words[2] = {0};
    fmi3UInt64 user[1] = {1ULL << 48};
    fmi3Float64 number[1];
    static uint8_t packet[(1 << 18) + 1];

    (void)state;
    assert_refused(m, m->GetUInt32(f, refs, 1, words, 1), "no variable 2457");
    refs[0] = fmu_ref_of(m, "in");
    assert_refused(m, m->GetUInt32(f, refs, 1, words, 1), "of another type");
    assert_refused(m, m->GetFloat64(f, refs, 1, number, 1), "of another type");
    assert_refused(m, m->SetUInt32(f, refs, 1, words, 1), "in cannot be set");
    refs[0] = fmu_ref_of(m, "RULE");
    assert_refused(m, m->SetUInt32(f, refs, 1, words, 2), "has 524280 values");
    refs[0] = fmu_ref_of(m, "NO_MATCH");
    assert_refused(m, m->GetUInt32(f, refs, 1, words, 2), "expected 1");
    assert_refused(m, m->GetUInt32(f, refs, 1, words, 0), "0 are left");
    assert_refused(m, m->GetUInt64(f, refs, 1, user, 1), "of another type");
    assert_refused(m, fmu_set_u32(m, f, "NO_MATCH", 2), "no bits but 0x1");
    /* Nothing is set by a call with anything wrong. */
    words[0] = 1;
    words[1] = 2;
    refs[1] = fmu_ref_of(m, "NO_FLAGS");
    assert_refused(m, m->SetUInt32(f, refs, 2, words, 2), "NO_FLAGS is 0x2");
    assert_refused(m, m->SetUInt32(f, refs, 1, words, 2), "expected 1");
    assert_int_equal(fmu_u32(m, f, "NO_MATCH"), 0);
    refs[0] = fmu_ref_of(m, "in_user");
    assert_refused(m, m->SetUInt64(f, refs, 1, user, 1), "more than 48 bits");
    refs[0] = fmu_ref_of(m, "out_user");
    assert_refused(m, m->SetUInt64(f, refs, 1, user, 1), "cannot be set");
    assert_int_equal(fmu_set_in(m, f, packet, sizeof packet - 1), fmi3OK);
    assert_refused(m, fmu_set_in(m, f, packet, sizeof packet),
                   "at most 262144");
    m->FreeInstance(f);
    fmu_close(m);

    m = fmu_open("scale");
    f = fmu_instance(m);
    assert_refused(m, fmu_set_in(m, f, packet, 6), "a multiple of 4");
    assert_refused(m, fmu_set_in(m, f, packet, 4 * 4097), "at most 16384");
    fmu_begin(m, f, 0);
    assert_int_equal(fmu_set_in(m, f, packet, 12), fmi3OK);
    assert_refused(m, fmu_step(m, f, 0, 1), "expected 3");
    assert_int_equal(fmu_set_in(m, f, packet, 0), fmi3OK);
    assert_refused(m, fmu_step(m, f, 0, 0), "holds no sample");
    assert_int_equal(fmu_set_in(m, f, packet, 12), fmi3OK);
    assert_int_equal(fmu_step(m, f, 0, 3), fmi3OK);
    m->FreeInstance(f);
    fmu_close(m);
}

/* --- states --------------------------------------------------------------- */

/* The state of 'f' as bytes, to free. */
static fmi3Byte *save(struct fmu_import *m, fmi3Instance f, size_t *n)
{
    fmi3FMUState state = NULL;

    assert_int_equal(m->GetFMUState(f, &state), fmi3OK);
    assert_int_equal(m->SerializedFMUStateSize(f, state, n), fmi3OK);
    fmi3Byte *bytes = malloc(*n + 1);
    assert_non_null(bytes);
    assert_refused(m, m->SerializeFMUState(f, state, bytes, *n - 1), "room");
    assert_int_equal(m->SerializeFMUState(f, state, bytes, *n), fmi3OK);
    assert_int_equal(m->FreeFMUState(f, &state), fmi3OK);
    return bytes;
}

/* An instance of acl with one rule and one packet behind it. */
static fmi3Instance with_state(struct fmu_import *m)
{
    fmi3Instance f = fmu_instance(m);

    assert_int_equal(fmu_set_u32(m, f, "N_RULES", 1), fmi3OK);
    fmu_begin(m, f, 0);
    assert_int_equal(fmu_set_in(m, f, "0123456789abcdef", 16), fmi3OK);
    assert_int_equal(fmu_step(m, f, 0, 1), fmi3OK);
    return f;
}

static void a_state_that_is_cut_is_refused(void **state)
{
    struct fmu_import *m = fmu_open("acl");
    fmi3Instance f = with_state(m);
    fmi3FMUState made = NULL;
    size_t n;
    fmi3Byte *bytes = save(m, f, &n);

    (void)state;
    /* 16 words, 5 registers, the count, one entry, the packet twice. */
    assert_int_equal(n, (16 + 5 + 1 + 8) * 4 + 2 * 16);
    for (size_t k = 0; k < n; k++) {
        fmi3Byte *cut = malloc(k + 1); /* its end is where reading must end */
        assert_non_null(cut);
        memcpy(cut, bytes, k);
        assert_refused(m, m->DeserializeFMUState(f, cut, k, &made),
                       "cut short");
        assert_null(made);
        free(cut);
    }
    bytes[n] = 0;
    assert_refused(m, m->DeserializeFMUState(f, bytes, n + 1, &made),
                   "too long");
    assert_int_equal(m->DeserializeFMUState(f, bytes, n, &made), fmi3OK);
    assert_int_equal(m->FreeFMUState(f, &made), fmi3OK);
    free(bytes);
    m->FreeInstance(f);
    fmu_close(m);
}

static void a_state_of_something_else_is_refused(void **state)
{
    static const struct {
        size_t word;
        uint32_t flip;
        const char *says;
    } row[] = {
        {0, 1, "no state of an FMU"},     {1, 2, "of another form"},
        {2, 1, "of another function"},    {3, 1, "of another layout version"},
        {4, 8, "out of range"},           /* mode */
        {6, 1u << 21, "out of range"},    /* item 2^53 */
        {8, 1u << 16, "out of range"},    /* 49 bits of tuser */
        {13, 1u << 31, "out of range"},   /* bytes of the input */
        {13, 1, "cut short or too long"}, /* one byte more than there is */
        {15, 1u << 31, "cut short"},      /* words of the body */
        {15, 0xffffffff, "cut short"},
    };
    struct fmu_import *m = fmu_open("acl");
    fmi3Instance f = with_state(m);
    fmi3FMUState made = NULL;
    size_t n, n_after;
    fmi3Byte *bytes = save(m, f, &n);

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t word;
        memcpy(&word, bytes + 4 * row[k].word, 4);
        word ^= row[k].flip;
        memcpy(bytes + 4 * row[k].word, &word, 4);
        assert_refused(m, m->DeserializeFMUState(f, bytes, n, &made),
                       row[k].says);
        assert_null(made);
        word ^= row[k].flip;
        memcpy(bytes + 4 * row[k].word, &word, 4);
    }
    /* N_RULES says 0, the table has one: found when it is set back. */
    fmi3Byte *wrong = malloc(n);
    assert_non_null(wrong);
    memcpy(wrong, bytes, n);
    wrong[(16 + 2) * 4] ^= 1;
    assert_int_equal(m->DeserializeFMUState(f, wrong, n, &made), fmi3OK);
    assert_refused(m, m->SetFMUState(f, made), "no state of this function");
    assert_int_equal(m->FreeFMUState(f, &made), fmi3OK);
    assert_refused(m, m->SetFMUState(f, NULL), "no state of this function");

    /* None of it has changed the instance. */
    fmi3Byte *after = save(m, f, &n_after);
    assert_int_equal(n_after, n);
    assert_memory_equal(after, bytes, n);
    free(after);
    free(wrong);
    free(bytes);
    m->FreeInstance(f);
    fmu_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_token_makes_no_instance),
        cmocka_unit_test(calls_in_the_wrong_mode_are_refused),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(a_state_that_is_cut_is_refused),
        cmocka_unit_test(a_state_of_something_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
