/*
 * search.c - a register bit that was inverted in one clock, or that is stuck.
 *
 * The slot runs once without a fault, and what it is in each clock before the
 * first wrong beat is kept.  From there each bit is inverted in each clock, the
 * last first.  Most end at once: the slot is again what it was without the
 * fault, or it differs in the same bit still, and then it comes out as one
 * clock later.
 */
#include "host/bisect/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/err.h"

enum {
    N_TURNS = 4,
    DRAIN_CLOCKS = 64,     /* until what has entered has gone */
    LATE_CLOCKS = 1024,    /* that a run with a fault may last longer */
    KEPT_BYTES = 96 << 20, /* of what the slot was */
};

/* What the slot was in the clocks [from, to]. */
struct past {
    uint64_t from, to;
    uint8_t *mark, *shot;
    bool *active; /* [to - from] of one word */
};

bool search_over(struct search *s)
{
    s->r->out_of_time = s->r->out_of_time || clock_ns() >= s->deadline_ns;
    return s->r->out_of_time;
}

int search_add(struct search *s, const struct bisect_hit *hit)
{
    struct bisect_result *r = s->r;

    if (r->n_hits == s->cap_hits) {
        size_t cap = 2 * s->cap_hits + 16;
        struct bisect_hit *more = realloc(r->hit, cap * sizeof *more);
        if (more == NULL) {
            return ERR_NO_MEM;
        }
        r->hit = more;
        s->cap_hits = cap;
    }
    r->hit[r->n_hits++] = *hit;
    return 0;
}

void search_name(const struct rig_reg *r, uint32_t word, uint32_t bit,
                 char *text, size_t n)
{
    static const char body[] = "body.fn.";
    bool is_body = strncmp(r->name, body, sizeof body - 1) == 0;
    char index[16] = "";

    if (r->at.n_words > 1) {
        (void)snprintf(index, sizeof index, "[%u]", word); /* fits */
    }
    (void)snprintf(text, n, "%s%s%s[%u]", is_body ? "" : "slot.", /* fits */
                   is_body ? r->name + sizeof body - 1 : r->name, index, bit);
}

/* Registers in which one bit can change what comes out, and no state. */
static bool is_candidate(const struct search *s, size_t k)
{
    static const char *const parts[] = {"body.fn.", "edges.", "mid_q", "hold_q",
                                        "common.control_q"};
    const char *name = s->rig->reg[k].name;

    for (size_t j = 0;
         s->is_state[k] != STATE && j < sizeof parts / sizeof parts[0]; j++) {
        if (strncmp(name, parts[j], strlen(parts[j])) == 0) {
            return true;
        }
    }
    return false;
}

bool search_explained(struct search *s, bool ok)
{
    const struct rig *b = s->rig;
    const struct twin_made *got = &s->got;
    size_t n_out = b->job.n_expect;
    struct twin_digests d;
    struct blob end;
    bool same;

    bool more = b->job.differs && b->job.n_out == b->job.n_expect;

    if (b->job.overflow || b->job.paused ||
        (b->job.differs && !(more && got->err == ERR_DEVICE)) ||
        ok != (got->err == 0)) {
        return false;
    }
    if (got->err == ERR_DEVICE && !more) {
        return false;
    }
    if (got->err == ERR_HANG) { /* it was to stop before that frame */
        n_out -= n_out > 0 && b->job.n_out < n_out;
    }
    if (b->job.n_out != n_out) {
        return false;
    }
    for (int k = 0; k < DRAIN_CLOCKS && got->err == ERR_DEVICE; k++) {
        b->image->edge(b->model); /* nobody reads a slot that soon */
    }
    d = rig_digests(b);
    if (got->has_digests &&
        (d.sig_in != got->digests.sig_in ||
         memcmp(&d.taps, &got->digests.taps, sizeof d.taps) != 0)) {
        return false;
    }
    if (got->end.n == 0 || body_save(&s->rig->body, &end) < 0) {
        return got->end.n == 0;
    }
    same = blob_differs(&end, &got->end) < 0;
    blob_close(&end);
    return same;
}

