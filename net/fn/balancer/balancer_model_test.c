/*
 * balancer_model_test.c - the C body against a model written another way:
 * lookup tables by the paper's pseudocode with turns written out, a CRC bit by
 * bit, and connections in a plain list without sets.  Health, time and the
 * services change at random in between.
 */
#include <stdio.h>
#include <stdlib.h>

#include "net/fn/balancer/balancer_check.h"

enum {
    POOL = 12, /* backends at most, numbers 0 to 11 */
    M = 887,
    CLIENTS = 150, /* few enough that no set of the table is full */
    PORTS = 2,
    MAX_AGE = 6,
    TEXT = 4096,
    ROUNDS = 4000,
};

static struct bench bench[] = {{.width_bits = 0}};

/* Three services: TCP, UDP, TCP on another port. */
enum { SERVICES = 3 };

static const uint16_t ports[SERVICES] = {80, 80, 443};

struct model_service {
    uint32_t weight[POOL]; /* 0: not there */
    bool up[POOL], drain[POOL];
    int first[M], second[M];
};

struct model_conn {
    bool on;
    int backend;
    uint32_t seen;
};

struct model {
    struct rng rng;
    struct model_service s[SERVICES];
    struct model_conn conn[SERVICES][CLIENTS][PORTS];
    uint32_t now;
};

/* --- the model's table ---------------------------------------------------- */

static uint64_t mac_of(size_t service, size_t backend)
{
    return 0x020000000000 + service * 0x1000 + backend * 7;
}

/* SplitMix64's first number from 'x'. */
static uint64_t mixed(uint64_t x)
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static void model_fill(const struct model_service *s, size_t service,
                       int without, int *table)
{
    static uint32_t permutation[POOL][M];
    uint32_t next[POOL] = {0};
    uint32_t most = 1, filled = 0, any = 0;

    for (int i = 0; i < POOL; i++) {
        uint64_t h = mixed(mac_of(service, (size_t)i));
        uint32_t at = (uint32_t)(h >> 32) % M;
        for (uint32_t j = 0; j < M; j++) {
            permutation[i][j] = at;
            at = (at + (uint32_t)h % (M - 1) + 1) % M;
        }
        if (i != without) {
            most = s->weight[i] > most ? s->weight[i] : most;
            any += s->weight[i];
        }
    }
    for (uint32_t c = 0; c < M; c++) {
        table[c] = -1;
    }
    for (uint32_t round = 1; any > 0 && filled < M; round++) {
        for (int i = 0; i < POOL && filled < M; i++) {
            uint32_t w = i == without ? 0 : s->weight[i];
            uint32_t turns = round * w / most, before = (round - 1) * w / most;
            if (turns == before) {
                continue;
            }
            while (table[permutation[i][next[i]]] >= 0) {
                next[i]++;
            }
            table[permutation[i][next[i]]] = i;
            filled++;
        }
    }
}

static void model_tables(struct model *m, size_t service)
{
    struct model_service *s = &m->s[service];
    static int without[POOL][M];

    model_fill(s, service, -1, s->first);
    for (int i = 0; i < POOL; i++) {
        model_fill(s, service, i, without[i]);
    }
    for (uint32_t c = 0; c < M; c++) {
        int first = s->first[c];
        s->second[c] = first < 0 ? 0 : without[first][c];
        if (first >= 0 && s->second[c] < 0) {
            s->second[c] = first;
        }
        s->first[c] = first < 0 ? 0 : first;
    }
}

/* RFC 3720, B.4, bit by bit. */
static uint32_t model_crc(const uint8_t *d, size_t n)
{
    uint32_t r = UINT32_MAX;

    for (size_t k = 0; k < n * 8; k++) {
        uint32_t bit = (r ^ d[k / 8] >> k % 8) & 1;
        r = r >> 1 ^ (bit != 0 ? 0x82f63b78 : 0);
    }
    return ~r;
}

/* --- the model's answer --------------------------------------------------- */

struct answer {
    const char *verdict;
    int backend;
};

static bool model_fits(const struct model_service *s, int b, bool start)
{
    return s->up[b] && !(start && s->drain[b]);
}

static int model_hash(const struct model *m, size_t service,
                      const struct frame *f, bool start)
{
    const struct model_service *s = &m->s[service];
    uint8_t key[8] = {192,
                      168,
                      (uint8_t)(f->client >> 8),
                      (uint8_t)f->client,
                      (uint8_t)(f->sport >> 8),
                      (uint8_t)f->sport,
                      (uint8_t)service,
                      0};
    uint32_t place =
        (uint32_t)((uint64_t)(model_crc(key, 8) >> 16) * M / 65536);
    int b = s->first[place];

    if (model_fits(s, b, start)) {
        return b;
    }
    b = s->second[place];
    for (int k = 0; k < 32; k++, b = (b + 1) % 32) {
        if (b < POOL && model_fits(s, b, start)) {
            return b;
        }
    }
    return -1;
}

