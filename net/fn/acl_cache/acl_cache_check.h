/* acl_cache_check.h - bodies, packets and entries by hand, for the tests of
 * acl_cache. */
#ifndef NET_FN_ACL_CACHE_ACL_CACHE_CHECK_H
#define NET_FN_ACL_CACHE_ACL_CACHE_CHECK_H

#include <stdio.h>

#include "acl_csr.h"
#include "core/base/err.h"
#include "core/body.h"
#include "core/fast.h"
#include "core/registry.h"
#include "drivers/driver.h"
#include "net/fn/acl_cache/acl_cache_entry.h"
#include "tests/check.h"

enum {
    FRAME_LEN = 60,
    ROOM = 256,
    A = 0x0a010203, /* 10.1.2.3 */
    B = 0xc0a80909, /* 192.168.9.9 */
    ACCEPT = 0,
    DROP = ENTRY_ACTION,
    UNTOUCHED = 0xbeef, /* the mark that packets come with */
    SEED = 3,
};

/* --- the body under test, and a C body that sees the same writes --- */

struct bench {
    uint32_t width_bits; /* 0: the C body */
    struct device *device;
    struct body *body;
    struct fn_state host; /* what learn() is given */
    struct acl_cache_regs regs;
    uint32_t table[ACL_CACHE_ENTRY_DEPTH * ACL_CACHE_ENTRY_WORDS];
};

static inline int bench_open(void **state)
{
    struct bench *b = *state;
    struct device_config config = {.n_slots = 1, .width_bits = b->width_bits};
    const struct fn *fn = registry_find("acl_cache");
    int err;

    *b = (struct bench){.width_bits = b->width_bits};
    b->host.regs = &b->regs;
    b->host.table[ACL_CACHE_TABLE_ENTRY] = b->table;
    if (b->width_bits == 0) {
        return body_open_c(fn, &b->body);
    }
    err = driver_open("sim", &config, &b->device);
    if (err == 0) {
        err = device_load(b->device, 0, fn, &b->body);
    }
    return err == ERR_MISSING ? 0 : err;
}

static inline int bench_close(void **state)
{
    struct bench *b = *state;

    body_close(b->body);
    device_close(b->device);
    return 0;
}

/* The bench; skips the test without an image. */
static inline struct bench *bench_of(void **state)
{
    struct bench *b = *state;

    if (b->body == NULL) {
        print_message("skipped: no image of acl_cache, %u bits\n",
                      b->width_bits);
        skip();
    }
    return b;
}

/* fn_emit: the body gets the write, and so does b->host. */
static inline int bench_emit(void *ctx, uint32_t offset, uint32_t value)
{
    struct bench *b = ctx;

    switch (offset) {
    case ACL_CACHE_NO_MATCH: b->regs.no_match = value; break;
    case ACL_CACHE_NO_FLAGS: b->regs.no_flags = value; break;
    case ACL_CACHE_N_ENTRIES: b->regs.n_entries = value; break;
    case CSR_WINDOW_INDEX: b->regs.window_index = value; break;
    case CSR_WINDOW_DATA:
        b->table[b->regs.window_index++ % CHECK_ROWS(b->table)] = value;
        break;
    default: fail_msg("write to 0x%x", offset);
    }
    return body_write(b->body, offset, value);
}

static inline uint32_t read_reg(struct body *b, uint32_t offset)
{
    uint32_t value = 0;

    assert_int_equal(body_read(b, offset, &value), 0);
    return value;
}

static inline void set(struct bench *b, uint32_t offset, uint32_t value)
{
    assert_int_equal(bench_emit(b, offset, value), 0);
}

/* --- packets and entries --- */

/* The 5-tuple as tests write it: see struct net_key4. */
#define KEY(s, d, sp, dp, pr, f)                                             \
    {                                                                        \
        .has_ip = true, .has_flags = (pr) == NET_TCP || (pr) == NET_ICMP,    \
        .src = (s), .dst = (d), .sport = (sp), .dport = (dp), .proto = (pr), \
        .flags = (f)                                                         \
    }

