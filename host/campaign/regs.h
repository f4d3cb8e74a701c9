/*
 * regs.h - the registers of a slot by what they are for, so that faults are
 * counted where they belong.
 *
 * FUNCTION and STATE are the function's: STATE is what a read of its registers
 * and tables shows at once when a bit of it is flipped; FUNCTION is the rest.
 * SLOT is what carries items and register accesses around it, and the hang
 * timer.  WATCH is what counts and reports: the watch circuit, digests,
 * counters, and the other common registers.  Without a fault no item and no
 * state of the function depends on it.
 *
 * Two halves of FUNCTION can be chosen by themselves: MEMORY is what has words,
 * most of which nobody reads again (packets on their way, decisions); REGISTERS
 * is the rest.
 */
#ifndef HOST_CAMPAIGN_REGS_H
#define HOST_CAMPAIGN_REGS_H

#include "host/campaign/bed.h"

enum reg_part {
    REG_FUNCTION,
    REG_STATE,
    REG_SLOT,
    REG_WATCH,
    REG_PARTS,
    REG_REGISTERS = REG_PARTS,
    REG_MEMORY,
    REG_CHOICES,
};

const char *reg_part_name(enum reg_part part);
bool regs_is_part(const char *name);

enum { REGS_MAX = 256 };

struct regs {
    struct reg {
        char name[96]; /* as sim_flip() takes it */
        uint32_t words, bits;
        enum reg_part part;
        const char *stage; /* where a fault of it should be said to be */
        long exit_of;      /* table's memory that it was read from; -1: none */
    } at[REGS_MAX];        /* in the order of sim_list() */
    size_t n;
    uint64_t bits[REG_CHOICES];
};

/*
 * Those of the bed's slots, which are not touched on the whole: what is flipped
 * to find out is healed.  ERR_CAPACITY, ERR_HANG.
 */
int regs_find(struct regs *r, struct bed *b);

/* Bit 'k' of a part, counted through all its registers; k < r->bits[part]. */
struct sim_fault regs_bit(const struct regs *r, enum reg_part part, uint64_t k);

/*
 * The stage at which a fault should be said to be: the one whose digest is the
 * first to see it.  A bit that is stuck at the exit of a table's memory is seen
 * by who reads the table, like one in the memory itself: it is "state".  So is
 * one that flips there and went back into the memory, as a count does: call it
 * before anything is healed.  And what a count adds next, in any module: NAME_q
 * of the count NAME.
 */
const char *regs_stage(const struct regs *r, const struct bed *b,
                       const struct sim_fault *f);

/* Its name as sim_flip() takes it. */
void regs_name(const struct regs *r, const struct sim_fault *f, char *text,
               size_t n);

/*
 * Does a register of 'part' differ between the two slots?  REG_PARTS: any but
 * those of WATCH.
 */
bool regs_differ(const struct regs *r, const struct bed *b, enum reg_part part);

/* Does register number 'reg'? */
bool regs_one_differs(const struct bed *b, uint32_t reg);

#endif
