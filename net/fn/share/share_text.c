/* share_text.c - settings of share, turned into register writes. */
#include "net/fn/share/share_text.h"

#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_text.h"
#include "share_csr.h"

enum { BYTES_MAX = 0x7fffffff, WEIGHT_MAX = 0xffff };

struct nets {
    uint32_t net[SHARE_NET_DEPTH * SHARE_NET_WORDS];
    uint32_t link[SHARE_LINK_WORDS];
    uint32_t unit; /* tokens of weight 1 a turn; 0: no link yet */
    uint32_t n;    /* networks: the highest and one */
};

static const char *link_line(struct nets *t, char **f, size_t n)
{
    if (n != 7 || t->unit != 0 || strcmp(f[1], "rate") != 0 ||
        strcmp(f[3], "burst") != 0 || strcmp(f[5], "unit") != 0) {
        return "link rate BYTES burst BYTES unit BYTES, once";
    }
    if (!parse_u32(f[2], 1, BYTES_MAX, &t->link[LINK_RATE])) {
        return "a rate from 1 to 2147483647 bytes a tick";
    }
    if (!parse_u32(f[4], 1, BYTES_MAX, &t->link[LINK_BURST])) {
        return "a burst from 1 to 2147483647 bytes";
    }
    if (!parse_u32(f[6], 1, SHARE_QUANTUM_MASK, &t->unit)) {
        return "a unit from 1 to 16777215 bytes";
    }
    return NULL;
}

/* What may follow the weight: [most BYTES] [priority]. */
static bool parse_rest(char **f, size_t n, uint32_t *net)
{
    if (n >= 2 && strcmp(f[0], "most") == 0) {
        if (!parse_u32(f[1], net[NET_QUANTUM], BYTES_MAX, &net[NET_MOST])) {
            return false;
        }
        f += 2;
        n -= 2;
    }
    if (n == 1 && strcmp(f[0], "priority") == 0) {
        net[NET_HOW] = 1;
        n = 0;
    }
    return n == 0;
}

static const char *net_line(struct nets *t, char **f, size_t n)
{
    uint32_t number, weight;

    if (t->unit == 0) {
        return "the link before the networks";
    }
    if (n < 4 || strcmp(f[2], "weight") != 0 ||
        !parse_u32(f[1], 0, SHARE_NET_DEPTH - 1, &number)) {
        return "net NUMBER weight WEIGHT with numbers from 0 to 63";
    }
    uint32_t *net = t->net + (size_t)number * SHARE_NET_WORDS;
    if (net[NET_QUANTUM] != 0) {
        return "each network once";
    }
    if (!parse_u32(f[3], 1, WEIGHT_MAX, &weight) ||
        (uint64_t)weight * t->unit > SHARE_QUANTUM_MASK) {
        return "a weight from 1 to 65535, and with the unit at most 16777215 "
               "bytes";
    }
    net[NET_QUANTUM] = weight * t->unit;
    if (net[NET_QUANTUM] > t->link[LINK_BURST]) {
        return "a weight times the unit within the link's burst";
    }
    net[NET_MOST] = 2 * net[NET_QUANTUM];
    net[NET_TOKENS] = net[NET_QUANTUM];
    if (!parse_rest(f + 4, n - 4, net)) {
        return "after the weight nothing, or most with at least weight times "
               "unit bytes, and priority";
    }
    t->n = number >= t->n ? number + 1 : t->n;
    return NULL;
}

static const char *line(void *ctx, char **f, size_t n)
{
    if (strcmp(f[0], "link") == 0) {
        return link_line(ctx, f, n);
    }
    if (strcmp(f[0], "net") == 0) {
        return net_line(ctx, f, n);
    }
    return "link ... or net ...";
}

int share_parse_nets(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct nets x = {.n = 0};
    int err = net_lines(t, "line", line, &x);

    if (err == 0 && x.unit == 0) {
        err = err_say(ERR_BAD_INPUT,
                      "%s: no link, expected a line 'link rate "
                      "BYTES burst BYTES unit BYTES'",
                      t->name);
    }
    err = err < 0 ? err
                  : net_emit_words(SHARE_TABLE_NET, x.net,
                                   (size_t)x.n * SHARE_NET_WORDS, emit, ctx);
    err = err < 0 ? err
                  : net_emit_words(SHARE_TABLE_LINK, x.link, SHARE_LINK_WORDS,
                                   emit, ctx);
    err = err < 0 ? err : emit(ctx, SHARE_N_NETS, x.n);
    return err < 0 ? err : emit(ctx, SHARE_N_LINK, 1);
}

int share_parse_net(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    bool mark = strcmp(t->text, "mark") == 0;

    if (!mark && strcmp(t->text, "port") != 0) {
        return err_say(ERR_BAD_INPUT, "%s: '%s', expected port or mark",
                       t->name, t->text);
    }
    return emit(ctx, SHARE_NET_BY, mark);
}
