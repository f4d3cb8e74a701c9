// image.cpp - one Verilated slot as a shared object; see image.h.
//
// Compiled once for each image with IMAGE_FN, IMAGE_WIDTH and IMAGE_FAULTS;
// IMAGE_TRACE for one that can be traced, and IMAGE_MUTANTS when the slot has a
// port that chooses one of so many.
// Everything but sim_image is hidden, so that many images live in one process.
#include <cassert>
#include <vector>

#include "Vslot.h"
#include "Vslot___024root.h"
#include "sim/image_ahead.hpp"
#include "sim/image_faults.hpp"
#include "sim/image_trace.hpp"
#include "sim/model.hpp"
#ifndef IMAGE_MUTANTS
#define IMAGE_MUTANTS 0
#endif

namespace
{

enum : uint32_t {
    BEAT_BYTES = IMAGE_WIDTH / 8,
    REPORT_CLOCKS = 256, // a frame of telemetry leaves in less
};

// Where a run with register writes stands.
struct Running : Progress {
    size_t n_write = 0; // register writes done
    bool writing = false;
    size_t n_out = 0;   // frames filled
    uint32_t len = 0;   // bytes of the one being filled
    uint32_t quiet = 0; // clocks since a beat moved
    uint64_t clock = 0;
};

// The ports where they lie; those of Vslot are references to them.
using Pins = Vslot___024root;

constexpr bool READS_AHEAD =
    Ahead<Pins>::CAN && IMAGE_FAULTS == 0 && IMAGE_MUTANTS == 0;

struct Slot : Model<Vslot> {
    Pins &pins{*top.rootp};
    std::vector<uint8_t> telemetry; // not fetched yet
    uint8_t ahead[AHEAD_BYTES];     // in 'telemetry' before they left
    uint32_t n_ahead = 0, at_ahead = 0;
    uint64_t clocks = 0;
    Running run;
    Faults faults{context};
    Trace trace{context, top};

