/*
 * vxlan_test.c - a tunnel end against bytes written by hand from RFC 7348 and
 * the tables of RFC 6040, against another end, and on a capture of others.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/base/rng.h"
#include "core/body.h"
#include "net/fn/vxlan/vxlan_text.h"
#include "net/port/pcap_port.h"
#include "tests/check.h"
#include "vxlan_csr.h"

enum { ROOM = 2048, UNDER = 9, AHEAD = 50, TUNNELS = 2 };

extern const struct fn vxlan_fn;

static uint8_t bytes[2][FN_BURST_PKT][ROOM];

static int put(void *ctx, uint32_t offset, uint32_t value)
{
    return body_write(ctx, offset, value);
}

static void set(struct body *b, const char *key, const char *text)
{
    struct write_list w = {.n = 0};

    for (size_t k = 0; k < vxlan_fn.n_keys; k++) {
        if (strcmp(vxlan_fn.keys[k].name, key) == 0) {
            const struct fn_text t = {key, text};
            assert_int_equal(vxlan_fn.keys[k].parse(&t, write_list_emit, &w),
                             0);
        }
    }
    assert_true(w.n > 0);
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
}

/* The end 'number' of a tunnel: 192.0.2.1, 192.0.2.2. */
static struct body *open_end(uint32_t number)
{
    char addr[32];
    struct body *b;

    (void)snprintf(addr, sizeof addr, "192.0.2.%u", number);
    assert_int_equal(body_open_c(&vxlan_fn, &b), 0);
    set(b, "local", addr);
    set(b, "mac", "02:00:00:00:00:01");
    set(b, "gateway", "02:00:00:00:00:fe");
    set(b, "networks",
        "# three\n100 port 1 group 239.1.2.3\n200 port 1 vlan 7\n"
        "0xabcdef port 2 vlan 9 group 192.0.2.77\n");
    assert_int_equal(body_write(b, VXLAN_UNDERLAY, UNDER), 0);
    return b;
}

static uint32_t reg(struct body *b, uint32_t offset)
{
    uint32_t value = 0;

    assert_int_equal(body_read(b, offset, &value), 0);
    return value;
}

static struct pkt run(struct body *b, uint8_t port, const uint8_t *d,
                      uint32_t n)
{
    struct pkt in = {.data = bytes[0][0],
                     .len_bytes = n,
                     .room_bytes = ROOM,
                     .in_port = port,
                     .mark = 5};
    struct pkt out = {.data = bytes[1][0], .room_bytes = ROOM};
    struct fn_span from = {FN_PKT, &in, 1, 1, 0}, to = {FN_PKT, &out, 0, 1, 0};

    memmove(bytes[0][0], d, n);
    assert_int_equal(body_run(b, &from, &to), 0);
    assert_int_equal(to.n, 1);
    return out;
}

/* Sums 16-bit words one by one, with the carry: 0 when the checksum is right.
 */
static uint16_t slow_sum(const uint8_t *d, size_t n)
{
    uint32_t s = 0;

    for (size_t k = 0; k < n; k++) {
        s += (uint32_t)d[k] << (k % 2 == 0 ? 8 : 0);
        s = (s & 0xffff) + (s >> 16);
    }
    return (uint16_t)~s;
}

#define MAC_A "\x02\0\0\0\0\x0a"
#define MAC_B "\x02\0\0\0\0\x0b"
#define ALL   "\xff\xff\xff\xff\xff\xff"
#define BODY  "\x08\x06 a frame that is no packet"

static const uint8_t to_all[] = ALL MAC_A BODY;
static const uint8_t to_b[] = MAC_B MAC_A BODY;
static const uint8_t to_a[] = MAC_A MAC_B BODY;

enum { FRAME = sizeof to_all - 1 };

static void a_frame_gets_the_headers_of_the_rfc(void **state)
{
    /* RFC 7348, 5; the IPv4 checksum was added up by hand. */
    static const uint8_t ahead[AHEAD] = {
        0x01, 0x00, 0x5e, 0x01,       0x02, 0x03, /* of 239.1.2.3 */
        0x02, 0x00, 0x00, 0x00,       0x00, 0x01,
        0x08, 0x00, /* its own */
        0x45, 0x00, 0x00, 36 + FRAME, 0x00, 0x00,
        0x40, 0x00, 64,   17,         0x87, 0xc3 - FRAME, /* checksum */
        192,  0,    2,    1,          239,  1,
        2,    3, /* addresses */
        0,    0,    0x12, 0xb5,       0x00, 16 + FRAME,
        0x00, 0x00, /* UDP to 4789 */
        0x08, 0,    0,    0,          0,    0,
        100,  0, /* VNI 100 */
    };
    struct body *b = open_end(1);
    struct pkt y = run(b, 1, to_all, FRAME);

    (void)state;
    assert_string_equal(vxlan_fn.verdict(&y), "encap");
    assert_int_equal(y.len_bytes, AHEAD + FRAME);
    assert_int_equal(y.out_port, UNDER);
    assert_int_equal(y.flags, 0);
    assert_true(be16_load(y.data + 34) >= 0xc000);
    be16_store(y.data + 34, 0);
    assert_memory_equal(y.data, ahead, AHEAD);
    assert_int_equal(slow_sum(y.data + 14, 20), 0);
    assert_memory_equal(y.data + AHEAD, to_all, FRAME);
    assert_int_equal(reg(b, VXLAN_N_ENCAP), 1);
    body_close(b);
}

