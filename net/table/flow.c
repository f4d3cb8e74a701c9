/*
 * flow.c - see flow.h.
 *
 * A flow stands in the bucket that its hash names, its home, or, where that and
 * those behind it are full, in the first that is not.  There are no marks for
 * what was removed: a flow that only stands further on because of the removed
 * one takes its place, so that every bucket from a flow's home to its own is
 * full but the last.
 */
#include "net/table/flow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "net/table/pages.h"

enum { CHUNK = 32, NONE = -1 };

#define BYTES 0x0101010101010101u /* 1 in each byte */
#define TOPS  (BYTES << 7)

/* --- hashes and buckets ----------------------------------------------------
 */

/* Two multiplications whose halves are folded, and their constants, as in
 * wyhash (Wang Yi, 2019); both factors of the first depend on the seed, else
 * there were keys that make it 0 whatever the seed is. */
#define SECRET_0 0x2d358dccaa6c78a5u
#define SECRET_1 0x8bb84b93962eacc9u

static uint64_t fold(uint64_t a, uint64_t b)
{
    __uint128_t p = (__uint128_t)a * b;

    return (uint64_t)(p >> 64) ^ (uint64_t)p;
}

static uint64_t hash_of(const struct flow *t, struct flow_key key)
{
    __uint128_t p =
        (__uint128_t)(key.addrs ^ t->seed[0]) * (key.rest ^ t->seed[1]);

    return fold((uint64_t)p ^ SECRET_0, (uint64_t)(p >> 64) ^ SECRET_1);
}

/* Buckets come in the order of hashes (D. Lemire, "Fast random integer
 * generation in an interval", 2019). */
static uint32_t home_of(const struct flow *t, uint64_t hash)
{
    return (uint32_t)((hash >> 32) * t->n_buckets >> 32);
}

static uint32_t behind(const struct flow *t, uint32_t bucket)
{
    return bucket + 1 == t->n_buckets ? 0 : bucket + 1;
}

static uint64_t tag_of(uint64_t hash)
{
    return (hash & 0xff) != 0 ? hash & 0xff : 1;
}

/* The top bit of each byte of 'tags' that is 'tag'. */
static uint64_t match(uint64_t tags, uint64_t tag)
{
    uint64_t x = tags ^ tag * BYTES;

    return ~(((x & ~TOPS) + ~TOPS) | x) & TOPS;
}

static bool is_full(uint64_t tags)
{
    return match(tags, 0) == 0;
}

/* Of a word that is not 0. */
static uint32_t first_of(uint64_t match)
{
    return (uint32_t)__builtin_ctzll(match) / 8;
}

static unsigned char *slot_at(const struct flow *t, size_t at)
{
    return t->slot + at * t->slot_bytes;
}

static struct flow_key key_at(const struct flow *t, size_t at)
{
    struct flow_key key;

    memcpy(&key, slot_at(t, at), sizeof key);
    return key;
}

static void *value_at(const struct flow *t, size_t at)
{
    return slot_at(t, at) + sizeof(struct flow_key);
}

static bool equal(struct flow_key a, struct flow_key b)
{
    return ((a.addrs ^ b.addrs) | (a.rest ^ b.rest)) == 0;
}

static void set_tag(struct flow *t, size_t at, uint64_t tag)
{
    uint64_t *tags = &t->tags[at / FLOW_SLOTS];
    uint32_t shift = (uint32_t)(at % FLOW_SLOTS) * 8;

    *tags = (*tags & ~(UINT64_C(0xff) << shift)) | tag << shift;
}

/* --- the table -------------------------------------------------------------
 */

static void set_seed(struct flow *t, uint64_t seed)
{
    t->seed[0] = fold(seed ^ SECRET_0, SECRET_1);
    t->seed[1] = fold(seed ^ SECRET_1, SECRET_0);
}

int flow_open(struct flow *t, uint32_t cap, uint32_t value_bytes, uint64_t seed)
{
    assert(cap >= 1 && cap <= FLOW_CAP_MAX);
    assert(value_bytes % 4 == 0 && value_bytes <= FLOW_VALUE_MAX);
    /* At most 3/4 full: few flows stand behind their homes, and there is always
     * an empty slot. */
    *t = (struct flow){
        .n_buckets =
            (uint32_t)(((uint64_t)cap * 4 / 3 + FLOW_SLOTS) / FLOW_SLOTS),
        .cap = cap,
        .slot_bytes = (uint32_t)sizeof(struct flow_key) + value_bytes,
    };
    set_seed(t, seed);
    t->tags = pages_zeros(t->n_buckets * sizeof *t->tags);
    t->slot = pages_zeros((size_t)t->n_buckets * FLOW_SLOTS * t->slot_bytes);
    if (t->tags == NULL || t->slot == NULL) {
        flow_close(t);
        return ERR_NO_MEM;
    }
    return 0;
}

