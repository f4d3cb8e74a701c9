/*
 * firewall_model_test.c - random traffic through the firewall and through a
 * plain model of it: a list of flows, no hash, no bursts, no state table, bytes
 * read on their own.
 */
#include "net/fn/firewall/firewall_check.h"

enum { PACKETS = 2000, SETS = 40, BLANK_RULES = 30 };

/* --- the model ------------------------------------------------------------ */

struct m_flow {
    uint32_t addr[2], port[2]; /* of who began, and of the other */
    uint32_t what;             /* protocol; fragments 1000 + it, queries 2000 +
                                  type */
    char state; /* TCP: s SYN, b both, r answered, m both and answered, e open,
                   f, c, l, t, x; else n new, a answered, q query, g fragment */
    bool opener_high;
    uint32_t rule, seen;
};

struct model {
    uint32_t tick, lease, inside, policy, max_flows, max_half, max_new;
    uint32_t rules[8 * (BLANK_RULES + 8)];
    size_t n_rules;
    struct m_flow flow[256];
    uint32_t n, sweep, half, new_tick, n_new, expired;
    bool new_any;
};

/* What a packet is. */
struct m_pkt {
    char kind; /* o other, h header, f flags, s stray, t, u, q, a, e, l */
    bool first;
    uint8_t proto, flags, type;
    bool has_flags;
    uint32_t src, dst, sport, dport, id;
    uint32_t what, addr[2], port[2];
};

static uint32_t get(const uint8_t *d, uint32_t n)
{
    uint32_t v = 0;

    for (uint32_t k = 0; k < n; k++) {
        v = v << 8 | d[k];
    }
    return v;
}

static void m_query(struct m_pkt *m, uint32_t src, uint32_t dst, uint32_t type,
                    uint32_t id, char *kind)
{
    bool ask = type == 8 || type == 13 || type == 15 || type == 17;
    bool answer = type == 0 || type == 14 || type == 16 || type == 18;

    *kind = ask ? 'q' : answer ? 'a' : 's';
    m->what = 2000 + (ask ? type : type == 0 ? 8 : type - 1);
    m->addr[0] = ask ? src : dst;
    m->addr[1] = ask ? dst : src;
    m->port[0] = m->port[1] = id;
}

static void m_icmp(struct m_pkt *m, const uint8_t *l4, uint32_t n)
{
    const uint8_t *in = l4 + 8;
    char kind;

    if (n < 8) {
        m->kind = 'h';
        return;
    }
    if (l4[0] != 3 && l4[0] != 4 && l4[0] != 5 && l4[0] != 11 && l4[0] != 12) {
        m_query(m, m->src, m->dst, l4[0], get(l4 + 4, 2), &m->kind);
        return;
    }
    uint32_t header = n >= 28 ? (in[0] & 15u) * 4 : 0;
    if (header < 20 || in[0] / 16 != 4 || n < 8 + header + 8 ||
        get(in + 2, 2) < header) {
        m->kind = 'h';
        return;
    }
    m->kind = 'e';
    if (get(in + 6, 2) % 8192 != 0 || get(in + 12, 4) != m->dst) {
        m->kind = 's';
    } else if (in[9] == 1) {
        m_query(m, m->dst, get(in + 16, 4), in[header], get(in + header + 4, 2),
                &kind);
        m->kind = kind == 's' ? 's' : 'e';
    } else {
        bool ports = in[9] == 6 || in[9] == 17 || in[9] == 132;
        m->what = in[9];
        m->addr[0] = m->dst;
        m->addr[1] = get(in + 16, 4);
        m->port[0] = ports ? get(in + header, 2) : 0;
        m->port[1] = ports ? get(in + header + 2, 2) : 0;
    }
}

static void m_tcp(struct m_pkt *m)
{
    bool syn = m->flags & 2, fin = m->flags & 1, rst = m->flags & 4,
         ack = m->flags & 16, urg = m->flags & 32;

    m->kind = 't';
    m->type = rst ? 'r' : fin ? 'f' : syn && ack ? 'b' : syn ? 's' : 'a';
    if (syn + fin + rst > 1 || (!syn && !rst && !ack) || (rst && urg) ||
        (syn && ack && urg)) {
        m->kind = 'f';
    }
}