    Slot()
    {
        top.tele_tready = 1;
    }
};

// The byte of telemetry that leaves in this clock.
void take_telemetry(Slot &s)
{
    if (s.at_ahead < s.n_ahead) {
        assert(s.pins.tele_tdata == s.ahead[s.at_ahead]);
        s.at_ahead++;
    } else if (s.telemetry.size() < SIM_TELEMETRY_BYTES) {
        s.telemetry.push_back(s.pins.tele_tdata);
    }
}

// The rest of the frame that leaves, if one does, is fetched as it stands.
void read_ahead(Slot &s)
{
    if (s.pins.tele_tvalid && s.at_ahead == s.n_ahead) {
        s.n_ahead = Ahead<Pins>::read(s.pins, s.ahead);
        s.at_ahead = 0;
        for (uint32_t k = 0;
             k < s.n_ahead && s.telemetry.size() < SIM_TELEMETRY_BYTES; k++) {
            s.telemetry.push_back(s.ahead[k]);
        }
    }
}

// A clock, and the byte of telemetry that leaves in it.
void tick(Slot &s)
{
    if (s.pins.tele_tvalid) {
        take_telemetry(s);
    } else {
        s.n_ahead = s.at_ahead = 0; // all has left, or a reset cut it
    }
    half_clock(s.top, true);
    s.trace.dump();
    if (Trace::FALLS) {
        half_clock(s.top, false);
    } else {
        fall(s.top, 0);
    }
    s.faults.clocked(s.top);
    s.trace.dump();
    s.clocks++;
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
void offer(Pins &top, const sim_frame &f, uint32_t at)
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

// Puts the next write or beat on the slot's ports, if it is time for one.  From
// the second clock of a write on the frame behind it may wait at the gate.
void drive(Slot &m, const sim_job &job, Running &p)
{
    Pins &top = m.pins;
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
Came came(const Pins &top)
{
    return {reinterpret_cast<const uint8_t *>(&top.m_axis_tdata),
            top.m_axis_tkeep, top.m_axis_tuser, top.m_axis_tlast != 0};
}

// Takes what the slot gives; false when it is too much, or not as expected.
bool take_beat(const Pins &top, sim_job *job, Running &p)
{
    size_t k = job->n_out;
    uint32_t from = p.first || k == job->cap_out ? 0 : job->out[k].len;

    if (!receive<BEAT_BYTES>(came(top), job, p)) {
        return false;
    }
    if (job->expect != nullptr &&
        !as_expected(*job, k, from, top.m_axis_tlast != 0)) {
        job->n_out = k;
        job->differs = true;
        return false;
    }
    return true;
}

// Begins a run, or goes on with the one that paused.
void begin(Slot &m, sim_job *job)
{
    Running &p = m.run;

    if (!job->resume) {
        p = Running();
        m.stall_state = job->seed != 0 ? job->seed : m.stall_state;
        m.top.s_axis_tvalid = 0;
    }
    job->n_out = p.n_out;
    if (job->n_out < job->cap_out) {
        job->out[job->n_out].len = p.len;
    }
    job->overflow = false;
    job->differs = false;
    job->paused = false;
}

// One clock of a run; false when the slot gave what it should not.
bool step(Slot &m, sim_job *job, Running &p)
{
    Pins &top = m.pins;

    // The slot's edges are registered: what it answers to the ports as they
    // are now is settled already.
    drive(m, *job, p);
    bool take = top.s_axis_tvalid && top.s_axis_tready;
    bool give = top.m_axis_tvalid && top.m_axis_tready;
    bool ok = !give || take_beat(top, job, p);
    tick(m);
    p.clock++;
    if (top.csr_we && top.csr_ack) {
        p.n_write++;
    }
    if (take) {
        advance(p, job->in, BEAT_BYTES);
        top.s_axis_tvalid = 0;
    }
    p.quiet = take || give ? 0 : p.quiet + 1;
    return ok && !top.hung && p.quiet <= SIM_HANG_CLOCKS;
}

// Does a run wait for the frame that leaves?  It does for the next one, which
// is of this run, too.
bool reports(const Pins &top)
{
    return top.tele_tvalid && (!READS_AHEAD || Ahead<Pins>::is_due(top));
}

bool run(void *model, struct sim_job *job)
{
    Slot &m = *static_cast<Slot *>(model);
    Pins &top = m.pins;
    bool ok = true;

    begin(m, job);
    Running p = m.run; // a copy: the model's own would be stored at each clock
    while (ok && !job->paused &&
           (p.n_in < job->n_in || p.n_write < job->n_write || !top.idle ||
            reports(top))) {
        job->paused = job->until != 0 && p.clock >= job->until;
        ok = job->paused || step(m, job, p);
    }
    job->clocks = p.clock;
    job->n_sent = p.n_in;
    if (job->paused) {
        p.n_out = job->n_out;
        p.len = job->n_out < job->cap_out ? job->out[job->n_out].len : 0;
        m.run = p;
        return ok;
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

    if (READS_AHEAD) {
        read_ahead(slot); // a frame is handed out whole
    }
    for (int k = 0; !READS_AHEAD && slot.top.tele_tvalid && k < REPORT_CLOCKS;
         k++) {
        tick(slot);
    }
    size_t n = all.size() < room ? all.size() : room;

    if (n == 0) {
        return 0; // 'to' and 'all' may be nothing
    }
    std::memcpy(to, all.data(), n);
    all.erase(all.begin(), all.begin() + static_cast<ptrdiff_t>(n));
    return n;
}

void bare(void *model, const struct sim_beat *beat, size_t n)
{
    Vslot &top = static_cast<Slot *>(model)->top;
    int quiet = 0;

    top.m_axis_tready = 1;
    top.s_axis_tvalid = 1;
    for (size_t k = 0; k < n && quiet < SIM_HANG_CLOCKS; quiet++) {
        std::memcpy(&top.s_axis_tdata, beat[k].data, BEAT_BYTES);
        std::memcpy(&top.s_axis_tkeep, &beat[k].keep, sizeof top.s_axis_tkeep);
        top.s_axis_tuser = beat[k].user;
        top.s_axis_tlast = beat[k].last;
        if (top.s_axis_tready) { // the slot's edges are registered
            k++;
            quiet = 0;
        }
        clock(top);
    }
    top.s_axis_tvalid = 0;
    for (int c = 0; c < SIM_HANG_CLOCKS && !top.idle; c++) {
        clock(top); // what is inside leaves
    }
}

uint64_t clocks(const void *model)
{
    return static_cast<const Slot *>(model)->clocks;
}

void mutate(void *model, uint32_t mutant)
{
#if IMAGE_MUTANTS
    static_cast<Slot *>(model)->top.mutant = mutant;
#else
    (void)model;
    (void)mutant;
#endif
}

bool flip(void *model, const char *name, uint32_t word, uint32_t bit)
{
    Slot &m = *static_cast<Slot *>(model);

    return m.faults.flip(m.top, name, word, bit);
}

void list(void *model, sim_list_fn *fn, void *ctx)
{
    static_cast<Slot *>(model)->faults.list(fn, ctx);
}

bool reg(void *model, uint32_t number, struct sim_reg *out)
{
    return static_cast<Slot *>(model)->faults.reg(number, out);
}

void settle(void *model)
{
    settle_logic(static_cast<Slot *>(model)->top);
}

bool arm(void *model, const struct sim_fault *f)
{
    Slot &m = *static_cast<Slot *>(model);

    return m.faults.arm(m.top, f);
}

// Beside what Verilator made.
struct Mark {
    Running run;
    uint32_t stall_state;
    uint64_t clocks;
};

enum : size_t {
    MARK_BYTES = LOGIC_BYTES != 0 ? sizeof(Mark) + LOGIC_BYTES : 0
};

void mark(const void *model, void *to)
{
    const Slot &m = *static_cast<const Slot *>(model);
    const Mark at = {m.run, m.stall_state, m.clocks};

    std::memcpy(to, &at, sizeof at);
    save_logic(m.top, static_cast<uint8_t *>(to) + sizeof at);
}

void back(void *model, const void *from)
{
    Slot &m = *static_cast<Slot *>(model);
    Mark at;

    std::memcpy(&at, from, sizeof at);
    m.run = at.run;
    m.stall_state = at.stall_state;
    m.clocks = at.clocks;
    m.telemetry.clear();
    load_logic(m.top, static_cast<const uint8_t *>(from) + sizeof at);
    (void)m.faults.arm(m.top, nullptr); // none: cannot fail
}

long differs(const void *model, const void *other, uint32_t number)
{
    return static_cast<const Slot *>(model)->faults.differs(
        static_cast<const Slot *>(other)->faults, number);
}

bool trace(void *model, const char *path)
{
    return static_cast<Slot *>(model)->trace.to(path);
}

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
    reg,          settle,        arm,       MARK_BYTES,
    mark,         back,          differs,   trace,
    clocks,       IMAGE_MUTANTS, mutate,
};
}
