/* bridge_text_test.c - VLAN files and settings, good and bad. */
#include "net/fn/bridge/bridge_check.h"

#include "tests/capture.h"

/* The writes of 'text' for key 'key', which is right. */
static struct write_list parse(const char *key, const char *text)
{
    const struct fn *fn = registry_find("bridge");
    struct write_list w = {0};
    const struct fn_text t = {"v.txt", text};

    for (size_t k = 0; k < fn->n_keys; k++) {
        if (strcmp(fn->keys[k].name, key) == 0) {
            assert_int_equal(fn->keys[k].parse(&t, write_list_emit, &w), 0);
        }
    }
    return w;
}

static void vlan_file_becomes_ports_outside(void **state)
{
    static const struct {
        const char *text;
        uint32_t n;
        uint32_t last; /* word of VLAN n - 1 */
    } row[] = {
        {"", 0, 0},
        {"\n \n\t\r\n# none\n#1: 1\n", 0, 0},
        {"0: 0", 1, 0xfffe},
        {"1: 15\n", 2, 0x7fff},
        {"10: 0-3,7\n", 11, 0xff70},
        {" 10 : 0 - 3 , 7 \r\n", 11, 0xff70},
        {"4: 0-15\r\n2: 1\n", 5, 0},
        {"4: none\n", 5, 0xffff},
        {"0xfff: 3,3,2-4\n", 4096, 0xffe3},
        {"# first\n5: 5-5\n\n# last", 6, 0xffdf},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct write_list w = parse("vlans", row[k].text);
        print_message("'%s'\n", row[k].text);
        /* The index, a word for each VLAN, how many. */
        assert_int_equal(w.n, row[k].n + 2);
        assert_int_equal(w.at[0].offset, CSR_WINDOW_INDEX);
        assert_int_equal(w.at[0].value, 0x10000000);
        if (row[k].n > 0) {
            assert_int_equal(w.at[w.n - 2].offset, CSR_WINDOW_DATA);
            assert_int_equal(w.at[w.n - 2].value, row[k].last);
        }
        assert_int_equal(w.at[w.n - 1].offset, BRIDGE_N_VLANS);
        assert_int_equal(w.at[w.n - 1].value, row[k].n);
        write_list_close(&w);
    }
}

/* VLANs without a line, between others, have all ports. */
static void vlan_file_leaves_others_whole(void **state)
{
    struct write_list w = parse("vlans", "3: 1\n1: 2\n");

    (void)state;
    assert_int_equal(w.n, 6);
    assert_int_equal(w.at[1].value, 0);
    assert_int_equal(w.at[2].value, 0xfffb);
    assert_int_equal(w.at[3].value, 0);
    assert_int_equal(w.at[4].value, 0xfffd);
    write_list_close(&w);
}

static void pvid_sets_every_port(void **state)
{
    static const struct {
        const char *text;
        uint32_t pairs[8];
    } row[] = {
        {"0=10",
         {0x0001000a, 0x10001, 0x10001, 0x10001, 0x10001, 0x10001, 0x10001,
          0x10001}},
        {"0=10,1=10,2=20",
         {0x000a000a, 0x10014, 0x10001, 0x10001, 0x10001, 0x10001, 0x10001,
          0x10001}},
        {" 15 = 4095 , 14=0",
         {0x10001, 0x10001, 0x10001, 0x10001, 0x10001, 0x10001, 0x10001,
          0x0fff0000}},
        {"3=5,3=6",
         {0x10001, 0x60001, 0x10001, 0x10001, 0x10001, 0x10001, 0x10001,
          0x10001}},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct write_list w = parse("pvid", row[k].text);
        assert_int_equal(w.n, 8);
        for (uint32_t j = 0; j < 8; j++) {
            assert_int_equal(w.at[j].offset, BRIDGE_PVID0 + 4 * j);
            assert_int_equal(w.at[j].value, row[k].pairs[j]);
        }
        write_list_close(&w);
    }
}

