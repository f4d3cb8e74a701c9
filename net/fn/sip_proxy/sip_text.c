/* sip_text.c - see sip_text.h. */
#include "net/fn/sip_proxy/sip_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/net_text.h"
#include "sip_proxy_csr.h"

enum { NAME_BYTES = SIP_PROXY_DOMAIN_WORDS * 4, VALUE_BYTES = 32 };

int sip_proxy_parse_local(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    char value[VALUE_BYTES];
    uint32_t addr;

    if (snprintf(value, sizeof value, "%s", t->text) >= VALUE_BYTES ||
        !net_parse_ip4(value, &addr)) {
        return err_say(ERR_BAD_INPUT,
                       "%s: '%s' is no IPv4 address, expected one like "
                       "192.0.2.1",
                       t->name, t->text);
    }
    return emit(ctx, SIP_PROXY_LOCAL, addr);
}

static bool is_name(const char *s, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (!isalnum((unsigned char)s[k]) && s[k] != '-' && s[k] != '.') {
            return false;
        }
    }
    return n > 0 && n < NAME_BYTES;
}

int sip_proxy_parse_domains(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    uint32_t w[SIP_PROXY_DOMAIN_DEPTH * SIP_PROXY_DOMAIN_WORDS] = {0};
    uint32_t n = 0;

    for (const char *s = t->text + strspn(t->text, " "); *s != '\0'; n++) {
        size_t len = strcspn(s, " ");
        if (n == SIP_PROXY_DOMAIN_DEPTH || !is_name(s, len)) {
            return err_say(ERR_BAD_INPUT,
                           "%s: '%.*s' is no domain's name, or there are more "
                           "than 64, expected names of up to 63 letters, "
                           "digits, '-' and '.'",
                           t->name, (int)(len < NAME_BYTES ? len : NAME_BYTES),
                           s);
        }
        for (size_t k = 0; k < len; k++) {
            w[n * SIP_PROXY_DOMAIN_WORDS + k / 4] |=
                (uint32_t)tolower((unsigned char)s[k]) << (24 - 8 * (k % 4));
        }
        s += len;
        s += strspn(s, " ");
    }
    int err = net_emit_words(SIP_PROXY_TABLE_DOMAIN, w,
                             (size_t)n * SIP_PROXY_DOMAIN_WORDS, emit, ctx);
    return err < 0 ? err : emit(ctx, SIP_PROXY_N_DOMAINS, n);
}
