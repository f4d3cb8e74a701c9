/* log.c - see log.h. */
#include "twin/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/registry.h"
#include "core/wire/file.h"
#include "twin/history_read.h"

enum { NODES_MAX = 256, SET_MAX = WIRE_TEXT_MAX + 1 };

/* A frame or an output. */
struct entry {
    uint64_t item, count;
    uint32_t node; /* in struct twin_log */
    uint32_t boot; /* how often its slot had been loaded */
    uint32_t type; /* WIRE_TELEMETRY, WIRE_OUTPUT, WIRE_SET */
    uint32_t digest;
    size_t n_frame;
    union {
        uint8_t frame[TELEMETRY_BYTES];
        char *set; /* owned: what was written */
    };
};

struct node {
    char *name;
    const struct fn *fn; /* NULL until known */
    uint32_t boot;
};

struct twin_log {
    struct entry *at; /* [n] */
    size_t n, cap;
    struct node node[NODES_MAX];
    size_t n_nodes;
};

/* --- reading -------------------------------------------------------------- */

static char *copy_text(struct wire_text t)
{
    char *s = malloc(t.n + 1);

    if (s != NULL) {
        memcpy(s, t.n > 0 ? t.at : "", t.n);
        s[t.n] = '\0';
    }
    return s;
}

/* The node's number, or NODES_MAX: too many, or no memory. */
static size_t find_node(struct twin_log *l, struct wire_text name)
{
    size_t k = 0;

    while (k < l->n_nodes && !wire_is(name, l->node[k].name)) {
        k++;
    }
    if (k == l->n_nodes && k < NODES_MAX) {
        l->node[k].name = copy_text(name);
        if (l->node[k].name == NULL) {
            return NODES_MAX;
        }
        l->n_nodes++;
    }
    return k;
}

static void learn_fn(struct node *n, const struct wire_record *r)
{
    char name[64];

    (void)snprintf(name, sizeof name, "%.*s", (int)r->fn.n,
                   r->fn.n > 0 ? r->fn.at : ""); /* cut: not found */
    n->fn = registry_find(name);
}

static void forget(struct twin_log *l)
{
    for (size_t k = 0; k < l->n; k++) {
        if (l->at[k].type == WIRE_SET) {
            free(l->at[k].set);
        }
    }
    for (size_t k = 0; k < l->n_nodes; k++) {
        free(l->node[k].name);
        l->node[k] = (struct node){.name = NULL};
    }
    l->n = l->n_nodes = 0;
}

static int add(void *ctx, const struct wire_record *r)
{
    struct twin_log *l = ctx;
    size_t node;
    struct entry *e;

    if (r->type == WIRE_RUN) {
        forget(l); /* the last run counts */
        return 0;
    }
    node = find_node(l, r->node);
    if (node == NODES_MAX) {
        return err_say(ERR_CAPACITY, "more than %d nodes", NODES_MAX);
    }
    if (r->type == WIRE_IMAGE || r->type == WIRE_CHECKPOINT) {
        learn_fn(&l->node[node], r);
        l->node[node].boot += r->type == WIRE_IMAGE;
        return 0;
    }
    if (r->type != WIRE_TELEMETRY && r->type != WIRE_OUTPUT &&
        r->type != WIRE_SET) {
        return 0;
    }
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? 1024 : 2 * l->cap;
        void *at = realloc(l->at, cap * sizeof *l->at);
        if (at == NULL) {
            return ERR_NO_MEM;
        }
        l->at = at;
        l->cap = cap;
    }
    e = &l->at[l->n];
    *e = (struct entry){.item = r->item,
                        .count = r->count,
                        .node = (uint32_t)node,
                        .boot = l->node[node].boot,
                        .type = (uint32_t)r->type,
                        .digest = (uint32_t)r->digest};
    if (r->type == WIRE_TELEMETRY) {
        e->n_frame = r->data.n < TELEMETRY_BYTES ? r->data.n : TELEMETRY_BYTES;
        memcpy(e->frame, e->n_frame > 0 ? r->data.at : e->frame, e->n_frame);
        e->n_frame = r->data.n; /* its length may lie */
    } else if (r->type == WIRE_SET) {
        e->set = copy_text(r->text);
    }
    l->n++;
    return 0;
}

