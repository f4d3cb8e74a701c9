/* balancer_text.c - see balancer_text.h. */
#include "net/fn/balancer/balancer_text.h"

#include <stdlib.h>

#include "balancer_csr.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_text.h"
#include "net/fn/balancer/balancer_maglev.h"

enum { WEIGHT_MAX = 255, NUMBER_MAX = BALANCER_SERVICE_DEPTH - 1 };

/* --- services ------------------------------------------------------------- */

/* A service as its lines say it. */
struct service {
    bool given;
    uint32_t words[BALANCER_SERVICE_WORDS];
    bool has[BALANCER_BACKENDS];
    struct maglev_backend backend[BALANCER_BACKENDS];
};

struct services {
    struct service at[BALANCER_SERVICE_DEPTH];
    struct service *last; /* whose backends come; NULL before the first */
};

static const char *service_line(struct services *all, char **f, size_t n)
{
    uint32_t number, addr, port;

    if (n != 5 || !parse_u32(f[1], 0, NUMBER_MAX, &number)) {
        return "service NUMBER tcp|udp ADDRESS PORT, numbers from 0 to 15";
    }
    bool tcp = strcmp(f[2], "tcp") == 0;
    if (!tcp && strcmp(f[2], "udp") != 0) {
        return "tcp or udp";
    }
    if (!net_parse_ip4(f[3], &addr)) {
        return "an address like 10.9.0.1";
    }
    if (!parse_u32(f[4], 1, 65535, &port)) {
        return "a port from 1 to 65535";
    }
    port |= UINT32_C(1) << 31 | (tcp ? (uint32_t)BALANCER_TCP_BIT : 0);
    for (size_t k = 0; k < BALANCER_SERVICE_DEPTH; k++) {
        const struct service *s = &all->at[k];
        if (s->given &&
            (k == number || (s->words[0] == addr && s->words[1] == port))) {
            return "each service and each number once";
        }
    }
    all->last = &all->at[number];
    all->last->given = true;
    all->last->words[0] = addr;
    all->last->words[1] = port;
    return NULL;
}

/* Is there a backend with this address?  'high' may have a port, too. */
static bool has_mac(const struct service *s, uint32_t low, uint32_t high)
{
    for (size_t k = 0; k < BALANCER_BACKENDS; k++) {
        const uint32_t *w = s->words + BALANCER_BACKEND + 2 * k;
        if (s->has[k] && w[0] == low && (w[1] & 0xffff) == (high & 0xffff)) {
            return true;
        }
    }
    return false;
}

static const char *backend_line(struct services *all, char **f, size_t n)
{
    struct service *s = all->last;
    uint32_t number, port, weight = 1;
    uint64_t mac;
    size_t used = 4;

    if (s == NULL) {
        return "service NUMBER tcp|udp ADDRESS PORT before its backends";
    }
    if (n < 4 || !parse_u32(f[1], 0, BALANCER_BACKENDS - 1, &number)) {
        return "backend NUMBER MAC OUT_PORT [weight W] [drain|down], numbers "
               "from 0 to 29";
    }
    if (!net_parse_mac(f[2], &mac) || (mac >> 40 & 1) != 0) {
        return "the address of one station like 02:00:00:00:00:01";
    }
    if (!parse_u32(f[3], 0, 255, &port)) {
        return "a port from 0 to 255";
    }
    if (n >= 6 && strcmp(f[4], "weight") == 0) {
        if (!parse_u32(f[5], 1, WEIGHT_MAX, &weight)) {
            return "a weight from 1 to 255";
        }
        used = 6;
    }
    bool drain = used + 1 == n && strcmp(f[used], "drain") == 0;
    bool down = used + 1 == n && strcmp(f[used], "down") == 0;
    if (used < n && !drain && !down) {
        return "weight W, then drain or down, or nothing";
    }
    if (s->has[number] || has_mac(s, (uint32_t)mac, (uint32_t)(mac >> 32))) {
        return "each number and each address once in a service";
    }
    uint32_t *w = s->words + BALANCER_BACKEND + (size_t)2 * number;
    w[0] = (uint32_t)mac;
    w[1] = port << 16 | (uint32_t)(mac >> 32);
    s->has[number] = true;
    s->backend[number] = maglev_named(mac, BALANCER_PLACES, weight);
    s->words[BALANCER_UP] |= (uint32_t)!down << number;
    s->words[BALANCER_DRAIN] |= (uint32_t)drain << number;
    return NULL;
}

static const char *services_line(void *ctx, char **f, size_t n)
{
    struct services *all = ctx;

    if (strcmp(f[0], "service") == 0) {
        return service_line(all, f, n);
    }
    if (strcmp(f[0], "backend") == 0) {
        return backend_line(all, f, n);
    }
    return "service or backend";
}

/*
 * The places of a service: the first backend of each, and the second, which is
 * the one that had it if the first were not there.
 */
static void fill_places(struct service *s)
{
    uint8_t first[BALANCER_PLACES], second[BALANCER_PLACES];
    size_t n = BALANCER_BACKENDS;

    maglev_fill(s->backend, n, n, first, BALANCER_PLACES);
    for (size_t k = 0; k < n; k++) {
        if (!s->has[k]) {
            continue;
        }
        maglev_fill(s->backend, n, k, second, BALANCER_PLACES);
        for (size_t p = 0; p < BALANCER_PLACES; p++) {
            uint32_t two = (uint32_t)(second[p] != MAGLEV_NONE ? second[p] : k)
                               << BALANCER_SECOND |
                           (uint32_t)k;
            if (first[p] == k) {
                s->words[BALANCER_LOOKUP + p / 2] |=
                    two << (p % 2 != 0 ? BALANCER_ODD : 0);
            }
        }
    }
}

