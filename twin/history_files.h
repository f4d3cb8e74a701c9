/* history_files.h - the raw files of a history; see history.h. */
#ifndef TWIN_HISTORY_FILES_H
#define TWIN_HISTORY_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct history_file {
    uint32_t run;
    uint64_t number; /* within the run, from 1 */
    bool kept;
    uint64_t bytes;
};

struct history_files {
    const char *dir;         /* not owned */
    struct history_file *at; /* [n], the oldest first */
    size_t n, cap;
};

/* All that stand in 'dir'.  ERR_BAD_INPUT, printed; ERR_NO_MEM. */
int history_files_list(const char *dir, struct history_files *out);
void history_files_close(struct history_files *f);

/* The path of a file in 'path'; false when it is too long. */
bool history_files_path(const struct history_files *f,
                        const struct history_file *file, char path[PATH_MAX]);

/* Adds one at the end.  ERR_NO_MEM. */
int history_files_add(struct history_files *f, const struct history_file *file);

/* Gives the last file, of 'bytes' now, its name as one that is kept. */
void history_files_keep(struct history_files *f, uint64_t bytes);

/*
 * Removes the file that can be spared first, never the last one; 'most' is what
 * all may take.  False when there is none.
 */
bool history_files_drop(struct history_files *f, uint64_t most);

/* Bytes of all but the last. */
uint64_t history_files_bytes(const struct history_files *f);

#endif
