/* log_in.h - the inside of a log, for log.c (reading) and log_compare.c. */
#ifndef TWIN_LOG_IN_H
#define TWIN_LOG_IN_H

#include "core/registry.h"
#include "twin/log.h"

enum { LOG_NODES_MAX = 256 };

/* A frame, an output, parameters or a verdict. */
struct log_entry {
    uint64_t item, count;
    uint32_t node; /* in struct twin_log */
    uint32_t boot; /* how often its slot had been loaded */
    uint32_t type; /* WIRE_TELEMETRY, WIRE_OUTPUT, WIRE_SET, WIRE_VERDICT */
    uint32_t digest;
    size_t n_frame;
    union {
        uint8_t frame[TELEMETRY_BYTES];
        char *text; /* owned: what was set, the class of a verdict */
    };
};

struct log_node {
    char *name;
    const struct fn *fn; /* NULL until known */
    uint32_t boot;
};

struct twin_log {
    struct log_entry *at; /* [n] */
    size_t n, cap;
    struct log_node node[LOG_NODES_MAX];
    size_t n_nodes;
};

#endif
