/* sip_proxy_test.c - calls through the proxy, written by hand from RFC 3261. */
#include "core/base/rng.h"
#include "net/fn/sip_proxy/sip_check.h"

static const char register_bob[] =
    "REGISTER sip:example.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKnashds7\r\n"
    "Max-Forwards: 70\r\n"
    "To: Bob <sip:bob@EXAMPLE.com>\r\n"
    "From: Bob <sip:bob@example.com>;tag=456248\r\n"
    "Call-ID: 843817637684230@998sdasdh09\r\n"
    "CSeq: 1826 REGISTER\r\n"
    "Contact: <sip:bob@192.0.2.4:5062;ob>\r\n"
    "Expires: 7200\r\n"
    "Content-Length: 0\r\n\r\n";

#define INVITE_HEADERS                                       \
    "From: Alice <sip:alice@example.com>;tag=1928301774\r\n" \
    "Call-ID: a84b4c76e66710\r\n"                            \
    "CSeq: 314159 INVITE\r\n"                                \
    "Contact: <sip:alice@192.0.2.9:5070>\r\n"                \
    "Subject: a\r\n"                                         \
    " fold\r\n"
#define SDP "Content-Length: 4\r\n\r\nv=0\n"

static const char invite[] =
    "INVITE sip:bob@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.9:5070;rport;branch=z9hG4bK776\r\n"
    "Max-Forwards: 70\r\n"
    "To: Bob <sip:bob@example.com>\r\n" INVITE_HEADERS SDP;

static void a_call_reaches_who_is_registered(void **state)
{
    struct body *b = open_proxy();

    (void)state;
    struct reply y = run(b, register_bob);
    assert_string_equal(y.fate, "registered");
    y = run(b, invite);
    assert_string_equal(y.fate, "request");
    assert_int_equal(y.dst, 0xc0000204);
    assert_int_equal(y.port, 5062);
    assert_string_equal(
        y.text,
        "INVITE sip:bob@192.0.2.4:5062;ob SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK*\r\n"
        "Via: SIP/2.0/UDP "
        "192.0.2.9:5070;branch=z9hG4bK776;rport=5070;received=192.0.2.9\r\n"
        "Max-Forwards: 69\r\n"
        "To: Bob <sip:bob@example.com>\r\n" INVITE_HEADERS SDP);
    assert_int_equal(reg(b, SIP_PROXY_N_REQUESTS), 1);

    y = run(b, "SIP/2.0 180 Ringing\r\n"
               "v: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc, SIP/2.0/UDP "
               "192.0.2.8:5071;branch=z9hG4bK776;rport=5070;received=192.0.2.9"
               "\r\nTo: Bob <sip:bob@example.com>;tag=1\r\n" INVITE_HEADERS
               "\r\n");
    assert_string_equal(y.fate, "response");
    assert_int_equal(y.dst, ALICE);
    assert_int_equal(y.port, 5070);
    assert_string_equal(
        y.text,
        "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP "
        "192.0.2.8:5071;branch=z9hG4bK776;rport=5070;received=192.0.2.9\r\n"
        "To: Bob <sip:bob@example.com>;tag=1\r\n" INVITE_HEADERS "\r\n");
    assert_int_equal(reg(b, SIP_PROXY_N_RESPONSES), 1);
    body_close(b);
}

/* The branch that the proxy gave a request. */
static void branch_of(struct body *b, const char *text, char branch[17])
{
    static const char mark[] = "branch=z9hG4bK";
    struct pkt in = packet(text, strlen(text));
    struct pkt out = {.data = bytes[1], .room_bytes = ROOM};
    struct fn_span from = {FN_PKT, &in, 1, 1, 0}, to = {FN_PKT, &out, 0, 1, 0};

    assert_int_equal(body_run(b, &from, &to), 0);
    bytes[1][out.len_bytes] = '\0';
    const char *at = strstr((char *)bytes[1] + HEADERS, mark);
    assert_non_null(at);
    memcpy(branch, at + sizeof mark - 1, 16);
    branch[16] = '\0';
}

#define REQUEST(method, via)                                        \
    method " sip:x@192.0.2.4 SIP/2.0\r\nVia: SIP/2.0/UDP " via      \
           "\r\nTo: <sip:x@192.0.2.4>\r\nFrom: <sip:a@b>;tag=1\r\n" \
           "Call-ID: 1\r\nCSeq: 5 " method "\r\n\r\n"

/* RFC 3261, 16.11: a stateless proxy gives a request, its repetition, its
 * CANCEL and the ACK of its failure one branch, and others another. */
