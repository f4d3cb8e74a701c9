/* search.h - what the parts of the search share. */
#ifndef HOST_BISECT_SEARCH_H
#define HOST_BISECT_SEARCH_H

#include "host/bisect/bisect.h"
#include "host/bisect/rig.h"

enum { SEARCH_MAYBE = 16 };

struct search {
    const struct twin_window *w;
    struct rig *rig;
    struct body *c;        /* a C body */
    struct twin_made want; /* what should have come */
    struct twin_made got;  /* what came; not owned */
    /* Bits of the state that are wrong, but between no two items: in a clock?
     */
    struct search_bit {
        const struct rig_reg *reg;
        uint32_t word, bit;
    } maybe[SEARCH_MAYBE];
    size_t n_maybe;
    enum search_holds {
        NO_STATE,
        STATE,         /* words of it, as the bus reads them */
        COPY_OF_STATE, /* a second memory with the same words */
    } *
        is_state;    /* [rig->n_regs] */
    uint64_t clocks; /* of the whole window without a fault */
    uint64_t wrong;  /* clocks run when the first wrong beat was out */
    uint64_t *enter; /* [job.n_in + 1] clock in which a frame is in */
    uint64_t deadline_ns;
    struct bisect_result *r;
    size_t cap_hits;
};

/* True when the time is over; remembers it in the result. */
bool search_over(struct search *s);

/* ERR_NO_MEM. */
int search_add(struct search *s, const struct bisect_hit *hit);

/* Does the run that just ended, 'ok' or not, explain what the device did? */
bool search_explained(struct search *s, bool ok);

/* "rule_q[7]" or "data.store.mem[3][7]", as device_flip() takes it. */
void search_name(const struct rig_reg *r, uint32_t word, uint32_t bit,
                 char *text, size_t n);

/* Finds which registers hold the state. */
void search_holders(struct search *s);

/* The three kinds of explanation; ERR_NO_MEM. */
int search_state(struct search *s, bool all_bits);
int search_flips(struct search *s, uint64_t n_clocks);
int search_stuck(struct search *s);

#endif
