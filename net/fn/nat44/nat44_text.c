/* nat44_text.c - see nat44_text.h. */
#include "net/fn/nat44/nat44_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/net_key4.h"
#include "core/net_text.h"
#include "net/fn/nat44/nat44_map.h"

enum { VALUE_BYTES = 128, PORTS = 32, POOL_MOST = 0x10000 };

/* A copy of a value that may be cut to pieces; false when it is too long. */
static bool copy(const struct fn_text *t, char text[VALUE_BYTES])
{
    size_t n = strlen(t->text);

    if (n >= VALUE_BYTES) {
        return false;
    }
    memcpy(text, t->text, n + 1);
    return true;
}

static int refuse(const struct fn_text *t, const char *what,
                  const char *expected)
{
    return err_say(ERR_BAD_INPUT, "%s: %s is '%.60s', expected %s", t->name,
                   what, t->text, expected);
}

/* Cuts 'text' at the first 'c'; what follows, or NULL without one. */
static char *cut(char *text, char c)
{
    char *at = strchr(text, c);

    if (at != NULL) {
        *at++ = '\0';
    }
    return at;
}

static bool read_ports(char *text, uint32_t *ports)
{
    *ports = 0;
    for (char *next; text != NULL; text = next) {
        uint32_t low, high;
        next = cut(text, ',');
        char *to = cut(text, '-');
        if (!parse_u32(text, 0, PORTS - 1, &low)) {
            return false;
        }
        high = low;
        if (to != NULL && !parse_u32(to, low, PORTS - 1, &high)) {
            return false;
        }
        *ports |= (uint32_t)((UINT64_C(2) << high) - (UINT64_C(1) << low));
    }
    return true;
}

int nat44_parse_inside(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    char text[VALUE_BYTES];
    uint32_t ports = 0;

    if (strcmp(t->text, "none") != 0 &&
        (!copy(t, text) || !read_ports(text, &ports))) {
        return refuse(t, "inside", "ports from 0 to 31 like 0-2,5, or none");
    }
    return emit(ctx, NAT44_INSIDE_PORTS, ports);
}

static bool read_pool(char *text, uint32_t *first, uint32_t *n)
{
    char *to = strchr(text, '-') != NULL ? cut(text, '-') : NULL;
    uint32_t last, len;

    if (to == NULL) {
        if (!net_parse_prefix4(text, first, &len) || len < 16) {
            return false;
        }
        *n = 1u << (32 - len);
        return true;
    }
    if (!net_parse_ip4(text, first) || !net_parse_ip4(to, &last) ||
        last < *first || last - *first >= POOL_MOST) {
        return false;
    }
    *n = last - *first + 1;
    return true;
}

int nat44_parse_pool(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    char text[VALUE_BYTES];
    uint32_t first, n;

    if (!copy(t, text) || !read_pool(text, &first, &n)) {
        return refuse(t, "pool",
                      "at most 65536 addresses like 192.0.2.16-192.0.2.31 or "
                      "192.0.2.16/28");
    }
    int err = emit(ctx, NAT44_POOL_ADDR, first);
    return err < 0 ? err : emit(ctx, NAT44_POOL_SIZE, n);
}

int nat44_parse_blocks(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    char text[VALUE_BYTES], *most_text;
    uint32_t size, most, log2 = 0;
    bool ok = copy(t, text);

    most_text = ok ? cut(text, ' ') : NULL;
    ok = ok && most_text != NULL && parse_u32(text, 64, 512, &size) &&
         (size & (size - 1)) == 0 && parse_u32(most_text, 1, 8, &most);
    if (!ok) {
        return refuse(t, "blocks",
                      "SIZE MOST like 256 4: 64, 128, 256 or 512 ports, 1 to 8 "
                      "blocks");
    }
    while (1u << log2 < size) {
        log2++;
    }
    return emit(ctx, NAT44_BLOCK_HOW,
                log2 << NAT44_BLOCK_HOW_LOG2_SHIFT |
                    most << NAT44_BLOCK_HOW_MOST_SHIFT);
}

struct forwards {
    uint32_t *words; /* [NAT44_FORWARD_DEPTH * NAT44_FORWARD_WORDS] */
    uint32_t n;
};

/* "10.0.0.5:8080" */
static bool read_end(char *text, uint32_t *addr, uint32_t *port)
{
    char *at = cut(text, ':');

    return at != NULL && net_parse_ip4(text, addr) &&
           parse_u32(at, 1, 0xffff, port);
}

/* Is an end of 'w' that of an entry before? */
static bool is_twice(const struct forwards *r, const uint32_t *w)
{
    for (uint32_t k = 0; k < r->n; k++) {
        const uint32_t *x = r->words + (size_t)k * NAT44_FORWARD_WORDS;
        if (memcmp(x, w, 16) == 0 || memcmp(x + 4, w + 4, 16) == 0) {
            return true;
        }
    }
    return false;
}

static const char *forward_line(void *ctx, char **f, size_t n)
{
    struct forwards *r = ctx;
    uint32_t out, out_port, in, in_port;
    bool tcp = strcmp(f[0], "tcp") == 0;

    if (n != 3 || (!tcp && strcmp(f[0], "udp") != 0) ||
        !read_end(f[1], &out, &out_port) || !read_end(f[2], &in, &in_port)) {
        return "PROTOCOL OUTSIDE:PORT INSIDE:PORT like tcp 192.0.2.16:80 "
               "10.0.0.5:8080, with tcp or udp";
    }
    if (r->n == NAT44_FORWARD_DEPTH) {
        return "at most 4096 forwards";
    }
    uint32_t proto = tcp ? NET_TCP : NET_UDP;
    uint32_t *w = r->words + (size_t)r->n * NAT44_FORWARD_WORDS;
    const uint32_t words[NAT44_FORWARD_WORDS] = {
        in, 0, in_port << 16, proto, out, 0, out_port << 16, 1u << 8 | proto};
    if (is_twice(r, words)) {
        return "each endpoint of a protocol once";
    }
    memcpy(w, words, sizeof words);
    r->n++;
    return NULL;
}

int nat44_parse_forwards(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct forwards r = {
        .words = calloc((size_t)NAT44_FORWARD_DEPTH * NAT44_FORWARD_WORDS,
                        sizeof *r.words)};
    int err = r.words == NULL
                  ? err_say(ERR_NO_MEM, "%s: not enough memory", t->name)
                  : net_lines(t, "forward", forward_line, &r);

    err = err < 0
              ? err
              : net_emit_words(NAT44_TABLE_FORWARD, r.words,
                               (size_t)r.n * NAT44_FORWARD_WORDS, emit, ctx);
    free(r.words);
    return err < 0 ? err : emit(ctx, NAT44_N_FORWARDS, r.n);
}
