// board.cpp - the Verilated fabric as a shared object; see board.h.
//
// Compiled once for each board with IMAGE_FN and IMAGE_WIDTH.  Everything but
// sim_board is hidden, so that many boards live in one process.
#include <memory>
#include <new>

#include "Vfabric.h"
#include "verilated.h"

extern "C" {
#include "sim/board.h"
}

namespace
{

// Clocks without a byte after which an exchange has come to its end.
enum : uint32_t { QUIET_CLOCKS = 64 };

struct Model {
    VerilatedContext context;
    Vfabric top{&context};
    uint64_t clocks = 0;
    uint32_t stall_state = 1;
    uint32_t in_permille = 0, out_permille = 0;
    bool offered = false; // a byte is offered and stays until it is taken
};

void clock(Model &m)
{
    m.top.clk = 1;
    m.top.eval();
    m.top.clk = 0;
    m.top.eval();
    m.clocks++;
}

// xorshift32 (G. Marsaglia, 2003), scaled to 0..999.
uint32_t permille(uint32_t &s)
{
    s ^= s << 13;
    s ^= s >> 17;
    s ^= s << 5;
    return static_cast<uint32_t>((static_cast<uint64_t>(s) * 1000) >> 32);
}

bool goes(Model &m, uint32_t stall_permille)
{
    return stall_permille == 0 || permille(m.stall_state) >= stall_permille;
}

void *create()
{
    std::unique_ptr<Model> m(new (std::nothrow) Model);
    if (!m) {
        return nullptr;
    }
    m->top.rst = 1;
    clock(*m);
    clock(*m);
    m->top.rst = 0;
    clock(*m);
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
        m.offered = *taken < n_in && (m.offered || goes(m, m.in_permille));
        m.top.rx_tvalid = m.offered;
        if (m.offered) {
            m.top.rx_tdata = in[*taken];
        }
        m.top.tx_tready = goes(m, m.out_permille);
        m.top.eval();
        bool take = m.top.rx_tvalid && m.top.rx_tready;
        bool give = m.top.tx_tvalid && m.top.tx_tready;
        if (give) {
            out[(*n_out)++] = m.top.tx_tdata;
        }
        quiet = take || m.top.tx_tvalid ? 0 : quiet + 1;
        clock(m);
        if (take) {
            (*taken)++;
            m.offered = false;
        }
    }
    m.top.rx_tvalid = 0;
    m.top.tx_tready = 0;
}

void stalls(void *model, uint32_t seed, uint32_t in_permille,
            uint32_t out_permille)
{
    Model &m = *static_cast<Model *>(model);

    m.stall_state = seed != 0 ? seed : 1;
    m.in_permille = in_permille;
    m.out_permille = out_permille;
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
