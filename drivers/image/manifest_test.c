/* manifest_test.c - manifests that are right, and those that are wrong. */
#include "drivers/image/image_check.h"

static void a_good_manifest_is_read_in_full(void **state)
{
    struct manifest m;
    struct capture c;
    uint8_t sha256[IMAGE_SHA_BYTES];

    assert_int_equal(read_lines(state, good_lines(), &m, &c), 0);
    assert_string_equal(c.text, "");
    assert_int_equal(m.n_tables, 2);
    assert_string_equal(m.table[0].name, "ROUTE");
    assert_int_equal(m.table[0].n_entries, 128);
    assert_string_equal(m.table[1].name, "HOP");
    assert_int_equal(m.table[1].n_entries, 16);
    assert_int_equal(m.n_images, 3);
    assert_string_equal(m.image[0].file, "two-w32.so");
    assert_string_equal(m.image[0].board, "");
    assert_int_equal(m.image[0].width_bits, 32);
    assert_int_equal(m.image[0].build, 0x1f);
    assert_false(m.image[0].faults);
    assert_true(m.image[1].faults);
    assert_true(image_hash_parse(SHA_B, sha256));
    assert_memory_equal(m.image[1].sha256, sha256, sizeof sha256);
    assert_string_equal(m.image[2].board, "hx8k");
    assert_string_equal(m.image[2].file, "two-hx8k.bin");
    assert_true(m.image[2].fmax_mhz == 62.3);
    assert_int_equal(m.image[2].cells, 4100);
    assert_int_equal(m.image[2].seed, 2);
    assert_int_equal(m.n_tools, 2);
    assert_string_equal(m.tool[1].name, "yosys");
    assert_string_equal(m.tool[1].version, "0.23");
}

/* A good manifest with 'from' replaced by 'to' in one place. */
struct edit {
    const char *from, *to;
    const char *message;
};

static void edit(const struct edit *e, char out[CHECK_TEXT])
{
    const char *good = good_lines();
    const char *at = strstr(good, e->from);

    assert_non_null(at);
    int n = snprintf(out, CHECK_TEXT, "%.*s%s%s", (int)(at - good), good, e->to,
                     at + strlen(e->from));
    assert_true(n > 0 && n < CHECK_TEXT);
}

static void assert_refused(void **state, const struct edit *row, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        struct manifest m = {.n_tables = 77};
        struct capture c;
        char lines[CHECK_TEXT];
        edit(&row[k], lines);
        int err = read_lines(state, lines, &m, &c);
        assert_true(is_one_line(c.text, (char *)*state, row[k].message));
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_int_equal(m.n_tables, 77); /* written on success only */
    }
}

static void a_manifest_for_something_else_is_refused(void **state)
{
    static const struct edit row[] = {
        {"image: two", "image: acl",
         "two.yaml:2:8: image is 'acl', expected two\n"},
        {"0x01020304", "0x01020305",
         "two.yaml:3:5: id is 0x01020305, expected 0x01020304, that of this "
         "program\n"},
        {"0x0a0b0c0d", "0x0a0b0c0e",
         "two.yaml:4:9: layout is 0x0a0b0c0e, expected 0x0a0b0c0d, that of "},
        {"image: 7", "image: 8",
         "two.yaml:5:15: abi of the image is 8, expected 7, that of this "},
        {"slot: 0x", "slot: 0x1", "two.yaml:5:24: abi of the slot is '0x1"},
        {"metadata: 48", "metadata: 64", ": metadata is 64, expected 48, "},
        {"in: pkt", "in: iq16",
         "two.yaml:6:16: stream in is 'iq16', expected "
         "pkt\n"},
        {"out: iq16", "out: rec", ": stream out is 'rec', expected iq16\n"},
        {"ROUTE: 128, ", "", "two.yaml:7:9: 1 tables, expected 2\n"},
        {"HOP: 16", "HOP: 16, X: 1", ": 3 tables, expected 2\n"},
        {"HOP: 16", "HOPS: 16", ": table is 'HOPS', expected HOP\n"},
        {"ROUTE: 128, HOP: 16", "HOP: 16, ROUTE: 128",
         ": table is 'HOP', expected ROUTE\n"},
        {"c: two_fn", "c: two", "two.yaml:8:4: c is 'two', expected two_fn\n"},
    };

    assert_refused(state, row, CHECK_ROWS(row));
}