void flow_close(struct flow *t)
{
    free(t->tags);
    free(t->slot);
    *t = (struct flow){.tags = NULL};
}

size_t flow_bytes(const struct flow *t)
{
    return pages_bytes(t->n_buckets * sizeof *t->tags) +
           pages_bytes((size_t)t->n_buckets * FLOW_SLOTS * t->slot_bytes);
}

void flow_clear(struct flow *t, uint64_t seed)
{
    set_seed(t, seed);
    memset(t->tags, 0, t->n_buckets * sizeof *t->tags);
    t->n = 0;
}

/* The slot of a flow; else NONE, and '*room' is a bucket with an empty slot. */
static int64_t place_of(const struct flow *t, struct flow_key key,
                        uint64_t hash, uint32_t *room)
{
    uint32_t bucket = home_of(t, hash);

    for (;; bucket = behind(t, bucket)) {
        uint64_t tags = t->tags[bucket];
        uint64_t m = match(tags, tag_of(hash));
        for (; m != 0; m &= m - 1) {
            size_t at = (size_t)bucket * FLOW_SLOTS + first_of(m);
            if (equal(key_at(t, at), key)) {
                return (int64_t)at;
            }
        }
        if (!is_full(tags)) {
            *room = bucket;
            return NONE;
        }
    }
}

int flow_add(struct flow *t, struct flow_key key, void **value)
{
    uint64_t hash = hash_of(t, key);
    uint32_t room = 0;
    int64_t place = place_of(t, key, hash, &room);

    if (place != NONE) {
        *value = value_at(t, (size_t)place);
        return 0;
    }
    if (t->n == t->cap) {
        return ERR_CAPACITY;
    }
    size_t at = (size_t)room * FLOW_SLOTS + first_of(match(t->tags[room], 0));
    set_tag(t, at, tag_of(hash));
    memcpy(slot_at(t, at), &key, sizeof key);
    memset(value_at(t, at), 0, t->slot_bytes - sizeof key);
    t->n++;
    *value = value_at(t, at);
    return 1;
}

/* A flow of 'bucket' whose home is not behind 'hole', or NONE. */
static int64_t strayed(const struct flow *t, uint32_t bucket, uint32_t hole)
{
    uint32_t n = t->n_buckets;
    uint32_t far = (bucket + n - hole) % n;

    for (size_t k = 0; k < FLOW_SLOTS; k++) {
        size_t at = (size_t)bucket * FLOW_SLOTS + k;
        if ((t->tags[bucket] >> k * 8 & 0xff) != 0 &&
            (bucket + n - home_of(t, hash_of(t, key_at(t, at)))) % n >= far) {
            return (int64_t)at;
        }
    }
    return NONE;
}

/* Empties a slot.  Those that could not stand there because of it move up. */
static void remove_at(struct flow *t, size_t hole)
{
    uint32_t bucket = (uint32_t)(hole / FLOW_SLOTS);
    bool full = is_full(t->tags[bucket]);

    set_tag(t, hole, 0);
    t->n--;
    while (full) {
        bucket = behind(t, bucket);
        full = is_full(t->tags[bucket]);
        int64_t from = strayed(t, bucket, (uint32_t)(hole / FLOW_SLOTS));
        if (from != NONE) {
            size_t at = (size_t)from;
            memcpy(slot_at(t, hole), slot_at(t, at), t->slot_bytes);
            set_tag(t, hole, t->tags[bucket] >> at % FLOW_SLOTS * 8 & 0xff);
            set_tag(t, at, 0);
            hole = at;
        }
    }
}

int flow_remove(struct flow *t, struct flow_key key)
{
    uint32_t room;
    int64_t place = place_of(t, key, hash_of(t, key), &room);

    if (place == NONE) {
        return ERR_NOT_FOUND;
    }
    remove_at(t, (size_t)place);
    return 0;
}

/* --- lookups ---------------------------------------------------------------
 */

