/* kernel_call.c - see kernel_call.h. */
#include "host/radio/kernel_call.h"

#include <math.h>
#include <string.h>

size_t kernel_call_write(const struct kernel_call *c, const struct pkt *p,
                         void *to, size_t room)
{
    size_t at = sizeof *c + c->n * sizeof(uint32_t);
    uint8_t *bytes = to;

    if (at > room) {
        return 0;
    }
    memcpy(bytes, c, sizeof *c);
    for (size_t k = 0; k < c->n; k++) {
        uint32_t len = p[k].len_bytes;
        if (len > room - at) {
            return 0;
        }
        memcpy(bytes + sizeof *c + k * sizeof len, &len, sizeof len);
        memcpy(bytes + at, p[k].data, len);
        at += len;
    }
    return at;
}

bool kernel_call_read(void *from, size_t n, struct kernel_call *c,
                      struct pkt *p)
{
    struct kernel_call head;
    uint8_t *bytes = from;

    if (n < sizeof head) {
        return false;
    }
    memcpy(&head, bytes, sizeof head);
    size_t at = sizeof head + (size_t)head.n * sizeof(uint32_t);
    if (head.n > FN_BURST_PKT || at > n || !isfinite(head.time_s)) {
        return false;
    }
    for (size_t k = 0; k < head.n; k++) {
        uint32_t len;
        memcpy(&len, bytes + sizeof head + k * sizeof len, sizeof len);
        if (len > n - at) {
            return false;
        }
        p[k] = (struct pkt){.data = bytes + at,
                            .len_bytes = len,
                            .room_bytes = len,
                            .wire_bytes = len};
        at += len;
    }
    *c = head;
    return at == n;
}
