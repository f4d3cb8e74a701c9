/* link_frame_test.c - frames are found, and found again after any damage. */
#include "drivers/link/link_check.h"

#include "core/base/bytes.h"
#include "tests/sanitize.h"

enum { TRIALS = SANITIZED ? 3000 : 60000 };

static size_t make(struct rng *r, size_t length, uint8_t *bytes)
{
    struct link_frame f = {
        .kind = LINK_DATA,
        .session = (uint8_t)rng_below(r, 16),
        .length = (uint16_t)length,
        .seq = (uint32_t)rng_next(r),
        .ack = (uint32_t)rng_next(r),
        .limit = (uint32_t)rng_next(r),
    };

    for (size_t k = 0; k < length; k += 8) {
        uint64_t word = rng_next(r);
        memcpy(bytes + LINK_HEADER_BYTES + k, &word,
               length - k < 8 ? length - k : 8);
    }
    link_frame_seal(&f, crc32c_best(), bytes);
    return link_frame_bytes(length);
}

static void a_frame_has_the_layout_of_the_protocol(void **state)
{
    static const uint8_t want[] = {
        0xa5, 0x72, 0x03, 0x00, 0x04, 0x03, 0x02, 0x01,
        0x08, 0x07, 0x06, 0x05, 0x0c, 0x0b, 0x0a, 0x09,
    };
    struct link_frame f = {.kind = LINK_WELCOME,
                           .session = 7,
                           .length = 3,
                           .seq = 0x01020304,
                           .ack = 0x05060708,
                           .limit = 0x090a0b0c};
    uint8_t bytes[LINK_FRAME_BYTES];

    (void)state;
    memcpy(bytes + LINK_HEADER_BYTES, "abc", 3);
    link_frame_seal(&f, crc32c_portable, bytes);
    assert_memory_equal(bytes, want, sizeof want);
    assert_int_equal(le32_load(bytes + 16), crc32c_portable(0, want, 16));
    assert_int_equal(le32_load(bytes + 23), crc32c_portable(0, "abc", 3));
    assert_int_equal(link_frame_bytes(3), 27);
    assert_int_equal(link_frame_bytes(0), 20);
}

static void frames_are_found_however_they_are_cut(void **state)
{
    static const uint16_t lengths[] = {0, 1, 7, 1024, 20, 0, 0, 1023, 512};
    uint8_t bytes[CHECK_ROWS(lengths) * LINK_FRAME_BYTES];
    struct rng r = {1};
    size_t n = 0;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(lengths); k++) {
        n += make(&r, lengths[k], bytes + n);
    }
    for (size_t step = 1; step <= n; step += step < 64 ? 1 : 61) {
        struct link_frames frames = {.crc = crc32c_best()};
        size_t found = 0;
        for (size_t at = 0; at < n; at += step) {
            const uint8_t *p = bytes + at;
            size_t m = n - at < step ? n - at : step;
            struct link_frame f;
            while (link_frames_next(&frames, &p, &m, &f)) {
                assert_int_equal(f.length, lengths[found]);
                assert_true(f.payload_ok);
                found++;
            }
            assert_int_equal(m, 0);
        }
        assert_int_equal(found, CHECK_ROWS(lengths));
        assert_int_equal(frames.hunts, 0);
    }
}

static void every_single_bit_error_is_noticed(void **state)
{
    uint8_t bytes[2 * LINK_FRAME_BYTES];
    struct rng r = {2};
    size_t n = make(&r, 64, bytes);
    size_t total = n + make(&r, 64, bytes + n);

    (void)state;
    for (size_t bit = 0; bit < 8 * n; bit++) {
        struct link_frames frames = {.crc = crc32c_best()};
        const uint8_t *p = bytes;
        size_t m = total, good = 0;
        struct link_frame f;
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        while (link_frames_next(&frames, &p, &m, &f)) {
            good += f.payload_ok;
        }
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(good, 1); /* the other one */
        assert_int_equal(frames.hunts, bit / 8 < LINK_HEADER_BYTES);
    }
}

