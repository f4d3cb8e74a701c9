/*
 * recorder_in.h - the inside of a recorder, for the files that recorder.h is
 * made of: recorder.c (sinks, life, events), recorder_items.c (items, states,
 * telemetry).
 */
#ifndef HOST_CHAIN_RECORDER_IN_H
#define HOST_CHAIN_RECORDER_IN_H

#include "core/wire/file.h"
#include "core/wire/pub.h"
#include "host/chain/chain_graph.h"
#include "host/chain/recorder.h"
#include "twin/history.h"
#include "twin/metrics.h"

enum { RECORDER_NODES = CHAIN_VERTICES_MAX };

/* A node whose items are recorded. */
struct track {
    char *name;
    const struct fn *fn;  /* whose items they are: the node's, or its cache */
    uint64_t next_item;   /* that continues what is recorded */
    uint64_t file;        /* of the history, in which its state stands */
    uint64_t since_bytes; /* of items, since then */
    uint64_t state_bytes;
};

struct recorder {
    struct history *history;
    struct wire_pub *pub;
    struct wire_writer *file;
    char *metrics; /* path */
    struct track track[RECORDER_NODES];
    struct metrics_node total[RECORDER_NODES],
        told[RECORDER_NODES]; /* told: summed up */
    size_t n_nodes;
    uint64_t tick_ns; /* when the last summary was made */
    uint8_t *data;    /* [cap] of the record that is being made */
    size_t cap;
    int err; /* the first */
};

/* The node's number, new if it has none; RECORDER_NODES when there is none. */
size_t recorder_find(struct recorder *r, const char *node);

/* 'n' bytes to make the data of a record in, or NULL. */
uint8_t *recorder_room(struct recorder *r, size_t n);

/* Puts the writes, 8 bytes each, there; NULL when it cannot. */
uint8_t *recorder_writes(struct recorder *r, const struct write_list *w);

/* A record for the history alone; an error is told. */
void recorder_to_history(struct recorder *r, const struct wire_record *e);

/* Wall time; sums up and commits when a second has passed. */
uint64_t recorder_now(struct recorder *r);

#endif