static void branches_follow_from_the_request(void **state)
{
    struct body *b = open_proxy();
    char first[17], is[17];

    (void)state;
    branch_of(b, REQUEST("INVITE", "192.0.2.9;branch=z9hG4bK1"), first);
    branch_of(b, REQUEST("INVITE", "192.0.2.9;branch=z9hG4bK1"), is);
    assert_string_equal(is, first);
    branch_of(b, REQUEST("CANCEL", "192.0.2.9;branch=z9hG4bK1"), is);
    assert_string_equal(is, first);
    branch_of(b, REQUEST("ACK", "192.0.2.9;branch=z9hG4bK1"), is);
    assert_string_equal(is, first);
    branch_of(b, REQUEST("INVITE", "192.0.2.9;branch=z9hG4bK2"), is);
    assert_string_not_equal(is, first);
    branch_of(b, REQUEST("INVITE", "192.0.2.8;branch=z9hG4bK1"), is);
    assert_string_not_equal(is, first);
    branch_of(b, REQUEST("INVITE", "192.0.2.9"), first); /* RFC 2543 */
    branch_of(b, REQUEST("ACK", "192.0.2.9"), is);
    assert_string_equal(is, first);
    body_close(b);
}

static void routes_are_followed_and_recorded(void **state)
{
    struct body *b = open_proxy();

    (void)state;
    assert_int_equal(body_write(b, SIP_PROXY_STAY, 1), 0);
    struct reply y = run(b, REQUEST("INVITE", "192.0.2.9;branch=z9hG4bK1"));
    assert_non_null(
        strstr(y.text, "\r\nRecord-Route: <sip:192.0.2.1:5060;lr>\r\n"));
    assert_non_null(strstr(y.text, "\r\nMax-Forwards: 70\r\n"));
    y = run(b, REQUEST("BYE", "192.0.2.9;branch=z9hG4bK1"));
    assert_null(strstr(y.text, "Record-Route"));

    y = run(b, "BYE sip:bob@192.0.2.4 SIP/2.0\r\n"
               "Via: SIP/2.0/UDP ua.example;branch=z9hG4bK1\r\n"
               "Route: <sip:192.0.2.1;lr>, <sip:192.0.2.60:5090;lr>\r\n"
               "Route: <sip:192.0.2.61;lr>\r\n"
               "To: <sip:x@b>;tag=1\r\nFrom: <sip:a@b>;tag=1\r\n"
               "Call-ID: 1\r\nCSeq: 5 BYE\r\n\r\n");
    assert_string_equal(y.fate, "request");
    assert_int_equal(y.dst, 0xc000023c);
    assert_int_equal(y.port, 5090);
    assert_non_null(strstr(y.text, "\r\nRoute: <sip:192.0.2.60:5090;lr>\r\n"
                                   "Route: <sip:192.0.2.61;lr>\r\n"));
    assert_non_null(
        strstr(y.text, "ua.example;branch=z9hG4bK1;received=192.0.2.9\r\n"));
    body_close(b);
}

#define REST                                                           \
    "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n"                   \
    "To: <sip:x@b>\r\nFrom: <sip:a@b>;tag=1\r\nCall-ID: 1\r\nCSeq: 5 " \
    "INVITE\r\n"

static void what_cannot_go_on_is_answered(void **state)
{
    static const struct {
        const char *text, *status, *has;
    } row[] = {
        {"INVITE sip:carol@example.com SIP/2.0\r\n" REST "\r\n",
         "SIP/2.0 404 Not Found\r\n", "\r\nTo: <sip:x@b>;tag="},
        {"INVITE sip:example.com SIP/2.0\r\n" REST "\r\n",
         "SIP/2.0 404 Not Found\r\n", "\r\nCSeq: 5 INVITE\r\n"},
        {"INVITE sip:bob@elsewhere.example SIP/2.0\r\n" REST "\r\n",
         "SIP/2.0 502 Bad Gateway\r\n", "\r\nContent-Length: 0\r\n\r\n"},
        {"INVITE sips:bob@example.com SIP/2.0\r\n" REST "\r\n",
         "SIP/2.0 416 Unsupported URI Scheme\r\n", "Call-ID: 1\r\n"},
        {"INVITE sip:bob@192.0.2.4 SIP/2.0\r\n" REST "Max-Forwards: 0\r\n\r\n",
         "SIP/2.0 483 Too Many Hops\r\n", ""},
        {"INVITE sip:bob@192.0.2.4 SIP/2.0\r\n" REST "Max-Forwards: x\r\n\r\n",
         "SIP/2.0 400 Bad Request\r\n", ""},
        {"INVITE sip:bob@192.0.2.4 SIP/2.0\r\n" REST
         "Proxy-Require: foo\r\n\r\n",
         "SIP/2.0 420 Bad Extension\r\n", "\r\nUnsupported: foo\r\n"},
        {"INVITE sip:x@192.0.2.4 SIP/2.0\r\n" REST
         "Route: <sip:192.0.2.1;lr>, <sip:192.0.2.1>\r\n\r\n",
         "SIP/2.0 482 Loop Detected\r\n", ""},
        {"INVITE sip:x@192.0.2.4 SIP/2.0\r\nVia: SIP/2.0/UDP "
         "192.0.2.9\r\nTo: <sip:x@b>\r\n\r\n",
         "SIP/2.0 400 Bad Request\r\n", ""},
    };
    struct body *b = open_proxy();

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct reply y = run(b, row[k].text);
        assert_string_equal(y.fate, "refused");
        assert_int_equal(y.dst, ALICE);
        assert_int_equal(y.port, 5060); /* what Via says: no rport */
        check_answer(&y, row[k].status, row[k].has);
        assert_int_equal(reg(b, SIP_PROXY_N_REFUSED), k + 1);
    }
    struct reply y =
        run(b, "ACK sip:carol@example.com SIP/2.0\r\n" REST "\r\n");
    assert_string_equal(y.fate, "bad"); /* it is never answered */
    body_close(b);
}

