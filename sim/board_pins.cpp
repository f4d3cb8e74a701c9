// board_pins.cpp - a Verilated board behind its pins clk, rx and tx as a shared
// object; see board.h.  For what stands in a bitstream: a serial line carries
// the bytes, bit by bit, as the wire to a real one does.
//
// Compiled with IMAGE_FN, IMAGE_WIDTH and CLOCKS_PER_BIT of rx and tx.
#include <memory>
#include <new>

#include "Vtop.h"
#include "verilated.h"

extern "C" {
#include "sim/board.h"
}

namespace
{

enum : uint32_t {
    QUIET_CLOCKS = 64, // after which an exchange has come to its end
    START_CLOCKS = 64, // from power-up until it runs
    BITS = 10,         // of a byte on the line: start, 8, stop
};

// The host's end of the line that leads to the board.
struct Sender {
    uint32_t bits = 0; // to come, lowest first
    uint32_t left = 0; // of them
    uint32_t clock = 0;
};

// The host's end of the line that comes from it.
struct Receiver {
    uint32_t bits = 0;
    uint32_t left = 0;  // bits of the byte that have not come
    uint32_t clock = 0; // until the middle of the next one
};

struct Model {
    VerilatedContext context;
    Vtop top{&context};
    uint64_t clocks = 0;
    Sender sender;
    Receiver receiver;
};

// One clock; 'rx' takes its level in it.
void clock(Model &m)
{
    Sender &s = m.sender;

    m.top.rx = s.left == 0 || (s.bits & 1);
    if (s.left > 0 && ++s.clock == CLOCKS_PER_BIT) {
        s.clock = 0;
        s.bits >>= 1;
        s.left--;
    }
    m.top.clk = 1;
    m.top.eval();
    m.top.clk = 0;
    m.top.eval();
    m.clocks++;
}

// Looks at tx; true when '*byte' has come whole.
bool hear(Model &m, uint8_t *byte)
{
    Receiver &r = m.receiver;

    if (r.left == 0) {
        if (!m.top.tx) {
            r.left = BITS;
            r.clock = CLOCKS_PER_BIT / 2;
        }
        return false;
    }
    if (--r.clock > 0) {
        return false;
    }
    r.clock = CLOCKS_PER_BIT;
    r.bits = r.bits >> 1 | static_cast<uint32_t>(m.top.tx) << (BITS - 1);
    if (--r.left > 0) {
        return false;
    }
    *byte = static_cast<uint8_t>(r.bits >> 1);
    // A byte that is none is lost, as on a real line.
    return (r.bits & 1) == 0 && (r.bits >> (BITS - 1)) == 1;
}

void *create()
{
    std::unique_ptr<Model> m(new (std::nothrow) Model);
    if (!m) {
        return nullptr;
    }
    for (uint32_t k = 0; k < START_CLOCKS; k++) {
        clock(*m);
    }
    return m.release();
}

void destroy(void *model)
{
    delete static_cast<Model *>(model);
}

void exchange(void *model, const uint8_t *in, size_t n_in, size_t *taken,
              uint8_t *out, size_t cap_out, size_t *n_out, uint64_t max_clocks)
{
    Model &m = *static_cast<Model *>(model);
    uint32_t quiet = 0;

    *taken = 0;
    *n_out = 0;
    for (uint64_t k = 0; k < max_clocks && *n_out < cap_out; k++) {
        if (*taken == n_in && quiet >= QUIET_CLOCKS) {
            break;
        }
        if (m.sender.left == 0 && *taken < n_in) {
            m.sender.bits =
                static_cast<uint32_t>(in[(*taken)++]) << 1 | 1U << (BITS - 1);
            m.sender.left = BITS;
        }
        bool busy = m.sender.left > 0;
        clock(m);
        uint8_t byte = 0;
        if (hear(m, &byte)) {
            out[(*n_out)++] = byte;
        }
        quiet = busy || m.receiver.left > 0 ? 0 : quiet + 1;
    }
}

// A serial line cannot be made to wait.
void stalls(void *, uint32_t, uint32_t, uint32_t)
{
}

uint64_t clocks(void *model)
{
    return static_cast<Model *>(model)->clocks;
}

} // namespace

// Verilator's library asks for the time of $time; no body has one.
double sc_time_stamp()
{
    return 0;
}

extern "C" {
// 'extern' keeps a constant from being local to the file.
extern __attribute__((visibility("default"))) const struct sim_board sim_board;
const struct sim_board sim_board = {
    SIM_BOARD_ABI, IMAGE_WIDTH, IMAGE_FN, create,
    destroy,       exchange,    stalls,   clocks,
};
}
