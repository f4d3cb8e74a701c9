/* window.c - see window.h; window_file.c has its files. */
#include "twin/window.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

int twin_span_room(enum fn_type type, size_t n, size_t n_bytes,
                   struct fn_span *to)
{
    size_t size = type == FN_PKT ? sizeof(struct pkt) : sizeof(struct iq16);
    uint8_t *bytes = type == FN_PKT ? malloc(n_bytes + 1) : NULL;
    void *items = calloc(n + 1, size);

    if (items == NULL || (type == FN_PKT && bytes == NULL)) {
        free(items);
        free(bytes);
        return ERR_NO_MEM;
    }
    if (type == FN_PKT) {
        ((struct pkt *)items)[0].data = bytes;
    }
    *to = (struct fn_span){.type = type, .items = items, .cap = n};
    return 0;
}

int twin_span_copy(const struct fn_span *from, struct fn_span *to)
{
    const struct pkt *p = from->items;
    size_t n_bytes = 0;
    int err;

    for (size_t k = 0; from->type == FN_PKT && k < from->n; k++) {
        n_bytes += p[k].len_bytes;
    }
    err = twin_span_room(from->type, from->n, n_bytes, to);
    if (err < 0) {
        return err;
    }
    to->n = from->n;
    to->item0 = from->item0;
    if (from->type != FN_PKT) {
        memcpy(to->items, from->items, from->n * sizeof(struct iq16));
        return 0;
    }
    struct pkt *q = to->items;
    uint8_t *at = q[0].data;
    for (size_t k = 0; k < from->n; k++) {
        q[k] = p[k];
        q[k].data = at;
        q[k].room_bytes = p[k].len_bytes;
        memcpy(at, p[k].data, p[k].len_bytes);
        at += p[k].len_bytes;
    }
    return 0;
}

void twin_span_close(struct fn_span *s)
{
    if (s->items != NULL && s->type == FN_PKT) {
        free(((struct pkt *)s->items)[0].data);
    }
    free(s->items);
    *s = (struct fn_span){.type = s->type};
}

void twin_window_close(struct twin_window *w)
{
    blob_close(&w->start);
    blob_close(&w->end);
    twin_span_close(&w->in);
    twin_span_close(&w->out);
    free(w->write);
    *w = (struct twin_window){0};
}
