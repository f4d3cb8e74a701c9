/*
 * report.h - what a run tells: JSON lines for programs, or a page for people.
 */
#ifndef HOST_CHAIN_REPORT_H
#define HOST_CHAIN_REPORT_H

#include <stdio.h>

#include "core/device.h"
#include "host/chain/chain.h"
#include "twin/twin.h"

struct recorder;

struct report {
    FILE *out;
    bool json;
    struct recorder *recorder; /* gets the same events; NULL for none */
};

/* Packets that came, left and were dropped. */
struct report_items {
    uint64_t in, out, dropped;
};

/* A node at the end of a run. */
struct report_node {
    const char *name;
    const char *body; /* "c", "rtl" */
    const struct csr_layout *layout;
    const struct report_items *items;
    const uint32_t *regs; /* [layout->n_regs], or NULL when unknown */
    /* What the cache on the fabric counted: the same of it, or NULL. */
    const struct csr_layout *cache;
    const uint32_t *cache_regs;
};

/* A port that is no capture, at the end of a run. */
struct report_port {
    const char *name;        /* of its source, or else its sink */
    const char *kind, *port; /* "tap", "tap0" */
    const struct port_counts *counts;
    uint64_t no_room; /* to be sent, when it could take no more */
};

/* A node went from one body to the other, or why it did not. */
struct report_move {
    const char *node;
    const char *from, *to; /* "c", "rtl" */
    const char *device;    /* "fab0/0" */
    const char *image;     /* function in the slot: the node's, or its cache */
    uint64_t at_item;      /* first input item of the node that 'to' serves */
    uint64_t shadow_items; /* compared before, all equal */
    uint64_t ns;
    uint64_t lost, duplicated;
    uint64_t reordered;
    bool is_compared;                 /* every item was: 'reordered' is known */
    const struct slot_counters *slot; /* the slot's own; NULL if unknown */
    const char *refused; /* why it stays where it was; NULL when it moved */
};

void report_chain(const struct report *r, const struct chain *c);
void report_move(const struct report *r, const struct report_move *m);
/* From source item 'item' on, 'n' nodes from 'first' to 'last' run as one. */
void report_segment(const struct report *r, const char *first, const char *last,
                    size_t n, uint64_t item);
void report_fault(const struct report *r, uint64_t item, const char *device,
                  const char *flip);
void report_verdict(const struct report *r, const char *node,
                    const char *device, const struct twin_verdict *v);
/* 'ns' is how long it took, 0 for what takes no time. */
void report_action(const struct report *r, const char *node, const char *action,
                   uint64_t at_item, uint64_t ns, const char *result);
void report_node(const struct report *r, const struct report_node *n);
void report_port(const struct report *r, const struct report_port *p);
void report_summary(const struct report *r, const struct report_items *items,
                    double seconds);

#endif
