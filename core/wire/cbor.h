/*
 * cbor.h - the part of CBOR (RFC 8949) that records and windows need: unsigned
 * numbers, byte and text strings, and arrays and maps of known length, each in
 * its shortest form.
 */
#ifndef CORE_WIRE_CBOR_H
#define CORE_WIRE_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cbor_major {
    CBOR_UINT = 0,
    CBOR_BYTES = 2,
    CBOR_TEXT = 3,
    CBOR_ARRAY = 4,
    CBOR_MAP = 5,
};

enum { CBOR_HEAD_MAX = 9 }; /* bytes of the longest head */

/* Writes a head to 'to', CBOR_HEAD_MAX bytes of room; how long it is. */
size_t cbor_put_head(uint8_t *to, enum cbor_major major, uint64_t value);

/* What is left to read. */
struct cbor_in {
    const uint8_t *at;
    size_t n;
};

/*
 * Reads a head of kind 'major'; false, with nothing read, when another or none
 * comes, or it is not in its shortest form.
 */
bool cbor_get_head(struct cbor_in *in, enum cbor_major major, uint64_t *value);

/* The same of a whole string, byte or text; '*at' points into what is read. */
bool cbor_get_string(struct cbor_in *in, enum cbor_major major,
                     const uint8_t **at, size_t *n);

/* Passes one number or string, as newer writers may have put there. */
bool cbor_skip(struct cbor_in *in);

#endif
