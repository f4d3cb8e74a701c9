/*
 * port_test.c - ports that need no right: captures, generator, null, the ring
 * between two processes; and what is said of ports that cannot be opened.
 */
#include "net/port/port.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "net/port/port_check.h"

static void kinds_are_told_by_their_word(void **state)
{
    static const struct {
        const char *text;
        enum port_kind kind;
        const char *name;
    } row[] = {
        {"pcap:a.pcap", PORT_PCAP, "a.pcap"},
        {"pcapng:-", PORT_PCAPNG, "-"},
        {"tap:tap0", PORT_TAP, "tap0"},
        {"af_packet:eth0", PORT_AF_PACKET, "eth0"},
        {"af_xdp:eth0:3", PORT_AF_XDP, "eth0:3"},
        {"ring:/tmp/x", PORT_RING, "/tmp/x"},
        {"gen:count=3", PORT_GEN, "count=3"},
        {"null", PORT_NULL, ""},
    };
    static const char *const none[] = {"", ":", "tap0", "ta:p0", "taps:x"};
    enum port_kind kind;
    const char *name;

    (void)state;
    assert_int_equal(CHECK_ROWS(row), PORT_KINDS);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_true(port_parse(row[k].text, &kind, &name));
        assert_int_equal(kind, row[k].kind);
        assert_string_equal(name, row[k].name);
    }
    for (size_t k = 0; k < CHECK_ROWS(none); k++) {
        assert_false(port_parse(none[k], &kind, &name));
    }
}

/* Takes all that 'p' gives; checks that it is what make_packets() made. */
static size_t drain(struct port *p, struct pool *pool, struct traffic *t)
{
    struct pkt got[FN_BURST_PKT];
    size_t n = 0;
    int rc;

    do {
        struct fn_span span = {.type = FN_PKT, .items = got, .cap = 100};
        rc = port_receive(p, &span);
        assert_true(rc >= 0 && (size_t)rc == span.n);
        for (size_t k = 0; k < span.n; k++) {
            check_packet(t, n + k, &got[k], 0);
            give_back(pool, &got[k]);
        }
        n += span.n;
    } while (rc > 0 || !port_ended(p));
    return n;
}

static void captures_pass_whole(void **state)
{
    struct pool *pool = open_pool(FN_BURST_PKT);
    char path[] = "/tmp/port_test.XXXXXX";
    struct traffic *t = make_traffic(MOST, 1514);
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    for (size_t b = 0; b < 2 * BURSTS; b++) {
        enum port_kind kind = b % 2 == 0 ? PORT_PCAP : PORT_PCAPNG;
        struct port *out = open_port(kind, path, pool, true);
        struct fn_span span = {
            .type = FN_PKT, .items = t->pkt, .n = bursts[b / 2], .cap = MOST};
        assert_int_equal(port_send(out, &span), span.n);
        assert_int_equal(port_counts(out)->sent, span.n);
        assert_int_equal(port_close(out), 0);
        struct port *in = open_port(kind, path, pool, false);
        assert_int_equal(port_link(in), 1);
        assert_int_equal(drain(in, pool, t), span.n);
        assert_int_equal(port_counts(in)->received, span.n);
        assert_int_equal(port_close(in), 0);
        assert_int_equal(pool_free_singles(pool), FN_BURST_PKT);
    }
    assert_int_equal(unlink(path), 0);
    free(t);
    pool_destroy(pool);
}

/* With no buffer left a capture waits: no packet is lost. */
static void capture_waits_for_buffers(void **state)
{
    enum { BUFFERS = 10 };
    struct pool *pool = open_pool(BUFFERS);
    char path[] = "/tmp/port_test.XXXXXX";
    struct traffic *t = make_traffic(25, 100);
    struct pkt got[FN_BURST_PKT];
    int fd = mkstemp(path);
    size_t n = 0;

    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    struct port *out = open_port(PORT_PCAP, path, pool, true);
    struct fn_span span = {.type = FN_PKT, .items = t->pkt, .n = 25, .cap = 25};
    assert_int_equal(port_send(out, &span), 25);
    assert_int_equal(port_close(out), 0);
    struct port *in = open_port(PORT_PCAP, path, pool, false);
    while (!port_ended(in)) {
        span = (struct fn_span){.type = FN_PKT, .items = got, .cap = 256};
        int rc = port_receive(in, &span);
        assert_int_equal(rc, n < 20 ? BUFFERS : n < 25 ? 5 : 0);
        if (rc > 0) {
            struct pkt more[1];
            struct fn_span next = {
                .type = FN_PKT, .items = more, .cap = rc == BUFFERS};
            assert_true(rc < BUFFERS || port_receive(in, &next) == 0);
            assert_false(port_ended(in));
        }
        for (int k = 0; k < rc; k++) {
            check_packet(t, n++, &got[k], 0);
            give_back(pool, &got[k]);
        }
    }
    assert_int_equal(n, 25);
    assert_int_equal(port_counts(in)->no_buffer, 0);
    assert_int_equal(port_close(in), 0);
    assert_int_equal(unlink(path), 0);
    free(t);
    pool_destroy(pool);
}

