/* literals_plan.h - which window of each literal, in which group. */
#ifndef NET_TABLE_LITERALS_PLAN_H
#define NET_TABLE_LITERALS_PLAN_H

#include <stdint.h>

struct literals;

/*
 * Fills the tables 'may' from the bytes of all literals, and window[n]: where
 * the window of each begins in it.  ERR_NO_MEM.
 */
int literals_plan(struct literals *t, uint32_t *window);

#endif
