/* pcap_source_test.c - captures read back whole, cut and damaged. */
#include "net/port/pcap_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"

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

/* Longest packets: fewer are read at once than the span would take. */
static void source_ends_a_burst_when_it_has_read_enough(void **state)
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
        assert_true(rc > 1 && rc < 40);
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
    log_end(f, 1, "packet 2 has 262017 bytes, expected at most 262016; 1 pack");
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

static void source_close_takes_null(void **state)
{
    (void)state;
    pcap_source_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(packets_come_back_as_they_were_written),
        TEST(source_appends_to_what_the_span_holds),
        TEST(source_reads_stdin_and_leaves_it_open),
        TEST(source_ends_a_burst_when_it_has_read_enough),
        TEST(source_refuses_a_packet_that_leaves_no_room),
        TEST(source_delivers_what_precedes_a_cut_packet),
        TEST(source_survives_any_damaged_byte),
        TEST(source_says_what_is_wrong_with_a_file),
        TEST(source_refuses_a_capture_without_packets),
        TEST(source_flags_what_is_not_ethernet),
        TEST(source_reads_microseconds_and_times_after_2038),
        cmocka_unit_test(source_close_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
