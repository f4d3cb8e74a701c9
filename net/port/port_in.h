/* port_in.h - what the kinds of ports share; the rest of the program uses
 * port.h. */
#ifndef NET_PORT_PORT_IN_H
#define NET_PORT_PORT_IN_H

#include "net/port/port.h"

enum { PORT_ETHERNET = 1 /* DLT_EN10MB */ };

/* One kind; NULL where it has nothing to do. */
struct port_ops {
    int (*receive)(struct port *p, struct fn_span *out);
    int (*send)(struct port *p, const struct fn_span *in);
    int (*fd)(const struct port *p, bool room, short *events);
    void (*count)(struct port *p); /* brings p->counts up to date */
    int (*close)(struct port *p);  /* all but the port itself */
};

/* The first member of each kind's own struct. */
struct port {
    const struct port_ops *ops;
    struct pool *pool;
    char *name;
    const char *word; /* of the kind; for messages: "tap:tap0" */
    int link;
    bool ended;
    bool failed; /* and said so */
    struct port_counts counts;
};

/* Open functions of the kinds: they fill '*out', made by port_new(). */
int port_pcap_open(const struct port_config *config, struct port **out);
int port_tap_open(const struct port_config *config, struct port **out);
int port_af_packet_open(const struct port_config *config, struct port **out);
int port_af_xdp_open(const struct port_config *config, struct port **out);
int port_ring_open(const struct port_config *config, struct port **out);
int port_gen_open(const struct port_config *config, struct port **out);
int port_null_open(const struct port_config *config, struct port **out);

/*
 * A zeroed struct of 'bytes' that begins with a port; NULL without memory,
 * which has been said.  port_close() frees it.
 */
void *port_new(const struct port_config *config, size_t bytes,
               const struct port_ops *ops);

/* Says what errno tells of 'what' failed at 'p'; returns 'err'. */
int port_say(const struct port *p, int err, const char *what);

/* The port cannot go on: says why once, and ends it; ERR_DEVICE. */
int port_fail(struct port *p, const char *why);

/*
 * Number of interface 'name', which is ready to be sent to if it is up.
 * ERR_BAD_INPUT when there is none, or the name is too long.
 */
int port_interface(const struct port *p, const char *name);

/*
 * Has the kernel notice that the wire of interface 'name' has its other end:
 * until it does, some time later, it loses what is sent there.
 */
void port_settle(const char *name);

/*
 * Memory for a packet of 'len' bytes that came, the next of 'out'; its other
 * fields are set, but the time.  NULL when there is none: counted.
 */
struct pkt *port_room(struct port *p, struct fn_span *out, size_t len);

#endif
