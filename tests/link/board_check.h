/*
 * board_check.h - a simulated board as a device of drivers/link, for tests: the
 * Verilated fabric at the far end, the C endpoint here, and a wire between them
 * that may fail both ways.
 */
#ifndef TESTS_LINK_BOARD_CHECK_H
#define TESTS_LINK_BOARD_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "drivers/link/link_device.h"
#include "drivers/transport/board.h"
#include "drivers/transport/faulty.h"
#include "drivers/transport/memory.h"
#include "tests/check.h"

enum { BOARD_WIRE = 1 << 17, BOARD_PIECE = 4096 };

/* What lies between the host and the board when the wire is to fail. */
struct board_relay {
    struct transport *far;   /* the wire's other end, which is faulty, too */
    struct transport *board; /* owned */
    uint8_t up[BOARD_PIECE], down[BOARD_PIECE];
    size_t n_up, at_up, n_down, at_down;
};

struct board_far {
    struct transport *near; /* the host's end */
    struct transport *board;
    struct board_relay relay;
};

/* Carries bytes from 'from' to 'to' by way of a buffer; 1 when some moved. */
static inline int board_carry(struct transport *from, struct transport *to,
                              uint8_t *bytes, size_t *at, size_t *n)
{
    int moved = 0;

    if (*at == *n) {
        int got = transport_read(from, bytes, BOARD_PIECE);
        *at = 0;
        *n = got > 0 ? (size_t)got : 0;
        moved = got > 0;
    }
    if (*at < *n) {
        int put = transport_write(to, bytes + *at, *n - *at);
        *at += put > 0 ? (size_t)put : 0;
        moved |= put > 0;
    }
    return moved;
}

static inline int board_step(void *ctx)
{
    struct board_relay *r = ctx;
    int moved = board_carry(r->far, r->board, r->down, &r->at_down, &r->n_down);

    return moved | board_carry(r->board, r->far, r->up, &r->at_up, &r->n_up);
}

static inline void board_relay_close(void *ctx)
{
    struct board_relay *r = ctx;

    transport_close(r->far);
    transport_close(r->board);
}

/*
 * The board of that name in the folder of images, at the end of f->near; the
 * test is skipped when it is not built.  'permille' of the chunks on the wire
 * suffer a fault, both ways.
 */
static inline void board_far_open(struct board_far *f, const char *name,
                                  uint32_t permille)
{
    const char *dir = getenv("PRECAST_IMAGES");
    char path[4096];
    struct transport_config config = {.path = path};
    struct faulty_config faults[2] = {{1, permille}, {2, permille}};
    struct memory_peer peer = {board_step, board_relay_close, &f->relay};

    assert_true(snprintf(path, sizeof path, "%s/%s.so",
                         dir != NULL ? dir : "build/image",
                         name) < (int)sizeof path);
    if (access(path, R_OK) != 0) {
        print_message("skipped: no %s\n", path);
        skip();
    }
    *f = (struct board_far){0};
    assert_int_equal(transport_open("board", &config, &f->board), 0);
    f->near = f->board;
    if (permille > 0) {
        f->relay.board = f->board;
        assert_int_equal(memory_pair(BOARD_WIRE, &f->near, &f->relay.far), 0);
        memory_attach(f->near, &peer);
        assert_int_equal(faulty_open(f->near, &faults[0], &f->near), 0);
        assert_int_equal(faulty_open(f->relay.far, &faults[1], &f->relay.far),
                         0);
    }
}

/* The board as a device; f->near belongs to it. */
static inline struct device *
board_device(struct board_far *f, uint32_t width_bits, uint32_t resend_us)
{
    struct link_device_config config = {
        .transport = f->near,
        .where = "board",
        .n_slots = 2,
        .width_bits = width_bits,
        .hang_ms = 60000,
        .resend_us = resend_us,
    };
    struct device *d = NULL;

    assert_int_equal(link_device_open(&config, &d), 0);
    return d;
}

#endif
