/* transport_test.c - every kind of wire, and what each does with errors. */
#include "drivers/transport/transport_check.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/rng.h"
#include "tests/capture.h"

enum { N = 200000 };

/* --- all kinds ------------------------------------------------------------ */

static void bytes_cross_in_order_both_ways(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(wire_kinds); k++) {
        struct transport *end[2];
        uint32_t given[2] = {0}, taken[2] = {0};
        struct rng r = {k};
        if (wire_kinds[k].faulty) {
            continue;
        }
        wire_kinds[k].open(end);
        while (taken[0] < N || taken[1] < N) {
            for (int j = 0; j < 2; j++) {
                uint8_t bytes[3000];
                uint32_t n = rng_below(&r, sizeof bytes);
                for (uint32_t m = 0; m < n; m++) {
                    bytes[m] = (uint8_t)((given[j] + m) * 7 >> 3);
                }
                n = given[j] + n < N ? n : N - given[j];
                int wrote = transport_write(end[j], bytes, n);
                assert_true(wrote >= 0 && (uint32_t)wrote <= n);
                given[j] += (uint32_t)wrote;
                int got = transport_read(end[1 - j], bytes, sizeof bytes);
                assert_true(got >= 0);
                for (uint32_t m = 0; m < (uint32_t)got; m++) {
                    assert_int_equal(bytes[m],
                                     (uint8_t)((taken[j] + m) * 7 >> 3));
                }
                taken[j] += (uint32_t)got;
            }
        }
        assert_int_equal(transport_read(end[0], given, 1), 0);
        transport_close(end[0]);
        transport_close(end[1]);
    }
}

static void a_full_wire_takes_no_more_and_nothing_is_lost(void **state)
{
    static uint8_t bytes[1 << 16];

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(wire_kinds); k++) {
        struct transport *end[2];
        int n, total = 0;
        if (wire_kinds[k].faulty || wire_kinds[k].open == wire_serial) {
            continue; /* a tty forgets what nobody reads */
        }
        wire_kinds[k].open(end);
        while ((n = transport_write(end[0], bytes, sizeof bytes)) > 0) {
            total += n;
        }
        assert_int_equal(n, 0);
        assert_int_equal(transport_wait(end[0], true, 0), 0);
        while ((n = transport_read(end[1], bytes, sizeof bytes)) > 0) {
            total -= n;
        }
        assert_int_equal(n, 0);
        assert_int_equal(total, 0);
        assert_int_equal(transport_wait(end[0], true, 0), 1);
        transport_close(end[0]);
        transport_close(end[1]);
    }
}

static void waiting_ends_when_bytes_come(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(wire_kinds); k++) {
        struct transport *end[2];
        if (wire_kinds[k].faulty) {
            continue;
        }
        wire_kinds[k].open(end);
        assert_int_equal(transport_wait(end[0], false, 0), 0);
        assert_int_equal(transport_write(end[1], "x", 1), 1);
        assert_int_equal(transport_wait(end[0], false, 20000000), 1);
        transport_close(end[0]);
        transport_close(end[1]);
    }
}

static void an_end_that_is_gone_is_an_error_behind_its_last_bytes(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(wire_kinds); k++) {
        for (int far = 0; far < 2; far++) {
            struct transport *end[2];
            uint8_t bytes[8];
            if (wire_kinds[k].faulty || wire_kinds[k].open == wire_serial) {
                continue; /* a tty that is closed forgets: see the conformance
                             test */
            }
            wire_kinds[k].open(end);
            assert_int_equal(transport_write(end[far], "last", 4), 4);
            transport_close(end[far]);
            assert_int_equal(transport_read(end[1 - far], bytes, 8), 4);
            assert_memory_equal(bytes, "last", 4);
            for (int again = 0; again < 2; again++) {
                assert_int_equal(transport_read(end[1 - far], bytes, 8),
                                 ERR_DEVICE);
                assert_int_equal(transport_write(end[1 - far], bytes, 8),
                                 ERR_DEVICE);
                assert_int_equal(transport_wait(end[1 - far], false, 0),
                                 ERR_DEVICE);
            }
            transport_close(end[1 - far]);
        }
    }
}