static void what_is_no_message_is_dropped(void **state)
{
    static const char *const row[] = {
        "",
        "\r\n\r\n",
        "INVITE sip:x@192.0.2.4 SIP/2.0\r\n" REST, /* no end */
        "INVITE sip:x@192.0.2.4 SIP/1.0\r\n" REST "\r\n",
        "INVITE  SIP/2.0\r\n" REST "\r\n",
        "INVITE sip:x @192.0.2.4 SIP/2.0\r\n" REST "\r\n",
        "INVITE sip:x@192.0.2.4 SIP/2.0\r\nno colon\r\n" REST "\r\n",
        "INVITE sip:x@192.0.2.4 SIP/2.0\r\n" REST
        "Content-Length: 5\r\n\r\nv=0\n",
        "INVITE sip:x@192.0.2.4 SIP/2.0\r\n" REST "Content-Length: -1\r\n\r\n",
        "INVITE sip:x@192.0.2.4 SIP/2.0\r\nTo: <sip:x@b>\r\n\r\n", /* no Via */
        "INVITE sip:x@192.0.2.4 SIP/2.0\r\nVia: SIP/2.0/TCP a\r\n\r\n",
        "SIP/2.0 20 OK\r\n" REST "\r\n",
        "SIP/2.0 200 OK\r\n" REST "\r\n",                       /* of another */
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n\r\n", /* to whom? */
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n"
        "Via: SIP/2.0/UDP ua.example\r\n\r\n",
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n"
        "Via: SIP/2.0/UDP 192.0.2.9;rport=65536\r\n\r\n",
    };
    struct body *b = open_proxy();

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("%zu\n", k);
        assert_string_equal(run(b, row[k]).fate, "bad");
    }
    assert_int_equal(reg(b, SIP_PROXY_N_BAD), CHECK_ROWS(row));
    struct pkt p = packet(invite, strlen(invite));
    p.data[14 + 9] = 6;
    be16_store(p.data + 24, 0);
    be16_store(p.data + 24, slow_sum(0, p.data + 14, 20));
    assert_string_equal(run_pkt(b, p).fate, "punt"); /* TCP */
    p = packet(invite, strlen(invite));
    p.data[14 + 26] ^= 1;
    assert_string_equal(run_pkt(b, p).fate, "bad"); /* UDP checksum */
    body_close(b);
}

/* Messages that are spoiled anywhere do no harm. */
static void hostile_messages_are_survived(void **state)
{
    enum { TIMES = 20000 };
    static const char *const text[] = {register_bob, invite};
    struct body *b = open_proxy();
    struct rng r = {77};
    char was[ROOM];

    (void)state;
    for (uint32_t k = 0; k < TIMES; k++) {
        const char *from = text[k % 2];
        size_t n = strlen(from);
        memcpy(was, from, n);
        for (uint32_t i = rng_below(&r, 4); i > 0; i--) {
            static const char odd[] = "\r\n<>\"\\;:,@= \t\0z";
            was[rng_below(&r, (uint32_t)n)] = odd[rng_below(&r, sizeof odd)];
        }
        n = rng_below(&r, 4) == 0 ? rng_below(&r, (uint32_t)n + 1) : n;
        (void)run_pkt(b, packet(was, n));
    }
    assert_int_equal(reg(b, SIP_PROXY_N_REQUESTS) +
                         reg(b, SIP_PROXY_N_REGISTERED) +
                         reg(b, SIP_PROXY_N_REFUSED) + reg(b, SIP_PROXY_N_BAD),
                     TIMES);
    body_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_reaches_who_is_registered),
        cmocka_unit_test(branches_follow_from_the_request),
        cmocka_unit_test(routes_are_followed_and_recorded),
        cmocka_unit_test(what_cannot_go_on_is_answered),
        cmocka_unit_test(what_is_no_message_is_dropped),
        cmocka_unit_test(hostile_messages_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
