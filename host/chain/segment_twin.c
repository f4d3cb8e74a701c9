/* segment_twin.c - the C bodies of a segment; see segment_in.h. */
#include "core/digest.h"
#include "host/chain/segment_in.h"

static struct fn_span part(const struct fn_span *s, size_t from, size_t to)
{
    struct fn_span p = *s;

    p.items = (struct pkt *)s->items + from;
    p.n = p.cap = to - from;
    p.item0 = s->item0 + from;
    return p;
}

/* For what comes out: the state of 'c' has these items already. */
static int run_again(struct body *c, const struct fn_span *in,
                     struct fn_span *out)
{
    struct blob state = {0};
    int err = body_save(c, &state);

    err = err < 0 ? err : body_run(c, in, out);
    err = err < 0 ? err : body_load(c, &state);
    blob_close(&state);
    return err;
}

/* Runs all of 'in', the first 'had' items again. */
static int run_rest(struct body *c, const struct fn_span *in,
                    struct fn_span *out, size_t had)
{
    struct fn_span old = part(in, 0, had), fresh = part(in, had, in->n);
    struct fn_span old_out = part(out, 0, had);
    struct fn_span fresh_out = part(out, had, in->n);
    int err = had > 0 ? run_again(c, &old, &old_out) : 0;

    if (err == 0 && fresh.n > 0) {
        err = body_run(c, &fresh, &fresh_out);
    }
    out->type = FN_PKT;
    out->n = in->n;
    return err;
}

/*
 * The recorder gets what node j has or gave, without what earlier ones had
 * dropped: that is none of its items.
 */
static void record(struct segment *s, size_t j, const struct fn_span *all,
                   const size_t *by, bool is_input)
{
    struct pkt own[FN_BURST_PKT];
    struct fn_span span = {.type = FN_PKT, .items = own, .cap = FN_BURST_PKT};

    for (size_t k = 0; k < all->n; k++) {
        if (by[k] >= j) {
            own[span.n++] = ((const struct pkt *)all->items)[k];
        }
    }
    span.item0 = node_items(s->node[j]);
    if (is_input) {
        node_record_in(s->node[j], &span);
    } else {
        node_record_out(s->node[j], &span, NULL);
        node_record_frames(s->node[j], span.item0 + span.n);
    }
}

int segment_run_twins(struct segment *s, struct segment_burst *b,
                      const size_t *had, uint32_t *sig)
{
    struct fn_span from = *b->in, to = *b->out;
    struct pkt *y = to.items;
    int err = 0;

    for (size_t k = 0; k < from.n; k++) {
        y[k] = (struct pkt){.data = NULL}; /* edited in place */
        b->by[k] = s->n;
    }
    if (had == NULL) {
        node_line_begin(s->node[0], b->in, &to);
    }
    for (size_t j = 0; err == 0 && j < s->n; j++) {
        from.item0 = node_items(s->node[j]);
        if (had == NULL) { /* else a part has been */
            record(s, j, &from, b->by, true);
        }
        err = had != NULL
                  ? run_rest(node_c_body(s->node[j]), &from, &to, had[j])
                  : node_line_run(s->node[j], &from, &to, &b->told[j]);
        if (err == 0 && had == NULL) {
            record(s, j, &to, b->by, false);
        }
        sig[j] = err == 0 ? digest_span(sig[j], &to) : 0;
        for (size_t k = 0; err == 0 && k < from.n; k++) {
            if (b->by[k] == s->n && (y[k].flags & PKT_DROP) != 0) {
                b->by[k] = j;
            }
            if (j + 1 < s->n) {
                y[k].out_port = 0; /* as behind a link, and in the crossbar */
            }
        }
        from = to;
    }
    *b->out = to;
    b->out->item0 = node_items(s->node[0]);
    return err;
}

void segment_drops_by_twins(const struct segment *s,
                            const struct segment_burst *b, size_t *dropped)
{
    for (size_t j = 0; j < s->n; j++) {
        dropped[j] = 0;
    }
    for (size_t k = 0; k < b->in->n; k++) {
        if (b->by[k] < s->n) {
            dropped[b->by[k]]++;
        }
    }
}

size_t segment_first_wrong(struct segment *s, const uint32_t *sig)
{
    struct segment_counted now = segment_counters(s);
    size_t j = 0;

    while (j < s->n && (!now.known || now.slot[j].sig_out == sig[j])) {
        j++;
    }
    return j;
}

size_t segment_first_told(const struct segment *s,
                          const struct segment_burst *b)
{
    size_t j = 0;

    while (j < s->n && b->told[j].kind == TWIN_EQUAL) {
        j++;
    }
    return j;
}

void segment_run_again(struct segment *s, const struct segment_burst *b,
                       size_t who, struct fn_span *in, struct fn_span *out)
{
    bool more = true;

    *in = *out = *b->in;
    for (size_t j = 0; more && j <= who; j++) {
        *in = *out;
        in->item0 = node_items(s->node[j]);
        more = node_line_again(s->node[j], in, out);
        for (size_t k = 0; more && j < who && k < out->n; k++) {
            ((struct pkt *)out->items)[k].out_port = 0; /* as behind a link */
        }
    }
}
