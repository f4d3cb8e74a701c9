/*
 * capture.h - what a call prints to stderr, for tests of messages.
 *
 *   capture_begin(&c);
 *   err = text_open("none", &f);
 *   capture_end(&c);
 *
 * Nothing may fail in between: cmocka reports to stderr, too.
 */
#ifndef TESTS_CAPTURE_H
#define TESTS_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct capture {
    FILE *file;      /* stands in for stderr */
    int saved;       /* stderr as it was before */
    char text[4096]; /* what was printed, cut to fit */
};

static inline void capture_begin(struct capture *c)
{
    (void)fflush(stderr); /* unbuffered: cannot fail */
    c->file = tmpfile();
    c->saved = dup(STDERR_FILENO);
    if (c->file == NULL || c->saved < 0 ||
        dup2(fileno(c->file), STDERR_FILENO) < 0) {
        perror("capture");
        abort();
    }
}

static inline void capture_end(struct capture *c)
{
    size_t n;

    (void)fflush(stderr); /* unbuffered: cannot fail */
    if (dup2(c->saved, STDERR_FILENO) < 0) {
        abort();
    }
    rewind(c->file);
    n = fread(c->text, 1, sizeof c->text - 1, c->file);
    c->text[n] = '\0';
    (void)close(c->saved); /* a copy */
    (void)fclose(c->file); /* only read from */
}

#endif
