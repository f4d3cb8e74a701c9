/* file_test.c - files of records: cut, damaged, killed in mid-write. */
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/wire/file.h"
#include "core/wire/pub.h"
#include "tests/capture.h"

enum { RECORDS = 5 };

static char path[] = "/tmp/precast-wire-XXXXXX";

static int make_path(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static struct wire_record number(uint64_t k)
{
    return (struct wire_record){
        .type = WIRE_ACTION, .item = k, .kind = wire_text("scrub")};
}

static void write_some(uint64_t from, uint64_t to, bool append)
{
    struct wire_writer *w;

    assert_int_equal(wire_create(path, append, &w), 0);
    for (uint64_t k = from; k < to; k++) {
        struct wire_record r = number(k);
        assert_int_equal(wire_put(w, &r), 0);
    }
    assert_int_equal(wire_close(w), 0);
}

/* Records that can be read, which must be 0, 1, 2...; '*cut' as wire_cut(). */
static size_t read_some(int *err, uint64_t *cut)
{
    struct wire_reader *f;
    struct wire_record r;
    struct capture c;
    size_t n = 0;

    *cut = 0;
    capture_begin(&c);
    *err = wire_open(path, &f);
    if (*err == 0) {
        while ((*err = wire_get(f, &r)) > 0 && r.item == n) {
            n++;
        }
        *cut = wire_cut(f);
        wire_reader_close(f);
    }
    capture_end(&c);
    return n;
}

static size_t load(uint8_t *to, size_t cap)
{
    FILE *f = fopen(path, "rb");
    size_t n;

    assert_non_null(f);
    n = fread(to, 1, cap, f);
    (void)fclose(f);
    return n;
}

static void store(const uint8_t *from, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(from, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void a_cut_file_gives_all_before_the_cut(void **state)
{
    uint8_t bytes[4096];
    int err;
    uint64_t cut;

    (void)state;
    write_some(0, RECORDS, false);
    size_t n = load(bytes, sizeof bytes);
    assert_int_equal(read_some(&err, &cut), RECORDS);
    assert_int_equal(cut, 0);
    size_t each = (n - 8) / RECORDS + 1; /* the first is shorter: item 0 */
    for (size_t k = 8; k < n; k++) {
        store(bytes, k);
        size_t got = read_some(&err, &cut);
        assert_int_equal(err, 0);
        assert_true(got < RECORDS);
        assert_true(got + 1 >= (k - 8) / each);
        assert_true(cut < each);
        /* What is appended stands behind the last whole one. */
        write_some(got, RECORDS, true);
        assert_int_equal(read_some(&err, &cut), RECORDS);
        assert_int_equal(cut, 0);
    }
    for (size_t k = 1; k < 8; k++) {
        store(bytes, k);
        (void)read_some(&err, &cut);
        assert_int_equal(err, ERR_BAD_INPUT);
    }
}

static void no_flipped_bit_passes(void **state)
{
    uint8_t bytes[4096];
    int err;
    uint64_t cut;

    (void)state;
    write_some(0, RECORDS, false);
    size_t n = load(bytes, sizeof bytes);
    for (size_t k = 0; k < n * 8; k++) {
        bytes[k / 8] ^= (uint8_t)(1 << k % 8);
        store(bytes, n);
        assert_true(read_some(&err, &cut) < RECORDS);
        assert_true(err < 0 || cut > 0);
        bytes[k / 8] ^= (uint8_t)(1 << k % 8);
    }
}

static void a_length_that_lies_ends_the_file(void **state)
{
    static const uint32_t lengths[] = {0, 1, 1000, UINT32_MAX, 1u << 31};
    uint8_t bytes[4096];
    int err;
    uint64_t cut;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(lengths); k++) {
        write_some(0, RECORDS, false);
        size_t n = load(bytes, sizeof bytes);
        le32_store(bytes + 8, lengths[k]);
        store(bytes, n);
        assert_int_equal(read_some(&err, &cut), 0);
        assert_true(err < 0 || cut > 0);
    }
}

/* A writer is killed while it writes; what it had flushed is all there. */
static void a_killed_writer_loses_nothing_that_was_flushed(void **state)
{
    (void)state;
    for (int k = 0; k < 10; k++) {
        int said[2], status;
        int err;
        uint64_t flushed = 0, cut;

        assert_int_equal(pipe(said), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            struct wire_writer *w;
            if (wire_create(path, false, &w) < 0) {
                _exit(1);
            }
            for (uint64_t j = 0;; j++) {
                struct wire_record r = number(j);
                if (wire_put(w, &r) < 0 ||
                    (j % 100 == 99 && wire_flush(w, false) < 0)) {
                    _exit(1);
                }
                uint64_t n = j + 1;
                if (j % 100 == 99 && write(said[1], &n, sizeof n) < 0) {
                    _exit(1);
                }
            }
        }
        (void)close(said[1]);
        for (int j = 0; j < 20 + 7 * k; j++) {
            assert_int_equal(read(said[0], &flushed, sizeof flushed),
                             sizeof flushed);
        }
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        (void)close(said[0]);
        assert_true(read_some(&err, &cut) >= flushed);
        assert_int_equal(err, 0);
    }
}

/* One who reads along has all of it, and the end when the writer has gone. */
static void a_file_is_followed_while_it_is_written(void **state)
{
    struct wire_reader *f;
    struct wire_writer *w;
    struct wire_record r;
    uint64_t n = 0;

    (void)state;
    write_some(0, 0, false);
    assert_int_equal(wire_create(path, true, &w), 0);
    assert_int_equal(wire_open(path, &f), 0);
    assert_int_equal(wire_get(f, &r), 0);
    assert_true(wire_follow(f)); /* there may be more */
    assert_int_equal(wire_get(f, &r), 0);
    for (uint64_t round = 0; round < 5; round++) {
        for (uint64_t k = 0; k < 10; k++) {
            struct wire_record one = number(10 * round + k);
            assert_int_equal(wire_put(w, &one), 0);
        }
        assert_int_equal(wire_flush(w, false), 0);
        assert_true(wire_follow(f));
        while (wire_get(f, &r) > 0) {
            assert_int_equal(r.item, n++);
        }
        assert_int_equal(n, 10 * (round + 1));
    }
    struct wire_record last = number(n);
    assert_int_equal(wire_put(w, &last), 0);
    assert_int_equal(wire_close(w), 0);
    assert_true(wire_follow(f)); /* what it wrote before it went */
    assert_int_equal(wire_get(f, &r), 1);
    assert_int_equal(wire_get(f, &r), 0);
    assert_false(wire_follow(f));
    assert_int_equal(wire_cut(f), 0);
    wire_reader_close(f);
}

static void a_full_disk_leaves_whole_records_and_takes_more_later(void **state)
{
    struct rlimit old, small;
    struct wire_writer *w;
    uint64_t taken = 0, cut;
    int err;
    void (*was)(int) = signal(SIGXFSZ, SIG_IGN);

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 1 << 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(wire_create(path, false, &w), 0);
    do {
        struct wire_record r = number(taken);
        err = wire_put(w, &r);
        taken += err == 0;
    } while (err == 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    (void)signal(SIGXFSZ, was);
    assert_int_equal(err, ERR_IO);
    assert_true(wire_bytes(w) > 1 << 20); /* with what waits */
    (void)read_some(&err, &cut);
    assert_int_equal(err, 0);
    assert_int_equal(cut, 0); /* what is there is whole */
    struct wire_record r = number(taken);
    assert_int_equal(wire_put(w, &r), 0);
    assert_int_equal(wire_close(w), 0);
    assert_int_equal(read_some(&err, &cut), taken + 1);
}

static void another_kind_of_file_is_refused(void **state)
{
    struct wire_writer *w;
    struct capture c;
    int err;
    uint64_t cut;

    (void)state;
    store((const uint8_t *)"precast is no record", 20);
    (void)read_some(&err, &cut);
    assert_int_equal(err, ERR_BAD_INPUT);
    capture_begin(&c);
    err = wire_create(path, true, &w); /* nor is it destroyed */
    capture_end(&c);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_false(wire_is_file(path));
    assert_false(wire_is_file("/nonexistent"));
}

static void who_listens_hears_what_is_published(void **state)
{
    char endpoint[64];
    struct wire_pub *p;
    struct wire_sub *s;
    struct wire_record r, got;
    struct capture c;
    int err = 0;

    (void)state;
    (void)snprintf(endpoint, sizeof endpoint, "ipc://%s.ipc", path);
    assert_true(wire_is_endpoint(endpoint));
    assert_false(wire_is_endpoint("telemetry.twin"));
    assert_int_equal(wire_sub_open(endpoint, &s), 0);
    assert_int_equal(wire_pub_open(endpoint, &p), 0);
    /* PUB tells nobody who has not joined yet: repeat until heard. */
    for (uint64_t k = 0; err == 0; k++) {
        r = number(k);
        assert_int_equal(wire_pub_put(p, &r), 0);
        err = wire_sub_get(s, 10, &got);
    }
    assert_int_equal(err, 1);
    assert_int_equal(got.type, WIRE_ACTION);
    assert_true(wire_is(got.kind, "scrub"));
    wire_sub_close(s);
    wire_pub_close(p);
    (void)snprintf(endpoint, sizeof endpoint, "%s.ipc", path);
    (void)unlink(endpoint);
    capture_begin(&c);
    err = wire_pub_open("nowhere://x", &p);
    capture_end(&c);
    assert_int_equal(err, ERR_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_file_gives_all_before_the_cut),
        cmocka_unit_test(no_flipped_bit_passes),
        cmocka_unit_test(a_length_that_lies_ends_the_file),
        cmocka_unit_test(a_killed_writer_loses_nothing_that_was_flushed),
        cmocka_unit_test(a_file_is_followed_while_it_is_written),
        cmocka_unit_test(a_full_disk_leaves_whole_records_and_takes_more_later),
        cmocka_unit_test(another_kind_of_file_is_refused),
        cmocka_unit_test(who_listens_hears_what_is_published),
    };

    return cmocka_run_group_tests(tests, make_path, remove_path);
}
