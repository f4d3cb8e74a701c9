/*
 * fn_each.h - the same tests on each body of a function: its C, and its RTL 32,
 * 64 and 256 bits wide.  Who includes it has bench_open().
 */
#ifndef TESTS_FN_EACH_H
#define TESTS_FN_EACH_H

#include <string.h>

#include "core/body.h"
#include "tests/fn_check.h"

/* A test on one bench; on each of the array 'bench', which is BENCHES. */
#define ON(test, where, bench)                                   \
    {                                                            \
#test "_on_" where, test, bench_open, bench_close, bench \
    }
#define ON_EACH(test)                                       \
    ON(test, "c", &bench[0]), ON(test, "rtl32", &bench[1]), \
        ON(test, "rtl64", &bench[2]), ON(test, "rtl256", &bench[3])
#define BENCHES                                                    \
    {                                                              \
        {.width_bits = 0}, {.width_bits = 32}, {.width_bits = 64}, \
        {                                                          \
            .width_bits = 256                                      \
        }                                                          \
    }

static inline void write_reg(struct body *b, uint32_t offset, uint32_t value)
{
    assert_int_equal(body_write(b, offset, value), 0);
}

/* What function 'fn' has a user's text set by, under 'name'; or NULL. */
static inline const struct fn_key *key_of(const struct fn *fn, const char *name)
{
    for (size_t k = 0; k < fn->n_keys; k++) {
        if (strcmp(fn->keys[k].name, name) == 0) {
            return &fn->keys[k];
        }
    }
    return NULL;
}

/* Sets what a key makes of its text: 0, or the error of parse(). */
static inline int try_text(struct body *b, const char *key, const char *value)
{
    const struct fn_key *k = key_of(b->fn, key);
    struct write_list w = {0};

    assert_non_null(k);
    int err = k->parse(&(struct fn_text){key, value}, write_list_emit, &w);
    if (err == 0) {
        assert_int_equal(write_list_apply(&w, b), 0);
    }
    write_list_close(&w);
    return err;
}

static inline void set_text(struct body *b, const char *key, const char *value)
{
    assert_int_equal(try_text(b, key, value), 0);
}

#endif
