// image_faults.hpp - registers of a Verilated slot that can be reached: listed,
// read and changed in place, made to fail, and put back all at once.
//
// With IMAGE_FAULTS 0 there are none.
#ifndef SIM_IMAGE_FAULTS_HPP
#define SIM_IMAGE_FAULTS_HPP

#include <cstring>
#include <string>
#include <vector>

#include "Vslot.h"
#include "verilated.h"

extern "C" {
#include "sim/image.h"
}

#if IMAGE_FAULTS

#include "Vslot___024root.h"
#include "verilated_syms.h"

// Verilator's own: all logic anew from the registers as they are.
void Vslot___024root___eval_settle(Vslot___024root *self);

namespace
{

void settle_logic(Vslot &top)
{
    Vslot___024root___eval_settle(top.rootp);
}

// What changes in a model is plain data in the object of its root, between the
// base and the pointer to the symbols, which are the model's own.
enum : size_t { LOGIC_BYTES = sizeof(Vslot___024root) };

uint8_t *logic(const Vslot &top)
{
    return reinterpret_cast<uint8_t *>(top.rootp) + sizeof(VerilatedModule);
}

size_t logic_bytes(const Vslot &top)
{
    return static_cast<size_t>(
        reinterpret_cast<const uint8_t *>(&top.rootp->vlSymsp) - logic(top));
}

void save_logic(const Vslot &top, uint8_t *to)
{
    std::memcpy(to, logic(top), logic_bytes(top));
}

void load_logic(Vslot &top, const uint8_t *from)
{
    std::memcpy(logic(top), from, logic_bytes(top));
}

// Flip-flops are named *_q and memories mem (docs: RTL style), so that wires,
// which a flip would not hold on to, are not offered.
bool is_register(const char *name)
{
    size_t n = std::strlen(name);

    return (n > 2 && std::strcmp(name + n - 2, "_q") == 0) ||
           std::strcmp(name, "mem") == 0;
}

// Up to 8, 16, 32 and 64 bits are that wide; more are 32-bit words.
uint32_t bytes_of(uint32_t bits)
{
    return bits <= 8    ? 1
           : bits <= 16 ? 2
           : bits <= 32 ? 4
           : bits <= 64 ? 8
                        : (bits + 31) / 32 * 4;
}

// A register of the model where it lies.
struct Register {
    std::string name;
    sim_reg at;
};

class Faults
{
  public:
    // "TOP.slot.body.fn.csr" and "gain_q" are "body.fn.csr.gain_q".
    explicit Faults(VerilatedContext &context)
    {
        const char *const root = "TOP.slot";

        for (const auto &s : *context.scopeNameMap()) {
            const VerilatedScope *scope = s.second;
            if (scope->varsp() == nullptr ||
                std::strncmp(scope->name(), root, std::strlen(root)) != 0) {
                continue;
            }
            std::string path = scope->name() + std::strlen(root);
            path = path.empty() ? "" : path.substr(1) + ".";
            for (auto &v : *scope->varsp()) {
                if (!v.second.isParam() && is_register(v.first)) {
                    registers.push_back({path + v.first, place(v.second)});
                }
            }
        }
    }

    bool flip(Vslot &top, const char *name, uint32_t word, uint32_t bit)
    {
        for (const Register &r : registers) {
            if (r.name == name && word < r.at.n_words && bit < r.at.n_bits) {
                *byte(r.at, word, bit) ^= mask(bit);
                settle_logic(top);
                return true;
            }
        }
        return false;
    }

    void list(sim_list_fn *fn, void *ctx) const
    {
        for (const Register &r : registers) {
            fn(ctx, r.name.c_str(), r.at.n_words, r.at.n_bits);
        }
    }

    bool reg(uint32_t number, sim_reg *out) const
    {
        if (number >= registers.size()) {
            return false;
        }
        *out = registers[number].at;
        return true;
    }

    bool arm(Vslot &top, const sim_fault *f)
    {
        armed = false;
        if (f == nullptr) {
            return true;
        }
        if (f->reg >= registers.size() ||
            f->word >= registers[f->reg].at.n_words ||
            f->bit >= registers[f->reg].at.n_bits) {
            return false;
        }
        fault = *f;
        armed = true;
        if (fault.after == 0) {
            strike(top);
        }
        return true;
    }

    // A clock is over.
    void clocked(Vslot &top)
    {
        if (!armed) {
            return;
        }
        fault.after -= fault.after > 0;
        if (fault.after == 0) {
            strike(top);
        }
    }

    long differs(const Faults &other, uint32_t number) const
    {
        for (size_t k = number; k < registers.size(); k++) {
            const sim_reg &r = registers[k].at;
            if (std::memcmp(r.data, other.registers[k].at.data,
                            size_t{r.n_words} * r.stride) != 0) {
                return static_cast<long>(k);
            }
        }
        return -1;
    }

  private:
    std::vector<Register> registers;
    bool armed = false;
    sim_fault fault{};

    static sim_reg place(const VerilatedVar &v)
    {
        uint32_t bits = static_cast<uint32_t>(v.packed().elements());

        return {static_cast<uint8_t *>(v.datap()),
                v.udims() > 0 ? static_cast<uint32_t>(v.unpacked().elements())
                              : 1,
                bits, bytes_of(bits)};
    }

    static uint8_t *byte(const sim_reg &r, uint32_t word, uint32_t bit)
    {
        return r.data + size_t{word} * r.stride + bit / 8;
    }

    static uint8_t mask(uint32_t bit)
    {
        return static_cast<uint8_t>(1 << bit % 8);
    }

    void strike(Vslot &top)
    {
        const sim_fault &f = fault;
        uint8_t *at = byte(registers[f.reg].at, f.word, f.bit);
        bool is = (*at & mask(f.bit)) != 0;

        if (f.kind == SIM_FLIP || is != (f.kind == SIM_STUCK_1)) {
            *at ^= mask(f.bit);
            settle_logic(top);
        }
        armed = f.kind != SIM_FLIP;
    }
};

} // namespace

#else

namespace
{

enum : size_t { LOGIC_BYTES = 0 };

void settle_logic(Vslot &)
{
}

void save_logic(const Vslot &, uint8_t *)
{
}

void load_logic(Vslot &, const uint8_t *)
{
}

struct Faults {
    explicit Faults(VerilatedContext &)
    {
    }

    bool flip(Vslot &, const char *, uint32_t, uint32_t)
    {
        return false;
    }

    void list(sim_list_fn *, void *) const
    {
    }

    bool reg(uint32_t, sim_reg *) const
    {
        return false;
    }

    bool arm(Vslot &, const sim_fault *)
    {
        return false;
    }

    void clocked(Vslot &)
    {
    }

    long differs(const Faults &, uint32_t) const
    {
        return -1;
    }
};

} // namespace

#endif
#endif
