/* sip_send.h - what the proxy writes: answers, and messages that go on. */
#ifndef NET_FN_SIP_PROXY_SIP_SEND_H
#define NET_FN_SIP_PROXY_SIP_SEND_H

#include "core/fn.h"
#include "net/fn/sip_proxy/sip_build.h"
#include "net/fn/sip_proxy/sip_msg.h"

enum { SIP_PORT = 5060 };

/* A message on its way through the proxy. */
struct sip_call {
    uint32_t local, local_port; /* the proxy's */
    uint32_t src, src_port;     /* who sent it */
    struct sip_msg msg;
    struct sip_via via; /* the first */
    struct sip_build out;
    uint32_t dst, dst_port; /* to whom 'out' goes */
};

/* Writes the answer to a request: "404 Not Found", and more header lines. */
void sip_answer(struct sip_call *c, const char *status,
                const struct sip_build *more);

/* Writes the request as it goes on to 'uri'; 'hops' are left, 'skip' values of
 * Route are done with, 'stay' adds Record-Route. */
void sip_pass_request(struct sip_call *c, struct sip_text uri, uint32_t hops,
                      size_t skip, bool stay);

/* Writes the response as it goes on: without the proxy's Via.  False when it
 * does not say to where. */
bool sip_pass_response(struct sip_call *c);

#endif
