/* literals.c - see literals.h. */
#include "net/table/literals.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "net/table/literals_index.h"
#include "net/table/literals_plan.h"

/* --- looking for literals --------------------------------------------------
 */

static void found(struct literals_seek *s, uint32_t number, size_t end)
{
    if (number < s->lowest) {
        s->lowest = number;
    }
    if (s->report != NULL) {
        s->report(s->ctx, number, end);
    }
}

/* Compares literal 'number' where it would begin, 'from' 0 or more bytes into
 * the data. */
static void compare(struct literals_seek *s, uint32_t number, size_t from)
{
    const struct literals *t = s->table;
    const uint8_t *byte = t->byte + t->from[number];
    const uint8_t *mask = t->mask + t->from[number];
    size_t n = t->from[number + 1] - t->from[number];

    if (from > s->n_bytes || n > s->n_bytes - from) {
        return;
    }
    for (size_t k = 0; k < n; k++) {
        if (((s->data[from + k] ^ byte[k]) & mask[k]) != 0) {
            return;
        }
    }
    found(s, number, from + n);
}

/* Up to 8 bytes from data[at] on; zeros behind the last. */
static uint64_t load(const struct literals_seek *s, size_t at)
{
    size_t n = s->n_bytes - at;
    uint64_t w = 0;

    if (n >= sizeof w) {
        memcpy(&w, s->data + at, sizeof w);
    } else {
        memcpy(&w, s->data + at, n);
    }
    return w;
}

/* True when a number like this is of no use any more. */
static bool is_late(const struct literals_seek *s, uint32_t number)
{
    return s->report == NULL && number >= s->lowest;
}

static void try_window(struct literals_seek *s, size_t at)
{
    const struct literals *t = s->table;
    uint32_t hash = literals_hash(s->data + at);

    if (literals_lacks(t, hash)) {
        return;
    }
    const uint32_t *cell = t->cell + (hash >> (32 - t->log2_cells));
    uint64_t w = load(s, at);
    for (uint32_t k = cell[0]; k < cell[1]; k++) {
        const struct literals_entry *e = t->entry + k;
        if (is_late(s, e->number)) {
            return;
        }
        if (((w ^ e->value) & e->mask) == 0 && at >= e->before) {
            compare(s, e->number, at - e->before);
        }
    }
}

void literals_try(struct literals_seek *s, size_t at, uint8_t groups)
{
    const struct literals *t = s->table;

    if ((groups & (uint8_t)~t->brief_group) != 0 &&
        s->n_bytes - at >= LITERALS_WINDOW) {
        try_window(s, at);
    }
    if ((groups & t->brief_group) != 0) {
        uint8_t c = s->data[at];
        for (uint32_t k = t->brief_from[c]; k < t->brief_from[c + 1]; k++) {
            if (is_late(s, t->brief[k])) {
                return;
            }
            compare(s, t->brief[k], at);
        }
    }
}

void literals_seek_scalar(struct literals_seek *s)
{
    const uint8_t(*may)[256] = s->table->may;
    const uint8_t *x = s->data;
    size_t n = s->n_bytes, k = 0;

    for (; k + LITERALS_WINDOW <= n; k++) {
        uint8_t groups = may[0][x[k]] & may[1][x[k + 1]] & may[2][x[k + 2]] &
                         may[3][x[k + 3]];
        if (groups != 0) {
            literals_try(s, k, groups);
        }
    }
    for (; k < n; k++) { /* only short ones have room here */
        literals_try(s, k, s->table->brief_group);
    }
}

static void seek(struct literals_seek *s)
{
    (literals_has_avx512() ? literals_seek_avx512 : literals_seek_scalar)(s);
}

uint32_t literals_first(const struct literals *t, const uint8_t *data,
                        size_t n_bytes)
{
    struct literals_seek s = {
        .table = t, .data = data, .n_bytes = n_bytes, .lowest = UINT32_MAX};

    seek(&s);
    return s.lowest + 1; /* UINT32_MAX to 0 */
}

void literals_all(const struct literals *t, const uint8_t *data, size_t n_bytes,
                  literals_report *report, void *ctx)
{
    struct literals_seek s = {.table = t,
                              .data = data,
                              .n_bytes = n_bytes,
                              .lowest = UINT32_MAX,
                              .report = report,
                              .ctx = ctx};

    seek(&s);
}

/* --- making the table ------------------------------------------------------
 */

static uint32_t log2_above(size_t n, uint32_t least, uint32_t most)
{
    while (least < most && (size_t)1 << least < n) {
        least++;
    }
    return least;
}

