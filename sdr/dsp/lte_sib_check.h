/* lte_sib_check.h - messages of system information by hand, for tests. */
#ifndef SDR_DSP_LTE_SIB_CHECK_H
#define SDR_DSP_LTE_SIB_CHECK_H

#include <string.h>

#include "tests/check.h"

#include "sdr/dsp/lte_rrc.h"

enum { BYTES = 300, NO_LIE = -1 };

/* Writes fields; that of limited ones numbered 'lie' gets its limit. */
struct writer {
    uint8_t bytes[BYTES];
    size_t at;
    int n_limited, lie;
};

static inline void w(struct writer *o, unsigned n, uint32_t value)
{
    for (unsigned k = 0; k < n; k++, o->at++) {
        o->bytes[o->at / 8] |=
            (uint8_t)((value >> (n - 1 - k) & 1) << (7 - o->at % 8));
    }
}

static inline void below(struct writer *o, unsigned n, uint32_t value,
                         uint32_t limit)
{
    w(o, n, o->n_limited++ == o->lie ? limit : value);
}

static inline void begin(struct writer *o, unsigned n, int lie)
{
    memset(o, 0, sizeof *o);
    o->lie = lie;
    w(o, 4, 0); /* c1, systemInformation, r8, no extension */
    w(o, 5, n - 1);
}

static inline enum lte_rrc_kind read_it(const struct writer *o,
                                        struct lte_rrc *m)
{
    return lte_rrc_read(o->bytes, (o->at + 7) / 8, m);
}

/* What is cut off is refused, wherever; so is each lie. */
static inline void check_refused(void (*make)(struct writer *o, int lie))
{
    struct writer o;
    struct lte_rrc m;

    make(&o, NO_LIE);
    int n_limited = o.n_limited;
    for (size_t k = 0; k < (o.at + 7) / 8; k++) {
        assert_int_equal(lte_rrc_read(o.bytes, k, &m), LTE_RRC_REFUSED);
    }
    for (int k = 0; k < n_limited; k++) {
        print_message("lie %d\n", k);
        make(&o, k);
        assert_int_equal(read_it(&o, &m), LTE_RRC_REFUSED);
        assert_int_equal(m.sibs.n_sibs, 0);
    }
}

static inline void an_addition(struct writer *o)
{
    w(o, 7, 1); /* two places, of which the second is taken */
    w(o, 2, 1);
    w(o, 8, 1); /* by a byte */
    w(o, 8, 0xff);
}

#endif
