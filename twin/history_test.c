/*
 * history_test.c - what a history keeps: through a crash, a full disk and its
 * own limit.
 */
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "tests/capture.h"
#include "twin/history.h"
#include "twin/history_files.h"
#include "twin/history_read.h"

enum { BATCH = 50, T0 = 1700000000 };

static const uint64_t second = 1000000000;
static char top[] = "/tmp/precast-history-XXXXXX";
static char dir[64];

static int make_top(void **state)
{
    (void)state;
    return mkdtemp(top) == NULL ? -1 : 0;
}

static int remove_top(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", top);
    return system(command);
}

/* Each test has a folder of its own. */
static int next_dir(void **state)
{
    static int n;

    (void)state;
    (void)snprintf(dir, sizeof dir, "%s/%d", top, n++);
    return 0;
}

static struct history *open_history(uint64_t bytes)
{
    struct history *h = NULL;

    assert_int_equal(history_open(&(struct history_config){.dir = dir,
                                                           .raw_bytes = bytes,
                                                           .chain = "t",
                                                           .t_ns = T0 * second},
                                  &h),
                     0);
    return h;
}

static struct wire_record event(enum wire_type type, uint64_t item)
{
    return (struct wire_record){.type = type,
                                .t_ns = T0 * second + item,
                                .node = wire_text("acl"),
                                .kind = wire_text("differ"),
                                .item = item};
}

/* Raw data that is no more than bytes. */
static struct wire_record raw(uint64_t item, size_t n)
{
    static const uint8_t zeros[1 << 16];
    struct wire_record r = event(WIRE_INPUT, item);

    r.kind = wire_text(NULL);
    r.count = 1;
    r.data = (struct wire_bytes){zeros, n};
    return r;
}

struct seen {
    uint64_t n[WIRE_TYPES];
    uint64_t first, last, gaps; /* items of WIRE_ACTION, WIRE_INPUT */
};

static int see(void *ctx, const struct wire_record *r)
{
    struct seen *s = ctx;

    if (r->type == WIRE_ACTION || r->type == WIRE_INPUT) {
        s->gaps += s->n[r->type] > 0 && r->item != s->last + 1;
        s->first = s->n[r->type] == 0 ? r->item : s->first;
        s->last = r->item;
    }
    s->n[r->type]++;
    return 0;
}

static struct seen events(void)
{
    struct seen s = {.gaps = 0};

    assert_int_equal(history_events(dir, 0, see, &s), 0);
    return s;
}

static struct seen raws(void)
{
    struct seen s = {.gaps = 0};

    assert_int_equal(history_raw(dir, see, &s), 0);
    return s;
}

static uint64_t bytes_in_dir(size_t *n_kept)
{
    struct history_files f;
    uint64_t sum = 0;

    *n_kept = 0;
    assert_int_equal(history_files_list(dir, &f), 0);
    for (size_t k = 0; k < f.n; k++) {
        sum += f.at[k].bytes;
        *n_kept += f.at[k].kept;
    }
    history_files_close(&f);
    return sum;
}

static void events_and_summaries_are_kept_by_run(void **state)
{
    struct history *h = open_history(HISTORY_BYTES_MIN);
    struct history_db *db;
    struct seen s = {.gaps = 0};

    (void)state;
    for (uint64_t k = 0; k < 120; k++) {
        struct wire_record r = {.type = WIRE_SUMMARY,
                                .t_ns = (T0 + k) * second,
                                .node = wire_text("acl"),
                                .count = 10,
                                .dropped = 1};
        assert_int_equal(history_put(h, &r), 0);
    }
    assert_int_equal(history_close(h), 0);
    assert_int_equal(history_db_open(dir, false, &db), 0);
    assert_int_equal(history_db_summaries(db, 1, 0, 1, see, &s), 0);
    assert_int_equal(s.n[WIRE_SUMMARY], 120);
    s = (struct seen){.gaps = 0};
    assert_int_equal(history_db_summaries(db, 1, 0, 60, see, &s), 0);
    /* 1700000000 is 20 s into a minute: 40 + 60 + 20 */
    assert_int_equal(s.n[WIRE_SUMMARY], 3);
    history_db_close(db);

    h = open_history(HISTORY_BYTES_MIN); /* a run of its own */
    struct wire_record r = event(WIRE_ACTION, 7);
    assert_int_equal(history_put(h, &r), 0);
    assert_int_equal(history_close(h), 0);
    s = events();
    assert_int_equal(s.n[WIRE_RUN], 1);
    assert_int_equal(s.n[WIRE_ACTION], 1);
}

/* A writer is killed in mid-write: all that it had committed is there. */
static void a_crash_loses_nothing_committed(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        uint64_t said = 0;
        int out[2], status;

        assert_int_equal(pipe(out), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            struct history *h = open_history(HISTORY_BYTES_MIN);
            for (uint64_t k = 0;; k++) {
                struct wire_record a = event(WIRE_ACTION, k);
                struct wire_record b = raw(k, 100);
                if (history_put(h, &a) < 0 || history_put(h, &b) < 0) {
                    _exit(1);
                }
                uint64_t n = k + 1;
                if (n % BATCH == 0 && (history_commit(h) < 0 ||
                                       write(out[1], &n, sizeof n) < 0)) {
                    _exit(1);
                }
            }
        }
        (void)close(out[1]);
        for (int k = 0; k < 5 + 3 * round; k++) {
            assert_int_equal(read(out[0], &said, sizeof said), sizeof said);
        }
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        (void)close(out[0]);
        struct seen e = events(), r = raws();
        assert_true(e.n[WIRE_ACTION] >= said);
        assert_int_equal(e.n[WIRE_ACTION] % BATCH, 0); /* whole commits */
        assert_true(r.n[WIRE_INPUT] >= said);
        assert_int_equal(e.gaps + r.gaps, 0);
        /* And it can be gone on with. */
        assert_int_equal(history_close(open_history(HISTORY_BYTES_MIN)), 0);
        assert_int_equal(next_dir(NULL), 0);
    }
}

