/* window_test.c - window files: written, read, cut and damaged. */
#include "tests/cli_check.h"

#include "core/base/crc32c.h"
#include "core/base/err.h"
#include "core/registry.h"
#include "tests/capture.h"
#include "twin/replay.h"

enum { N = 5 };

/* A window of acl with everything in it. */
static void make_packets(struct twin_window *w)
{
    static uint8_t bytes[N][90];
    static struct pkt p[N];
    struct fn_span s = {
        .type = FN_PKT, .items = p, .n = N, .item0 = 1ull << 40};
    struct rng r = {1};
    struct body *b;

    *w = (struct twin_window){.fn = registry_find("acl")};
    for (size_t k = 0; k < N; k++) {
        for (size_t j = 0; j < sizeof bytes[k]; j++) {
            bytes[k][j] = (uint8_t)rng_next(&r);
        }
        p[k] = (struct pkt){.data = bytes[k], .len_bytes = (uint32_t)(k * 20)};
        pkt_set_user(&p[k], rng_next(&r) >> 16);
    }
    assert_int_equal(body_open_c(w->fn, &b), 0);
    assert_int_equal(body_save(b, &w->start), 0);
    assert_int_equal(body_save(b, &w->end), 0);
    body_close(b);
    assert_int_equal(twin_span_copy(&s, &w->in), 0);
    s.n = N - 1;
    assert_int_equal(twin_span_copy(&s, &w->out), 0);
    w->write = calloc(2, sizeof *w->write);
    assert_non_null(w->write);
    w->write[0] = (struct twin_write){(1ull << 40) + 1, 0x80, 1};
    w->write[1] = (struct twin_write){(1ull << 40) + 3, 0x84, UINT32_MAX};
    w->n_writes = 2;
    w->ended = TWIN_ENDED_HUNG;
    w->has_digests = true;
    w->before.sig_in = 23;
    w->after = (struct twin_digests){24, {{255, 256, 65536, UINT32_MAX}}};
    w->replayed = TWIN_REPLAY_AGAIN;
}

static void make_samples(struct twin_window *w)
{
    static struct iq16 x[N] = {{1, -1}, {INT16_MIN, INT16_MAX}};
    struct fn_span s = {.type = FN_IQ16, .items = x, .n = N};
    struct body *b;

    *w = (struct twin_window){.fn = registry_find("scale")};
    assert_int_equal(body_open_c(w->fn, &b), 0);
    assert_int_equal(body_save(b, &w->start), 0);
    body_close(b);
    assert_int_equal(twin_span_copy(&s, &w->in), 0);
    assert_int_equal(twin_span_copy(&s, &w->out), 0);
}

static void assert_same_span(const struct fn_span *a, const struct fn_span *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->item0, b->item0);
    assert_int_equal(twin_compare(a, b, 0).kind, TWIN_EQUAL);
}

static void assert_same_window(const struct twin_window *a,
                               const struct twin_window *b)
{
    assert_ptr_equal(a->fn, b->fn);
    assert_int_equal(blob_differs(&a->start, &b->start), -1);
    assert_int_equal(blob_differs(&a->end, &b->end), -1);
    assert_same_span(&a->in, &b->in);
    assert_same_span(&a->out, &b->out);
    assert_int_equal(a->n_writes, b->n_writes);
    for (size_t k = 0; k < a->n_writes; k++) {
        assert_int_equal(a->write[k].item, b->write[k].item);
        assert_int_equal(a->write[k].offset, b->write[k].offset);
        assert_int_equal(a->write[k].value, b->write[k].value);
    }
    assert_int_equal(a->ended, b->ended);
    assert_int_equal(a->has_digests, b->has_digests);
    assert_memory_equal(&a->before, &b->before, sizeof a->before);
    assert_memory_equal(&a->after, &b->after, sizeof a->after);
    assert_int_equal(a->replayed, b->replayed);
}

static void a_window_comes_back_as_it_was(void **state)
{
    static void (*const make[])(struct twin_window *) = {make_packets,
                                                         make_samples};
    const char *path = cli_path("w.cbor");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(make); k++) {
        struct twin_window w, back;
        make[k](&w);
        assert_int_equal(twin_window_save(&w, path), 0);
        assert_int_equal(twin_window_load(path, &back), 0);
        assert_same_window(&w, &back);
        twin_window_close(&w);
        twin_window_close(&back);
    }
}

