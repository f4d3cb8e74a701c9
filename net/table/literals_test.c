/*
 * literals_test.c - every place of every literal, against a scan; and those of
 * ../shared/data/net/dpi in captures, whose truth others made.
 */
#include "net/table/literals.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "tests/check.h"

enum { MOST = 3000, BYTES_MAX = 40, HITS_MAX = 1 << 16 };

/* Literals with their bytes. */
struct set {
    struct literal literal[MOST];
    uint8_t byte[MOST][BYTES_MAX], mask[MOST][BYTES_MAX];
    size_t n;
};

static void add(struct set *s, const void *byte, size_t n, bool caseless)
{
    size_t k = s->n++;

    memcpy(s->byte[k], byte, n);
    for (size_t j = 0; j < n; j++) {
        uint8_t c = s->byte[k][j] | 0x20;
        s->mask[k][j] = caseless && c >= 'a' && c <= 'z' ? LITERALS_FOLD : 0xff;
    }
    s->literal[k] = (struct literal){s->byte[k], s->mask[k], (uint32_t)n};
}

/* --- the answers, one way and another --------------------------------------
 */

struct hits {
    uint64_t at[HITS_MAX]; /* number << 32 | end */
    size_t n;
};

static void note(void *ctx, uint32_t number, size_t end)
{
    struct hits *h = ctx;

    assert_true(h->n < HITS_MAX);
    h->at[h->n++] = (uint64_t)number << 32 | end;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void scan(const struct set *s, const uint8_t *data, size_t n,
                 struct hits *h)
{
    h->n = 0;
    for (uint32_t k = 0; k < s->n; k++) {
        const struct literal *l = &s->literal[k];
        for (size_t at = 0; at + l->n_bytes <= n; at++) {
            size_t j = 0;
            while (j < l->n_bytes &&
                   ((data[at + j] ^ l->byte[j]) & l->mask[j]) == 0) {
                j++;
            }
            if (j == l->n_bytes) {
                note(h, k, at + j);
            }
        }
    }
}

static void seek(const struct literals *t, const uint8_t *data, size_t n,
                 void (*how)(struct literals_seek *s), struct hits *h)
{
    struct literals_seek s = {.table = t,
                              .data = data,
                              .n_bytes = n,
                              .lowest = UINT32_MAX,
                              .report = note,
                              .ctx = h};

    h->n = 0;
    how(&s);
    qsort(h->at, h->n, sizeof h->at[0], by_value);
}

/* All ways say the same of data[n], which stands at the end of its memory. */
static size_t agree(const struct set *s, const struct literals *t,
                    const uint8_t *data, size_t n)
{
    static struct hits want, got;
    uint8_t *own = malloc(n + 1); /* one byte read too many is found by ASan */
    uint8_t *x = own + 1;

    assert_non_null(own);
    if (n > 0) {
        memcpy(x, data, n);
    }
    scan(s, x, n, &want);
    seek(t, x, n, literals_seek_scalar, &got);
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.at, want.at, want.n * sizeof want.at[0]);
    if (literals_has_avx512()) {
        seek(t, x, n, literals_seek_avx512, &got);
        assert_int_equal(got.n, want.n);
        assert_memory_equal(got.at, want.at, want.n * sizeof want.at[0]);
    }
    assert_int_equal(literals_first(t, x, n),
                     want.n > 0 ? (want.at[0] >> 32) + 1 : 0);
    free(own);
    return want.n;
}

/* --- tests -----------------------------------------------------------------
 */

static void literals_are_found_wherever_they_stand(void **state)
{
    static struct set s;
    static const struct {
        const char *text;
        uint32_t first; /* number from 1, by hand */
        size_t places;  /* of all */
    } row[] = {
        {"", 0, 0},
        {"x", 1, 1},               /* one byte alone */
        {"X", 0, 0},               /* in its own case only */
        {"--ab--", 2, 1},          /* two bytes */
        {"ABC", 3, 1},             /* three in any case; "ab" is not AB */
        {"abcd", 2, 3},            /* ab, aBc, abcd: prefixes of one another */
        {"abcdabcd", 2, 6},        /* twice */
        {"GET /INDEX.html", 5, 1}, /* either case */
        {"get /INDEX.htm", 0, 0},  /* one byte is missing */
        {"aaaaaa", 6, 3},          /* aaaa overlaps itself */
        {"a[b]@`{", 7, 1},         /* no letters: @ is not ` */
        {"a[b]``{", 0, 0},
        {"ab\r\n\r\n", 2, 2}, /* number 8 at the end */
    };

    (void)state;
    s.n = 0;
    add(&s, "x", 1, false);
    add(&s, "ab", 2, false);
    add(&s, "aBc", 3, true);
    add(&s, "abcd", 4, false);
    add(&s, "get /Index.HTML", 15, true);
    add(&s, "aaaa", 4, false);
    add(&s, "A[B]@`{", 7, true);
    add(&s, "\r\n\r\n", 4, false);
    struct literals *t = NULL;
    assert_int_equal(literals_open(&t, s.literal, s.n), 0);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        static const uint8_t zeros[200];
        uint8_t data[300];
        size_t n = strlen(row[k].text);
        /* At every place of a vector, and over the edge to the next. */
        for (size_t at = 0; at < 140; at++) {
            memcpy(data, zeros, at);
            memcpy(data + at, row[k].text, n);
            assert_int_equal(literals_first(t, data, at + n), row[k].first);
            assert_int_equal(agree(&s, t, data, at + n), row[k].places);
        }
    }
    literals_close(t);
}

