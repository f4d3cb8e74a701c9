/* dpi_rules_test.c - rule files and settings, good and bad. */
#include <stdio.h>

#include "net/fn/dpi/dpi_check.h"
#include "tests/capture.h"

enum {
    L = DPI_LAST,
    I = DPI_CASELESS,
    LONG = 2047, /* bytes: the most of a rule */
};

/* What a rule file writes: both tables and their counts. */
struct words {
    uint32_t word[2][8192];
    uint32_t used[2];
};

static int parse(const char *text, struct words *out)
{
    struct write_list w = {0};
    const struct fn_text t = {"a.rules", text};
    uint32_t index = 0;
    int err = dpi_parse_rules(&t, write_list_emit, &w);

    memset(out, 0, sizeof *out);
    for (size_t k = 0; err == 0 && k < w.n; k++) {
        uint32_t value = w.at[k].value;
        switch (w.at[k].offset) {
        case DPI_WINDOW_INDEX: index = value; break;
        case CSR_WINDOW_DATA:
            assert_true(index >> 28 < 2 && (index & 0xfffff) < 8192);
            out->word[index >> 28][index & 0xfffff] = value;
            index++;
            break;
        case DPI_N_BYTES: out->used[0] = value; break;
        default:
            assert_int_equal(w.at[k].offset, DPI_N_REGEX);
            out->used[1] = value;
        }
    }
    write_list_close(&w);
    return err;
}

static void rule_file_becomes_the_words_of_dpi_csr(void **state)
{
    static const struct {
        const char *text;
        uint32_t used[2], literal[6], regex[6];
    } row[] = {
        {"", {0, 0}, {0}, {0}},
        {"\n# literal\n \t\r\n", {0, 0}, {0}, {0}},
        {"literal \"a\"", {1, 0}, {'a' | L | 1 << 16}, {0}},
        {"literal \"aZ1\" nocase drop\r\n",
         {3, 0},
         {'a' | I, 'Z' | I, '1' | L | DPI_DROP | 1 << 16},
         {0}},
        {"literal \"|41 0d0A|\\\\\\\"\\|\"",
         {6, 0},
         {'A', '\r', '\n', '\\', '"', '|' | L | 1 << 16},
         {0}},
        {" literal  \" \" mark 5 accept \nliteral \"b\" punt\n"
         "literal \"c\" mirror mark 5000",
         {3, 0},
         {' ' | L | 5 << 16, 'b' | L | DPI_PUNT | 6 << 16,
          'c' | L | DPI_MIRROR | 5000 << 16},
         {0}},
        {"regex /a\\d/is drop\nliteral \"x\"\nregex /\\/#/m",
         {1, 5},
         {'x' | L | 2 << 16},
         {'a', '\\', 'd' | L | I | DPI_DOTALL | DPI_DROP | 1 << 16, '/',
          '#' | L | DPI_MULTILINE | 3 << 16}},
        /* Emerging Threats' list: its numbers are left out. */
        {"2000015\t-\t0023fF\n2000352\ti\t5530\n",
         {5, 0},
         {0, 0x23, 0xff | L | 1 << 16, 'U' | I, '0' | L | 2 << 16},
         {0}},
        {"literal \"a\" mark 7\nliteral \"b\" mark 7\n",
         {2, 0},
         {'a' | L | 7 << 16, 'b' | L | 7 << 16},
         {0}},
    };
    static struct words got;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("%s\n", row[k].text);
        assert_int_equal(parse(row[k].text, &got), 0);
        assert_memory_equal(got.used, row[k].used, sizeof got.used);
        assert_memory_equal(got.word[0], row[k].literal, sizeof row[k].literal);
        assert_memory_equal(got.word[1], row[k].regex, sizeof row[k].regex);
    }
}

/* That 'text' is refused, in which line and with which words. */
static void refused(const char *text, const char *where, const char *why)
{
    static struct words got;
    struct capture c;

    capture_begin(&c);
    int err = parse(text, &got);
    capture_end(&c);
    print_message("%.60s: %s", text, c.text);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_non_null(strstr(c.text, where));
    assert_non_null(strstr(c.text, why));
    assert_ptr_equal(strchr(c.text, '\n'), c.text + strlen(c.text) - 1);
}