static void ports_settings_are_bits_of_one_register(void **state)
{
    static const struct {
        const char *key, *text;
        uint32_t offset, value;
    } row[] = {
        {"frames", "0=tagged", BRIDGE_REFUSE, 1},
        {"frames", "15=untagged", BRIDGE_REFUSE, 1u << 31},
        {"frames", "1=tagged, 2 = untagged,3=all", BRIDGE_REFUSE, 0x00040002},
        {"states", "0=discarding", BRIDGE_STATES, 0x00010001},
        {"states", "15=learning,14=discarding", BRIDGE_STATES, 0x4000c000},
        {"states", "3=discarding,3=forwarding", BRIDGE_STATES, 0},
        {"unfiltered", "0-3, 7", BRIDGE_UNFILTERED, 0x8f},
        {"unfiltered", "none", BRIDGE_UNFILTERED, 0},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct write_list w = parse(row[k].key, row[k].text);
        assert_int_equal(w.n, 1);
        assert_int_equal(w.at[0].offset, row[k].offset);
        assert_int_equal(w.at[0].value, row[k].value);
        write_list_close(&w);
    }
}

static void epochs_sets_every_port(void **state)
{
    struct write_list w = parse("epochs", "0=15, 7=1,8=2,15=9");

    (void)state;
    assert_int_equal(w.n, 2);
    assert_int_equal(w.at[0].offset, BRIDGE_EPOCH0);
    assert_int_equal(w.at[0].value, 0x1000000f);
    assert_int_equal(w.at[1].offset, BRIDGE_EPOCH1);
    assert_int_equal(w.at[1].value, 0x90000002);
    write_list_close(&w);
}

static void entries_clears_each_of_them(void **state)
{
    static const uint32_t sizes[] = {64, 128, 256, 512, 1024, 2048, 4096};

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(sizes); k++) {
        char text[8];
        (void)snprintf(text, sizeof text, "%u", sizes[k]);
        struct write_list w = parse("entries", text);
        assert_int_equal(w.n, 2 + 3 * sizes[k]);
        assert_int_equal(w.at[0].offset, BRIDGE_N_FDB);
        assert_int_equal(w.at[0].value, sizes[k]);
        assert_int_equal(w.at[1].offset, CSR_WINDOW_INDEX);
        assert_int_equal(w.at[1].value, 0);
        for (size_t j = 2; j < w.n; j++) {
            assert_int_equal(w.at[j].offset, CSR_WINDOW_DATA);
            assert_int_equal(w.at[j].value, 0);
        }
        write_list_close(&w);
    }
}

