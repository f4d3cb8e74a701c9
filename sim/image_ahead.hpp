// image_ahead.hpp - a frame of telemetry, read where it stands.
//
// A slot gives a frame by its port, a byte a clock, behind the last beat of its
// window. A run that ends meanwhile would go on for up to 76 clocks in which
// nothing else happens; on a board the next packets enter. So here the host
// gets the rest of the frame from the memory of slot_watch, and the port gives
// it during the next run: then each byte must be the one that the host has.
//
// Not in images with faults, or of mutants: there the port is what is asked.
// Not in models whose members have other names, as that of a netlist.
#ifndef SIM_IMAGE_AHEAD_HPP
#define SIM_IMAGE_AHEAD_HPP

#include <array>
#include <cstdint>
#include <type_traits>

namespace
{

enum : uint32_t {
    AHEAD_BYTES = 76, // of a frame, core/telemetry.h
    AHEAD_CHECK = 72, // where its CRC-32C begins
};

// CRC-32C of each byte, as crc32c.c has it.
constexpr std::array<uint32_t, 256> crc_table()
{
    std::array<uint32_t, 256> t{};

    for (uint32_t b = 0; b < 256; b++) {
        uint32_t c = b;
        for (int k = 0; k < 8; k++) {
            c = c >> 1 ^ ((c & 1) != 0 ? 0x82f63b78 : 0);
        }
        t[b] = c;
    }
    return t;
}

#define WATCH_(name) slot__DOT__watched__DOT__watch__DOT__##name
#define WINDOW_      slot__DOT__common__DOT__window_q

// 'Root' is the class of Verilator's that holds all members.
template <class Root, class = void> struct Ahead {
    static constexpr bool CAN = false;

    static bool is_due(const Root &)
    {
        return true;
    }

    static uint32_t read(const Root &, uint8_t *)
    {
        return 0;
    }
};

template <class Root>
struct Ahead<
    Root,
    std::void_t<decltype(Root::WINDOW_), decltype(Root::WATCH_(beats_q)),
                decltype(Root::WATCH_(out_q)), decltype(Root::WATCH_(byte_q)),
                decltype(Root::WATCH_(crc_q)),
                decltype(Root::WATCH_(frame__DOT__mem))>> {
    static constexpr bool CAN = true;

    // Is the next frame due, as soon as the one that leaves is gone?
    static bool is_due(const Root &r)
    {
        return r.WATCH_(beats_q) >= r.WINDOW_;
    }

    // Writes what has yet to leave of the frame that leaves; how many bytes.
    static uint32_t read(const Root &r, uint8_t *to)
    {
        static constexpr auto table = crc_table();
        static constexpr uint32_t header = 0x13015450;
        uint32_t first = 4u * r.WATCH_(out_q) + r.WATCH_(byte_q);
        uint32_t crc = r.WATCH_(crc_q);

        for (uint32_t at = first; at < AHEAD_CHECK; at++) {
            uint32_t word = at < 4 ? header : r.WATCH_(frame__DOT__mem)[at / 4];
            auto byte = static_cast<uint8_t>(word >> 8 * (at % 4));
            *to++ = byte;
            crc = crc >> 8 ^ table[(crc ^ byte) & 0xff];
        }
        for (uint32_t at = first > AHEAD_CHECK ? first : +AHEAD_CHECK;
             at < AHEAD_BYTES; at++) {
            *to++ = static_cast<uint8_t>(~crc);
            crc >>= 8;
        }
        return AHEAD_BYTES - first;
    }
};

#undef WATCH_
#undef WINDOW_

} // namespace

#endif
