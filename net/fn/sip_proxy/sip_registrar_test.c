/* sip_registrar_test.c - who registers where, for how long, and what is
 * refused: RFC 3261, 10.3. */
#include "core/base/err.h"
#include "core/base/rng.h"
#include "net/fn/sip_proxy/sip_check.h"
#include "tests/capture.h"

#define REGISTER(cseq, more)                                   \
    "REGISTER sip:example.com SIP/2.0\r\n"                     \
    "Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1\r\n"      \
    "To: <sip:bob@example.com>\r\nFrom: <sip:bob@b>;tag=4\r\n" \
    "Call-ID: one\r\nCSeq: " cseq " REGISTER\r\n" more "\r\n"

static void a_registration_is_confirmed(void **state)
{
    struct body *b = open_proxy();

    (void)state;
    struct reply y = run(b, REGISTER("1", "m: <sip:bob@192.0.2.4>\r\n"));
    assert_string_equal(y.fate, "registered");
    assert_int_equal(y.dst, ALICE);
    assert_int_equal(y.port, 5070);
    char *tag = strstr(y.text, ";tag=");
    assert_non_null(tag);
    memmove(tag + 5, tag + 21, strlen(tag + 21) + 1); /* 16 digits of it */
    assert_string_equal(y.text,
                        "SIP/2.0 200 OK\r\n"
                        "Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1\r\n"
                        "To: <sip:bob@example.com>;tag=\r\n"
                        "From: <sip:bob@b>;tag=4\r\n"
                        "Call-ID: one\r\nCSeq: 1 REGISTER\r\n"
                        "Contact: <sip:bob@192.0.2.4>;expires=3600\r\n"
                        "Content-Length: 0\r\n\r\n");
    body_close(b);
}

static void contacts_come_go_and_run_out(void **state)
{
    static const struct {
        const char *text;
        uint32_t tick;
        const char *status, *has;
    } row[] = {
        {REGISTER("1", "Contact: <sip:b@192.0.2.4>;expires=100\r\n"), 50,
         "SIP/2.0 200", "Contact: <sip:b@192.0.2.4>;expires=100\r\n"},
        {REGISTER("2", ""), 60, "SIP/2.0 200", "4>;expires=90\r\n"},
        {REGISTER("1", "Contact: <sip:b@192.0.2.5>\r\n"), 61, "SIP/2.0 500",
         "CSeq: 1 "},
        {REGISTER("3", "Contact: sip:b@192.0.2.5;expires=61\r\n"), 62,
         "SIP/2.0 200", "Contact: <sip:b@192.0.2.5>;expires=61\r\n"},
        {REGISTER("4", "Contact: <sip:b@192.0.2.5>\r\nExpires: 59\r\n"), 62,
         "SIP/2.0 423 Interval Too Brief\r\n", "Min-Expires: 60\r\n"},
        {REGISTER("5", "Contact: *\r\nExpires: 1\r\n"), 62, "SIP/2.0 400", ""},
        {REGISTER("5", "Contact: *\r\n"), 62, "SIP/2.0 400", ""},
        {REGISTER("5", "Contact: <tel:5>\r\n"), 62, "SIP/2.0 400", ""},
        {REGISTER("5", "Contact: <sip:b@192.0.2.5>;expires=soon\r\n"), 62,
         "SIP/2.0 400", ""},
        {REGISTER("5", ""), 122, "SIP/2.0 200", "5>;expires=1\r\n"},
        {REGISTER("5", ""), 123, "SIP/2.0 200", "REGISTER\r\nContent-"},
        {REGISTER("1", "Contact: <sip:b@192.0.2.6>;expires=9999\r\n"), 124,
         "SIP/2.0 200", "6>;expires=3600\r\n"}, /* it is not older: forgotten */
        {REGISTER("2", "Contact: *\r\nExpires: 0\r\n"), 124, "SIP/2.0 200",
         "REGISTER\r\nContent-"},
        {REGISTER("3", "Contact: \"<a, b\" <sip:b@192.0.2.7>,"
                       " <sip:b@192.0.2.8>\r\n"),
         124, "SIP/2.0 200", "Contact: <sip:b@192.0.2.8>;"}, /* the last */
    };
    struct body *b = open_proxy();

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("row %zu\n", k);
        assert_int_equal(body_write(b, SIP_PROXY_TICK, row[k].tick), 0);
        struct reply y = run(b, row[k].text);
        check_answer(&y, row[k].status, row[k].has);
    }
    assert_int_equal(reg(b, SIP_PROXY_N_EXPIRED), 1);
    assert_int_equal(reg(b, SIP_PROXY_N_BINDINGS), 1);
    body_close(b);
}

