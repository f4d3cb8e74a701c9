/* rules4_text.c - see rules4_text.h. */
#include "net/table/rules4_text.h"

#include <string.h>

#include "core/base/text.h"
#include "core/net_text.h"

/* "10.1.2.0/24" to address and mask. */
static bool parse_prefix(char *text, uint32_t *addr, uint32_t *mask)
{
    uint32_t len;

    if (!net_parse_prefix4(text, addr, &len)) {
        return false;
    }
    *mask = len == 0 ? 0 : UINT32_MAX << (32 - len);
    return true;
}

/* "0x06/0xFF" to value and mask, each at most 'max'. */
static bool parse_masked(char *text, uint32_t max, uint32_t *value,
                         uint32_t *mask)
{
    char *slash = strchr(text, '/');

    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    return parse_u32(text, 0, max, value) && parse_u32(slash + 1, 0, max, mask);
}

/* The three fields "LO", ":", "HI" to one word. */
static bool parse_ports(char **f, uint32_t *word)
{
    uint32_t low, high;

    if (!parse_u32(f[0], 0, 65535, &low) || strcmp(f[1], ":") != 0 ||
        !parse_u32(f[2], 0, 65535, &high) || low > high) {
        return false;
    }
    *word = high << 16 | low;
    return true;
}

const char *rules4_parse(char **field, uint32_t *words)
{
    char **f = field;
    uint32_t *w = words;
    uint32_t proto, proto_mask, flags, flags_mask;

    if (f[0][0] != '@' || !parse_prefix(f[0] + 1, &w[0], &w[1])) {
        return "a source prefix like @10.0.0.0/8";
    }
    if (!parse_prefix(f[1], &w[2], &w[3])) {
        return "a destination prefix like 10.0.0.0/8";
    }
    if (!parse_ports(f + 2, &w[4])) {
        return "source ports LOW : HIGH with LOW <= HIGH <= 65535";
    }
    if (!parse_ports(f + 5, &w[5])) {
        return "destination ports LOW : HIGH with LOW <= HIGH <= 65535";
    }
    if (!parse_masked(f[8], 0xff, &proto, &proto_mask)) {
        return "a protocol like 0x06/0xFF";
    }
    if (!parse_masked(f[9], 0xffff, &flags, &flags_mask) ||
        (flags_mask & 0xff) != 0) {
        return "flags like 0x0200/0x0200, within mask 0xff00";
    }
    w[6] = (flags_mask & 0xff00) << 16 | (flags & flags_mask & 0xff00) << 8 |
           proto_mask << 8 | (proto & proto_mask);
    return NULL;
}

struct rule4 rules4_of_words(const uint32_t *words, bool no_flags)
{
    const uint32_t *w = words;

    return (struct rule4){
        .src = w[0],
        .src_mask = w[1],
        .dst = w[2],
        .dst_mask = w[3],
        .sport = {(uint16_t)w[4], (uint16_t)(w[4] >> 16)},
        .dport = {(uint16_t)w[5], (uint16_t)(w[5] >> 16)},
        .proto = (uint8_t)w[6],
        .proto_mask = (uint8_t)(w[6] >> 8),
        .flags = (uint8_t)(w[6] >> 16),
        .flags_mask = no_flags ? 0 : (uint8_t)(w[6] >> 24),
    };
}