static struct m_pkt m_read(const struct pkt *p)
{
    struct m_pkt m = {.kind = 'o'};
    const uint8_t *d = p->data;
    uint32_t at = 12, n = p->len_bytes;

    for (int k = 0; k < 2 && n >= at + 2 &&
                    (get(d + at, 2) == 0x8100 || get(d + at, 2) == 0x88a8);
         k++) {
        at += 4;
    }
    if ((p->flags & PKT_ERROR) != 0 || n < at + 2 || get(d + at, 2) != 0x800) {
        return m;
    }
    const uint8_t *ip = d + at + 2;
    n -= at + 2;
    m.kind = 'h';
    uint32_t header = n > 0 ? (ip[0] & 15u) * 4 : 0;
    if (n < 20 || ip[0] / 16 != 4 || header < 20 || n < header ||
        get(ip + 2, 2) < header) {
        return m;
    }
    uint32_t l4_n = get(ip + 2, 2) < n ? get(ip + 2, 2) - header : n - header;
    const uint8_t *l4 = ip + header;
    uint32_t offset = get(ip + 6, 2) % 8192;
    m.proto = ip[9];
    m.src = get(ip + 12, 4);
    m.dst = get(ip + 16, 4);
    m.id = get(ip + 4, 2);
    m.first = offset == 0 && (get(ip + 6, 2) & 0x2000) != 0;
    if (offset > 0) {
        m.kind = offset == 1 && m.proto == 6 ? 'h' : 'l';
        m.what = 1000u + m.proto;
        m.addr[0] = m.src;
        m.addr[1] = m.dst;
        m.port[0] = m.id;
        return m;
    }
    bool ports = m.proto == 6 || m.proto == 17 || m.proto == 132;
    m.sport = ports && l4_n >= 4 ? get(l4, 2) : 0;
    m.dport = ports && l4_n >= 4 ? get(l4 + 2, 2) : 0;
    m.has_flags = (m.proto == 6 && l4_n >= 16) || (m.proto == 1 && l4_n >= 4);
    m.flags = !m.has_flags ? 0 : m.proto == 6 ? l4[13] : l4[0];
    m.what = m.proto;
    m.addr[0] = m.src;
    m.addr[1] = m.dst;
    m.port[0] = m.sport;
    m.port[1] = m.dport;
    if (m.proto == 1) {
        m_icmp(&m, l4, l4_n);
    } else if (ports && (m.sport == 0 || m.dport == 0)) {
        m.kind = 'h';
    } else if (m.proto != 6) {
        m.kind = 'u';
    } else if (m.has_flags) {
        m_tcp(&m);
    }
    return m;
}

static bool is_half(char state)
{
    return state == 's' || state == 'b' || state == 'r' || state == 'm';
}

static bool m_over(const struct model *m, const struct m_flow *f)
{
    bool open = f->state == 'e' || f->state == 'a';
    uint32_t limit = f->state == 'e'                      ? 7440
                     : f->state == 'n' || f->state == 'a' ? 300
                     : f->state == 'q'                    ? 60
                     : f->state == 'g'                    ? 30
                                                          : 240;

    if (open && m->tick >> m->lease == f->seen >> m->lease) {
        return false;
    }
    return m->tick - f->seen >= limit + (open ? 1u << m->lease : 0);
}

static void m_remove(struct model *m, uint32_t k)
{
    m->half -= is_half(m->flow[k].state);
    m->flow[k] = m->flow[--m->n];
}

/* The flow of 'p' from either end, or m->n; queries and fragments have one
 * direction. */
static uint32_t m_find(const struct model *m, const struct m_pkt *p)
{
    for (uint32_t k = 0; k < m->n; k++) {
        const struct m_flow *f = &m->flow[k];
        for (int turn = 0; f->what == p->what && turn < 2; turn++) {
            if (f->addr[0] == p->addr[turn] && f->addr[1] == p->addr[!turn] &&
                f->port[0] == p->port[turn] && f->port[1] == p->port[!turn] &&
                (turn == 0 || p->what < 1000)) {
                return k;
            }
        }
    }
    return m->n;
}

