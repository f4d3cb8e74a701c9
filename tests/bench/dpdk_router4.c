/*
 * dpdk_router4.c - router4 against a loop like that of DPDK's l3fwd on rte_fib
 * (DIR-24-8, AVX-512 where there is): 64-byte packets that arrive, get their
 * headers verified, their routes looked up in the full table, and their time to
 * live, checksums and addresses rewritten.
 *
 * Both sides take the same packets, from as many buffers of 2 KiB, and leave
 * the same bytes.
 */
#include <rte_ether.h>
#include <rte_fib.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/base/rng.h"
#include "core/body.h"
#include "core/net_text.h"
#include "core/registry.h"
#include "net/table/router.h"
#include "router4_csr.h"
#include "tests/bench/dpdk.h"

enum {
    ROUTES_MAX = 1000000,
    PACKETS = 4096,
    BUFFER = 2048 + 64, /* an odd number of cache lines: they do not collide */
    FRAME = 60,         /* 64 with the FCS */
    HOPS = 62,          /* of the table */
    BURST = 32,         /* theirs: MAX_PKT_BURST of l3fwd */
};

struct work {
    struct body *body;
    struct rte_fib *fib;
    struct rte_mempool *pool;
    uint8_t (*frame)[FRAME]; /* [PACKETS] what arrives */
    uint8_t (*buffer)[BUFFER];
    struct pkt *pkt;       /* [PACKETS] ours, in 'buffer' */
    struct rte_mbuf **buf; /* [PACKETS] theirs */
    uint16_t *port;        /* [PACKETS] theirs */
    uint8_t mac[HOPS + 1][6];
};

/* --- both sides ----------------------------------------------------------- */

static int run_ours(void *ctx)
{
    struct work *w = ctx;
    int err = 0;

    for (uint32_t k = 0; err == 0 && k < PACKETS; k += FN_BURST_PKT) {
        struct fn_span s = {FN_PKT, w->pkt + k, FN_BURST_PKT, FN_BURST_PKT, k};
        for (uint32_t j = k; j < k + FN_BURST_PKT; j++) {
            memcpy(w->buffer[j], w->frame[j], FRAME);
            w->pkt[j].flags = 0;
            w->pkt[j].len_bytes = FRAME;
        }
        err = body_run(w->body, &s, &s);
    }
    return err;
}

/* What RFC 1812, 5.2.2 asks, as l3fwd's is_valid_ipv4_pkt() does, and the
 * checksum, which l3fwd leaves to the network card. */
static bool is_valid(const struct rte_ether_hdr *eth,
                     const struct rte_ipv4_hdr *ip, uint32_t len)
{
    return eth->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4) &&
           len >= sizeof *eth + sizeof *ip && ip->version_ihl == 0x45 &&
           rte_be_to_cpu_16(ip->total_length) >= sizeof *ip &&
           rte_ipv4_cksum(ip) == 0;
}

static void send_theirs(const struct work *w, struct rte_mbuf *m, uint64_t hop,
                        uint16_t *port)
{
    struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
    struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);

    memcpy(&eth->dst_addr, w->mac[hop], 6);
    memcpy(&eth->src_addr, w->mac[0], 6);
    ip->time_to_live--;
    ip->hdr_checksum++; /* as l3fwd does */
    *port = (uint16_t)hop;
}

static int run_theirs(void *ctx)
{
    struct work *w = ctx;

    for (uint32_t k = 0; k < PACKETS; k += BURST) {
        uint32_t dst[BURST];
        uint64_t hop[BURST];
        for (uint32_t j = 0; j < BURST; j++) {
            struct rte_mbuf *m = w->buf[k + j];
            struct rte_ether_hdr *eth =
                rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
            struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);
            memcpy(eth, w->frame[k + j], FRAME);
            m->data_len = FRAME;
            dst[j] = is_valid(eth, ip, m->data_len)
                         ? rte_be_to_cpu_32(ip->dst_addr)
                         : 0;
        }
        if (rte_fib_lookup_bulk(w->fib, dst, hop, BURST) != 0) {
            return ERR_DEVICE;
        }
        for (uint32_t j = 0; j < BURST; j++) {
            send_theirs(w, w->buf[k + j], hop[j], &w->port[k + j]);
        }
    }
    return 0;
}

