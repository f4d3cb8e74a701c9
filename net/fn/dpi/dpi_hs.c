/* dpi_hs.c - see dpi_hs.h. */
#include "net/fn/dpi/dpi_hs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hs/hs.h>

#include "core/base/err.h"

struct dpi_hs {
    hs_database_t *db; /* NULL: nothing to look for */
    hs_scratch_t *scratch;
    uint32_t split;
};

static unsigned hs_flags(uint32_t flags)
{
    return HS_FLAG_SINGLEMATCH |
           ((flags & DPI_HS_CASELESS) != 0 ? HS_FLAG_CASELESS : 0) |
           ((flags & DPI_HS_MULTILINE) != 0 ? HS_FLAG_MULTILINE : 0) |
           ((flags & DPI_HS_DOTALL) != 0 ? HS_FLAG_DOTALL : 0);
}

int dpi_hs_check(const char *text, uint32_t flags, char *why, size_t n_bytes)
{
    hs_database_t *db = NULL;
    hs_compile_error_t *error = NULL;

    if (hs_compile(text, hs_flags(flags), HS_MODE_BLOCK, NULL, &db, &error) ==
        HS_SUCCESS) {
        (void)hs_free_database(db); /* fails for what is no database */
        return 0;
    }
    (void)snprintf(why, n_bytes, "%s", error->message); /* may be cut */
    (void)hs_free_compile_error(error);
    return ERR_BAD_INPUT;
}

/* What is left of a set, as Hyperscan takes it. */
struct rest {
    const char **text;
    unsigned *flags, *number;
    unsigned n;
};

static void leave_out(struct rest *r, unsigned k)
{
    size_t n = --r->n - k;

    memmove(r->text + k, r->text + k + 1, n * sizeof *r->text);
    memmove(r->flags + k, r->flags + k + 1, n * sizeof *r->flags);
    memmove(r->number + k, r->number + k + 1, n * sizeof *r->number);
}

/* Each turn ends it or leaves one out. */
static int compile(struct dpi_hs *h, struct rest *r, bool left_out[2])
{
    while (r->n > 0) {
        hs_compile_error_t *error = NULL;
        if (hs_compile_multi(r->text, r->flags, r->number, r->n, HS_MODE_BLOCK,
                             NULL, &h->db, &error) == HS_SUCCESS) {
            return hs_alloc_scratch(h->db, &h->scratch) == HS_SUCCESS
                       ? 0
                       : ERR_NO_MEM;
        }
        int at = error->expression;
        (void)hs_free_compile_error(error);
        if (at < 0 || (unsigned)at >= r->n) { /* none of them: no memory */
            return ERR_NO_MEM;
        }
        left_out[r->number[at] >= h->split] = true;
        leave_out(r, (unsigned)at);
    }
    return 0;
}

int dpi_hs_open(struct dpi_hs **out, const struct dpi_hs_set *set,
                bool left_out[2])
{
    struct dpi_hs *h = calloc(1, sizeof *h);
    struct rest r = {calloc(set->n, sizeof *r.text),
                     calloc(set->n, sizeof *r.flags),
                     calloc(set->n, sizeof *r.number), 0};
    int err = ERR_NO_MEM;

    left_out[0] = left_out[1] = false;
    if (h == NULL || r.text == NULL || r.flags == NULL || r.number == NULL) {
        goto end;
    }
    h->split = set->split;
    for (unsigned k = 0; k < set->n; k++) {
        if (set->text[k] == NULL) {
            left_out[k >= set->split] = true;
            continue;
        }
        r.text[r.n] = set->text[k];
        r.flags[r.n] = hs_flags(set->flags[k]);
        r.number[r.n++] = k;
    }
    err = compile(h, &r, left_out);

end:
    free(r.text);
    free(r.flags);
    free(r.number);
    if (err < 0) {
        dpi_hs_close(h);
        return err;
    }
    *out = h;
    return 0;
}

void dpi_hs_close(struct dpi_hs *h)
{
    if (h == NULL) {
        return;
    }
    (void)hs_free_scratch(h->scratch); /* both take NULL and fail */
    (void)hs_free_database(h->db);     /* for nothing else */
    free(h);
}

/* The lowest numbers of each kind so far; UINT32_MAX for none. */
struct found {
    uint32_t split, lowest[2];
};

static int note(unsigned number, unsigned long long from, unsigned long long to,
                unsigned flags, void *ctx)
{
    struct found *found = ctx;
    uint32_t *lowest = &found->lowest[number >= found->split];

    (void)from;
    (void)to;
    (void)flags;
    *lowest = number < *lowest ? number : *lowest;
    return 0;
}

struct dpi_hs_hit dpi_hs_scan(const struct dpi_hs *h, const uint8_t *data,
                              uint32_t n_bytes)
{
    struct found found = {h->split, {UINT32_MAX, UINT32_MAX}};

    if (h->db != NULL) {
        /* It fails for wrong arguments only, and note() never stops it. */
        (void)hs_scan(h->db, (const char *)data, n_bytes, 0, h->scratch, note,
                      &found);
    }
    bool second = found.lowest[1] != UINT32_MAX;
    return (struct dpi_hs_hit){
        {found.lowest[0] + 1, second ? found.lowest[1] - h->split + 1 : 0}};
}
