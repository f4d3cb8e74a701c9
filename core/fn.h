/*
 * fn.h - the contract: what a function is.
 *
 * A function has one contract and two bodies, C and RTL, that agree bit for
 * bit. Its registers, tables and stream types stand in NAME.csr; the C body is
 * a `const struct fn NAME_fn` in NAME.c; the RTL body is module NAME in NAME.v.
 *
 * What both bodies keep:
 * - The only ways in are the input stream and the registers.  A body reads no
 *   clock, no random number and no file, and allocates nothing.
 * - A register write takes effect between two items, before the item that
 *   follows it.
 * - A packet function answers every packet with exactly one, in order.
 *   Dropping is a flag.  So item k in is item k out.  A packet that comes
 *   dropped or punted passes unchanged and counts nowhere.
 */
#ifndef CORE_FN_H
#define CORE_FN_H

#include <stdbool.h>

#include "core/base/rng.h"
#include "core/csr.h"
#include "core/iq.h"
#include "core/pkt.h"
#include "core/rec.h"

enum {
    FN_BURST_PKT = 256,     /* most packets in a span */
    FN_BURST_IQ = 4096,     /* most samples in a span */
    FN_PKT_BYTES = 1 << 18, /* longest packet */
    FN_REASON_WORDS = 4,
};

/* A burst of items. */
struct fn_span {
    enum fn_type type;
    void *items;    /* [cap] of what 'type' says, owned by the caller */
    size_t n;       /* items held */
    size_t cap;     /* most it may hold */
    uint64_t item0; /* number of items[0] in its stream, from 0 */
};

/* Words from..to-1 of a table; from is more than to when there are none. */
struct fn_range {
    uint32_t from, to;
};

/* One instance of a C body; made by body_open_c() in core/body.h. */
struct fn_state {
    void *regs;                      /* struct NAME_regs: words in .csr order */
    uint32_t *table[CSR_TABLES_MAX]; /* [depth * words] */
    struct fn_range wrote[CSR_TABLES_MAX]; /* for prepare(): since the last */
    void *own; /* what open() or prepare() keeps; no part of the state */
};

/*
 * Digests of what each stage did with each item, one after the other
 * (core/digest.h), as a slot keeps them.
 */
struct fn_taps {
    uint32_t digest[CSR_TAPS_MAX];
};

/* Receives a register write; negative to stop. */
typedef int fn_emit(void *ctx, uint32_t offset, uint32_t value);

/* Text for a key: a file's bytes, or the value itself. NUL-terminated. */
struct fn_text {
    const char *name; /* for messages: a file, or where the value stands */
    const char *text;
};

/*
 * A setting that is more than a number.  parse() turns the text into register
 * writes; on a bad line it prints name:line, what is wrong and what was
 * expected, and returns ERR_BAD_INPUT.  Nothing has to be undone: the caller
 * collects the writes and applies them only when all went well.
 */
struct fn_key {
    const char *name;
    const char *help;
    bool is_file; /* the value names a file; parse() gets its bytes */
    int (*parse)(const struct fn_text *t, fn_emit *emit, void *ctx);
};

/*
 * What a function's answer to a packet rests on and neither packet shows, for
 * one that holds its results; words as both agree.
 */
struct fn_reason {
    bool known; /* others like it are answered alike; else words mean nothing */
    uint32_t word[FN_REASON_WORDS];
};

/*
 * A function that does blocks of a receiver's work wherever it is: in software
 * or on the fabric.
 */
struct fn_kernel {
    /*
     * Runs 'in', at most FN_BURST_PKT packets, which stay as they are; where
     * the answers are, until the next run, goes to out->items[out->cap].
     * False, and 'out' means nothing, when they were not all answered: one is
     * longer than it takes, or it is gone.  The receiver then does them itself.
     */
    bool (*run)(void *ctx, const struct fn_span *in, struct fn_span *out);
    void *ctx;
};

struct fn {
    const struct csr_layout *csr; /* generated: name, streams, registers */
    const char *summary;          /* one line for `precast fn list` */