void *flow_find(const struct flow *t, struct flow_key key)
{
    uint32_t room;
    int64_t place = place_of(t, key, hash_of(t, key), &room);

    return place == NONE ? NULL : value_at(t, (size_t)place);
}

/* The first slot from a flow's home on that may hold it, or NONE. */
static int64_t first_guess(const struct flow *t, uint64_t hash)
{
    for (uint32_t bucket = home_of(t, hash);; bucket = behind(t, bucket)) {
        uint64_t m = match(t->tags[bucket], tag_of(hash));
        if (m != 0) {
            return (int64_t)bucket * FLOW_SLOTS + first_of(m);
        }
        if (!is_full(t->tags[bucket])) {
            return NONE;
        }
    }
}

/* In three passes, each of which has the memory fetch what the next reads. */
static void find_chunk(const struct flow *t, const struct flow_key *key,
                       void **value, size_t n)
{
    uint64_t hash[CHUNK];
    int64_t guess[CHUNK];

    for (size_t k = 0; k < n; k++) {
        hash[k] = hash_of(t, key[k]);
        __builtin_prefetch(&t->tags[home_of(t, hash[k])]);
    }
    for (size_t k = 0; k < n; k++) {
        guess[k] = first_guess(t, hash[k]);
        if (guess[k] != NONE) {
            const unsigned char *slot = slot_at(t, (size_t)guess[k]);
            __builtin_prefetch(slot);
            __builtin_prefetch(slot + t->slot_bytes - 1);
        }
    }
    for (size_t k = 0; k < n; k++) {
        uint32_t room;
        if (guess[k] != NONE && !equal(key_at(t, (size_t)guess[k]), key[k])) {
            guess[k] = place_of(t, key[k], hash[k], &room);
        }
        value[k] = guess[k] == NONE ? NULL : value_at(t, (size_t)guess[k]);
    }
}

void flow_find_bulk(const struct flow *t, const struct flow_key *key,
                    void **value, size_t n)
{
    for (size_t k = 0; k < n; k += CHUNK) {
        find_chunk(t, key + k, value + k, n - k < CHUNK ? n - k : CHUNK);
    }
}

/* --- all flows -------------------------------------------------------------
 */

static bool before(const struct flow_at *a, const struct flow_at *b)
{
    if (a->hash != b->hash) {
        return a->hash < b->hash;
    }
    if (a->key.addrs != b->key.addrs) {
        return a->key.addrs < b->key.addrs;
    }
    return a->key.rest < b->key.rest;
}

/* The first flow behind '*at' among those whose home is 'home'; its slot, or
 * NONE. */
static int64_t next_at_home(const struct flow *t, uint32_t home,
                            struct flow_at *at)
{
    struct flow_at best = {.begun = false};
    int64_t place = NONE;

    for (uint32_t bucket = home;; bucket = behind(t, bucket)) {
        uint64_t held = ~match(t->tags[bucket], 0) & TOPS;
        for (; held != 0; held &= held - 1) {
            size_t k = (size_t)bucket * FLOW_SLOTS + first_of(held);
            struct flow_at x = {.key = key_at(t, k), .begun = true};
            x.hash = hash_of(t, x.key);
            if (home_of(t, x.hash) == home && (!at->begun || before(at, &x)) &&
                (!best.begun || before(&x, &best))) {
                best = x;
                place = (int64_t)k;
            }
        }
        if (!is_full(t->tags[bucket])) {
            break;
        }
    }
    if (best.begun) {
        *at = best;
    }
    return place;
}

bool flow_next(const struct flow *t, struct flow_at *at, struct flow_key *key,
               void **value)
{
    uint32_t home = at->begun ? home_of(t, at->hash) : 0;
    int64_t place = NONE;

    for (; place == NONE && home < t->n_buckets; home++) {
        place = next_at_home(t, home, at);
    }
    if (place == NONE) {
        return false;
    }
    *key = at->key;
    *value = value_at(t, (size_t)place);
    return true;
}

uint32_t flow_age(struct flow *t, uint32_t *bucket, uint32_t n, flow_keep *keep,
                  void *ctx)
{
    uint32_t before_n = t->n;

    for (; n > 0; n--, *bucket = behind(t, *bucket)) {
        struct flow_at at = {.begun = false};
        int64_t place;
        while ((place = next_at_home(t, *bucket, &at)) != NONE) {
            if (!keep(ctx, at.key, value_at(t, (size_t)place))) {
                remove_at(t, (size_t)place);
            }
        }
    }
    return before_n - t->n;
}
