/*
 * flow.h - exact match over flows: a key of two words leads to a value of a few
 * bytes.  Hashing with buckets and linear probing (D. Knuth, The Art of
 * Computer Programming 3, 6.4); a byte of each key's hash stands apart from
 * keys and values, eight in a word that is compared at once, so that a lookup
 * reads one word of few megabytes and then the one flow that it wants.
 *
 * The capacity is fixed when the table is opened; nothing is allocated later.
 * What callers can see depends on the contents alone, never on the order in
 * which flows came and went: only a full table refuses a flow, and flows are
 * listed and aged in the order of their hashes.  So a copy made by save and
 * load goes on exactly like its original.
 *
 * Who knows the seed can make flows that all have one hash and lookups that
 * take as many steps: where strangers make flows the seed is a secret, and
 * random.  It is part of what is saved, as the order of flows follows from it.
 */
#ifndef NET_TABLE_FLOW_H
#define NET_TABLE_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FLOW_SLOTS = 8,       /* of a bucket */
    FLOW_VALUE_MAX = 240, /* bytes */
    FLOW_CAP_MAX = 1 << 30,
};

struct flow_key {
    uint64_t addrs; /* source 32 | destination 32 */
    uint64_t rest;  /* source port 16 | destination port 16 | zone 24 | protocol
                       8; what zones are is the caller's: VLANs, directions */
};

static inline struct flow_key flow_key4(uint32_t src, uint32_t dst,
                                        uint16_t sport, uint16_t dport,
                                        uint32_t zone, uint8_t proto)
{
    return (struct flow_key){.addrs = (uint64_t)src << 32 | dst,
                             .rest = (uint64_t)sport << 48 |
                                     (uint64_t)dport << 32 | zone << 8 | proto};
}

struct flow {
    uint64_t *tags;      /* [n_buckets], a byte for each slot, 0 when empty */
    unsigned char *slot; /* [n_buckets][FLOW_SLOTS]: key, value */
    uint64_t seed[2];    /* made of the one that was given */
    uint32_t n_buckets, n, cap;
    uint32_t slot_bytes;
};

/* A place in the order of flows; all zeros to begin. */
struct flow_at {
    uint64_t hash;
    struct flow_key key;
    bool begun;
};

/*
 * An empty table for 'cap' flows, 1..FLOW_CAP_MAX, with 'value_bytes' for each,
 * a multiple of 4 up to FLOW_VALUE_MAX.  Values are aligned to 4 bytes, to 8
 * when their size is a multiple of 8.  ERR_NO_MEM.
 */
int flow_open(struct flow *t, uint32_t cap, uint32_t value_bytes,
              uint64_t seed);

/* Frees what flow_open() got; 't' may be all zeros. */
void flow_close(struct flow *t);

/* Bytes of memory that it takes. */
size_t flow_bytes(const struct flow *t);

/* Takes all flows away; from now on its seed is 'seed'. */
void flow_clear(struct flow *t, uint64_t seed);

/* The value of a flow, to read and to change, or NULL.  It stays where it is
 * until a flow is added or removed. */
void *flow_find(const struct flow *t, struct flow_key key);

/* The same for 'n' keys; values are on their way to the caches. */
void flow_find_bulk(const struct flow *t, const struct flow_key *key,
                    void **value, size_t n);

/*
 * Adds a flow: 1 when it is new, with a value of zeros, 0 when it was there;
 * '*value' is its value.  ERR_CAPACITY when it is new and there are 'cap'.
 */
int flow_add(struct flow *t, struct flow_key key, void **value);

/* ERR_NOT_FOUND when there is no such flow. */
int flow_remove(struct flow *t, struct flow_key key);

/*
 * The first flow behind '*at', which becomes its place; false when there are no
 * more.  The order is that of the hashes, then that of the keys; it is the same
 * for equal contents and seeds, whatever the capacity.  Flows may be added and
 * removed in between.
 */
bool flow_next(const struct flow *t, struct flow_at *at, struct flow_key *key,
               void **value);

/* Whether a flow may stay; 'keep' may change the value and adds and removes
 * nothing. */
typedef bool flow_keep(void *ctx, struct flow_key key, void *value);

/*
 * Asks for the flows of 'n' buckets from '*bucket' on, in their order, and
 * removes those that may not stay; '*bucket' becomes where to go on: behind the
 * last comes the first, 0.  n_buckets are a round.  Returns how many it
 * removed.
 */
uint32_t flow_age(struct flow *t, uint32_t *bucket, uint32_t n, flow_keep *keep,
                  void *ctx);

#endif