/* Whether both send the same. */
static int check(struct work *w)
{
    int err = run_ours(w);

    err = err < 0 ? err : run_theirs(w);
    for (uint32_t k = 0; err == 0 && k < PACKETS; k++) {
        if (w->pkt[k].flags != 0 || w->pkt[k].out_port != w->port[k] ||
            memcmp(w->buffer[k], rte_pktmbuf_mtod(w->buf[k], void *), FRAME) !=
                0) {
            err = err_say(ERR_DIFFERS, "router4: packet %u is not l3fwd's", k);
        }
    }
    return err;
}

/* --- tables and packets --------------------------------------------------- */

static int put(void *ctx, uint32_t offset, uint32_t value)
{
    return body_write(ctx, offset, value);
}

static int make_hops(struct work *w)
{
    uint32_t next[(HOPS + 1) * ROUTER_NEXT_WORDS] = {0};
    uint32_t port[(HOPS + 1) * ROUTER_NEXT_WORDS] = {0};

    memcpy(w->mac[0], "\x02\0\0\0\0\x01", 6); /* the router's */
    for (uint32_t k = 1; k <= HOPS; k++) {
        uint32_t *x = next + (size_t)k * ROUTER_NEXT_WORDS;
        memcpy(w->mac[k], "\x02\0\0\0\x01", 5);
        w->mac[k][5] = (uint8_t)k;
        x[0] = be32_load(w->mac[k] + 2);
        x[1] = 1u << 31 | be16_load(w->mac[k]);
        port[(size_t)k * ROUTER_NEXT_WORDS + 1] = 1;
        port[(size_t)k * ROUTER_NEXT_WORDS + 2] = 1u << 31 | 0x0200;
    }
    int err = net_emit_words(ROUTER4_TABLE_NEXT, next,
                             sizeof next / sizeof next[0], put, w->body);
    err = err < 0 ? err
                  : net_emit_words(ROUTER4_TABLE_PORT, port,
                                   sizeof port / sizeof port[0], put, w->body);
    err = err < 0 ? err : put(w->body, ROUTER4_N_NEXT, HOPS + 1);
    return err < 0 ? err : put(w->body, ROUTER4_N_PORTS, HOPS + 1);
}

static void make_frame(uint8_t *d, uint32_t dst)
{
    struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(d + 14);

    memset(d, 0, FRAME);
    be16_store(d, 0x0200);
    be16_store(d + 6, 0x0200);
    be16_store(d + 12, RTE_ETHER_TYPE_IPV4);
    d[14] = 0x45;
    be16_store(d + 16, FRAME - 14);
    d[22] = 64;
    d[23] = 17;
    be32_store(d + 26, 0x0a000001);
    be32_store(d + 30, dst);
    ip->hdr_checksum = rte_ipv4_cksum(ip);
}

/* An address that a packet may have and not too many others. */
static bool is_of_packets(uint32_t addr)
{
    return addr >> 24 != 0 && addr >> 24 != 127 && addr >> 28 < 0xe;
}

