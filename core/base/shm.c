/* shm.c - see shm.h. */
#include "core/base/shm.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"

enum { SHM_SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

int shm_create(const char *name, size_t bytes, void **map)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0) {
        return ERR_IO;
    }
    if (ftruncate(fd, (off_t)bytes) == 0 &&
        fcntl(fd, F_ADD_SEALS, SHM_SEALS) == 0) {
        void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (at != MAP_FAILED) {
            *map = at;
            return fd;
        }
    }
    (void)close(fd); /* nothing was written */
    return ERR_IO;
}

int shm_map(int fd, void **map, size_t *bytes)
{
    int seals = fcntl(fd, F_GET_SEALS);
    struct stat st;

    if (seals < 0 || (seals & SHM_SEALS) != SHM_SEALS || fstat(fd, &st) != 0) {
        return ERR_DEVICE;
    }
    void *at = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
                    MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        return ERR_IO;
    }
    *map = at;
    *bytes = (size_t)st.st_size;
    return 0;
}