static void two_ends_learn_where_stations_are(void **state)
{
    struct body *a = open_end(1), *b = open_end(2);

    (void)state;
    struct pkt y = run(a, 1, to_b, FRAME); /* nobody knows B: to the group */
    assert_int_equal(be32_load(y.data + 30), 0xef010203);
    y = run(b, UNDER, y.data, y.len_bytes);
    assert_string_equal(vxlan_fn.verdict(&y), "decap");
    assert_int_equal(y.out_port, 1);
    assert_int_equal(y.len_bytes, FRAME);
    assert_memory_equal(y.data, to_b, FRAME);
    assert_int_equal(reg(b, VXLAN_N_LEARNED), 1);

    y = run(b, 1, to_a, FRAME); /* A is known here: to its end alone */
    assert_int_equal(be32_load(y.data + 30), 0xc0000201);
    assert_memory_equal(y.data, "\x02\0\0\0\0\xfe", 6); /* by the next hop */
    y = run(a, UNDER, y.data, y.len_bytes);
    assert_memory_equal(y.data, to_a, FRAME);
    y = run(a, 1, to_b, FRAME);
    assert_int_equal(be32_load(y.data + 30), 0xc0000202);

    /* In another network it is another station. */
    static const uint8_t in_7[] = MAC_B MAC_A "\x81\x00\x00\x07" BODY;
    y = run(a, 1, in_7, sizeof in_7 - 1);
    assert_string_equal(vxlan_fn.verdict(&y), "no_way");
    assert_true((y.flags & PKT_DROP) != 0);
    body_close(a);
    body_close(b);
}

static void tags_stay_at_the_ends(void **state)
{
    static const uint8_t in_9[] = ALL MAC_A "\x81\x00\x60\x09" BODY;
    static const uint8_t out_9[] = ALL MAC_A "\x81\x00\x00\x09" BODY;
    static const uint8_t in_0[] = ALL MAC_A "\x81\x00\xe0\x00" BODY;
    struct body *a = open_end(1), *b = open_end(77);

    (void)state;
    struct pkt y = run(a, 2, in_9, sizeof in_9 - 1);
    assert_int_equal(y.len_bytes, AHEAD + FRAME);
    assert_int_equal(be32_load(y.data + 46) >> 8, 0xabcdef);
    assert_memory_equal(y.data + AHEAD, to_all, FRAME);
    y = run(b, UNDER, y.data, y.len_bytes);
    assert_int_equal(y.out_port, 2);
    assert_int_equal(y.len_bytes, sizeof out_9 - 1);
    assert_memory_equal(y.data, out_9, sizeof out_9 - 1);
    y = run(a, 1, in_0, sizeof in_0 - 1); /* a priority is no VLAN */
    assert_memory_equal(y.data + AHEAD, to_all, FRAME);
    y = run(a, 2, to_all, FRAME);
    assert_string_equal(vxlan_fn.verdict(&y), "no_network");
    body_close(a);
    body_close(b);
}

