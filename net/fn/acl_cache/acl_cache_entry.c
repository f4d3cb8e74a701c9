/* acl_cache_entry.c - see acl_cache_entry.h. */
#include "net/fn/acl_cache/acl_cache_entry.h"

/* Ports of such a protocol count; else 0. */
static uint32_t kind_of(uint8_t proto)
{
    switch (proto) {
    case NET_TCP: return ENTRY_TCP;
    case NET_UDP: return ENTRY_UDP;
    case NET_SCTP: return ENTRY_SCTP;
    default: return 0;
    }
}

struct entry entry_of_key(const struct net_key4 *key, bool no_flags)
{
    uint32_t kind = kind_of(key->proto);
    uint32_t ports = (uint32_t)key->sport << 16 | key->dport;
    uint32_t flags = key->has_flags && !no_flags
                         ? (uint32_t)key->flags << 16 | ENTRY_FLAGGED
                         : 0;

    return (struct entry){{key->src, key->dst, kind != 0 ? ports : key->proto,
                           kind << 30 | (uint32_t)key->dscp << 24 | flags}};
}

static uint32_t rotate(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

/*
 * The words are turned, so that two alike do not cancel, and folded by XOR:
 * 113 bits to 32, those to 7.
 */
uint32_t entry_first(const struct entry *e)
{
    uint32_t x = e->word[0] ^ rotate(e->word[1], 5) ^ rotate(e->word[2], 11) ^
                 e->word[3] >> 15;

    return ENTRY_WAYS * ((x ^ x >> 7 ^ x >> 14 ^ x >> 21 ^ x >> 28) & 0x7f);
}

int entry_emit(const struct entry *e, uint32_t number, fn_emit *emit, void *ctx)
{
    uint32_t at =
        csr_window(ACL_CACHE_TABLE_ENTRY, number * ACL_CACHE_ENTRY_WORDS);
    int err = emit(ctx, CSR_WINDOW_INDEX, at + 3);

    err = err < 0 ? err : emit(ctx, CSR_WINDOW_DATA, 0);
    err = err < 0 ? err : emit(ctx, CSR_WINDOW_INDEX, at);
    for (size_t k = 0; err == 0 && k < ACL_CACHE_ENTRY_WORDS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, e->word[k]);
    }
    return err;
}
