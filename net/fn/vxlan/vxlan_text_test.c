/* vxlan_text_test.c - bad settings are refused by line and change nothing. */
#include <string.h>

#include "core/base/err.h"
#include "net/fn/vxlan/vxlan_text.h"
#include "tests/capture.h"
#include "tests/check.h"

extern const struct fn vxlan_fn;

static int refuse(void *ctx, uint32_t offset, uint32_t value)
{
    (void)offset;
    (void)value;
    ++*(int *)ctx;
    return 0;
}

static void bad_settings_are_named(void **state)
{
    static const struct {
        const char *key, *text, *says;
    } row[] = {
        {"local", "192.0.2", "t: '192.0.2' is no IPv4 address, expected"},
        {"mac", "02:00", "t: '02:00' is no Ethernet address, expected"},
        {"gateway", "02:00:00:00:00:01:02:03:04:05:06:07", "t: '02:00:00"},
        {"networks", "1 port 1\n16777216 port 2\n", "t:2: bad network"},
        {"networks", "1 port 256\n", "t:1: bad network"},
        {"networks", "1 port 1 vlan 4095\n",
         "t:1: bad network, expected vlan from 1 to 4094"},
        {"networks", "1 port 1 vlan\n", "t:1: bad network"},
        {"networks", "1 port 1 group 1.2.3\n", "t:1: bad network"},
        {"networks", "1 port 1\n\n1 port 2\n",
         "t:3: bad network, expected each VNI once"},
        {"networks", "1 port 1 vlan 3\n2 port 1 vlan 3\n",
         "t:2: bad network, expected each port and VLAN once"},
        {"stations", "1 01:00:00:00:00:01 192.0.2.1\n", "t:1: bad station"},
        {"stations", "1 02:00:00:00:00:01 0.0.0.0\n", "t:1: bad station"},
        {"stations",
         "1 02:00:00:00:00:01 192.0.2.1\n2 02:00:00:00:00:01 192.0.2.1\n"
         "1 02:00:00:00:00:01 192.0.2.2\n",
         "t: a station is there twice"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct fn_text t = {"t", row[k].text};
        const struct fn_key *key = vxlan_fn.keys;
        struct capture c;
        int calls = 0;
        while (strcmp(key->name, row[k].key) != 0) {
            key++;
        }
        capture_begin(&c);
        int err = key->parse(&t, refuse, &calls);
        capture_end(&c);
        print_message("%s", c.text);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, row[k].says));
        assert_int_equal(calls, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_settings_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
