/*
 * balancer.c - load balancer with Maglev hashing and connections (C body of
 * balancer.v).
 *
 * Time is the register TICK, health are words of SERVICE.  A packet is looked
 * up first, then its connection is written, then one set of CONN is swept.
 */
#include "balancer_csr.h"
#include "core/base/crc32c.h"
#include "core/digest.h"
#include "core/net_key4.h"
#include "net/fn/balancer/balancer_conn.h"
#include "net/fn/balancer/balancer_text.h"

enum {
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_ACK = 0x10,

    BITS = 0x3fffffff /* of UP and DRAIN: the backends */
};

/* Of word 1 of a service: it is in use. */
static const uint32_t service_bit = UINT32_C(1) << 31;

/* What services are in use, gathered for a burst. */
struct services {
    size_t n;
    uint32_t addr[BALANCER_SERVICE_DEPTH];
    uint32_t port[BALANCER_SERVICE_DEPTH]; /* word 1 */
};

/* What a packet is looked up with. */
struct lookup {
    struct net_key4 key;
    struct conn_key conn;
    bool start; /* begins a connection, unless there is one */
    bool syn, rst;
};

/* What becomes of it. */
struct choice {
    enum balancer_fate fate;
    uint32_t backend;
    uint32_t *wrote; /* entry of CONN, or NULL */
};

static struct services services_of(const struct fn_state *s)
{
    const struct balancer_regs *regs = s->regs;
    struct services all = {.n = regs->n_services};

    if (all.n > BALANCER_SERVICE_DEPTH) {
        all.n = BALANCER_SERVICE_DEPTH;
    }
    for (size_t k = 0; k < all.n; k++) {
        const uint32_t *w =
            s->table[BALANCER_TABLE_SERVICE] + k * BALANCER_SERVICE_WORDS;
        all.addr[k] = w[0];
        all.port[k] = w[1];
    }
    return all;
}

/* The service that 'key' is for, or 'n' of them; '*near': it is for the address
 * and protocol of one. */
static uint32_t service_of(const struct services *all,
                           const struct net_key4 *key, bool *near)
{
    uint32_t kind = key->proto == NET_TCP ? BALANCER_TCP_BIT : 0;

    *near = false;
    if (!key->has_ip || (key->proto != NET_TCP && key->proto != NET_UDP)) {
        return (uint32_t)all->n;
    }
    for (uint32_t k = 0; k < all->n; k++) {
        uint32_t port = all->port[k];
        if (all->addr[k] == key->dst && (port & service_bit) != 0 &&
            (port & BALANCER_TCP_BIT) == kind) {
            *near = true;
            if ((port & 0xffff) == key->dport) {
                return k;
            }
        }
    }
    return (uint32_t)all->n;
}

/* CRC-32C of source address, source port and service: hardware's
 * balancer_hash. */
static uint32_t hash_of(crc32c_fn *crc, const struct conn_key *k)
{
    uint8_t bytes[8];

    be32_store(bytes, k->src);
    be32_store(bytes + 4, (uint32_t)k->sport << 16 | k->service << 8);
    return crc(0, bytes, sizeof bytes);
}

/* --- backends ------------------------------------------------------------- */

/*
 * The backend of a packet by its hash, of those in 'fit', which has some: the
 * first of its place, or the second, or the next one behind that by number.
 */
static uint32_t by_hash(const uint32_t *service, uint32_t hash, uint32_t fit)
{
    uint32_t place = (hash >> 16) * BALANCER_PLACES >> 16;
    uint32_t two = service[BALANCER_LOOKUP + place / 2] >>
                   (place % 2 != 0 ? BALANCER_ODD : 0);
    uint32_t first = two & BALANCER_NUMBER;
    uint32_t second = two >> BALANCER_SECOND & BALANCER_NUMBER;
    uint32_t turn = (second + 1) & 31;

    if ((fit >> first & 1) != 0) {
        return first;
    }
    if ((fit >> second & 1) != 0) {
        return second;
    }
    fit = turn == 0 ? fit : fit >> turn | fit << (32 - turn);
    return ((uint32_t)__builtin_ctz(fit) + turn) & 31;
}

