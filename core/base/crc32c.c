/*
 * crc32c.c - see crc32c.h.  The portable form takes 8 bytes a turn through
 * eight tables (M. Kounavis, F. Berry, "Novel Table Lookup-Based Algorithms for
 * High-Performance CRC Generation", 2008).
 */
#include "core/base/crc32c.h"

#include "core/base/bytes.h"

/*
 * A check is linear in its bits: an entry of a table is the XOR of those for
 * the bits of its index, and so the compiler makes the tables from the entries
 * of 1, 2, 4, ... 128.
 */
#define BIT(v, k, e) (((v) >> (k)&1u) != 0 ? (e) : 0u)
#define AT(v, a, b, c, d, e, f, g, h)                            \
    (BIT(v, 0, a) ^ BIT(v, 1, b) ^ BIT(v, 2, c) ^ BIT(v, 3, d) ^ \
     BIT(v, 4, e) ^ BIT(v, 5, f) ^ BIT(v, 6, g) ^ BIT(v, 7, h))
#define AT4(v, ...)                                                     \
    AT(v, __VA_ARGS__), AT(v + 1, __VA_ARGS__), AT(v + 2, __VA_ARGS__), \
        AT(v + 3, __VA_ARGS__)
#define AT16(v, ...)                                                       \
    AT4(v, __VA_ARGS__), AT4(v + 4, __VA_ARGS__), AT4(v + 8, __VA_ARGS__), \
        AT4(v + 12, __VA_ARGS__)
#define AT64(v, ...)                                 \
    AT16(v, __VA_ARGS__), AT16(v + 16, __VA_ARGS__), \
        AT16(v + 32, __VA_ARGS__), AT16(v + 48, __VA_ARGS__)
#define TABLE(...)                                           \
    {                                                        \
        AT64(0u, __VA_ARGS__), AT64(64u, __VA_ARGS__),       \
            AT64(128u, __VA_ARGS__), AT64(192u, __VA_ARGS__) \
    }

/* table[k][b]: byte b, with k zeros behind it. */
static const uint32_t table[8][256] = {
    TABLE(0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf, 0x105ec76f,
          0x20bd8ede, 0x417b1dbc, 0x82f63b78),
    TABLE(0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8, 0x3fc5f181,
          0x7f8be302, 0xff17c604, 0xfbc3faf9),
    TABLE(0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5, 0x70a27d8a,
          0xe144fb14, 0xc76580d9, 0x8b277743),
    TABLE(0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6, 0xe964b13d,
          0xd725148b, 0xaba65fe7, 0x52a0c93f),
    TABLE(0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91, 0x8f2261d3,
          0x1ba8b557, 0x37516aae, 0x6ea2d55c),
    TABLE(0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f, 0xc00c303e,
          0x85f4168d, 0x0e045beb, 0x1c08b7d6),
    TABLE(0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53, 0x9c5bfaa6,
          0x3d5b83bd, 0x7ab7077a, 0xf56e0ef4),
    TABLE(0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da, 0x847609b4,
          0x0d006599, 0x1a00cb32, 0x34019664),
};

uint32_t crc32c_portable(uint32_t crc, const void *data, size_t n)
{
    const uint8_t *p = data;
    uint32_t r = ~crc;

    for (; n >= 8; n -= 8, p += 8) {
        uint32_t a = r ^ le32_load(p);
        uint32_t b = le32_load(p + 4);
        r = table[7][a & 0xff] ^ table[6][a >> 8 & 0xff] ^
            table[5][a >> 16 & 0xff] ^ table[4][a >> 24] ^ table[3][b & 0xff] ^
            table[2][b >> 8 & 0xff] ^ table[1][b >> 16 & 0xff] ^
            table[0][b >> 24];
    }
    for (; n > 0; n--, p++) {
        r = r >> 8 ^ table[0][(r ^ *p) & 0xff];
    }
    return ~r;
}

crc32c_fn *crc32c_best(void)
{
    crc32c_fn *fast = crc32c_sse42();

    return fast != NULL ? fast : crc32c_portable;
}