/* What comes to an end that is wrong in one byte, or not for it. */
static void what_the_rfc_forbids_is_dropped_and_counted(void **state)
{
    static const struct {
        const char *why;
        uint32_t at, value;
        const char *fate;
    } row[] = {
        {"type ARP", 13, 0x06, "punt"},
        {"header checksum", 24, 0x55, "bad"},
        {"length beyond the frame", 17, 200, "bad"},
        {"UDP length beyond IPv4's", 39, 17 + FRAME, "bad"},
        {"UDP length below a frame's", 39, 29, "bad"},
        {"UDP checksum", 41, 1, "bad"},
        {"another UDP port", 37, 0, "punt"},
        {"no VNI flag", 42, 0, "bad"},
        {"another VNI", 48, 101, "no_network"},
        {"VNI of another group", 48, 200, "no_network"},
        {"reserved bits", 49, 0xff, "decap"},
        {"other flags", 42, 0xff, "decap"},
    };
    static uint8_t d[ROOM];
    struct body *a = open_end(1), *b = open_end(2);
    struct pkt good = run(a, 1, to_all, FRAME);

    (void)state;
    memcpy(d, good.data, good.len_bytes);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("%s\n", row[k].why);
        uint8_t was = d[row[k].at];
        d[row[k].at] = (uint8_t)row[k].value;
        if (row[k].at >= 14 && row[k].at < 34 && row[k].at != 24) {
            be16_store(d + 24, 0);
            be16_store(d + 24, slow_sum(d + 14, 20));
        }
        struct pkt y = run(b, UNDER, d, good.len_bytes);
        assert_string_equal(vxlan_fn.verdict(&y), row[k].fate);
        d[row[k].at] = was;
        be16_store(d + 24, 0);
        be16_store(d + 24, slow_sum(d + 14, 20));
    }
    for (uint32_t n = 0; n < good.len_bytes; n++) { /* cut anywhere */
        struct pkt y = run(b, UNDER, d, n);
        assert_string_equal(vxlan_fn.verdict(&y), n < 14 ? "punt" : "bad");
    }
    assert_int_equal(reg(b, VXLAN_N_DECAP), 2);
    body_close(a);
    body_close(b);
}

static void udp_checksums_are_verified_where_there_are_some(void **state)
{
    uint8_t pseudo[ROOM] = {0};
    struct body *a = open_end(1), *b = open_end(2);
    struct pkt y = run(a, 1, to_all, FRAME);
    uint32_t n = be16_load(y.data + 38);

    (void)state;
    memcpy(pseudo, y.data + 26, 8);
    be16_store(pseudo + 8, 17);
    be16_store(pseudo + 10, (uint16_t)n);
    memcpy(pseudo + 12, y.data + 34, n);
    be16_store(y.data + 40, slow_sum(pseudo, 12 + n));
    y = run(b, UNDER, y.data, y.len_bytes);
    assert_string_equal(vxlan_fn.verdict(&y), "decap");
    body_close(a);
    body_close(b);
}

/* An IPv4 packet with an ECN field goes through; that of the outer header
 * changes on the way. */
static void congestion_is_told(void **state)
{
    enum { DROP = -1 };
    static const int row[4][4] = {
        /* RFC 6040, figure 4: [inner][outer] */
        {0, 0, 0, DROP},
        {1, 1, 1, 3},
        {2, 1, 2, 3},
        {3, 3, 3, 3},
    };
    static const uint8_t ip[] =
        MAC_B MAC_A "\x08\x00\x45\x00\x00\x14\x00\x00\x00\x00\x40\xff\x00\x00"
                    "\x0a\x00\x00\x01\x0a\x00\x00\x02";
    static const uint8_t ip6[54] = MAC_B MAC_A "\x86\xdd\x60";

    (void)state;
    for (int k = 0; k < 32; k++) {
        struct body *a = open_end(1), *b = open_end(2);
        int inner = k / 4 % 4, outer = k % 4;
        uint8_t d[ROOM];
        uint32_t n = k < 16 ? sizeof ip - 1 : sizeof ip6;
        memcpy(d, k < 16 ? ip : ip6, n);
        if (k < 16) {
            d[15] = (uint8_t)(0xb8 | inner);
            be16_store(d + 24, slow_sum(d + 14, 20));
        } else {
            be16_store(d + 14, (uint16_t)(0x6b80 | inner << 4));
        }
        struct pkt y = run(a, 1, d, n);
        assert_int_equal(y.data[15],
                         0xb8 | inner); /* as it is: RFC 6040, 4.1 */
        y.data[15] = (uint8_t)(0xb8 | outer);
        be16_store(y.data + 24, 0);
        be16_store(y.data + 24, slow_sum(y.data + 14, 20));
        y = run(b, UNDER, y.data, y.len_bytes);
        if (row[inner][outer] == DROP) {
            assert_string_equal(vxlan_fn.verdict(&y), "congested");
            assert_int_equal(reg(b, VXLAN_N_LEARNED), 0);
        } else {
            int tos = 0xb8 | row[inner][outer];
            assert_int_equal(k < 16 ? y.data[15] : be16_load(y.data + 14),
                             k < 16 ? tos : 0x6000 | tos << 4);
            assert_int_equal(k < 16 ? slow_sum(y.data + 14, 20) : 0, 0);
        }
        body_close(a);
        body_close(b);
    }
}