static int take(struct literals *t, const struct literal *literal, size_t n)
{
    size_t bytes = 0;

    for (size_t k = 0; k < n; k++) {
        if (literal[k].n_bytes == 0 ||
            literal[k].n_bytes > LITERALS_BYTES_MAX ||
            (bytes += literal[k].n_bytes) > UINT32_MAX / 2) {
            return ERR_BAD_INPUT;
        }
    }
    t->n = n;
    t->log2_bitmap = log2_above(n * 32, 10, 24);
    t->log2_cells = log2_above(n * 2, 4, 24);
    t->from = calloc(n + 1, sizeof *t->from);
    t->byte = calloc(bytes + 1, 1);
    t->mask = calloc(bytes + 1, 1);
    t->bitmap = calloc((size_t)1 << (t->log2_bitmap - 3), 1);
    t->cell = calloc(((size_t)1 << t->log2_cells) + 1, sizeof *t->cell);
    t->entry = calloc(n + 1, sizeof *t->entry);
    t->brief = calloc(n * 2 + 1, sizeof *t->brief);
    if (t->from == NULL || t->byte == NULL || t->mask == NULL ||
        t->bitmap == NULL || t->cell == NULL || t->entry == NULL ||
        t->brief == NULL) {
        return ERR_NO_MEM;
    }
    for (size_t k = 0; k < n; k++) {
        memcpy(t->byte + t->from[k], literal[k].byte, literal[k].n_bytes);
        memcpy(t->mask + t->from[k], literal[k].mask, literal[k].n_bytes);
        t->from[k + 1] = t->from[k] + literal[k].n_bytes;
    }
    return 0;
}

/* Where the literals below four bytes begin: by all that the first byte may be.
 */
static void sort_brief(struct literals *t)
{
    uint32_t n = 0;

    for (uint32_t c = 0; c < 256; c++) {
        t->brief_from[c] = n;
        for (uint32_t k = 0; k < t->n; k++) {
            uint32_t at = t->from[k];
            if (t->from[k + 1] - at < LITERALS_WINDOW &&
                ((c ^ t->byte[at]) & t->mask[at]) == 0) {
                t->brief[n++] = k;
            }
        }
    }
    t->brief_from[256] = n;
}

static uint32_t cell_of(const struct literals *t, const uint8_t *p)
{
    return literals_hash(p) >> (32 - t->log2_cells);
}

/* Entries by cells, within one by number; window[k] is where that of literal k
 * begins in it. */
static void sort_entries(struct literals *t, const uint32_t *window)
{
    uint32_t n_cells = 1u << t->log2_cells, n = 0;

    for (uint32_t k = 0; k < t->n; k++) {
        if (t->from[k + 1] - t->from[k] >= LITERALS_WINDOW) {
            t->cell[cell_of(t, t->byte + t->from[k] + window[k])]++;
        }
    }
    for (uint32_t c = 0; c <= n_cells; c++) { /* to where each one ends */
        t->cell[c] = n += t->cell[c];
    }
    for (uint32_t k = (uint32_t)t->n; k-- > 0;) {
        uint32_t at = t->from[k] + window[k], size = t->from[k + 1] - at;
        if (t->from[k + 1] - t->from[k] < LITERALS_WINDOW) {
            continue;
        }
        uint32_t hash = literals_hash(t->byte + at);
        uint32_t bit = hash >> (32 - t->log2_bitmap);
        struct literals_entry *e =
            &t->entry[--t->cell[hash >> (32 - t->log2_cells)]];
        t->bitmap[bit / 8] |= (uint8_t)(1u << bit % 8);
        *e = (struct literals_entry){.number = k, .before = window[k]};
        memcpy(&e->value, t->byte + at, size < 8 ? size : 8);
        memcpy(&e->mask, t->mask + at, size < 8 ? size : 8);
    }
}

int literals_open(struct literals **out, const struct literal *literal,
                  size_t n)
{
    struct literals *t = NULL;
    uint32_t *window = NULL;
    int err = ERR_NO_MEM;

    if (n > LITERALS_MAX) {
        return ERR_BAD_INPUT;
    }
    if (posix_memalign((void **)&t, _Alignof(struct literals), sizeof *t) !=
        0) {
        return ERR_NO_MEM;
    }
    memset(t, 0, sizeof *t);
    window = calloc(n + 1, sizeof *window);
    if (window == NULL) {
        goto fail;
    }
    err = take(t, literal, n);
    if (err < 0) {
        goto fail;
    }
    err = literals_plan(t, window);
    if (err < 0) {
        goto fail;
    }
    sort_brief(t);
    sort_entries(t, window);
    free(window);
    *out = t;
    return 0;

fail:
    free(window);
    literals_close(t);
    return err;
}

void literals_close(struct literals *t)
{
    if (t == NULL) {
        return;
    }
    free(t->from);
    free(t->byte);
    free(t->mask);
    free(t->bitmap);
    free(t->cell);
    free(t->entry);
    free(t->brief);
    free(t);
}

size_t literals_bytes(const struct literals *t)
{
    return sizeof *t + ((size_t)1 << (t->log2_bitmap - 3)) +
           (((size_t)1 << t->log2_cells) + 1) * sizeof *t->cell +
           (t->n + 1) * (sizeof *t->entry + sizeof *t->from) +
           (t->n * 2 + 1) * sizeof *t->brief + 2 * (size_t)t->from[t->n] + 2;
}
