/* kernels.c - see kernels.h. */
#include "host/radio/kernels.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/registry.h"
#include "drivers/driver.h"
#include "host/chain/node.h"
#include "host/radio/decimator.h"

enum {
    NAME_BYTES = 64,
    /* Equal blocks before a move switches: of a frame there are few. */
    SHADOW_BLOCKS = 4,
};

static const char device_name[] = "fab0";

struct kernel {
    char name[NAME_BYTES];
    struct chain_vertex vertex;
    struct node *node;
    size_t next_event; /* of the plan's: none before it is its own and due */
};

struct kernels {
    const struct kernels_plan *plan;
    const struct report *report;
    double rate_hz;
    struct device *device; /* NULL before the first move */
    int err;               /* the first */
    struct kernel kernel[KERNELS_MAX];
};

const char *kernels_name(size_t k)
{
    for (size_t f = 0; registry[f] != NULL; f++) {
        const char *const *name = registry[f]->kernels;
        for (; name != NULL && *name != NULL; name++, k--) {
            if (k == 0) {
                return *name;
            }
        }
    }
    return k == 0 ? DECIMATOR_KERNEL : NULL;
}

int kernels_check(const struct kernels_plan *plan)
{
    struct device *device = NULL;
    int err = 0;

    if (plan->device != NULL) {
        err = driver_open(plan->device, &plan->config, &device);
    }
    for (size_t k = 0; err == 0 && device != NULL && k < plan->n; k++) {
        struct body *body = NULL;
        err = device_load(device, (uint32_t)k, plan->fn[k], &body);
        body_close(body);
    }
    device_close(device);
    return err;
}

static int open_one(struct kernels *k, size_t which)
{
    const struct fn *fn = k->plan->fn[which];
    struct kernel *one = &k->kernel[which];

    (void)snprintf(one->name, sizeof one->name, "%s", fn->csr->name);
    one->vertex =
        (struct chain_vertex){.kind = CHAIN_NODE, .name = one->name, .fn = fn};
    int err = node_open(&one->vertex, k->plan->twin, k->report, &one->node);
    return err < 0 ? err : node_watch(one->node, &chain_repair_default);
}

int kernels_open(const struct kernels_plan *plan, const struct report *report,
                 double rate_hz, struct kernels **out)
{
    struct kernels *k = calloc(1, sizeof *k);
    int err = ERR_NO_MEM;

    if (k != NULL) {
        *k = (struct kernels){
            .plan = plan, .report = report, .rate_hz = rate_hz};
        err = 0;
    }
    for (size_t j = 0; err == 0 && j < plan->n; j++) {
        err = open_one(k, j);
    }
    if (err < 0) {
        for (size_t j = 0; k != NULL && j < plan->n; j++) {
            node_close(k->kernel[j].node);
        }
        free(k);
        return err_say(err, "kernels: not enough memory");
    }
    *out = k;
    return 0;
}

int kernels_find(const struct kernels *k, const char *name)
{
    for (size_t j = 0; j < k->plan->n; j++) {
        if (strcmp(k->plan->fn[j]->csr->name, name) == 0) {
            return (int)j;
        }
    }
    return -1;
}

/* As a chain's schedule does; without a device nothing is to be done. */
static int do_event(struct kernels *k, const struct kernels_event *e)
{
    struct node *node = k->kernel[e->kernel].node;
    char name[NAME_BYTES];
    int err = 0;

    if (k->device == NULL) {
        err = driver_open(k->plan->device, &k->plan->config, &k->device);
    }
    if (err < 0) {
        return err;
    }
    switch (e->action) {
    case CHAIN_CONCRETIZE:
        node_concretize(node, k->device, device_name, (uint32_t)e->kernel,
                        SHADOW_BLOCKS, false);
        return 0;
    case CHAIN_VIRTUALIZE: node_virtualize(node, SHADOW_BLOCKS); return 0;
    default: break;
    }
    err = device_flip(k->device, (uint32_t)e->kernel, e->flip);
    if (err == 0) {
        (void)snprintf(name, sizeof name, "%s/%zu", device_name, e->kernel);
        report_fault(k->report, node_items(node), name, e->flip);
    }
    return err == ERR_DEVICE ? 0 : err; /* an empty slot has been told */
}

static void keep(struct kernels *k, int err)
{
    k->err = k->err < 0 ? k->err : err;
}

/* The next event of a kernel, if it is due, or NULL. */
static const struct kernels_event *due(struct kernels *k, size_t kernel,
                                       double time_s)
{
    const struct kernels_plan *p = k->plan;
    size_t *next = &k->kernel[kernel].next_event;

    while (*next < p->n_events && p->event[*next].kernel != kernel) {
        ++*next;
    }
    if (p->device == NULL || *next == p->n_events ||
        time_s * k->rate_hz < (double)p->event[*next].at) {
        return NULL;
    }
    return &p->event[(*next)++];
}

void kernels_set(struct kernels *k, size_t kernel, const struct write_list *w)
{
    node_tick(k->kernel[kernel].node, w);
}

bool kernels_run(struct kernels *k, size_t kernel, double time_s,
                 const struct fn_span *in, struct fn_span *out)
{
    const struct kernels_event *e;

    while ((e = due(k, kernel, time_s)) != NULL) {
        keep(k, do_event(k, e));
    }
    uint64_t dropped = node_dropped(k->kernel[kernel].node);
    int err = node_run(k->kernel[kernel].node, in, out);

    keep(k, err);
    return err == 0 && node_dropped(k->kernel[kernel].node) == dropped;
}

int kernels_close(struct kernels *k)
{
    int err = 0;

    if (k != NULL) {
        err = k->err;
        for (size_t j = 0; j < k->plan->n; j++) {
            node_finish(k->kernel[j].node);
            node_close(k->kernel[j].node);
        }
        device_close(k->device);
        free(k);
    }
    return err;
}
