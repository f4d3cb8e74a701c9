/* record.c - see record.h. */
#include "core/wire/record.h"

#include <assert.h>
#include <string.h>

#include "core/base/utf8.h"
#include "core/telemetry.h"
#include "core/wire/cbor.h"

/* Keys as they stand in docs/twin.cddl, ascending. */
static const struct field {
    uint8_t key;
    uint8_t major; /* enum cbor_major */
    uint8_t at;    /* in struct wire_record */
    const char *name;
} fields[] = {
#define FIELD(key, major, member)                                 \
    {                                                             \
        key, major, offsetof(struct wire_record, member), #member \
    }
    FIELD(1, CBOR_UINT, type),     FIELD(2, CBOR_UINT, t_ns),
    FIELD(3, CBOR_TEXT, node),     FIELD(4, CBOR_TEXT, device),
    FIELD(5, CBOR_UINT, item),     FIELD(6, CBOR_TEXT, fn),
    FIELD(7, CBOR_TEXT, kind),     FIELD(8, CBOR_TEXT, text),
    FIELD(9, CBOR_TEXT, stage),    FIELD(10, CBOR_TEXT, reg),
    FIELD(11, CBOR_UINT, layout),  FIELD(12, CBOR_UINT, count),
    FIELD(13, CBOR_UINT, digest),  FIELD(14, CBOR_UINT, seconds),
    FIELD(15, CBOR_UINT, dropped), FIELD(16, CBOR_UINT, octets),
    FIELD(17, CBOR_UINT, frames),  FIELD(18, CBOR_UINT, verdicts),
    FIELD(19, CBOR_BYTES, data),   FIELD(20, CBOR_TEXT, class),
#undef FIELD
};

enum { N_FIELDS = sizeof fields / sizeof fields[0] };

_Static_assert(sizeof(struct wire_record) <= UINT8_MAX, "offsets fit");
_Static_assert(N_FIELDS < 24, "keys and the number of pairs take one byte");
_Static_assert(sizeof(struct wire_text) == sizeof(struct wire_bytes),
               "both kinds of strings look alike");

static const char *const type_names[WIRE_TYPES] = {
    [WIRE_RUN] = "run",         [WIRE_TELEMETRY] = "telemetry",
    [WIRE_VERDICT] = "verdict", [WIRE_ACTION] = "action",
    [WIRE_SET] = "set",         [WIRE_MOVE] = "move",
    [WIRE_IMAGE] = "image",     [WIRE_FAULT] = "fault",
    [WIRE_ALARM] = "alarm",     [WIRE_CHECKPOINT] = "checkpoint",
    [WIRE_INPUT] = "input",     [WIRE_OUTPUT] = "output",
    [WIRE_SUMMARY] = "summary", [WIRE_LEARN] = "learn",
};

struct wire_text wire_text(const char *s)
{
    struct wire_text t = {s, 0};

    while (s != NULL && s[t.n] != '\0' && t.n < WIRE_TEXT_MAX) {
        size_t m = utf8_bytes((const unsigned char *)s + t.n);
        if (m == 0 || t.n + m > WIRE_TEXT_MAX) {
            break;
        }
        t.n += m;
    }
    return t;
}

bool wire_is(struct wire_text t, const char *s)
{
    return t.n == strlen(s) && (t.n == 0 || memcmp(t.at, s, t.n) == 0);
}

const char *wire_type_name(uint64_t type)
{
    return type > 0 && type < WIRE_TYPES ? type_names[type] : "unknown";
}

enum wire_type wire_type_find(const char *name)
{
    int k = 1;

    while (k < WIRE_TYPES && strcmp(type_names[k], name) != 0) {
        k++;
    }
    return k < WIRE_TYPES ? (enum wire_type)k : 0;
}

static uint64_t number_of(const struct wire_record *r, const struct field *f)
{
    uint64_t v;

    memcpy(&v, (const char *)r + f->at, sizeof v);
    return v;
}

static struct wire_bytes string_of(const struct wire_record *r,
                                   const struct field *f)
{
    struct wire_bytes b;

    memcpy(&b, (const char *)r + f->at, sizeof b);
    return b;
}

static bool is_there(const struct wire_record *r, const struct field *f)
{
    return f->major == CBOR_UINT ? number_of(r, f) != 0
                                 : string_of(r, f).n != 0;
}

size_t wire_encode(const struct wire_record *r, uint8_t to[WIRE_HEAD_MAX])
{
    size_t n_pairs = 0, n = 1; /* the map's head is one byte: few pairs */

    assert(r->data.n == 0 || r->class.n == 0); /* data follows behind */
    for (size_t k = 0; k < N_FIELDS; k++) {
        const struct field *f = &fields[k];
        uint64_t number = f->major == CBOR_UINT ? number_of(r, f) : 0;
        struct wire_bytes b = {NULL, 0};
        if (f->major != CBOR_UINT) {
            b = string_of(r, f);
        }
        if (number == 0 && b.n == 0) {
            continue;
        }
        n_pairs++;
        to[n++] = f->key;
        n += cbor_put_head(to + n, f->major, number + b.n);
        if (f->major == CBOR_TEXT) {
            assert(b.at != NULL && b.n <= WIRE_TEXT_MAX);
            memcpy(to + n, b.at, b.n);
            n += b.n;
        }
    }
    (void)cbor_put_head(to, CBOR_MAP, n_pairs); /* one byte */
    return n;
}

