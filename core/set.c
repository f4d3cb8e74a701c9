/* set.c - settings from users, turned into register writes. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/body.h"

void write_list_close(struct write_list *w)
{
    free(w->at);
    *w = (struct write_list){0};
}

int write_list_emit(void *list, uint32_t offset, uint32_t value)
{
    struct write_list *w = list;

    if (w->n == w->cap) {
        size_t cap = w->cap == 0 ? 64 : 2 * w->cap;
        void *at = realloc(w->at, cap * sizeof *w->at);
        if (at == NULL) {
            return ERR_NO_MEM;
        }
        w->at = at;
        w->cap = cap;
    }
    w->at[w->n].offset = offset;
    w->at[w->n].value = value;
    w->n++;
    return 0;
}

int write_list_apply(const struct write_list *w, struct body *b)
{
    for (size_t k = 0; k < w->n; k++) {
        int err = body_write(b, w->at[k].offset, w->at[k].value);
        if (err < 0) {
            return err;
        }
    }
    return 0;
}

static char lower(char c)
{
    return (char)tolower((unsigned char)c);
}

static bool is_lower_name(const char *low, const char *name)
{
    while (*low != '\0' && *low == lower(*name)) {
        low++;
        name++;
    }
    return *low == '\0' && *name == '\0';
}

/*
 * A register that a user may set.  How many entries of a table are in use is
 * for the key that fills it: entries beyond are no state, and differ between
 * bodies.
 */
static bool is_setting(const struct csr_layout *l, const struct csr_reg *r)
{
    bool counts = false;

    for (size_t t = 0; t < l->n_tables; t++) {
        counts = counts || l->tables[t].count == r->offset;
    }
    return r->access == CSR_RW && r->offset != CSR_WINDOW_INDEX && !counts;
}

/* Appends ", name" in lower case to 'text', which is cut at 'n'. */
static void append_name(char *text, size_t n, const char *name)
{
    size_t at = strlen(text);

    if (at > 0 && at + 2 < n) {
        text[at++] = ',';
        text[at++] = ' ';
    }
    for (; *name != '\0' && at + 1 < n; name++) {
        text[at++] = lower(*name);
    }
    text[at] = '\0';
}

/* "rules, default, no_match": what a message offers instead. */
static void set_list_keys(const struct fn *fn, char *text, size_t n)
{
    text[0] = '\0';
    for (size_t k = 0; k < fn->n_keys; k++) {
        append_name(text, n, fn->keys[k].name);
    }
    for (size_t k = 0; k < fn->csr->n_regs; k++) {
        if (is_setting(fn->csr, &fn->csr->regs[k])) {
            append_name(text, n, fn->csr->regs[k].name);
        }
    }
}

static int set_key(const struct fn_key *key, const char *value,
                   const char *where, const char *dir, struct write_list *w)
{
    struct text_file file = {0};
    char path[4096];
    int err;

    if (!key->is_file) {
        return key->parse(&(struct fn_text){where, value}, write_list_emit, w);
    }
    bool joined = dir != NULL && value[0] != '/';
    int n = snprintf(path, sizeof path, "%s%s%s", joined ? dir : "",
                     joined ? "/" : "", value);
    if (n < 0 || (size_t)n >= sizeof path) {
        return err_say(ERR_BAD_INPUT, "%s: file name too long", where);
    }
    err = text_open(path, &file);
    if (err < 0) {
        return err;
    }
    if (strlen(file.text) != file.n) {
        err = err_say(ERR_BAD_INPUT, "%s: is not text, expected %s", path,
                      key->help);
    } else {
        err =
            key->parse(&(struct fn_text){path, file.text}, write_list_emit, w);
    }
    text_close(&file);
    return err;
}

int fn_set(const struct fn *fn, const char *key, const char *value,
           const char *where, const char *dir, struct write_list *w)
{
    char keys[512];
    uint32_t v;

    for (size_t k = 0; k < fn->n_keys; k++) {
        if (strcmp(fn->keys[k].name, key) == 0) {
            return set_key(&fn->keys[k], value, where, dir, w);
        }
    }
    for (size_t k = 0; k < fn->csr->n_regs; k++) {
        const struct csr_reg *r = &fn->csr->regs[k];
        if (!is_setting(fn->csr, r) || !is_lower_name(key, r->name)) {
            continue;
        }
        if (!parse_u32(value, 0, r->mask, &v) || (v & ~r->mask) != 0) {
            bool gap = (r->mask & (r->mask + 1)) != 0;
            return err_say(ERR_BAD_INPUT,
                           "%s: %s is '%s', expected a number %s 0x%x", where,
                           key, value, gap ? "with no bits but" : "from 0 to",
                           r->mask);
        }
        return write_list_emit(w, r->offset, v);
    }
    set_list_keys(fn, keys, sizeof keys);
    return err_say(ERR_BAD_INPUT, "%s: %s has no setting '%s', expected %s",
                   where, fn->csr->name, key,
                   keys[0] != '\0' ? keys : "none at all");
}
