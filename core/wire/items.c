/* items.c - see items.h. */
#include "core/wire/items.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc32c.h"

enum { PKT_HEAD = 24, IQ_BYTES = 4 }; /* times, metadata and two lengths */

static void le64_store(uint8_t *p, uint64_t v)
{
    le32_store(p, (uint32_t)v);
    le32_store(p + 4, (uint32_t)(v >> 32));
}

static uint64_t le64_load(const uint8_t *p)
{
    return (uint64_t)le32_load(p + 4) << 32 | le32_load(p);
}

size_t wire_items_bytes(const struct fn_span *s)
{
    size_t n = 0;

    if (s->type != FN_PKT) {
        return s->n * IQ_BYTES;
    }
    for (size_t k = 0; k < s->n; k++) {
        n += PKT_HEAD + ((const struct pkt *)s->items)[k].len_bytes;
    }
    return n;
}

void wire_items_put(const struct fn_span *s, uint8_t *to)
{
    for (size_t k = 0; k < s->n && s->type != FN_PKT; k++, to += IQ_BYTES) {
        const struct iq16 *x = (const struct iq16 *)s->items + k;
        le16_store(to, (uint16_t)x->i);
        le16_store(to + 2, (uint16_t)x->q);
    }
    for (size_t k = 0; k < s->n && s->type == FN_PKT; k++) {
        const struct pkt *p = (const struct pkt *)s->items + k;
        le64_store(to, p->t_ns);
        le64_store(to + 8, pkt_user(p));
        le32_store(to + 16, p->wire_bytes);
        le32_store(to + 20, p->len_bytes);
        memcpy(to + PKT_HEAD, p->data, p->len_bytes);
        to += PKT_HEAD + p->len_bytes;
    }
}

static bool get_pkts(uint8_t *data, size_t n, size_t count, struct pkt *items)
{
    for (size_t k = 0; k < count; k++) {
        uint32_t len = n < PKT_HEAD ? 0 : le32_load(data + 20);
        if (n < PKT_HEAD || len > n - PKT_HEAD || len > FN_PKT_BYTES) {
            return false;
        }
        items[k] = (struct pkt){.data = data + PKT_HEAD,
                                .t_ns = le64_load(data),
                                .wire_bytes = le32_load(data + 16),
                                .len_bytes = len,
                                .room_bytes = len};
        pkt_set_user(&items[k], le64_load(data + 8));
        data += PKT_HEAD + len;
        n -= PKT_HEAD + len;
    }
    return n == 0;
}

bool wire_items_get(uint8_t *data, size_t n, enum fn_type type, size_t count,
                    void *items)
{
    struct iq16 *x = items;

    if (type == FN_PKT) {
        return get_pkts(data, n, count, items);
    }
    if (n / IQ_BYTES != count || n % IQ_BYTES != 0) {
        return false;
    }
    for (size_t k = 0; k < count; k++) {
        x[k].i = (int16_t)le16_load(data + k * IQ_BYTES);
        x[k].q = (int16_t)le16_load(data + k * IQ_BYTES + 2);
    }
    return true;
}

bool wire_items_count(struct wire_bytes d, enum fn_type type, size_t *count)
{
    size_t n = 0;

    if (type != FN_PKT) {
        *count = d.n / IQ_BYTES;
        return d.n % IQ_BYTES == 0;
    }
    for (; d.n >= PKT_HEAD; n++) {
        uint32_t len = le32_load(d.at + 20);
        if (len > d.n - PKT_HEAD) {
            return false;
        }
        d.at += PKT_HEAD + len;
        d.n -= PKT_HEAD + len;
    }
    *count = n;
    return d.n == 0;
}

uint32_t wire_digest(const struct fn_span *s)
{
    crc32c_fn *crc32c = crc32c_best();
    uint32_t crc = 0;

    if (s->type != FN_PKT) {
        return crc32c(0, s->items, s->n * sizeof(struct iq16));
    }
    for (size_t k = 0; k < s->n; k++) {
        const struct pkt *p = (const struct pkt *)s->items + k;
        uint8_t head[12];
        le64_store(head, pkt_user(p));
        le32_store(head + 8, p->len_bytes);
        crc = crc32c(crc, head, sizeof head);
        crc = crc32c(crc, p->data, p->len_bytes);
    }
    return crc;
}

void wire_words_put(const uint32_t *words, size_t n, uint8_t *to)
{
    for (size_t k = 0; k < n; k++) {
        le32_store(to + 4 * k, words[k]);
    }
}

void wire_words_get(struct wire_bytes data, uint32_t *words)
{
    for (size_t k = 0; k < data.n / 4; k++) {
        words[k] = le32_load(data.at + 4 * k);
    }
}
