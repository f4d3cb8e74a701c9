/* nat44_block.c - see nat44_block.h. */
#include "net/fn/nat44/nat44_block.h"

#include "core/net_key4.h"
#include "net/table/router.h"

enum {
    FIRST_PORT = 1024, /* those below are for forwards */
    LOG2_MIN = 6,
    LOG2_MAX = 9,
    BLOCKS_MAX = 8, /* of an inside address */
    PROBES = 64,    /* blocks that a search looks at */
    RECLAIM = 8,    /* ports, likewise */
    FREED = 8,      /* words of an entry */
    USED,
    BITS,
};

/* Which ports may be taken: bits of a word. */
#define ANY_PORT  0xffffffffu
#define EVEN_PORT 0x55555555u

_Static_assert(BITS + (1 << LOG2_MAX) / 32 == NAT44_BLOCK_WORDS, "a bit each");

static uint32_t log2_of(const struct nat44_regs *regs)
{
    uint32_t log2 = regs->block_how & NAT44_BLOCK_HOW_LOG2_MASK;

    return log2 < LOG2_MIN ? LOG2_MIN : log2 > LOG2_MAX ? LOG2_MAX : log2;
}

static uint32_t most_of(const struct nat44_regs *regs)
{
    uint32_t most = regs->block_how >> NAT44_BLOCK_HOW_MOST_SHIFT &
                    NAT44_BLOCK_HOW_MOST_MASK;

    return most < 1 ? 1 : most > BLOCKS_MAX ? BLOCKS_MAX : most;
}

static struct flow_key out_key(uint32_t addr, uint32_t first)
{
    return nat44_key(true, addr, (uint16_t)first, 0);
}

/* The block of 'addr' with port 'port', by its number or SESSION_NONE. */
static uint32_t block_with(const struct fn_state *s, uint32_t addr,
                           uint32_t port)
{
    uint32_t below = (port - FIRST_PORT) % (1u << log2_of(s->regs));

    return session_find(&nat44_of(s)->block, out_key(addr, port - below));
}

void nat44_give_back(struct fn_state *s, struct flow_key out)
{
    const struct nat44_regs *regs = s->regs;
    uint32_t port = (uint32_t)(out.rest >> 48);
    uint32_t number = block_with(s, (uint32_t)(out.addrs >> 32), port);

    if (number == SESSION_NONE) {
        return;
    }
    uint32_t *w = session_entry(&nat44_of(s)->block, number);
    uint32_t k = (port - FIRST_PORT) % (1u << log2_of(regs));
    uint32_t bit = 1u << k % 32;
    if ((w[BITS + k / 32] & bit) != 0 && (w[USED] & 0xffff) > 0) {
        w[BITS + k / 32] &= ~bit;
        w[USED]--;
        w[FREED] = regs->tick;
    }
}

/* A port of block 'number' whose bit in each word is in 'which', for protocol
 * 'proto'; taken, in '*out'. */
static bool take_port(struct fn_state *s, uint32_t number, uint8_t proto,
                      uint32_t which, struct flow_key *out)
{
    const struct nat44 *own = nat44_of(s);
    uint32_t *w = session_entry(&own->block, number);
    uint32_t size = 1u << log2_of(s->regs);
    uint32_t first = w[NAT44_OUT_PORT] >> 16, start = (w[USED] >> 16) % size;

    /* All words once, and that of the start again for what is before it. */
    for (uint32_t n = 0; n <= size / 32; n++) {
        uint32_t at = (start / 32 + n) % (size / 32);
        uint32_t free = ~w[BITS + at] & which;
        free &= n == 0           ? ANY_PORT << start % 32
                : n == size / 32 ? ~(ANY_PORT << start % 32)
                                 : ANY_PORT;
        for (; free != 0; free &= free - 1) {
            uint32_t k = at * 32 + (uint32_t)__builtin_ctz(free);
            *out = nat44_key(true, w[NAT44_OUT_ADDR], (uint16_t)(first + k),
                             proto);
            if (session_find(&own->map, *out) == SESSION_NONE &&
                session_find(&own->forward, *out) == SESSION_NONE) {
                w[BITS + at] |= free & -free;
                w[USED] = (k + 1) % size << 16 | ((w[USED] + 1) & 0xffff);
                return true;
            }
        }
    }
    return false;
}

/* May another inside address have the block?  Its ports rest for as long as a
 * TCP peer may wait (RFC 6888, REQ-8). */
static bool is_over(const struct nat44_regs *regs, const uint32_t *w)
{
    return (w[USED] & 0xffff) == 0 && regs->tick - w[FREED] > regs->trans_ticks;
}

