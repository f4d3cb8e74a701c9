/* node_record.c - what a node tells the recorder; see node.h, recorder.h. */
#include "host/chain/node_in.h"
#include "host/chain/recorder.h"

void node_record_begin(struct node *n)
{
    if (n->report->recorder != NULL) {
        recorder_put(
            n->report->recorder,
            &(struct wire_record){.type = WIRE_IMAGE,
                                  .node = wire_text(n->v->name),
                                  .device = wire_text(n->device_name),
                                  .fn = wire_text(n->rtl->fn->csr->name),
                                  .item = n->items.in});
    }
}

void node_record_in(struct node *n, const struct fn_span *in)
{
    recorder_input(n->report->recorder, n->v->name, node_twin(n), in);
}

void node_record_frames(struct node *n, uint64_t after)
{
    const struct node_care *c = n->care;

    if (n->report->recorder != NULL && c != NULL && c->reports) {
        recorder_frames(n->report->recorder, n->v->name, n->device_name, after,
                        (uint32_t)c->watch.items,
                        (struct wire_bytes){c->frames, c->n_frames});
    }
}

void node_record_out(struct node *n, const struct fn_span *twin,
                     const struct fn_span *device)
{
    struct fn_span out = *twin;

    if (n->report->recorder == NULL) {
        return;
    }
    out.item0 = n->items.in;
    recorder_output(n->report->recorder, n->v->name, &out, device);
}