static uint32_t m_rule(const struct model *m, const struct m_pkt *p,
                       bool outside)
{
    for (size_t k = 0; k < m->n_rules; k++) {
        const uint32_t *w = m->rules + 8 * k;
        uint32_t fm = w[6] >> 24, pm = w[6] >> 8 & 255;
        if ((p->src & w[1]) == (w[0] & w[1]) &&
            (p->dst & w[3]) == (w[2] & w[3]) && p->sport >= w[4] % 65536 &&
            p->sport <= w[4] / 65536 && p->dport >= w[5] % 65536 &&
            p->dport <= w[5] / 65536 && (p->proto & pm) == (w[6] & pm) &&
            (fm == 0 ||
             (p->has_flags && (p->flags & fm) == (w[6] >> 16 & fm))) &&
            !(w[7] & (outside ? 4 : 2))) {
            return (uint32_t)k + 1;
        }
    }
    return 0;
}

static bool m_add(struct model *m, const struct m_pkt *p, char state,
                  uint32_t rule)
{
    if (m->n >= m->max_flows) {
        return false;
    }
    m->flow[m->n++] = (struct m_flow){.addr = {p->addr[0], p->addr[1]},
                                      .port = {p->port[0], p->port[1]},
                                      .what = p->what,
                                      .state = state,
                                      .rule = rule,
                                      .seen = m->tick};
    m->half += is_half(state);
    return true;
}

/* Fates: those of FATE_ in the order of firewall_fate.h. */
static int m_open(struct model *m, const struct m_pkt *p, uint8_t in_port,
                  char state, uint32_t *rule)
{
    bool outside = in_port > 31 || !(m->inside >> in_port & 1);
    bool drop = m->policy & (outside ? 2 : 1);

    *rule = m_rule(m, p, outside);
    if (*rule > 0) {
        drop = m->rules[8 * (*rule - 1) + 7] & 1;
    }
    if (drop) {
        return FATE_REFUSED;
    }
    if (m->n >= m->max_flows) {
        return FATE_FULL;
    }
    if (is_half(state) && m->half >= m->max_half) {
        return FATE_LIMITED;
    }
    if (!m->new_any || m->new_tick != m->tick) {
        m->new_tick = m->tick;
        m->new_any = true;
        m->n_new = 0;
    }
    if (m->max_new > 0 && m->n_new >= m->max_new) {
        return FATE_LIMITED;
    }
    m->n_new++;
    assert_true(m_add(m, p, state, *rule));
    return FATE_NEW;
}

/* The state a segment leads to; '-': it passes, '!': it does not, '0': it
 * passes and ends the flow. */
static char m_next(char s, uint8_t type, bool back)
{
    bool sent = s == 's' || s == 'b', got = s == 'r' || s == 'm';

    switch (type) {
    case 'r': return s == 's' ? '0' : 'x';
    case 's':
        return !back ? (sent ? s : '-') : sent ? 'b' : s == 't' ? '-' : '!';
    case 'b':
        if (s == 'b') {
            return 'm';
        }
        return back ? (s == 's' ? 'r' : '-') : got ? s : '!';
    case 'f':
        return sent                   ? '!'
               : got || s == 'e'      ? 'f'
               : s == 't' || s == 'x' ? s
                                      : 'l';
    default:
        return sent       ? (back ? '-' : '!')
               : s == 'r' ? (back ? 'r' : 'e')
               : s == 'm' ? 'e'
               : s == 'f' ? 'c'
               : s == 'l' ? 't'
                          : s;
    }
}

/* From who did not begin it. */
static bool m_back(const struct m_flow *f, const struct m_pkt *p)
{
    return f->addr[0] != p->addr[0] || f->port[0] != p->port[0];
}

static int m_of_flow(struct model *m, const struct m_pkt *p, struct m_flow *f)
{
    bool back = m_back(f, p);
    char next;

    switch (p->kind) {
    case 'e': return FATE_RELATED;
    case 'l': return FATE_FLOW;
    case 't':
        next = m_next(f->state, p->type, back);
        if (next == '!' || next == '-') {
            return next == '!' ? FATE_INVALID : FATE_FLOW;
        }
        if (next == '0') {
            m_remove(m, (uint32_t)(f - m->flow));
            return FATE_FLOW;
        }
        break;
    case 'u': next = back || f->state == 'a' ? 'a' : 'n'; break;
    default: next = 'q'; break;
    }
    m->half -= is_half(f->state) && !is_half(next);
    f->state = next;
    f->seen = m->tick;
    return next == 'e' || next == 'a' ? FATE_OPEN : FATE_FLOW;
}

