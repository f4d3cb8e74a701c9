/* window.c - see window.h and docs/window.cddl. */
#include "twin/window.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc32c.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/registry.h"

enum {
    VERSION = 1,
    N_BODY = 11,
    N_DIGESTS = 1 + CSR_TAPS_MAX,
};

/* CBOR major types, in the upper three bits of a head. */
enum { UINT = 0, BYTES = 2, TEXT = 3, ARRAY = 4 };

static const char magic[] = "precast window";

/* --- items -------------------------------------------------------------- */

/* Room for 'n' items and 'n_bytes' of packets; items[0].data begins them. */
static int span_room(enum fn_type type, size_t n, size_t n_bytes,
                     struct fn_span *to)
{
    size_t size = type == FN_PKT ? sizeof(struct pkt) : sizeof(struct iq16);
    uint8_t *bytes = type == FN_PKT ? malloc(n_bytes + 1) : NULL;
    void *items = calloc(n + 1, size);

    if (items == NULL || (type == FN_PKT && bytes == NULL)) {
        free(items);
        free(bytes);
        return ERR_NO_MEM;
    }
    if (type == FN_PKT) {
        ((struct pkt *)items)[0].data = bytes;
    }
    *to = (struct fn_span){.type = type, .items = items, .cap = n};
    return 0;
}

int twin_span_copy(const struct fn_span *from, struct fn_span *to)
{
    const struct pkt *p = from->items;
    size_t n_bytes = 0;
    int err;

    for (size_t k = 0; from->type == FN_PKT && k < from->n; k++) {
        n_bytes += p[k].len_bytes;
    }
    err = span_room(from->type, from->n, n_bytes, to);
    if (err < 0) {
        return err;
    }
    to->n = from->n;
    to->item0 = from->item0;
    if (from->type != FN_PKT) {
        memcpy(to->items, from->items, from->n * sizeof(struct iq16));
        return 0;
    }
    struct pkt *q = to->items;
    uint8_t *at = q[0].data;
    for (size_t k = 0; k < from->n; k++) {
        q[k] = p[k];
        q[k].data = at;
        q[k].room_bytes = p[k].len_bytes;
        memcpy(at, p[k].data, p[k].len_bytes);
        at += p[k].len_bytes;
    }
    return 0;
}

void twin_span_close(struct fn_span *s)
{
    if (s->items != NULL && s->type == FN_PKT) {
        free(((struct pkt *)s->items)[0].data);
    }
    free(s->items);
    *s = (struct fn_span){.type = s->type};
}

void twin_window_close(struct twin_window *w)
{
    blob_close(&w->start);
    blob_close(&w->end);
    twin_span_close(&w->in);
    twin_span_close(&w->out);
    free(w->write);
    *w = (struct twin_window){0};
}

/* --- writing -------------------------------------------------------------- */

struct writer {
    uint8_t *data;
    size_t n, cap;
    bool full; /* no memory */
};

static void put(struct writer *w, const void *data, size_t n)
{
    if (!w->full && w->n + n > w->cap) {
        size_t cap = 2 * (w->n + n);
        uint8_t *more = realloc(w->data, cap);
        w->full = more == NULL;
        w->data = more != NULL ? more : w->data;
        w->cap = more != NULL ? cap : w->cap;
    }
    if (!w->full && n > 0) {
        memcpy(w->data + w->n, data, n);
        w->n += n;
    }
}

static void put_head(struct writer *w, uint32_t major, uint64_t value)
{
    uint32_t log2 = value <= UINT8_MAX    ? 0
                    : value <= UINT16_MAX ? 1
                    : value <= UINT32_MAX ? 2
                                          : 3;
    uint8_t head[9];

    head[0] = (uint8_t)(major << 5 | (value < 24 ? value : 24 + log2));
    for (uint32_t k = 0; k < 1u << log2; k++) {
        head[1 + k] = (uint8_t)(value >> 8 * ((1u << log2) - 1 - k));
    }
    put(w, head, value < 24 ? 1 : 1 + (1u << log2));
}

static void put_string(struct writer *w, uint32_t major, const void *data,
                       size_t n)
{
    put_head(w, major, n);
    put(w, data, n);
}

