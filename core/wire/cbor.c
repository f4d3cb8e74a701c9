/* cbor.c - see cbor.h. */
#include "core/wire/cbor.h"

/* Bytes behind the first one that 'value' takes. */
static size_t extra_bytes(uint64_t value)
{
    return value < 24            ? 0
           : value <= UINT8_MAX  ? 1
           : value <= UINT16_MAX ? 2
           : value <= UINT32_MAX ? 4
                                 : 8;
}

size_t cbor_put_head(uint8_t *to, enum cbor_major major, uint64_t value)
{
    static const uint8_t info[] = {[1] = 24, [2] = 25, [4] = 26, [8] = 27};
    size_t n = extra_bytes(value);

    to[0] = (uint8_t)((unsigned)major << 5 | (n == 0 ? value : info[n]));
    for (size_t k = 0; k < n; k++) {
        to[n - k] = (uint8_t)(value >> 8 * k);
    }
    return n + 1;
}

bool cbor_get_head(struct cbor_in *in, enum cbor_major major, uint64_t *value)
{
    uint8_t info;
    size_t n;
    uint64_t v = 0;

    if (in->n == 0 || in->at[0] >> 5 != major) {
        return false;
    }
    info = in->at[0] & 31;
    n = info < 24 ? 0 : (size_t)1 << (info - 24);
    if (info > 27 || in->n <= n) {
        return false;
    }
    for (size_t k = 1; k <= n; k++) {
        v = v << 8 | in->at[k];
    }
    v = n == 0 ? info : v;
    if (extra_bytes(v) != n) {
        return false;
    }
    in->at += n + 1;
    in->n -= n + 1;
    *value = v;
    return true;
}

bool cbor_get_string(struct cbor_in *in, enum cbor_major major,
                     const uint8_t **at, size_t *n)
{
    struct cbor_in next = *in;
    uint64_t len;

    if (!cbor_get_head(&next, major, &len) || len > next.n) {
        return false;
    }
    *at = next.at;
    *n = (size_t)len;
    in->at = next.at + len;
    in->n = next.n - (size_t)len;
    return true;
}

bool cbor_skip(struct cbor_in *in)
{
    const uint8_t *at;
    size_t n;
    uint64_t value;

    return cbor_get_head(in, CBOR_UINT, &value) ||
           cbor_get_string(in, CBOR_BYTES, &at, &n) ||
           cbor_get_string(in, CBOR_TEXT, &at, &n);
}