static void rule_file_says_which_line_is_bad(void **state)
{
    static const char kind[] = "expected literal \"TEXT\", regex";
    static const char text[] = "expected \"TEXT\" of 1 to 2047 bytes";
    static const char regex[] = "expected /EXPRESSION/ of 1 to 2047 bytes";
    static const char option[] = "expected nocase";
    static const char mark[] = "expected a mark from 1 to 65535";
    static const char list[] = "expected SID, - or i, and 1 to 2047";
    static const char takes[] = "expected what Hyperscan takes: ";
    static const struct {
        const char *line, *message;
    } row[] = {
        {"x", kind},
        {"literally \"a\"", kind},
        {"literalliteralliteral \"a\"", kind},
        {"\"a\"", kind},
        {"-1 - 41", kind},
        {"4294967296 - 41", kind},
        {"literal", text},
        {"literal a", text},
        {"literal \"", text},
        {"literal \"\"", text},
        {"literal \"||\"", text},
        {"literal \"a", text},
        {"literal \"a\\\"", text},
        {"literal \"\\a\"", text},
        {"literal \"|4\"", text},
        {"literal \"|4|\"", text},
        {"literal \"|4 1|\"", text},
        {"literal \"|4g|\"", text},
        {"literal \"|41\"", text},
        {"literal \"a\"drop", text},
        {"literal \"a\" reject", option},
        {"literal \"a\" DROP", option},
        {"literal \"a\" drops-everything-there-is", option},
        {"literal \"a\" drop accept", "expected one of accept, drop"},
        {"literal \"a\" mark", mark},
        {"literal \"a\" mark 0", mark},
        {"literal \"a\" mark 65536", mark},
        {"literal \"a\" mark -1", mark},
        {"literal \"a\" mark 1x", mark},
        {"regex", regex},
        {"regex a", regex},
        {"regex /a", regex},
        {"regex //", regex},
        {"regex /a\\/", regex},
        {"regex /a/x", regex},
        {"regex /a/ nocase", option},
        {"regex /a(/", takes},
        {"regex /a)/", takes},
        {"regex /[z-a]/", takes},
        {"regex /a*/", takes}, /* is in every packet */
        {"regex /(a)\\1/", takes},
        {"regex /a{70000}/", takes},
        {"regex /(?<!a)b/", takes},
        {"2000015", list},
        {"2000015 -", list},
        {"2000015 x 41", list},
        {"2000015 - 4", list},
        {"2000015 - 4g", list},
        {"2000015 i 41 42", list},
    };
    char file[300];

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        refused(row[k].line, "a.rules:1: bad rule, ", row[k].message);
        (void)snprintf(file, sizeof file, "# one\n\nliteral \"a\"\n%s\nx\n",
                       row[k].line);
        refused(file, "a.rules:4: bad rule, ", row[k].message);
    }
    refused("literal \"a\" mark 8\nliteral \"b\" mark 7",
            "a.rules:2: ", "expected a mark not below that of the rule before");
    refused("literal \"a\" mark 65535\nliteral \"b\"",
            "a.rules:2: ", "expected a mark: there is none behind 65535");
}

static void rule_file_says_what_is_too_much(void **state)
{
    static char text[LONG + 64], many[300 * (LONG + 20)];
    static struct words got;
    char *end = many;

    (void)state;
    (void)memset(text, 'a', sizeof text);
    memcpy(text, "literal \"", 9);
    memcpy(text + 9 + LONG, "\"", 2);
    assert_int_equal(parse(text, &got), 0);
    assert_int_equal(got.used[0], LONG);
    memcpy(text + 9 + LONG, "a\"", 3);
    refused(text, "a.rules:1: ", "of 1 to 2047 bytes");

    /* 128 literals of 2,047 bytes: 128 bytes are left of 262,144. */
    for (int k = 0; k < 129; k++) {
        memcpy(end, "literal \"", 9);
        memset(end + 9, 'b', LONG);
        memcpy(end + 9 + LONG, "\"\n", 3);
        end += 9 + LONG + 2;
    }
    refused(many, "a.rules:129: ", "at most 262144 bytes of literals");

    /* 33 expressions of 2,000 bytes. */
    end = many;
    for (int k = 0; k < 33; k++) {
        memcpy(end, "regex /", 7);
        memset(end + 7, 'c', 2000);
        memcpy(end + 2007, "/\n", 3);
        end += 2009;
    }
    refused(many, "a.rules:33: ", "at most 65536 bytes of expressions");
}

static void engine_is_own_or_hyperscan(void **state)
{
    static const struct {
        const char *text;
        int err;
        uint32_t value;
    } row[] = {{"own", 0, 0},
               {"hyperscan", 0, 1},
               {"", ERR_BAD_INPUT, 0},
               {"Own", ERR_BAD_INPUT, 0},
               {"1", ERR_BAD_INPUT, 0}};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct write_list w = {0};
        const struct fn_text t = {"--set", row[k].text};
        struct capture c;
        capture_begin(&c);
        int err = dpi_parse_engine(&t, write_list_emit, &w);
        capture_end(&c);
        assert_int_equal(err, row[k].err);
        assert_int_equal(w.n, err == 0);
        if (err == 0) {
            assert_int_equal(w.at[0].offset, DPI_ENGINE);
            assert_int_equal(w.at[0].value, row[k].value);
        } else {
            assert_non_null(strstr(c.text, "expected own or hyperscan"));
        }
        write_list_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_file_becomes_the_words_of_dpi_csr),
        cmocka_unit_test(rule_file_says_which_line_is_bad),
        cmocka_unit_test(rule_file_says_what_is_too_much),
        cmocka_unit_test(engine_is_own_or_hyperscan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
