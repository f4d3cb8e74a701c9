/*
 * wifi_ldpc.h - the LDPC codes of HT frames, IEEE 802.11-2020 19.3.11.7 and
 * annex F: encoder, decoder, and how a PSDU is cut into code words.  Bits are
 * bytes of 0 or 1.
 */
#ifndef SDR_DSP_WIFI_LDPC_H
#define SDR_DSP_WIFI_LDPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sdr/dsp/wifi_phy.h"

enum {
    WIFI_LDPC_BITS_MAX = 1944, /* of a code word */
    WIFI_LDPC_COLUMNS = 24,    /* blocks of a code word */
    WIFI_LDPC_ROWS_MAX = 12,
};

/* One of twelve codes: 648, 1296 or 1944 bits; rates 1/2, 2/3, 3/4, 5/6. */
struct wifi_ldpc {
    uint8_t z;       /* bits of a block: 27, 54, 81 */
    uint8_t rows;    /* blocks of parity: 12, 8, 6, 4 */
    uint8_t columns; /* blocks of information: 24 - rows */
    /* Cyclic shifts of the information part, [rows][columns]; -1: zeros. */
    const int8_t *shift;
};

/* The code of a rate's data with words of 'bits', 648, 1296 or 1944. */
const struct wifi_ldpc *wifi_ldpc_code(const struct wifi_phy_rate *rate,
                                       unsigned bits);

/* Fills in the parity of word[z * 24], information first. */
void wifi_ldpc_encode(const struct wifi_ldpc *c, uint8_t *word);

/*
 * Decodes soft[z * 24], reliabilities, positive for 1, into the information
 * bits[z * columns]; layered min-sum, at most 'turns' of them.  True when all
 * checks hold.
 */
bool wifi_ldpc_decode(const struct wifi_ldpc *c, const int16_t *soft,
                      unsigned turns, uint8_t *bits);

/* How SERVICE and PSDU are sent, 19.3.11.7.5. */
struct wifi_ldpc_plan {
    const struct wifi_ldpc *code;
    size_t n_words;
    size_t n_payload;   /* bits of SERVICE and PSDU */
    size_t n_symbols;   /* even with STBC */
    size_t n_shortened; /* information bits that are 0 and not sent, of all */
    size_t n_punctured; /* parity bits that are not sent */
    size_t n_sent;      /* n_symbols * cbps */
};

/* 'stbc' is 2 with STBC, else 1. */
struct wifi_ldpc_plan wifi_ldpc_plan(const struct wifi_phy_rate *rate,
                                     size_t n_bytes, unsigned stbc);

/*
 * Makes out[p->n_sent], the coded bits of all symbols, of the payload
 * bits[p->n_payload]; and back, from reliabilities soft[p->n_sent].
 */
void wifi_ldpc_send(const struct wifi_ldpc_plan *p, const uint8_t *bits,
                    uint8_t *out);
void wifi_ldpc_receive(const struct wifi_ldpc_plan *p, const int8_t *soft,
                       uint8_t *bits);

#endif
