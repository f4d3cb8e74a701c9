/*
 * chain_load_check.h - what the tests of loading a chain share: a file that
 * holds a text, and what chain_open() says about it.  They need the functions
 * acl (packets, register NO_MATCH, rules from a file) and scale (samples) in
 * the build.
 */
#ifndef HOST_CHAIN_CHAIN_LOAD_CHECK_H
#define HOST_CHAIN_CHAIN_LOAD_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "host/chain/chain.h"
#include "tests/check.h"

/* Lines 1 to 3, 4 and 5, and 6 of many files. */
#define TOP \
    "chain: c\nsources: { in: { pcap: i } }\nsinks: { out: { pcap: o } }\n"
#define ACL \
    "nodes: [ { name: acl, fn: acl } ]\nlinks: [ in -> acl, acl -> out ]\n"
#define FAB "devices: { fab0: { kind: sim } }\n"

enum { SAID_BYTES = 2048 };

struct fixture {
    char dir[64];
    char file[96];
    char said[96]; /* file with what stderr got */
};

/* A file, and what its message must hold. */
struct bad {
    const char *text;
    const char *message;
};

static inline int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    *state = f;
    if (f == NULL) {
        return -1;
    }
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/chain_load_test.XXXXXX");
    if (mkdtemp(f->dir) == NULL) {
        return -1;
    }
    (void)snprintf(f->file, sizeof f->file, "%s/c.yaml", f->dir);
    (void)snprintf(f->said, sizeof f->said, "%s/stderr", f->dir);
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;

    (void)unlink(f->file); /* may not be there */
    (void)unlink(f->said);
    (void)rmdir(f->dir);
    free(f);
    return 0;
}

/* Opens a file with 'text'; what was printed goes to 'said'. */
static inline int open_text(const struct fixture *f, const char *text,
                            const struct chain_port_file *ports, size_t n_ports,
                            struct chain **c, char said[SAID_BYTES])
{
    FILE *out = fopen(f->file, "wb");
    int keep = dup(STDERR_FILENO);

    assert_non_null(out);
    assert_true(keep >= 0);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);

    FILE *log = fopen(f->said, "wb+");
    assert_non_null(log);
    assert_true(dup2(fileno(log), STDERR_FILENO) >= 0);
    int err = chain_open(f->file, ports, n_ports, c);
    assert_true(dup2(keep, STDERR_FILENO) >= 0);
    assert_int_equal(close(keep), 0);

    assert_int_equal(fseek(log, 0, SEEK_SET), 0);
    said[fread(said, 1, SAID_BYTES - 1, log)] = '\0';
    assert_int_equal(fclose(log), 0);
    return err;
}

/* True when 'text' is refused with one line that has 'message'. */
static inline bool refuses(const struct fixture *f, const struct bad *row,
                           const struct chain_port_file *ports, size_t n_ports)
{
    struct chain *c = NULL;
    char said[SAID_BYTES];
    int err = open_text(f, row->text, ports, n_ports, &c, said);
    size_t n_line = strcspn(said, "\n");

    if (err == ERR_BAD_INPUT && c == NULL && said[n_line] == '\n' &&
        said[n_line + 1] == '\0' && strstr(said, row->message) != NULL) {
        return true;
    }
    print_message("for:\n%.400s\nexpected %s\ngot %d: %s", row->text,
                  row->message, err, said);
    return false;
}

/* Opens 'text', which must do without a message. */
static inline struct chain *open_good(const struct fixture *f, const char *text,
                                      const struct chain_port_file *ports,
                                      size_t n_ports)
{
    struct chain *c = NULL;
    char said[SAID_BYTES];
    int err = open_text(f, text, ports, n_ports, &c, said);

    assert_string_equal(said, "");
    assert_int_equal(err, 0);
    assert_non_null(c);
    return c;
}

#endif
