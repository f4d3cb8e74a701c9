/*
 * port_af_packet.c - an interface as a port, by a raw packet socket (packet(7),
 * Linux Documentation/networking/packet_mmap.rst): the kernel fills blocks of a
 * ring in memory (TPACKET_V3); what is sent goes out by sendmmsg().
 *
 * The kernel goes on to see what comes in, too.  It takes 802.1Q tags off, and
 * of what comes from a kernel on this machine checksums are open and segments
 * not cut; all that is put right here (port_gso.h).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "net/port/port_gso.h"
#include "net/port/port_in.h"

enum {
    BLOCK_BYTES = 1 << 18,
    BLOCKS = 16,
    RETIRE_MS = 1, /* a block that is not full is given after so long */
    TAG_BYTES = 4,
    MACS_BYTES = 12, /* the tag goes behind the addresses */
};

struct af_packet_port {
    struct port port;
    int fd;
    uint8_t *ring; /* [BLOCKS][BLOCK_BYTES] */
    size_t block;  /* the next one, or the one that is being read */
    uint32_t left; /* packets left in it; 0: not begun */
    const uint8_t *next;
    size_t segment_at; /* bytes of its payload that have been cut off */
    struct mmsghdr message[FN_BURST_PKT];
    struct iovec iov[FN_BURST_PKT][2]; /* virtio header, packet */
};

static struct tpacket_block_desc *block_of(const struct af_packet_port *a)
{
    return (struct tpacket_block_desc *)(void *)(a->ring +
                                                 a->block * BLOCK_BYTES);
}

/* The tag that the kernel took off 'x' goes back behind the addresses. */
static void put_tag(struct pkt *x, const struct tpacket3_hdr *h)
{
    uint8_t *at = x->data + MACS_BYTES;

    if ((h->tp_status & TP_STATUS_VLAN_VALID) == 0 ||
        x->len_bytes < MACS_BYTES) {
        return;
    }
    memmove(at + TAG_BYTES, at, x->len_bytes - MACS_BYTES);
    be16_store(at, (h->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0
                       ? h->hv1.tp_vlan_tpid
                       : ETH_P_8021Q);
    be16_store(at + 2, (uint16_t)h->hv1.tp_vlan_tci);
    x->len_bytes += TAG_BYTES;
    x->wire_bytes += TAG_BYTES;
}

/*
 * What is at a->next, whole or its next segment, to 'out'; what finds no buffer
 * is counted.  True when that was the last of it.
 */
static bool copy_packet(struct af_packet_port *a, struct fn_span *out)
{
    const struct tpacket3_hdr *h =
        (const struct tpacket3_hdr *)(const void *)a->next;
    const uint8_t *from = a->next + h->tp_mac;
    size_t n = h->tp_snaplen;
    struct virtio_net_hdr net;
    memcpy(&net, from - sizeof net, sizeof net);
    size_t headers = gso_headers(&net, from, n);
    size_t segment = headers > 0 ? headers + net.gso_size : n;
    struct pkt *x = port_room(&a->port, out, segment + TAG_BYTES);

    if (x != NULL) {
        x->t_ns = (uint64_t)h->tp_sec * 1000000000u + h->tp_nsec;
        if (headers > 0) {
            x->len_bytes = (uint32_t)gso_segment(&net, from, n, headers,
                                                 a->segment_at, x->data);
            x->wire_bytes = x->len_bytes;
        } else {
            memcpy(x->data, from, n);
            gso_checksum(&net, x->data, n);
            x->len_bytes = (uint32_t)n;
            x->wire_bytes = h->tp_len;
        }
        put_tag(x, h);
    }
    a->segment_at += net.gso_size;
    if (headers > 0 && a->segment_at < n - headers) {
        return false;
    }
    a->segment_at = 0;
    return true;
}

/* True when a.left packets are to be read at a.next. */
static bool begin_block(struct af_packet_port *a)
{
    struct tpacket_block_desc *b = block_of(a);
    struct tpacket_hdr_v1 *h = &b->hdr.bh1;

    if (a->left > 0) {
        return true;
    }
    if ((__atomic_load_n(&h->block_status, __ATOMIC_ACQUIRE) &
         TP_STATUS_USER) == 0) {
        return false;
    }
    a->left = h->num_pkts;
    a->next = (const uint8_t *)b + h->offset_to_first_pkt;
    return true;
}

/* The block is the kernel's again. */
static void end_block(struct af_packet_port *a)
{
    __atomic_store_n(&block_of(a)->hdr.bh1.block_status, TP_STATUS_KERNEL,
                     __ATOMIC_RELEASE);
    a->block = (a->block + 1) % BLOCKS;
}

/* Nothing came: is the interface still there?  Down is not gone. */
static int check_alive(struct af_packet_port *a)
{
    struct sockaddr_ll at = {.sll_ifindex = 0};
    socklen_t n = sizeof at;
    int error = 0;
    socklen_t n_error = sizeof error;

    (void)getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &n_error);
    if (error == 0 || (getsockname(a->fd, (struct sockaddr *)&at, &n) == 0 &&
                       at.sll_ifindex > 0)) {
        return 0;
    }
    return port_fail(&a->port, "the interface is gone");
}

static int af_packet_receive(struct port *p, struct fn_span *out)
{
    struct af_packet_port *a = (struct af_packet_port *)p;
    size_t n0 = out->n;

    while (out->n < out->cap && begin_block(a)) {
        while (a->left > 0 && out->n < out->cap) {
            if (copy_packet(a, out)) {
                a->next += ((const struct tpacket3_hdr *)(const void *)a->next)
                               ->tp_next_offset;
                a->left--;
            }
        }
        if (a->left == 0) {
            end_block(a);
        }
    }
    return out->n > n0 ? (int)(out->n - n0) : check_alive(a);
}

