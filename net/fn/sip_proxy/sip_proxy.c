/*
 * sip_proxy.c - SIP registrar and stateless proxy over UDP (RFC 3261).
 *
 * What comes for the proxy becomes what it sends: an answer, or the message on
 * its way.
 */
#include "core/fn.h"
#include "core/net_eth.h"
#include "core/net_ip4.h"
#include "core/net_key4.h"
#include "net/fn/sip_proxy/sip_location.h"
#include "net/fn/sip_proxy/sip_registrar.h"
#include "net/fn/sip_proxy/sip_send.h"
#include "net/fn/sip_proxy/sip_text.h"
#include "sip_proxy_csr.h"

enum { UDP_BYTES = 8, HOPS = 70, MORE_FRAGMENTS = 0x2000, TTL = 64 };

/* What becomes of a packet. */
enum fate {
    REQUEST,    /* goes on */
    RESPONSE,   /* goes on */
    REGISTERED, /* answered with 200 */
    REFUSED,    /* answered with an error */
    PUNT,
    BAD,
    FATES,
};

/* In the mark: FATE_MARK + enum fate. */
enum { FATE_MARK = 0xff00 };

/* --- requests ------------------------------------------------------------- */

static enum fate refuse(struct sip_call *c, const char *status)
{
    if (sip_is(c->msg.method, "ACK")) { /* is never answered */
        return BAD;
    }
    sip_answer(c, status, NULL);
    return REFUSED;
}

static enum fate refuse_extension(struct sip_call *c)
{
    struct sip_build more;

    if (sip_is(c->msg.method, "ACK")) {
        return BAD;
    }
    sip_begin(&more);
    sip_add_s(&more, "Unsupported: ");
    sip_add(&more, sip_value(&c->msg, SIP_PROXY_REQUIRE));
    sip_add_s(&more, "\r\n");
    sip_answer(c, "420 Bad Extension", &more);
    return REFUSED;
}

/* Does the URI name the proxy itself? */
static bool is_self(const struct sip_call *c, const struct sip_uri *uri)
{
    uint32_t addr;

    return uri->is_sip && sip_ip4(uri->host, &addr) && addr == c->local &&
           (uri->port != 0 ? uri->port : SIP_PORT) == c->local_port;
}

/* The URI of value 'number' of Route; false when there are not so many. */
static bool route_uri(const struct sip_msg *m, size_t number,
                      struct sip_uri *uri)
{
    struct sip_text value;

    for (size_t k = 0; k < m->n; k++) {
        struct sip_text rest = m->header[k].value;
        while (m->header[k].name == SIP_ROUTE && sip_next(&rest, &value)) {
            if (number-- == 0) {
                return sip_uri(sip_address(value), uri);
            }
        }
    }
    return false;
}

/* Sends the request on to 'target', by way of its routes. */
static enum fate send_on(struct sip_call *c, struct sip_text target,
                         uint32_t hops, bool stay)
{
    struct sip_uri next;
    size_t skip = route_uri(&c->msg, 0, &next) && is_self(c, &next);

    if (!route_uri(&c->msg, skip, &next) && !sip_uri(target, &next)) {
        return refuse(c, "400 Bad Request");
    }
    if (!next.is_sip) {
        return refuse(c, "416 Unsupported URI Scheme");
    }
    if (is_self(c, &next)) {
        return refuse(c, "482 Loop Detected");
    }
    if (!sip_ip4(next.host, &c->dst)) {
        return refuse(c, "502 Bad Gateway"); /* names are nobody's here */
    }
    c->dst_port = next.port != 0 ? next.port : SIP_PORT;
    stay = stay && (sip_is(c->msg.method, "INVITE") ||
                    sip_is(c->msg.method, "SUBSCRIBE"));
    sip_pass_request(c, target, hops, skip, stay);
    return REQUEST;
}

/* Is the request whole, as far as the proxy looks?  RFC 3261, 16.3, 1. */
static bool is_whole(const struct sip_msg *m, uint32_t *hops)
{
    const struct sip_header *h = sip_find(m, SIP_MAX_FORWARDS);
    uint32_t cseq;

    *hops = HOPS + 1; /* of a request that does not say */
    return (h == NULL || sip_number(h->value, hops)) &&
           sip_find(m, SIP_FROM) != NULL && sip_find(m, SIP_TO) != NULL &&
           sip_find(m, SIP_CALL_ID) != NULL &&
           sip_number(sip_digits(sip_value(m, SIP_CSEQ)), &cseq);
}