/* Inverts a bit of a register, or all of a word, which settles nothing. */
static void invert(const struct rig_reg *r, uint32_t word, uint32_t bit,
                   bool all)
{
    uint8_t *at = r->at.data + (size_t)word * r->at.stride;

    for (uint32_t k = all ? 0 : bit; k < (all ? r->at.n_bits : bit + 1); k++) {
        at[k / 8] ^= (uint8_t)(1 << k % 8);
    }
}

enum outcome { NO, YES, SAME };

static uint8_t *mark_at(const struct search *s, const struct past *p,
                        uint64_t clock)
{
    return p->mark + (clock - p->from) * s->rig->image->mark_bytes;
}

static uint8_t *shot_at(const struct search *s, const struct past *p,
                        uint64_t clock)
{
    return p->shot + (clock - p->from) * s->rig->shot_bytes;
}

/* Inverts before clock 't' and runs it: is the slot as without, but for that?
 */
static bool run_inverted(struct search *s, const struct past *p,
                         const struct rig_reg *r, uint32_t word, uint32_t bit,
                         uint64_t t, bool all)
{
    struct rig *b = s->rig;

    rig_back(b, mark_at(s, p, t));
    invert(r, word, bit, all);
    b->image->settle(b->model);
    return rig_run(b, true, t + 1);
}

static bool still_inverted(struct search *s, const struct past *p,
                           const struct rig_reg *r, uint32_t word, uint32_t bit,
                           uint64_t t, bool all)
{
    bool same;

    invert(r, word, bit, all);
    same = rig_same(s->rig, shot_at(s, p, t + 1));
    invert(r, word, bit, all);
    return same;
}

/* What a bit inverted before clock 't' makes of the window. */
static enum outcome try_flip(struct search *s, const struct past *p,
                             const struct rig_reg *r, uint32_t word,
                             uint32_t bit, uint64_t t)
{
    struct rig *b = s->rig;
    uint64_t clock = t + 1;
    bool ok = run_inverted(s, p, r, word, bit, t, false);

    /* Behind the wrong beat, to be as without a fault is no more a no. */
    if (ok && b->job.paused && clock < p->to &&
        rig_same(b, shot_at(s, p, clock))) {
        return NO;
    }
    if (ok && b->job.paused && clock < p->to &&
        still_inverted(s, p, r, word, bit, t, false)) {
        return SAME;
    }
    for (uint64_t step = 4; ok && b->job.paused && clock < p->to; step *= 2) {
        clock = clock + step < p->to ? clock + step : p->to;
        ok = rig_run(b, true, clock);
        if (ok && b->job.paused && clock < p->to &&
            rig_same(b, shot_at(s, p, clock))) {
            return NO;
        }
    }
    if (ok && b->job.paused) {
        ok = rig_run(b, true, s->clocks + LATE_CLOCKS);
    }
    return search_explained(s, ok) ? YES : NO;
}

/* The clocks in which somebody reads or writes a word of a memory. */
static void find_active(struct search *s, struct past *p,
                        const struct rig_reg *r, uint32_t word)
{
    for (uint64_t t = p->from; t < p->to; t++) {
        p->active[t - p->from] =
            r->at.n_words == 1 || !run_inverted(s, p, r, word, 0, t, true) ||
            !s->rig->job.paused || !still_inverted(s, p, r, word, 0, t, true);
    }
}

/* All clocks of one bit, the last first. */
static int flip_bit(struct search *s, struct past *p, const struct rig_reg *r,
                    uint32_t word, uint32_t bit)
{
    struct bisect_hit hit = {.first = UINT64_MAX};
    bool yes = false;
    int err = 0;

    for (uint64_t t = p->to; t-- > p->from;) {
        enum outcome o = SAME;
        if (p->active[t - p->from]) {
            o = try_flip(s, p, r, word, bit, t);
        }
        yes = o == YES || (o == SAME && yes);
        if (yes) {
            hit.last = hit.first == UINT64_MAX ? t : hit.last;
            hit.first = t;
        }
    }
    if (hit.first != UINT64_MAX) {
        search_name(r, word, bit, hit.reg, sizeof hit.reg);
        (void)snprintf(hit.stage, sizeof hit.stage, "%s", /* cut is fine */
                       s->is_state[r - s->rig->reg] == STATE
                           ? "state"
                           : bisect_stage(s->w->fn->csr, hit.reg));
        err = search_add(s, &hit);
    }
    return err;
}

