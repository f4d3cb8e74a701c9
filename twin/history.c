/*
 * history.c - see history.h.  What goes to the database waits in memory until
 * a commit has succeeded, so that a full disk costs nothing of it.
 */
#include "twin/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "core/base/err.h"
#include "core/wire/file.h"
#include "twin/history_db.h"
#include "twin/history_files.h"

enum {
    FILES = 16, /* into which the ring, or what the disk has, is divided */
    FILE_BYTES_MIN = 1 << 16,
    EVENTS_BYTES = 1 << 20,         /* that wait before a commit of itself */
    EVENTS_MAX = 64 * EVENTS_BYTES, /* that wait for room on a full disk */
};

struct history {
    char *dir;
    uint64_t raw_bytes, file_bytes; /* most of all, and of one file */
    uint32_t run;
    struct history_db *db;
    struct history_files files;
    struct wire_writer *raw; /* the last of files; NULL: none could be made */
    bool keep;               /* there was a mismatch in this file */
    bool full;               /* the disk was, in this file */
    uint8_t *events;         /* [cap_events], length and CBOR of each */
    size_t n_events, cap_events;
    uint64_t t_ns; /* of the newest record */
    struct history_counts counts;
};

/* --- events --------------------------------------------------------------- */

/* An event waits for the commit. */
static int push_event(struct history *h, const struct wire_record *r)
{
    uint8_t head[WIRE_HEAD_MAX];
    size_t n_head = wire_encode(r, head);
    size_t n = n_head + r->data.n;

    if (h->n_events + sizeof n + n > h->cap_events) {
        size_t cap = 2 * h->cap_events + sizeof n + n;
        uint8_t *events = realloc(h->events, cap);
        if (events == NULL) {
            return ERR_NO_MEM;
        }
        h->events = events;
        h->cap_events = cap;
    }
    uint8_t *p = h->events + h->n_events;
    memcpy(p, &n, sizeof n);
    memcpy(p + sizeof n, head, n_head);
    if (r->data.n > 0) {
        memcpy(p + sizeof n + n_head, r->data.at, r->data.n);
    }
    h->n_events += sizeof n + n;
    return 0;
}

/* All that wait, in one transaction. */
static int write_events(struct history *h)
{
    int err = history_db_begin(h->db);
    size_t n;

    for (size_t at = 0; err == 0 && at < h->n_events; at += n) {
        struct wire_record r;
        memcpy(&n, h->events + at, sizeof n);
        at += sizeof n;
        if (wire_decode(h->events + at, n, &r) == NULL) { /* our own */
            err = history_db_put(h->db, h->run, &r);
        }
    }
    err = err < 0 ? err : history_db_commit(h->db);
    if (err < 0) {
        history_db_rollback(h->db);
    }
    return err;
}

/* --- raw ------------------------------------------------------------------ */

/* Told once a file: what was done about a disk that is full. */
static void say_full(struct history *h, const char *done)
{
    if (h->full) {
        return;
    }
    h->full = true;
    h->counts.disk_full++;
    (void)err_say(0, "%s: the disk is full: %s", h->dir, done);
    (void)push_event(
        h, &(struct wire_record){.type = WIRE_ALARM,
                                 .t_ns = h->t_ns,
                                 .kind = wire_text("disk full"),
                                 .text = wire_text(done)}); /* memory only */
}

/* The disk is full: the oldest raw file goes; false when there is none. */
static bool make_room(struct history *h)
{
    bool dropped = history_files_drop(&h->files, h->raw_bytes);

    h->counts.files_dropped += dropped;
    say_full(h,
             dropped ? "the oldest raw data goes" : "new raw data is not kept");
    return dropped;
}

/* Ends the raw file; what cannot be written is lost. */
static void end_file(struct history *h)
{
    uint64_t bytes;
    int err = 0;

    if (h->raw == NULL) {
        return;
    }
    while ((err = wire_flush(h->raw, false)) < 0 && make_room(h)) {
    }
    bytes = wire_bytes(h->raw);
    h->counts.lost += err < 0;
    (void)wire_close(h->raw); /* told by wire_flush() */
    h->raw = NULL;
    h->files.at[h->files.n - 1].bytes = bytes;
    if (h->keep) {
        history_files_keep(&h->files, bytes);
    }
    h->keep = false;
}

/* So that there are always several, one of which can go. */
static uint64_t next_file_bytes(const struct history *h)
{
    uint64_t bytes = h->raw_bytes / FILES;
    struct statvfs fs;

    if (statvfs(h->dir, &fs) == 0 &&
        fs.f_bavail < bytes * FILES / fs.f_frsize) {
        bytes = fs.f_bavail * fs.f_frsize / FILES;
    }
    return bytes < FILE_BYTES_MIN ? FILE_BYTES_MIN : bytes;
}

