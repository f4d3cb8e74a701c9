/* mutants.c - see campaign.h: faults in the logic, many in one image. */
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "drivers/image/image_store.h"
#include "host/campaign/shot.h"

enum {
    WIDTH = 32,
    BURST = 8,       /* packets */
    HANG_LIMIT = 64, /* clocks */
    BURSTS = 16,     /* on each setting */
};

/* What mutant 'mutant' is: a line of the file beside its image. */
static void name_of(const char *dir, const char *fn, uint32_t mutant,
                    char *text, size_t size)
{
    char path[4200], line[1000] = "";
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/../%s.txt", dir, fn); /* cut */
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
    line[strcspn(line, "\n")] = '\0';
    (void)snprintf(text, size, "%u %.100s", mutant, line); /* cut */
}

static struct bed_config bed_of(const struct campaign_config *c,
                                const char *images, uint32_t mutant)
{
    return (struct bed_config){
        .fn = c->fn,
        .width_bits = WIDTH,
        .images = images,
        .mutant = mutant,
        .window_beats = c->window_beats,
        .burst = BURST,
        .hang_limit = HANG_LIMIT,
        .items = c->items,
        .seed = c->seed,
    };
}

/* A mutant from its reset on: settings, self-test, reading all back. */
static int shoot(const struct campaign_config *c, const char *images,
                 uint32_t mutant, struct shot *s)
{
    struct bed_config config = bed_of(c, images, mutant);
    struct bed b;
    bool refused;
    int err = bed_open(&b, &config, &refused);

    if (err == 0 && refused) { /* it does not take what it is set to */
        *s = (struct shot){.visible = true, .effective = true, .spoke = true};
    } else if (err == 0) {
        err = shot_run(&b, NULL, NULL, BURSTS, s);
    }
    for (uint32_t k = 1; err == 0 && !s->spoke && k < c->settings; k++) {
        err = bed_setup(&b, &refused);
        if (err == 0 && refused) {
            s->visible = s->effective = s->spoke = true;
        } else if (err == 0) {
            err = shot_run(&b, NULL, NULL, BURSTS, s);
        }
    }
    bed_close(&b);
    return err;
}

/* How many there are, and where. */
static int count(const struct campaign_config *c, const char *images,
                 uint32_t *n, uint32_t *windows)
{
    struct bed_config config = bed_of(c, images, 0);
    struct bed b;
    bool refused;
    int err = bed_open(&b, &config, &refused);

    if (err == 0) {
        *n = sim_mutants(b.sim[BED_SOUND]);
        *windows = c->window_beats > 0 ? shot_windows_bound(&b) : 0;
    }
    bed_close(&b);
    return err;
}

int campaign_mutants(const struct campaign_config *c, const char *faults,
                     const struct campaign_sink *to)
{
    struct image_store *store = NULL;
    char images[64];
    uint32_t n = 0;
    struct tally t;
    int err;

    (void)snprintf(images, sizeof images, "../mutant/%s/image", faults);
    err = tally_begin(&t, c, faults, "all");
    err = err < 0 ? err : image_store_open_below(SIM_ABI, images, &store);
    err = err < 0 ? err : count(c, images, &n, &t.row.windows_bound);
    for (uint32_t k = 1; err == 0 && k <= n && k <= c->n; k++) {
        struct campaign_escape e = {.faults = faults, .part = "all"};
        struct shot s;
        err = shoot(c, images, k, &s);
        /* What the twin tells from the function is another one; what it does
         * not is taken to be another one, too: nobody has shown it is not. */
        s.effective = true;
        if (err == 0) {
            tally_add(&t, &s, NULL);
        }
        if (err == 0 && !s.spoke) {
            e.at = s.at;
            name_of(image_store_dir(store), c->fn->csr->name, k, e.where,
                    sizeof e.where);
            to->escape(to->ctx, &e);
        }
    }
    tally_end(&t);
    image_store_close(store);
    if (err == 0) {
        to->row(to->ctx, &t.row);
    }
    return err;
}
