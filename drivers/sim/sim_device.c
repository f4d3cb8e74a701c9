/*
 * sim_device.c - see sim_device.h.  A loaded slot and the body that it serves
 * are one object; closing the body unloads the slot.
 */
#include "drivers/sim/sim_device.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common_csr.h"
#include "core/base/err.h"
#include "drivers/image/image_store.h"
#include "drivers/sim/sim_frames.h"
#include "sim/sim_chain.h"

enum {
    SLOTS_MAX = 16,
    SLOT_MAGIC = 0x50435354,
};

struct sim_device;

struct sim_slot {
    struct body body;
    struct sim_device *device;
    uint32_t index;
    struct sim *sim;
    uint32_t capacity[CSR_TABLES_MAX];
    struct sim_frames frames;
};

struct sim_device {
    struct device device;
    struct image_store *images;
    uint32_t width_bits;
    bool faults;
    struct device_stalls stalls;
    struct sim_slot *slot[SLOTS_MAX];
    struct sim_chain *chain; /* NULL until a line runs, or for want of one */
    bool has_no_chain;
};

/* --- the body of a slot --------------------------------------------------- */

static int slot_write_n(struct body *b, uint32_t offset, const uint32_t *values,
                        size_t n)
{
    return sim_write_n(((struct sim_slot *)b)->sim, offset, values, n);
}

static int slot_read_n(struct body *b, uint32_t offset, uint32_t *values,
                       size_t n)
{
    return sim_read_n(((struct sim_slot *)b)->sim, offset, values, n);
}

static uint32_t slot_capacity(struct body *b, size_t table)
{
    return ((struct sim_slot *)b)->capacity[table];
}

static void slot_close(struct body *b)
{
    struct sim_slot *s = (struct sim_slot *)b;

    s->device->slot[s->index] = NULL;
    sim_close(s->sim);
    free(s);
}

static struct sim_job slot_job(struct sim_slot *s)
{
    struct sim_job job = {
        .in = s->frames.in,
        .out = s->frames.out,
        .seed = s->device->stalls.seed,
        .in_permille = s->device->stalls.in_permille,
        .out_permille = s->device->stalls.out_permille,
    };

    s->device->stalls.seed = 0; /* the sequence goes on from burst to burst */
    return job;
}

static int slot_run(struct body *b, const struct fn_span *in,
                    struct fn_span *out)
{
    struct sim_slot *s = (struct sim_slot *)b;
    struct sim_job job = slot_job(s);

    job.cap_out = sim_frames_of(&s->frames, in, out, &job.n_in);
    int err = sim_run(s->sim, &job);
    sim_frames_to(&s->frames, job.n_out, in, out);
    return err;
}

/* --- the device ------------------------------------------------------------
 */

/* Is what answers the slot with the function that was asked for? */
static int slot_check(struct sim_slot *s, const struct fn *fn)
{
    uint32_t magic = 0, id = 0, layout = 0;

    if (sim_read(s->sim, COMMON_MAGIC, &magic) < 0 ||
        sim_read(s->sim, COMMON_FN_ID, &id) < 0 ||
        sim_read(s->sim, COMMON_LAYOUT, &layout) < 0 ||
        sim_read(s->sim, COMMON_CAPACITY, &s->capacity[0]) < 0 ||
        sim_read(s->sim, COMMON_CAPACITY_1, &s->capacity[1]) < 0) {
        return err_say(ERR_DEVICE, "image of %s does not answer",
                       fn->csr->name);
    }
    if (magic != SLOT_MAGIC || id != fn->csr->id ||
        layout != fn->csr->version) {
        return err_say(ERR_DEVICE,
                       "image of %s has function 0x%08x, layout 0x%08x, "
                       "expected 0x%08x, 0x%08x",
                       fn->csr->name, id, layout, fn->csr->id,
                       fn->csr->version);
    }
    if (sim_write(s->sim, COMMON_CONTROL, COMMON_CONTROL_ENABLE_MASK) < 0) {
        return err_say(ERR_DEVICE, "image of %s cannot be enabled",
                       fn->csr->name);
    }
    return 0;
}