    /*
     * Consumes all of 'in' (within the burst limits) and fills out->items and
     * out->n; out->cap is enough.  For packets out->items[k].data says where
     * the bytes of packet k go; in->items and out->items may be the same.
     */
    void (*run)(struct fn_state *s, const struct fn_span *in,
                struct fn_span *out);

    /* The same, and advances the digests; functions that have taps. */
    void (*run_taps)(struct fn_state *s, const struct fn_span *in,
                     struct fn_span *out, struct fn_taps *taps);

    /*
     * Receivers, from FN_CF32 to FN_REC: 'in' holds samples at rate_hz; item0
     * is the number of the first, and one that is not next begins a new stream.
     * They keep samples back until a frame is whole.  in->n = 0 ends the
     * stream: it is repeated until no record comes.  open() gets memory,
     * ERR_NO_MEM; close() frees it and takes a state that was never opened.
     */
    double rate_hz;
    int (*open)(struct fn_state *s);
    void (*close)(struct fn_state *s);

    /*
     * Receivers: packet functions, by name, that can do blocks of their work.
     * lend() gives one of them, number k here, to an open state; it stays the
     * caller's, until close().
     */
    const char *const *kernels; /* NULL-terminated; NULL: none */
    void (*lend)(const struct fn_state *s, size_t k,
                 const struct fn_kernel *kernel);

    /*
     * Packet functions that find things faster than by their tables: called
     * before a run when registers or tables were written since the last one,
     * never in a run.  It may take memory, which s->own keeps and close()
     * frees.  The result is the same without it: it cannot fail.
     */
    void (*prepare)(struct fn_state *s);

    const struct fn_key *keys; /* [n_keys], settings beside the registers */
    size_t n_keys;

    /* Packet functions: what became of an output packet, one of verdicts[]. */
    const char *(*verdict)(const struct pkt *p);
    const char *const *verdicts; /* NULL-terminated */

    bool floods; /* gives PKT_FLOOD, which the host's fan-out acts on */

    /*
     * The RTL body takes a beat in every clock, whatever the items, but those
     * in which it gives one by which a packet has grown, on streams up to so
     * many bits; on wider ones it may hold the sender up.
     */
    uint32_t full_rate_bits;

    /*
     * Clocks in which the RTL body moves no beat though something is inside, at
     * most, when they are more than a few: it works on what it has.  The hang
     * timer waits so much longer.
     */
    uint32_t still_clocks;

    /*
     * Partial offload: this function, which has an RTL body, holds exact
     * results of function 'slow'.  It judges packets as that one would, or
     * gives them PKT_PUNT and leaves them otherwise as they are.  Registers of
     * the same name mean the same: rw ones are copied from 'slow', count ones
     * added to it when the node comes home (core/fast.h).  An entry of zeros is
     * empty; tables are as deep in both bodies.
     *
     * learn() emits the writes that make it know what 'slow' made of 'in'; none
     * if it cannot or already does.  's' is the state of a C body of this
     * function that has seen all earlier ones; 'why' is what reason() of 'slow'
     * says of 'in', all 0 when it has none.  Packets may pass between them.
     *
     * reason() is of the slow one, after its run and before any write.
     *
     * A write to register 'clock' of this one, and to that of the same name in
     * 'slow', leaves what it holds true; a write to any other register or table
     * of 'slow' does not.  0: it has none.
     */
    const char *slow;
    int (*learn)(const struct fn_state *s, const struct pkt *in,
                 const struct pkt *out, const struct fn_reason *why,
                 fn_emit *emit, void *ctx);
    void (*reason)(const struct fn_state *s, const struct pkt *in,
                   struct fn_reason *why);
    uint32_t clock;

    /*
     * Stimulus for tests, benches and self-test, in which every verdict has at
     * least 1% of the items.  setup() emits registers and tables that fit the
     * RTL body; table entries that are not in use are lost in a move, so it
     * writes those that come into use, or has cleared them.  packet() fills
     * p->data and the fields a source would.  Sample functions get random
     * samples and need no packet().
     */
    int (*setup)(struct rng *r, fn_emit *emit, void *ctx);
    void (*packet)(struct rng *r, struct pkt *p);
};

#endif
