/* last.c - see last.h. */
#include "host/campaign/last.h"

#include <string.h>

int last_open(struct last *l, const struct fn *fn, const struct fn_span *both,
              const struct fn_span *room)
{
    int err = body_open_c(fn, &l->before);

    err = err < 0 ? err : body_open_c(fn, &l->older);
    err = err < 0 ? err : body_open_c(fn, &l->again);
    l->both = *both;
    l->room = *room;
    return err;
}

void last_close(struct last *l)
{
    body_close(l->before);
    body_close(l->older);
    body_close(l->again);
    *l = (struct last){0};
}

void last_keep(struct last *l, const struct twin_watch *w,
               const struct fn_span *in)
{
    size_t size = in->type == FN_PKT ? sizeof(struct pkt) : sizeof(struct iq16);
    uint8_t *to = l->both.items;
    struct body *older = l->older;

    l->burst.taps = l->n > 0 ? l->taps : w->taps;
    l->burst.sig_out = l->n > 0 ? l->sig_out : w->sig_out;
    l->taps = w->taps;
    l->sig_out = w->sig_out;
    l->older = l->before;
    l->before = older;
    body_copy(w->c, l->before, true);
    /* The last one moves to the front. */
    memmove(to, to + (l->both.n - l->n) * size, l->n * size);
    memcpy(to + l->n * size, in->items, in->n * size);
    l->both.item0 = in->item0 - l->n;
    l->both.n = l->n + in->n;
    l->burst.before = l->n > 0 ? l->older : l->before;
    l->burst.in = &l->both;
    l->burst.out = &l->room;
    l->burst.again = l->again;
    l->n = in->n;
}

void last_forget(struct last *l)
{
    l->n = 0;
}