/* Is it of the sources that its manifest tells? */
static int build_check(struct sim_slot *s, const struct image_found *found)
{
    if (sim_read(s->sim, COMMON_BUILD, &s->body.image) < 0 ||
        s->body.image != found->build) {
        return err_say(ERR_DEVICE,
                       "%s: has build 0x%08x, expected 0x%08x, as its manifest "
                       "says",
                       found->path, s->body.image, found->build);
    }
    return 0;
}

/* Finds, verifies and loads the image for slot 's'. */
static int open_image(struct sim_device *sd, struct sim_slot *s)
{
    const struct csr_layout *l = s->body.fn->csr;
    struct image_found found;
    int err =
        image_store_find(sd->images, l, sd->width_bits, sd->faults, &found);

    if (err == ERR_BAD_INPUT) {
        err = ERR_DEVICE; /* not what the user gave */
    }
    if (err == 0) {
        err =
            sim_open(found.path, l->name, sd->width_bits, sd->faults, &s->sim);
    }
    if (err == 0) {
        err = slot_check(s, s->body.fn);
    }
    if (err == 0) {
        err = build_check(s, &found);
    }
    for (size_t k = 0; err == 0 && k < l->n_tables; k++) {
        uint32_t holds = slot_capacity(&s->body, k);
        if (holds != found.capacity[k]) {
            err = err_say(ERR_DEVICE,
                          "%s: table %s holds %u entries, expected %u, as its "
                          "manifest says",
                          found.path, l->tables[k].name, holds,
                          found.capacity[k]);
        }
    }
    return err;
}

static int sim_device_load(struct device *d, uint32_t slot, const struct fn *fn,
                           struct body **out)
{
    static const struct body_ops ops = {
        .kind = "rtl",
        .write_n = slot_write_n,
        .read_n = slot_read_n,
        .run = slot_run,
        .capacity = slot_capacity,
        .close = slot_close,
    };
    struct sim_device *sd = (struct sim_device *)d;
    struct sim_slot *s = NULL;
    int err;

    if (slot >= d->n_slots) {
        return err_say(ERR_NOT_FOUND, "no slot %u, the device has %u", slot,
                       d->n_slots);
    }
    if (sd->slot[slot] != NULL) {
        return err_say(ERR_DEVICE, "slot %u holds %s already", slot,
                       sd->slot[slot]->body.fn->csr->name);
    }
    s = calloc(1, sizeof *s);
    if (s == NULL) {
        return err_say(ERR_NO_MEM, "slot %u: not enough memory", slot);
    }
    s->body = (struct body){.ops = &ops, .fn = fn};
    s->device = sd;
    s->index = slot;
    err = open_image(sd, s);
    if (err < 0) {
        sim_close(s->sim);
        free(s);
        return err;
    }
    sd->slot[slot] = s;
    *out = &s->body;
    return 0;
}

static struct sim_slot *loaded(struct device *d, uint32_t slot)
{
    return slot < d->n_slots ? ((struct sim_device *)d)->slot[slot] : NULL;
}

struct sim *sim_device_slot(struct device *d, uint32_t slot)
{
    struct sim_slot *s = loaded(d, slot);

    return s != NULL ? s->sim : NULL;
}

static int sim_device_counters(struct device *d, uint32_t slot,
                               struct slot_counters *out)
{
    struct sim_slot *s = loaded(d, slot);

    return s == NULL ? ERR_NOT_FOUND : body_counters(&s->body, out);
}

static int sim_device_telemetry(struct device *d, uint32_t slot, uint8_t *to,
                                size_t room, size_t *n)
{
    struct sim_slot *s = loaded(d, slot);

    if (s == NULL) {
        return ERR_NOT_FOUND;
    }
    *n = sim_telemetry(s->sim, to, room);
    return 0;
}

static int sim_device_flip(struct device *d, uint32_t slot, const char *where)
{
    struct sim_slot *s = loaded(d, slot);

    if (s == NULL) {
        return err_say(ERR_DEVICE, "no fault injected: slot %u is empty", slot);
    }
    return sim_flip(s->sim, where);
}

