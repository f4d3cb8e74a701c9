/* ring_join_test.c - rings joined by their descriptors, and messages that are
 * put or got several at a time. */
#include "core/base/ring.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/err.h"
#include "tests/check.h"

enum { SIZE = 4096 };

/* The other end of 'r', by copies of its descriptors. */
static struct ring *join(const struct ring *r)
{
    struct ring *other = NULL;
    int fd[RING_FDS];

    ring_fds(r, fd);
    for (size_t k = 0; k < RING_FDS; k++) {
        fd[k] = dup(fd[k]);
        assert_true(fd[k] >= 0);
    }
    assert_int_equal(ring_join(fd, &other), 0);
    return other;
}

static bool is_ready(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

static void joined_ring_carries_messages(void **state)
{
    struct ring *from, *to;
    uint32_t type;
    char text[8];
    size_t n;

    (void)state;
    assert_int_equal(ring_create(SIZE, &from), 0);
    to = join(from);
    for (uint32_t k = 0; k < 3 * SIZE; k++) {
        assert_int_equal(ring_put(from, k, "hello", 6), 1);
        assert_true(is_ready(ring_data_fd(to)));
        assert_int_equal(ring_get(to, &type, text, sizeof text, &n), 1);
        assert_int_equal(type, k);
        assert_int_equal(n, 6);
        assert_string_equal(text, "hello");
        assert_int_equal(ring_get(to, &type, text, sizeof text, &n), 0);
        assert_false(is_ready(ring_data_fd(to)));
    }
    ring_destroy(from);
    ring_destroy(to);
}

static void messages_are_seen_when_they_are_flushed(void **state)
{
    struct ring *from, *to;
    uint32_t type;
    uint8_t byte = 0;
    size_t n;

    (void)state;
    assert_int_equal(ring_create(SIZE, &from), 0);
    to = join(from);
    for (uint32_t k = 0; k < 3; k++) {
        byte = (uint8_t)k;
        assert_int_equal(ring_add(from, k, &byte, 1), 1);
    }
    assert_false(is_ready(ring_data_fd(to)));
    assert_int_equal(ring_next(to, &type, &byte, 1, &n), 0);
    ring_flush(from);
    assert_true(is_ready(ring_data_fd(to)));
    for (uint32_t k = 0; k < 3; k++) {
        assert_int_equal(ring_next(to, &type, &byte, 1, &n), 1);
        assert_int_equal(type, k);
        assert_int_equal(byte, k);
    }
    assert_int_equal(ring_next(to, &type, &byte, 1, &n), 0);
    ring_destroy(from);
    ring_destroy(to);
}

/* Sixteen messages of 256 bytes fill it; what is got is room when released. */
static void room_comes_back_when_it_is_released(void **state)
{
    static const uint8_t data[256 - 8];
    uint8_t got[256];
    struct ring *from, *to;
    uint32_t type;
    size_t n;

    (void)state;
    assert_int_equal(ring_create(SIZE, &from), 0);
    to = join(from);
    for (uint32_t k = 0; k < 16; k++) {
        assert_int_equal(ring_add(from, k, data, sizeof data), 1);
    }
    assert_int_equal(ring_add(from, 16, data, sizeof data), 0);
    ring_flush(from);
    for (int k = 0; k < 5; k++) {
        assert_int_equal(ring_next(to, &type, got, sizeof got, &n), 1);
    }
    assert_int_equal(ring_add(from, 16, data, sizeof data), 0);
    assert_false(is_ready(ring_room_fd(from)));
    ring_release(to);
    assert_true(is_ready(ring_room_fd(from)));
    for (uint32_t k = 0; k < 5; k++) {
        assert_int_equal(ring_add(from, k, data, sizeof data), 1);
    }
    assert_int_equal(ring_add(from, 16, data, sizeof data), 0);
    ring_destroy(from);
    ring_destroy(to);
}

/* Descriptors of somebody else: no seals, or a size that no ring has. */
static void what_is_no_ring_is_not_joined(void **state)
{
    static const struct {
        long bytes;
        int seals;
    } row[] = {
        {128 + SIZE, 0},
        {128 + SIZE + 8, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL},
        {128 + SIZE / 2, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL},
        {8, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct ring *r = NULL;
        int fd[RING_FDS] = {memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING),
                            -1, -1};
        assert_int_equal(ftruncate(fd[0], row[k].bytes), 0);
        if (row[k].seals != 0) {
            assert_int_equal(fcntl(fd[0], F_ADD_SEALS, row[k].seals), 0);
        }
        assert_int_equal(ring_join(fd, &r), ERR_DEVICE);
        assert_null(r);
        assert_int_equal(close(fd[0]), 0); /* still ours */
    }
}

/* Behind ring_keep() the memory has no descriptor that a child could map. */
static void kept_ring_has_no_descriptor_to_join(void **state)
{
    struct ring *r;
    int fd[RING_FDS];

    (void)state;
    assert_int_equal(ring_create(SIZE, &r), 0);
    ring_fds(r, fd);
    assert_true(fcntl(fd[0], F_GETFD) >= 0);
    ring_keep(r);
    assert_int_equal(fcntl(fd[0], F_GETFD), -1);
    ring_fds(r, fd);
    assert_int_equal(fd[0], -1);
    ring_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined_ring_carries_messages),
        cmocka_unit_test(messages_are_seen_when_they_are_flushed),
        cmocka_unit_test(room_comes_back_when_it_is_released),
        cmocka_unit_test(what_is_no_ring_is_not_joined),
        cmocka_unit_test(kept_ring_has_no_descriptor_to_join),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
