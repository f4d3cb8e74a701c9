/* run_route.c - packets from vertex to vertex; see run_in.h. */
#include <assert.h>
#include <string.h>

#include "core/base/err.h"
#include "host/chain/run_in.h"

void run_hold(struct run *r, uint32_t index)
{
    assert(r->n_held < r->cap_held);
    r->held[r->n_held++] = index;
}

/* Gives 'p' bytes of its own; false when no buffer is left. */
static bool copy_packet(struct run *r, struct pkt *p)
{
    const uint8_t *from = p->data;

    if (r->n_held == r->cap_held || !pool_pkt(r->pool, p->len_bytes, p)) {
        return false;
    }
    memcpy(p->data, from, p->len_bytes);
    run_hold(r, pool_index(r->pool, p->data));
    return true;
}

/* Gives 'p' to the vertex that 'l' leads to; with 'own', bytes of its own. */
static int give(struct run *r, const struct chain_link *l, const struct pkt *p,
                bool own)
{
    struct station *to = &r->station[l->to];
    bool has_room = to->n_in < to->cap_in;
    struct pkt *q = &to->in[to->n_in];

    if (has_room) {
        *q = *p;
    }
    if (!has_room || (own && !copy_packet(r, q))) {
        if (r->is_live) {
            r->items.dropped++;
            return 0;
        }
        return err_say(ERR_BAD_INPUT,
                       "%s: more than %d copies of a packet on the way to %s",
                       r->c->file, FLOOD_COPIES_MAX, r->c->vertex[l->to].name);
    }
    if (l->to_port != CHAIN_PORT_ANY) {
        q->in_port = (uint8_t)l->to_port;
    }
    q->out_port = 0;
    q->flags &= (uint16_t)~PKT_FLOOD;
    to->n_in++;
    return 0;
}

/*
 * A copy of 'p' for each link whose port is in the mark, and one for the link
 * without port if there are others in it.  The first copy keeps the bytes.
 */
static int flood(struct run *r, size_t from, const struct pkt *p, bool own)
{
    const struct chain_link *rest = NULL;
    uint32_t left = p->mark;
    size_t n = 0;
    int err = 0;

    for (size_t k = 0; err == 0 && k < r->c->n_links; k++) {
        const struct chain_link *l = &r->c->link[k];
        if (l->from != from) {
            continue;
        }
        if (l->from_port == CHAIN_PORT_ANY) {
            rest = l;
        } else if (l->from_port < FLOOD_PORTS &&
                   (p->mark >> l->from_port & 1) != 0) {
            left &= ~(1u << l->from_port);
            err = give(r, l, p, own || n > 0);
            n++;
        }
    }
    if (err == 0 && rest != NULL && left != 0) {
        err = give(r, rest, p, own || n > 0);
        n++;
    }
    r->items.dropped += n == 0; /* ports that lead nowhere */
    return err;
}

int run_route(struct run *r, size_t from, const struct pkt *p, bool own)
{
    const struct chain_link *best = NULL;

    if ((p->flags & PKT_DROP) != 0) {
        r->items.dropped++;
        return 0;
    }
    if ((p->flags & PKT_FLOOD) != 0) {
        return flood(r, from, p, own);
    }
    for (size_t k = 0; k < r->c->n_links; k++) {
        const struct chain_link *l = &r->c->link[k];
        if (l->from == from &&
            (l->from_port == p->out_port ||
             (l->from_port == CHAIN_PORT_ANY && best == NULL))) {
            best = l;
        }
    }
    if (best == NULL) {
        r->items.dropped++; /* a port that leads nowhere */
        return 0;
    }
    return give(r, best, p, own);
}
