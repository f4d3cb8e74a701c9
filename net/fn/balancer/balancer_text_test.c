/* balancer_text_test.c - settings in text: what they write, and what they
 * refuse.
 */
#include "net/fn/balancer/balancer_text.h"

#include <stdio.h>
#include <string.h>

#include "balancer_csr.h"
#include "core/base/err.h"
#include "core/body.h"
#include "net/fn/balancer/balancer_maglev.h"
#include "tests/capture.h"
#include "tests/fn_each.h"

extern const struct fn balancer_fn;

static uint32_t service_word(struct body *b, uint32_t service, uint32_t word)
{
    assert_int_equal(
        body_write(b, CSR_WINDOW_INDEX,
                   csr_window(BALANCER_TABLE_SERVICE,
                              service * BALANCER_SERVICE_WORDS + word)),
        0);
    return read_reg(b, CSR_WINDOW_DATA);
}

static const char *const pool = "# two services\n"
                                "service 1 tcp 10.9.0.1 80\n"
                                "backend 0 02:00:00:00:01:00 1\n"
                                " backend 2\t02:00:00:00:01:02 255 weight 3\r\n"
                                "backend 3 02:00:00:00:01:03 7 drain\n"
                                "backend 29 06:05:04:03:02:01 7 weight 2 down\n"
                                "\n"
                                "service 0 udp 10.9.0.2 53\n"
                                "backend 5 02:00:00:00:01:00 1\n";

/* Words by hand, from the table in balancer.csr. */
static void lines_of_services_become_words(void **state)
{
    static const struct {
        uint32_t service, word, value;
    } row[] = {
        {1, 0, 0x0a090001},
        {1, 1, 0x80010050},
        {1, 2, 0x0000000d},
        {1, 3, 0x00000008},
        {1, 4, 0x00000100},
        {1, 5, 0x00010200},
        {1, 6, 0},
        {1, 7, 0},
        {1, 8, 0x00000102},
        {1, 9, 0x00ff0200},
        {1, 11, 0x00070200},
        {1, 62, 0x04030201},
        {1, 63, 0x00070605},
        {0, 0, 0x0a090002},
        {0, 1, 0x80000035},
        {0, 2, 0x00000020},
        {0, 3, 0},
        {0, 14, 0x00000100},
        {0, 64, 0x00a500a5},  /* one backend: it is its own second */
        {0, 507, 0x000000a5}, /* place 886 is the last */
    };
    struct body *b;

    (void)state;
    assert_int_equal(body_open_c(&balancer_fn, &b), 0);
    set_text(b, "services", pool);
    assert_int_equal(read_reg(b, BALANCER_N_SERVICES), 2);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_int_equal(service_word(b, row[k].service, row[k].word),
                         row[k].value);
    }
    set_text(b, "services", "");
    assert_int_equal(read_reg(b, BALANCER_N_SERVICES), 0);
    body_close(b);
}

/* The first of each place is Maglev's; the second has it without the first. */
static void places_have_a_first_and_a_second(void **state)
{
    static const uint32_t weight[4] = {[0] = 1, [2] = 3, [3] = 1};
    struct maglev_backend m[30] = {{0}};
    uint8_t first[BALANCER_PLACES], without[30][BALANCER_PLACES];
    struct body *b;

    (void)state;
    for (uint32_t k = 0; k < 4; k++) {
        m[k] = maglev_named(0x020000000100 + k, BALANCER_PLACES, weight[k]);
    }
    m[29] = maglev_named(0x060504030201, BALANCER_PLACES, 2);
    maglev_fill(m, 30, 30, first, BALANCER_PLACES);
    for (size_t k = 0; k < 30; k++) {
        maglev_fill(m, 30, k, without[k], BALANCER_PLACES);
    }
    assert_int_equal(body_open_c(&balancer_fn, &b), 0);
    set_text(b, "services", pool);
    for (uint32_t p = 0; p < BALANCER_PLACES; p++) {
        uint32_t two = service_word(b, 1, 64 + p / 2) >> p % 2 * 16 & 0xffff;
        assert_int_equal(two & 0x1f, first[p]);
        assert_int_equal(two >> 5, without[first[p]][p]);
        assert_int_not_equal(two >> 5, first[p]);
    }
    body_close(b);
}

static void health_writes_two_words(void **state)
{
    struct body *b;

    (void)state;
    assert_int_equal(body_open_c(&balancer_fn, &b), 0);
    set_text(b, "services", pool);
    set_text(b, "health", "1 up 0-2,29 drain 3\n0 down");
    assert_int_equal(service_word(b, 1, 2), 0x2000000f);
    assert_int_equal(service_word(b, 1, 3), 0x00000008);
    assert_int_equal(service_word(b, 0, 2), 0);
    assert_int_equal(service_word(b, 1, 4), 0x00000100); /* the rest stays */
    set_text(b, "health", "1 drain 0-29");
    assert_int_equal(service_word(b, 1, 2), 0x3fffffff);
    assert_int_equal(service_word(b, 1, 3), 0x3fffffff);
    set_text(b, "health", "1 up 5");
    assert_int_equal(service_word(b, 1, 2), 0x20);
    assert_int_equal(service_word(b, 1, 3), 0);
    body_close(b);
}