/* Which backend the packet gets; writes its entry of CONN. */
static struct choice choose(struct balancer_regs *regs, const uint32_t *service,
                            const struct lookup *k, const struct conn_found *f)
{
    uint32_t up = service[BALANCER_UP] & BITS;
    uint32_t spared = up & ~service[BALANCER_DRAIN];
    uint32_t fit = k->start ? spared : up;
    uint32_t had = f->own != NULL ? f->own[1] >> 4 & BALANCER_NUMBER : 0;
    struct choice c = {.backend = had};

    if (f->fresh && ((k->syn ? spared : up) >> had & 1) != 0) {
        c.fate = BALANCER_KNOWN;
        c.wrote = f->own;
    } else if (fit == 0) {
        c = (struct choice){.fate = BALANCER_NO_BACKEND};
    } else {
        c.backend = by_hash(service, k->conn.hash, fit);
        c.wrote = !k->start ? NULL : f->own != NULL ? f->own : f->spare;
        c.fate = c.wrote != NULL ? BALANCER_NEW : BALANCER_HASHED;
        regs->n_full += k->start && c.wrote == NULL;
    }
    bool keeps = c.wrote != NULL && !k->rst;
    c.wrote = c.wrote == NULL ? f->own : c.wrote;
    regs->n_ended += c.wrote != NULL && !keeps;
    if (c.wrote != NULL) {
        c.wrote[0] = keeps ? k->conn.src : 0;
        c.wrote[1] = keeps ? balancer_conn_word(regs, &k->conn, c.backend) : 0;
    }
    return c;
}

/* Sends 'p' to backend 'b' of a service. */
static void send_to(const struct balancer_regs *regs, const uint32_t *service,
                    uint32_t b, struct pkt *p)
{
    const uint32_t *w = service + BALANCER_BACKEND + 2 * b;
    uint32_t high = regs->mac_high & 0xffff;

    be16_store(p->data, (uint16_t)w[1]);
    be32_store(p->data + 2, w[0]);
    if ((high | regs->mac_low) != 0) {
        be16_store(p->data + NET_MAC_BYTES, (uint16_t)high);
        be32_store(p->data + NET_MAC_BYTES + 2, regs->mac_low);
    }
    p->out_port = (uint8_t)(w[1] >> 16);
}

/* --- taps ----------------------------------------------------------------- */

static uint32_t service_word(const struct lookup *k)
{
    return k->conn.hash ^ (UINT32_C(1) << 31 | (uint32_t)k->start << 30 |
                           (uint32_t)k->syn << 29 | (uint32_t)k->rst << 28 |
                           k->conn.service << 24);
}

/* Way number 'k' of a set, as a bit; 0 for none. */
static uint32_t way_bit(const uint32_t *conn, const uint32_t *entry)
{
    size_t k = (size_t)(entry != NULL ? entry - conn : 0) / BALANCER_CONN_WORDS;

    return entry != NULL ? 1u << k % BALANCER_WAYS : 0;
}

static uint32_t found_word(const uint32_t *conn, const struct conn_found *f)
{
    uint32_t had = f->own != NULL ? f->own[1] >> 4 & BALANCER_NUMBER : 0;

    return UINT32_C(1) << 14 | (uint32_t)f->fresh << 13 | had << 8 |
           way_bit(conn, f->own) << 4 | way_bit(conn, f->spare);
}

static uint32_t choice_word(const struct fn_state *s, const struct lookup *k,
                            const struct choice *c)
{
    const uint32_t *w = s->table[BALANCER_TABLE_SERVICE] +
                        (size_t)k->conn.service * BALANCER_SERVICE_WORDS +
                        BALANCER_BACKEND + 2 * c->backend;
    uint32_t conn = c->wrote != NULL ? c->wrote[0] ^ c->wrote[1] : 0;
    bool keeps = c->wrote != NULL && c->wrote[1] != 0;
    uint32_t wrote = way_bit(s->table[BALANCER_TABLE_CONN], c->wrote);

    return (c->fate != BALANCER_NO_BACKEND ? w[0] ^ w[1] : 0) ^ conn ^
           (uint32_t)c->fate << 28 ^
           ((uint32_t)keeps << 27 | wrote << 23 | c->backend << 18);
}

/* A packet that is not looked up. */
static void tap_none(struct fn_taps *taps, enum balancer_fate fate)
{
    digest_tap(taps, BALANCER_TAP_SERVICE, (uint32_t)fate);
    digest_tap(taps, BALANCER_TAP_CONN, 0);
    digest_tap(taps, BALANCER_TAP_BACKEND, (uint32_t)fate << 28);
}

/* --- packets -------------------------------------------------------------- */

_Static_assert(BALANCER_N_CUT - BALANCER_N_OTHER == 4 * BALANCER_CUT,
               "counters in the order of enum balancer_fate");

/* Marks 'p', and drops it unless it goes somewhere. */
static void judge(struct balancer_regs *regs, struct pkt *p,
                  enum balancer_fate fate, uint32_t rest)
{
    p->mark = (uint16_t)((uint32_t)fate << 12 | rest);
    p->flags |= fate >= BALANCER_NO_BACKEND ? PKT_DROP : 0;
    ++*(&regs->n_other + fate); /* counters are in the order of the fates */
}

/* Looks up 'p' for the service and key of 'k'; 'sets' are those in use. */
static inline void balance(struct fn_state *s, struct lookup *k, uint32_t sets,
                           struct pkt *p, struct fn_taps *taps)
{
    struct balancer_regs *regs = s->regs;
    uint32_t *conn = s->table[BALANCER_TABLE_CONN];
    const uint32_t *service = s->table[BALANCER_TABLE_SERVICE] +
                              (size_t)k->conn.service * BALANCER_SERVICE_WORDS;
    uint8_t flags = k->key.proto == NET_TCP ? k->key.flags : 0;