static void strangers_are_not_registered(void **state)
{
    static const char too_long[] = /* by a byte */
        "sip:a-user-with-a-name-much-too-long-to-be-kept-here-ever@example.com";
    static const char *const row[] = {"sip:bob@elsewhere.example",
                                      "sip:example.com", "tel:5", too_long};
    struct body *b = open_proxy();

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char text[ROOM];
        (void)snprintf(text, sizeof text,
                       "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP "
                       "192.0.2.9\r\nTo: <%s>\r\nFrom: <sip:a@b>;tag=1\r\n"
                       "Call-ID: 1\r\nCSeq: 1 REGISTER\r\n"
                       "Contact: <sip:b@192.0.2.4>\r\n\r\n",
                       row[k]);
        struct reply y = run(b, text);
        check_answer(&y, "SIP/2.0 404 Not Found\r\n", "");
    }
    assert_int_equal(reg(b, SIP_PROXY_N_BINDINGS), 0);
    body_close(b);
}

/* The same messages in bursts of any size, and from saved states. */
static void bursts_and_moves_change_nothing(void **state)
{
    enum { N = 771, SIZES = 5, BIG = 2048 }; /* a multiple of 3 and 257 */
    static const size_t sizes[SIZES] = {1, 3, 255, 256, 257};
    static uint8_t data[2][FN_BURST_PKT][BIG];
    uint32_t sum[SIZES] = {0};

    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        struct rng r = {5};
        struct body *b, *copy;
        assert_int_equal(body_open_c(&sip_proxy_fn, &b), 0);
        assert_int_equal(sip_proxy_fn.setup(&r, put, b), 0);
        for (size_t done = 0, n; done < N; done += n) {
            struct pkt in[FN_BURST_PKT], out[FN_BURST_PKT];
            struct blob blob;
            for (n = 0; n < FN_BURST_PKT && n < sizes[i] && done + n < N; n++) {
                in[n] = (struct pkt){.data = data[0][n], .room_bytes = BIG};
                out[n] = (struct pkt){.data = data[1][n], .room_bytes = BIG};
                sip_proxy_fn.packet(&r, &in[n]);
            }
            struct fn_span from = {FN_PKT, in, n, n, done};
            struct fn_span to = {FN_PKT, out, 0, n, 0};
            assert_int_equal(body_run(b, &from, &to), 0);
            for (size_t k = 0; k < n; k++) {
                sum[i] = sum[i] * 31 + out[k].mark;
                for (uint32_t j = 0; j < out[k].len_bytes; j++) {
                    sum[i] = sum[i] * 31 + out[k].data[j];
                }
            }
            assert_int_equal(body_save(b, &blob), 0);
            assert_int_equal(body_open_c(&sip_proxy_fn, &copy), 0);
            assert_int_equal(body_load(copy, &blob), 0);
            blob_close(&blob);
            body_close(b);
            b = copy;
        }
        assert_int_equal(sum[i], sum[0]);
        for (uint32_t at = SIP_PROXY_N_REQUESTS; at <= SIP_PROXY_N_REFUSED;
             at += 4) {
            assert_true(reg(b, at) >= N / 100);
        }
        assert_true(reg(b, SIP_PROXY_N_PUNTED) >= N / 100);
        assert_true(reg(b, SIP_PROXY_N_BAD) >= N / 100);
        body_close(b);
    }
}

static void bad_settings_are_named(void **state)
{
    static const struct {
        int (*parse)(const struct fn_text *t, fn_emit *emit, void *ctx);
        const char *text, *says;
    } row[] = {
        {sip_proxy_parse_local, "192.0.2.", "t: '192.0.2.' is no IPv4 address"},
        {sip_proxy_parse_domains, "a.example b_c", "t: 'b_c' is no domain's"},
    };
    struct body *b = open_proxy();

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        const struct fn_text t = {"t", row[k].text};
        struct capture c;
        capture_begin(&c);
        int err = row[k].parse(&t, put, b);
        capture_end(&c);
        assert_int_equal(err, ERR_BAD_INPUT);
        assert_non_null(strstr(c.text, row[k].says));
    }
    assert_int_equal(reg(b, SIP_PROXY_N_DOMAINS), 2);
    body_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registration_is_confirmed),
        cmocka_unit_test(contacts_come_go_and_run_out),
        cmocka_unit_test(strangers_are_not_registered),
        cmocka_unit_test(bursts_and_moves_change_nothing),
        cmocka_unit_test(bad_settings_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