static void stations_age_and_the_hosts_stay(void **state)
{
    struct body *a = open_end(1), *b = open_end(2);

    (void)state;
    set(a, "stations", "100 02:00:00:00:00:0b 198.51.100.1\n");
    assert_int_equal(body_write(a, VXLAN_TICK, 0xfff0), 0);
    assert_int_equal(body_write(b, VXLAN_TICK, 0xfff0), 0);
    assert_int_equal(body_write(b, VXLAN_MAX_AGE, 0x20), 0);
    struct pkt y = run(a, 1, to_b, FRAME);
    assert_int_equal(be32_load(y.data + 30), 0xc6336401);
    be32_store(y.data + 30, 0xc0000202); /* it comes to b all the same */
    be16_store(y.data + 24, 0);
    be16_store(y.data + 24, slow_sum(y.data + 14, 20));
    (void)run(b, UNDER, y.data, y.len_bytes);
    assert_int_equal(reg(b, VXLAN_N_STATIONS), 1);

    static const uint8_t from_b[] = ALL MAC_B BODY; /* the host knows better */
    y = run(b, 1, from_b, FRAME);
    y = run(a, UNDER, y.data, y.len_bytes);
    assert_string_equal(vxlan_fn.verdict(&y), "decap");
    y = run(a, 1, to_b, FRAME);
    assert_int_equal(be32_load(y.data + 30), 0xc6336401);

    assert_int_equal(body_write(b, VXLAN_TICK, 0x0010), 0); /* 0x20 later */
    y = run(b, 1, to_a, FRAME);
    assert_int_equal(be32_load(y.data + 30), 0xc0000201);
    assert_int_equal(body_write(b, VXLAN_TICK, 0x0011), 0);
    y = run(b, 1, to_a, FRAME);
    assert_int_equal(be32_load(y.data + 30), 0xef010203);
    assert_int_equal(reg(b, VXLAN_N_AGED), 1);
    assert_int_equal(reg(b, VXLAN_N_STATIONS), 0);

    assert_int_equal(body_write(a, VXLAN_TICK, 0x8000), 0);
    y = run(a, 1, to_b, FRAME);
    assert_int_equal(be32_load(y.data + 30), 0xc6336401);
    assert_int_equal(reg(a, VXLAN_N_STATIONS), 1);
    body_close(a);
    body_close(b);
}

static void what_would_be_too_long_is_dropped(void **state)
{
    static uint8_t d[ROOM] = ALL MAC_A BODY;
    struct body *a = open_end(1);

    (void)state;
    assert_string_equal(
        vxlan_fn.verdict(&(struct pkt){.mark = run(a, 1, d, 1464).mark}),
        "encap");
    struct pkt y = run(a, 1, d, 1465);
    assert_string_equal(vxlan_fn.verdict(&y), "too_big");
    assert_int_equal(body_write(a, VXLAN_MTU, 0xffff), 0);
    y = run(a, 1, d, ROOM - AHEAD);
    assert_string_equal(vxlan_fn.verdict(&y), "encap");
    y = run(a, 1, d, ROOM - AHEAD + 1); /* no room for the headers */
    assert_string_equal(vxlan_fn.verdict(&y), "too_big");
    assert_int_equal(reg(a, VXLAN_N_TOO_BIG), 2);
    body_close(a);
}

