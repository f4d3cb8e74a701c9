/* history_files.c - see history_files.h. */
#include "twin/history_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/text.h"

enum { RUN_DIGITS = 6, FILE_DIGITS = 8 };

/* "runRRRRRR-FFFFFFFF.raw" or ".kept". */
static bool read_name(const char *name, struct history_file *f)
{
    char run[RUN_DIGITS + 1] = "", number[FILE_DIGITS + 1] = "", end[8] = "";

    if (sscanf(name, "run%6[0-9]-%8[0-9].%7[a-z]", run, number, end) != 3 ||
        strlen(name) > 3 + RUN_DIGITS + 1 + FILE_DIGITS + 5) {
        return false;
    }
    f->kept = strcmp(end, "kept") == 0;
    f->run = (uint32_t)strtoul(run, NULL, 10); /* digits, few enough */
    f->number = strtoul(number, NULL, 10);
    return f->kept || strcmp(end, "raw") == 0;
}

static int by_age(const void *a, const void *b)
{
    const struct history_file *x = a, *y = b;

    if (x->run != y->run) {
        return x->run < y->run ? -1 : 1;
    }
    return x->number < y->number ? -1 : x->number > y->number;
}

bool history_files_path(const struct history_files *f,
                        const struct history_file *file, char path[PATH_MAX])
{
    int n =
        snprintf(path, PATH_MAX, "%s/run%06u-%08llu.%s", f->dir, file->run,
                 (unsigned long long)file->number, file->kept ? "kept" : "raw");

    return n > 0 && n < PATH_MAX;
}

int history_files_add(struct history_files *f, const struct history_file *file)
{
    if (f->n == f->cap) {
        size_t cap = f->cap == 0 ? 64 : 2 * f->cap;
        void *at = realloc(f->at, cap * sizeof *f->at);
        if (at == NULL) {
            return ERR_NO_MEM;
        }
        f->at = at;
        f->cap = cap;
    }
    f->at[f->n++] = *file;
    return 0;
}

int history_files_list(const char *dir, struct history_files *out)
{
    struct history_files f = {.dir = dir};
    DIR *d = opendir(dir);
    const struct dirent *e;
    int err = 0;

    if (d == NULL) {
        return err_say(ERR_BAD_INPUT,
                       "%s: %s, expected a folder that "
                       "--history wrote",
                       dir, strerror(errno));
    }
    while (err == 0 && (e = readdir(d)) != NULL) {
        struct history_file one = {0};
        char path[PATH_MAX];
        struct stat st;
        if (read_name(e->d_name, &one) && history_files_path(&f, &one, path) &&
            stat(path, &st) == 0) {
            one.bytes = (uint64_t)st.st_size;
            err = history_files_add(&f, &one);
        }
    }
    (void)closedir(d); /* only read from */
    if (err < 0) {
        history_files_close(&f);
        return err;
    }
    if (f.n > 0) {
        qsort(f.at, f.n, sizeof *f.at, by_age);
    }
    *out = f;
    return 0;
}

void history_files_close(struct history_files *f)
{
    free(f->at);
    *f = (struct history_files){0};
}

void history_files_keep(struct history_files *f, uint64_t bytes)
{
    struct history_file *last = &f->at[f->n - 1];
    struct history_file kept = *last;
    char from[PATH_MAX], to[PATH_MAX];

    kept.kept = true;
    kept.bytes = bytes;
    if (history_files_path(f, last, from) && history_files_path(f, &kept, to) &&
        rename(from, to) == 0) {
        *last = kept;
    }
}

uint64_t history_files_bytes(const struct history_files *f)
{
    uint64_t sum = 0;

    for (size_t k = 0; k + 1 < f->n; k++) {
        sum += f->at[k].bytes;
    }
    return sum;
}

bool history_files_drop(struct history_files *f, uint64_t most)
{
    uint64_t kept = 0;
    size_t raw_at = f->n, kept_at = f->n, at;
    char path[PATH_MAX];

    for (size_t k = f->n > 0 ? f->n - 1 : 0; k-- > 0;) { /* to the oldest */
        kept += f->at[k].kept ? f->at[k].bytes : 0;
        raw_at = f->at[k].kept ? raw_at : k;
        kept_at = f->at[k].kept ? k : kept_at;
    }
    at = kept > most / 2 || raw_at == f->n ? kept_at : raw_at;
    if (at == f->n || !history_files_path(f, &f->at[at], path) ||
        unlink(path) < 0) {
        return false;
    }
    memmove(&f->at[at], &f->at[at + 1], (f->n - at - 1) * sizeof *f->at);
    f->n--;
    return true;
}
