/*
 * port_ring_test.c - packets from one ring port to the other: in this process,
 * each side with a pool of its own, and from a process that dies.
 */
#include "net/port/port_check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"

struct pair {
    char dir[32], path[64];
    struct pool *pool[2];
    struct port *port[2];
};

static void pair_open(struct pair *r)
{
    (void)strcpy(r->dir, "/tmp/port_ring.XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    (void)snprintf(r->path, sizeof r->path, "%s/s", r->dir);
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(pool_create(512, 3 * POOL_RUN, &r->pool[k]), 0);
        r->port[k] = open_port(PORT_RING, r->path, r->pool[k], false);
    }
}

static void pair_close(struct pair *r)
{
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(port_close(r->port[k]), 0);
        assert_int_equal(pool_free_singles(r->pool[k]), 512);
        pool_destroy(r->pool[k]);
    }
    assert_int_equal(rmdir(r->dir), 0); /* nothing is left there */
}

/* They look for each other when they are used. */
static void pair_meet(struct pair *r)
{
    struct pkt got[1];
    struct fn_span span = {.type = FN_PKT, .items = got, .cap = 1};

    for (size_t k = 0; k < 2; k++) {
        wait_port(r->port[k], false);
        assert_int_equal(port_receive(r->port[k], &span), 0);
        assert_false(port_ended(r->port[k]));
    }
}

static void bursts_pass_both_ways(void **state)
{
    struct pair r;

    (void)state;
    pair_open(&r);
    pair_meet(&r);
    for (size_t k = 0; k < 3 * BURSTS; k++) {
        size_t n = bursts[k % BURSTS];
        struct traffic *t = make_traffic(n, 1514);
        for (size_t from = 0; from < 2; from++) {
            send_all(r.port[from], t, n);
            expect_all(r.port[1 - from], r.pool[1 - from], t, n);
        }
        free(t);
    }
    pair_close(&r);
}

static void time_and_length_on_the_wire_go_along(void **state)
{
    uint8_t bytes[60] = {2};
    struct pkt p = {.data = bytes,
                    .len_bytes = 60,
                    .wire_bytes = 1514,
                    .t_ns = 0x123456789abcdef0,
                    .in_port = 7,
                    .mark = 9,
                    .flags = PKT_ERROR | PKT_MIRROR};
    struct pkt got;
    struct fn_span out = {.type = FN_PKT, .items = &p, .n = 1, .cap = 1};
    struct fn_span in = {.type = FN_PKT, .items = &got, .cap = 1};
    struct pair r;

    (void)state;
    pair_open(&r);
    pair_meet(&r);
    assert_int_equal(port_send(r.port[0], &out), 1);
    assert_int_equal(port_receive(r.port[1], &in), 1);
    assert_true(got.t_ns == p.t_ns);
    assert_int_equal(got.wire_bytes, 1514);
    assert_int_equal(got.flags, PKT_ERROR);
    assert_int_equal(got.in_port, 0);
    assert_int_equal(got.mark, 0);
    give_back(r.pool[1], &got);
    pair_close(&r);
}

/* The longest packet takes 8 + 262032 bytes: 8 of them fit 2 MiB. */
static void sender_waits_for_room(void **state)
{
    enum { LONG = FN_PKT_BYTES - POOL_ROOM_BYTES, N = 30 };
    uint8_t *bytes = calloc(1, LONG);
    struct pkt p = {.data = bytes, .len_bytes = LONG, .wire_bytes = LONG};
    struct pkt got;
    struct fn_span out = {.type = FN_PKT, .items = &p, .n = 1, .cap = 1};
    int n_sent = 0, n_got = 0;
    struct pair r;

    (void)state;
    assert_non_null(bytes);
    pair_open(&r);
    assert_int_equal(port_send(r.port[1], &out), 0); /* no rings yet */
    pair_meet(&r);
    while (n_got < N) {
        bytes[LONG - 1] = (uint8_t)n_sent;
        if (n_sent < N && port_send(r.port[1], &out) == 1) {
            n_sent++;
            continue;
        }
        assert_true(n_sent - n_got == (n_sent < N ? 8 : N - n_got));
        struct fn_span in = {.type = FN_PKT, .items = &got, .cap = 1};
        assert_int_equal(port_receive(r.port[0], &in), 1);
        assert_int_equal(got.len_bytes, LONG);
        assert_int_equal(got.data[LONG - 1], n_got++);
        give_back(r.pool[0], &got);
        if (n_sent < N) {
            wait_port(r.port[1], true);
        }
    }
    free(bytes);
    pair_close(&r);
}