static void missing_unknown_and_second_keys_are_refused(void **state)
{
    static const struct edit row[] = {
        {"image: two\n", "", "two.yaml:2:1: manifest without a key 'image'"},
        {"id: 0x01020304\n", "", "manifest without a key 'id', expected one"},
        {"layout: 0x0a0b0c0d\n", "", "manifest without a key 'layout'"},
        {"streams: {", "tables: {", "a second key 'tables', expected one"},
        {"c: two_fn\n", "", "manifest without a key 'c', expected one"},
        {"c: two_fn\n", "c: two_fn\nd: 1\n",
         "two.yaml:9:1: manifest has no key 'd', expected image, id, layout"},
        {"simulated:\n", "", "not a YAML file"},
        {"image: 7, ", "", "two.yaml:5:6: abi without a key 'image'"},
        {"metadata: 48", "meta: 48", "abi has no key 'meta', expected image"},
        {", out: iq16", "", "streams without a key 'out', expected one"},
        {"file: two-w32.so, ", "", "simulated image without a key 'file'"},
        {"width: 32, ", "", "simulated image without a key 'width'"},
        {"faults: false, ", "", "simulated image without a key 'faults'"},
        {"build: 0x1f, ", "", "simulated image without a key 'build'"},
        {", sha256: " SHA_A, "", "simulated image without a key 'sha256'"},
        {"faults: false", "fmax_mhz: 1", "simulated image has no key 'fmax_m"},
        {"board: hx8k, ", "", "bitstream without a key 'board'"},
        {"fmax_mhz: 62.3, ", "", "bitstream without a key 'fmax_mhz'"},
        {"cells: 4100, ", "", "bitstream without a key 'cells'"},
        {"seed: 2, ", "", "bitstream without a key 'seed'"},
        {"seed: 2", "faults: true", "bitstream has no key 'faults'"},
        {"tools: ", "tool: ", "manifest has no key 'tool', expected"},
        {"tools: { verilator: 5.006, yosys: 0.23 }\n", "",
         "manifest without a key 'tools', expected one"},
        {"verilator: 5", "yosys: 5", "a second tool 'yosys', expected one"},
    };

    assert_refused(state, row, CHECK_ROWS(row));
}

static void values_of_the_wrong_kind_or_range_are_refused(void **state)
{
    static const struct edit row[] = {
        {"id: 0x01020304", "id: twelve",
         "two.yaml:3:5: id is 'twelve', expected a number from 0 to 429496"},
        {"id: 0x01020304", "id: 0x101020304", ": id is '0x101020304', expect"},
        {"id: 0x01020304", "id: -1", ": id is '-1', expected a number"},
        {"image: two", "image: [ two ]", ": image is a sequence, expected te"},
        {"{ in: pkt, out: iq16 }", "pkt", ": streams is text, expected a map"},
        {"{ ROUTE: 128, HOP: 16 }", "[ 128, 16 ]",
         ": tables is a sequence, expected a map"},
        {"ROUTE: 128", "ROUTE: -1",
         ": ROUTE is '-1', expected a number from 0"},
        {"ROUTE: 128", "ROUTE: 268435457", ": ROUTE is '268435457', expected"},
        {"ROUTE: 128", "[ ROUTE ]: 128", ": this key is a sequence, expected"},
        {"two-w32.so", "../two.so", ": file is '../two.so', expected 1 to 63"},
        {"two-w32.so", "a/two.so", ": file is 'a/two.so', expected 1 to 63 l"},
        {"two-w32.so", "''", ": file is '', expected 1 to 63 letters"},
        {"two-w32.so", SHA_A, ": file is '00112233445566778899aabbccddeef"},
        {"two-w32.so", "\"a\\tb\"", ": text with a line end or control char"},
        {"width: 32", "width: 33", ": width is 33, expected a multiple of 8"},
        {"width: 32", "width: 0", ": width is '0', expected a number from 8"},
        {"width: 32", "width: 2048", ": width is '2048', expected a number"},
        {"faults: false", "faults: no", ": faults is 'no', expected true or"},
        {"faults: false", "faults: true",
         "two.yaml:11:5: a second image of 32 "
         "bits with faults, expected one\n"},
        {"build: 0x1f", "build: 0xfg", ": build is '0xfg', expected a number"},
        {SHA_A, "0", ": sha256 is '0', expected 64 digits 0-9, a-f\n"},
        {SHA_A, SHA_A "0", ": sha256 is '0011223344556677889"},
        {"00112233445566778899aabbccddeeff0",
         "00112233445566778899AABBCCDDEEF"
         "F0",
         ": sha256 is '00112233445566778899AABBC"},
        {"00112233445566778899a", "00112233445566778899g", ": sha256 is '0011"},
        {"hx8k, file", "hx 8k, file", ": board is 'hx 8k', expected 1 to 63"},
        {"62.3", "fast", ": fmax_mhz is 'fast', expected a number from 0 to"},
        {"62.3", "10001", ": fmax_mhz is '10001', expected a number from 0"},
        {"4100", "41.5", ": cells is '41.5', expected a number from 0 to"},
        {"seed: 2", "seed: x", ": seed is 'x', expected a number"},
        {"verilator: 5.006", "verilator: 5 006", ": verilator is '5 006', exp"},
        {"verilator: 5.006", "verilator: {}", ": verilator is a map, expected"},
        {"{ verilator: 5.006, yosys: 0.23 }", "{}",
         ": no tools, expected at least one\n"},
        {"{ verilator: 5.006, yosys: 0.23 }",
         "{ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1 }",
         ": 9 tools, expected at most 8"},
    };

    assert_refused(state, row, CHECK_ROWS(row));
}