static void past_close(struct past *p)
{
    free(p->mark);
    free(p->shot);
    free(p->active);
}

/* Runs the slot without a fault up to the first wrong beat and keeps the last
 * 'n' clocks before it, or as many as there is room for. */
static int past_open(struct search *s, uint64_t n, struct past *p)
{
    struct rig *b = s->rig;
    size_t bytes = b->image->mark_bytes + b->shot_bytes;
    bool ok = true;

    n = n < KEPT_BYTES / bytes ? n : KEPT_BYTES / bytes;
    p->to = s->wrong;
    p->from = s->wrong > n ? s->wrong - n : 0;
    n = p->to - p->from + 1;
    p->mark = malloc(n * b->image->mark_bytes);
    p->shot = malloc(n * (b->shot_bytes + 1));
    p->active = calloc(n, sizeof *p->active);
    if (p->mark == NULL || p->shot == NULL || p->active == NULL) {
        return ERR_NO_MEM;
    }
    rig_begin(b);
    for (uint64_t t = 0; ok && t <= p->to; t++) {
        /* Clock 0 is what rig_begin() leaves: a run of no clock is none. */
        ok = t == 0 || rig_run(b, t > 1, t);
        if (t == 0) {
            b->job.resume = false;
        }
        if (t >= p->from) {
            b->image->mark(b->model, mark_at(s, p, t));
            rig_shot(b, shot_at(s, p, t));
        }
    }
    return 0;
}

/*
 * Registers of the stage that the digests point to, then those of other taps,
 * then the others, then what holds tables a second time.
 */
static bool in_turn(const struct search *s, size_t k, int turn)
{
    const struct csr_layout *l = s->w->fn->csr;
    char name[224];
    const char *stage;
    int mine = 2;

    search_name(&s->rig->reg[k], 0, 0, name, sizeof name);
    stage = bisect_stage(l, name);
    for (size_t t = 0; t < l->n_taps; t++) {
        mine = strcmp(stage, l->taps[t].name) == 0 ? 1 : mine;
    }
    mine = strcmp(stage, s->r->v.stage) == 0 ? 0 : mine;
    /* When no digest differs, it is at the last tap or behind it. */
    if (s->r->v.kind == TWIN_PARAMETER && l->n_taps > 0 &&
        strcmp(stage, l->taps[l->n_taps - 1].name) == 0) {
        mine = 0;
    }
    if (s->is_state[k] == COPY_OF_STATE) {
        return turn == N_TURNS - 1 && s->r->n_hits == 0;
    }
    return turn == mine && is_candidate(s, k);
}

/*
 * Is there an explanation in the tap's stage that the digests name, or any when
 * nothing but the state is wrong?  Then, too, what makes registers count is
 * tried first: it changes them from outside.
 */
static bool is_told(const struct search *s, int turn)
{
    const char *stage = s->r->v.stage;

    for (size_t k = 0; turn > 0 && k < s->r->n_hits; k++) {
        if (s->r->v.kind == TWIN_PARAMETER ||
            (strcmp(s->r->hit[k].stage, stage) == 0 &&
             strcmp(stage, "output") != 0 && strcmp(stage, "state") != 0)) {
            return true;
        }
    }
    return false;
}

