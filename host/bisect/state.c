/*
 * state.c - a bit of the state, a register or a table word, that was wrong from
 * some item on.  The C body finds out; the slot says where the bit is.
 */
#include "host/bisect/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

/* Where word k of a state is written. */
struct place {
    uint32_t offset; /* CSR_WINDOW_DATA: by the window */
    uint32_t index;
};

/* False for words that are no register or table word: counts of entries. */
static bool place_of(const struct csr_layout *l, const struct blob *b, size_t k,
                     struct place *p)
{
    size_t at = 0;

    for (size_t r = 0; r < l->n_regs; r++) {
        if (l->regs[r].access == CSR_RO ||
            l->regs[r].offset == CSR_WINDOW_INDEX) {
            continue;
        }
        if (at++ == k) {
            *p = (struct place){.offset = l->regs[r].offset};
            return true;
        }
    }
    for (size_t t = 0; t < l->n_tables; t++) {
        size_t n = (size_t)b->words[at++] * l->tables[t].words;
        if (k >= at && k < at + n) {
            *p = (struct place){.offset = CSR_WINDOW_DATA,
                                .index = csr_window(t, (uint32_t)(k - at))};
            return true;
        }
        at += n;
    }
    return false;
}

/* State of the C body before item 'j', behind the writes before it. */
static int state_before(struct search *s, size_t j, struct blob *out)
{
    struct twin_window part = *s->w;
    struct twin_made m;
    int err;

    part.in.n = j;
    part.n_writes = 0;
    while (part.n_writes < s->w->n_writes &&
           part.write[part.n_writes].item <= part.in.item0 + j) {
        part.n_writes++;
    }
    err = twin_make(s->c, &part, &s->w->before, &m);
    if (err == 0) {
        *out = m.end;
        m.end = (struct blob){0};
        twin_made_close(&m);
    }
    return err;
}

/* 1 when the window comes out as the device's with word k changed by 'mask'
 * before item j; 0 when not. */
static int explains(struct search *s, const struct blob *before, size_t j,
                    size_t k, uint32_t mask)
{
    struct twin_window w = *s->w;
    struct place p;
    struct twin_made m;
    size_t at = 0, n = 0;
    int err;

    if (k >= before->n || !place_of(w.fn->csr, before, k, &p)) {
        return 0;
    }
    w.write = calloc(w.n_writes + 2, sizeof *w.write);
    if (w.write == NULL) {
        return ERR_NO_MEM;
    }
    while (at < w.n_writes && s->w->write[at].item <= w.in.item0 + j) {
        w.write[n++] = s->w->write[at++];
    }
    if (p.offset == CSR_WINDOW_DATA) {
        w.write[n++] =
            (struct twin_write){w.in.item0 + j, CSR_WINDOW_INDEX, p.index};
    }
    w.write[n++] =
        (struct twin_write){w.in.item0 + j, p.offset, before->words[k] ^ mask};
    while (at < w.n_writes) {
        w.write[n++] = s->w->write[at++];
    }
    w.n_writes = n;
    err = twin_make(s->c, &w, &w.before, &m);
    if (err == 0) {
        err = (m.end.n > 0 || s->got.end.n == 0) &&
              twin_judge(w.fn->csr, &m, &s->got).kind == TWIN_EQUAL;
        twin_made_close(&m);
    }
    free(w.write);
    return err;
}

static int explains_at(struct search *s, size_t j, size_t k, uint32_t mask)
{
    struct blob before = {0};
    int err = state_before(s, j, &before);

    err = err < 0 ? err : explains(s, &before, j, k, mask);
    blob_close(&before);
    return err;
}

/* The clock about which item j enters. */
static uint64_t clock_of(const struct search *s, size_t j)
{
    const struct rig *b = s->rig;
    size_t f = 0;

    while (f + 1 < b->job.n_in && b->first[f + 1] <= j) {
        f++;
    }
    uint64_t clock = f == 0 ? 0 : s->enter[f];
    return s->w->in.type == FN_PKT ? clock : clock + (j - b->first[f]) / 2;
}

/* The slot with word k of the start state written, changed by 'mask'. */
static void write_word(struct rig *b, const struct place *p, uint32_t value)
{
    b->image->back(b->model, b->start);
    if (p->offset == CSR_WINDOW_DATA) {
        (void)body_write(&b->body, CSR_WINDOW_INDEX, p->index); /* it did */
    }
    (void)body_write(&b->body, p->offset, value);
}

/*
 * The register that holds the bit: the largest that differs when it does. Other
 * memories that differ hold copies; they are noted in 's' when 'copies' is set.
 */
static const struct rig_reg *holder(struct search *s, const struct place *p,
                                    uint32_t value, uint32_t mask,
                                    struct search_bit *at, bool copies)
{
    struct rig *b = s->rig;
    const struct rig_reg *found = NULL;
    uint8_t *shot = malloc(b->shot_bytes + 1);

