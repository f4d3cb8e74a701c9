/* pcap_check.h - captures in a folder of their own, for pcap_*_test.c. */
#ifndef NET_PORT_PCAP_CHECK_H
#define NET_PORT_PCAP_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/rng.h"
#include "net/port/pcap_port.h"
#include "tests/check.h"

enum {
    ETHERNET = 1,     /* DLT_EN10MB */
    RAW_IP = 12,      /* DLT_RAW, the file's 101 */
    PKT_BYTES = 1600, /* longest packet made here */
    FILE_MAX = 4096,  /* of the small captures that are cut */
};

static const uint64_t t0_ns = 1767225600123456789;

struct fixture {
    char folder[64];
    char path[128];
    char log[128]; /* stderr of the calls between log_begin() and log_end() */
    int stderr_fd;
    struct pkt pkts[FN_BURST_PKT + 1];
    uint8_t bytes[FN_BURST_PKT + 1][PKT_BYTES];
    char text[4096];
};

static inline int fixture_open(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    if (f == NULL) {
        return -1;
    }
    (void)strcpy(f->folder, "/tmp/pcap_port_test.XXXXXX");
    if (mkdtemp(f->folder) == NULL) {
        free(f);
        return -1;
    }
    (void)snprintf(f->path, sizeof f->path, "%s/p.pcap", f->folder);
    (void)snprintf(f->log, sizeof f->log, "%s/log", f->folder);
    *state = f;
    return 0;
}

static inline int fixture_close(void **state)
{
    struct fixture *f = *state;
    int err;

    (void)unlink(f->path); /* not every test makes them */
    (void)unlink(f->log);
    err = rmdir(f->folder);
    free(f);
    return err;
}

static inline void log_begin(struct fixture *f)
{
    (void)fflush(stderr);
    f->stderr_fd = dup(STDERR_FILENO);
    assert_true(f->stderr_fd >= 0);
    assert_non_null(freopen(f->log, "w", stderr));
}

/* The messages are 'n' lines, and contain 'part'. */
static inline void log_end(struct fixture *f, int n, const char *part)
{
    FILE *log;
    size_t len;
    int lines = 0;

    (void)fflush(stderr);
    assert_true(dup2(f->stderr_fd, STDERR_FILENO) >= 0);
    (void)close(f->stderr_fd);
    log = fopen(f->log, "r");
    assert_non_null(log);
    len = fread(f->text, 1, sizeof f->text - 1, log);
    (void)fclose(log);
    f->text[len] = '\0';
    for (size_t k = 0; k < len; k++) {
        lines += f->text[k] == '\n';
    }
    assert_int_equal(lines, n);
    if (strstr(f->text, part) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, f->text);
    }
}

static inline void file_write(const char *path, const void *data, size_t n)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static inline size_t file_read(const char *path, uint8_t *data)
{
    FILE *file = fopen(path, "rb");
    size_t n;

    assert_non_null(file);
    n = fread(data, 1, FILE_MAX, file);
    (void)fclose(file);
    assert_true(n < FILE_MAX);
    return n;
}

/* Fills f->pkts with 'n' packets of 1, 2, 3 ... and some random lengths. */
static inline struct fn_span make_packets(struct fixture *f, size_t n,
                                          uint32_t limit)
{
    struct rng r = {n};

    for (size_t k = 0; k < n; k++) {
        uint32_t len = k < 8 ? (uint32_t)k + 1 : 1 + rng_below(&r, limit);
        for (uint32_t i = 0; i < len; i++) {
            f->bytes[k][i] = (uint8_t)rng_next(&r);
        }
        f->pkts[k] = (struct pkt){
            .data = f->bytes[k],
            .len_bytes = len,
            .room_bytes = PKT_BYTES,
            .wire_bytes = len + (uint32_t)k % 3,
            .t_ns = t0_ns + k * 1001,
        };
    }
    return (struct fn_span){
        .type = FN_PKT, .items = f->pkts, .n = n, .cap = FN_BURST_PKT + 1};
}

static inline void write_capture(struct fixture *f, size_t n, uint32_t limit,
                                 enum pcap_format format, int link)
{
    struct fn_span span = make_packets(f, n, limit);
    struct pcap_sink *sink;

    assert_int_equal(pcap_sink_open(f->path, format, link, &sink), 0);
    assert_int_equal(pcap_sink_write(sink, &span), 0);
    assert_int_equal(pcap_sink_close(sink), 0);
}

static inline void expect_packet(const struct pkt *p, const struct pkt *want,
                                 uint16_t flags)
{
    assert_int_equal(p->len_bytes, want->len_bytes);
    assert_memory_equal(p->data, want->data, want->len_bytes);
    assert_true(p->room_bytes >= p->len_bytes + PCAP_ROOM_BYTES);
    assert_int_equal(p->wire_bytes, want->wire_bytes);
    assert_true(p->t_ns == want->t_ns);
    assert_int_equal(p->in_port, 7);
    assert_int_equal(p->out_port, 0);
    assert_int_equal(p->mark, 0);
    assert_int_equal(p->flags, flags);
    memset(p->data, 0xee, p->room_bytes); /* all of the room may be written */
}

/* Reads f->path to its end or error, which is returned; '*n' packets came. */
static inline int read_capture(struct fixture *f, size_t cap, uint16_t flags,
                               size_t *n)
{
    struct pkt got[FN_BURST_PKT];
    struct fn_span span = {.type = FN_PKT, .items = got, .cap = cap};
    struct pcap_source *source;
    int rc = pcap_source_open(f->path, 7, &source);

    *n = 0;
    if (rc < 0) {
        return rc;
    }
    while ((rc = pcap_source_read(source, &span)) > 0) {
        assert_int_equal(rc, span.n);
        for (size_t k = 0; k < span.n; k++) {
            expect_packet(&got[k], &f->pkts[*n + k], flags);
        }
        *n += span.n;
        span.n = 0;
    }
    assert_int_equal(pcap_source_read(source, &span), rc); /* and stays so */
    pcap_source_close(source);
    return rc;
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

#endif
