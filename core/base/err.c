/* err.c - see err.h. */
#include "core/base/err.h"

#include <stdarg.h>
#include <stdio.h>

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

int err_say(int code, const char *fmt, ...)
{
    va_list args;
    char line[1024];

    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args); /* a cut line still helps */
    va_end(args);
    (void)fprintf(stderr, "precast: %s\n", line); /* nowhere left to report */
    return code;
}
