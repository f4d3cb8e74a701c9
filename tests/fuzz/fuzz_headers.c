/* fuzz_headers.c - what reads packet headers, on frames of any bytes. */
#include <stdlib.h>
#include <string.h>

#include "core/net_eth.h"
#include "core/net_ip4.h"
#include "core/net_ip6.h"
#include "core/net_key4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *copy = malloc(n + (n == 0)); /* no byte behind it is ours */

    if (copy == NULL) {
        return 0;
    }
    if (n > 0) {
        memcpy(copy, data, n);
    }
    struct pkt p = {.data = copy, .len_bytes = (uint32_t)n};
    struct net_eth eth = net_eth_read(&p);
    struct net_key4 key = net_key4_read(&p);
    uint32_t at = net_key4_offset(&p);

    if (key.has_ip && (at == 0 || at + IP4_BYTES > n || !eth.has_eth)) {
        abort();
    }
    if (at != 0 && ip4_is_sound(copy + at, n - at) && !key.has_ip) {
        abort();
    }
    at = net_eth_offset(&p, NET_ETH_IP6);
    if (at != 0 && ip6_is_sound(copy + at, n - at)) {
        struct ip6_upper upper = ip6_upper(copy + at);
        if (upper.at > n - at) {
            abort();
        }
    }
    free(copy);
    return 0;
}
