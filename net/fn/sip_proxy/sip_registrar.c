/* sip_registrar.c - see sip_registrar.h. */
#include "net/fn/sip_proxy/sip_registrar.h"

#include "net/fn/sip_proxy/sip_location.h"
#include "sip_proxy_csr.h"

/* What the Contact headers of a REGISTER say. */
struct wish {
    size_t n;      /* contacts */
    bool all;      /* "*" */
    bool asks;     /* for a time: else the longest */
    uint32_t time; /* seconds of the last */
    struct sip_text uri;
};

static bool read_expires(struct sip_text value, const struct sip_header *h,
                         struct wish *w)
{
    struct sip_text text;

    w->asks = true;
    if (sip_param(value, "expires", &text)) {
        return sip_number(text, &w->time);
    }
    w->asks = h != NULL;
    return h == NULL || sip_number(h->value, &w->time);
}

static bool read_wish(const struct sip_msg *m, struct wish *w)
{
    const struct sip_header *expires = sip_find(m, SIP_EXPIRES);
    struct sip_text value;

    *w = (struct wish){.n = 0};
    for (size_t k = 0; k < m->n; k++) {
        struct sip_text rest = m->header[k].value;
        while (m->header[k].name == SIP_CONTACT && sip_next(&rest, &value)) {
            w->n++;
            w->all = w->all || sip_is(value, "*");
            w->uri = sip_address(value);
            if (!read_expires(value, expires, w)) {
                return false;
            }
        }
    }
    /* RFC 3261, 10.3, 6: all of them go, or none. */
    return !w->all || (w->n == 1 && w->asks && w->time == 0);
}

/* 200, with where the user is now. */
static void confirm(struct fn_state *s, struct sip_call *c,
                    const struct sip_user *user)
{
    struct sip_build more;
    struct sip_binding b;

    sip_begin(&more);
    if (sip_location_find(s, user, &b)) {
        sip_add_s(&more, "Contact: <");
        sip_add(&more, (struct sip_text){b.contact, b.n_contact});
        sip_add_s(&more, ">;expires=");
        sip_add_number(&more, b.expires);
        sip_add_s(&more, "\r\n");
    }
    sip_answer(c, "200 OK", &more);
}

static void refuse_brief(struct sip_call *c, uint32_t least)
{
    struct sip_build more;

    sip_begin(&more);
    sip_add_s(&more, "Min-Expires: ");
    sip_add_number(&more, least);
    sip_add_s(&more, "\r\n");
    sip_answer(c, "423 Interval Too Brief", &more);
}

/* Makes the contact that 'w' names the user's, or takes it away; what is wrong
 * with that, or NULL. */
static const char *change(struct fn_state *s, const struct sip_call *c,
                          const struct sip_user *user, const struct wish *w)
{
    struct sip_proxy_regs *regs = s->regs;
    struct sip_binding is, b = {.n_contact = w->uri.n};
    struct sip_uri uri;

    b.call = (uint32_t)sip_hash(SIP_HASH, sip_value(&c->msg, SIP_CALL_ID));
    if (!sip_number(sip_digits(sip_value(&c->msg, SIP_CSEQ)), &b.cseq)) {
        return "400 Bad Request";
    }
    if (sip_location_find(s, user, &is) && is.call == b.call &&
        (int32_t)(b.cseq - is.cseq) <= 0) {
        return "500 Server Internal Error"; /* an old one: 10.3, 7 */
    }
    if (w->time == 0 && w->asks) {
        sip_location_clear(s, user);
        return NULL;
    }
    if (!sip_uri(w->uri, &uri) || !uri.is_sip || w->uri.n > SIP_CONTACT_BYTES) {
        return "400 Bad Request";
    }
    memcpy(b.contact, w->uri.s, w->uri.n);
    b.expires =
        !w->asks || w->time > regs->expires_max ? regs->expires_max : w->time;
    if (sip_location_set(s, user, &b) < 0) {
        regs->n_full++;
        return "503 Service Unavailable";
    }
    return NULL;
}

bool sip_register(struct fn_state *s, struct sip_call *c)
{
    const struct sip_proxy_regs *regs = s->regs;
    struct sip_uri to;
    struct sip_user user;
    struct wish w;
    const char *wrong = NULL;

    if (!sip_uri(sip_address(sip_value(&c->msg, SIP_TO)), &to) || !to.is_sip ||
        !sip_location_serves(s, to.host) || !sip_location_user(&to, &user)) {
        wrong = "404 Not Found";
    } else if (!read_wish(&c->msg, &w)) {
        wrong = "400 Bad Request";
    } else if (w.asks && w.time > 0 && w.time < regs->expires_min) {
        refuse_brief(c, regs->expires_min);
        return false;
    } else if (w.n > 0) {
        wrong = change(s, c, &user, &w);
    }
    if (wrong != NULL) {
        sip_answer(c, wrong, NULL);
        return false;
    }
    confirm(s, c, &user);
    return true;
}
