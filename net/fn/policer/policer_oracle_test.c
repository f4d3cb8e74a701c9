/*
 * policer_oracle_test.c - random meters and packets against the two RFCs taken
 * word for word: tokens come one by one.  And what the text of `meters` may be.
 */
#include "net/fn/policer/policer_check.h"

#include "core/body.h"

enum { ROUNDS = 400, PACKETS = 60, TICKS = 12 };

/* A meter as the RFCs have it; a token is 1/256 byte. */
struct oracle {
    bool two_rates, aware;
    uint32_t cir, pir, cbs, ebs; /* PIR and PBS with two rates */
    uint32_t tc, te;             /* Tp */
};

/*
 * RFC 2697, 3: "If Tc is less than CBS, Tc is incremented by one, else if Te is
 * less than EBS, Te is incremented by one, else neither".  RFC 2698, 3: Tp by
 * one PIR times up to PBS, Tc by one CIR times up to CBS.
 */
static void oracle_tick(struct oracle *o)
{
    for (uint32_t k = 0; k < o->cir; k++) {
        if (o->tc < o->cbs) {
            o->tc++;
        } else if (!o->two_rates && o->te < o->ebs) {
            o->te++;
        }
    }
    for (uint32_t k = 0; o->two_rates && k < o->pir; k++) {
        o->te += o->te < o->ebs;
    }
}

/* The color of a packet of 'size' that was precolored 'pre'. */
static uint32_t oracle_color(struct oracle *o, uint32_t size, uint32_t pre)
{
    int64_t b = size, tc = o->tc, te = o->te;
    uint32_t was = o->aware ? pre : G;

    if (!o->two_rates) {
        if (was == G && tc - b >= 0) {
            o->tc -= size;
            return G;
        }
        if ((was == G || was == Y) && te - b >= 0) {
            o->te -= size;
            return Y;
        }
        return R;
    }
    if (was == R || te - b < 0) {
        return R;
    }
    if (was == Y || tc - b < 0) {
        o->te -= size;
        return Y;
    }
    o->te -= size;
    o->tc -= size;
    return G;
}

static struct oracle oracle_make(struct rng *r, struct body *b)
{
    struct oracle o = {
        .two_rates = rng_below(r, 2) == 0,
        .aware = rng_below(r, 2) == 0,
        .cir = 1 + rng_below(r, 20000),
        .cbs = (1 + rng_below(r, 400)) << 8,
        .ebs = (1 + rng_below(r, 400)) << 8,
    };
    uint32_t w[POLICER_METER_WORDS] = {0};

    o.pir = o.two_rates ? o.cir + rng_below(r, 20000) : 0;
    o.tc = o.cbs;
    o.te = o.ebs;
    w[METER_HOW] = (o.two_rates ? POLICER_TWO_RATES : 0) |
                   (o.aware ? POLICER_AWARE : 0) | 0x54; /* mark all */
    w[METER_CIR] = o.cir;
    w[METER_PIR] = o.pir;
    w[METER_CBS] = o.cbs >> 8;
    w[METER_EBS] = o.ebs >> 8;
    w[METER_TC] = o.tc;
    w[METER_TE] = o.te;
    write_reg(b, CSR_WINDOW_INDEX, csr_window(POLICER_TABLE_METER, 0));
    for (size_t k = 0; k < POLICER_METER_WORDS; k++) {
        write_reg(b, CSR_WINDOW_DATA, w[k]);
    }
    return o;
}

static void meter_is_the_rfc_token_by_token(void **state)
{
    struct body *b = bench_body(state);
    struct rng r = {7};
    uint32_t count[4] = {0};

    assert_int_equal(try_text(b, "meters",
                              "meter 1 srtcm cir 1 cbs 1 ebs 1\n"
                              "class 0 meter 1\n"),
                     0);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t tick = 0;
        write_reg(b, POLICER_TICK, tick);
        struct oracle o = oracle_make(&r, b);
        for (int k = 0; k < PACKETS; k++) {
            uint8_t d[HEAD_LEN];
            uint32_t ticks = rng_below(&r, 3) == 0 ? rng_below(&r, TICKS) : 0;
            uint32_t bytes = 20 + rng_below(&r, 200);
            uint32_t pre = 1 + rng_below(&r, 3);
            struct pkt p = packet_make(d, bytes, 0), out;
            for (uint32_t t = 0; t < ticks; t++) {
                oracle_tick(&o);
            }
            tick += ticks;
            write_reg(b, POLICER_TICK, tick);
            p.mark = (uint16_t)(MARK | pre << POLICER_COLOUR_SHIFT);
            out = run_one(b, &p);
            uint32_t want = oracle_color(&o, bytes << 8, pre);
            if (colour_of(&out) != want) {
                print_error("seed 7, round %d, packet %d\n", round, k);
            }
            assert_int_equal(colour_of(&out), want);
            count[want]++;
        }
        assert_int_equal(meter_word(b, 1, METER_TC), o.tc);
        assert_int_equal(meter_word(b, 1, METER_TE), o.te);
    }
    print_message("%u green, %u yellow, %u red\n", count[G], count[Y],
                  count[R]);
    for (uint32_t c = G; c <= R; c++) {
        assert_true(count[c] * 20 > ROUNDS * PACKETS); /* 5% */
    }
}