static int m_judge(struct model *m, const struct m_pkt *p, uint8_t in_port,
                   uint32_t *rule)
{
    uint32_t k = m_find(m, p);
    bool syn = p->kind == 't' && p->type == 's';
    int fate = FATE_INVALID;

    if (k < m->n && m_over(m, &m->flow[k])) {
        m_remove(m, k);
        m->expired++;
        k = m->n;
    } else if (k < m->n && syn &&
               (m->flow[k].state == 't' ||
                (m->flow[k].state == 'x' && !m_back(&m->flow[k], p)))) {
        m_remove(m, k);
        k = m->n;
    }
    if (k < m->n) {
        *rule = m->flow[k].rule;
        fate = m_of_flow(m, p, &m->flow[k]);
    } else if (syn) {
        fate = m_open(m, p, in_port, 's', rule);
    } else if (p->kind == 't' && p->type == 'a' && (m->policy & 4)) {
        fate = m_open(m, p, in_port, 'e', rule);
    } else if (p->kind == 'u' || p->kind == 'q') {
        fate = m_open(m, p, in_port, p->kind == 'u' ? 'n' : 'q', rule);
    } else if (p->kind == 'l') {
        fate = FATE_FRAGMENT;
    }
    if (p->first && fate <= FATE_RELATED) {
        struct m_pkt later = {.what = 1000u + p->proto,
                              .addr = {p->src, p->dst},
                              .port = {p->id, 0}};
        uint32_t old = m_find(m, &later);
        if (old < m->n) {
            m_remove(m, old);
        }
        (void)m_add(m, &later, 'g', *rule);
    }
    return fate;
}

/* True for what changes nothing. */
static bool m_quiet(const struct model *m, const struct m_pkt *p,
                    uint32_t *rule)
{
    uint32_t k = m_find(m, p);

    if (k == m->n || p->first ||
        !(p->kind == 'u' || (p->kind == 't' && p->type == 'a'))) {
        return false;
    }
    *rule = m->flow[k].rule;
    return (m->flow[k].state == 'e' || m->flow[k].state == 'a') &&
           m->flow[k].seen >> m->lease == m->tick >> m->lease;
}

static int m_run(struct model *m, const struct pkt *p, uint32_t *rule)
{
    struct m_pkt x = m_read(p);

    *rule = 0;
    if (m_quiet(m, &x, rule)) {
        return FATE_OPEN;
    }
    m->sweep = m->sweep < m->n ? m->sweep : 0;
    if (m->n > 0 && m_over(m, &m->flow[m->sweep])) {
        m_remove(m, m->sweep);
        m->expired++;
    } else if (m->n > 0) {
        m->sweep++;
    }
    switch (x.kind) {
    case 'o': return m->policy & 8 ? FATE_OTHER : FATE_PASS;
    case 'h': return FATE_HEADER;
    case 'f': return FATE_FLAGS;
    case 's': return FATE_INVALID;
    default: return m_judge(m, &x, p->in_port, rule);
    }
}

/* --- both ----------------------------------------------------------------- */

