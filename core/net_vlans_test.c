/* net_vlans_test.c - VLANs in text: members, untagged sets, and what is wrong
 * in a line. */
#include "core/net_vlans.h"

#include "core/base/err.h"
#include "tests/capture.h"
#include "tests/check.h"

#include <stdio.h>
#include <string.h>

static struct net_vlans v;

static void members_are_tagged_unless_a_line_says_otherwise(void **state)
{
    static const struct {
        const char *text;
        uint32_t vid;
        uint16_t member, untagged;
    } row[] = {
        {"10: 0-3,7", 10, 0x008f, 0},
        {"10: 0-3 untagged, 7 tagged", 10, 0x008f, 0x000f},
        {"10:0-3 untagged,7\ttagged\r\n", 10, 0x008f, 0x000f},
        {" 4094 :  15  untagged ", 4094, 0x8000, 0x8000},
        {"0: 1 tagged, 2 tagged", 0, 0x0006, 0},
        {"1: 1 untagged, 1 untagged, 0 - 1 untagged", 1, 0x0003, 0x0003},
        {"# no line\n\n4095: none", 4095, 0, 0},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct fn_text t = {"v.txt", row[k].text};
        assert_int_equal(net_vlans_parse(&t, &v), 0);
        assert_int_equal(v.n, row[k].vid + 1);
        assert_int_equal(v.member[row[k].vid], row[k].member);
        assert_int_equal(v.untagged[row[k].vid], row[k].untagged);
        for (uint32_t vid = 0; vid < NET_VLANS; vid++) {
            if (vid != row[k].vid) {
                assert_int_equal(v.member[vid], 0xffff);
                assert_int_equal(v.untagged[vid], 0);
            }
        }
    }
}

static void what_is_wrong_in_a_line_is_told(void **state)
{
    static const char ports[] = "bad VLAN, expected ports from 0 to 15 like";
    static const char each[] = "bad VLAN, expected untagged or tagged behind";
    static const struct {
        const char *text, *message;
    } row[] = {
        {"1: untagged", ports},
        {"1: 3untagged", ports},
        {"1: 3 Untagged", ports},
        {"1: 3 tagged untagged", ports},
        {"1: 3 tagged,", ports},
        {"1: none untagged", ports},
        {"1: 0-3 untagged, 7", each},
        {"1: 7, 0-3 tagged", each},
        {"1: 0-3 untagged, 3 tagged", "bad VLAN, expected each port either"},
        {"1: 1\n1: 2", "VLAN 1 again, expected each once"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct fn_text t = {"v.txt", row[k].text};
        struct capture c;
        capture_begin(&c);
        int err = net_vlans_parse(&t, &v);
        capture_end(&c);
        print_message("'%s': %s", row[k].text, c.text);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, row[k].message));
    }
}

static void ports_are_numbers_and_ranges(void **state)
{
    static const struct {
        const char *text;
        bool right;
        uint32_t ports;
    } row[] = {
        {"0", true, 1},         {" 0-3, 7 ", true, 0x8f}, {"none", true, 0},
        {"0-15", true, 0xffff}, {"", false, 0},           {"16", false, 0},
        {"3-2", false, 0},      {"1,", false, 0},         {"1;2", false, 0},
        {"-1", false, 0},       {"none,1", false, 0},     {"1 2", false, 0},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char text[16];
        uint32_t ports = 0;
        (void)snprintf(text, sizeof text, "%s", row[k].text);
        assert_int_equal(net_parse_ports(text, &ports), row[k].right);
        assert_int_equal(ports, row[k].ports);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_tagged_unless_a_line_says_otherwise),
        cmocka_unit_test(what_is_wrong_in_a_line_is_told),
        cmocka_unit_test(ports_are_numbers_and_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