static int read_file(struct twin_log *l, const char *path)
{
    struct wire_reader *f = NULL;
    struct wire_record r;
    int err = wire_open(path, &f);
    int stop = 0;

    while (err >= 0 && stop == 0 && (err = wire_get(f, &r)) > 0) {
        stop = add(l, &r);
    }
    wire_reader_close(f);
    return err < 0 ? err : stop;
}

int twin_log_open(const char *path, struct twin_log **out)
{
    struct twin_log *l = calloc(1, sizeof *l);
    struct stat st;
    int err = ERR_NO_MEM;

    if (l != NULL && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        err = history_raw(path, add, l);
    } else if (l != NULL) {
        err = read_file(l, path);
    }
    if (err < 0) {
        twin_log_close(l);
        return err;
    }
    *out = l;
    return 0;
}

void twin_log_close(struct twin_log *l)
{
    if (l != NULL) {
        forget(l);
        free(l->at);
        free(l);
    }
}

/* --- comparing ------------------------------------------------------------ */

/* Where each node stands in a log. */
struct place {
    size_t next[NODES_MAX];       /* entry of the twin's log to look at */
    uint32_t window[NODES_MAX];   /* of the last frame */
    uint32_t boot[NODES_MAX];     /* ... and its boot */
    bool is_compared[NODES_MAX];  /* the function is the same */
    char set[NODES_MAX][SET_MAX]; /* parameters in force: "GAIN=0x1 ..." */
};

/* Adds the parameters of 'more' to 'set', in place of those of that name. */
static void merge_set(const char *more, char set[SET_MAX])
{
    while (more != NULL && *more != '\0') {
        size_t n = strcspn(more, " "), name = strcspn(more, "=") + 1;
        char *at = set;
        while (*at != '\0') { /* one that is replaced goes */
            size_t m = strcspn(at, " ");
            size_t all = m + (at[m] == ' ');
            if (name <= n && strncmp(at, more, name) == 0) {
                memmove(at, at + all, strlen(at + all) + 1);
            } else {
                at += all;
            }
        }
        size_t len = strlen(set);
        (void)snprintf(set + len, SET_MAX - len, "%s%.*s",
                       len > 0 && set[len - 1] != ' ' ? " " : "", (int)n,
                       more); /* cut */
        more += n + (more[n] == ' ');
    }
}

__attribute__((format(printf, 3, 4))) static void
say(struct twin_log_verdict *r, enum twin_kind kind, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(r->v.text, sizeof r->v.text, fmt, args); /* cut is fine */
    va_end(args);
    r->v.kind = kind;
}

/* What a frame says of itself, and whether it is the next; false if wrong. */
static bool check_frame(const struct entry *e, struct place *p,
                        struct telemetry *t, const char *whose,
                        struct twin_log_verdict *r)
{
    const char *wrong = telemetry_decode(e->frame, e->n_frame, t);
    uint32_t due;

    if (wrong != NULL) {
        say(r, TWIN_TELEMETRY, "%s: %s", whose, wrong);
        return false;
    }
    if (p->boot[e->node] != e->boot) {
        p->boot[e->node] = e->boot;
        p->window[e->node] = 0;
    }
    /* A record may begin later than the slot did. */
    due = p->window[e->node] == 0 ? t->window : p->window[e->node] + 1;
    if (t->window != due) {
        say(r, TWIN_TELEMETRY, "%s: window %u %s, expected %u", whose,
            t->window,
            t->window < due ? "came again or out of order" : "follows a gap",
            due);
        return false;
    }
    p->window[e->node] = t->window;
    return true;
}

/* The twin's entry for the same items as 'e', from *next on; or NULL. */
static const struct entry *match(const struct twin_log *twin, uint32_t node,
                                 const struct entry *e, size_t *next)
{
    for (size_t k = *next; k < twin->n; k++) {
        const struct entry *t = &twin->at[k];
        if (t->node != node || t->type != e->type) {
            continue;
        }
        if (t->item > e->item) {
            return NULL;
        }
        if (t->item == e->item && t->count == e->count) {
            *next = k;
            return t;
        }
    }
    return NULL;
}

