/*
 * telemetry.h - a frame of telemetry: what a slot tells its twin by itself at
 * the end of a window, when nothing is inside (rtl/shell/slot_watch.v gives
 * it).  All that it says holds for the same moment: behind item items_in.
 *
 * On the wire: 19 words of 32 bits, little-endian: a header (bytes 'P', 'T',
 * version, words), the members below in their order, and CRC-32C of all before
 * it.
 */
#ifndef CORE_TELEMETRY_H
#define CORE_TELEMETRY_H

#include <stddef.h>

#include "common_csr.h"
#include "core/body.h"

enum {
    TELEMETRY_WORDS = 19,
    TELEMETRY_BYTES = TELEMETRY_WORDS * 4,
    TELEMETRY_VERSION = 1,
    TELEMETRY_WINDOW = 2048, /* beats a window, unless asked otherwise */
    TELEMETRY_PART_REGS = 15,
    TELEMETRY_WALK_REGS = 30, /* words of that part: 0x80 to 0xf4 */
    /* Of 'errors': the slot does not go on. */
    TELEMETRY_STUCK =
        1 << COMMON_ERRORS_HANG_SHIFT | 1 << COMMON_ERRORS_WALK_SHIFT,
};

struct telemetry {
    uint32_t image;  /* BUILD of the slot */
    uint32_t epoch;  /* what the host wrote to EPOCH; 0 in a new slot */
    uint32_t window; /* number of this frame since reset, from 1 */
    uint32_t items_in, items_out;   /* since reset, modulo 2^32 */
    uint32_t sig_in, sig_out;       /* core/digest.h */
    uint32_t stalls_in, stalls_out; /* clocks */
    uint32_t cycles;                /* modulo 2^32 */
    uint32_t errors;                /* COMMON_ERRORS_*, of rtl/common.csr */
    uint32_t walk_at;  /* [31:28] part, [27:20] words, [19:0] first word */
    uint32_t walk_sum; /* their digest */
    uint32_t tap[CSR_TAPS_MAX]; /* core/fn.h */
};

/* Part, words and first word of a walk_at. */
static inline uint32_t telemetry_part(uint32_t walk_at)
{
    return walk_at >> 28;
}

static inline uint32_t telemetry_walk_words(uint32_t walk_at)
{
    return walk_at >> 20 & 0xff;
}

static inline uint32_t telemetry_walk_first(uint32_t walk_at)
{
    return walk_at & 0xfffff;
}

/* Writes the frame of 't', TELEMETRY_BYTES, to 'to'. */
void telemetry_encode(const struct telemetry *t, uint8_t *to);

/*
 * Reads a frame of 'n' bytes.  NULL, or what is wrong with it: a string that
 * stays; '*out' is then unchanged.
 */
const char *telemetry_decode(const uint8_t *from, size_t n,
                             struct telemetry *out);

/*
 * The walk_sum that a slot without a fault gives for 'walk_at' when its
 * function is in the state of the C body 'b'.
 */
uint32_t telemetry_walk(const struct body *b, uint32_t walk_at);

/* Name of word 'k' of what is walked there: "N_RULES", "RULE[3].2". */
void telemetry_walk_name(const struct csr_layout *l, uint32_t walk_at,
                         uint32_t k, char *text, size_t n);

#endif
