/*
 * ring_test.c - rings between two processes.  This process puts, a child gets:
 * on request, so that the order of events is known, or freely.
 */
#include "core/base/ring.h"

#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "tests/check.h"

enum {
    SIZE = 4096,
    LONGEST = SIZE / 2 - 8, /* with its header it takes half of the ring */
    N_FREE = 100000,        /* messages that pass freely */
    N_TURNS = 50000,        /* questions that are answered one by one */
    PATIENCE_MS = 20000,    /* a wake-up that has not come then is lost */
    GUARD = 0xa5,
};

/* What the child got. */
struct answer {
    int got;
    uint32_t type;
    size_t n;
    uint8_t data[LONGEST + 8];
};

struct peer {
    struct ring *ring;
    int fd; /* to the child: size_t cap; from it: struct answer */
    pid_t pid;
};

/* The child: a ring_get() for each 'cap' that it is sent. */
static void serve(struct ring *r, int fd)
{
    size_t cap;

    while (read(fd, &cap, sizeof cap) == sizeof cap) {
        struct answer a = {.type = 0};
        memset(a.data, GUARD, sizeof a.data);
        a.got = ring_get(r, &a.type, a.data, cap, &a.n);
        if (write(fd, &a, sizeof a) != sizeof a) {
            _exit(1);
        }
    }
    _exit(0);
}

