/* sip_location.h - the domains of the proxy and where their users are. */
#ifndef NET_FN_SIP_PROXY_SIP_LOCATION_H
#define NET_FN_SIP_PROXY_SIP_LOCATION_H

#include "core/fn.h"
#include "net/fn/sip_proxy/sip_msg.h"
#include "sip_proxy_csr.h"

enum { SIP_USER_BYTES = 64, SIP_CONTACT_BYTES = 96 };

/* A user's name and domain, as they are kept; the rest is 0. */
struct sip_user {
    char text[SIP_USER_BYTES];
};

/* A registration. */
struct sip_binding {
    char contact[SIP_CONTACT_BYTES]; /* the URI */
    size_t n_contact;
    uint32_t expires; /* seconds from now on */
    uint32_t call;    /* hash of the Call-ID */
    uint32_t cseq;
};

/* See open, prepare and close of struct fn. */
int sip_location_open(struct fn_state *s);
void sip_location_prepare(struct fn_state *s);
void sip_location_close(struct fn_state *s);

/* Is 'host' one of the proxy's domains? */
bool sip_location_serves(const struct fn_state *s, struct sip_text host);

/* The user that a URI names; false when it names none, or too long a one. */
bool sip_location_user(const struct sip_uri *uri, struct sip_user *user);

/* Where a user is: false when nobody knows, or it ran out. */
bool sip_location_find(const struct fn_state *s, const struct sip_user *user,
                       struct sip_binding *b);

/* Makes 'b' a user's only binding; ERR_CAPACITY when there is no room. */
int sip_location_set(struct fn_state *s, const struct sip_user *user,
                     const struct sip_binding *b);

/* Takes a user's binding away, if there is one. */
void sip_location_clear(struct fn_state *s, const struct sip_user *user);

/* Removes the binding whose turn it is if it ran out. */
void sip_location_sweep(struct fn_state *s);

/* FNV-1a (G. Fowler, L. Noll, P. Vo) over a text, from 'h' on. */
uint64_t sip_hash(uint64_t h, struct sip_text t);
#define SIP_HASH 0xcbf29ce484222325u /* to begin with */

#endif
