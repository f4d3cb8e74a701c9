/*
 * node.c - see node.h.  The device runs first, into memory of its own; then the
 * C body runs, and may edit the input in place.
 */
#include "host/chain/node.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/err.h"

enum node_mode { NODE_C, NODE_SHADOW_UP, NODE_RTL, NODE_SHADOW_DOWN };

struct node {
    const struct chain_vertex *v;
    const struct report *report;
    enum chain_twin twin;
    enum node_mode mode;
    struct body *c;
    struct body *rtl; /* NULL in NODE_C */
    struct device *device;
    char device_name[80]; /* "fab0/0" */
    uint32_t slot;
    uint64_t shadow_left, shadow_done; /* items */
    uint64_t move_ns;                  /* when the move began */
    uint64_t sent, got; /* items given to the slot, and got from it */
    uint64_t reordered; /* of them, told by the twin */
    struct report_items items;
    struct pkt from_device[FN_BURST_PKT];
    uint8_t *bytes;  /* [bytes_cap], of packets that came from the device */
    size_t bytes_at; /* in use by this burst */
};

static const size_t bytes_cap =
    NODE_BURST_BYTES + (size_t)FN_BURST_PKT * NODE_PKT_ROOM;

int node_open(const struct chain_vertex *v, enum chain_twin twin,
              const struct report *report, struct node **out)
{
    struct node *n = calloc(1, sizeof *n);
    int err = ERR_NO_MEM;

    if (n == NULL) {
        goto fail;
    }
    n->v = v;
    n->twin = twin;
    n->report = report;
    n->bytes = malloc(bytes_cap);
    if (n->bytes == NULL) {
        goto fail;
    }
    err = body_open_c(v->fn, &n->c);
    if (err < 0) {
        goto fail;
    }
    err = write_list_apply(&v->set, n->c);
    if (err < 0) {
        goto fail;
    }
    *out = n;
    return 0;

fail:
    node_close(n);
    return err;
}

void node_close(struct node *n)
{
    if (n != NULL) {
        body_close(n->rtl);
        body_close(n->c);
        free(n->bytes);
        free(n);
    }
}

uint64_t node_items(const struct node *n)
{
    return n->items.in;
}

uint64_t node_dropped(const struct node *n)
{
    return n->items.dropped;
}

/* --- moves ---------------------------------------------------------------- */

static void unload(struct node *n)
{
    body_close(n->rtl);
    n->rtl = NULL;
    n->mode = NODE_C;
}

/* Reports the end of a move; 'refused' is why it was none, or NULL. */
static void say_move(const struct node *n, bool up, uint64_t at_item,
                     const char *refused)
{
    struct slot_counters slot;
    bool counted =
        n->rtl != NULL && device_counters(n->device, n->slot, &slot) == 0;
    struct report_move m = {
        .node = n->v->name,
        .from = up ? "c" : "rtl",
        .to = up ? "rtl" : "c",
        .device = n->device_name,
        .at_item = at_item,
        .shadow_items = n->shadow_done,
        .ns = clock_ns() - n->move_ns,
        .lost = n->sent > n->got ? n->sent - n->got : 0,
        .duplicated = n->got > n->sent ? n->got - n->sent : 0,
        .reordered = n->reordered,
        .is_compared = n->twin != CHAIN_TWIN_OFF || n->sent == n->shadow_done,
        .slot = counted ? &slot : NULL,
        .refused = refused,
    };

    /* The slot counts by itself: what it says counts, too. */
    if (counted && slot.items_out < (uint32_t)n->sent) {
        m.lost = (uint32_t)n->sent - slot.items_out;
    }
    if (counted && slot.items_out > (uint32_t)n->sent) {
        m.duplicated = slot.items_out - (uint32_t)n->sent;
    }
    report_move(n->report, &m);
}

static void begin_shadow(struct node *n, enum node_mode mode, uint64_t shadow)
{
    n->mode = mode;
    n->shadow_left = shadow;
    n->shadow_done = 0;
}

