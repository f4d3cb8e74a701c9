/*
 * dpi.c - literals and regular expressions in packets: the first rule that is
 * there says what becomes of the packet (C body of dpi.v).
 */
#include "core/digest.h"
#include "core/fn.h"
#include "dpi_csr.h"
#include "net/fn/dpi/dpi_find.h"
#include "net/fn/dpi/dpi_payload.h"
#include "net/fn/dpi/dpi_rules.h"

enum { ACTIONS = DPI_DROP | DPI_PUNT | DPI_MIRROR };

/* The last word of a rule; 0 for none. */
static inline uint32_t word_of(const uint32_t *words, uint32_t last)
{
    uint32_t some = last > 0;

    return words[last - some] & -some; /* chance decides: no branch */
}

/* Of a literal and an expression the one with the lower mark, or the literal.
 * Its last word; '*is_regex' which it is. */
static inline uint32_t rule_of(const struct fn_state *s,
                               const struct dpi_hit *hit, bool *is_regex)
{
    uint32_t literal = word_of(s->table[DPI_TABLE_BYTE], hit->literal);

    *is_regex = false;
    if (hit->regex == 0) {
        return literal;
    }
    uint32_t regex = word_of(s->table[DPI_TABLE_REGEX], hit->regex);
    *is_regex = hit->literal == 0 ||
                regex >> DPI_MARK_SHIFT < literal >> DPI_MARK_SHIFT;
    return *is_regex ? regex : literal;
}

static inline uint16_t flags_of(uint32_t rule)
{
    return (uint16_t)(((rule & DPI_DROP) != 0 ? PKT_DROP : 0) |
                      ((rule & DPI_PUNT) != 0 ? PKT_PUNT : 0) |
                      ((rule & DPI_MIRROR) != 0 ? PKT_MIRROR : 0));
}

/* The bytes of a packet that are looked at. */
struct scope {
    bool has; /* there are such bytes, or could be */
    bool cut; /* there are more of them */
    uint32_t from, n;
};

static struct scope scope_of(const struct dpi_regs *regs, const struct pkt *p)
{
    struct dpi_payload all = {true, 0, p->len_bytes};

    if ((regs->scope & 1) != 0) {
        all = dpi_payload_read(p);
    }
    uint32_t held = p->len_bytes > all.from ? p->len_bytes - all.from : 0;
    uint32_t n = all.n < held ? all.n : held;
    bool cut = n > regs->depth;
    return (struct scope){all.has, cut, all.from, cut ? regs->depth : n};
}

/* What becomes of a packet, and of the counters that few move. */
static inline bool judge(struct fn_state *s, const struct scope *scope,
                         const struct dpi_hit *hit, struct pkt *p)
{
    struct dpi_regs *regs = s->regs;
    bool is_regex;
    uint32_t rule = rule_of(s, hit, &is_regex);

    p->mark = (uint16_t)(rule >> DPI_MARK_SHIFT);
    if (scope->cut || !scope->has) {
        regs->n_cut += scope->cut;
        regs->n_outside += !scope->has;
    }
    if ((rule & ACTIONS) != 0) {
        p->flags |= flags_of(rule);
        regs->n_drops += (rule & DPI_DROP) != 0;
        regs->n_punts += (rule & DPI_PUNT) != 0;
    }
    return is_regex;
}

static void tap(const struct fn_state *s, const struct scope *scope,
                const struct dpi_hit *hit, struct fn_taps *taps)
{
    uint32_t rule =
        hit->literal > 0 ? s->table[DPI_TABLE_BYTE][hit->literal - 1] : 0;
    uint32_t seen = (uint32_t)scope->cut << 31 | (uint32_t)scope->has << 30;

    digest_tap(taps, DPI_TAP_SCOPE, seen | scope->from);
    digest_tap(taps, DPI_TAP_FIND, hit->literal);
    digest_tap(taps, DPI_TAP_RULE,
               seen | (rule & ACTIONS) << 6 | rule >> DPI_MARK_SHIFT);
}

static inline void dpi_each(struct fn_state *s, const struct fn_span *in,
                            struct fn_span *out, struct fn_taps *taps)
{
    struct dpi_regs *regs = s->regs;
    const struct pkt *x = in->items;
    struct pkt *y = out->items;
    struct scope scope[FN_BURST_PKT];
    struct dpi_view view[FN_BURST_PKT];
    struct dpi_hit hit[FN_BURST_PKT];
    uint32_t judged = 0, n_none = 0, n_pattern = 0;

    for (size_t k = 0; k < in->n; k++) {
        /* The taps see those that are done, too. */
        bool skip = pkt_is_done(&x[k]) && taps == NULL;
        scope[k] = scope_of(regs, &x[k]);
        view[k].n_bytes = skip ? 0 : scope[k].n;
        view[k].data = x[k].data + (scope[k].n > 0 ? scope[k].from : 0);
    }
    dpi_find(s, view, hit, in->n);
    for (size_t k = 0; k < in->n; k++) {
        bool done = pkt_is_done(&x[k]);
        pkt_pass(&y[k], &x[k]);
        if (taps != NULL) {
            tap(s, &scope[k], &hit[k], taps);
        }
        if (!done) {
            n_pattern += judge(s, &scope[k], &hit[k], &y[k]);
            n_none += (hit[k].literal | hit[k].regex) == 0;
            judged++;
        }
    }
    regs->n_none += n_none;
    regs->n_pattern += n_pattern;
    regs->n_literal += judged - n_none - n_pattern;
    regs->n_blind += dpi_find_is_blind(s) ? judged : 0;
    out->n = in->n;
}

static void dpi_run(struct fn_state *s, const struct fn_span *in,
                    struct fn_span *out)
{
    dpi_each(s, in, out, NULL);
}

static void dpi_run_taps(struct fn_state *s, const struct fn_span *in,
                         struct fn_span *out, struct fn_taps *taps)
{
    dpi_each(s, in, out, taps);
}

static const char *const verdicts[] = {"none", "mark", "drop", "punt", NULL};

static const char *dpi_verdict(const struct pkt *p)
{
    return verdicts[(p->flags & PKT_PUNT) != 0   ? 3
                    : (p->flags & PKT_DROP) != 0 ? 2
                    : p->mark != 0               ? 1
                                                 : 0];
}

static const struct fn_key dpi_keys[] = {
    {"rules", "a file of literals and regular expressions; see its README",
     true, dpi_parse_rules},
    {"engine", "own or hyperscan: what finds the literals in the C body", false,
     dpi_parse_engine},
};

const struct fn dpi_fn = {
    .csr = &dpi_csr,
    .summary = "literals and regular expressions in packets: first rule found",
    .run = dpi_run,
    .run_taps = dpi_run_taps,
    .prepare = dpi_find_prepare,
    .close = dpi_find_close,
    .full_rate_bits = 256,
    .keys = dpi_keys,
    .n_keys = sizeof dpi_keys / sizeof dpi_keys[0],
    .verdict = dpi_verdict,
    .verdicts = verdicts,
    .setup = dpi_stimulus_setup,
    .packet = dpi_stimulus_packet,
};
