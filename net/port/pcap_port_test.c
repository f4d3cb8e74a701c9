/* pcap_port_test.c - captures written, read back, cut and damaged. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/base/rng.h"
#include "net/port/pcap_port.h"

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

static int fixture_open(void **state)
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

static int fixture_close(void **state)
{
    struct fixture *f = *state;
    int err;

    (void)unlink(f->path); /* not every test makes them */
    (void)unlink(f->log);
    err = rmdir(f->folder);
    free(f);
    return err;
}

static void log_begin(struct fixture *f)
{
    (void)fflush(stderr);
    f->stderr_fd = dup(STDERR_FILENO);
    assert_true(f->stderr_fd >= 0);
    assert_non_null(freopen(f->log, "w", stderr));
}

/* The messages are 'n' lines, and contain 'part'. */
static void log_end(struct fixture *f, int n, const char *part)
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

static void file_write(const char *path, const void *data, size_t n)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static size_t file_read(const char *path, uint8_t *data)
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
static struct fn_span make_packets(struct fixture *f, size_t n, uint32_t limit)
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

static void write_capture(struct fixture *f, size_t n, uint32_t limit,
                          enum pcap_format format, int link)
{
    struct fn_span span = make_packets(f, n, limit);
    struct pcap_sink *sink;

    assert_int_equal(pcap_sink_open(f->path, format, link, &sink), 0);
    assert_int_equal(pcap_sink_write(sink, &span), 0);
    assert_int_equal(pcap_sink_close(sink), 0);
}

