/*
 * last.h - the last two bursts of a bed, kept for the twin to run again: what
 * goes wrong late in a burst may show in the next.
 */
#ifndef HOST_CAMPAIGN_LAST_H
#define HOST_CAMPAIGN_LAST_H

#include "twin/locate.h"

struct last {
    struct twin_burst burst; /* both as one; only the last behind a change */
    struct body *before;     /* the C body as it was before the last */
    struct body *older;      /* ... and before the other one */
    struct body *again;
    struct fn_taps taps; /* before the last */
    uint32_t sig_out;
    struct fn_span both, room;
    size_t n; /* items of the last */
};

/*
 * 'both' has room for the items of two bursts and 'room' for what comes of one
 * item; both are the caller's.  ERR_NO_MEM.  last_close() takes {0}.
 */
int last_open(struct last *l, const struct fn *fn, const struct fn_span *both,
              const struct fn_span *room);
void last_close(struct last *l);

/*
 * 'in' is what the C body of 'w' will run next; bytes of packets must stay as
 * they are for two bursts.
 */
void last_keep(struct last *l, const struct twin_watch *w,
               const struct fn_span *in);

/* The C body was changed, or the slot reset: no burst is the next one's last.
 */
void last_forget(struct last *l);

#endif
