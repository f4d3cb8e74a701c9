// image.cpp - one Verilated slot as a shared object; see image.h.
//
// Compiled once for each image with IMAGE_FN, IMAGE_WIDTH and IMAGE_FAULTS.
// Everything but sim_image is hidden, so that many images live in one process.
#include <vector>

#include "Vslot.h"
#include "sim/model.hpp"
#if IMAGE_FAULTS
#include "verilated_syms.h"
#endif

namespace
{

enum : uint32_t {
    BEAT_BYTES = IMAGE_WIDTH / 8,
    REPORT_CLOCKS = 256, // a frame of telemetry leaves in less
};

struct Slot : Model<Vslot> {
    std::vector<uint8_t> telemetry; // not fetched yet

    Slot()
    {
        top.tele_tready = 1;
    }
};

// A clock, and the byte of telemetry that leaves in it.
void tick(Slot &s)
{
    if (s.top.tele_tvalid && s.telemetry.size() < SIM_TELEMETRY_BYTES) {
        s.telemetry.push_back(s.top.tele_tdata);
    }
    clock(s.top);
}

// Clocks until the slot acknowledges what the bus asks for.
bool acknowledged(Slot &s)
{
    for (int k = 0; k < SIM_ACK_CLOCKS; k++) {
        tick(s);
        if (s.top.csr_ack) {
            return true;
        }
    }
    return false;
}

bool csr_write(void *model, uint8_t addr, const uint32_t *values, size_t n)
{
    Slot &s = *static_cast<Slot *>(model);
    Vslot &top = s.top;
    bool ok = true;

    top.csr_addr = addr;
    top.csr_we = 1;
    for (size_t k = 0; ok && k < n; k++) {
        top.csr_wdata = values[k];
        ok = acknowledged(s);
    }
    top.csr_we = 0;
    tick(s);
    return ok;
}

bool csr_read(void *model, uint8_t addr, uint32_t *values, size_t n)
{
    Slot &s = *static_cast<Slot *>(model);
    Vslot &top = s.top;
    bool ok = true;

    top.csr_addr = addr;
    top.csr_re = 1;
    for (size_t k = 0; ok && k < n; k++) {
        ok = acknowledged(s);
        values[k] = top.csr_rdata;
    }
    top.csr_re = 0;
    tick(s);
    return ok;
}

// Offers the beat at 'at' of a frame.
void offer(Vslot &top, const sim_frame &f, uint32_t at)
{
    uint32_t n = f.len - at < BEAT_BYTES ? f.len - at : BEAT_BYTES;
    uint64_t keep = n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1;

    // Bytes beyond the last are whatever was there: no body may look at them.
    if (n == BEAT_BYTES) {
        std::memcpy(&top.s_axis_tdata, f.data + at, BEAT_BYTES);
    } else {
        std::memcpy(&top.s_axis_tdata, f.data + at, n);
    }
    std::memcpy(&top.s_axis_tkeep, &keep, sizeof top.s_axis_tkeep);
    top.s_axis_tuser = f.user & 0xffffffffffff;
    top.s_axis_tlast = f.len - at <= BEAT_BYTES;
}

// Where a run with register writes stands.
struct Writing : Progress {
    size_t n_write = 0; // register writes done
    bool writing = false;
};

// Puts the next write or beat on the slot's ports, if it is time for one.  From
// the second clock of a write on the frame behind it may wait at the gate.
void drive(Slot &m, const sim_job &job, Writing &p)
{
    Vslot &top = m.top;
    bool write = p.n_write < job.n_write && p.at == 0 &&
                 job.write[p.n_write].before <= p.n_in &&
                 (p.writing || !top.s_axis_tvalid);

    top.csr_we = write;
    if (write) {
        top.csr_addr = job.write[p.n_write].addr;
        top.csr_wdata = job.write[p.n_write].value;
    }
    if ((!write || p.writing) && !top.s_axis_tvalid && p.n_in < job.n_in &&
        goes(m.stall_state, job.in_permille)) {
        offer(top, job.in[p.n_in], p.at);
        top.s_axis_tvalid = 1;
    }
    p.writing = write;
    top.m_axis_tready = goes(m.stall_state, job.out_permille);
}

// What the slot gives.
Came came(const Vslot &top)
{
    return {reinterpret_cast<const uint8_t *>(&top.m_axis_tdata),
            top.m_axis_tkeep, top.m_axis_tuser, top.m_axis_tlast != 0};
}

bool run(void *model, struct sim_job *job)
{
    Slot &m = *static_cast<Slot *>(model);
    Vslot &top = m.top;
    Writing p;
    uint32_t quiet = 0; // clocks since a beat moved
    bool ok = true;

    if (job->seed != 0) {
        m.stall_state = job->seed;
    }
    job->n_out = 0;
    job->overflow = false;
    top.s_axis_tvalid = 0;
    while (ok && (p.n_in < job->n_in || p.n_write < job->n_write || !top.idle ||
                  top.tele_tvalid)) {
        // The slot's edges are registered: what it answers to the ports as they
        // are now is settled already.
        drive(m, *job, p);
        bool take = top.s_axis_tvalid && top.s_axis_tready;
        bool give = top.m_axis_tvalid && top.m_axis_tready;
        if (give && !receive<BEAT_BYTES>(came(top), job, p)) {
            ok = false;
        }
        tick(m);
        if (top.csr_we && top.csr_ack) {
            p.n_write++;
        }
        if (take) {
            advance(p, job->in, BEAT_BYTES);
            top.s_axis_tvalid = 0;
        }
        quiet = take || give ? 0 : quiet + 1;
        ok = ok && !top.hung && quiet <= SIM_HANG_CLOCKS;
    }
    top.s_axis_tvalid = 0;
    top.csr_we = 0;
    for (int k = 0; top.hung && k < REPORT_CLOCKS; k++) {
        tick(m); // what it reports about that
    }
    return ok;
}

void look(void *model, const struct sim_beat *in, bool out_taken,
          struct sim_beat *out, bool *in_taken)
{
    Vslot &top = static_cast<Slot *>(model)->top;