static void words_set_their_registers(void **state)
{
    struct body *b;

    (void)state;
    assert_int_equal(body_open_c(&balancer_fn, &b), 0);
    set_text(b, "mac", "02:11:22:33:44:55");
    assert_int_equal(read_reg(b, BALANCER_MAC_HIGH), 0x0211);
    assert_int_equal(read_reg(b, BALANCER_MAC_LOW), 0x22334455);
    set_text(b, "mac", "keep");
    assert_int_equal(read_reg(b, BALANCER_MAC_HIGH), 0);
    assert_int_equal(read_reg(b, BALANCER_MAC_LOW), 0);
    assert_int_equal(
        body_write(b, CSR_WINDOW_INDEX, csr_window(BALANCER_TABLE_CONN, 255)),
        0);
    assert_int_equal(body_write(b, CSR_WINDOW_DATA, 7), 0);
    set_text(b, "connections", "128");
    assert_int_equal(read_reg(b, BALANCER_N_CONNS), 128);
    assert_int_equal(
        body_write(b, CSR_WINDOW_INDEX, csr_window(BALANCER_TABLE_CONN, 255)),
        0);
    assert_int_equal(read_reg(b, CSR_WINDOW_DATA), 0);
    body_close(b);
}

static void bad_text_is_refused_with_its_line(void **state)
{
#define S "service 0 tcp 10.9.0.1 80\n"
    static const struct {
        const char *key, *text, *message;
    } row[] = {
        {"services", "web\n", "a:1: bad line, expected service or backend"},
        {"services", "service 16 tcp 10.9.0.1 80\n",
         "a:1: bad line, expected service NUMBER tcp|udp ADDRESS PORT"},
        {"services", "# x\n\nservice 0 tcp 10.9.0.1\n", "a:3: bad line"},
        {"services", "service 0 sctp 10.9.0.1 80\n", "expected tcp or udp"},
        {"services", "service 0 tcp 10.9.1 80\n", "an address like 10.9.0.1"},
        {"services", "service 0 tcp 10.9.0.1 0\n", "a port from 1 to 65535"},
        {"services", S "service 0 tcp 10.9.0.1 81\n",
         "a:2: bad line, expected "
         "each service"},
        {"services", S "service 1 tcp 10.9.0.1 80\n",
         "a:2: bad line, expected "
         "each service"},
        {"services", "backend 0 02:00:00:00:00:01 1\n",
         "a:1: bad line, expected service NUMBER tcp|udp ADDRESS PORT before"},
        {"services", S "backend 30 02:00:00:00:00:01 1\n",
         "a:2: bad line, expected backend NUMBER MAC"},
        {"services", S "backend 0 02:00:00:00:00:01\n", "expected backend"},
        {"services", S "backend 0 02:00:00:00:00 1\n", "one station"},
        {"services", S "backend 0 03:00:00:00:00:01 1\n", "one station"},
        {"services", S "backend 0 02:00:00:00:00:01 256\n", "from 0 to 255"},
        {"services", S "backend 0 02:00:00:00:00:01 1 weight 0\n",
         "a weight from 1 to 255"},
        {"services", S "backend 0 02:00:00:00:00:01 1 weight 256\n",
         "a weight from 1 to 255"},
        {"services", S "backend 0 02:00:00:00:00:01 1 weight\n",
         "weight W, then drain or down"},
        {"services", S "backend 0 02:00:00:00:00:01 1 up\n",
         "weight W, then drain or down"},
        {"services", S "backend 0 02:00:00:00:00:01 1 drain down\n",
         "weight W, then drain or down"},
        {"services",
         S "backend 0 02:00:00:00:00:01 1\nbackend 0 02:00:00:00:00:02 1\n",
         "a:3: bad line, expected each number and each address once"},
        {"services",
         S "backend 0 02:00:00:00:00:01 1\nbackend 1 02:00:00:00:00:01 2\n",
         "a:3: bad line, expected each number and each address once"},
        {"health", "16 up 1", "a:1: bad health, expected SERVICE up LIST"},
        {"health", "0 up 1\n0", "a:2: bad health, expected up LIST"},
        {"health", "0 up", "expected up LIST"},
        {"health", "0 up 30", "backends from 0 to 29"},
        {"health", "0 up 3-2", "backends from 0 to 29"},
        {"health", "0 up 1,", "backends from 0 to 29"},
        {"health", "0 drain x", "backends from 0 to 29"},
        {"health", "0 up 1 drain 2 3", "expected up LIST"},
        {"health", "0 drain 2 up 1", "expected up LIST"},
        {"connections", "65", "a: '65', expected a power of two from 64"},
        {"connections", "32", "a: '32', expected a power of two from 64"},
        {"connections", "524288", "to 262144"},
        {"mac", "", "a: '', expected the address of one station"},
        {"mac", "00:00:00:00:00:00", "expected the address of one station"},
        {"mac", "01:00:00:00:00:00", "expected the address of one station"},
        {"mac", "02:00:00:00:00:00:01", "expected the address of one station"},
    };
#undef S

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct write_list w = {0};
        struct capture c;
        const struct fn_text t = {"a", row[k].text};

        capture_begin(&c);
        int err =
            key_of(&balancer_fn, row[k].key)->parse(&t, write_list_emit, &w);
        capture_end(&c);
        write_list_close(&w);
        if (strstr(c.text, row[k].message) == NULL) {
            print_message("'%s': %s", row[k].text, c.text);
        }
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, row[k].message));
        assert_ptr_equal(strchr(c.text, '\n'), c.text + strlen(c.text) - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_services_become_words),
        cmocka_unit_test(places_have_a_first_and_a_second),
        cmocka_unit_test(health_writes_two_words),
        cmocka_unit_test(words_set_their_registers),
        cmocka_unit_test(bad_text_is_refused_with_its_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
