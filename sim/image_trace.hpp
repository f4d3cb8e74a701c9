// image_trace.hpp - the signals of every clock as a file; with IMAGE_TRACE
// only.
#ifndef SIM_IMAGE_TRACE_HPP
#define SIM_IMAGE_TRACE_HPP

#include <cstdint>

#include "Vslot.h"
#include "verilated.h"

#ifdef IMAGE_TRACE

#include "verilated_fst_c.h"

namespace
{

class Trace
{
  public:
    static constexpr bool FALLS = true; // falling edges are seen, too

    Trace(VerilatedContext &context, Vslot &top)
    {
        context.traceEverOn(true);
        top.trace(&fst, 99); // levels of modules: all
    }

    // Half a clock is over.
    void dump()
    {
        if (on) {
            fst.dump(time++);
        }
    }

    // From now on into 'path', NULL for nowhere; false when it cannot.
    bool to(const char *path)
    {
        if (on) {
            fst.close();
            on = false;
        }
        if (path != nullptr) {
            fst.open(path);
            on = fst.isOpen();
            time = 0;
        }
        return on == (path != nullptr);
    }

  private:
    VerilatedFstC fst;
    uint64_t time = 0; // half clocks in it
    bool on = false;
};

} // namespace

#else

namespace
{

struct Trace {
    static constexpr bool FALLS = false;

    Trace(VerilatedContext &, Vslot &)
    {
    }

    void dump()
    {
    }

    bool to(const char *)
    {
        return false;
    }
};

} // namespace

#endif
#endif