static uint8_t some_byte(struct rng *r, bool few)
{
    return few ? (uint8_t) "abAB@`"[rng_below(r, 6)] : (uint8_t)rng_next(r);
}

/* Of few letters, so that they meet: prefixes, overlaps, the same ones. */
static void all_ways_agree_with_a_scan(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 7, 8, 9, 64, 300, MOST};
    static const uint32_t lengths[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, BYTES_MAX};
    static struct set s;
    struct rng r = {.state = 81};
    size_t found = 0;

    (void)state;
    for (size_t round = 0; round < 4 * CHECK_ROWS(sizes); round++) {
        bool few = round % 2 == 0;
        bool brief = round / 2 % 2 == 0;
        struct literals *t = NULL;
        uint8_t text[BYTES_MAX], data[1000];
        s.n = 0;
        while (s.n < sizes[round / 4]) {
            uint32_t n = lengths[rng_below(&r, CHECK_ROWS(lengths))];
            n = brief || n >= 4 ? n : 4;
            for (uint32_t k = 0; k < n; k++) {
                text[k] = some_byte(&r, few);
            }
            add(&s, text, n, rng_below(&r, 2) == 0);
        }
        assert_int_equal(literals_open(&t, s.literal, s.n), 0);
        for (uint32_t k = 0; k < 200; k++) {
            uint32_t n = rng_below(&r, k < 100 ? 140 : sizeof data);
            n = s.n > 300 && n > 100 ? 100 : n;
            for (uint32_t j = 0; j < n; j++) {
                data[j] = some_byte(&r, few);
            }
            if (s.n > 0 && rng_below(&r, 2) == 0) { /* one of them in it */
                const struct literal *l =
                    &s.literal[rng_below(&r, (uint32_t)s.n)];
                uint32_t at = rng_below(&r, 900);
                if (at + l->n_bytes <= n) {
                    memcpy(data + at, l->byte, l->n_bytes);
                }
            }
            found += agree(&s, t, data, n);
        }
        literals_close(t);
    }
    assert_true(found > 10000);
}

static void what_is_no_literal_is_refused(void **state)
{
    static const uint8_t byte[1] = {0}, mask[1] = {0xff};
    struct literal one = {byte, mask, 0};
    struct literals *t = NULL;

    (void)state;
    assert_int_equal(literals_open(&t, &one, 1), ERR_BAD_INPUT);
    one.n_bytes = LITERALS_BYTES_MAX + 1;
    assert_int_equal(literals_open(&t, &one, 1), ERR_BAD_INPUT);
    one.n_bytes = 1;
    assert_int_equal(literals_open(&t, &one, LITERALS_MAX + 1), ERR_BAD_INPUT);
    assert_int_equal(literals_open(&t, &one, 1), 0);
    assert_true(literals_bytes(t) < 1 << 14);
    literals_close(t);
    literals_close(NULL);
}

/* --- what others say is in captures ----------------------------------------
 */

#define DATA "../shared/data/net/"

static FILE *unpacked(const char *name)
{
    char command[256];

    (void)snprintf(command, sizeof command, "zcat " DATA "dpi/%s", name);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    return f;
}

/* The literals of at least 4 bytes: sid, '-' or 'i', hex. */
static struct literals *open_shared(void)
{
    enum { SHARED_MAX = 10000 };
    static struct literal literal[SHARED_MAX];
    static char line[4096], hex[4096];
    FILE *f = unpacked("et_open_2019_literals.tsv.gz");
    struct literals *t = NULL;
    size_t n = 0;
    char kind;