int search_flips(struct search *s, uint64_t n_clocks)
{
    struct past p = {.from = 0};
    int err = past_open(s, n_clocks, &p);

    for (size_t k = 0; err == 0 && k < s->n_maybe; k++) {
        const struct search_bit *m = &s->maybe[k];
        find_active(s, &p, m->reg, m->word);
        err = flip_bit(s, &p, m->reg, m->word, m->bit);
    }
    for (int turn = 0; err == 0 && turn < N_TURNS && !is_told(s, turn);
         turn++) {
        for (size_t k = 0; err == 0 && k < s->rig->n_regs; k++) {
            const struct rig_reg *r = &s->rig->reg[k];
            for (uint32_t word = 0; err == 0 && word < r->at.n_words &&
                                    in_turn(s, k, turn) && !search_over(s);
                 word++) {
                find_active(s, &p, r, word);
                for (uint32_t bit = 0;
                     err == 0 && bit < r->at.n_bits && !search_over(s); bit++) {
                    err = flip_bit(s, &p, r, word, bit);
                }
            }
        }
    }
    past_close(&p);
    return err;
}

/* --- stuck bits -------------------------------------------------------------
 */

/* Bits that were ever 1, and ever 0, up to the first wrong beat. */
static int find_used(struct search *s, uint8_t **ones, uint8_t **zeros)
{
    struct rig *b = s->rig;
    uint8_t *shot = malloc(b->shot_bytes + 1);

    *ones = calloc(b->shot_bytes + 1, 1);
    *zeros = calloc(b->shot_bytes + 1, 1);
    if (shot == NULL || *ones == NULL || *zeros == NULL) {
        free(shot);
        return ERR_NO_MEM;
    }
    rig_begin(b);
    for (uint64_t t = 1; t <= s->wrong; t++) {
        bool ok = rig_run(b, t > 1, t);
        rig_shot(b, shot);
        for (size_t k = 0; k < b->shot_bytes; k++) {
            (*ones)[k] |= shot[k];
            (*zeros)[k] |= (uint8_t)~shot[k];
        }
        if (!ok) {
            break;
        }
    }
    free(shot);
    return 0;
}

static int stick_bit(struct search *s, const struct rig_reg *r, uint32_t word,
                     uint32_t bit, bool value)
{
    struct rig *b = s->rig;
    struct bisect_hit hit = {.permanent = true, .value = value};
    bool ok;

    b->image->back(b->model, b->start);
    rig_arm(b, r, word, bit, value ? SIM_STUCK_1 : SIM_STUCK_0, 0);
    ok = rig_run(b, false, s->clocks + LATE_CLOCKS);
    ok = search_explained(s, ok);
    (void)b->image->arm(b->model, NULL); /* none: cannot fail */
    if (!ok) {
        return 0;
    }
    hit.last = s->wrong - 1;
    search_name(r, word, bit, hit.reg, sizeof hit.reg);
    (void)snprintf(hit.stage, sizeof hit.stage, "%s", /* cut is fine */
                   bisect_stage(s->w->fn->csr, hit.reg));
    return search_add(s, &hit);
}

int search_stuck(struct search *s)
{
    uint8_t *ones = NULL, *zeros = NULL;
    int err = find_used(s, &ones, &zeros);

    for (int turn = 0; err == 0 && turn < N_TURNS && !is_told(s, turn);
         turn++) {
        for (size_t k = 0; err == 0 && k < s->rig->n_regs; k++) {
            const struct rig_reg *r = &s->rig->reg[k];
            size_t n =
                in_turn(s, k, turn) ? (size_t)r->at.n_words * r->at.n_bits : 0;
            for (size_t j = 0; err == 0 && j < n && !search_over(s); j++) {
                uint32_t word = (uint32_t)(j / r->at.n_bits);
                uint32_t bit = (uint32_t)(j % r->at.n_bits);
                size_t at = r->shot + (size_t)word * r->at.stride + bit / 8;
                if ((ones[at] >> bit % 8 & 1) != 0) {
                    err = stick_bit(s, r, word, bit, false);
                }
                if (err == 0 && (zeros[at] >> bit % 8 & 1) != 0) {
                    err = stick_bit(s, r, word, bit, true);
                }
            }
        }
    }
    free(ones);
    free(zeros);
    return err;
}
