/* regs.c - see regs.h. */
#include "host/campaign/regs.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common_csr.h"
#include "core/base/err.h"

enum { TABLE_BITS = 128 }; /* no table is smaller */

const char *reg_part_name(enum reg_part part)
{
    static const char *const names[] = {
        [REG_FUNCTION] = "function",   [REG_STATE] = "state",
        [REG_SLOT] = "slot",           [REG_WATCH] = "watch",
        [REG_REGISTERS] = "registers", [REG_MEMORY] = "memory"};

    return names[part];
}

bool regs_is_part(const char *name)
{
    enum reg_part p = 0;

    while (p < REG_CHOICES && strcmp(name, reg_part_name(p)) != 0) {
        p++;
    }
    return p < REG_CHOICES;
}

static bool starts(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* Is 'name' one of the globs in 'list', which have ',' between? */
static bool is_one_of(const char *list, const char *name)
{
    while (*list != '\0') {
        char glob[96];
        size_t n = strcspn(list, ",");
        (void)snprintf(glob, sizeof glob, "%.*s", (int)n, list); /* cut */
        if (fnmatch(glob, name, 0) == 0) {
            return true;
        }
        list += n + (list[n] == ',');
    }
    return false;
}

/* By its name alone; STATE is found out later. */
static enum reg_part part_of(const char *name)
{
    static const char *const carries[] = {
        "slot.edges.*",
        "slot.open.*",
        "slot.mid_q",
        "slot.hold_q",
        "slot.hung_q",
        "slot.we_ack_q",
        "slot.common.control_q",
        "slot.common.ack_q",
        "slot.common.rdata_q",
        "slot.common.hang_limit_q",
        "slot.still_q",
        "slot.waited_q",
    };

    if (starts(name, "csr.")) {
        return REG_SLOT; /* the register bus, as far as it is not STATE */
    }
    for (size_t k = 0; k < sizeof carries / sizeof carries[0]; k++) {
        if (fnmatch(carries[k], name, 0) == 0) {
            return REG_SLOT;
        }
    }
    return starts(name, "slot.") ? REG_WATCH : REG_FUNCTION;
}

/* What a count adds next, which stands in a register NAME_q. */
static bool adds(const struct csr_layout *l, const char *path)
{
    const char *dot = strrchr(path, '.');
    const char *name = dot == NULL ? path : dot + 1;

    for (size_t k = 0; k < l->n_regs; k++) {
        size_t n = strlen(l->regs[k].name);
        if (l->regs[k].access == CSR_COUNT &&
            strncasecmp(name, l->regs[k].name, n) == 0 &&
            strcmp(name + n, "_q") == 0) {
            return true;
        }
    }
    return false;
}

static const char *stage_of(const struct csr_layout *l, const struct reg *r)
{
    if (r->part == REG_STATE || adds(l, r->name)) {
        return "state";
    }
    for (size_t k = 0; r->part == REG_FUNCTION && k < l->n_taps; k++) {
        if (is_one_of(l->taps[k].regs, r->name)) {
            return l->taps[k].name;
        }
    }
    return fnmatch("slot.edges.in_reg.*", r->name, 0) == 0 ? "input" : "output";
}

struct collect {
    struct regs *r;
    bool full;
};

static void add(void *ctx, const char *name, uint32_t n_words, uint32_t n_bits)
{
    struct collect *c = ctx;
    struct regs *r = c->r;

    if (r->n == REGS_MAX || strlen(name) >= sizeof r->at[0].name) {
        c->full = true;
        return;
    }
    r->at[r->n] = (struct reg){
        .words = n_words, .bits = n_bits, .part = part_of(name), .exit_of = -1};
    memcpy(r->at[r->n++].name, name, strlen(name) + 1);
}

/* Is what register 'k' holds read back over the register bus? */
static int is_state(struct regs *r, struct bed *b, size_t k, bool *state)
{
    struct sim_fault f = {.kind = SIM_FLIP, .reg = (uint32_t)k, .after = 1};
    uint32_t status;
    int err = sim_arm(b->sim[BED_FAULTY], &f);

    /* It strikes here, so that nothing of the bus is taken for state. */
    err =
        err < 0 ? err : body_read(b->slot[BED_FAULTY], COMMON_STATUS, &status);
    *state = err == 0 && bed_reads_wrong(b, BED_FAULTY);
    (void)r;
    return err < 0 ? err : bed_heal(b);
}

/* Of each memory that is state, what stands behind it: X.mem, X.rdata_q. */
static void find_exits(struct regs *r)
{
    for (size_t k = 0; k < r->n; k++) {
        const char *name = r->at[k].name, *dot = strrchr(name, '.');
        size_t path = dot == NULL ? 0 : (size_t)(dot + 1 - name);
        bool is_table = r->at[k].part == REG_STATE && path > 0 &&
                        strcmp(name + path, "mem") == 0;
        for (size_t j = 0; is_table && j < r->n; j++) {
            struct reg *x = &r->at[j];
            x->exit_of = strncmp(x->name, name, path) == 0 &&
                                 strcmp(x->name + path, "rdata_q") == 0
                             ? (long)k
                             : x->exit_of;
        }
    }
}

const char *regs_stage(const struct regs *r, const struct bed *b,
                       const struct sim_fault *f)
{
    const struct reg *x = &r->at[f->reg];
    bool of_table =
        x->exit_of >= 0 &&
        (f->kind != SIM_FLIP || regs_one_differs(b, (uint32_t)x->exit_of));

    return of_table ? "state" : x->stage;
}

static bool is_in(const struct reg *x, enum reg_part part)
{
    switch (part) {
    case REG_REGISTERS: return x->part == REG_FUNCTION && x->words == 1;
    case REG_MEMORY: return x->part == REG_FUNCTION && x->words > 1;
    default: return x->part == part;
    }
}

int regs_find(struct regs *r, struct bed *b)
{
    struct collect c = {.r = r};
    int err = 0;

    *r = (struct regs){.n = 0};
    sim_list(b->sim[BED_FAULTY], add, &c);
    if (c.full) {
        return err_say(ERR_CAPACITY, "campaign: %s has more than %d registers",
                       b->config.fn->csr->name, REGS_MAX);
    }
    for (size_t k = 0; err == 0 && k < r->n; k++) {
        struct reg *x = &r->at[k];
        bool state = false;
        if (!starts(x->name, "slot.") &&
            (starts(x->name, "csr.") ||
             (uint64_t)x->words * x->bits >= TABLE_BITS)) {
            err = is_state(r, b, k, &state);
        }
        x->part = state ? REG_STATE : x->part;
        x->stage = stage_of(b->config.fn->csr, x);
        for (enum reg_part p = 0; p < REG_CHOICES; p++) {
            r->bits[p] += is_in(x, p) ? (uint64_t)x->words * x->bits : 0;
        }
    }
    find_exits(r);
    return err;
}

struct sim_fault regs_bit(const struct regs *r, enum reg_part part, uint64_t k)
{
    struct sim_fault f = {.kind = SIM_FLIP};

    for (size_t j = 0; j < r->n; j++) {
        const struct reg *x = &r->at[j];
        uint64_t n = (uint64_t)x->words * x->bits;
        if (!is_in(x, part)) {
            continue;
        }
        if (k < n) {
            f.reg = (uint32_t)j;
            f.word = (uint32_t)(k / x->bits);
            f.bit = (uint32_t)(k % x->bits);
            break;
        }
        k -= n;
    }
    return f;
}

void regs_name(const struct regs *r, const struct sim_fault *f, char *text,
               size_t n)
{
    const struct reg *x = &r->at[f->reg];

    if (x->words > 1) {
        (void)snprintf(text, n, "%s[%u][%u]", x->name, f->word, f->bit);
    } else {
        (void)snprintf(text, n, "%s[%u]", x->name, f->bit); /* fits */
    }
}

bool regs_differ(const struct regs *r, const struct bed *b, enum reg_part part)
{
    long k = -1;

    do {
        k = sim_differs(b->sim[BED_SOUND], b->sim[BED_FAULTY],
                        (uint32_t)(k + 1));
        if (k >= 0 && (part == REG_PARTS ? r->at[k].part != REG_WATCH
                                         : r->at[k].part == part)) {
            return true;
        }
    } while (k >= 0);
    return false;
}

bool regs_one_differs(const struct bed *b, uint32_t reg)
{
    return sim_differs(b->sim[BED_SOUND], b->sim[BED_FAULTY], reg) == (long)reg;
}
