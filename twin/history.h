/*
 * history.h - what a run leaves behind in a folder:
 *
 *   history.db               SQLite, WAL: every mismatch, alarm, action, change
 *                            of a parameter, move and image load for ever;
 *                            summaries of 1 s and of 1 min
 *   runRRRRRR-FFFFFFFF.raw   the newest inputs, states, outputs and telemetry,
 *                            as files of records (core/wire/file.h)
 *   runRRRRRR-FFFFFFFF.kept  the same around a mismatch
 *
 * Raw files are a ring: the oldest goes when they are more than allowed, or the
 * disk is full; kept ones go only when there is no other, or they alone are
 * more than half of it.
 */
#ifndef TWIN_HISTORY_H
#define TWIN_HISTORY_H

#include "core/wire/record.h"

enum { HISTORY_BYTES_MIN = 1 << 20, HISTORY_BYTES = 256 << 20 };

struct history_config {
    const char *dir;    /* made when it is not there */
    uint64_t raw_bytes; /* most that raw and kept files take */
    const char *chain;  /* name of the run */
    uint64_t t_ns;      /* now */
};

struct history;

/*
 * Begins a run; earlier ones stay.  ERR_BAD_INPUT when 'dir' or its history.db
 * is something else, ERR_IO, ERR_NO_MEM; the message has been printed.
 */
int history_open(const struct history_config *config, struct history **out);

/*
 * Takes a record.  Raw ones go to the ring, a change of parameters to both,
 * all others to the database with the next commit.  A full disk costs the
 * oldest raw data and, when there is none, this record if it is raw: that is an
 * alarm in the history, and no error here.  ERR_NO_MEM, ERR_IO.
 */
int history_put(struct history *h, const struct wire_record *r);

/*
 * Number of the raw file; when it changes, the state of each node should come
 * next, so that the file can be run again by itself.
 */
uint64_t history_file(const struct history *h);

/* All that was put is on the disk after that.  ERR_IO, with nothing lost but
 * the next call tries again. */
int history_commit(struct history *h);

/* Commits; ERR_IO, printed.  Takes NULL. */
int history_close(struct history *h);

/* Since history_open(). */
struct history_counts {
    uint64_t records, lost; /* raw records without room */
    uint64_t files_dropped, disk_full;
};
struct history_counts history_counts(const struct history *h);

#endif
