/*
 * body_check.h - C bodies, access to them, and a state of acl, for the tests of
 * core.
 */
#ifndef CORE_BODY_CHECK_H
#define CORE_BODY_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "acl_csr.h"
#include "core/body.h"
#include "core/registry.h"
#include "tests/check.h"

enum {
    UNCHANGED = 0x5a5a5a5a,
    N_REGS = 5,                 /* of acl in a blob: all but the window's */
    RULE_WORDS_MAX = 65535 * 8, /* of the C body: acl.csr */
};

static inline struct body *open_c(const char *name)
{
    const struct fn *fn = registry_find(name);
    struct body *b = NULL;

    assert_non_null(fn);
    assert_int_equal(body_open_c(fn, &b), 0);
    assert_non_null(b);
    return b;
}

static inline uint32_t read_reg(struct body *b, uint32_t offset)
{
    uint32_t value = UNCHANGED;

    assert_int_equal(body_read(b, offset, &value), 0);
    return value;
}

static inline void write_word(struct body *b, uint32_t index, uint32_t value)
{
    assert_int_equal(body_write(b, CSR_WINDOW_INDEX, index), 0);
    assert_int_equal(body_write(b, CSR_WINDOW_DATA, value), 0);
}

static inline uint32_t read_word(struct body *b, uint32_t index)
{
    assert_int_equal(body_write(b, CSR_WINDOW_INDEX, index), 0);
    return read_reg(b, CSR_WINDOW_DATA);
}

/* State of acl with two rules: registers, the count, and two entries. */
static const uint32_t two_rules[] = {
    1,          0,          2,          7,          9, /* registers */
    2,                                                 /* rules */
    0x0a000000, 0xff000000, 0x0a010203, 0xffffffff,    /* addresses */
    0xffff0000, 0x00500050, 0x0000ff06, 1,             /* ports... */
    0xc0000200, 0xffffff00, 0x00000000, 0x00000000,    /* addresses */
    0x04000001, 0xffff0000, 0x02020000, 0,             /* ports... */
};

enum { N_WORDS = sizeof two_rules / sizeof two_rules[0] };

/* The first 'n' words of two_rules, in storage that ends with them. */
static inline struct blob blob_make(size_t n)
{
    struct blob b = {.layout = acl_csr.version, .n = n};

    b.words = malloc(n > 0 ? n * sizeof *b.words : 1);
    assert_non_null(b.words);
    memcpy(b.words, two_rules,
           (n < N_WORDS ? n : (size_t)N_WORDS) * sizeof *b.words);
    return b;
}

/* Registers and two entries of acl, written one by one. */
static inline void write_two_rules(struct body *acl)
{
    for (uint32_t k = 0; k < N_REGS; k++) {
        assert_int_equal(body_write(acl, ACL_NO_MATCH + 4 * k, two_rules[k]),
                         0);
    }
    for (uint32_t k = 0; k < 2 * ACL_RULE_WORDS; k++) {
        write_word(acl, csr_window(ACL_TABLE_RULE, k),
                   two_rules[N_REGS + 1 + k]);
    }
}

#endif
