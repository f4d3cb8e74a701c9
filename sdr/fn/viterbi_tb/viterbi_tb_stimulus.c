/*
 * viterbi_tb_stimulus.c - blocks for tests: coded ones with all degrees of
 * noise and erasures, bytes that are none, and lengths that are wrong.
 */
#include "sdr/fn/viterbi_tb/viterbi_tb_block.h"

#include "viterbi_tb_csr.h"

enum {
    MOST = 3 * VITERBI_TB_BITS_MAX, /* bytes of a block */
    LONG = 600,                     /* of what passes */
};

int viterbi_tb_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    (void)r; /* it has no settings */
    (void)emit;
    (void)ctx;
    return 0;
}

/* Soft values of a block of n random bits, of any size and with any noise. */
static void store_coded(struct rng *r, uint8_t *d, uint32_t n)
{
    static const unsigned generator[VITERBI_TB_CODED] = {0133, 0171, 0165};
    uint8_t bit[VITERBI_TB_BITS_MAX];
    uint32_t level = 1 + rng_below(r, 20);
    uint32_t noise = 1 + rng_below(r, 3 * level);
    uint32_t keep = rng_below(r, 4); /* of 4, less one */

    for (uint32_t k = 0; k < n; k++) {
        bit[k] = (uint8_t)rng_below(r, 2);
    }
    for (uint32_t k = 0; k < n; k++) {
        unsigned reg = 0; /* the newest bit in bit 6 */
        for (uint32_t j = 0; j < 7; j++) {
            reg |= (unsigned)bit[(k + 7 * n - j) % n] << (6 - j);
        }
        for (uint32_t j = 0; j < VITERBI_TB_CODED; j++) {
            int sign = __builtin_parity(reg & generator[j]) ? 1 : -1;
            int x = sign * (int)level + (int)rng_below(r, 2 * noise + 1) -
                    (int)noise;
            d[VITERBI_TB_CODED * k + j] =
                (uint8_t)(rng_below(r, 4) <= keep ? x : 0);
        }
    }
}

void viterbi_tb_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint8_t same[] = {0, 0x80, 0x7f, 0xf0, 0x0f};
    uint32_t n = 1 + rng_below(r, VITERBI_TB_BITS_MAX), len;

    n = rng_below(r, 4) == 0 ? n : 1 + n % 43; /* most are short */
    len = VITERBI_TB_CODED * n;
    switch (rng_below(r, 8)) {
    case 0: memset(p->data, same[rng_below(r, sizeof same)], len); break;
    case 1:
        for (uint32_t k = 0; k < len; k++) {
            p->data[k] = (uint8_t)rng_next(r);
        }
        break;
    default: store_coded(r, p->data, n);
    }
    switch (rng_below(r, 32)) {
    case 0: len = 0; break;
    case 1: len = rng_below(r, len + 1); break;
    case 2: /* one that is too long */
        memset(p->data, 0x11, 2 * MOST);
        len = MOST + 1 + rng_below(r, MOST);
        break;
    default: break;
    }
    p->flags = rng_below(r, 16) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 8) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 8) == 0 ? PKT_PUNT : 0;
    if (pkt_is_done(p)) {
        len = rng_below(r, LONG);
        memset(p->data, (int)rng_below(r, 256), len);
    }
    p->len_bytes = len;
    p->wire_bytes = len;
    p->in_port = (uint8_t)rng_next(r);
    p->out_port = (uint8_t)rng_next(r);
    p->mark = (uint16_t)rng_next(r);
}
