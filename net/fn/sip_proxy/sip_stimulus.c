/*
 * sip_stimulus.c - calls and registrations of a few users for tests, right and
 * wrong ones.
 */
#include <stdio.h>
#include <string.h>

#include "core/net_eth.h"
#include "core/net_ip4.h"
#include "core/net_key4.h"
#include "net/fn/sip_proxy/sip_text.h"
#include "sip_proxy_csr.h"

enum { USERS = 8, HEADERS = 14 + 20 + 8, ROOM = 1400 };

static const uint32_t local = 0xc0000201; /* 192.0.2.1 */

int sip_proxy_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    const struct fn_text domains = {"domains", "example.com a.example"};
    int err = sip_proxy_parse_domains(&domains, emit, ctx);

    err = err < 0 ? err : emit(ctx, SIP_PROXY_LOCAL, local);
    err = err < 0 ? err : emit(ctx, SIP_PROXY_TICK, (uint32_t)rng_next(r));
    err = err < 0 ? err : emit(ctx, SIP_PROXY_STAY, rng_below(r, 2));
    return err < 0 ? err : emit(ctx, SIP_PROXY_SEED, (uint32_t)rng_next(r));
}

/* What all messages have, behind the first line and the first Via. */
static int common(struct rng *r, char *text, size_t n, const char *method)
{
    return snprintf(text, n,
                    "From: <sip:u%u@example.com>;tag=%x\r\n"
                    "To: <sip:u%u@%s>%s\r\n"
                    "Call-ID: %x@192.0.2.9\r\nCSeq: %u %s\r\n"
                    "Max-Forwards: %u\r\n%s",
                    rng_below(r, USERS), rng_below(r, 9), rng_below(r, USERS),
                    rng_below(r, 8) != 0 ? "example.com" : "b.example",
                    rng_below(r, 2) == 0 ? "" : ";tag=7", rng_below(r, 100),
                    1 + rng_below(r, 1000), method,
                    rng_below(r, 8) == 0 ? 0 : 70,
                    rng_below(r, 16) == 0 ? "Proxy-Require: foo\r\n" : "");
}

static size_t store_request(struct rng *r, char *text)
{
    static const char *const methods[] = {"INVITE", "ACK",     "BYE",
                                          "CANCEL", "OPTIONS", "REGISTER"};
    static const char *const vias[] = {"192.0.2.9", "192.0.2.9:5070",
                                       "ua.example"};
    const char *method = methods[rng_below(r, 3) == 0 ? rng_below(r, 5) : 5];
    bool registers = strcmp(method, "REGISTER") == 0;
    char more[ROOM];

    (void)common(r, more, sizeof more, method); /* it fits */
    int n = snprintf(
        text, ROOM,
        "%s %s%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%x%s\r\n%s",
        method, rng_below(r, 16) == 0 ? "sips:" : "sip:",
        registers              ? "example.com"
        : rng_below(r, 3) == 0 ? "u9@192.0.2.77"
                               : "u3@a.example",
        vias[rng_below(r, 3)], rng_below(r, 1000),
        rng_below(r, 2) == 0 ? ";rport" : "", more);
    if (registers && rng_below(r, 4) != 0) {
        n += snprintf(text + n, (size_t)(ROOM - n),
                      "Contact: <sip:u@192.0.2.%u>;expires=%u\r\n",
                      rng_below(r, 9), 30 * rng_below(r, 8));
    }
    n += snprintf(text + n, (size_t)(ROOM - n), "\r\n");
    return (size_t)n;
}

static size_t store_response(struct rng *r, char *text)
{
    char more[ROOM];

    (void)common(r, more, sizeof more, "INVITE"); /* it fits */
    return (size_t)snprintf(
        text, ROOM,
        "SIP/2.0 %u OK\r\nVia: SIP/2.0/UDP 192.0.2.%u:5060;branch=z9hG4bK1\r\n"
        "Via: SIP/2.0/UDP %s;branch=z9hG4bK2;received=192.0.2.9\r\n%s\r\n",
        100 + 10 * rng_below(r, 50), 1 + (rng_below(r, 8) == 0),
        rng_below(r, 2) == 0 ? "192.0.2.9" : "ua.example", more);
}

void sip_proxy_stimulus_packet(struct rng *r, struct pkt *p)
{
    uint8_t *ip = p->data + NET_ETH_LEN, *udp = ip + IP4_BYTES;
    char *text = (char *)udp + 8;
    size_t n =
        rng_below(r, 4) != 0 ? store_request(r, text) : store_response(r, text);

    if (rng_below(r, 16) == 0) {
        text[rng_below(r, (uint32_t)n)] = (char)rng_next(r);
    }
    for (uint32_t k = 0; k < HEADERS; k++) {
        p->data[k] = (uint8_t)rng_next(r);
    }
    be16_store(ip - 2, NET_ETH_IP4);
    ip[IP4_VERSION_IHL] = 0x45;
    be16_store(ip + IP4_LENGTH, (uint16_t)(28 + n));
    be16_store(ip + IP4_FRAGMENT, 0);
    ip[IP4_PROTO] = NET_UDP;
    be32_store(ip + IP4_SRC, 0xc0000209);
    be32_store(ip + IP4_DST, rng_below(r, 16) == 0 ? local + 1 : local);
    be16_store(ip + IP4_SUM, 0);
    be16_store(ip + IP4_SUM, ip4_checksum(ip, IP4_BYTES));
    be16_store(udp, 5070);
    be16_store(udp + 2, rng_below(r, 32) == 0 ? 5061 : 5060);
    be16_store(udp + 4, (uint16_t)(8 + n));
    be16_store(udp + 6, 0);
    p->len_bytes = HEADERS + (uint32_t)n;
    p->wire_bytes = p->len_bytes;
    p->flags = rng_below(r, 32) == 0
                   ? (uint16_t)(1u << rng_below(r, 3)) /* as others left it */
                   : 0;
}
