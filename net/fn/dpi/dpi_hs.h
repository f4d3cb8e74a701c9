/*
 * dpi_hs.h - Hyperscan: what is looked for is text in its syntax, numbered from
 * 0.  Block mode: every packet is for itself.
 */
#ifndef NET_FN_DPI_DPI_HS_H
#define NET_FN_DPI_DPI_HS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dpi_hs;

enum dpi_hs_flag {
    DPI_HS_CASELESS = 1,
    DPI_HS_MULTILINE = 2, /* ^ and $ at line ends, too */
    DPI_HS_DOTALL = 4,    /* . is a newline, too */
};

/* The first of each kind that is there, counted from 1 in its kind; 0: none. */
struct dpi_hs_hit {
    uint32_t first[2];
};

/* What is looked for. */
struct dpi_hs_set {
    const char **text; /* [n], NULL for what is left out */
    uint32_t *flags;   /* [n], of enum dpi_hs_flag */
    uint32_t n;        /* at least 1 */
    uint32_t split;    /* those from here on are of kind 1 */
};

/*
 * Checks one expression.  ERR_BAD_INPUT with Hyperscan's message, cut to
 * 'n_bytes', in 'why'.
 */
int dpi_hs_check(const char *text, uint32_t flags, char *why, size_t n_bytes);

/*
 * Makes a database.  Texts that are NULL and those that it does not take are
 * left out, and left_out[kind] says so.  ERR_NO_MEM.
 */
int dpi_hs_open(struct dpi_hs **out, const struct dpi_hs_set *set,
                bool left_out[2]);
void dpi_hs_close(struct dpi_hs *h); /* may be NULL */

struct dpi_hs_hit dpi_hs_scan(const struct dpi_hs *h, const uint8_t *data,
                              uint32_t n_bytes);

#endif
