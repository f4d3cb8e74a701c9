/*
 * dpi_stimulus.c - literals and packets for tests: both are pieces of one text,
 * so that they meet at every place, over the edges of beats, in each other, cut
 * off, and with one bit wrong.
 */
#include "core/base/bytes.h"
#include "dpi_csr.h"
#include "net/fn/dpi/dpi_find.h"
#include "net/fn/dpi/dpi_payload.h"
#include "net/fn/dpi/dpi_rules.h"

enum {
    TEXT_BYTES = 256,
    PIECE_MAX = 48,
    HEADERS_MAX = 144, /* two tags, IP and TCP with all options */
};

/* Byte 'k' of the text: any, but often one like others, also in its case. */
static uint8_t text_byte(uint32_t k)
{
    uint32_t mixed = (k % TEXT_BYTES + 1) * 0x9e3779b1;

    mixed = (mixed ^ mixed >> 15) * 0x85ebca77;
    return (mixed >> 8 & 3) == 0 ? (uint8_t)(mixed >> 16)
                                 : (uint8_t) "abcABC@`"[mixed >> 29];
}

/* Word 'k' of a literal whose last word is 'last': any mark and what it does.
 */
static uint32_t some_word(struct rng *r, uint32_t k, uint32_t last)
{
    static const uint32_t actions[] = {0, 0, DPI_DROP, DPI_PUNT, DPI_MIRROR};
    uint32_t w = text_byte(k);

    w |= rng_below(r, 2) == 0 ? DPI_CASELESS : 0;
    if (k == last) {
        w |= DPI_LAST | actions[rng_below(r, 5)] |
             rng_below(r, 1 << 16) << DPI_MARK_SHIFT;
    } else if (rng_below(r, 8) == 0) { /* that means nothing here */
        w |= (uint32_t)rng_next(r) & ~UINT32_C(0x3ff);
    }
    return w;
}

int dpi_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    static const uint32_t depths[] = {0,  1,   3,   4,    31,   32,  33,
                                      64, 100, 255, 2047, 2047, 2047};
    static const uint32_t used[] = {0, 7, 40, 100, 127, 128, 128, 128};
    uint32_t longest = 2 + rng_below(r, 20), at = 0, last = 0;
    bool others = rng_below(r, 3) != 0; /* the deep ones are most */
    int err = emit(ctx, DPI_SCOPE, rng_below(r, 2));

    if (err == 0) {
        err = emit(ctx, DPI_DEPTH, others ? 2047 : depths[rng_below(r, 13)]);
    }
    if (err == 0) {
        err = emit(ctx, DPI_WINDOW_INDEX, csr_window(DPI_TABLE_BYTE, 0));
    }
    for (uint32_t k = 0; err == 0 && k < DPI_BYTE_DEPTH_RTL; k++, at++) {
        if (k == 0 || at == last + 1) { /* seldom a single byte */
            at = rng_below(r, TEXT_BYTES);
            last = at + (rng_below(r, 32) != 0) + rng_below(r, longest);
        }
        err = emit(ctx, CSR_WINDOW_DATA, some_word(r, at, last));
    }
    return err < 0 ? err : emit(ctx, DPI_N_BYTES, used[rng_below(r, 8)]);
}

/* A piece of the text, of 'most' bytes at most, often with one bit wrong; how
 * many bytes it has. */
static uint32_t some_piece(struct rng *r, uint8_t *to, uint32_t most)
{
    uint32_t at = rng_below(r, TEXT_BYTES), n = 1 + rng_below(r, PIECE_MAX);

    n = n < most ? n : most;
    for (uint32_t k = 0; k < n; k++) {
        to[k] = text_byte(at + k);
    }
    if (rng_below(r, 2) == 0) {
        to[rng_below(r, n)] ^=
            (uint8_t)(rng_below(r, 2) == 0 ? 0x20 : 1u << rng_below(r, 8));
    }
    return n;
}