    k->syn = (flags & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_SYN;
    k->rst = (flags & TCP_RST) != 0;
    k->start = k->syn || k->key.proto == NET_UDP;
    struct conn_found f = balancer_conn_find(regs, conn, sets, &k->conn);
    uint32_t word = found_word(conn, &f);
    struct choice c = choose(regs, service, k, &f);

    digest_tap(taps, BALANCER_TAP_SERVICE, service_word(k));
    digest_tap(taps, BALANCER_TAP_BACKEND, choice_word(s, k, &c));
    if (c.fate != BALANCER_NO_BACKEND) {
        send_to(regs, service, c.backend, p);
    }
    judge(regs, p, c.fate, k->conn.service << 8 | c.backend);
    uint32_t swept = (regs->sweep & 0x3ff & (sets - 1)) << 22;
    uint32_t aged = balancer_conn_sweep(regs, conn, sets);
    digest_tap(taps, BALANCER_TAP_CONN,
               word ^ (aged != 0 ? aged << 16 ^ swept : 0));
}

static inline void balancer_each(struct fn_state *s, const struct fn_span *in,
                                 struct fn_span *out, struct fn_taps *taps)
{
    const struct services all = services_of(s);
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    crc32c_fn *crc = crc32c_best();
    uint32_t sets = balancer_conn_sets(s->regs);

    for (size_t k = 0; k < in->n; k++) {
        struct lookup l = {.key = net_key4_read(&x[k])};
        enum balancer_fate fate = BALANCER_OTHER;
        bool near;

        pkt_pass(&y[k], &x[k]);
        digest_tap(taps, BALANCER_TAP_KEY,
                   net_key4_tap(&l.key) ^
                       (uint32_t)(l.key.has_ip && l.key.fragment) << 25);
        if (pkt_is_done(&x[k])) {
            tap_none(taps, BALANCER_OTHER);
            continue;
        }
        l.conn.src = l.key.src;
        l.conn.sport = l.key.sport;
        l.conn.service = service_of(&all, &l.key, &near);
        if (near && l.key.fragment) {
            fate = BALANCER_FRAGMENT;
        } else if (l.conn.service < all.n) {
            if (l.key.proto == NET_UDP || l.key.has_flags) {
                l.conn.hash = hash_of(crc, &l.conn);
                balance(s, &l, sets, &y[k], taps);
                continue;
            }
            fate = BALANCER_CUT;
        }
        tap_none(taps, fate);
        judge(s->regs, &y[k], fate, 0);
    }
    out->n = in->n;
}

static void balancer_run(struct fn_state *s, const struct fn_span *in,
                         struct fn_span *out)
{
    balancer_each(s, in, out, NULL);
}

static void balancer_run_taps(struct fn_state *s, const struct fn_span *in,
                              struct fn_span *out, struct fn_taps *taps)
{
    balancer_each(s, in, out, taps);
}

/* In the order of enum balancer_fate, then those that were done before. */
static const char *const verdicts[] = {"other",  "known",      "new",
                                       "hashed", "no_backend", "fragment",
                                       "cut",    "done",       NULL};

enum { DONE = BALANCER_CUT + 1 }; /* place in verdicts[] */

static const char *balancer_verdict(const struct pkt *p)
{
    uint32_t fate = p->mark >> 12;
    bool dropped = (p->flags & PKT_DROP) != 0;

    if ((p->flags & PKT_PUNT) != 0 || fate >= DONE ||
        dropped != (fate >= BALANCER_NO_BACKEND)) {
        return verdicts[DONE];
    }
    return verdicts[fate];
}

static const struct fn_key balancer_keys[] = {
    {"services",
     "a file of lines service NUMBER tcp|udp ADDRESS PORT, each with lines "
     "backend NUMBER MAC OUT_PORT [weight W] [drain|down]",
     true, balancer_parse_services},
    {"health", "SERVICE up LIST [drain LIST]; the other backends are down",
     false, balancer_parse_health},
    {"connections",
     "connections that are kept, a power of two from 64 to 262144; empties the "
     "table",
     false, balancer_parse_connections},
    {"mac", "source address of packets to backends, or keep", false,
     balancer_parse_mac},
};

const struct fn balancer_fn = {
    .csr = &balancer_csr,
    .summary = "load balancer, Maglev hashing, connections, drain and health",
    .run = balancer_run,
    .run_taps = balancer_run_taps,
    .full_rate_bits = 64,
    .keys = balancer_keys,
    .n_keys = sizeof balancer_keys / sizeof balancer_keys[0],
    .verdict = balancer_verdict,
    .verdicts = verdicts,
    .setup = balancer_stimulus_setup,
    .packet = balancer_stimulus_packet,
};
