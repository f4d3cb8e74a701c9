/*
 * port_live_test.c - packets through TAP, AF_PACKET and AF_XDP, both ways, byte
 * by byte: in a network namespace that the test makes for itself.  Skipped
 * without the right to.
 */
#include "net/port/port_check.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"

static bool has_namespace;

static void need_namespace(void)
{
    if (!has_namespace) {
        skip();
    }
}

static void shell(const char *command)
{
    if (system(command) != 0) {
        fail_msg("%s", command);
    }
}

/* v0 and v1 are the ends of a wire. */
static int make_namespace(void **state)
{
    (void)state;
    if (unshare(CLONE_NEWNET) != 0) {
        print_message("skipped: no network namespace: %s\n", strerror(errno));
        return 0;
    }
    has_namespace = true;
    /* The kernel has nothing to say there by itself. */
    int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY);
    if (fd >= 0) {
        (void)!write(fd, "1", 1);
        (void)close(fd);
    }
    shell("ip link set lo up && ip link add v0 type veth peer name v1 && "
          "ip link set v0 up && ip link set v1 up");
    return 0;
}

/*
 * Bursts of all lengths from 'a' to 'b', and others back: enough of them to go
 * round all rings.  Nobody hears himself.
 */
static void exchange(struct port *a, struct pool *pool_a, struct port *b,
                     struct pool *pool_b)
{
    uint64_t n = 0;

    for (size_t k = 0; k < 4 * BURSTS; k++) {
        size_t n_burst = bursts[k % BURSTS];
        struct traffic *t = make_traffic(n_burst, 1514);
        struct traffic *back = make_traffic(n_burst, 1513);
        send_all(a, t, n_burst);
        expect_all(b, pool_b, t, n_burst);
        send_all(b, back, n_burst);
        expect_all(a, pool_a, back, n_burst);
        n += n_burst;
        free(t);
        free(back);
    }
    struct port *const both[] = {a, b};
    for (size_t k = 0; k < 2; k++) {
        const struct port_counts *c = port_counts(both[k]);
        assert_int_equal(c->sent, n);
        assert_true(c->received >= n);
        assert_int_equal(c->refused, 0);
        assert_int_equal(c->no_buffer, 0);
        assert_int_equal(c->kernel_dropped, 0);
    }
}

static void packets_pass_both_ways(void **state)
{
    static const struct {
        enum port_kind kind[2];
        const char *name[2];
    } row[] = {
        {{PORT_AF_PACKET, PORT_AF_PACKET}, {"v0", "v1"}},
        {{PORT_TAP, PORT_AF_PACKET}, {"t0", "t0"}},
        {{PORT_AF_XDP, PORT_AF_PACKET}, {"v0:0", "v1"}},
        {{PORT_AF_XDP, PORT_AF_XDP}, {"v0", "v1:0"}},
    };

    (void)state;
    need_namespace();
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pool *pool[2];
        struct port *port[2];
        char text[256];
        int err = 0;
        for (size_t j = 0; j < 2; j++) {
            pool[j] = open_pool(PORT_BUFFERS + FN_BURST_PKT);
        }
        struct port_config c = {
            .kind = row[k].kind[0], .name = row[k].name[0], .pool = pool[0]};
        err_hold(text, sizeof text);
        err = port_open(&c, &port[0]);
        err_release();
        if (err == ERR_MISSING) {
            print_message("skipped: %s\n", text);
        } else {
            if (err < 0) {
                fail_msg("%s", text);
            }
            port[1] = open_port(row[k].kind[1], row[k].name[1], pool[1], false);
            exchange(port[0], pool[0], port[1], pool[1]);
            assert_int_equal(port_close(port[1]), 0);
            assert_int_equal(port_close(port[0]), 0);
        }
        pool_destroy(pool[0]);
        pool_destroy(pool[1]);
    }
}

/* All that comes in by the wire, for whomever; nothing of what goes out. */
static void only_what_comes_in_is_received(void **state)
{
    static const char promiscuous[] =
        "ip -d link show v0 | grep -q 'promiscuity 1'";
    struct pool *pool = open_pool(2 * FN_BURST_PKT);
    struct traffic *out = make_traffic(7, 100), *in = make_traffic(9, 100);

    (void)state;
    need_namespace();
    struct port *p = open_port(PORT_AF_PACKET, "v0", pool, false);
    shell(promiscuous);
    struct port *same = open_port(PORT_AF_PACKET, "v0", pool, false);
    struct port *other = open_port(PORT_AF_PACKET, "v1", pool, false);
    send_all(same, out, 7);
    send_all(other, in, 9);
    expect_all(p, pool, in, 9);
    assert_int_equal(port_close(p), 0);
    assert_int_equal(port_close(same), 0);
    assert_int_not_equal(system(promiscuous), 0);
    assert_int_equal(port_close(other), 0);
    free(out);
    free(in);
    pool_destroy(pool);
}