static enum fate do_request(struct fn_state *s, struct sip_call *c)
{
    const struct sip_proxy_regs *regs = s->regs;
    struct sip_binding b;
    struct sip_user user;
    struct sip_uri uri;
    uint32_t hops;

    if (!is_whole(&c->msg, &hops) || !sip_uri(c->msg.uri, &uri)) {
        return refuse(c, "400 Bad Request");
    }
    if (!uri.is_sip) {
        return refuse(c, "416 Unsupported URI Scheme");
    }
    bool ours = sip_location_serves(s, uri.host);
    if (ours && sip_is(c->msg.method, "REGISTER")) {
        return sip_register(s, c) ? REGISTERED : REFUSED;
    }
    if (hops == 0) {
        return refuse(c, "483 Too Many Hops");
    }
    if (sip_find(&c->msg, SIP_PROXY_REQUIRE) != NULL) {
        return refuse_extension(c);
    }
    hops--;
    if (!ours) {
        return send_on(c, c->msg.uri, hops, (regs->stay & 1) != 0);
    }
    if (!sip_location_user(&uri, &user) || !sip_location_find(s, &user, &b)) {
        return refuse(c, "404 Not Found");
    }
    return send_on(c, (struct sip_text){b.contact, b.n_contact}, hops,
                   (regs->stay & 1) != 0);
}

/* --- responses ------------------------------------------------------------ */

static enum fate do_response(struct sip_call *c)
{
    uint32_t by;

    if (!sip_ip4(c->via.host, &by) || by != c->local ||
        (c->via.port != 0 ? c->via.port : SIP_PORT) != c->local_port) {
        return BAD; /* to somebody else: RFC 3261, 16.11 */
    }
    return sip_pass_response(c) ? RESPONSE : BAD;
}

/* --- packets -------------------------------------------------------------- */

/* Where the message of 'p' begins and ends; false when it is none for the
 * proxy, and then what becomes of it. */
static bool reach(const struct fn_state *s, const struct pkt *p,
                  const uint8_t **udp, uint32_t *n, enum fate *fate)
{
    const struct sip_proxy_regs *regs = s->regs;
    uint32_t at = net_key4_offset(p);
    const uint8_t *ip = p->data + at;

    *fate = PUNT;
    if (at == 0) {
        *fate = (p->flags & PKT_ERROR) != 0 ? BAD : PUNT;
        return false;
    }
    if (!ip4_is_sound(ip, p->len_bytes - at)) {
        *fate = BAD;
        return false;
    }
    if (be32_load(ip + IP4_DST) != regs->local || ip[IP4_PROTO] != NET_UDP) {
        return false;
    }
    uint32_t rest = be16_load(ip + IP4_LENGTH) - ip4_header(ip);
    *udp = ip + ip4_header(ip);
    if ((be16_load(ip + IP4_FRAGMENT) & (MORE_FRAGMENTS | IP4_OFFSET)) != 0 ||
        rest < UDP_BYTES) {
        *fate = BAD;
        return false;
    }
    if (be16_load(*udp + 2) != regs->udp_port) {
        return false;
    }
    *fate = BAD;
    *n = be16_load(*udp + 4);
    return *n >= UDP_BYTES && *n <= rest &&
           (be16_load(*udp + 6) == 0 ||
            ip4_sum(ip4_sum(NET_UDP + *n, ip + IP4_SRC, 8), *udp, *n) ==
                0xffff);
}

