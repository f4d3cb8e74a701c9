/* yaml_doc_test.c - files that are no YAML, and values of another form. */
#include "core/yaml/yaml_doc.h"

#include <string.h>

#include "core/base/err.h"
#include "tests/capture.h"
#include "tests/check.h"

/* A text, and what the message about it must hold. */
struct bad {
    const char *text;
    const char *message;
};

static int parse(const char *text, size_t n, struct yaml_doc *y,
                 struct capture *c)
{
    capture_begin(c);
    int err = yaml_doc_parse("c.yaml", (const unsigned char *)text, n, y);
    capture_end(c);
    return err;
}

/* True when 'text' holds 'message' and is one line. */
static bool is_line(const char *text, const char *message)
{
    const char *end = strchr(text, '\n');
    bool is = strstr(text, message) != NULL && end != NULL && end[1] == '\0';

    if (!is) {
        print_message("expected %s\ngot %s", message, text);
    }
    return is;
}

static void what_is_no_yaml_is_refused(void **state)
{
    static const struct bad row[] = {
        {"", "c.yaml:1:1: no YAML document, expected one"},
        {"# nothing\n", "c.yaml:1:1: no YAML document"},
        {"a: c\nb: [ a\n", "c.yaml:3:1: not a YAML file: did not find"},
        {"a: c\n\tb: x\n", "c.yaml:2:1: not a YAML file: "},
        {"a: 'c\n", "c.yaml:2:1: not a YAML file: "},
        {"a: \"\\q\"\n", "c.yaml:1:5: not a YAML file: "},
        {"a: *x\n", "c.yaml:1:4: not a YAML file: found undefined alias"},
        {"a: c\nb: \xc3\x28\n", "c.yaml:2:5: not a YAML file: "},
        {"a: c\n---\na: d\n", "c.yaml:3:1: a second document, expected one"},
        {"a: c\n---\n[\n", "c.yaml:4:1: not a YAML file: "},
        {"a: !!str c\nb: !x []\n", "c.yaml:2:4: a tag, expected a value"},
        {"a: \"a\\nb\"\n", "c.yaml:1:4: text with a line end or control"},
        {"a: \"a\\0b\"\n", "c.yaml:1:4: text with a line end or control"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct yaml_doc y = {0};
        struct capture c;
        int err = parse(row[k].text, strlen(row[k].text), &y, &c);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_null(y.root);
        assert_true(is_line(c.text, row[k].message));
    }
}

static void excess_is_refused(void **state)
{
    static const struct {
        const char *text; /* repeated */
        size_t n;
        const char *message;
    } row[] = {
        {"[", 100000, "not a YAML file: too many brackets within brackets"},
        {"{ a: ", 40000, "not a YAML file: too many brackets within"},
        {"x", 5000, "c.yaml:1:1: text of 5000 bytes, expected at most 4095"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        size_t len = strlen(row[k].text);
        char *text = malloc(len * row[k].n);
        struct yaml_doc y = {0};
        struct capture c;
        assert_non_null(text);
        for (size_t j = 0; j < row[k].n; j++) {
            memcpy(text + j * len, row[k].text, len);
        }
        int err = parse(text, len * row[k].n, &y, &c);
        free(text);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_true(is_line(c.text, row[k].message));
    }
}

static void what_cannot_be_read_is_refused_as_what_it_should_be(void **state)
{
    char path[] = "/tmp/yaml_doc_test.XXXXXX";
    int fd = mkstemp(path);
    const struct bad row[] = {
        {"/nowhere/a.yaml", "/nowhere/a.yaml: No such file or directory, "
                            "expected a recipe"},
        {"/tmp", "/tmp: Is a directory, expected a recipe"},
        {path, ":1:1: longer than a recipe may be, expected at most 262144"},
    };

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, YAML_DOC_BYTES + 1), 0);
    assert_int_equal(close(fd), 0);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct yaml_doc y = {0};
        struct capture c;
        capture_begin(&c);
        int err = yaml_doc_open(row[k].text, "a recipe", &y);
        capture_end(&c);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_true(is_line(c.text, row[k].message));
    }
    assert_int_equal(unlink(path), 0);
}

static const struct yaml_doc_key keys[] = {{"number", false}, {"real", false},
                                           {"bool", false},   {"text", false},
                                           {"must", true},    {0}};

/* Reads 'text' with the keys above, and each value as what it is called. */
static int read_all(const char *text, uint64_t *u, double *d, bool *b,
                    const char **t, struct yaml_doc *y)
{
    const yaml_node_t *v[YAML_DOC_KEYS] = {NULL};
    int err =
        yaml_doc_parse("c.yaml", (const unsigned char *)text, strlen(text), y);

    if (err == 0) {
        err = yaml_doc_map(y, y->root, "recipe", keys, v);
    }
    if (err == 0 && v[0] != NULL) {
        err = yaml_doc_u64(y, v[0], "number", 3, 300, u);
    }
    if (err == 0 && v[1] != NULL) {
        err = yaml_doc_real(y, v[1], "real", 0.5, 99.5, d);
    }
    if (err == 0 && v[2] != NULL) {
        err = yaml_doc_bool(y, v[2], "bool", b);
    }
    if (err == 0 && v[3] != NULL) {
        err = yaml_doc_text(y, v[3], "text", t);
    }
    return err;
}