int balancer_parse_services(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct services *all = calloc(1, sizeof *all);
    uint32_t n = 0;
    int err = all == NULL
                  ? err_say(ERR_NO_MEM, "%s: not enough memory", t->name)
                  : net_lines(t, "line", services_line, all);

    for (uint32_t k = 0; err == 0 && k < BALANCER_SERVICE_DEPTH; k++) {
        if (all->at[k].given) {
            fill_places(&all->at[k]);
            n = k + 1;
        }
    }
    err = err < 0 ? err : emit(ctx, BALANCER_N_SERVICES, n);
    err = err < 0 ? err
                  : emit(ctx, CSR_WINDOW_INDEX,
                         csr_window(BALANCER_TABLE_SERVICE, 0));
    for (uint32_t k = 0; err == 0 && k < n; k++) {
        for (size_t j = 0; err == 0 && j < BALANCER_SERVICE_WORDS; j++) {
            err = emit(ctx, CSR_WINDOW_DATA, all->at[k].words[j]);
        }
    }
    free(all);
    return err;
}

/* --- health --------------------------------------------------------------- */

/* "0-3,7" to a bit for each backend; changes 'text'. */
static bool parse_list(char *text, uint32_t *bits)
{
    uint32_t all = 0;
    char *next;

    for (; text != NULL; text = next) {
        uint32_t low, high;
        next = strchr(text, ',');
        if (next != NULL) {
            *next++ = '\0';
        }
        char *to = strchr(text, '-');
        if (to != NULL) {
            *to++ = '\0';
        }
        if (!parse_u32(text, 0, BALANCER_BACKENDS - 1, &low)) {
            return false;
        }
        high = low;
        if (to != NULL && !parse_u32(to, low, BALANCER_BACKENDS - 1, &high)) {
            return false;
        }
        all |= (UINT32_C(2) << high) - (UINT32_C(1) << low);
    }
    *bits = all;
    return true;
}

/* Where the writes of a line go. */
struct health {
    fn_emit *emit;
    void *ctx;
    int err;
};

static const char *health_line(void *ctx, char **f, size_t n)
{
    struct health *h = ctx;
    uint32_t number, up = 0, drain = 0;

    if (n < 1 || !parse_u32(f[0], 0, NUMBER_MAX, &number)) {
        return "SERVICE up LIST [drain LIST], services from 0 to 15";
    }
    size_t used = 1;
    bool is_up = used + 1 < n && strcmp(f[used], "up") == 0;
    if (is_up && !parse_list(f[used + 1], &up)) {
        return "backends from 0 to 29 like 0-3,7";
    }
    used += is_up ? 2 : 0;
    bool is_drain = used + 1 < n && strcmp(f[used], "drain") == 0;
    if (is_drain && !parse_list(f[used + 1], &drain)) {
        return "backends from 0 to 29 like 0-3,7";
    }
    used += is_drain ? 2 : 0;
    bool is_down = n == 2 && strcmp(f[1], "down") == 0;
    if (!is_down && (used == 1 || used != n)) {
        return "up LIST, drain LIST, both, or down";
    }
    uint32_t word = number * BALANCER_SERVICE_WORDS + BALANCER_UP;
    h->err = h->emit(h->ctx, CSR_WINDOW_INDEX,
                     csr_window(BALANCER_TABLE_SERVICE, word));
    h->err = h->err < 0 ? h->err : h->emit(h->ctx, CSR_WINDOW_DATA, up | drain);
    h->err = h->err < 0 ? h->err : h->emit(h->ctx, CSR_WINDOW_DATA, drain);
    return h->err < 0 ? "room for the writes" : NULL;
}

int balancer_parse_health(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct health h = {.emit = emit, .ctx = ctx};
    int err = net_lines(t, "health", health_line, &h);

    return h.err < 0 ? h.err : err;
}

/* --- words ---------------------------------------------------------------- */

int balancer_parse_connections(const struct fn_text *t, fn_emit *emit,
                               void *ctx)
{
    uint32_t n;
    int err;

    if (!parse_u32(t->text, BALANCER_CONN_MIN, BALANCER_CONN_DEPTH, &n) ||
        (n & (n - 1)) != 0) {
        return err_say(ERR_BAD_INPUT,
                       "%s: '%s', expected a power of two from 64 to 262144",
                       t->name, t->text);
    }
    err = emit(ctx, BALANCER_N_CONNS, n);
    err = err < 0
              ? err
              : emit(ctx, CSR_WINDOW_INDEX, csr_window(BALANCER_TABLE_CONN, 0));
    for (uint32_t k = 0; err == 0 && k < n * BALANCER_CONN_WORDS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, 0);
    }
    return err;
}

int balancer_parse_mac(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    char text[18];
    uint64_t mac = 0;
    bool good = strcmp(t->text, "keep") == 0;

    if (!good && strlen(t->text) < sizeof text) {
        memcpy(text, t->text, strlen(t->text) + 1);
        good = net_parse_mac(text, &mac) && mac != 0 && (mac >> 40 & 1) == 0;
    }
    if (!good) {
        return err_say(ERR_BAD_INPUT,
                       "%s: '%s', expected the address of one station like "
                       "02:00:00:00:00:01, or keep",
                       t->name, t->text);
    }
    int err = emit(ctx, BALANCER_MAC_LOW, (uint32_t)mac);
    return err < 0 ? err : emit(ctx, BALANCER_MAC_HIGH, (uint32_t)(mac >> 32));
}