static void peer_open(struct peer *p)
{
    int fd[2];

    assert_int_equal(ring_create(SIZE, &p->ring), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
    p->pid = fork();
    assert_true(p->pid >= 0);
    if (p->pid == 0) {
        (void)close(fd[0]); /* or the child would never see the end */
        serve(p->ring, fd[1]);
    }
    assert_int_equal(close(fd[1]), 0);
    p->fd = fd[0];
}

static void peer_close(struct peer *p)
{
    int status = -1;

    assert_int_equal(close(p->fd), 0);
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    assert_int_equal(status, 0);
    ring_destroy(p->ring);
}

/* What ring_get() with 'cap' gives in the child. */
static int peer_get(const struct peer *p, size_t cap, struct answer *a)
{
    assert_true(cap <= sizeof a->data);
    assert_int_equal(write(p->fd, &cap, sizeof cap), sizeof cap);
    assert_int_equal(read(p->fd, a, sizeof *a), sizeof *a);
    return a->got;
}

/* Message number 'k', of 'n' bytes. */
static void fill(uint8_t *data, size_t n, uint64_t k)
{
    struct rng r = {k};

    for (size_t j = 0; j < n; j += sizeof(uint64_t)) {
        uint64_t word = rng_next(&r);
        memcpy(data + j, &word, n - j < sizeof word ? n - j : sizeof word);
    }
}

static int put(const struct peer *p, uint32_t k, size_t n)
{
    uint8_t data[LONGEST + 8];

    fill(data, n, k);
    return ring_put(p->ring, k, data, n);
}

/* The child's next message is number 'k', of 'n' bytes. */
static void check_get(const struct peer *p, uint32_t k, size_t n)
{
    struct answer a;
    uint8_t data[LONGEST + 8];

    fill(data, n, k);
    memset(data + n, GUARD, sizeof data - n);
    assert_int_equal(peer_get(p, LONGEST, &a), 1);
    assert_int_equal(a.type, k);
    assert_int_equal(a.n, n);
    assert_memory_equal(a.data, data, sizeof data);
}

static bool is_ready(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

static void a_message_of_any_length_arrives_wherever_it_lies(void **state)
{
    struct peer p;
    struct answer a;

    (void)state;
    peer_open(&p);
    /* 2041 lengths, 2 MB: the end of the buffer is crossed 500 times. */
    for (uint32_t n = 0; n <= LONGEST; n++) {
        assert_int_equal(put(&p, n, n), 1);
        check_get(&p, n, n);
    }
    assert_int_equal(peer_get(&p, LONGEST, &a), 0);
    peer_close(&p);
}

static void an_empty_message_needs_no_data(void **state)
{
    struct peer p;
    struct answer a;

    (void)state;
    peer_open(&p);
    assert_int_equal(ring_put(p.ring, UINT32_MAX, NULL, 0), 1);
    assert_int_equal(peer_get(&p, 0, &a), 1);
    assert_int_equal(a.type, UINT32_MAX);
    assert_int_equal(a.n, 0);
    peer_close(&p);
}

static void a_full_ring_takes_no_more_until_one_is_got(void **state)
{
    struct peer p;
    struct answer a;

    (void)state;
    peer_open(&p);
    assert_int_equal(peer_get(&p, LONGEST, &a), 0);
    for (uint32_t k = 0; k < 64; k++) { /* 64 of 8 + 56 bytes fill it */
        assert_int_equal(put(&p, k, 56), 1);
    }
    assert_int_equal(put(&p, 64, 56), 0);
    assert_int_equal(put(&p, 64, 0), 0);
    check_get(&p, 0, 56);
    assert_int_equal(put(&p, 64, 57), 0); /* takes 72 bytes, 64 are free */
    assert_int_equal(put(&p, 64, 56), 1);
    assert_int_equal(put(&p, 65, 0), 0);
    for (uint32_t k = 1; k <= 64; k++) {
        check_get(&p, k, 56);
    }
    assert_int_equal(peer_get(&p, LONGEST, &a), 0);
    assert_int_equal(put(&p, 65, 1), 1);
    check_get(&p, 65, 1);
    peer_close(&p);
}

static void a_message_longer_than_half_the_ring_is_refused(void **state)
{
    struct peer p;
    struct answer a;

    (void)state;
    peer_open(&p);
    assert_int_equal(put(&p, 1, LONGEST + 1), ERR_CAPACITY);
    assert_int_equal(peer_get(&p, LONGEST, &a), 0);
    assert_int_equal(put(&p, 2, LONGEST), 1);
    check_get(&p, 2, LONGEST);
    peer_close(&p);
}

static void a_message_longer_than_its_room_breaks_the_ring(void **state)
{
    struct peer p;
    struct answer a;

    (void)state;
    peer_open(&p);
    assert_int_equal(put(&p, 1, 100), 1);
    assert_int_equal(peer_get(&p, 99, &a), ERR_DEVICE);
    for (size_t k = 0; k < sizeof a.data; k++) {
        assert_int_equal(a.data[k], GUARD);
    }
    peer_close(&p);
}

static void the_descriptors_say_when_to_look_again(void **state)
{
    struct peer p;
    struct answer a;

    (void)state;
    peer_open(&p);
    assert_false(is_ready(ring_data_fd(p.ring)));
    assert_int_equal(put(&p, 0, 1000), 1);
    assert_true(is_ready(ring_data_fd(p.ring)));
    check_get(&p, 0, 1000);
    assert_int_equal(peer_get(&p, LONGEST, &a), 0);
    assert_false(is_ready(ring_data_fd(p.ring)));

    assert_int_equal(put(&p, 1, LONGEST), 1);
    assert_int_equal(put(&p, 2, LONGEST), 1);
    assert_int_equal(put(&p, 3, LONGEST), 0);
    assert_false(is_ready(ring_room_fd(p.ring)));
    check_get(&p, 1, LONGEST);
    assert_true(is_ready(ring_room_fd(p.ring)));
    peer_close(&p);
}

/* --- a broken peer --- */

/* What both processes see of the ring, found as an intruder would. */
static uint8_t *find_shared(size_t *n)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    uintptr_t from = 0, to = 0;

    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        if (strstr(line, "precast-ring") != NULL) {
            assert_int_equal(sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to),
                             2);
        }
    }
    (void)fclose(maps); /* only read from */
    assert_true(from != 0);
    *n = to - from;
    return (uint8_t *)from;
}

static void indexes_out_of_range_are_errors_on_either_side(void **state)
{
    struct peer p;
    struct answer a;
    size_t n;

    (void)state;
    peer_open(&p);
    uint8_t *shared = find_shared(&n);
    memset(shared, 0x80, n); /* both indexes, wherever they are */
    assert_int_equal(peer_get(&p, LONGEST, &a), ERR_DEVICE);
    assert_int_equal(put(&p, 1, 1), ERR_DEVICE);
    peer_close(&p);
}

static void a_length_beyond_what_was_put_is_an_error(void **state)
{
    static const uint32_t lie[] = {13, 14, LONGEST, 1u << 31, UINT32_MAX};
    static const char text[] = "a dozen more";

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(lie); k++) {
        struct peer p;
        struct answer a;
        size_t n;
        peer_open(&p);
        uint8_t *shared = find_shared(&n);
        assert_int_equal(ring_put(p.ring, 1, text, sizeof text), 1);
        uint8_t *at = memmem(shared, n, text, sizeof text);
        assert_non_null(at);
        memcpy(at - sizeof lie[k], &lie[k], sizeof lie[k]);
        /* 13 bytes were put and 16 taken: 13 and 14 stay within them. */
        assert_int_equal(peer_get(&p, LONGEST, &a), k < 2 ? 1 : ERR_DEVICE);
        peer_close(&p);
    }
}

