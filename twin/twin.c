/* twin.c - see twin.h. */
#include "twin/twin.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"

const char *twin_kind_name(enum twin_kind kind)
{
    static const char *const names[] = {
        [TWIN_EQUAL] = "equal",
        [TWIN_DIFFER] = "differ",
        [TWIN_LOST] = "lost",
        [TWIN_DUPLICATED] = "duplicated",
        [TWIN_SWAPPED] = "swapped",
        [TWIN_HANG] = "hang",
        [TWIN_PARAMETER] = "parameter",
        [TWIN_IMAGE] = "image",
        [TWIN_TELEMETRY] = "telemetry",
        [TWIN_LINK] = "link",
        [TWIN_INCOMPARABLE] = "incomparable",
        [TWIN_RESIDUAL] = "residual",
    };

    return names[kind];
}

__attribute__((format(printf, 2, 3))) static void say(struct twin_verdict *v,
                                                      const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(v->text, sizeof v->text, fmt, args); /* cut is fine */
    va_end(args);
}

static bool same_pkt(const struct pkt *a, const struct pkt *b)
{
    return pkt_user(a) == pkt_user(b) && a->len_bytes == b->len_bytes &&
           memcmp(a->data, b->data, a->len_bytes) == 0;
}

/* True when item ka of 'a' equals item kb of 'b'; false beyond either's end. */
static bool same(const struct fn_span *a, size_t ka, const struct fn_span *b,
                 size_t kb)
{
    if (ka >= a->n || kb >= b->n) {
        return false;
    }
    if (a->type == FN_PKT) {
        return same_pkt((const struct pkt *)a->items + ka,
                        (const struct pkt *)b->items + kb);
    }
    const struct iq16 *x = (const struct iq16 *)a->items + ka;
    const struct iq16 *y = (const struct iq16 *)b->items + kb;
    return x->i == y->i && x->q == y->q;
}

/* Says where two packets part. */
static void say_pkt(struct twin_verdict *v, const struct pkt *want,
                    const struct pkt *got)
{
    const struct {
        const char *name;
        uint32_t want, got;
    } part[] = {
        {"length", want->len_bytes, got->len_bytes},
        {"drop", want->flags & PKT_DROP, got->flags & PKT_DROP},
        {"mark", want->mark, got->mark},
        {"out port", want->out_port, got->out_port},
        {"in port", want->in_port, got->in_port},
        {"flags", want->flags, got->flags},
    };

    for (size_t k = 0; k < sizeof part / sizeof part[0]; k++) {
        if (part[k].want != part[k].got) {
            say(v, "%s expected %u got %u", part[k].name, part[k].want,
                part[k].got);
            return;
        }
    }
    for (uint32_t k = 0; k < want->len_bytes; k++) {
        if (want->data[k] != got->data[k]) {
            say(v, "byte %u expected 0x%02x got 0x%02x", k, want->data[k],
                got->data[k]);
            return;
        }
    }
}

static void say_item(struct twin_verdict *v, const struct fn_span *want,
                     const struct fn_span *got, size_t k)
{
    if (want->type == FN_PKT) {
        say_pkt(v, (const struct pkt *)want->items + k,
                (const struct pkt *)got->items + k);
        return;
    }
    const struct iq16 *x = (const struct iq16 *)want->items + k;
    const struct iq16 *y = (const struct iq16 *)got->items + k;
    say(v, "sample expected %d%+dj got %d%+dj", x->i, x->q, y->i, y->q);
}

/* Items that agree from index ka and kb on, to the end of both. */
static bool same_tail(const struct fn_span *a, size_t ka,
                      const struct fn_span *b, size_t kb)
{
    if (a->n - ka != b->n - kb) {
        return false;
    }
    while (ka < a->n && same(a, ka, b, kb)) {
        ka++;
        kb++;
    }
    return ka == a->n;
}

/* What the first difference, at index k, is; a device that hung may owe items.
 */
static enum twin_kind classify(const struct fn_span *twin,
                               const struct fn_span *dev, size_t k, bool hung)
{
    if (k < twin->n && dev->n + 1 == twin->n &&
        same_tail(twin, k + 1, dev, k)) {
        return TWIN_LOST;
    }
    if (k > 0 && dev->n == twin->n + 1 && same(twin, k - 1, dev, k) &&
        same_tail(twin, k, dev, k + 1)) {
        return TWIN_DUPLICATED;
    }
    if (same(twin, k, dev, k + 1) && same(twin, k + 1, dev, k)) {
        return TWIN_SWAPPED;
    }
    if (dev->n == twin->n || (hung && k < dev->n && k < twin->n)) {
        return TWIN_DIFFER;
    }
    return dev->n < twin->n ? TWIN_LOST : TWIN_DUPLICATED;
}

/* Index of the first item in which they differ, or behind the end of one. */
static size_t first_difference(const struct fn_span *a, const struct fn_span *b)
{
    size_t n = a->n < b->n ? a->n : b->n, k = 0;

    /* Most bursts are equal, and samples are one stretch of memory. */
    if (a->type != FN_PKT && n > 0 &&
        memcmp(a->items, b->items, n * sizeof(struct iq16)) == 0) {
        return n;
    }
    while (same(a, k, b, k)) {
        k++;
    }
    return k;
}

struct twin_verdict twin_compare(const struct fn_span *twin,
                                 const struct fn_span *device, int device_err)
{
    struct twin_verdict v = {.kind = TWIN_EQUAL};
    size_t k = first_difference(twin, device);

    v.index = k;
    v.first_item = twin->item0 + k;
    if (k == twin->n && k == device->n && device_err == 0) {
        return v;
    }
    if (device_err == ERR_HANG && k == device->n) {
        v.kind = TWIN_HANG;
    } else if (k == twin->n && k == device->n) {
        v.kind = TWIN_DUPLICATED; /* it had more to give */
    } else {
        v.kind = classify(twin, device, k, device_err == ERR_HANG);
    }
    if (v.kind == TWIN_DIFFER) {
        say_item(&v, twin, device, k);
    } else if (v.kind == TWIN_SWAPPED) {
        say(&v, "changed places with the next item");
    } else {
        say(&v, "%zu items expected, %zu came%s", twin->n, device->n,
            v.kind == TWIN_HANG                      ? ", then it stopped"
            : device->n == twin->n && device_err < 0 ? " and more"
                                                     : "");
    }
    return v;
}

struct twin_verdict twin_compare_state(const struct csr_layout *layout,
                                       const struct blob *twin,
                                       const struct blob *device, uint64_t item)
{
    struct twin_verdict v = {.kind = TWIN_EQUAL, .first_item = item};
    long k = blob_differs(twin, device);

    if (k < 0) {
        return v;
    }
    v.kind = TWIN_PARAMETER;
    v.index = (size_t)k;
    blob_name(layout, twin, (size_t)k, v.reg, sizeof v.reg);
    say(&v, "%s expected 0x%x got 0x%x", v.reg,
        v.index < twin->n ? twin->words[k] : 0,
        v.index < device->n ? device->words[k] : 0);
    return v;
}