static void put_words(struct writer *w, const uint32_t *words, size_t n)
{
    put_head(w, ARRAY, n);
    for (size_t k = 0; k < n; k++) {
        put_head(w, UINT, words[k]);
    }
}

static void put_span(struct writer *w, const struct fn_span *s)
{
    if (s->type != FN_PKT) {
        const struct iq16 *x = s->items;
        put_head(w, BYTES, s->n * 4);
        for (size_t k = 0; k < s->n; k++) {
            uint8_t sample[4];
            le16_store(sample, (uint16_t)x[k].i);
            le16_store(sample + 2, (uint16_t)x[k].q);
            put(w, sample, sizeof sample);
        }
        return;
    }
    put_head(w, ARRAY, s->n);
    for (size_t k = 0; k < s->n; k++) {
        const struct pkt *p = (const struct pkt *)s->items + k;
        put_head(w, ARRAY, 2);
        put_head(w, UINT, pkt_user(p));
        put_string(w, BYTES, p->data, p->len_bytes);
    }
}

static void put_digests(struct writer *w, const struct twin_digests *d)
{
    put_head(w, ARRAY, N_DIGESTS);
    put_head(w, UINT, d->sig_in);
    for (size_t k = 0; k < CSR_TAPS_MAX; k++) {
        put_head(w, UINT, d->taps.digest[k]);
    }
}

static void put_body(struct writer *w, const struct twin_window *x)
{
    const struct csr_layout *l = x->fn->csr;

    put_head(w, ARRAY, N_BODY);
    put_string(w, TEXT, l->name, strlen(l->name));
    put_head(w, UINT, l->version);
    put_head(w, UINT, x->in.item0);
    put_words(w, x->start.words, x->start.n);
    put_head(w, ARRAY, x->n_writes);
    for (size_t k = 0; k < x->n_writes; k++) {
        put_head(w, ARRAY, 3);
        put_head(w, UINT, x->write[k].item);
        put_head(w, UINT, x->write[k].offset);
        put_head(w, UINT, x->write[k].value);
    }
    put_span(w, &x->in);
    put_span(w, &x->out);
    put_head(w, UINT, x->ended);
    put_head(w, ARRAY, x->has_digests ? 2 : 0);
    if (x->has_digests) {
        put_digests(w, &x->before);
        put_digests(w, &x->after);
    }
    put_words(w, x->end.words, x->end.n);
    put_head(w, UINT, x->replayed);
}

