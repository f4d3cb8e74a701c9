/* wifi_ldpc_test.c - code words by the matrices' definition, and frames of them
 * by the standard's equations. */
#include "tests/check.h"

#include <math.h>
#include <string.h>

#include "core/base/rng.h"
#include "sdr/dsp/wifi_ht.h"
#include "sdr/dsp/wifi_ldpc_table.h"

enum { CODES = WIFI_LDPC_RATES * WIFI_LDPC_LENGTHS, BITS = WIFI_LDPC_BITS_MAX };

static const struct wifi_ldpc *code(size_t k)
{
    return &wifi_ldpc_table[k / WIFI_LDPC_LENGTHS][k % WIFI_LDPC_LENGTHS];
}

static void random_word(struct rng *r, const struct wifi_ldpc *c, uint8_t *word)
{
    for (size_t i = 0; i < (size_t)c->z * c->columns; i++) {
        word[i] = (uint8_t)rng_below(r, 2);
    }
    wifi_ldpc_encode(c, word);
}

/* Row r of block row R of H has, where a table says s, a 1 in column (r + s)
 * mod z (annex F); parity's blocks are written down here once more, by row. */
static void all_checks_hold_by_definition(void **state)
{
    struct rng rng = {1};

    (void)state;
    for (size_t k = 0; k < CODES; k++) {
        const struct wifi_ldpc *c = code(k);
        uint8_t word[BITS];
        unsigned z = c->z, info = z * c->columns;
        assert_int_equal(c->rows + c->columns, 24);
        random_word(&rng, c, word);
        for (unsigned R = 0; R < c->rows; R++) {
            for (unsigned r = 0; r < z; r++) {
                unsigned sum = 0;
                for (unsigned b = 0; b < c->columns; b++) {
                    int s = c->shift[R * c->columns + b];
                    sum += s < 0 ? 0u : word[b * z + (r + (unsigned)s) % z];
                }
                if (R == 0 || R == c->rows - 1u) {
                    sum += word[info + (r + 1) % z];
                } else if (R == c->rows / 2u) {
                    sum += word[info + r];
                }
                sum += R > 0 ? word[info + R * z + r] : 0;
                sum += R + 1u < c->rows ? word[info + (R + 1) * z + r] : 0;
                assert_int_equal(sum % 2, 0);
            }
        }
    }
}

/* Soft values of a word in noise: mean +-8. */
static void add_noise(struct rng *r, const uint8_t *word, size_t n,
                      double sigma, int16_t *soft)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0; /* nearly Gaussian, variance 1 */
        for (int k = 0; k < 12; k++) {
            sum += (double)rng_below(r, 1 << 20) / (1 << 20) - 0.5;
        }
        soft[i] = (int16_t)lround((word[i] ? 8 : -8) * (1 + sigma * sum));
    }
}

/* Far above its threshold each code corrects all; none finds a word in noise
 * alone and says that it is one. */
static void noise_is_taken_out(void **state)
{
    /* Standard deviations 1.5 dB better than the Shannon limits of the rates.
     */
    static const double sigma[WIFI_LDPC_RATES] = {0.72, 0.59, 0.53, 0.47};
    struct rng r = {2};

    (void)state;
    for (size_t k = 0; k < CODES; k++) {
        const struct wifi_ldpc *c = code(k);
        size_t n = (size_t)c->z * 24, wrong = 0;
        for (int t = 0; t < 20; t++) {
            uint8_t word[BITS], bits[BITS];
            int16_t soft[BITS];
            random_word(&r, c, word);
            add_noise(&r, word, n, sigma[k / WIFI_LDPC_LENGTHS], soft);
            bool good = wifi_ldpc_decode(c, soft, 30, bits);
            bool same = memcmp(bits, word, (size_t)c->z * c->columns) == 0;
            assert_true(!good || same); /* no other word is so near */
            wrong += !same;
        }
        assert_in_range(wrong, 0, 1);
    }
    for (size_t k = 0; k < CODES; k++) {
        uint8_t zeros[BITS] = {0}, bits[BITS];
        int16_t soft[BITS];
        add_noise(&r, zeros, BITS, 100, soft);
        assert_false(wifi_ldpc_decode(code(k), soft, 5, bits));
    }
}

