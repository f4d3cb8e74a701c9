/*
 * yaml_doc_node.c - the nodes of an open document.  They are reached by their
 * number and never followed further than a caller asks, so aliases, even those
 * of a node to itself, and deep nesting cost nothing.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/yaml/yaml_doc.h"

void yaml_names_add(struct yaml_names *names, const char *name)
{
    static const char more[] = ", ...";
    const char *comma = names->n > 0 ? ", " : "";
    size_t room = sizeof names->text - names->n;
    size_t need = strlen(comma) + strlen(name);

    if (room < sizeof more) {
        return;
    }
    if (need + sizeof more > room) {
        memcpy(names->text + names->n, more, sizeof more);
        names->n = sizeof names->text;
        return;
    }
    (void)snprintf(names->text + names->n, room, "%s%s", comma, name);
    names->n += need;
}

const char *yaml_names_text(const struct yaml_names *names)
{
    return names->n > 0 ? names->text : "none";
}

int yaml_doc_line(const yaml_node_t *node)
{
    return (int)node->start_mark.line + 1;
}

int yaml_doc_column(const yaml_node_t *node)
{
    return (int)node->start_mark.column + 1;
}

int yaml_doc_say(const struct yaml_doc *y, const yaml_node_t *node,
                 const char *fmt, ...)
{
    char what[900];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(what, sizeof what, fmt, args); /* a cut line still helps */
    va_end(args);
    return err_say(ERR_BAD_INPUT, "%s:%d:%d: %s", y->file, yaml_doc_line(node),
                   yaml_doc_column(node), what);
}

static const char *doc_type_name(yaml_node_type_t type)
{
    switch (type) {
    case YAML_MAPPING_NODE: return "a map";
    case YAML_SEQUENCE_NODE: return "a sequence";
    default: return "text";
    }
}

bool yaml_doc_is_empty(const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;

    if (node->type != YAML_SCALAR_NODE) {
        return false;
    }
    return text[0] == '\0' ||
           (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
            (strcmp(text, "~") == 0 || strcmp(text, "null") == 0));
}

static int doc_check_type(const struct yaml_doc *y, const yaml_node_t *node,
                          const char *what, yaml_node_type_t type)
{
    if (node->type == type) {
        return 0;
    }
    return yaml_doc_say(y, node, "%s is %s, expected %s", what,
                        yaml_doc_is_empty(node) ? "empty"
                                                : doc_type_name(node->type),
                        doc_type_name(type));
}

int yaml_doc_map_count(const struct yaml_doc *y, const yaml_node_t *node,
                       const char *what, size_t *n)
{
    int err = 0;

    *n = 0;
    if (!yaml_doc_is_empty(node)) {
        err = doc_check_type(y, node, what, YAML_MAPPING_NODE);
    }
    if (err == 0 && node->type == YAML_MAPPING_NODE) {
        *n = (size_t)(node->data.mapping.pairs.top -
                      node->data.mapping.pairs.start);
    }
    return err;
}

int yaml_doc_seq_count(const struct yaml_doc *y, const yaml_node_t *node,
                       const char *what, size_t *n)
{
    int err = 0;

    *n = 0;
    if (!yaml_doc_is_empty(node)) {
        err = doc_check_type(y, node, what, YAML_SEQUENCE_NODE);
    }
    if (err == 0 && node->type == YAML_SEQUENCE_NODE) {
        *n = (size_t)(node->data.sequence.items.top -
                      node->data.sequence.items.start);
    }
    return err;
}

int yaml_doc_entry(struct yaml_doc *y, const yaml_node_t *map, size_t k,
                   const yaml_node_t **key, const yaml_node_t **value)
{
    const yaml_node_pair_t *pair = &map->data.mapping.pairs.start[k];
    const yaml_node_t *name = yaml_document_get_node(&y->doc, pair->key);
    int err = doc_check_type(y, name, "this key", YAML_SCALAR_NODE);

    if (err != 0) {
        return err;
    }
    *key = name;
    *value = yaml_document_get_node(&y->doc, pair->value);
    return 0;
}

const yaml_node_t *yaml_doc_item(struct yaml_doc *y, const yaml_node_t *seq,
                                 size_t k)
{
    return yaml_document_get_node(&y->doc, seq->data.sequence.items.start[k]);
}

/* NULL for a key that is not text. */
static const char *doc_key(struct yaml_doc *y, const yaml_node_t *map, size_t k)
{
    const yaml_node_t *key =
        yaml_document_get_node(&y->doc, map->data.mapping.pairs.start[k].key);

    return key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value
                                         : NULL;
}

bool yaml_doc_repeats(struct yaml_doc *y, const yaml_node_t *map, size_t k)
{
    const char *name = doc_key(y, map, k);

    for (size_t j = 0; name != NULL && j < k; j++) {
        const char *other = doc_key(y, map, j);
        if (other != NULL && strcmp(other, name) == 0) {
            return true;
        }
    }
    return false;
}

