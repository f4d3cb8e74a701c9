/*
 * record.h - what a run tells others and keeps: telemetry, verdicts, actions,
 * changes of parameters, moves, and the items and states from which a piece of
 * it can be run again.
 *
 * Each record is one CBOR map with integer keys, docs/twin.cddl; a member that
 * is 0 or empty is left out.
 */
#ifndef CORE_WIRE_RECORD_H
#define CORE_WIRE_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_type {
    WIRE_RUN = 1,    /* a run begins: text is the chain's name */
    WIRE_TELEMETRY,  /* data is a frame, as it came (core/telemetry.h) */
    WIRE_VERDICT,    /* kind, text, stage, reg, class, as the twin gave it */
    WIRE_ACTION,     /* kind is what was done, text the result */
    WIRE_SET,        /* registers written before 'item': data, text */
    WIRE_MOVE,       /* kind is "c" or "rtl"; text why not, if refused */
    WIRE_IMAGE,      /* fn was loaded on the device */
    WIRE_FAULT,      /* a bit was flipped on purpose: text */
    WIRE_ALARM,      /* something is wrong with the record keeping itself */
    WIRE_CHECKPOINT, /* state before 'item': data are its words, layout */
    WIRE_INPUT,      /* 'count' items from 'item' on: data */
    WIRE_OUTPUT,     /* what the twin made of them: digest; kind is "differ" and
                        data what the device made of them if that differs */
    WIRE_SUMMARY,    /* of 'seconds' seconds of a node */
    WIRE_LEARN,      /* as WIRE_SET, of what the host told a cache by itself */
    WIRE_TYPES,
};

/* Text of n bytes, without NUL; or bytes. */
struct wire_text {
    const char *at;
    size_t n;
};

struct wire_bytes {
    const uint8_t *at;
    size_t n;
};

struct wire_record {
    uint64_t type; /* enum wire_type */
    uint64_t t_ns; /* wall time since 1970, as the writer's clock said */
    uint64_t item; /* number in the node's stream */
    uint64_t layout;
    uint64_t count;  /* items */
    uint64_t digest; /* wire_digest() of the items */
    uint64_t seconds, dropped, octets, frames, verdicts; /* of a summary */
    struct wire_text node, device, fn, kind, text, stage, reg;
    struct wire_text class; /* only where there is no data */
    struct wire_bytes data; /* last, so that it need not be copied */
};

enum {
    WIRE_HEAD_MAX = 4096,     /* bytes of a record without its data */
    WIRE_DATA_MAX = 64 << 20, /* most data in one */
    WIRE_TEXT_MAX = 400,      /* longest text */
};

/* The text of a string; NULL is an empty one, what is too long is cut. */
struct wire_text wire_text(const char *s);

/* True when 't' is the string 's'. */
bool wire_is(struct wire_text t, const char *s);

/* Name of a type as people see it: "verdict"; the type of a name, or 0. */
const char *wire_type_name(uint64_t type);
enum wire_type wire_type_find(const char *name);

/*
 * Writes 'r' but for the bytes of its data, which follow behind, to 'to'; how
 * many bytes, always within WIRE_HEAD_MAX.
 */
size_t wire_encode(const struct wire_record *r, uint8_t to[WIRE_HEAD_MAX]);

/*
 * Reads a record of exactly 'n' bytes.  NULL, or what is wrong with it: a
 * string that stays; '*out' is then unchanged.  Texts and data of '*out' point
 * into 'from'; all text is UTF-8 without control characters.  Keys that are
 * unknown are passed.
 */
const char *wire_decode(const uint8_t *from, size_t n, struct wire_record *out);

/*
 * The record as a JSON object, owned by the caller: members by their names, a
 * frame of telemetry by its own; of other data the length only.
 */
json_t *wire_json(const struct wire_record *r);

#endif
