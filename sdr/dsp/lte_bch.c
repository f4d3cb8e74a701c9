/* lte_bch.c - coding of the broadcast channel, 3GPP TS 36.212 5.1 and 5.3.1. */
#include "sdr/dsp/lte_bch.h"

#include <assert.h>

#include "sdr/dsp/lte_tbcc.h"

static const unsigned prb_of[6] = {6, 15, 25, 50, 75, 100};

uint16_t lte_crc16(uint64_t bits, unsigned n)
{
    uint32_t crc = 0;

    assert(n <= 64);
    while (n-- > 0) {
        uint32_t top = (crc >> 15 ^ (uint32_t)(bits >> n)) & 1;
        crc = (crc << 1 & 0xffff) ^ (top ? 0x1021 : 0);
    }
    return (uint16_t)crc;
}

uint16_t lte_crc_mask(unsigned ports)
{
    assert(ports == 1 || ports == 2 || ports == 4);
    return ports == 1 ? 0x0000 : ports == 2 ? 0xffff : 0x5555;
}

uint32_t lte_mib_pack(const struct lte_mib_fields *f)
{
    uint32_t width = 0;

    while (width < 6 && prb_of[width] != f->prb) {
        width++;
    }
    assert(width < 6 && f->phich_resources < 4);
    return width << 21 | (f->phich_extended ? 1u : 0u) << 20 |
           f->phich_resources << 18 |
           (f->sfn >> 2 & 0xff) << LTE_MIB_SFN_SHIFT | (f->spare & 0x3ff);
}

bool lte_mib_unpack(uint32_t mib, struct lte_mib_fields *f)
{
    uint32_t width = mib >> 21 & 7;

    if (width >= 6) {
        return false;
    }
    *f = (struct lte_mib_fields){
        .prb = prb_of[width],
        .phich_extended = (mib >> 20 & 1) != 0,
        .phich_resources = mib >> 18 & 3,
        .sfn = (mib >> LTE_MIB_SFN_SHIFT & 0xff) << 2,
        .spare = mib & 0x3ff,
    };
    return true;
}

void lte_bch_code(uint64_t block, uint8_t coded[LTE_BCH_CODED])
{
    lte_tbcc_encode(block, LTE_BCH_BITS, coded);
}

void lte_bch_encode(uint32_t mib, unsigned ports, uint8_t coded[LTE_BCH_CODED])
{
    uint16_t crc = lte_crc16(mib, LTE_MIB_BITS) ^ lte_crc_mask(ports);

    lte_bch_code((uint64_t)mib << 16 | crc, coded);
}

void lte_bch_order(uint8_t order[LTE_BCH_CODED])
{
    lte_tbcc_order(LTE_BCH_BITS, order);
}
