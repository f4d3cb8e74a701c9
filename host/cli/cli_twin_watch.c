/* cli_twin_watch.c - `precast twin watch` and `precast twin history`. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/wire/file.h"
#include "core/wire/pub.h"
#include "host/cli/cli_twin.h"

enum { WAIT_MS = 100 }; /* how long Ctrl-C may take */

/* Until there is no more, and nobody left who could write it. */
static int watch_file(const char *path, bool json, bool follow)
{
    static const struct timespec wait = {.tv_nsec = WAIT_MS * 1000000L};
    const volatile sig_atomic_t *stop = cli_stop();
    struct wire_reader *f = NULL;
    struct wire_record r;
    int err = wire_open(path, &f);
    bool more = err == 0;

    while (more && !*stop && !ferror(stdout)) {
        err = wire_get(f, &r);
        if (err > 0) {
            (void)cli_twin_record(&json, &r); /* 0 */
            continue;
        }
        uint64_t cut = wire_cut(f);
        more = err == 0 && follow && wire_follow(f);
        if (more && wire_cut(f) == cut) {
            (void)fflush(stdout);         /* cli_flush() checks */
            (void)nanosleep(&wait, NULL); /* a signal ends it sooner */
        }
    }
    if (err == 0 && !more && wire_cut(f) > 0) {
        (void)err_say(0, "%s: ends within a record", path);
    }
    wire_reader_close(f);
    return err < 0 ? err : 0;
}

static int watch_live(const char *endpoint, bool json)
{
    const volatile sig_atomic_t *stop = cli_stop();
    struct wire_sub *s = NULL;
    struct wire_record r;
    int err = wire_sub_open(endpoint, &s);

    while (err >= 0 && !*stop && !ferror(stdout)) {
        err = wire_sub_get(s, WAIT_MS, &r);
        if (err > 0) {
            (void)cli_twin_record(&json, &r); /* 0 */
            (void)fflush(stdout);             /* cli_flush() checks */
        }
        err = err == ERR_BAD_INPUT ? 0 : err; /* told: anybody may send */
    }
    wire_sub_close(s);
    return err;
}

int cli_twin_watch(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    int err = cli_opts_read(cmd, "follow json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    const char *follow = cli_opt(&o, "follow");
    if (o.name == NULL) {
        return cli_usage(cmd, "no endpoint and no file");
    }
    if (follow != NULL && strcmp(follow, "on") != 0 &&
        strcmp(follow, "off") != 0) {
        return cli_usage(cmd, "--follow: expected on or off");
    }
    err = wire_is_endpoint(o.name)
              ? watch_live(o.name, o.json)
              : watch_file(o.name, o.json,
                           follow == NULL || strcmp(follow, "on") == 0);
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}

/* --- history -------------------------------------------------------------- */

struct list {
    bool json;
    enum wire_type type; /* 0: all */
    uint64_t last_ns;
};

static int find_last(void *ctx, const struct wire_record *r)
{
    struct list *l = ctx;

    l->last_ns = r->t_ns > l->last_ns ? r->t_ns : l->last_ns;
    return 0;
}

static int list_one(void *ctx, const struct wire_record *r)
{
    struct list *l = ctx;

    return l->type == 0 || r->type == l->type ? cli_twin_record(&l->json, r)
                                              : 0;
}

/* What --since says: a time, or a span before the last event. */
static int since(const struct cli_cmd *cmd, const char *dir, const char *text,
                 uint64_t *since_ns)
{
    struct list l = {0};
    uint64_t span;
    int err = 0;

    if (text == NULL || cli_twin_parse_time(text, since_ns)) {
        return 0;
    }
    if (!cli_twin_parse_span(text, &span)) {
        return cli_usage(cmd, "--since: expected a time like "
                              "2026-11-21T11:47:38Z or a span like 10s");
    }
    err = history_events(dir, 0, find_last, &l);
    *since_ns = l.last_ns > span ? l.last_ns - span : 0;
    return err;
}

static int summaries(const char *dir, uint64_t since_ns, uint64_t seconds,
                     struct list *l)
{
    struct history_db *db = NULL;
    int err = history_db_open(dir, false, &db);

    if (err == 0) {
        err = history_db_summaries(db, history_db_last_run(db), since_ns,
                                   seconds, list_one, l);
    }
    history_db_close(db);
    return err;
}

int cli_twin_history(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    struct list l = {0};
    uint64_t since_ns = 0;
    uint32_t seconds = 0;
    int err = cli_opts_read(cmd, "since type summary json", argc, argv, &o);

    if (err < 0) {
        return err;
    }
    const char *type = cli_opt(&o, "type"), *sum = cli_opt(&o, "summary");
    l.json = o.json;
    l.type = type != NULL ? wire_type_find(type) : 0;
    if (o.name == NULL) {
        return cli_usage(cmd, "no folder");
    }
    if (type != NULL && l.type == 0) {
        return cli_usage(cmd, "--type: no such type");
    }
    if (sum != NULL &&
        (!parse_u32(sum, 1, 60, &seconds) || (seconds != 1 && seconds != 60))) {
        return cli_usage(cmd, "--summary: expected 1 or 60");
    }
    err = since(cmd, o.name, cli_opt(&o, "since"), &since_ns);
    if (err == 0) {
        err = seconds > 0 ? summaries(o.name, since_ns, seconds, &l)
                          : history_events(o.name, since_ns, list_one, &l);
    }
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}
