// image.cpp - one Verilated slot as a shared object; see image.h.
//
// Compiled once for each image with IMAGE_FN, IMAGE_WIDTH and IMAGE_FAULTS.
// Everything but sim_image is hidden, so that many images live in one process.
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "Vslot.h"
#include "verilated.h"
#if IMAGE_FAULTS
#include "verilated_syms.h"
#endif

extern "C" {
#include "sim/image.h"
}

namespace
{

enum : uint32_t { BEAT_BYTES = IMAGE_WIDTH / 8 };

struct Model {
    VerilatedContext context;
    Vslot top{&context};
    uint32_t stall_state = 1;
    std::vector<uint8_t> telemetry; // not fetched yet
};

void clock(Model &m)
{
    Vslot &top = m.top;

    if (top.tele_tvalid && m.telemetry.size() < SIM_TELEMETRY_BYTES) {
        m.telemetry.push_back(top.tele_tdata);
    }
    top.clk = 1;
    top.eval();
    top.clk = 0;
    top.eval();
}

// xorshift32 (G. Marsaglia, 2003), scaled to 0..999.
uint32_t permille(uint32_t &s)
{
    s ^= s << 13;
    s ^= s >> 17;
    s ^= s << 5;
    return static_cast<uint32_t>((static_cast<uint64_t>(s) * 1000) >> 32);
}

void *create()
{
    std::unique_ptr<Model> m(new (std::nothrow) Model);
    if (!m) {
        return nullptr;
    }
    m->top.tele_tready = 1;
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

// Clocks until the slot acknowledges what the bus asks for.
bool acknowledged(Model &m)
{
    for (int k = 0; k < SIM_ACK_CLOCKS; k++) {
        clock(m);
        if (m.top.csr_ack) {
            return true;
        }
    }
    return false;
}

bool csr_write(void *model, uint8_t addr, const uint32_t *values, size_t n)
{
    Model &m = *static_cast<Model *>(model);
    Vslot &top = m.top;
    bool ok = true;

    top.csr_addr = addr;
    top.csr_we = 1;
    for (size_t k = 0; ok && k < n; k++) {
        top.csr_wdata = values[k];
        ok = acknowledged(m);
    }
    top.csr_we = 0;
    clock(m);
    return ok;
}

bool csr_read(void *model, uint8_t addr, uint32_t *values, size_t n)
{
    Model &m = *static_cast<Model *>(model);
    Vslot &top = m.top;
    bool ok = true;

    top.csr_addr = addr;
    top.csr_re = 1;
    for (size_t k = 0; ok && k < n; k++) {
        ok = acknowledged(m);
        values[k] = top.csr_rdata;
    }
    top.csr_re = 0;
    clock(m);
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

// Takes the beat that the slot gives into the frame that is being filled.
void collect(const Vslot &top, sim_frame &f, bool first)
{
    const uint8_t *data = reinterpret_cast<const uint8_t *>(&top.m_axis_tdata);
    uint64_t keep = top.m_axis_tkeep;

    if (first) {
        f.len = 0;
        f.user = top.m_axis_tuser;
    } else if ((f.user & ~SIM_USER_UNSTABLE) !=
               (top.m_axis_tuser & ~SIM_USER_UNSTABLE)) {
        f.user |= SIM_USER_UNSTABLE;
    }
    if (keep == (uint64_t{1} << BEAT_BYTES) - 1 &&
        f.room - f.len >= BEAT_BYTES) {
        std::memcpy(f.data + f.len, data, BEAT_BYTES);
        f.len += BEAT_BYTES;
        return;
    }
    for (uint32_t k = 0; k < BEAT_BYTES; k++) {
        if ((keep >> k & 1) != 0 && f.len < f.room) {
            f.data[f.len++] = data[k];
        }
    }
}

// Where a run stands.
struct Progress {
    size_t n_in = 0;    // frames sent
    uint32_t at = 0;    // next byte of the one being sent
    size_t n_write = 0; // register writes done
    bool writing = false;
    bool first = true; // of the frame being filled
    size_t beats = 0;  // of that frame
};

// Puts the next write or beat on the slot's ports, if it is time for one.  From
// the second clock of a write on the frame behind it may wait at the gate.
void drive(Model &m, const sim_job &job, Progress &p)
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
        (job.in_permille == 0 || permille(m.stall_state) >= job.in_permille)) {
        offer(top, job.in[p.n_in], p.at);
        top.s_axis_tvalid = 1;
    }
    p.writing = write;
    top.m_axis_tready =
        job.out_permille == 0 || permille(m.stall_state) >= job.out_permille;
}

// Takes what the slot gives; false when it gives too much.
bool receive(const Vslot &top, sim_job *job, Progress &p)
{
    // A frame without end is as wrong as one too many.
    if (job->n_out == job->cap_out ||
        p.beats++ > SIM_FRAME_BYTES / BEAT_BYTES) {
        job->overflow = true;
        return false;
    }
    collect(top, job->out[job->n_out], p.first);
    p.beats = top.m_axis_tlast ? 0 : p.beats;
    p.first = top.m_axis_tlast;
    job->n_out += top.m_axis_tlast;
    return true;
}

bool run(void *model, struct sim_job *job)
{
    Model &m = *static_cast<Model *>(model);
    Vslot &top = m.top;
    Progress p;
    uint32_t quiet = 0; // clocks since a beat moved
    bool ok = true;

    if (job->seed != 0) {
        m.stall_state = job->seed;
    }
    job->n_out = 0;
    job->overflow = false;
    top.s_axis_tvalid = 0;
    while (ok &&
           (p.n_in < job->n_in || p.n_write < job->n_write || !top.idle ||
            top.tele_tvalid)) {
        // The slot's edges are registered: what it answers to the ports as they
        // are now is settled already.
        drive(m, *job, p);
        bool take = top.s_axis_tvalid && top.s_axis_tready;
        bool give = top.m_axis_tvalid && top.m_axis_tready;
        if (give && !receive(top, job, p)) {
            ok = false;
        }
        clock(m);
        if (top.csr_we && top.csr_ack) {
            p.n_write++;
        }
        if (take) {
            p.at += BEAT_BYTES;
            if (p.at >= job->in[p.n_in].len) {
                p.at = 0;
                p.n_in++;
            }
            top.s_axis_tvalid = 0;
        }
        quiet = take || give ? 0 : quiet + 1;
        ok = ok && !top.hung && quiet <= SIM_HANG_CLOCKS;
    }
    top.s_axis_tvalid = 0;
    top.csr_we = 0;
    return ok;
}

void look(void *model, const struct sim_beat *in, bool out_taken,
          struct sim_beat *out, bool *in_taken)
{
    Vslot &top = static_cast<Model *>(model)->top;

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
    clock(*static_cast<Model *>(model));
}

bool is_idle(void *model)
{
    return static_cast<Model *>(model)->top.idle;
}

size_t telemetry(void *model, uint8_t *to, size_t room)
{
    std::vector<uint8_t> &all = static_cast<Model *>(model)->telemetry;
    size_t n = all.size() < room ? all.size() : room;

    std::memcpy(to, all.data(), n);
    all.erase(all.begin(), all.begin() + static_cast<ptrdiff_t>(n));
    return n;
}

void bare(void *model, const struct sim_beat *beat, size_t n, uint64_t clocks)
{
    Model &m = *static_cast<Model *>(model);
    Vslot &top = m.top;
    size_t k = 0;

    top.m_axis_tready = 1;
    for (uint64_t c = 0; c < clocks; c++) {
        std::memcpy(&top.s_axis_tdata, beat[k].data, BEAT_BYTES);
        std::memcpy(&top.s_axis_tkeep, &beat[k].keep, sizeof top.s_axis_tkeep);
        top.s_axis_tuser = beat[k].user;
        top.s_axis_tlast = beat[k].last;
        top.s_axis_tvalid = 1;
        k = k + 1 < n ? k + 1 : 0;
        clock(m);
    }
    top.s_axis_tvalid = 0;
    for (int c = 0; c < SIM_HANG_CLOCKS && !top.idle; c++) {
        clock(m); // what is inside leaves
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
template <class Visit> void each_register(Model &m, Visit visit)
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

    each_register(*static_cast<Model *>(model), [&](const std::string &full,
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
    each_register(*static_cast<Model *>(model),
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
    SIM_ABI, IMAGE_WIDTH, IMAGE_FN,  IMAGE_FAULTS != 0,
    create,  destroy,     csr_write, csr_read,
    run,     look,        edge,      is_idle,
    telemetry, bare, flip, list,
};
}
