/*
 * wifi_ldpc_frame.c - how SERVICE and PSDU are cut into code words, which are
 * shortened, punctured and repeated until they fill whole symbols.
 */
#include "sdr/dsp/wifi_ldpc.h"

#include <string.h>

enum {
    TURNS = 20,     /* of the decoder */
    CERTAIN = 4096, /* reliability of what is not sent but known */
};

/* Table 19-16; a rate is 'twelfths' / 12. */
static void choose(size_t available, size_t payload, unsigned twelfths,
                   size_t *n_words, unsigned *length)
{
    size_t left = 12 - twelfths;

    *n_words = 1;
    *length = 1944;
    if (available <= 648) {
        *length = 12 * available >= 12 * payload + 912 * left ? 1296 : 648;
    } else if (available <= 1296) {
        *length = 12 * available >= 12 * payload + 1464 * left ? 1944 : 1296;
    } else if (available <= 1944) {
    } else if (available <= 2592) {
        *n_words = 2;
        *length = 12 * available >= 12 * payload + 2916 * left ? 1944 : 1296;
    } else {
        *n_words = (payload + 162 * twelfths - 1) / (162 * twelfths);
    }
}

struct wifi_ldpc_plan wifi_ldpc_plan(const struct wifi_phy_rate *rate,
                                     size_t n_bytes, unsigned stbc)
{
    struct wifi_ldpc_plan p = {.n_payload =
                                   WIFI_PHY_SERVICE_BITS + 8 * n_bytes};
    unsigned twelfths = 12u * rate->dbps / rate->cbps;
    size_t group = (size_t)rate->dbps * stbc;
    size_t symbols = stbc * ((p.n_payload + group - 1) / group);
    size_t available = symbols * rate->cbps;
    unsigned length;

    choose(available, p.n_payload, twelfths, &p.n_words, &length);
    p.code = wifi_ldpc_code(rate, length);
    size_t coded = p.n_words * length;
    size_t info = coded * twelfths / 12;
    p.n_shortened = info > p.n_payload ? info - p.n_payload : 0;
    size_t sent = coded - p.n_shortened;
    p.n_punctured = sent > available ? sent - available : 0;
    /* More than 10% of parity with little shortened, or more than 30%. */
    size_t parity = coded - info;
    if ((10 * p.n_punctured > parity && 10 * p.n_shortened * (12 - twelfths) <
                                            12 * p.n_punctured * twelfths) ||
        10 * p.n_punctured > 3 * parity) {
        symbols += stbc;
        available += (size_t)rate->cbps * stbc;
        p.n_punctured = sent > available ? sent - available : 0;
    }
    p.n_symbols = symbols;
    p.n_sent = available;
    return p;
}

/* Of 'all' shared out evenly, the first ones get what is left over. */
static size_t share(size_t all, size_t n, size_t k)
{
    return all / n + (k < all % n);
}

/* What is sent of a word, in this order; what is repeated begins with the
 * payload again. */
struct word {
    size_t payload; /* information bits that are not shortened */
    size_t parity;
    size_t repeated;
};

static struct word word_of(const struct wifi_ldpc_plan *p, size_t k)
{
    size_t z = p->code->z;
    size_t sent =
        p->n_words * z * WIFI_LDPC_COLUMNS - p->n_shortened - p->n_punctured;

    return (struct word){
        .payload = z * p->code->columns - share(p->n_shortened, p->n_words, k),
        .parity = z * p->code->rows - share(p->n_punctured, p->n_words, k),
        .repeated = share(p->n_sent - sent, p->n_words, k),
    };
}

/* Where bit 'k' of those that are sent stands in the code word. */
static size_t place(const struct wifi_ldpc_plan *p, const struct word *w,
                    size_t k)
{
    k %= w->payload + w->parity;
    return k < w->payload
               ? k
               : (size_t)p->code->z * p->code->columns + k - w->payload;
}

void wifi_ldpc_send(const struct wifi_ldpc_plan *p, const uint8_t *bits,
                    uint8_t *out)
{
    for (size_t k = 0; k < p->n_words; k++) {
        uint8_t coded[WIFI_LDPC_BITS_MAX] = {0};
        struct word w = word_of(p, k);
        size_t n = w.payload + w.parity + w.repeated;
        memcpy(coded, bits, w.payload);
        wifi_ldpc_encode(p->code, coded);
        for (size_t j = 0; j < n; j++) {
            out[j] = coded[place(p, &w, j)];
        }
        bits += w.payload;
        out += n;
    }
}

void wifi_ldpc_receive(const struct wifi_ldpc_plan *p, const int8_t *soft,
                       uint8_t *bits)
{
    for (size_t k = 0; k < p->n_words; k++) {
        int16_t coded[WIFI_LDPC_BITS_MAX] = {0};
        uint8_t info[WIFI_LDPC_BITS_MAX];
        struct word w = word_of(p, k);
        size_t n = w.payload + w.parity + w.repeated;
        size_t n_info = (size_t)p->code->z * p->code->columns;
        for (size_t j = w.payload; j < n_info; j++) {
            coded[j] = -CERTAIN;
        }
        for (size_t j = 0; j < n; j++) {
            int16_t *at = &coded[place(p, &w, j)];
            *at = (int16_t)(*at + soft[j]);
        }
        (void)wifi_ldpc_decode(p->code, coded, TURNS, info); /* FCS tells */
        memcpy(bits, info, w.payload);
        bits += w.payload;
        soft += n;
    }
}