static void more_images_than_there_is_room_for_are_refused(void **state)
{
    char lines[CHECK_TEXT];
    struct edit e = {"bitstreams:\n", "", ": 33 simulated images, expected at"};
    char more[6000] = "";
    size_t n = 0;

    for (int k = 0; k < 31; k++) {
        n += (size_t)snprintf(more + n, sizeof more - n,
                              "  - { file: a, width: %d, faults: true, build: "
                              "0, sha256: " SHA_A " }\n",
                              64 + 8 * k);
    }
    assert_true(n + 20 < sizeof more);
    strcat(more, "bitstreams:\n");
    e.to = more;
    struct manifest m;
    struct capture c;
    edit(&e, lines);
    assert_int_equal(read_lines(state, lines, &m, &c), ERR_BAD_INPUT);
    assert_true(is_one_line(c.text, *state, e.message));
}

/* --- files that are no manifests ------------------------------------------ */

static void what_is_no_manifest_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t n; /* of bytes; 0: of the text */
        const char *message;
    } row[] = {
        {"", 0,
         "two.yaml:1:1: no sum in the last line, expected a whole "
         "manifest\n"},
        {"\n", 0, "two.yaml:1:1: no sum in the last line"},
        {"image: two\n", 0, "two.yaml:1:1: no sum in the last line"},
        {"sum: " SHA_A "\n", 0, "two.yaml:1:1: no sum in the last line"},
        {"\nsum: " SHA_A "\n", 0, "two.yaml:2:6: the sum is not that of"},
        {"\nsum: " SHA_A "\n\n", 0, ": no sum in the last line"},
        {"\nsam: " SHA_A "\n", 0, "two.yaml:2:1: no sum in the last line"},
        {"\177ELF\0\0\0\0", 8, "two.yaml:1:1: no sum in the last line"},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct manifest m;
        struct capture c;
        size_t n = row[k].n > 0 ? row[k].n : strlen(row[k].bytes);
        int err = read_bytes(state, row[k].bytes, n, &m, &c);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_true(is_one_line(c.text, *state, row[k].message));
    }
}

/* A right sum makes no manifest of what is none. */
static void a_right_sum_is_not_enough(void **state)
{
    static const struct edit row[] = {
        {"# a", "\tx: [ y\n# a", "not a YAML file"},
        {"# a", "# \x01\n# a", "not a YAML file: control characters are not"},
        {"# a", "# \xff\n# a", "not a YAML file: invalid leading UTF-8"},
        {"# a", "--- text\n---\n# a", ":4:1: a second document, expected one"},
        {"tools: ", "tools: *x\n# ", "not a YAML file: found undefined alias"},
        {"image: two", "image: &x [ *x ]", ": image is a sequence, expected"},
        {"tables: {", "tables: &x { <<: *x,", ": 3 tables, expected 2"},
    };

    assert_refused(state, row, CHECK_ROWS(row));
}

static void what_is_no_plain_file_is_refused(void **state)
{
    static const struct {
        const char *name, *make, *message;
        int err;
    } row[] = {
        {"none", "true",
         "none: no such file, expected a manifest (make "
         "builds it)\n",
         ERR_MISSING},
        {"none/none", "true", "none: no such file", ERR_MISSING},
        {"dir", "mkdir dir", "dir: not a plain file, expected a manifest\n",
         ERR_BAD_INPUT},
        {"pipe", "mkfifo pipe", "pipe: not a plain file, expected a manifest",
         ERR_BAD_INPUT},
        {"loop", "ln -s loop loop",
         "loop: Too many levels of symbolic links, "
         "expected a manifest\n",
         ERR_BAD_INPUT},
        {"zero", "ln -s /dev/zero zero", "zero: not a plain file",
         ERR_BAD_INPUT},
        {"huge", "truncate -s 1T huge",
         "huge: has 1099511627776 bytes, "
         "expected a manifest of at most 65536",
         ERR_BAD_INPUT},
    };

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char command[200];
        struct manifest m;
        struct capture c;
        (void)snprintf(command, sizeof command, "cd '%s' && %s", (char *)*state,
                       row[k].make); /* fits */
        assert_int_equal(system(command), 0);
        capture_begin(&c);
        int err = manifest_read(folder_path(state, row[k].name), &check_layout,
                                CHECK_ABI, &m);
        capture_end(&c);
        assert_int_equal(err, row[k].err);
        assert_true(is_one_line(c.text, *state, row[k].message));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FOLDER_TEST(a_good_manifest_is_read_in_full),
        FOLDER_TEST(a_manifest_for_something_else_is_refused),
        FOLDER_TEST(missing_unknown_and_second_keys_are_refused),
        FOLDER_TEST(values_of_the_wrong_kind_or_range_are_refused),
        FOLDER_TEST(more_images_than_there_is_room_for_are_refused),
        FOLDER_TEST(what_is_no_manifest_is_refused),
        FOLDER_TEST(a_right_sum_is_not_enough),
        FOLDER_TEST(what_is_no_plain_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
