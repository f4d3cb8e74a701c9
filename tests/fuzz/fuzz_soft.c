/*
 * fuzz_soft.c - decoders of Wi-Fi and LTE on soft values: those of the input as
 * they are, or those of a sound block some of which the input replaced.  A
 * block of which no value was replaced comes back.
 */
#include <string.h>

#include "sdr/dsp/lte_bch.h"
#include "sdr/dsp/lte_tb.h"
#include "sdr/dsp/wifi_ldpc.h"
#include "sdr/fn/lte_rx/lte_viterbi.h"
#include "sdr/fn/wifi_rx/wifi_viterbi.h"
#include "tests/fuzz/fuzz.h"

enum {
    BITS_MAX = 2400,
    SENT_MAX = 6000,
    PSDU_MAX = 200,
    LDPC_SENT = 64 * WIFI_PHY_CBPS_MAX,
    ROUNDS = 3,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct lte_turbo turbo;
static struct lte_rate rate;
static struct lte_viterbi tail_biting;
static struct wifi_viterbi viterbi;

static void take_bits(struct input *in, uint8_t *bits, size_t n)
{
    unsigned v = 0;

    for (size_t k = 0; k < n; k++) {
        v = k % 8 == 0 ? take(in, 1) : v >> 1;
        bits[k] = v & 1;
    }
}

/* Replaces some of soft[n], or all; true: none. */
static bool spoil(struct input *in, float *soft, size_t n)
{
    unsigned how = take(in, 1);

    if (how % 4 == 0) {
        for (size_t k = 0; k < n; k++) {
            soft[k] = (float)(int8_t)take(in, 1) / 4;
        }
    } else if (how % 4 == 1) {
        for (unsigned k = how / 4; k > 0; k--) {
            size_t at = take(in, 2) % n;
            uint32_t bits = take(in, 2) << 16;
            memcpy(&soft[at], &bits, sizeof bits);
            soft[at] = soft[at] > -1e9f && soft[at] < 1e9f ? soft[at] : 0;
        }
    }
    return how % 4 > 1;
}

/* Rate matching and turbo code, as system information is sent. */
static void turbo_code(struct input *in)
{
    static uint8_t bits[BITS_MAX], coded[3 * (BITS_MAX + LTE_TURBO_TAIL)];
    static uint8_t sent[SENT_MAX], got[BITS_MAX];
    static float soft[SENT_MAX], sum[3 * (BITS_MAX + LTE_TURBO_TAIL)];
    static int8_t part[3 * (BITS_MAX + LTE_TURBO_TAIL)];
    unsigned k = lte_turbo_size(1 + take(in, 2) % BITS_MAX);
    unsigned parts = 1 + take(in, 1) % 3;
    size_t n = 3 * (size_t)(k + LTE_TURBO_TAIL);
    bool sound = true;

    if (k > BITS_MAX) {
        return;
    }
    take_bits(in, bits, k);
    lte_turbo_encode(bits, k, coded);
    if (rate.k != k) {
        lte_rate_init(&rate, k, 0);
    }
    memset(sum, 0, sizeof sum);
    for (unsigned p = 0; p < parts; p++) {
        unsigned rv = take(in, 1) % 4;
        size_t n_sent = 1 + take(in, 2) % SENT_MAX;
        lte_rate_match(&rate, rv, coded, sent, n_sent);
        for (size_t i = 0; i < n_sent; i++) {
            soft[i] = sent[i] ? -4.0f : 4.0f;
        }
        bool whole = rv == 0 && n_sent >= n;
        sound = spoil(in, soft, n_sent) && (p > 0 || whole) && sound;
        lte_rate_collect(&rate, rv, soft, n_sent, sum);
    }
    for (size_t i = 0; i < n; i++) {
        float v = sum[i] * 4;
        part[i] = (int8_t)(v > 127 ? 127 : v < -127 ? -127 : v);
    }
    lte_turbo_load(&turbo, k, part);
    for (int j = 0; j < ROUNDS; j++) {
        lte_turbo_iterate(&turbo);
        lte_turbo_bits(&turbo, got);
    }
    for (unsigned i = 0; i < k; i++) {
        CHECK(got[i] <= 1);
    }
    CHECK(!sound || memcmp(got, bits, k) == 0);
}

/* Blocks of the broadcast and control channels, some at a time. */
static void tail_biting_code(struct input *in)
{
    uint64_t want[4] = {0};
    bool sound[4] = {false};
    size_t blocks = 1 + take(in, 1) % 4;

    for (size_t j = 0; j < blocks; j++) {
        unsigned n =
            LTE_TBCC_MIN + take(in, 1) % (LTE_TBCC_MAX - LTE_TBCC_MIN + 1);
        uint8_t coded[3 * LTE_TBCC_MAX];
        float soft[3 * LTE_TBCC_MAX];
        want[j] = (uint64_t)take(in, 4) << 32 | take(in, 4);
        want[j] &= n < 64 ? (1ull << n) - 1 : ~0ull;
        lte_tbcc_encode(want[j], n, coded);
        for (size_t i = 0; i < 3 * (size_t)n; i++) {
            soft[i] = coded[i] ? -1.0f : 1.0f;
        }
        sound[j] = spoil(in, soft, 3 * (size_t)n) && n >= 24;
        lte_viterbi_put(&tail_biting, soft, n);
    }
    CHECK(lte_viterbi_run(&tail_biting) == blocks && tail_biting.n == 0);
    for (size_t j = 0; j < blocks; j++) {
        struct lte_mib_fields mib;
        uint32_t low = (uint32_t)tail_biting.bits[j] & 0xffffff;
        CHECK(!sound[j] || tail_biting.bits[j] == want[j]);
        if (lte_mib_unpack(low, &mib)) {
            CHECK(lte_mib_pack(&mib) == low);
        }
    }
}

static void convolutional_code(struct input *in)
{
    static uint8_t bits[BITS_MAX], got[BITS_MAX], coded[2 * BITS_MAX];
    static float soft[2 * BITS_MAX];
    size_t n = 7 + take(in, 2) % (BITS_MAX - 7);
    int8_t *part = malloc(2 * n); /* no value behind it is ours */

    CHECK(part != NULL);
    take_bits(in, bits, n);
    memset(bits + n - 6, 0, 6);
    (void)viterbi_k7_encode(0, bits, n, coded);
    for (size_t k = 0; k < 2 * n; k++) {
        soft[k] = coded[k] ? 8.0f : -8.0f;
    }
    bool sound = spoil(in, soft, 2 * n);
    for (size_t k = 0; k < 2 * n; k++) {
        float v = soft[k];
        part[k] = (int8_t)(v > 127 ? 127 : v < -128 ? -128 : v);
    }
    wifi_viterbi_decode(&viterbi, part, n, got);
    for (size_t k = 0; k < n; k++) {
        CHECK(got[k] <= 1);
    }
    CHECK(!sound || memcmp(got, bits, n) == 0);
    free(part);
}

static void parity_checks(struct input *in)
{
    static uint8_t bits[WIFI_PHY_SERVICE_BITS + 8 * PSDU_MAX];
    static uint8_t got[sizeof bits], coded[LDPC_SENT];
    static float soft[LDPC_SENT];
    const struct wifi_phy_rate *r = &wifi_phy_ht[take(in, 1) % 8];
    size_t n_bytes = 1 + take(in, 1) % PSDU_MAX;
    struct wifi_ldpc_plan p = wifi_ldpc_plan(r, n_bytes, 1 + take(in, 1) % 2);

    if (p.n_sent > LDPC_SENT) {
        return;
    }
    int8_t *part = malloc(p.n_sent);
    CHECK(part != NULL && p.n_payload <= sizeof bits);
    take_bits(in, bits, p.n_payload);
    wifi_ldpc_send(&p, bits, coded);
    for (size_t k = 0; k < p.n_sent; k++) {
        soft[k] = coded[k] ? 8.0f : -8.0f;
    }
    bool sound = spoil(in, soft, p.n_sent);
    for (size_t k = 0; k < p.n_sent; k++) {
        float v = soft[k];
        part[k] = (int8_t)(v > 127 ? 127 : v < -128 ? -128 : v);
    }
    wifi_ldpc_receive(&p, part, got);
    for (size_t k = 0; k < p.n_payload; k++) {
        CHECK(got[k] <= 1);
    }
    CHECK(!sound || memcmp(got, bits, p.n_payload) == 0);
    free(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = {data, n};

    switch (take(&in, 1) % 4) {
    case 0: turbo_code(&in); break;
    case 1: tail_biting_code(&in); break;
    case 2: convolutional_code(&in); break;
    default: parity_checks(&in); break;
    }
    return 0;
}
