/*
 * fast.h - partial offload: the function that holds exact results of another,
 * and what passes between the two when work moves there and back.
 */
#ifndef CORE_FAST_H
#define CORE_FAST_H

#include "core/body.h"

/* The function that holds results of 'slow'; NULL when there is none. */
const struct fn *fast_find(const struct fn *slow);

/* Has 'fn' an RTL body, or with 'may_cache' who holds its results? */
bool fast_has_rtl(const struct fn *fn, bool may_cache);

/*
 * Emits the writes after which 'fast' knows nothing and has the settings of
 * 'slow': tables empty and in use, rw registers of the same name copied.  At no
 * time between them does an old result count.  Errors of 'slow' and of 'emit'.
 */
int fast_forget(const struct fn *fast, struct body *slow, fn_emit *emit,
                void *ctx);

/* Adds what 'fast' counted to the registers of 'slow' that have the same names,
 * and begins again at 0.  Errors of the bodies. */
int fast_add_counts(struct body *fast, struct body *slow);

#endif
