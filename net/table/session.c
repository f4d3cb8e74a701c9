/* session.c - see session.h. */
#include "net/table/session.h"

#include <assert.h>
#include <string.h>

#include "core/base/err.h"

int session_open(struct session *t, struct fn_state *s,
                 const struct csr_layout *l, size_t table, uint32_t *count,
                 uint32_t n_keys)
{
    *t = (struct session){
        .words = s->table[table],
        .count = count,
        .depth = l->tables[table].depth,
        .n_words = l->tables[table].words,
        .n_keys = n_keys,
    };
    assert(n_keys >= 1 && n_keys <= SESSION_KEYS_MAX);
    assert(t->n_words >= n_keys * SESSION_KEY_WORDS);
    return flow_open(&t->index, t->depth * n_keys, sizeof(uint32_t), 0);
}

void session_close(struct session *t)
{
    flow_close(&t->index);
}

struct flow_key session_key(const struct session *t, uint32_t number,
                            uint32_t k)
{
    const uint32_t *w =
        session_entry(t, number) + (size_t)k * SESSION_KEY_WORDS;

    return (struct flow_key){.addrs = (uint64_t)w[0] << 32 | w[1],
                             .rest = (uint64_t)w[2] << 32 | w[3]};
}

static bool has_key(const struct session *t, uint32_t number, uint32_t k,
                    struct flow_key key)
{
    struct flow_key is = session_key(t, number, k);

    return ((is.addrs ^ key.addrs) | (is.rest ^ key.rest)) == 0;
}

/* Entries in use, whatever number the register holds. */
static uint32_t used(const struct session *t)
{
    return *t->count < t->depth ? *t->count : t->depth;
}

/* --- the index ------------------------------------------------------------ */

/* Leads the keys of an entry to it, but those that lead to another. */
static void enter(struct session *t, uint32_t number)
{
    for (uint32_t k = 0; k < t->n_keys; k++) {
        void *value;
        int rc = flow_add(&t->index, session_key(t, number, k), &value);
        assert(rc >= 0); /* it has room for all */
        if (rc > 0) {
            memcpy(value, &number, sizeof number);
        }
    }
}

/* Where the index has the number of entry 'number' for its key 'k'; NULL when
 * the key leads to another. */
static void *place_of(const struct session *t, uint32_t number, uint32_t k)
{
    void *value = flow_find(&t->index, session_key(t, number, k));

    return value != NULL && memcmp(value, &number, sizeof number) == 0 ? value
                                                                       : NULL;
}

void session_prepare(struct session *t, struct fn_state *s, uint32_t seed)
{
    size_t table = 0;

    while (s->table[table] != t->words) {
        table++;
    }
    if (s->wrote[table].from >= s->wrote[table].to && *t->count == t->n &&
        seed == t->seed) {
        return;
    }
    flow_clear(&t->index, seed);
    t->seed = seed;
    t->n = *t->count;
    for (uint32_t k = 0; k < used(t); k++) {
        enter(t, k);
    }
}

/* --- lookups -------------------------------------------------------------- */

static uint32_t number_at(const void *value)
{
    uint32_t number = SESSION_NONE;

    if (value != NULL) {
        memcpy(&number, value, sizeof number);
    }
    return number;
}

uint32_t session_find(const struct session *t, struct flow_key key)
{
    return number_at(flow_find(&t->index, key));
}

void session_find_bulk(const struct session *t, const struct flow_key *key,
                       uint32_t *number, size_t n)
{
    void *value[FN_BURST_PKT];

    for (size_t done = 0; done < n; done += FN_BURST_PKT) {
        size_t some = n - done < FN_BURST_PKT ? n - done : FN_BURST_PKT;
        flow_find_bulk(&t->index, key + done, value, some);
        for (size_t k = 0; k < some; k++) {
            number[done + k] = number_at(value[k]);
            if (value[k] != NULL) {
                const uint32_t *w = session_entry(t, number[done + k]);
                __builtin_prefetch(w, 1);
                __builtin_prefetch(w + t->n_words - 1, 1);
            }
        }
    }
}

uint32_t session_again(const struct session *t, struct flow_key key,
                       uint32_t number)
{
    for (uint32_t k = 0; number < used(t) && k < t->n_keys; k++) {
        if (has_key(t, number, k, key)) {
            return number;
        }
    }
    return session_find(t, key);
}

/* --- changes -------------------------------------------------------------- */

uint32_t session_add(struct session *t, const struct flow_key *key)
{
    uint32_t number = used(t);

    if (number == t->depth) {
        return SESSION_NONE;
    }
    uint32_t *w = session_entry(t, number);
    memset(w, 0, t->n_words * sizeof *w);
    for (uint32_t k = 0; k < t->n_keys; k++, w += SESSION_KEY_WORDS) {
        w[0] = (uint32_t)(key[k].addrs >> 32);
        w[1] = (uint32_t)key[k].addrs;
        w[2] = (uint32_t)(key[k].rest >> 32);
        w[3] = (uint32_t)key[k].rest;
    }
    enter(t, number);
    t->n = *t->count = number + 1;
    return number;
}

void session_remove(struct session *t, uint32_t number)
{
    uint32_t last = used(t) - 1;

    assert(number <= last);
    for (uint32_t k = 0; k < t->n_keys; k++) {
        if (place_of(t, number, k) != NULL) {
            (void)flow_remove(&t->index, session_key(t, number, k));
        }
    }
    for (uint32_t k = 0; number != last && k < t->n_keys; k++) {
        void *value = place_of(t, last, k);
        if (value != NULL) {
            memcpy(value, &number, sizeof number);
        }
    }
    memmove(session_entry(t, number), session_entry(t, last),
            t->n_words * sizeof *t->words);
    t->n = *t->count = last;
}