/* Makes 'p' the packet with c->out; false when there is no room. */
static bool send(const struct sip_call *c, struct pkt *p)
{
    uint8_t *ip = p->data + net_key4_offset(p), *udp = ip + IP4_BYTES;
    uint32_t n = (uint32_t)c->out.n + UDP_BYTES;
    size_t ahead = (size_t)(udp - p->data);

    if (c->out.full || ahead + n > p->room_bytes) {
        return false;
    }
    memset(ip, 0, IP4_BYTES + UDP_BYTES);
    ip[IP4_VERSION_IHL] = 0x45;
    be16_store(ip + IP4_LENGTH, (uint16_t)(IP4_BYTES + n));
    ip[IP4_TTL] = TTL;
    ip[IP4_PROTO] = NET_UDP;
    be32_store(ip + IP4_SRC, c->local);
    be32_store(ip + IP4_DST, c->dst);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, IP4_BYTES));
    be16_store(udp, (uint16_t)c->local_port);
    be16_store(udp + 2, (uint16_t)c->dst_port);
    be16_store(udp + 4, (uint16_t)n);
    memcpy(udp + UDP_BYTES, c->out.text, c->out.n);
    uint16_t sum =
        (uint16_t)~ip4_sum(ip4_sum(NET_UDP + n, ip + IP4_SRC, 8), udp, n);
    be16_store(udp + 6, sum != 0 ? sum : 0xffff);
    p->len_bytes = (uint32_t)(ahead + n);
    p->out_port = p->in_port;
    net_eth_turn(p->data);
    return true;
}

static enum fate take(struct fn_state *s, struct pkt *p)
{
    const struct sip_proxy_regs *regs = s->regs;
    struct sip_call c;
    const uint8_t *udp;
    struct sip_text via, rest;
    uint32_t n;
    enum fate fate;

    if (!reach(s, p, &udp, &n, &fate)) {
        return fate;
    }
    c.local = regs->local;
    c.local_port = regs->udp_port;
    c.src = be32_load(p->data + net_key4_offset(p) + IP4_SRC);
    c.src_port = be16_load(udp);
    if (!sip_parse((const char *)udp + UDP_BYTES, n - UDP_BYTES, &c.msg)) {
        return BAD;
    }
    rest = sip_value(&c.msg, SIP_VIA);
    if (!sip_next(&rest, &via) || !sip_via(via, &c.via)) {
        return BAD; /* no way back */
    }
    fate = c.msg.is_request ? do_request(s, &c) : do_response(&c);
    return fate == BAD || send(&c, p) ? fate : BAD;
}

static void end(struct sip_proxy_regs *regs, struct pkt *p, enum fate fate)
{
    switch (fate) {
    case REQUEST: regs->n_requests++; break;
    case RESPONSE: regs->n_responses++; break;
    case REGISTERED: regs->n_registered++; break;
    case REFUSED: regs->n_refused++; break;
    case PUNT: regs->n_punted++; break;
    default: regs->n_bad++; break;
    }
    p->mark = (uint16_t)(FATE_MARK + fate);
    if (fate == PUNT || fate == BAD) {
        p->flags |= fate == PUNT ? PKT_PUNT : PKT_DROP;
    }
}

static void sip_proxy_run(struct fn_state *s, const struct fn_span *in,
                          struct fn_span *out)
{
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k++) {
        pkt_pass(&y[k], &x[k]);
        if (!pkt_is_done(&x[k])) {
            end(s->regs, &y[k], take(s, &y[k]));
            sip_location_sweep(s);
        }
    }
    out->n = in->n;
}

static const char *const verdicts[] = {
    "request", "response", "registered", "refused", "punt", "bad", NULL};

static const char *sip_proxy_verdict(const struct pkt *p)
{
    uint32_t fate = p->mark - (uint32_t)FATE_MARK;

    return verdicts[fate < FATES ? fate : PUNT]; /* done before it came */
}

static const struct fn_key sip_proxy_keys[] = {
    {"local", "IPv4 address of the proxy", false, sip_proxy_parse_local},
    {"domains", "names of the domains it is responsible for, with blanks",
     false, sip_proxy_parse_domains},
};

const struct fn sip_proxy_fn = {
    .csr = &sip_proxy_csr,
    .summary = "SIP registrar and stateless proxy over UDP",
    .run = sip_proxy_run,
    .open = sip_location_open,
    .prepare = sip_location_prepare,
    .close = sip_location_close,
    .keys = sip_proxy_keys,
    .n_keys = sizeof sip_proxy_keys / sizeof sip_proxy_keys[0],
    .verdict = sip_proxy_verdict,
    .verdicts = verdicts,
    .setup = sip_proxy_stimulus_setup,
    .packet = sip_proxy_stimulus_packet,
};
