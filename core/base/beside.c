/* beside.c - see beside.h. */
#include "core/base/beside.h"

#include <libgen.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#include "core/base/err.h"

int beside_find(const char *name, const char *what, char path[BESIDE_PATH])
{
    static const char *const places[] = {"", "../lib/precast/", "../"};
    char exe[2048];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);

    exe[len > 0 ? len : 0] = '\0';
    const char *base = dirname(exe);
    for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
        int m = snprintf(path, BESIDE_PATH, "%s/%s%s", base, places[k], name);
        if (m > 0 && m < BESIDE_PATH && access(path, R_OK) == 0) {
            return 0;
        }
    }
    return err_say(ERR_MISSING,
                   "no %s beside the program, expected %s/%s (make builds it)",
                   what, base, name);
}
