/* report_check.h - what a node reported, as JSON lines, against a body. */
#ifndef TESTS_REPORT_CHECK_H
#define TESTS_REPORT_CHECK_H

#include "tests/check.h"

#include <stdio.h>
#include <string.h>

#include "core/body.h"

/* How often 'text' is in 'report'. */
static inline size_t count(const char *report, const char *text)
{
    size_t n = 0;

    for (const char *at = report; (at = strstr(at, text)) != NULL; at++) {
        n++;
    }
    return n;
}

/* What the node reports at its end must be what the body alone counted. */
static inline void assert_same_counts(struct body *alone, const char *report)
{
    const struct csr_layout *l = alone->fn->csr;
    const char *node = strstr(report, "{\"type\":\"node\"");

    assert_non_null(node);
    for (size_t k = 0; k < l->n_regs; k++) {
        char text[100];
        uint32_t value;
        if (l->regs[k].access == CSR_COUNT) {
            assert_int_equal(body_read(alone, l->regs[k].offset, &value), 0);
            (void)snprintf(text, sizeof text, "\"%s\":%u", l->regs[k].name,
                           value); /* fits */
            if (strstr(node, text) == NULL) {
                fail_msg("wanted %s in %s", text, node);
            }
        }
    }
}

#endif
