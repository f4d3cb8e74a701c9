/* sim.c - see sim.h. */
#include "sim/sim.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/text.h"

/* Where the function's body stands below the slot: see csrgen.awk. */
#define BODY_PATH "body.fn."
#define SLOT_PATH "slot."

struct sim {
    void *lib;
    const struct sim_image *image;
    void *model;
    void *mark; /* in images with faults: of a slot to be copied */
};

/* Is the image at 'path' for this program, and the one that was asked for? */
static int check_image(const char *path, const struct sim_image *image,
                       const char *fn, uint32_t width_bits, bool faults)
{
    if (image == NULL) {
        return err_say(ERR_DEVICE, "%s: not an image, expected one of %s", path,
                       fn);
    }
    if (image->abi != SIM_ABI) { /* what follows it may be anything */
        return err_say(ERR_DEVICE,
                       "%s: has ABI %u, expected %u, that of this program",
                       path, image->abi, SIM_ABI);
    }
    if (image->width_bits != width_bits || image->faults != faults ||
        strcmp(image->fn, fn) != 0) {
        return err_say(ERR_DEVICE,
                       "%s: an image of %s, %u bits wide%s, expected %s, %u "
                       "bits wide%s",
                       path, image->fn, image->width_bits,
                       image->faults ? ", with faults" : "", fn, width_bits,
                       faults ? ", with faults" : "");
    }
    return 0;
}

int sim_open(const char *path, const char *fn, uint32_t width_bits, bool faults,
             struct sim **out)
{
    struct sim *s = calloc(1, sizeof *s);
    int err = ERR_NO_MEM;

    if (s == NULL) {
        err_say(err, "%s: cannot be loaded: no memory", fn);
        goto fail;
    }
    if (access(path, R_OK) != 0) {
        err = err_say(ERR_MISSING,
                      "%s: no such image, expected it beside the program "
                      "(make builds it)",
                      path);
        goto fail;
    }
    err = ERR_DEVICE;
    s->lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (s->lib == NULL) {
        err_say(err, "%s: cannot be loaded: %s", path, dlerror());
        goto fail;
    }
    s->image = dlsym(s->lib, "sim_image");
    err = check_image(path, s->image, fn, width_bits, faults);
    if (err < 0) {
        goto fail;
    }
    s->model = s->image->create();
    s->mark = malloc(s->image->mark_bytes + 1);
    if (s->model == NULL || s->mark == NULL) {
        err = err_say(ERR_NO_MEM, "%s: not enough memory", path);
        goto fail;
    }
    *out = s;
    return 0;

fail:
    sim_close(s);
    return err;
}

void sim_close(struct sim *s)
{
    if (s == NULL) {
        return;
    }
    if (s->model != NULL) {
        s->image->destroy(s->model);
    }
    if (s->lib != NULL) {
        (void)dlclose(s->lib); /* nothing to be done about a failure */
    }
    free(s->mark);
    free(s);
}

int sim_write(struct sim *s, uint32_t offset, uint32_t value)
{
    return sim_write_n(s, offset, &value, 1);
}

int sim_read(struct sim *s, uint32_t offset, uint32_t *value)
{
    return sim_read_n(s, offset, value, 1);
}

int sim_write_n(struct sim *s, uint32_t offset, const uint32_t *values,
                size_t n)
{
    return s->image->write(s->model, (uint8_t)offset, values, n) ? 0 : ERR_HANG;
}

int sim_read_n(struct sim *s, uint32_t offset, uint32_t *values, size_t n)
{
    return s->image->read(s->model, (uint8_t)offset, values, n) ? 0 : ERR_HANG;
}

size_t sim_telemetry(struct sim *s, uint8_t *to, size_t room)
{
    return s->image->telemetry(s->model, to, room);
}

const struct sim_image *sim_image_of(struct sim *s, void **model)
{
    *model = s->model;
    return s->image;
}

int sim_run(struct sim *s, struct sim_job *job)
{
    if (s->image->run(s->model, job)) {
        return 0;
    }
    return job->overflow ? ERR_DEVICE : ERR_HANG;
}

