/* sip_send.c - see sip_send.h. */
#include "net/fn/sip_proxy/sip_send.h"

#include "net/fn/sip_proxy/sip_location.h"

static const char cookie[] = "z9hG4bK"; /* RFC 3261, 8.1.1.7 */

static bool has_tag(struct sip_text to)
{
    struct sip_text tag;

    return sip_param(to, "tag", &tag);
}

/* The parameters of the first Via, and where the request came from: RFC 3261,
 * 18.2.1, and RFC 3581, 4. */
static void add_received(struct sip_call *c, struct sip_text value)
{
    struct sip_text rest = c->via.rest, rport, none;
    bool asks = sip_param(rest, "rport", &rport);
    uint32_t by;

    sip_add(&c->out, (struct sip_text){value.s, (size_t)(rest.s - value.s)});
    while (rest.n > 0) {
        size_t end = 1;
        while (end < rest.n && rest.s[end] != ';') {
            end++;
        }
        struct sip_text one = {rest.s, end};
        if (!sip_param(one, "rport", &none) &&
            !sip_param(one, "received", &none)) {
            sip_add(&c->out, one);
        }
        rest = (struct sip_text){rest.s + end, rest.n - end};
    }
    if (asks) {
        sip_add_s(&c->out, ";rport=");
        sip_add_number(&c->out, c->src_port);
    }
    if (asks || !sip_ip4(c->via.host, &by) || by != c->src) {
        sip_add_s(&c->out, ";received=");
        sip_add_ip4(&c->out, c->src);
    }
}

/* The header line of the first Via of a request. */
static void add_first_via(struct sip_call *c, const struct sip_header *h)
{
    struct sip_text rest = h->value, first;

    (void)sip_next(&rest, &first); /* it was parsed */
    sip_add_s(&c->out, "Via: ");
    add_received(c, first);
    if (rest.n > 0) {
        sip_add_s(&c->out, ",");
        sip_add(&c->out, rest);
    }
    sip_add_s(&c->out, "\r\n");
}

/* Of a request, the same whenever it comes again, and for its CANCEL and ACK:
 * RFC 3261, 16.11. */
static uint64_t branch_hash(const struct sip_call *c)
{
    static const enum sip_name parts[] = {SIP_CALL_ID, SIP_FROM};
    struct sip_text branch = {"", 0};
    uint64_t h = sip_hash(SIP_HASH, c->via.host) ^ c->via.port;

    (void)sip_param(c->via.rest, "branch", &branch);
    h = sip_hash(h, branch);
    if (branch.n >= sizeof cookie - 1 &&
        sip_is((struct sip_text){branch.s, sizeof cookie - 1}, cookie)) {
        return h;
    }
    for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
        h = sip_hash(h, sip_value(&c->msg, parts[k]));
    }
    h = sip_hash(h, sip_digits(sip_value(&c->msg, SIP_CSEQ)));
    return sip_hash(h, c->msg.uri);
}

/* --- answers -------------------------------------------------------------- */

void sip_answer(struct sip_call *c, const char *status,
                const struct sip_build *more)
{
    const struct sip_header *first = sip_find(&c->msg, SIP_VIA);
    struct sip_text rport;

    sip_begin(&c->out);
    sip_add_s(&c->out, "SIP/2.0 ");
    sip_add_s(&c->out, status);
    sip_add_s(&c->out, "\r\n");
    for (size_t k = 0; k < c->msg.n; k++) {
        const struct sip_header *h = &c->msg.header[k];
        if (h == first) {
            add_first_via(c, h);
        } else if (h->name == SIP_TO && !has_tag(h->value)) {
            sip_add_s(&c->out, "To: ");
            sip_add(&c->out, h->value);
            sip_add_s(&c->out, ";tag=");
            sip_add_hex(&c->out, branch_hash(c)); /* RFC 3261, 8.2.7 */
            sip_add_s(&c->out, "\r\n");
        } else if (h->name == SIP_VIA || h->name == SIP_FROM ||
                   h->name == SIP_TO || h->name == SIP_CALL_ID ||
                   h->name == SIP_CSEQ) {
            sip_add(&c->out, h->line);
        }
    }
    if (more != NULL) {
        sip_add(&c->out, (struct sip_text){more->text, more->n});
    }
    sip_add_s(&c->out, "Content-Length: 0\r\n\r\n");
    c->dst = c->src;
    c->dst_port = c->via.port != 0 ? c->via.port : SIP_PORT;
    if (sip_param(c->via.rest, "rport", &rport)) {
        c->dst_port = c->src_port;
    }
}

