/*
 * bridge.c - learning switch with VLANs, port states and ageing (C body of
 * bridge.v).
 *
 * Time is the register TICK.  A packet is looked up first, then its source is
 * learned, then one set of the table is swept.
 */
#include "bridge_csr.h"
#include "core/digest.h"
#include "core/fn.h"
#include "core/net_eth.h"
#include "net/fn/bridge/bridge_text.h"

enum {
    TAG_AT = 12, /* behind the addresses */
    TAG_BYTES = 4,
    ALL_PORTS = (1 << BRIDGE_PORTS) - 1,
};

/* 01-80-C2-00-00-00 to -0F without the last four bits: IEEE 802.1Q-2018, 8.6.3.
 */
static const uint64_t reserved_group = 0x0180c200000;

/* What a packet is looked up with. */
struct lookup {
    struct net_eth eth;
    uint32_t vlan;
    uint32_t outside; /* ports that are no members of the VLAN */
    bool admitted;    /* its port takes frames of that */
    uint8_t in_port;
};

/* Bits of word 2 of an entry. */
static const uint32_t valid_bit = UINT32_C(1) << 31;

/* Bit 'port' of 16. */
static bool has_port(uint32_t ports, uint32_t port)
{
    return (ports >> port & 1) != 0;
}

static uint32_t epoch_of(const struct bridge_regs *regs, uint32_t port)
{
    uint64_t epochs = (uint64_t)regs->epoch1 << 32 | regs->epoch0;

    return (uint32_t)(epochs >> port * 4) & 0xf;
}

static inline bool is_fresh(const struct bridge_regs *regs,
                            const uint32_t *entry)
{
    uint32_t age = (regs->tick - entry[2]) & 0xffff;
    uint32_t max = regs->max_age & 0xffff;

    return (entry[2] & valid_bit) != 0 && (max == 0 || age <= max) &&
           (entry[2] >> 20 & 0xf) == epoch_of(regs, entry[2] >> 16 & 0xf);
}

static bool is_station(const uint32_t *entry, uint32_t vlan, uint64_t mac)
{
    return (entry[2] & valid_bit) != 0 && entry[0] == (uint32_t)mac &&
           entry[1] == (vlan << 20 | (uint32_t)(mac >> 32));
}

/* Sets in use: a power of two, or 0 when N_FDB is below the least. */
static uint32_t n_sets(const struct bridge_regs *regs)
{
    uint32_t n = BRIDGE_FDB_DEPTH;

    while (n > regs->n_fdb) {
        n /= 2;
    }
    return n >= BRIDGE_FDB_MIN ? n / BRIDGE_WAYS : 0;
}

/* First entry of the set that VLAN and address fold to. */
static uint32_t *set_of(uint32_t *fdb, uint32_t sets, uint32_t vlan,
                        uint64_t mac)
{
    uint64_t key = (uint64_t)vlan << 48 | mac;
    uint64_t fold =
        key ^ key >> 10 ^ key >> 20 ^ key >> 30 ^ key >> 40 ^ key >> 50;

    return fdb + (fold & (sets - 1)) * BRIDGE_WAYS * BRIDGE_FDB_WORDS;
}

/* The port where the destination is, or BRIDGE_PORTS when nobody knows. */
static uint32_t find_port(const struct bridge_regs *regs, uint32_t *fdb,
                          const struct lookup *k)
{
    uint32_t sets = n_sets(regs);

    if ((k->eth.dst >> 40 & 1) != 0 || sets == 0) {
        return BRIDGE_PORTS;
    }
    const uint32_t *e = set_of(fdb, sets, k->vlan, k->eth.dst);
    for (size_t way = 0; way < BRIDGE_WAYS; way++, e += BRIDGE_FDB_WORDS) {
        if (is_station(e, k->vlan, k->eth.dst) && is_fresh(regs, e)) {
            return e[2] >> 16 & 0xf;
        }
    }
    return BRIDGE_PORTS;
}

/*
 * The entry for the source: its own, even one that is too old, so that nobody
 * is in the table twice; else the first that is free; else NULL.
 */
