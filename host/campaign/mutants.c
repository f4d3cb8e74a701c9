/* mutants.c - see campaign.h: faults in the logic, many in one image. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "drivers/image/image_store.h"
#include "host/campaign/bus.h"
#include "host/campaign/shot.h"

enum {
    WIDTH = 32,
    BURST = 8,       /* packets */
    HANG_LIMIT = 64, /* clocks */
    BURSTS = 16,     /* on each setting */
    RESET = 4,       /* settings from a reset to the next */
    PROVED = 32,     /* settings for a mutant that is proved equal, at most */
    NUMBER_MAX = 65535,
};

/* An image of mutants, and the files beside it: what each is, and what is
 * proved. */
struct lists {
    const char *images; /* its folder, as bed_config has it */
    char path[4200];    /* of the files, without suffix */
    uint8_t *proof;     /* [NUMBER_MAX + 1] */
};

enum { NO_PROOF, SAME, DIFFERS, UNKNOWN };

/* Line 'mutant' of the list: the part it is in, and what it is. */
static void name_of(const struct lists *l, uint32_t mutant, char part[32],
                    char *text, size_t size)
{
    static const char *const tried[] = {"", "", "differs ", "unknown "};
    char path[4210], line[1000] = "", what[1000] = "";
    FILE *f;

    (void)snprintf(path, sizeof path, "%s.txt", l->path); /* fits */
    f = fopen(path, "r");
    for (uint32_t k = 0; f != NULL && k < mutant; k++) {
        if (fgets(line, sizeof line, f) == NULL) {
            line[0] = '\0';
            break;
        }
    }
    if (f != NULL) {
        (void)fclose(f); /* only read */
    }
    part[0] = '\0';
    (void)sscanf(line, "%31s %999[^\n]", part, what); /* else unnamed */
    (void)snprintf(text, size, "%u %s%.90s", mutant, tried[l->proof[mutant]],
                   what); /* cut */
}

static int lists_open(struct lists *l, const char *dir, const char *fn)
{
    char path[4210], verdict[16];
    unsigned mutant;
    FILE *f;

    (void)snprintf(l->path, sizeof l->path, "%s/../%s", dir, fn); /* fits */
    l->proof = calloc(NUMBER_MAX + 1, sizeof *l->proof);
    if (l->proof == NULL) {
        return err_say(ERR_NO_MEM, "campaign: not enough memory");
    }
    (void)snprintf(path, sizeof path, "%s.same", l->path); /* fits */
    f = fopen(path, "r"); /* without it nothing is proved */
    while (f != NULL && fscanf(f, "%u %15s%*[^\n]", &mutant, verdict) == 2) {
        if (mutant <= NUMBER_MAX) {
            l->proof[mutant] = strcmp(verdict, "same") == 0      ? SAME
                               : strcmp(verdict, "differs") == 0 ? DIFFERS
                                                                 : UNKNOWN;
        }
    }
    if (f != NULL) {
        (void)fclose(f); /* only read */
    }
    return 0;
}

static struct bed_config bed_of(const struct campaign_config *c,
                                const struct lists *l, uint32_t mutant)
{
    return (struct bed_config){
        .fn = c->fn,
        .width_bits = WIDTH,
        .images = l->images,
        .mutant = mutant,
        .window_beats = c->window_beats,
        .burst = BURST,
        .hang_limit = HANG_LIMIT,
        .items = c->items,
        .seed = c->seed,
    };
}

/* Traffic on the settings as they are; at both 'ends' of a self-test tables are
 * read back, too, which takes long. */
static int run_settings(struct bed *b, uint32_t k, bool ends, struct shot *s)
{
    if (bus_rest(b, k) < 0) { /* it does not answer */
        *s = (struct shot){.effective = true, .spoke = true};
        return 0;
    }
    int err = shot_run(b, NULL, NULL, BURSTS, s);
    if (err == 0 && !s->spoke &&
        (bus_reads_wrong(b) || (ends && bus_wrong(b)))) {
        s->effective = s->spoke = true;
    }
    return err;
}

/* Another setting, now and then from a reset on. */
static int set_again(struct bed *b, uint32_t k, bool *wrong)
{
    int err = 0;

    *wrong = false;
    if (k % RESET == 0) {
        err = bus_reset(b, wrong);
    }
    return err < 0 || *wrong ? err : bed_setup(b, wrong);
}

