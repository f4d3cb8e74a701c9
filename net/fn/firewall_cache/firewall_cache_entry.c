/* firewall_cache_entry.c - see firewall_cache_entry.h. */
#include "net/fn/firewall_cache/firewall_cache_entry.h"

struct entry held_of_key(const struct net_key4 *key)
{
    bool turned = ((uint64_t)key->src << 16 | key->sport) >
                  ((uint64_t)key->dst << 16 | key->dport);
    uint32_t proto = (uint32_t)key->proto << 24;

    return turned ? (struct entry){{key->dst, key->src,
                                    (uint32_t)key->dport << 16 | key->sport,
                                    proto}}
                  : (struct entry){{key->src, key->dst,
                                    (uint32_t)key->sport << 16 | key->dport,
                                    proto}};
}

/*
 * What is the same from both ends, folded by XOR to 32 bits, those to 7: the
 * fabric looks before it knows which end is the lower one.
 */
uint32_t held_first(const struct net_key4 *key)
{
    uint32_t ports = (uint16_t)(key->sport ^ key->dport);
    uint32_t x = key->src ^ key->dst ^ ports << 11 ^ key->proto;

    return ENTRY_WAYS * ((x ^ x >> 7 ^ x >> 14 ^ x >> 21 ^ x >> 28) & 0x7f);
}

int held_emit_empty(uint32_t number, fn_emit *emit, void *ctx)
{
    int err = emit(ctx, CSR_WINDOW_INDEX,
                   csr_window(FIREWALL_CACHE_TABLE_ENTRY,
                              number * FIREWALL_CACHE_ENTRY_WORDS + 3));

    return err < 0 ? err : emit(ctx, CSR_WINDOW_DATA, 0);
}

int held_emit(const struct entry *e, uint32_t tick, uint32_t number,
              fn_emit *emit, void *ctx)
{
    int err = held_emit_empty(number, emit, ctx);

    err = err < 0 ? err
                  : emit(ctx, CSR_WINDOW_INDEX,
                         csr_window(FIREWALL_CACHE_TABLE_SEEN, number));
    err = err < 0 ? err : emit(ctx, CSR_WINDOW_DATA, tick);
    err = err < 0 ? err
                  : emit(ctx, CSR_WINDOW_INDEX,
                         csr_window(FIREWALL_CACHE_TABLE_ENTRY,
                                    number * FIREWALL_CACHE_ENTRY_WORDS));
    for (size_t k = 0; err == 0 && k < FIREWALL_CACHE_ENTRY_WORDS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, e->word[k]);
    }
    return err;
}