static void what_was_sent_before_the_end_arrives(void **state)
{
    struct traffic *t = make_traffic(MOST, 1514);
    struct pkt got[1];
    struct fn_span in = {.type = FN_PKT, .items = got, .cap = 1};
    struct fn_span out = {.type = FN_PKT, .items = t->pkt, .n = 3, .cap = 3};
    struct pair r;

    (void)state;
    for (size_t first = 0; first < 2; first++) { /* either may end it */
        pair_open(&r);
        pair_meet(&r);
        send_all(r.port[first], t, MOST);
        assert_int_equal(port_close(r.port[first]), 0);
        r.port[first] = NULL;
        expect_all(r.port[1 - first], r.pool[1 - first], t, MOST);
        wait_port(r.port[1 - first], false);
        assert_int_equal(port_receive(r.port[1 - first], &in), 0);
        assert_true(port_ended(r.port[1 - first]));
        assert_int_equal(port_send(r.port[1 - first], &out), 3);
        assert_int_equal(port_counts(r.port[1 - first])->refused, 3);
        pair_close(&r);
    }
    free(t);
}

/* Killed in mid-burst: what it had sent is there, then comes the end. */
static void process_that_dies_ends_the_port(void **state)
{
    struct traffic *t = make_traffic(3, 100);
    struct pkt got[1];
    struct fn_span in = {.type = FN_PKT, .items = got, .cap = 1};
    struct pool *pool = open_pool(16);
    char dir[] = "/tmp/port_ring.XXXXXX", path[64];
    int status;

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/s", dir);
    struct port *p = open_port(PORT_RING, path, pool, false);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct port *q = open_port(PORT_RING, path, open_pool(16), false);
        send_all(q, t, 3);
        (void)raise(SIGKILL);
    }
    wait_port(p, false);
    expect_all(p, pool, t, 3);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    while (!port_ended(p)) {
        wait_port(p, false);
        assert_int_equal(port_receive(p, &in), 0);
    }
    assert_int_equal(port_close(p), 0);
    assert_int_equal(rmdir(dir), 0);
    pool_destroy(pool);
    free(t);
}

/* A socket that a process left behind when it was killed. */
static void socket_that_nobody_serves_is_taken_over(void **state)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char dir[] = "/tmp/port_ring.XXXXXX";
    struct pool *pool = open_pool(4);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s/s", dir);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(close(fd), 0);
    struct port *p = open_port(PORT_RING, at.sun_path, pool, false);
    struct port *q = open_port(PORT_RING, at.sun_path, pool, false);
    struct traffic *t = make_traffic(1, 60);
    wait_port(p, false);
    struct pkt got[1];
    struct fn_span in = {.type = FN_PKT, .items = got, .cap = 1};
    assert_int_equal(port_receive(p, &in), 0);
    send_all(q, t, 1);
    expect_all(p, pool, t, 1);
    assert_int_equal(port_close(p), 0);
    assert_int_equal(port_close(q), 0);
    assert_int_equal(rmdir(dir), 0);
    free(t);
    pool_destroy(pool);
}

/* Who offers something that is no ring is not believed. */
static void peer_without_rings_ends_the_port(void **state)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char dir[] = "/tmp/port_ring.XXXXXX", text[128];
    struct pool *pool = open_pool(4);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct pkt got[1];
    struct fn_span in = {.type = FN_PKT, .items = got, .cap = 1};

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s/s", dir);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 1), 0);
    struct port *p = open_port(PORT_RING, at.sun_path, pool, false);
    int peer = accept(fd, NULL, NULL);
    assert_int_equal(write(peer, "r", 1), 1);
    wait_port(p, false);
    err_hold(text, sizeof text);
    assert_int_equal(port_receive(p, &in), ERR_DEVICE);
    err_release();
    assert_non_null(strstr(text, "the other side has no rings for us"));
    assert_true(port_ended(p));
    assert_int_equal(port_close(p), 0);
    assert_int_equal(close(peer), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(at.sun_path), 0);
    assert_int_equal(rmdir(dir), 0);
    pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_pass_both_ways),
        cmocka_unit_test(time_and_length_on_the_wire_go_along),
        cmocka_unit_test(sender_waits_for_room),
        cmocka_unit_test(what_was_sent_before_the_end_arrives),
        cmocka_unit_test(process_that_dies_ends_the_port),
        cmocka_unit_test(socket_that_nobody_serves_is_taken_over),
        cmocka_unit_test(peer_without_rings_ends_the_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
