/* json_line.h - records for programs: one JSON object a line. */
#ifndef CORE_JSON_JSON_LINE_H
#define CORE_JSON_JSON_LINE_H

#include <jansson.h>
#include <stdio.h>

/*
 * Writes 'object' as one line and lets go of it; numbers with a point have
 * 'digits' of them, 0: as many as tell them apart.  Whether that worked is for
 * the caller to ask of 'out' at the end.
 */
void json_line(FILE *out, json_t *object, unsigned digits);

#endif
