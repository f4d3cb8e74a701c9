/*
 * image_test.c - images and manifests that are wrong: the move is undone, the
 * chain carries on in software, the reason is one line, nothing is lost.
 */
#include "tests/image_copy.h"

#include "core/base/clock.h"
#include "core/registry.h"
#include "drivers/driver.h"
#include "tests/sanitize.h"

/* One thing that goes wrong, and what is said about it. */
struct wrong {
    const char *how;
    const char *why;
};

static const struct wrong wrongs[] = {
    /* images */
    {"printf x | dd of=acl-w64.so conv=notrunc bs=1 seek=5000 2>&-",
     "images/acl-w64.so: has SHA-256 "},
    {"printf x >>acl-w64.so", "images/acl-w64.so: has SHA-256 "},
    {"truncate -s 100000 acl-w64.so", "images/acl-w64.so: has SHA-256 "},
    {"truncate -s 64 acl-w64.so", "images/acl-w64.so: has SHA-256 "},
    {": >acl-w64.so", "..., expected "},
    {"rm acl-w64.so", "images/acl-w64.so: no such file, expected an image"},
    {"rm acl-w64.so; mkdir acl-w64.so", "acl-w64.so: not a plain file"},
    {"echo text >acl-w64.so; rehash", "acl-w64.so: cannot be loaded: "},
    {": >acl-w64.so; rehash", "acl-w64.so: cannot be loaded: "},
    {"cp acl-w32.so acl-w64.so; rehash",
     "acl-w64.so: an image of acl, 32 bits wide, expected acl, 64 bits wide"},
    {"cp acl-w64-fault.so acl-w64.so; rehash",
     "an image of acl, 64 bits wide, with faults, expected acl, 64 bits wide"},
    {"cp scale-w64.so acl-w64.so; rehash",
     "an image of scale, 64 bits wide, expected acl, 64 bits wide"},
    {"echo 'const unsigned sim_image[64] = {99};' | "
     "gcc -shared -fPIC -o acl-w64.so -x c -; rehash",
     "acl-w64.so: has ABI 99, expected "},
    {"echo 'int other;' | gcc -shared -fPIC -o acl-w64.so -x c -; rehash",
     "acl-w64.so: not an image, expected one of acl"},
    /* manifests */
    {"rm acl.yaml", "images/acl.yaml: no such file, expected a manifest"},
    {"rm acl.yaml; mkdir acl.yaml", "images/acl.yaml: not a plain file"},
    {": >acl.yaml", "images/acl.yaml:1:1: no sum in the last line"},
    {"head -n 7 acl.yaml >cut; mv cut acl.yaml",
     "acl.yaml:7:1: no sum in the last line"},
    {"truncate -s 1G acl.yaml", "acl.yaml: has 1073741824 bytes, expected a"},
    {"cp acl-w64.so acl.yaml", "images/acl.yaml"},
    {"sed -i 's/64/65/' acl.yaml", ":6: the sum is not that of the lines"},
    {"edit '/acl-w64.so/d'",
     "acl.yaml: no simulated image of width 64, expected one of: "},
    {"edit '/acl-w/d'", "no simulated image of width 64, expected one of: non"},
    {"edit 's/{ image: [0-9]*/{ image: 99/'",
     "acl.yaml:5:15: abi of the image is 99, expected "},
    {"edit 's/slot: 0x/slot: 0xf/'", "acl.yaml:5:24: abi of the slot is "},
    {"edit 's/^layout: .*/layout: 0x12345678/'",
     "acl.yaml:4:9: layout is 0x12345678, expected 0x"},
    {"cp scale.yaml acl.yaml", "acl.yaml:2:8: image is 'scale', expected acl"},
    {"edit 's/RULE: /RULE: 1/'", "acl-w64.so: table RULE holds 256 entries, "
                                 "expected 1256, as its manifest says"},
    {"edit 's/, build: 0x.*, sha/, build: 0x12345678, sha/'",
     "acl-w64.so: has build 0x"},
    {"edit 's/RULE/HOST/'", "acl.yaml:7:11: table is 'HOST', expected RULE"},
    {"edit 's/^c: .*/c: [/'", "acl.yaml:10:3: not a YAML file: "},
    {"cd ..; rm -r images", "images/acl.yaml: no such file"},
};

