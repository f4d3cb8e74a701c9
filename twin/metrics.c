/* metrics.c - see metrics.h. */
#include "twin/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"

static const struct {
    const char *name, *help;
    size_t at; /* in struct metrics_node */
} per_node[] = {
    {"items", "Items that device and twin had",
     offsetof(struct metrics_node, items)},
    {"dropped", "Of them, dropped by the function",
     offsetof(struct metrics_node, dropped)},
    {"octets", "Bytes of these items", offsetof(struct metrics_node, octets)},
    {"frames", "Frames of telemetry", offsetof(struct metrics_node, frames)},
    {"verdicts", "Times the twin said other than equal",
     offsetof(struct metrics_node, verdicts)},
};

static const struct {
    const char *name, *help;
    size_t at; /* in struct metrics */
} in_all[] = {
    {"records", "Records taken", offsetof(struct metrics, records)},
    {"lost", "Raw records without room", offsetof(struct metrics, lost)},
    {"files_dropped", "Raw files that made room",
     offsetof(struct metrics, files_dropped)},
    {"disk_full", "Times the disk was full",
     offsetof(struct metrics, disk_full)},
};

static uint64_t number_at(const void *s, size_t at)
{
    uint64_t v;

    memcpy(&v, (const char *)s + at, sizeof v);
    return v;
}

/* A label's value: backslash, quote and new line are escaped. */
static void put_label(FILE *f, const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '\n') {
            (void)fputs("\\n", f); /* ferror() tells */
        } else {
            (void)fprintf(f, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
        }
    }
}

static void put_all(FILE *f, const struct metrics *m)
{
    for (size_t k = 0; k < sizeof per_node / sizeof per_node[0]; k++) {
        (void)fprintf(f,
                      "# HELP precast_twin_%s_total %s.\n"
                      "# TYPE precast_twin_%s_total counter\n",
                      per_node[k].name, per_node[k].help, per_node[k].name);
        for (size_t j = 0; j < m->n_nodes; j++) {
            (void)fprintf(f, "precast_twin_%s_total{node=\"", per_node[k].name);
            put_label(f, m->node[j].node);
            (void)fprintf(f, "\"} %" PRIu64 "\n",
                          number_at(&m->node[j], per_node[k].at));
        }
    }
    for (size_t k = 0; k < sizeof in_all / sizeof in_all[0]; k++) {
        (void)fprintf(f,
                      "# HELP precast_history_%s_total %s.\n"
                      "# TYPE precast_history_%s_total counter\n"
                      "precast_history_%s_total %" PRIu64 "\n",
                      in_all[k].name, in_all[k].help, in_all[k].name,
                      in_all[k].name, number_at(m, in_all[k].at));
    }
}

int metrics_write(const char *path, const struct metrics *m)
{
    char new[PATH_MAX];
    int n = snprintf(new, sizeof new, "%s.new", path);
    FILE *f = n > 0 && n < (int)sizeof new ? fopen(new, "we") : NULL;
    int bad = f == NULL;

    if (f != NULL) {
        put_all(f, m);
        bad = ferror(f);
        bad = fclose(f) != 0 || bad;
    }
    if (bad || rename(new, path) < 0) {
        int why = errno;
        if (f != NULL) {
            (void)remove(new); /* what there is of it */
        }
        return err_say(ERR_IO, "%s: %s", path, strerror(why));
    }
    return 0;
}
