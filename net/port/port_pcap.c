/* port_pcap.c - captures as ports; what there is to do, pcap_port.c does. */
#include "core/base/err.h"
#include "net/port/pcap_port.h"
#include "net/port/port_in.h"

_Static_assert((int)PCAP_READ_BYTES <= (int)PORT_READ_BYTES, "as it says");

struct pcap_ends {
    struct port port;
    struct pcap_source *source; /* one of them */
    struct pcap_sink *sink;
};

static int pcap_receive(struct port *p, struct fn_span *out)
{
    struct pcap_ends *e = (struct pcap_ends *)p;
    int n = pcap_source_take(e->source, p->pool, out);

    p->ended = n < 0 || (n == 0 && pcap_source_ended(e->source));
    return n;
}

static int pcap_send(struct port *p, const struct fn_span *in)
{
    int err = pcap_sink_write(((struct pcap_ends *)p)->sink, in);

    if (err < 0) {
        return err;
    }
    p->counts.sent += in->n;
    return (int)in->n;
}

static int pcap_ends_close(struct port *p)
{
    struct pcap_ends *e = (struct pcap_ends *)p;

    pcap_source_close(e->source);
    return pcap_sink_close(e->sink);
}

int port_pcap_open(const struct port_config *config, struct port **out)
{
    static const struct port_ops ops = {
        .receive = pcap_receive, .send = pcap_send, .close = pcap_ends_close};
    struct pcap_ends *e = port_new(config, sizeof *e, &ops);
    enum pcap_format format =
        config->kind == PORT_PCAPNG ? PCAP_NG : PCAP_CLASSIC;
    int err;

    if (e == NULL) {
        return ERR_NO_MEM;
    }
    err = config->is_sink
              ? pcap_sink_open(config->name, format, config->link, &e->sink)
              : pcap_source_open(config->name, 0, &e->source);
    if (err < 0) {
        (void)port_close(&e->port); /* nothing was written */
        return err;
    }
    e->port.link = config->is_sink ? config->link : pcap_source_link(e->source);
    *out = &e->port;
    return 0;
}
