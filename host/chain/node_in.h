/*
 * node_in.h - the inside of a node, for the files that node.h is made of:
 * node.c (life), node_move.c (moves), node_run.c (items), node_cache.c (a cache
 * on the fabric), node_watch.c (the state before each burst, reports of the
 * slot), node_repair.c (what is done about a slot that errs), node_line.c (for
 * segment.c).
 */
#ifndef HOST_CHAIN_NODE_IN_H
#define HOST_CHAIN_NODE_IN_H

#include "host/chain/node.h"
#include "twin/repair.h"
#include "twin/watch.h"

enum {
    NODE_FRAMES_BYTES = 1 << 15, /* telemetry of a burst: a frame a packet */
    NODE_SPARE = 3,              /* bursts that a replay or self-test holds */
};

enum node_mode { NODE_C, NODE_SHADOW_UP, NODE_RTL, NODE_SHADOW_DOWN };

/* What the twin of a slot keeps, so that the slot can be repaired. */
struct node_care {
    struct repair machine; /* of 'device', 'slot' */
    const struct device *device;
    uint32_t slot;
    bool active;             /* the slot has the state of its twin */
    bool reports;            /* ... and gives telemetry */
    bool all;                /* words that are not in use changed, too */
    uint32_t loads;          /* of the slot: the epoch of its telemetry */
    struct body *before;     /* the twin's state before this burst */
    struct body *again;      /* C body for replays */
    struct twin_watch watch; /* of node_twin() */
    uint64_t shadow_ns;      /* when the shadow run began */
    struct pkt pkt[NODE_SPARE][FN_BURST_PKT];
    struct iq16 iq[NODE_SPARE][FN_BURST_IQ];
    uint8_t *bytes; /* NODE_SPARE times those of a burst */
    uint8_t frames[NODE_FRAMES_BYTES];
    size_t n_frames; /* bytes of telemetry in it */
};

struct node {
    const struct chain_vertex *v;
    const struct report *report;
    enum chain_twin twin;
    enum node_mode mode;
    struct body *c;
    struct body *rtl; /* NULL in NODE_C */
    /* When the slot holds a cache: its C body; 'c' is then the whole function,
     * which judges what the cache does not hold. */
    struct body *cache;
    struct device *device;
    char device_name[80]; /* "fab0/0" */
    uint32_t slot;
    struct chain_repair repair;
    struct node_care *care; /* NULL without a twin, or if nobody asked */
    bool may_cache;         /* as of the last concretize; so is 'shadow' */
    uint64_t shadow;        /* items of its shadow run */
    uint64_t served;        /* items since the image was loaded */
    uint64_t shadow_left, shadow_done; /* items */
    uint64_t move_ns;                  /* when the move began */
    uint64_t sent, got; /* items given to the slot, and got from it */
    uint64_t reordered; /* of them, told by the twin */
    struct report_items items;
    uint64_t next_item; /* behind the burst that runs, or ran last */
    /* Items that came from the device, and those of the cache's C body. */
    struct pkt from_device[FN_BURST_PKT], from_cache[FN_BURST_PKT];
    struct iq16 samples[FN_BURST_IQ];
    uint8_t *bytes;  /* [bytes_cap], of packets that came from there */
    size_t bytes_at; /* in use by this burst */
    size_t bytes_cap;
};

/* The C body of what is in the slot. */
static inline struct body *node_twin(const struct node *n)
{
    return n->cache != NULL ? n->cache : n->c;
}

/* --- node.c --------------------------------------------------------------- */

/* True when the slot has served so long that it is to be loaded again. */
bool node_is_due(const struct node *n);

/* --- node_move.c ---------------------------------------------------------- */

/* Empties the slot, of which the twin stays; node_unload() ends that, too. */
void node_empty(struct node *n);

/* Empties the slot; the C body serves. */
void node_unload(struct node *n);

/* Reports the end of a move; 'refused' is why it was none, or NULL. */
void node_say_move(const struct node *n, bool up, uint64_t at_item,
                   const char *refused);

/* The C body serves from input item 'at_item' on. */
void node_quarantine(struct node *n, uint64_t at_item);

/* Compares the registers and tables of twin and slot; true when equal. */
bool node_same_state(struct node *n, uint64_t item);

/* Copies the state of 'from' to 'to' and reads it back; 0, or why not. */
int node_copy_state(struct body *from, struct body *to, char *why,
                    size_t n_why);

/* --- node_watch.c --------------------------------------------------------- */

void node_care_close(struct node_care *c);

/*
 * The slot has just been loaded, or reset, and has the state of its twin: from
 * here on both are watched.  0, or ERR_HANG, ERR_DEVICE, ERR_NO_MEM.
 */
int node_care_begin(struct node *n);

