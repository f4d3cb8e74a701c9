/* beside.h - where the program finds the folders that were built with it. */
#ifndef CORE_BASE_BESIDE_H
#define CORE_BASE_BESIDE_H

enum { BESIDE_PATH = 4096 };

/*
 * The folder 'name' beside the program, as make builds it, or in
 * ../lib/precast, as make install puts it.  ERR_MISSING, with the message
 * printed, which calls it 'what'.
 */
int beside_find(const char *name, const char *what, char path[BESIDE_PATH]);

#endif