/* The same packets in bursts of any size, and from saved states. */
static void bursts_and_moves_change_nothing(void **state)
{
    static const size_t sizes[] = {1, 3, 255, 256, 257};
    struct body *b[CHECK_ROWS(sizes)];
    uint32_t sums[CHECK_ROWS(sizes)];

    (void)state;
    for (size_t i = 0; i < CHECK_ROWS(sizes); i++) {
        struct rng r = {9};
        size_t done = 0;
        assert_int_equal(body_open_c(&vxlan_fn, &b[i]), 0);
        assert_int_equal(vxlan_fn.setup(&r, put, b[i]), 0);
        sums[i] = 0;
        while (done < 771) { /* a multiple of 3 and 257 */
            struct pkt in[FN_BURST_PKT], out[FN_BURST_PKT];
            size_t n = 0;
            for (; n < FN_BURST_PKT && n < sizes[i] && done + n < 771; n++) {
                in[n] = (struct pkt){.data = bytes[0][n], .room_bytes = ROOM};
                out[n] = (struct pkt){.data = bytes[1][n], .room_bytes = ROOM};
                vxlan_fn.packet(&r, &in[n]);
            }
            struct fn_span from = {FN_PKT, in, n, n, done};
            struct fn_span to = {FN_PKT, out, 0, n, 0};
            assert_int_equal(body_run(b[i], &from, &to), 0);
            for (size_t k = 0; k < n; k++) {
                sums[i] = sums[i] * 31 + out[k].mark + out[k].out_port;
                for (uint32_t j = 0; j < out[k].len_bytes; j++) {
                    sums[i] = sums[i] * 31 + out[k].data[j];
                }
            }
            done += n;
            struct blob blob;
            struct body *copy;
            assert_int_equal(body_save(b[i], &blob), 0);
            assert_int_equal(body_open_c(&vxlan_fn, &copy), 0);
            assert_int_equal(body_load(copy, &blob), 0);
            blob_close(&blob);
            body_close(b[i]);
            b[i] = copy;
        }
        assert_int_equal(sums[i], sums[0]);
        for (uint32_t at = VXLAN_N_STATIONS; at <= VXLAN_N_ECN; at += 4) {
            assert_int_equal(reg(b[i], at), reg(b[0], at));
        }
    }
    static const uint32_t fates[] = {
        VXLAN_N_ENCAP,  VXLAN_N_DECAP, VXLAN_N_PUNTED,  VXLAN_N_NO_NETWORK,
        VXLAN_N_NO_WAY, VXLAN_N_BAD,   VXLAN_N_TOO_BIG, VXLAN_N_ECN};
    for (size_t k = 0; k < CHECK_ROWS(fates); k++) {
        assert_true(reg(b[0], fates[k]) >= 8); /* 1% */
    }
    assert_true(reg(b[0], VXLAN_N_LEARNED) > 20);
    for (size_t i = 0; i < CHECK_ROWS(sizes); i++) {
        body_close(b[i]);
    }
}

/* 127 frames of a real tunnel, VNI 1111 (../shared/data/net/README.md).  Which
 * of them have a wrong UDP checksum, and what is in them, tshark said. */
static void a_real_tunnel_is_opened(void **state)
{
    static const char name[] = "../shared/data/net/pcap/ndpi/vxlan.pcap";
    static const struct {
        const char *local;
        bool sums; /* as they are */
        uint32_t decap, bad;
    } row[] = {
        {"192.168.22.5", true, 54, 0},
        {"192.168.22.4", true, 0, 73},
        {"192.168.22.4", false, 73, 0},
    };

    (void)state;
    if (access(name, R_OK) != 0) {
        printf("skipped: %s is not here\n", name);
        skip();
    }
    for (size_t i = 0; i < CHECK_ROWS(row); i++) {
        struct body *b = open_end(1);
        struct pcap_source *s;
        struct pkt p[FN_BURST_PKT];
        struct fn_span in = {FN_PKT, p, 0, FN_BURST_PKT, 0};
        set(b, "local", row[i].local);
        set(b, "networks", "1111 port 3\n");
        assert_int_equal(pcap_source_open(name, UNDER, &s), 0);
        assert_int_equal(pcap_source_read(s, &in), 127);
        for (size_t k = 0; k < in.n; k++) {
            uint32_t n = p[k].len_bytes, dst = be32_load(p[k].data + 34);
            if (!row[i].sums) {
                be16_store(p[k].data + 44, 0);
            }
            struct pkt y = run(b, UNDER, p[k].data, n);
            if ((y.flags & (PKT_DROP | PKT_PUNT)) == 0) {
                assert_int_equal(y.len_bytes, n - AHEAD - 4);
                assert_int_equal(be16_load(y.data + 12), 0x0800);
                /* Of the inner hosts, the one behind 192.168.22.4. */
                uint32_t at = dst == 0xc0a81604 ? 30 : 26;
                assert_int_equal(be32_load(y.data + at), 0x0a0a1404);
                assert_int_equal(slow_sum(y.data + 14, 20), 0);
            }
        }
        assert_int_equal(reg(b, VXLAN_N_DECAP), row[i].decap);
        assert_int_equal(reg(b, VXLAN_N_BAD), row[i].bad);
        assert_int_equal(reg(b, VXLAN_N_PUNTED),
                         127 - row[i].decap - row[i].bad);
        pcap_source_close(s);
        body_close(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_gets_the_headers_of_the_rfc),
        cmocka_unit_test(two_ends_learn_where_stations_are),
        cmocka_unit_test(tags_stay_at_the_ends),
        cmocka_unit_test(what_the_rfc_forbids_is_dropped_and_counted),
        cmocka_unit_test(udp_checksums_are_verified_where_there_are_some),
        cmocka_unit_test(congestion_is_told),
        cmocka_unit_test(stations_age_and_the_hosts_stay),
        cmocka_unit_test(what_would_be_too_long_is_dropped),
        cmocka_unit_test(bursts_and_moves_change_nothing),
        cmocka_unit_test(a_real_tunnel_is_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
