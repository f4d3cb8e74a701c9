/* telemetry.c - see telemetry.h. */
#include "core/telemetry.h"

#include <stdio.h>
#include <string.h>

#include "core/base/crc32c.h"
#include "core/digest.h"

enum { FIELDS = sizeof(struct telemetry) / 4 };

static const uint32_t header =
    'P' | 'T' << 8 | TELEMETRY_VERSION << 16 | TELEMETRY_WORDS << 24;

static void put(uint8_t *to, uint32_t word)
{
    for (int k = 0; k < 4; k++) {
        to[k] = (uint8_t)(word >> 8 * k);
    }
}

static uint32_t get(const uint8_t *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

void telemetry_encode(const struct telemetry *t, uint8_t *to)
{
    uint32_t words[FIELDS];

    memcpy(words, t, sizeof words); /* words only, in the order of the frame */
    put(to, header);
    for (size_t k = 0; k < FIELDS; k++) {
        put(to + 4 + 4 * k, words[k]);
    }
    put(to + TELEMETRY_BYTES - 4, crc32c_portable(0, to, TELEMETRY_BYTES - 4));
}

const char *telemetry_decode(const uint8_t *from, size_t n,
                             struct telemetry *out)
{
    uint32_t words[FIELDS];

    if (n < 4 || (get(from) & 0xffff) != (header & 0xffff)) {
        return "no frame of telemetry";
    }
    if ((get(from) >> 16 & 0xff) != TELEMETRY_VERSION) {
        return "telemetry of another version";
    }
    if (get(from) != header || n != TELEMETRY_BYTES) {
        return "a frame of telemetry of another length";
    }
    if (get(from + TELEMETRY_BYTES - 4) !=
        crc32c_portable(0, from, TELEMETRY_BYTES - 4)) {
        return "a frame of telemetry whose check is wrong";
    }
    for (size_t k = 0; k < FIELDS; k++) {
        words[k] = get(from + 4 + 4 * k);
    }
    memcpy(out, words, sizeof words);
    return NULL;
}

/* A word as the slot reads it over its register bus; 0 where there is none. */
static uint32_t walk_word(const struct body *b, uint32_t part, uint32_t word)
{
    const struct csr_layout *l = b->fn->csr;
    const struct fn_state *s = body_c_state(b);

    if (part == TELEMETRY_PART_REGS) {
        int k = csr_find(l, 0x80 + 4 * word);
        return k < 0 ? 0 : ((const uint32_t *)s->regs)[k];
    }
    if (part >= l->n_tables ||
        word >= l->tables[part].depth * l->tables[part].words) {
        return 0;
    }
    return s->table[part][word];
}

uint32_t telemetry_walk(const struct body *b, uint32_t walk_at)
{
    uint32_t first = telemetry_walk_first(walk_at);
    uint32_t sum = 0;

    for (uint32_t k = 0; k < telemetry_walk_words(walk_at); k++) {
        sum =
            digest_word(sum, walk_word(b, telemetry_part(walk_at), first + k));
    }
    return sum;
}

void telemetry_walk_name(const struct csr_layout *l, uint32_t walk_at,
                         uint32_t k, char *text, size_t n)
{
    uint32_t part = telemetry_part(walk_at);
    uint32_t word = telemetry_walk_first(walk_at) + k;
    int reg = csr_find(l, 0x80 + 4 * word);

    if (part < l->n_tables) {
        const struct csr_table *t = &l->tables[part];
        (void)snprintf(text, n, "%s[%u].%u", t->name, word / t->words,
                       word % t->words); /* cut */
    } else {
        (void)snprintf(text, n, "%s", reg < 0 ? "" : l->regs[reg].name);
    }
}