/* --- opening -------------------------------------------------------------- */

static void wires_that_cannot_be_opened_say_why(void **state)
{
    static const struct {
        const char *kind, *path;
        uint32_t baud;
        int err;
        const char *says;
    } row[] = {
        {"usb", "x", 0, ERR_NOT_FOUND, "expected one of: socket, serial"},
        {"socket", "/nonexistent/x", 0, ERR_DEVICE, "cannot connect"},
        {"socket", "", 0, ERR_BAD_INPUT, "no path of a socket"},
        {"socket", "127.0.0.1:none", 0, ERR_BAD_INPUT, "HOST:PORT"},
        {"serial", "/nonexistent/x", 9600, ERR_DEVICE, "as a tty"},
        {"serial", "/dev/null", 3000000, ERR_DEVICE, "as a tty"},
        {"serial", "/dev/null", 3000001, ERR_BAD_INPUT, "no baud 3000001"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct transport_config config = {row[k].path, row[k].baud};
        struct transport *t = NULL;
        struct capture c;
        capture_begin(&c);
        int err = transport_open(row[k].kind, &config, &t);
        capture_end(&c);
        assert_int_equal(err, row[k].err);
        assert_non_null(strstr(c.text, row[k].says));
        assert_null(t);
    }
}

static void a_path_longer_than_a_socket_may_have_is_refused(void **state)
{
    char path[300];
    struct transport_config config = {.path = path};
    struct transport *t = NULL;
    struct capture c;

    (void)state;
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    capture_begin(&c);
    int err = transport_open("socket", &config, &t);
    capture_end(&c);
    assert_int_equal(err, ERR_BAD_INPUT);
}

static void check_listener(const char *path, bool is_file)
{
    struct transport_config config = {.path = path};
    struct socket_listener *l = NULL, *second = NULL;
    struct transport *a = NULL, *b = NULL;
    struct capture c;
    uint8_t byte = 0;
    struct stat s;

    assert_int_equal(socket_listen(path, &l), 0);
    assert_int_equal(socket_accept(l, 0, &b), 0);
    assert_int_equal(socket_open(&config, &a), 0);
    assert_int_equal(socket_accept(l, 20000000, &b), 1);
    assert_int_equal(transport_write(a, "x", 1), 1);
    assert_int_equal(transport_wait(b, false, 20000000), 1);
    assert_int_equal(transport_read(b, &byte, 1), 1);
    assert_int_equal(byte, 'x');
    transport_close(a);
    transport_close(b);
    capture_begin(&c);
    int err = socket_listen(path, &second); /* it is served */
    capture_end(&c);
    assert_int_equal(err, ERR_IO);
    assert_null(second);
    if (is_file) {
        assert_int_equal(stat(path, &s), 0);
    }
    socket_unlisten(l);
    assert_true(!is_file || stat(path, &s) != 0);
}

static void a_listener_gives_an_end_for_each_that_connects(void **state)
{
    char dir[] = "/tmp/precast-wire-XXXXXX";
    char path[64];

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/a.sock", dir);
    check_listener(path, true);
    check_listener(path, true);
    check_listener("127.0.0.1:45917", false);
    assert_int_equal(rmdir(dir), 0);
}

static void a_socket_that_nobody_serves_any_more_is_replaced(void **state)
{
    char dir[] = "/tmp/precast-wire-XXXXXX";
    char path[64], other[64];
    struct socket_listener *l = NULL;
    struct capture c;
    struct stat s;

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/a.sock", dir);
    (void)snprintf(other, sizeof other, "%s/b.sock", dir);
    assert_int_equal(socket_listen(path, &l), 0);
    assert_int_equal(rename(path, other), 0); /* out of the listener's sight */
    socket_unlisten(l);
    assert_int_equal(stat(other, &s), 0);
    assert_int_equal(socket_listen(other, &l), 0);
    socket_unlisten(l);

    FILE *f = fopen(path, "w"); /* but no other file is */
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
    l = NULL;
    capture_begin(&c);
    int err = socket_listen(path, &l);
    capture_end(&c);
    assert_int_equal(err, ERR_IO);
    assert_null(l);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

/* --- single kinds --------------------------------------------------------- */

static int count_step(void *ctx)
{
    ++*(int *)ctx;
    return 1;
}

static void count_close(void *ctx)
{
    *(int *)ctx += 100;
}

static void a_memory_wire_runs_its_peer_while_it_waits(void **state)
{
    int count = 0;
    struct memory_peer peer = {count_step, count_close, &count};
    struct transport *a, *b;

    (void)state;
    assert_int_equal(memory_pair(4096, &a, &b), 0);
    memory_attach(a, &peer);
    assert_int_equal(transport_wait(a, false, 1000000), 1);
    assert_int_equal(count, 1);
    transport_close(a);
    assert_int_equal(count, 101);
    transport_close(b);
}

/* What comes out of 'n' chunks of 100 bytes with 'permille' of faults. */
static size_t through_faults(uint64_t seed, uint32_t permille, size_t n,
                             uint8_t *out, struct faulty_counters *count)
{
    struct faulty_config config = {seed, permille};
    struct transport *inner, *a, *b;
    size_t total = 0;
    int got;

    assert_int_equal(memory_pair(1 << 20, &inner, &b), 0);
    assert_int_equal(faulty_open(inner, &config, &a), 0);
    for (size_t k = 0; k < n; k++) {
        uint8_t chunk[100];
        memset(chunk, (int)k, sizeof chunk);
        assert_int_equal(transport_write(a, chunk, sizeof chunk), 100);
    }
    while ((got = transport_read(b, out + total, 1 << 16)) > 0) {
        total += (size_t)got;
    }
    *count = faulty_counted(a);
    transport_close(a);
    transport_close(b);
    return total;
}

static void faults_are_the_same_for_the_same_seed(void **state)
{
    static uint8_t out[3][1 << 20];
    struct faulty_counters c[3];

    (void)state;
    size_t n = through_faults(1, 500, 2000, out[0], &c[0]);
    assert_int_equal(through_faults(1, 500, 2000, out[1], &c[1]), n);
    assert_memory_equal(out[0], out[1], n);
    size_t m = through_faults(2, 500, 2000, out[2], &c[2]);
    assert_true(m != n || memcmp(out[0], out[2], n) != 0);
    for (int k = 0; k < FAULTY_KINDS; k++) {
        assert_true(c[0].injected[k] > 100);
        assert_int_equal(c[0].injected[k], c[1].injected[k]);
    }
}

static void a_wire_without_faults_changes_nothing(void **state)
{
    static uint8_t out[1 << 20];
    struct faulty_counters c;

    (void)state;
    assert_int_equal(through_faults(1, 0, 2000, out, &c), 200000);
    for (size_t k = 0; k < 200000; k++) {
        assert_int_equal(out[k], (uint8_t)(k / 100));
    }
}

static void transport_close_takes_null(void **state)
{
    (void)state;
    transport_close(NULL);
    socket_unlisten(NULL);
    faulty_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_cross_in_order_both_ways),
        cmocka_unit_test(a_full_wire_takes_no_more_and_nothing_is_lost),
        cmocka_unit_test(waiting_ends_when_bytes_come),
        cmocka_unit_test(an_end_that_is_gone_is_an_error_behind_its_last_bytes),
        cmocka_unit_test(wires_that_cannot_be_opened_say_why),
        cmocka_unit_test(a_path_longer_than_a_socket_may_have_is_refused),
        cmocka_unit_test(a_listener_gives_an_end_for_each_that_connects),
        cmocka_unit_test(a_socket_that_nobody_serves_any_more_is_replaced),
        cmocka_unit_test(a_memory_wire_runs_its_peer_while_it_waits),
        cmocka_unit_test(faults_are_the_same_for_the_same_seed),
        cmocka_unit_test(a_wire_without_faults_changes_nothing),
        cmocka_unit_test(transport_close_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
