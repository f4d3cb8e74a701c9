/*
 * literals.h - thousands of literals looked for at once in the bytes of a
 * packet.
 *
 * Each literal of four bytes and more is known by four of them that stand side
 * by side, its window.  Literals are put into 8 groups; whether a window of a
 * group may begin at a byte is the AND of what four tables say of this byte and
 * the three behind it: bytewise shift-or over groups, as FDR has it (X. Wang et
 * al., Hyperscan: A Fast Multi-pattern Regex Matcher for Modern CPUs, NSDI
 * 2019, 4.2), with tables of whole bytes, which VBMI looks up 64 at a time.
 * What passes is looked for in a bitmap by a hash of its window (S. Wu and U.
 * Manber, A Fast Algorithm for Multi-pattern Searching, TR-94-17, University of
 * Arizona), then compared.  Windows and groups are chosen so that little
 * passes.
 *
 * A table is not changed once it is open; several threads may search it.
 */
#ifndef NET_TABLE_LITERALS_H
#define NET_TABLE_LITERALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LITERALS_GROUPS = 8,
    LITERALS_WINDOW = 4,          /* bytes */
    LITERALS_FOLD = 0xdf,         /* mask of a letter in either case */
    LITERALS_MAX = 1 << 20,       /* literals of a table */
    LITERALS_BYTES_MAX = 1 << 20, /* ... and bytes of a literal */
};

/* Byte k is found where ((x ^ byte[k]) & mask[k]) == 0. */
struct literal {
    const uint8_t *byte; /* [n_bytes] */
    const uint8_t *mask; /* [n_bytes], each 0xff or LITERALS_FOLD */
    uint32_t n_bytes;
};

/* Where literal 'number', from 0, ends: behind data[end - 1]. */
typedef void literals_report(void *ctx, uint32_t number, size_t end);

struct literals;

/*
 * A table of literal[n], whose bytes are copied.  ERR_NO_MEM, ERR_BAD_INPUT for
 * an empty literal or more than the limits above.
 */
int literals_open(struct literals **out, const struct literal *literal,
                  size_t n);
void literals_close(struct literals *t); /* may be NULL */

/* Bytes that it takes. */
size_t literals_bytes(const struct literals *t);

/* The lowest number of a literal in data[n_bytes], from 1; 0 if there is none.
 */
uint32_t literals_first(const struct literals *t, const uint8_t *data,
                        size_t n_bytes);

/* Every place of every literal, in no order. */
void literals_all(const struct literals *t, const uint8_t *data, size_t n_bytes,
                  literals_report *report, void *ctx);

/* --- the two ways to do it, for tests and benches --------------------------
 */

struct literals_seek {
    const struct literals *table;
    const uint8_t *data;
    size_t n_bytes;
    uint32_t lowest;         /* number of the lowest so far, or UINT32_MAX */
    literals_report *report; /* NULL when only the lowest is asked for */
    void *ctx;
};

void literals_seek_scalar(struct literals_seek *s);
void literals_seek_avx512(struct literals_seek *s);
bool literals_has_avx512(void);

#endif
