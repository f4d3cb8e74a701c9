/* bisect.c - see bisect.h: the checks in their order, and what comes of them.
 */
#include "host/bisect/bisect.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "host/bisect/search.h"

enum {
    NEAR_CLOCKS = 128, /* before the wrong beat: where most faults are */
    STAGES_MAX = CSR_TAPS_MAX + 3,
};

/* "n_hits_q" makes the register N_HITS count. */
static bool is_strobe(const struct csr_layout *l, const char *reg)
{
    for (size_t k = 0; k < l->n_regs; k++) {
        size_t n = strlen(l->regs[k].name);
        if (l->regs[k].access == CSR_COUNT &&
            strncasecmp(l->regs[k].name, reg, n) == 0 &&
            strcmp(reg + n, "_q") == 0) {
            return true;
        }
    }
    return false;
}

const char *bisect_stage(const struct csr_layout *l, const char *name)
{
    char reg[224], globs[400];
    char *save = NULL;

    if (strncmp(name, "csr.", 4) == 0) {
        return "state";
    }
    if (strncmp(name, "slot.edges.in_reg", 17) == 0) {
        return "input";
    }
    (void)snprintf(reg, sizeof reg, "%s", name); /* cut: in no list */
    if (strncmp(reg, "slot.", 5) != 0) {
        char *bits = strrchr(reg, '['); /* and the word, if it has one */
        if (bits != NULL) {
            *bits = '\0';
        }
        if (is_strobe(l, reg)) {
            return "state";
        }
        for (size_t k = 0; k < l->n_taps; k++) {
            (void)snprintf(globs, sizeof globs, "%s", l->taps[k].regs);
            for (const char *g = strtok_r(globs, ",", &save); g != NULL;
                 g = strtok_r(NULL, ",", &save)) {
                if (fnmatch(g, reg, 0) == 0) {
                    return l->taps[k].name;
                }
            }
        }
    }
    return "output";
}

/* What the slot makes of the window without a fault, against the C body. */
static int check_design(struct search *s)
{
    struct rig *b = s->rig;
    struct twin_digests d;
    struct blob end;
    int err;

    rig_expect(b, &s->want.out, false, &s->want.out);
    rig_begin(b);
    bool ok = rig_run(b, false, 0);
    d = rig_digests(b);
    s->clocks = b->job.clocks;
    err = body_save(&b->body, &end);
    if (err == ERR_NO_MEM) {
        return err;
    }
    ok = ok && b->job.n_out == b->job.n_expect && err == 0 &&
         blob_differs(&end, &s->want.end) < 0;
    if (ok && s->want.has_digests && s->w->has_digests) {
        ok = d.sig_in == s->want.digests.sig_in &&
             memcmp(&d.taps, &s->want.digests.taps, sizeof d.taps) == 0;
    }
    if (err == 0) {
        blob_close(&end);
    }
    s->r->answer = ok ? BISECT_NOT_FOUND : BISECT_DESIGN;
    return 0;
}

/* When each frame enters, and when the first wrong beat is out. */
static int find_wrong(struct search *s)
{
    struct rig *b = s->rig;
    size_t n = 0;
    bool ok = true;

    s->enter = calloc(b->job.n_in + 1, sizeof *s->enter);
    if (s->enter == NULL) {
        return ERR_NO_MEM;
    }
    rig_expect(b, &s->got.out, s->got.err == ERR_HANG, &s->want.out);
    rig_begin(b);
    for (uint64_t t = 1; ok; t++) {
        ok = rig_run(b, t > 1, t) && b->job.paused;
        while (n < b->job.n_sent) {
            s->enter[++n] = b->job.clocks;
        }
    }
    s->wrong = b->job.clocks;
    return 0;
}

static int search(struct search *s)
{
    enum twin_replayed replayed = s->w->replayed;
    struct bisect_result *r = s->r;
    int err = find_wrong(s);

    s->is_state = calloc(s->rig->n_regs + 1, sizeof *s->is_state);
    if (err < 0 || s->is_state == NULL) {
        return ERR_NO_MEM;
    }
    search_holders(s);
    err = search_state(s, false);
    if (err == 0 && replayed != TWIN_REPLAY_AGAIN) {
        bool near = r->v.kind != TWIN_RESIDUAL && r->v.kind != TWIN_PARAMETER &&
                    r->v.kind != TWIN_LINK && s->wrong > NEAR_CLOCKS;
        err = search_flips(s, near ? NEAR_CLOCKS : s->wrong);
        if (err == 0 && r->n_hits == 0 && near) {
            err = search_flips(s, s->wrong);
        }
    }
    if (err == 0 && r->n_hits == 0 && replayed != TWIN_REPLAY_CLEAN) {
        err = search_stuck(s);
    }
    if (err == 0 && r->n_hits == 0) {
        err = search_state(s, true);
    }
    return err;
}

/*
 * The likeliest stage: that in which a fault had most bits and clocks to do
 * what was done; then its explanation with most of them.
 */
