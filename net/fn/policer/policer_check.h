/* policer_check.h - bodies and IP packets by hand, for the tests of policer. */
#ifndef NET_FN_POLICER_POLICER_CHECK_H
#define NET_FN_POLICER_POLICER_CHECK_H

#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"
#include "net/fn/policer/policer_text.h"
#include "policer_csr.h"
#include "tests/fn_each.h"

enum { HEAD_LEN = 64, MARK = 0xa0b0 };

/* Names as tables of rows have them. */
enum { NONE = 0, G = POLICER_GREEN, Y = POLICER_YELLOW, R = POLICER_RED };

static inline int bench_open(void **state)
{
    return bench_load(*state, "policer");
}

/* Word 'word' of meter 'number', from 1. */
static inline uint32_t meter_word(struct body *b, uint32_t number,
                                  uint32_t word)
{
    write_reg(b, CSR_WINDOW_INDEX,
              csr_window(POLICER_TABLE_METER,
                         (number - 1) * POLICER_METER_WORDS + word));
    return read_reg(b, CSR_WINDOW_DATA);
}

/* An IPv4 packet whose header says 'total' bytes, in a frame of HEAD_LEN. */
static inline struct pkt packet_make(uint8_t *d, uint32_t total, uint32_t dscp)
{
    memset(d, 0, HEAD_LEN);
    be16_store(d + 12, 0x0800);
    d[14] = 0x45;
    d[15] = (uint8_t)(dscp << 2);
    be16_store(d + 16, (uint16_t)total);
    return (struct pkt){
        .data = d, .len_bytes = HEAD_LEN, .room_bytes = HEAD_LEN, .mark = MARK};
}

/* Runs 'p', whose bytes must stay; what came of it has no data. */
static inline struct pkt run_one(struct body *b, const struct pkt *p)
{
    uint8_t to[HEAD_LEN];
    struct pkt x = *p, y = {.data = to, .room_bytes = HEAD_LEN};
    struct fn_span in = {FN_PKT, &x, 1, 1, 0};
    struct fn_span out = {FN_PKT, &y, 0, 1, 0};

    assert_int_equal(body_run(b, &in, &out), 0);
    assert_int_equal(out.n, 1);
    assert_int_equal(y.len_bytes, p->len_bytes);
    assert_memory_equal(to, p->data, p->len_bytes);
    assert_int_equal(y.in_port, p->in_port);
    assert_int_equal(y.out_port, p->out_port);
    y.data = NULL;
    return y;
}

/* The colour in a mark, 0 for none; the rest of it must be as it came. */
static inline uint32_t colour_of(const struct pkt *p)
{
    assert_int_equal(p->mark & ~0x300u, MARK & ~0x300u);
    return p->mark >> POLICER_COLOUR_SHIFT & 3;
}

#endif
