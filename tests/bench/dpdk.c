/*
 * dpdk.c - `make bench-dpdk`: our tables against those of DPDK; see dpdk.h.
 */
#include "tests/bench/dpdk.h"

#include <rte_eal.h>
#include <rte_malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/rng.h"

enum { HEAP_BYTES = 1 << 30, PAGE_BYTES = 1 << 21 };

/* --- figures ---------------------------------------------------------------
 */

int dpdk_speed(struct dpdk *d, const char *name, const char *peer,
               const struct dpdk_pair *p)
{
    double ns[2], ratio;
    int err = bench_pair((int (*const[2])(void *)){p->ours, p->theirs}, p->ctx,
                         ns, &ratio);

    if (err < 0) {
        return err_say(err, "%s: a lookup failed", name);
    }
    bench_print_ratio(&d->bench, name, (double)p->n * 1e3 / ns[0], "M/s", ratio,
                      peer);
    return 0;
}

int dpdk_time(struct dpdk *d, const char *name, const char *peer,
              const struct dpdk_pair *p)
{
    double ns[2], ratio;
    int err = bench_pair((int (*const[2])(void *)){p->theirs, p->ours}, p->ctx,
                         ns, &ratio);

    if (err < 0) {
        return err_say(err, "%s failed", name);
    }
    bench_print_ratio(&d->bench, name, ns[1] / 1e9, "s", ratio, peer);
    return 0;
}

void dpdk_size(struct dpdk *d, const char *name, const char *peer, size_t ours,
               size_t theirs)
{
    bench_print_ratio(&d->bench, name, (double)ours / (1 << 20), "MiB",
                      (double)ours / (double)theirs, peer);
}

size_t dpdk_bytes(const struct dpdk *d)
{
    struct rte_malloc_socket_stats stats = {0};

    (void)rte_malloc_get_socket_stats(d->socket, &stats); /* it exists */
    return stats.heap_allocsz_bytes;
}

/* --- data ------------------------------------------------------------------
 */

void dpdk_zipf(uint64_t seed, uint32_t n, uint32_t *at, size_t count)
{
    struct rng r = {.state = seed};
    double *sum = calloc(n, sizeof *sum);
    double all = 0;

    for (uint32_t k = 0; sum != NULL && k < n; k++) {
        all += 1.0 / (k + 1);
        sum[k] = all;
    }
    for (size_t k = 0; k < count; k++) {
        double x = (double)(rng_next(&r) >> 11) * 0x1p-53 * all;
        uint32_t lo = 0, hi = n - 1;
        while (sum != NULL && lo < hi) {
            uint32_t mid = lo + (hi - lo) / 2;
            if (sum[mid] < x) {
                lo = mid + 1;
            } else {
                hi = mid;
            }
        }
        at[k] = lo;
    }
    free(sum);
}

FILE *dpdk_data(const char *name)
{
    char command[256];
    size_t len = strlen(name);
    bool packed = len > 3 && strcmp(name + len - 3, ".gz") == 0;

    (void)snprintf(command, sizeof command, "%s ../shared/data/net/%s",
                   packed ? "zcat" : "cat", name);
    FILE *f = popen(command, "r");
    if (f == NULL) {
        (void)err_say(ERR_IO, "../shared/data/net/%s cannot be read", name);
    }
    return f;
}

int dpdk_data_close(FILE *f)
{
    return pclose(f) == 0 ? 0 : ERR_IO;
}

uint32_t dpdk_address(const char *s, char **end)
{
    uint32_t a = 0;

    for (int k = 0; k < 4; k++) {
        a = a << 8 | (uint32_t)strtoul(s, end, 10);
        s = *end + 1;
    }
    return a;
}

/* --- DPDK ------------------------------------------------------------------
 */

/* DPDK without huge pages of the system is on 4 KiB pages, where ours ask for
 * large ones: so its tables get a heap on such. */
static int open_heap(struct dpdk *d)
{
    void *at = NULL;

    if (posix_memalign(&at, PAGE_BYTES, HEAP_BYTES) != 0) {
        return ERR_NO_MEM;
    }
    (void)madvise(at, HEAP_BYTES, MADV_HUGEPAGE);
    memset(at, 0, HEAP_BYTES);
    if (rte_malloc_heap_create("large") != 0 ||
        rte_malloc_heap_memory_add("large", at, HEAP_BYTES, NULL,
                                   HEAP_BYTES / PAGE_BYTES, PAGE_BYTES) != 0) {
        free(at);
        return ERR_DEVICE;
    }
    d->socket = rte_malloc_heap_get_socket("large");
    return d->socket < 0 ? ERR_DEVICE : 0; /* DPDK has the heap until the end */
}

static int start(struct dpdk *d)
{
    static char words[][40] = {"bench-dpdk",
                               "--no-huge",
                               "-m",
                               "256",
                               "--no-pci",
                               "--no-telemetry",
                               "--no-shconf",
                               "--force-max-simd-bitwidth=512",
                               "--log-level=error",
                               "-l",
                               "0"};
    char *argv[sizeof words / sizeof words[0]];

    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
        argv[k] = words[k];
    }
    if (rte_eal_init((int)(sizeof words / sizeof words[0]), argv) < 0) {
        return err_say(ERR_DEVICE, "DPDK does not start");
    }
    int err = open_heap(d);
    return err < 0 ? err_say(err, "DPDK gets no memory on large pages") : 0;
}

/* bench-dpdk [--json] [TABLE...] */
int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct dpdk *d);
    } table[] = {{"lpm4", dpdk_lpm4},       {"lpm6", dpdk_lpm6},
                 {"rules4", dpdk_rules4},   {"flow", dpdk_flow},
                 {"router4", dpdk_router4}, {"testpmd", dpdk_testpmd}};
    static struct dpdk d;
    int first = 1, err = 0;

    if (argc > 1 && strcmp(argv[1], "--json") == 0) {
        d.bench.json = true;
        first = 2;
    }
    if (access("../shared/data/net", R_OK) != 0) {
        printf("skipped: ../shared/data/net is not here\n");
        return 0;
    }
    err = start(&d);
    for (size_t k = 0; err == 0 && k < sizeof table / sizeof table[0]; k++) {
        bool wanted = first == argc;
        for (int j = first; j < argc; j++) {
            wanted = wanted || strcmp(argv[j], table[k].name) == 0;
        }
        if (wanted) {
            err = table[k].run(&d);
            (void)fflush(stdout);
        }
    }
    return err_exit_status(err);
}