static int doc_say_unknown(const struct yaml_doc *y, const yaml_node_t *key,
                           const char *what, const struct yaml_doc_key *keys)
{
    struct yaml_names names = {0};

    for (size_t k = 0; keys[k].name != NULL; k++) {
        yaml_names_add(&names, keys[k].name);
    }
    return yaml_doc_say(y, key, "%s has no key '%.64s', expected %s", what,
                        (const char *)key->data.scalar.value, names.text);
}

/* The place of 'key' in 'keys', or of the NULL that ends them. */
static size_t doc_find(const struct yaml_doc_key *keys, const yaml_node_t *key)
{
    size_t k = 0;

    while (keys[k].name != NULL &&
           strcmp(keys[k].name, (const char *)key->data.scalar.value) != 0) {
        k++;
    }
    assert(k <= YAML_DOC_KEYS);
    return k;
}

int yaml_doc_map(struct yaml_doc *y, const yaml_node_t *node, const char *what,
                 const struct yaml_doc_key *keys, const yaml_node_t **values)
{
    const yaml_node_t *found[YAML_DOC_KEYS] = {NULL};
    const yaml_node_t *key = NULL;
    const yaml_node_t *value = NULL;
    size_t n = 0;
    int err = doc_check_type(y, node, what, YAML_MAPPING_NODE);

    if (err == 0) {
        err = yaml_doc_map_count(y, node, what, &n);
    }
    for (size_t e = 0; err == 0 && e < n; e++) {
        err = yaml_doc_entry(y, node, e, &key, &value);
        if (err != 0) {
            return err;
        }
        size_t k = doc_find(keys, key);
        if (keys[k].name == NULL) {
            return doc_say_unknown(y, key, what, keys);
        }
        if (found[k] != NULL) {
            return yaml_doc_say(y, key, "a second key '%s', expected one",
                                keys[k].name);
        }
        found[k] = value;
    }
    for (size_t k = 0; err == 0 && keys[k].name != NULL; k++) {
        if (keys[k].required && found[k] == NULL) {
            return yaml_doc_say(y, node,
                                "%s without a key '%s', expected "
                                "one",
                                what, keys[k].name);
        }
        values[k] = found[k];
    }
    return err;
}

bool yaml_doc_has(struct yaml_doc *y, const yaml_node_t *node, const char *key)
{
    size_t n = node->type == YAML_MAPPING_NODE
                   ? (size_t)(node->data.mapping.pairs.top -
                              node->data.mapping.pairs.start)
                   : 0;

    for (size_t k = 0; k < n; k++) {
        const char *name = doc_key(y, node, k);
        if (name != NULL && strcmp(name, key) == 0) {
            return true;
        }
    }
    return false;
}

int yaml_doc_text(const struct yaml_doc *y, const yaml_node_t *node,
                  const char *what, const char **text)
{
    int err = doc_check_type(y, node, what, YAML_SCALAR_NODE);

    if (err == 0) {
        *text = (const char *)node->data.scalar.value;
    }
    return err;
}

int yaml_doc_u64(const struct yaml_doc *y, const yaml_node_t *node,
                 const char *what, uint64_t min, uint64_t max, uint64_t *value)
{
    const char *text;
    uint64_t v;
    int err = yaml_doc_text(y, node, what, &text);

    if (err != 0) {
        return err;
    }
    if (!parse_u64(text, max, &v) || v < min) {
        return yaml_doc_say(y, node,
                            "%s is '%.64s', expected a number from %llu to "
                            "%llu",
                            what, text, (unsigned long long)min,
                            (unsigned long long)max);
    }
    *value = v;
    return 0;
}

/* strtod() would also take blanks, signs, exponents, hex and nan. */
static bool is_real(const char *text)
{
    size_t n = strspn(text, "0123456789");
    size_t m = text[n] == '.' ? strspn(text + n + 1, "0123456789") : 0;

    return n > 0 && (text[n] == '\0' || (m > 0 && text[n + 1 + m] == '\0'));
}

int yaml_doc_real(const struct yaml_doc *y, const yaml_node_t *node,
                  const char *what, double min, double max, double *value)
{
    const char *text;
    int err = yaml_doc_text(y, node, what, &text);

    if (err != 0) {
        return err;
    }
    double v = strtod(text, NULL);
    if (!is_real(text) || v < min || v > max) {
        return yaml_doc_say(y, node,
                            "%s is '%.64s', expected a number from %g to %g",
                            what, text, min, max);
    }
    *value = v;
    return 0;
}

int yaml_doc_bool(const struct yaml_doc *y, const yaml_node_t *node,
                  const char *what, bool *value)
{
    const char *text;
    int err = yaml_doc_text(y, node, what, &text);

    if (err != 0) {
        return err;
    }
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return yaml_doc_say(y, node, "%s is '%.64s', expected true or false",
                            what, text);
    }
    *value = strcmp(text, "true") == 0;
    return 0;
}