    top.s_axis_tvalid = in->valid;
    if (in->valid) {
        std::memcpy(&top.s_axis_tdata, in->data, BEAT_BYTES);
        std::memcpy(&top.s_axis_tkeep, &in->keep, sizeof top.s_axis_tkeep);
        top.s_axis_tuser = in->user & 0xffffffffffff;
        top.s_axis_tlast = in->last;
    }
    top.m_axis_tready = out_taken;
    top.eval();
    *in_taken = top.s_axis_tready;
    out->valid = top.m_axis_tvalid;
    if (out->valid) {
        out->keep = 0;
        std::memcpy(out->data, &top.m_axis_tdata, BEAT_BYTES);
        std::memcpy(&out->keep, &top.m_axis_tkeep, sizeof top.m_axis_tkeep);
        out->user = top.m_axis_tuser;
        out->last = top.m_axis_tlast;
    }
}

void edge(void *model)
{
    tick(*static_cast<Slot *>(model));
}

bool is_idle(void *model)
{
    return static_cast<Slot *>(model)->top.idle;
}

size_t telemetry(void *model, uint8_t *to, size_t room)
{
    Slot &slot = *static_cast<Slot *>(model);
    std::vector<uint8_t> &all = slot.telemetry;

    for (int k = 0; slot.top.tele_tvalid && k < REPORT_CLOCKS; k++) {
        tick(slot); // a frame is handed out whole
    }
    size_t n = all.size() < room ? all.size() : room;

    std::memcpy(to, all.data(), n);
    all.erase(all.begin(), all.begin() + static_cast<ptrdiff_t>(n));
    return n;
}

void bare(void *model, const struct sim_beat *beat, size_t n, uint64_t clocks)
{
    Vslot &top = static_cast<Slot *>(model)->top;
    size_t k = 0;

    top.m_axis_tready = 1;
    for (uint64_t c = 0; c < clocks; c++) {
        std::memcpy(&top.s_axis_tdata, beat[k].data, BEAT_BYTES);
        std::memcpy(&top.s_axis_tkeep, &beat[k].keep, sizeof top.s_axis_tkeep);
        top.s_axis_tuser = beat[k].user;
        top.s_axis_tlast = beat[k].last;
        top.s_axis_tvalid = 1;
        k = k + 1 < n ? k + 1 : 0;
        clock(top);
    }
    top.s_axis_tvalid = 0;
    for (int c = 0; c < SIM_HANG_CLOCKS && !top.idle; c++) {
        clock(top); // what is inside leaves
    }
}

#if IMAGE_FAULTS

// Flip-flops are named *_q and memories mem (docs: RTL style), so that wires,
// which a flip would not hold on to, are not offered.
bool is_register(const char *name)
{
    size_t n = std::strlen(name);

    return (n > 2 && std::strcmp(name + n - 2, "_q") == 0) ||
           std::strcmp(name, "mem") == 0;
}

// "TOP.slot.body.fn.csr" and "gain_q" are "body.fn.csr.gain_q".
template <class Visit> void each_register(Slot &m, Visit visit)
{
    const char *const root = "TOP.slot";

    for (const auto &s : *m.context.scopeNameMap()) {
        const VerilatedScope *scope = s.second;
        if (scope->varsp() == nullptr ||
            std::strncmp(scope->name(), root, std::strlen(root)) != 0) {
            continue;
        }
        std::string path = scope->name() + std::strlen(root);
        path = path.empty() ? "" : path.substr(1) + ".";
        for (auto &v : *scope->varsp()) {
            if (!v.second.isParam() && is_register(v.first)) {
                visit(path + v.first, v.second);
            }
        }
    }
}

uint32_t words_of(const VerilatedVar &v)
{
    return v.udims() > 0 ? static_cast<uint32_t>(v.unpacked().elements()) : 1;
}

uint32_t bits_of(const VerilatedVar &v)
{
    return static_cast<uint32_t>(v.packed().elements());
}

bool flip(void *model, const char *name, uint32_t word, uint32_t bit)
{
    bool done = false;

    each_register(*static_cast<Slot *>(model), [&](const std::string &full,
                                                   const VerilatedVar &v) {
        if (full != name || word >= words_of(v) || bit >= bits_of(v)) {
            return;
        }
        // Up to 8, 16, 32 and 64 bits are that wide; more are 32-bit words.
        size_t bytes = bits_of(v) <= 8    ? 1
                       : bits_of(v) <= 16 ? 2
                       : bits_of(v) <= 32 ? 4
                       : bits_of(v) <= 64 ? 8
                                          : (bits_of(v) + 31) / 32 * 4;
        uint8_t *data = static_cast<uint8_t *>(v.datap()) + word * bytes;
        data[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
        done = true;
    });
    return done;
}

void list(void *model, sim_list_fn *fn, void *ctx)
{
    each_register(*static_cast<Slot *>(model),
                  [&](const std::string &full, const VerilatedVar &v) {
                      fn(ctx, full.c_str(), words_of(v), bits_of(v));
                  });
}

#else

bool flip(void *, const char *, uint32_t, uint32_t)
{
    return false;
}

void list(void *, sim_list_fn *, void *)
{
}

#endif

} // namespace

// Verilator's library asks for the time of $time; no body has one.
double sc_time_stamp()
{
    return 0;
}

extern "C" {
// 'extern' keeps a constant from being local to the file.
extern __attribute__((visibility("default"))) const struct sim_image sim_image;
const struct sim_image sim_image = {
    SIM_ABI,      IMAGE_WIDTH,   IMAGE_FN,  IMAGE_FAULTS != 0,
    create<Slot>, destroy<Slot>, csr_write, csr_read,
    run,          look,          edge,      is_idle,
    telemetry,    bare,          flip,      list,
};
}
