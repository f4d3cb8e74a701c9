/*
 * node_repair.c - what is done about a slot that the twin does not agree with;
 * see node_in.h and twin/repair.h.  The C body has served every item before any
 * of this begins, so the device may be stopped, reset and loaded meanwhile.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/words.h"
#include "host/chain/node_in.h"

enum {
    WORDS_MAX = 256, /* that differ, to be set right one by one */
    TEST_SEED = 1,
    TEST_WINDOW = 64, /* beats of telemetry in the self-test */
    TEST_ROOM = 2048, /* bytes of one of its packets */
};

bool node_repairs(const struct node *n)
{
    return n->repair.on && n->care != NULL && n->care->active;
}

bool node_in_repair(const struct node *n)
{
    return node_repairs(n) && n->care->machine.state == REPAIR_SHADOW;
}

/* --- what is wrong ----------------------------------------------------------
 */

/* Runs the C body again from where it was: does it say the same? */
static bool twin_agrees(struct node *n, const struct fn_span *in,
                        const struct fn_span *out)
{
    struct node_care *c = n->care;
    struct fn_span again = node_care_room(n, 0, in);
    struct words_at word;

    body_copy(c->before, c->again, true);
    return body_run(c->again, in, &again) == 0 &&
           twin_compare(out, &again, 0).kind == TWIN_EQUAL &&
           words_differ(node_twin(n), c->again, &word, 1) == 0;
}

/* Makes the slot's state that of the C body 'c'. */
static int mend(struct node *n, const struct body *c)
{
    struct words_at word[WORDS_MAX];
    int err = 0;
    long left = words_differ(c, n->rtl, word, WORDS_MAX);

    while (err == 0 && left > WORDS_MAX) {
        long before = left;
        err = words_mend(c, n->rtl, word, WORDS_MAX);
        left = words_differ(c, n->rtl, word, WORDS_MAX);
        err = err == 0 && left >= before ? ERR_DEVICE : err;
    }
    err = left < 0 ? (int)left : err;
    return err < 0 ? err : words_mend(c, n->rtl, word, (size_t)left);
}

/* The same of a slot that is reset: every word is written, whatever it reads
 * as, for a body may keep a table twice. */
static int renew(struct node *n, struct body *c)
{
    char why[160];
    int err = body_restart(n->rtl);

    err = err < 0 ? err : node_copy_state(c, n->rtl, why, sizeof why);
    return err < 0 ? err : body_level(c, n->rtl);
}

/*
 * Runs the burst once more in the slot, from the state before it, with 'fresh'
 * after a reset of the slot.  True when all is right this time; both bodies are
 * then behind the burst, and watched.
 */
static bool replay(struct node *n, const struct fn_span *in, bool fresh)
{
    struct node_care *c = n->care;
    struct fn_span device = node_care_room(n, 0, in);
    struct fn_span twin = node_care_room(n, 1, in);
    struct twin_watch w = {.c = c->again};
    struct twin_verdict told;
    struct words_at word;
    int err;

    body_copy(c->before, c->again, true);
    if ((fresh ? renew(n, c->before) : mend(n, c->before)) < 0) {
        return false;
    }
    if (c->reports && node_care_join(n, &w, c->again, in->item0, fresh,
                                     n->repair.window_beats) < 0) {
        return false;
    }
    err = in->n > 0 ? body_run(n->rtl, in, &device) : 0;
    if (node_care_run(n, &w, in, &twin, &told) < 0 || told.kind != TWIN_EQUAL ||
        twin_compare(&twin, &device, err).kind != TWIN_EQUAL ||
        words_differ(c->again, n->rtl, &word, 1) != 0) {
        return false;
    }
    c->watch = w;
    c->watch.c = node_twin(n);
    n->sent = n->got = w.items;
    return true;
}

/*
 * The first of these words that was to stay as it was, so that it is no
 * consequence of something else that went wrong in the burst; n_words: none.
 */
static size_t find_stored(const struct node *n, const struct words_at *word,
                          size_t n_words)
{
    const struct body *twin = node_twin(n);
    size_t k = 0;

    while (k < n_words && (words_is_count(twin, &word[k]) ||
                           words_value(twin, &word[k]) !=
                               words_value(n->care->before, &word[k]))) {
        k++;
    }
    return k;
}

enum repair_event node_repair_look(struct node *n, const struct fn_span *in,
                                   const struct fn_span *out,
                                   struct twin_verdict *v)
{
    struct words_at word[WORDS_MAX];
    const struct body *twin = node_twin(n);
    size_t stored = 0;
    long n_words;

