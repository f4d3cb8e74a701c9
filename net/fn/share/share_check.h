/* share_check.h - bodies, networks and packets by hand, for the tests of share.
 */
#ifndef NET_FN_SHARE_SHARE_CHECK_H
#define NET_FN_SHARE_SHARE_CHECK_H

#include <stdio.h>
#include <string.h>

#include "net/fn/share/share_text.h"
#include "share_csr.h"
#include "tests/fn_check.h"

enum { PACKET_MAX = 1 << 18 };

static inline int bench_open(void **state)
{
    return bench_load(*state, "share");
}

static inline void set(struct body *b, uint32_t offset, uint32_t value)
{
    assert_int_equal(body_write(b, offset, value), 0);
}

/* 0, or the error of parse(). */
static inline int set_text(struct body *b, const char *key, const char *value)
{
    struct write_list w = {0};
    int err = ERR_NOT_FOUND;

    for (size_t k = 0; k < b->fn->n_keys; k++) {
        if (strcmp(b->fn->keys[k].name, key) == 0) {
            const struct fn_text t = {key, value};
            err = b->fn->keys[k].parse(&t, write_list_emit, &w);
        }
    }
    if (err == 0) {
        assert_int_equal(write_list_apply(&w, b), 0);
    }
    write_list_close(&w);
    return err;
}

static inline uint32_t net_word(struct body *b, uint32_t net, uint32_t word)
{
    set(b, CSR_WINDOW_INDEX,
        csr_window(SHARE_TABLE_NET, net * SHARE_NET_WORDS + word));
    return read_reg(b, CSR_WINDOW_DATA);
}

static inline uint32_t link_word(struct body *b, uint32_t word)
{
    set(b, CSR_WINDOW_INDEX, csr_window(SHARE_TABLE_LINK, word));
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

/* A test on each bench of the array 'bench'. */
#define ON(test, where, bench)                                   \
    {                                                            \
#test "_on_" where, test, bench_open, bench_close, bench \
    }
#define ON_EACH(test)                                       \
    ON(test, "c", &bench[0]), ON(test, "rtl32", &bench[1]), \
        ON(test, "rtl64", &bench[2]), ON(test, "rtl256", &bench[3])

#endif
