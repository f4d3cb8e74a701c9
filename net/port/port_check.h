/* port_check.h - traffic that is known, for the tests of ports. */
#ifndef NET_PORT_PORT_CHECK_H
#define NET_PORT_PORT_CHECK_H

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/rng.h"
#include "net/port/gen_packets.h"
#include "net/port/port.h"
#include "tests/check.h"

enum {
    MOST = FN_BURST_PKT + 1, /* packets */
    FRAME_BYTES = 2048,
    BURSTS = 5,
};

/* They cross the edges of bursts. */
static const size_t bursts[BURSTS] = {1, 3, 255, 256, 257};

struct traffic {
    struct pkt pkt[MOST];
    uint8_t bytes[MOST][FRAME_BYTES];
};

/*
 * 'n' frames of 60 to 'longest' bytes between two stations, of the ethertype
 * for experiments that the kernel does nothing with; number k stands behind it.
 */
static inline struct traffic *make_traffic(size_t n, uint32_t longest)
{
    struct traffic *t = calloc(1, sizeof *t);
    struct rng r = {n + longest};

    assert_non_null(t);
    for (size_t k = 0; k < n; k++) {
        uint8_t *d = t->bytes[k];
        uint32_t len = k == 0   ? 60
                       : k == 1 ? longest
                                : 60 + rng_below(&r, longest - 59);
        for (uint32_t j = 0; j < len; j++) {
            d[j] = (uint8_t)rng_next(&r);
        }
        d[0] = d[6] = 0x02; /* no group, given by hand */
        be16_store(d + 12, 0x88b5);
        be32_store(d + 14, (uint32_t)k);
        t->pkt[k] = (struct pkt){.data = d,
                                 .len_bytes = len,
                                 .room_bytes = FRAME_BYTES,
                                 .wire_bytes = len,
                                 .t_ns = 1000 * k};
    }
    return t;
}

static inline void check_packet(const struct traffic *t, size_t k,
                                const struct pkt *p, uint16_t flags)
{
    assert_true(k < MOST);
    assert_int_equal(p->len_bytes, t->pkt[k].len_bytes);
    assert_memory_equal(p->data, t->bytes[k], p->len_bytes);
    assert_int_equal(p->wire_bytes, p->len_bytes);
    assert_true(p->room_bytes >= p->len_bytes + POOL_ROOM_BYTES);
    assert_int_equal(p->in_port, 0);
    assert_int_equal(p->flags, flags);
}

static inline struct pool *open_pool(uint32_t n_single)
{
    struct pool *pool;

    assert_int_equal(pool_create(n_single, POOL_RUN, &pool), 0);
    return pool;
}

static inline struct port *open_port(enum port_kind kind, const char *name,
                                     struct pool *pool, bool is_sink)
{
    struct port_config c = {.kind = kind,
                            .name = name,
                            .is_sink = is_sink,
                            .link = 1,
                            .pool = pool};
    struct port *p;

    assert_int_equal(port_open(&c, &p), 0);
    return p;
}

enum { PATIENCE_MS = 20000 }; /* what has not come then does not come */

/* Waits until there may be something to receive, or room. */
static inline void wait_port(const struct port *p, bool room)
{
    struct pollfd f = {.fd = -1};

    f.fd = port_fd(p, room, &f.events);
    assert_true(f.fd >= 0);
    assert_int_equal(poll(&f, 1, PATIENCE_MS), 1);
}

static inline void give_back(struct pool *pool, const struct pkt *p)
{
    uint32_t index = pool_index(pool, p->data);

    pool_give(pool, &index, 1);
}

static inline void send_all(struct port *p, struct traffic *t, size_t n)
{
    for (size_t at = 0; at < n;) {
        struct fn_span span = {
            .type = FN_PKT, .items = t->pkt + at, .n = n - at, .cap = n - at};
        int sent = port_send(p, &span);
        assert_true(sent >= 0);
        at += (size_t)sent;
        if (at < n) {
            wait_port(p, true);
        }
    }
}

/*
 * The first 'n' packets of 't' come to 'p', in order.  What else does is the
 * kernel's own, and must not be of the ethertype of the test.
 */
static inline void expect_all(struct port *p, struct pool *pool,
                              const struct traffic *t, size_t n)
{
    struct pkt got[FN_BURST_PKT];

    for (size_t at = 0; at < n;) {
        struct fn_span span = {
            .type = FN_PKT, .items = got, .cap = FN_BURST_PKT};
        int rc = port_receive(p, &span);
        assert_true(rc >= 0 && (size_t)rc == span.n);
        for (size_t k = 0; k < span.n; k++) {
            if (be16_load(got[k].data + 12) == be16_load(t->bytes[at] + 12)) {
                check_packet(t, at++, &got[k], 0);
            }
            give_back(pool, &got[k]);
        }
        if (rc == 0) {
            wait_port(p, false);
        }
    }
}

#endif
