/* crc32.h - the CRC of IEEE 802.3 clause 3.2.9, which 802.11 uses as its FCS.
 */
#ifndef SDR_DSP_CRC32_H
#define SDR_DSP_CRC32_H

#include <stddef.h>
#include <stdint.h>

/*
 * CRC of the 'n' bytes at 'p'; continues an earlier call when 'crc' is its
 * result, and starts with 0.  Sent least significant byte first.
 */
uint32_t crc32_update(uint32_t crc, const uint8_t *p, size_t n);

#endif
