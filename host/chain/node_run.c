/*
 * node_run.c - items through a node; see node_in.h.  The device runs first,
 * into memory of the node's own; then the C body runs, and may edit the input
 * in place.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "host/chain/node_in.h"

static size_t item_size(enum fn_type type)
{
    return type == FN_PKT ? sizeof(struct pkt) : sizeof(struct iq16);
}

struct fn_span node_rest(const struct fn_span *s, size_t k)
{
    struct fn_span rest = *s;

    rest.items = (uint8_t *)s->items + k * item_size(s->type);
    rest.n = s->n - k;
    rest.cap = s->cap - k;
    rest.item0 = s->item0 + k;
    return rest;
}

void node_own_bytes(struct node *n, const struct fn_span *in, struct pkt *own)
{
    const struct pkt *x = in->items;

    for (size_t k = 0; k < in->n; k++) {
        uint32_t room = x[k].len_bytes + NODE_PKT_ROOM;
        assert(n->bytes_at + room <= n->bytes_cap);
        own[k] =
            (struct pkt){.data = n->bytes + n->bytes_at, .room_bytes = room};
        n->bytes_at += room;
    }
}

int node_run_device(struct node *n, const struct fn_span *in,
                    struct fn_span *out)
{
    int err;

    *out = (struct fn_span){.items = n->from_device, .cap = in->n};
    if (in->type == FN_PKT) {
        node_own_bytes(n, in, n->from_device);
    } else {
        out->items = n->samples;
    }
    n->sent += in->n;
    err = body_run(n->rtl, in, out);
    n->got += out->n;
    return err;
}

void node_take(struct fn_span *out, const struct fn_span *device,
               size_t n_items)
{
    memcpy(out->items, device->items, n_items * item_size(device->type));
}

void node_fall_back(struct node *n, const struct fn_span *in,
                    struct twin_verdict *v, struct fn_span *out,
                    const struct fn_span *device)
{
    bool left = n->twin != CHAIN_TWIN_CHECKED &&
                (v->kind == TWIN_DIFFER || v->kind == TWIN_SWAPPED);
    bool repair = n->mode == NODE_RTL && node_repairs(n);
    enum repair_event event = REPAIR_AGAIN;

    left = left && v->index < in->n;
    n->reordered += v->kind == TWIN_SWAPPED;
    if (repair) {
        (void)repair_step(&n->care->machine, REPAIR_DIFFERS);
        event = node_repair_look(n, in, out, v);
    }
    node_take(out, device, v->index + left);
    report_verdict(n->report, n->v->name, n->device_name, v);
    if (n->mode == NODE_SHADOW_DOWN) {
        node_say_move(n, false, v->first_item,
                      "the bodies differ in the shadow run");
    }
    if (repair) {
        node_repair_act(n, event, v->first_item + left);
    } else {
        node_quarantine(n, v->first_item + left);
    }
}

/*
 * A device without a twin answered too few, too many, or not at all.  What came
 * leaves; the C body, from the device's state if that can be read, does the
 * rest.
 */
static int rescue(struct node *n, const struct fn_span *in, struct fn_span *out,
                  const struct fn_span *device, int err)
{
    size_t done = device->n < in->n ? device->n : in->n;
    struct fn_span rest = node_rest(in, done), rest_out = node_rest(out, done);
    struct twin_verdict v = {
        .kind = err == ERR_HANG     ? TWIN_HANG
                : device->n < in->n ? TWIN_LOST
                                    : TWIN_DUPLICATED,
        .first_item = in->item0 + done,
    };
    char why[160];

    (void)snprintf(v.text, sizeof v.text, "%zu items expected, %zu came", in->n,
                   device->n); /* fits */
    report_verdict(n->report, n->v->name, n->device_name, &v);
    if (node_copy_state(n->rtl, n->c, why, sizeof why) < 0) {
        report_action(n->report, n->v->name, "rescue", v.first_item, 0, why);
    }
    node_take(out, device, done);
    node_quarantine(n, v.first_item);
    return rest.n > 0 ? body_run(n->c, &rest, &rest_out) : 0;
}

/* The device alone. */
static int run_unwatched(struct node *n, const struct fn_span *in,
                         struct fn_span *out)
{
    struct fn_span device;
    int err = node_run_device(n, in, &device);

