/* sip_registrar.h - what the proxy answers itself: REGISTER. */
#ifndef NET_FN_SIP_PROXY_SIP_REGISTRAR_H
#define NET_FN_SIP_PROXY_SIP_REGISTRAR_H

#include "core/fn.h"
#include "net/fn/sip_proxy/sip_send.h"

/* Does what a REGISTER says (RFC 3261, 10.3) and answers it; true when that was
 * with 200. */
bool sip_register(struct fn_state *s, struct sip_call *c);

#endif
