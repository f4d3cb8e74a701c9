/* balancer_conn.c - see balancer_conn.h. */
#include "net/fn/balancer/balancer_conn.h"

#include "net/fn/balancer/balancer_text.h"

enum { TICKS = 0x3f }; /* the time, modulo 64 */

/* Of word 1: the entry is in use. */
static const uint32_t conn_bit = UINT32_C(1) << 15;

static bool is_fresh(const struct balancer_regs *regs, const uint32_t *entry)
{
    uint32_t age = (regs->tick - (entry[1] >> 9)) & TICKS;
    uint32_t max = regs->max_age & TICKS;

    return (entry[1] & conn_bit) != 0 && (max == 0 || age <= max);
}

uint32_t balancer_conn_sets(const struct balancer_regs *regs)
{
    uint32_t n = BALANCER_CONN_DEPTH;

    while (n > regs->n_conns) {
        n /= 2;
    }
    return n >= BALANCER_CONN_MIN ? n / BALANCER_WAYS : 0;
}

static uint32_t *set_at(uint32_t *conn, uint32_t set)
{
    return conn + (size_t)set * BALANCER_WAYS * BALANCER_CONN_WORDS;
}

uint32_t balancer_conn_word(const struct balancer_regs *regs,
                            const struct conn_key *k, uint32_t backend)
{
    return (uint32_t)k->sport << 16 | conn_bit | (regs->tick & TICKS) << 9 |
           backend << 4 | k->service;
}

static bool is_conn(const uint32_t *entry, const struct conn_key *k)
{
    uint32_t word = (uint32_t)k->sport << 16 | conn_bit | k->service;

    return entry[0] == k->src && (entry[1] & 0xffff800f) == word;
}

struct conn_found balancer_conn_find(const struct balancer_regs *regs,
                                     uint32_t *conn, uint32_t sets,
                                     const struct conn_key *k)
{
    struct conn_found f = {.own = NULL};

    if (sets == 0) {
        return f;
    }
    uint32_t *e = set_at(conn, (k->hash ^ k->hash >> 8) & (sets - 1));
    for (size_t way = 0; way < BALANCER_WAYS; way++, e += BALANCER_CONN_WORDS) {
        bool fresh = is_fresh(regs, e);
        if (f.own == NULL && is_conn(e, k)) {
            f.own = e;
            f.fresh = fresh;
        }
        if (f.spare == NULL && !fresh) {
            f.spare = e;
        }
    }
    return f;
}

uint32_t balancer_conn_sweep(struct balancer_regs *regs, uint32_t *conn,
                             uint32_t sets)
{
    uint32_t set = regs->sweep++;
    uint32_t aged = 0;

    if (sets == 0) {
        return 0;
    }
    uint32_t *e = set_at(conn, set & (sets - 1));
    for (size_t way = 0; way < BALANCER_WAYS; way++, e += BALANCER_CONN_WORDS) {
        if ((e[1] & conn_bit) != 0 && !is_fresh(regs, e)) {
            e[0] = 0;
            e[1] = 0;
            aged |= 1u << way;
            regs->n_aged++;
        }
    }
    return aged;
}
