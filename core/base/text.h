/*
 * text.h - text and numbers from users, and whole text files.
 */
#ifndef CORE_BASE_TEXT_H
#define CORE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decimal or 0x number in [min, max].  False, with '*value' unchanged, when
 * 'text' is anything else: empty, signed, blank around it, out of range.
 */
bool parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *value);
bool parse_u64(const char *text, uint64_t max, uint64_t *value);

/* A file's name, for messages, and its bytes, ended by a NUL beyond 'n'. */
struct text_file {
    const char *name; /* owned by the caller */
    char *text;
    size_t n;
};

/*
 * Reads all of 'name'.  ERR_BAD_INPUT when it cannot be opened or read,
 * ERR_NO_MEM; the message has been printed.  text_close() frees it.
 */
int text_open(const char *name, struct text_file *out);
void text_close(struct text_file *f);

#endif
