/* sim_test.c - loading, swapping and running images, and their register bus. */
#include "sim/sim_check.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acl_csr.h"
#include "common_csr.h"
#include "core/base/bytes.h"
#include "core/base/err.h"
#include "scale_csr.h"
#include "tests/capture.h"
#include "tests/sanitize.h"

static void copy_file(const char *from, const char *to)
{
    char bytes[65536];
    size_t n;
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");

    assert_non_null(in);
    assert_non_null(out);
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0) {
        assert_int_equal(fwrite(bytes, 1, n, out), n);
    }
    assert_int_equal(ferror(in), 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(fclose(in), 0);
}

/* True when a line of /proc/self/maps contains 'part'. */
static bool is_mapped(const char *part)
{
    char line[4096];
    bool found = false;
    FILE *f = fopen("/proc/self/maps", "r");

    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        found = found || strstr(line, part) != NULL;
    }
    assert_int_equal(fclose(f), 0);
    return found;
}

/* --- opening --- */

static void sim_open_says_which_image_is_missing(void **state)
{
    static const struct {
        const char *fn;
        uint32_t width_bits;
        bool faults;
        const char *message;
    } row[] = {
        {"nothing", 64, false, "/nothing-w64.so: no such image"},
        {"nothing", 64, true, "/nothing-w64-fault.so: no such image"},
        {"acl", 48, false, "/acl-w48.so: no such image"},
        {"", 64, false, "/-w64.so: no such image"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct sim *s = NULL;
        struct capture c;
        capture_begin(&c);
        int err =
            sim_open(image_path(row[k].fn, row[k].width_bits, row[k].faults),
                     row[k].fn, row[k].width_bits, row[k].faults, &s);
        capture_end(&c);
        assert_int_equal(err, ERR_MISSING);
        assert_null(s);
        assert_non_null(strstr(c.text, row[k].message));
    }
}

/* sim_open() of acl in the folder of images, its path made 'len' bytes long. */
static int open_far_away(size_t len, struct sim **s, struct capture *c)
{
    static const char file[] = "/acl-w64.so";
    size_t n = strlen(image_dir());
    char *path = malloc(len + 1);

    assert_non_null(path);
    assert_true(n + sizeof file <= len);
    memset(path, '/', len); /* slashes count as one, and any cut is a folder */
    memcpy(path, image_dir(), n);
    memcpy(path + len + 1 - sizeof file, file, sizeof file);
    capture_begin(c);
    int err = sim_open(path, "acl", WIDTH, false, s);
    capture_end(c);
    free(path);
    return err;
}

static void sim_open_misses_what_no_path_can_name(void **state)
{
    static const size_t len[] = {4096, 4097, 5000, 70000};
    struct sim *s = NULL;
    struct capture c;

    (void)state;
    assert_int_equal(open_far_away(4095, &s, &c), 0); /* the longest path */
    assert_non_null(s);
    sim_close(s);
    for (size_t k = 0; k < CHECK_ROWS(len); k++) {
        s = NULL;
        print_message("%zu bytes\n", len[k]);
        assert_int_equal(open_far_away(len[k], &s, &c), ERR_MISSING);
        assert_null(s);
        /* The message is cut, but it is one line. */
        assert_non_null(strstr(c.text, image_dir()));
        assert_ptr_equal(strchr(c.text, '\n'), c.text + strlen(c.text) - 1);
    }
}

/* What stands in a folder under the name of an image, and is none. */
enum impostor {
    TEXT_FILE,
    NO_SYMBOL,   /* a library without sim_image */
    OTHER_FN,    /* an image of scale */
    OTHER_WIDTH, /* acl, 32 bits wide */
    NO_FAULTS,   /* acl without them */
};

static void impostor_make(enum impostor what, const char *path)
{
    char from[4096];
    const char *image = what == OTHER_FN      ? "scale-w64.so"
                        : what == OTHER_WIDTH ? "acl-w32.so"
                                              : "acl-w64.so";
    Dl_info library;

    if (what == TEXT_FILE) {
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_true(fputs("no shared object\n", f) >= 0);
        assert_int_equal(fclose(f), 0);
        return;
    }
    if (what == NO_SYMBOL) {
        void *symbol = dlsym(RTLD_DEFAULT, "_cmocka_run_group_tests");
        assert_non_null(symbol);
        assert_int_not_equal(dladdr(symbol, &library), 0);
        copy_file(library.dli_fname, path);
        return;
    }
    int n = snprintf(from, sizeof from, "%s/%s", image_dir(), image);
    assert_true(n > 0 && (size_t)n < sizeof from);
    copy_file(from, path);
}

static void sim_open_refuses_what_is_not_the_image_it_names(void **state)
{
    static const struct {
        enum impostor what;
        const char *file;
        bool faults;
        const char *message;
    } row[] = {
        {TEXT_FILE, "acl-w64.so", false, "cannot be loaded: "},
        {NO_SYMBOL, "acl-w64.so", false, "not an image, expected one of acl"},
        {OTHER_FN, "acl-w64.so", false,
         "an image of scale, 64 bits wide, expected acl, 64 bits wide\n"},
        {OTHER_WIDTH, "acl-w64.so", false,
         "an image of acl, 32 bits wide, expected acl, 64 bits wide\n"},
        {NO_FAULTS, "acl-w64-fault.so", true,
         "an image of acl, 64 bits wide, expected acl, 64 bits wide, with "},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char dir[] = "/tmp/sim_test.XXXXXX";
        char path[64];
        struct sim *s = NULL;
        struct capture c;
        print_message("row %zu\n", k);
        assert_non_null(mkdtemp(dir));
        (void)snprintf(path, sizeof path, "%s/%s", dir, row[k].file); /* fits */
        impostor_make(row[k].what, path);
        capture_begin(&c);
        int err = sim_open(path, "acl", WIDTH, row[k].faults, &s);
        capture_end(&c);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(dir), 0);
        assert_int_equal(err, ERR_DEVICE);
        assert_null(s);
        assert_non_null(strstr(c.text, path));
        assert_non_null(strstr(c.text, row[k].message));
        assert_false(is_mapped(dir)); /* it is unloaded again */
    }
}

