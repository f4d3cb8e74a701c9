/* sip_check.h - a proxy in a test: texts in, texts out. */
#ifndef NET_FN_SIP_PROXY_SIP_CHECK_H
#define NET_FN_SIP_PROXY_SIP_CHECK_H

#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/body.h"
#include "net/fn/sip_proxy/sip_text.h"
#include "sip_proxy_csr.h"
#include "tests/check.h"

enum { ROOM = 4096, HEADERS = 14 + 20 + 8, ALICE = 0xc0000209 };

extern const struct fn sip_proxy_fn;

/* What came of a message. */
struct reply {
    const char *fate;
    struct pkt p;
    uint32_t dst, port;
    char text[ROOM]; /* the proxy's own branch is "*" */
};

static uint8_t bytes[2][ROOM];

static inline int put(void *ctx, uint32_t offset, uint32_t value)
{
    return body_write(ctx, offset, value);
}

/* The proxy of example.com, 192.0.2.1. */
static inline struct body *open_proxy(void)
{
    const struct fn_text local = {"local", "192.0.2.1"};
    const struct fn_text domains = {"domains", " Example.com  b.example "};
    struct body *b;

    assert_int_equal(body_open_c(&sip_proxy_fn, &b), 0);
    assert_int_equal(sip_proxy_parse_local(&local, put, b), 0);
    assert_int_equal(sip_proxy_parse_domains(&domains, put, b), 0);
    return b;
}

static inline uint32_t reg(struct body *b, uint32_t offset)
{
    uint32_t value = 0;

    assert_int_equal(body_read(b, offset, &value), 0);
    return value;
}

/* Sums 16-bit words one by one, with the carry: 0 when the checksum is right.
 */
static inline uint16_t slow_sum(uint32_t s, const uint8_t *d, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        s += (uint32_t)d[k] << (k % 2 == 0 ? 8 : 0);
        s = (s & 0xffff) + (s >> 16);
    }
    return (uint16_t)~s;
}

/* A packet from 192.0.2.9, port 5070, to the proxy. */
static inline struct pkt packet(const char *text, size_t n)
{
    uint8_t *d = bytes[0], *ip = d + 14;

    memset(d, 0, HEADERS);
    memcpy(d, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0\x45", 15);
    be16_store(ip + 2, (uint16_t)(28 + n));
    ip[8] = 64;
    ip[9] = 17;
    be32_store(ip + 12, ALICE);
    be32_store(ip + 16, 0xc0000201);
    be16_store(ip + 10, slow_sum(0, ip, 20));
    be16_store(ip + 20, 5070);
    be16_store(ip + 22, 5060);
    be16_store(ip + 24, (uint16_t)(8 + n));
    memcpy(ip + 28, text, n);
    return (struct pkt){.data = d,
                        .len_bytes = HEADERS + (uint32_t)n,
                        .room_bytes = ROOM,
                        .in_port = 3};
}

static inline struct reply run_pkt(struct body *b, struct pkt in)
{
    static const char own[] = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK";
    struct reply y = {.p = {.data = bytes[1], .room_bytes = ROOM}};
    struct fn_span from = {FN_PKT, &in, 1, 1, 0}, to = {FN_PKT, &y.p, 0, 1, 0};
    const uint8_t *ip = bytes[1] + 14;

    assert_int_equal(body_run(b, &from, &to), 0);
    y.fate = sip_proxy_fn.verdict(&y.p);
    if ((y.p.flags & (PKT_DROP | PKT_PUNT)) == 0) {
        uint32_t n = be16_load(ip + 24);
        assert_int_equal(y.p.len_bytes, 34 + n);
        assert_int_equal(be16_load(ip + 2), 20 + n);
        assert_int_equal(slow_sum(0, ip, 20), 0);
        assert_int_equal(
            slow_sum(17 + n + (uint32_t)(0xffff & ~slow_sum(0, ip + 12, 8)),
                     ip + 20, n),
            0);
        assert_int_equal(y.p.out_port, 3);
        assert_memory_equal(bytes[1], bytes[0] + 6, 6);
        assert_memory_equal(bytes[1] + 6, bytes[0], 6);
        assert_int_equal(be32_load(ip + 12), 0xc0000201);
        assert_int_equal(be16_load(ip + 20), 5060);
        y.dst = be32_load(ip + 16);
        y.port = be16_load(ip + 22);
        memcpy(y.text, ip + 28, n - 8);
        char *at = strstr(y.text, own);
        if (at != NULL) {
            at += sizeof own - 1;
            assert_int_equal(strspn(at, "0123456789abcdef"), 16);
            *at = '*';
            memmove(at + 1, at + 16, strlen(at + 16) + 1);
        }
    }
    return y;
}

static inline struct reply run(struct body *b, const char *text)
{
    return run_pkt(b, packet(text, strlen(text)));
}

/* The first line is 'status', and all of 'has' is in the text. */
static inline void check_answer(const struct reply *y, const char *status,
                                const char *has)
{
    print_message("%s\n", y->text);
    assert_memory_equal(y->text, status, strlen(status));
    assert_non_null(strstr(y->text, has));
}

#endif
