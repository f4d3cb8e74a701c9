/* bridge_text.c - settings of bridge, turned into register writes. */
#include "net/fn/bridge/bridge_text.h"

#include <string.h>

#include "bridge_csr.h"
#include "core/base/err.h"
#include "core/base/text.h"

enum { LINE_MAX_BYTES = 256, ALL_PORTS = 0xffff };

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

/* 'text' without the blanks around it; changes 'text'. */
static char *trim(char *text)
{
    size_t n;

    text += strspn(text, " \t\r");
    n = strlen(text);
    while (n > 0 && strchr(" \t\r", text[n - 1]) != NULL) {
        text[--n] = '\0';
    }
    return text;
}

/* Cuts 'text' at the first 'c'; what follows, or NULL without one. */
static char *cut(char *text, char c)
{
    char *at = strchr(text, c);

    if (at == NULL) {
        return NULL;
    }
    *at = '\0';
    return at + 1;
}

/* "0-3,7" to a bit for each port. */
static bool parse_ports(char *text, uint32_t *ports)
{
    uint32_t all = 0;
    char *next;

    if (strcmp(text, "none") == 0) {
        *ports = 0;
        return true;
    }
    for (; text != NULL; text = next) {
        uint32_t low, high;
        next = cut(text, ',');
        char *to = cut(text, '-');
        if (!parse_u32(trim(text), 0, BRIDGE_PORTS - 1, &low)) {
            return false;
        }
        high = low;
        if (to != NULL && !parse_u32(trim(to), low, BRIDGE_PORTS - 1, &high)) {
            return false;
        }
        all |= (2u << high) - (1u << low);
    }
    *ports = all;
    return true;
}

/* One line; NULL, or what was expected. */
static const char *parse_vlan(char *line, uint32_t *vid, uint32_t *ports)
{
    char *list = cut(line, ':');

    if (list == NULL) {
        return "VID: PORTS";
    }
    if (!parse_u32(trim(line), 0, BRIDGE_VLAN_DEPTH - 1, vid)) {
        return "a VLAN from 0 to 4095";
    }
    if (!parse_ports(trim(list), ports)) {
        return "ports from 0 to 15 like 0-3,7, or none";
    }
    return NULL;
}

int bridge_parse_vlans(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    uint32_t outside[BRIDGE_VLAN_DEPTH] = {0};
    bool given[BRIDGE_VLAN_DEPTH] = {false};
    uint32_t n = 0;
    size_t line_no = 0;
    int err;

    for (const char *c = t->text; *c != '\0';) {
        char line[LINE_MAX_BYTES];
        size_t len = strcspn(c, "\n");
        uint32_t vid, ports;

        line_no++;
        if (c[0] == '#') {
            c += len + (c[len] == '\n');
            continue;
        }
        if (len >= sizeof line) {
            return err_say(ERR_BAD_INPUT,
                           "%s:%zu: line of %zu bytes, expected VID: PORTS",
                           t->name, line_no, len);
        }
        memcpy(line, c, len);
        line[len] = '\0';
        c += len + (c[len] == '\n');
        if (*trim(line) == '\0') {
            continue;
        }
        const char *expected = parse_vlan(line, &vid, &ports);
        if (expected != NULL) {
            return err_say(ERR_BAD_INPUT, "%s:%zu: bad VLAN, expected %s",
                           t->name, line_no, expected);
        }
        if (given[vid]) {
            return err_say(ERR_BAD_INPUT,
                           "%s:%zu: VLAN %u again, expected each once", t->name,
                           line_no, vid);
        }
        given[vid] = true;
        outside[vid] = ~ports & ALL_PORTS;
        n = vid >= n ? vid + 1 : n;
    }
    err = emit_table(BRIDGE_TABLE_VLAN, outside, n, emit, ctx);
    return err < 0 ? err : emit(ctx, BRIDGE_N_VLANS, n);
}

/* "2=20" into 'vid'; false when it is something else. */
static bool parse_port_vid(char *text, uint32_t *vid)
{
    char *value = cut(text, '=');
    uint32_t port;

    return value != NULL && parse_u32(trim(text), 0, BRIDGE_PORTS - 1, &port) &&
           parse_u32(trim(value), 0, BRIDGE_VLAN_DEPTH - 1, &vid[port]);
}

int bridge_parse_pvid(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    uint32_t vid[BRIDGE_PORTS];
    char text[LINE_MAX_BYTES];
    char *next;
    int err = 0;

    for (size_t k = 0; k < BRIDGE_PORTS; k++) {
        vid[k] = 1;
    }
    if (strlen(t->text) >= sizeof text) {
        return err_say(ERR_BAD_INPUT, "%s: %zu bytes, expected PORT=VID,...",
                       t->name, strlen(t->text));
    }
    memcpy(text, t->text, strlen(t->text) + 1);
    for (char *c = text; c != NULL; c = next) {
        next = cut(c, ',');
        if (!parse_port_vid(c, vid)) {
            return err_say(ERR_BAD_INPUT,
                           "%s: '%s', expected PORT=VID,... with ports from 0 "
                           "to 15 and VLANs from 0 to 4095",
                           t->name, t->text);
        }
    }
    for (uint32_t k = 0; err == 0 && k < BRIDGE_PORTS; k += 2) {
        err = emit(ctx, BRIDGE_PVID0 + 2 * k, vid[k + 1] << 16 | vid[k]);
    }
    return err;
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
