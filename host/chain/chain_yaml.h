/*
 * chain_yaml.h - a strict view of a file with one YAML document: maps of known
 * keys, sequences and text, and errors that say where they stand.
 *
 * Every scalar of an open document is at most CHAIN_YAML_TEXT bytes without
 * control characters, so it may stand in a message and never holds a NUL.
 */
#ifndef HOST_CHAIN_CHAIN_YAML_H
#define HOST_CHAIN_CHAIN_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yaml.h>

enum {
    CHAIN_YAML_BYTES = 1 << 18, /* longest file */
    CHAIN_YAML_TEXT = 4095,     /* longest scalar */
    CHAIN_YAML_KEYS = 8,        /* most keys of a map with known keys */
};

struct chain_yaml {
    const char *file; /* for messages, owned by the caller */
    yaml_document_t doc;
    yaml_node_t *root;
};

/* A known key of a map; a table of them ends with a NULL name. */
struct chain_yaml_key {
    const char *name;
    bool required;
};

/* "acl, scale": what a message offers instead; {0} is empty. */
struct chain_names {
    char text[400];
    size_t n;
};

/* A name too long for the rest of the text becomes "..." and ends it. */
void chain_names_add(struct chain_names *names, const char *name);

/* The text, or "none". */
const char *chain_names_text(const struct chain_names *names);

/*
 * Reads 'file', "-" for stdin.  ERR_BAD_INPUT when it cannot be read or is
 * anything but one document, with the message printed; ERR_NO_MEM.
 * chain_yaml_close() frees it and takes a zeroed struct.
 */
int chain_yaml_open(const char *file, struct chain_yaml *out);
void chain_yaml_close(struct chain_yaml *y);

/* Prints "FILE:LINE:COLUMN: MESSAGE" for 'node'; returns ERR_BAD_INPUT. */
__attribute__((format(printf, 3, 4))) int
chain_yaml_say(const struct chain_yaml *y, const yaml_node_t *node,
               const char *fmt, ...);

/* Where a node stands, from 1. */
int chain_yaml_line(const yaml_node_t *node);
int chain_yaml_column(const yaml_node_t *node);

/*
 * The functions below return ERR_BAD_INPUT, with the message printed, when
 * 'node' is of another type; 'what' is its name in the message.
 */

/* Number of entries of a map or items of a sequence; an empty value has 0. */
int chain_yaml_map_count(const struct chain_yaml *y, const yaml_node_t *node,
                         const char *what, size_t *n);
int chain_yaml_seq_count(const struct chain_yaml *y, const yaml_node_t *node,
                         const char *what, size_t *n);

/* Entry or item k, which must be there. */
int chain_yaml_entry(struct chain_yaml *y, const yaml_node_t *map, size_t k,
                     const yaml_node_t **key, const yaml_node_t **value);
const yaml_node_t *chain_yaml_item(struct chain_yaml *y, const yaml_node_t *seq,
                                   size_t k);

/* True when key k of a map is also one of those before it. */
bool chain_yaml_repeats(struct chain_yaml *y, const yaml_node_t *map, size_t k);

/*
 * The values of a map with known keys in the order of 'keys', NULL for absent
 * ones.  An unknown, missing or second key is an error.
 */
int chain_yaml_map(struct chain_yaml *y, const yaml_node_t *node,
                   const char *what, const struct chain_yaml_key *keys,
                   const yaml_node_t **values);

/* True when 'node' is a map that has 'key'. */
bool chain_yaml_has(struct chain_yaml *y, const yaml_node_t *node,
                    const char *key);

/* True for no value at all, "", ~ and null. */
bool chain_yaml_is_empty(const yaml_node_t *node);

/* The bytes of a scalar, which the document owns. */
int chain_yaml_text(const struct chain_yaml *y, const yaml_node_t *node,
                    const char *what, const char **text);
int chain_yaml_u64(const struct chain_yaml *y, const yaml_node_t *node,
                   const char *what, uint64_t min, uint64_t max,
                   uint64_t *value);

#endif
