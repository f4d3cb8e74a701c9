/*
 * bench_history.c - what record keeping costs: events into the history in wall
 * time, as the disk is part of it; telemetry, and items through the recorder,
 * in CPU time.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/registry.h"
#include "core/telemetry.h"
#include "host/chain/recorder.h"
#include "host/cli/bench.h"
#include "twin/history.h"

enum { EVENTS = 100000, BATCH = 1000, LINK_BYTES = 8 };

/* --- telemetry ------------------------------------------------------------ */

static int encode(void *ctx)
{
    uint8_t *bytes = ctx;

    for (uint64_t k = 0; k < BATCH; k++) {
        (void)wire_encode(
            &(struct wire_record){.type = WIRE_TELEMETRY,
                                  .t_ns = 1700000000123456789 + k,
                                  .node = wire_text("acl"),
                                  .device = wire_text("fab0/0"),
                                  .item = 1000000 + k,
                                  .data = {bytes, TELEMETRY_BYTES}},
            bytes + TELEMETRY_BYTES); /* its length is not needed */
    }
    return 0;
}

static int bench_telemetry(struct bench *b)
{
    uint8_t bytes[TELEMETRY_BYTES + WIRE_HEAD_MAX] = {0};
    double ns;
    int err = bench_median(encode, bytes, &ns, NULL);

    if (err == 0) {
        bench_print(b, "telemetry.encode", ns / BATCH, "ns");
        bench_print(b, "telemetry.link.w64",
                    100.0 * TELEMETRY_BYTES / (TELEMETRY_WINDOW * LINK_BYTES),
                    "%");
    }
    return err;
}

/* --- history -------------------------------------------------------------- */

static int bench_events(struct bench *b, const char *dir)
{
    struct history *h = NULL;
    uint64_t start;
    int err = history_open(&(struct history_config){.dir = dir,
                                                    .raw_bytes = HISTORY_BYTES,
                                                    .chain = "bench",
                                                    .t_ns = clock_wall_ns()},
                           &h);

    start = clock_ns();
    for (uint64_t k = 0; err == 0 && k < EVENTS; k++) {
        err = history_put(
            h, &(struct wire_record){.type = WIRE_VERDICT,
                                     .t_ns = clock_wall_ns(),
                                     .node = wire_text("acl"),
                                     .device = wire_text("fab0/0"),
                                     .kind = wire_text("differ"),
                                     .text = wire_text("byte 17 expected 0x40 "
                                                       "got 0x44"),
                                     .item = k});
        if (err == 0 && k % BATCH == BATCH - 1) {
            err = history_commit(h);
        }
    }
    if (err == 0) {
        bench_print(b, "history.write",
                    EVENTS * 1e9 / (double)(clock_ns() - start), "record/s");
    }
    int close_err = history_close(h);
    return err < 0 ? err : close_err;
}

struct items {
    struct bench *bench;
    struct recorder *recorder;
    struct body *body;
    uint64_t item;
};

static int record_burst(void *ctx)
{
    struct items *i = ctx;
    struct fn_span in = {.type = FN_PKT,
                         .items = i->bench->pkt[0],
                         .n = FN_BURST_PKT,
                         .cap = FN_BURST_PKT,
                         .item0 = i->item};

    recorder_input(i->recorder, "bench", i->body, &in);
    recorder_output(i->recorder, "bench", &in, NULL);
    i->item += in.n;
    return 0;
}

static int bench_items(struct bench *b, const char *dir, const struct fn *fn)
{
    struct items i = {.bench = b};
    double ns;
    int err = body_open_c(fn, &i.body);

    bench_fill(b, fn);
    err = err < 0 ? err : bench_setup(fn, i.body);
    err = err < 0 ? err
                  : recorder_open(&(struct recorder_config){.history = dir,
                                                            .history_bytes =
                                                                HISTORY_BYTES},
                                  "bench", &i.recorder);
    err = err < 0 ? err : bench_median(record_burst, &i, &ns, NULL);
    if (err == 0) {
        bench_print(b, "history.record", ns / FN_BURST_PKT, "ns/packet");
    }
    int close_err = recorder_close(i.recorder);
    body_close(i.body);
    return err < 0 ? err : close_err;
}

/* Removes a folder and the files in it. */
static void remove_dir(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *e;

    while (d != NULL && (e = readdir(d)) != NULL) {
        (void)unlinkat(dirfd(d), e->d_name, 0); /* "." and ".." stay */
    }
    if (d != NULL) {
        (void)closedir(d); /* only read from */
    }
    (void)rmdir(dir); /* what is left shows */
}

int bench_history(struct bench *b)
{
    char dir[] = "/tmp/precast-bench-XXXXXX";
    const struct fn *fn = NULL;
    int err;

    for (size_t k = 0; registry[k] != NULL && fn == NULL; k++) {
        fn = registry[k]->packet != NULL ? registry[k] : NULL;
    }
    if (mkdtemp(dir) == NULL) {
        return err_say(ERR_IO, "%s: cannot be made", dir);
    }
    err = bench_telemetry(b);
    err = err < 0 ? err : bench_events(b, dir);
    err = err < 0 || fn == NULL ? err : bench_items(b, dir, fn);
    remove_dir(dir);
    return err;
}
