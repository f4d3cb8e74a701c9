/*
 * dpi_payload_test.c - which bytes are the payload of TCP or UDP, in packets
 * made by hand, over the C body and over the RTL body at all widths.
 */
#include "net/fn/dpi/dpi_check.h"
#include "tests/fn_each.h"

enum {
    IP4 = 0x0800,
    IP6 = 0x86dd,
    QINQ = 0x88a8,
    VLAN = 0x8100,
    N = 300, /* bytes that a packet has room for */
};

/* A packet with "ab" at 'at' of its payload, 'n' bytes long. */
struct packet {
    uint16_t type;
    uint8_t tags, proto;
    uint8_t ihl, doff; /* words; 0: 5 */
    uint32_t n;
    int32_t at;
    int32_t total;  /* added to the length in the IP header */
    uint16_t frag;  /* flags and offset */
    uint8_t first;  /* of the IP header, if not 0 */
    int32_t padded; /* bytes behind the packet, or cut off */
    uint16_t flags;
};

struct row {
    const char *why;
    struct packet p;
    bool found, outside;
};

static uint32_t make(const struct packet *p, uint8_t *d)
{
    uint32_t at = 12, ihl = p->ihl > 0 ? p->ihl : 5;
    uint32_t doff = p->doff > 0 ? p->doff : 5;
    uint32_t l4 = p->proto == NET_TCP ? 4 * doff : 8;

    memset(d, 0, N);
    for (uint32_t k = 0; k < p->tags; k++, at += 4) {
        be16_store(d + at, k == 0 ? QINQ : VLAN);
    }
    be16_store(d + at, p->type);
    uint8_t *ip = d + at + 2;
    uint32_t header = p->type == IP6 ? 40 : 4 * ihl;
    if (p->type == IP6) {
        ip[0] = 0x60;
        be16_store(ip + 4, (uint16_t)((int32_t)(l4 + p->n) + p->total));
        ip[6] = p->proto;
    } else {
        ip[0] = (uint8_t)(0x40 | ihl);
        be16_store(ip + 2,
                   (uint16_t)((int32_t)(header + l4 + p->n) + p->total));
        be16_store(ip + 6, p->frag);
        ip[9] = p->proto;
    }
    ip[0] = p->first > 0 ? p->first : ip[0];
    ip[header + 12] = (uint8_t)(doff << 4); /* in UDP the payload, 0 or more */
    memcpy(ip + header + l4 + p->at, "ab", 2);
    return (uint32_t)((int32_t)(at + 2 + header + l4 + p->n) + p->padded);
}

