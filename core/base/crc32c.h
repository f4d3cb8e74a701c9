/*
 * crc32c.h - CRC-32C, the check of iSCSI (RFC 3720 B.4) and of the link between
 * host and fabric: polynomial 0x1edc6f41, reflected, initial value and final
 * XOR 0xffffffff.
 */
#ifndef CORE_BASE_CRC32C_H
#define CORE_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * The check of 'n' bytes behind those whose check is 'crc'; 0 begins.  So
 * f(f(0, a), b) is f(0, ab).
 */
typedef uint32_t crc32c_fn(uint32_t crc, const void *data, size_t n);

/* On every machine. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t n);

/* By the instruction of SSE 4.2; NULL when this machine has none. */
crc32c_fn *crc32c_sse42(void);

/* The fastest for this machine: ask once, keep the answer. */
crc32c_fn *crc32c_best(void);

#endif
