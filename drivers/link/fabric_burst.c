/*
 * fabric_burst.c - see fabric_burst.h.  Packets lie one behind the other in one
 * piece of memory; what has not come whole when a burst runs moves to its
 * front.
 */
#include "drivers/link/fabric_burst.h"

#include <stdlib.h>
#include <string.h>

enum {
    IN_BYTES = 2 * FN_PKT_BYTES,
    GROW_BYTES = 256, /* by so much a packet may become longer */
    OUT_BYTES = IN_BYTES + FN_BURST_PKT * (GROW_BYTES + 8),
    IQ_BYTES = FN_BURST_IQ * (int)sizeof(struct iq16),
};

struct fabric_burst {
    enum fn_type type;
    size_t n;   /* whole packets */
    size_t at;  /* bytes of them */
    size_t len; /* bytes of the one that is coming */
    size_t n_out, out_at;
    struct pkt in[FN_BURST_PKT], out[FN_BURST_PKT];
    _Alignas(8) uint8_t in_bytes[IN_BYTES];
    _Alignas(8) uint8_t out_bytes[OUT_BYTES];
};

struct fabric_burst *fabric_burst_create(void)
{
    struct fabric_burst *b = malloc(sizeof *b);

    if (b != NULL) {
        fabric_burst_reset(b);
    }
    return b;
}

void fabric_burst_destroy(struct fabric_burst *b)
{
    free(b);
}

void fabric_burst_reset(struct fabric_burst *b)
{
    b->n = b->at = b->len = b->n_out = b->out_at = 0;
}

static size_t most(const struct fabric_burst *b)
{
    return b->type == FN_PKT ? (size_t)FN_PKT_BYTES : (size_t)IQ_BYTES;
}

uint8_t *fabric_burst_room(struct fabric_burst *b, enum fn_type type, size_t *n)
{
    b->type = type;
    size_t room = IN_BYTES - b->at;
    room = (room < most(b) ? room : most(b)) - b->len;
    if (room == 0 && *n > 0) {
        return NULL;
    }
    *n = *n < room ? *n : room;
    return b->in_bytes + b->at + b->len;
}

void fabric_burst_add(struct fabric_burst *b, size_t n)
{
    b->len += n;
}

bool fabric_burst_end(struct fabric_burst *b, uint64_t user)
{
    size_t len = b->len;

    b->len = 0;
    if (b->type != FN_PKT && (len == 0 || len % sizeof(struct iq16) != 0)) {
        return false;
    }
    b->in[b->n] = (struct pkt){.data = b->in_bytes + b->at,
                               .len_bytes = (uint32_t)len,
                               .room_bytes = (uint32_t)len};
    pkt_set_user(&b->in[b->n], user);
    b->n++;
    b->at += (len + 7) & ~(size_t)7;
    return true;
}

void fabric_burst_forget(struct fabric_burst *b)
{
    b->len = 0;
}

size_t fabric_burst_held(const struct fabric_burst *b)
{
    return b->n;
}

bool fabric_burst_full(const struct fabric_burst *b)
{
    return b->n == FN_BURST_PKT || b->type != FN_PKT || b->at == IN_BYTES;
}

void fabric_burst_drop(struct fabric_burst *b)
{
    memmove(b->in_bytes, b->in_bytes + b->at, b->len);
    b->n = b->at = 0;
}

static int run_packets(struct fabric_burst *b, struct body *body)
{
    struct fn_span in = {
        .type = FN_PKT, .items = b->in, .n = b->n, .cap = FN_BURST_PKT};
    struct fn_span out = {.type = FN_PKT, .items = b->out, .cap = FN_BURST_PKT};
    size_t at = 0;

    for (size_t k = 0; k < FN_BURST_PKT; k++) {
        /* Packets that nobody asked for have room, too, but not for much. */
        size_t room = GROW_BYTES + (k < b->n ? b->in[k].len_bytes : 0);
        b->out[k] = (struct pkt){.data = b->out_bytes + at,
                                 .room_bytes = (uint32_t)room};
        at += (room + 7) & ~(size_t)7;
    }
    int err = body_run(body, &in, &out);
    b->n_out = out.n;
    return err;
}

static int run_samples(struct fabric_burst *b, struct body *body)
{
    struct fn_span in = {.type = b->type,
                         .items = b->in[0].data,
                         .n = b->in[0].len_bytes / sizeof(struct iq16),
                         .cap = FN_BURST_IQ};
    struct fn_span out = {.items = b->out_bytes, .cap = FN_BURST_IQ};
    int err = body_run(body, &in, &out);

    b->out[0] = (struct pkt){
        .data = b->out_bytes,
        .len_bytes = (uint32_t)(out.n * sizeof(struct iq16)),
    };
    b->n_out = out.n > 0;
    return err;
}

int fabric_burst_run(struct fabric_burst *b, struct body *body)
{
    b->out_at = 0;
    int err = b->type == FN_PKT ? run_packets(b, body) : run_samples(b, body);

    fabric_burst_drop(b);
    return err;
}

bool fabric_burst_answer(struct fabric_burst *b, struct record *r,
                         const uint8_t **data, size_t *n)
{
    if (b->out_at == b->n_out) {
        return false;
    }
    const struct pkt *p = &b->out[b->out_at++];
    *r = (struct record){.op = RECORD_PKT, .user = pkt_user(p)};
    *data = p->data;
    *n = p->len_bytes;
    return true;
}
