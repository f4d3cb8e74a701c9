/*
 * err.h - error codes, and the one line that a user reads about an error.
 *
 * Whoever finds an error and knows most about it calls err_say() once; everyone
 * above passes the code on, and main() turns it into the exit status.
 */
#ifndef CORE_BASE_ERR_H
#define CORE_BASE_ERR_H

#include <stddef.h>

enum err {
    ERR_DIFFERS = -1,   /* the answer is no: a difference, a fault */
    ERR_USAGE = -2,     /* wrong command line */
    ERR_BAD_INPUT = -3, /* a file or value that cannot be used */
    ERR_IO = -4,        /* reading or writing failed */
    ERR_NO_MEM = -5,
    ERR_NOT_FOUND = -6,
    ERR_CAPACITY = -7, /* does not fit: a table, an image, a burst */
    ERR_DEVICE = -8,   /* a device, machine or peer failed */
    ERR_HANG = -9,     /* a device stopped answering in mid-item */
    ERR_MISSING = -10, /* this machine lacks something */
};

/* Exit status for 'code' as docs/precast.1 lists them; 0 for codes >= 0. */
int err_exit_status(int code);

/* Prints "precast: MESSAGE" and a newline to stderr; returns 'code'. */
__attribute__((format(printf, 2, 3))) int err_say(int code, const char *fmt,
                                                  ...);

/*
 * For a failure that is reported in another way: the next line of err_say() in
 * this thread goes to 'text' [n] instead of stderr, cut to fit and with a '?'
 * for what is no UTF-8 and for control characters.  'text' is "" until then.
 * err_release() ends it and comes before the next err_hold().
 */
void err_hold(char *text, size_t n);
void err_release(void);

#endif
