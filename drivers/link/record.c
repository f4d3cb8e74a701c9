/* record.c - see record.h. */
#include "drivers/link/record.h"

#include <assert.h>
#include <string.h>

#include "core/base/bytes.h"

enum {
    COMMON = 4, /* op, slot, n */
    USER = 6,
    ADDRESS = 4,
    EVENT = 8,
    STATUS = 1,
};

/* Bytes behind the common ones that belong to the head. */
static size_t head_bytes(uint8_t op, bool from_fabric)
{
    switch (op) {
    case RECORD_PKT:
    case RECORD_PART: return USER;
    case RECORD_WRITE: return from_fabric ? 0 : ADDRESS;
    case RECORD_READ: return ADDRESS;
    case RECORD_LOAD: return from_fabric ? STATUS : 0;
    case RECORD_EVENT: return from_fabric ? EVENT : 0;
    default: return 0;
    }
}

/* Is a record of 'n' bytes behind the common ones possible? */
static bool length_fits(uint8_t op, bool from_fabric, uint32_t n,
                        uint16_t count)
{
    switch (op) {
    case RECORD_PKT:
    case RECORD_PART: return n >= USER;
    case RECORD_WRITE: return !from_fabric && n >= ADDRESS && n % 4 == 0;
    case RECORD_READ:
        return from_fabric ? n == ADDRESS + 4 * (uint32_t)count : n == ADDRESS;
    case RECORD_LOAD: return n >= 1;
    case RECORD_EVENT: return from_fabric && n == EVENT;
    case RECORD_TELEMETRY: return from_fabric && n > 0;
    default: return false;
    }
}

/* --- reading ----------------------------------------------------------------
 */

/* All of the head is there. */
static void head_load(struct record_in *r, struct record *out)
{
    const uint8_t *p = r->head + COMMON;
    uint32_t n = le16_load(r->head + 2);
    size_t n_own = r->n_head - COMMON;
    struct record x = {.raw_op = r->head[0], .slot = r->head[1]};

    x.op = x.raw_op;
    if (n_own == USER) {
        x.user = le32_load(p) | (uint64_t)le16_load(p + 4) << 32;
    } else if (n_own == ADDRESS) {
        x.address = p[0];
        x.status = p[1];
        x.count = le16_load(p + 2);
    } else if (n_own == EVENT) {
        x.code = p[0];
        x.value = le32_load(p + 4);
    } else if (n_own == STATUS) {
        x.status = p[0];
    }
    if (!length_fits(x.raw_op, r->from_fabric, n, x.count)) {
        x.op = RECORD_BAD;
    }
    x.n_data = n - (uint32_t)n_own;
    r->left = x.n_data;
    *out = x;
}

/* Bytes of the head, as far as those that are there tell. */
static size_t head_need(const struct record_in *r)
{
    size_t own =
        r->n_head < COMMON ? 0 : head_bytes(r->head[0], r->from_fabric);

    /* One that is too short for its head has none, and is bad. */
    return own > 0 && own <= le16_load(r->head + 2) ? COMMON + own : COMMON;
}

int record_next(struct record_in *r, struct link *l, struct record *out)
{
    if (r->open && r->left > 0) {
        return 0;
    }
    if (r->open) {
        r->open = false;
        r->n_head = 0;
    }
    for (int piece = 0; piece < 2; piece++) { /* common to all, and the rest */
        size_t need = head_need(r);
        r->n_head += link_read(l, r->head + r->n_head, need - r->n_head);
        if (r->n_head < need) {
            return 0;
        }
    }
    r->open = true;
    head_load(r, out);
    return 1;
}

size_t record_data(struct record_in *r, struct link *l, void *data, size_t n)
{
    n = link_read(l, data, n < r->left ? n : r->left);
    r->left -= (uint32_t)n;
    return n;
}

bool record_skip(struct record_in *r, struct link *l)
{
    uint8_t away[512];

    while (r->left > 0 && record_data(r, l, away, sizeof away) > 0) {
    }
    return r->left == 0;
}

/* --- writing ----------------------------------------------------------------
 */

static void head_store(struct record_out *o)
{
    const struct record *x = &o->record;
    uint8_t *p = o->head + COMMON;
    size_t own = head_bytes((uint8_t)x->op, o->to_host);

    o->head[0] = (uint8_t)x->op;
    o->head[1] = x->slot;
    le16_store(o->head + 2, (uint16_t)(own + o->n_part));
    if (own == USER) {
        le32_store(p, (uint32_t)x->user);
        le16_store(p + 4, (uint16_t)(x->user >> 32));
    } else if (own == ADDRESS) {
        p[0] = x->address;
        p[1] = x->status;
        le16_store(p + 2, x->op == RECORD_READ ? x->count : 0);
    } else if (own == EVENT) {
        le32_store(p, x->code);
        le32_store(p + 4, x->value);
    } else if (own == STATUS) {
        p[0] = x->status;
    }
    o->n_head = COMMON + own;
    o->head_at = 0;
}

/* The next part of a packet, or the record. */
static void part_begin(struct record_out *o)
{
    size_t left = o->n - o->at;

    o->n_part = left;
    if (o->record.op == RECORD_PART || o->record.op == RECORD_PKT) {
        bool more = left > RECORD_PART_BYTES;
        o->record.op = more ? RECORD_PART : RECORD_PKT;
        o->n_part = more ? RECORD_PART_BYTES : left;
    }
    head_store(o);
}

void record_begin(struct record_out *o, bool to_host, const struct record *r,
                  const void *data, size_t n)
{
    assert(r->op == RECORD_PKT ||
           head_bytes((uint8_t)r->op, to_host) + n <= RECORD_LONGEST);
    *o = (struct record_out){
        .record = *r, .to_host = to_host, .data = data, .n = n};
    part_begin(o);
}

bool record_push(struct record_out *o, struct link *l)
{
    for (;;) {
        o->head_at +=
            link_write(l, o->head + o->head_at, o->n_head - o->head_at);
        if (o->head_at < o->n_head) {
            return false;
        }
        if (o->n_part > 0) {
            size_t n = link_write(l, o->data + o->at, o->n_part);
            o->at += n;
            o->n_part -= n;
        }
        if (o->n_part > 0 || o->at == o->n) {
            return o->n_part == 0;
        }
        part_begin(o);
    }
}