static void what_no_header_can_be_is_passed_over(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } wrong[] = {{0, 0xa4}, {1, 0x04}, {1, 0x0f}, {3, 0x05}, {3, 0xff}};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(wrong); k++) {
        struct link_frames frames = {.crc = crc32c_best()};
        uint8_t bytes[2 * LINK_FRAME_BYTES];
        struct rng r = {3};
        struct link_frame f;
        size_t n = make(&r, 0, bytes);
        bytes[wrong[k].at] = wrong[k].value;
        le32_store(bytes + 16, crc32c_best()(0, bytes, 16));
        n += make(&r, 5, bytes + n);
        const uint8_t *p = bytes;
        assert_true(link_frames_next(&frames, &p, &n, &f));
        assert_int_equal(f.length, 5);
        assert_int_equal(frames.hunts, 1);
        assert_int_equal(frames.hunted, LINK_HEADER_BYTES);
    }
}

/* Damages frame[n]: the bytes that arrive in its place. */
static size_t damage(struct rng *r, uint8_t *frame, size_t n)
{
    size_t m;

    switch (rng_below(r, 4)) {
    case 0: /* bits */
        for (m = 1 + rng_below(r, 8); m > 0; m--) {
            uint32_t bit = rng_below(r, (uint32_t)(8 * n));
            frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        return n;
    case 1: /* its end is lost */ return 1 + rng_below(r, (uint32_t)n - 1);
    case 2: /* its beginning is lost */
        m = 1 + rng_below(r, (uint32_t)n - 1);
        memmove(frame, frame + n - m, m);
        return m;
    default: /* bytes within are lost */
        m = 1 + rng_below(r, (uint32_t)n / 2);
        memmove(frame + n / 4, frame + n / 4 + m, n - n / 4 - m);
        return n - m;
    }
}

static void a_receiver_is_back_within_two_frames(void **state)
{
    uint8_t bytes[LINK_FRAME_BYTES];
    struct link_frames frames = {.crc = crc32c_best()};
    struct rng r = {4};
    size_t missed_most = 0, missed_all = 0, hunting_most = 0, short_most = 0;

    (void)state;
    for (int trial = 0; trial < TRIALS; trial++) {
        bool is_long = trial % 2 == 0;
        size_t length = LINK_PAYLOAD_BYTES;
        size_t missed = 0, passed_hunting = 0, missed_bytes = 0;
        bool found = false;
        const uint8_t *p = bytes;
        struct link_frame f;
        size_t n = damage(&r, bytes, make(&r, length, bytes));
        while (link_frames_next(&frames, &p, &n, &f)) {
        }
        while (!found) {
            length = is_long ? LINK_PAYLOAD_BYTES : rng_below(&r, 100);
            bool hunting = frames.hunting;
            p = bytes;
            n = make(&r, length, bytes);
            missed_bytes += n;
            while (link_frames_next(&frames, &p, &n, &f)) {
                found = found || (f.payload_ok && f.length == length);
            }
            missed += !found;
            passed_hunting += !found && hunting;
        }
        assert_true(passed_hunting <= 2);
        hunting_most =
            passed_hunting > hunting_most ? passed_hunting : hunting_most;
        if (is_long) {
            assert_true(missed <= 2);
            missed_most = missed > missed_most ? missed : missed_most;
            missed_all += missed;
        } else {
            /* As many short ones as a payload that was cut swallows. */
            assert_true(missed_bytes <= (size_t)2 * LINK_FRAME_BYTES);
            short_most = missed > short_most ? missed : short_most;
        }
    }
    print_message("%d frames damaged; intact ones missed behind one: %.3f on "
                  "average, %zu at most; passed while hunting: %zu at most; of "
                  "short ones swallowed: %zu at most\n",
                  TRIALS, (double)missed_all / (TRIALS / 2), missed_most,
                  hunting_most, short_most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_has_the_layout_of_the_protocol),
        cmocka_unit_test(frames_are_found_however_they_are_cut),
        cmocka_unit_test(every_single_bit_error_is_noticed),
        cmocka_unit_test(what_no_header_can_be_is_passed_over),
        cmocka_unit_test(a_receiver_is_back_within_two_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
