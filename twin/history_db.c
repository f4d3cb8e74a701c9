/* history_db.c - see history_db.h. */
#include "twin/history_db.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"

enum { MINUTE_S = 60, VERSION = 1, BUSY_MS = 5000 };

static const uint64_t second_ns = 1000000000;

/* Times are in ns since 1970; 'record' is the CBOR of core/wire. */
static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "CREATE TABLE IF NOT EXISTS event(id INTEGER PRIMARY KEY,"
    " run INTEGER, t_ns INTEGER, type TEXT, node TEXT, device TEXT,"
    " item INTEGER, kind TEXT, text TEXT, record BLOB);"
    "CREATE INDEX IF NOT EXISTS event_time ON event(run, t_ns);"
    "CREATE TABLE IF NOT EXISTS summary(run INTEGER, seconds INTEGER,"
    " t_ns INTEGER, node TEXT, items INTEGER, dropped INTEGER,"
    " octets INTEGER, frames INTEGER, verdicts INTEGER,"
    " PRIMARY KEY(run, seconds, t_ns, node)) WITHOUT ROWID;"
    "PRAGMA user_version = 1;";

static const char insert_event[] =
    "INSERT INTO event(run, t_ns, type, node, device, item, kind, text,"
    " record) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char add_summary[] =
    "INSERT INTO summary VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET items = items + excluded.items,"
    " dropped = dropped + excluded.dropped,"
    " octets = octets + excluded.octets,"
    " frames = frames + excluded.frames,"
    " verdicts = verdicts + excluded.verdicts";

struct history_db {
    sqlite3 *db;
    sqlite3_stmt *event, *summary; /* of a writer */
    char path[PATH_MAX];
};

static int user_version(struct history_db *h)
{
    sqlite3_stmt *s = NULL;
    int version = -1;

    if (sqlite3_prepare_v2(h->db, "PRAGMA user_version", -1, &s, NULL) ==
            SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW) {
        version = sqlite3_column_int(s, 0);
    }
    (void)sqlite3_finalize(s); /* repeats the error of the step */
    return version;
}

static int prepare(struct history_db *h, bool create)
{
    int version;

    (void)sqlite3_busy_timeout(h->db, BUSY_MS); /* cannot fail */
    version = user_version(h);
    if (version != VERSION && !(create && version == 0)) {
        return err_say(ERR_BAD_INPUT, "%s: %s", h->path,
                       version < 0 ? sqlite3_errmsg(h->db)
                                   : "a history of another version");
    }
    if (create && (sqlite3_exec(h->db, schema, NULL, NULL, NULL) != SQLITE_OK ||
                   sqlite3_prepare_v2(h->db, insert_event, -1, &h->event,
                                      NULL) != SQLITE_OK ||
                   sqlite3_prepare_v2(h->db, add_summary, -1, &h->summary,
                                      NULL) != SQLITE_OK)) {
        return err_say(ERR_IO, "%s: %s", h->path, sqlite3_errmsg(h->db));
    }
    return 0;
}

int history_db_open(const char *dir, bool create, struct history_db **out)
{
    struct history_db *h = calloc(1, sizeof *h);
    int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
    int n, err = ERR_NO_MEM;

    if (h == NULL) {
        return err;
    }
    n = snprintf(h->path, sizeof h->path, "%s/history.db", dir);
    if (n < 0 || n >= (int)sizeof h->path) {
        err = err_say(ERR_BAD_INPUT, "%s: too long a name", dir);
    } else if (sqlite3_open_v2(h->path, &h->db, flags, NULL) != SQLITE_OK) {
        err = err_say(ERR_BAD_INPUT, "%s: %s", h->path,
                      h->db != NULL ? sqlite3_errmsg(h->db) : "no memory");
    } else {
        err = prepare(h, create);
    }
    if (err < 0) {
        history_db_close(h);
        return err;
    }
    *out = h;
    return 0;
}

void history_db_close(struct history_db *db)
{
    if (db != NULL) {
        (void)sqlite3_finalize(db->event);   /* repeats an old error */
        (void)sqlite3_finalize(db->summary); /* the same */
        (void)sqlite3_close(db->db);         /* all statements are gone */
        free(db);
    }
}

