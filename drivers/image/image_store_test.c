/* image_store_test.c - images found by their manifest, verified, remembered. */
#include "drivers/image/image_store.h"

#include <fcntl.h>
#include <time.h>

#include "drivers/image/image_check.h"

/* A store in the test's folder. */
static struct image_store *open_store(void **state)
{
    struct image_store *s = NULL;

    assert_int_equal(setenv("PRECAST_IMAGES", *state, 1), 0);
    assert_int_equal(image_store_open(CHECK_ABI, &s), 0);
    assert_string_equal(image_store_dir(s), *state);
    return s;
}

/* The image two-w32.so with these bytes, and a manifest with its hash. */
static void make_folder(void **state, const char *bytes)
{
    uint8_t sha256[IMAGE_SHA_BYTES];
    char lines[CHECK_TEXT], text[CHECK_TEXT];

    write_bytes(folder_path(state, "two-w32.so"), bytes, strlen(bytes));
    image_hash(bytes, strlen(bytes), sha256);
    (void)snprintf(lines, sizeof lines, "%s", good_lines()); /* fits */
    image_hash_text(sha256, text);
    memcpy(strstr(lines, SHA_A), text, IMAGE_SHA_TEXT - 1);
    add_sum(lines, text);
    write_bytes(folder_path(state, "two.yaml"), text, strlen(text));
}

static int find(struct image_store *s, uint32_t width_bits, bool faults,
                struct image_found *found, struct capture *c)
{
    capture_begin(c);
    int err = image_store_find(s, &check_layout, width_bits, faults, found);
    capture_end(c);
    return err;
}

static void an_image_is_found_with_its_path_and_capacities(void **state)
{
    struct image_found found;
    struct capture c;

    make_folder(state, "an image");
    struct image_store *s = open_store(state);
    assert_int_equal(find(s, 32, false, &found, &c), 0);
    assert_string_equal(c.text, "");
    assert_string_equal(found.path, folder_path(state, "two-w32.so"));
    assert_int_equal(found.build, 0x1f);
    assert_int_equal(found.capacity[0], 128);
    assert_int_equal(found.capacity[1], 16);
    image_store_close(s);
    image_store_close(NULL);
}

static void
an_image_without_an_entry_is_missing_and_others_are_named(void **state)
{
    struct image_found found;
    struct capture c;

    make_folder(state, "an image");
    struct image_store *s = open_store(state);
    assert_int_equal(find(s, 64, true, &found, &c), ERR_MISSING);
    assert_true(is_one_line(c.text, *state,
                            "/two.yaml: no simulated image of width 64 with "
                            "faults, expected one of: 32, 32 with faults\n"));
    image_store_close(s);
}

static void an_entry_without_a_file_is_missing(void **state)
{
    struct image_found found;
    struct capture c;

    make_folder(state, "an image");
    struct image_store *s = open_store(state);
    assert_int_equal(find(s, 32, true, &found, &c), ERR_MISSING);
    assert_true(is_one_line(c.text, *state,
                            "/two-w32-fault.so: no such file, expected an "
                            "image (make builds it)\n"));
    image_store_close(s);
}

static void an_image_that_was_changed_or_cut_is_refused(void **state)
{
    static const char *const bytes[] = {"an imagf", "an imag", "an imagee", ""};
    struct image_found found;
    struct capture c;

    for (size_t k = 0; k < CHECK_ROWS(bytes); k++) {
        make_folder(state, "an image");
        write_bytes(folder_path(state, "two-w32.so"), bytes[k],
                    strlen(bytes[k]));
        struct image_store *s = open_store(state);
        assert_int_equal(find(s, 32, false, &found, &c), ERR_BAD_INPUT);
        assert_true(is_one_line(c.text, *state, "/two-w32.so: has SHA-256 "));
        assert_true(is_one_line(c.text, *state, "..., expected a5df3fde7b20"));
        image_store_close(s);
    }
}

/* Also when it was verified before, at whatever distance of time. */
static void a_change_after_an_image_was_verified_is_noticed(void **state)
{
    struct image_found found;
    struct capture c;

    make_folder(state, "an image");
    struct image_store *s = open_store(state);
    for (long k = 0; k < 50; k++) {
        struct timespec wait = {.tv_nsec = k * 400000}; /* to 20 ms */
        write_bytes(folder_path(state, "two-w32.so"), "an image", 8);
        (void)nanosleep(&wait, NULL);
        assert_int_equal(find(s, 32, false, &found, &c), 0);
        write_bytes(folder_path(state, "two-w32.so"), "an imagf", 8);
        assert_int_equal(find(s, 32, false, &found, &c), ERR_BAD_INPUT);
    }
    image_store_close(s);
}

static void a_change_that_hides_its_time_is_noticed(void **state)
{
    struct timespec wait = {.tv_nsec = 20000000}; /* until it has settled */
    struct image_found found;
    struct capture c;
    struct stat st;

    make_folder(state, "an image");
    (void)nanosleep(&wait, NULL);
    struct image_store *s = open_store(state);
    assert_int_equal(find(s, 32, false, &found, &c), 0);
    assert_int_equal(stat(found.path, &st), 0);
    write_bytes(found.path, "an imagf", 8);
    const struct timespec times[] = {st.st_atim, st.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, found.path, times, 0), 0);
    assert_int_equal(find(s, 32, false, &found, &c), ERR_BAD_INPUT);
    image_store_close(s);
}

