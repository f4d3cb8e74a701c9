/* bridge_check.h - bodies and frames by hand, for the tests of bridge. */
#ifndef NET_FN_BRIDGE_BRIDGE_CHECK_H
#define NET_FN_BRIDGE_BRIDGE_CHECK_H

#include <string.h>

#include "bridge_csr.h"
#include "core/base/bytes.h"
#include "net/fn/bridge/bridge_text.h"
#include "tests/fn_each.h"

enum {
    FRAME_MAX = 256,
    BURST = 32,
    TAG = 0x8100,
};

/* Stations; S(n) for n < 16 all fold to one set, whatever the VLAN. */
#define A       UINT64_C(0x02000000000a)
#define B       UINT64_C(0x02000000000b)
#define C       UINT64_C(0x02000000000c)
#define S(n)    (UINT64_C(0x020000000000) + UINT64_C(0x401) * (n))
#define ALL     UINT64_C(0xffffffffffff)
#define GROUP   UINT64_C(0x01005e000001)
#define NOBODY  UINT64_C(0x0600000000ee)
#define NEITHER UINT64_C(0)

static inline int bench_open(void **state)
{
    return bench_load(*state, "bridge");
}

/* Word 'word' of entry 'entry' of FDB. */
static inline uint32_t fdb_word(struct body *b, uint32_t entry, uint32_t word)
{
    write_reg(b, CSR_WINDOW_INDEX,
              csr_window(BRIDGE_TABLE_FDB, entry * BRIDGE_FDB_WORDS + word));
    return read_reg(b, CSR_WINDOW_DATA);
}

/* --- frames --- */

/* The rest of a struct step: a frame with a tag. */
#define VLAN(port, id) .in = (port), .tci = (id), .tag = TAG

/* A frame, and what must become of it. */
struct step {
    const char *why;
    uint64_t dst, src;
    const char *verdict;
    uint16_t where;      /* port of unicast; set of ports of flood */
    uint8_t in;          /* port */
    uint16_t tci;        /* with tag */
    uint16_t tag;        /* its type, 0: none */
    uint32_t len;        /* 0: as short as may be */
    uint32_t reg, value; /* written before, if 'reg' is not 0 */
};

static inline struct pkt step_make(const struct step *s, uint8_t *d)
{
    uint32_t len = s->tag != 0 ? 18 : 14;

    memset(d, 0, FRAME_MAX);
    be16_store(d, (uint16_t)(s->dst >> 32));
    be32_store(d + 2, (uint32_t)s->dst);
    be16_store(d + 6, (uint16_t)(s->src >> 32));
    be32_store(d + 8, (uint32_t)s->src);
    if (s->tag != 0) {
        be16_store(d + 12, s->tag);
        be16_store(d + 14, s->tci);
    }
    be16_store(d + len - 2, 0x88b5);
    return (struct pkt){
        .data = d,
        .len_bytes = s->len != 0 ? s->len : len,
        .room_bytes = FRAME_MAX,
        .in_port = s->in,
        .out_port = 0x77, /* of a function before */
        .mark = 0xbeef,
        .flags = PKT_MIRROR,
    };
}

/* Checks what became of a packet against its step. */
static inline void step_check(struct body *b, const struct step *s,
                              const struct pkt *out)
{
    uint16_t flags = PKT_MIRROR;
    const char *verdict = b->fn->verdict(out);

    if (strcmp(verdict, s->verdict) != 0) {
        print_message("%s: %s, expected %s\n", s->why, verdict, s->verdict);
    }
    assert_string_equal(verdict, s->verdict);
    assert_int_equal(out->in_port, s->in);
    if (strcmp(s->verdict, "unicast") == 0) {
        assert_int_equal(out->out_port, s->where);
        assert_int_equal(out->mark, 0);
    } else if (strcmp(s->verdict, "flood") == 0) {
        assert_int_equal(out->mark, s->where);
        flags |= PKT_FLOOD;
    } else if (strcmp(s->verdict, "punt") == 0) {
        assert_int_equal(out->out_port, 255);
        flags |= PKT_PUNT;
    } else {
        flags |= PKT_DROP;
    }
    assert_int_equal(out->flags, flags);
}

/* Runs 'n' packets; their bytes stay as they are. */
static inline void run_packets(struct body *b, struct pkt *in, size_t n,
                               struct pkt *out)
{
    static uint8_t to[BURST][FRAME_MAX];
    struct fn_span x = {FN_PKT, in, n, BURST, 0};
    struct fn_span y = {FN_PKT, out, 0, n, 0};

    assert_true(n <= BURST);
    for (size_t k = 0; k < n; k++) {
        out[k] = (struct pkt){.data = to[k], .room_bytes = FRAME_MAX};
    }
    assert_int_equal(body_run(b, &x, &y), 0);
    assert_int_equal(y.n, n);
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(out[k].len_bytes, in[k].len_bytes);
        assert_memory_equal(out[k].data, in[k].data, in[k].len_bytes);
    }
}

/* Runs the steps one by one or, up to the next write, at once. */
static inline void run_steps(void **state, const struct step *s, size_t n)
{
    struct body *b = bench_body(state);
    bool at_once = ((struct bench *)*state)->at_once;
    static uint8_t from[BURST][FRAME_MAX];
    struct pkt in[BURST], out[BURST];

    for (size_t at = 0, k; at < n; at += k) {
        if (s[at].reg != 0) {
            write_reg(b, s[at].reg, s[at].value);
        }
        for (k = 0; at + k < n && k < BURST; k++) {
            if (k > 0 && (!at_once || s[at + k].reg != 0)) {
                break;
            }
            in[k] = step_make(&s[at + k], from[k]);
        }
        run_packets(b, in, k, out);
        for (size_t j = 0; j < k; j++) {
            step_check(b, &s[at + j], &out[j]);
        }
    }
}

/* Also without pauses between the steps, on each of EVERY_BENCH. */
#define ON_EVERY(test)                                   \
    ON_EACH(test), ON(test, "rtl64_at_once", &bench[4]), \
        ON(test, "rtl32_at_once", &bench[5])
#define EVERY_BENCH                                                   \
    {                                                                 \
        {.width_bits = 0}, {.width_bits = 32}, {.width_bits = 64},    \
            {.width_bits = 256}, {.width_bits = 64, .at_once = true}, \
        {                                                             \
            .width_bits = 32, .at_once = true                         \
        }                                                             \
    }

#endif