static void sim_close_takes_null(void **state)
{
    (void)state;
    sim_close(NULL);
}

/* Pages of this process in memory: see proc(5), statm. */
static long resident_pages(void)
{
    long total = 0;
    long resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld %ld", &total, &resident), 2);
    assert_int_equal(fclose(f), 0);
    return resident;
}

static void a_thousand_swaps_leave_nothing_behind(void **state)
{
    static const struct {
        const char *fn;
        uint32_t width_bits;
        bool faults;
    } image[] = {{"acl", 64, false},
                 {"scale", 32, false},
                 {"acl", 64, true},
                 {"scale", 64, false}};
    long early = 0;

    (void)state;
    for (size_t k = 0; k < 1000; k++) {
        size_t j = k % CHECK_ROWS(image);
        struct sim *s =
            open_slot(image[j].fn, image[j].width_bits, image[j].faults);
        sim_close(s);
        if (k == 99) {
            early = resident_pages();
        }
    }
    long late = resident_pages();
    print_message("%ld pages after 100 swaps, %ld after 1000\n", early, late);
    assert_false(is_mapped("-w64"));
    assert_false(is_mapped("-w32"));
    /* 32 pages: 145 bytes a swap.  A sanitizer keeps what was freed. */
    assert_true(SANITIZED || late - early < 32);
}

/* --- running --- */

static void two_slots_with_one_image_are_independent(void **state)
{
    struct sim *a = open_slot("scale", WIDTH, true);
    struct sim *b = open_slot("scale", WIDTH, true);
    uint8_t x[4], ya[4], yb[4];
    struct sim_frame in = {.data = x, .len = 4};
    struct sim_frame out_a = {.data = ya, .room = 4};
    struct sim_frame out_b = {.data = yb, .room = 4};
    struct sim_job job = {.in = &in, .n_in = 1, .cap_out = 1};

    (void)state;
    le16_store(x, 100);
    le16_store(x + 2, 300);
    assert_int_equal(sim_write(a, SCALE_GAIN, 0x8000), 0); /* 2.0 */
    assert_int_equal(read_reg(b, SCALE_GAIN), 0x4000);
    job.out = &out_a;
    assert_int_equal(sim_run(a, &job), 0);
    job.out = &out_b;
    assert_int_equal(sim_run(b, &job), 0);
    assert_int_equal(le16_load(ya), 200);
    assert_int_equal(le16_load(ya + 2), 600);
    assert_memory_equal(yb, x, 4);
    assert_int_equal(sim_flip(b, "csr.gain_q[0]"), 0);
    assert_int_equal(read_reg(a, SCALE_GAIN), 0x8000);
    assert_int_equal(read_reg(b, SCALE_GAIN), 0x4001);
    sim_close(a);
    assert_int_equal(read_reg(b, SCALE_GAIN), 0x4001);
    assert_int_equal(sim_run(b, &job), 0);
    sim_close(b);
}

static void sim_run_gives_every_frame_back(void **state)
{
    struct sim *s = open_slot("acl", 32, false);
    struct traffic t;

    (void)state;
    for (uint32_t len = 0; len <= ROOM; len++) {
        traffic_make(&t, len);
        assert_int_equal(sim_run(s, &t.job), 0);
        assert_int_equal(t.job.n_out, FRAMES);
        assert_false(t.job.overflow);
        for (size_t k = 0; k < FRAMES; k++) {
            assert_int_equal(t.out[k].len, len);
            assert_memory_equal(t.to[k], t.from[k], len);
        }
        assert_inside_its_room(&t);
    }
    sim_close(s);
}

