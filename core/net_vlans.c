/* net_vlans.c - see net_vlans.h. */
#include "core/net_vlans.h"

#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"

enum { LINE_MAX_BYTES = 256 };

char *net_trim(char *text)
{
    size_t n;

    text += strspn(text, " \t\r");
    n = strlen(text);
    while (n > 0 && strchr(" \t\r", text[n - 1]) != NULL) {
        text[--n] = '\0';
    }
    return text;
}

char *net_cut(char *text, char c)
{
    char *at = strchr(text, c);

    if (at == NULL) {
        return NULL;
    }
    *at = '\0';
    return at + 1;
}

/* "7" or "0-3". */
static bool parse_range(char *text, uint32_t *ports)
{
    uint32_t low, high;
    char *to = net_cut(text, '-');

    if (!parse_u32(net_trim(text), 0, NET_VLAN_PORTS - 1, &low)) {
        return false;
    }
    high = low;
    if (to != NULL &&
        !parse_u32(net_trim(to), low, NET_VLAN_PORTS - 1, &high)) {
        return false;
    }
    *ports = (2u << high) - (1u << low);
    return true;
}

bool net_parse_ports(char *text, uint32_t *ports)
{
    uint32_t all = 0, some;
    char *next;

    text = net_trim(text);
    if (strcmp(text, "none") == 0) {
        *ports = 0;
        return true;
    }
    for (; text != NULL; text = next) {
        next = net_cut(text, ',');
        if (!parse_range(text, &some)) {
            return false;
        }
        all |= some;
    }
    *ports = all;
    return true;
}

/* The word behind the ports of 'text', which is cut off, or NULL. */
static const char *cut_word(char *text)
{
    static const char *const words[] = {"untagged", "tagged"};
    size_t n = strlen(text);

    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
        size_t len = strlen(words[k]);
        if (n > len && strcmp(text + n - len, words[k]) == 0 &&
            strchr(" \t", text[n - len - 1]) != NULL) {
            text[n - len - 1] = '\0';
            return words[k];
        }
    }
    return NULL;
}

/* The PORTS of a line; NULL, or what was expected. */
static const char *parse_members(char *text, uint32_t *member,
                                 uint32_t *untagged)
{
    uint32_t by_word[2] = {0, 0}; /* tagged, untagged */
    bool words = false, bare = false;
    char *next;

    *member = 0;
    *untagged = 0;
    if (strcmp(text, "none") == 0) {
        return NULL;
    }
    for (; text != NULL; text = next) {
        uint32_t some;
        next = net_cut(text, ',');
        text = net_trim(text);
        const char *word = cut_word(text);
        if (!parse_range(text, &some)) {
            return "ports from 0 to 15 like 0-3,7 or 0-3 untagged, 7 tagged, "
                   "or none";
        }
        bare = bare || word == NULL;
        words = words || word != NULL;
        by_word[word != NULL && word[0] == 'u'] |= some;
    }
    if (words && bare) {
        return "untagged or tagged behind each of the ports, or none of them";
    }
    if ((by_word[0] & by_word[1]) != 0) {
        return "each port either untagged or tagged";
    }
    *member = by_word[0] | by_word[1];
    *untagged = by_word[1];
    return NULL;
}

/* One line; NULL, or what was expected. */
static const char *parse_line(char *line, uint32_t *vid, uint32_t *member,
                              uint32_t *untagged)
{
    char *list = net_cut(line, ':');

    if (list == NULL) {
        return "VID: PORTS";
    }
    if (!parse_u32(net_trim(line), 0, NET_VLANS - 1, vid)) {
        return "a VLAN from 0 to 4095";
    }
    return parse_members(net_trim(list), member, untagged);
}

int net_vlans_parse(const struct fn_text *t, struct net_vlans *v)
{
    bool given[NET_VLANS] = {false};
    size_t line_no = 0, len = 0;

    *v = (struct net_vlans){.n = 0};
    memset(v->member, 0xff, sizeof v->member);
    for (const char *c = t->text; *c != '\0'; c += len + (c[len] == '\n')) {
        char line[LINE_MAX_BYTES];
        uint32_t vid, member, untagged;

        line_no++;
        len = strcspn(c, "\n");
        if (c[0] == '#') {
            continue;
        }
        if (len >= sizeof line) {
            return err_say(ERR_BAD_INPUT,
                           "%s:%zu: line of %zu bytes, expected VID: PORTS",
                           t->name, line_no, len);
        }
        memcpy(line, c, len);
        line[len] = '\0';
        if (*net_trim(line) == '\0') {
            continue;
        }
        const char *expected = parse_line(line, &vid, &member, &untagged);
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
        v->member[vid] = (uint16_t)member;
        v->untagged[vid] = (uint16_t)untagged;
        v->n = vid >= v->n ? vid + 1 : v->n;
    }
    return 0;
}