int sim_arm(struct sim *s, const struct sim_fault *f)
{
    if (!s->image->faults) {
        return err_say(ERR_MISSING, "%s: this image cannot be made to fail",
                       s->image->fn);
    }
    return s->image->arm(s->model, f) ? 0 : ERR_NOT_FOUND;
}

void sim_copy(struct sim *s, const struct sim *from)
{
    assert(s->image == from->image && s->image->faults);
    s->image->mark(from->model, s->mark);
    s->image->back(s->model, s->mark);
}

long sim_differs(const struct sim *s, const struct sim *other, uint32_t reg)
{
    assert(s->image == other->image && s->image->faults);
    return s->image->differs(s->model, other->model, reg);
}

uint64_t sim_clocks(const struct sim *s)
{
    return s->image->clocks(s->model);
}

uint32_t sim_mutants(const struct sim *s)
{
    return s->image->n_mutants;
}

void sim_mutate(struct sim *s, uint32_t mutant)
{
    assert(mutant <= s->image->n_mutants);
    s->image->mutate(s->model, mutant);
}

/* Takes "[NUMBER]" off the end of 'name'; false when there is none. */
static bool take_index(char *name, uint32_t *value)
{
    size_t n = strlen(name);
    char *open = strrchr(name, '[');

    if (open == NULL || n == 0 || name[n - 1] != ']') {
        return false;
    }
    name[n - 1] = '\0';
    if (!parse_u32(open + 1, 0, UINT32_MAX, value)) {
        return false;
    }
    *open = '\0';
    return true;
}

/* Names as users write them: without BODY_PATH, or with SLOT_PATH. */
struct list_as_user {
    sim_list_fn *fn;
    void *ctx;
};

static void list_one(void *ctx, const char *name, uint32_t n_words,
                     uint32_t n_bits)
{
    const struct list_as_user *l = ctx;
    size_t n = strlen(BODY_PATH);

    if (strncmp(name, BODY_PATH, n) == 0) {
        l->fn(l->ctx, name + n, n_words, n_bits);
    } else {
        char full[512];
        (void)snprintf(full, sizeof full, SLOT_PATH "%s", name); /* cut */
        l->fn(l->ctx, full, n_words, n_bits);
    }
}

void sim_list(struct sim *s, sim_list_fn *fn, void *ctx)
{
    struct list_as_user l = {fn, ctx};

    s->image->list(s->model, list_one, &l);
}

/* Collects "name[bits]" for a message. */
struct list_text {
    char text[700];
    size_t n;
};

static void list_into_text(void *ctx, const char *name, uint32_t n_words,
                           uint32_t n_bits)
{
    struct list_text *t = ctx;
    char index[40] = "";
    int n;

    if (n_words > 1) {
        (void)snprintf(index, sizeof index, "[%u]", n_words); /* fits */
    }
    n = snprintf(t->text + t->n, sizeof t->text - t->n, " %s%s[%u]", name,
                 index, n_bits);
    t->n += n > 0 && t->n + (size_t)n < sizeof t->text ? (size_t)n : 0;
    t->text[t->n] = '\0';
}

int sim_flip(struct sim *s, const char *where)
{
    char name[256];
    uint32_t bit = 0;
    uint32_t word = 0;
    bool is_slot = strncmp(where, SLOT_PATH, strlen(SLOT_PATH)) == 0;
    struct list_text t = {.n = 0};

    if (!s->image->faults) {
        return err_say(ERR_MISSING, "%s: this image cannot be made to fail",
                       s->image->fn);
    }
    (void)snprintf(name, sizeof name, "%s", where); /* cut: not found */
    if (take_index(name, &bit)) {
        char full[512];
        (void)take_index(name, &word); /* only memories have a word */
        (void)snprintf(full, sizeof full, "%s%s", is_slot ? "" : BODY_PATH,
                       name + (is_slot ? strlen(SLOT_PATH) : 0)); /* fits */
        if (s->image->flip(s->model, full, word, bit)) {
            return 0;
        }
    }
    sim_list(s, list_into_text, &t);
    return err_say(ERR_NOT_FOUND,
                   "%s has no bit '%s', expected NAME[BIT] or NAME[WORD][BIT] "
                   "below one of:%s",
                   s->image->fn, where, t.text);
}
