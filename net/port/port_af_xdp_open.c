/*
 * port_af_xdp_open.c - the socket of an AF_XDP port, its rings, and the program
 * that sends packets there; see port_af_xdp.c.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "net/port/port_af_xdp_in.h"

enum {
    XDP_QUEUES = 64, /* of the program's map */
    BUSY_TRIES = 50, /* to get a queue */
    BUSY_MS = 10,
};

static int bpf(int cmd, union bpf_attr *attr)
{
    return (int)syscall(SYS_bpf, cmd, attr, sizeof *attr);
}

/* The program: return bpf_redirect_map(&map, ctx->rx_queue_index, XDP_PASS). */
static int load_program(struct af_xdp_port *x)
{
    const struct bpf_insn code[] = {
        {.code = BPF_LDX | BPF_MEM | BPF_W,
         .dst_reg = BPF_REG_2,
         .src_reg = BPF_REG_1,
         .off = offsetof(struct xdp_md, rx_queue_index)},
        {.code = BPF_LD | BPF_DW | BPF_IMM, /* two instructions long */
         .dst_reg = BPF_REG_1,
         .src_reg = BPF_PSEUDO_MAP_FD,
         .imm = x->map_fd},
        {.code = 0},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K,
         .dst_reg = BPF_REG_3,
         .imm = XDP_PASS},
        {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map},
        {.code = BPF_JMP | BPF_EXIT},
    };
    union bpf_attr load = {
        .prog_type = BPF_PROG_TYPE_XDP,
        .insns = (uint64_t)(uintptr_t)code,
        .insn_cnt = sizeof code / sizeof code[0],
        .license = (uint64_t)(uintptr_t) "GPL",
        .expected_attach_type = BPF_XDP,
    };

    x->program_fd = bpf(BPF_PROG_LOAD, &load);
    return x->program_fd;
}

/* From here on what comes by the queue comes to the socket, until link_fd is
 * closed, however this process ends. */
static int attach(struct af_xdp_port *x, int interface)
{
    union bpf_attr put = {
        .map_fd = (uint32_t)x->map_fd,
        .key = (uint64_t)(uintptr_t)&x->queue,
        .value = (uint64_t)(uintptr_t)&x->fd,
    };
    union bpf_attr link = {
        .link_create = {.prog_fd = (uint32_t)x->program_fd,
                        .target_ifindex = (uint32_t)interface,
                        .attach_type = BPF_XDP,
                        .flags = XDP_FLAGS_SKB_MODE},
    };

    if (bpf(BPF_MAP_UPDATE_ELEM, &put) < 0) {
        return -1;
    }
    x->link_fd = bpf(BPF_LINK_CREATE, &link);
    return x->link_fd;
}

static int map_ring(const struct af_xdp_port *x, struct xdp_ring *r,
                    const struct xdp_ring_offset *o, size_t entry,
                    uint64_t page)
{
    r->bytes = o->desc + XDP_RING * entry;
    void *map = mmap(NULL, r->bytes, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_POPULATE, x->fd, (off_t)page);
    if (map == MAP_FAILED) {
        return -1;
    }
    r->map = map;
    r->producer = (uint32_t *)(void *)((uint8_t *)map + o->producer);
    r->consumer = (uint32_t *)(void *)((uint8_t *)map + o->consumer);
    r->entries = (uint8_t *)map + o->desc;
    return 0;
}

