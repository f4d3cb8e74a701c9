/* json_line.c - see json_line.h. */
#include "core/json/json_line.h"

void json_line(FILE *out, json_t *object, unsigned digits)
{
    (void)json_dumpf(object, out, JSON_COMPACT | JSON_REAL_PRECISION(digits));
    (void)fputc('\n', out);
    json_decref(object);
}
