/*
 * linux_bridge_test.c - the same frames through the kernel's bridge and through
 * a chain with ours: each port must give the same.  Skipped without the right
 * to make a network namespace.
 */
#include "tests/chain/live_check.h"

#include "core/pool.h"
#include "net/port/port.h"

enum {
    WIRES = 3,
    FRAMES = 300, /* and a marker each from all ports */
    STATIONS = 12,
    LEN = 80,
};

/* What came out of each wire, in order: numbers of frames. */
struct heard {
    uint32_t number[WIRES][FRAMES + WIRES];
    size_t n[WIRES];
};

static void wires_open(struct port **port, struct pool *pool)
{
    for (size_t k = 0; k < WIRES; k++) {
        char name[8];
        (void)snprintf(name, sizeof name, "s%zu", k);
        struct port_config c = {
            .kind = PORT_AF_PACKET, .name = name, .pool = pool};
        assert_int_equal(port_open(&c, &port[k]), 0);
    }
}

static void store_station(uint8_t *d, uint32_t k)
{
    be16_store(d, 0x0200);
    be32_store(d + 2, k);
}

/* Frame 'number' from station 'from' to 'to', or to all, by wire 'wire'. */
static void send_frame(struct port *wire, uint32_t number, uint32_t from,
                       uint32_t to)
{
    uint8_t d[LEN] = {0};
    struct pkt p = {.data = d, .len_bytes = LEN};
    struct fn_span out = {.type = FN_PKT, .items = &p, .n = 1, .cap = 1};

    memset(d, 0xff, 6);
    if (to < STATIONS) {
        store_station(d, to);
    }
    store_station(d + 6, from);
    be16_store(d + 12, 0x88b5);
    be32_store(d + 14, number);
    assert_int_equal(port_send(wire, &out), 1);
}

/* Hears until frame 'number' has come out of all wires but 'from'. */
static void hear(struct port **port, struct pool *pool, struct heard *h,
                 size_t from, uint32_t number)
{
    struct pkt got[FN_BURST_PKT];

    for (size_t k = 0; k < WIRES; k++) {
        bool came = k == from;
        while (!came) {
            struct fn_span in = {
                .type = FN_PKT, .items = got, .cap = FN_BURST_PKT};
            short events;
            assert_true(port_receive(port[k], &in) >= 0);
            for (size_t j = 0; j < in.n; j++) {
                uint32_t index = pool_index(pool, got[j].data);
                if (be16_load(got[j].data + 12) == 0x88b5) {
                    uint32_t n = be32_load(got[j].data + 14);
                    assert_true(h->n[k] < FRAMES + WIRES);
                    h->number[k][h->n[k]++] = n;
                    came = came || n == number;
                }
                pool_give(pool, &index, 1);
            }
            if (in.n == 0 && !came) {
                int fd = port_fd(port[k], false, &events);
                assert_int_equal(station_wait(fd, PATIENCE_MS), 1);
            }
        }
    }
}

/*
 * Stations talk by turns, move now and then, and call for all; each frame to
 * all is waited for, so that the order of events is that of the frames.
 */
static void talk(struct heard *h)
{
    struct pool *pool;
    struct port *port[WIRES];
    struct rng r = {4};
    size_t at[STATIONS];

    memset(h, 0, sizeof *h);
    assert_int_equal(pool_create(4 * FN_BURST_PKT, POOL_RUN, &pool), 0);
    wires_open(port, pool);
    for (size_t k = 0; k < STATIONS; k++) {
        at[k] = k % WIRES;
    }
    for (uint32_t k = 0; k < FRAMES; k++) {
        uint32_t from = rng_below(&r, STATIONS);
        bool moves = rng_below(&r, 10) == 0;
        bool all = moves || k + 1 == FRAMES || rng_below(&r, 4) == 0;
        /* Never to itself: the kernel learns before it looks, we after. */
        uint32_t other = (from + 1 + rng_below(&r, STATIONS - 1)) % STATIONS;
        uint32_t to = all ? STATIONS : other;
        if (moves) {
            at[from] = rng_below(&r, WIRES);
        }
        send_frame(port[at[from]], k, from, to);
        if (all) {
            hear(port, pool, h, at[from], k);
        } else {
            /* The next from another wire must not overtake it. */
            send_frame(port[at[from]], FRAMES, from, STATIONS);
            hear(port, pool, h, at[from], FRAMES);
            for (size_t j = 0; j < WIRES; j++) {
                h->n[j] -= j != at[from]; /* without the marker */
            }
        }
    }
    for (size_t k = 0; k < WIRES; k++) {
        assert_int_equal(port_close(port[k]), 0);
    }
    pool_destroy(pool);
}

static void lay_wires(void)
{
    here("for k in 0 1 2; do "
         "ip link add w$k type veth peer name s$k && ip link set w$k up && "
         "ip link set s$k up || exit 1; done; ip link set lo up");
}

static void bridge_gives_what_the_kernels_bridge_gives(void **state)
{
    static struct heard kernel, ours;
    struct live l;
    size_t n = 0;

    (void)state;
    if (unshare(CLONE_NEWNET) != 0) {
        print_message("skipped: no network namespace: %s\n", strerror(errno));
        skip();
    }
    here("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
    lay_wires();
    if (system("ip link add br0 type bridge forward_delay 0 stp_state 0 "
               "mcast_snooping 0 && ip link set br0 up && for k in 0 1 2; do "
               "ip link set w$k master br0 || exit 1; done") != 0) {
        print_message("skipped: this kernel has no bridge\n");
        skip();
    }
    talk(&kernel);
    here("ip link del br0 && for k in 0 1 2; do ip link del w$k; done");
    lay_wires();
    cli_write_text(cli_path("three.yaml"),
                   "chain: three\n"
                   "sources: { a: { af_packet: w0 }, b: { af_packet: w1 },\n"
                   "           c: { af_packet: w2 } }\n"
                   "nodes: [ { name: br, fn: bridge } ]\n"
                   "links: [ a -> br.0, b -> br.1, c -> br.2,\n"
                   "         br.0 -> x, br.1 -> y, br.2 -> z ]\n"
                   "sinks: { x: { af_packet: w0 }, y: { af_packet: w1 },\n"
                   "         z: { af_packet: w2 } }\n"
                   "tick: { br: 1000 }\n");
    live_open(&l, "three.yaml", "");
    talk(&ours);
    assert_int_equal(live_close(&l, SIGINT), 0);
    for (size_t k = 0; k < WIRES; k++) {
        assert_int_equal(ours.n[k], kernel.n[k]);
        assert_memory_equal(ours.number[k], kernel.number[k],
                            kernel.n[k] * sizeof kernel.number[k][0]);
        n += kernel.n[k];
    }
    /* More than the frames to all, fewer than all frames everywhere. */
    assert_true(n > FRAMES && n < 2 * FRAMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bridge_gives_what_the_kernels_bridge_gives),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
