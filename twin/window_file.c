/* window_file.c - windows as files; see window.h and docs/window.cddl. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc32c.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/registry.h"
#include "core/wire/cbor.h"
#include "twin/window.h"

enum {
    VERSION = 1,
    N_BODY = 11,
    N_DIGESTS = 1 + CSR_TAPS_MAX,
};

static const char magic[] = "precast window";

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

static void put_head(struct writer *w, enum cbor_major major, uint64_t value)
{
    uint8_t head[CBOR_HEAD_MAX];

    put(w, head, cbor_put_head(head, major, value));
}

static void put_string(struct writer *w, enum cbor_major major,
                       const void *data, size_t n)
{
    put_head(w, major, n);
    put(w, data, n);
}

static void put_words(struct writer *w, const uint32_t *words, size_t n)
{
    put_head(w, CBOR_ARRAY, n);
    for (size_t k = 0; k < n; k++) {
        put_head(w, CBOR_UINT, words[k]);
    }
}

static void put_span(struct writer *w, const struct fn_span *s)
{
    if (s->type != FN_PKT) {
        const struct iq16 *x = s->items;
        put_head(w, CBOR_BYTES, s->n * 4);
        for (size_t k = 0; k < s->n; k++) {
            uint8_t sample[4];
            le16_store(sample, (uint16_t)x[k].i);
            le16_store(sample + 2, (uint16_t)x[k].q);
            put(w, sample, sizeof sample);
        }
        return;
    }
    put_head(w, CBOR_ARRAY, s->n);
    for (size_t k = 0; k < s->n; k++) {
        const struct pkt *p = (const struct pkt *)s->items + k;
        put_head(w, CBOR_ARRAY, 2);
        put_head(w, CBOR_UINT, pkt_user(p));
        put_string(w, CBOR_BYTES, p->data, p->len_bytes);
    }
}

static void put_digests(struct writer *w, const struct twin_digests *d)
{
    put_head(w, CBOR_ARRAY, N_DIGESTS);
    put_head(w, CBOR_UINT, d->sig_in);
    for (size_t k = 0; k < CSR_TAPS_MAX; k++) {
        put_head(w, CBOR_UINT, d->taps.digest[k]);
    }
}

static void put_body(struct writer *w, const struct twin_window *x)
{
    const struct csr_layout *l = x->fn->csr;

    put_head(w, CBOR_ARRAY, N_BODY);
    put_string(w, CBOR_TEXT, l->name, strlen(l->name));
    put_head(w, CBOR_UINT, l->version);
    put_head(w, CBOR_UINT, x->in.item0);
    put_words(w, x->start.words, x->start.n);
    put_head(w, CBOR_ARRAY, x->n_writes);
    for (size_t k = 0; k < x->n_writes; k++) {
        put_head(w, CBOR_ARRAY, 3);
        put_head(w, CBOR_UINT, x->write[k].item);
        put_head(w, CBOR_UINT, x->write[k].offset);
        put_head(w, CBOR_UINT, x->write[k].value);
    }
    put_span(w, &x->in);
    put_span(w, &x->out);
    put_head(w, CBOR_UINT, x->ended);
    put_head(w, CBOR_ARRAY, x->has_digests ? 2 : 0);
    if (x->has_digests) {
        put_digests(w, &x->before);
        put_digests(w, &x->after);
    }
    put_words(w, x->end.words, x->end.n);
    put_head(w, CBOR_UINT, x->replayed);
}

int twin_window_save(const struct twin_window *w, const char *path)
{
    struct writer body = {0}, file = {0};
    FILE *f = NULL;
    int err = 0;

    put_body(&body, w);
    put_head(&file, CBOR_ARRAY, 4);
    put_string(&file, CBOR_TEXT, magic, sizeof magic - 1);
    put_head(&file, CBOR_UINT, VERSION);
    put_string(&file, CBOR_BYTES, body.data, body.n);
    put_head(&file, CBOR_UINT,
             body.full ? 0 : crc32c_best()(0, body.data, body.n));
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
    struct cbor_in in;
    bool bad;
};

/* The value of a head of type 'major', at most 'max'. */
static uint64_t get_head(struct reader *r, enum cbor_major major, uint64_t max)
{
    uint64_t value = 0;

    r->bad = r->bad || !cbor_get_head(&r->in, major, &value) || value > max;
    return r->bad ? 0 : value;
}

/* A string of '*n' bytes, or NULL. */
static const uint8_t *get_string(struct reader *r, enum cbor_major major,
                                 size_t *n)
{
    const uint8_t *data = NULL;

    *n = 0;
    r->bad = r->bad || !cbor_get_string(&r->in, major, &data, n);
    return data;
}

/* How many there are of what takes at least a byte each. */
static size_t get_count(struct reader *r)
{
    return (size_t)get_head(r, CBOR_ARRAY, r->in.n);
}

static uint32_t get_word(struct reader *r)
{
    return (uint32_t)get_head(r, CBOR_UINT, UINT32_MAX);
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
        w->write[k].item = get_head(r, CBOR_UINT, UINT64_MAX);
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
    int err = twin_span_room(FN_PKT, n, r->in.n, s);
    struct pkt *p = s->items;
    uint8_t *to = err == 0 ? p[0].data : NULL;

    for (size_t k = 0; err == 0 && k < n && !r->bad; k++) {
        size_t len;
        r->bad = get_count(r) != 2;
        pkt_set_user(&p[k], get_head(r, CBOR_UINT, ((uint64_t)1 << 48) - 1));
        const uint8_t *data = get_string(r, CBOR_BYTES, &len);
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
        data = get_string(r, CBOR_BYTES, &n);
        r->bad = r->bad || n % 4 != 0;
        err = twin_span_room(type, n / 4, 0, s);
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
    const uint8_t *text = get_string(r, CBOR_TEXT, &n);
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
    item0 = get_head(r, CBOR_UINT, UINT64_MAX / 2);
    w->in.item0 = item0;
    err = get_blob(r, w->fn->csr->version, &w->start);
    err = err < 0 ? err : get_writes(r, w);
    err = err < 0 ? err : get_span(r, w->fn->csr->in, item0, &w->in);
    err = err < 0 ? err : get_span(r, w->fn->csr->out, item0, &w->out);
    w->ended = (enum twin_ended)get_head(r, CBOR_UINT, TWIN_ENDED_MORE);
    n = get_count(r);
    r->bad = r->bad || n % 2 != 0 || n > 2;
    w->has_digests = n == 2;
    if (w->has_digests) {
        get_digests(r, &w->before);
        get_digests(r, &w->after);
    }
    err = err < 0 ? err : get_blob(r, w->fn->csr->version, &w->end);
    w->replayed = (enum twin_replayed)get_head(r, CBOR_UINT, TWIN_REPLAY_AGAIN);
    if (err < 0) {
        return err_say(err, "%s: not enough memory", path);
    }
    if (r->bad || r->in.n != 0) {
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
    is = get_string(r, CBOR_TEXT, &n_magic);
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
    body = get_string(r, CBOR_BYTES, &n_body);
    check = get_word(r);
    if (r->bad || r->in.n != 0 || crc32c_best()(0, body, n_body) != check) {
        return err_say(ERR_BAD_INPUT,
                       "%s: a window file that is damaged or cut", path);
    }
    struct reader inner = {.in = {body, n_body}};
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
    struct reader r = {.in = {(const uint8_t *)file.text, file.n}};
    err = read_window(&r, path, &w);
    text_close(&file);
    if (err < 0) {
        twin_window_close(&w);
        return err;
    }
    *out = w;
    return 0;
}