/*
 * Tells the slot to report every 'window' beats and makes 'w' the watch of it
 * by the C body 'c', of the same state; with 'fresh' the slot has counted
 * nothing yet, else 'w' goes on from where it is.  What it has reported is
 * forgotten.
 */
int node_care_join(struct node *n, struct twin_watch *w, struct body *c,
                   uint64_t item0, bool fresh, uint32_t window);

/* Keeps the state before a burst, of which 'item0' is the first item. */
void node_care_before(struct node *n, uint64_t item0);

/* Runs the C body behind 'w' along with what the slot reported; '*told' is
 * what the twin says to that. */
int node_care_run(struct node *n, struct twin_watch *w,
                  const struct fn_span *in, struct fn_span *out,
                  struct twin_verdict *told);

/*
 * What the slot reported of the moment that is now, before somebody writes to
 * it: '*told' is what the twin says to that.
 */
void node_care_settle(struct node *n, struct twin_verdict *told);

/* Room of the node's own, number k, for what becomes of 'in'. */
struct fn_span node_care_room(struct node *n, size_t k,
                              const struct fn_span *in);

/* --- node_repair.c -------------------------------------------------------- */

/* True when what is wrong with the slot is to be repaired. */
bool node_repairs(const struct node *n);

/* True while a repaired slot is in its shadow run. */
bool node_in_repair(const struct node *n);

/*
 * The twin says '*v' of 'in', of which the C body made 'out': looks what is
 * wrong with the slot, and fills in the class.  A word of the state has been
 * set right when it returns REPAIR_WORD.
 */
enum repair_event node_repair_look(struct node *n, const struct fn_span *in,
                                   const struct fn_span *out,
                                   struct twin_verdict *v);

/* Does what 'event' asks for; the C body has served all items so far. */
void node_repair_act(struct node *n, enum repair_event event, uint64_t at_item);

/* The slot ran in a line in which another one went wrong. */
void node_repair_state(struct node *n, uint64_t at_item);

/* The shadow run of a repaired slot was equal. */
void node_repair_return(struct node *n, uint64_t at_item);

/* --- node_run.c ----------------------------------------------------------- */

/* Runs 'in', a part of a burst that the mode does not change in. */
int node_run_part(struct node *n, const struct fn_span *in,
                  struct fn_span *out);

/* Runs the device over 'in' into memory of the node's own. */
int node_run_device(struct node *n, const struct fn_span *in,
                    struct fn_span *out);

/*
 * Runs both bodies on 'in', the twin into 'out', and records it.  '*v' is what
 * the twin says: of the items first, then of what the slot reported.
 */
int node_run_both(struct node *n, const struct fn_span *in, struct fn_span *out,
                  struct fn_span *device, struct twin_verdict *v);

/* Lets the first 'n_items' of the device's output leave in place of 'out's. */
void node_take(struct fn_span *out, const struct fn_span *device,
               size_t n_items);

/* Items k and on of a span. */
struct fn_span node_rest(const struct fn_span *s, size_t k);

/* In a shadow run 'n_items' more were equal: switches when they suffice. */
void node_shadow_step(struct node *n, size_t n_items, uint64_t next_item);

/* Memory of the node's own for the packets of 'in', with room behind each. */
void node_own_bytes(struct node *n, const struct fn_span *in, struct pkt *own);

/*
 * The twin differs at item v->index of this part.  What is equal leaves, and in
 * watched mode the wrong item, too; from the next boundary on the C body
 * serves.
 */
void node_fall_back(struct node *n, const struct fn_span *in,
                    struct twin_verdict *v, struct fn_span *out,
                    const struct fn_span *device);

/* The same between two bursts, of a slot that is watched. */
void node_end_between(struct node *n, struct twin_verdict *v);

/* What the slot, if it is watched, reported until now is compared: before the
 * twin's state is changed by the host. */
void node_settle(struct node *n);

/* --- node_cache.c --------------------------------------------------------- */

/*
 * Makes the slot's cache and its C body n->cache ready: empty, set as the
 * function is.  0, or why not.
 */
int node_cache_open(struct node *n, const struct fn *cache, char *why,
                    size_t n_why);

/* Settings of the function changed: the cache gets them and forgets.  The
 * second does not forget when 'w' writes only what fn.h calls its clock. */
int node_cache_reset(struct node *n);
int node_cache_set(struct node *n, const struct write_list *w);

/*
 * Adds what the cache counted to the function's counters: the function judges
 * all from here on.  Its twin counts anew; the slot, when it goes on, needs
 * node_cache_zero() for that.
 */
void node_cache_close(struct node *n);
void node_cache_zero(struct node *n);

/* node_run_part() of a node whose slot holds a cache. */
int node_cache_run(struct node *n, const struct fn_span *in,
                   struct fn_span *out);

/* What the cache counted in the register named 'name'; 0 if it has none. */
uint32_t node_cache_count(const struct node *n, const char *name);

#endif