/* Copies the state of 'from' to 'to' and reads it back; 0, or why not. */
static int copy_state(struct body *from, struct body *to, char *why,
                      size_t n_why)
{
    struct blob blob = {0}, back = {0};
    size_t table;
    uint32_t have, hold;
    int err = body_save(from, &blob);

    if (err == 0 && !body_fits(to, &blob, &table, &have, &hold)) {
        (void)snprintf(why, n_why,
                       "table %s has %u entries, the image holds %u",
                       from->fn->csr->tables[table].name, have, hold);
        blob_close(&blob);
        return ERR_CAPACITY;
    }
    if (err == 0) {
        err = body_load(to, &blob);
    }
    if (err == 0) {
        err = body_save(to, &back);
    }
    if (err == 0 && blob_differs(&blob, &back) >= 0) {
        err = ERR_DEVICE;
    }
    if (err < 0) {
        (void)snprintf(why, n_why, "%s",
                       err == ERR_HANG ? "the slot does not answer"
                                       : "the state does not read back");
    }
    blob_close(&blob);
    blob_close(&back);
    return err;
}

void node_concretize(struct node *n, struct device *device,
                     const char *device_name, uint32_t slot, uint64_t shadow)
{
    char why[160] = "the slot is taken or has no such image";

    n->move_ns = clock_ns();
    n->shadow_done = 0;
    if (n->mode != NODE_C) {
        say_move(n, true, n->items.in, "it is on the fabric, or on its way");
        return;
    }
    n->device = device;
    (void)snprintf(n->device_name, sizeof n->device_name, "%s/%u", device_name,
                   slot); /* a long name is cut */
    n->slot = slot;
    n->sent = n->got = n->reordered = 0;
    if (device_load(device, slot, n->v->fn, &n->rtl) < 0 ||
        copy_state(n->c, n->rtl, why, sizeof why) < 0) {
        say_move(n, true, n->items.in, why);
        unload(n);
        return;
    }
    begin_shadow(n, NODE_SHADOW_UP, shadow);
}

/* The C body serves from input item 'at_item' on. */
static void quarantine(struct node *n, uint64_t at_item)
{
    report_action(n->report, n->v->name, "quarantine", at_item,
                  "the C body serves");
    unload(n);
}

/* Compares the registers and tables of both bodies; true when equal. */
static bool same_state(struct node *n, uint64_t item)
{
    struct blob twin = {0}, device = {0};
    struct twin_verdict v = {.kind = TWIN_PARAMETER, .first_item = item};
    int err = body_save(n->c, &twin);

    err = err < 0 ? err : body_save(n->rtl, &device);
    if (err == 0) {
        v = twin_compare_state(n->v->fn->csr, &twin, &device, item);
    } else {
        v.kind = err == ERR_HANG ? TWIN_HANG : TWIN_PARAMETER;
        (void)snprintf(v.text, sizeof v.text, "%s", /* fits */
                       err == ERR_HANG ? "the slot does not answer"
                                       : "a table claims more than it holds");
    }
    blob_close(&twin);
    blob_close(&device);
    if (v.kind != TWIN_EQUAL) {
        report_verdict(n->report, n->v->name, n->device_name, &v);
    }
    return v.kind == TWIN_EQUAL;
}

void node_virtualize(struct node *n, uint64_t shadow)
{
    char why[160] = "";

    n->move_ns = clock_ns();
    n->shadow_done = 0;
    if (n->mode != NODE_RTL) {
        say_move(n, false, n->items.in, "it is not on the fabric");
        return;
    }
    if (n->twin != CHAIN_TWIN_OFF) {
        if (!same_state(n, n->items.in)) {
            say_move(n, false, n->items.in, "the states differ");
            quarantine(n, n->items.in);
            return;
        }
    } else if (copy_state(n->rtl, n->c, why, sizeof why) < 0) {
        say_move(n, false, n->items.in, why);
        return;
    }
    begin_shadow(n, NODE_SHADOW_DOWN, shadow);
}