    if (!twin_agrees(n, in, out)) {
        v->fault_class = "twin";
        return REPAIR_DOUBT;
    }
    n_words = v->kind == TWIN_HANG
                  ? ERR_HANG
                  : words_differ(twin, n->rtl, word, WORDS_MAX);
    if (n_words > 0 && n_words <= WORDS_MAX) {
        stored = find_stored(n, word, (size_t)n_words);
        stored =
            v->kind == TWIN_PARAMETER && stored == (size_t)n_words ? 0 : stored;
    }
    if (n_words > 0 && n_words <= WORDS_MAX && stored < (size_t)n_words) {
        bool stays = words_mend(twin, n->rtl, word, (size_t)n_words) == 0;
        words_name(twin->fn->csr, &word[stored], v->reg, sizeof v->reg);
        v->fault_class = stays ? "state" : "permanent";
        return stays ? REPAIR_WORD : REPAIR_AGAIN;
    }
    if (n_words >= 0 && replay(n, in, false)) {
        v->fault_class = "transient";
        return REPAIR_CLEAN;
    }
    /* What a reset cures is no defect, but the image is loaded anyway. */
    v->fault_class = replay(n, in, true) ? "latched" : "permanent";
    return REPAIR_AGAIN;
}

/* --- self-test --------------------------------------------------------------
 */

/* Fills 'in' with up to FN_BURST_PKT items of the function's own stimulus. */
static void stimulus(struct node *n, struct rng *r, uint32_t left,
                     struct fn_span *in)
{
    struct node_care *c = n->care;

    *in = (struct fn_span){.type = n->rtl->fn->csr->in, .items = c->iq[2]};
    in->n = left < FN_BURST_PKT ? left : FN_BURST_PKT;
    in->cap = in->n;
    if (in->type == FN_PKT) {
        in->items = c->pkt[2];
    }
    for (size_t k = 0; k < in->n; k++) {
        if (in->type == FN_PKT) {
            c->pkt[2][k] = (struct pkt){
                .data = c->bytes +
                        (2 * (NODE_BURST_BYTES + FN_BURST_PKT * NODE_PKT_ROOM) +
                         k * TEST_ROOM),
                .room_bytes = TEST_ROOM};
            n->rtl->fn->packet(r, &c->pkt[2][k]);
        } else {
            uint64_t bits = rng_next(r);
            c->iq[2][k] = (struct iq16){(int16_t)bits, (int16_t)(bits >> 16)};
        }
    }
}

/* The stimulus through slot and C body 'c', which are alike. */
static bool test_items(struct node *n, struct body *c, struct rng *r)
{
    struct twin_watch w = {.c = c};
    struct words_at word;

    if (n->care->reports &&
        node_care_join(n, &w, c, 0, true, TEST_WINDOW) < 0) {
        return false;
    }
    for (uint32_t done = 0; done < n->repair.self_test;) {
        struct fn_span in;
        stimulus(n, r, n->repair.self_test - done, &in);
        struct fn_span device = node_care_room(n, 0, &in);
        struct fn_span twin = node_care_room(n, 1, &in);
        struct twin_verdict told;
        in.item0 = done;
        int err = body_run(n->rtl, &in, &device);
        if (node_care_run(n, &w, &in, &twin, &told) < 0 ||
            told.kind != TWIN_EQUAL ||
            twin_compare(&twin, &device, err).kind != TWIN_EQUAL) {
            return false;
        }
        done += (uint32_t)in.n;
    }
    return words_differ(c, n->rtl, &word, 1) == 0;
}

/* True when the slot, just loaded, does what the C body does. */
static bool self_test(struct node *n)
{
    struct rng r = {TEST_SEED};
    struct write_list w = {0};
    struct body *c = NULL;
    int err = body_open_c(n->rtl->fn, &c);

    err = err < 0 ? err : n->rtl->fn->setup(&r, write_list_emit, &w);
    err = err < 0 ? err : write_list_apply(&w, c);
    err = err < 0 ? err : write_list_apply(&w, n->rtl);
    err = err < 0 ? err : body_level(c, n->rtl);
    bool good = err == 0 && test_items(n, c, &r);
    write_list_close(&w);
    body_close(c);
    return good;
}

/* --- what is done -----------------------------------------------------------
 */

