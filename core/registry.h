/*
 * registry.h - all functions of this build by name.  The list is generated from
 * the folders under net/fn and sdr/fn.
 */
#ifndef CORE_REGISTRY_H
#define CORE_REGISTRY_H

#include "core/fn.h"

/* All functions in alphabetical order, ended by NULL. */
extern const struct fn *const registry[];

/* NULL when there is none of that name. */
const struct fn *registry_find(const char *name);

/* True when function 'name' has an RTL body. */
bool registry_has_rtl(const char *name);

#endif
