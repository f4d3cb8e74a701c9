/* nr_bch.c - see nr_bch.h. */
#include "sdr/dsp/nr_bch.h"

#include <assert.h>

#include "sdr/dsp/lte_seq.h"

enum {
    /* Which bits of the payload as it is made, 7.1.1, are what. */
    SFN_FIRST = 1, /* of the MIB's six, the highest first */
    SFN_LOW = 24,  /* the other four */
    HALF_FRAME = 28,
    BLOCK_FIRST = 29,
    /* Where kinds of bits begin in table 7.1.1-1. */
    AT_HALF_FRAME = 10,
    AT_BLOCK = 11,
    AT_OTHER = 14,
    SCRAMBLED = 29, /* bits: all but half frame and two of the SFN */
};

/* Table 7.1.1-1. */
static const uint8_t order[NR_BCH_BITS] = {
    16, 23, 18, 17, 8,  30, 10, 6,  24, 7,  0,  5,  3,  2,  1,  4,
    9,  11, 12, 13, 14, 15, 19, 20, 21, 22, 25, 26, 27, 28, 29, 31};

/* Places of the frame number's bits of weight 4 and 2 in 'order'. */
enum { AT_SFN_4 = 7, AT_SFN_2 = 8 };

static uint32_t bit_of(uint32_t word, unsigned k, unsigned n_bits)
{
    return word >> (n_bits - 1 - k) & 1;
}

/* Calls for each bit as it is made the place where it is sent. */
static void places(uint8_t at[NR_BCH_BITS])
{
    unsigned sfn = 0, block = AT_BLOCK, other = AT_OTHER;

    for (unsigned k = 0; k < NR_BCH_BITS; k++) {
        bool is_sfn = (k >= SFN_FIRST && k < SFN_FIRST + 6) ||
                      (k >= SFN_LOW && k < HALF_FRAME);
        at[k] = order[is_sfn             ? sfn++
                      : k == HALF_FRAME  ? AT_HALF_FRAME
                      : k >= BLOCK_FIRST ? block++
                                         : other++];
    }
}

uint32_t nr_bch_pack(const struct nr_bch *b)
{
    uint32_t made = b->mib << 8 | (uint32_t)(b->sfn_low & 15) << 4 |
                    (b->half_frame ? 8u : 0) | (b->k_ssb_16 & 1u) << 2 |
                    (b->reserved & 3u);
    uint8_t at[NR_BCH_BITS];
    uint32_t payload = 0;

    places(at);
    for (unsigned k = 0; k < NR_BCH_BITS; k++) {
        payload |= bit_of(made, k, NR_BCH_BITS) << (NR_BCH_BITS - 1 - at[k]);
    }
    return payload;
}

void nr_bch_unpack(uint32_t payload, struct nr_bch *b)
{
    uint8_t at[NR_BCH_BITS];
    uint32_t made = 0;

    places(at);
    for (unsigned k = 0; k < NR_BCH_BITS; k++) {
        made = made << 1 | bit_of(payload, at[k], NR_BCH_BITS);
    }
    *b = (struct nr_bch){
        .mib = made >> 8,
        .sfn_low = made >> 4 & 15,
        .half_frame = (made >> 3 & 1) != 0,
        .k_ssb_16 = made >> 2 & 1,
        .reserved = made & 3,
    };
}

uint32_t nr_bch_scramble(uint32_t payload, unsigned cell_id)
{
    unsigned v = bit_of(payload, order[AT_SFN_4], NR_BCH_BITS) << 1 |
                 bit_of(payload, order[AT_SFN_2], NR_BCH_BITS);
    uint8_t c[4 * SCRAMBLED];
    size_t next = (size_t)v * SCRAMBLED;

    lte_gold(cell_id, c, sizeof c);
    for (unsigned k = 0; k < NR_BCH_BITS; k++) {
        if (k != order[AT_SFN_4] && k != order[AT_SFN_2] &&
            k != order[AT_HALF_FRAME]) {
            payload ^= (uint32_t)c[next++] << (NR_BCH_BITS - 1 - k);
        }
    }
    return payload;
}

void nr_bch_encode(const struct nr_bch *b, unsigned cell_id,
                   uint8_t e[NR_POLAR_E])
{
    uint64_t a = nr_bch_scramble(nr_bch_pack(b), cell_id);

    nr_polar_encode(a << NR_POLAR_CRC | nr_crc24c(a, NR_BCH_BITS), e);
}

bool nr_bch_decode(const float llr[NR_POLAR_E], unsigned cell_id,
                   struct nr_bch *b)
{
    uint64_t block;

    if (!nr_polar_decode(llr, &block)) {
        return false;
    }
    nr_bch_unpack(nr_bch_scramble((uint32_t)(block >> NR_POLAR_CRC), cell_id),
                  b);
    return true;
}

void nr_mib_read(const struct nr_bch *b, struct nr_mib *m)
{
    *m = (struct nr_mib){
        .extension = (b->mib >> 23 & 1) != 0,
        .sfn = (uint16_t)((b->mib >> 17 & 63) << 4 | b->sfn_low),
        .scs_common_30 = (b->mib >> 16 & 1) != 0,
        .k_ssb = (uint8_t)((unsigned)b->k_ssb_16 << 4 | (b->mib >> 12 & 15)),
        .dmrs_type_a_pos = (b->mib >> 11 & 1) != 0 ? 3 : 2,
        .pdcch_config_sib1 = b->mib >> 3 & 255,
        .barred = (b->mib >> 2 & 1) == 0,
        .reselection = (b->mib >> 1 & 1) == 0,
        .spare = (b->mib & 1) != 0,
    };
}

void nr_mib_write(const struct nr_mib *m, struct nr_bch *b)
{
    assert(m->sfn < 1024 && m->k_ssb < 32);
    assert(m->dmrs_type_a_pos == 2 || m->dmrs_type_a_pos == 3);
    b->mib = (m->extension ? 1u << 23 : 0) | (uint32_t)(m->sfn >> 4) << 17 |
             (m->scs_common_30 ? 1u << 16 : 0) |
             (uint32_t)(m->k_ssb & 15) << 12 |
             (uint32_t)(m->dmrs_type_a_pos - 2) << 11 |
             (uint32_t)m->pdcch_config_sib1 << 3 | (m->barred ? 0 : 1u << 2) |
             (m->reselection ? 0 : 1u << 1) | (m->spare ? 1 : 0);
    b->sfn_low = m->sfn & 15;
    b->k_ssb_16 = m->k_ssb >> 4;
}
