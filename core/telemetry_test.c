/* telemetry_test.c - frames of telemetry: there and back, and what is refused.
 */
#include "core/telemetry.h"

#include <string.h>

#include "acl_csr.h"
#include "core/digest.h"
#include "core/registry.h"
#include "tests/check.h"

static const struct telemetry sample = {
    .image = 0x01020304,
    .epoch = 5,
    .window = 6,
    .items_in = 7,
    .items_out = 8,
    .sig_in = 0x11111111,
    .sig_out = 0x22222222,
    .stalls_in = 9,
    .stalls_out = 10,
    .cycles = 0xfffffffe,
    .errors = 11,
    .walk_at = 0xf1e00000,
    .walk_sum = 0x33333333,
    .tap = {1, 2, 3, 0x80000000},
};

static void a_frame_goes_there_and_back(void **state)
{
    uint8_t bytes[TELEMETRY_BYTES];
    struct telemetry back;

    (void)state;
    telemetry_encode(&sample, bytes);
    assert_memory_equal(bytes, "PT\x01\x13\x04\x03\x02\x01\x05", 9);
    assert_null(telemetry_decode(bytes, sizeof bytes, &back));
    assert_memory_equal(&back, &sample, sizeof back);
}

static void every_changed_bit_and_every_cut_is_refused(void **state)
{
    uint8_t bytes[TELEMETRY_BYTES];
    struct telemetry back = {0}, none = {0};

    (void)state;
    telemetry_encode(&sample, bytes);
    for (size_t k = 0; k < sizeof bytes * 8; k++) {
        bytes[k / 8] ^= (uint8_t)(1 << k % 8);
        assert_non_null(telemetry_decode(bytes, sizeof bytes, &back));
        bytes[k / 8] ^= (uint8_t)(1 << k % 8);
    }
    for (size_t n = 0; n < sizeof bytes; n++) {
        assert_non_null(telemetry_decode(bytes, n, &back));
    }
    assert_memory_equal(&back, &none, sizeof back);
}

static void the_reason_is_said(void **state)
{
    static const struct {
        size_t at, n;
        const char *why;
    } row[] = {
        {0, TELEMETRY_BYTES, "no frame of telemetry"},
        {2, TELEMETRY_BYTES, "telemetry of another version"},
        {3, TELEMETRY_BYTES, "a frame of telemetry of another length"},
        {9, TELEMETRY_BYTES, "a frame of telemetry whose check is wrong"},
        {TELEMETRY_BYTES, TELEMETRY_BYTES - 1,
         "a frame of telemetry of another length"},
    };
    struct telemetry back;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t bytes[TELEMETRY_BYTES + 1];
        telemetry_encode(&sample, bytes);
        bytes[row[k].at] ^= 1;
        assert_string_equal(telemetry_decode(bytes, row[k].n, &back),
                            row[k].why);
    }
}

/* Words of registers and table, as the slot's register bus gives them. */
static void a_walk_covers_registers_and_tables(void **state)
{
    struct body *b;
    char name[64];
    uint32_t want = 0;

    (void)state;
    assert_int_equal(body_open_c(registry_find("acl"), &b), 0);
    assert_int_equal(body_write(b, ACL_N_RULES, 3), 0);
    assert_int_equal(body_write(b, CSR_WINDOW_INDEX, csr_window(0, 9)), 0);
    assert_int_equal(body_write(b, CSR_WINDOW_DATA, 0x1234), 0);
    /* N_RULES is the third of the 30 words from 0x80. */
    for (int k = 0; k < TELEMETRY_WALK_REGS; k++) {
        want = digest_word(want, k == 2 ? 3 : 0);
    }
    assert_int_equal(telemetry_walk(b, 0xf1e00000), want);
    want = digest_word(digest_word(0, 0), 0x1234);
    assert_int_equal(telemetry_walk(b, 0x00200008), want);
    /* Beyond what there is, words are 0. */
    want = digest_word(0, 0);
    assert_int_equal(telemetry_walk(b, 0x10100000), want);
    assert_int_equal(telemetry_walk(b, 0x001fffff), want);
    telemetry_walk_name(b->fn->csr, 0x00200008, 1, name, sizeof name);
    assert_string_equal(name, "RULE[1].1");
    telemetry_walk_name(b->fn->csr, 0xf1e00000, 2, name, sizeof name);
    assert_string_equal(name, "N_RULES");
    telemetry_walk_name(b->fn->csr, 0xf1e00000, 29, name, sizeof name);
    assert_string_equal(name, "");
    body_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_goes_there_and_back),
        cmocka_unit_test(every_changed_bit_and_every_cut_is_refused),
        cmocka_unit_test(the_reason_is_said),
        cmocka_unit_test(a_walk_covers_registers_and_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
