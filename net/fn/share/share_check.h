/* share_check.h - bodies, networks and packets by hand, for the tests of share.
 */
#ifndef NET_FN_SHARE_SHARE_CHECK_H
#define NET_FN_SHARE_SHARE_CHECK_H

#include <stdio.h>
#include <string.h>

#include "net/fn/share/share_text.h"
#include "share_csr.h"
#include "tests/fn_each.h"

enum { PACKET_MAX = 1 << 18 };

static inline int bench_open(void **state)
{
    return bench_load(*state, "share");
}

static inline uint32_t net_word(struct body *b, uint32_t net, uint32_t word)
{
    write_reg(b, CSR_WINDOW_INDEX,
              csr_window(SHARE_TABLE_NET, net * SHARE_NET_WORDS + word));
    return read_reg(b, CSR_WINDOW_DATA);
}

static inline uint32_t link_word(struct body *b, uint32_t word)
{
    write_reg(b, CSR_WINDOW_INDEX, csr_window(SHARE_TABLE_LINK, word));
    return read_reg(b, CSR_WINDOW_DATA);
}

/* Bytes of network 'net' that passed. */
static inline uint64_t net_bytes(struct body *b, uint32_t net)
{
    return (uint64_t)net_word(b, net, NET_BYTES_H) << 32 |
           net_word(b, net, NET_BYTES);
}

/* 'n' packets of at most PACKET_MAX bytes; their flags afterwards. */
struct shot {
    uint32_t net, bytes;
    uint16_t flags;
};

static inline void run_shots(struct body *b, struct shot *s, size_t n)
{
    static uint8_t from[PACKET_MAX], to[PACKET_MAX];

    for (size_t k = 0; k < n; k++) {
        struct pkt x = {.data = from,
                        .len_bytes = s[k].bytes,
                        .room_bytes = PACKET_MAX,
                        .in_port = (uint8_t)s[k].net,
                        .mark = (uint16_t)s[k].net,
                        .flags = s[k].flags};
        struct pkt y = {.data = to, .room_bytes = PACKET_MAX};
        struct fn_span in = {FN_PKT, &x, 1, 1, 0};
        struct fn_span out = {FN_PKT, &y, 0, 1, 0};
        assert_int_equal(body_run(b, &in, &out), 0);
        assert_int_equal(y.len_bytes, x.len_bytes);
        s[k].flags = y.flags;
    }
}

/* Does a packet of 'bytes' of network 'net' pass? */
static inline bool passes(struct body *b, uint32_t net, uint32_t bytes)
{
    struct shot s = {net, bytes, 0};

    run_shots(b, &s, 1);
    return (s.flags & PKT_DROP) == 0;
}

#endif
