/*
 * items.h - items, register writes and words as the data of a record: numbers
 * little-endian, one after the other (docs/twin.cddl).
 */
#ifndef CORE_WIRE_ITEMS_H
#define CORE_WIRE_ITEMS_H

#include "core/body.h"
#include "core/wire/record.h"

/* Bytes that the items of 's' take, packets or samples of 16 bits. */
size_t wire_items_bytes(const struct fn_span *s);

/* Writes them to 'to'. */
void wire_items_put(const struct fn_span *s, uint8_t *to);

/*
 * Reads 'count' items of 'type' from all 'n' bytes of 'data' to 'items', of a
 * struct pkt or iq16 each; packets' bytes stay in 'data'.  False when the
 * lengths do not add up.
 */
bool wire_items_get(uint8_t *data, size_t n, enum fn_type type, size_t count,
                    void *items);

/* How many items of 'type' are in 'data'; false when lengths do not add up. */
bool wire_items_count(struct wire_bytes data, enum fn_type type, size_t *count);

/* CRC-32C over what bodies can tell the items apart by. */
uint32_t wire_digest(const struct fn_span *s);

/* Words of a blob, or (offset, value) pairs of writes; 'to' has 4 n or 8 n. */
void wire_words_put(const uint32_t *words, size_t n, uint8_t *to);
void wire_words_get(struct wire_bytes data, uint32_t *words); /* [n / 4] */

#endif
