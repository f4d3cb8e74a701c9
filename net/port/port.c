/* port.c - see port.h: the table of kinds, and what they share. */
#include "net/port/port.h"

#include <assert.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"
#include "net/port/port_in.h"

const struct port_traits port_traits[PORT_KINDS] = {
    [PORT_PCAP] = {"pcap", .is_file = true, .gives = true, .takes = true},
    [PORT_PCAPNG] = {"pcapng", .is_file = true, .takes = true},
    [PORT_TAP] = {"tap", .is_live = true, .is_wire = true, .gives = true,
                  .takes = true},
    [PORT_AF_PACKET] = {"af_packet", .is_live = true, .is_wire = true,
                        .gives = true, .takes = true},
    [PORT_AF_XDP] = {"af_xdp", .is_live = true, .is_wire = true, .gives = true,
                     .takes = true},
    [PORT_RING] = {"ring", .is_wire = true, .gives = true, .takes = true},
    [PORT_GEN] = {"gen", .is_bare = true, .gives = true},
    [PORT_NULL] = {"null", .is_bare = true, .gives = true, .takes = true},
};

static int (*const port_openers[PORT_KINDS])(const struct port_config *,
                                             struct port **) = {
    [PORT_PCAP] = port_pcap_open,     [PORT_PCAPNG] = port_pcap_open,
    [PORT_TAP] = port_tap_open,       [PORT_AF_PACKET] = port_af_packet_open,
    [PORT_AF_XDP] = port_af_xdp_open, [PORT_RING] = port_ring_open,
    [PORT_GEN] = port_gen_open,       [PORT_NULL] = port_null_open,
};

bool port_find(const char *word, size_t n, enum port_kind *kind)
{
    for (size_t k = 0; k < PORT_KINDS; k++) {
        if (strlen(port_traits[k].word) == n &&
            strncmp(port_traits[k].word, word, n) == 0) {
            *kind = (enum port_kind)k;
            return true;
        }
    }
    return false;
}

bool port_parse(const char *text, enum port_kind *kind, const char **name)
{
    size_t n = strcspn(text, ":");

    if (!port_find(text, n, kind)) {
        return false;
    }
    *name = text + n + (text[n] == ':');
    return true;
}

int port_open(const struct port_config *config, struct port **out)
{
    assert(config->kind < PORT_KINDS);
    return port_openers[config->kind](config, out);
}

int port_receive(struct port *p, struct fn_span *out)
{
    assert(out->type == FN_PKT && out->n < out->cap);
    if (p->ended) {
        return p->failed ? ERR_DEVICE : 0;
    }
    int n = p->ops->receive(p, out);
    p->counts.received += n > 0 ? (uint64_t)n : 0;
    return n;
}

bool port_ended(const struct port *p)
{
    return p->ended;
}

int port_send(struct port *p, const struct fn_span *in)
{
    assert(in->type == FN_PKT);
    return p->ops->send(p, in);
}

int port_fd(const struct port *p, bool room, short *events)
{
    return p->ops->fd != NULL ? p->ops->fd(p, room, events) : -1;
}

const struct port_counts *port_counts(struct port *p)
{
    if (p->ops->count != NULL) {
        p->ops->count(p);
    }
    return &p->counts;
}

int port_link(const struct port *p)
{
    return p->link;
}

int port_close(struct port *p)
{
    if (p == NULL) {
        return 0;
    }
    int err = p->ops->close != NULL ? p->ops->close(p) : 0;
    free(p->name);
    free(p);
    return err;
}

/* --- for the kinds --- */

void *port_new(const struct port_config *config, size_t bytes,
               const struct port_ops *ops)
{
    struct port *p = calloc(1, bytes);

    if (p != NULL) {
        p->name = strdup(config->name);
    }
    if (p == NULL || p->name == NULL) {
        free(p);
        (void)err_say(ERR_NO_MEM, "%s: not enough memory", config->name);
        return NULL;
    }
    p->ops = ops;
    p->pool = config->pool;
    p->word = port_traits[config->kind].word;
    p->link = PORT_ETHERNET;
    return p;
}

int port_say(const struct port *p, int err, const char *what)
{
    const char *right = errno == EPERM || errno == EACCES
                            ? ", which takes root or CAP_NET_ADMIN and "
                              "CAP_NET_RAW"
                            : "";

    return err_say(err, "%s:%s: %s: %s%s", p->word, p->name, what,
                   strerror(errno), right);
}

int port_fail(struct port *p, const char *why)
{
    p->ended = true;
    if (!p->failed) {
        p->failed = true;
        (void)err_say(ERR_DEVICE, "%s:%s: %s", p->word, p->name, why);
    }
    return ERR_DEVICE;
}

int port_interface(const struct port *p, const char *name)
{
    size_t n = strlen(name);

    if (n == 0 || n >= IF_NAMESIZE) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%s: '%.64s' is no name of an interface, expected 1 "
                       "to %d bytes",
                       p->word, p->name, name, IF_NAMESIZE - 1);
    }
    int index = (int)if_nametoindex(name);
    port_settle(name);
    return index > 0 ? index
                     : err_say(ERR_BAD_INPUT,
                               "%s:%s: no interface '%s', expected one of "
                               "`ip link`",
                               p->word, p->name, name);
}

void port_settle(const char *name)
{
    struct ethtool_value value = {.cmd = ETHTOOL_GLINK};
    struct ifreq r = {.ifr_data = (void *)&value};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    memcpy(r.ifr_name, name, strnlen(name, IF_NAMESIZE - 1));
    if (fd >= 0) {
        (void)ioctl(fd, SIOCETHTOOL, &r); /* asking is all that it takes */
        (void)close(fd);                  /* nothing was written */
    }
}

struct pkt *port_room(struct port *p, struct fn_span *out, size_t len)
{
    struct pkt *x = (struct pkt *)out->items + out->n;

    *x = (struct pkt){.len_bytes = (uint32_t)len, .wire_bytes = (uint32_t)len};
    if (len > FN_PKT_BYTES - POOL_ROOM_BYTES || !pool_pkt(p->pool, len, x)) {
        p->counts.no_buffer++;
        return NULL;
    }
    out->n++;
    return x;
}
