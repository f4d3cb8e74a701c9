/*
 * csr.h - what csrgen.awk makes of a NAME.csr: the description of a function's
 * streams, registers and tables that the C body, the drivers, the twin and the
 * command line walk.
 */
#ifndef CORE_CSR_H
#define CORE_CSR_H

#include <stddef.h>
#include <stdint.h>

/* What a stream carries. */
enum fn_type {
    FN_IQ16, /* struct iq16: one sample an item */
    FN_PKT,  /* struct pkt: one packet an item */
    FN_CF32, /* float complex: one sample an item; C bodies only */
    FN_REC,  /* struct rec: one record an item; out of C bodies only */
};

enum csr_access {
    CSR_RW,     /* written by the host */
    CSR_RO,     /* a live value of the function */
    CSR_COUNT,  /* counted by the function, written by the host to restore it */
    CSR_STICKY, /* bits the function sets, until the host writes it */
};

enum {
    CSR_WINDOW_INDEX = 0xf8,  /* [31:28] table, [23:0] word within it, [19:0] of
                                 a function with tables in its RTL body */
    CSR_WINDOW_TABLE = 28,    /* first bit of the table */
    CSR_WINDOW_BITS_RTL = 20, /* of the word, in an RTL body */
    CSR_WINDOW_DATA = 0xfc, /* that word; the index then is that of the next */
    CSR_WINDOW_WORDS = 1 << 24, /* most words of a table */
    CSR_TABLES_MAX = 4, /* with an RTL body 2: a slot has two capacities */
    CSR_TAPS_MAX = 4,   /* ... and four tap digests */
};

struct csr_field {
    const char *name;
    uint8_t lsb, msb;
    const char *help;
};

struct csr_reg {
    const char *name;
    uint8_t offset;
    uint8_t access; /* enum csr_access */
    uint32_t reset;
    uint32_t mask; /* bits that it keeps; the others read 0 */
    const char *help;
    const struct csr_field *fields; /* [n_fields] */
    size_t n_fields;
};

struct csr_table {
    const char *name;
    uint32_t depth; /* entries of the C body; an image has its own number */
    uint32_t words; /* 32-bit words an entry */
    uint8_t count;  /* offset of the register that counts entries in use */
    const char *help;
};

/* A stage of the function that the slot keeps a digest of. */
struct csr_tap {
    const char *name;
    const char *regs; /* the RTL body's registers in this stage: globs, with ','
                         between */
    const char *help;
};

struct csr_layout {
    const char *name; /* of the function */
    uint32_t id;      /* hash of the name */
    uint32_t version; /* hash of registers and tables */
    enum fn_type in, out;
    const struct csr_reg *regs; /* [n_regs] */
    size_t n_regs;
    const struct csr_table *tables; /* [n_tables] */
    size_t n_tables;
    const struct csr_tap *taps; /* [n_taps], in the order of the stages */
    size_t n_taps;
};

/* Index of the register at 'offset' in l->regs, or -1. */
static inline int csr_find(const struct csr_layout *l, uint32_t offset)
{
    for (size_t k = 0; k < l->n_regs; k++) {
        if (l->regs[k].offset == offset) {
            return (int)k;
        }
    }
    return -1;
}

/* Window index of word 'word' of table 'table'. */
static inline uint32_t csr_window(size_t table, uint32_t word)
{
    return (uint32_t)table << CSR_WINDOW_TABLE | word;
}

#endif
