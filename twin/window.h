/*
 * window.h - a piece of what a body did, whole enough to be run again: the
 * state before it, the items and register writes that came, and what the device
 * made of them.  The same on any body, on any machine.
 */
#ifndef TWIN_WINDOW_H
#define TWIN_WINDOW_H

#include "core/body.h"

enum { TWIN_WINDOW_ITEMS = 1 << 20 }; /* most items of a window */

/* Register writes that take effect before item 'item'. */
struct twin_write {
    uint64_t item;
    uint32_t offset, value;
};

/* The digests a slot keeps, in one moment (core/digest.h). */
struct twin_digests {
    uint32_t sig_in;
    struct fn_taps taps;
};

/* How the device came to its end. */
enum twin_ended {
    TWIN_ENDED,      /* all went in, and no more came */
    TWIN_ENDED_HUNG, /* it stopped behind 'out' */
    TWIN_ENDED_MORE, /* it gave more than 'out', which nobody took */
};

/* What became of the fault when the same device ran the window again. */
enum twin_replayed {
    TWIN_REPLAY_UNKNOWN,
    TWIN_REPLAY_CLEAN, /* it was transient */
    TWIN_REPLAY_AGAIN, /* it is permanent */
};

struct twin_window {
    const struct fn *fn;
    struct blob start;        /* state before the first item */
    struct fn_span in;        /* items, owned with their bytes */
    struct fn_span out;       /* of the device; it may have fewer or more */
    struct twin_write *write; /* [n_writes], in order, owned */
    size_t n_writes;
    enum twin_ended ended;
    bool has_digests;
    struct twin_digests before, after; /* of the device, when it has them */
    struct blob end;                   /* of the device; n = 0 when unknown */
    enum twin_replayed replayed;
};

/*
 * A span of no items with room for 'n', and for 'n_bytes' of packets, which
 * items[0].data begins; and a copy of 'from', items with their bytes.
 * twin_span_close() frees either.  ERR_NO_MEM.
 */
int twin_span_room(enum fn_type type, size_t n, size_t n_bytes,
                   struct fn_span *to);
int twin_span_copy(const struct fn_span *from, struct fn_span *to);
void twin_span_close(struct fn_span *s);

/*
 * Reads or writes the file 'path': CBOR, as docs/window.cddl says.
 * ERR_BAD_INPUT for a file that is none, is damaged, or is of another function
 * or layout than this program has; ERR_NO_MEM, ERR_IO; the message has been
 * printed.  twin_window_close() frees what is owned and takes {0}.
 */
int twin_window_load(const char *path, struct twin_window *out);
int twin_window_save(const struct twin_window *w, const char *path);
void twin_window_close(struct twin_window *w);

#endif
