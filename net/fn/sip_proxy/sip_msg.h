/*
 * sip_msg.h - a SIP message (RFC 3261, 25) as pieces of the bytes it came in;
 * nothing is copied, and no byte outside of them is read.
 */
#ifndef NET_FN_SIP_PROXY_SIP_MSG_H
#define NET_FN_SIP_PROXY_SIP_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIP_HEADERS_MAX = 64 };

/* 'n' bytes at 's', no NUL behind them. */
struct sip_text {
    const char *s;
    size_t n;
};

/* Headers that are looked at. */
enum sip_name {
    SIP_VIA,
    SIP_FROM,
    SIP_TO,
    SIP_CALL_ID,
    SIP_CSEQ,
    SIP_CONTACT,
    SIP_MAX_FORWARDS,
    SIP_ROUTE,
    SIP_EXPIRES,
    SIP_CONTENT_LENGTH,
    SIP_PROXY_REQUIRE,
    SIP_OTHER,
};

struct sip_header {
    enum sip_name name;
    struct sip_text line;  /* all of it, folds and line ends, too */
    struct sip_text value; /* without blanks before and behind */
};

struct sip_msg {
    bool is_request;
    struct sip_text method, uri; /* request */
    struct sip_text status;      /* response: the whole line, without its end */
    struct sip_header header[SIP_HEADERS_MAX];
    size_t n;
    struct sip_text body;
};

/* "sip:" [user "@"] host [":" port], what is behind left out. */
struct sip_uri {
    bool is_sip; /* and not sips, tel.. */
    struct sip_text user, host;
    uint32_t port; /* 0: none */
};

struct sip_via {
    struct sip_text host;
    uint32_t port;        /* 0: none */
    struct sip_text rest; /* parameters, from the first ';' on */
};

/* False when the bytes are no message: its lines are not as they should be, it
 * has more headers, or Content-Length says there are more bytes. */
bool sip_parse(const char *data, size_t n, struct sip_msg *m);

/* The first header of that name, or NULL. */
const struct sip_header *sip_find(const struct sip_msg *m, enum sip_name name);

/* Its value; empty when there is none. */
struct sip_text sip_value(const struct sip_msg *m, enum sip_name name);

/* Takes the first of several values, with ',' between, from the front of
 * 'list'; false when there is none. */
bool sip_next(struct sip_text *list, struct sip_text *value);

/* The URI of a From, To, Contact or Route value, with or without <>. */
struct sip_text sip_address(struct sip_text value);

/* False when it is no URI. */
bool sip_uri(struct sip_text text, struct sip_uri *uri);

/* A value of Via; false when it is none or not over UDP. */
bool sip_via(struct sip_text value, struct sip_via *via);

/* The parameter ";name=value" or ";name" of a header's value, outside of <>;
 * false when it is not there. */
bool sip_param(struct sip_text value, const char *name, struct sip_text *is);

/* The digits that a value begins with: the number of CSeq. */
struct sip_text sip_digits(struct sip_text value);

/* A number of digits up to 2^32 - 1; false when it is none. */
bool sip_number(struct sip_text text, uint32_t *number);

/* An IPv4 address like 192.0.2.1. */
bool sip_ip4(struct sip_text text, uint32_t *addr);

/* The same text; upper and lower case are, or are not, the same. */
bool sip_same(struct sip_text a, struct sip_text b);
bool sip_is(struct sip_text a, const char *b);

#endif
