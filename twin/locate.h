/*
 * locate.h - where it first went wrong: asks a slot for the digests of its
 * stages, its registers and its tables at once, without waiting for a window to
 * end.
 */
#ifndef TWIN_LOCATE_H
#define TWIN_LOCATE_H

#include "twin/watch.h"

/* What it takes to run the last burst once more; all is the caller's. */
struct twin_burst {
    const struct body *before; /* the C body as it was before the burst */
    struct fn_taps taps;       /* the twin's digests then */
    uint32_t sig_out;
    const struct fn_span *in; /* its items */
    struct fn_span *out;      /* room for as many */
    struct body *again;       /* a C body of the function, overwritten */
};

/*
 * Puts the stage, and the register or table word, into v->stage and v->reg:
 * "input" when other items came in; a register the host wrote that is not as
 * the twin has it is "state".  Else the first stage whose digest differs, but a
 * digest may be the consequence of words that were wrong before: 'burst' is run
 * again with the wrong table words as the slot has them, from behind each of
 * its items on, and the stage is the last that differs first.  When all digests
 * come out as the slot has them it is "state"; without any that differs, wrong
 * words are "state", too, and all else is "output".  Of a slot that hangs, also
 * behind an item that was wrong, it is the first stage that has not done what
 * came in, as far as w->trail is there to tell; w->trail is NULL of one that
 * did not stop.
 *
 * 'burst' may be NULL: digests are nobody's consequence then.  'w' has run all
 * that 'device', the slot, had; the device is between two bursts.  What is
 * unknown stays as it was.  ERR_HANG, ERR_DEVICE, ERR_NO_MEM: as far as it
 * came.
 */
int twin_locate(const struct twin_watch *w, struct body *device,
                struct twin_burst *burst, struct twin_verdict *v);

#endif
