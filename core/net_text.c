/* net_text.c - see net_text.h. */
#include "core/net_text.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/base/text.h"

enum { LINE_BYTES = 256 };

static size_t split(char *line, char **f)
{
    size_t n = 0;

    for (char *c = line; n < NET_FIELDS_MAX; n++) {
        c += strspn(c, " \t\r");
        if (*c == '\0') {
            break;
        }
        f[n] = c;
        c += strcspn(c, " \t\r");
        if (*c != '\0') {
            *c++ = '\0';
        }
    }
    return n;
}

int net_lines(const struct fn_text *t, const char *what, net_line_fn *line,
              void *ctx)
{
    size_t line_no = 0, len = 0;

    for (const char *c = t->text; *c != '\0'; c += len + (c[len] == '\n')) {
        char text[LINE_BYTES];
        char *field[NET_FIELDS_MAX];

        line_no++;
        len = strcspn(c, "\n");
        if (c[0] == '#') {
            continue;
        }
        if (len >= sizeof text) {
            return err_say(ERR_BAD_INPUT,
                           "%s:%zu: line of %zu bytes, expected a %s", t->name,
                           line_no, len, what);
        }
        memcpy(text, c, len);
        text[len] = '\0';
        size_t n = split(text, field);
        const char *expected = n > 0 ? line(ctx, field, n) : NULL;
        if (expected != NULL) {
            return err_say(ERR_BAD_INPUT, "%s:%zu: bad %s, expected %s",
                           t->name, line_no, what, expected);
        }
    }
    return 0;
}

int net_emit_words(size_t table, const uint32_t *words, size_t n, fn_emit *emit,
                   void *ctx)
{
    int err = emit(ctx, CSR_WINDOW_INDEX, csr_window(table, 0));

    for (size_t k = 0; err == 0 && k < n; k++) {
        err = emit(ctx, CSR_WINDOW_DATA, words[k]);
    }
    return err;
}

bool net_parse_ip4(char *text, uint32_t *addr)
{
    uint32_t a = 0;

    for (int k = 0; k < 4; k++) {
        char *dot = strchr(text, '.');
        uint32_t byte;
        if ((dot == NULL) != (k == 3)) {
            return false;
        }
        if (dot != NULL) {
            *dot = '\0';
        }
        if (!parse_u32(text, 0, 255, &byte)) {
            return false;
        }
        a = a << 8 | byte;
        text = dot != NULL ? dot + 1 : text;
    }
    *addr = a;
    return true;
}

bool net_parse_prefix4(char *text, uint32_t *addr, uint32_t *len)
{
    char *slash = strchr(text, '/');

    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    if (!parse_u32(slash + 1, 0, 32, len) || !net_parse_ip4(text, addr)) {
        return false;
    }
    *addr &= *len == 0 ? 0 : UINT32_MAX << (32 - *len);
    return true;
}

bool net_parse_ip6(const char *text, uint32_t addr[4])
{
    uint8_t bytes[16];

    if (inet_pton(AF_INET6, text, bytes) != 1) {
        return false;
    }
    for (size_t k = 0; k < 4; k++) {
        addr[k] = be32_load(bytes + 4 * k);
    }
    return true;
}

bool net_parse_prefix6(char *text, uint32_t addr[4], uint32_t *len)
{
    char *slash = strchr(text, '/');

    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    if (!parse_u32(slash + 1, 0, 128, len) || !net_parse_ip6(text, addr)) {
        return false;
    }
    for (uint32_t k = 0; k < 4; k++) {
        uint32_t bits = *len <= 32 * k ? 0 : *len - 32 * k;
        addr[k] &= bits == 0    ? 0
                   : bits >= 32 ? UINT32_MAX
                                : UINT32_MAX << (32 - bits);
    }
    return true;
}

static int nibble(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool net_parse_mac(char *text, uint64_t *mac)
{
    uint64_t m = 0;

    for (int k = 0; k < 6; k++, text += 3) {
        int high = nibble(text[0]);
        int low = high < 0 ? -1 : nibble(text[1]);
        if (low < 0 || text[2] != (k < 5 ? ':' : '\0')) {
            return false;
        }
        m = m << 8 | (uint64_t)(high << 4 | low);
    }
    *mac = m;
    return true;
}
