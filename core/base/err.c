/* err.c - see err.h. */
#include "core/base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/utf8.h"

/* Errors are found far below those who hold them; kept as errno is. */
static _Thread_local struct {
    char *text;
    size_t n;
} held;

int err_exit_status(int code)
{
    switch (code) {
    case ERR_DIFFERS: return 1;
    case ERR_USAGE:
    case ERR_BAD_INPUT:
    case ERR_NOT_FOUND:
    case ERR_CAPACITY: return 2;
    case ERR_IO:
    case ERR_NO_MEM:
    case ERR_DEVICE:
    case ERR_HANG: return 3;
    case ERR_MISSING: return 4;
    default: return 0;
    }
}

/* 'line' in 'text' [n], as err_hold() promises it. */
static void hold_line(const char *line, char *text, size_t n)
{
    size_t at = 0;

    while (*line != '\0') {
        size_t m = utf8_bytes((const unsigned char *)line);
        size_t take = m > 0 ? m : 1;
        if (at + take >= n) {
            break;
        }
        memcpy(text + at, m > 0 ? line : "?", take);
        at += take;
        line += take;
    }
    text[at] = '\0';
}

int err_say(int code, const char *fmt, ...)
{
    va_list args;
    char line[1024];

    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args); /* a cut line still helps */
    va_end(args);
    if (held.text != NULL && held.text[0] == '\0') {
        hold_line(line, held.text, held.n);
        return code;
    }
    (void)fprintf(stderr, "precast: %s\n", line); /* nowhere left to report */
    return code;
}

void err_hold(char *text, size_t n)
{
    assert(held.text == NULL && n > 0);
    text[0] = '\0';
    held.text = text;
    held.n = n;
}

void err_release(void)
{
    held.text = NULL;
}
