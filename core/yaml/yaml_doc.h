/*
 * yaml_doc.h - a strict view of a file with one YAML document: maps of known
 * keys, sequences and text, and errors that say where they stand.
 *
 * Every scalar of an open document is at most YAML_DOC_TEXT bytes without
 * control characters, so it may stand in a message and never holds a NUL.
 */
#ifndef CORE_YAML_YAML_DOC_H
#define CORE_YAML_YAML_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yaml.h>

enum {
    YAML_DOC_BYTES = 1 << 18, /* longest file */
    YAML_DOC_TEXT = 4095,     /* longest scalar */
    YAML_DOC_KEYS = 16,       /* most keys of a map with known keys */
};

struct yaml_doc {
    const char *file; /* for messages, owned by the caller */
    yaml_document_t doc;
    yaml_node_t *root;
};

/* A known key of a map; a table of them ends with a NULL name. */
struct yaml_doc_key {
    const char *name;
    bool required;
};

/* "acl, scale": what a message offers instead; {0} is empty. */
struct yaml_names {
    char text[400];
    size_t n;
};

/* A name too long for the rest of the text becomes "..." and ends it. */
void yaml_names_add(struct yaml_names *names, const char *name);

/* The text, or "none". */
const char *yaml_names_text(const struct yaml_names *names);

/*
 * Reads 'file', "-" for stdin; 'what' is what it should be: "a chain file".
 * ERR_BAD_INPUT when it cannot be read or is anything but one document, with
 * the message printed; ERR_NO_MEM.  yaml_doc_close() frees it and takes a
 * zeroed struct.
 */
int yaml_doc_open(const char *file, const char *what, struct yaml_doc *out);
void yaml_doc_close(struct yaml_doc *y);

/* The same for the 'n' bytes of 'text', which came from 'file'. */
int yaml_doc_parse(const char *file, const unsigned char *text, size_t n,
                   struct yaml_doc *out);

/* Prints "FILE:LINE:COLUMN: MESSAGE" for 'node'; returns ERR_BAD_INPUT. */
__attribute__((format(printf, 3, 4))) int yaml_doc_say(const struct yaml_doc *y,
                                                       const yaml_node_t *node,
                                                       const char *fmt, ...);

/* Where a node stands, from 1. */
int yaml_doc_line(const yaml_node_t *node);
int yaml_doc_column(const yaml_node_t *node);

/*
 * The functions below return ERR_BAD_INPUT, with the message printed, when
 * 'node' is of another type; 'what' is its name in the message.
 */

/* Number of entries of a map or items of a sequence; an empty value has 0. */
int yaml_doc_map_count(const struct yaml_doc *y, const yaml_node_t *node,
                       const char *what, size_t *n);
int yaml_doc_seq_count(const struct yaml_doc *y, const yaml_node_t *node,
                       const char *what, size_t *n);

/* Entry or item k, which must be there. */
int yaml_doc_entry(struct yaml_doc *y, const yaml_node_t *map, size_t k,
                   const yaml_node_t **key, const yaml_node_t **value);
const yaml_node_t *yaml_doc_item(struct yaml_doc *y, const yaml_node_t *seq,
                                 size_t k);

/* True when key k of a map is also one of those before it. */
bool yaml_doc_repeats(struct yaml_doc *y, const yaml_node_t *map, size_t k);

/*
 * The values of a map with known keys in the order of 'keys', NULL for absent
 * ones.  An unknown, missing or second key is an error.
 */
int yaml_doc_map(struct yaml_doc *y, const yaml_node_t *node, const char *what,
                 const struct yaml_doc_key *keys, const yaml_node_t **values);

/* True when 'node' is a map that has 'key'. */
bool yaml_doc_has(struct yaml_doc *y, const yaml_node_t *node, const char *key);

/* True for no value at all, "", ~ and null. */
bool yaml_doc_is_empty(const yaml_node_t *node);

/* The bytes of a scalar, which the document owns. */
int yaml_doc_text(const struct yaml_doc *y, const yaml_node_t *node,
                  const char *what, const char **text);
int yaml_doc_u64(const struct yaml_doc *y, const yaml_node_t *node,
                 const char *what, uint64_t min, uint64_t max, uint64_t *value);

/* Digits, with a point and digits behind them or without: 62, 62.3. */
int yaml_doc_real(const struct yaml_doc *y, const yaml_node_t *node,
                  const char *what, double min, double max, double *value);

/* true or false. */
int yaml_doc_bool(const struct yaml_doc *y, const yaml_node_t *node,
                  const char *what, bool *value);

#endif
