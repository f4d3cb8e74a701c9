/* repair.c - see repair.h. */
#include "twin/repair.h"

#include <assert.h>

/* A transition; 'is' says that there is one, 'fails' that it is a failure. */
struct step {
    bool is, fails;
    enum repair_state to;
};

static const struct step steps[REPAIR_STATES][REPAIR_EVENTS] =
    {
        [REPAIR_RUN] =
            {
                [REPAIR_DIFFERS] = {true, false, REPAIR_SUSPECT},
                [REPAIR_REFRESH] = {true, false, REPAIR_RELOAD},
            },
        [REPAIR_SUSPECT] =
            {
                [REPAIR_DOUBT] = {true, false, REPAIR_RUN},
                [REPAIR_CLEAN] = {true, false, REPAIR_RUN},
                [REPAIR_WORD] = {true, true, REPAIR_SCRUB},
                [REPAIR_AGAIN] = {true, true, REPAIR_QUARANTINE},
            },
        [REPAIR_SCRUB] =
            {
                [REPAIR_DONE] = {true, false, REPAIR_SHADOW},
                [REPAIR_FAILED] = {true, true, REPAIR_QUARANTINE},
            },
        [REPAIR_QUARANTINE] = {[REPAIR_DONE] = {true, false, REPAIR_RELOAD}},
        [REPAIR_RELOAD] =
            {
                [REPAIR_DONE] = {true, false, REPAIR_SELFTEST},
                [REPAIR_FAILED] = {true, true, REPAIR_QUARANTINE},
            },
        [REPAIR_SELFTEST] =
            {
                [REPAIR_DONE] = {true, false, REPAIR_SHADOW},
                [REPAIR_FAILED] = {true, true, REPAIR_QUARANTINE},
            },
        [REPAIR_SHADOW] =
            {
                [REPAIR_DONE] = {true, false, REPAIR_RETURN},
                [REPAIR_FAILED] = {true, true, REPAIR_QUARANTINE},
            },
        [REPAIR_RETURN] = {[REPAIR_DONE] = {true, false, REPAIR_RUN}},
};

const char *repair_name(enum repair_state state)
{
    static const char *const names[REPAIR_STATES] = {
        [REPAIR_RUN] = "run",           [REPAIR_SUSPECT] = "suspect",
        [REPAIR_SCRUB] = "scrub",       [REPAIR_QUARANTINE] = "quarantine",
        [REPAIR_RELOAD] = "reload",     [REPAIR_SELFTEST] = "selftest",
        [REPAIR_SHADOW] = "shadow",     [REPAIR_RETURN] = "return",
        [REPAIR_CONDEMNED] = "condemn",
    };

    return names[state];
}

bool repair_takes(enum repair_state state, enum repair_event event)
{
    return steps[state][event].is;
}

enum repair_state repair_step(struct repair *r, enum repair_event event)
{
    const struct step *s = &steps[r->state][event];

    assert(s->is);
    r->state = s->to;
    if (s->fails) {
        r->failures++;
        r->clean = 0;
    }
    if (s->fails && r->failures >= REPAIR_FAILURES) {
        r->state = REPAIR_CONDEMNED;
    }
    return r->state;
}

void repair_count(struct repair *r, uint64_t n_items)
{
    r->clean += n_items;
    if (r->clean >= r->forgive) {
        r->failures = 0;
    }
}
