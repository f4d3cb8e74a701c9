/* link_port.c - see link_port.h. */
#include "drivers/link/link_port.h"

#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/err.h"

int link_port_open(struct transport *t, const struct link_config *config,
                   struct link_port *out)
{
    struct link_port p = {.transport = t};
    int err = link_open(config, &p.link);

    p.in = malloc(LINK_PORT_BYTES);
    p.out = malloc(LINK_PORT_BYTES);
    if (err < 0 || p.in == NULL || p.out == NULL) {
        link_port_close(&p);
        return ERR_NO_MEM;
    }
    *out = p;
    return 0;
}

void link_port_close(struct link_port *p)
{
    link_close(p->link);
    transport_close(p->transport);
    free(p->in);
    free(p->out);
    *p = (struct link_port){0};
}

uint64_t link_port_now(void)
{
    return clock_ns() / 1000;
}

int link_port_pump(struct link_port *p)
{
    int n_in = transport_read(p->transport, p->in, LINK_PORT_BYTES);

    if (n_in < 0) {
        return n_in;
    }
    link_tick(p->link, link_port_now());
    link_wire_in(p->link, p->in, (size_t)n_in);
    if (p->at == p->n) {
        p->at = 0;
        p->n = link_wire_out(p->link, p->out, LINK_PORT_BYTES);
    }
    if (p->at == p->n) {
        return n_in > 0;
    }
    int n_out = transport_write(p->transport, p->out + p->at, p->n - p->at);
    if (n_out < 0) {
        /* The last words of a peer that left are still to be read. */
        return n_in > 0 ? 1 : n_out;
    }
    p->at += (size_t)n_out;
    return n_in > 0 || n_out > 0;
}

int link_port_wait(struct link_port *p, uint32_t timeout_us)
{
    return transport_wait(p->transport, p->at < p->n, timeout_us);
}