static void expect_packet(const struct pkt *p, const struct pkt *want,
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
static int read_capture(struct fixture *f, size_t cap, uint16_t flags,
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

static void packets_come_back_as_they_were_written(void **state)
{
    static const struct {
        size_t n, cap;
    } row[] = {
        {1, 256},   {1, 1},     {255, 256}, {256, 256},
        {257, 256}, {257, 255}, {257, 1},
    };
    struct fixture *f = *state;
    size_t n;

    for (size_t k = 0; k < 2 * CHECK_ROWS(row); k++) {
        size_t i = k / 2;
        write_capture(f, row[i].n, PKT_BYTES, k % 2 ? PCAP_NG : PCAP_CLASSIC,
                      ETHERNET);
        assert_int_equal(read_capture(f, row[i].cap, 0, &n), 0);
        assert_int_equal(n, row[i].n);
    }
}

static void source_appends_to_what_the_span_holds(void **state)
{
    struct fixture *f = *state;
    struct pkt got[4] = {{.mark = 77}};
    struct fn_span span = {
        .type = FN_PKT, .items = got, .n = 1, .cap = 4, .item0 = 9};
    struct pcap_source *source;

    write_capture(f, 5, 64, PCAP_NG, ETHERNET);
    assert_int_equal(pcap_source_open(f->path, 7, &source), 0);
    assert_int_equal(pcap_source_link(source), ETHERNET);
    assert_int_equal(pcap_source_read(source, &span), 3);
    assert_int_equal(span.n, 4);
    assert_int_equal(span.item0, 9);
    assert_int_equal(got[0].mark, 77);
    expect_packet(&got[3], &f->pkts[2], 0);
    pcap_source_close(source);
}

static void source_reads_stdin_and_leaves_it_open(void **state)
{
    struct fixture *f = *state;
    struct pkt got[4];
    struct fn_span span = {.type = FN_PKT, .items = got, .cap = 4};
    struct pcap_source *source;

    write_capture(f, 2, 64, PCAP_CLASSIC, ETHERNET);
    assert_non_null(freopen(f->path, "rb", stdin));
    assert_int_equal(pcap_source_open("-", 7, &source), 0);
    assert_int_equal(pcap_source_read(source, &span), 2);
    pcap_source_close(source);
    assert_int_equal(getc(stdin), EOF);
    assert_int_equal(ferror(stdin), 0);
}

/* Longest packets: fewer fit the arena than the span would take. */
static void source_ends_a_burst_when_its_memory_is_full(void **state)
{
    struct fixture *f = *state;
    uint8_t *data = calloc(1, PCAP_LEN_MAX);
    struct pkt p = {.data = data, .len_bytes = PCAP_LEN_MAX};
    struct pkt got[FN_BURST_PKT];
    struct fn_span span = {.type = FN_PKT, .items = &p, .n = 1, .cap = 1};
    struct pcap_sink *sink;
    struct pcap_source *source;
    int total = 0;
    int rc;

    assert_non_null(data);
    assert_int_equal(pcap_sink_open(f->path, PCAP_NG, ETHERNET, &sink), 0);
    for (int k = 0; k < 40; k++) {
        data[PCAP_LEN_MAX - 1] = (uint8_t)k;
        assert_int_equal(pcap_sink_write(sink, &span), 0);
    }
    assert_int_equal(pcap_sink_close(sink), 0);
    assert_int_equal(pcap_source_open(f->path, 7, &source), 0);
    span = (struct fn_span){.type = FN_PKT, .items = got, .cap = FN_BURST_PKT};
    while ((rc = pcap_source_read(source, &span)) > 0) {
        assert_true(rc < 40);
        for (int k = 0; k < rc; k++) {
            assert_int_equal(got[k].len_bytes, PCAP_LEN_MAX);
            assert_int_equal(got[k].data[PCAP_LEN_MAX - 1], total + k);
        }
        total += rc;
        span.n = 0;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(total, 40);
    pcap_source_close(source);
    free(data);
}

static void source_refuses_a_packet_that_leaves_no_room(void **state)
{
    struct fixture *f = *state;
    uint8_t *data = calloc(1, PCAP_LEN_MAX + 1);
    struct pkt p[2] = {{.data = data, .len_bytes = 60, .wire_bytes = 60},
                       {.data = data, .len_bytes = PCAP_LEN_MAX + 1}};
    struct fn_span span = {.type = FN_PKT, .items = p, .n = 2, .cap = 2};
    struct pcap_sink *sink;
    size_t n;

    assert_non_null(data);
    assert_int_equal(pcap_sink_open(f->path, PCAP_CLASSIC, ETHERNET, &sink), 0);
    assert_int_equal(pcap_sink_write(sink, &span), 0);
    assert_int_equal(pcap_sink_close(sink), 0);
    f->pkts[0] = p[0];
    log_begin(f);
    assert_int_equal(read_capture(f, 8, 0, &n), ERR_BAD_INPUT);
    log_end(f, 1, "packet 2 has 262081 bytes, expected at most 262080; 1 pack");
    assert_int_equal(n, 1);
    free(data);
}

/*
 * A file cut after k bytes gives the packets that end within them, then one
 * line unless it was cut between two packets.  'ends' are those places.
 */
static void cut_everywhere(struct fixture *f, enum pcap_format format,
                           const size_t *ends, size_t n_ends)
{
    uint8_t whole[FILE_MAX];
    size_t n_whole;

    write_capture(f, n_ends - 1, 90, format, ETHERNET);
    n_whole = file_read(f->path, whole);
    assert_int_equal(ends[n_ends - 1], n_whole);
    for (size_t cut = 0; cut <= n_whole; cut++) {
        size_t want = 0;
        size_t n;
        int rc;
        while (want + 1 < n_ends && ends[want + 1] <= cut) {
            want++;
        }
        file_write(f->path, whole, cut);
        log_begin(f);
        rc = read_capture(f, 2, 0, &n);
        log_end(f, rc == 0 ? 0 : 1, rc == 0 ? "" : f->path);
        assert_int_equal(n, want);
        assert_int_equal(rc, want > 0 && ends[want] == cut ? 0 : ERR_BAD_INPUT);
        if (rc < 0 && cut > ends[0]) {
            char text[64];
            (void)snprintf(text, sizeof text, "packet %zu is cut short",
                           want + 1);
            assert_non_null(strstr(f->text, text));
        }
    }
}

static void source_delivers_what_precedes_a_cut_packet(void **state)
{
    enum { N = 10 };
    struct fixture *f = *state;
    struct fn_span span = make_packets(f, N, 90);
    const struct pkt *p = span.items;
    size_t classic[N + 1] = {24};
    size_t ng[N + 1] = {28 + 32};

    for (size_t k = 0; k < N; k++) {
        classic[k + 1] = classic[k] + 16 + p[k].len_bytes;
        ng[k + 1] = ng[k] + 32 + (size_t)(p[k].len_bytes + 3) / 4 * 4;
    }
    cut_everywhere(f, PCAP_CLASSIC, classic, N + 1);
    cut_everywhere(f, PCAP_NG, ng, N + 1);
}

/* One bit of every byte; what is then read is not looked at. */
static void source_survives_any_damaged_byte(void **state)
{
    struct fixture *f = *state;
    uint8_t whole[FILE_MAX];

    for (int format = PCAP_CLASSIC; format <= PCAP_NG; format++) {
        size_t n;
        write_capture(f, 3, 90, (enum pcap_format)format, ETHERNET);
        n = file_read(f->path, whole);
        for (size_t k = 0; k < 2 * n; k++) {
            struct pcap_source *source = NULL;
            struct pkt got[FN_BURST_PKT];
            struct fn_span span = {
                .type = FN_PKT, .items = got, .cap = FN_BURST_PKT};
            int rc;
            whole[k / 2] ^= k % 2 ? 0x80 : 0x01;
            file_write(f->path, whole, n);
            whole[k / 2] ^= k % 2 ? 0x80 : 0x01;
            log_begin(f);
            rc = pcap_source_open(f->path, 7, &source);
            if (rc == 0) {
                rc = pcap_source_read(source, &span);
            }
            if (rc > 0) {
                rc = pcap_source_read(source, &span);
            }
            pcap_source_close(source);
            log_end(f, rc < 0, "");
        }
    }
}

static void source_says_what_is_wrong_with_a_file(void **state)
{
    static const struct {
        const char *text; /* the file's */
        size_t n;
        const char *message;
    } row[] = {
        {"", 0, "empty file, expected a pcap or pcapng capture"},
        {"a", 1, "expected a pcap or pcapng capture"},
        {"just some text, and more of it\n", 31,
         "unknown file format, expected a pcap or pcapng capture"},
    };
    struct fixture *f = *state;
    struct pcap_source *source;
    size_t n;

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        file_write(f->path, row[k].text, row[k].n);
        log_begin(f);
        assert_int_equal(read_capture(f, 8, 0, &n), ERR_BAD_INPUT);
        log_end(f, 1, row[k].message);
        assert_non_null(strstr(f->text, f->path));
    }
    (void)unlink(f->path); /* was there */
    log_begin(f);
    assert_int_equal(read_capture(f, 8, 0, &n), ERR_BAD_INPUT);
    log_end(f, 1, "No such file or directory, expected a pcap");
    log_begin(f);
    assert_int_equal(pcap_source_open(f->folder, 7, &source), ERR_BAD_INPUT);
    log_end(f, 1, "Is a directory, expected a pcap");
}

static void source_refuses_a_capture_without_packets(void **state)
{
    struct fixture *f = *state;
    size_t n;

    for (int format = PCAP_CLASSIC; format <= PCAP_NG; format++) {
        write_capture(f, 0, 1, (enum pcap_format)format, ETHERNET);
        log_begin(f);
        assert_int_equal(read_capture(f, 8, 0, &n), ERR_BAD_INPUT);
        log_end(f, 1, "no packet in this capture, expected at least one");
    }
}

static void source_flags_what_is_not_ethernet(void **state)
{
    struct fixture *f = *state;
    struct pcap_source *source;
    size_t n;

    for (int format = PCAP_CLASSIC; format <= PCAP_NG; format++) {
        write_capture(f, 3, 90, (enum pcap_format)format, RAW_IP);
        assert_int_equal(read_capture(f, 8, PKT_ERROR, &n), 0);
        assert_int_equal(n, 3);
        assert_int_equal(pcap_source_open(f->path, 0, &source), 0);
        assert_int_equal(pcap_source_link(source), RAW_IP);
        pcap_source_close(source);
    }
}

static void source_reads_microseconds_and_times_after_2038(void **state)
{
    /* Big-endian pcap with microseconds, second 2^31, one byte 0xab. */
    static const uint8_t file[] = {
        0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0,    255,  255,  0,    0, 0, 1, /* Ethernet */
        0x80, 0,    0,    0,    0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 9, 0xab,
    };
    struct fixture *f = *state;
    struct pkt got;
    struct fn_span span = {.type = FN_PKT, .items = &got, .cap = 1};
    struct pcap_source *source;

    file_write(f->path, file, sizeof file);
    assert_int_equal(pcap_source_open(f->path, 0, &source), 0);
    assert_int_equal(pcap_source_read(source, &span), 1);
    assert_true(got.t_ns == 2147483648 * 1000000000 + 5000);
    assert_int_equal(got.len_bytes, 1);
    assert_int_equal(got.wire_bytes, 9);
    assert_int_equal(got.data[0], 0xab);
    pcap_source_close(source);
}

static void pcapng_blocks_stand_where_the_format_wants_them(void **state)
{
    struct fixture *f = *state;
    uint8_t b[FILE_MAX];
    size_t n;

    write_capture(f, 1, 1, PCAP_NG, ETHERNET);
    n = file_read(f->path, b);
    assert_int_equal(n, 28 + 32 + 36);
    assert_int_equal(le32_load(b), 0x0a0d0d0a);
    assert_int_equal(le32_load(b + 8), 0x1a2b3c4d);
    assert_int_equal(le32_load(b + 24), 28);
    assert_int_equal(le32_load(b + 28), 1);
    assert_int_equal(le16_load(b + 36), ETHERNET);
    assert_int_equal(le32_load(b + 40), 262144);
    assert_int_equal(b[48], 9); /* nanoseconds */
    assert_int_equal(le32_load(b + 56), 32);
    assert_int_equal(le32_load(b + 60), 6);
    assert_int_equal(le32_load(b + 64), 36);
    assert_int_equal(le32_load(b + 72), t0_ns >> 32);
    assert_int_equal(le32_load(b + 76), (uint32_t)t0_ns);
    assert_int_equal(le32_load(b + 80), 1);
    assert_int_equal(le32_load(b + 92), 36);
}

static void sink_says_once_that_the_disk_is_full(void **state)
{
    struct fixture *f = *state;
    struct fn_span span = make_packets(f, FN_BURST_PKT, PKT_BYTES);

    for (int format = PCAP_CLASSIC; format <= PCAP_NG; format++) {
        struct pcap_sink *sink;
        log_begin(f);
        assert_int_equal(pcap_sink_open("/dev/full", (enum pcap_format)format,
                                        ETHERNET, &sink),
                         0);
        assert_int_equal(pcap_sink_write(sink, &span), ERR_IO);
        assert_int_equal(pcap_sink_write(sink, &span), ERR_IO);
        assert_int_equal(pcap_sink_close(sink), ERR_IO);
        log_end(f, 1, "/dev/full: No space left on device");
        /* Little enough to be buffered until the end. */
        log_begin(f);
        assert_int_equal(pcap_sink_open("/dev/full", (enum pcap_format)format,
                                        ETHERNET, &sink),
                         0);
        assert_int_equal(pcap_sink_close(sink), ERR_IO);
        log_end(f, 1, "/dev/full: No space left on device");
    }
}

static void sink_refuses_a_name_that_cannot_be_made(void **state)
{
    struct fixture *f = *state;
    struct pcap_sink *sink;

    for (int format = PCAP_CLASSIC; format <= PCAP_NG; format++) {
        log_begin(f);
        assert_int_equal(pcap_sink_open(f->folder, (enum pcap_format)format,
                                        ETHERNET, &sink),
                         ERR_IO);
        log_end(f, 1, "Is a directory");
        assert_non_null(strstr(f->text, f->folder));
    }
}

static void same_file_sees_through_names_and_links(void **state)
{
    struct fixture *f = *state;
    char other[160];
    char missing[160];

    file_write(f->path, "x", 1);
    (void)snprintf(other, sizeof other, "%s/./p.pcap", f->folder);
    (void)snprintf(missing, sizeof missing, "%s/none", f->folder);
    assert_true(pcap_same_file(f->path, f->path));
    assert_true(pcap_same_file(f->path, other));
    assert_false(pcap_same_file(f->path, f->folder));
    assert_false(pcap_same_file(f->path, missing));
    assert_false(pcap_same_file(missing, missing));
    assert_false(pcap_same_file("-", "-"));
    (void)snprintf(other, sizeof other, "%s/link", f->folder);
    assert_int_equal(symlink(f->path, other), 0);
    assert_true(pcap_same_file(f->path, other));
    assert_int_equal(unlink(other), 0);
}

static void close_takes_null(void **state)
{
    (void)state;
    pcap_source_close(NULL);
    assert_int_equal(pcap_sink_close(NULL), 0);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(packets_come_back_as_they_were_written),
        TEST(source_appends_to_what_the_span_holds),
        TEST(source_reads_stdin_and_leaves_it_open),
        TEST(source_ends_a_burst_when_its_memory_is_full),
        TEST(source_refuses_a_packet_that_leaves_no_room),
        TEST(source_delivers_what_precedes_a_cut_packet),
        TEST(source_survives_any_damaged_byte),
        TEST(source_says_what_is_wrong_with_a_file),
        TEST(source_refuses_a_capture_without_packets),
        TEST(source_flags_what_is_not_ethernet),
        TEST(source_reads_microseconds_and_times_after_2038),
        TEST(pcapng_blocks_stand_where_the_format_wants_them),
        TEST(sink_says_once_that_the_disk_is_full),
        TEST(sink_refuses_a_name_that_cannot_be_made),
        TEST(same_file_sees_through_names_and_links),
        cmocka_unit_test(close_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
