/*
 * words.h - the words of a body's state one by one: which of them are not those
 * of a C body, and how they are set right.  Every word of every table counts,
 * also of entries that are not in use, as far as both bodies have it.
 */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include "core/body.h"

enum { WORDS_REG = 15 }; /* part of a register; else the number of a table */

struct words_at {
    uint32_t part;
    uint32_t at; /* a register's offset, a word's number in its table */
};

/*
 * Finds the words in which 'b' is not as the C body 'c', the first 'cap' of
 * them in 'to'.  How many there are in all; ERR_HANG, ERR_DEVICE, ERR_NO_MEM.
 */
long words_differ(const struct body *c, struct body *b, struct words_at *to,
                  size_t cap);

/* Makes them those of 'c' and reads them back.  ERR_DEVICE when one does not
 * stay; ERR_HANG. */
int words_mend(const struct body *c, struct body *b, const struct words_at *w,
               size_t n);

/* The word of a C body. */
uint32_t words_value(const struct body *c, const struct words_at *w);

/* True for a register that the function counts in. */
bool words_is_count(const struct body *c, const struct words_at *w);

/* "N_RULES", "RULE[3].2". */
void words_name(const struct csr_layout *l, const struct words_at *w,
                char *text, size_t n);

#endif
