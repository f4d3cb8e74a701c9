/* pcap_sink_test.c - captures as they are written, and where they cannot be. */
#include "net/port/pcap_check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "core/base/err.h"

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

static void sink_close_takes_null(void **state)
{
    (void)state;
    assert_int_equal(pcap_sink_close(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pcapng_blocks_stand_where_the_format_wants_them),
        TEST(sink_says_once_that_the_disk_is_full),
        TEST(sink_refuses_a_name_that_cannot_be_made),
        TEST(same_file_sees_through_names_and_links),
        cmocka_unit_test(sink_close_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
