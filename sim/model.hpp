// model.hpp - what the shared objects around Verilated models have in common:
// their life, their clock, their stalls, and frames out of beats.
#ifndef SIM_MODEL_HPP
#define SIM_MODEL_HPP

#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "verilated.h"

extern "C" {
#include "sim/image.h"
}

// 'Top' is the class that Verilator made.
template <class Top> struct Model {
    VerilatedContext context;
    Top top{&context};
    uint32_t stall_state = 1;
};

template <class Top> void half_clock(Top &top, bool high)
{
    top.clk = high;
    top.eval();
}

// Nothing here follows a falling edge, so that none needs to be evaluated where
// the rising edge of the clock is all that a model waits for: it is enough that
// it takes the next one for new. It does by members that Verilator 5.006 makes.
// Any other model, a netlist of loops say, sees both edges.
template <class Top>
auto fall(Top &top, int) -> std::enable_if_t<
    std::is_same_v<decltype(top.rootp->__VactTriggered), VlTriggerVec<1>>,
    decltype(void(top.rootp->__Vtrigrprev__TOP__clk))>
{
    top.rootp->clk = 0;
    top.rootp->__Vtrigrprev__TOP__clk = 0;
}

template <class Top> void fall(Top &top, long)
{
    half_clock(top, false);
}

template <class Top> void clock(Top &top)
{
    half_clock(top, true);
    fall(top, 0);
}

// 'M' is a Model<Top>, or one that has more.
template <class M> void *create()
{
    std::unique_ptr<M> m(new (std::nothrow) M);
    if (!m) {
        return nullptr;
    }
    m->top.rst = 1;
    clock(m->top);
    clock(m->top);
    m->top.rst = 0;
    clock(m->top);
    return m.release();
}

template <class M> void destroy(void *model)
{
    M *m = static_cast<M *>(model);

    // Scopes leave the context that the thread used last, whichever it was.
    Verilated::threadContextp(&m->context);
    delete m;
}

// False in 'stall_permille' of the clocks: xorshift32 (G. Marsaglia, 2003),
// scaled to 0..999.
inline bool goes(uint32_t &s, uint32_t stall_permille)
{
    if (stall_permille == 0) {
        return true;
    }
    s ^= s << 13;
    s ^= s >> 17;
    s ^= s << 5;
    return static_cast<uint32_t>((static_cast<uint64_t>(s) * 1000) >> 32) >=
           stall_permille;
}

// Where a run stands.
struct Progress {
    size_t n_in = 0;   // frames sent
    uint32_t at = 0;   // next byte of the one being sent
    bool first = true; // of the frame being filled
    size_t beats = 0;  // of that frame
};

// A beat of 'n_bytes' left for the next.
inline void advance(Progress &p, const sim_frame *in, uint32_t n_bytes)
{
    p.at += n_bytes;
    if (p.at >= in[p.n_in].len) {
        p.at = 0;
        p.n_in++;
    }
}

// A beat of BYTES bytes that came.
struct Came {
    const uint8_t *data;
    uint64_t keep, user;
    bool last;
};

// Takes a beat into the frame of 'job' that is being filled; false when there
// is too much.  Job is sim_job or crossbar_job.
template <uint32_t BYTES, class Job>
bool receive(const Came &b, Job *job, Progress &p)
{
    // A frame without end is as wrong as one too many.
    if (job->n_out == job->cap_out || p.beats++ > SIM_FRAME_BYTES / BYTES) {
        job->overflow = true;
        return false;
    }
    sim_frame &f = job->out[job->n_out];
    if (p.first) {
        f.len = 0;
        f.user = b.user;
    } else if ((f.user & ~SIM_USER_UNSTABLE) != (b.user & ~SIM_USER_UNSTABLE)) {
        f.user |= SIM_USER_UNSTABLE;
    }
    uint32_t n = static_cast<uint32_t>(__builtin_ctzll(~b.keep));
    if (n == BYTES && f.room - f.len >= BYTES) {
        std::memcpy(f.data + f.len, b.data, BYTES);
        f.len += BYTES;
    } else if ((b.keep >> n) == 0 && f.room - f.len >= n) {
        std::memcpy(f.data + f.len, b.data, n);
        f.len += n;
    } else {
        for (uint32_t k = 0; k < BYTES; k++) {
            if ((b.keep >> k & 1) != 0 && f.len < f.room) {
                f.data[f.len++] = b.data[k];
            }
        }
    }
    p.beats = b.last ? 0 : p.beats;
    p.first = b.last;
    job->n_out += b.last;
    return true;
}

// Is what came since byte 'from' of frame 'k' what should come?
inline bool as_expected(const sim_job &job, size_t k, uint32_t from, bool last)
{
    const sim_frame &f = job.out[k], &want = job.expect[k];

    if (k >= job.n_expect || ((f.user ^ want.user) & ~SIM_USER_UNSTABLE) != 0 ||
        f.len > want.len + job.slack ||
        (last && (f.user != want.user || f.len < want.len))) {
        return false;
    }
    uint32_t to = f.len < want.len ? f.len : want.len;
    return from >= to ||
           std::memcmp(f.data + from, want.data + from, to - from) == 0;
}

#endif
