/*
 * metrics.h - totals as Prometheus text (exposition format 0.0.4), in a file
 * for node_exporter's textfile collector.
 */
#ifndef TWIN_METRICS_H
#define TWIN_METRICS_H

#include <stddef.h>
#include <stdint.h>

/* Of a node that runs on the fabric beside its twin, since the run began. */
struct metrics_node {
    const char *node;
    uint64_t items, dropped, octets; /* that its twin had */
    uint64_t frames, verdicts;       /* of telemetry; other than equal */
};

struct metrics {
    const struct metrics_node *node; /* [n_nodes] */
    size_t n_nodes;
    uint64_t records, lost, files_dropped, disk_full; /* of the history */
};

/* Replaces 'path' as a whole: who reads it sees the old or the new.  ERR_IO,
 * printed. */
int metrics_write(const char *path, const struct metrics *m);

#endif
