/* cli_kernels.c - see cli_kernels.h. */
#include "host/cli/cli_kernels.h"

#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/registry.h"
#include "drivers/driver.h"

enum { WORD_BYTES = 96, NAMES_BYTES = 160, BAUD = 3000000 };

/* Says what is wrong with 'word' of option 'key'. */
static int wrong(const char *key, const char *word, const char *expected)
{
    return err_say(ERR_USAGE, "--%s: '%.80s', expected %s", key, word,
                   expected);
}

/* All names that there are, to text[n]. */
static void list_kernels(char *text, size_t n)
{
    size_t at = (size_t)snprintf(text, n, "one of:"); /* all fit, or are cut */

    for (size_t k = 0; kernels_name(k) != NULL && at < n; k++) {
        at += (size_t)snprintf(text + at, n - at, " %s", kernels_name(k));
    }
}

static bool is_kernel(const char *name)
{
    size_t k = 0;

    while (kernels_name(k) != NULL && strcmp(kernels_name(k), name) != 0) {
        k++;
    }
    return kernels_name(k) != NULL;
}

static int add_event(struct kernels_plan *p, struct kernels_event e)
{
    size_t at = p->n_events;

    if (p->n_events == KERNELS_EVENTS_MAX) {
        return err_say(ERR_USAGE,
                       "--fabric, --flip: expected at most %d moves "
                       "and faults",
                       KERNELS_EVENTS_MAX);
    }
    for (; at > 0 && p->event[at - 1].at > e.at; at--) {
        p->event[at] = p->event[at - 1];
    }
    p->event[at] = e;
    p->n_events++;
    return 0;
}

static int find(const struct kernels_plan *p, const char *name)
{
    for (size_t k = 0; k < p->n; k++) {
        if (strcmp(p->fn[k]->csr->name, name) == 0) {
            return (int)k;
        }
    }
    return -1;
}

/* "FROM" or "FROM-TO", samples; the moves of the last kernel. */
static int add_moves(struct kernels_plan *p, char *when)
{
    struct kernels_event up = {.action = CHAIN_CONCRETIZE, .kernel = p->n - 1};
    struct kernels_event down = {.action = CHAIN_VIRTUALIZE,
                                 .kernel = p->n - 1};
    char *to = when != NULL ? strchr(when, '-') : NULL;

    if (to != NULL) {
        *to++ = '\0';
    }
    if ((when != NULL && !parse_u64(when, UINT64_MAX, &up.at)) ||
        (to != NULL &&
         (!parse_u64(to, UINT64_MAX, &down.at) || down.at <= up.at))) {
        return wrong("fabric", p->fn[p->n - 1]->csr->name,
                     "NAME@FROM-TO, samples of the recording behind the name");
    }
    int err = add_event(p, up);
    return err == 0 && to != NULL ? add_event(p, down) : err;
}

/* "NAME[@FROM[-TO]]", 'n' characters. */
static int add_kernel(struct kernels_plan *p, const char *text, size_t n)
{
    char word[WORD_BYTES], names[NAMES_BYTES];

    (void)snprintf(word, sizeof word, "%.*s", (int)n, text); /* cut: no name */
    char *when = strchr(word, '@');
    if (when != NULL) {
        *when++ = '\0';
    }
    list_kernels(names, sizeof names);
    if (!is_kernel(word)) {
        return wrong("fabric", word, names);
    }
    if (find(p, word) >= 0 || p->n == KERNELS_MAX) {
        return wrong("fabric", word, "each name once");
    }
    p->fn[p->n++] = registry_find(word);
    return p->fn[p->n - 1] == NULL ? wrong("fabric", word, "a function")
                                   : add_moves(p, when);
}

/* "SAMPLE:NAME:BIT" */
static int add_flip(struct kernels_plan *p, const char *text)
{
    struct kernels_event e = {.action = CHAIN_FAULT};
    char word[WORD_BYTES];

    (void)snprintf(word, sizeof word, "%s", text); /* cut: the bit only */
    char *name = strchr(word, ':');
    char *end = name != NULL ? strchr(name + 1, ':') : NULL;
    if (end != NULL) {
        *name++ = '\0';
        *end = '\0';
    }
    int k = end != NULL ? find(p, name) : -1;
    if (k < 0 || !parse_u64(word, UINT64_MAX, &e.at) ||
        text[end + 1 - word] == '\0') {
        return wrong("flip", text, "SAMPLE:NAME:BIT with a name of --fabric");
    }
    e.kernel = (size_t)k;
    e.flip = text + (end + 1 - word);
    p->config.faults = true;
    return add_event(p, e);
}

static int set_twin(const char *word, enum chain_twin *twin)
{
    static const char *const words[] = {[CHAIN_TWIN_OFF] = "off",
                                        [CHAIN_TWIN_WATCHED] = "watched",
                                        [CHAIN_TWIN_CHECKED] = "checked"};

    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
        if (strcmp(word, words[k]) == 0) {
            *twin = (enum chain_twin)k;
            return 0;
        }
    }
    return wrong("twin", word, "off, watched or checked");
}

/* "KIND" or "KIND:PATH" */
static int set_device(const char *word, struct kernels_plan *p)
{
    static const struct {
        const char *kind;
        bool path;
    } kinds[] = {
        {"sim", false}, {"socket", true}, {"serial", true}, {"board", true}};
    size_t n = strcspn(word, ":");

    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        if (strlen(kinds[k].kind) == n &&
            strncmp(word, kinds[k].kind, n) == 0 &&
            (word[n] == ':' && word[n + 1] != '\0') == kinds[k].path) {
            p->device = kinds[k].kind;
            p->config.path = kinds[k].path ? word + n + 1 : NULL;
            return 0;
        }
    }
    return wrong("device", word,
                 "sim, socket:PATH, serial:PATH or board:IMAGE");
}

/* An option that means nothing without --fabric, or NULL. */
static const char *left_over(const struct cli_opts *o)
{
    static const char *const keys[] = {"device", "twin", "flip"};

    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        if (cli_opt(o, keys[k]) != NULL) {
            return keys[k];
        }
    }
    return o->body != NULL ? "body" : NULL;
}

int cli_kernels(const struct cli_opts *o, struct kernels_plan *plan)
{
    const char *list = cli_opt(o, "fabric");
    const char *twin = cli_opt(o, "twin"), *device = cli_opt(o, "device");
    int err = 0;

    if (list == NULL) {
        return left_over(o) == NULL
                   ? 0
                   : wrong(left_over(o), "", "--fabric NAME, too");
    }
    *plan = (struct kernels_plan){.twin = CHAIN_TWIN_WATCHED, .device = "sim"};
    for (const char *at = list; err == 0; at++) {
        size_t n = strcspn(at, ",");
        err = add_kernel(plan, at, n);
        at += n;
        if (*at == '\0') {
            break;
        }
    }
    for (size_t k = 0; err == 0 && k < o->n_keys; k++) {
        if (strncmp(o->key[k], "flip", 4) == 0) {
            err = add_flip(plan, o->value[k]);
        }
    }
    err = err == 0 && twin != NULL ? set_twin(twin, &plan->twin) : err;
    err = err == 0 && device != NULL ? set_device(device, plan) : err;
    if (err == 0 && o->body != NULL && strcmp(o->body, "c") == 0) {
        plan->device = NULL; /* in software, and stays there */
    }
    plan->config.n_slots = (uint32_t)plan->n;
    plan->config.width_bits = o->width_bits;
    plan->config.baud = BAUD;
    return err < 0 ? err : kernels_check(plan);
}
