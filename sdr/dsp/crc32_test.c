/* crc32_test.c - known values, and a split in two. */
#include "tests/check.h"

#include "sdr/dsp/crc32.h"

static const uint8_t digits[] = "123456789";

static void crc32_of_nine_digits_is_the_published_check_value(void **state)
{
    (void)state;
    assert_int_equal(crc32_update(0, digits, 9), 0xcbf43926);
    assert_int_equal(crc32_update(0, digits, 0), 0);
}

static void crc32_of_parts_is_that_of_the_whole(void **state)
{
    (void)state;
    for (size_t k = 0; k <= 9; k++) {
        uint32_t crc = crc32_update(0, digits, k);
        assert_int_equal(crc32_update(crc, digits + k, 9 - k), 0xcbf43926);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32_of_nine_digits_is_the_published_check_value),
        cmocka_unit_test(crc32_of_parts_is_that_of_the_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
