/* router4_cache_entry.c - see router4_cache_entry.h. */
#include "net/fn/router4_cache/router4_cache_entry.h"

/* Folded by XOR, so that each bit counts: 32 bits to 8. */
uint32_t dest_first(uint32_t addr)
{
    uint32_t x = addr;

    return DEST_WAYS * ((x ^ x >> 7 ^ x >> 14 ^ x >> 21 ^ x >> 28) & 0xff);
}

int dest_emit(const uint32_t *word, uint32_t number, fn_emit *emit, void *ctx)
{
    uint32_t at =
        csr_window(ROUTER4_CACHE_TABLE_DEST, number * ROUTER4_CACHE_DEST_WORDS);
    int err = emit(ctx, CSR_WINDOW_INDEX, at + 1);

    err = err < 0 ? err : emit(ctx, CSR_WINDOW_DATA, 0);
    err = err < 0 ? err : emit(ctx, CSR_WINDOW_INDEX, at);
    for (size_t k = 0; err == 0 && k < ROUTER4_CACHE_DEST_WORDS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, word[k]);
    }
    return err;
}

int hop_emit(const uint32_t *word, uint32_t number, fn_emit *emit, void *ctx)
{
    uint32_t at =
        csr_window(ROUTER4_CACHE_TABLE_HOP, number * ROUTER4_CACHE_HOP_WORDS);
    int err = emit(ctx, CSR_WINDOW_INDEX, at);

    for (size_t k = 0; err == 0 && k < ROUTER4_CACHE_HOP_WORDS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, word[k]);
    }
    return err;
}
