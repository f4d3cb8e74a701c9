/* metrics_test.c - totals as Prometheus reads them. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "tests/capture.h"
#include "twin/metrics.h"

static void text_is_as_the_format_wants_it(void **state)
{
    const struct metrics_node nodes[] = {
        {"acl", 100, 7, 6400, 3, 1},
        {"a\"b\\c", 1, 0, 64, 0, 0}, /* to be escaped */
    };
    const struct metrics m = {
        .node = nodes, .n_nodes = 2, .records = 42, .disk_full = 1};
    static const char *const lines[] = {
        "# TYPE precast_twin_items_total counter\n",
        "\nprecast_twin_items_total{node=\"acl\"} 100\n",
        "\nprecast_twin_items_total{node=\"a\\\"b\\\\c\"} 1\n",
        "\nprecast_twin_dropped_total{node=\"acl\"} 7\n",
        "\nprecast_twin_verdicts_total{node=\"acl\"} 1\n",
        "\nprecast_history_records_total 42\n",
        "\nprecast_history_disk_full_total 1\n",
    };
    char path[] = "/tmp/precast-metrics-XXXXXX", text[8192], new[64];
    struct capture c;
    int fd = mkstemp(path), err;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(metrics_write(path, &m), 0);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[n] = '\0';
    for (size_t k = 0; k < CHECK_ROWS(lines); k++) {
        assert_non_null(strstr(text, lines[k]));
    }
    /* Every line is a comment or "NAME VALUE", and the last one ends. */
    assert_int_equal(text[n - 1], '\n');
    (void)snprintf(new, sizeof new, "%s.new", path);
    assert_int_not_equal(access(new, F_OK), 0); /* nothing is left behind */
    assert_int_equal(unlink(path), 0);
    capture_begin(&c);
    err = metrics_write("/nonexistent/m.prom", &m);
    capture_end(&c);
    assert_int_equal(err, ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_as_the_format_wants_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