static void bad_text_is_told_with_its_place(void **state)
{
    static const char long_line[] =
        "1: 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
        "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
        "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
        "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0";
    static const struct {
        const char *key, *text, *message;
    } row[] = {
        {"vlans", "x", "v.txt:1: bad VLAN, expected VID: PORTS"},
        {"vlans", "10 0-3", "v.txt:1: bad VLAN, expected VID: PORTS"},
        {"vlans", "\n# c\n: 3", "v.txt:3: bad VLAN, expected a VLAN from 0"},
        {"vlans", "1: 2\n4096: 3", "v.txt:2: bad VLAN, expected a VLAN from"},
        {"vlans", "-1: 3", "v.txt:1: bad VLAN, expected a VLAN from 0 to 4095"},
        {"vlans", "1 2: 3", "v.txt:1: bad VLAN, expected a VLAN from 0"},
        {"vlans", "1:", "v.txt:1: bad VLAN, expected ports from 0 to 15"},
        {"vlans", "1: ,", "v.txt:1: bad VLAN, expected ports from 0 to 15"},
        {"vlans", "1: 3,", "v.txt:1: bad VLAN, expected ports from 0"},
        {"vlans", "1: 16", "v.txt:1: bad VLAN, expected ports from 0 to 15"},
        {"vlans", "1: 3-16", "v.txt:1: bad VLAN, expected ports from 0"},
        {"vlans", "1: 4-3", "v.txt:1: bad VLAN, expected ports from 0"},
        {"vlans", "1: 4-", "v.txt:1: bad VLAN, expected ports from 0"},
        {"vlans", "1: -4", "v.txt:1: bad VLAN, expected ports from 0"},
        {"vlans", "1: 1-2-3", "v.txt:1: bad VLAN, expected ports from 0"},
        {"vlans", "1: none,2", "v.txt:1: bad VLAN, expected ports from 0"},
        {"vlans", "1: 2: 3", "v.txt:1: bad VLAN, expected ports from 0"},
        {"vlans", "1: 2 3", "v.txt:1: bad VLAN, expected ports from 0"},
        {"vlans", "7: 1\n\n7: 1", "v.txt:3: VLAN 7 again, expected each once"},
        {"vlans", long_line, "v.txt:1: line of "},
        {"pvid", "", "v.txt: '', expected PORT=VID,..."},
        {"pvid", "0", "v.txt: '0', expected PORT=VID,..."},
        {"pvid", "0=1,", "v.txt: '0=1,', expected PORT=VID,..."},
        {"pvid", "16=1", "v.txt: '16=1', expected PORT=VID,..."},
        {"pvid", "0=4096", "v.txt: '0=4096', expected PORT=VID,..."},
        {"pvid", "0=1=2", "v.txt: '0=1=2', expected PORT=VID,..."},
        {"pvid", "=1", "v.txt: '=1', expected PORT=VID,..."},
        {"pvid", long_line, "v.txt: "},
        {"frames", "", "v.txt: '', expected PORT=untagged|tagged|all,..."},
        {"frames", "1=none", "v.txt: '1=none', expected PORT=untagged|"},
        {"frames", "16=all", "v.txt: '16=all', expected PORT=untagged|"},
        {"states", "1=blocking", "v.txt: '1=blocking', expected PORT=disc"},
        {"states", "1", "v.txt: '1', expected PORT=discarding|learning|"},
        {"epochs", "1=16", "v.txt: '1=16', expected PORT=N,... with numbers"},
        {"epochs", "=1", "v.txt: '=1', expected PORT=N,... with numbers"},
        {"unfiltered", "", "v.txt: '', expected ports from 0 to 15"},
        {"unfiltered", "16", "v.txt: '16', expected ports from 0 to 15"},
        {"unfiltered", long_line, "v.txt: '1: 0,0,"},
        {"entries", "", "v.txt: '', expected a power of two from 64 to 4096"},
        {"entries", "0", "v.txt: '0', expected a power of two"},
        {"entries", "32", "v.txt: '32', expected a power of two"},
        {"entries", "65", "v.txt: '65', expected a power of two"},
        {"entries", "96", "v.txt: '96', expected a power of two"},
        {"entries", "4097", "v.txt: '4097', expected a power of two"},
        {"entries", "8192", "v.txt: '8192', expected a power of two"},
        {"entries", "64 ", "v.txt: '64 ', expected a power of two"},
    };
    const struct fn *fn = registry_find("bridge");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct write_list w = {0};
        const struct fn_text t = {"v.txt", row[k].text};
        struct capture c;
        int err = 0;
        capture_begin(&c);
        for (size_t j = 0; j < fn->n_keys; j++) {
            if (strcmp(fn->keys[j].name, row[k].key) == 0) {
                err = fn->keys[j].parse(&t, write_list_emit, &w);
            }
        }
        capture_end(&c);
        write_list_close(&w);
        print_message("%s '%.20s': %s", row[k].key, row[k].text, c.text);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, row[k].message));
    }
}

/* An emit that stops is passed on, wherever it stops. */
static int emit_few(void *left, uint32_t offset, uint32_t value)
{
    (void)offset;
    (void)value;
    return (*(int *)left)-- > 0 ? 0 : ERR_NO_MEM;
}

static void parsers_stop_when_emit_does(void **state)
{
    static const struct {
        const char *key, *text;
        int n; /* writes there are */
    } row[] = {{"vlans", "2: 1\n", 5}, {"pvid", "1=1", 8},
               {"frames", "1=all", 1}, {"states", "1=learning", 1},
               {"epochs", "1=1", 2},   {"unfiltered", "1", 1},
               {"entries", "64", 194}};
    const struct fn *fn = registry_find("bridge");

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct fn_text t = {"v.txt", row[k].text};
        for (int n = 0; n <= row[k].n; n++) {
            int left = n;
            for (size_t j = 0; j < fn->n_keys; j++) {
                if (strcmp(fn->keys[j].name, row[k].key) == 0) {
                    assert_int_equal(fn->keys[j].parse(&t, emit_few, &left),
                                     n < row[k].n ? ERR_NO_MEM : 0);
                }
            }
            assert_int_equal(left, n < row[k].n ? -1 : 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vlan_file_becomes_ports_outside),
        cmocka_unit_test(vlan_file_leaves_others_whole),
        cmocka_unit_test(pvid_sets_every_port),
        cmocka_unit_test(ports_settings_are_bits_of_one_register),
        cmocka_unit_test(epochs_sets_every_port),
        cmocka_unit_test(entries_clears_each_of_them),
        cmocka_unit_test(bad_text_is_told_with_its_place),
        cmocka_unit_test(parsers_stop_when_emit_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
