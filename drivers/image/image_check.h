/*
 * image_check.h - a good manifest of a function that only the tests have, and
 * files to hold such texts.
 */
#ifndef DRIVERS_IMAGE_IMAGE_CHECK_H
#define DRIVERS_IMAGE_IMAGE_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common_csr.h"
#include "core/base/err.h"
#include "drivers/image/manifest.h"
#include "tests/capture.h"
#include "tests/check.h"

enum { CHECK_ABI = 7, CHECK_TEXT = 8192 };

#define SHA_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SHA_B "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static const struct csr_table check_tables[] = {
    {.name = "ROUTE", .depth = 4096, .words = 3},
    {.name = "HOP", .depth = 64, .words = 2},
};

/* A function with two tables. */
static const struct csr_layout check_layout = {
    .name = "two",
    .id = 0x01020304,
    .version = 0x0a0b0c0d,
    .in = FN_PKT,
    .out = FN_IQ16,
    .tables = check_tables,
    .n_tables = 2,
};

/* All lines of a good manifest but the sum. */
static inline const char *good_lines(void)
{
    static char text[CHECK_TEXT];
    int n = snprintf(
        text, sizeof text,
        "# a comment\n"
        "image: two\n"
        "id: 0x01020304\n"
        "layout: 0x0a0b0c0d\n"
        "abi: { image: %d, slot: 0x%08x, metadata: 48 }\n"
        "streams: { in: pkt, out: iq16 }\n"
        "tables: { ROUTE: 128, HOP: 16 }\n"
        "c: two_fn\n"
        "simulated:\n"
        "  - { file: two-w32.so, width: 32, faults: false, build: 0x1f, "
        "sha256: " SHA_A " }\n"
        "  - { file: two-w32-fault.so, width: 32, faults: true, build: 0x1f, "
        "sha256: " SHA_B " }\n"
        "bitstreams:\n"
        "  - { board: hx8k, file: two-hx8k.bin, width: 32, build: 0x20, "
        "fmax_mhz: 62.3, cells: 4100, seed: 2, sha256: " SHA_B " }\n"
        "tools: { verilator: 5.006, yosys: 0.23 }\n",
        CHECK_ABI, common_csr.version);

    assert_true(n > 0 && (size_t)n < sizeof text);
    return text;
}

/* 'lines' and their sum in 'out'. */
static inline void add_sum(const char *lines, char out[CHECK_TEXT])
{
    uint8_t sha256[IMAGE_SHA_BYTES];
    char sum[IMAGE_SHA_TEXT];

    image_hash(lines, strlen(lines), sha256);
    image_hash_text(sha256, sum);
    int n = snprintf(out, CHECK_TEXT, "%ssum: %s\n", lines, sum);
    assert_true(n > 0 && n < CHECK_TEXT);
}

static inline void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* True when 'text' begins with 'begin', holds 'message' and is one line. */
static inline bool is_one_line(const char *text, const char *begin,
                               const char *message)
{
    const char *end = strchr(text, '\n');
    bool is = strncmp(text, "precast: ", 9) == 0 &&
              strncmp(text + 9, begin, strlen(begin)) == 0 &&
              strstr(text, message) != NULL && end != NULL && end[1] == '\0';

    if (!is) {
        print_message("expected %s: %s\ngot %s\n", begin, message, text);
    }
    return is;
}

/* A folder of the test's own as '*state'; what is in it goes with it. */
static inline int folder_make(void **state)
{
    char *dir = strdup("/tmp/image_test.XXXXXX");

    *state = dir;
    return dir != NULL && mkdtemp(dir) != NULL ? 0 : -1;
}

static inline int folder_remove(void **state)
{
    char command[100];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
    free(*state);
    return system(command);
}

/* "FOLDER/NAME"; valid for the next three calls. */
static inline const char *folder_path(void **state, const char *name)
{
    static char path[4][200];
    static int next;

    next = (next + 1) % 4;
    (void)snprintf(path[next], sizeof path[next], "%s/%s", (char *)*state,
                   name); /* fits */
    return path[next];
}

#define FOLDER_TEST(f) \
    cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

/* Reads a file of 'n' bytes; what was printed goes to 'c'. */
static inline int read_bytes(void **state, const void *bytes, size_t n,
                             struct manifest *m, struct capture *c)
{
    const char *path = folder_path(state, "two.yaml");

    write_bytes(path, bytes, n);
    capture_begin(c);
    int err = manifest_read(path, &check_layout, CHECK_ABI, m);
    capture_end(c);
    return err;
}

static inline int read_lines(void **state, const char *lines,
                             struct manifest *m, struct capture *c)
{
    char text[CHECK_TEXT];

    add_sum(lines, text);
    return read_bytes(state, text, strlen(text), m, c);
}

#endif