/*
 * A new block for 'in_addr', its 'k'th; 'addr' is the outside address that it
 * has others of, if 'paired'.  Its number or SESSION_NONE.  Where the search
 * begins follows from who asks and how many searches found none.
 */
static uint32_t new_block(struct fn_state *s, uint32_t in_addr, uint32_t k,
                          bool paired, uint32_t addr)
{
    const struct nat44_regs *regs = s->regs;
    struct session *t = &nat44_of(s)->block;
    uint32_t log2 = log2_of(regs), n_blocks = (0x10000u - FIRST_PORT) >> log2;
    uint64_t h = router_mix((uint64_t)(regs->n_no_block + 1) << 32 | in_addr);
    uint32_t start = (uint32_t)(h >> 32) % n_blocks;

    if (!paired || !nat44_in_pool(regs, addr)) {
        addr = regs->pool_addr + (uint32_t)h % regs->pool_size;
    }
    for (uint32_t n = 0; n < PROBES && n < n_blocks; n++) {
        uint32_t first = FIRST_PORT + ((start + n) % n_blocks << log2);
        struct flow_key key[2] = {
            nat44_key(false, in_addr, (uint16_t)k, 0),
            out_key(addr, first),
        };
        uint32_t number = session_find(t, key[1]);
        if (number != SESSION_NONE && is_over(regs, session_entry(t, number))) {
            session_remove(t, number);
            number = SESSION_NONE;
        }
        number = number == SESSION_NONE ? session_add(t, key)
                                        : (uint32_t)SESSION_NONE;
        if (number != SESSION_NONE) {
            return number;
        }
    }
    return SESSION_NONE;
}

/* Takes back ports of a block whose mappings are too old and were not swept
 * yet; a few, the next ones when it is asked again. */
static bool reclaim(struct fn_state *s, uint32_t number, uint8_t proto,
                    uint32_t again)
{
    struct session *map = &nat44_of(s)->map;
    const uint32_t *w = session_entry(&nat44_of(s)->block, number);
    uint32_t size = 1u << log2_of(s->regs), n_old = 0;

    for (uint32_t n = 0; n < RECLAIM; n++) {
        uint32_t port =
            (w[NAT44_OUT_PORT] >> 16) + (again * RECLAIM + n) % size;
        struct flow_key key =
            nat44_key(true, w[NAT44_OUT_ADDR], (uint16_t)port, proto);
        uint32_t old = session_find(map, key);
        if (old != SESSION_NONE &&
            nat44_is_old(s->regs, session_entry(map, old))) {
            session_remove(map, old);
            nat44_give_back(s, key);
            n_old++;
        }
    }
    return n_old > 0;
}

enum nat44_fate nat44_take(struct fn_state *s, struct flow_key in,
                           struct flow_key *out)
{
    const struct nat44_regs *regs = s->regs;
    struct session *t = &nat44_of(s)->block;
    uint32_t in_addr = (uint32_t)(in.addrs >> 32), most = most_of(regs);
    uint32_t number[BLOCKS_MAX], room = most, any = most;
    uint8_t proto = (uint8_t)in.rest;
    uint32_t which =
        proto != NET_UDP ? ANY_PORT : EVEN_PORT << (in.rest >> 48 & 1);

    for (uint32_t k = 0; k < most; k++) {
        number[k] = session_find(t, nat44_key(false, in_addr, (uint16_t)k, 0));
        if (number[k] == SESSION_NONE) {
            room = room < most ? room : k;
        } else if (take_port(s, number[k], proto, which, out)) {
            return NAT44_OUT;
        } else {
            any = k;
        }
    }
    if (room < most) {
        uint32_t addr =
            any < most ? session_entry(t, number[any])[NAT44_OUT_ADDR] : 0;
        uint32_t fresh = new_block(s, in_addr, room, any < most, addr);
        if (fresh != SESSION_NONE) {
            return take_port(s, fresh, proto, ANY_PORT & which, out)
                       ? NAT44_OUT
                       : NAT44_NO_PORT;
        }
    }
    for (uint32_t k = 0; k < most; k++) {
        if (number[k] != SESSION_NONE &&
            take_port(s, number[k], proto, ANY_PORT, out)) {
            return NAT44_OUT;
        }
    }
    uint32_t again = regs->n_no_port / most, turn = regs->n_no_port % most;
    if (number[turn] != SESSION_NONE &&
        reclaim(s, number[turn], proto, again) &&
        take_port(s, number[turn], proto, ANY_PORT, out)) {
        return NAT44_OUT;
    }
    return room < most ? NAT44_NO_BLOCK : NAT44_NO_PORT;
}
