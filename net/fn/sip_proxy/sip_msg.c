/* sip_msg.c - see sip_msg.h. */
#include "net/fn/sip_proxy/sip_msg.h"

#include <string.h>
#include <strings.h>

/* --- text ----------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct sip_text trim(struct sip_text t)
{
    while (t.n > 0 && is_blank(t.s[0])) {
        t.s++;
        t.n--;
    }
    while (t.n > 0 && is_blank(t.s[t.n - 1])) {
        t.n--;
    }
    return t;
}

static struct sip_text part(struct sip_text t, size_t from, size_t to)
{
    return (struct sip_text){t.s + from, to - from};
}

static bool is_one_of(char c, const char *any)
{
    while (*any != '\0' && *any != c) {
        any++;
    }
    return *any != '\0';
}

/* Place of the first of 'any' in 't' from 'at' on, outside of quotes and, with
 * 'outside', of <>; t.n when there is none. */
static size_t find(struct sip_text t, size_t at, const char *any, bool outside)
{
    bool quoted = false, inside = false;

    for (; at < t.n; at++) {
        char c = t.s[at];
        if (quoted) {
            at += c == '\\';
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (!inside && is_one_of(c, any)) {
            return at;
        } else if (outside) {
            inside = c == '<' || (inside && c != '>');
        }
    }
    return t.n;
}

bool sip_same(struct sip_text a, struct sip_text b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

bool sip_is(struct sip_text a, const char *b)
{
    return a.n == strlen(b) && strncasecmp(a.s, b, a.n) == 0;
}

struct sip_text sip_digits(struct sip_text value)
{
    size_t n = 0;

    while (n < value.n && value.s[n] >= '0' && value.s[n] <= '9') {
        n++;
    }
    return part(value, 0, n);
}

bool sip_number(struct sip_text text, uint32_t *number)
{
    uint64_t v = 0;

    for (size_t k = 0; k < text.n; k++) {
        if (text.s[k] < '0' || text.s[k] > '9' || v > UINT32_MAX) {
            return false;
        }
        v = v * 10 + (uint32_t)(text.s[k] - '0');
    }
    *number = (uint32_t)v;
    return text.n > 0 && v <= UINT32_MAX;
}

bool sip_ip4(struct sip_text text, uint32_t *addr)
{
    uint32_t parts = 0, byte;

    *addr = 0;
    for (size_t at = 0; parts < 4; parts++) {
        size_t end = find(text, at, ".", false);
        if (end == at || end > at + 3 ||
            !sip_number(part(text, at, end), &byte) || byte > 255 ||
            (end == text.n) != (parts == 3)) {
            return false;
        }
        *addr = *addr << 8 | byte;
        at = end + 1;
    }
    return true;
}

/* --- the message ---------------------------------------------------------- */

static enum sip_name name_of(struct sip_text t)
{
    /* RFC 3261, 7.3.3: long and compact. */
    static const char *const names[][2] = {
        [SIP_VIA] = {"Via", "v"},
        [SIP_FROM] = {"From", "f"},
        [SIP_TO] = {"To", "t"},
        [SIP_CALL_ID] = {"Call-ID", "i"},
        [SIP_CSEQ] = {"CSeq", "CSeq"},
        [SIP_CONTACT] = {"Contact", "m"},
        [SIP_MAX_FORWARDS] = {"Max-Forwards", "Max-Forwards"},
        [SIP_ROUTE] = {"Route", "Route"},
        [SIP_EXPIRES] = {"Expires", "Expires"},
        [SIP_CONTENT_LENGTH] = {"Content-Length", "l"},
        [SIP_PROXY_REQUIRE] = {"Proxy-Require", "Proxy-Require"},
    };
    enum sip_name name = SIP_VIA;

    while (name < SIP_OTHER && !sip_is(t, names[name][0]) &&
           !sip_is(t, names[name][1])) {
        name++;
    }
    return name;
}

/* Takes a line off the front of 'rest', with the lines that go on with it;
 * false when it has no end. */
static bool next_line(struct sip_text *rest, struct sip_text *line)
{
    size_t n = 0;

    do {
        const char *end =
            n < rest->n ? memchr(rest->s + n, '\n', rest->n - n) : NULL;
        if (end == NULL) {
            return false;
        }
        n = (size_t)(end - rest->s) + 1;
    } while (n > 2 && n < rest->n && (rest->s[n] == ' ' || rest->s[n] == '\t'));
    *line = part(*rest, 0, n);
    *rest = part(*rest, n, rest->n);
    return true;
}

static bool parse_start(struct sip_text line, struct sip_msg *m)
{
    static const char version[] = "SIP/2.0";
    struct sip_text t = trim(line);
    size_t first = find(t, 0, " ", false), last = t.n;

    while (last > first && t.s[last - 1] != ' ') {
        last--;
    }
    m->is_request = !sip_is(part(t, 0, first), version);
    m->method = part(t, 0, first);
    m->status = t;
    if (!m->is_request) { /* 3 digits, a blank, a reason */
        uint32_t status;
        return t.n >= first + 4 &&
               sip_number(part(t, first + 1, first + 4), &status) &&
               status >= 100 && status < 700 &&
               (t.n == first + 4 || t.s[first + 4] == ' ');
    }
    if (first == 0 || last < first + 3 ||
        !sip_is(part(t, last, t.n), version)) {
        return false;
    }
    m->uri = part(t, first + 1, last - 1);
    return find(m->uri, 0, " \t\"<>", false) == m->uri.n;
}

static bool parse_header(struct sip_text line, struct sip_header *h)
{
    const char *colon = memchr(line.s, ':', line.n);

    if (colon == NULL) {
        return false;
    }
    size_t n = (size_t)(colon - line.s);
    struct sip_text name = trim(part(line, 0, n));
    *h = (struct sip_header){.name = name_of(name),
                             .line = line,
                             .value = trim(part(line, n + 1, line.n))};
    return name.n > 0 && name.s == line.s;
}

bool sip_parse(const char *data, size_t n, struct sip_msg *m)
{
    struct sip_text rest = {data, n}, line;
    const struct sip_header *h;
    uint32_t length;

    *m = (struct sip_msg){.n = 0};
    if (!next_line(&rest, &line) || !parse_start(line, m)) {
        return false;
    }
    while (next_line(&rest, &line) && trim(line).n > 0) {
        if (m->n == SIP_HEADERS_MAX ||
            !parse_header(line, &m->header[m->n++])) {
            return false;
        }
    }
    h = sip_find(m, SIP_CONTENT_LENGTH);
    m->body = rest;
    if (h != NULL) { /* what is beyond is none of it: RFC 3261, 18.3 */
        if (!sip_number(h->value, &length) || length > rest.n) {
            return false;
        }
        m->body.n = length;
    }
    return trim(line).n == 0; /* the headers have an end */
}

const struct sip_header *sip_find(const struct sip_msg *m, enum sip_name name)
{
    for (size_t k = 0; k < m->n; k++) {
        if (m->header[k].name == name) {
            return &m->header[k];
        }
    }
    return NULL;
}

struct sip_text sip_value(const struct sip_msg *m, enum sip_name name)
{
    const struct sip_header *h = sip_find(m, name);

    return h != NULL ? h->value : (struct sip_text){"", 0};
}

/* --- values --------------------------------------------------------------- */

bool sip_next(struct sip_text *list, struct sip_text *value)
{
    size_t end = find(*list, 0, ",", true);
    struct sip_text all = *list;

    *value = trim(part(all, 0, end));
    *list = trim(part(all, end < all.n ? end + 1 : end, all.n));
    return all.n > 0;
}

struct sip_text sip_address(struct sip_text value)
{
    size_t open = find(value, 0, "<", false);

    if (open < value.n) {
        size_t close = find(value, open, ">", false);
        return part(value, open + 1, close);
    }
    return trim(part(value, 0, find(value, 0, ";", false)));
}

/* "host" [":" port] up to 'end'. */
static bool host_port(struct sip_text t, struct sip_text *host, uint32_t *port)
{
    size_t colon = find(t, 0, ":", false);

    *host = trim(part(t, 0, colon));
    *port = 0;
    return host->n > 0 && find(*host, 0, " <>@", false) == host->n &&
           (colon == t.n || (sip_number(trim(part(t, colon + 1, t.n)), port) &&
                             *port > 0 && *port < 65536));
}

bool sip_uri(struct sip_text text, struct sip_uri *uri)
{
    size_t scheme = find(text, 0, ":", false);
    struct sip_text rest;

    *uri = (struct sip_uri){.is_sip = sip_is(part(text, 0, scheme), "sip")};
    if (scheme == text.n) {
        return false;
    }
    if (!uri->is_sip) {
        return true;
    }
    rest = part(text, scheme + 1, text.n);
    size_t at = find(rest, 0, "@", false);
    if (at < rest.n) { /* a password is no part of whom it names */
        uri->user = part(rest, 0, find(part(rest, 0, at), 0, ":", false));
        rest = part(rest, at + 1, rest.n);
    }
    rest = part(rest, 0, find(rest, 0, ";?", false));
    return host_port(rest, &uri->host, &uri->port);
}

bool sip_via(struct sip_text value, struct sip_via *via)
{
    size_t end = find(value, 0, ";", false);
    struct sip_text by = part(value, 0, end);
    size_t blank = find(by, 0, " \t\r\n", false);

    via->rest = part(value, end, value.n);
    return sip_is(part(by, 0, blank), "SIP/2.0/UDP") &&
           host_port(trim(part(by, blank, by.n)), &via->host, &via->port);
}

bool sip_param(struct sip_text value, const char *name, struct sip_text *is)
{
    size_t at = find(value, 0, ";", true);

    while (at < value.n) {
        size_t end = find(value, at + 1, ";", true);
        struct sip_text p = part(value, at + 1, end);
        size_t equal = find(p, 0, "=", true);
        if (sip_is(trim(part(p, 0, equal)), name)) {
            *is = trim(part(p, equal < p.n ? equal + 1 : equal, p.n));
            return true;
        }
        at = end;
    }
    return false;
}