static void lines_that_are_wrong_are_named(void **state)
{
    static const struct {
        const char *text, *said;
    } row[] = {
        {"metre 1\n", ":1: bad line, expected meter NUMBER"},
        {"\n#\nmeter 2 srtcm cir 1 cbs 1 ebs 1\n", ":3: bad line"},
        {"meter 1 srtcm cir 0 cbs 1 ebs 1\n", "expected cir and a rate"},
        {"meter 1 srtcm cir 16777216 cbs 1 ebs 1\n", "expected cir and a"},
        {"meter 1 srtcm cir 1. cbs 1 ebs 1\n", "expected cir and a rate"},
        {"meter 1 srtcm cir 1.x cbs 1 ebs 1\n", "expected cir and a rate"},
        {"meter 1 srtcm cir 1.0000000 cbs 1 ebs 1\n", "expected cir and a"},
        {"meter 1 srtcm cir 0.001 cbs 1 ebs 1\n", "expected cir and a rate"},
        {"meter 1 srtcm cir 1 cbs 0 ebs 1\n", "expected cbs and 1"},
        {"meter 1 srtcm cir 1 cbs 16777216 ebs 1\n", "expected cbs and 1"},
        {"meter 1 srtcm cir 1 cbs 1 ebs -1\n", "expected ebs and 0"},
        {"meter 1 trtcm cir 2 cbs 1 pir 1 pbs 1\n", "not below cir"},
        {"meter 1 trtcm cir 1 cbs 1 pir 1 pbs 0\n", "expected pbs"},
        {"meter 1 trtcm cir 1 cbs 1 ebs 1\n", "expected pir"},
        {"meter 1 srtcm cir 1 cbs 1\n", "expected srtcm cir RATE"},
        {"meter 1 srtcm cir 1 cbs 1 ebs 1 mark drop\n", "expected aware"},
        {"meter 1 srtcm cir 1 cbs 1 ebs 1 mark mark lose\n", "expected aware"},
        {"meter 1 srtcm cir 1 cbs 1 ebs 1\nclass 0 meter 2\n", ":2: bad line"},
        {"class 0 meter 1\n", "expected a meter of a line before"},
        {"meter 1 srtcm cir 1 cbs 1 ebs 1\nclass 5-4 meter 1\n", "last class"},
        {"meter 1 srtcm cir 1 cbs 1 ebs 1\nclass 256 meter 1\n", "0 to 255"},
        {"meter 1 srtcm cir 1 cbs 1 ebs 1\nclass 0-9 meter 1\n"
         "class 9 meter 1\n",
         ":3: bad line, expected each class once"},
    };
    struct body *b = bench_body(state);
    char said[256];

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        err_hold(said, sizeof said);
        assert_int_equal(try_text(b, "meters", row[k].text), ERR_BAD_INPUT);
        err_release();
        if (strstr(said, row[k].said) == NULL) {
            print_error("%s gave %s\n", row[k].text, said);
        }
        assert_non_null(strstr(said, row[k].said));
    }
    err_hold(said, sizeof said);
    assert_int_equal(try_text(b, "class", "ports"), ERR_BAD_INPUT);
    assert_int_equal(try_text(b, "colour", "vlan"), ERR_BAD_INPUT);
    err_release();
}

/* A rate is rounded to 1/256: 1.998 is 511.488 of them, 0.002 is 0.512. */
static void rates_are_rounded(void **state)
{
    struct body *b = bench_body(state);

    assert_int_equal(try_text(b, "meters",
                              "meter 1 trtcm cir 0.002 cbs 1 pir 1.998 pbs 1\n"
                              "meter 2 srtcm cir 125000.5 cbs 1 ebs 0\n"),
                     0);
    assert_int_equal(meter_word(b, 1, METER_CIR), 1);
    assert_int_equal(meter_word(b, 1, METER_PIR), 511);
    assert_int_equal(meter_word(b, 2, METER_CIR), 125000 * 256 + 128);
    assert_int_equal(read_reg(b, POLICER_N_METERS), 2);
}

static void more_meters_than_the_image_has_do_not_move(void **state)
{
    struct body *rtl = bench_body(state);
    struct body *c;
    struct blob blob;

    assert_int_equal(body_open_c(rtl->fn, &c), 0);
    for (uint32_t n = 64; n <= 65; n++) {
        write_reg(c, POLICER_N_METERS, n);
        assert_int_equal(body_save(c, &blob), 0);
        assert_int_equal(body_load(rtl, &blob), n == 64 ? 0 : ERR_CAPACITY);
        blob_close(&blob);
    }
    body_close(c);
}

int main(void)
{
    static struct bench bench[] = {{.width_bits = 0},
                                   {.width_bits = 32},
                                   {.width_bits = 64},
                                   {.width_bits = 256}};
    const struct CMUnitTest tests[] = {
        ON_EACH(meter_is_the_rfc_token_by_token),
        ON(lines_that_are_wrong_are_named, "c", &bench[0]),
        ON(rates_are_rounded, "c", &bench[0]),
        ON(more_meters_than_the_image_has_do_not_move, "rtl64", &bench[2]),
    };

    return cmocka_run_group_tests_name("policer_oracle", tests, NULL, NULL);
}
