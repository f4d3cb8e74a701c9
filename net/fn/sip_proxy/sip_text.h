/* sip_text.h - what sip_proxy is told in text, and what it is tested with. */
#ifndef NET_FN_SIP_PROXY_SIP_TEXT_H
#define NET_FN_SIP_PROXY_SIP_TEXT_H

#include "core/fn.h"

/* Values: "192.0.2.1"; "example.com voice.example.com", up to 64 names of up to
 * 63 letters, digits, '-' and '.'. */
int sip_proxy_parse_local(const struct fn_text *t, fn_emit *emit, void *ctx);
int sip_proxy_parse_domains(const struct fn_text *t, fn_emit *emit, void *ctx);

/* See setup and packet of struct fn. */
int sip_proxy_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx);
void sip_proxy_stimulus_packet(struct rng *r, struct pkt *p);

#endif