static void write_chain(const char *name, const char *out, const char *rest)
{
    char text[4096];

    (void)snprintf(text, sizeof text,
                   "chain: t\n"
                   "sources: { in: { pcap: p.pcap } }\n"
                   "nodes:\n"
                   "  - { name: acl, fn: acl, set: { rules: p.rules, "
                   "default: drop } }\n"
                   "links: [ in -> acl, acl -> out ]\n"
                   "sinks: { out: { pcap: %s } }\n%s",
                   out, rest); /* fits */
    cli_write_text(cli_path(name), text);
}

static int make_input(void **state)
{
    (void)state;
    cli_ok("gen packets --count 1000 --out p.pcap");
    write_chain("soft.yaml", "soft.pcap", "");
    cli_ok("run soft.yaml");
    write_chain(
        "hard.yaml", "hard.pcap",
        "devices: { fab0: { kind: sim } }\n"
        "schedule:\n"
        "  - { at: 300, concretize: acl, device: fab0, shadow: 100 }\n"
        "  - { at: 700, concretize: acl, device: fab0, shadow: 100 }\n");
    return 0;
}

/* The moves of a run that ended well, in which not a byte is missing. */
static json_t *assert_moves(const struct cli_result *r, size_t n)
{
    assert_int_equal(r->status, 0);
    assert_string_equal(r->err, "");
    assert_true(cli_same(cli_path("soft.pcap"), cli_path("hard.pcap")));
    json_t *moves = cli_records(r->out, "move");
    assert_int_equal(json_array_size(moves), n);
    return moves;
}

static void images_that_are_right_are_used(void **state)
{
    (void)state;
    struct cli_result r = run_with("true", "run hard.yaml --json");
    json_t *moves = assert_moves(&r, 2);
    assert_null(json_object_get(json_array_get(moves, 0), "refused"));
    assert_string_equal(cli_str(json_array_get(moves, 1), "refused"),
                        "it is on the fabric, or on its way");
    json_decref(moves);
    cli_free(&r);
}

static void a_wrong_image_is_refused_and_the_chain_goes_on(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(wrongs); k++) {
        struct cli_result r = run_with(wrongs[k].how, "run hard.yaml --json");
        if (r.status != 0 || strstr(r.out, wrongs[k].why) == NULL) {
            printf("%s: status %d\nexpected %s\n%s%s", wrongs[k].how, r.status,
                   wrongs[k].why, r.out, r.err);
        }
        json_t *moves = assert_moves(&r, 2);
        for (size_t j = 0; j < 2; j++) {
            const char *why = cli_str(json_array_get(moves, j), "refused");
            assert_non_null(strstr(why, wrongs[k].why));
            assert_null(strchr(why, '\n'));
        }
        json_decref(moves);
        json_t *node = cli_records(r.out, "node");
        assert_string_equal(cli_str(json_array_get(node, 0), "body"), "c");
        assert_int_equal(cli_int(json_array_get(node, 0), "in"), 1000);
        json_decref(node);
        cli_free(&r);
    }
}

static void a_page_says_why_in_one_line(void **state)
{
    (void)state;
    struct cli_result r = run_with("rm acl-w64.so", "run hard.yaml");
    assert_int_equal(r.status, 0);
    assert_string_equal(r.err, "");
    assert_non_null(strstr(r.out,
                           "item      300  acl: software -> fabric "
                           "fab0/0 (acl) refused: images/acl-w64.so: no such "
                           "file, expected an image"));
    cli_free(&r);
}

