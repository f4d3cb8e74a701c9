/*
 * recorder_items.c - items, states and telemetry of nodes on the fabric; see
 * recorder.h.
 */
#include "core/telemetry.h"
#include "core/wire/items.h"
#include "host/chain/recorder_in.h"

enum {
    /* A state is kept again after so many bytes of items, and after so many
     * times its own size: so states are at most a fifth of what is kept. */
    STATE_EACH_BYTES = 1 << 20,
    STATE_SHARE = 4,
};

static void put_state(struct recorder *r, struct track *t, struct body *twin,
                      uint64_t item)
{
    struct blob blob = {0};
    uint8_t *data = NULL;

    if (body_save(twin, &blob) == 0) { /* a C body: memory only */
        data = recorder_room(r, 4 * blob.n + 1);
    }
    if (data != NULL) {
        wire_words_put(blob.words, blob.n, data);
        t->state_bytes = 4 * blob.n;
        t->since_bytes = 0;
        t->fn = twin->fn;
        t->file = history_file(r->history);
        recorder_to_history(
            r, &(struct wire_record){.type = WIRE_CHECKPOINT,
                                     .t_ns = recorder_now(r),
                                     .node = wire_text(t->name),
                                     .fn = wire_text(twin->fn->csr->name),
                                     .item = item,
                                     .layout = blob.layout,
                                     .data = {data, 4 * blob.n}});
    }
    blob_close(&blob);
}

static bool state_is_due(const struct recorder *r, const struct track *t,
                         const struct fn *fn, uint64_t item)
{
    return item != t->next_item || t->fn != fn ||
           t->file != history_file(r->history) ||
           (t->since_bytes >= STATE_EACH_BYTES &&
            t->since_bytes >= STATE_SHARE * t->state_bytes);
}

void recorder_learn(struct recorder *r, const char *node, const struct fn *fn,
                    uint64_t item, const struct write_list *w)
{
    uint8_t *data =
        r != NULL && r->history != NULL ? recorder_writes(r, w) : NULL;

    if (data != NULL) {
        recorder_to_history(
            r, &(struct wire_record){.type = WIRE_LEARN,
                                     .t_ns = recorder_now(r),
                                     .node = wire_text(node),
                                     .fn = wire_text(fn->csr->name),
                                     .item = item,
                                     .count = w->n,
                                     .data = {data, 8 * w->n}});
    }
}

void recorder_input(struct recorder *r, const char *node, struct body *twin,
                    const struct fn_span *in)
{
    size_t k = r != NULL ? recorder_find(r, node) : RECORDER_NODES;
    uint8_t *data;

    if (k == RECORDER_NODES) {
        return;
    }
    size_t n = wire_items_bytes(in);
    struct track *t = &r->track[k];
    r->total[k].items += in->n;
    r->total[k].octets += n;
    if (r->history != NULL && state_is_due(r, t, twin->fn, in->item0)) {
        put_state(r, t, twin, in->item0);
    }
    t->next_item = in->item0 + in->n;
    t->since_bytes += n;
    data = r->history != NULL ? recorder_room(r, n + 1) : NULL;
    if (data != NULL) {
        wire_items_put(in, data);
        recorder_to_history(r, &(struct wire_record){.type = WIRE_INPUT,
                                                     .t_ns = recorder_now(r),
                                                     .node = wire_text(node),
                                                     .item = in->item0,
                                                     .count = in->n,
                                                     .data = {data, n}});
    }
}

void recorder_output(struct recorder *r, const char *node,
                     const struct fn_span *twin, const struct fn_span *device)
{
    size_t k = r != NULL ? recorder_find(r, node) : RECORDER_NODES;
    uint8_t *data = NULL;
    size_t n = 0;

    if (k == RECORDER_NODES) {
        return;
    }
    for (size_t j = 0; twin->type == FN_PKT && j < twin->n; j++) {
        const struct pkt *p = (const struct pkt *)twin->items + j;
        r->total[k].dropped += (p->flags & PKT_DROP) != 0;
    }
    if (r->history == NULL) {
        return;
    }
    if (device != NULL) {
        n = wire_items_bytes(device);
        data = recorder_room(r, n + 1);
    }
    if (data != NULL) {
        wire_items_put(device, data);
    }
    recorder_to_history(r,
                        &(struct wire_record){
                            .type = WIRE_OUTPUT,
                            .t_ns = recorder_now(r),
                            .node = wire_text(node),
                            .item = twin->item0,
                            .count = twin->n,
                            .digest = wire_digest(twin),
                            .kind = wire_text(device != NULL ? "differ" : NULL),
                            .data = {data, data != NULL ? n : 0}});
}

void recorder_frames(struct recorder *r, const char *node, const char *device,
                     uint64_t item, uint32_t sent, struct wire_bytes frames)
{
    size_t k = r != NULL ? recorder_find(r, node) : RECORDER_NODES;

    for (size_t at = 0; k < RECORDER_NODES && at < frames.n;
         at += TELEMETRY_BYTES) {
        struct telemetry t;
        size_t n =
            frames.n - at < TELEMETRY_BYTES ? frames.n - at : TELEMETRY_BYTES;
        bool good = telemetry_decode(frames.at + at, n, &t) == NULL;
        r->total[k].frames++;
        recorder_put(
            r, &(struct wire_record){
                   .type = WIRE_TELEMETRY,
                   .node = wire_text(node),
                   .device = wire_text(device),
                   /* A damaged one cannot say where it belongs. */
                   .item = good ? item - (uint32_t)(sent - t.items_in) : item,
                   .data = {frames.at + at, n}});
    }
}
