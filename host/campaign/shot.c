/* shot.c - see shot.h. */
#include "host/campaign/shot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

enum {
    WALK = 255,      /* words a window, as bed.c sets it */
    NO_WINDOWS = 32, /* bursts in place of a walk, when there is none */
    AGAIN = 256,     /* bursts of a self-test */
};

uint32_t shot_windows_bound(struct bed *b)
{
    const struct csr_layout *l = b->config.fn->csr;
    uint32_t n = 2; /* the registers, and the report behind the fault */

    for (size_t t = 0; t < l->n_tables; t++) {
        uint32_t words =
            body_capacity(b->slot[BED_SOUND], t) * l->tables[t].words;
        n += (words + WALK - 1) / WALK;
    }
    return n;
}

/* What one more burst adds to what is known. */
static void learn(struct bed *b, const struct bed_step *step, struct shot *s)
{
    if (!s->spoke) {
        s->windows += step->verdict.kind == TWIN_EQUAL ? step->windows
                                                       : step->windows_until;
        s->latency += s->visible      ? step->beats
                      : step->visible ? step->beats_after
                                      : 0;
    }
    s->visible = s->visible || step->visible;
    s->hang = s->hang || step->hang;
    if (!s->spoke && step->verdict.kind != TWIN_EQUAL) {
        struct twin_verdict v = step->verdict;
        s->spoke = true;
        bed_locate(b, &v);
        memcpy(s->stage, v.stage, sizeof s->stage);
    }
}

int shot_run(struct bed *b, const struct regs *r, const struct sim_fault *fault,
             uint32_t more, struct shot *out)
{
    uint32_t bound = fault == NULL                ? 0
                     : b->config.window_beats > 0 ? shot_windows_bound(b)
                                                  : NO_WINDOWS;
    uint32_t seen = 0; /* windows, or bursts without any */
    struct bed_step step;
    bool dormant = true;
    /* A flip that may wander: as a station's entry that is learned anew, which
     * mends it and counts. */
    bool settled = r == NULL || fault == NULL || fault->kind != SIM_FLIP;
    /* It has its effect anywhere in the first burst, a flip when it strikes. */
    bool is_stuck = fault != NULL && fault->kind != SIM_FLIP;
    int err = 0;

    *out = (struct shot){.at = b->watch.item0 + b->watch.items};
    for (uint32_t k = 0; err == 0 && (seen < bound || k < more); k++) {
        err = bed_step(b, k == 0 ? fault : NULL, &step);
        if (err < 0) {
            break;
        }
        seen += b->config.window_beats > 0 ? step.windows : 1;
        learn(b, &step, out);
        out->effective =
            out->visible || (r != NULL && regs_differ(r, b, REG_STATE));
        bool wandered = out->effective && !settled && k > 0 &&
                        !regs_one_differs(b, fault->reg);
        settled = settled || wandered;
        if ((out->effective && dormant) || wandered) {
            /* The walk counts from there on. */
            bool later = k > 0 || is_stuck;
            dormant = false;
            seen = later ? 0 : seen;
            out->windows = later && !out->spoke ? 0 : out->windows;
        }
        if ((out->spoke && (out->effective || r == NULL)) || step.failed) {
            break;
        }
        if (r != NULL && !out->visible && !regs_differ(r, b, REG_PARTS)) {
            break; /* it is gone */
        }
    }
    return err;
}

int shot_again(struct bed *b, const struct regs *r,
               const struct sim_fault *fault, struct shot *s)
{
    struct twin_verdict v;
    bool gone = false;
    int err = bed_again(b, &v);

    s->permanent = v.kind != TWIN_EQUAL;
    if (v.kind == TWIN_DIFFER && v.stage[0] != '\0') {
        memcpy(s->stage, v.stage, sizeof s->stage);
    }
    for (uint32_t k = 0; err == 0 && !s->permanent && !gone && k < AGAIN; k++) {
        struct bed_step step;
        err = bed_step(b, NULL, &step);
        s->permanent = step.verdict.kind != TWIN_EQUAL;
        /* A flip that left nothing behind: the rest is that of a sound slot. */
        gone = fault->kind == SIM_FLIP && !regs_differ(r, b, REG_PARTS);
    }
    return err;
}

int tally_begin(struct tally *t, const struct campaign_config *c,
                const char *faults, const char *part)
{
    *t = (struct tally){.row = {.faults = faults, .part = part}};
    t->latency = calloc((size_t)c->n + 1, sizeof *t->latency);
    return t->latency == NULL
               ? err_say(ERR_NO_MEM, "campaign: not enough memory")
               : 0;
}

void tally_add(struct tally *t, const struct shot *s, const char *stage)
{
    struct campaign_row *r = &t->row;

    r->n++;
    if (!s->effective) {
        r->masked++;
        r->noticed += s->spoke;
        return;
    }
    r->hang += s->hang;
    if (!s->spoke) {
        r->missed++;
        return;
    }
    r->detected++;
    if (s->visible) {
        t->latency[r->visible++] = s->latency;
    } else if (s->windows > r->windows_max) {
        r->windows_max = s->windows;
    }
    if (stage != NULL && s->stage[0] != '\0') {
        r->stage_named++;
        r->stage_right += strcmp(stage, s->stage) == 0;
    }
}

void tally_again(struct tally *t, const struct shot *s, bool permanent)
{
    t->row.judged++;
    t->row.judged_right += s->permanent == permanent;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

void tally_end(struct tally *t)
{
    struct campaign_row *r = &t->row;

    if (r->visible > 0) {
        qsort(t->latency, r->visible, sizeof *t->latency, ascending);
        r->latency_p50 = t->latency[r->visible / 2];
        r->latency_p95 = t->latency[r->visible * 95 / 100];
    }
    free(t->latency);
    t->latency = NULL;
}