static void a_slot_that_is_taken_is_named(void **state)
{
    char text[2048];

    (void)state;
    (void)snprintf(
        text, sizeof text,
        "chain: t\n"
        "sources: { in: { pcap: p.pcap } }\n"
        "nodes:\n"
        "  - { name: a, fn: acl }\n"
        "  - { name: b, fn: acl }\n"
        "links: [ in -> a, a -> b, b -> out ]\n"
        "sinks: { out: { pcap: two.pcap } }\n"
        "devices: { fab0: { kind: sim } }\n"
        "schedule:\n"
        "  - { at: 100, concretize: a, device: fab0, shadow: 10 }\n"
        "  - { at: 200, concretize: b, device: fab0, shadow: 10 }\n");
    cli_write_text(cli_path("two.yaml"), text);
    struct cli_result r = cli("run two.yaml --json");
    assert_int_equal(r.status, 0);
    json_t *moves = cli_records(r.out, "move");
    assert_string_equal(cli_str(json_array_get(moves, 1), "refused"),
                        "slot 0 holds acl already");
    json_decref(moves);
    cli_free(&r);
}

/* A folder whose name is no UTF-8 still gives a reason that JSON can hold. */
static void a_reason_is_always_text(void **state)
{
    (void)state;
    struct cli_result r =
        cli_shell("mkdir -p $(printf 'f\\377g'); PRECAST_IMAGES=$(printf "
                  "'f\\377g') $PRECAST run hard.yaml --json");
    json_t *moves = assert_moves(&r, 2);
    assert_non_null(strstr(cli_str(json_array_get(moves, 0), "refused"),
                           "f?g/acl.yaml: no such file"));
    json_decref(moves);
    cli_free(&r);
}

/* --- speed ---------------------------------------------------------------- */

static int by_ns(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Of processor time, which others on the machine do not change. */
static void a_swap_takes_at_most_5_ms_with_its_verification(void **state)
{
    enum { SWAPS = 1000 };
    static const char *const names[] = {"acl", "scale"};
    static uint64_t wall[SWAPS], cpu[SWAPS];
    struct device_config config = {.n_slots = 1, .width_bits = 64};
    struct device *device = NULL;

    (void)state;
    assert_int_equal(driver_open("sim", &config, &device), 0);
    for (size_t k = 0; k < SWAPS; k++) {
        const struct fn *fn = registry_find(names[k % 2]);
        struct body *body = NULL;
        wall[k] = clock_ns();
        cpu[k] = clock_cpu_ns();
        assert_int_equal(device_load(device, 0, fn, &body), 0);
        body_close(body);
        cpu[k] = clock_cpu_ns() - cpu[k];
        wall[k] = clock_ns() - wall[k];
    }
    device_close(device);
    qsort(wall, SWAPS, sizeof wall[0], by_ns);
    qsort(cpu, SWAPS, sizeof cpu[0], by_ns);
    print_message("%d swaps: median %.2f ms, p99 %.2f ms; processor time "
                  "%.2f ms, %.2f ms\n",
                  SWAPS, (double)wall[SWAPS / 2] / 1e6,
                  (double)wall[SWAPS * 99 / 100] / 1e6,
                  (double)cpu[SWAPS / 2] / 1e6,
                  (double)cpu[SWAPS * 99 / 100] / 1e6);
    assert_true(SANITIZED || cpu[SWAPS * 99 / 100] <= 5000000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_that_are_right_are_used),
        cmocka_unit_test(a_wrong_image_is_refused_and_the_chain_goes_on),
        cmocka_unit_test(a_page_says_why_in_one_line),
        cmocka_unit_test(a_slot_that_is_taken_is_named),
        cmocka_unit_test(a_reason_is_always_text),
        cmocka_unit_test(a_swap_takes_at_most_5_ms_with_its_verification),
    };

    return cmocka_run_group_tests(tests, make_input, cli_remove_dir);
}