static uint32_t *place_for(const struct bridge_regs *regs, uint32_t *fdb,
                           const struct lookup *k)
{
    uint32_t sets = n_sets(regs);
    uint32_t *room = NULL;

    if (sets == 0) {
        return NULL;
    }
    uint32_t *e = set_of(fdb, sets, k->vlan, k->eth.src);
    for (size_t way = 0; way < BRIDGE_WAYS; way++, e += BRIDGE_FDB_WORDS) {
        if (is_station(e, k->vlan, k->eth.src)) {
            return e;
        }
        room = room == NULL && !is_fresh(regs, e) ? e : room;
    }
    return room;
}

/* Entry number 'k' of the table, as the tap LEARN takes it: way and set. */
static uint32_t way_bit(size_t k)
{
    return UINT32_C(1) << k % BRIDGE_WAYS;
}

static uint32_t set_number(size_t k)
{
    return (uint32_t)(k / BRIDGE_WAYS);
}

/* Returns what the tap LEARN takes of it. */
static uint32_t learn(struct bridge_regs *regs, uint32_t *fdb,
                      const struct lookup *k)
{
    uint64_t src = k->eth.src;
    uint32_t *e;

    if ((src >> 40 & 1) != 0 || src == 0 || !k->admitted ||
        k->outside == ALL_PORTS || has_port(regs->states >> 16, k->in_port)) {
        return 0;
    }
    e = place_for(regs, fdb, k);
    if (e == NULL) {
        regs->n_full++;
        return 0;
    }
    if (!is_fresh(regs, e)) {
        regs->n_learned++;
    } else if ((e[2] >> 16 & 0xf) != k->in_port) {
        regs->n_moved++;
    }
    e[0] = (uint32_t)src;
    e[1] = k->vlan << 20 | (uint32_t)(src >> 32);
    e[2] = valid_bit | epoch_of(regs, k->in_port) << 20 |
           (uint32_t)k->in_port << 16 | (regs->tick & 0xffff);

    size_t entry = (size_t)(e - fdb) / BRIDGE_FDB_WORDS;
    return way_bit(entry) << 28 ^ (uint32_t)src ^
           (k->vlan << 20 | (uint32_t)(src >> 32) << 4 | k->in_port) ^
           set_number(entry) << 22;
}

/*
 * Takes what is too old out of one set: a tick that wraps makes it no younger.
 * Returns what the tap LEARN takes of it.
 */
static uint32_t sweep(struct bridge_regs *regs, uint32_t *fdb)
{
    uint32_t sets = n_sets(regs);
    uint32_t set = regs->sweep++;
    uint32_t aged = 0;

    if (sets == 0) {
        return 0;
    }
    set &= sets - 1;
    uint32_t *e = fdb + (size_t)set * BRIDGE_WAYS * BRIDGE_FDB_WORDS;
    for (size_t way = 0; way < BRIDGE_WAYS; way++, e += BRIDGE_FDB_WORDS) {
        if ((e[2] & valid_bit) != 0 && !is_fresh(regs, e)) {
            e[2] &= ~valid_bit;
            regs->n_aged++;
            aged |= way_bit(way) << 24;
        }
    }
    return aged != 0 ? aged ^ set : 0;
}

/* 'p' goes to no other port: it is dropped, or punted. */
static void keep(struct bridge_regs *regs, struct pkt *p, uint32_t why)
{
    p->mark = (uint16_t)why;
    if (why == BRIDGE_PUNT) {
        p->flags |= PKT_PUNT;
        p->out_port = BRIDGE_CONTROL;
        regs->n_punted++;
        return;
    }
    p->flags |= PKT_DROP;
    if (why == BRIDGE_FILTERED) {
        regs->n_filtered++;
    } else {
        regs->n_dropped++;
    }
}

/*
 * Gives 'p' the tag of its VLAN, PCP and DEI 0, or the VLAN to the tag that
 * says no more than these (802.1Q-2018, 6.9); false when there is no room.
 */
static bool add_tag(const struct lookup *k, struct pkt *p)
{
    if (!k->eth.has_tag) {
        if (p->room_bytes - p->len_bytes < TAG_BYTES) {
            return false;
        }
        memmove(p->data + TAG_AT + TAG_BYTES, p->data + TAG_AT,
                p->len_bytes - TAG_AT);
        p->len_bytes += TAG_BYTES;
        be16_store(p->data + TAG_AT, NET_ETH_TAG);
    }
    be16_store(p->data + TAG_AT + 2,
               (uint16_t)((uint32_t)k->eth.pcp << 12 | k->vlan));
    return true;
}

