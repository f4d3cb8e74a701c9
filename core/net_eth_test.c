/*
 * net_eth_test.c - addresses and VLAN of frames written out by hand, as IEEE
 * 802.3 and 802.1Q place them.
 */
#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/net_eth.h"

static const uint8_t tagged[20] = {
    0x02, 0x11, 0x22, 0x33, 0x44, 0x55, /* destination */
    0x06, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, /* source */
    0x81, 0x00, 0xea, 0xbc,             /* priority 7, VLAN 0xabc */
    0x08, 0x00, 0x45, 0x00};

/* Key of the first 'len' bytes, in storage that ends with them. */
static struct net_eth key_of(const uint8_t *frame, uint32_t len, uint16_t flags)
{
    struct pkt p = {.data = malloc(len > 0 ? len : 1), .len_bytes = len};
    struct net_eth key;

    assert_non_null(p.data);
    memcpy(p.data, frame, len);
    p.flags = flags;
    key = net_eth_read(&p);
    free(p.data);
    return key;
}

static void key_is_what_the_frame_holds(void **state)
{
    (void)state;
    for (uint32_t len = 0; len <= sizeof tagged; len++) {
        struct net_eth key = key_of(tagged, len, 0);
        assert_int_equal(key.has_eth, len >= 14);
        if (key.has_eth) {
            assert_int_equal(key.dst, 0x021122334455);
            assert_int_equal(key.src, 0x06a1b2c3d4e5);
        }
        assert_int_equal(key.has_tag, len >= 18);
        assert_int_equal(key.vid, len >= 18 ? 0xabc : 0);
        assert_int_equal(key.pcp, len >= 18 ? 0xe : 0);
    }
}

static void key_has_a_vlan_only_behind_the_c_tag(void **state)
{
    static const struct {
        uint16_t type, tci, vid;
    } row[] = {
        {0x8100, 0x0001, 1}, {0x8100, 0xf000, 0}, {0x8100, 0x0fff, 0x0fff},
        {0x8100, 0x1000, 0}, {0x88a8, 0x0001, 0}, {0x8101, 0x0001, 0},
        {0x8000, 0x0001, 0}, {0x0081, 0x0001, 0}, {0x0800, 0x0001, 0},
        {0x9100, 0x0001, 0},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint8_t frame[sizeof tagged];
        memcpy(frame, tagged, sizeof frame);
        be16_store(frame + 12, row[k].type);
        be16_store(frame + 14, row[k].tci);
        struct net_eth key = key_of(frame, sizeof frame, 0);
        assert_true(key.has_eth);
        bool has_tag = row[k].type == 0x8100;
        assert_int_equal(key.has_tag, has_tag);
        assert_int_equal(key.vid, row[k].vid);
        assert_int_equal(key.pcp, has_tag ? row[k].tci >> 12 : 0);
    }
}

static void key_is_not_read_from_what_is_no_frame(void **state)
{
    (void)state;
    assert_false(key_of(tagged, sizeof tagged, PKT_ERROR).has_eth);
    assert_false(key_of(tagged, sizeof tagged, PKT_ERROR | PKT_DROP).has_eth);
    assert_true(key_of(tagged, sizeof tagged, PKT_MIRROR).has_eth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_is_what_the_frame_holds),
        cmocka_unit_test(key_has_a_vlan_only_behind_the_c_tag),
        cmocka_unit_test(key_is_not_read_from_what_is_no_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