/* The slot, reset, gets the state of its twin; 0, or why not. */
static int give_state(struct node *n, char *why, size_t n_why)
{
    int err = body_restart(n->rtl);

    (void)snprintf(why, n_why, "the slot does not answer");
    err = err < 0 ? err : node_copy_state(node_twin(n), n->rtl, why, n_why);
    err = err < 0 ? err : node_care_begin(n);
    n->sent = n->got = 0;
    return err;
}

/*
 * What the state asks for, done at once; 'why' says how it went.  The node's
 * mode follows.
 */
static enum repair_event do_step(struct node *n, enum repair_state state,
                                 char *why, size_t n_why)
{
    bool good = true;

    switch (state) {
    case REPAIR_SCRUB: /* by node_repair_look(); a cache learns, too */
        good = mend(n, node_twin(n)) == 0 &&
               (!n->care->reports ||
                node_care_join(n, &n->care->watch, node_twin(n), n->items.in,
                               false, n->repair.window_beats) == 0);
        (void)snprintf(why, n_why, "%s",
                       good ? "the state reads back"
                            : "the slot does not answer");
        break;
    case REPAIR_QUARANTINE:
        node_empty(n);
        (void)snprintf(why, n_why, "the C body serves");
        break;
    case REPAIR_RELOAD:
        node_empty(n);
        err_hold(why, n_why); /* what the device says is the reason */
        good = device_load(n->device, n->slot, node_twin(n)->fn, &n->rtl) == 0;
        err_release();
        n->served = 0;
        if (good) {
            good = node_care_begin(n) == 0;
            (void)snprintf(why, n_why, "%s",
                           good ? "loaded" : "the slot does not answer");
        }
        break;
    case REPAIR_SELFTEST:
        (void)snprintf(why, n_why, "%u items differ or do not come",
                       n->repair.self_test);
        good = self_test(n) && give_state(n, why, n_why) == 0;
        if (good) {
            (void)snprintf(why, n_why, "%u items equal", n->repair.self_test);
        }
        break;
    default: break;
    }
    return good ? REPAIR_DONE : REPAIR_FAILED;
}

void node_repair_act(struct node *n, enum repair_event event, uint64_t at_item)
{
    struct repair *m = &n->care->machine;
    enum repair_state state = repair_step(m, event);
    char why[1024];

    if (event == REPAIR_DOUBT) {
        report_action(n->report, n->v->name, "none", at_item, 0,
                      "the twin does not agree with itself");
    }
    if (state != REPAIR_RUN && n->mode == NODE_RTL) {
        node_cache_close(n); /* the function judges all again */
    }
    for (int k = 0; k < REPAIR_STEPS_MAX && state != REPAIR_RUN &&
                    state != REPAIR_SHADOW && state != REPAIR_CONDEMNED;
         k++) {
        uint64_t start = clock_ns();
        event = do_step(n, state, why, sizeof why);
        report_action(n->report, n->v->name, repair_name(state), at_item,
                      clock_ns() - start, why);
        state = repair_step(m, event);
    }
    if (state == REPAIR_SHADOW) {
        n->mode = NODE_SHADOW_UP;
        n->shadow_left = n->shadow;
        n->shadow_done = 0;
        n->care->shadow_ns = clock_ns();
    }
    if (state == REPAIR_CONDEMNED) {
        node_unload(n);
        report_action(n->report, n->v->name, repair_name(state), at_item, 0,
                      "the C body serves for good");
    }
}

void node_repair_state(struct node *n, uint64_t at_item)
{
    char why[160];

    if (give_state(n, why, sizeof why) == 0) {
        report_action(n->report, n->v->name, "state", at_item, 0,
                      "as the C body has it");
        return;
    }
    (void)repair_step(&n->care->machine, REPAIR_DIFFERS);
    node_repair_act(n, REPAIR_AGAIN, at_item);
}

void node_repair_return(struct node *n, uint64_t at_item)
{
    char why[64];

    (void)snprintf(why, sizeof why, "%llu items equal",
                   (unsigned long long)n->shadow_done); /* fits */
    report_action(n->report, n->v->name, repair_name(REPAIR_SHADOW), at_item,
                  clock_ns() - n->care->shadow_ns, why);
    (void)repair_step(&n->care->machine, REPAIR_DONE);
    n->mode = NODE_RTL;
    (void)repair_step(&n->care->machine, REPAIR_DONE);
    report_action(n->report, n->v->name, repair_name(REPAIR_RETURN), at_item, 0,
                  "the slot serves");
}
