/*
 * window.h - a piece of what a body did, whole enough to be run again: the
 * state before it, the items and register writes that came, and what the device
 * made of them.  The same on any body, on any machine.
 */
#ifndef TWIN_WINDOW_H
#define TWIN_WINDOW_H

#include "core/body.h"

/* Register writes that take effect before item 'item'. */
struct twin_write {
    uint64_t item;
    uint32_t offset, value;
};

struct twin_window {
    const struct fn *fn;
    struct blob start;              /* state before the first item */
    struct fn_span in;              /* items, owned with their bytes */
    struct fn_span out;             /* of the device; n = 0 when unknown */
    const struct twin_write *write; /* [n_writes], in order, owned */
    size_t n_writes;
};

/*
 * Reads or writes the file 'path': CBOR, as docs/twin.cddl says.  ERR_BAD_INPUT
 * for a file that is none or is damaged, ERR_MISSING, ERR_IO; the message has
 * been printed.  twin_window_close() frees what is owned and takes {0}.
 */
int twin_window_load(const char *path, struct twin_window *out);
int twin_window_save(const struct twin_window *w, const char *path);
void twin_window_close(struct twin_window *w);

#endif
