/* sip_build.h - a SIP message that is written piece by piece. */
#ifndef NET_FN_SIP_PROXY_SIP_BUILD_H
#define NET_FN_SIP_PROXY_SIP_BUILD_H

#include <string.h>

#include "net/fn/sip_proxy/sip_msg.h"

enum { SIP_BYTES_MAX = 8192 };

/* What does not fit is left out, and 'full' says so. */
struct sip_build {
    char text[SIP_BYTES_MAX];
    size_t n;
    bool full;
};

static inline void sip_begin(struct sip_build *b)
{
    b->n = 0;
    b->full = false;
}

static inline void sip_add(struct sip_build *b, struct sip_text t)
{
    b->full = b->full || t.n > sizeof b->text - b->n;
    if (!b->full && t.n > 0) {
        memcpy(b->text + b->n, t.s, t.n);
        b->n += t.n;
    }
}

static inline void sip_add_s(struct sip_build *b, const char *s)
{
    sip_add(b, (struct sip_text){s, strlen(s)});
}

static inline void sip_add_number(struct sip_build *b, uint32_t v)
{
    char digits[10];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    sip_add(b, (struct sip_text){digits + at, sizeof digits - at});
}

static inline void sip_add_hex(struct sip_build *b, uint64_t v)
{
    char digits[16];

    for (size_t k = 0; k < sizeof digits; k++) {
        digits[k] = "0123456789abcdef"[v >> (60 - 4 * k) & 0xf];
    }
    sip_add(b, (struct sip_text){digits, sizeof digits});
}

static inline void sip_add_ip4(struct sip_build *b, uint32_t addr)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        sip_add_number(b, addr >> shift & 0xff);
        sip_add_s(b, shift > 0 ? "." : "");
    }
}

#endif
