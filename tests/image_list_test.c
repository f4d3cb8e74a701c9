/* image_list_test.c - `precast image`, `precast doctor`, and what they show. */
#include "tests/image_copy.h"

static void image_check_finds_what_is_wrong(void **state)
{
    struct cli_result r = run_with("true", "image check");

    (void)state;
    assert_int_equal(r.status, 0);
    assert_null(strstr(r.out, "WRONG"));
    assert_non_null(strstr(r.out, "ok     acl.yaml\nok     acl-w"));
    cli_free(&r);
    r = run_with("printf x >>acl-w64.so; cp acl.yaml none.yaml; "
                 "rm scale-w32.so",
                 "image check --json");
    assert_int_equal(r.status, 1);
    assert_string_equal(r.err, "");
    json_t *checks = cli_records(r.out, "image_check");
    size_t n_wrong = 0;
    for (size_t k = 0; k < json_array_size(checks); k++) {
        const json_t *c = json_array_get(checks, k);
        const char *file = cli_str(c, "file");
        bool wrong = strcmp(file, "acl-w64.so") == 0 ||
                     strcmp(file, "none.yaml") == 0 ||
                     strcmp(file, "scale-w32.so") == 0;
        assert_int_equal(json_is_false(json_object_get(c, "ok")), wrong);
        assert_int_equal(json_object_get(c, "detail") != NULL, wrong);
        n_wrong += wrong;
    }
    assert_int_equal(n_wrong, 3);
    json_decref(checks);
    cli_free(&r);
}

static void image_check_looks_at_one_function_when_asked(void **state)
{
    struct cli_result r = run_with("rm scale.yaml", "image check acl");

    (void)state;
    assert_int_equal(r.status, 0);
    assert_null(strstr(r.out, "scale"));
    cli_free(&r);
    r = run_with("rm scale.yaml", "image check scale");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.out, "WRONG  scale.yaml "));
    cli_free(&r);
    r = run_with("true", "image check nothing");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "no function 'nothing' with images"));
    cli_free(&r);
    r = run_with("true", "image check acl scale");
    assert_int_equal(r.status, 2);
    cli_free(&r);
}

/* The record of 'file' among those of `image list`. */
static const json_t *image_of(const json_t *images, const char *file)
{
    const json_t *found = NULL;

    for (size_t k = 0; k < json_array_size(images); k++) {
        const json_t *i = json_array_get(images, k);
        found = strcmp(cli_str(i, "file"), file) == 0 ? i : found;
    }
    assert_non_null(found);
    return found;
}

static void image_list_shows_what_manifests_say(void **state)
{
    struct cli_result r = run_with("true", "image list --json");

    (void)state;
    assert_int_equal(r.status, 0);
    json_t *images = cli_records(r.out, "image");
    const json_t *first = image_of(images, "acl-w32.so");
    assert_string_equal(cli_str(first, "name"), "acl");
    assert_string_equal(cli_str(first, "kind"), "sim");
    assert_int_equal(cli_int(first, "width"), 32);
    assert_int_equal(strlen(cli_str(first, "build")), 10);
    assert_int_equal(strlen(cli_str(first, "sha256")), 64);
    assert_int_equal(cli_int(json_object_get(first, "tables"), "RULE"), 256);
    assert_true(json_is_false(json_object_get(first, "faults")));
    assert_non_null(
        json_object_get(json_object_get(first, "tools"), "verilator"));
    json_decref(images);
    cli_free(&r);
    r = run_with(": >acl.yaml", "image list");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "images/acl.yaml:1:1: no sum"));
    assert_non_null(strstr(r.out, "scale")); /* what is right is listed */
    cli_free(&r);
    r = run_with("true", "image list acl");
    assert_int_equal(r.status, 2);
    cli_free(&r);
}

static void doctor_says_which_image_is_broken_and_why(void **state)
{
    struct cli_result r = run_with("printf x >>acl-w64.so", "doctor");

    (void)state;
    assert_int_equal(r.status, 4);
    assert_string_equal(r.err, "");
    assert_non_null(strstr(r.out, "ok       sim acl 32 bit "));
    const char *line = strstr(r.out, "MISSING  sim acl 64 bit ");
    assert_non_null(line);
    assert_non_null(strstr(line, "images/acl-w64.so: has SHA-256 "));
    cli_free(&r);
}

/* The script that writes manifests, given a bitstream, too. */
static void bitstreams_are_listed_with_board_and_clock(void **state)
{
    char command[2 * PATH_MAX], here[PATH_MAX];
    const char *entry =
        "{ board: hx8k, file: acl-hx8k.bin, width: 32, build: 0x1f, fmax_mhz: "
        "62.3, cells: 4100, seed: 2, sha256: "
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad }\n";

    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    cli_write_text(cli_path("entry"), entry);
    (void)snprintf(
        command, sizeof command,
        "rm -rf b; mkdir b b/bit; cp -r \"$PRECAST_IMAGES\" b/image; "
        "cp -r \"$PRECAST_IMAGES/../gen\" b/gen; printf abc "
        ">b/image/acl-hx8k.bin; cp entry b/bit/acl-hx8k.entry; "
        "cp entry b/bit/scale2-hx8k.entry; to=$PWD; cd '%s'; "
        "rtl/tools/manifest.sh acl $to/b rtl/shell/slot.v >$to/new && "
        "mv $to/new $to/b/image/acl.yaml; cd $to; "
        "export PRECAST_IMAGES=b/image; $PRECAST image check && "
        "$PRECAST image list --json && $PRECAST image list >&2",
        here); /* fits */
    struct cli_result r = cli_shell(command);
    assert_int_equal(r.status, 0);
    const char *json = strstr(r.out, "{\"type\":\"image\"");
    assert_non_null(json);
    json_t *images = cli_records(json, "image");
    const json_t *bit = image_of(images, "acl-hx8k.bin");
    assert_string_equal(cli_str(bit, "name"), "acl");
    assert_string_equal(cli_str(bit, "kind"), "bitstream");
    assert_string_equal(cli_str(bit, "board"), "hx8k");
    assert_true(json_real_value(json_object_get(bit, "fmax_mhz")) == 62.3);
    assert_int_equal(cli_int(bit, "cells"), 4100);
    assert_int_equal(cli_int(bit, "seed"), 2);
    json_decref(images);
    assert_non_null(strstr(r.err, "hx8k      32 bits         build 0x0000001f"
                                  "  RULE 256  62.3 MHz, 4100 cells, seed 2"));
    cli_free(&r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(image_check_finds_what_is_wrong),
        cmocka_unit_test(image_check_looks_at_one_function_when_asked),
        cmocka_unit_test(image_list_shows_what_manifests_say),
        cmocka_unit_test(doctor_says_which_image_is_broken_and_why),
        cmocka_unit_test(bitstreams_are_listed_with_board_and_clock),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