/* Why a packet whose destination is at 'port' is dropped, or 0; 'to' are the
 * ports it is flooded to. */
static uint32_t why_dropped(const struct bridge_regs *regs,
                            const struct lookup *k, uint32_t port, uint32_t to)
{
    if (!k->admitted) {
        return BRIDGE_INGRESS;
    }
    if (has_port(regs->states, k->in_port)) {
        return BRIDGE_STATE;
    }
    if (port == k->in_port) {
        return BRIDGE_FILTERED;
    }
    if (port >= BRIDGE_PORTS) {
        return to == 0 ? BRIDGE_EMPTY : 0;
    }
    return has_port(k->outside, port)     ? BRIDGE_EGRESS
           : has_port(regs->states, port) ? BRIDGE_STATE
                                          : 0;
}

/* Says where 'p' leaves; 'port' is where its destination is. */
static void forward(struct bridge_regs *regs, const struct lookup *k,
                    uint32_t port, struct pkt *p)
{
    uint32_t to =
        ~(k->outside | regs->states) & ALL_PORTS & ~(1u << k->in_port);
    uint32_t why = why_dropped(regs, k, port, to);

    if (why == 0 && (regs->tag & 1) != 0 && k->eth.vid == 0 && !add_tag(k, p)) {
        why = BRIDGE_FRAME;
    }
    if (why != 0) {
        keep(regs, p, why);
    } else if (port < BRIDGE_PORTS) {
        p->out_port = (uint8_t)port;
        p->mark = 0;
        regs->n_unicast++;
    } else {
        p->flags |= PKT_FLOOD;
        p->mark = (uint16_t)to;
        regs->n_flooded++;
    }
}

/* How the packet says its VLAN, as taps take it. */
static uint32_t tag_word(const struct lookup *k)
{
    return (uint32_t)(k->eth.vid == 0) << 5 | (uint32_t)!k->eth.has_tag << 4 |
           (k->eth.vid == 0 ? k->eth.pcp : 0);
}

/* What the tap KEY takes of a packet that is looked up. */
static uint32_t key_word(const struct lookup *k)
{
    uint64_t dst = k->eth.dst, src = k->eth.src;
    uint32_t low = (uint32_t)src;

    return (uint32_t)dst ^ (uint32_t)(dst >> 32) << 16 ^
           (low << 13 | low >> 19) ^ (uint32_t)(src >> 32) ^ k->vlan << 20 ^
           tag_word(k);
}

/* ... and the tap LOOKUP. */
static uint32_t lookup_word(const struct lookup *k, uint32_t port)
{
    bool known = port < BRIDGE_PORTS;

    return UINT32_C(1) << 31 | (uint32_t)known << 30 |
           (uint32_t)k->admitted << 29 | tag_word(k) << 20 |
           (known ? port : 0) << 16 | k->outside;
}

/* Why 'p' is not looked up, or 0. */
static uint32_t why_not(const struct bridge_regs *regs, const struct lookup *k)
{
    bool bare = k->eth.vid == 0;

    if (!k->eth.has_eth) {
        return BRIDGE_SHORT;
    }
    if (k->in_port >= BRIDGE_PORTS) {
        return BRIDGE_PORT;
    }
    if (k->eth.dst >> 4 == reserved_group) {
        return BRIDGE_PUNT;
    }
    return has_port(regs->refuse >> (bare ? 0 : 16), k->in_port) ? BRIDGE_FRAME
                                                                 : 0;
}

/* A packet that is not looked up: 'why', or 0. */
static void tap_none(struct fn_taps *taps, uint32_t why)
{
    digest_tap(taps, BRIDGE_TAP_KEY, why);
    digest_tap(taps, BRIDGE_TAP_LOOKUP, why);
    digest_tap(taps, BRIDGE_TAP_LEARN, 0);
}

static inline void bridge_packet(struct fn_state *s, const struct pkt *in,
                                 struct pkt *p, struct fn_taps *taps)
{
    struct bridge_regs *regs = s->regs;
    uint32_t *fdb = s->table[BRIDGE_TABLE_FDB];
    struct lookup k = {.eth = net_eth_read(in), .in_port = in->in_port};

    uint32_t why = why_not(regs, &k);

