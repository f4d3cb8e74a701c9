/*
 * cddl_test.c - docs/twin.cddl and docs/window.cddl against what is written and
 * read: each key, its kind and its name, each number, and nothing beside them.
 */
#include "tests/cli_check.h"

#include "core/registry.h"
#include "core/telemetry.h"
#include "core/wire/cbor.h"
#include "core/wire/file.h"
#include "twin/window.h"

enum { KEYS = 24, NAME = 32 }; /* keys take one byte */

/* A line "KEY => KIND, ; NAME: ..." of a map, or the members of a group. */
struct member {
    char kind[NAME], name[NAME];
    bool there;
};

/* The text between 'begin', a line's beginning, and the line 'end'. */
static char *part_of(const char *file, const char *begin, const char *end)
{
    char *text = cli_read(file, NULL), *from, *to, *part;

    from = strstr(text, begin);
    assert_non_null(from);
    from += strlen(begin);
    to = strstr(from, end);
    assert_non_null(to);
    part = strndup(from, (size_t)(to - from));
    assert_non_null(part);
    free(text);
    return part;
}

/* --- records -------------------------------------------------------------- */

/* The keys of 'record', by number. */
static void read_keys(struct member key[KEYS])
{
    char *part = part_of("docs/twin.cddl", "\nrecord = {\n", "\n}");
    char *save = NULL;

    memset(key, 0, KEYS * sizeof *key);
    for (char *line = strtok_r(part, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        struct member m = {.there = true};
        unsigned k;
        if (sscanf(line, " 1 => %31[a-z-], ; %31[a-z0-9-]", m.kind, m.name) ==
            2) {
            k = 1;
        } else if (sscanf(line, " ? %u => %31[a-z-], ; %31[a-z0-9-]", &k,
                          m.kind, m.name) != 3) {
            /* A comment, or what newer writers may add. */
            assert_true(strstr(line, "=>") == NULL ||
                        strstr(line, "* uint =>") != NULL);
            continue;
        }
        assert_true(k < KEYS && !key[k].there);
        for (char *c = m.name; *c != '\0'; c++) {
            *c = *c == '-' ? '_' : *c;
        }
        key[k] = m;
    }
    free(part);
}

/* {1: telemetry, k: a value of 'major'}, read; NULL, or what is wrong. */
static const char *read_one(unsigned k, enum cbor_major major,
                            struct wire_record *r)
{
    static uint8_t bytes[16];
    size_t n = 0;

    n += cbor_put_head(bytes + n, CBOR_MAP, k == 1 ? 1 : 2);
    n += cbor_put_head(bytes + n, CBOR_UINT, 1);
    n += k == 1 ? 0 : cbor_put_head(bytes + n, CBOR_UINT, WIRE_ACTION);
    n += k == 1 ? 0 : cbor_put_head(bytes + n, CBOR_UINT, k);
    n += cbor_put_head(bytes + n, major, 2);
    if (major != CBOR_UINT) {
        bytes[n++] = 'a';
        bytes[n++] = 'b';
    }
    return wire_decode(bytes, n, r);
}

static void records_have_the_keys_of_twin_cddl(void **state)
{
    static const enum cbor_major majors[] = {CBOR_UINT, CBOR_BYTES, CBOR_TEXT};
    struct member key[KEYS];
    unsigned n = 0;

    (void)state;
    read_keys(key);
    for (unsigned k = 1; k < KEYS; k++) {
        enum cbor_major want = strcmp(key[k].kind, "name") == 0    ? CBOR_TEXT
                               : strcmp(key[k].kind, "bytes") == 0 ? CBOR_BYTES
                                                                   : CBOR_UINT;
        for (size_t j = 0; j < CHECK_ROWS(majors); j++) {
            struct wire_record r;
            uint8_t head[WIRE_HEAD_MAX];
            const char *wrong = read_one(k, majors[j], &r);
            assert_true((wrong == NULL) ==
                        (!key[k].there || majors[j] == want));
            if (wrong != NULL) {
                continue;
            }
            json_t *o = wire_json(&r);
            if (!key[k].there) { /* nobody knows it */
                assert_int_equal(json_object_size(o), 1);
            } else if (want != CBOR_BYTES) {
                assert_non_null(json_object_get(o, key[k].name));
                /* It is written under the same key. */
                assert_true(wire_encode(&r, head) > 2);
                assert_int_equal(head[k == 1 ? 1 : 3], k);
            }
            json_decref(o);
        }
        n += key[k].there;
    }
    assert_true(n > 10);
}

static void record_types_are_those_of_twin_cddl(void **state)
{
    char *part = part_of("docs/twin.cddl", "\nrecord-type = &(\n", "\n)");
    char *save = NULL;
    bool seen[WIRE_TYPES] = {true};

    (void)state;
    for (char *line = strtok_r(part, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char name[NAME];
        unsigned k;
        if (sscanf(line, " %31[a-z]: %u,", name, &k) == 2) {
            assert_true(k < WIRE_TYPES && !seen[k]);
            assert_string_equal(wire_type_name(k), name);
            seen[k] = true;
        }
    }
    for (int k = 0; k < WIRE_TYPES; k++) {
        assert_true(seen[k]);
    }
    free(part);
}

static void files_begin_as_twin_cddl_says(void **state)
{
    char *text = cli_read("docs/twin.cddl", NULL);
    char hex[2 * sizeof WIRE_MAGIC] = "h'";

    (void)state;
    for (size_t k = 0; k + 1 < sizeof WIRE_MAGIC; k++) {
        (void)snprintf(hex + 2 + 2 * k, 3, "%02x",
                       (unsigned)WIRE_MAGIC[k]); /* fits */
    }
    assert_non_null(strstr(text, hex));
    (void)snprintf(hex, sizeof hex, "frame   %d bytes", TELEMETRY_BYTES);
    assert_non_null(strstr(text, hex));
    free(text);
}

/* --- windows -------------------------------------------------------------- */

/* What a part of a window is in the file: its number, or how many there are. */
struct value {
    const char *name;
    unsigned major;
    uint64_t value;
};

/* Passes one value with all that is in it; its major type and number. */
static unsigned pass(struct cbor_in *in, uint64_t *value)
{
    unsigned major = in->at[0] >> 5;
    uint64_t left = 1;

    for (bool first = true; left > 0; left--, first = false) {
        uint64_t v;
        unsigned m = in->at[0] >> 5;
        assert_true(cbor_get_head(in, (enum cbor_major)m, &v));
        if (m == CBOR_BYTES || m == CBOR_TEXT) {
            assert_true(v <= in->n);
            in->at += v;
            in->n -= v;
        }
        left += m == CBOR_ARRAY ? v : 0;
        *value = first ? v : *value;
    }
    return major;
}

/* The members of array 'name' in docs/window.cddl against the values there. */
static void check_members(const char *name, const struct value *value, size_t n,
                          struct cbor_in *in)
{
    char begin[NAME], member[NAME];
    char *part, *save = NULL;
    size_t k = 0;
    uint64_t count;

    (void)snprintf(begin, sizeof begin, "\n%s = [\n", name); /* fits */
    part = part_of("docs/window.cddl", begin, "\n]");
    assert_true(cbor_get_head(in, CBOR_ARRAY, &count));
    for (char *line = strtok_r(part, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        uint64_t v;
        assert_int_equal(sscanf(line, " %31[a-z0-9]:", member), 1);
        assert_true(k < n && k < count);
        assert_string_equal(member, value[k].name);
        assert_int_equal(pass(in, &v), value[k].major);
        if (value[k].value != UINT64_MAX) {
            assert_int_equal(v, value[k].value);
        }
        k++;
    }
    assert_int_equal(k, n);
    assert_int_equal(k, count);
    assert_int_equal(in->n, 0);
    free(part);
}

static void windows_have_the_members_of_window_cddl(void **state)
{
    const struct fn *fn = registry_find("scale");
    uint32_t words[] = {1, 2, 3};
    struct iq16 x[7] = {{1, 2}};
    struct twin_write write[] = {{5000, 0x80, 1}, {5001, 0x80, 2}};
    const struct twin_window w = {
        .fn = fn,
        .start = {.layout = fn->csr->version, .words = words, .n = 2},
        .in = {.type = FN_IQ16, .items = x, .n = 7, .item0 = 5000},
        .out = {.type = FN_IQ16, .items = x, .n = 6, .item0 = 5000},
        .write = write,
        .n_writes = 2,
        .ended = TWIN_ENDED_HUNG,
        .has_digests = true,
        .end = {.layout = fn->csr->version, .words = words, .n = 3},
        .replayed = TWIN_REPLAY_AGAIN,
    };
    const struct value file[] = {{"magic", CBOR_TEXT, 14},
                                 {"version", CBOR_UINT, 1},
                                 {"body", CBOR_BYTES, UINT64_MAX},
                                 {"check", CBOR_UINT, UINT64_MAX}};
    const struct value body[] = {
        {"fn", CBOR_TEXT, strlen("scale")},
        {"layout", CBOR_UINT, fn->csr->version},
        {"item0", CBOR_UINT, 5000},
        {"start", CBOR_ARRAY, 2},
        {"writes", CBOR_ARRAY, 2},
        {"in", CBOR_BYTES, 7 * sizeof *x},
        {"out", CBOR_BYTES, 6 * sizeof *x},
        {"ended", CBOR_UINT, 1},
        {"digests", CBOR_ARRAY, 2},
        {"end", CBOR_ARRAY, 3},
        {"replayed", CBOR_UINT, 2},
    };
    struct cbor_in all, in;
    uint64_t head;
    char *text;

    (void)state;
    assert_int_equal(twin_window_save(&w, cli_path("w.cbor")), 0);
    text = cli_read(cli_path("w.cbor"), &all.n);
    all.at = (const uint8_t *)text;
    in = all;
    check_members("file", file, CHECK_ROWS(file), &in);
    in = all;
    assert_true(cbor_get_head(&in, CBOR_ARRAY, &head));
    (void)pass(&in, &head);
    (void)pass(&in, &head);
    assert_true(cbor_get_string(&in, CBOR_BYTES, &all.at, &all.n));
    check_members("body", body, CHECK_ROWS(body), &all);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_have_the_keys_of_twin_cddl),
        cmocka_unit_test(record_types_are_those_of_twin_cddl),
        cmocka_unit_test(files_begin_as_twin_cddl_says),
        cmocka_unit_test(windows_have_the_members_of_window_cddl),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
