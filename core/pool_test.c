/* pool_test.c - buffers of packets: taken, filled, given back. */
#include "core/pool.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "core/base/shm.h"
#include "tests/check.h"

enum { SINGLES = 300, RUNS = 3 * POOL_RUN };

static struct pool *open_pool(uint32_t n_single, uint32_t n_run)
{
    struct pool *p;

    assert_int_equal(pool_create(n_single, n_run, &p), 0);
    return p;
}

/* All of a packet's room holds 'mark'. */
static void fill(const struct pkt *p, uint8_t mark)
{
    memset(p->data, mark, p->room_bytes);
}

static void check(const struct pkt *p, uint8_t mark)
{
    for (size_t k = 0; k < p->room_bytes; k++) {
        assert_int_equal(p->data[k], mark);
    }
}

static void bursts_of_buffers_are_apart_and_come_back(void **state)
{
    static const size_t bursts[] = {1, 3, 255, 256, 257};
    struct pool *p = open_pool(SINGLES, 0);

    (void)state;
    for (size_t b = 0; b < 3 * CHECK_ROWS(bursts); b++) {
        size_t n = bursts[b % CHECK_ROWS(bursts)];
        uint32_t index[257];
        bool seen[SINGLES] = {false};
        assert_int_equal(pool_take(p, index, n), n);
        assert_int_equal(pool_free_singles(p), SINGLES - n);
        for (size_t k = 0; k < n; k++) {
            assert_true(index[k] < SINGLES && !seen[index[k]]);
            seen[index[k]] = true;
            assert_ptr_equal(pool_data(p, index[k]),
                             pool_memory(p) + 2048 * index[k] + 256);
            assert_int_equal(pool_index(p, pool_data(p, index[k])), index[k]);
        }
        pool_give(p, index, n);
        assert_int_equal(pool_free_singles(p), SINGLES);
    }
    pool_destroy(p);
    pool_destroy(NULL);
}

static void pool_that_is_empty_gives_what_it_has(void **state)
{
    struct pool *p = open_pool(4, 2);
    struct pkt pkt = {.len_bytes = 7};
    uint32_t index[8], run;

    (void)state;
    assert_int_equal(pool_take(p, index, 3), 3);
    assert_int_equal(pool_take(p, index + 3, 8), 1);
    assert_int_equal(pool_take(p, index + 4, 1), 0);
    assert_false(pool_pkt(p, 60, &pkt));
    assert_null(pkt.data);
    pool_give(p, &index[2], 1);
    assert_true(pool_pkt(p, 60, &pkt));
    assert_int_equal(pool_index(p, pkt.data), index[2]);
    assert_int_equal(pkt.len_bytes, 7);
    assert_true(pool_take_run(p, 2000, &run));
    assert_int_equal(run, 4);
    assert_false(pool_take_run(p, 2000, &run));
    pool_destroy(p);
}

/* 2048 = 256 + 1664 + 128; each further buffer is 2048 more. */
static void packet_has_its_room_flat_whatever_its_length(void **state)
{
    static const struct {
        size_t bytes;
        uint32_t room; /* 0: single or run does not matter */
    } row[] = {
        {0, 1792},
        {60, 1792},
        {1514, 1792},
        {1664, 1792},
        {1665, 2048 + 1792},
        {1664 + 2048, 2048 + 1792},
        {3713, 3 * 2048 - 256},
        {FN_PKT_BYTES, 129 * 2048 - 256},
    };
    struct pool *p = open_pool(8, 200);
    struct pkt pkt[CHECK_ROWS(row)];

    (void)state;
    assert_int_equal(POOL_PKT_BYTES, 1664);
    assert_int_equal(POOL_RUN, 129);
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_true(pool_pkt(p, row[k].bytes, &pkt[k]));
        assert_int_equal(pkt[k].room_bytes, row[k].room);
        assert_true(pkt[k].room_bytes >= row[k].bytes + POOL_ROOM_BYTES);
        fill(&pkt[k], (uint8_t)(k + 1));
    }
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        check(&pkt[k], (uint8_t)(k + 1));
        uint32_t index = pool_index(p, pkt[k].data);
        pool_give(p, &index, 1);
    }
    assert_int_equal(pool_free_singles(p), 8);
    assert_int_equal(pool_free_runs(p), 200);
    pool_destroy(p);
}

