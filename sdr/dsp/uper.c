/* uper.c - see uper.h. */
#include "sdr/dsp/uper.h"

uint32_t uper_get(struct uper *u, unsigned n)
{
    uint32_t v = 0;

    if (n > u->n - u->at) {
        u->at = u->n;
        u->failed = true;
        return 0;
    }
    for (unsigned k = 0; k < n; k++, u->at++) {
        v = v << 1 | (uint32_t)(u->bytes[u->at / 8] >> (7 - u->at % 8) & 1);
    }
    return v;
}

bool uper_flag(struct uper *u)
{
    return uper_get(u, 1) != 0;
}

void uper_skip(struct uper *u, size_t n)
{
    if (n > u->n - u->at) {
        u->at = u->n;
        u->failed = true;
    } else {
        u->at += n;
    }
}

uint32_t uper_below(struct uper *u, unsigned bits, uint32_t n)
{
    uint32_t v = uper_get(u, bits);

    if (v >= n) {
        u->failed = true;
        return 0;
    }
    return v;
}

uint32_t uper_small(struct uper *u)
{
    if (uper_flag(u)) {
        u->failed = true;
        return 0;
    }
    return uper_get(u, 6);
}

/* X.691 11.9: a length in bytes, without fragments. */
static uint32_t uper_length(struct uper *u)
{
    if (!uper_flag(u)) {
        return uper_get(u, 7);
    }
    if (uper_flag(u)) {
        u->failed = true;
        return 0;
    }
    return uper_get(u, 14);
}

void uper_skip_open(struct uper *u)
{
    uper_skip(u, 8 * (size_t)uper_length(u));
}

void uper_additions(struct uper *u, struct uper *first)
{
    uint32_t n = uper_small(u) + 1;
    uint32_t present = 0;
    bool has_first = false;

    for (uint32_t k = 0; k < n; k++) {
        bool is_present = uper_flag(u);
        present += is_present ? 1 : 0;
        has_first = k == 0 ? is_present : has_first;
    }
    if (first != NULL) {
        *first = (struct uper){.bytes = u->bytes};
    }
    for (uint32_t k = 0; k < present && !u->failed; k++) {
        size_t len = 8 * (size_t)uper_length(u);
        size_t at = u->at;
        uper_skip(u, len);
        if (k == 0 && has_first && first != NULL && !u->failed) {
            first->at = at;
            first->n = u->at;
        }
    }
}