/* Gives the writes to the body in the slot; 0, or why it cannot have them. */
static int set_device(struct node *n, const struct write_list *w, char *why,
                      size_t n_why)
{
    struct blob blob = {0};
    size_t table;
    uint32_t have, hold;
    int err = body_save(n->c, &blob); /* with the writes applied */

    if (err == 0 && !body_fits(n->rtl, &blob, &table, &have, &hold)) {
        (void)snprintf(why, n_why,
                       "table %s has %u entries, the image holds %u",
                       n->v->fn->csr->tables[table].name, have, hold);
        err = ERR_CAPACITY;
    } else if (err == 0) {
        err = write_list_apply(w, n->rtl);
        (void)snprintf(why, n_why, "the slot does not answer");
    }
    blob_close(&blob);
    return err;
}

void node_set(struct node *n, const struct write_list *w)
{
    char why[160] = "";
    int err = 0;

    /* The C body is up to date, but for a twin that is off. */
    if (n->mode == NODE_RTL && n->twin == CHAIN_TWIN_OFF) {
        err = copy_state(n->rtl, n->c, why, sizeof why);
    }
    (void)write_list_apply(w, n->c); /* checked when the chain was loaded */
    if (err == 0 && n->mode != NODE_C) {
        err = set_device(n, w, why, sizeof why);
    }
    if (err < 0) {
        n->move_ns = clock_ns();
        n->shadow_done = 0;
        say_move(n, n->mode == NODE_SHADOW_UP, n->items.in, why);
        report_action(n->report, n->v->name, "virtualize", n->items.in, why);
        unload(n);
    }
    report_action(n->report, n->v->name, "set", n->items.in, "applied");
}

/* --- items ---------------------------------------------------------------- */

/* Runs the device over 'in' into memory of the node's own. */
static int run_device(struct node *n, const struct fn_span *in,
                      struct fn_span *out)
{
    const struct pkt *x = in->items;
    int err;

    *out = (struct fn_span){.items = n->from_device, .cap = in->n};
    for (size_t k = 0; k < in->n; k++) {
        uint32_t room = x[k].len_bytes + NODE_PKT_ROOM;
        assert(n->bytes_at + room <= bytes_cap);
        n->from_device[k] =
            (struct pkt){.data = n->bytes + n->bytes_at, .room_bytes = room};
        n->bytes_at += room;
    }
    n->sent += in->n;
    err = body_run(n->rtl, in, out);
    n->got += out->n;
    return err;
}

/* Lets item k of the device's output leave in place of the twin's. */
static void take_device(struct fn_span *out, const struct fn_span *device,
                        size_t n_items)
{
    for (size_t k = 0; k < n_items; k++) {
        ((struct pkt *)out->items)[k] = ((struct pkt *)device->items)[k];
    }
}

/*
 * The twin differs at item v->index of this part.  What is equal leaves, and in
 * watched mode the wrong item, too; from the next boundary on the C body
 * serves.
 */
static void fall_back(struct node *n, const struct twin_verdict *v,
                      struct fn_span *out, const struct fn_span *device)
{
    bool left = n->twin != CHAIN_TWIN_CHECKED &&
                (v->kind == TWIN_DIFFER || v->kind == TWIN_SWAPPED);

    n->reordered += v->kind == TWIN_SWAPPED;
    take_device(out, device, v->index + left);
    report_verdict(n->report, n->v->name, n->device_name, v);
    if (n->mode == NODE_SHADOW_DOWN) {
        say_move(n, false, v->first_item,
                 "the bodies differ in the shadow run");
    }
    quarantine(n, v->first_item + left);
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
    struct fn_span rest = *in, rest_out = *out;
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
    if (copy_state(n->rtl, n->c, why, sizeof why) < 0) {
        report_action(n->report, n->v->name, "rescue", v.first_item, why);
    }
    take_device(out, device, done);
    rest.items = (struct pkt *)in->items + done;
    rest.n = in->n - done;
    rest.item0 = v.first_item;
    rest_out.items = (struct pkt *)out->items + done;
    rest_out.cap = rest.n;
    quarantine(n, v.first_item);
    return body_run(n->c, &rest, &rest_out);
}

/* The device alone. */
static int run_unwatched(struct node *n, const struct fn_span *in,
                         struct fn_span *out)
{
    struct fn_span device;
    int err = run_device(n, in, &device);

    if (err < 0 || device.n != in->n) {
        err = rescue(n, in, out, &device, err);
    } else {
        take_device(out, &device, in->n);
    }
    out->n = in->n;
    return err;
}