static int make_rings(struct af_xdp_port *x)
{
    static const struct {
        int option;
        uint64_t page;
        size_t entry;
    } kind[RING_KINDS] = {
        [RING_FILL] = {XDP_UMEM_FILL_RING, XDP_UMEM_PGOFF_FILL_RING,
                       sizeof(uint64_t)},
        [RING_COMPLETION] = {XDP_UMEM_COMPLETION_RING,
                             XDP_UMEM_PGOFF_COMPLETION_RING, sizeof(uint64_t)},
        [RING_RX] = {XDP_RX_RING, XDP_PGOFF_RX_RING, sizeof(struct xdp_desc)},
        [RING_TX] = {XDP_TX_RING, XDP_PGOFF_TX_RING, sizeof(struct xdp_desc)},
    };
    const int n = XDP_RING;
    struct xdp_mmap_offsets at;
    socklen_t n_at = sizeof at;

    for (size_t k = 0; k < RING_KINDS; k++) {
        if (setsockopt(x->fd, SOL_XDP, kind[k].option, &n, sizeof n) < 0) {
            return -1;
        }
    }
    if (getsockopt(x->fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &n_at) < 0) {
        return -1;
    }
    const struct xdp_ring_offset *offset[RING_KINDS] = {[RING_FILL] = &at.fr,
                                                        [RING_COMPLETION] =
                                                            &at.cr,
                                                        [RING_RX] = &at.rx,
                                                        [RING_TX] = &at.tx};
    for (size_t k = 0; k < RING_KINDS; k++) {
        if (map_ring(x, &x->ring[k], offset[k], kind[k].entry, kind[k].page) <
            0) {
            return -1;
        }
    }
    return 0;
}

/* The socket with the pool's single buffers for its memory. */
static int make_socket(struct af_xdp_port *x, int interface)
{
    const struct xdp_umem_reg memory = {
        .addr = (uint64_t)(uintptr_t)pool_memory(x->port.pool),
        .len = (uint64_t)pool_singles(x->port.pool) * POOL_BUFFER_BYTES,
        .chunk_size = POOL_BUFFER_BYTES,
    };
    const struct sockaddr_xdp at = {.sxdp_family = AF_XDP,
                                    .sxdp_flags = XDP_COPY,
                                    .sxdp_ifindex = (uint32_t)interface,
                                    .sxdp_queue_id = x->queue};

    x->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (x->fd < 0 ||
        setsockopt(x->fd, SOL_XDP, XDP_UMEM_REG, &memory, sizeof memory) < 0 ||
        make_rings(x) < 0) {
        return -1;
    }
    af_xdp_refill(x);
    int rc = bind(x->fd, (const struct sockaddr *)&at, sizeof at);
    /* The kernel takes a while to let go of a socket that was closed. */
    for (int k = 0; rc < 0 && errno == EBUSY && k < BUSY_TRIES; k++) {
        (void)poll(NULL, 0, BUSY_MS); /* an early return does no harm */
        rc = bind(x->fd, (const struct sockaddr *)&at, sizeof at);
    }
    return rc;
}

/* "IF" or "IF:QUEUE". */
static int parse_name(struct af_xdp_port *x, int *interface)
{
    char name[64] = "";
    size_t n = strcspn(x->port.name, ":");
    const char *queue = x->port.name + n;

    if (*queue == ':' && !parse_u32(queue + 1, 0, XDP_QUEUES - 1, &x->queue)) {
        return err_say(ERR_BAD_INPUT,
                       "af_xdp:%s: queue '%.32s', expected 0 to %d",
                       x->port.name, queue + 1, XDP_QUEUES - 1);
    }
    memcpy(name, x->port.name, n < sizeof name - 1 ? n : sizeof name - 1);
    *interface = port_interface(&x->port, name);
    return *interface;
}

int af_xdp_start(struct af_xdp_port *x)
{
    union bpf_attr map = {.map_type = BPF_MAP_TYPE_XSKMAP,
                          .key_size = sizeof(uint32_t),
                          .value_size = sizeof(int),
                          .max_entries = XDP_QUEUES};
    int interface = 0;
    int err = parse_name(x, &interface);

    if (err < 0) {
        return err;
    }
    if (make_socket(x, interface) < 0) {
        return port_say(&x->port, errno == EAFNOSUPPORT ? ERR_MISSING : ERR_IO,
                        errno == EINVAL ? "no such queue, or no AF_XDP there"
                                        : "AF_XDP socket");
    }
    x->map_fd = bpf(BPF_MAP_CREATE, &map);
    if (x->map_fd < 0 || load_program(x) < 0) {
        return port_say(
            &x->port, errno == ENOSYS || errno == EINVAL ? ERR_MISSING : ERR_IO,
            "XDP program");
    }
    if (attach(x, interface) < 0) {
        return port_say(&x->port, errno == EOPNOTSUPP ? ERR_MISSING : ERR_IO,
                        errno == EBUSY ? "another XDP program is there"
                                       : "XDP program");
    }
    return 0;
}
