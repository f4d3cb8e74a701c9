/* bridge_text.c - settings of bridge, turned into register writes. */
#include "net/fn/bridge/bridge_text.h"

#include <string.h>

#include "bridge_csr.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_vlans.h"

enum { TEXT_MAX_BYTES = 256, ALL_PORTS = 0xffff };

/* A word for a value of a port. */
struct word {
    const char *name; /* NULL behind the last */
    uint32_t value;
};

/* What stands behind PORT= in a list. */
struct kind {
    const char *what;         /* for messages: PORT=what */
    const struct word *words; /* NULL: numbers */
    uint32_t most;            /* of numbers */
    uint32_t at_first;        /* value of a port that is not there */
};

/* Emits index and 'n' words of a table, from its first on. */
static int emit_table(size_t table, const uint32_t *words, size_t n,
                      fn_emit *emit, void *ctx)
{
    int err = emit(ctx, CSR_WINDOW_INDEX, csr_window(table, 0));

    for (size_t k = 0; err == 0 && k < n; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, words != NULL ? words[k] : 0);
    }
    return err;
}

int bridge_parse_vlans(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct net_vlans v;
    uint32_t outside[BRIDGE_VLAN_DEPTH];
    int err = net_vlans_parse(t, &v);

    if (err < 0) {
        return err;
    }
    for (uint32_t k = 0; k < v.n; k++) {
        outside[k] = ~(uint32_t)v.member[k] & ALL_PORTS;
    }
    err = emit_table(BRIDGE_TABLE_VLAN, outside, v.n, emit, ctx);
    return err < 0 ? err : emit(ctx, BRIDGE_N_VLANS, v.n);
}

static bool parse_value(const struct kind *kind, const char *text,
                        uint32_t *value)
{
    if (kind->words == NULL) {
        return parse_u32(text, 0, kind->most, value);
    }
    for (const struct word *w = kind->words; w->name != NULL; w++) {
        if (strcmp(text, w->name) == 0) {
            *value = w->value;
            return true;
        }
    }
    return false;
}

/* "PORT=VALUE,..." into value[BRIDGE_PORTS]. */
static int parse_list(const struct fn_text *t, const struct kind *kind,
                      uint32_t *value)
{
    char text[TEXT_MAX_BYTES];
    char *next;

    for (size_t k = 0; k < BRIDGE_PORTS; k++) {
        value[k] = kind->at_first;
    }
    if (strlen(t->text) >= sizeof text) {
        return err_say(ERR_BAD_INPUT, "%s: %zu bytes, expected PORT=%s",
                       t->name, strlen(t->text), kind->what);
    }
    memcpy(text, t->text, strlen(t->text) + 1);
    for (char *c = text; c != NULL; c = next) {
        uint32_t port;
        next = net_cut(c, ',');
        char *is = net_cut(c, '=');
        if (is == NULL || !parse_u32(net_trim(c), 0, BRIDGE_PORTS - 1, &port) ||
            !parse_value(kind, net_trim(is), &value[port])) {
            return err_say(ERR_BAD_INPUT,
                           "%s: '%s', expected PORT=%s and ports from 0 to 15",
                           t->name, t->text, kind->what);
        }
    }
    return 0;
}

int bridge_parse_pvid(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    static const struct kind kind = {.what =
                                         "VID,... with VLANs from 0 to 4095",
                                     .most = BRIDGE_VLAN_DEPTH - 1,
                                     .at_first = 1};
    uint32_t vid[BRIDGE_PORTS];
    int err = parse_list(t, &kind, vid);

    for (uint32_t k = 0; err == 0 && k < BRIDGE_PORTS; k += 2) {
        err = emit(ctx, BRIDGE_PVID0 + 2 * k, vid[k + 1] << 16 | vid[k]);
    }
    return err;
}

/* A register with bits 0 and 16 of a value for port 0, and so on. */
static int emit_pairs(const struct fn_text *t, const struct kind *kind,
                      uint32_t reg, fn_emit *emit, void *ctx)
{
    uint32_t value[BRIDGE_PORTS];
    uint32_t bits = 0;
    int err = parse_list(t, kind, value);

    for (uint32_t k = 0; err == 0 && k < BRIDGE_PORTS; k++) {
        bits |= value[k] << k;
    }
    return err < 0 ? err : emit(ctx, reg, bits);
}

int bridge_parse_frames(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    static const struct word words[] = {
        {"all", 0}, {"tagged", 1}, {"untagged", 1 << 16}, {NULL, 0}};
    static const struct kind kind = {
        .what = "untagged|tagged|all,... with these words", .words = words};

    return emit_pairs(t, &kind, BRIDGE_REFUSE, emit, ctx);
}

int bridge_parse_states(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    static const struct word words[] = {{"forwarding", 0},
                                        {"learning", 1},
                                        {"discarding", 1 << 16 | 1},
                                        {NULL, 0}};
    static const struct kind kind = {
        .what = "discarding|learning|forwarding,... with these words",
        .words = words};

    return emit_pairs(t, &kind, BRIDGE_STATES, emit, ctx);
}

int bridge_parse_epochs(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    static const struct kind kind = {.what = "N,... with numbers from 0 to 15",
                                     .most = 15};
    uint32_t epoch[BRIDGE_PORTS];
    uint32_t half[2] = {0, 0};
    int err = parse_list(t, &kind, epoch);

    if (err < 0) {
        return err;
    }
    for (uint32_t k = 0; k < BRIDGE_PORTS; k++) {
        half[k / 8] |= epoch[k] << k % 8 * 4;
    }
    err = emit(ctx, BRIDGE_EPOCH0, half[0]);
    return err < 0 ? err : emit(ctx, BRIDGE_EPOCH1, half[1]);
}

int bridge_parse_unfiltered(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    char text[TEXT_MAX_BYTES] = "";
    uint32_t ports;

    if (strlen(t->text) < sizeof text) {
        memcpy(text, t->text, strlen(t->text));
    }
    if (!net_parse_ports(text, &ports)) {
        return err_say(ERR_BAD_INPUT,
                       "%s: '%s', expected ports from 0 to 15 like 0-3,7, or "
                       "none",
                       t->name, t->text);
    }
    return emit(ctx, BRIDGE_UNFILTERED, ports);
}

int bridge_parse_entries(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    uint32_t n;
    int err;

    if (!parse_u32(t->text, BRIDGE_FDB_MIN, BRIDGE_FDB_DEPTH, &n) ||
        (n & (n - 1)) != 0) {
        return err_say(ERR_BAD_INPUT,
                       "%s: '%s', expected a power of two from 64 to 4096",
                       t->name, t->text);
    }
    err = emit(ctx, BRIDGE_N_FDB, n);
    return err < 0 ? err
                   : emit_table(BRIDGE_TABLE_FDB, NULL,
                                (size_t)n * BRIDGE_FDB_WORDS, emit, ctx);
}
