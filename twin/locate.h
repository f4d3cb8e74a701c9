/*
 * locate.h - where it first went wrong: asks a slot for the digests of its
 * stages, its registers and its tables at once, without waiting for a window to
 * end.
 */
#ifndef TWIN_LOCATE_H
#define TWIN_LOCATE_H

#include "twin/watch.h"

/*
 * Puts the stage, and the register or table word, into v->stage and v->reg:
 * "input" when other items came in; a stored word the host wrote that is not as
 * the twin has it is "state".  So are, unless the first stage differs, which is
 * before all tables, table words that the last burst was to leave as they were,
 * if there is one, or if all are wrong in the same bits, as what stands behind
 * a table makes them.  Else the first stage whose digest differs, of which
 * wrong words are the consequence; else other words; else "output".  Of a slot
 * that hangs it is the first stage that has not done what came in, as far as
 * w->trail is there to tell.  Without w->before no word was to change.  'w' has
 * run all that 'device', the slot, had; the device is between two bursts.  What
 * is unknown stays as it was.  ERR_HANG, ERR_DEVICE, ERR_NO_MEM: as far as it
 * came.
 */
int twin_locate(const struct twin_watch *w, struct body *device,
                struct twin_verdict *v);

#endif