/* The same packets as `precast gen packets` writes. */
static void generator_gives_what_it_writes(void **state)
{
    struct pool *pool = open_pool(FN_BURST_PKT);
    char dir[] = "/tmp/port_test.XXXXXX";
    char path[64], other[64];
    struct pkt a[FN_BURST_PKT], b[FN_BURST_PKT];

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/p.pcap", dir);
    for (size_t k = 0; k < BURSTS; k++) {
        char name[64];
        struct pool *own = open_pool(FN_BURST_PKT);
        assert_int_equal(gen_packets(path, (uint32_t)bursts[k], 5, k % 2 * 7),
                         0);
        (void)snprintf(name, sizeof name, "count=%zu,seed=5,flows=%zu",
                       bursts[k], k % 2 * 7);
        struct port *gen = open_port(PORT_GEN, name, pool, false);
        struct port *file = open_port(PORT_PCAP, path, own, false);
        size_t n = 0;
        while (!port_ended(gen) || !port_ended(file)) {
            struct fn_span x = {.type = FN_PKT, .items = a, .cap = 200};
            struct fn_span y = {.type = FN_PKT, .items = b, .cap = 200};
            assert_int_equal(port_receive(gen, &x), port_receive(file, &y));
            for (size_t j = 0; j < x.n; j++) {
                assert_int_equal(a[j].len_bytes, b[j].len_bytes);
                assert_memory_equal(a[j].data, b[j].data, a[j].len_bytes);
                assert_true(a[j].t_ns == b[j].t_ns);
                give_back(pool, &a[j]);
                give_back(own, &b[j]);
            }
            n += x.n;
        }
        assert_int_equal(n, bursts[k]);
        assert_int_equal(port_close(gen), 0);
        assert_int_equal(port_close(file), 0);
        pool_destroy(own);
    }
    static const char *const files[] = {"p.pcap", "p.rules", "p.truth.json"};
    for (size_t k = 0; k < CHECK_ROWS(files); k++) {
        (void)snprintf(other, sizeof other, "%s/%s", dir, files[k]);
        assert_int_equal(unlink(other), 0);
    }
    assert_int_equal(rmdir(dir), 0);
    pool_destroy(pool);
}

static void null_gives_nothing_and_counts(void **state)
{
    struct pool *pool = open_pool(4);
    struct traffic *t = make_traffic(MOST, 1514);
    struct pkt got[2];
    struct fn_span in = {.type = FN_PKT, .items = got, .cap = 2};
    struct fn_span out = {
        .type = FN_PKT, .items = t->pkt, .n = MOST, .cap = MOST};
    struct port *p = open_port(PORT_NULL, "", pool, false);

    (void)state;
    assert_int_equal(port_receive(p, &in), 0);
    assert_true(port_ended(p));
    assert_int_equal(port_send(p, &out), MOST);
    assert_int_equal(port_counts(p)->sent, MOST);
    assert_int_equal(port_close(p), 0);
    assert_int_equal(port_close(NULL), 0);
    free(t);
    pool_destroy(pool);
}

static void what_cannot_be_opened_is_said_in_one_line(void **state)
{
    static const char sixteen[] = "sixteen-letters-";
    static const struct {
        enum port_kind kind;
        const char *name;
        int err;
        const char *what;
    } row[] = {
        {PORT_TAP, sixteen, ERR_BAD_INPUT, "expected 1 to 15 bytes"},
        {PORT_TAP, "", ERR_BAD_INPUT, "expected 1 to 15 bytes"},
        {PORT_TAP, "a%d", ERR_BAD_INPUT, "expected 1 to 15 bytes"},
        {PORT_AF_PACKET, sixteen, ERR_BAD_INPUT, "expected 1 to 15 bytes"},
        {PORT_AF_PACKET, "nowhere0", ERR_BAD_INPUT, "no interface 'nowhere0'"},
        {PORT_AF_XDP, "nowhere0", ERR_BAD_INPUT, "no interface 'nowhere0'"},
        {PORT_AF_XDP, "lo:64", ERR_BAD_INPUT, "queue '64', expected 0 to 63"},
        {PORT_AF_XDP, "lo:", ERR_BAD_INPUT, "queue '', expected 0 to 63"},
        {PORT_RING, "", ERR_BAD_INPUT, "no path of a socket"},
        {PORT_RING, "/nowhere/at/all", ERR_IO, "No such file or directory"},
        {PORT_GEN, "count=0", ERR_BAD_INPUT, "'count=0', expected count=N"},
        {PORT_GEN, "seed=1,loud", ERR_BAD_INPUT, "'loud', expected count=N"},
        {PORT_PCAP, "/nowhere/at/all", ERR_BAD_INPUT, "No such file"},
    };
    struct pool *pool = open_pool(4);
    char text[512];

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct port *p = NULL;
        struct port_config c = {
            .kind = row[k].kind, .name = row[k].name, .pool = pool};
        err_hold(text, sizeof text);
        int err = port_open(&c, &p);
        err_release();
        if (strstr(text, row[k].what) == NULL) {
            fail_msg("row %zu: '%s'", k, text);
        }
        assert_int_equal(err, row[k].err);
        assert_null(p);
    }
    pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_told_by_their_word),
        cmocka_unit_test(captures_pass_whole),
        cmocka_unit_test(capture_waits_for_buffers),
        cmocka_unit_test(generator_gives_what_it_writes),
        cmocka_unit_test(null_gives_nothing_and_counts),
        cmocka_unit_test(what_cannot_be_opened_is_said_in_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
