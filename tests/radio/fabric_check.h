/*
 * fabric_check.h - scans with and without `--fabric`, compared.
 */
#ifndef TESTS_RADIO_FABRIC_CHECK_H
#define TESTS_RADIO_FABRIC_CHECK_H

#include <glob.h>

#include "core/base/bytes.h"
#include "tests/cli_check.h"

/* Adds the lines of 'json' that say something of LTE, or those that do not, and
 * nothing of time and fabric, at 'to'; their end. */
static inline char *add_found(const char *json, bool lte, char *to)
{
    static const char *const other[] = {"summary", "node",   "move",
                                        "verdict", "action", "fault"};

    for (const char *c = json; *c != '\0';) {
        size_t n = strcspn(c, "\n") + 1;
        const char *word = strstr(c, "\"lte");
        bool keep = lte == (word != NULL && word < c + n);
        for (size_t k = 0; k < CHECK_ROWS(other); k++) {
            char type[32];
            (void)snprintf(type, sizeof type, "{\"type\":\"%s\"", other[k]);
            keep = keep && strncmp(c, type, strlen(type)) != 0;
        }
        if (keep) {
            memcpy(to, c, n);
            to += n;
        }
        c += n;
    }
    return to;
}

/* Of what a scan tells, the lines that say nothing of time and fabric; those of
 * LTE last: the order between the two machines is that of their work. */
static inline char *found(const char *json)
{
    char *text = calloc(1, strlen(json) + 1);

    assert_non_null(text);
    (void)add_found(json, true, add_found(json, false, text)); /* it is 0 */
    return text;
}

/* A scan of 'what', its capture in NAME.pcapng; free with cli_free(). */
static inline struct cli_result scan(const char *what, const char *name,
                                     const char *how)
{
    char args[3 * PATH_MAX];

    (void)snprintf(args, sizeof args, "scan --json --pcap %s.pcapng %s %s",
                   name, what, how);
    struct cli_result r = cli(args);
    if (r.status != 0) {
        print_message("precast %s: status %d, %s", args, r.status, r.err);
    }
    assert_int_equal(r.status, 0);
    assert_string_equal(r.err, "");
    return r;
}

/* The capture NAME.pcapng, what is of LTE last; its bytes are added to 'n'. */
static inline uint8_t *capture(const char *name, size_t *n)
{
    enum { PACKET = 6, LTE = 1, NUMBER = 8 }; /* of pcapng; see scan_pcap.c */
    char file[64];
    size_t size, done = 0;

    (void)snprintf(file, sizeof file, "%s.pcapng", name);
    uint8_t *bytes = (uint8_t *)cli_read(cli_path(file), &size);
    uint8_t *sorted = malloc(size + 1);
    assert_non_null(sorted);
    for (int lte = 0; lte < 2; lte++) {
        for (size_t at = 0, len; at < size; at += len) {
            assert_true(at + NUMBER + 4 <= size);
            len = le32_load(bytes + at + 4);
            assert_in_range(len, 12, size - at);
            if (lte == (le32_load(bytes + at) == PACKET &&
                        le32_load(bytes + at + NUMBER) == LTE)) {
                memcpy(sorted + done, bytes + at, len);
                done += len;
            }
        }
    }
    assert_int_equal(done, size);
    free(bytes);
    *n += size;
    return sorted;
}

/* Both scans gave the same lines and the same capture. */
static inline void assert_same(const struct cli_result *a, const char *a_name,
                               const struct cli_result *b, const char *b_name)
{
    char *x = found(a->out), *y = found(b->out);
    size_t n_x = 0, n_y = 0;

    assert_true(strlen(x) > 0);
    assert_string_equal(x, y);
    free(x);
    free(y);
    uint8_t *p = capture(a_name, &n_x), *q = capture(b_name, &n_y);
    assert_int_equal(n_x, n_y);
    assert_memory_equal(p, q, n_x);
    free(p);
    free(q);
}

/* The recordings whose metadata 'name' matches, of the folder "wifi" or "lte"
 * beside this project; skips without.  globfree(). */
static inline void shared_recordings(const char *folder, const char *name,
                                     glob_t *g)
{
    char pattern[PATH_MAX], here[PATH_MAX - 128];

    assert_non_null(getcwd(here, sizeof here));
    (void)snprintf(pattern, sizeof pattern,
                   "%s/../shared/data/%s/%s.sigmf-meta", here, folder, name);
    if (glob(pattern, 0, NULL, g) != 0) {
        print_message("skipped: ../shared/data/%s is not here\n", folder);
        skip();
    }
}

/* The record of node 'name' of the only recording. */
static inline json_t *node(const char *json, const char *name)
{
    json_t *list = cli_records(json, "node");
    json_t *found_one = NULL;

    for (size_t k = 0; k < json_array_size(list); k++) {
        json_t *o = json_array_get(list, k);
        if (strcmp(cli_str(o, "name"), name) == 0) {
            found_one = json_incref(o);
        }
    }
    json_decref(list);
    assert_non_null(found_one);
    return found_one;
}

/* Every move worked and lost nothing; how many there were. */
static inline size_t moves(const char *json)
{
    json_t *list = cli_records(json, "move");
    size_t n = json_array_size(list);

    for (size_t k = 0; k < n; k++) {
        const json_t *m = json_array_get(list, k);
        assert_null(json_object_get(m, "refused"));
        assert_int_equal(cli_int(m, "lost"), 0);
        assert_int_equal(cli_int(m, "duplicated"), 0);
        assert_int_equal(cli_int(m, "reordered"), 0);
    }
    json_decref(list);
    return n;
}

static inline size_t count(const char *json, const char *type)
{
    json_t *list = cli_records(json, type);
    size_t n = json_array_size(list);

    json_decref(list);
    return n;
}

/* Records of 'type' of both, but for what 16 bits instead of floats may show
 * in. */
static inline void assert_same_but_noise(const char *a, const char *b,
                                         const char *type)
{
    static const char *const noisy[] = {"cfo_hz",  "frame_start_sample",
                                        "snr_db",  "evm_db",
                                        "rsrp_db", "rsrq_db"};
    json_t *list[2] = {cli_records(a, type), cli_records(b, type)};

    for (size_t k = 0; k < 2; k++) {
        for (size_t j = 0; j < json_array_size(list[k]); j++) {
            for (size_t i = 0; i < CHECK_ROWS(noisy); i++) {
                (void)json_object_del(json_array_get(list[k], j), noisy[i]);
            }
        }
    }
    assert_true(json_equal(list[0], list[1]));
    json_decref(list[0]);
    json_decref(list[1]);
}

#endif
