/* report.c - see report.h. */
#include "host/chain/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "core/json/json_line.h"
#include "host/chain/recorder.h"

static void line(const struct report *r, json_t *object)
{
    json_line(r->out, object, 6);
}

static const char *body_word(const char *kind)
{
    return strcmp(kind, "c") == 0 ? "software" : "fabric";
}

/* Behind the name of a source or sink: " (in.pcap)", " (tap:tap0)". */
static void print_port(const struct report *r, const struct chain_vertex *v)
{
    if (v->kind != CHAIN_NODE) {
        const struct port_traits *t = &port_traits[v->port];
        (void)fprintf(r->out, " (%s%s%s)", t->is_file ? "" : t->word,
                      t->is_file || v->file[0] == '\0' ? "" : ":", v->file);
    }
}

void report_chain(const struct report *r, const struct chain *c)
{
    if (r->json) {
        return;
    }
    (void)fprintf(r->out, "chain %s\n", c->name);
    for (size_t k = 0; k < c->n_links; k++) {
        const struct chain_link *l = &c->link[k];
        const struct chain_vertex *a = &c->vertex[l->from];
        const struct chain_vertex *b = &c->vertex[l->to];
        (void)fprintf(r->out, "  %s", a->name);
        print_port(r, a);
        (void)fprintf(r->out, " -> %s", b->name);
        print_port(r, b);
        (void)fputc('\n', r->out);
    }
    (void)fputc('\n', r->out);
    (void)fflush(r->out); /* who waits for the begin sees it; asked later */
}

static void move_json(const struct report *r, const struct report_move *m)
{
    json_t *o = json_pack(
        "{ss, ss, ss, ss, ss, ss, sI, sI, sf, sI, sI}", "type", "move", "node",
        m->node, "from", m->from, "to", m->to, "device", m->device, "image",
        m->image, "at_item", (json_int_t)m->at_item, "shadow_items",
        (json_int_t)m->shadow_items, "ms", (double)m->ns / 1e6, "lost",
        (json_int_t)m->lost, "duplicated", (json_int_t)m->duplicated);

    if (m->is_compared) {
        (void)json_object_set_new(o, "reordered",
                                  json_integer((json_int_t)m->reordered));
    }
    if (m->slot != NULL) {
        (void)json_object_set_new(o, "slot_cycles",
                                  json_integer((json_int_t)m->slot->cycles));
        (void)json_object_set_new(o, "slot_items_in",
                                  json_integer(m->slot->items_in));
        (void)json_object_set_new(o, "slot_items_out",
                                  json_integer(m->slot->items_out));
    }
    if (m->refused != NULL) {
        (void)json_object_set_new(o, "refused", json_string(m->refused));
    }
    line(r, o);
}

void report_move(const struct report *r, const struct report_move *m)
{
    char order[64] = "order not watched";

    recorder_put(r->recorder,
                 &(struct wire_record){.type = WIRE_MOVE,
                                       .node = wire_text(m->node),
                                       .device = wire_text(m->device),
                                       .fn = wire_text(m->image),
                                       .kind = wire_text(m->to),
                                       .text = wire_text(m->refused),
                                       .item = m->at_item,
                                       .count = m->shadow_items});
    if (r->json) {
        move_json(r, m);
        return;
    }
    (void)fprintf(r->out, "item %8" PRIu64 "  %s: %s -> %s %s (%s)", m->at_item,
                  m->node, body_word(m->from), body_word(m->to), m->device,
                  m->image);
    if (m->refused != NULL) {
        (void)fprintf(r->out, " refused: %s\n", m->refused);
        return;
    }
    if (m->is_compared) {
        (void)snprintf(order, sizeof order, "%" PRIu64 " reordered",
                       m->reordered); /* fits */
    }
    (void)fprintf(r->out,
                  " after %" PRIu64 " equal items, %.1f ms; %" PRIu64
                  " lost, %" PRIu64 " repeated, %s\n",
                  m->shadow_items, (double)m->ns / 1e6, m->lost, m->duplicated,
                  order);
    if (m->slot != NULL) {
        (void)fprintf(r->out,
                      "%15s the slot's own count: %u items in, %u out, %" PRIu64
                      " clocks\n",
                      "", m->slot->items_in, m->slot->items_out,
                      m->slot->cycles);
    }
}

void report_segment(const struct report *r, const char *first, const char *last,
                    size_t n, uint64_t item)
{
    if (r->json) {
        line(r, json_pack("{ss, ss, ss, sI, sI}", "type", "segment", "first",
                          first, "last", last, "nodes", (json_int_t)n,
                          "at_item", (json_int_t)item));
        return;
    }
    (void)fprintf(r->out,
                  "item %8" PRIu64 "  %s to %s: %zu nodes run as one on the "
                  "fabric\n",
                  item, first, last, n);
}

void report_fault(const struct report *r, uint64_t item, const char *device,
                  const char *flip)
{
    recorder_put(r->recorder, &(struct wire_record){.type = WIRE_FAULT,
                                                    .device = wire_text(device),
                                                    .text = wire_text(flip),
                                                    .item = item});
    if (r->json) {
        line(r, json_pack("{ss, sI, ss, ss}", "type", "fault", "at_item",
                          (json_int_t)item, "device", device, "flip", flip));
        return;
    }
    (void)fprintf(r->out,
                  "item %8" PRIu64 "  %s: fault injected, bit %s flipped\n",
                  item, device, flip);
}