static const struct net_key4 syn __attribute__((unused)) =
    KEY(A, B, 1000, 80, NET_TCP, 0x02);

/* Writes a packet of 'key' to 'data'; one without IP is ARP. */
static inline struct pkt packet_make(const struct net_key4 *key, uint8_t *data)
{
    uint8_t *ip = data + 14;
    uint8_t *l4 = ip + 20;
    bool cut = key->proto == NET_TCP && !key->has_flags;

    memset(data, 0, FRAME_LEN);
    be16_store(data + 12, key->has_ip ? 0x0800 : 0x0806);
    ip[0] = 0x45;
    ip[1] = (uint8_t)(key->dscp << 2);
    be16_store(ip + 2, cut ? 20 + 8 : 20 + 20);
    ip[9] = key->proto;
    be32_store(ip + 12, key->src);
    be32_store(ip + 16, key->dst);
    if (key->proto == NET_ICMP) {
        l4[0] = key->flags;
    } else {
        be16_store(l4, key->sport);
        be16_store(l4 + 2, key->dport);
        l4[13] = key->flags;
    }
    return (struct pkt){.data = data,
                        .len_bytes = FRAME_LEN,
                        .room_bytes = ROOM,
                        .in_port = 3,
                        .mark = UNTOUCHED};
}

/* Runs a packet of 'key' that comes with 'flags'; its bytes must stay. */
static inline struct pkt run_one(struct body *b, const struct net_key4 *key,
                                 uint16_t flags)
{
    uint8_t from[ROOM], to[ROOM];
    struct pkt x = packet_make(key, from);
    struct pkt y = {.data = to, .room_bytes = ROOM};
    struct fn_span in = {FN_PKT, &x, 1, 1, 0};
    struct fn_span out = {FN_PKT, &y, 0, 1, 0};

    x.flags = flags;
    assert_int_equal(body_run(b, &in, &out), 0);
    assert_int_equal(out.n, 1);
    assert_int_equal(y.len_bytes, x.len_bytes);
    assert_memory_equal(to, from, x.len_bytes);
    assert_int_equal(y.in_port, 3);
    y.data = NULL;
    return y;
}

/* Puts 'key' with 'result' into the way 'way' that its hash leads to. */
static inline uint32_t put(struct bench *b, const struct net_key4 *key,
                           uint32_t result, uint32_t way)
{
    struct entry e = entry_of_key(key, (b->regs.no_flags & 1) != 0);
    uint32_t number = entry_first(&e) + way;

    e.word[3] |= result;
    assert_int_equal(entry_emit(&e, number, bench_emit, b), 0);
    return number;
}

static inline void assert_packet(struct bench *b, const struct net_key4 *key,
                                 uint32_t mark, uint32_t flags)
{
    struct pkt p = run_one(b->body, key, 0);

    assert_int_equal(p.mark, mark);
    assert_int_equal(p.flags, flags);
}

static inline void assert_counts(struct bench *b, uint32_t hits, uint32_t drops,
                                 uint32_t cache_hits, uint32_t cache_misses)
{
    assert_int_equal(read_reg(b->body, ACL_CACHE_N_HITS), hits);
    assert_int_equal(read_reg(b->body, ACL_CACHE_N_DROPS), drops);
    assert_int_equal(read_reg(b->body, ACL_CACHE_CACHE_HITS), cache_hits);
    assert_int_equal(read_reg(b->body, ACL_CACHE_CACHE_MISSES), cache_misses);
}

/* A test on each bench of the array 'bench'. */
#define ON(test, where, bench)                                   \
    {                                                            \
#test "_on_" where, test, bench_open, bench_close, bench \
    }
#define ON_EACH(test)                                       \
    ON(test, "c", &bench[0]), ON(test, "rtl32", &bench[1]), \
        ON(test, "rtl64", &bench[2])

#endif
