/* cli_image.c - `precast image list` and `precast image check`. */
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/json/json_line.h"
#include "core/registry.h"
#include "drivers/image/image_store.h"
#include "host/cli/cli.h"
#include "sim/image.h"

enum { WHY_BYTES = 1024 };

/* --- list ----------------------------------------------------------------- */

static void list_json(const struct csr_layout *l, const struct manifest *m,
                      const struct manifest_image *i)
{
    char build[16], sha256[IMAGE_SHA_TEXT];
    json_t *tables = json_object();
    json_t *tools = json_object();

    (void)snprintf(build, sizeof build, "0x%08x", i->build); /* fits */
    image_hash_text(i->sha256, sha256);
    for (size_t k = 0; k < m->n_tables; k++) {
        (void)json_object_set_new(tables, m->table[k].name,
                                  json_integer(m->table[k].n_entries));
    }
    for (size_t k = 0; k < m->n_tools; k++) {
        (void)json_object_set_new(tools, m->tool[k].name,
                                  json_string(m->tool[k].version));
    }
    json_t *o = json_pack(
        "{ss, ss, ss, ss, sI, ss, ss, so, so}", "type", "image", "name",
        l->name, "kind", i->board[0] == '\0' ? "sim" : "bitstream", "file",
        i->file, "width", (json_int_t)i->width_bits, "build", build, "sha256",
        sha256, "tables", tables, "tools", tools);
    if (i->board[0] == '\0') {
        (void)json_object_set_new(o, "faults", json_boolean(i->faults));
    } else {
        (void)json_object_set_new(o, "board", json_string(i->board));
        (void)json_object_set_new(o, "fmax_mhz", json_real(i->fmax_mhz));
        (void)json_object_set_new(o, "cells", json_integer(i->cells));
        (void)json_object_set_new(o, "seed", json_integer(i->seed));
    }
    json_line(stdout, o, 0);
}

static void list_text(const struct csr_layout *l, const struct manifest *m,
                      const struct manifest_image *i)
{
    printf("%-12s %-8s %3u bits %-7s build 0x%08x", l->name,
           i->board[0] == '\0' ? "sim" : i->board, i->width_bits,
           i->faults ? "faults" : "", i->build);
    for (size_t k = 0; k < m->n_tables; k++) {
        printf("  %s %u", m->table[k].name, m->table[k].n_entries);
    }
    if (i->board[0] != '\0') {
        printf("  %.1f MHz, %u cells, seed %u", i->fmax_mhz, i->cells, i->seed);
    }
    (void)putchar('\n');
}

/* All images of one function. */
static int list_fn(const struct image_store *s, const struct csr_layout *l,
                   bool json)
{
    struct manifest m;
    int err = image_store_manifest(s, l, &m);

    for (size_t k = 0; err == 0 && k < m.n_images; k++) {
        (json ? list_json : list_text)(l, &m, &m.image[k]);
    }
    return err;
}

int cli_image_list(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    struct image_store *s = NULL;
    int err = cli_opts_read(cmd, "json", argc, argv, &o);

    if (err == 0 && o.name != NULL) {
        err = cli_usage(cmd, "one word too many");
    }
    if (err == 0) {
        err = image_store_open(SIM_ABI, &s);
    }
    if (err < 0) {
        return err;
    }
    for (size_t k = 0; registry[k] != NULL; k++) {
        if (registry_has_rtl(registry[k]->csr->name)) {
            int fn_err = list_fn(s, registry[k]->csr, o.json);
            err = err < 0 ? err : fn_err;
        }
    }
    image_store_close(s);
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}

/* --- check ---------------------------------------------------------------- */

/* One line for 'file' of function 'name'; 'why' is "" when it is right. */
static void say_check(bool json, const char *name, const char *file,
                      const char *why)
{
    if (!json) {
        printf(why[0] == '\0' ? "ok     %s\n" : "WRONG  %-24s %s\n", file, why);
        return;
    }
    json_t *o = json_pack("{ss, ss, ss, sb}", "type", "image_check", "name",
                          name, "file", file, "ok", (int)(why[0] == '\0'));
    if (why[0] != '\0') {
        (void)json_object_set_new(o, "detail", json_string(why));
    }
    json_line(stdout, o, 0);
}

/* The manifest of 'l' and all it names; true when all is right. */
static bool check_fn(struct image_store *s, const struct csr_layout *l,
                     bool json)
{
    char file[80], why[WHY_BYTES], path[IMAGE_PATH];
    struct manifest m = {.n_images = 0};
    bool ok;

    (void)snprintf(file, sizeof file, "%s.yaml", l->name); /* fits */
    err_hold(why, sizeof why);
    ok = image_store_manifest(s, l, &m) == 0;
    err_release();
    say_check(json, l->name, file, why);
    for (size_t k = 0; k < m.n_images; k++) {
        err_hold(why, sizeof why);
        ok = image_store_verify(s, &m.image[k], path) == 0 && ok;
        err_release();
        say_check(json, l->name, m.image[k].file, why);
    }
    return ok;
}

/* "acl" of "acl.yaml", when it is no function of this program with images. */
static bool is_stray(const char *file, char name[MANIFEST_TEXT])
{
    const char *point = strrchr(file, '.');
    size_t n = point != NULL ? (size_t)(point - file) : 0;

    if (n == 0 || n >= MANIFEST_TEXT || strcmp(point, ".yaml") != 0) {
        return false;
    }
    memcpy(name, file, n);
    name[n] = '\0';
    return registry_find(name) == NULL || !registry_has_rtl(name);
}

/* Manifests of functions that this program does not have; true for none. */
static bool check_strays(const struct image_store *s, bool json)
{
    struct dirent **list = NULL;
    int n = scandir(image_store_dir(s), &list, NULL, alphasort);
    bool ok = true;

    for (int k = 0; k < n; k++) {
        char name[MANIFEST_TEXT];
        if (is_stray(list[k]->d_name, name)) {
            say_check(json, name, list[k]->d_name,
                      "of no function that this program has an RTL body of");
            ok = false;
        }
        free(list[k]);
    }
    free(list);
    return ok;
}

int cli_image_check(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    struct image_store *s = NULL;
    bool ok = true;
    int err = cli_opts_read(cmd, "json", argc, argv, &o);

    if (err == 0 && o.name != NULL && !registry_has_rtl(o.name)) {
        err = err_say(ERR_NOT_FOUND,
                      "no function '%s' with images, expected one of `precast "
                      "fn list`",
                      o.name);
    }
    if (err == 0) {
        err = image_store_open(SIM_ABI, &s);
    }
    if (err < 0) {
        return err;
    }
    for (size_t k = 0; registry[k] != NULL; k++) {
        const struct csr_layout *l = registry[k]->csr;
        if (registry_has_rtl(l->name) &&
            (o.name == NULL || strcmp(o.name, l->name) == 0)) {
            ok = check_fn(s, l, o.json) && ok;
        }
    }
    if (o.name == NULL) {
        ok = check_strays(s, o.json) && ok;
    }
    image_store_close(s);
    err = cli_flush();
    return err < 0 ? err : ok ? 0 : ERR_DIFFERS;
}