static struct answer model_packet(struct model *m, size_t service,
                                  const struct frame *f, size_t port)
{
    const struct model_service *s = &m->s[service];
    struct model_conn *c = &m->conn[service][f->client][port];
    bool syn = !f->udp && (f->flags & (SYN | RST | ACK)) == SYN;
    bool start = syn || f->udp, rst = !f->udp && (f->flags & RST) != 0;

    if (c->on && m->now - c->seen <= MAX_AGE &&
        model_fits(s, c->backend, syn)) {
        c->seen = m->now;
        c->on = !rst;
        return (struct answer){"known", c->backend};
    }
    int b = model_hash(m, service, f, start);
    *c = (struct model_conn){start && b >= 0, b, m->now};
    return (struct answer){b < 0 ? "no_backend" : start ? "new" : "hashed", b};
}

/* --- what changes in between ---------------------------------------------- */

static void change_services(struct model *m, struct body *b)
{
    static char text[TEXT];
    size_t n = 0;

    for (size_t s = 0; s < SERVICES; s++) {
        n +=
            (size_t)snprintf(text + n, TEXT - n, "service %zu %s 10.9.0.1 %u\n",
                             s, s == 1 ? "udp" : "tcp", ports[s]);
        for (size_t k = 0; k < POOL; k++) {
            bool there = rng_below(&m->rng, 4) > 0;
            m->s[s].weight[k] = there ? 1 + rng_below(&m->rng, 3) * 7 : 0;
            m->s[s].up[k] = there;
            m->s[s].drain[k] = false;
            uint64_t mac = mac_of(s, k);
            if (there) {
                n += (size_t)snprintf(
                    text + n, TEXT - n,
                    "backend %zu 02:00:00:00:%02x:%02x %zu weight %u\n", k,
                    (unsigned)(mac >> 8 & 0xff), (unsigned)(mac & 0xff), k,
                    m->s[s].weight[k]);
            }
        }
        model_tables(m, s);
    }
    set_text(b, "services", text);
}

static void change_health(struct model *m, struct body *b)
{
    size_t s = rng_below(&m->rng, SERVICES);
    char text[TEXT], up[64] = "", drain[64] = "";
    bool few = rng_below(&m->rng, 4) == 0;

    for (size_t k = 0; k < POOL; k++) {
        bool there = m->s[s].weight[k] > 0;
        m->s[s].up[k] = there && rng_below(&m->rng, few ? 8 : 2) == 0;
        m->s[s].drain[k] = m->s[s].up[k] && rng_below(&m->rng, 4) == 0;
        char *list = m->s[s].drain[k] ? drain : up;
        size_t len = strlen(list);
        if (m->s[s].up[k]) {
            (void)snprintf(list + len, 64 - len, "%s%zu", len > 0 ? "," : "",
                           k);
        }
    }
    (void)snprintf(text, sizeof text, "%zu %s%s%s%s%s", s,
                   up[0] != '\0' ? "up " : "", up,
                   drain[0] != '\0' ? " drain " : "", drain,
                   up[0] == '\0' && drain[0] == '\0' ? "down" : "");
    set_text(b, "health", text);
}

static struct frame some_frame(struct rng *r, size_t *service, size_t *port)
{
    static const uint8_t flags[] = {SYN, SYN, ACK, ACK, ACK, ACK | FIN, RST};

    *service = rng_below(r, SERVICES);
    *port = rng_below(r, PORTS);
    return (struct frame){
        .dst = 0x0a090001,
        .dport = ports[*service],
        .client = (uint16_t)rng_below(r, CLIENTS),
        .sport = (uint16_t)(1024 + *port * 511),
        .flags = flags[rng_below(r, sizeof flags)],
        .udp = *service == 1,
    };
}

static void the_model_says_the_same(void **state)
{
    struct body *b = bench_body(state);
    struct model *m = calloc(1, sizeof *m);
    static uint8_t bytes[FRAME_MAX];
    uint64_t known = 0, none = 0;

    assert_non_null(m);
    m->rng.state = 1;
    write_reg(b, BALANCER_MAX_AGE, MAX_AGE);
    set_text(b, "connections", "16384");
    for (int round = 0; round < ROUNDS; round++) {
        if (round % 100 == 0) {
            change_services(m, b);
        }
        if (rng_below(&m->rng, 2) == 0) {
            change_health(m, b);
        }
        if (rng_below(&m->rng, 8) == 0) { /* all sets are swept in time */
            write_reg(b, BALANCER_TICK, ++m->now & 0x3f);
        }
        for (int k = 0; k < 100; k++) {
            size_t service, port;
            struct frame f = some_frame(&m->rng, &service, &port);
            struct pkt in = frame_make(&f, bytes), out;
            run_packets(b, &in, 1, &out);
            struct outcome o = outcome_of(b, &in, &out);
            struct answer a = model_packet(m, service, &f, port);
            assert_string_equal(o.verdict, a.verdict);
            assert_int_equal(o.backend, a.backend);
            if (a.backend >= 0) {
                assert_int_equal(o.p.out_port, a.backend);
                assert_int_equal(be16_load(o.bytes + 4),
                                 mac_of(service, (size_t)a.backend) & 0xffff);
            }
            known += strcmp(a.verdict, "known") == 0;
            none += strcmp(a.verdict, "no_backend") == 0;
        }
    }
    assert_int_equal(read_reg(b, BALANCER_N_FULL), 0);
    assert_int_equal(read_reg(b, BALANCER_N_KNOWN), known);
    assert_int_equal(read_reg(b, BALANCER_N_NO_BACKEND), none);
    assert_true(known > ROUNDS * 20 && none > ROUNDS);
    free(m);
}