/* A mutant from its reset on: a self-test of many settings. */
static int shoot(const struct campaign_config *c, const struct lists *l,
                 uint32_t mutant, struct shot *s)
{
    struct bed_config config = bed_of(c, l, mutant);
    uint32_t n =
        l->proof[mutant] == SAME && c->settings > PROVED ? PROVED : c->settings;
    struct bed b;
    bool refused;
    int err = bed_open(&b, &config, &refused);

    for (uint32_t k = 0; err == 0 && (k == 0 || !s->spoke) && k < n; k++) {
        err = k > 0 ? set_again(&b, k, &refused) : 0;
        if (err == 0 && refused) { /* it is not what it was reset or set to */
            *s = (struct shot){
                .visible = true, .effective = true, .spoke = true};
        } else if (err == 0) {
            err = run_settings(&b, k, k == 0 || k + 1 == n, s);
        }
    }
    bed_close(&b);
    return err;
}

/* How many there are, and where; the image without any of them is the function.
 */
static int count(const struct campaign_config *c, const struct lists *l,
                 uint32_t *n, uint32_t *windows)
{
    struct bed_config config = bed_of(c, l, 0);
    struct shot s = {.at = 0};
    struct bed b;
    bool refused;
    int err = bed_open(&b, &config, &refused);

    if (err == 0) {
        *n = sim_mutants(b.sim[BED_FAULTY]);
        *windows = c->window_beats > 0 ? shot_windows_bound(&b) : 0;
    }
    bed_close(&b);
    err = err < 0 ? err : shoot(c, l, 0, &s);
    if (err == 0 && s.spoke) {
        err = err_say(ERR_DIFFERS,
                      "campaign: the mutants' image of %s differs "
                      "without a mutant",
                      c->fn->csr->name);
    }
    return err;
}

/* One mutant into its part's row. */
static int judge(const struct campaign_config *c, const struct lists *l,
                 uint32_t mutant, struct campaign_escape *e, struct tally *t)
{
    struct shot s = {.at = 0};
    int err = shoot(c, l, mutant, &s);
    bool same = l->proof[mutant] == SAME;

    if (err == 0 && same && (s.spoke || s.effective)) {
        err =
            err_say(ERR_DIFFERS, "campaign: proved equal to %s, and is not: %s",
                    c->fn->csr->name, e->where);
    }
    /* One that nothing tells apart is taken to be another one until it is shown
     * to be none. */
    s.effective = !same;
    if (err == 0) {
        e->at = s.at;
        t->row.equivalent += same;
        tally_add(t, &s, NULL);
    }
    return err;
}

static bool stopped(const struct campaign_config *c)
{
    return c->stop != NULL && *c->stop != 0;
}

static int run_part(const struct campaign_config *c, const struct lists *l,
                    const char *part, uint32_t n, struct tally *t,
                    const struct campaign_sink *to)
{
    int err = 0;

    for (uint32_t k = 1; err == 0 && k <= n && k <= c->n && !stopped(c); k++) {
        struct campaign_escape e = {.faults = t->row.faults, .part = part};
        char is_in[32];
        uint64_t missed = t->row.missed;
        name_of(l, k, is_in, e.where, sizeof e.where);
        if (strcmp(is_in, part) != 0) {
            continue;
        }
        err = judge(c, l, k, &e, t);
        if (err == 0 && t->row.missed > missed) {
            to->escape(to->ctx, &e);
        }
    }
    return err;
}

int campaign_mutants(const struct campaign_config *c, const char *faults,
                     const struct campaign_sink *to)
{
    static const char *const parts[] = {"function", "state", "lut", "routing",
                                        "contention"};
    struct image_store *store = NULL;
    char images[64];
    struct lists l = {.images = images};
    uint32_t n = 0, windows = 0;
    int err;

    (void)snprintf(images, sizeof images, "../mutant/%s/image", faults);
    err = image_store_open_below(SIM_ABI, images, &store);
    err = err < 0 ? err
                  : lists_open(&l, image_store_dir(store), c->fn->csr->name);
    err = err < 0 ? err : count(c, &l, &n, &windows);
    for (size_t p = 0;
         err == 0 && p < sizeof parts / sizeof parts[0] && !stopped(c); p++) {
        struct tally t;
        if (c->part != NULL && strcmp(c->part, parts[p]) != 0) {
            continue;
        }
        err = tally_begin(&t, c, faults, parts[p]);
        t.row.windows_bound = windows;
        err = err < 0 ? err : run_part(c, &l, parts[p], n, &t, to);
        tally_end(&t);
        if (err == 0 && t.row.n > 0) {
            to->row(to->ctx, &t.row);
        }
    }
    free(l.proof);
    image_store_close(store);
    return err;
}