static void choose(struct bisect_result *r)
{
    struct {
        const char *stage;
        double weight;
    } sum[STAGES_MAX] = {{NULL, 0}};
    size_t best = 0;
    double most = 0;

    for (size_t k = 0; k < r->n_hits; k++) {
        size_t j = 0;
        while (j + 1 < STAGES_MAX && sum[j].stage != NULL &&
               strcmp(sum[j].stage, r->hit[k].stage) != 0) {
            j++;
        }
        sum[j].stage = r->hit[k].stage;
        sum[j].weight += (double)(r->hit[k].last - r->hit[k].first + 1);
        best = sum[j].weight > sum[best].weight ? j : best;
    }
    for (size_t k = 0; k < r->n_hits; k++) {
        const struct bisect_hit *h = &r->hit[k];
        double weight = (double)(h->last - h->first + 1);
        if (strcmp(h->stage, sum[best].stage) == 0 && weight > most) {
            most = weight;
            r->best = *h;
        }
    }
    if (r->n_hits > 0) {
        r->answer = BISECT_FOUND;
    }
    /* What no digest sees and no bit explains is most often the way out. */
    if (r->n_hits > 0 || r->stage[0] == '\0') {
        (void)snprintf(r->stage, sizeof r->stage, "%s",
                       r->n_hits > 0 ? r->best.stage : "output");
    }
}

/* Runs the window once more, with the best explanation or without, into 'path'.
 */
static int write_fst(struct search *s, const char *path, bool golden)
{
    const struct bisect_hit *h = &s->r->best;
    struct rig *b = s->rig;
    uint32_t word = 0, bit = 0;
    const struct rig_reg *r = NULL;
    bool ok;

    for (size_t k = 0; !golden && r == NULL && k < b->n_regs; k++) {
        char name[224];
        size_t n_bits = (size_t)b->reg[k].at.n_bits;
        for (size_t j = 0; r == NULL && j < b->reg[k].at.n_words * n_bits;
             j++) {
            word = (uint32_t)(j / n_bits);
            bit = (uint32_t)(j % n_bits);
            search_name(&b->reg[k], word, bit, name, sizeof name);
            r = strcmp(name, h->reg) == 0 ? &b->reg[k] : NULL;
        }
    }
    rig_begin(b);
    b->job.expect = NULL;
    if (!b->image->trace(b->model, path)) {
        return err_say(ERR_IO, "%s: cannot be written", path);
    }
    if (r != NULL && h->permanent && h->word[0] == '\0') {
        rig_arm(b, r, word, bit, h->value ? SIM_STUCK_1 : SIM_STUCK_0, 0);
    } else if (r != NULL) {
        rig_arm(b, r, word, bit, SIM_FLIP, h->first);
    }
    (void)rig_run(b, false, s->clocks + 1); /* however it ends */
    (void)b->image->arm(b->model, NULL);    /* none: cannot fail */
    ok = b->image->trace(b->model, NULL);
    return ok ? 0 : err_say(ERR_IO, "%s: cannot be written", path);
}

static int write_both(struct search *s, const char *path)
{
    char golden[4096];
    size_t n = strlen(path);
    int err;

    n -= n > 4 && strcmp(path + n - 4, ".fst") == 0 ? 4 : 0;
    (void)snprintf(golden, sizeof golden, "%.*s.golden.fst", (int)n,
                   path); /* cut: no such folder */
    err = write_fst(s, path, false);
    return err < 0 ? err : write_fst(s, golden, true);
}

/* The device erred: where. */
static int find(struct search *s, const struct bisect_config *c)
{
    int err = rig_open(c->image, s->w, &s->rig);

    err = err < 0 ? err : check_design(s);
    if (err == 0 && s->r->answer == BISECT_NOT_FOUND) {
        err = search(s);
        if (err < 0) {
            err_say(err, "%s: the search failed", c->image);
        }
        choose(s->r);
    }
    if (err == 0 && c->fst != NULL) {
        err = write_both(s, c->fst);
    }
    return err;
}

/* What is known without an explanation, too. */
static const char *class_of(const struct search *s)
{
    const struct bisect_result *r = s->r;

    if (r->answer == BISECT_DESIGN || s->w->replayed == TWIN_REPLAY_AGAIN) {
        return "permanent";
    }
    if (s->w->replayed == TWIN_REPLAY_CLEAN) {
        return "transient";
    }
    return r->answer != BISECT_FOUND ? "unknown"
           : r->best.permanent       ? "permanent"
                                     : "transient";
}

int bisect(const struct twin_window *w, const struct bisect_config *c,
           struct bisect_result *out)
{
    struct bisect_result r = {.answer = BISECT_TWIN, .class = "unknown"};
    struct search s = {.w = w, .r = &r, .got = twin_window_made(w)};
    uint64_t begin = clock_ns();
    int err = twin_self_check(w, &r.v);

    s.deadline_ns = begin + (uint64_t)(c->budget_s * 1e9);
    if (err == 0 && r.v.kind == TWIN_EQUAL) {
        err = body_open_c(w->fn, &s.c);
        err = err < 0 ? err : twin_make(s.c, w, &w->before, &s.want);
        if (err == 0) {
            r.v = twin_judge(w->fn->csr, &s.want, &s.got);
            r.answer = r.v.kind == TWIN_EQUAL ? BISECT_EQUAL : BISECT_NOT_FOUND;
        }
    }
    if (err < 0) {
        (void)err_say(err, "%s: the C body does not take the window",
                      w->fn->csr->name);
    }
    (void)snprintf(r.stage, sizeof r.stage, "%s", r.v.stage); /* as long */
    if (err == 0 && r.answer == BISECT_NOT_FOUND) {
        err = find(&s, c);
        r.class = class_of(&s);
    }
    r.seconds = (double)(clock_ns() - begin) * 1e-9;
    rig_close(s.rig);
    body_close(s.c);
    twin_made_close(&s.want);
    free(s.is_state);
    free(s.enter);
    if (err < 0) {
        bisect_close(&r);
        return err;
    }
    *out = r;
    return 0;
}

void bisect_close(struct bisect_result *r)
{
    free(r->hit);
    *r = (struct bisect_result){.class = NULL};
}