static int af_packet_send(struct port *p, const struct fn_span *in)
{
    struct af_packet_port *a = (struct af_packet_port *)p;
    const struct pkt *x = in->items;
    struct virtio_net_hdr whole = {.flags = 0}; /* nothing is left to do */
    size_t at = 0;

    while (at < in->n) {
        size_t n = 0;
        for (; n < FN_BURST_PKT && at + n < in->n; n++) {
            a->iov[n][0] = (struct iovec){&whole, sizeof whole};
            a->iov[n][1] = (struct iovec){x[at + n].data, x[at + n].len_bytes};
            a->message[n].msg_hdr =
                (struct msghdr){.msg_iov = a->iov[n], .msg_iovlen = 2};
        }
        int sent = sendmmsg(a->fd, a->message, (unsigned)n, MSG_DONTWAIT);
        if (sent > 0) {
            p->counts.sent += (uint64_t)sent;
            at += (size_t)sent;
        } else if (errno == EAGAIN || errno == EINTR) {
            return (int)at;
        } else {
            p->counts.refused++; /* the first: too long, too short, down */
            at++;
        }
    }
    return (int)in->n;
}

static int af_packet_fd(const struct port *p, bool room, short *events)
{
    *events = room ? POLLOUT : POLLIN;
    return ((const struct af_packet_port *)p)->fd;
}

static void af_packet_count(struct port *p)
{
    struct tpacket_stats_v3 s = {0};
    socklen_t n = sizeof s;

    /* Since it was last asked. */
    if (getsockopt(((struct af_packet_port *)p)->fd, SOL_PACKET,
                   PACKET_STATISTICS, &s, &n) == 0) {
        p->counts.kernel_dropped += s.tp_drops;
    }
}

static int af_packet_close(struct port *p)
{
    const struct af_packet_port *a = (const struct af_packet_port *)p;

    if (a->ring != NULL) {
        (void)munmap(a->ring, (size_t)BLOCKS * BLOCK_BYTES);
    }
    if (a->fd >= 0) {
        (void)close(a->fd); /* what was sent is gone */
    }
    return 0;
}

static int set(const struct af_packet_port *a, int option, const void *value,
               socklen_t n)
{
    return setsockopt(a->fd, SOL_PACKET, option, value, n);
}

/* The ring, then the interface: what comes before is of any interface. */
static int start(struct af_packet_port *a, int interface)
{
    const int version = TPACKET_V3;
    const int one = 1;
    const int room = BLOCKS * BLOCK_BYTES;
    const struct tpacket_req3 ring = {
        .tp_block_size = BLOCK_BYTES,
        .tp_block_nr = BLOCKS,
        .tp_frame_size = POOL_BUFFER_BYTES,
        .tp_frame_nr = BLOCKS * (BLOCK_BYTES / POOL_BUFFER_BYTES),
        .tp_retire_blk_tov = RETIRE_MS,
    };
    const struct packet_mreq all = {.mr_ifindex = interface,
                                    .mr_type = PACKET_MR_PROMISC};
    const struct sockaddr_ll at = {.sll_family = AF_PACKET,
                                   .sll_protocol = htons(ETH_P_ALL),
                                   .sll_ifindex = interface};

    if (set(a, PACKET_VERSION, &version, sizeof version) < 0 ||
        set(a, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
        set(a, PACKET_VNET_HDR, &one, sizeof one) < 0 ||
        set(a, PACKET_RX_RING, &ring, sizeof ring) < 0) {
        return -1;
    }
    void *map = mmap(NULL, (size_t)BLOCKS * BLOCK_BYTES, PROT_READ | PROT_WRITE,
                     MAP_SHARED, a->fd, 0);
    if (map == MAP_FAILED) {
        return -1;
    }
    a->ring = map;
    /* As many bursts on their way as come in; without, fewer are. */
    (void)setsockopt(a->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    if (set(a, PACKET_ADD_MEMBERSHIP, &all, sizeof all) < 0) {
        return -1;
    }
    return bind(a->fd, (const struct sockaddr *)&at, sizeof at);
}

/* Frames of other kinds of interfaces have no Ethernet header. */
static int check_ethernet(const struct af_packet_port *a)
{
    struct sockaddr_ll at = {.sll_ifindex = 0};
    socklen_t n = sizeof at;

    if (getsockname(a->fd, (struct sockaddr *)&at, &n) == 0 &&
        (at.sll_hatype == ARPHRD_ETHER || at.sll_hatype == ARPHRD_LOOPBACK)) {
        return 0;
    }
    return err_say(ERR_BAD_INPUT,
                   "%s:%s: is of type %d, expected an Ethernet interface",
                   a->port.word, a->port.name, at.sll_hatype);
}

int port_af_packet_open(const struct port_config *config, struct port **out)
{
    static const struct port_ops ops = {.receive = af_packet_receive,
                                        .send = af_packet_send,
                                        .fd = af_packet_fd,
                                        .count = af_packet_count,
                                        .close = af_packet_close};
    struct af_packet_port *a = port_new(config, sizeof *a, &ops);
    int interface;
    int err;

    if (a == NULL) {
        return ERR_NO_MEM;
    }
    a->fd = -1;
    err = interface = port_interface(&a->port, config->name);
    if (err < 0) {
        goto fail;
    }
    a->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (a->fd < 0) {
        err = port_say(&a->port, ERR_IO, "packet socket");
        goto fail;
    }
    if (start(a, interface) < 0) {
        err = port_say(&a->port, ERR_IO, "packet ring");
        goto fail;
    }
    err = check_ethernet(a);
    if (err < 0) {
        goto fail;
    }
    *out = &a->port;
    return 0;

fail:
    (void)port_close(&a->port); /* nothing was written */
    return err;
}
