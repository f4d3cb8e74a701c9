/* pages.c - see pages.h. */
#include "net/table/pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE_BYTES = 64, HUGE_BYTES = 1 << 21 };

static size_t unit_of(size_t bytes)
{
    return bytes < HUGE_BYTES ? LINE_BYTES : HUGE_BYTES;
}

size_t pages_bytes(size_t bytes)
{
    return (bytes + unit_of(bytes) - 1) / unit_of(bytes) * unit_of(bytes);
}

void *pages_zeros(size_t bytes)
{
    size_t all = pages_bytes(bytes);
    void *p = NULL;

    if (posix_memalign(&p, unit_of(bytes), all) != 0) {
        return NULL;
    }
    if (all >= HUGE_BYTES) {
        (void)madvise(p, all, MADV_HUGEPAGE); /* slower without, no worse */
    }
    memset(p, 0, all);
    return p;
}