static void raw_data_stays_within_its_limit_and_the_newest_is_kept(void **state)
{
    struct history *h = open_history(HISTORY_BYTES_MIN);
    size_t n_kept;

    (void)state;
    for (uint64_t k = 0; k < 5000; k++) { /* 5 MB through 1 MiB */
        struct wire_record r = raw(k, 1000), v = event(WIRE_VERDICT, k);
        assert_int_equal(history_put(h, &r), 0);
        if (k == 1000) {
            assert_int_equal(history_put(h, &v), 0);
        }
    }
    assert_true(history_counts(h).files_dropped > 0);
    assert_int_equal(history_close(h), 0);
    assert_true(bytes_in_dir(&n_kept) <= HISTORY_BYTES_MIN);
    assert_int_equal(n_kept, 1); /* around the mismatch, though it is old */
    struct seen r = raws();
    assert_int_equal(r.last, 4999);
    assert_true(r.n[WIRE_INPUT] > 800);
    assert_int_equal(r.gaps, 1); /* between that and the newest */
    assert_true(r.first <= 1000);
}

static void kept_files_take_half_at_most(void **state)
{
    struct history *h = open_history(HISTORY_BYTES_MIN);
    size_t n_kept;

    (void)state;
    for (uint64_t k = 0; k < 5000; k++) { /* a mismatch in every file */
        struct wire_record r = raw(k, 1000), v = event(WIRE_VERDICT, k);
        assert_int_equal(history_put(h, &r), 0);
        assert_int_equal(history_put(h, &v), 0);
    }
    assert_int_equal(history_close(h), 0);
    assert_true(bytes_in_dir(&n_kept) <= HISTORY_BYTES_MIN);
    assert_int_equal(events().n[WIRE_VERDICT], 5000); /* for ever */
}

/* In a tmpfs of 2 MiB: the history may have 64 MiB and gets less. */
static void a_full_disk_costs_the_oldest_raw_data_only(void **state)
{
    struct capture c;
    int status;

    (void)state;
    assert_int_equal(mkdir(dir, 0700), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (unshare(CLONE_NEWNS) < 0 ||
            mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("none", dir, "tmpfs", 0, "size=2m") < 0) {
            _exit(77);
        }
        capture_begin(&c);
        struct history *h = open_history(64 << 20);
        int err = 0;
        for (uint64_t k = 0; err == 0 && k < 200; k++) {
            struct wire_record r = raw(k, 60000), a = event(WIRE_ACTION, k);
            err = history_put(h, &r);
            err = err < 0 ? err : history_put(h, &a);
            err = err < 0 ? err : history_commit(h);
        }
        struct history_counts n = history_counts(h);
        int close_err = history_close(h);
        capture_end(&c);
        struct seen e = events(), r = raws();
        bool good = err == 0 && close_err == 0 && n.disk_full > 0 &&
                    strstr(c.text, "disk is full") != NULL &&
                    e.n[WIRE_ALARM] > 0 && e.n[WIRE_ACTION] == 200 &&
                    e.gaps == 0 && r.gaps == 0;
        if (!good) {
            print_message("err %d %d full %llu lost %llu events %llu gaps "
                          "%llu %llu raw %llu..%llu\n%s",
                          err, close_err, (unsigned long long)n.disk_full,
                          (unsigned long long)n.lost,
                          (unsigned long long)e.n[WIRE_ACTION],
                          (unsigned long long)e.gaps,
                          (unsigned long long)r.gaps,
                          (unsigned long long)r.first,
                          (unsigned long long)r.last, c.text);
        }
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("skipped: no right to mount a small disk\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void what_is_no_history_is_refused(void **state)
{
    struct capture c;
    struct history *h;
    struct seen s = {.gaps = 0};
    char path[128];
    int none, broken;

    (void)state;
    capture_begin(&c);
    none = history_events(dir, 0, see, &s);
    capture_end(&c);
    assert_int_equal(none, ERR_BAD_INPUT);
    assert_int_equal(mkdir(dir, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/history.db", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (int k = 0; k < 1000; k++) {
        assert_true(fputs("no database ", f) >= 0);
    }
    assert_int_equal(fclose(f), 0);
    capture_begin(&c);
    broken =
        history_open(&(struct history_config){.dir = dir, .chain = "t"}, &h);
    capture_end(&c);
    assert_int_equal(broken, ERR_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(events_and_summaries_are_kept_by_run, next_dir),
        cmocka_unit_test_setup(a_crash_loses_nothing_committed, next_dir),
        cmocka_unit_test_setup(
            raw_data_stays_within_its_limit_and_the_newest_is_kept, next_dir),
        cmocka_unit_test_setup(kept_files_take_half_at_most, next_dir),
        cmocka_unit_test_setup(a_full_disk_costs_the_oldest_raw_data_only,
                               next_dir),
        cmocka_unit_test_setup(what_is_no_history_is_refused, next_dir),
    };

    return cmocka_run_group_tests(tests, make_top, remove_top);
}
