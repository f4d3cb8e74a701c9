/*
 * dpi_find.h - which rule a packet's bytes meet first.
 *
 * Literals are looked for in a table of our own (net/table/literals.h) or, with
 * ENGINE, by Hyperscan, regular expressions by Hyperscan; both are made of the
 * words of BYTE and REGEX before a run.
 */
#ifndef NET_FN_DPI_DPI_FIND_H
#define NET_FN_DPI_DPI_FIND_H

#include "core/fn.h"

/* Bits of a word of BYTE and REGEX; see dpi.csr. */
enum {
    DPI_LAST = 1 << 8,
    DPI_CASELESS = 1 << 9,
    DPI_DROP = 1 << 10,
    DPI_PUNT = 1 << 11,
    DPI_MIRROR = 1 << 12,
    DPI_MULTILINE = 1 << 13,
    DPI_DOTALL = 1 << 14,
    DPI_MARK_SHIFT = 16,
};

/* What was found: the last word of each in its table, from 1; 0 for none. */
struct dpi_hit {
    uint32_t literal, regex;
};

/* fn.prepare, fn.close. */
void dpi_find_prepare(struct fn_state *s);
void dpi_find_close(struct fn_state *s);

/* Bytes that are looked at. */
struct dpi_view {
    const uint8_t *data;
    uint32_t n_bytes;
};

/* What is found in each of 'n'. */
void dpi_find(const struct fn_state *s, const struct dpi_view *view,
              struct dpi_hit *hit, size_t n);

/* Expressions that are not looked for: there is no memory, or the words are
 * none that Hyperscan takes. */
bool dpi_find_is_blind(const struct fn_state *s);

#endif