/* Both tables, and packets to routes in them. */
static int read_routes(struct work *w, uint32_t *prefix, uint32_t *route)
{
    FILE *f = dpdk_data("rib/ipv4_2024.txt.gz");
    struct rng r = {.state = 4};
    char line[128], *end;
    uint32_t n = 0;
    int err = f == NULL ? ERR_IO : 0;

    while (err == 0 && n < ROUTES_MAX && fgets(line, sizeof line, f) != NULL) {
        prefix[n] = dpdk_address(line, &end);
        uint32_t len = (uint32_t)strtoul(end + 1, &end, 10);
        uint32_t hop = (uint32_t)strtoul(end, NULL, 10);
        route[n] = hop << 8 | len;
        err = rte_fib_add(w->fib, prefix[n++], (uint8_t)len, hop);
    }
    err = err < 0 ? err : dpdk_data_close(f);
    err = err < 0
              ? err
              : net_emit_words(ROUTER4_TABLE_PREFIX, prefix, n, put, w->body);
    err = err < 0 ? err
                  : net_emit_words(ROUTER4_TABLE_ROUTE, route, n, put, w->body);
    err = err < 0 ? err : put(w->body, ROUTER4_N_ROUTES, n);
    for (uint32_t k = 0; err == 0 && k < PACKETS;) {
        uint32_t at = rng_below(&r, n), len = route[at] & 0x3f;
        uint32_t dst = prefix[at] | (uint32_t)(rng_next(&r) >> 32 >> len);
        if (is_of_packets(dst)) {
            make_frame(w->frame[k++], dst);
        }
    }
    return err;
}

static int make_buffers(struct work *w)
{
    w->pool = rte_pktmbuf_pool_create("router4", PACKETS, 0, 0,
                                      BUFFER + RTE_PKTMBUF_HEADROOM, 0);
    w->frame = calloc(PACKETS, sizeof *w->frame);
    w->buffer = calloc(PACKETS, sizeof *w->buffer);
    w->pkt = calloc(PACKETS, sizeof *w->pkt);
    w->buf = calloc(PACKETS, sizeof *w->buf);
    w->port = calloc(PACKETS, sizeof *w->port);
    if (w->pool == NULL || w->frame == NULL || w->buffer == NULL ||
        w->pkt == NULL || w->buf == NULL || w->port == NULL ||
        rte_pktmbuf_alloc_bulk(w->pool, w->buf, PACKETS) != 0) {
        return err_say(ERR_NO_MEM, "no memory for packets");
    }
    for (uint32_t k = 0; k < PACKETS; k++) {
        w->pkt[k] = (struct pkt){.data = w->buffer[k], .room_bytes = BUFFER};
    }
    return 0;
}

static int make_tables(struct dpdk *d, struct work *w)
{
    struct rte_fib_conf conf = {
        .type = RTE_FIB_DIR24_8,
        .max_routes = ROUTES_MAX,
        .dir24_8 = {.nh_sz = RTE_FIB_DIR24_8_2B, .num_tbl8 = 32767},
    };
    uint32_t *prefix = calloc(ROUTES_MAX, sizeof *prefix);
    uint32_t *route = calloc(ROUTES_MAX, sizeof *route);
    int err = body_open_c(registry_find("router4"), &w->body);

    w->fib = rte_fib_create("router4", d->socket, &conf);
    if (w->fib == NULL || prefix == NULL || route == NULL) {
        err = err_say(ERR_NO_MEM, "no memory for routes");
    }
    err = err < 0 ? err : make_hops(w);
    err = err < 0 ? err : read_routes(w, prefix, route);
    free(prefix);
    free(route);
    return err;
}

int dpdk_router4(struct dpdk *d)
{
    struct work w = {.body = NULL};
    struct dpdk_pair pair = {run_ours, run_theirs, &w, PACKETS};
    int err = make_buffers(&w);

    err = err < 0 ? err : make_tables(d, &w);
    err = err < 0 ? err : check(&w);
    err = err < 0
              ? err
              : dpdk_speed(d, "router4.full_table", "l3fwd on rte_fib", &pair);
    rte_fib_free(w.fib);
    body_close(w.body);
    rte_mempool_free(w.pool);
    free(w.frame);
    free(w.buffer);
    free(w.pkt);
    free(w.buf);
    free(w.port);
    return err;
}
