/* pages_test.c - zeros, aligned, as many as promised. */
#include "net/table/pages.h"

#include <stdlib.h>

#include "tests/check.h"

static void pages_are_zeros_and_aligned(void **state)
{
    static const struct {
        size_t bytes, align, taken;
    } row[] = {
        {1, 64, 64},
        {64, 64, 64},
        {65, 64, 128},
        {(1 << 21) - 1, 64, 1 << 21},
        {1 << 21, 1 << 21, 1 << 21},
        {(1 << 21) + 1, 1 << 21, 1 << 22},
    };

    (void)state;
    for (size_t i = 0; i < CHECK_ROWS(row); i++) {
        /* Dirty memory that may be handed out again. */
        unsigned char *p = malloc(row[i].bytes);
        assert_non_null(p);
        for (size_t k = 0; k < row[i].bytes; k++) {
            ((volatile unsigned char *)p)[k] = 0xa5;
        }
        free(p);
        p = pages_zeros(row[i].bytes);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % row[i].align, 0);
        assert_int_equal(pages_bytes(row[i].bytes), row[i].taken);
        for (size_t k = 0; k < row[i].taken; k++) {
            assert_int_equal(p[k], 0);
            p[k] = 1;
        }
        free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_zeros_and_aligned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