/* A file of 64 MB takes 100 ms and more to hash. */
static void an_image_is_hashed_once(void **state)
{
    struct image_found found;
    struct manifest_image image = {.file = "big"};
    struct timespec wait = {.tv_nsec = 20000000}; /* until it has settled */
    struct image_stamp stamp;
    struct capture c;
    clock_t first, others;

    make_folder(state, "an image");
    write_bytes(folder_path(state, "big"), "x", 1);
    assert_int_equal(truncate(folder_path(state, "big"), 64 << 20), 0);
    (void)nanosleep(&wait, NULL);
    assert_int_equal(
        image_file_hash(folder_path(state, "big"), image.sha256, &stamp), 0);
    assert_true(stamp.settled);
    struct image_store *s = open_store(state);
    first = clock();
    assert_int_equal(image_store_verify(s, &image, found.path), 0);
    first = clock() - first;
    others = clock();
    for (int k = 0; k < 100; k++) {
        assert_int_equal(image_store_verify(s, &image, found.path), 0);
    }
    others = clock() - others;
    print_message("%ld us, then %ld us for a hundred\n", (long)first,
                  (long)others);
    assert_true(others < first);
    image.sha256[0] ^= 1; /* what is remembered is that hash, not the file */
    capture_begin(&c);
    int err = image_store_verify(s, &image, found.path);
    capture_end(&c);
    assert_int_equal(err, ERR_BAD_INPUT);
    assert_true(is_one_line(c.text, *state, "/big: has SHA-256 "));
    image_store_close(s);
}

static void
more_files_than_are_remembered_are_verified_all_the_same(void **state)
{
    struct manifest_image image = {.file = "two-w32.so"};
    char path[IMAGE_PATH];

    struct image_store *s = open_store(state);
    for (int k = 0; k < 200; k++) {
        struct timespec tick = {.tv_nsec = 5000000};
        write_bytes(folder_path(state, "two-w32.so"), &k, sizeof k);
        image_hash(&k, sizeof k, image.sha256);
        (void)nanosleep(&tick, NULL); /* until it has settled */
        assert_int_equal(image_store_verify(s, &image, path), 0);
        assert_int_equal(image_store_verify(s, &image, path), 0);
    }
    image_store_close(s);
}

static void a_file_that_is_no_image_by_far_is_refused(void **state)
{
    struct image_found found;
    struct capture c;

    make_folder(state, "an image");
    struct image_store *s = open_store(state);
    assert_int_equal(truncate(folder_path(state, "two-w32.so"), 1l << 40), 0);
    assert_int_equal(find(s, 32, false, &found, &c), ERR_BAD_INPUT);
    assert_true(is_one_line(c.text, *state,
                            "/two-w32.so: has 1099511627776 bytes, expected "
                            "an image of at most 268435456\n"));
    assert_int_equal(unlink(folder_path(state, "two-w32.so")), 0);
    assert_int_equal(mkdir(folder_path(state, "two-w32.so"), 0700), 0);
    assert_int_equal(find(s, 32, false, &found, &c), ERR_BAD_INPUT);
    assert_true(is_one_line(c.text, *state, "not a plain file, expected an i"));
    image_store_close(s);
}

static void a_folder_that_no_path_can_name_is_missing(void **state)
{
    char dir[2 * IMAGE_PATH];
    struct image_store *s = NULL;
    struct image_found found;
    struct capture c;

    (void)state;
    memset(dir, '/', sizeof dir);
    dir[IMAGE_PATH] = '\0';
    assert_int_equal(setenv("PRECAST_IMAGES", dir, 1), 0);
    capture_begin(&c);
    int err = image_store_open(CHECK_ABI, &s);
    capture_end(&c);
    assert_int_equal(err, ERR_MISSING);
    assert_null(s);
    assert_true(is_one_line(c.text, "PRECAST_IMAGES is too long", "4095"));
    dir[IMAGE_PATH - 5] = '\0'; /* room for the folder, not for files */
    assert_int_equal(setenv("PRECAST_IMAGES", dir, 1), 0);
    assert_int_equal(image_store_open(CHECK_ABI, &s), 0);
    assert_int_equal(find(s, 32, false, &found, &c), ERR_MISSING);
    assert_non_null(strstr(c.text, "precast: ////"));
    image_store_close(s);
}

static void hashes_are_those_of_fips_180(void **state)
{
    uint8_t sha256[IMAGE_SHA_BYTES], back[IMAGE_SHA_BYTES];
    char text[IMAGE_SHA_TEXT];

    (void)state;
    image_hash("abc", 3, sha256);
    image_hash_text(sha256, text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9"
                              "cb410ff61f20015ad");
    assert_true(image_hash_parse(text, back));
    assert_memory_equal(back, sha256, sizeof back);
    text[63] = 'D';
    assert_false(image_hash_parse(text, back));
    text[63] = '\0';
    assert_false(image_hash_parse(text, back));
    assert_memory_equal(back, sha256, sizeof back); /* on success only */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FOLDER_TEST(an_image_is_found_with_its_path_and_capacities),
        FOLDER_TEST(an_image_without_an_entry_is_missing_and_others_are_named),
        FOLDER_TEST(an_entry_without_a_file_is_missing),
        FOLDER_TEST(an_image_that_was_changed_or_cut_is_refused),
        FOLDER_TEST(a_change_after_an_image_was_verified_is_noticed),
        FOLDER_TEST(a_change_that_hides_its_time_is_noticed),
        FOLDER_TEST(an_image_is_hashed_once),
        FOLDER_TEST(more_files_than_are_remembered_are_verified_all_the_same),
        FOLDER_TEST(a_file_that_is_no_image_by_far_is_refused),
        FOLDER_TEST(a_folder_that_no_path_can_name_is_missing),
        FOLDER_TEST(hashes_are_those_of_fips_180),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