static void dpi_looks_at_the_payload_of_tcp_and_udp(void **state)
{
#define TCP4 .type = IP4, .proto = NET_TCP
#define UDP4 .type = IP4, .proto = NET_UDP
#define TCP6 .type = IP6, .proto = NET_TCP
#define UDP6 .type = IP6, .proto = NET_UDP
    static const struct row row[] = {
        {"TCP over IPv4", {TCP4, .n = 10, .at = 0}, true, false},
        {"UDP over IPv4", {UDP4, .n = 2, .at = 0}, true, false},
        {"TCP over IPv6", {TCP6, .n = 10, .at = 8}, true, false},
        {"UDP over IPv6", {UDP6, .n = 10, .at = 1}, true, false},
        {"one tag", {TCP4, .tags = 1, .n = 2}, true, false},
        {"two tags", {UDP6, .tags = 2, .n = 3, .at = 1}, true, false},
        {"three are not read", {TCP4, .tags = 3, .n = 2}, false, true},
        {"all options there are",
         {TCP4, .tags = 2, .ihl = 15, .doff = 15, .n = 2},
         true,
         false},
        {"one option of IP", {UDP4, .ihl = 6, .n = 20, .at = 18}, true, false},
        {"far behind", {TCP4, .n = 200, .at = 198}, true, false},
        {"over the end by the IP header",
         {UDP4, .n = 10, .at = 8, .total = -1},
         false,
         false},
        {"... IPv6", {TCP6, .n = 10, .at = 8, .total = -1}, false, false},
        {"up to it", {UDP4, .n = 10, .at = 7, .total = -1}, true, false},
        {"padding is no payload",
         {TCP4, .n = 4, .at = 4, .padded = 40},
         false,
         false},
        {"more than came by the header",
         {TCP4, .n = 10, .at = 8, .total = 100},
         true,
         false},
        {"the packet is cut",
         {TCP4, .n = 10, .at = 8, .padded = -1},
         false,
         false},
        {"cut before the payload",
         {TCP6, .n = 10, .padded = -10},
         false,
         false},
        {"cut in the options behind the offset",
         {TCP4, .doff = 10, .n = 2, .padded = -12},
         false,
         false},
        {"cut before TCP's offset is whole",
         {TCP4, .n = 10, .padded = -15},
         false,
         true},
        {"the header before it does not count",
         {TCP4, .doff = 6, .n = 4, .at = -4},
         false,
         false},
        {"a first fragment", {UDP4, .n = 8, .frag = 0x2000}, true, false},
        {"a later one", {UDP4, .n = 8, .frag = 1}, false, true},
        {"... the highest bit", {UDP4, .n = 8, .frag = 0x1000}, false, true},
        {"reserved and do not fragment",
         {TCP4, .n = 8, .frag = 0xc000},
         true,
         false},
        {"ICMP", {.type = IP4, .proto = NET_ICMP, .n = 8}, false, true},
        {"hop-by-hop options",
         {.type = IP6, .proto = NET_HOP_BY_HOP, .n = 8},
         false,
         true},
        {"ARP", {.type = 0x0806, .proto = NET_UDP, .n = 8}, false, true},
        {"IPv4 of version 5", {UDP4, .n = 8, .first = 0x55}, false, true},
        {"IPv6 of version 4", {UDP6, .n = 8, .first = 0x45}, false, true},
        {"a header of 4 words", {UDP4, .n = 8, .first = 0x44}, false, true},
        {"a TCP header of 4 words", {TCP4, .doff = 4, .n = 8}, false, true},
        {"no room for the header of UDP",
         {UDP4, .n = 8, .total = -9},
         false,
         true},
        {"room for that alone", {UDP4, .n = 8, .total = -8}, false, false},
        {"... of TCP", {TCP4, .n = 8, .total = -8}, false, false},
        {"... one less", {TCP4, .n = 8, .total = -9}, false, true},
        {"... IPv6", {TCP6, .n = 8, .total = -9}, false, true},
        {"no Ethernet", {UDP4, .n = 8, .flags = PKT_ERROR}, false, true},
    };
    struct body *b = bench_body(state);

    set_rules(b, "literal \"ab\"");
    assert_int_equal(body_write(b, DPI_SCOPE, 1), 0);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t data[N];
        uint32_t n = make(&row[k].p, data);
        uint32_t outside = read_reg(b, DPI_N_OUTSIDE);
        print_message("%s\n", row[k].why);
        struct pkt p = run_one(b, data, n, row[k].p.flags);
        assert_int_equal(p.mark, row[k].found);
        assert_int_equal(read_reg(b, DPI_N_OUTSIDE) - outside, row[k].outside);
    }
}

static void dpi_counts_depth_from_the_payload_on(void **state)
{
    static const struct {
        struct packet p;
        uint32_t depth;
        bool found, cut;
    } row[] = {
        {{TCP4, .n = 10, .at = 4}, 6, true, true},
        {{TCP4, .n = 10, .at = 5}, 6, false, true},
        {{TCP4, .n = 10, .at = 8}, 10, true, false},
        {{UDP6, .n = 11, .at = 8}, 10, true, true},
        {{UDP6, .n = 10, .at = 8, .padded = 30}, 10, true, false},
        {{UDP4, .n = 10, .padded = 30, .total = 1}, 10, true, true},
        {{UDP4, .n = 0, .at = 1, .padded = 30}, 0, false, false},
        {{UDP4, .n = 10}, 0, false, true},
        {{TCP6, .n = 100, .at = 62, .tags = 1}, 64, true, true},
        {{TCP6, .n = 100, .at = 63, .tags = 1}, 64, false, true},
    };
    struct body *b = bench_body(state);

    set_rules(b, "literal \"ab\"");
    assert_int_equal(body_write(b, DPI_SCOPE, 1), 0);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t data[N];
        uint32_t n = make(&row[k].p, data);
        uint32_t cut = read_reg(b, DPI_N_CUT);
        assert_int_equal(body_write(b, DPI_DEPTH, row[k].depth), 0);
        print_message("row %zu\n", k);
        assert_int_equal(run_one(b, data, n, 0).mark, row[k].found);
        assert_int_equal(read_reg(b, DPI_N_CUT) - cut, row[k].cut);
    }
}

int main(void)
{
    struct bench bench[] = BENCHES;
    const struct CMUnitTest tests[] = {
        ON_EACH(dpi_looks_at_the_payload_of_tcp_and_udp),
        ON_EACH(dpi_counts_depth_from_the_payload_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