static void sim_run_cuts_a_frame_at_its_room(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, false);
    struct traffic t;

    (void)state;
    traffic_make(&t, 60);
    t.out[1].room = 0;
    t.out[2].room = 13;
    assert_int_equal(sim_run(s, &t.job), 0);
    assert_int_equal(t.job.n_out, FRAMES);
    assert_int_equal(t.out[0].len, 60);
    assert_int_equal(t.out[1].len, 0);
    assert_int_equal(t.out[2].len, 13);
    assert_int_equal(t.to[2][13], 0x5a);
    assert_int_equal(t.out[3].len, 60);
    sim_close(s);
}

static void sim_run_fails_when_more_frames_come_than_expected(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, false);
    struct traffic t;

    (void)state;
    traffic_make(&t, 60);
    t.job.cap_out = 2;
    assert_int_equal(sim_run(s, &t.job), ERR_DEVICE);
    assert_true(t.job.overflow);
    assert_int_equal(t.job.n_out, 2);
    assert_memory_equal(t.to[1], t.from[1], 60);
    assert_int_equal(t.to[2][0], 0x5a); /* not touched */
    sim_close(s);
}

static void sim_run_hangs_at_a_closed_gate(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, false);
    struct traffic t;

    (void)state;
    traffic_make(&t, 60);
    assert_int_equal(sim_write(s, COMMON_CONTROL, 0), 0);
    assert_int_equal(sim_run(s, &t.job), ERR_HANG);
    assert_int_equal(t.job.n_out, 0);
    assert_false(t.job.overflow);
    assert_int_equal(read_reg(s, COMMON_ITEMS_IN), 0);
    sim_close(s);
}

static void sim_run_hangs_when_nothing_is_offered_or_taken(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct sim *s = open_slot("acl", WIDTH, false);
        struct traffic t;
        traffic_make(&t, 60);
        t.job.in_permille = k == 0 ? 1000 : 0; /* of 1000 clocks: all */
        t.job.out_permille = k == 1 ? 1000 : 0;
        assert_int_equal(sim_run(s, &t.job), ERR_HANG);
        assert_int_equal(t.job.n_out, 0);
        /* The frames are inside, or never came. */
        assert_int_equal(read_reg(s, COMMON_ITEMS_IN), k == 1 ? FRAMES : 0);
        sim_close(s);
    }
}

static void sim_run_keeps_what_came_before_a_hang(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, true);
    struct traffic t;

    (void)state;
    /* A verdict too many: every frame finds one, and the last verdict waits
     * for a frame for ever, so that the slot never rests. */
    traffic_make(&t, 60);
    assert_int_equal(sim_flip(s, "hold.told_q[0]"), 0);
    assert_int_equal(sim_run(s, &t.job), ERR_HANG);
    assert_int_equal(t.job.n_out, FRAMES);
    for (size_t k = 0; k < FRAMES; k++) {
        assert_int_equal(t.out[k].len, 60);
        assert_memory_equal(t.to[k], t.from[k], 60);
    }
    assert_inside_its_room(&t);
    sim_close(s);
}

static void the_bus_hangs_when_the_slot_is_never_quiet(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, true);

    (void)state;
    /* A write to the body waits for the end of an item that never comes. */
    assert_int_equal(sim_flip(s, "slot.mid_q[0]"), 0);
    assert_int_equal(sim_write(s, ACL_N_RULES, 1), ERR_HANG);
    assert_int_equal(read_reg(s, COMMON_MAGIC), 0x50435354); /* still there */
    assert_int_equal(sim_flip(s, "slot.mid_q[0]"), 0);
    assert_int_equal(sim_write(s, ACL_N_RULES, 1), 0);
    assert_int_equal(read_reg(s, ACL_N_RULES), 1);
    sim_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sim_open_says_which_image_is_missing),
        cmocka_unit_test(sim_open_misses_what_no_path_can_name),
        cmocka_unit_test(sim_open_refuses_what_is_not_the_image_it_names),
        cmocka_unit_test(sim_close_takes_null),
        cmocka_unit_test(a_thousand_swaps_leave_nothing_behind),
        cmocka_unit_test(two_slots_with_one_image_are_independent),
        cmocka_unit_test(sim_run_gives_every_frame_back),
        cmocka_unit_test(sim_run_cuts_a_frame_at_its_room),
        cmocka_unit_test(sim_run_fails_when_more_frames_come_than_expected),
        cmocka_unit_test(sim_run_hangs_at_a_closed_gate),
        cmocka_unit_test(sim_run_hangs_when_nothing_is_offered_or_taken),
        cmocka_unit_test(sim_run_keeps_what_came_before_a_hang),
        cmocka_unit_test(the_bus_hangs_when_the_slot_is_never_quiet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
