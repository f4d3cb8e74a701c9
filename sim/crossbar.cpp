// crossbar.cpp - the Verilated crossbar as a shared object; see crossbar.h.
//
// Compiled with CROSSBAR_WIDTH.  With CROSSBAR_PAIR it is crossbar_pair.v,
// which has two slots of its own, so that a test can tell whether the slots
// here are clocked as they are there.
//
// One order of evaluation a clock is enough.  All that a slot and the crossbar
// show each other - beats, valid, ready - are registers or follow from
// registers of the one that shows them; nothing answers to the other side
// within a clock. So after the last edge everything shown stands already, and
// it only has to be carried across: what the crossbar shows goes to the slots,
// what they show comes back, and then all see the edge.
#if CROSSBAR_PAIR
#include "Vcrossbar_pair.h"
#include "Vcrossbar_pair___024root.h"
using Top = Vcrossbar_pair;
#else
#include "Vcrossbar.h"
#include "Vcrossbar___024root.h"
using Top = Vcrossbar;
#endif
#include "sim/model.hpp"

extern "C" {
#include "sim/crossbar.h"
}

namespace
{

enum : uint32_t { BEAT_BYTES = CROSSBAR_WIDTH / 8, USER_BYTES = 6 };

using Fabric = Model<Top>;

// Where a run of many stands.
struct Moving : Progress {
    uint32_t moved = 0; // beats in this clock, anywhere
    bool all_idle = true;
};

// Puts the next beat on the host's side, if it is time for one.
void drive(Fabric &m, const crossbar_job &job, const Moving &p)
{
    Top &top = m.top;

    if (!top.s_axis_host_tvalid && p.n_in < job.n_in &&
        goes(m.stall_state, job.in_permille)) {
        const sim_frame &f = job.in[p.n_in];
        uint32_t n = f.len - p.at < BEAT_BYTES ? f.len - p.at : BEAT_BYTES;

        // Bytes beyond the last are whatever was there.
        std::memcpy(&top.s_axis_host_tdata, f.data + p.at, n);
        top.s_axis_host_tkeep =
            static_cast<decltype(+top.s_axis_host_tkeep)>((1u << n) - 1);
        top.s_axis_host_tuser = f.user & 0xffffffffffff;
        top.s_axis_host_tlast = f.len - p.at <= BEAT_BYTES;
        top.s_axis_host_tdest = job.entry[p.n_in];
        top.s_axis_host_tvalid = 1;
    }
    top.m_axis_host_tready = goes(m.stall_state, job.out_permille);
}

// Takes the beat for the host; false when there is too much.
bool take_beat(const Top &top, crossbar_job *job, Moving &p)
{
    Came b = {reinterpret_cast<const uint8_t *>(&top.m_axis_host_tdata),
              top.m_axis_host_tkeep, top.m_axis_host_tuser,
              top.m_axis_host_tlast != 0};

    if (p.first && job->n_out < job->cap_out) {
        job->from[job->n_out] = top.m_axis_host_tid;
    }
    return receive<BEAT_BYTES>(b, job, p);
}

// FNV-1a (G. Fowler, L. C. Noll, P. Vo) over what the host sees in a clock.
void trace(const Top &top, uint64_t *digest)
{
    auto add = [digest](uint64_t word) {
        *digest = (*digest ^ word) * 0x100000001b3;
    };

    add(top.s_axis_host_tready | top.m_axis_host_tvalid << 1);
    if (top.m_axis_host_tvalid) {
        add(top.m_axis_host_tdata);
        add(top.m_axis_host_tuser);
        add(top.m_axis_host_tkeep | top.m_axis_host_tlast << 8 |
            top.m_axis_host_tid << 9);
    }
}

#if CROSSBAR_PAIR

void exchange(Fabric &m, const crossbar_slot *, Moving &p)
{
    // What moves between the slots is not seen; that they work is.
    p.all_idle = m.top.slots_idle;
    p.moved += !m.top.slots_idle;
}

void slots_edge(const crossbar_slot *)
{
}

void unplug(const crossbar_slot *)
{
}

bool csr_write(void *model, uint32_t slot, uint8_t addr, const uint32_t *values,
               size_t n)
{
    Top &top = static_cast<Fabric *>(model)->top;
    bool ok = true;

    top.csr_addr = addr;
    top.csr_we = static_cast<uint8_t>(1 << slot);
    for (size_t k = 0; ok && k < n; k++) {
        ok = false;
        top.csr_wdata = values[k];
        for (int c = 0; !ok && c < SIM_ACK_CLOCKS; c++) {
            clock(top);
            ok = (top.csr_ack >> slot & 1) != 0;
        }
    }
    top.csr_we = 0;
    clock(top);
    return ok;
}

#else

// What the crossbar shows slot k.
void show(const Top &top, size_t k, sim_beat &b)
{
    b.valid = (top.m_axis_slot_tvalid >> k & 1) != 0;
    if (b.valid) {
        std::memcpy(b.data, &top.m_axis_slot_tdata[k * BEAT_BYTES / 4],
                    BEAT_BYTES);
        b.keep =
            static_cast<uint32_t>(top.m_axis_slot_tkeep >> (k * BEAT_BYTES)) &
            ((1u << BEAT_BYTES) - 1);
        b.user = 0;
        std::memcpy(
            &b.user,
            reinterpret_cast<const uint8_t *>(top.m_axis_slot_tuser.data()) +
                k * USER_BYTES,
            USER_BYTES);
        b.last = (top.m_axis_slot_tlast >> k & 1) != 0;
    }
}

// Puts what slot k shows on the crossbar's ports.
void carry_back(Top &top, size_t k, const sim_beat &b, bool takes)
{
    auto bit = static_cast<uint8_t>(1 << k);
    auto keep_mask = uint64_t{(1u << BEAT_BYTES) - 1} << (k * BEAT_BYTES);

    top.s_axis_slot_tvalid = static_cast<uint8_t>(
        (top.s_axis_slot_tvalid & ~bit) | (b.valid ? bit : 0));
    top.m_axis_slot_tready = static_cast<uint8_t>(
        (top.m_axis_slot_tready & ~bit) | (takes ? bit : 0));
    if (b.valid) {
        std::memcpy(&top.s_axis_slot_tdata[k * BEAT_BYTES / 4], b.data,
                    BEAT_BYTES);
        top.s_axis_slot_tkeep = static_cast<decltype(+top.s_axis_slot_tkeep)>(
            (top.s_axis_slot_tkeep & ~keep_mask) | uint64_t{b.keep}
                                                       << (k * BEAT_BYTES));
        std::memcpy(reinterpret_cast<uint8_t *>(top.s_axis_slot_tuser.data()) +
                        k * USER_BYTES,
                    &b.user, USER_BYTES);
        top.s_axis_slot_tlast = static_cast<uint8_t>(
            (top.s_axis_slot_tlast & ~bit) | (b.last ? bit : 0));
    }
}

// Carries what all show each other across, in the one order there is.
void exchange(Fabric &m, const crossbar_slot *slot, Moving &p)
{
    Top &top = m.top;

    p.all_idle = true;
    for (size_t k = 0; k < CROSSBAR_SLOTS; k++) {
        if (slot[k].image == nullptr) {
            continue;
        }
        sim_beat to, from;
        bool taken = (top.s_axis_slot_tready >> k & 1) != 0;
        bool takes;
        show(top, k, to);
        slot[k].image->look(slot[k].model, &to, taken, &from, &takes);
        carry_back(top, k, from, takes);
        p.moved += (to.valid && takes) + (from.valid && taken);
        p.all_idle = p.all_idle && slot[k].image->idle(slot[k].model);
    }
}

void slots_edge(const crossbar_slot *slot)
{
    for (size_t k = 0; k < CROSSBAR_SLOTS; k++) {
        if (slot[k].image != nullptr) {
            slot[k].image->edge(slot[k].model);
        }
    }
}

// Nothing is offered to a slot that is no longer clocked here.
void unplug(const crossbar_slot *slot)
{
    sim_beat none = {}, from;
    bool takes;

    for (size_t k = 0; k < CROSSBAR_SLOTS; k++) {
        if (slot[k].image != nullptr) {
            slot[k].image->look(slot[k].model, &none, false, &from, &takes);
        }
    }
}

#endif

void begin(Fabric &m, const uint8_t *next, crossbar_job *job)
{
    m.top.next = 0;
    for (size_t k = 0; k < CROSSBAR_SLOTS; k++) {
        m.top.next |= static_cast<uint32_t>(next[k] & 15) << (4 * k);
    }
    if (job->seed != 0) {
        m.stall_state = job->seed;
    }
    job->n_out = 0;
    job->overflow = false;
    job->clocks = 0;
    m.top.s_axis_host_tvalid = 0;
}

bool run(void *model, const crossbar_slot *slot, const uint8_t *next,
         crossbar_job *job)
{
    Fabric &m = *static_cast<Fabric *>(model);
    Top &top = m.top;
    Moving p;
    uint32_t quiet = 0; // clocks since a beat moved anywhere
    bool busy = true;   // something is inside, or entered in this clock
    bool ok = true;

    begin(m, next, job);
    while (ok && (p.n_in < job->n_in || busy)) {
        p.moved = 0;
        drive(m, *job, p);
        exchange(m, slot, p);
        bool take = top.s_axis_host_tvalid && top.s_axis_host_tready;
        bool give = top.m_axis_host_tvalid && top.m_axis_host_tready;
        busy = take || !p.all_idle || !top.idle;
        if (job->trace != nullptr) {
            trace(top, job->trace);
        }
        if (give && !take_beat(top, job, p)) {
            ok = false;
        }
        clock(top);
        slots_edge(slot);
        job->clocks++;
        if (take) {
            advance(p, job->in, BEAT_BYTES);
            top.s_axis_host_tvalid = 0;
        }
        quiet = p.moved + take + give != 0 ? 0 : quiet + 1;
        ok = ok && quiet <= SIM_HANG_CLOCKS;
    }
    top.s_axis_host_tvalid = 0;
    unplug(slot);
    return ok;
}

} // namespace

// Verilator's library asks for the time of $time; no module has one.
double sc_time_stamp()
{
    return 0;
}

extern "C" {
// 'extern' keeps a constant from being local to the file.
extern __attribute__((visibility("default")))
const struct crossbar_image crossbar_image;
const struct crossbar_image crossbar_image = {
    CROSSBAR_ABI, CROSSBAR_WIDTH, create<Fabric>, destroy<Fabric>, run,
#if CROSSBAR_PAIR
    csr_write,
#else
    nullptr,
#endif
};
}