uint32_t history_db_last_run(struct history_db *db)
{
    sqlite3_stmt *s = NULL;
    uint32_t run = 0;

    if (sqlite3_prepare_v2(db->db, "SELECT max(run) FROM event", -1, &s,
                           NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW) {
        run = (uint32_t)sqlite3_column_int64(s, 0);
    }
    (void)sqlite3_finalize(s); /* repeats the error of the step */
    return run;
}

static int exec(struct history_db *db, const char *sql)
{
    return sqlite3_exec(db->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
                                                                    : ERR_IO;
}

int history_db_begin(struct history_db *db)
{
    return exec(db, "BEGIN IMMEDIATE");
}

int history_db_commit(struct history_db *db)
{
    return exec(db, "COMMIT");
}

void history_db_rollback(struct history_db *db)
{
    /* sqlite has rolled back by itself after some errors. */
    (void)exec(db, "ROLLBACK");
}

const char *history_db_why(struct history_db *db)
{
    return sqlite3_errmsg(db->db);
}

static void bind_text(sqlite3_stmt *s, int k, struct wire_text t)
{
    (void)sqlite3_bind_text(s, k, t.n > 0 ? t.at : "", (int)t.n,
                            SQLITE_STATIC); /* the step tells */
}

static void bind_number(sqlite3_stmt *s, int k, uint64_t v)
{
    (void)sqlite3_bind_int64(s, k, (sqlite3_int64)v); /* the step tells */
}

static int step(sqlite3_stmt *s)
{
    int rc = sqlite3_step(s);

    (void)sqlite3_reset(s); /* repeats the error of the step */
    return rc == SQLITE_DONE ? 0 : ERR_IO;
}

static int put_summary(struct history_db *db, uint32_t run,
                       const struct wire_record *r, uint64_t seconds)
{
    sqlite3_stmt *s = db->summary;

    bind_number(s, 1, run);
    bind_number(s, 2, seconds);
    bind_number(s, 3, r->t_ns - r->t_ns % (seconds * second_ns));
    bind_text(s, 4, r->node);
    bind_number(s, 5, r->count);
    bind_number(s, 6, r->dropped);
    bind_number(s, 7, r->octets);
    bind_number(s, 8, r->frames);
    bind_number(s, 9, r->verdicts);
    return step(s);
}

static int put_event(struct history_db *db, uint32_t run,
                     const struct wire_record *r)
{
    uint8_t head[WIRE_HEAD_MAX];
    size_t n = wire_encode(r, head);
    uint8_t *all = r->data.n > 0 ? malloc(n + r->data.n) : head;
    sqlite3_stmt *s = db->event;
    int err;

    if (all == NULL) {
        return ERR_NO_MEM;
    }
    if (all != head) {
        memcpy(all, head, n);
        memcpy(all + n, r->data.at, r->data.n);
    }
    bind_number(s, 1, run);
    bind_number(s, 2, r->t_ns);
    (void)sqlite3_bind_text(s, 3, wire_type_name(r->type), -1,
                            SQLITE_STATIC); /* the step tells */
    bind_text(s, 4, r->node);
    bind_text(s, 5, r->device);
    bind_number(s, 6, r->item);
    bind_text(s, 7, r->kind);
    bind_text(s, 8, r->text);
    (void)sqlite3_bind_blob64(s, 9, all, n + r->data.n,
                              SQLITE_STATIC); /* the step tells */
    err = step(s);
    if (all != head) {
        free(all);
    }
    return err;
}

int history_db_put(struct history_db *db, uint32_t run,
                   const struct wire_record *r)
{
    int err;

    if (r->type != WIRE_SUMMARY) {
        return put_event(db, run, r);
    }
    err = put_summary(db, run, r, 1);
    return err < 0 ? err : put_summary(db, run, r, MINUTE_S);
}

/* --- reading -------------------------------------------------------------- */

static int each_event(sqlite3_stmt *s, history_each *each, void *ctx)
{
    struct wire_record r = {0};
    const uint8_t *blob = sqlite3_column_blob(s, 0);
    int n = sqlite3_column_bytes(s, 0);
    const char *wrong =
        blob == NULL ? "no record" : wire_decode(blob, (size_t)n, &r);

    return wrong != NULL ? err_say(ERR_BAD_INPUT,
                                   "history.db: an event that is %s", wrong)
                         : each(ctx, &r);
}

static int each_summary(sqlite3_stmt *s, history_each *each, void *ctx)
{
    struct wire_record r = {
        .type = WIRE_SUMMARY,
        .seconds = (uint64_t)sqlite3_column_int64(s, 0),
        .t_ns = (uint64_t)sqlite3_column_int64(s, 1),
        .node = wire_text((const char *)sqlite3_column_text(s, 2)),
        .count = (uint64_t)sqlite3_column_int64(s, 3),
        .dropped = (uint64_t)sqlite3_column_int64(s, 4),
        .octets = (uint64_t)sqlite3_column_int64(s, 5),
        .frames = (uint64_t)sqlite3_column_int64(s, 6),
        .verdicts = (uint64_t)sqlite3_column_int64(s, 7),
    };

    return each(ctx, &r);
}

/* Runs a query whose parameters are run, time and, if asked for, seconds. */
static int query(struct history_db *db, const char *sql, const uint64_t bind[3],
                 int (*row)(sqlite3_stmt *, history_each *, void *),
                 history_each *each, void *ctx)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db->db, sql, -1, &s, NULL);
    int err = 0;

    for (int k = 0; rc == SQLITE_OK && k < sqlite3_bind_parameter_count(s);
         k++) {
        bind_number(s, k + 1, bind[k]);
    }
    while (rc == SQLITE_OK && err == 0 &&
           (rc = sqlite3_step(s)) == SQLITE_ROW) {
        rc = SQLITE_OK;
        err = row(s, each, ctx);
    }
    if (rc != SQLITE_OK && rc != SQLITE_DONE) {
        err =
            err_say(ERR_BAD_INPUT, "%s: %s", db->path, sqlite3_errmsg(db->db));
    }
    (void)sqlite3_finalize(s); /* repeats the error of the step */
    return err;
}

int history_db_events(struct history_db *db, uint32_t run, uint64_t since_ns,
                      history_each *each, void *ctx)
{
    const uint64_t bind[3] = {run, since_ns, 0};

    return query(db,
                 "SELECT record FROM event WHERE run = ? AND t_ns >= ?"
                 " ORDER BY id",
                 bind, each_event, each, ctx);
}

int history_db_summaries(struct history_db *db, uint32_t run, uint64_t since_ns,
                         uint64_t seconds, history_each *each, void *ctx)
{
    const uint64_t bind[3] = {run, since_ns, seconds};

    return query(db,
                 "SELECT seconds, t_ns, node, items, dropped, octets, frames,"
                 " verdicts FROM summary WHERE run = ? AND t_ns >= ?"
                 " AND seconds = ? ORDER BY t_ns, node",
                 bind, each_summary, each, ctx);
}