static void put_bytes(struct twin_log_verdict *r, const struct entry *d,
                      const struct entry *t)
{
    if (d->type == WIRE_OUTPUT) {
        le32_store(r->device, d->digest);
        le32_store(r->twin, t->digest);
        r->n_device = r->n_twin = 4;
        return;
    }
    memcpy(r->device, d->frame, sizeof r->device);
    memcpy(r->twin, t->frame, sizeof r->twin);
    r->n_device = r->n_twin = TELEMETRY_BYTES;
}

/* Two entries for the same items. */
static void compare_entry(const struct entry *d, const struct entry *t,
                          const struct telemetry *got,
                          const struct csr_layout *layout,
                          struct twin_log_verdict *r)
{
    struct telemetry want;
    const char *wrong;

    put_bytes(r, d, t);
    if (d->type == WIRE_OUTPUT) {
        if (d->digest != t->digest) {
            (void)snprintf(r->v.stage, sizeof r->v.stage, "output"); /* fits */
            say(r, TWIN_DIFFER,
                "output of %" PRIu64 " items expected 0x%08x got 0x%08x",
                d->count, t->digest, d->digest);
        }
        return;
    }
    wrong = telemetry_decode(t->frame, t->n_frame, &want);
    if (wrong != NULL) {
        say(r, TWIN_TELEMETRY, "twin: %s", wrong);
        return;
    }
    if (want.walk_at != got->walk_at) {
        want.walk_sum = got->walk_sum; /* of other registers */
    }
    r->v = twin_compare_telemetry(layout, &want, got, d->item);
    if (r->v.kind == TWIN_LINK) {
        r->v.kind = TWIN_INCOMPARABLE; /* other input */
    }
}

/* Nodes that both have, of the same function; how many. */
static size_t pair_nodes(const struct twin_log *d, const struct twin_log *t,
                         uint32_t pair[NODES_MAX], struct place *p)
{
    size_t n = 0;

    for (size_t k = 0; k < d->n_nodes; k++) {
        for (size_t j = 0; j < t->n_nodes; j++) {
            if (strcmp(d->node[k].name, t->node[j].name) == 0 &&
                d->node[k].fn != NULL && d->node[k].fn == t->node[j].fn) {
                pair[k] = (uint32_t)j;
                p->is_compared[k] = true;
                n++;
            }
        }
    }
    return n;
}

struct twin_log_verdict twin_log_compare(const struct twin_log *device,
                                         const struct twin_log *twin)
{
    struct twin_log_verdict r = {.v = {.kind = TWIN_EQUAL}, .node = ""};
    struct place p = {.is_compared = {false}};
    uint32_t pair[NODES_MAX] = {0};

    if (pair_nodes(device, twin, pair, &p) == 0) {
        say(&r, TWIN_INCOMPARABLE, "no node of the same function in both");
        return r;
    }
    for (size_t k = 0; k < device->n; k++) {
        const struct entry *d = &device->at[k];
        const struct entry *t;
        struct telemetry got = {0};
        bool good = true;
        if (!p.is_compared[d->node]) {
            continue;
        }
        if (d->type == WIRE_SET) {
            merge_set(d->set, p.set[d->node]);
            continue;
        }
        r.v.first_item = d->item;
        r.node = device->node[d->node].name;
        if (d->type == WIRE_TELEMETRY) {
            good = check_frame(d, &p, &got, "device", &r);
        }
        t = good ? match(twin, pair[d->node], d, &p.next[d->node]) : NULL;
        if (t != NULL) {
            compare_entry(d, t, &got, device->node[d->node].fn->csr, &r);
        }
        if (r.v.kind != TWIN_EQUAL) {
            memcpy(r.set, p.set[d->node], sizeof r.set);
            return r;
        }
        r.n_compared += t != NULL;
    }
    r.node = "";
    if (r.n_compared == 0) {
        say(&r, TWIN_INCOMPARABLE, "no items that both tell of");
    }
    return r;
}