/* What matters of a header of TCP or UDP; its bytes. */
static uint32_t store_l4(struct rng *r, uint8_t *l4, uint8_t proto)
{
    uint32_t words = rng_below(r, 16) == 0  ? rng_below(r, 5)
                     : rng_below(r, 2) == 0 ? 5
                                            : 5 + rng_below(r, 11);

    if (proto == NET_TCP) {
        l4[12] = (uint8_t)(words << 4 | rng_below(r, 16));
    }
    return proto == NET_TCP ? 4 * words : 8;
}

/* A length that is 'n' mostly, else one near it, 'header' or anything. */
static uint16_t some_length(struct rng *r, uint32_t n, uint32_t header)
{
    switch (rng_below(r, 16)) {
    case 0: return (uint16_t)rng_next(r);
    case 1: return (uint16_t)(header + rng_below(r, 4));
    case 2: return (uint16_t)(n - rng_below(r, 40));
    case 3: return (uint16_t)(n + rng_below(r, 2200));
    default: return (uint16_t)n;
    }
}

/*
 * Headers down to TCP or UDP over the bytes of a packet, with one wrong now and
 * then: type, version, lengths, fragment, protocol.
 */
static void store_headers(struct rng *r, struct pkt *p)
{
    static const uint8_t protos[] = {NET_TCP, NET_TCP, NET_TCP, NET_UDP,
                                     NET_UDP, NET_UDP, NET_ICMP};
    uint8_t *d = p->data, proto = protos[rng_below(r, 7)];
    bool v6 = rng_below(r, 3) == 0;
    uint32_t at = 12, ihl = rng_below(r, 3) == 0 ? 5 + rng_below(r, 11) : 5;

    while (rng_below(r, 4) == 0 && at < 24) {
        be16_store(d + at,
                   rng_below(r, 2) == 0 ? NET_ETH_TAG : NET_ETH_TAG_OUTER);
        at += 4;
    }
    be16_store(d + at, rng_below(r, 16) == 0 ? 0x0806
                       : v6                  ? NET_ETH_IP6
                                             : NET_ETH_IP4);
    uint8_t *ip = d + at + 2;
    uint32_t header = v6 ? IP6_BYTES : 4 * ihl;
    uint32_t rest = p->len_bytes > at + 2 ? p->len_bytes - at - 2 : 0;
    uint32_t l4 = store_l4(r, ip + header, proto);
    ip[0] = (uint8_t)((v6 ? 6u : 4u) << 4 | ihl);
    if (rng_below(r, 32) == 0) {
        ip[0] = (uint8_t)rng_next(r);
    }
    if (v6) {
        be16_store(ip + IP6_LENGTH, some_length(r, rest - header, l4));
        ip[IP6_NEXT] = proto;
        return;
    }
    be16_store(ip + IP4_LENGTH, some_length(r, rest, header + l4));
    be16_store(ip + IP4_FRAGMENT, (uint16_t)(rng_below(r, 8) << 13));
    if (rng_below(r, 16) == 0) {
        be16_store(ip + IP4_FRAGMENT, (uint16_t)(1u << rng_below(r, 13)));
    }
    ip[IP4_PROTO] = proto;
}

void dpi_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint32_t lengths[] = {0, 1, 5, 20, 64, 130, 300};
    uint32_t n = rng_below(r, lengths[rng_below(r, 7)] + 1);
    bool headers = rng_below(r, 2) == 0;

    n += rng_below(r, 128) == 0 ? 1200 : 0;
    n += headers ? 54 : 0;
    /* Headers may be cut off: their bytes are there all the same. */
    for (uint32_t k = 0; k < n || k < HEADERS_MAX;) {
        if (rng_below(r, 3) == 0) {
            k += some_piece(r, p->data + k, PIECE_MAX);
        } else {
            p->data[k++] = (uint8_t)rng_next(r);
        }
    }
    p->len_bytes = n;
    if (headers) {
        store_headers(r, p);
        if (rng_below(r, 8) == 0) {
            p->len_bytes = rng_below(r, n + 1);
        }
    }
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)rng_below(r, 256);
    p->out_port = (uint8_t)rng_below(r, 256);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 16) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
}