/* --- both run freely --- */

static bool wait_for(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, PATIENCE_MS) == 1;
}

/* Type and length of the next message. */
static size_t next_message(struct rng *r, uint32_t *type)
{
    uint32_t longest = rng_below(r, 4) == 0 ? LONGEST : 64;

    *type = (uint32_t)rng_next(r);
    return rng_below(r, longest + 1);
}

/* The child: puts all messages; its exit status says what went wrong. */
static void put_freely(struct ring *ring)
{
    struct rng r = {1};

    for (uint32_t k = 0; k < N_FREE; k++) {
        uint8_t data[LONGEST + 8];
        uint32_t type;
        size_t n = next_message(&r, &type);
        int done;
        fill(data, n, k);
        while ((done = ring_put(ring, type, data, n)) == 0) {
            if (!wait_for(ring_room_fd(ring))) {
                _exit(2);
            }
        }
        if (done < 0) {
            _exit(3);
        }
    }
    _exit(0);
}

static void random_messages_pass_in_order_without_a_lost_wake_up(void **state)
{
    struct ring *ring;
    struct rng r = {1};
    int status = -1;

    (void)state;
    assert_int_equal(ring_create(SIZE, &ring), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        put_freely(ring);
    }
    for (uint32_t k = 0; k < N_FREE; k++) {
        uint8_t data[LONGEST + 8], want[LONGEST + 8];
        uint32_t type, want_type;
        size_t n, want_n = next_message(&r, &want_type);
        int got;
        while ((got = ring_get(ring, &type, data, LONGEST, &n)) == 0) {
            assert_true(wait_for(ring_data_fd(ring)));
        }
        assert_int_equal(got, 1);
        assert_int_equal(type, want_type);
        assert_int_equal(n, want_n);
        fill(want, n, k);
        assert_memory_equal(data, want, n);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    ring_destroy(ring);
}

/* The child: sends every message back. */
static void echo(struct ring *from, struct ring *to)
{
    for (;;) {
        uint8_t none[1];
        uint32_t type;
        size_t n;
        int got = ring_get(from, &type, none, 0, &n);
        if (got == 1 && ring_put(to, type, NULL, 0) != 1) {
            _exit(2);
        }
        if (got == 1 && type == N_TURNS - 1) {
            _exit(0);
        }
        if (got < 0 || (got == 0 && !wait_for(ring_data_fd(from)))) {
            _exit(3);
        }
    }
}

static void an_answer_is_not_missed_whenever_it_comes(void **state)
{
    struct ring *there, *back;
    struct rng r = {1};
    volatile uint32_t pause;
    int status = -1;

    (void)state;
    assert_int_equal(ring_create(SIZE, &there), 0);
    assert_int_equal(ring_create(SIZE, &back), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        echo(there, back);
    }
    for (uint32_t k = 0; k < N_TURNS; k++) {
        uint8_t none[1];
        uint32_t type;
        size_t n;
        int got;
        assert_int_equal(ring_put(there, k, NULL, 0), 1);
        /* So that the answer comes before, within and after the look. */
        for (pause = rng_below(&r, 20000); pause > 0; pause--) {
        }
        while ((got = ring_get(back, &type, none, 0, &n)) == 0) {
            assert_true(wait_for(ring_data_fd(back)));
        }
        assert_int_equal(got, 1);
        assert_int_equal(type, k);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    ring_destroy(there);
    ring_destroy(back);
}

static void ring_destroy_takes_null(void **state)
{
    (void)state;
    ring_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_of_any_length_arrives_wherever_it_lies),
        cmocka_unit_test(an_empty_message_needs_no_data),
        cmocka_unit_test(a_full_ring_takes_no_more_until_one_is_got),
        cmocka_unit_test(a_message_longer_than_half_the_ring_is_refused),
        cmocka_unit_test(a_message_longer_than_its_room_breaks_the_ring),
        cmocka_unit_test(the_descriptors_say_when_to_look_again),
        cmocka_unit_test(indexes_out_of_range_are_errors_on_either_side),
        cmocka_unit_test(a_length_beyond_what_was_put_is_an_error),
        cmocka_unit_test(random_messages_pass_in_order_without_a_lost_wake_up),
        cmocka_unit_test(an_answer_is_not_missed_whenever_it_comes),
        cmocka_unit_test(ring_destroy_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