static void values_of_another_form_are_refused_where_they_stand(void **state)
{
    static const struct bad row[] = {
        {"[ a ]", "c.yaml:1:1: recipe is a sequence, expected a map\n"},
        {"a", "1:1: recipe is text, expected a map\n"},
        {"---\n", "2:1: recipe is empty, expected a map\n"},
        {"{ number: 4 }", "1:1: recipe without a key 'must', expected one\n"},
        {"must: 1\nodd: 1\n", "2:1: recipe has no key 'odd', expected number, "
                              "real, bool, text, must\n"},
        {"must: 1\nmust: 1\n", "2:1: a second key 'must', expected one\n"},
        {"{ ? [ a ] : b }", "1:5: this key is a sequence, expected text\n"},
        {"{ must: 1, number: 2 }",
         "1:20: number is '2', expected a number from 3 to 300\n"},
        {"{ must: 1, number: 301 }", "number is '301', expected a number"},
        {"{ must: 1, number: -4 }", "number is '-4', expected a number"},
        {"{ must: 1, number: 4.0 }", "number is '4.0', expected a number"},
        {"{ must: 1, number: [ 4 ] }", "number is a sequence, expected text"},
        {"{ must: 1, real: 0.4 }",
         "1:18: real is '0.4', expected a number from 0.5 to 99.5\n"},
        {"{ must: 1, real: 100 }", "real is '100', expected a number from"},
        {"{ must: 1, real: -1 }", "real is '-1', expected"},
        {"{ must: 1, real: 1e1 }", "real is '1e1', expected"},
        {"{ must: 1, real: 0x4 }", "real is '0x4', expected"},
        {"{ must: 1, real: .5 }", "real is '.5', expected"},
        {"{ must: 1, real: 5. }", "real is '5.', expected"},
        {"{ must: 1, real: nan }", "real is 'nan', expected"},
        {"{ must: 1, real: '' }", "real is '', expected"},
        {"{ must: 1, real: {} }", "real is a map, expected text"},
        {"{ must: 1, bool: yes }",
         "1:18: bool is 'yes', expected true or false\n"},
        {"{ must: 1, bool: True }", "bool is 'True', expected true or false"},
        {"{ must: 1, bool: [] }", "bool is a sequence, expected text"},
        {"{ must: 1, text: {} }", "text is a map, expected text"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct yaml_doc y = {0};
        struct capture c;
        uint64_t u = 77;
        double d = 77;
        bool b = true;
        const char *t = "as before";
        capture_begin(&c);
        int err = read_all(row[k].text, &u, &d, &b, &t, &y);
        capture_end(&c);
        yaml_doc_close(&y);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_true(is_line(c.text, row[k].message));
        assert_true(u == 77 && d == 77 && b);
        assert_string_equal(t, "as before");
    }
}

static void values_are_read_as_they_are_written(void **state)
{
    struct yaml_doc y = {0};
    struct capture c;
    uint64_t u = 0;
    double d = 0;
    bool b = true;
    const char *t = NULL;

    (void)state;
    capture_begin(&c);
    int err = read_all("{ must: , number: 0x10, real: 62.25, bool: false, "
                       "text: 'a b' }",
                       &u, &d, &b, &t, &y);
    capture_end(&c);
    assert_int_equal(err, 0);
    assert_string_equal(c.text, "");
    assert_int_equal(u, 16);
    assert_true(d == 62.25);
    assert_false(b);
    assert_string_equal(t, "a b");
    yaml_doc_close(&y);
    yaml_doc_close(&y); /* a zeroed struct */
}

static void names_that_are_too_many_end_in_dots(void **state)
{
    struct yaml_names names = {0};

    (void)state;
    assert_string_equal(yaml_names_text(&names), "none");
    yaml_names_add(&names, "a");
    yaml_names_add(&names, "b");
    assert_string_equal(yaml_names_text(&names), "a, b");
    for (int k = 0; k < 100; k++) {
        yaml_names_add(&names, "twelve bytes");
    }
    size_t n = strlen(names.text);
    assert_true(n < sizeof names.text);
    assert_string_equal(names.text + n - 5, ", ...");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_yaml_is_refused),
        cmocka_unit_test(excess_is_refused),
        cmocka_unit_test(what_cannot_be_read_is_refused_as_what_it_should_be),
        cmocka_unit_test(values_of_another_form_are_refused_where_they_stand),
        cmocka_unit_test(values_are_read_as_they_are_written),
        cmocka_unit_test(names_that_are_too_many_end_in_dots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
