/* log_compare.c - see log.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"
#include "twin/log_in.h"

enum { SET_MAX = WIRE_TEXT_MAX + 1 };

/* Where each node stands in a log. */
struct place {
    size_t next[LOG_NODES_MAX];       /* entry of the twin's log to look at */
    uint32_t window[LOG_NODES_MAX];   /* of the last frame */
    uint32_t boot[LOG_NODES_MAX];     /* ... and its boot */
    bool is_compared[LOG_NODES_MAX];  /* the function is the same */
    char set[LOG_NODES_MAX][SET_MAX]; /* parameters in force: "GAIN=0x1 ..." */
    uint64_t equal[LOG_NODES_MAX];    /* item of the last entry that was */
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
static bool check_frame(const struct log_entry *e, struct place *p,
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
static const struct log_entry *match(const struct twin_log *twin, uint32_t node,
                                     const struct log_entry *e, size_t *next)
{
    for (size_t k = *next; k < twin->n; k++) {
        const struct log_entry *t = &twin->at[k];
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

static void put_bytes(struct twin_log_verdict *r, const struct log_entry *d,
                      const struct log_entry *t)
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
static void compare_entry(const struct log_entry *d, const struct log_entry *t,
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
                         uint32_t pair[LOG_NODES_MAX], struct place *p)
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

/*
 * What the device's own twin said of the first thing that went wrong at 'node'
 * from item 'from' on: it ran the burst again, which a record cannot.
 */
static const char *recorded_class(const struct twin_log *l, uint32_t node,
                                  uint64_t from)
{
    for (size_t k = 0; k < l->n; k++) {
        const struct log_entry *e = &l->at[k];
        if (e->type == WIRE_VERDICT && e->node == node && e->item >= from &&
            e->text != NULL) {
            return e->text[0] != '\0' ? e->text : NULL;
        }
    }
    return NULL;
}

struct twin_log_verdict twin_log_compare(const struct twin_log *device,
                                         const struct twin_log *twin)
{
    struct twin_log_verdict r = {.v = {.kind = TWIN_EQUAL}, .node = ""};
    struct place p = {.is_compared = {false}};
    uint32_t pair[LOG_NODES_MAX] = {0};

    if (pair_nodes(device, twin, pair, &p) == 0) {
        say(&r, TWIN_INCOMPARABLE, "no node of the same function in both");
        return r;
    }
    for (size_t k = 0; k < device->n; k++) {
        const struct log_entry *d = &device->at[k];
        const struct log_entry *t;
        struct telemetry got = {0};
        bool good = true;
        if (!p.is_compared[d->node] || d->type == WIRE_VERDICT) {
            continue;
        }
        if (d->type == WIRE_SET) {
            merge_set(d->text, p.set[d->node]);
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
            r.v.fault_class = recorded_class(device, d->node, p.equal[d->node]);
            return r;
        }
        p.equal[d->node] = t != NULL ? d->item : p.equal[d->node];
        r.n_compared += t != NULL;
    }
    r.node = "";
    if (r.n_compared == 0) {
        say(&r, TWIN_INCOMPARABLE, "no items that both tell of");
    }
    return r;
}
