/*
 * shm.h - memory that processes share: a file without a name, mapped, of a size
 * that nobody can change any more.  Unsealed, a peer could shrink it and kill
 * the other side by SIGBUS.
 */
#ifndef CORE_BASE_SHM_H
#define CORE_BASE_SHM_H

#include <stddef.h>

/*
 * Makes 'bytes' of zeros and maps them at '*map'; 'name' is for people
 * (/proc/PID/maps).  Returns the descriptor, which the caller closes, or
 * ERR_IO.
 */
int shm_create(const char *name, size_t bytes, void **map);

/*
 * Maps the memory behind 'fd', which another process made and which stays the
 * caller's; '*bytes' is its size.  ERR_DEVICE when it is not sealed, ERR_IO.
 */
int shm_map(int fd, void **map, size_t *bytes);

#endif
