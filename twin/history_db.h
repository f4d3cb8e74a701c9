/* history_db.h - the database of a history; see history.h. */
#ifndef TWIN_HISTORY_DB_H
#define TWIN_HISTORY_DB_H

#include "core/wire/record.h"

struct history_db;

/*
 * Opens DIR/history.db; with 'create' to write, new if it is not there.
 * ERR_BAD_INPUT when it is something else or not there, printed; ERR_NO_MEM.
 */
int history_db_open(const char *dir, bool create, struct history_db **out);
void history_db_close(struct history_db *db); /* takes NULL */

/* The last run in it; 0 when there is none. */
uint32_t history_db_last_run(struct history_db *db);

/* Writes between begin and commit are there as one or not at all.  ERR_IO. */
int history_db_begin(struct history_db *db);
int history_db_put(struct history_db *db, uint32_t run,
                   const struct wire_record *r);
int history_db_commit(struct history_db *db);
void history_db_rollback(struct history_db *db);

/* What sqlite says of its last error. */
const char *history_db_why(struct history_db *db);

/* Receives a record; other than 0 to stop. */
typedef int history_each(void *ctx, const struct wire_record *r);

/*
 * All events of 'run' from 'since_ns' on, in the order they were put.  What
 * 'each' returned, or ERR_BAD_INPUT for a damaged database, printed.
 */
int history_db_events(struct history_db *db, uint32_t run, uint64_t since_ns,
                      history_each *each, void *ctx);

/* The summaries of 'seconds' (1 or 60), as records of type WIRE_SUMMARY. */
int history_db_summaries(struct history_db *db, uint32_t run, uint64_t since_ns,
                         uint64_t seconds, history_each *each, void *ctx);

#endif