static void reliabilities_of_any_size_are_harmless(void **state)
{
    int16_t soft[BITS];
    uint8_t bits[BITS];

    (void)state;
    for (size_t i = 0; i < BITS; i++) {
        soft[i] = i % 3 == 0 ? INT16_MIN : i % 3 == 1 ? INT16_MAX : 0;
    }
    for (size_t k = 0; k < CODES; k++) {
        (void)wifi_ldpc_decode(code(k), soft, 20, bits);
        for (size_t i = 0; i < (size_t)code(k)->z * code(k)->columns; i++) {
            assert_in_range(bits[i], 0, 1);
        }
    }
}

/* 19.3.11.7.5, steps a) to f), in the standard's letters. */
static void frames_are_cut_as_the_equations_say(void **state)
{
    (void)state;
    for (size_t mcs = 0; mcs < 8; mcs++) {
        const struct wifi_phy_rate *rate = &wifi_phy_ht[mcs];
        double R = (double)rate->dbps / rate->cbps, cbps = rate->cbps;
        for (unsigned m = 1; m <= 2; m++) {
            for (size_t n = 1; n < 5000; n += n < 600 ? 1 : 97) {
                double pld = 8.0 * (double)n + 16, ncw = 1, L = 1944;
                double av = cbps * m * ceil(pld / (cbps * R * m) - 1e-9);
                if (av <= 648) {
                    L = av >= pld + 912 * (1 - R) - 1e-6 ? 1296 : 648;
                } else if (av <= 1296) {
                    L = av >= pld + 1464 * (1 - R) - 1e-6 ? 1944 : 1296;
                } else if (av > 1944 && av <= 2592) {
                    ncw = 2;
                    L = av >= pld + 2916 * (1 - R) - 1e-6 ? 1944 : 1296;
                } else if (av > 2592) {
                    ncw = ceil(pld / (1944 * R) - 1e-9);
                }
                double shrt = fmax(0, round(ncw * L * R) - pld);
                double punc = fmax(0, ncw * L - av - shrt);
                if ((punc > 0.1 * ncw * L * (1 - R) + 1e-6 &&
                     shrt < 1.2 * punc * R / (1 - R) - 1e-6) ||
                    punc > 0.3 * ncw * L * (1 - R) + 1e-6) {
                    av += cbps * m;
                    punc = fmax(0, ncw * L - av - shrt);
                }
                struct wifi_ldpc_plan p = wifi_ldpc_plan(rate, n, m);
                assert_int_equal(p.n_words, (size_t)ncw);
                assert_int_equal(p.code->z * 24, (size_t)L);
                assert_int_equal(p.n_shortened, (size_t)shrt);
                assert_int_equal(p.n_punctured, (size_t)punc);
                assert_int_equal(p.n_sent, (size_t)av);
                assert_int_equal(p.n_symbols * rate->cbps, p.n_sent);
                assert_int_equal(p.n_payload, 8 * n + 16);
            }
        }
    }
}

static void what_is_sent_is_received(void **state)
{
    enum { BYTES = 3000, ROOM = 8 * BYTES * 2 + 4000 };
    static uint8_t bits[ROOM], out[ROOM], back[ROOM];
    static int8_t soft[ROOM];
    struct rng r = {3};

    (void)state;
    for (size_t mcs = 0; mcs < 8; mcs++) {
        for (size_t n = 1; n < BYTES; n = n * 2 + 1) {
            struct wifi_ldpc_plan p = wifi_ldpc_plan(&wifi_phy_ht[mcs], n, 1);
            assert_true(p.n_sent <= ROOM && p.n_payload <= ROOM);
            for (size_t k = 0; k < p.n_payload; k++) {
                bits[k] = (uint8_t)rng_below(&r, 2);
            }
            memset(out, 2, sizeof out);
            wifi_ldpc_send(&p, bits, out);
            for (size_t k = 0; k < p.n_sent; k++) {
                assert_in_range(out[k], 0, 1);
                soft[k] = out[k] ? 15 : -15;
            }
            assert_int_equal(out[p.n_sent], 2);
            wifi_ldpc_receive(&p, soft, back);
            assert_memory_equal(back, bits, p.n_payload);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_checks_hold_by_definition),
        cmocka_unit_test(noise_is_taken_out),
        cmocka_unit_test(reliabilities_of_any_size_are_harmless),
        cmocka_unit_test(frames_are_cut_as_the_equations_say),
        cmocka_unit_test(what_is_sent_is_received),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
