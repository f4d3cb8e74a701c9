/* nat44_cache_entry.c - see nat44_cache_entry.h. */
#include "net/fn/nat44_cache/nat44_cache_entry.h"

/* What the words of a sum gain, ~was + is in ones' complement: RFC 1624. */
static uint16_t change(uint32_t was, uint32_t is)
{
    uint32_t s = (uint16_t)~was + (uint32_t)(uint16_t) ~(was >> 16) +
                 (is & 0xffff) + (is >> 16);

    s = (s & 0xffff) + (s >> 16);
    return (uint16_t)(s + (s >> 16));
}

struct entry nat44_entry_of(const struct net_flow4 *f, bool outside,
                            uint32_t addr, uint16_t port)
{
    uint16_t of_addr = change(outside ? f->dst : f->src, addr);
    uint16_t of_port = change(outside ? f->dport : f->sport, port);
    uint32_t of_both = (uint32_t)of_addr + of_port;

    return (struct entry){
        {f->src, f->dst, (uint32_t)f->sport << 16 | f->dport,
         ENTRY_IN_USE | (outside ? ENTRY_OUTSIDE : 0) |
             (f->tcp ? ENTRY_TCP : 0) | port,
         addr,
         (uint32_t)of_addr << 16 | ((of_both + (of_both >> 16)) & 0xffff)}};
}

static uint32_t rotate(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

/*
 * The words are turned, so that two alike do not cancel, and folded by XOR: 98
 * bits to 32, those to 7.
 */
uint32_t nat44_entry_first(const struct entry *e)
{
    uint32_t x = e->word[0] ^ rotate(e->word[1], 5) ^ rotate(e->word[2], 11) ^
                 (e->word[3] >> 29 & 3);

    return ENTRY_WAYS * ((x ^ x >> 7 ^ x >> 14 ^ x >> 21 ^ x >> 28) & 0x7f);
}

/* Emits words [n] of a table from 'index' on. */
static int emit_words(uint32_t index, const uint32_t *word, size_t n,
                      fn_emit *emit, void *ctx)
{
    int err = emit(ctx, CSR_WINDOW_INDEX, index);

    for (size_t k = 0; err == 0 && k < n; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, word[k]);
    }
    return err;
}

int nat44_entry_emit(const struct entry *e, uint32_t number, fn_emit *emit,
                     void *ctx)
{
    uint32_t key =
        csr_window(NAT44_CACHE_TABLE_KEY, number * NAT44_CACHE_KEY_WORDS);
    uint32_t end =
        csr_window(NAT44_CACHE_TABLE_END, number * NAT44_CACHE_END_WORDS);
    const uint32_t none = 0;
    int err = emit_words(key + 3, &none, 1, emit, ctx);

    err = err < 0 ? err
                  : emit_words(end, e->word + NAT44_CACHE_KEY_WORDS,
                               NAT44_CACHE_END_WORDS, emit, ctx);
    return err < 0 ? err
                   : emit_words(key, e->word, NAT44_CACHE_KEY_WORDS, emit, ctx);
}
