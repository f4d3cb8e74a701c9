/* pages.h - memory for large tables; free() gives it back. */
#ifndef NET_TABLE_PAGES_H
#define NET_TABLE_PAGES_H

#include <stddef.h>

/*
 * At least 'bytes' of zeros, aligned to 64 bytes; from 2 MiB on they are whole
 * large pages where the system has them: a lookup misses the TLB less often.
 * NULL when there is no memory.
 */
void *pages_zeros(size_t bytes);

/* Bytes that pages_zeros() takes for so many. */
size_t pages_bytes(size_t bytes);

#endif
