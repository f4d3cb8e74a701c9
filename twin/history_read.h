/*
 * history_read.h - what a history (history.h) tells afterwards, also while it
 * is still written: of its last run.
 */
#ifndef TWIN_HISTORY_READ_H
#define TWIN_HISTORY_READ_H

#include "twin/history_db.h"
#include "twin/window.h"

/*
 * Calls 'each' for every raw record of the last run in 'dir', the oldest first.
 * A file that ends early or is damaged gives what stands before that place.
 * What 'each' returned if that was not 0; ERR_BAD_INPUT for a folder that is no
 * history, printed; ERR_NO_MEM.
 */
int history_raw(const char *dir, history_each *each, void *ctx);

/* The same of its events, from 'since_ns' on. */
int history_events(const char *dir, uint64_t since_ns, history_each *each,
                   void *ctx);

/* Items that came at once. */
struct history_burst {
    uint64_t t_ns, item, n;
};

struct history_bursts {
    char node[128];           /* the one asked for, or the first recorded */
    struct history_burst *at; /* [n], in the order they came */
    size_t n, cap;
};

/*
 * When which items of 'node' came, NULL for the first node in the history.
 * ERR_NOT_FOUND when nothing of it was recorded, printed.
 * history_bursts_close() takes {0}.
 */
int history_bursts(const char *dir, const char *node,
                   struct history_bursts *out);
void history_bursts_close(struct history_bursts *b);

/* What was recorded of an output: its digest, and who gave it. */
struct history_mark {
    uint64_t item, n;
    uint32_t digest; /* wire_digest() of what the twin gave */
    bool differed;   /* the device gave something else */
};

struct history_window {
    /* Owned by this struct, not by itself; w.out is what the device gave in
     * the first burst that differed. */
    struct twin_window w;
    struct twin_write *writes; /* those of w */
    struct history_mark *mark; /* [n_marks] */
    size_t n_marks;
    uint8_t **chunk; /* [n_chunks], the items' bytes */
    size_t n_chunks, cap_items, cap_writes, cap_marks, cap_chunks;
};

/*
 * The items of 'node' from the last checkpoint at or before item 'from' to 'to'
 * (not included), as far as they are there without a gap; register writes
 * before item 'to' are in it.  So w.in ends at 'to', or earlier where the
 * record does.  ERR_NOT_FOUND when 'from' is not there any more, printed;
 * ERR_BAD_INPUT, printed; ERR_NO_MEM.
 */
int history_window(const char *dir, const char *node, uint64_t from,
                   uint64_t to, struct history_window *out);
void history_window_close(struct history_window *w); /* takes {0} */

#endif