/* The file is refused in one line that begins with its name. */
static void assert_refused(const char *path)
{
    struct twin_window w = {.n_writes = 77};
    struct capture c;
    char begin[600];

    capture_begin(&c);
    int err = twin_window_load(path, &w);
    capture_end(&c);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_int_equal(w.n_writes, 77); /* untouched */
    assert_int_equal(cli_lines(c.text), 1);
    (void)snprintf(begin, sizeof begin, "precast: %s: ", path); /* fits */
    assert_ptr_equal(strstr(c.text, begin), c.text);
}

static uint8_t *good_file(size_t *n)
{
    struct twin_window w;
    const char *path = cli_path("good.cbor");

    make_packets(&w);
    assert_int_equal(twin_window_save(&w, path), 0);
    twin_window_close(&w);
    return (uint8_t *)cli_read(path, n);
}

static void cut_files_are_refused(void **state)
{
    const char *path = cli_path("cut.cbor");
    size_t n;
    uint8_t *file = good_file(&n);

    (void)state;
    for (size_t k = 0; k < n; k++) {
        cli_write(path, file, k);
        assert_refused(path);
    }
    free(file);
}

static void files_with_a_bit_inverted_are_refused(void **state)
{
    const char *path = cli_path("bit.cbor");
    size_t n;
    uint8_t *file = good_file(&n);

    (void)state;
    for (size_t k = 0; k < 8 * n; k++) {
        file[k / 8] ^= (uint8_t)(1 << k % 8);
        cli_write(path, file, n);
        assert_refused(path);
        file[k / 8] ^= (uint8_t)(1 << k % 8);
    }
    free(file);
}

static void a_file_with_more_behind_it_is_refused(void **state)
{
    const char *path = cli_path("more.cbor");
    size_t n;
    uint8_t *file = good_file(&n); /* and a NUL behind it */

    (void)state;
    cli_write(path, file, n + 1);
    assert_refused(path);
    free(file);
}

/* A body that is damaged with a check that fits: only the parts tell. */
static void lying_lengths_are_refused_or_read(void **state)
{
    static const uint8_t head[] = {0x84, 0x6e};
    const char *path = cli_path("lie.cbor");
    size_t n, read = 0, n_body;
    uint8_t *file = good_file(&n);
    uint8_t *body = file + 2 + 14 + 1 + 3; /* a length of two bytes */

    (void)state;
    assert_memory_equal(file, head, sizeof head);
    assert_int_equal(file[17], 0x59);
    n_body = (size_t)file[18] << 8 | file[19];
    assert_int_equal(n_body + 20 + 5, n);
    for (size_t k = 0; k < 8 * n_body; k++) {
        struct twin_window w;
        struct capture c;
        body[k / 8] ^= (uint8_t)(1 << k % 8);
        uint32_t check = crc32c_portable(0, body, n_body);
        file[n - 5] = 0x1a;
        for (size_t j = 0; j < 4; j++) {
            file[n - 4 + j] = (uint8_t)(check >> (24 - 8 * j));
        }
        cli_write(path, file, n);
        capture_begin(&c);
        int err = twin_window_load(path, &w);
        capture_end(&c);
        assert_true(err == 0 || err == ERR_BAD_INPUT);
        if (err == 0) {
            read++; /* another packet, another word: a window like any */
            twin_window_close(&w);
        } else {
            assert_int_equal(cli_lines(c.text), 1);
        }
        body[k / 8] ^= (uint8_t)(1 << k % 8);
    }
    assert_true(read > 0 && read < 8 * n_body);
    free(file);
}

static void another_version_is_told(void **state)
{
    const char *path = cli_path("version.cbor");
    size_t n;
    uint8_t *file = good_file(&n);
    struct twin_window w;
    struct capture c;

    (void)state;
    assert_int_equal(file[16], 1);
    file[16] = 2;
    cli_write(path, file, n);
    capture_begin(&c);
    assert_int_equal(twin_window_load(path, &w), ERR_BAD_INPUT);
    capture_end(&c);
    assert_non_null(strstr(c.text, "version 2, expected 1"));
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_comes_back_as_it_was),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(files_with_a_bit_inverted_are_refused),
        cmocka_unit_test(a_file_with_more_behind_it_is_refused),
        cmocka_unit_test(lying_lengths_are_refused_or_read),
        cmocka_unit_test(another_version_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