    while (fgets(line, sizeof line, f) != NULL) {
        assert_int_equal(sscanf(line, "%*u %c %4095s", &kind, hex), 2);
        uint32_t n_bytes = (uint32_t)strlen(hex) / 2;
        if (n_bytes < 4) {
            continue;
        }
        assert_true(n < SHARED_MAX);
        uint8_t *byte = malloc(2 * (size_t)n_bytes), *mask = byte + n_bytes;
        assert_non_null(byte);
        for (uint32_t k = 0; k < n_bytes; k++) {
            unsigned v = 0;
            assert_int_equal(sscanf(hex + 2 * (size_t)k, "%2x", &v), 1);
            byte[k] = (uint8_t)v;
            v |= 0x20;
            mask[k] =
                kind == 'i' && v >= 'a' && v <= 'z' ? LITERALS_FOLD : 0xff;
        }
        literal[n++] = (struct literal){byte, mask, n_bytes};
    }
    assert_int_equal(pclose(f), 0);
    assert_int_equal(literals_open(&t, literal, n), 0);
    for (size_t k = 0; k < n; k++) {
        free((void *)(uintptr_t)literal[k].byte);
    }
    return t;
}

/* Says of the capture 'path' which literals are in which frame, as the truth
 * does; counts what it says. */
static size_t say_capture(const struct literals *t, const char *path,
                          const char *name, FILE *out)
{
    char why[PCAP_ERRBUF_SIZE];
    static struct hits h;
    struct pcap_pkthdr *head;
    const u_char *data;
    size_t said = 0;
    pcap_t *p = pcap_open_offline(path, why);

    assert_non_null(p);
    for (int frame = 1; frame <= 200 && pcap_next_ex(p, &head, &data) == 1;
         frame++) {
        h.n = 0;
        literals_all(t, data, head->caplen, note, &h);
        qsort(h.at, h.n, sizeof h.at[0], by_value);
        for (size_t k = 0; k < h.n; k++) {
            bool again = k > 0 && h.at[k] >> 32 == h.at[k - 1] >> 32;
            if (again) {
                continue;
            }
            if (said == 0 || k == 0) {
                (void)fprintf(out, "%s\t%d\t", name, frame);
            }
            (void)fprintf(out, "%s%u", k > 0 ? "," : "",
                          (unsigned)(h.at[k] >> 32));
            said++;
        }
        if (h.n > 0) {
            (void)fputc('\n', out);
        }
    }
    pcap_close(p);
    return said;
}

/* Line by line, the captures in the order of the truth; one in which nothing is
 * found is not there, and is to say nothing. */
static void every_literal_in_captures_is_found(void **state)
{
    char *text = NULL, line[65536], name[256], path[512];
    size_t size = 0, pairs = 0, lines = 0, n_captures = 0;

    (void)state;
    if (access(DATA "dpi/literal_truth.tsv.gz", R_OK) != 0) {
        printf("skipped: " DATA "dpi is not here\n");
        skip();
    }
    struct literals *t = open_shared();
    /* The truth is of these; there are a few .pcapng, too. */
    FILE *list = popen("cd " DATA "pcap/ndpi && ls -- *.pcap", "r");
    FILE *out = open_memstream(&text, &size);
    assert_non_null(list);
    assert_non_null(out);
    while (fscanf(list, "%255s", name) == 1) {
        (void)snprintf(path, sizeof path, DATA "pcap/ndpi/%s", name);
        pairs += say_capture(t, path, name, out);
        n_captures++;
    }
    (void)pclose(list);
    (void)fclose(out);

    /* Both sorted: the order of names is that of who wrote the truth. */
    FILE *truth = popen("zcat " DATA "dpi/literal_truth.tsv.gz | grep -v ^# | "
                        "LC_ALL=C sort",
                        "r");
    char ours[] = "/tmp/literals_test.XXXXXX";
    int fd = mkstemp(ours);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, size), size);
    (void)close(fd);
    char command[300], mine[65536];
    (void)snprintf(command, sizeof command, "LC_ALL=C sort %s", ours);
    FILE *sorted = popen(command, "r");
    assert_non_null(truth);
    assert_non_null(sorted);
    while (fgets(line, sizeof line, truth) != NULL) {
        assert_non_null(fgets(mine, sizeof mine, sorted));
        assert_string_equal(mine, line);
        lines++;
    }
    assert_null(fgets(mine, sizeof mine, sorted));
    (void)pclose(truth);
    (void)pclose(sorted);
    (void)unlink(ours);
    printf("%zu literals in %zu frames of %zu captures\n", pairs, lines,
           n_captures);
    assert_true(lines > 5000);
    free(text);
    literals_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_are_found_wherever_they_stand),
        cmocka_unit_test(all_ways_agree_with_a_scan),
        cmocka_unit_test(what_is_no_literal_is_refused),
        cmocka_unit_test(every_literal_in_captures_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