    p->flags &= (uint16_t)~PKT_FLOOD;
    if (why != 0) {
        tap_none(taps, why);
        keep(regs, p, why);
        return;
    }
    const uint32_t *pvid = &regs->pvid0 + k.in_port / 2;
    k.vlan = k.eth.vid != 0 ? k.eth.vid : *pvid >> k.in_port % 2 * 16 & 0xfff;
    if (k.vlan < regs->n_vlans) {
        k.outside = s->table[BRIDGE_TABLE_VLAN][k.vlan];
    }
    k.admitted = !has_port(k.outside & ~regs->unfiltered, k.in_port);
    uint32_t port = find_port(regs, fdb, &k);
    uint32_t learned = learn(regs, fdb, &k);
    uint32_t aged = sweep(regs, fdb);
    digest_tap(taps, BRIDGE_TAP_KEY, key_word(&k));
    digest_tap(taps, BRIDGE_TAP_LOOKUP, lookup_word(&k, port));
    digest_tap(taps, BRIDGE_TAP_LEARN, learned ^ aged);
    forward(regs, &k, port, p);
}

static inline void bridge_each(struct fn_state *s, const struct fn_span *in,
                               struct fn_span *out, struct fn_taps *taps)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k++) {
        pkt_pass(&y[k], &x[k]);
        if (!pkt_is_done(&x[k])) {
            bridge_packet(s, &y[k], &y[k], taps);
        } else {
            tap_none(taps, 0);
        }
    }
    out->n = in->n;
}

static void bridge_run(struct fn_state *s, const struct fn_span *in,
                       struct fn_span *out)
{
    bridge_each(s, in, out, NULL);
}

static void bridge_run_taps(struct fn_state *s, const struct fn_span *in,
                            struct fn_span *out, struct fn_taps *taps)
{
    bridge_each(s, in, out, taps);
}

/* In the order of enum bridge_why, then those that are not kept here. */
static const char *const verdicts[] = {
    "short", "port", "ingress", "egress",  "filtered", "empty", "frame",
    "state", "punt", "done",    "unicast", "flood",    NULL};

enum { DONE = BRIDGE_PUNT, UNICAST, FLOOD }; /* places in verdicts[] */

static const char *bridge_verdict(const struct pkt *p)
{
    if (pkt_is_done(p)) {
        bool known = p->mark >= BRIDGE_SHORT && p->mark <= BRIDGE_PUNT &&
                     ((p->flags & PKT_PUNT) != 0) == (p->mark == BRIDGE_PUNT);
        return verdicts[known ? p->mark - BRIDGE_SHORT : DONE];
    }
    return verdicts[(p->flags & PKT_FLOOD) != 0 ? FLOOD : UNICAST];
}

static const struct fn_key bridge_keys[] = {
    {"vlans",
     "a file of lines VID: PORTS, the members, like 10: 0-3 untagged, 7 tagged",
     true, bridge_parse_vlans},
    {"pvid", "PORT=VID,...: VLAN of untagged packets, 1 at ports not named",
     false, bridge_parse_pvid},
    {"frames",
     "PORT=untagged|tagged|all,...: frames a port takes, all at those not "
     "named",
     false, bridge_parse_frames},
    {"unfiltered", "ports like 0-3,7 that take frames of any VLAN, or none",
     false, bridge_parse_unfiltered},
    {"states",
     "PORT=discarding|learning|forwarding,...: forwarding at those not named",
     false, bridge_parse_states},
    {"epochs",
     "PORT=N,...: another number from 0 to 15 makes the port's stations "
     "unknown; "
     "0 at those not named",
     false, bridge_parse_epochs},
    {"entries",
     "stations the table holds, a power of two from 64 to 4096; "
     "empties it",
     false, bridge_parse_entries},
};

const struct fn bridge_fn = {
    .csr = &bridge_csr,
    .summary = "learning switch with VLANs, port states and ageing, 16 ports",
    .run = bridge_run,
    .run_taps = bridge_run_taps,
    .floods = true,
    .full_rate_bits = 64,
    .keys = bridge_keys,
    .n_keys = sizeof bridge_keys / sizeof bridge_keys[0],
    .verdict = bridge_verdict,
    .verdicts = verdicts,
    .setup = bridge_stimulus_setup,
    .packet = bridge_stimulus_packet,
};