    if (err < 0 || device.n != in->n) {
        return rescue(n, in, out, &device, err);
    }
    node_take(out, &device, in->n);
    return 0;
}

/* The bodies differ in a shadow run on the way to the slot, or back to it. */
static void end_shadow(struct node *n, const struct fn_span *in,
                       const struct fn_span *out, struct twin_verdict *v)
{
    bool repair = node_in_repair(n);

    if (repair) {
        (void)node_repair_look(n, in, out, v);
    }
    report_verdict(n->report, n->v->name, n->device_name, v);
    if (repair) {
        node_repair_act(n, REPAIR_FAILED, v->first_item);
        return;
    }
    node_say_move(n, true, v->first_item,
                  "the bodies differ in the shadow run");
    node_unload(n);
}

void node_end_between(struct node *n, struct twin_verdict *v)
{
    struct fn_span none = {.type = node_twin(n)->fn->csr->in,
                           .items = n->care->pkt[2],
                           .item0 = n->next_item};
    struct fn_span out = none;

    node_care_before(n, n->next_item);
    if (n->mode == NODE_SHADOW_UP) {
        end_shadow(n, &none, &out, v);
    } else {
        node_fall_back(n, &none, v, &out, &none);
    }
}

void node_settle(struct node *n)
{
    struct twin_verdict told;

    if (n->care != NULL && n->care->active) {
        node_care_settle(n, &told);
        if (told.kind != TWIN_EQUAL) {
            node_end_between(n, &told);
        }
    }
}

int node_run_both(struct node *n, const struct fn_span *in, struct fn_span *out,
                  struct fn_span *device, struct twin_verdict *v)
{
    bool care = n->care != NULL && n->care->active;
    struct twin_verdict told = {.kind = TWIN_EQUAL};
    int device_err, err;

    if (care) {
        node_care_before(n, in->item0);
    }
    device_err = node_run_device(n, in, device);
    if (in->type == FN_PKT && (care || n->cache != NULL)) {
        node_own_bytes(n, in, out->items); /* the input is needed again */
    }
    node_record_in(n, in);
    err = care ? node_care_run(n, &n->care->watch, in, out, &told)
               : body_run(node_twin(n), in, out);
    if (err < 0) {
        return err;
    }
    *v = twin_compare(out, device, device_err);
    if (v->kind == TWIN_EQUAL && told.kind != TWIN_EQUAL) {
        *v = told;
        v->index = in->n; /* all that came is right */
    } else {
        memcpy(v->stage, told.stage, sizeof v->stage);
    }
    node_record_out(n, out, v->kind == TWIN_EQUAL ? NULL : device);
    node_record_frames(n, in->item0 + in->n);
    return 0;
}

/* The function is in the slot, and there is a twin. */
static int run_whole(struct node *n, const struct fn_span *in,
                     struct fn_span *out)
{
    enum node_mode mode = n->mode;
    struct fn_span device;
    struct twin_verdict v;
    int err = node_run_both(n, in, out, &device, &v);

    if (err < 0) {
        return err;
    }
    if (v.kind != TWIN_EQUAL && mode == NODE_SHADOW_UP) {
        end_shadow(n, in, out, &v);
        return 0;
    }
    if (v.kind != TWIN_EQUAL) {
        node_fall_back(n, in, &v, out, &device);
        return 0;
    }
    if (mode != NODE_SHADOW_UP) {
        node_take(out, &device, in->n);
    }
    if (mode == NODE_RTL && n->care != NULL) {
        repair_count(&n->care->machine, in->n);
    }
    if (mode != NODE_RTL) {
        node_shadow_step(n, in->n, in->item0 + in->n);
    }
    return 0;
}

int node_run_part(struct node *n, const struct fn_span *in, struct fn_span *out)
{
    n->next_item = in->item0 + in->n;
    if (n->mode == NODE_C) {
        return body_run(n->c, in, out);
    }
    if (n->cache != NULL) {
        return node_cache_run(n, in, out);
    }
    if (n->mode == NODE_RTL && n->twin == CHAIN_TWIN_OFF) {
        return run_unwatched(n, in, out);
    }
    return run_whole(n, in, out);
}