int twin_window_save(const struct twin_window *w, const char *path)
{
    struct writer body = {0}, file = {0};
    FILE *f = NULL;
    int err = 0;

    put_body(&body, w);
    put_head(&file, ARRAY, 4);
    put_string(&file, TEXT, magic, sizeof magic - 1);
    put_head(&file, UINT, VERSION);
    put_string(&file, BYTES, body.data, body.n);
    put_head(&file, UINT, body.full ? 0 : crc32c_best()(0, body.data, body.n));
    if (body.full || file.full) {
        err = err_say(ERR_NO_MEM, "%s: not enough memory", path);
    } else if ((f = fopen(path, "wb")) == NULL ||
               fwrite(file.data, 1, file.n, f) != file.n || fflush(f) != 0) {
        err =
            err_say(ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
    }
    if (f != NULL && fclose(f) != 0 && err == 0) {
        err =
            err_say(ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
    }
    free(body.data);
    free(file.data);
    return err;
}

/* --- reading --------------------------------------------------------------
 * Whatever is wrong sets 'bad', and from then on everything reads as 0. */

struct reader {
    const uint8_t *at, *end;
    bool bad;
};

/* The value of a head of type 'major', at most 'max'. */
static uint64_t get_head(struct reader *r, uint32_t major, uint64_t max)
{
    uint64_t value = 0;
    uint32_t low, n;

    r->bad = r->bad || r->at == r->end || *r->at >> 5 != major;
    if (r->bad) {
        return 0;
    }
    low = *r->at++ & 31u;
    n = low < 24 ? 0 : 1u << (low - 24) % 8;
    r->bad = low > 27 || (size_t)(r->end - r->at) < n;
    for (uint32_t k = 0; !r->bad && k < n; k++) {
        value = value << 8 | *r->at++;
    }
    value = low < 24 ? low : value;
    /* In its shortest form. */
    r->bad = r->bad || value > max || (n == 1 && value < 24) ||
             (n > 1 && value >> 4 * n == 0);
    return r->bad ? 0 : value;
}

/* A string of '*n' bytes, or NULL. */
static const uint8_t *get_string(struct reader *r, uint32_t major, size_t *n)
{
    size_t left = (size_t)(r->end - r->at);
    const uint8_t *data;

    *n = (size_t)get_head(r, major, left);
    r->bad = r->bad || *n > (size_t)(r->end - r->at);
    data = r->bad ? NULL : r->at;
    r->at += r->bad ? 0 : *n;
    *n = r->bad ? 0 : *n;
    return data;
}

/* How many there are of what takes at least a byte each. */
static size_t get_count(struct reader *r)
{
    return (size_t)get_head(r, ARRAY, (uint64_t)(r->end - r->at));
}

static uint32_t get_word(struct reader *r)
{
    return (uint32_t)get_head(r, UINT, UINT32_MAX);
}

static int get_blob(struct reader *r, uint32_t layout, struct blob *b)
{
    size_t n = get_count(r);

    b->words = calloc(n + 1, sizeof *b->words);
    if (b->words == NULL) {
        return ERR_NO_MEM;
    }
    b->layout = layout;
    b->n = n;
    for (size_t k = 0; k < n; k++) {
        b->words[k] = get_word(r);
    }
    return 0;
}

static int get_writes(struct reader *r, struct twin_window *w)
{
    size_t n = get_count(r);
    uint64_t last = w->in.item0;

    w->write = calloc(n + 1, sizeof *w->write);
    if (w->write == NULL) {
        return ERR_NO_MEM;
    }
    w->n_writes = n;
    for (size_t k = 0; k < n; k++) {
        r->bad = r->bad || get_count(r) != 3;
        w->write[k].item = get_head(r, UINT, UINT64_MAX);
        w->write[k].offset = get_word(r);
        w->write[k].value = get_word(r);
        r->bad = r->bad || w->write[k].item < last;
        last = w->write[k].item;
    }
    return 0;
}

static int get_packets(struct reader *r, struct fn_span *s)
{
    size_t n = get_count(r);
    int err = span_room(FN_PKT, n, (size_t)(r->end - r->at), s);
    struct pkt *p = s->items;
    uint8_t *to = err == 0 ? p[0].data : NULL;

    for (size_t k = 0; err == 0 && k < n && !r->bad; k++) {
        size_t len;
        r->bad = get_count(r) != 2;
        pkt_set_user(&p[k], get_head(r, UINT, ((uint64_t)1 << 48) - 1));
        const uint8_t *data = get_string(r, BYTES, &len);
        r->bad = r->bad || len > FN_PKT_BYTES;
        p[k].data = to;
        p[k].len_bytes = p[k].room_bytes = p[k].wire_bytes = (uint32_t)len;
        if (len > 0) {
            memcpy(to, data, len);
        }
        to += len;
    }
    s->n = r->bad ? 0 : n;
    return err;
}

static int get_span(struct reader *r, enum fn_type type, uint64_t item0,
                    struct fn_span *s)
{
    size_t n;
    const uint8_t *data;
    int err;

    s->type = type;
    if (type == FN_PKT) {
        err = get_packets(r, s);
    } else {
        data = get_string(r, BYTES, &n);
        r->bad = r->bad || n % 4 != 0;
        err = span_room(type, n / 4, 0, s);
        struct iq16 *x = s->items;
        for (size_t k = 0; err == 0 && k < n / 4; k++) {
            x[k].i = (int16_t)le16_load(data + 4 * k);
            x[k].q = (int16_t)le16_load(data + 4 * k + 2);
        }
        s->n = n / 4;
    }
    r->bad = r->bad || s->n > TWIN_WINDOW_ITEMS;
    s->item0 = item0;
    return err;
}

static void get_digests(struct reader *r, struct twin_digests *d)
{
    r->bad = r->bad || get_count(r) != N_DIGESTS;
    d->sig_in = get_word(r);
    for (size_t k = 0; k < CSR_TAPS_MAX; k++) {
        d->taps.digest[k] = get_word(r);
    }
}

/* The function that the body names; NULL, printed, when it is not ours. */
static const struct fn *get_fn(struct reader *r, const char *path)
{
    char name[64];
    size_t n;
    const uint8_t *text = get_string(r, TEXT, &n);
    uint32_t layout = get_word(r);
    const struct fn *fn;

    (void)snprintf(name, sizeof name, "%.*s", (int)(n < 63 ? n : 63),
                   text != NULL ? (const char *)text : ""); /* cut */
    fn = registry_find(name);
    if (r->bad || fn == NULL || fn->csr->version != layout ||
        fn->csr->in != fn->csr->out) {
        (void)err_say(ERR_BAD_INPUT,
                      "%s: a window of '%s', layout 0x%08x, which this program "
                      "does not have",
                      path, name, layout);
        return NULL;
    }
    return fn;
}

static int get_body(struct reader *r, const char *path, struct twin_window *w)
{
    uint64_t item0;
    int err;
    size_t n;

    r->bad = r->bad || get_count(r) != N_BODY;
    w->fn = get_fn(r, path);
    if (w->fn == NULL) {
        return ERR_BAD_INPUT;
    }
    item0 = get_head(r, UINT, UINT64_MAX / 2);
    w->in.item0 = item0;
    err = get_blob(r, w->fn->csr->version, &w->start);
    err = err < 0 ? err : get_writes(r, w);
    err = err < 0 ? err : get_span(r, w->fn->csr->in, item0, &w->in);
    err = err < 0 ? err : get_span(r, w->fn->csr->out, item0, &w->out);
    w->ended = (enum twin_ended)get_head(r, UINT, TWIN_ENDED_MORE);
    n = get_count(r);
    r->bad = r->bad || n % 2 != 0 || n > 2;
    w->has_digests = n == 2;
    if (w->has_digests) {
        get_digests(r, &w->before);
        get_digests(r, &w->after);
    }
    err = err < 0 ? err : get_blob(r, w->fn->csr->version, &w->end);
    w->replayed = (enum twin_replayed)get_head(r, UINT, TWIN_REPLAY_AGAIN);
    if (err < 0) {
        return err_say(err, "%s: not enough memory", path);
    }
    if (r->bad || r->at != r->end) {
        return err_say(ERR_BAD_INPUT,
                       "%s: a window whose parts do not fit each other", path);
    }
    return 0;
}

static int read_window(struct reader *r, const char *path,
                       struct twin_window *w)
{
    size_t n_magic, n_body;
    const uint8_t *is, *body;
    uint32_t version, check;

    r->bad = get_count(r) != 4;
    is = get_string(r, TEXT, &n_magic);
    if (r->bad || n_magic != sizeof magic - 1 ||
        memcmp(is, magic, n_magic) != 0) {
        return err_say(ERR_BAD_INPUT, "%s: not a window file", path);
    }
    version = get_word(r);
    if (!r->bad && version != VERSION) {
        return err_say(ERR_BAD_INPUT,
                       "%s: a window file of version %u, expected %d", path,
                       version, VERSION);
    }
    body = get_string(r, BYTES, &n_body);
    check = get_word(r);
    if (r->bad || r->at != r->end || crc32c_best()(0, body, n_body) != check) {
        return err_say(ERR_BAD_INPUT,
                       "%s: a window file that is damaged or cut", path);
    }
    struct reader inner = {.at = body, .end = body + n_body};
    return get_body(&inner, path, w);
}

int twin_window_load(const char *path, struct twin_window *out)
{
    struct text_file file;
    struct twin_window w = {0};
    int err = text_open(path, &file);

    if (err < 0) {
        return err;
    }
    struct reader r = {.at = (const uint8_t *)file.text,
                       .end = (const uint8_t *)file.text + file.n};
    err = read_window(&r, path, &w);
    text_close(&file);
    if (err < 0) {
        twin_window_close(&w);
        return err;
    }
    *out = w;
    return 0;
}
