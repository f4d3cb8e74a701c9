/* manifest_damage_test.c - good manifests, cut short and damaged at random. */
#include "core/base/rng.h"
#include "drivers/image/image_check.h"

static bool same_image(const struct manifest_image *a,
                       const struct manifest_image *b)
{
    return strcmp(a->board, b->board) == 0 && strcmp(a->file, b->file) == 0 &&
           a->width_bits == b->width_bits && a->build == b->build &&
           memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0 &&
           a->faults == b->faults && a->fmax_mhz == b->fmax_mhz &&
           a->cells == b->cells && a->seed == b->seed;
}

static bool same_manifest(const struct manifest *a, const struct manifest *b)
{
    bool same = a->n_tables == b->n_tables && a->n_images == b->n_images &&
                a->n_tools == b->n_tools;

    for (size_t k = 0; same && k < a->n_tables; k++) {
        same = strcmp(a->table[k].name, b->table[k].name) == 0 &&
               a->table[k].n_entries == b->table[k].n_entries;
    }
    for (size_t k = 0; same && k < a->n_images; k++) {
        same = same_image(&a->image[k], &b->image[k]);
    }
    for (size_t k = 0; same && k < a->n_tools; k++) {
        same = strcmp(a->tool[k].name, b->tool[k].name) == 0 &&
               strcmp(a->tool[k].version, b->tool[k].version) == 0;
    }
    return same;
}

static void a_manifest_cut_anywhere_is_refused(void **state)
{
    char text[CHECK_TEXT];

    add_sum(good_lines(), text);
    for (size_t n = 0; n < strlen(text); n++) {
        struct manifest m;
        struct capture c;
        int err = read_bytes(state, text, n, &m, &c);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_true(is_one_line(c.text, *state, ": no sum in the last line"));
    }
}

/* So that the sum alone does not have to find what is missing. */
static void lines_cut_anywhere_are_refused_even_with_a_right_sum(void **state)
{
    char lines[CHECK_TEXT];
    size_t n_lines = strlen(good_lines());

    for (size_t n = 0; n + 1 < n_lines; n++) {
        struct manifest m;
        struct capture c;
        (void)snprintf(lines, sizeof lines, "%.*s\n", (int)n, good_lines());
        int err = read_lines(state, lines, &m, &c);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_true(is_one_line(c.text, *state, "two.yaml:"));
    }
}

static void a_flipped_bit_is_refused_or_changes_no_meaning(void **state)
{
    char text[CHECK_TEXT];
    struct rng rng = {1};
    struct manifest good, m;
    struct capture c;

    assert_int_equal(read_lines(state, good_lines(), &good, &c), 0);
    add_sum(good_lines(), text);
    size_t n = strlen(text);
    for (int k = 0; k < 2000; k++) {
        size_t at = rng_below(&rng, (uint32_t)n);
        char bit = (char)(1 << rng_below(&rng, 8));
        text[at] ^= bit;
        int err = read_bytes(state, text, n, &m, &c);
        text[at] ^= bit;
        if (err == 0) {
            assert_true(same_manifest(&good, &m));
            continue;
        }
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_true(is_one_line(c.text, *state, "two.yaml:"));
    }
}

/* Without the sum's help: nothing is read that a loader cannot bear. */
static void damage_under_a_right_sum_never_gets_out_of_bounds(void **state)
{
    struct rng rng = {2};
    size_t n = strlen(good_lines());
    size_t n_read = 0;

    for (int k = 0; k < 2000; k++) {
        char lines[CHECK_TEXT];
        struct manifest m;
        struct capture c;
        (void)snprintf(lines, sizeof lines, "%s", good_lines()); /* fits */
        for (uint32_t j = 0; j <= rng_below(&rng, 3); j++) {
            char byte =
                (char)(rng_below(&rng, 2) == 0 ? ' ' + rng_below(&rng, 95)
                                               : 1 + rng_below(&rng, 255));
            lines[rng_below(&rng, (uint32_t)n)] = byte;
        }
        int err = read_lines(state, lines, &m, &c);
        if (err != 0) {
            assert_int_equal(err, ERR_BAD_INPUT);
            assert_true(is_one_line(c.text, *state, "two.yaml:"));
            continue;
        }
        n_read++;
        assert_int_equal(m.n_tables, 2);
        assert_true(m.n_images <= 2 * MANIFEST_IMAGES_MAX);
        for (size_t j = 0; j < m.n_images; j++) {
            const struct manifest_image *i = &m.image[j];
            assert_true(strlen(i->file) > 0 && strchr(i->file, '/') == NULL);
            assert_int_equal(i->width_bits % 8, 0);
        }
    }
    print_message("%zu of 2000 were read\n", n_read);
    assert_true(n_read > 20 && n_read < 1500);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FOLDER_TEST(a_manifest_cut_anywhere_is_refused),
        FOLDER_TEST(lines_cut_anywhere_are_refused_even_with_a_right_sum),
        FOLDER_TEST(a_flipped_bit_is_refused_or_changes_no_meaning),
        FOLDER_TEST(damage_under_a_right_sum_never_gets_out_of_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
