/*
 * body.h - one running body of a function, whichever it is: C, or RTL in a slot
 * of a device.  Chains, moves, tests and the twin use bodies through this only.
 *
 * A body belongs to one thread.
 */
#ifndef CORE_BODY_H
#define CORE_BODY_H

#include "core/fn.h"

struct body;

struct body_ops {
    const char *kind; /* "c" or "rtl" */
    int (*write_n)(struct body *b, uint32_t offset, const uint32_t *values,
                   size_t n);
    int (*read_n)(struct body *b, uint32_t offset, uint32_t *values, size_t n);
    int (*run)(struct body *b, const struct fn_span *in, struct fn_span *out);
    uint32_t (*capacity)(struct body *b, size_t table);
    void (*close)(struct body *b);
};

struct body {
    const struct body_ops *ops;
    const struct fn *fn;
    uint32_t image; /* BUILD of its image; 0: it has none, or it is not known */
};

/*
 * A C body of 'fn' with its registers at reset and its tables empty.
 * ERR_NO_MEM.  body_close() frees it and takes NULL.
 */
int body_open_c(const struct fn *fn, struct body **out);
void body_close(struct body *b);

/* The state of a C body, as its function sees it; NULL of any other body. */
const struct fn_state *body_c_state(const struct body *b);

/*
 * Register access.  ERR_NOT_FOUND for an offset the function does not have or
 * a table word beyond its depth; ERR_DEVICE, ERR_HANG from a device.
 */
int body_write(struct body *b, uint32_t offset, uint32_t value);
int body_read(struct body *b, uint32_t offset, uint32_t *value);

/* The same n times over; on CSR_WINDOW_DATA, that walks through a table. */
int body_write_n(struct body *b, uint32_t offset, const uint32_t *values,
                 size_t n);
int body_read_n(struct body *b, uint32_t offset, uint32_t *values, size_t n);

/*
 * Runs 'in' through; see struct fn.  A device may answer fewer or more packets
 * than it got (out->n tells) and ERR_HANG when it stops in mid-burst; what it
 * gave until then is in 'out'.
 */
int body_run(struct body *b, const struct fn_span *in, struct fn_span *out);

/*
 * The same of a C body whose function has taps, and advances their digests, as
 * a slot would.
 */
int body_run_taps(struct body *b, const struct fn_span *in, struct fn_span *out,
                  struct fn_taps *taps);

/*
 * Makes the C body 'to' what the C body 'from' of the same function is: the
 * registers, and of the tables the entries in use or, with 'all', every word.
 */
void body_copy(const struct body *from, struct body *to, bool all);

/* Entries that table number 'table' of this body can hold. */
uint32_t body_capacity(struct body *b, size_t table);

/* --- state -------------------------------------------------------------- */

/*
 * The state of a body as words: every register but ro ones in .csr order, then
 * for each table the number of entries in use and their words.
 */
struct blob {
    uint32_t layout; /* csr_layout.version */
    uint32_t *words; /* [n], owned by the blob */
    size_t n;
};

/* ERR_NO_MEM, ERR_CAPACITY if a body claims more entries than it can hold. */
int body_save(struct body *b, struct blob *out);

/*
 * ERR_BAD_INPUT when the blob is of another layout or contradicts itself;
 * ERR_CAPACITY when
 * a table does not fit, and body_fits() says which; the body is then unchanged.
 */
int body_load(struct body *b, const struct blob *blob);

/*
 * Makes every table word of 'to' that of the C body 'from', also of entries
 * that are not in use, as far as both have it; for who compares all words.
 */
int body_level(const struct body *from, struct body *to);

/*
 * True when every table of 'blob' fits into 'b'; else the first that does not
 * is in '*table', with the entries it has and the entries the body holds.
 */
bool body_fits(struct body *b, const struct blob *blob, size_t *table,
               uint32_t *have, uint32_t *hold);

/* First word in which two blobs of one layout differ, or -1. */
long blob_differs(const struct blob *a, const struct blob *b);

/* Name of word k of a blob of 'l' in 'text': "N_RULES" or "RULE[3].2". */
void blob_name(const struct csr_layout *l, const struct blob *b, size_t k,
               char *text, size_t n);

void blob_close(struct blob *b);

/* --- settings ----------------------------------------------------------- */

/* Register writes collected before they are applied. */
struct write_list {
    struct {
        uint32_t offset, value;
    } * at;
    size_t n, cap;
};

void write_list_close(struct write_list *w);

/* fn_emit for a struct write_list. */
int write_list_emit(void *list, uint32_t offset, uint32_t value);

/* Applies all writes in order; stops at the first that fails. */
int write_list_apply(const struct write_list *w, struct body *b);

/*
 * Collects in 'w' the writes for "key = value": a key of fn->keys, or a
 * register by its lower-case name and a number.  'where' stands before messages
 * ("--set", "edge.yaml:4:12"); 'dir' before relative file names, NULL for none.
 * ERR_BAD_INPUT, with the message printed.
 */
int fn_set(const struct fn *fn, const char *key, const char *value,
           const char *where, const char *dir, struct write_list *w);

#endif