/* Everything that is held keeps its bytes, and nothing is lost in the end. */
static void random_takers_never_meet(void **state)
{
    enum { HELD = 64, STEPS = 20000 };
    struct pool *p = open_pool(40, RUNS);
    struct rng r = {3};
    struct pkt pkt[HELD] = {{.data = NULL}};
    uint32_t n_refused = 0;

    (void)state;
    for (uint32_t step = 0; step < STEPS; step++) {
        struct pkt *x = &pkt[rng_below(&r, HELD)];
        if (x->data != NULL) {
            uint32_t index = pool_index(p, x->data);
            assert_int_equal(x->data[0], x->mark & 0xff);
            assert_int_equal(x->data[x->room_bytes - 1], x->mark & 0xff);
            pool_give(p, &index, 1);
            x->data = NULL;
        } else if (pool_pkt(p, rng_below(&r, rng_below(&r, 3) ? 3000 : 90000),
                            x)) {
            x->mark = (uint16_t)step;
            x->data[0] = x->data[x->room_bytes - 1] = (uint8_t)step;
        } else {
            n_refused++;
        }
    }
    assert_true(n_refused > 0 && n_refused < STEPS / 2);
    for (size_t k = 0; k < HELD; k++) {
        if (pkt[k].data != NULL) {
            uint32_t index = pool_index(p, pkt[k].data);
            pool_give(p, &index, 1);
        }
    }
    assert_int_equal(pool_free_singles(p), 40);
    assert_int_equal(pool_free_runs(p), RUNS);
    for (size_t k = 0; k < 3; k++) { /* no hole is left between them */
        assert_true(pool_pkt(p, FN_PKT_BYTES, &pkt[k]));
    }
    pool_destroy(p);
}

/*
 * What run_open.c counts on: when n runs are held, and nothing is given back,
 * every run is found as long as (n + 1) * POOL_RUN buffers are free.
 */
static void runs_are_found_while_enough_is_free(void **state)
{
    enum { HELD = 4, N = 12 * POOL_RUN };
    struct rng r = {11};

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct pool *p = open_pool(0, N);
        struct pkt pkt[128];
        size_t n = 0;
        while (n < 128 && pool_pkt(p, 1665 + rng_below(&r, 20000), &pkt[n])) {
            n++;
        }
        uint32_t left = HELD; /* of them stay, anywhere */
        for (size_t k = 0; k < n; k++) {
            if (rng_below(&r, (uint32_t)(n - k)) < left) {
                left--;
                continue;
            }
            uint32_t index = pool_index(p, pkt[k].data);
            pool_give(p, &index, 1);
        }
        while (pool_free_runs(p) >= (HELD + 1) * POOL_RUN) {
            size_t bytes = 1665 + rng_below(&r, FN_PKT_BYTES - 1664);
            assert_true(pool_pkt(p, bytes, &pkt[0]));
        }
        pool_destroy(p);
    }
}

static void another_process_maps_the_same_bytes(void **state)
{
    struct pool *p = open_pool(2, 0);
    uint32_t index;
    int status = -1;

    (void)state;
    assert_int_equal(pool_take(p, &index, 1), 1);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        void *map;
        size_t bytes;
        if (shm_map(pool_fd(p), &map, &bytes) != 0 || bytes != 4096) {
            _exit(1);
        }
        memcpy((uint8_t *)map + 2048 * index + 256, "hello", 6);
        /* Nobody can cut it. */
        _exit(ftruncate(pool_fd(p), 0) == 0 ? 2 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_string_equal((const char *)pool_data(p, index), "hello");
    pool_destroy(p);
}

static void memory_without_seals_is_not_believed(void **state)
{
    int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    void *map;
    size_t bytes;

    (void)state;
    assert_int_equal(ftruncate(fd, 4096), 0);
    assert_int_equal(shm_map(fd, &map, &bytes), ERR_DEVICE);
    assert_int_equal(close(fd), 0);
    assert_int_equal(shm_map(STDIN_FILENO, &map, &bytes), ERR_DEVICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_of_buffers_are_apart_and_come_back),
        cmocka_unit_test(pool_that_is_empty_gives_what_it_has),
        cmocka_unit_test(packet_has_its_room_flat_whatever_its_length),
        cmocka_unit_test(random_takers_never_meet),
        cmocka_unit_test(runs_are_found_while_enough_is_free),
        cmocka_unit_test(another_process_maps_the_same_bytes),
        cmocka_unit_test(memory_without_seals_is_not_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
