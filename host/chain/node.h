/*
 * node.h - a function placed in a chain: which body serves it, and the moves
 * between them while items flow.
 *
 *   C -> SHADOW_UP       concretize
 *   SHADOW_UP -> RTL     enough items were equal
 *   RTL -> SHADOW_DOWN   virtualize
 *   SHADOW_DOWN -> C     enough items were equal
 *   any -> C             a difference, or a device that fails
 *   RTL -> SHADOW_UP     a slot that was repaired (node_watch())
 *
 * In every state each item in gives exactly one item out, in order.
 */
#ifndef HOST_CHAIN_NODE_H
#define HOST_CHAIN_NODE_H

#include "core/pool.h"
#include "host/chain/report.h"

enum {
    /* Bytes that the packets of one burst take, with room behind each. */
    NODE_BURST_BYTES = 4 << 20,
    NODE_PKT_ROOM = POOL_ROOM_BYTES,
};

struct node;

/*
 * A node in its C body, with 'v->set' applied.  'v' and 'report' stay with the
 * caller and must outlive it.  ERR_NO_MEM.  node_close() takes NULL.
 */
int node_open(const struct chain_vertex *v, enum chain_twin twin,
              const struct report *report, struct node **out);
void node_close(struct node *n);

/*
 * From its next move on the node's slot, when there is a twin, reports by
 * itself where it can, and is repaired where 'how' says so.  ERR_NO_MEM.
 */
int node_watch(struct node *n, const struct chain_repair *how);

/*
 * Runs a burst of at most FN_BURST_PKT packets and NODE_BURST_BYTES through.
 * out->items must have room for as many; the bytes are those of the input or
 * the node's own, until its next run.  Packets to drop are among them, flagged.
 */
int node_run(struct node *n, const struct fn_span *in, struct fn_span *out);

/*
 * Begins the move to 'slot' of 'device', named 'device_name' in the chain; the
 * switch follows after 'shadow' equal items.  With 'may_cache' a function that
 * does not fit is moved in part, when another one caches it (core/fast.h).  A
 * move that cannot be is reported and the node goes on as it was: that is no
 * error here.
 */
void node_concretize(struct node *n, struct device *device,
                     const char *device_name, uint32_t slot, uint64_t shadow,
                     bool may_cache);

/*
 * Loads the image of a node on the fabric again, with its state; the C body
 * serves until that works and a shadow run was equal.  Reported, also when it
 * cannot be.
 */
void node_reload(struct node *n);

/* Begins the move back to the C body. */
void node_virtualize(struct node *n, uint64_t shadow);

/*
 * Applies register writes before the next item, to whatever bodies run.  A
 * table that no longer fits the image moves the node to its C body first.
 */
void node_set(struct node *n, const struct write_list *w);

/* The same of the time: recorded like any write, but not reported. */
void node_tick(struct node *n, const struct write_list *w);

/* Ends the node's work: compares the state with the twin's, reports totals. */
void node_finish(struct node *n);

/* Input items so far: the number of the next one. */
uint64_t node_items(const struct node *n);
uint64_t node_dropped(const struct node *n);

/* --- for the recorder (recorder.h) ------------------------------------------
 */

/* The slot was just loaded: it is told to report. */
void node_record_begin(struct node *n);

/* Items that twin and device have or will have, before the C body runs. */
void node_record_in(struct node *n, const struct fn_span *in);

/* What the C body made of them; 'device' is NULL when that gave the same. */
void node_record_out(struct node *n, const struct fn_span *twin,
                     const struct fn_span *device);

/*
 * Telemetry that came, when 'after' is the node's next item.  (In a line a slot
 * counts what earlier nodes dropped, too: for it the frames' items are lower
 * bounds.)
 */
void node_record_frames(struct node *n, uint64_t after);

/* True when the slot serves, as a cache or with all of the function, and no
 * move is under way. */
bool node_is_up(const struct node *n);

/* --- for segment.c, which runs several nodes as one ------------------------
 */

/* True when the slot alone serves, not as a cache, and no move is under way;
 * which one. */
bool node_is_stable_on(const struct node *n, struct device **device,
                       uint32_t *slot);

/* The C body of what is in the slot: its twin; without one, the function's. */
struct body *node_c_body(struct node *n);

/* Room in the node's own memory for what a device makes of 'in', until the
 * node's next run. */
void node_room(struct node *n, const struct fn_span *in, struct fn_span *out);

/* The first node of a line, behind node_room(): when faults are looked into,
 * what the C bodies make of 'in' goes there, too, and 'in' stays as it is. */
void node_line_begin(struct node *n, const struct fn_span *in,
                     struct fn_span *out);

/*
 * Runs the C body on what came to it in the line, along with what the slot
 * reported: '*told' is what the twin says to that, told->index the number of
 * packets of 'in' before it.
 */
int node_line_run(struct node *n, const struct fn_span *in, struct fn_span *out,
                  struct twin_verdict *told);

/*
 * The same burst in another C body, from the state before it; 'out' is in the
 * node's own memory, until the slot is tested.  False, and nothing, when faults
 * are not looked into.
 */
bool node_line_again(struct node *n, const struct fn_span *in,
                     struct fn_span *out);

/* 'sent' packets went into the slot in a line, and 'got' came out of that. */
void node_sent(struct node *n, size_t sent, size_t got);

/*
 * Counts a burst that ran in a line: 'in' of its packets were the node's own
 * items, 'dropped' by it; 'right' of what its slot had went well.
 */
struct node_count {
    size_t in, dropped, right;
};
void node_count(struct node *n, const struct node_count *c);

/* True when registers and tables of both bodies can be read and are equal. */
bool node_is_same_state(struct node *n);

/* Copies the slot's state to the C body; false, and reported, when it cannot be
 * read. */
bool node_rescue(struct node *n);

/* A line in which another node's slot was wrong: the slot gets its state anew,
 * or the C body serves from input item 'at_item' on. */
void node_end_line(struct node *n, uint64_t at_item);

/*
 * A line in which this node's slot was wrong: reports 'v', with its class when
 * the slot is repaired, which takes 'in' and 'out' of node_line_again(); else
 * the C body serves from 'at_item' on.
 */
void node_end_line_by(struct node *n, struct twin_verdict *v,
                      const struct fn_span *in, const struct fn_span *out,
                      uint64_t at_item);

#endif