/* The kernel takes tags off; they come back as they were. */
static void tags_stay_where_they_were(void **state)
{
    static const uint16_t types[] = {0x8100, 0x88a8};

    (void)state;
    need_namespace();
    for (size_t k = 0; k < CHECK_ROWS(types); k++) {
        struct pool *pool = open_pool(2 * FN_BURST_PKT);
        struct port *a = open_port(PORT_AF_PACKET, "v0", pool, false);
        struct port *b = open_port(PORT_AF_PACKET, "v1", pool, false);
        struct traffic *t = make_traffic(50, 1514);
        for (size_t j = 0; j < 50; j++) {
            be16_store(t->bytes[j] + 12, types[k]);
            be16_store(t->bytes[j] + 14, (uint16_t)(j * 83)); /* TCI */
            be16_store(t->bytes[j] + 16, j % 2 ? 0x8100 : 0x88b5);
        }
        send_all(a, t, 50);
        expect_all(b, pool, t, 50);
        free(t);
        assert_int_equal(port_close(a), 0);
        assert_int_equal(port_close(b), 0);
        pool_destroy(pool);
    }
}

/* Longer than one buffer: a run of them. */
static void jumbo_frames_pass(void **state)
{
    static const struct {
        enum port_kind kind;
        const char *name[2];
    } row[] = {
        {PORT_AF_PACKET, {"v0", "v1"}},
        {PORT_TAP, {"t1", "t1"}},
    };
    enum { BYTES = 9000, N = 20 };
    struct rng r = {8};

    (void)state;
    need_namespace();
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pool *pool;
        static uint8_t frame[N][BYTES];
        struct pkt p[N], got[N];
        size_t n = 0;
        assert_int_equal(pool_create(FN_BURST_PKT, 2 * POOL_RUN, &pool), 0);
        struct port *a = open_port(row[k].kind, row[k].name[0], pool, false);
        struct port *b = open_port(PORT_AF_PACKET, row[k].name[1], pool, false);
        shell(k == 0 ? "ip link set v0 mtu 9000 && ip link set v1 mtu 9000"
                     : "ip link set t1 mtu 9000");
        for (int way = 0; way < 2; way++) {
            struct port *to = way == 0 ? b : a;
            struct fn_span out = {.type = FN_PKT, .items = p, .n = N, .cap = N};
            for (size_t j = 0; j < N; j++) {
                for (size_t i = 0; i < BYTES; i++) {
                    frame[j][i] = (uint8_t)rng_next(&r);
                }
                be16_store(frame[j] + 12, 0x88b5);
                frame[j][0] = 2;
                p[j] = (struct pkt){.data = frame[j],
                                    .len_bytes = 1660 + (uint32_t)j * 380};
            }
            assert_int_equal(port_send(way == 0 ? a : b, &out), N);
            for (n = 0; n < N;) {
                struct fn_span in = {.type = FN_PKT, .items = got, .cap = N};
                assert_true(port_receive(to, &in) >= 0);
                for (size_t j = 0; j < in.n; j++) {
                    if (be16_load(got[j].data + 12) == 0x88b5) {
                        assert_int_equal(got[j].len_bytes, p[n].len_bytes);
                        assert_memory_equal(got[j].data, frame[n],
                                            got[j].len_bytes);
                        n++;
                    }
                    give_back(pool, &got[j]);
                }
                if (in.n == 0) {
                    wait_port(to, false);
                }
            }
        }
        assert_int_equal(pool_free_runs(pool), 2 * POOL_RUN);
        assert_int_equal(port_close(a), 0);
        assert_int_equal(port_close(b), 0);
        pool_destroy(pool);
    }
    shell("ip link set v0 mtu 1500 && ip link set v1 mtu 1500");
}

/* Live input does not wait: what finds no buffer is counted and gone. */
static void packets_without_a_buffer_are_counted(void **state)
{
    static const struct {
        enum port_kind kind;
        const char *name[2];
    } row[] = {
        {PORT_AF_PACKET, {"v0", "v1"}},
        {PORT_TAP, {"t2", "t2"}},
    };
    enum { BUFFERS = 10, N = 25 };

    (void)state;
    need_namespace();
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pool *few = open_pool(BUFFERS);
        struct port *p = open_port(row[k].kind, row[k].name[0], few, false);
        struct port *q = open_port(PORT_AF_PACKET, row[k].name[1], few, false);
        struct traffic *t = make_traffic(N, 100);
        struct pkt got[FN_BURST_PKT];
        struct fn_span span = {
            .type = FN_PKT, .items = got, .cap = FN_BURST_PKT};
        send_all(q, t, N);
        while (port_counts(p)->received + port_counts(p)->no_buffer < N) {
            assert_true(port_receive(p, &span) >= 0);
            if (span.n < BUFFERS) {
                wait_port(p, false);
            }
        }
        assert_int_equal(span.n, BUFFERS);
        assert_int_equal(port_counts(p)->received, BUFFERS);
        assert_int_equal(port_counts(p)->no_buffer, N - BUFFERS);
        for (size_t j = 0; j < BUFFERS; j++) {
            check_packet(t, j, &got[j], 0);
            give_back(few, &got[j]);
        }
        free(t);
        assert_int_equal(port_close(p), 0);
        assert_int_equal(port_close(q), 0);
        pool_destroy(few);
    }
}