/* Clients next to each other, ports in a row: 16 backends get their share. */
static void neighbours_are_spread(void **state)
{
    static const struct {
        const char *why;
        uint16_t clients, ports, step;
    } row[] = {
        {"addresses in a row", 20000, 1, 1},
        {"ports in a row", 1, 20000, 1},
        {"even ports, few addresses", 10, 2000, 2},
        {"a port each", 256, 64, 1},
    };
    struct body *b = bench_body(state);
    char text[TEXT] = "service 0 tcp 10.9.0.1 80\n";

    for (unsigned k = 0; k < 16; k++) {
        size_t n = strlen(text);
        (void)snprintf(text + n, TEXT - n, "backend %u 02:00:00:00:00:%02x 0\n",
                       k, k);
    }
    set_text(b, "services", text);
    for (size_t t = 0; t < CHECK_ROWS(row); t++) {
        double count[16] = {0}, n = row[t].clients * row[t].ports, most = 0;
        static uint8_t bytes[FRAME_MAX];
        for (uint32_t k = 0; k < (uint32_t)n; k++) {
            struct frame f = {.dst = 0x0a090001, .dport = 80, .flags = ACK};
            f.client = (uint16_t)(k % row[t].clients);
            f.sport = (uint16_t)(20000 + k / row[t].clients * row[t].step);
            struct pkt in = frame_make(&f, bytes), out;
            run_packets(b, &in, 1, &out);
            count[out.mark & 0xff]++;
        }
        for (size_t k = 0; k < 16; k++) {
            most = count[k] > most ? count[k] : most;
        }
        print_message("%s: the busiest of 16 has %.3f of its share\n",
                      row[t].why, most * 16 / n);
        assert_true(most * 16 / n < 1.15);
    }
}

/* Anything in tables and packets, in memory of exactly its length: for the
 * sanitizers.  What has no service passes byte for byte. */
static void hostile_packets_and_words_do_no_harm(void **state)
{
    struct body *b = bench_body(state);
    struct rng r = {7};

    write_reg(b, BALANCER_N_SERVICES, 31);
    write_reg(b, CSR_WINDOW_INDEX, csr_window(BALANCER_TABLE_SERVICE, 0));
    for (uint32_t k = 0; k < 16 * BALANCER_SERVICE_WORDS; k++) {
        write_reg(b, CSR_WINDOW_DATA, (uint32_t)rng_next(&r));
    }
    for (uint32_t round = 0; round < 200000; round++) {
        uint8_t frame[FRAME_MAX];
        struct frame f = {.client = (uint16_t)rng_next(&r)};
        uint32_t k = rng_below(&r, 16) * BALANCER_SERVICE_WORDS;
        f.dst = table_word(b, BALANCER_TABLE_SERVICE, k);
        f.dport = (uint16_t)table_word(b, BALANCER_TABLE_SERVICE, k + 1);
        f.udp = rng_below(&r, 2) == 0;
        f.flags = (uint8_t)rng_next(&r);
        f.tags = (uint8_t)rng_below(&r, 4);
        struct pkt in = frame_make(&f, frame), out;
        for (uint32_t n = rng_below(&r, 4); n > 0; n--) {
            frame[rng_below(&r, in.len_bytes)] = (uint8_t)rng_next(&r);
        }
        in.len_bytes = rng_below(&r, 3) == 0 ? rng_below(&r, in.len_bytes + 1)
                                             : in.len_bytes;
        uint8_t *exact = malloc(in.len_bytes + (in.len_bytes == 0));
        assert_non_null(exact);
        memcpy(exact, frame, in.len_bytes);
        in.data = exact;
        in.room_bytes = in.len_bytes;
        run_packets(b, &in, 1, &out);
        (void)outcome_of(b, &in, &out);
        free(exact);
        if (rng_below(&r, 64) == 0) {
            write_reg(b, BALANCER_N_CONNS, (uint32_t)rng_next(&r));
            write_reg(b, BALANCER_TICK, (uint32_t)rng_next(&r));
            write_reg(b, CSR_WINDOW_INDEX,
                      csr_window(BALANCER_TABLE_CONN,
                                 rng_below(&r, 2 * BALANCER_CONN_DEPTH)));
            write_reg(b, CSR_WINDOW_DATA, (uint32_t)rng_next(&r));
        }
    }
    assert_true(read_reg(b, BALANCER_N_HASHED) > 1000);
    assert_true(read_reg(b, BALANCER_N_OTHER) > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON(the_model_says_the_same, "c", bench),
        ON(neighbours_are_spread, "c", bench),
        ON(hostile_packets_and_words_do_no_harm, "c", bench),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