void report_verdict(const struct report *r, const char *node,
                    const char *device, const struct twin_verdict *v)
{
    recorder_put(r->recorder, &(struct wire_record){
                                  .type = WIRE_VERDICT,
                                  .node = wire_text(node),
                                  .device = wire_text(device),
                                  .kind = wire_text(twin_kind_name(v->kind)),
                                  .text = wire_text(v->text),
                                  .stage = wire_text(v->stage),
                                  .reg = wire_text(v->reg),
                                  .class = wire_text(v->fault_class),
                                  .item = v->first_item});
    if (r->json) {
        json_t *o = json_pack("{ss, ss, ss, ss, sI, ss}", "type", "verdict",
                              "node", node, "device", device, "verdict",
                              twin_kind_name(v->kind), "first_item",
                              (json_int_t)v->first_item, "detail", v->text);
        if (v->stage[0] != '\0') {
            (void)json_object_set_new(o, "stage", json_string(v->stage));
        }
        if (v->fault_class != NULL) {
            (void)json_object_set_new(o, "class", json_string(v->fault_class));
        }
        if (v->reg[0] != '\0') {
            (void)json_object_set_new(o, "register", json_string(v->reg));
        }
        line(r, o);
        return;
    }
    (void)fprintf(r->out, "item %8" PRIu64 "  %s: the twin says %s%s%s: %s\n",
                  v->first_item, node, twin_kind_name(v->kind),
                  v->fault_class != NULL ? ", " : "",
                  v->fault_class != NULL ? v->fault_class : "", v->text);
}

void report_action(const struct report *r, const char *node, const char *action,
                   uint64_t at_item, uint64_t ns, const char *result)
{
    recorder_put(r->recorder, &(struct wire_record){.type = WIRE_ACTION,
                                                    .node = wire_text(node),
                                                    .kind = wire_text(action),
                                                    .text = wire_text(result),
                                                    .item = at_item});
    if (r->json) {
        line(r,
             json_pack("{ss, ss, ss, sI, sf, ss}", "type", "action", "node",
                       node, "action", action, "at_item", (json_int_t)at_item,
                       "ms", (double)ns / 1e6, "result", result));
        return;
    }
    (void)fprintf(r->out, "item %8" PRIu64 "  %s: %s, %s", at_item, node,
                  action, result);
    if (ns > 0) {
        (void)fprintf(r->out, " (%.1f ms)", (double)ns / 1e6);
    }
    (void)fputc('\n', r->out);
}

/* What the registers of 'l' that count hold; printed for people. */
static json_t *counters(const struct report *r, const struct csr_layout *l,
                        const uint32_t *regs)
{
    json_t *o = json_object();

    for (size_t k = 0; k < l->n_regs && regs != NULL; k++) {
        if (l->regs[k].access != CSR_COUNT) {
            continue;
        }
        (void)json_object_set_new(o, l->regs[k].name, json_integer(regs[k]));
        if (!r->json) {
            (void)fprintf(r->out, "  %-12s %10u  %s\n", l->regs[k].name,
                          regs[k], l->regs[k].help);
        }
    }
    return o;
}

void report_node(const struct report *r, const struct report_node *n)
{
    if (!r->json) {
        (void)fprintf(r->out,
                      "\nnode %s (%s, ends in %s): %" PRIu64 " in, %" PRIu64
                      " out, %" PRIu64 " dropped\n",
                      n->name, n->layout->name, body_word(n->body),
                      n->items->in, n->items->out, n->items->dropped);
    }
    json_t *own = counters(r, n->layout, n->regs);
    if (n->cache != NULL && !r->json) {
        (void)fprintf(r->out, "  of these by %s on the fabric:\n",
                      n->cache->name);
    }
    json_t *cache =
        n->cache != NULL ? counters(r, n->cache, n->cache_regs) : NULL;
    if (!r->json) {
        json_decref(own);
        json_decref(cache);
        return;
    }
    json_t *o =
        json_pack("{ss, ss, ss, ss, sI, sI, sI, so}", "type", "node", "name",
                  n->name, "fn", n->layout->name, "body", n->body, "in",
                  (json_int_t)n->items->in, "out", (json_int_t)n->items->out,
                  "dropped", (json_int_t)n->items->dropped, "counters", own);
    if (cache != NULL) {
        (void)json_object_set_new(o, "cache", cache);
    }
    line(r, o);
}

void report_port(const struct report *r, const struct report_port *p)
{
    const struct port_counts *c = p->counts;

    if (r->json) {
        line(r, json_pack("{ss, ss, ss, ss, sI, sI, sI, sI, sI, sI}", "type",
                          "port", "name", p->name, "kind", p->kind, "port",
                          p->port, "received", (json_int_t)c->received, "sent",
                          (json_int_t)c->sent, "kernel_dropped",
                          (json_int_t)c->kernel_dropped, "no_buffer",
                          (json_int_t)c->no_buffer, "no_room",
                          (json_int_t)p->no_room, "refused",
                          (json_int_t)c->refused));
        return;
    }
    (void)fprintf(
        r->out,
        "\nport %s (%s%s%s): %" PRIu64 " received, %" PRIu64
        " sent; lost: %" PRIu64 " by the kernel, %" PRIu64
        " without a buffer, %" PRIu64 " without room, %" PRIu64 " refused\n",
        p->name, p->kind, p->port[0] == '\0' ? "" : ":", p->port, c->received,
        c->sent, c->kernel_dropped, c->no_buffer, p->no_room, c->refused);
}

void report_summary(const struct report *r, const struct report_items *items,
                    double seconds)
{
    if (r->json) {
        line(r, json_pack("{ss, sI, sI, sI, sf}", "type", "summary", "items_in",
                          (json_int_t)items->in, "items_out",
                          (json_int_t)items->out, "dropped",
                          (json_int_t)items->dropped, "seconds", seconds));
        return;
    }
    (void)fprintf(r->out,
                  "%" PRIu64 " packets in, %" PRIu64 " out, %" PRIu64
                  " dropped, in %.2f s\n",
                  items->in, items->out, items->dropped, seconds);
}
