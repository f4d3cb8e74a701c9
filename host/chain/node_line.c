/* node_line.c - a node whose slot runs in a line of several; see node.h. */
#include "core/base/err.h"
#include "host/chain/node_in.h"

bool node_is_stable_on(const struct node *n, struct device **device,
                       uint32_t *slot)
{
    /* What a cache punts has to come back to the host at once. */
    if (!node_is_up(n) || n->cache != NULL || node_is_due(n)) {
        return false;
    }
    *device = n->device;
    *slot = n->slot;
    return true;
}

struct body *node_c_body(struct node *n)
{
    return node_twin(n);
}

void node_room(struct node *n, const struct fn_span *in, struct fn_span *out)
{
    n->bytes_at = 0;
    *out = (struct fn_span){.items = n->from_device, .cap = in->n};
    node_own_bytes(n, in, n->from_device);
}

static bool is_cared_for(const struct node *n)
{
    return n->care != NULL && n->care->active;
}

void node_line_begin(struct node *n, const struct fn_span *in,
                     struct fn_span *out)
{
    if (is_cared_for(n)) {
        node_own_bytes(n, in, out->items);
    }
}

int node_line_run(struct node *n, const struct fn_span *in, struct fn_span *out,
                  struct twin_verdict *told)
{
    int err;

    *told = (struct twin_verdict){.kind = TWIN_EQUAL};
    if (!is_cared_for(n)) {
        return body_run(n->c, in, out);
    }
    node_care_before(n, in->item0);
    err = node_care_run(n, &n->care->watch, in, out, told);
    told->index = (size_t)(told->first_item - in->item0);
    return err;
}

bool node_line_again(struct node *n, const struct fn_span *in,
                     struct fn_span *out)
{
    struct node_care *c = n->care;

    if (!is_cared_for(n)) {
        return false;
    }
    *out =
        node_care_room(n, NODE_SPARE - 1, in); /* a replay takes the others */
    body_copy(c->before, c->again, true);
    return body_run(c->again, in, out) == 0;
}

void node_sent(struct node *n, size_t sent, size_t got)
{
    n->sent += sent;
    n->got += got;
    n->served += sent;
}

void node_count(struct node *n, const struct node_count *c)
{
    n->items.in += c->in;
    n->items.dropped += c->dropped;
    n->items.out = n->items.in - n->items.dropped;
    n->next_item = n->items.in;
    if (n->care != NULL) {
        repair_count(&n->care->machine, c->right);
    }
}

bool node_is_same_state(struct node *n)
{
    struct blob twin = {0}, device = {0};
    bool same = body_save(n->c, &twin) == 0 &&
                body_save(n->rtl, &device) == 0 &&
                blob_differs(&twin, &device) < 0;

    blob_close(&twin);
    blob_close(&device);
    return same;
}

bool node_rescue(struct node *n)
{
    char why[160];

    if (node_copy_state(n->rtl, n->c, why, sizeof why) < 0) {
        report_action(n->report, n->v->name, "rescue", n->items.in, 0, why);
        return false;
    }
    return true;
}

void node_end_line(struct node *n, uint64_t at_item)
{
    if (node_repairs(n)) {
        node_repair_state(n, at_item);
    } else {
        node_quarantine(n, at_item);
    }
}

void node_end_line_by(struct node *n, struct twin_verdict *v,
                      const struct fn_span *in, const struct fn_span *out,
                      uint64_t at_item)
{
    bool repair = node_repairs(n);
    enum repair_event event = REPAIR_AGAIN;

    n->reordered += v->kind == TWIN_SWAPPED;
    if (repair) {
        (void)repair_step(&n->care->machine, REPAIR_DIFFERS);
        event = node_repair_look(n, in, out, v);
    }
    report_verdict(n->report, n->v->name, n->device_name, v);
    if (repair) {
        node_repair_act(n, event, at_item);
    } else {
        node_quarantine(n, at_item);
    }
}
