/* sim_chain.c - see sim_chain.h. */
#include "sim/sim_chain.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"

struct sim_chain {
    void *lib;
    const struct crossbar_image *image;
    void *model;
};

int sim_chain_open(const char *dir, uint32_t width_bits, struct sim_chain **out)
{
    struct sim_chain *c = calloc(1, sizeof *c);
    char path[4096];
    int err = ERR_NO_MEM;
    int n = snprintf(path, sizeof path, "%s/crossbar-w%u.so", dir, width_bits);

    if (c == NULL) {
        err_say(err, "crossbar: cannot be loaded: no memory");
        goto fail;
    }
    if (n < 0 || (size_t)n >= sizeof path || access(path, R_OK) != 0) {
        err = err_say(ERR_MISSING,
                      "%s: no such image, expected it beside the program "
                      "(make builds it)",
                      path);
        goto fail;
    }
    err = ERR_DEVICE;
    c->lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (c->lib == NULL) {
        err_say(err, "%s: cannot be loaded: %s", path, dlerror());
        goto fail;
    }
    c->image = dlsym(c->lib, "crossbar_image");
    if (c->image == NULL || c->image->abi != CROSSBAR_ABI ||
        c->image->width_bits != width_bits) {
        err_say(err, "%s: not a crossbar %u bits wide, for this program", path,
                width_bits);
        goto fail;
    }
    c->model = c->image->create();
    if (c->model == NULL) {
        err = err_say(ERR_NO_MEM, "%s: not enough memory", path);
        goto fail;
    }
    *out = c;
    return 0;

fail:
    sim_chain_close(c);
    return err;
}

void sim_chain_close(struct sim_chain *c)
{
    if (c == NULL) {
        return;
    }
    if (c->model != NULL) {
        c->image->destroy(c->model);
    }
    if (c->lib != NULL) {
        (void)dlclose(c->lib); /* nothing to be done about a failure */
    }
    free(c);
}

/* True when what enters at 'slot' comes to the host through slots there are. */
static bool leads_home(struct sim *const *slots, const uint8_t *next,
                       uint8_t slot)
{
    for (size_t k = 0; k <= CROSSBAR_SLOTS; k++) {
        if (slot == CROSSBAR_HOST) {
            return true;
        }
        if (slot >= CROSSBAR_SLOTS || slots[slot] == NULL) {
            return false;
        }
        slot = next[slot];
    }
    return false;
}

int sim_chain_run(struct sim_chain *c, struct sim *const slots[CROSSBAR_SLOTS],
                  const uint8_t next[CROSSBAR_SLOTS], struct crossbar_job *job)
{
    struct crossbar_slot plugged[CROSSBAR_SLOTS] = {{NULL, NULL}};

    for (size_t k = 0; k < job->n_in; k++) {
        if (!leads_home(slots, next, job->entry[k])) {
            return ERR_NOT_FOUND;
        }
    }
    for (size_t k = 0; k < CROSSBAR_SLOTS; k++) {
        if (slots[k] != NULL) {
            plugged[k].image = sim_image_of(slots[k], &plugged[k].model);
        }
    }
    if (c->image->run(c->model, plugged, next, job)) {
        return 0;
    }
    return job->overflow ? ERR_DEVICE : ERR_HANG;
}

int sim_chain_reset(struct sim_chain *c)
{
    void *model = c->image->create();

    if (model == NULL) {
        return ERR_NO_MEM;
    }
    c->image->destroy(c->model);
    c->model = model;
    return 0;
}

const struct crossbar_image *sim_chain_image_of(struct sim_chain *c,
                                                void **model)
{
    *model = c->model;
    return c->image;
}
