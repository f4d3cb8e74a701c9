/* utf8.h - which bytes are text that can be shown (RFC 3629). */
#ifndef CORE_BASE_UTF8_H
#define CORE_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Bytes of the character at 's', which ends with a NUL; 0 when there is none:
 * no UTF-8, or a control character.
 */
static inline size_t utf8_bytes(const unsigned char *s)
{
    static const uint32_t least[] = {0, ' ', 0x80, 0x800, 0x10000};
    size_t n = s[0] < 0x80   ? 1
               : s[0] < 0xc0 ? 0
               : s[0] < 0xe0 ? 2
               : s[0] < 0xf0 ? 3
               : s[0] < 0xf8 ? 4
                             : 0;
    uint32_t c = n > 1 ? s[0] & (0x7fu >> n) : s[0];

    for (size_t k = 1; k < n; k++) {
        if ((s[k] & 0xc0) != 0x80) {
            return 0; /* a NUL, too */
        }
        c = c << 6 | (s[k] & 0x3f);
    }
    return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ||
                   (c >= 0x7f && c < 0xa0)
               ? 0
               : n;
}

#endif