/* --- requests ------------------------------------------------------------- */

/* Route without its first 'skip' values; how many of those it had. */
static size_t add_route(struct sip_call *c, const struct sip_header *h,
                        size_t skip)
{
    struct sip_text rest = h->value, value;
    size_t done = 0;

    while (done < skip && sip_next(&rest, &value)) {
        done++;
    }
    if (done == 0) {
        sip_add(&c->out, h->line);
    } else if (rest.n > 0) {
        sip_add_s(&c->out, "Route: ");
        sip_add(&c->out, rest);
        sip_add_s(&c->out, "\r\n");
    }
    return done;
}

static void add_self(struct sip_call *c)
{
    sip_add_ip4(&c->out, c->local);
    sip_add_s(&c->out, ":");
    sip_add_number(&c->out, c->local_port);
}

static void add_hops(struct sip_call *c, uint32_t hops)
{
    sip_add_s(&c->out, "Max-Forwards: ");
    sip_add_number(&c->out, hops);
    sip_add_s(&c->out, "\r\n");
}

void sip_pass_request(struct sip_call *c, struct sip_text uri, uint32_t hops,
                      size_t skip, bool stay)
{
    const struct sip_header *first = sip_find(&c->msg, SIP_VIA);

    sip_begin(&c->out);
    sip_add(&c->out, c->msg.method);
    sip_add_s(&c->out, " ");
    sip_add(&c->out, uri);
    sip_add_s(&c->out, " SIP/2.0\r\nVia: SIP/2.0/UDP ");
    add_self(c);
    sip_add_s(&c->out, ";branch=");
    sip_add_s(&c->out, cookie);
    sip_add_hex(&c->out, branch_hash(c));
    sip_add_s(&c->out, "\r\n");
    if (stay && !has_tag(sip_value(&c->msg, SIP_TO))) {
        sip_add_s(&c->out, "Record-Route: <sip:");
        add_self(c);
        sip_add_s(&c->out, ";lr>\r\n");
    }
    if (sip_find(&c->msg, SIP_MAX_FORWARDS) == NULL) {
        add_hops(c, hops);
    }
    for (size_t k = 0; k < c->msg.n; k++) {
        const struct sip_header *h = &c->msg.header[k];
        if (h == first) {
            add_first_via(c, h);
        } else if (h->name == SIP_MAX_FORWARDS) {
            add_hops(c, hops);
        } else if (h->name == SIP_ROUTE) {
            skip -= add_route(c, h, skip);
        } else {
            sip_add(&c->out, h->line);
        }
    }
    sip_add_s(&c->out, "\r\n");
    sip_add(&c->out, c->msg.body);
}

/* --- responses ------------------------------------------------------------ */

/* The values of Via behind the proxy's own, which is the first of all. */
static bool next_via(const struct sip_msg *m, struct sip_via *via)
{
    struct sip_text value;
    size_t n = 0;

    for (size_t k = 0; k < m->n; k++) {
        struct sip_text rest = m->header[k].value;
        if (m->header[k].name != SIP_VIA) {
            continue;
        }
        while (sip_next(&rest, &value)) {
            if (n++ == 1) {
                return sip_via(value, via);
            }
        }
    }
    return false;
}

bool sip_pass_response(struct sip_call *c)
{
    const struct sip_header *first = sip_find(&c->msg, SIP_VIA);
    struct sip_text value;
    struct sip_via to;

    sip_begin(&c->out);
    if (!next_via(&c->msg, &to)) {
        return false;
    }
    c->dst_port = to.port != 0 ? to.port : SIP_PORT;
    if (sip_param(to.rest, "rport", &value) && value.n > 0 &&
        (!sip_number(value, &c->dst_port) || c->dst_port > 65535)) {
        return false;
    }
    if (!sip_param(to.rest, "received", &value)) {
        value = to.host;
    }
    if (!sip_ip4(value, &c->dst)) {
        return false;
    }
    sip_add(&c->out, c->msg.status);
    sip_add_s(&c->out, "\r\n");
    for (size_t k = 0; k < c->msg.n; k++) {
        const struct sip_header *h = &c->msg.header[k];
        struct sip_text rest = h->value;
        if (h != first) {
            sip_add(&c->out, h->line);
            continue;
        }
        (void)sip_next(&rest, &value);
        if (rest.n > 0) {
            sip_add_s(&c->out, "Via: ");
            sip_add(&c->out, rest);
            sip_add_s(&c->out, "\r\n");
        }
    }
    sip_add_s(&c->out, "\r\n");
    sip_add(&c->out, c->msg.body);
    return true;
}