static int sim_device_stalls(struct device *d, const struct device_stalls *s)
{
    ((struct sim_device *)d)->stalls = *s;
    return 0;
}

/* The crossbar, loaded when it is first needed. */
static int get_chain(struct sim_device *sd)
{
    if (sd->width_bits > CROSSBAR_BITS_MAX) {
        return ERR_MISSING; /* each slot goes by the host */
    }
    if (sd->chain == NULL && !sd->has_no_chain) {
        sd->has_no_chain = sim_chain_open(image_store_dir(sd->images),
                                          sd->width_bits, &sd->chain) < 0;
    }
    return sd->has_no_chain ? ERR_MISSING : 0;
}

static int sim_device_run_line(struct device *d, const uint32_t *slots,
                               size_t n_slots, const struct fn_span *in,
                               struct fn_span *out)
{
    struct sim_device *sd = (struct sim_device *)d;
    struct sim *plugged[CROSSBAR_SLOTS] = {NULL};
    uint8_t next[CROSSBAR_SLOTS], entry[FN_BURST_PKT], from[FN_BURST_PKT];
    int err;

    memset(next, CROSSBAR_HOST, sizeof next);
    for (size_t k = 0; k < n_slots; k++) {
        if (slots[k] >= CROSSBAR_SLOTS) {
            return ERR_MISSING; /* the crossbar does not reach it */
        }
        assert(slots[k] < d->n_slots && sd->slot[slots[k]] != NULL &&
               plugged[slots[k]] == NULL);
        plugged[slots[k]] = sd->slot[slots[k]]->sim;
        next[slots[k]] =
            k + 1 < n_slots ? (uint8_t)slots[k + 1] : CROSSBAR_HOST;
    }
    err = get_chain(sd);
    if (err < 0) {
        return err;
    }
    struct sim_slot *first = sd->slot[slots[0]];
    struct sim_job stalls = slot_job(first);
    struct crossbar_job job = {
        .in = first->frames.in,
        .entry = entry,
        .out = first->frames.out,
        .from = from,
        .seed = stalls.seed,
        .in_permille = stalls.in_permille,
        .out_permille = stalls.out_permille,
    };
    job.cap_out = sim_frames_of(&first->frames, in, out, &job.n_in);
    memset(entry, (int)slots[0], sizeof entry);
    err = sim_chain_run(sd->chain, plugged, next, &job);
    sim_frames_to(&first->frames, job.n_out, in, out);
    if (err < 0 && sim_chain_reset(sd->chain) < 0) {
        sd->has_no_chain = true; /* what is stuck inside must not come later */
    }
    return err;
}

static void sim_device_close(struct device *d)
{
    struct sim_device *sd = (struct sim_device *)d;

    sim_chain_close(sd->chain);
    image_store_close(sd->images);
    free(d);
}

int sim_device_open(const struct device_config *config, struct device **out)
{
    static const struct device_ops ops = {
        .kind = "sim",
        .load = sim_device_load,
        .counters = sim_device_counters,
        .telemetry = sim_device_telemetry,
        .flip = sim_device_flip,
        .stalls = sim_device_stalls,
        .run_line = sim_device_run_line,
        .close = sim_device_close,
    };
    struct sim_device *sd = calloc(1, sizeof *sd);
    int err;

    if (sd == NULL) {
        return err_say(ERR_NO_MEM, "device: not enough memory");
    }
    err = config->images == NULL
              ? image_store_open(SIM_ABI, &sd->images)
              : image_store_open_below(SIM_ABI, config->images, &sd->images);
    if (err < 0) {
        free(sd);
        return err;
    }
    sd->device = (struct device){
        .ops = &ops,
        .n_slots = config->n_slots < SLOTS_MAX ? config->n_slots : SLOTS_MAX,
    };
    sd->width_bits = config->width_bits;
    sd->faults = config->faults;
    *out = &sd->device;
    return 0;
}