static void set_both(struct model *m, struct body *b, struct rng *r,
                     uint32_t blank)
{
    struct write_list w = {0};
    uint32_t at = 0;

    assert_int_equal(b->fn->setup(r, write_list_emit, &w), 0);
    memset(m->rules, 0, sizeof m->rules);
    for (uint32_t k = 0; k < blank; k++) { /* that match nothing */
        m->rules[8 * k] = m->rules[8 * k + 1] = 0xffffffff;
    }
    m->n = m->half = 0;
    for (size_t k = 0; k < w.n; k++) {
        uint32_t v = w.at[k].value;
        switch (w.at[k].offset) {
        case CSR_WINDOW_INDEX: at = v % CSR_WINDOW_WORDS; break;
        case CSR_WINDOW_DATA: m->rules[8 * blank + at++] = v; break;
        case FIREWALL_N_RULES: m->n_rules = blank + v; break;
        case FIREWALL_TICK: m->tick = v; break;
        case FIREWALL_LEASE: m->lease = v; break;
        case FIREWALL_INSIDE: m->inside = v; break;
        case FIREWALL_POLICY: m->policy = v; break;
        case FIREWALL_MAX_FLOWS: m->max_flows = v; break;
        case FIREWALL_MAX_HALF: m->max_half = v; break;
        case FIREWALL_MAX_NEW: m->max_new = v; break;
        default: break;
        }
    }
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
    set_reg(b, FIREWALL_WINDOW_INDEX, csr_window(FIREWALL_TABLE_RULE, 0));
    assert_int_equal(body_write_n(b, CSR_WINDOW_DATA, m->rules, 8 * m->n_rules),
                     0);
    set_reg(b, FIREWALL_N_RULES, (uint32_t)m->n_rules);
}

static struct bench bench;

static void a_plain_model_says_the_same_of_random_traffic(void **state)
{
    struct body *b = bench_body(state);
    static struct model m;
    struct rng r = {7};
    uint64_t n[FATES] = {0}, total = 0;

    for (int set = 0; set < SETS; set++) {
        set_both(&m, b, &r, set % 2 == 0 ? 0 : BLANK_RULES);
        for (int k = 0; k < PACKETS; k++) {
            uint8_t data[2 * ROOM], to[2 * ROOM];
            struct pkt p = {.data = data, .room_bytes = sizeof data};
            struct pkt y = {.data = to, .room_bytes = sizeof to};
            struct fn_span in = {FN_PKT, &p, 1, 1, 0};
            struct fn_span out = {FN_PKT, &y, 0, 1, 0};
            uint32_t rule;
            if (rng_below(&r, 40) == 0) { /* little time, or much */
                m.tick += rng_below(&r, 1u << rng_below(&r, 14));
                set_reg(b, FIREWALL_TICK, m.tick);
            }
            b->fn->packet(&r, &p);
            assert_int_equal(body_run(b, &in, &out), 0);
            if (pkt_is_done(&p)) {
                assert_int_equal(pkt_user(&y), pkt_user(&p));
                continue;
            }
            int fate = m_run(&m, &p, &rule);
            n[fate]++;
            total++;
            p.flags |= fate > FATE_RELATED ? PKT_DROP : 0;
            p.mark = (uint16_t)(fate <= FATE_RELATED
                                    ? (uint32_t)fate << FATE_SHIFT | rule
                                : fate == FATE_REFUSED
                                    ? rule
                                    : (uint32_t)(FATE_DROPPED + fate));
            assert_int_equal(pkt_user(&y), pkt_user(&p));
            assert_int_equal(read_reg(b, FIREWALL_N_FLOWS), m.n);
            assert_int_equal(read_reg(b, FIREWALL_N_HALF), m.half);
            assert_int_equal(read_reg(b, FIREWALL_N_EXPIRED), m.expired);
        }
    }
    assert_int_equal(read_reg(b, FIREWALL_SWEEP), m.sweep);
    for (int k = 0; k < FATES; k++) {
        static const uint8_t reg[] = {
            FIREWALL_N_PASS,    FIREWALL_N_NEW,     FIREWALL_N_FLOW,
            FIREWALL_N_OPEN,    FIREWALL_N_RELATED, FIREWALL_N_REFUSED,
            FIREWALL_N_OTHER,   FIREWALL_N_HEADER,  FIREWALL_N_FLAGS,
            FIREWALL_N_INVALID, FIREWALL_N_LIMITED, FIREWALL_N_FULL,
            FIREWALL_N_FRAGMENT};
        assert_int_equal(read_reg(b, reg[k]), n[k]);
        printf("  %-10s %5.1f%%\n", b->fn->verdicts[k],
               100.0 * (double)n[k] / (double)total);
        assert_true(n[k] * 100 >= total); /* each verdict has its 1% */
    }
}

#define ON(test)                                                            \
    cmocka_unit_test_prestate_setup_teardown(test, bench_open, bench_close, \
                                             &bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON(a_plain_model_says_the_same_of_random_traffic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
