/*
 * session.h - flows that a function keeps in a table of its state: entries lie
 * one behind the other in the table's words, and an index finds them by key.
 *
 * An entry begins with one or two keys of SESSION_KEY_WORDS words: [0] source,
 * [1] destination, [2] [31:16] source port, [15:0] destination port, [3] [31:8]
 * zone, [7:0] protocol; no two entries have a key in common.  What is behind
 * the keys is the function's.
 *
 * The table's words and its count of entries are all of the state; the index is
 * made of them by session_prepare().  What a function sees depends on the state
 * alone, never on the index or its seed, so that a copy goes on exactly like
 * its original.  What is removed leaves its place to the last entry.
 *
 * Who knows the seed can make flows that take long to find: where strangers
 * make flows it is a secret, and random.
 */
#ifndef NET_TABLE_SESSION_H
#define NET_TABLE_SESSION_H

#include "core/fn.h"
#include "net/table/flow.h"

enum { SESSION_KEY_WORDS = 4, SESSION_KEYS_MAX = 2 };

#define SESSION_NONE UINT32_MAX

struct session {
    uint32_t *words; /* of the table, [depth * n_words] */
    uint32_t *count; /* the register that counts its entries */
    uint32_t depth, n_words, n_keys;
    struct flow index; /* keys to numbers of entries */
    uint32_t seed;
    uint32_t n; /* entries in the index, as far as it is right */
};

/*
 * Table number 'table' of 's', laid out in 'l', whose entries have 'n_keys'
 * keys; 'count' points into s->regs.  ERR_NO_MEM.  session_close() frees what
 * this got; 't' may be all zeros.
 */
int session_open(struct session *t, struct fn_state *s,
                 const struct csr_layout *l, size_t table, uint32_t *count,
                 uint32_t n_keys);
void session_close(struct session *t);

/* To be called by prepare(): makes the index anew if the table, its count or
 * 'seed' was written.  Of entries with a key in common the first is found. */
void session_prepare(struct session *t, struct fn_state *s, uint32_t seed);

/* The words of an entry, number < *t->count. */
static inline uint32_t *session_entry(const struct session *t, uint32_t number)
{
    return t->words + (size_t)number * t->n_words;
}

/* Key 'k' of an entry. */
struct flow_key session_key(const struct session *t, uint32_t number,
                            uint32_t k);

/* The number of the entry with this key, or SESSION_NONE.  It holds until an
 * entry is removed. */
uint32_t session_find(const struct session *t, struct flow_key key);

/* The same for keys [n]; the entries' words are on their way to the caches. */
void session_find_bulk(const struct session *t, const struct flow_key *key,
                       uint32_t *number, size_t n);

/* The same of one that session_find_bulk() gave 'number', after entries were
 * added and removed. */
uint32_t session_again(const struct session *t, struct flow_key key,
                       uint32_t number);

/*
 * Adds an entry with keys [n_keys], of which the table has none; its other
 * words are 0.  Its number, or SESSION_NONE when the table is full.
 */
uint32_t session_add(struct session *t, const struct flow_key *key);

/* Removes an entry; the last one has its number now. */
void session_remove(struct session *t, uint32_t number);

#endif
