/* campaign.c - see campaign.h: faults in registers. */
#include "host/campaign/campaign.h"

#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "host/campaign/shot.h"

enum {
    NEW_TABLES = 500, /* shots on one set of settings */
    BURST = 8,        /* packets */
    HANG_LIMIT = 64,  /* clocks */
    SETTLE = 4,       /* bursts before the first fault */
    PROGRESS = 16,    /* faults */
};

static struct bed_config bed_of(const struct campaign_config *c)
{
    return (struct bed_config){
        .fn = c->fn,
        .width_bits = 64,
        .faults = true,
        .window_beats = c->window_beats,
        .burst = BURST,
        .hang_limit = HANG_LIMIT,
        .items = c->items,
        .seed = c->seed,
    };
}

static void tell_escape(const struct campaign_sink *to, const struct tally *t,
                        const struct regs *r, const struct sim_fault *f,
                        const struct shot *s)
{
    struct campaign_escape e = {
        .faults = t->row.faults, .part = t->row.part, .at = s->at};

    regs_name(r, f, e.where, sizeof e.where);
    to->escape(to->ctx, &e);
}

/* New settings, and traffic on them; nothing may be wrong yet. */
static int prepare(struct bed *b)
{
    struct bed_step step;
    bool refused;
    int err = bed_setup(b, &refused);

    for (int k = 0; err == 0 && k < SETTLE; k++) {
        err = bed_step(b, NULL, &step);
        if (err == 0 && (refused || step.verdict.kind != TWIN_EQUAL)) {
            err = err_say(ERR_DIFFERS, "campaign: without a fault: %s: %s",
                          twin_kind_name(step.verdict.kind), step.verdict.text);
        }
    }
    return err;
}

/*
 * Bits of one part, each once before any comes again: in steps that have no
 * divisor in common with their number.
 */
struct walk {
    uint64_t at, step, n;
};

static struct walk walk_begin(struct rng *r, uint64_t n)
{
    struct walk w = {.n = n};
    uint64_t a, b;

    w.at = rng_below(r, (uint32_t)n);
    w.step = n * 5 / 8; /* far from its neighbours */
    do {
        w.step++;
        for (a = n, b = w.step; b != 0;) {
            uint64_t rest = a % b;
            a = b;
            b = rest;
        }
    } while (a != 1);
    return w;
}

static uint64_t walk_next(struct walk *w)
{
    w->at = (w->at + w->step) % w->n;
    return w->at;
}

static bool stopped(const struct campaign_config *c)
{
    return c->stop != NULL && *c->stop != 0;
}

static bool enough(const struct campaign_config *c, const struct tally *t)
{
    return c->effective > 0 && t->row.detected + t->row.missed >= c->effective;
}

static int run_part(const struct campaign_config *c, struct bed *b,
                    const struct regs *r, enum reg_part part, struct tally *t,
                    const struct campaign_sink *to)
{
    bool stuck = strcmp(t->row.faults, "stuck") == 0;
    struct rng rng = {c->seed + part};
    struct walk w = walk_begin(&rng, r->bits[part]);
    int err = 0;

    for (uint64_t k = 0; err == 0 && k < c->n && !stopped(c) && !enough(c, t);
         k++) {
        struct sim_fault f = regs_bit(r, part, walk_next(&w));
        struct shot s;
        if (stuck) {
            f.kind = rng_below(&rng, 2) == 0 ? SIM_STUCK_0 : SIM_STUCK_1;
        }
        err = k % NEW_TABLES == 0 ? prepare(b) : 0;
        err = err < 0 ? err : shot_run(b, r, &f, 0, &s);
        const char *stage = regs_stage(r, b, &f);
        if (err == 0 && s.effective && s.spoke) {
            err = shot_again(b, r, &f, &s);
            tally_again(t, &s, stuck);
        }
        if (err == 0) {
            tally_add(t, &s, stage);
        }
        if (err == 0) {
            err = bed_heal(b);
        }
        if (err == 0 && s.effective && !s.spoke) {
            tell_escape(to, t, r, &f, &s);
        }
        if (c->progress && k % PROGRESS == 0) {
            (void)fprintf(stderr, "\r%s %s: %llu of %llu faults", t->row.faults,
                          t->row.part, (unsigned long long)k,
                          (unsigned long long)c->n);
        }
    }
    if (c->progress) {
        (void)fprintf(stderr, "\r%*s\r", 60, "");
    }
    return err;
}

int campaign_registers(const struct campaign_config *c, const char *faults,
                       const struct campaign_sink *to)
{
    struct bed_config config = bed_of(c);
    struct bed b = {.c = NULL};
    struct regs r;
    bool refused;
    int err = bed_open(&b, &config, &refused);

    err = err < 0 ? err : regs_find(&r, &b);
    for (enum reg_part p = 0; err == 0 && p < REG_CHOICES && !stopped(c); p++) {
        struct tally t;
        bool chosen = c->part == NULL ? p < REG_PARTS
                                      : strcmp(c->part, reg_part_name(p)) == 0;
        if (!chosen || r.bits[p] == 0) {
            continue;
        }
        err = tally_begin(&t, c, faults, reg_part_name(p));
        t.row.windows_bound = c->window_beats > 0 ? shot_windows_bound(&b) : 0;
        if (err == 0) {
            err = run_part(c, &b, &r, p, &t, to);
            tally_end(&t);
        }
        if (err == 0) {
            to->row(to->ctx, &t.row);
        }
    }
    bed_close(&b);
    return err;
}
