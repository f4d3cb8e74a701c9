/*
 * link_check.h - two ends of a link without a wire, and bytes that are known by
 * their position, for tests.
 */
#ifndef DRIVERS_LINK_LINK_CHECK_H
#define DRIVERS_LINK_LINK_CHECK_H

#include <string.h>

#include "core/base/rng.h"
#include "drivers/link/link.h"
#include "drivers/link/link_frame.h"
#include "tests/check.h"

enum {
    RESEND_US = 1000,
    PATTERN = 65521, /* a prime: no buffer's end falls in with it */
};

/* What an application gives and gets; the same at both ends. */
struct pattern {
    uint8_t bytes[2 * PATTERN];
};

static inline void pattern_fill(struct pattern *p, uint64_t seed)
{
    struct rng r = {seed};

    for (size_t k = 0; k < PATTERN; k++) {
        p->bytes[k] = p->bytes[k + PATTERN] = (uint8_t)rng_next(&r);
    }
}

static inline const uint8_t *pattern_at(const struct pattern *p, uint64_t at)
{
    return p->bytes + at % PATTERN;
}

static inline struct link *open_end(enum link_role role, uint8_t session,
                                    uint32_t bytes)
{
    struct link_config config = {.role = role,
                                 .session = session,
                                 .rx_bytes = bytes,
                                 .tx_bytes = bytes,
                                 .resend_us = RESEND_US};
    struct link *l = NULL;

    assert_int_equal(link_open(&config, &l), 0);
    return l;
}

/* Carries all that 'from' says to 'to'; the bytes. */
static inline size_t carry(struct link *from, struct link *to)
{
    uint8_t bytes[4096];
    size_t n, total = 0;

    while ((n = link_wire_out(from, bytes, sizeof bytes)) > 0) {
        link_wire_in(to, bytes, n);
        total += n;
    }
    return total;
}

/* Both ways, until neither end says anything. */
static inline void settle_both(struct link *a, struct link *b)
{
    while (carry(a, b) + carry(b, a) > 0) {
    }
}

/* One frame that 'l' says, read; false when it is silent. */
static inline bool hear(struct link *l, struct link_frame *f)
{
    static uint8_t bytes[LINK_FRAME_BYTES];
    struct link_frames frames = {.crc = crc32c_portable};
    const uint8_t *p = bytes;
    /* One byte at a time: a frame is never followed by another. */
    size_t n = 0, m = 1;

    while (m > 0 && n < LINK_FRAME_BYTES) {
        m = link_wire_out(l, bytes + n, 1);
        n += m;
        if (n >= LINK_HEADER_BYTES &&
            n == link_frame_bytes((size_t)(bytes[2] | bytes[3] << 8))) {
            break;
        }
    }
    return n > 0 && link_frames_next(&frames, &p, &n, f);
}

/* A frame as an end would say it. */
static inline void say(struct link *to, const struct link_frame *f,
                       const void *payload)
{
    uint8_t bytes[LINK_FRAME_BYTES];

    if (payload != NULL) {
        memcpy(bytes + LINK_HEADER_BYTES, payload, f->length);
    }
    link_frame_seal(f, crc32c_portable, bytes);
    link_wire_in(to, bytes, link_frame_bytes(f->length));
}

#endif