static int begin_file(struct history *h)
{
    uint64_t number =
        h->files.n > 0 && h->files.at[h->files.n - 1].run == h->run
            ? h->files.at[h->files.n - 1].number + 1
            : 1;
    struct history_file file = {.run = h->run, .number = number};
    char path[PATH_MAX];
    int err = history_files_add(&h->files, &file);

    if (err < 0) {
        return err;
    }
    h->file_bytes = next_file_bytes(h);
    while (history_files_bytes(&h->files) + h->raw_bytes / FILES >
               h->raw_bytes &&
           history_files_drop(&h->files, h->raw_bytes)) {
        h->counts.files_dropped++;
    }
    h->full = false;
    return history_files_path(&h->files, &h->files.at[h->files.n - 1], path)
               ? wire_create(path, false, &h->raw)
               : err_say(ERR_BAD_INPUT, "%s: too long a name", h->dir);
}

static int put_raw(struct history *h, const struct wire_record *r)
{
    int err = h->raw == NULL ? ERR_IO : 0;

    while (err == 0 && (err = wire_put(h->raw, r)) == ERR_IO && make_room(h)) {
        err = 0;
    }
    h->counts.lost += err == ERR_IO;
    if (err == 0 && wire_bytes(h->raw) >= h->file_bytes) {
        end_file(h);
        err = begin_file(h);
    }
    return err == ERR_IO ? 0 : err; /* counted */
}

/* --- life ----------------------------------------------------------------- */

static int open_all(struct history *h, const struct history_config *c)
{
    int err;

    if (mkdir(c->dir, 0777) < 0 && errno != EEXIST) {
        return err_say(ERR_IO, "%s: %s", c->dir, strerror(errno));
    }
    err = history_files_list(h->dir, &h->files);
    err = err < 0 ? err : history_db_open(h->dir, true, &h->db);
    if (err < 0) {
        return err;
    }
    h->run = history_db_last_run(h->db) + 1;
    if (h->files.n > 0 && h->files.at[h->files.n - 1].run >= h->run) {
        h->run = h->files.at[h->files.n - 1].run + 1;
    }
    err = history_put(h, &(struct wire_record){.type = WIRE_RUN,
                                               .t_ns = c->t_ns,
                                               .text = wire_text(c->chain)});
    return err < 0 ? err : begin_file(h);
}

int history_open(const struct history_config *config, struct history **out)
{
    struct history *h = calloc(1, sizeof *h);
    int err = ERR_NO_MEM;

    if (h == NULL) {
        return err;
    }
    h->dir = strdup(config->dir);
    h->raw_bytes = config->raw_bytes < HISTORY_BYTES_MIN ? HISTORY_BYTES_MIN
                                                         : config->raw_bytes;
    if (h->dir != NULL) {
        err = open_all(h, config);
        err = err < 0 ? err : history_commit(h);
    }
    if (err < 0) {
        h->n_events = 0;
        (void)history_close(h); /* told above */
        return err;
    }
    *out = h;
    return 0;
}

static bool is_raw(uint64_t type)
{
    return type == WIRE_CHECKPOINT || type == WIRE_INPUT ||
           type == WIRE_OUTPUT || type == WIRE_TELEMETRY || type == WIRE_LEARN;
}

int history_put(struct history *h, const struct wire_record *r)
{
    int err = 0;

    h->counts.records++;
    h->t_ns = r->t_ns;
    h->keep = h->keep || r->type == WIRE_VERDICT;
    if (is_raw(r->type) || r->type == WIRE_SET) {
        err = put_raw(h, r);
    }
    if (err == 0 && !is_raw(r->type)) {
        err = push_event(h, r);
    }
    if (err == 0 && h->n_events > EVENTS_BYTES) {
        err = history_commit(h);
        err = err == ERR_IO && h->n_events < EVENTS_MAX ? 0 : err;
    }
    return err;
}

uint64_t history_file(const struct history *h)
{
    return h->files.n > 0 ? h->files.at[h->files.n - 1].number : 0;
}

int history_commit(struct history *h)
{
    int raw_err = 0, err = 0;

    while (h->raw != NULL && (raw_err = wire_flush(h->raw, true)) < 0 &&
           make_room(h)) {
    }
    while (h->n_events > 0 && (err = write_events(h)) < 0 && make_room(h)) {
    }
    if (err == 0) {
        h->n_events = 0;
    }
    return err < 0 ? err : raw_err;
}

int history_close(struct history *h)
{
    int err = 0;

    if (h == NULL) {
        return 0;
    }
    end_file(h);
    if (h->n_events > 0 && (err = history_commit(h)) < 0) {
        (void)err_say(err, "%s/history.db: %s", h->dir, history_db_why(h->db));
    }
    history_db_close(h->db);
    history_files_close(&h->files);
    free(h->events);
    free(h->dir);
    free(h);
    return err;
}

struct history_counts history_counts(const struct history *h)
{
    return h->counts;
}
