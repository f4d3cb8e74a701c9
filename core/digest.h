/*
 * digest.h - digest of a stream (C body of rtl/axis/stream_digest.v
 * and digest_words.v): 32 bits
 * that depend on every bit of every item and on their order.
 *
 * A multiple-input signature register (P. H. Bardell, W. H. McAnney, J. Savir:
 * Built-In Test for VLSI, 1987) over 32-bit words, advanced by eight steps a
 * word, of x^32 + x^22 + x^2 + x + 1.  Begins at 0.
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include "core/fn.h"

static inline uint32_t digest_word(uint32_t s, uint32_t word)
{
    uint32_t f = s >> 24;

    return s << 8 ^ f ^ f << 1 ^ f << 2 ^ f << 22 ^ word;
}

/* The same for 'n' words, which need not be aligned. */
typedef uint32_t digest_words_fn(uint32_t s, const void *data, size_t n);

/* By the fastest way of this machine. */
uint32_t digest_words(uint32_t s, const void *data, size_t n);

/* On every machine. */
uint32_t digest_words_portable(uint32_t s, const void *data, size_t n);

/* By the instruction PCLMULQDQ; NULL when this machine has none. */
digest_words_fn *digest_words_clmul(void);

/* What tap 'tap' saw of one more item, when somebody asks. */
static inline void digest_tap(struct fn_taps *taps, int tap, uint32_t word)
{
    if (taps != NULL) {
        taps->digest[tap] = digest_word(taps->digest[tap], word);
    }
}

/* The same for 'n' items, one after the other. */
static inline void digest_tap_words(struct fn_taps *taps, int tap,
                                    const uint32_t *words, size_t n)
{
    if (taps != NULL) {
        taps->digest[tap] = digest_words(taps->digest[tap], words, n);
    }
}

/* The bytes of a packet's last word, which is that at byte 'at' of it. */
static inline uint32_t digest_pkt_rest(const struct pkt *p, uint32_t at)
{
    uint32_t n = p->len_bytes;
    uint32_t word = 0;

    if (n >= sizeof word) { /* with bytes before it, which are shifted out */
        memcpy(&word, p->data + n - sizeof word, sizeof word);
        word >>= 8 * (at + sizeof word - n);
    } else if (n > 0) {
        memcpy(&word, p->data, n);
    }
    return word;
}

/* That word as digest_pkt() has it. */
static inline uint32_t digest_pkt_last(const struct pkt *p, uint32_t at)
{
    uint64_t user = pkt_user(p);
    uint32_t n = p->len_bytes;
    uint32_t word = digest_pkt_rest(p, at);

    word ^= (uint32_t)user ^ (uint32_t)(user >> 32) << 11;
    return word ^ (n > at ? n - at - 1 : 0) << 30;
}

/* How many there are before it. */
static inline uint32_t digest_pkt_words(const struct pkt *p)
{
    return p->len_bytes > 4 ? (p->len_bytes - 1) / 4 : 0;
}

/*
 * A packet: its bytes as little-endian words, missing ones 0.  The last word
 * takes tuser, and how many bytes it has less one, in the two upper bits.  A
 * packet without bytes counts as one with the byte 0.
 */
static inline uint32_t digest_pkt(uint32_t s, const struct pkt *p)
{
    uint32_t n = digest_pkt_words(p);

    if (n > 0) {
        s = digest_words(s, p->data, n);
    }
    return digest_word(s, digest_pkt_last(p, 4 * n));
}

/*
 * What tap 'tap' saw of a packet's bytes: little-endian words, missing ones 0;
 * one word 0 of a packet without bytes.
 */
static inline void digest_tap_bytes(struct fn_taps *taps, int tap,
                                    const struct pkt *p)
{
    uint32_t n = digest_pkt_words(p);

    if (taps != NULL) {
        taps->digest[tap] = digest_words(taps->digest[tap], p->data, n);
        digest_tap(taps, tap, digest_pkt_rest(p, 4 * n));
    }
}

/* All items of a span, packets or samples of 16 bits. */
uint32_t digest_span(uint32_t s, const struct fn_span *span);

#endif
