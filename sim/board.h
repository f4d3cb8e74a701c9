/*
 * board.h - what the shared object of a simulated board exports:
 * rtl/shell/fabric.v with one function in its slot, Verilated, behind the byte
 * port that a board has.  board.cpp is compiled into every one.
 *
 * What the bytes mean is docs/LINK.md; a board knows nothing of it.
 */
#ifndef SIM_BOARD_H
#define SIM_BOARD_H

#include <stddef.h>
#include <stdint.h>

enum { SIM_BOARD_ABI = 1 }; /* of this header: changed whenever it changes */

struct sim_board {
    uint32_t abi;
    uint32_t width_bits;
    const char *fn;
    void *(*create)(void); /* clocked out of reset; NULL: no memory */
    void (*destroy)(void *m);
    /*
     * Clocks until all of 'in' is taken and nothing has come out for 64 clocks,
     * 'out' is full, or max_clocks have passed.  '*taken' is how much of 'in'
     * was, '*n_out' how much of 'out' is filled.
     */
    void (*exchange)(void *m, const uint8_t *in, size_t n_in, size_t *taken,
                     uint8_t *out, size_t cap_out, size_t *n_out,
                     uint64_t max_clocks);
    /* Random clocks in which no byte is offered or taken; zeros: full rate. */
    void (*stalls)(void *m, uint32_t seed, uint32_t in_permille,
                   uint32_t out_permille);
    uint64_t (*clocks)(void *m); /* since create() */
};

/* The symbol: const struct sim_board sim_board. */

#endif