    if (shot == NULL) {
        return NULL;
    }
    write_word(b, p, value);
    rig_shot(b, shot);
    write_word(b, p, value ^ mask);
    for (size_t k = 0; k < b->n_regs; k++) {
        const struct rig_reg *r = &b->reg[k];
        size_t size = (size_t)r->at.n_words * r->at.n_bits;
        size_t n = (size_t)r->at.n_words * r->at.stride, j = 0;
        while (j < n && shot[r->shot + j] == r->at.data[j]) {
            j++;
        }
        if (j == n || strncmp(r->name, "body.", 5) != 0) {
            continue;
        }
        if (copies && r->at.n_words > 1 && s->is_state[k] == NO_STATE) {
            s->is_state[k] = COPY_OF_STATE;
        }
        if (found == NULL ||
            (size_t)found->at.n_words * found->at.n_bits < size) {
            uint8_t diff = (uint8_t)(shot[r->shot + j] ^ r->at.data[j]);
            found = r;
            at->reg = r;
            at->word = (uint32_t)(j / r->at.stride);
            at->bit = (uint32_t)(j % r->at.stride) * 8 +
                      (uint32_t)__builtin_ctz(diff);
        }
    }
    free(shot);
    return found;
}

void search_holders(struct search *s)
{
    static const uint32_t n_entries = 8; /* enough to see every bank */
    const struct csr_layout *l = s->w->fn->csr;
    const struct rig_reg *r;
    struct search_bit at;

    for (size_t k = 0; k < l->n_regs; k++) {
        struct place p = {.offset = l->regs[k].offset};
        uint32_t low = l->regs[k].mask & -l->regs[k].mask;
        if (l->regs[k].access == CSR_RO || p.offset == CSR_WINDOW_INDEX) {
            continue;
        }
        r = holder(s, &p, 0, low, &at, false);
        if (r != NULL) {
            s->is_state[r - s->rig->reg] = STATE;
        }
    }
    for (size_t t = 0; t < l->n_tables; t++) {
        for (uint32_t k = 0; k < n_entries * l->tables[t].words; k++) {
            struct place p = {CSR_WINDOW_DATA, csr_window(t, k)};
            r = holder(s, &p, 0, 1u << k % 16, &at, true);
            if (r != NULL && (r->at.n_words > 1 || r->at.n_bits > 64)) {
                s->is_state[r - s->rig->reg] = STATE;
            }
        }
    }
    rig_begin(s->rig);
}

/* One bit that explains all from item j on: since when, and where it is. */
static int add_state(struct search *s, size_t j, size_t k, uint32_t mask)
{
    struct bisect_hit hit = {.stage = "state"};
    const struct blob *start = &s->w->start;
    struct place p;
    struct search_bit at;
    size_t low = 0, high = j; /* it explains from 'high' on */
    const struct rig_reg *r;
    char name[48];

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int yes = explains_at(s, mid, k, mask);
        if (yes < 0) {
            return yes;
        }
        high = yes == 1 ? mid : high;
        low = yes == 1 ? low : mid + 1;
    }
    (void)place_of(s->w->fn->csr, start, k, &p);
    r = holder(s, &p, start->words[k], mask, &at, false);
    if (r != NULL) {
        search_name(r, at.word, at.bit, hit.reg, sizeof hit.reg);
    }
    blob_name(s->w->fn->csr, start, k, name, sizeof name);
    (void)snprintf(hit.word, sizeof hit.word, "%s[%d]", name, /* fits */
                   __builtin_ctz(mask));
    hit.first = clock_of(s, high);
    hit.last = s->wrong > hit.first ? s->wrong - 1 : hit.first;
    hit.permanent = high == 0 && s->w->replayed != TWIN_REPLAY_CLEAN;
    return search_add(s, &hit);
}

/* One that explains nothing from an item on may do so from a clock on. */
static void add_maybe(struct search *s, size_t k, uint32_t mask)
{
    struct place p;

    if (s->n_maybe < SEARCH_MAYBE &&
        place_of(s->w->fn->csr, &s->w->start, k, &p) &&
        holder(s, &p, s->w->start.words[k], mask, &s->maybe[s->n_maybe],
               false) != NULL) {
        s->n_maybe++;
    }
}

/* Words of a state that are registers: those of tables follow them. */
static size_t n_register_words(const struct csr_layout *l)
{
    size_t n = 0;

    for (size_t r = 0; r < l->n_regs; r++) {
        n += l->regs[r].access != CSR_RO &&
             l->regs[r].offset != CSR_WINDOW_INDEX;
    }
    return n;
}

int search_state(struct search *s, bool all_bits)
{
    const struct blob *want = &s->want.end, *got = &s->got.end;
    size_t j = s->r->v.index < s->w->in.n ? s->r->v.index : s->w->in.n;
    struct blob before = {0};
    size_t n_alike = want->n; /* words that both states have */
    int err;

    if (!all_bits && got->n == 0) {
        return 0;
    }
    if (got->n != want->n) { /* one counts other entries as in use */
        n_alike = n_register_words(s->w->fn->csr);
    }
    j = s->w->replayed == TWIN_REPLAY_AGAIN ? 0 : j;
    if (s->r->v.kind == TWIN_PARAMETER || s->r->v.kind == TWIN_RESIDUAL) {
        j = s->w->replayed == TWIN_REPLAY_AGAIN ? 0 : s->w->in.n;
    }
    err = state_before(s, j, &before);
    for (size_t k = 0; err >= 0 && k < before.n; k++) {
        uint32_t bits = all_bits      ? UINT32_MAX
                        : k < n_alike ? want->words[k] ^ got->words[k]
                                      : 0;
        for (; err >= 0 && bits != 0 && !search_over(s); bits &= bits - 1) {
            uint32_t mask = bits & -bits;
            err = explains(s, &before, j, k, mask);
            if (err == 1) {
                err = add_state(s, j, k, mask);
            } else if (err == 0 && !all_bits) {
                add_maybe(s, k, mask);
            }
        }
    }
    blob_close(&before);
    return err < 0 ? err : 0;
}