/* Both bodies on the same items. */
static int run_both(struct node *n, const struct fn_span *in,
                    struct fn_span *out)
{
    enum node_mode mode = n->mode;
    struct fn_span device;
    int device_err = run_device(n, in, &device);
    int err = body_run(n->c, in, out);
    struct twin_verdict v = twin_compare(out, &device, device_err);

    if (err < 0) {
        return err;
    }
    if (v.kind != TWIN_EQUAL && mode == NODE_SHADOW_UP) {
        report_verdict(n->report, n->v->name, n->device_name, &v);
        say_move(n, true, v.first_item, "the bodies differ in the shadow run");
        unload(n);
        return 0;
    }
    if (v.kind != TWIN_EQUAL) {
        fall_back(n, &v, out, &device);
        return 0;
    }
    if (mode != NODE_SHADOW_UP) {
        take_device(out, &device, in->n);
    }
    if (mode == NODE_RTL) {
        return 0;
    }
    n->shadow_done += in->n;
    n->shadow_left -= in->n;
    if (n->shadow_left == 0) {
        say_move(n, mode == NODE_SHADOW_UP, in->item0 + in->n, NULL);
        if (mode == NODE_SHADOW_UP) {
            n->mode = NODE_RTL;
        } else {
            unload(n);
        }
    }
    return 0;
}

static int run_part(struct node *n, const struct fn_span *in,
                    struct fn_span *out)
{
    if (n->mode == NODE_C) {
        return body_run(n->c, in, out);
    }
    if (n->mode == NODE_RTL && n->twin == CHAIN_TWIN_OFF) {
        return run_unwatched(n, in, out);
    }
    return run_both(n, in, out);
}

int node_run(struct node *n, const struct fn_span *in, struct fn_span *out)
{
    struct pkt *y = out->items;

    n->bytes_at = 0;
    for (size_t k = 0; k < in->n; k++) {
        y[k] = (struct pkt){.data = NULL}; /* edited in place */
    }
    for (size_t at = 0; at < in->n;) {
        struct fn_span part = *in, part_out = *out;
        bool shadow = n->mode == NODE_SHADOW_UP || n->mode == NODE_SHADOW_DOWN;
        part.items = (struct pkt *)in->items + at;
        part.n = in->n - at;
        if (shadow && part.n > n->shadow_left) {
            part.n = (size_t)n->shadow_left; /* the switch falls here */
        }
        part.item0 = n->items.in;
        part_out.items = y + at;
        part_out.cap = part.n;
        int err = run_part(n, &part, &part_out);
        if (err < 0) {
            return err;
        }
        n->items.in += part.n;
        at += part.n;
    }
    out->type = n->v->fn->csr->out;
    out->n = in->n;
    for (size_t k = 0; k < out->n; k++) {
        n->items.dropped += (y[k].flags & PKT_DROP) != 0;
    }
    n->items.out = n->items.in - n->items.dropped;
    return 0;
}

/* Totals, and the function's own counters as the serving body has them. */
static void say_node(const struct node *n)
{
    const struct csr_layout *l = n->v->fn->csr;
    bool rtl = n->mode == NODE_RTL || n->mode == NODE_SHADOW_DOWN;
    uint32_t regs[256] = {0};
    int err = 0;

    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        err = body_read(rtl ? n->rtl : n->c, l->regs[k].offset, &regs[k]);
    }
    report_node(n->report, &(struct report_node){
                               .name = n->v->name,
                               .body = rtl ? "rtl" : "c",
                               .layout = l,
                               .items = &n->items,
                               .regs = err == 0 ? regs : NULL,
                           });
}

void node_finish(struct node *n)
{
    if (n->mode == NODE_SHADOW_UP || n->mode == NODE_SHADOW_DOWN) {
        say_move(n, n->mode == NODE_SHADOW_UP, n->items.in,
                 "the input ended in the shadow run");
    }
    if (n->mode == NODE_RTL && n->twin != CHAIN_TWIN_OFF &&
        !same_state(n, n->items.in)) {
        quarantine(n, n->items.in);
    }
    say_node(n);
}
