/*
 * cli_check.h - runs the program as a user does and keeps what it said.
 *
 * The program is $PRECAST_BUILD/precast; every test works in a folder of its
 * own.
 */
#ifndef TESTS_CLI_CHECK_H
#define TESTS_CLI_CHECK_H

#include "tests/check.h"

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct cli_result {
    int status;   /* exit status, or 128 + signal */
    char *out;    /* NUL-terminated */
    size_t n_out; /* bytes of it */
    char *err;
};

/* A folder under /tmp for this test program, made on the first call. */
static inline const char *cli_dir(void)
{
    static char dir[] = "/tmp/precast-test-XXXXXX";
    static bool made;

    if (!made) {
        assert_non_null(mkdtemp(dir));
        made = true;
    }
    return dir;
}

/* "DIR/NAME"; valid for the next seven calls. */
static inline const char *cli_path(const char *name)
{
    static char path[8][512];
    static int next;

    next = (next + 1) % 8;
    (void)snprintf(path[next], sizeof path[next], "%s/%s", cli_dir(), name);
    return path[next];
}

static inline char *cli_read(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    long size;

    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    size = ftell(f);
    assert_true(size >= 0);
    rewind(f);
    text = malloc((size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, f), size);
    text[size] = '\0';
    if (n != NULL) {
        *n = (size_t)size;
    }
    (void)fclose(f);
    return text;
}

static inline void cli_write(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static inline void cli_write_text(const char *path, const char *text)
{
    cli_write(path, text, strlen(text));
}

/*
 * Runs a shell command in cli_dir(), where $PRECAST is the program; its output,
 * if not redirected, is kept.  Free with cli_free().
 */
static inline struct cli_result cli_shell(const char *command)
{
    const char *build = getenv("PRECAST_BUILD");
    char path[PATH_MAX], line[4 * PATH_MAX];
    struct cli_result r = {0};

    assert_non_null(realpath(build != NULL ? build : "build", path));
    int n = snprintf(line, sizeof line,
                     "export PRECAST='%s/precast' PRECAST_IMAGES='%s/image'; "
                     "cd %s && { %s\n} >stdout.txt 2>stderr.txt",
                     path, path, cli_dir(), command);
    assert_true(n > 0 && (size_t)n < sizeof line);
    int status = system(line);
    assert_true(status >= 0);
    r.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    r.out = cli_read(cli_path("stdout.txt"), &r.n_out);
    r.err = cli_read(cli_path("stderr.txt"), NULL);
    return r;
}

/* Runs "precast ARGS". */
static inline struct cli_result cli(const char *args)
{
    char command[3 * PATH_MAX];

    int n = snprintf(command, sizeof command, "$PRECAST %s", args);
    assert_true(n > 0 && (size_t)n < sizeof command);
    return cli_shell(command);
}

static inline void cli_free(struct cli_result *r)
{
    free(r->out);
    free(r->err);
    *r = (struct cli_result){0};
}

/* As cli(), for a command that has to succeed and whose words do not matter. */
static inline void cli_ok(const char *args)
{
    struct cli_result r = cli(args);

    if (r.status != 0) {
        printf("precast %s: status %d\n%s%s", args, r.status, r.out, r.err);
    }
    assert_int_equal(r.status, 0);
    cli_free(&r);
}

static inline size_t cli_lines(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++) {
        n += *text == '\n';
    }
    return n;
}

/* True when both files hold the same bytes. */
static inline bool cli_same(const char *a, const char *b)
{
    size_t na, nb;
    char *x = cli_read(a, &na);
    char *y = cli_read(b, &nb);
    bool same = na == nb && memcmp(x, y, na) == 0;

    free(x);
    free(y);
    return same;
}

/* Records of type 'type' among the JSON lines of 'text', as an array to free.
 */
static inline json_t *cli_records(const char *text, const char *type)
{
    json_t *list = json_array();

    for (const char *c = text; *c != '\0';) {
        size_t n = strcspn(c, "\n");
        json_error_t error;
        json_t *o = json_loadb(c, n, 0, &error);
        assert_non_null(o);
        if (strcmp(json_string_value(json_object_get(o, "type")), type) == 0) {
            (void)json_array_append(list, o);
        }
        json_decref(o);
        c += n + (c[n] == '\n');
    }
    return list;
}

static inline long long cli_int(const json_t *object, const char *key)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    return json_integer_value(json_object_get(object, key));
}

static inline const char *cli_str(const json_t *object, const char *key)
{
    assert_true(json_is_string(json_object_get(object, key)));
    return json_string_value(json_object_get(object, key));
}

/* Group teardown: the folder goes. */
static inline int cli_remove_dir(void **state)
{
    char command[600];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", cli_dir());
    return system(command);
}

#endif