static void what_cannot_be_sent_is_refused_and_counted(void **state)
{
    static const struct {
        enum port_kind kind;
        const char *name;
        uint32_t len;
    } row[] = {
        {PORT_AF_PACKET, "v0", 70000}, /* beyond the MTU */
        {PORT_AF_PACKET, "v0", 13},    /* no Ethernet header */
        {PORT_AF_XDP, "v0", 2000},     /* beyond a buffer */
        {PORT_AF_XDP, "v0", 13},       {PORT_TAP, "t3", 13},
    };

    (void)state;
    need_namespace();
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pool *pool = open_pool(PORT_BUFFERS + 4);
        struct port *p = open_port(row[k].kind, row[k].name, pool, false);
        static uint8_t zeros[70000];
        struct pkt x[2] = {{.data = zeros, .len_bytes = row[k].len},
                           {.data = zeros, .len_bytes = 60}};
        struct fn_span out = {.type = FN_PKT, .items = x, .n = 2, .cap = 2};
        assert_int_equal(port_send(p, &out), 2);
        assert_int_equal(port_counts(p)->refused, 1);
        assert_int_equal(port_counts(p)->sent, 1);
        assert_int_equal(port_close(p), 0);
        pool_destroy(pool);
    }
}

/* Beyond a name: what the kernel has to say. */
static void what_the_kernel_refuses_is_said_in_one_line(void **state)
{
    static const struct {
        enum port_kind kind;
        const char *name, *what;
    } row[] = {
        {PORT_TAP, "v0", "is there and no TAP"},
        {PORT_TAP, "t4", "cannot be made: Device or resource busy"},
        {PORT_AF_XDP, "v0:7", "no such queue"},
        {PORT_AF_XDP, "v1", "busy"},
    };
    struct pool *pool = open_pool(4 * PORT_BUFFERS);
    struct port *p, *tap, *xdp;
    char text[256];

    (void)state;
    need_namespace();
    tap = open_port(PORT_TAP, "t4", pool, false);
    xdp = open_port(PORT_AF_XDP, "v1", pool, false);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct port_config c = {
            .kind = row[k].kind, .name = row[k].name, .pool = pool};
        err_hold(text, sizeof text);
        assert_true(port_open(&c, &p) < 0);
        err_release();
        if (strstr(text, row[k].what) == NULL) {
            fail_msg("row %zu: '%s'", k, text);
        }
    }
    assert_int_equal(port_close(tap), 0);
    assert_int_equal(port_close(xdp), 0);
    pool_destroy(pool);
}

/* Down is not gone: what comes when it is up again is received. */
static void interface_that_goes_ends_its_port(void **state)
{
    static const struct {
        enum port_kind kind;
        const char *name, *text;
    } row[] = {
        {PORT_AF_PACKET, "w0", "af_packet:w0: the interface is gone"},
        {PORT_AF_XDP, "w0", "af_xdp:w0: the interface is gone"},
        {PORT_TAP, "w0", "tap:w0: File descriptor in bad state"},
    };

    (void)state;
    need_namespace();
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct pool *pool = open_pool(PORT_BUFFERS + 16);
        struct traffic *t = make_traffic(3, 100);
        struct pkt got[16];
        struct fn_span in = {.type = FN_PKT, .items = got, .cap = 16};
        bool is_tap = row[k].kind == PORT_TAP;
        char text[256];
        int rc = 0;
        shell(is_tap ? "true"
                     : "ip link add w0 type veth peer name w1 && "
                       "ip link set w0 up && ip link set w1 up");
        struct port *p = open_port(row[k].kind, row[k].name, pool, false);
        shell("ip link set w0 down");
        assert_int_equal(port_receive(p, &in), 0);
        shell("ip link set w0 up");
        struct port *other =
            open_port(PORT_AF_PACKET, is_tap ? "w0" : "w1", pool, false);
        send_all(other, t, 3);
        expect_all(p, pool, t, 3);
        assert_int_equal(port_close(other), 0);
        shell("ip link del w0");
        err_hold(text, sizeof text);
        while (rc == 0) {
            if (row[k].kind != PORT_AF_XDP) { /* of which nobody is told */
                wait_port(p, false);
            }
            in.n = 0;
            rc = port_receive(p, &in);
        }
        err_release();
        assert_int_equal(rc, ERR_DEVICE);
        assert_string_equal(text, row[k].text);
        assert_true(port_ended(p));
        assert_int_equal(port_receive(p, &in), ERR_DEVICE);
        assert_int_equal(port_close(p), 0);
        pool_destroy(pool);
        free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_pass_both_ways),
        cmocka_unit_test(only_what_comes_in_is_received),
        cmocka_unit_test(tags_stay_where_they_were),
        cmocka_unit_test(jumbo_frames_pass),
        cmocka_unit_test(packets_without_a_buffer_are_counted),
        cmocka_unit_test(what_cannot_be_sent_is_refused_and_counted),
        cmocka_unit_test(what_the_kernel_refuses_is_said_in_one_line),
        cmocka_unit_test(interface_that_goes_ends_its_port),
    };

    return cmocka_run_group_tests(tests, make_namespace, NULL);
}
