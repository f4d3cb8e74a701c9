/* yaml_doc.c - reads a YAML file and checks it as a whole. */
#include "core/yaml/yaml_doc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

enum {
    DOC_DEPTH_MAX = 100, /* brackets within brackets */
    DOC_PIECE_BYTES = 256,
};

struct doc_input {
    const yaml_parser_t *parser;
    const unsigned char *text; /* [n] */
    size_t n;
    size_t at;
};

/* The '*n' bytes of 'file', at most YAML_DOC_BYTES, in '*out' to free. */
static int doc_read(const char *file, const char *what, unsigned char **out,
                    size_t *n)
{
    bool is_stdin = strcmp(file, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(file, "rb");
    unsigned char *bytes = NULL;
    int err = ERR_NO_MEM;

    if (f == NULL) {
        err = err_say(ERR_BAD_INPUT, "%s: %s, expected %s", file,
                      strerror(errno), what);
        goto fail;
    }
    bytes = malloc(YAML_DOC_BYTES + 1);
    if (bytes == NULL) {
        goto fail;
    }
    size_t got = fread(bytes, 1, YAML_DOC_BYTES + 1, f);
    if (ferror(f)) {
        err = err_say(ERR_BAD_INPUT, "%s: %s, expected %s", file,
                      strerror(errno), what);
        goto fail;
    }
    if (got > YAML_DOC_BYTES) {
        err = err_say(ERR_BAD_INPUT,
                      "%s:1:1: longer than %s may be, expected at most %d "
                      "bytes",
                      file, what, YAML_DOC_BYTES);
        goto fail;
    }
    if (!is_stdin) {
        (void)fclose(f); /* only read from */
    }
    *out = bytes;
    *n = got;
    return 0;

fail:
    if (f != NULL && !is_stdin) {
        (void)fclose(f); /* only read from */
    }
    free(bytes);
    return err;
}

/*
 * Gives the parser its text in small pieces and none at all once it is deep in
 * brackets: each further level would cost it more time than the last.
 */
static int doc_feed(void *data, unsigned char *buffer, size_t room, size_t *n)
{
    struct doc_input *in = data;
    size_t left = in->n - in->at;

    if (in->parser->flow_level > DOC_DEPTH_MAX) {
        return 0;
    }
    *n = left < room ? left : room;
    *n = *n < DOC_PIECE_BYTES ? *n : DOC_PIECE_BYTES;
    memcpy(buffer, in->text + in->at, *n);
    in->at += *n;
    return 1;
}

/* The reader knows no line of bytes that are not UTF-8, only their offset. */
static yaml_mark_t doc_mark_at(const unsigned char *text, size_t offset)
{
    yaml_mark_t mark = {.index = offset};

    for (size_t k = 0; k < offset; k++) {
        if (text[k] == '\n') {
            mark.line++;
            mark.column = 0;
        } else if ((text[k] & 0xc0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

static int doc_say_syntax(const char *file, const struct doc_input *in)
{
    const yaml_parser_t *p = in->parser;
    const char *problem = p->problem != NULL ? p->problem : "syntax error";
    yaml_mark_t mark = p->problem_mark;

    if (p->error == YAML_MEMORY_ERROR) {
        return ERR_NO_MEM;
    }
    if (p->error == YAML_READER_ERROR) {
        size_t offset = p->problem_offset;
        mark = doc_mark_at(in->text, offset < in->n ? offset : in->n);
    }
    if (p->flow_level > DOC_DEPTH_MAX) {
        mark = p->mark;
        problem = "too many brackets within brackets";
    }
    return err_say(ERR_BAD_INPUT, "%s:%zu:%zu: not a YAML file: %s%s%s", file,
                   mark.line + 1, mark.column + 1, problem,
                   p->context != NULL ? " " : "",
                   p->context != NULL ? p->context : "");
}

static int doc_check_node(const struct yaml_doc *y, const yaml_node_t *node)
{
    const char *tag = (const char *)node->tag;

    if (tag != NULL && strcmp(tag, YAML_STR_TAG) != 0 &&
        strcmp(tag, YAML_SEQ_TAG) != 0 && strcmp(tag, YAML_MAP_TAG) != 0) {
        return yaml_doc_say(y, node, "a tag, expected a value without one");
    }
    if (node->type != YAML_SCALAR_NODE) {
        return 0;
    }
    if (node->data.scalar.length > YAML_DOC_TEXT) {
        return yaml_doc_say(y, node, "text of %zu bytes, expected at most %d",
                            node->data.scalar.length, YAML_DOC_TEXT);
    }
    for (size_t k = 0; k < node->data.scalar.length; k++) {
        if (node->data.scalar.value[k] < ' ' ||
            node->data.scalar.value[k] == 0x7f) {
            return yaml_doc_say(y, node,
                                "text with a line end or control character, "
                                "expected one line of text");
        }
    }
    return 0;
}

static int doc_check(struct yaml_doc *y)
{
    size_t n = (size_t)(y->doc.nodes.top - y->doc.nodes.start);

    for (size_t k = 0; k < n; k++) {
        int err = doc_check_node(y, &y->doc.nodes.start[k]);
        if (err != 0) {
            return err;
        }
    }
    return 0;
}

/* The first document in 'y'; an error if there is none or another one. */
static int doc_load(struct yaml_doc *y, yaml_parser_t *p,
                    const struct doc_input *in)
{
    yaml_document_t second;
    int err = 0;

    if (!yaml_parser_load(p, &y->doc)) {
        return doc_say_syntax(y->file, in);
    }
    y->root = yaml_document_get_root_node(&y->doc);
    if (y->root == NULL) {
        return err_say(ERR_BAD_INPUT, "%s:1:1: no YAML document, expected one",
                       y->file);
    }
    if (!yaml_parser_load(p, &second)) {
        return doc_say_syntax(y->file, in);
    }
    const yaml_node_t *root = yaml_document_get_root_node(&second);
    if (root != NULL) {
        err = yaml_doc_say(y, root, "a second document, expected one");
    }
    yaml_document_delete(&second);
    return err != 0 ? err : doc_check(y);
}

int yaml_doc_open(const char *file, const char *what, struct yaml_doc *out)
{
    unsigned char *text = NULL;
    size_t n = 0;
    int err = doc_read(file, what, &text, &n);

    if (err == 0) {
        err = yaml_doc_parse(file, text, n, out);
    }
    free(text);
    return err;
}

void yaml_doc_close(struct yaml_doc *y)
{
    yaml_document_delete(&y->doc);
    *y = (struct yaml_doc){0};
}

int yaml_doc_parse(const char *file, const unsigned char *text, size_t n,
                   struct yaml_doc *out)
{
    struct yaml_doc y = {.file = file};
    yaml_parser_t parser;
    struct doc_input in = {.parser = &parser, .text = text, .n = n};

    if (!yaml_parser_initialize(&parser)) {
        return ERR_NO_MEM;
    }
    yaml_parser_set_input(&parser, doc_feed, &in);
    int err = doc_load(&y, &parser, &in);
    yaml_parser_delete(&parser);
    if (err != 0) {
        yaml_doc_close(&y);
        return err;
    }
    *out = y;
    return 0;
}