/* True when all of 'b' is characters that can be shown. */
static bool is_text(struct wire_bytes b)
{
    uint8_t s[WIRE_TEXT_MAX + 1] = {0};
    size_t at = 0, m = 1;

    if (b.n > WIRE_TEXT_MAX) {
        return false;
    }
    memcpy(s, b.at, b.n);
    while (at < b.n && m > 0) {
        m = utf8_bytes(s + at);
        at += m;
    }
    return m > 0;
}

/* Reads the value of 'f'; NULL, or what is wrong with it. */
static const char *get_field(struct cbor_in *in, const struct field *f,
                             struct wire_record *r)
{
    uint64_t v;
    struct wire_bytes b;

    if (f->major == CBOR_UINT) {
        if (!cbor_get_head(in, CBOR_UINT, &v)) {
            return "a record with no number where one is due";
        }
        memcpy((char *)r + f->at, &v, sizeof v);
        return NULL;
    }
    if (!cbor_get_string(in, f->major, &b.at, &b.n)) {
        return "a record with no string where one is due";
    }
    if (f->major == CBOR_TEXT ? !is_text(b) : b.n > WIRE_DATA_MAX) {
        return "a record with a string that is none";
    }
    memcpy((char *)r + f->at, &b, sizeof b);
    return NULL;
}

const char *wire_decode(const uint8_t *from, size_t n, struct wire_record *out)
{
    struct cbor_in in = {from, n};
    struct wire_record r = {0};
    uint64_t n_pairs, key, last = 0;

    if (!cbor_get_head(&in, CBOR_MAP, &n_pairs)) {
        return "no record";
    }
    for (uint64_t p = 0; p < n_pairs; p++) {
        const struct field *f = NULL;
        const char *wrong;
        if (!cbor_get_head(&in, CBOR_UINT, &key) || key <= last) {
            return "a record whose keys do not ascend";
        }
        last = key;
        for (size_t k = 0; k < N_FIELDS; k++) {
            f = fields[k].key == key ? &fields[k] : f;
        }
        if (f == NULL && !cbor_skip(&in)) {
            return "a record with a key that cannot be passed";
        }
        wrong = f == NULL ? NULL : get_field(&in, f, &r);
        if (wrong != NULL) {
            return wrong;
        }
    }
    if (in.n != 0 || r.type == 0 || r.type >= WIRE_TYPES) {
        return in.n != 0 ? "a record of another length"
                         : "a record of an unknown type";
    }
    *out = r;
    return NULL;
}

/* --- JSON ----------------------------------------------------------------- */

static void add_number(json_t *o, const char *name, uint64_t v)
{
    (void)json_object_set_new(o, name, json_integer((json_int_t)v));
}

static void add_frame(json_t *o, struct wire_bytes data)
{
    struct telemetry t;
    const char *wrong = telemetry_decode(data.at, data.n, &t);
    const struct {
        const char *name;
        uint32_t value;
    } row[] = {
        {"image", t.image},           {"epoch", t.epoch},
        {"window", t.window},         {"items_in", t.items_in},
        {"items_out", t.items_out},   {"sig_in", t.sig_in},
        {"sig_out", t.sig_out},       {"stalls_in", t.stalls_in},
        {"stalls_out", t.stalls_out}, {"cycles", t.cycles},
        {"errors", t.errors},         {"walk_at", t.walk_at},
        {"walk_sum", t.walk_sum},
    };

    if (wrong != NULL) {
        (void)json_object_set_new(o, "damaged", json_string(wrong));
        return;
    }
    for (size_t k = 0; k < sizeof row / sizeof row[0]; k++) {
        add_number(o, row[k].name, row[k].value);
    }
}

json_t *wire_json(const struct wire_record *r)
{
    json_t *o = json_object();

    (void)json_object_set_new(o, "type", json_string(wire_type_name(r->type)));
    for (size_t k = 1; k < N_FIELDS; k++) {
        const struct field *f = &fields[k];
        if (!is_there(r, f)) {
            continue;
        }
        if (f->major == CBOR_UINT) {
            add_number(o, f->name, number_of(r, f));
        } else if (f->major == CBOR_TEXT) {
            struct wire_bytes b = string_of(r, f);
            (void)json_object_set_new(o, f->name,
                                      json_stringn((const char *)b.at, b.n));
        } else if (r->type == WIRE_TELEMETRY) {
            add_frame(o, r->data);
        } else {
            add_number(o, "data_bytes", r->data.n);
        }
    }
    return o;
}
