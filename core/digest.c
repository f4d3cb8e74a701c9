/*
 * digest.c - four words of a digest at a time; see digest.h.
 *
 * A word's step multiplies the digest by x^8 modulo the polynomial, and adds
 * the word.  So four steps are one by x^32, and the words at distances of eight
 * bits: 64 bits, of which the upper half goes back by a table for each of its
 * bytes.  (D. V. Sarwate, "Computation of cyclic redundancy checks via table
 * look-up", CACM 31(8), 1988.)
 */
#include "core/digest.h"

/* x^(32+k) modulo x^32 + x^22 + x^2 + x + 1, for the bits of byte j. */
#define X32_0                                                               \
    0x00400007, 0x0080000e, 0x0100001c, 0x02000038, 0x04000070, 0x080000e0, \
        0x100001c0, 0x20000380
#define X32_1                                                               \
    0x40000700, 0x80000e00, 0x00401c07, 0x0080380e, 0x0100701c, 0x0200e038, \
        0x0401c070, 0x080380e0
#define X32_2                                                               \
    0x100701c0, 0x200e0380, 0x401c0700, 0x80380e00, 0x00301c07, 0x0060380e, \
        0x00c0701c, 0x0180e038
#define X32_3                                                               \
    0x0301c070, 0x060380e0, 0x0c0701c0, 0x180e0380, 0x301c0700, 0x60380e00, \
        0xc0701c00, 0x80a03807

/* Entry b: the sum of those whose bit in b is set. */
#define BIT(b, k, x) ((b) >> (k)&1 ? (x) : 0u)
#define ENTRY_(b, x0, x1, x2, x3, x4, x5, x6, x7)                    \
    (BIT(b, 0, x0) ^ BIT(b, 1, x1) ^ BIT(b, 2, x2) ^ BIT(b, 3, x3) ^ \
     BIT(b, 4, x4) ^ BIT(b, 5, x5) ^ BIT(b, 6, x6) ^ BIT(b, 7, x7))
#define ENTRY(b, ...) ENTRY_(b, __VA_ARGS__)
#define FOUR(b, ...)                                    \
    ENTRY(b, __VA_ARGS__), ENTRY((b) + 1, __VA_ARGS__), \
        ENTRY((b) + 2, __VA_ARGS__), ENTRY((b) + 3, __VA_ARGS__)
#define SIXTEEN(b, ...)                               \
    FOUR(b, __VA_ARGS__), FOUR((b) + 4, __VA_ARGS__), \
        FOUR((b) + 8, __VA_ARGS__), FOUR((b) + 12, __VA_ARGS__)
#define SIXTY_FOUR(b, ...)                                   \
    SIXTEEN(b, __VA_ARGS__), SIXTEEN((b) + 16, __VA_ARGS__), \
        SIXTEEN((b) + 32, __VA_ARGS__), SIXTEEN((b) + 48, __VA_ARGS__)
#define TABLE(...)                                                     \
    {                                                                  \
        SIXTY_FOUR(0, __VA_ARGS__), SIXTY_FOUR(64, __VA_ARGS__),       \
            SIXTY_FOUR(128, __VA_ARGS__), SIXTY_FOUR(192, __VA_ARGS__) \
    }

static const uint32_t back[4][256] = {TABLE(X32_0), TABLE(X32_1), TABLE(X32_2),
                                      TABLE(X32_3)};

enum {
    LONG = 48,   /* words from which on another way is faster */
    JOINED = 512 /* words of packets that are taken as one stretch */
};

uint32_t digest_words_portable(uint32_t s, const void *data, size_t n)
{
    const uint8_t *at = data;
    uint32_t w[4];

    for (; n >= 4; n -= 4, at += sizeof w) {
        memcpy(w, at, sizeof w);
        uint64_t sum = (uint64_t)w[0] << 24 ^ (uint64_t)w[1] << 16 ^
                       (uint64_t)w[2] << 8 ^ w[3];
        uint32_t up = s ^ (uint32_t)(sum >> 32);
        s = (uint32_t)sum ^ back[0][up & 0xff] ^ back[1][up >> 8 & 0xff] ^
            back[2][up >> 16 & 0xff] ^ back[3][up >> 24];
    }
    for (; n > 0; n--, at += sizeof w[0]) {
        memcpy(w, at, sizeof w[0]);
        s = digest_word(s, w[0]);
    }
    return s;
}

uint32_t digest_words(uint32_t s, const void *data, size_t n)
{
    digest_words_fn *fast = n < LONG ? NULL : digest_words_clmul();

    return fast != NULL ? fast(s, data, n) : digest_words_portable(s, data, n);
}

/* Most packets are short: their words are put together first. */
static uint32_t digest_pkts(uint32_t s, const struct pkt *p, size_t n_pkts)
{
    uint32_t words[JOINED];
    size_t n = 0;

    for (size_t k = 0; k < n_pkts; k++) {
        size_t more = digest_pkt_words(&p[k]);
        if (n + more + 1 > JOINED) {
            s = digest_words(s, words, n);
            n = 0;
        }
        if (more + 1 > JOINED) {
            s = digest_pkt(s, &p[k]);
            continue;
        }
        if (more > 0) { /* else there may be no data */
            memcpy(words + n, p[k].data, more * sizeof words[0]);
        }
        words[n + more] = digest_pkt_last(&p[k], (uint32_t)(4 * more));
        n += more + 1;
    }
    return digest_words(s, words, n);
}

uint32_t digest_span(uint32_t s, const struct fn_span *span)
{
    return span->type == FN_PKT ? digest_pkts(s, span->items, span->n)
                                : digest_words(s, span->items, span->n);
}
