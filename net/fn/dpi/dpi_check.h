/* dpi_check.h - bodies, rules and packets by hand, for the tests of dpi. */
#ifndef NET_FN_DPI_DPI_CHECK_H
#define NET_FN_DPI_DPI_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "dpi_csr.h"
#include "net/fn/dpi/dpi_find.h"
#include "net/fn/dpi/dpi_payload.h"
#include "net/fn/dpi/dpi_rules.h"
#include "tests/fn_check.h"

enum { ROOM = 1 << 16 };

static inline int bench_open(void **state)
{
    return bench_load(*state, "dpi");
}

static inline void set_rules(struct body *b, const char *rules)
{
    struct write_list w = {0};
    const struct fn_text t = {"rules", rules};

    assert_int_equal(dpi_parse_rules(&t, write_list_emit, &w), 0);
    assert_int_equal(write_list_apply(&w, b), 0);
    write_list_close(&w);
}

/* Runs data[n], which comes with 'flags' and a mark of a function before. */
static inline struct pkt run_one(struct body *b, const void *data, size_t n,
                                 uint16_t flags)
{
    static uint8_t to[ROOM];
    uint8_t *own = malloc(n + 1); /* one byte read too many is found by ASan */
    struct pkt p = {.data = own + 1,
                    .len_bytes = (uint32_t)n,
                    .room_bytes = (uint32_t)n,
                    .in_port = 3,
                    .mark = 0xbeef,
                    .flags = flags};
    struct pkt out = {.data = to, .room_bytes = sizeof to};
    struct fn_span in = {FN_PKT, &p, 1, 1, 0}, span = {FN_PKT, &out, 0, 1, 0};

    assert_non_null(own);
    if (n > 0) {
        memcpy(p.data, data, n);
    }
    assert_int_equal(body_run(b, &in, &span), 0);
    assert_int_equal(span.n, 1);
    assert_int_equal(out.len_bytes, n);
    assert_memory_equal(out.data, p.data, n);
    assert_int_equal(out.in_port, 3);
    free(own);
    return out;
}

#endif
